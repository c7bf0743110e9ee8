"""Insert, remove, rename and move entries."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.script.editing.block_edits import empty_block, insert_block, lines_of, reindented, remove_block
from voiceguide.script.editing.flow_edits import has_lines, insert_flow, own_comment, remove_flow
from voiceguide.script.editing.layout.document import Document, Node, Splice, Tree, parse_document, plain
from voiceguide.script.editing.layout.file_style import find_style
from voiceguide.script.editing.layout.regions import (
    column_in_list,
    comments_in,
    entry_span,
    entry_start,
    gap_above,
    region_of,
)
from voiceguide.script.editing.layout.writer import Writer
from voiceguide.script.editing.operations import Copy, EditError, Move
from voiceguide.script.editing.sharing import refuse_shared
from voiceguide.script.editing.value_edits import dash_width, replace_by_lines, replace_value
from voiceguide.script.parsing.nodes import Loc, format_loc, quoted

__all__ = ["insert_item", "move_item", "parent_of", "remove_entry", "rename_key"]


def parent_of(document: Document, path: Loc) -> Node:
    """Return the list or map that contains the entry at a path.

    Raises:
        EditError: There is no such list or map.
    """
    nodes = document.parents_of(path[:-1])
    if len(nodes) < len(path):
        raise EditError(f"There is no {format_loc(path[:-1])} in this script.")
    return nodes[-1]


def insert_item(document: Document, path: Loc, value: Tree) -> str:
    """Return the text with a new item inserted before the item at a path."""
    refuse_shared(document, path[:-1])
    parent, index, writer = parent_of(document, path), int(path[-1]), Writer(find_style(document))
    if not parent.items:
        if parent.style or not path[:-1]:
            return _first_item(document, path, value, writer)
        holder = parent_of(document, path[:-1])
        return document.spliced(*replace_value(document, holder, path[:-1], [value], writer))
    if not parent.is_block:
        return document.spliced(*insert_flow(document, parent, index, writer.flow(value, path)))
    styles = [bool(item.style) for item in parent.items if item.kind in ("list", "map")]
    if styles:
        writer = writer.with_flow(path, styles.count(True) * 2 >= len(styles))
    neighbor = min(index, len(parent.items) - 1)
    start = entry_start(document, parent, neighbor)
    lines = writer.item(value, path, document.column_of(start), dash_width(document, parent, neighbor, writer))
    gap = _item_gap(document, parent, index, _usual_gap(document, path, lines))
    return document.spliced(*insert_block(document, parent, index, lines, gap))


def _usual_gap(document: Document, path: Loc, lines: list[str]) -> int:
    """Return the number of blank lines above a list's second item: 1 for stages with a blank line above the list."""
    root, key = document.root, path[:-1]
    index = root.key_index(key[0]) if root is not None and len(key) == 1 else None
    return int(len(lines) > 1 and root is not None and bool(index) and gap_above(document, root, index or 0) > 0)


def _first_item(document: Document, path: Loc, value: Tree, writer: Writer) -> str:
    """Return the text with a first item added to an empty list: after a dash, unless the list is inside brackets."""
    holder = parent_of(document, path[:-1])
    if not holder.is_block:
        parent = parent_of(document, path)
        return document.spliced(*insert_flow(document, parent, 0, writer.flow(value, path)))
    return document.spliced(*replace_value(document, holder, path[:-1], [value], writer))


def _item_gap(document: Document, parent: Node, index: int, default: int) -> int:
    """Return the number of blank lines between a new item and its neighbor."""
    count = len(parent.items)
    return gap_above(document, parent, max(1, min(index, count - 1))) if count > 1 else default


def remove_entry(document: Document, path: Loc) -> str:
    """Return the text without an item or a key. If the key occurs several times, remove every occurrence."""
    refuse_shared(document, path, whole=True)
    while True:
        parent = parent_of(document, path)
        index = parent.key_index(path[-1])
        if index is None:
            return document.text
        document = parse_document(document.spliced(*_removal(document, parent, path[:-1], index)))
        if parent.kind == "list" or len(parent.items) == 1:
            return document.text


def _removal(document: Document, parent: Node, path: Loc, index: int) -> list[Splice]:
    if not parent.is_block:
        return remove_flow(document, parent, index)
    if len(parent.items) > 1:
        return remove_block(document, parent, index)
    if not path:
        return empty_block(document, parent, None)
    holder = parent_of(document, path)
    return empty_block(document, parent, (holder, holder.items.index(parent)))


def rename_key(document: Document, path: Loc, key: str) -> str:
    """Return the text with a key renamed."""
    refuse_shared(document, path[:-1])
    parent = parent_of(document, path)
    index = parent.key_index(path[-1])
    assert index is not None
    lines = [document.line_of(node.start) + 1 for node in parent.keys if node.value == path[-1]]
    if len(lines) > 1:
        raise EditError(
            f"The key {quoted(str(path[-1]))} is on line {lines[0]} and on line {lines[1]}. Remove one first."
        )
    old = parent.keys[index]
    new = Writer(find_style(document)).key(key, old.style if old.style in ('"', "'") else "")
    return document.spliced(Splice(old.start, old.end, new))


@dataclass(frozen=True)
class _Item:
    """A list item as written in the text."""

    value: Tree
    lines: list[str]
    """The lines of the item and its comments. Empty for an item of a list in brackets."""
    column: int
    """The column of the item's dash."""
    text: str
    """The text of an item of a list in brackets."""
    comments: list[str]
    line_comment: str
    """The comment after an item that is on its own line in brackets, including the spaces before the comment."""
    gap: int
    """The number of blank lines between the item and its neighbors."""


def _item_at(document: Document, parent: Node, index: int) -> _Item:
    value = plain(parent.items[index])
    if parent.is_block:
        lines, column, comments = lines_of(document, parent, index)
        return _Item(value, lines, column, "", comments, "", _item_gap(document, parent, index, 0))
    start, end = entry_span(parent, index)
    comment = own_comment(document, parent, index)
    comments = comments_in(document, parent.items[index], start, end)
    return _Item(value, [], 0, document.text[start:end], [*comments, *filter(None, [comment.strip()])], comment, 0)


def move_item(document: Document, operation: Move | Copy) -> str:
    """Return the text with an item moved or copied to another place, together with its comments."""
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
        gap = _item_gap(document, target, index, item.gap)
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
    """Return the lines to write for an item of a block list."""
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
    """Return the text with an item moved into a list in brackets.

    Comments go above the line, unless each item is on its own line.
    """
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
    """Return the splice that writes comments above the line on which the outermost brackets around a path open."""
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
