"""Find times that are written with signs instead of units: "1:30", "1'30\"", "90\"".

The same signs are used for times of day, ratios, verses, feet and inches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["SignTime", "find_sign_times"]

_END = (
    r"(?=\s*(?:[)\].,;!]|$|/)(?!\d)|\s*(?:-|–|—|\bto\b|\bor\b)\s*\d{1,2}:[0-5]\d"
    r"|\s+(?:per|pro|par|por|each|every|a (?:side|leg|arm)|on (?:each|both|the)|with each)\b)"
)
"""What follows a duration. After a time of day, the sentence usually continues in another way."""
_CLOCK = re.compile(
    r"(?<![\w.,:/])(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)"
    rf"(?:(?P<unit>\s*(?:(?P<hours>h(?:ours?|rs?)?)|m(?:in(?:ute)?[sn]?)?)\b)|{_END})",
    re.IGNORECASE,
)
_PRIMES = re.compile(
    r"(?<![\w.,:/'\"])(?:(?P<minutes>\d{1,2})\s?['′](?:\s?(?P<seconds>[0-5]\d)(?:\s?[\"″]|''|(?!\w)))?"
    rf"|(?P<only>\d{{1,3}})(?:\s?[\"″]|'')){_END}",
    re.IGNORECASE,
)
_LENGTH_BEFORE = re.compile(r"(?:\b(?:for|hold|rest|wait|pause|pendant|durante)\s+|[(\[–—:-]\s*|^\s*)$", re.IGNORECASE)
_TIME_OF_DAY_BEFORE = re.compile(
    r"\b(?:at|by|until|till|since|before|after|around|um|ab|vers|las)\s+$|\b(?:from|between|alarm|ratio|score)\b.*$",
    re.IGNORECASE,
)
_OPEN_QUOTE = re.compile(r"(?<!\w)([\"'])\w(?:(?!\1).)*$")
"""A quotation that is still open, so that the next quotation mark closes it."""
_CONTEXT_CHARS = 80
_INCHES_IN_FOOT = 12
"""The length 5'10\" can be a height, but 5'30\" cannot."""


@dataclass(frozen=True)
class SignTime:
    """A time, and the characters it spans."""

    seconds: float
    start: int
    end: int
    is_clear: bool
    """Whether it can only be a duration."""


def find_sign_times(sentence: str) -> Iterator[SignTime]:
    """Yield the times in a sentence, except those that are certainly times of day or quotation marks."""
    for match in _CLOCK.finditer(sentence):
        before = sentence[max(match.start() - _CONTEXT_CHARS, 0) : match.start()]
        if match["unit"] or match["minutes"] == "0" or not _TIME_OF_DAY_BEFORE.search(before):
            is_clear = bool(match["unit"] or not int(match["minutes"]) or _LENGTH_BEFORE.search(before))
            seconds = int(match["minutes"]) * 60 + int(match["seconds"])
            yield SignTime(seconds * (60 if match["hours"] else 1), *match.span(), is_clear)
    for match in _PRIMES.finditer(sentence):
        before = sentence[max(match.start() - _CONTEXT_CHARS, 0) : match.start()]
        if not _OPEN_QUOTE.search(before):
            seconds = int(match["minutes"] or 0) * 60 + int(match["seconds"] or match["only"] or 0)
            is_clear = int(match["seconds"] or 0) >= _INCHES_IN_FOOT or bool(_LENGTH_BEFORE.search(before))
            yield SignTime(seconds, *match.span(), is_clear)
