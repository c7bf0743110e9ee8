"""Times in files, such as `1:02:03.500` or `00:30,250`."""

from __future__ import annotations

import re

__all__ = ["CLOCK", "parse_clock"]

CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,6})?"
"""A pattern for minutes and seconds, with optional hours and fractions. Any Unicode digits match."""
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,6}))?")


def parse_clock(text: str) -> float:
    """Convert a time matched by `CLOCK` to seconds."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a time")
    hours, minutes, seconds, fraction = match.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction or 0}")
