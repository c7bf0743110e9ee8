"""Convert text to the kokoro model's phonemes, as the model's own front end does for the languages that use eSpeak."""

from __future__ import annotations

import re
import unicodedata

import espeakng_loader

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.kokoro.vocabulary import MAX_TOKENS, SYMBOL_IDS
from voiceguide.speech.engines.text_limits import shorten_for_message
from voiceguide.speech.text_normalization import split_into_chunks
from voiceguide.system.python_child import PythonChildError, call_module

__all__ = ["phonemes_to_ids", "text_to_phonemes"]

MAX_PIECE_CHARS = 150
"""Longest text per model call. A call with 450 characters took 1.4 GB of memory, and one with 150 a third of that."""
TIMEOUT_S = 20.0
_IN_A_NUMBER = r"(?<=\d)(?:(?<!\d[.,:]\d)(?<!\d[.,:]\d\d)[.,:]\d(?!\d?[.,:]\d)|,(?:\d\d,)*\d{3}(?!\d))"
"""What follows a digit in 1.000, 3,5, 10:30 or 1,00,000, but not in a list of numbers, such as the countdown 3,2,1."""
_PUNCTUATION = re.compile(rf'(\s*(?:(?!{_IN_A_NUMBER})[;:,.!?।॥¡¿—…"“”()\[\]{{}}«»])+\s*)')
_LANGUAGE_SWITCH = re.compile(r"\([^)]*\)")
"""eSpeak marks the words that it reads in another language, such as (en)wˈiski(es). The text itself has no brackets
here."""
_SYMBOLS = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ",
    "t^ʃ": "ʧ", "ɔ^ɪ": "Y",
}  # fmt: skip
_ENGLISH_SYMBOLS = {
    "ʔˌn\u0329": "tᵊn", "ʔn": "tᵊn", "e^ɪ": "A", "ə^l": "ᵊl", "e": "A", "ʔ": "t", "r": "ɹ", "x": "k", "ç": "k",
    "ɐ": "ə", "ɚ": "əɹ", "ɬ": "l", "ʲ": "", "\u0303": "",
}  # fmt: skip
_AMERICAN_SYMBOLS = {"ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ɾ": "T", "ː": "", "o": "ɔ"}
_BRITISH_SYMBOLS = {"e^ə": "ɛː", "iə": "ɪə", "o": "ɔ"}
_SYMBOLS_BY_VOICE = {
    "en-us": _SYMBOLS | _ENGLISH_SYMBOLS | _AMERICAN_SYMBOLS,
    "en": _BRITISH_SYMBOLS | _SYMBOLS | _ENGLISH_SYMBOLS,
}
"""eSpeak's symbols and those of the model, which was trained on English with other symbols than the other languages.
They are replaced in this order."""
_PUNCTUATION_SYMBOLS = str.maketrans("«»[]{}।॥", "“”()()..")


def text_to_phonemes(text: str, espeak_voice: str) -> list[str]:
    """Return the phonemes of the text, one string per sentence or part of a sentence, each short enough for the model.

    Raises:
        SpeechError: if nothing in the text can be pronounced, or if eSpeak fails.
    """
    pieces = [_PUNCTUATION.split(piece) for piece in split_into_chunks(text, MAX_PIECE_CHARS)]
    words = [part for piece in pieces for part in piece[::2]]
    converted = iter(_ask_espeak(words, espeak_voice, text))
    phonemes: list[str] = []
    for piece in pieces:
        # Every second part is punctuation, which eSpeak would drop.
        parts = [
            part if index % 2 else _to_kokoro_symbols(next(converted), espeak_voice) for index, part in enumerate(piece)
        ]
        phonemes += _split_to_fit(_keep_known_symbols("".join(parts)))
    phonemes = [part for part in phonemes if any(symbol.isalpha() for symbol in part)]
    if not phonemes:
        raise SpeechError(f'kokoro cannot pronounce "{shorten_for_message(text)}". Write it in words.')
    return phonemes


def phonemes_to_ids(phonemes: str) -> list[int]:
    """Return the IDs of the phonemes, without those that mark the beginning and the end."""
    return [SYMBOL_IDS[symbol] for symbol in phonemes]


def _ask_espeak(parts: list[str], voice: str, text: str) -> list[str]:
    library = espeakng_loader.get_library_path()
    request = {"library": library, "voice": voice, "parts": parts, "limit_s": TIMEOUT_S + 1}
    try:
        answer = call_module(
            "voiceguide.speech.engines.kokoro.espeak_phonemes", request, espeakng_loader.get_data_path(), TIMEOUT_S
        )
        if "error" in answer:
            raise PythonChildError(str(answer["error"]))
    except PythonChildError as error:
        raise SpeechError(
            f'kokoro cannot read "{shorten_for_message(text)}": {error}. Try different words or another voice.'
        ) from error
    return [str(part) for part in answer["phonemes"]]


def _to_kokoro_symbols(ipa: str, espeak_voice: str) -> str:
    """Return eSpeak's phonemes of some words in the symbols of the model."""
    text = _LANGUAGE_SWITCH.sub("", ipa)
    for symbol, replacement in _SYMBOLS_BY_VOICE.get(espeak_voice, _SYMBOLS).items():
        text = text.replace(symbol, replacement)
    return text


def _keep_known_symbols(text: str) -> str:
    """Return the text without symbols unknown to the model, such as the mark for a dental consonant.

    Letters with an accent are split first, so that a tilde is preserved.
    """
    split = (
        symbol if symbol in SYMBOL_IDS else unicodedata.normalize("NFD", symbol)
        for symbol in text.translate(_PUNCTUATION_SYMBOLS)
    )
    return " ".join("".join(symbol for symbol in "".join(split) if symbol in SYMBOL_IDS).split())


def _split_to_fit(phonemes: str) -> list[str]:
    """Split phonemes at spaces, or anywhere within a word that is too long, into parts of at most MAX_TOKENS."""
    parts: list[str] = []
    while len(phonemes) > MAX_TOKENS:
        end = phonemes.rfind(" ", 0, MAX_TOKENS) + 1 or MAX_TOKENS
        parts.append(phonemes[:end].strip())
        phonemes = phonemes[end:]
    return [*parts, phonemes] if phonemes else parts
