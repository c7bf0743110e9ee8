"""Convert text to hibari's phonemes, or reject it with a reason. hibari itself silently drops text it cannot read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Any

from voiceguide.errors import SpeechError
from voiceguide.speech.text_normalization import split_into_chunks

__all__ = ["text_to_phonemes"]

MAX_PIECE_CHARS = 400
"""Longest text per model call. Longer text is split, between sentences if possible. Memory use grows with length."""
MAX_UNKNOWN_WORD_LETTERS = 24
"""hibari guesses the phonemes of a word that is not in its lexicons from the spelling, up to this many letters."""
_PHONEME_MARKUP = re.compile(r"\[([^\[\]()]+)\]\(/([^()\[\]/]+)/\)")
_TOO_LONG_NUMBER = re.compile(r"\d{19,}")
_LETTERS = re.compile(r"[^\W\d_]+")
_RATING_FROM_SPELLING = 2
"""The rating that hibari gives a word whose phonemes it guessed from the spelling."""


def text_to_phonemes(model: Any, text: str) -> list[str]:
    """Return the phonemes of the text, one string per sentence or part of a sentence. No words are dropped.

    Raises:
        SpeechError: if letters or words have no phonemes. The message lists them.
    """
    prepared = _readable_text(model, text)
    _check_all_words_have_phonemes(model, prepared)
    phonemes: list[str] = []
    for piece in split_into_chunks(prepared, MAX_PIECE_CHARS):
        phonemes += model.phonemize(piece)
    unknown = sorted({phoneme for part in phonemes for phoneme in part if phoneme not in model.vocab})
    if unknown:
        raise SpeechError(f"hibari does not know the phonemes {' '.join(unknown)}. Write different phonemes.")
    if not any(phoneme.isalpha() for part in phonemes for phoneme in part):
        raise SpeechError(f'hibari cannot pronounce "{text[:60]}". It speaks only English. Write English words.')
    return phonemes


def _readable_text(model: Any, text: str) -> str:
    """Return the text without accents unknown to the model. Phonemes in markup are left unchanged."""
    digits = _TOO_LONG_NUMBER.search(text)
    if digits:
        raise SpeechError(
            f"hibari cannot read a number with {len(digits.group())} digits. Write it in groups or in words."
        )
    if text.isascii():
        return text
    known_letters = model.g2p.oov.cin
    pieces = _PHONEME_MARKUP.split(text)  # text, word, phonemes, text ...
    spoken = "".join(piece for index, piece in enumerate(pieces) if index % 3 != 2)
    unreadable = sorted(
        {
            letter
            for letter in spoken
            if letter.isalpha()
            and not _is_known_latin_letter(_base_letter_if_unknown(letter, known_letters), known_letters)
        }
    )
    if unreadable:
        raise SpeechError(
            f"hibari speaks only English and cannot read {' '.join(unreadable[:12])}. Write it in Latin letters, "
            "or choose another voice."
        )
    return _strip_unknown_accents(text, known_letters)


def _strip_unknown_accents(text: str, known_letters: Container[str]) -> str:
    stripped = []
    end = 0
    for markup in _PHONEME_MARKUP.finditer(text):
        stripped += [_base_letter_if_unknown(letter, known_letters) for letter in text[end : markup.start()]]
        stripped.append(markup.group())
        end = markup.end()
    return "".join([*stripped, *(_base_letter_if_unknown(letter, known_letters) for letter in text[end:])])


def _base_letter_if_unknown(letter: str, known_letters: Container[str]) -> str:
    return letter if letter in known_letters or letter.isascii() else unicodedata.normalize("NFD", letter)[0]


def _is_known_latin_letter(letter: str, known_letters: Container[str]) -> bool:
    return letter.isascii() or (letter in known_letters and "LATIN" in unicodedata.name(letter, ""))


def _check_all_words_have_phonemes(model: Any, text: str) -> None:
    from hibari.g2p.normalize import normalize

    for sentence in model.split_sentences(text):
        try:
            tokens = model.g2p.phonemize_tokens(model.g2p.tokenize(normalize(sentence)))
        except (IndexError, KeyError, ValueError) as error:
            raise SpeechError(f'hibari cannot read "{sentence[:60]}". Use different words.') from error
        for token in tokens:
            if not token.phonemes and any(character.isalnum() for character in token.text):
                raise SpeechError(f'hibari cannot pronounce "{token.text[:60]}". Write English words.')
            if token.rating == _RATING_FROM_SPELLING and any(
                len(word) > MAX_UNKNOWN_WORD_LETTERS for word in _LETTERS.findall(token.text)
            ):
                raise SpeechError(f'"{token.text[:60]}" is too long for hibari to read. Write it as several words.')
