"""Changes of a text at known offsets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["Splice", "spliced"]


class Splice(NamedTuple):
    """The characters from `start` to `end` are replaced by `text`."""

    start: int
    end: int
    text: str


def spliced(text: str, splices: Sequence[Splice]) -> str:
    """Return the text with all changes. The offsets are those of the given text, and must not overlap."""
    parts, position = [], 0
    for start, end, new in sorted(splices):
        parts += [text[position:start], new]
        position = end
    return "".join([*parts, text[position:]])
