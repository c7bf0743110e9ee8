"""Edits of block lists (with a dash before each item) and block maps (with each key on its own line)."""

from __future__ import annotations

from collections.abc import Sequence

from voiceguide.script.editing.layout.document import Document, Node, Splice
from voiceguide.script.editing.layout.regions import (
    comments_in,
    entry_start,
    gap_above,
    has_own_line,
    holder_end,
    region_of,
)

__all__ = ["empty_block", "insert_block", "lines_of", "reindented", "remove_block"]


def insert_block(document: Document, parent: Node, index: int, lines: Sequence[str], gap: int) -> list[Splice]:
    """Insert the lines of an entry at an index, with `gap` blank lines between the entry and its neighbor."""
    newline = document.newline
    if index < len(parent.items):
        start = entry_start(document, parent, index)
        if index == 0 and not has_own_line(document, start):
            return _insert_after_dash(document, start, lines)
        at = document.line_start(region_of(document, parent, index).lead)
        return [Splice(at, at, "".join(line + newline for line in [*lines, *[""] * gap]))]
    at = document.line_start(region_of(document, parent, index - 1).last + 1)
    text = "".join(line + newline for line in [*[""] * gap, *lines])
    if at == len(document.text) and not document.text.endswith(("\n", "\r")):
        text = newline + text.removesuffix(newline)
    return [Splice(at, at, text)]


def _insert_after_dash(document: Document, start: int, lines: Sequence[str]) -> list[Splice]:
    """Insert an entry before the first one, which is on the same line as a dash. Comments go above that line."""
    newline, line = document.newline, document.line_start(document.line_of(start))
    comments = list(lines[: _comment_count(lines)])
    first, *rest = lines[len(comments) :]
    text = newline.join([first.lstrip(" "), *rest, " " * document.column_of(start)])
    above = "".join(comment + newline for comment in comments)
    return [*([Splice(line, line, above)] if above else []), Splice(start, start, text)]


def _comment_count(lines: Sequence[str]) -> int:
    return next((i for i, line in enumerate(lines) if not line.lstrip().startswith("#")), len(lines))


def remove_block(document: Document, parent: Node, index: int) -> list[Splice]:
    """Remove one of several entries, with its comments and the blank lines above it."""
    region = region_of(document, parent, index)
    start = entry_start(document, parent, index)
    if index == 0 and not has_own_line(document, start):
        return _pull_up(document, parent, start)
    first, after = region.lead, region.last + 1
    if index:
        first -= gap_above(document, parent, index)
    else:
        while after < document.line_count and not document.line_text(after).strip():
            after += 1
    begin, end = document.line_start(first), document.line_start(after)
    if end == len(document.text) and not document.text.endswith(("\n", "\r")):
        begin = len(document.text[:begin].rstrip("\r\n"))
    return [Splice(begin, end, "")]


def _pull_up(document: Document, parent: Node, start: int) -> list[Splice]:
    """Remove the entry after a dash, and move the next entry there. Comments between the two go above the dash."""
    region, following = region_of(document, parent, 0), entry_start(document, parent, 1)
    line = document.line_text(region.head)
    indent = " " * (len(line) - len(line.lstrip(" ")))
    between = (document.line_text(number).strip() for number in range(region.last + 1, document.line_of(following)))
    comments = "".join(indent + text + document.newline for text in between if text)
    above = document.line_start(region.head)
    return [*([Splice(above, above, comments)] if comments else []), Splice(start, following, "")]


def empty_block(document: Document, parent: Node, holder: tuple[Node, int] | None) -> list[Splice]:
    """Replace a list or map with `[]` or `{}` if it has only one entry. It is the value of the `holder` entry."""
    text, empty = document.text, "[]" if parent.kind == "list" else "{}"
    region, start = region_of(document, parent, 0), entry_start(document, parent, 0)
    end = document.line_start(region.last) + len(document.line_text(region.last))
    if holder is None or not has_own_line(document, start):
        return [Splice(start, end, empty)]
    after = holder_end(document, *holder)
    properties = text[parent.start : start].split("#")[0].strip() if parent.start < start else ""
    if properties.startswith(("&", "!")):
        after = parent.start + len(properties)
    begin = len(text[: document.line_start(region.lead)].rstrip("\r\n"))
    return [Splice(after, after, f" {empty}"), Splice(max(begin, after), end, "")]


def lines_of(document: Document, parent: Node, index: int) -> tuple[list[str], int, list[str]]:
    """Return the lines of an entry and its comments, the column of its dash or key, and a list of the comments."""
    region, start = region_of(document, parent, index), entry_start(document, parent, index)
    column = document.column_of(start)
    lines = [document.line_text(line) for line in range(region.lead, region.last + 1)]
    head = region.head - region.lead
    lines[head] = " " * column + lines[head][column:]
    begin = document.line_start(region.lead) if region.lead < region.head else start
    comments = comments_in(document, parent.items[index], begin, document.line_start(region.last + 1))
    return lines, column, comments


def reindented(lines: Sequence[str], columns: int) -> list[str]:
    """Return the lines shifted to the right by `columns`, or to the left if `columns` is negative."""
    if columns >= 0:
        return [" " * columns + line if line.strip() else line for line in lines]
    return [line[min(-columns, len(line) - len(line.lstrip(" "))) :] for line in lines]
