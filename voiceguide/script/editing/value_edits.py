"""Replace a value by another one."""

from __future__ import annotations

from dataclasses import replace

from voiceguide.script.editing.block_edits import holder_end
from voiceguide.script.editing.document import Document, Node, Splice, Tree
from voiceguide.script.editing.regions import comment_after, entry_start, region_of
from voiceguide.script.editing.scalars import write_scalar
from voiceguide.script.editing.values import Writer
from voiceguide.script.parsing.nodes import Loc

__all__ = ["replace_value"]


def replace_value(document: Document, parent: Node, path: Loc, value: Tree, writer: Writer, in_flow: bool) -> str:
    """Return the text with a new value at a path. The comment at the end of its line stays."""
    index = parent.key_index(path[-1])
    assert index is not None
    old = parent.items[index]
    column = document.column_of(entry_start(document, parent, index)) if not in_flow else 0
    holder = holder_end(document, parent, index) if parent.is_block else old.start
    new = _written(document, parent, old, path, value, writer, in_flow, column)
    if in_flow or (len(new) == 1 and not old.is_block and old.style not in ("|", ">")):
        space = " " if old.is_empty else ""
        return document.spliced(Splice(old.start, old.end, space + new[0]))
    end, comment, lead = old.end, "", document.text[holder : old.start]
    if old.is_block:
        last = region_of(document, parent, index).last
        end = document.line_start(last) + len(document.line_text(last))
        comment = comment_after(document, holder)
    elif old.style in ("|", ">"):
        header = document.text[old.start :].split("\n", 1)[0].rstrip("\r")
        if "#" in header:
            position = header.index("#")
            comment = header[len(header[:position].rstrip()) :]
    else:
        comment = comment_after(document, end)
        end += len(comment)
    if not old.is_block and ("\n" in lead or "\r" in lead):
        # The old value is on a line of its own, after comments perhaps.
        if not new[0]:
            kept = lead.rstrip(" ").rstrip("\r\n")
            new = [kept + comment, *new[1:]]
        else:
            new = [lead + new[0] + comment, *new[1:]]
        return document.spliced(Splice(holder, end, document.newline.join(new)))
    head = lead if not old.is_block and lead else " "
    if not new[0]:
        head = ""
    text = document.newline.join([head + new[0] + comment, *new[1:]])
    return document.spliced(Splice(holder, end, text))


def _written(
    document: Document, parent: Node, old: Node, path: Loc, value: Tree, writer: Writer, in_flow: bool, column: int
) -> list[str]:
    """Return the lines of a new value. The first one continues the line of the key or dash."""
    if in_flow:
        if isinstance(value, str):
            place = writer.scalar_place(path, True)
            old_text = document.text[old.start : old.end]
            style = old.style if old.kind == "text" else ""
            return write_scalar(value, replace(place, old_text=old_text, old_style=style, old_value=old.value))
        return [writer.flow(value, path)]
    if isinstance(value, str):
        place = writer.scalar_place(path, False)
        if old.kind == "text" and not old.is_empty:
            old_text = document.text[old.start : old.end]
            place = replace(place, old_text=old_text, old_style=old.style, old_value=old.value)
        first, *rest = write_scalar(value, place)
        offset = writer.style.map_offset if parent.kind == "map" else writer.style.dash_width
        return [first, *writer.indented(rest, column + offset)]
    if parent.kind == "map":
        head = " " * (column + len(str(path[-1])) + 1)
        lines = writer.value_after(head, value, path, column)
        return [lines[0][len(head) :].strip(), *lines[1:]]
    lines = writer.item(value, path, column, writer.style.dash_width)
    return [lines[0][column + 1 :].strip(), *lines[1:]]
