"""Parse a line of an interval timer: a name and a time, with rounds, rests and sides."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["TimerLine", "parse_cell_duration", "parse_timer_line"]

MAX_REPEATS = 50
_NUMBER = r"\d{1,5}(?:[.,]\d{1,2})?"
_TIME = (
    rf"(?:\d{{1,3}}:[0-5]\d|\d{{1,3}}[\"″]|{_NUMBER}\s?(?:s|secs?|seconds?|sek|sekunden|m|mins?|minutes?|minuten)\b\.?)"
)
_SHORT_TIME = rf"(?:{_TIME}|\d{{1,3}})"
_BULLET = re.compile(r"\s*(?:[-*+•◦]\s+|\(?\d{1,3}[.)]\s+|\[[ xX]\]\s+)*")
_ROUNDS_OF_TWO = re.compile(
    rf"(?P<heading>[^\d:]*?)[\s:,–—-]*(?P<count>\d{{1,3}})\s*(?:x|×|rounds?(?:\s+of)?|sets?(?:\s+of)?|times)\s*[:(]?\s*"
    rf"(?P<work>{_SHORT_TIME})\s*(?P<name>[^\d/,()+]*?)\s*(?:/|,|\+|\bthen\b|\band\b)\s*"
    rf"(?P<rest>{_SHORT_TIME})\s*(?P<rest_name>[^\d/,()+]*?)\s*\)?",
    re.IGNORECASE,
)
_PAIR_FIRST = re.compile(
    rf"(?P<heading>[^\d:]*?)[\s:,–—-]*(?P<work>{_SHORT_TIME})\s*(?P<name>[^\d/()]*?)\s*/\s*"
    rf"(?P<rest>{_SHORT_TIME})\s*(?P<rest_name>[^\d/()]*?)[\s,]*(?:[x×]\s?(?P<count>\d{{1,3}})|(?P<count2>\d{{1,3}})\s*"
    r"(?:x|×|rounds?|sets?|times))",
    re.IGNORECASE,
)
_ROUNDS_LINE = re.compile(
    r"(?P<name>[^\d]*?)[\s:(,–—-]*(?P<count>\d{1,3})\s*(?:x|×|rounds?|sets?|times|circuits?)\s*[):]*", re.IGNORECASE
)
_NAME_FIRST = re.compile(
    rf"(?P<name>[^\W\d_].*?)[\s:,|(–—-]+(?P<time>{_TIME})\)?(?P<side>\s*(?:/|per|each|a|every)\s*(?:side|leg|arm|foot))?"
    r"[\s,]*(?:[x×]\s?(?P<count>\d{1,2}))?\s*",
    re.IGNORECASE,
)
_TIME_FIRST = re.compile(rf"(?P<time>{_TIME})[\s:,|–—-]*(?:of\s+)?(?P<name>[^\W\d_].*?)\s*", re.IGNORECASE)
_CELL = re.compile(
    rf"(?P<number>{_NUMBER})\s*(?P<unit>ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?)?\.?", re.IGNORECASE
)


@dataclass(frozen=True)
class TimerLine:
    """A line of an interval timer."""

    name: str
    seconds: float = 0
    """The length of the interval, or 0 for a line that only says how often the following intervals are repeated."""
    repeat: int = 1
    rest_s: float = 0
    """The length of the rest after each interval, if work and rest alternate."""
    rest_name: str = ""
    heading: str = ""
    is_per_side: bool = False


def parse_timer_line(line: str) -> TimerLine | None:
    """Return the parsed line, or None if it is not a line of an interval timer."""
    bare = line[_BULLET.match(line).end() :].strip() if _BULLET.match(line) else line.strip()  # type: ignore[union-attr]
    if len(bare) > 120:
        return None
    for pattern in (_ROUNDS_OF_TWO, _PAIR_FIRST):
        if match := pattern.fullmatch(bare):
            count = int(match["count"] or match["count2"])
            work_s, rest_s = _short_seconds(match["work"]), _short_seconds(match["rest"])
            if 1 <= count <= MAX_REPEATS and work_s and rest_s:
                names = [_clean(match[key]) for key in ("name", "rest_name", "heading")]
                return TimerLine(names[0], work_s, count, rest_s, names[1], names[2])
    if match := _NAME_FIRST.fullmatch(bare):
        count = int(match["count"] or 1)
        if 1 <= count <= MAX_REPEATS:
            return TimerLine(_clean(match["name"]), _seconds(match["time"]), count, is_per_side=bool(match["side"]))
    if match := _TIME_FIRST.fullmatch(bare):
        return TimerLine(_clean(match["name"]), _seconds(match["time"]))
    if (match := _ROUNDS_LINE.fullmatch(bare)) and 1 < int(match["count"]) <= MAX_REPEATS:
        return TimerLine(_clean(match["name"]), repeat=int(match["count"]))
    return None


def parse_cell_duration(cell: str, heading: str) -> float | None:
    """Return the duration in a table cell, in seconds. If the cell has no unit, use that of the heading, or seconds.

    If there is no heading, a number without a unit is not a duration.
    """
    if match := re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d(?:[.,]\d{1,3})?)", cell.strip()):
        return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3].replace(",", "."))
    match = _CELL.fullmatch(cell.strip())
    if match is None or not (match["unit"] or heading):
        return None
    value = float(match["number"].replace(",", "."))
    unit = (match["unit"] or _unit_in(heading)).lower()
    return value * (0.001 if unit == "ms" else 3600 if unit[0] == "h" else 60 if unit[0] == "m" else 1)


def _unit_in(heading: str) -> str:
    if re.search(r"ms\b|milli|Ms\b", heading):
        return "ms"
    return "m" if re.search(r"\bm(?:in(?:ute)?s?)?\b|minuten", heading, re.IGNORECASE) else "s"


def _short_seconds(text: str) -> float:
    return float(text) if text.strip().isdecimal() else _seconds(text)


def _seconds(text: str) -> float:
    """Convert a time matched by `_TIME` to seconds."""
    return parse_cell_duration(text.strip().rstrip('."″'), "s") or 0.0


def _clean(text: str) -> str:
    return text.strip(" \t:,–—-()[]|*_")
