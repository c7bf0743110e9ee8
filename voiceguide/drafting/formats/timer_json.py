"""JSON files from interval timer apps.

They contain intervals with a name and a length, in groups that can be repeated.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Heading, Reading, Remark, Speech
from voiceguide.drafting.formats.timer_lines import parse_cell_duration
from voiceguide.drafting.text.sentences import has_words
from voiceguide.errors import VoiceguideError
from voiceguide.script.rules.duration_limits import MAX_CUES

__all__ = ["TIMER_JSON"]

MAX_DEPTH = 12
MAX_PARTS = 2 * MAX_CUES
"""The maximum number of objects and lists that are read. A group of groups is read once for each repetition."""
MAX_COMMENTS = 10 * MAX_CUES
_NAME = re.compile(
    r"(?:interval|exercise|workout|set|step|display)?_?(?:name|title|label)|exercise|text", re.IGNORECASE
)
_LENGTH = re.compile(
    r"(?:(?:work|exercise|interval|active|high|total)_?)?(?:duration|time|length|seconds|secs?|interval)"
    r"(?:_?(?:in)?_?(?:s|sec|secs|seconds|ms|millis|milliseconds|min|minutes))?|work|on|minutes",
    re.IGNORECASE,
)
_REST = re.compile(
    r"(?:(?:rest|pause|break|recovery|low|cool)_?)(?:duration|time|length|seconds|secs?|interval)?(?:_?(?:s|sec|ms))?"
    r"|rest|pause|break|recovery|off",
    re.IGNORECASE,
)
_PREPARE = re.compile(
    r"(?:prep(?:are|aration)?|get_?ready|ready|warm_?up|start_?delay|countdown|pre_?start)_?(?:time|duration|seconds)?",
    re.IGNORECASE,
)
_COOL_DOWN = re.compile(r"(?:cool_?down|end_?delay)_?(?:time|duration|seconds)?", re.IGNORECASE)
_REPEAT = re.compile(
    r"(?:num(?:ber)?_?(?:of)?_?)?(?:repeats?|repetitions|rounds?|sets?|cycles?|laps?|iterations|loops?|times|tabatas)"
    r"(?:_?count)?",
    re.IGNORECASE,
)
_TECHNICAL = re.compile(
    r"(?:.*_)?(?:id|uuid|guid|colou?r|hex|icon|type|date|created|updated|version|sound|order|index)(?:_.*)?|.*(?:Id|Color|At)$"
)


def _is_timer(text: str) -> bool:
    if text.lstrip()[:1] not in ("{", "["):
        return False
    data = _load(text)
    try:
        return data is not None and any(isinstance(entry, Speech) for entry in _Reader().iter_entries(data, 0))
    except VoiceguideError:
        return False


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _read(text: str) -> Reading:
    reader = _Reader()
    entries = tuple(reader.iter_entries(_load(text), 0))
    return Reading(entries, reader.title, changes=reader.changes)


class _Reader:
    def __init__(self) -> None:
        self.changes: Changes = Counter()
        self.title = ""
        self._parts = self._comments = 0

    def iter_entries(self, data: Any, depth: int) -> Iterator[Entry]:
        """Yield the intervals in a part of the file, in order.

        Raises:
            VoiceguideError: There are too many parts, or they are nested too deeply.
        """
        self._parts += isinstance(data, list | dict)
        if self._parts > MAX_PARTS:
            raise VoiceguideError(
                f"There are more than {MAX_PARTS:,} intervals and groups, counting repetitions. Repeat them less often."
            )
        if depth > MAX_DEPTH:
            raise VoiceguideError(f"The groups of intervals are nested more than {MAX_DEPTH} deep. Use fewer groups.")
        if isinstance(data, list):
            for part in data:
                yield from self.iter_entries(part, depth + 1)
        elif isinstance(data, dict):
            yield from self._iter_object(data, depth)
        elif isinstance(data, str) and has_words(data):
            yield self._comment("other values", data)

    def _comment(self, kind: str, text: str) -> Remark:
        """Return a text as a comment. A repeated group repeats its comments, which could fill the memory."""
        self._comments += 1
        if self._comments > MAX_COMMENTS:
            raise VoiceguideError(
                f"There are more than {MAX_COMMENTS:,} texts without a time, counting repetitions. Remove some."
            )
        self.changes[kind, "comments"] += 1
        return Remark(text)

    def _iter_object(self, data: dict[str, Any], depth: int) -> Iterator[Entry]:
        name = next(
            (value for key, value in data.items() if _NAME.fullmatch(key) and isinstance(value, str)), ""
        ).strip()
        children = [value for value in data.values() if _has_objects(value)]
        lengths = {key: _length(key, value) for key, value in data.items()}
        repeat = next((value for key, value in data.items() if _REPEAT.fullmatch(key) and _is_count(value)), 1)
        prepare_s = next((s for key, s in lengths.items() if s and _PREPARE.fullmatch(key)), 0.0)
        rest_s = next((s for key, s in lengths.items() if s and _REST.fullmatch(key)), 0.0)
        length_s = next((s for key, s in lengths.items() if s and _LENGTH.fullmatch(key)), 0.0)
        yield from self._iter_remarks(data, name)
        if prepare_s:
            yield self._interval("Get ready", prepare_s)
        if children:
            yield from self._iter_group(name, children, repeat, depth)
        elif length_s:
            if repeat > 1:
                self.changes["rounds", "repeats"] += 1
                yield Heading(name or f"{repeat} rounds", repeat)
            yield self._interval(name or "Go", length_s)
            if rest_s:
                yield self._interval("Rest", rest_s)
            if repeat > 1:
                yield Heading("Next", is_written=False)
        elif has_words(name):
            yield self._comment("names without a length", name)
        cool_down_s = next((s for key, s in lengths.items() if s and _COOL_DOWN.fullmatch(key)), 0.0)
        if cool_down_s:
            yield self._interval("Cool down", cool_down_s)

    def _iter_group(self, name: str, children: list[Any], repeat: int, depth: int) -> Iterator[Entry]:
        """Yield a group.

        A group of intervals becomes a stage that is repeated. A group that contains other groups is written out once
        for each repetition.
        """
        holds_groups = any(_has_objects(list(part.values())) for child in children for part in _objects_in(child))
        if depth == 0 and not self.title:
            self.title = name
        if not holds_groups and (name or repeat > 1):
            self.changes["groups", "stages"] += 1
            yield Heading(name or f"{repeat} rounds", repeat)
        elif has_words(name) and name != self.title:
            yield Remark(name)
        for _ in range(repeat if holds_groups else 1):
            for child in children:
                yield from self.iter_entries(child, depth + 1)
        if not holds_groups and repeat > 1:
            yield Heading("Next", is_written=False)

    def _interval(self, name: str, seconds: float) -> Speech:
        self.changes["intervals", "steps"] += 1
        return Speech(name, length_s=seconds)

    def _iter_remarks(self, data: dict[str, Any], name: str) -> Iterator[Entry]:
        for key, value in data.items():
            if isinstance(value, list) and not _has_objects(value):
                value = ", ".join(part for part in value if isinstance(part, str))
            if isinstance(value, str) and has_words(value) and value.strip() != name and not _length(key, value):
                if _TECHNICAL.fullmatch(key):
                    self.changes["colors, IDs and the like", "nothing"] += 1
                else:
                    yield self._comment("other keys", f"{key}: {value}")


def _has_objects(value: Any, depth: int = 0) -> bool:
    """Return whether a value is or contains an object, or is nested too deeply to tell."""
    is_list = isinstance(value, list)
    return bool(_objects_in(value)) or (
        is_list and (depth > MAX_DEPTH or any(_has_objects(part, depth + 1) for part in value))
    )


def _objects_in(value: Any) -> list[dict[str, Any]]:
    parts = value if isinstance(value, list) else [value]
    return [part for part in parts if isinstance(part, dict)]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 100


def _length(key: str, value: Any) -> float:
    """Return a length in seconds, or 0 if the value is not a length or is longer than a day."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 12:
        return 0.0
    seconds = parse_cell_duration(str(value), re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", key)) or 0.0
    return seconds if 0 < seconds <= 86_400 else 0.0


TIMER_JSON = Format("timer-json", "intervals as JSON", _is_timer, _read, needs_whole_lines=True)
