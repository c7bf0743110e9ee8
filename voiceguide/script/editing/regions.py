"""Which lines belong to a list item or a key: its comments, and the blank lines above it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voiceguide.script.editing.document import Document, Node

__all__ = ["Region", "comment_after", "entry_start", "gap_above", "has_own_line", "region_of"]

_PROPERTIES_AND_DASH = re.compile(r"(?:[&!]\S*|#[^\r\n]*|\s)*(?=-)")
_COMMENT = re.compile(r"[ \t]+#[^\r\n]*")


@dataclass(frozen=True)
class Region:
    """The lines of an entry, numbered from 0. All of them are included."""

    lead: int
    """The first line of the comments directly above it, or its own first line."""
    head: int
    """The line of its dash or key."""
    last: int
    """Its last line, including further comments that are indented like its content."""


def entry_start(document: Document, parent: Node, index: int) -> int:
    """Return the offset of the dash of a list item or of a key."""
    if parent.kind == "map":
        return parent.keys[index].start
    match = _PROPERTIES_AND_DASH.match(document.text, parent.start)
    first = match.end() if match else parent.start
    if index == 0:
        return first
    column = document.column_of(first)
    line = document.line_of(parent.items[index].start)
    while not _is_dash(document, line, column) and line > 0:
        line -= 1
    return document.line_start(line) + column


def _is_dash(document: Document, line: int, column: int) -> bool:
    text = document.line_text(line)
    return not text[:column].strip(" ") and text[column : column + 1] == "-"


def has_own_line(document: Document, offset: int) -> bool:
    """Return whether only spaces precede an offset on its line."""
    start = document.line_start(document.line_of(offset))
    return not document.text[start:offset].strip(" \ufeff")


def _comment_column(document: Document, line: int) -> int | None:
    """Return the column of a comment that has a line of its own, or None if the line is something else."""
    text = document.line_text(line)
    stripped = text.lstrip(" \t\ufeff")
    return len(text) - len(stripped) if stripped.startswith("#") else None


def _is_blank(document: Document, line: int) -> bool:
    return not document.line_text(line).strip()


def region_of(document: Document, parent: Node, index: int) -> Region:
    """Return the lines of an entry of a block list or block map."""
    start = entry_start(document, parent, index)
    head, column = document.line_of(start), document.column_of(start)
    lead = head
    if index > 0:
        floor = _content_end(document, parent, index - 1)
        while lead - 1 > floor:
            comment = _comment_column(document, lead - 1)
            if comment is None or comment > column:
                break
            lead -= 1
    elif parent is not document.root and has_own_line(document, start):
        while lead > 0 and _comment_column(document, lead - 1) is not None:
            lead -= 1
    last = line = _content_end(document, parent, index)
    limit = document.line_of(document.end) if document.end < len(document.text) else document.line_count
    while line + 1 < limit:
        line += 1
        comment = _comment_column(document, line)
        if comment is not None and comment > column:
            last = line
        elif not _is_blank(document, line):
            break
    return Region(lead, head, last)


def _content_end(document: Document, parent: Node, index: int) -> int:
    end = max(parent.items[index].end, entry_start(document, parent, index))
    return document.line_of(end)


def gap_above(document: Document, parent: Node, index: int) -> int:
    """Return the number of blank lines directly above an entry and its comments."""
    lead = region_of(document, parent, index).lead
    floor = region_of(document, parent, index - 1).last if index else -1
    line = lead - 1
    while line > floor and _is_blank(document, line):
        line -= 1
    return lead - 1 - line


def comment_after(document: Document, offset: int) -> str:
    """Return the comment that follows an offset on its line, with the spaces before it."""
    match = _COMMENT.match(document.text, offset)
    return match.group() if match else ""
