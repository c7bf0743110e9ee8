"""A text as hibari's sounds, or refused with the reason: left alone, hibari drops what it cannot read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Any

from voiceguide.errors import SpeechError
from voiceguide.speech.text_normalization import split_into_chunks

__all__ = ["text_to_phonemes"]

MAX_PIECE_CHARS = 400
"""Characters given to the model in one go, cut at sentences where that can be: its memory grows with each."""
MAX_UNKNOWN_WORD_LETTERS = 24
"""Letters of a word that is in no lexicon; the model that spells such words reads no further."""
_PHONEME_MARKUP = re.compile(r"\[([^\[\]()]+)\]\(/([^()\[\]/]+)/\)")
_TOO_LONG_NUMBER = re.compile(r"\d{19,}")
_LETTERS = re.compile(r"[^\W\d_]+")
_RATING_FROM_SPELLING = 2
"""hibari's rating of a word that no lexicon has, so that its sounds were worked out from its letters."""


def text_to_phonemes(model: Any, text: str) -> list[str]:
    """The sounds of a text, piece by piece, each word of it among them.

    Raises:
        SpeechError: naming the letters or the word for which there are no sounds.
    """
    readable = _prepare_text(model, text)
    _check_all_words_have_phonemes(model, readable)
    sounds: list[str] = []
    for piece in split_into_chunks(readable, MAX_PIECE_CHARS):
        sounds += model.phonemize(piece)
    unknown = sorted({sound for part in sounds for sound in part if sound not in model.vocab})
    if unknown:
        raise SpeechError(f"hibari does not know the sounds {' '.join(unknown)}. Write the word with other phonemes.")
    if not any(sound.isalpha() for part in sounds for sound in part):
        raise SpeechError(f'hibari has no sounds for "{text[:60]}". It speaks English; write it in English words.')
    return sounds


def _prepare_text(model: Any, text: str) -> str:
    """The text with accents that the model does not know taken off; phonemes in markup stay as they are."""
    digits = _TOO_LONG_NUMBER.search(text)
    if digits:
        raise SpeechError(
            f"hibari cannot read a number of {len(digits.group())} digits. Write it in groups, or in words."
        )
    if text.isascii():
        return text
    known = model.g2p.oov.cin
    pieces = _PHONEME_MARKUP.split(text)  # text, word, phonemes, text ...
    spoken = "".join(piece for index, piece in enumerate(pieces) if index % 3 != 2)
    foreign = sorted(
        {
            letter
            for letter in spoken
            if letter.isalpha() and not _is_known_latin(_strip_accent_if_unknown(letter, known), known)
        }
    )
    if foreign:
        raise SpeechError(
            f"hibari speaks English and cannot read {' '.join(foreign[:12])}. Write it in Latin letters, "
            'or choose another voice: "voiceguide voices" lists them.'
        )
    return _strip_unknown_accents(text, known)


def _strip_unknown_accents(text: str, known_letters: Container[str]) -> str:
    """Outside of phonemes, each letter that is not known without its accents."""
    done = []
    end = 0
    for found in _PHONEME_MARKUP.finditer(text):
        done += [_strip_accent_if_unknown(letter, known_letters) for letter in text[end : found.start()]]
        done.append(found.group())
        end = found.end()
    return "".join([*done, *(_strip_accent_if_unknown(letter, known_letters) for letter in text[end:])])


def _strip_accent_if_unknown(letter: str, known_letters: Container[str]) -> str:
    return letter if letter in known_letters or letter.isascii() else unicodedata.normalize("NFD", letter)[0]


def _is_known_latin(letter: str, known_letters: Container[str]) -> bool:
    return letter.isascii() or (letter in known_letters and "LATIN" in unicodedata.name(letter, ""))


def _check_all_words_have_phonemes(model: Any, text: str) -> None:
    from hibari.g2p.normalize import normalize

    for sentence in model.split_sentences(text):
        try:
            tokens = model.g2p.phonemize_tokens(model.g2p.tokenize(normalize(sentence)))
        except (IndexError, KeyError, ValueError) as error:
            raise SpeechError(f'hibari cannot read "{sentence[:60]}". Write it in other words.') from error
        for token in tokens:
            if not token.phonemes and any(character.isalnum() for character in token.text):
                raise SpeechError(f'hibari has no sounds for "{token.text[:60]}". Write it in English words.')
            if token.rating == _RATING_FROM_SPELLING and any(
                len(word) > MAX_UNKNOWN_WORD_LETTERS for word in _LETTERS.findall(token.text)
            ):
                raise SpeechError(f'hibari cannot read "{token.text[:60]}" to its end. Write it as several words.')
