"""Edits of lists with dashes and of maps with a key on each line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voiceguide.script.editing.document import Document, Node, Splice
from voiceguide.script.editing.regions import Region, entry_start, gap_above, has_own_line, region_of

__all__ = ["holder_end", "insert_block", "lines_of", "reindented", "remove_block"]


def holder_end(document: Document, parent: Node, index: int) -> int:
    """Return the offset after the dash or colon that holds a value."""
    if parent.kind == "list":
        return entry_start(document, parent, index) + 1
    match = re.compile(r"\s*:").match(document.text, parent.keys[index].end)
    return match.end() if match else parent.keys[index].end


def insert_block(document: Document, parent: Node, index: int, lines: Sequence[str], gap: int) -> list[Splice]:
    """Insert the lines of an entry before the one at an index, with blank lines between it and its neighbour."""
    newline = document.newline
    if index < len(parent.items):
        start = entry_start(document, parent, index)
        if index == 0 and not has_own_line(document, start):
            column = document.column_of(start)
            text = newline.join([lines[0].lstrip(" "), *lines[1:], " " * column])
            return [Splice(start, start, text)]
        if index == 0:
            region = region_of(document, parent, 0)
            at = document.line_start(region.lead) if parent is not document.root else start
            return [Splice(at, at, "".join(line + newline for line in [*lines, *[""] * gap]))]
    at = document.line_start(region_of(document, parent, index - 1).last + 1)
    text = "".join(line + newline for line in [*[""] * gap, *lines])
    if at == len(document.text) and not document.text.endswith(("\n", "\r")):
        text = newline + text.removesuffix(newline)
    return [Splice(at, at, text)]


def remove_block(document: Document, parent: Node, index: int) -> list[Splice]:
    """Remove an entry with its comments and the blank lines above it. The list or map keeps other entries."""
    region = region_of(document, parent, index)
    start = entry_start(document, parent, index)
    if index == 0 and not has_own_line(document, start):
        return _pull_up(document, parent, region, start)
    first, after = region.lead, region.last + 1
    if index:
        first -= gap_above(document, parent, index)
    else:
        after += _blank_lines(document, after)
    begin, end = document.line_start(first), document.line_start(after)
    if end == len(document.text) and not document.text.endswith(("\n", "\r")):
        begin = len(document.text[:begin].rstrip("\r\n")) if index else begin
    return [Splice(begin, end, "")]


def _blank_lines(document: Document, line: int) -> int:
    count = 0
    while line + count < document.line_count and not document.line_text(line + count).strip():
        count += 1
    return count


def _pull_up(document: Document, parent: Node, region: Region, start: int) -> list[Splice]:
    """Remove the first key of a list item, so that the next key follows the dash."""
    following = entry_start(document, parent, 1)
    head = document.line_start(region.head)
    between = [document.line_text(line) for line in range(region.last + 1, document.line_of(following))]
    indent = re.match(r" *", document.line_text(region.head))
    prefix = indent.group() if indent else ""
    comments = "".join(prefix + line.strip() + document.newline for line in between if line.strip())
    return [*([Splice(head, head, comments)] if comments else []), Splice(start, following, "")]


def lines_of(document: Document, parent: Node, index: int) -> tuple[list[str], int]:
    """Return the lines of an entry with its comments, and the column of its dash or key."""
    region, start = region_of(document, parent, index), entry_start(document, parent, index)
    column = document.column_of(start)
    lines = [document.line_text(line) for line in range(region.lead, region.last + 1)]
    head = region.head - region.lead
    lines[head] = " " * column + lines[head][column:]
    return lines, column


def reindented(lines: Sequence[str], columns: int) -> list[str]:
    """Return lines moved to the right, or to the left if `columns` is negative."""
    if columns >= 0:
        return [" " * columns + line if line.strip() else line for line in lines]
    return [line[min(-columns, len(line) - len(line.lstrip(" "))) :] for line in lines]
