"""Find tags such as `[inhale]` and `[exhales slowly]`, which stand for the sound of a breath."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["BreathTag", "find_breath_tags"]

_TAG = re.compile(
    r"\[\s*(?:[a-z]+\s+)?(?:"
    r"(?P<in>inhales?|inhaling|inhalation|breathes? in|einatmen|inhala|inhale[nz]?|inspire[zs]?)"
    r"|(?P<out>exhales?|exhaling|exhalation|breathes? out|ausatmen|exhala|exhale[nz]?|expire[zs]?)"
    r"|(?P<whole>breaths?|breathes?|breathing|atmen|respira|respire[zs]?)"
    r")(?:\s+[a-z]+)?\s*\](?!\()",
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
