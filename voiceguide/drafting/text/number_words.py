"""Parse numbers and fractions in digits or words: "2½", "twenty-five", "one and a half", "three quarters of an"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from voiceguide.drafting.text.vocabulary import FRACTION_VALUES, NUMBER_VALUES, VAGUE_NUMBER_VALUES

__all__ = ["AND_FRACTION", "NUMBER_PATTERN", "NUMBER_WORD_PATTERN", "is_vague_number", "parse_number_words"]


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(word.replace(" ", r"[\s-]") for word in sorted(words, key=len, reverse=True))


NUMBER_WORD_PATTERN = _alternatives(NUMBER_VALUES)
_WHOLE_PATTERN = rf"(?:\d{{1,4}}(?:[.,]\d{{1,2}})?|{_alternatives([*VAGUE_NUMBER_VALUES, *NUMBER_VALUES])})"
_FRACTION_PATTERN = rf"(?:{'|'.join(FRACTION_VALUES)})"
_OF_UNIT = r"(?:(?:\s+of)?\s+(?:an?|the)\b|\s+de\b|\s+d'(?:une\b)?)?"
"""The words between a fraction and its unit."""
_AND = r"(?:\s+|-)(?:and|und|et|y)(?:\s+|-)"
AND_FRACTION = _AND + _FRACTION_PATTERN
"""The second part of "two and a half minutes", or of "an hour and a half"."""
NUMBER_PATTERN = (
    rf"(?:{_FRACTION_PATTERN}{_OF_UNIT}"
    rf"|{_WHOLE_PATTERN}(?:(?:{_AND}|\s?(?=[½¼¾⅓⅔])|[\s-](?=\d/)){_FRACTION_PATTERN})?)"
)
_WHOLE = re.compile(_WHOLE_PATTERN, re.IGNORECASE)
_START_OF_FRACTION = re.compile(rf"{_AND}|[\s-]+", re.IGNORECASE)
_FRACTIONS = tuple((re.compile(pattern + _OF_UNIT, re.IGNORECASE), value) for pattern, value in FRACTION_VALUES.items())


def parse_number_words(text: str) -> float:
    """Return the value of a text that matches `NUMBER_PATTERN` or `AND_FRACTION`."""
    if fraction := _parse_fraction(text):
        return fraction
    whole = _WHOLE.match(text)
    return (_parse_whole(whole.group()) if whole else 0) + _parse_fraction(text[whole.end() if whole else 0 :])


def is_vague_number(text: str) -> bool:
    """Return whether a number is vague, such as "a few"."""
    return _normalize(text) in VAGUE_NUMBER_VALUES


def _parse_whole(text: str) -> float:
    words = _normalize(text)
    return (NUMBER_VALUES | VAGUE_NUMBER_VALUES).get(words) or float(words.replace(",", "."))


def _parse_fraction(text: str) -> float:
    """Return the value of a fraction, with or without "and" before it, or 0 if the text is not a fraction."""
    start = _START_OF_FRACTION.match(text)
    bare = text[start.end() if start else 0 :]
    return next((value for pattern, value in _FRACTIONS if pattern.fullmatch(bare)), 0)


def _normalize(words: str) -> str:
    return " ".join(words.lower().replace("-", " ").split())
