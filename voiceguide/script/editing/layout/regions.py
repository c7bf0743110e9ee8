"""Which lines and comments belong to an entry: an item of a list, or a key with its value."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voiceguide.script.editing.layout.document import Document, Node

__all__ = [
    "Region",
    "column_in_list",
    "comment_after",
    "comments_in",
    "entry_span",
    "entry_start",
    "gap_above",
    "has_own_line",
    "holder_end",
    "region_of",
]

_PROPERTIES_AND_DASH = re.compile(r"(?:[&!]\S*|#[^\r\n]*|\s)*(?=-)")
_COMMENT = re.compile(r"[ \t]+#[^\r\n]*")
_ANY_COMMENT = re.compile(r"(?:(?<=\s)|(?<=\A)|(?<=[\[{,]))#[^\r\n]*")


@dataclass(frozen=True)
class Region:
    """The lines of an entry in a block list or block map, from `lead` to `last` inclusive, numbered from 0."""

    lead: int
    """The first line of the comments directly above the entry, or the first line of the entry if there are none."""
    head: int
    """The line of the entry's dash or key."""
    last: int
    """The last line of the entry, including the comments below that are indented like its content."""


def entry_span(parent: Node, index: int) -> tuple[int, int]:
    """Return the start and end offsets of a list item, without its dash, or of a key with its value."""
    item = parent.items[index]
    if parent.kind == "list":
        return item.start, item.end
    key = parent.keys[index]
    return key.start, max(item.end, key.end)


def entry_start(document: Document, parent: Node, index: int) -> int:
    """Return the offset of the dash, the key, or the `?` before the key of an entry in a block list or block map."""
    if parent.kind == "map":
        key = parent.keys[index].start
        before = document.text[document.line_start(document.line_of(key)) : key].rstrip(" ")
        return document.line_start(document.line_of(key)) + len(before) - 1 if before.endswith("?") else key
    match = _PROPERTIES_AND_DASH.match(document.text, parent.start)
    first = match.end() if match else parent.start
    if index == 0:
        return first
    column = document.column_of(first)
    line = document.line_of(parent.items[index].start)
    while line > 0 and not _is_dash(document.line_text(line), column):
        line -= 1
    return document.line_start(line) + column


def _is_dash(line: str, column: int) -> bool:
    return not line[:column].strip(" ") and line[column : column + 1] == "-"


def column_in_list(document: Document, parent: Node) -> int:
    """Return the column of the dashes of a list, or of the keys of a map."""
    return document.column_of(entry_start(document, parent, 0))


def holder_end(document: Document, parent: Node, index: int) -> int:
    """Return the offset after the dash or the colon of an entry in a block list or block map."""
    if parent.kind == "list":
        return entry_start(document, parent, index) + 1
    key = parent.keys[index]
    match = re.compile(r"\s*:").match(document.text, key.end)
    return match.end() if match else key.end


def has_own_line(document: Document, offset: int) -> bool:
    """Return whether a line contains only spaces before an offset."""
    start = document.line_start(document.line_of(offset))
    return not document.text[start:offset].strip(" ")


def region_of(document: Document, parent: Node, index: int) -> Region:
    """Return the line range of an entry in a block list or block map.

    The comments above the first key of a script are about the script, so they do not belong to the key.
    """
    start = entry_start(document, parent, index)
    head, column = document.line_of(start), document.column_of(start)
    lead = head
    if index > 0 or (parent is not document.root and has_own_line(document, start)):
        floor = _content_end(document, parent, index - 1) if index else -1
        while lead - 1 > floor and _is_lead(document, lead - 1, column):
            lead -= 1
    last = line = _content_end(document, parent, index)
    limit = document.line_of(document.end) if document.end < len(document.text) else document.line_count
    while line + 1 < limit:
        line += 1
        comment = _comment_column(document, line)
        if comment is not None and comment > column:
            last = line
        elif document.line_text(line).strip():
            break
    return Region(lead, head, last)


def _is_lead(document: Document, line: int, column: int) -> bool:
    """Return whether a line is a comment about the entry below. A comment indented further is about the entry above."""
    comment = _comment_column(document, line)
    return comment is not None and comment <= column


def _comment_column(document: Document, line: int) -> int | None:
    """Return the column of the comment on a line, or None if the line contains anything other than a comment."""
    text = document.line_text(line)
    stripped = text.lstrip(" \t")
    return len(text) - len(stripped) if stripped.startswith("#") else None


def _content_end(document: Document, parent: Node, index: int) -> int:
    return document.line_of(max(parent.items[index].end, entry_start(document, parent, index)))


def gap_above(document: Document, parent: Node, index: int) -> int:
    """Return the number of blank lines directly above an entry and its comments."""
    lead = region_of(document, parent, index).lead
    floor = region_of(document, parent, index - 1).last if index else -1
    line = lead - 1
    while line > floor and not document.line_text(line).strip():
        line -= 1
    return lead - 1 - line


def comment_after(document: Document, offset: int) -> str:
    """Return the comment directly after an offset on the same line, including the spaces before the comment."""
    match = _COMMENT.match(document.text, offset)
    return match.group() if match else ""


def comments_in(document: Document, node: Node, start: int, end: int) -> list[str]:
    """Return the comments between two offsets. Text in `node` that looks like a comment is ignored."""
    parts, position = [], start
    for text_start, text_end in sorted(_text_spans(document, node)):
        parts += [document.text[position:text_start], "_" * (text_end - max(position, text_start))]
        position = max(position, text_end)
    return _ANY_COMMENT.findall("".join([*parts, document.text[position:end]]))


def _text_spans(document: Document, node: Node) -> list[tuple[int, int]]:
    """Return the start and end offsets of all keys and texts in a node.

    The first line of block text is left out because it can contain a comment.
    """
    spans, stack = [], [node]
    while stack:
        node = stack.pop()
        stack += node.keys + node.items
        if node.kind == "text":
            first_line = document.line_start(document.line_of(node.start) + 1)
            start = min(first_line, node.end) if node.style in ("|", ">") else node.start
            spans.append((start, node.end))
    return spans
