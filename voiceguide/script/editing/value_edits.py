"""Replace a value in place. The comment at the end of its line is kept."""

from __future__ import annotations

import re
from dataclasses import replace

from voiceguide.script.editing.layout.document import Document, Node, Splice, Tree
from voiceguide.script.editing.layout.regions import (
    comment_after,
    entry_start,
    has_own_line,
    holder_end,
    region_of,
)
from voiceguide.script.editing.layout.scalars import write_scalar
from voiceguide.script.editing.layout.writer import Writer, indented
from voiceguide.script.parsing.nodes import Loc

__all__ = ["dash_width", "replace_by_lines", "replace_value"]

_BLOCK_TEXT = re.compile(r"(?:\A|.*[ :])[|>]-?")
_COMMENT = re.compile(r"[ \t]+#[^\r\n]*")


def replace_value(document: Document, parent: Node, path: Loc, value: Tree, writer: Writer) -> list[Splice]:
    """Give the list item or key at a path a new value."""
    index = parent.key_index(path[-1])
    assert index is not None
    old = parent.items[index]
    if parent.is_block:
        new = _lines(document, parent, index, path, value, writer)
        if _ends_in_comments(document, parent, index) and any(_BLOCK_TEXT.fullmatch(line) for line in new):
            # Otherwise, the comments below would become part of the block text.
            new = [writer.flow(value, path)]
    else:
        new = [_new_text(document, old, path, value, writer, True)[0]]
    is_text = new[0] != "" and (len(new) == 1 or (isinstance(value, str) and not _BLOCK_TEXT.fullmatch(new[0])))
    if is_text and not old.is_block and old.style not in ("|", ">"):
        space = " " if old.is_empty and document.text[old.start - 1 : old.start] in (":", "-") else ""
        return [Splice(old.start, old.end, space + document.newline.join(new))]
    return replace_by_lines(document, parent, index, new, dash_width(document, parent, index, writer))


def _lines(document: Document, parent: Node, index: int, path: Loc, value: Tree, writer: Writer) -> list[str]:
    """Return the lines to write for a new value in a block list or block map."""
    start = entry_start(document, parent, index)
    column, width = document.column_of(start), dash_width(document, parent, index, writer)
    if isinstance(value, str):
        first, *rest = _new_text(document, parent.items[index], path, value, writer, False)
        return [first, *indented(rest, column + (writer.style.map_offset if parent.kind == "map" else width))]
    if parent.kind == "map":
        return writer.after_key(value, path, column, holder_end(document, parent, index) - start + column)
    return writer.after_dash(value, path, column, width)


def _new_text(document: Document, old: Node, path: Loc, value: Tree, writer: Writer, in_flow: bool) -> list[str]:
    """Return the lines of a new value that starts on the line of its key.

    If the old and the new value are both text, the style of the old value is kept.
    """
    if not isinstance(value, str):
        return [writer.flow(value, path)]
    place = writer.scalar_place(path, in_flow)
    if old.kind == "text" and not old.is_empty:
        old_text = document.text[old.start : old.end]
        place = replace(place, old_text=old_text, old_style=old.style, old_value=old.value)
    return write_scalar(value, place)


def dash_width(document: Document, parent: Node, index: int, writer: Writer) -> int:
    """Return the number of columns from the dash of a list item to the start of its value."""
    item, start = parent.items[index], entry_start(document, parent, index)
    is_beside = not item.is_empty and document.line_of(item.start) == document.line_of(start)
    return item.start - start if is_beside else writer.style.dash_width


def _ends_in_comments(document: Document, parent: Node, index: int) -> bool:
    """Return whether a value other than a block list or block map is followed by comments indented like its content."""
    old = parent.items[index]
    return not old.is_block and region_of(document, parent, index).last > document.line_of(old.end)


def replace_by_lines(document: Document, parent: Node, index: int, new: list[str], dash_width: int) -> list[Splice]:
    """Replace a value with lines. The first line goes on the line of the key or dash, unless it is empty."""
    old, holder, newline = parent.items[index], holder_end(document, parent, index), document.newline
    end, comment = _end_and_comment(document, parent, index, holder)
    between = document.text[holder : old.start]
    if re.search(r"[\r\n]", between) and not old.is_block:
        # The value is on its own line. Comments between the key and the value are kept.
        space = between if new[0] else re.sub(r"(\r\n|\r|\n)[ \t]*\Z", "", between)
    elif not new[0]:
        space = ""
    elif between and not between.strip(" ") and not has_own_line(document, old.start):
        space = between
    else:
        space = " " * (dash_width - 1 if parent.kind == "list" else 1)
    return [Splice(holder, end, newline.join([space + new[0] + comment, *new[1:]]))]


def _end_and_comment(document: Document, parent: Node, index: int, holder: int) -> tuple[int, str]:
    """Return the offset after a value and the comment on its line, and the text of that comment."""
    old, text = parent.items[index], document.text
    if old.is_block:
        last = region_of(document, parent, index).last
        line_end = document.line_start(document.line_of(holder) + 1)
        match = _COMMENT.search(text[holder : min(entry_start(document, old, 0), line_end)])
        return document.line_start(last) + len(document.line_text(last)), match.group() if match else ""
    if old.style in ("|", ">"):
        match = _COMMENT.search(text[old.start : document.line_start(document.line_of(old.start) + 1)])
        return old.end, match.group() if match else ""
    last = document.line_of(old.end)
    return document.line_start(last) + len(document.line_text(last)), comment_after(document, old.end)
