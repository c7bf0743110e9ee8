"""Move and copy items, with their comments."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.script.editing.block_edits import insert_block, lines_of, reindented
from voiceguide.script.editing.flow_edits import has_lines, insert_flow, own_comment
from voiceguide.script.editing.item_edits import insert_item, item_gap, parent_of, remove_entry
from voiceguide.script.editing.layout.document import Document, Node, Splice, Tree, plain
from voiceguide.script.editing.layout.file_style import find_style
from voiceguide.script.editing.layout.parser import parse_document
from voiceguide.script.editing.layout.regions import (
    column_in_list,
    comments_in,
    entry_span,
    region_of,
)
from voiceguide.script.editing.layout.writer import Writer
from voiceguide.script.editing.operations import Copy, Move
from voiceguide.script.editing.sharing import refuse_shared
from voiceguide.script.editing.value_edits import replace_by_lines
from voiceguide.script.parsing.nodes import Loc

__all__ = ["move_item"]


@dataclass(frozen=True)
class _Item:
    """An item as written in the text."""

    value: Tree
    lines: list[str]
    """Its lines, with its comments. Empty for an item in brackets."""
    column: int
    """The column of its dash."""
    text: str
    """The text of an item in brackets."""
    comments: list[str]
    line_comment: str
    """The comment that follows an item on its own line in brackets, including the spaces before the comment."""
    gap: int
    """The blank lines between it and its neighbors."""


def _item_at(document: Document, parent: Node, index: int) -> _Item:
    value = plain(parent.items[index])
    if parent.is_block:
        lines, column, comments = lines_of(document, parent, index)
        return _Item(value, lines, column, "", comments, "", item_gap(document, parent, index, 0))
    start, end = entry_span(parent, index)
    comment = own_comment(document, parent, index)
    comments = comments_in(document, parent.items[index], start, end)
    return _Item(value, [], 0, document.text[start:end], [*comments, *filter(None, [comment.strip()])], comment, 0)


def move_item(document: Document, operation: Move | Copy) -> str:
    """Return the text with an item moved or copied to another place. Its comments go with it."""
    path, to = operation.path, operation.to
    refuse_shared(document, path, whole=True)
    parent = parent_of(document, path)
    item = _item_at(document, parent, int(path[-1]))
    if isinstance(operation, Move):
        document = parse_document(remove_entry(document, path))
    refuse_shared(document, to[:-1])
    target, index = parent_of(document, to), int(to[-1])
    writer = Writer(find_style(document))
    if target.is_block:
        column = column_in_list(document, target)
        gap = item_gap(document, target, index, item.gap)
        return document.spliced(*insert_block(document, target, index, _as_lines(item, to, column, writer), gap))
    holder = parent_of(document, to[:-1]) if to[:-1] else None
    if not target.items and holder is not None and holder.is_block and (item.lines or item.comments):
        start = column_in_list(document, holder)
        column = start + (writer.style.list_offset if holder.kind == "map" else writer.style.dash_width)
        lines = _as_lines(item, to, column, writer)
        place = holder.items.index(target)
        if holder.kind == "map":
            return document.spliced(*replace_by_lines(document, holder, place, ["", *lines], 2))
    return _moved_into_flow(document, target, to, item, writer)


def _as_lines(item: _Item, path: Loc, column: int, writer: Writer) -> list[str]:
    """Return the lines of an item of a block list."""
    if item.lines:
        return reindented(item.lines, column - item.column)
    head = " " * column + "-".ljust(writer.style.dash_width)
    comments = [" " * column + comment for comment in item.comments]
    if "\n" in item.text or "\r" in item.text:
        return [*comments, *writer.item(item.value, path, column, writer.style.dash_width)]
    if item.line_comment:
        return [head + item.text + item.line_comment]
    return [*comments, head + item.text]


def _moved_into_flow(document: Document, target: Node, to: Loc, item: _Item, writer: Writer) -> str:
    """Return the text with an item moved into brackets. Comments go above the line unless each item has its own."""
    is_one_line = bool(item.text) and "\n" not in item.text and "\r" not in item.text
    text = item.text if is_one_line else writer.flow(item.value, to)
    if item.line_comment and is_one_line and has_lines(document, target):
        return document.spliced(*insert_flow(document, target, int(to[-1]), text, item.line_comment))
    splices = insert_flow(document, target, int(to[-1]), text) if target.kind == "list" else []
    if not splices:
        return insert_item(document, to, item.value)
    if item.comments:
        splices.append(_above_brackets(document, to, item.comments))
    return document.spliced(*splices)


def _above_brackets(document: Document, path: Loc, comments: list[str]) -> Splice:
    """Return the change that inserts comments above the line where the outermost brackets around a path begin."""
    nodes = document.parents_of(path[:-1])
    depth = next(i for i, node in enumerate(nodes) if node.style)
    if depth == 0:
        start, column = document.line_start(document.line_of(nodes[0].start)), 0
    else:
        parent = nodes[depth - 1]
        index = parent.items.index(nodes[depth])
        region = region_of(document, parent, index)
        start = document.line_start(region.head)
        line = document.line_text(region.head)
        column = len(line) - len(line.lstrip(" "))
    text = "".join(f"{' ' * column}{comment}{document.newline}" for comment in comments)
    return Splice(start, start, text)
