"""Replace a value by another one, where it is. The comment at the end of its line stays."""

from __future__ import annotations

import re
from dataclasses import replace

from voiceguide.script.editing.layout.document import Document, Node, Splice, Tree
from voiceguide.script.editing.layout.regions import (
    comment_after,
    entry_start,
    holder_end,
    region_of,
)
from voiceguide.script.editing.layout.scalars import write_scalar
from voiceguide.script.editing.layout.writer import Writer, indented
from voiceguide.script.parsing.nodes import Loc

__all__ = ["replace_by_lines", "replace_value"]


def replace_value(document: Document, parent: Node, path: Loc, value: Tree, writer: Writer) -> list[Splice]:
    """Give the entry of a list or map at a path a new value."""
    index = parent.key_index(path[-1])
    assert index is not None
    old = parent.items[index]
    in_flow = not parent.is_block
    if isinstance(value, str):
        place = writer.scalar_place(path, in_flow)
        if old.kind == "text" and not old.is_empty:
            old_text = document.text[old.start : old.end]
            place = replace(place, old_text=old_text, old_style=old.style, old_value=old.value)
        first, *rest = write_scalar(value, place)
        new = [first] if in_flow else [first, *indented(rest, _content_column(document, parent, index, writer))]
    elif in_flow:
        new = [writer.flow(value, path)]
    else:
        new = _lines(document, parent, index, path, value, writer)
    is_inline = len(new) == 1 and bool(new[0]) and not old.is_block and old.style not in ("|", ">")
    if in_flow or is_inline:
        space = " " if old.is_empty and document.text[old.start - 1 : old.start] in (":", "-") else ""
        return [Splice(old.start, old.end, space + new[0])]
    return replace_by_lines(document, parent, index, new)


def _content_column(document: Document, parent: Node, index: int, writer: Writer) -> int:
    column = document.column_of(entry_start(document, parent, index))
    return column + (writer.style.map_offset if parent.kind == "map" else writer.style.dash_width)


def _lines(document: Document, parent: Node, index: int, path: Loc, value: Tree, writer: Writer) -> list[str]:
    start = entry_start(document, parent, index)
    column = document.column_of(start)
    if parent.kind == "map":
        return writer.after_key(value, path, column, holder_end(document, parent, index) - start + column)
    return writer.after_dash(value, path, column, writer.style.dash_width)


def replace_by_lines(document: Document, parent: Node, index: int, new: list[str]) -> list[Splice]:
    """Replace a value by lines. The first continues the line of the key or dash, unless it is empty."""
    old, holder, newline = parent.items[index], holder_end(document, parent, index), document.newline
    end, comment, lead = _end_and_comment(document, parent, index, holder)
    if re.search(r"[\r\n]", lead):
        # The value is on a line of its own. The comments between it and its key stay.
        head = lead if new[0] else re.sub(r"(\r\n|\r|\n)[ \t]*\Z", "", lead)
        return [Splice(holder, end, newline.join([head + new[0] + comment, *new[1:]]))]
    head = "" if not new[0] else lead if lead and not old.is_block else " "
    return [Splice(holder, end, newline.join([head + new[0] + comment, *new[1:]]))]


def _end_and_comment(document: Document, parent: Node, index: int, holder: int) -> tuple[int, str, str]:
    """Return where a value ends, the comment on its line, and what is between its key or dash and it."""
    old, text = parent.items[index], document.text
    if old.is_block:
        last = region_of(document, parent, index).last
        end = document.line_start(last) + len(document.line_text(last))
        first_line = text[
            holder : min(entry_start(document, old, 0), document.line_start(document.line_of(holder) + 1))
        ]
        match = re.search(r"[ \t]+#[^\r\n]*", first_line)
        return end, match.group() if match else "", ""
    lead = text[holder : old.start]
    if old.style in ("|", ">"):
        header = document.text[old.start : document.line_start(document.line_of(old.start) + 1)]
        match = re.search(r"[ \t]+#[^\r\n]*", header)
        return old.end, match.group() if match else "", lead
    comment = comment_after(document, old.end)
    return old.end + len(comment), comment, lead
