"""Check the values in a plan read from a file that may come from anyone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, seconds_to_samples

__all__ = ["check_contiguous", "parse_samples", "parse_text"]


class _Span(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def parse_samples(value: Any) -> int:
    """Convert a time in seconds to samples.

    Raises:
        ValueError: The value is not a number of seconds between zero and one day.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 <= value <= MAX_SESSION_SAMPLES / SAMPLE_RATE:
        raise ValueError(f"{_shown(value)} is not a time in seconds")
    return seconds_to_samples(value)


def parse_text(value: Any) -> str:
    """Check that the value is text, and return it.

    Raises:
        ValueError: The value is not a string, or cannot be written to a file.
    """
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is not text")
    value.encode()  # raises ValueError for half of a surrogate pair
    return value


def check_contiguous(parts: Sequence[_Span], start: int, end: int) -> None:
    """Check that parts fill the range from `start` to `end` in order.

    Raises:
        ValueError: There is a gap or an overlap.
    """
    for part in parts:
        if part.start != start or part.end < start:
            raise ValueError("its steps do not follow one another")
        start = part.end
    if start != end:
        raise ValueError("its steps do not fill the session")


def _shown(value: Any) -> str:
    """Return a short form of any value for use in a message. A list may be nested too deeply to print."""
    return str(value)[:20] if isinstance(value, str | float | int | None) else f"a {type(value).__name__}"
