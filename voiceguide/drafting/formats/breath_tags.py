"""Find tags such as `[inhale]` and `[exhales slowly]`, which stand for the sound of a breath."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["BreathTag", "find_breath_tags"]

_MANNER = (
    r"(?:an?|takes?|taking|deep(?:ly)?|slow(?:ly)?|gent(?:le|ly)|soft(?:ly)?|quiet(?:ly)?|calm(?:ly)?|easy|easily|long|short"
    r"|big|small|full(?:y)?|light(?:ly)?|heav(?:y|ily)|loud(?:ly)?|sharp(?:ly)?|quick(?:ly)?|audibl[ey]|again|now"
    r"|tief|langsam|sanft|ruhig|leise|hörbar|profund[ao]|profundamente|lent[ao]|lentamente|suave|suavemente"
    r"|profonde?|profondément|lente?|lentement|doucement|calmement)"
)
"""The words that say how to breathe. Any other word means something else, as in `[hold breath]`."""
_TAG = re.compile(
    rf"\[\s*(?:{_MANNER}\s+){{0,3}}(?:"
    r"(?P<in>inhales?|inhaling|inhalation|breath(?:e|es|ing)?\s+in|in-?breath|einatmen|inhala|inhale[nz]?|inspire[zs]?)"
    r"|(?P<out>exhales?|exhaling|exhalation|breath(?:e|es|ing)?\s+out|out-?breath|ausatmen|exhala|exhale[nz]?|expire[zs]?)"
    r"|(?P<whole>breaths?|breathes?|breathing|atmen|respira|respire[zs]?)"
    rf")(?:\s+{_MANNER}){{0,2}}\s*\](?!\()",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class BreathTag:
    """A tag and the characters it spans."""

    start: int
    end: int
    part: Literal["in", "out", "whole"]


def find_breath_tags(line: str) -> list[BreathTag]:
    """Return the breath tags in a line, in order."""
    parts: tuple[Literal["in", "out", "whole"], ...] = ("in", "out", "whole")
    return [BreathTag(*match.span(), next(part for part in parts if match[part])) for match in _TAG.finditer(line)]
