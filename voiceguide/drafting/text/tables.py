"""Turn the rows of tables into instructions: `| Plank | 45 sec | 3 |` becomes "Plank - 45 sec, 3 sets"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from voiceguide.drafting.text.sentences import has_words

__all__ = [
    "UNIT_HEADING",
    "ColumnRole",
    "column_roles",
    "describe_row",
    "expand_tables",
    "is_total",
    "split_row",
]

ColumnRole = Literal["name", "time", "rest", "sets", "reps", "note", ""]
"""What a column contains, or an empty string if the heading of the column is not recognized."""

_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*|[^\n|]+\|[^\n|]+(?:\|[^\n|]*)*")
_SEPARATOR = re.compile(r"[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|?)+[ \t]*")
_ROLES: tuple[tuple[ColumnRole, str], ...] = (
    ("rest", r"rest|break|recovery|pause|off|erholung|descanso|repos"),
    (
        "time",
        r"time|duration|length|min(?:ute)?[sn]?|minutos|secs?|seconds?|sekunden|segundos|hold|work|on|dauer|zeit|duración|tiempo|durée|temps",
    ),
    ("sets", r"sets?|rounds?|laps?|cycles?|runden|sätze|series|tours"),
    ("reps", r"reps?|repetitions?|times|count|wdh|wiederholungen|repeticiones|répétitions"),
    (
        "name",
        r"exercises?|steps?|poses?|positions?|what(?: to do)?|activity|name|asana|movement|move|station|instructions?|"
        r"interval|action|task|phase|übung|schritt|ejercicio|paso|exercice|étape|posture",
    ),
    ("note", r"notes?|description|details?|cues?|comments?|how|hinweise?|notas?|remarques?"),
)
_UNIT_IN_HEADING = (
    (re.compile(r"\b(?:ms|milliseconds?)\b", re.IGNORECASE), "ms"),
    (re.compile(r"\b(?:s|secs?|seconds?|sekunden)\b", re.IGNORECASE), "seconds"),
    (re.compile(r"\b(?:m|mins?|minutes?|minuten|minutos)\b", re.IGNORECASE), "minutes"),
)
UNIT_HEADING = re.compile(r"\W*(?:hours?|h|minutes?|mins?|seconds?|secs?|minuten|sekunden)\W*", re.IGNORECASE)
"""The heading of a column that contains only one part of a length, as in "Minutes, Seconds"."""
_TOTAL = re.compile(
    r"\W*(?:(?:grand )?total(?: (?:time|duration|length))?|sum|gesamt(?:zeit|dauer)?|summe|suma"
    r"|durée totale|duración total)\W*",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"\d{1,5}(?:[.,]\d{1,2})?")


def expand_tables(text: str) -> str:
    """Return a text with its Markdown tables converted to lists. The headings of a table become a comment."""
    lines = text.split("\n")
    result: list[str] = []
    position = 0
    while position < len(lines):
        end = position
        while end < len(lines) and (_ROW.fullmatch(lines[end]) or _SEPARATOR.fullmatch(lines[end])):
            end += 1
        end = max(end, position + 1)
        block = lines[position:end]
        is_table = len(block) >= 2 and any(line.lstrip().startswith("|") or _is_separator(line) for line in block)
        result += _expand_table(block) if is_table else block
        position = end
    return "\n".join(result)


def split_row(line: str) -> list[str]:
    """Return the cells of a row."""
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def column_roles(headings: Sequence[str]) -> list[ColumnRole]:
    """Return the role of each column, determined from its heading."""
    return [_role_of(heading) for heading in headings]


def is_total(row: Sequence[str]) -> bool:
    """Return whether a row contains the total of the rows above it."""
    return any(_TOTAL.fullmatch(cell) for cell in row)


def describe_row(cells: Sequence[str], headings: Sequence[str]) -> str:
    """Return a row as an instruction. Cells whose heading is not recognized come last, in their original order."""
    roles = column_roles(headings)
    roles += [""] * (len(cells) - len(roles))
    if "name" not in roles:
        roles = _guess_name_column(cells, roles)
    names, notes, counts = [], [], []
    times: list[str] = []
    for index, (cell, role) in enumerate(zip(cells, roles, strict=False)):
        if not has_words(cell):
            continue
        heading = headings[index] if index < len(headings) else ""
        if role == "name":
            names.append(cell)
        elif role == "time" and (not times or UNIT_HEADING.fullmatch(heading)):
            times.append(_with_unit(cell, heading))
        elif role == "time":
            counts.append(f"{heading.lower()} {_with_unit(cell, heading)}")
        elif role in ("sets", "reps") and _BARE_NUMBER.fullmatch(cell):
            counts.append(f"{cell} {role}")
        elif role == "rest":
            counts.append(f"rest {_with_unit(cell, heading)}")
        elif heading and (_BARE_NUMBER.fullmatch(cell) or cell.lower() in ("each", "both", "every", "per")):
            counts.append(f"{cell} {heading.lower()}")
        else:
            notes.append(cell)
    spoken = ". ".join(part.rstrip(".") for part in (*names, *notes, *counts))
    return f"{spoken} – {' '.join(times)}" if times else spoken


def _expand_table(table: list[str]) -> Iterator[str]:
    rows = [line for line in table if not _is_separator(line)]
    has_heading = len(table) > 1 and _is_separator(table[1])
    first = split_row(rows[0]) if rows else []
    if not has_heading:
        has_heading = any(column_roles(first)) and not any(re.search(r"\d", cell) for cell in first)
    headings = first if has_heading else []
    yield ""
    if has_heading:
        yield f"<!-- {' | '.join(headings)} -->"
    for row in rows[1 if has_heading else 0 :]:
        cells = split_row(row)
        described = describe_row(cells, headings)
        if is_total(cells):
            yield f"<!-- {' | '.join(cells)} -->"
        elif has_words(described):
            yield f"- {described}"
    yield ""


def _is_separator(line: str) -> bool:
    return "-" in line and _SEPARATOR.fullmatch(line) is not None


def _role_of(heading: str) -> ColumnRole:
    bare = re.sub(r"[(\[].*?[)\]]|[*_#:.]", " ", heading).strip().lower()
    return next((role for role, words in _ROLES if re.fullmatch(rf"(?:{words})(?:\s+\w+)?", bare)), "")


def _guess_name_column(cells: Sequence[str], roles: list[ColumnRole]) -> list[ColumnRole]:
    """Give the role `name` to the first column that contains words and has no role yet."""
    for index, cell in enumerate(cells):
        if not roles[index] and re.search(r"[^\W\d_]{2}", cell):
            return [*roles[:index], "name", *roles[index + 1 :]]
    return roles


def _with_unit(cell: str, heading: str) -> str:
    """Add a unit to a cell that contains only a number: the unit in the heading, or seconds."""
    if not _BARE_NUMBER.fullmatch(cell):
        return cell
    unit = next((unit for pattern, unit in _UNIT_IN_HEADING if pattern.search(heading)), "seconds")
    return f"{cell} {unit}"
