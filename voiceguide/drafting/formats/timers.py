"""Interval timers: tables (CSV), the files of timer apps (JSON), and lists such as "Plank 30s" or "8 x 20 s / 10 s"."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator

from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Heading, Reading, Remark, Speech
from voiceguide.drafting.formats.timer_lines import TimerLine, parse_cell_duration, parse_timer_line
from voiceguide.drafting.text.plain_text import strip_markup
from voiceguide.drafting.text.sentences import count_words, has_words
from voiceguide.drafting.text.tables import UNIT_HEADING, column_roles, describe_row, is_total
from voiceguide.errors import VoiceguideError
from voiceguide.script.rules.duration_limits import MAX_CUES

__all__ = ["TIMER_LIST", "TIMER_TABLE"]

_MAX_NAME_WORDS = 7
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}\s+(?P<text>.*?)[\s#]*")
_COMMENT = re.compile(r"[ \t]*<!--(.*?)-->[ \t]*")


def _is_list(text: str) -> bool:
    """Return whether every line, apart from headings and a title, is a short name with a time."""
    lines = [line for line in text.split("\n")[:500] if has_words(line)]
    parsed = [parse_timer_line(line) for line in lines]
    timed = [line for line in parsed if line and line.seconds]
    if not timed or any(
        count_words(line.name) > _MAX_NAME_WORDS or line.name.endswith((".", "!", "?")) for line in timed
    ):
        return False
    if any(found and _repeats_lines_above(line, found) for line, found in zip(lines, parsed, strict=True)):
        return False
    others = [line for line, found in zip(lines, parsed, strict=True) if not found and not _is_aside(line)]
    is_titled = len(others) == 1 and others[0] == lines[0]
    has_rounds = any(line.rest_s or line.repeat > 1 for line in timed)
    return (not others or is_titled) and (len(timed) >= 2 or has_rounds)


def _repeats_lines_above(line: str, found: TimerLine) -> bool:
    return found.name.lower().startswith("repeat") and not line.rstrip().endswith(":")


def _is_aside(line: str) -> bool:
    return _HEADING.fullmatch(line) is not None or _COMMENT.fullmatch(line) is not None


def _read_list(text: str) -> Reading:
    changes: Changes = Counter()
    entries: list[Entry] = []
    title = ""
    repeated = False
    for line in text.split("\n"):
        found = parse_timer_line(line)
        if not has_words(line):
            if repeated:
                entries.append(Heading(title or "Steps", is_written=False))
            repeated = False
        elif comment := _COMMENT.fullmatch(line):
            entries.append(Remark(comment[1].strip()))
        elif found:
            repeated = repeated or (found.repeat > 1 and not found.seconds)
            entries += _entries_of_line(found, changes)
        else:
            heading = _HEADING.fullmatch(line)
            name = strip_markup(heading["text"] if heading else line).rstrip(":")
            title = title or name
            changes["headings", "stages"] += 1
            entries.append(Heading(name))
    return Reading(tuple(entries), title, changes=changes)


def _entries_of_line(line: TimerLine, changes: Changes) -> Iterator[Entry]:
    """Yield the steps of a line. Rounds of work and rest become a separate stage."""
    if not line.seconds:
        changes["rounds", "repeats"] += 1
        yield Heading(line.name or f"{line.repeat} rounds", line.repeat)
        return
    changes["intervals", "steps"] += 1
    if line.rest_s:
        changes["rounds", "repeats"] += 1
        yield Heading(line.heading or f"{line.repeat} rounds", line.repeat)
        yield Speech(line.name or "Go", length_s=line.seconds)
        yield Speech(line.rest_name or "Rest", length_s=line.rest_s)
        yield Heading("Next", is_written=False)
        return
    for _ in range(line.repeat):
        for side in ("left", "right") if line.is_per_side else ("",):
            yield Speech(f"{line.name}, {side} side" if side else line.name, length_s=line.seconds)


def _rows_of(text: str) -> list[list[str]]:
    """Return the rows of a table.

    Rows are split at the delimiter that gives nearly all of them the same number of cells. If there is no such
    delimiter,
    return an empty list.
    """
    lines = [f"{line}\n" for line in text.split("\n") if line.strip()]
    for delimiter in (",", ";", "\t"):
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(map(str.strip, row))]
        except csv.Error:
            continue
        widths = Counter(map(len, rows))
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if len(rows) >= 2 and width >= 2 and count >= 0.8 * len(rows):
            return [[" ".join(cell.split()) for cell in row] for row in rows]
    return []


def _is_table(text: str) -> bool:
    rows = _rows_of(text[:20_000].rpartition("\n")[0] if len(text) > 20_000 else text)
    if not rows:
        return False
    if "time" in column_roles(rows[0]) and not any(parse_cell_duration(cell, "") for cell in rows[0]):
        return True
    with_time = sum(any(parse_cell_duration(cell, "x") for cell in row[1:]) for row in rows)
    return with_time == len(rows) and all(count_words(row[0]) <= _MAX_NAME_WORDS for row in rows)


def _read_table(text: str) -> Reading:
    changes: Changes = Counter()
    rows = _rows_of(text)
    if len(rows) > MAX_CUES:
        raise VoiceguideError(f"The table has {len(rows):,} rows. The limit is {MAX_CUES:,}. Use a shorter table.")
    return Reading(tuple(_iter_rows(rows, changes)), changes=changes)


def _iter_rows(rows: list[list[str]], changes: Changes) -> Iterator[Entry]:
    has_heading = "time" in column_roles(rows[0]) and not any(parse_cell_duration(cell, "") for cell in rows[0])
    headings = rows[0] if has_heading else []
    if has_heading:
        changes["column names", "comments"] += 1
        yield Remark(" | ".join(headings))
    for row in rows[1 if has_heading else 0 :]:
        if is_total(row):
            changes["totals", "comments"] += 1
            yield Remark(" | ".join(row))
            continue
        changes["rows", "steps"] += 1
        yield from _entries_of_row(row, headings, changes)


def _entries_of_row(row: list[str], headings: list[str], changes: Changes) -> Iterator[Entry]:
    roles = column_roles(headings) if headings else _guess_roles(row)
    named = [headings[index] if index < len(headings) else "" for index in range(len(row))]
    seconds = rest_s = 0.0
    repeat = 1
    spoken: list[int] = []
    for index, cell in enumerate(row):
        role = roles[index] if index < len(roles) else ""
        length_s = parse_cell_duration(cell, named[index] or "s") if role in ("time", "rest") else None
        is_unit = UNIT_HEADING.fullmatch(named[index]) is not None
        if role == "time" and length_s is not None and (is_unit or not seconds):
            seconds += length_s
        elif length_s and role == "rest":
            rest_s = length_s
        elif role == "sets" and cell.isdecimal() and 1 <= int(cell) <= 50:
            repeat = int(cell)
        elif role in ("name", "note", "reps") or (not headings and has_words(cell)):
            spoken.append(index)
        elif has_words(cell):
            changes["other cells", "comments"] += 1
            yield Remark(f"{named[index]}: {cell}" if named[index] else cell)
    text = describe_row([row[index] for index in spoken], [named[index] for index in spoken])
    for _ in range(repeat):
        if text or seconds:
            yield Speech(text or "Next", length_s=seconds or None)
        if rest_s:
            yield Speech("Rest", length_s=rest_s)


def _guess_roles(row: list[str]) -> list[str]:
    """Return the roles of the columns in a table without headings.

    The first time is the length, and the second is the rest.
    """
    times = [index for index, cell in enumerate(row) if index and parse_cell_duration(cell, "s")]
    return ["time" if index in times[:1] else "rest" if index in times[1:2] else "" for index in range(len(row))]


TIMER_LIST = Format("timer", "interval timer", _is_list, _read_list)
TIMER_TABLE = Format("csv", "table with times", _is_table, _read_table)
