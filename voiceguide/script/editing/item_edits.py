"""Insert, remove and rename entries."""

from __future__ import annotations

from voiceguide.script.editing.block_edits import empty_block, insert_block, remove_block
from voiceguide.script.editing.flow_edits import insert_flow, remove_flow
from voiceguide.script.editing.layout.document import Document, Node, Splice, Tree
from voiceguide.script.editing.layout.file_style import find_style
from voiceguide.script.editing.layout.parser import parse_document
from voiceguide.script.editing.layout.regions import (
    entry_start,
    gap_above,
)
from voiceguide.script.editing.layout.writer import Writer
from voiceguide.script.editing.operations import EditError
from voiceguide.script.editing.sharing import refuse_shared
from voiceguide.script.editing.value_edits import dash_width, replace_value
from voiceguide.script.parsing.nodes import Loc, format_loc, quoted

__all__ = ["insert_item", "item_gap", "parent_of", "remove_entry", "rename_key"]


def parent_of(document: Document, path: Loc) -> Node:
    """Return the list or map that contains the entry at a path.

    Raises:
        EditError: There is none.
    """
    nodes = document.parents_of(path[:-1])
    if len(nodes) < len(path):
        raise EditError(f"There is no {format_loc(path[:-1])} in this script.")
    return nodes[-1]


def insert_item(document: Document, path: Loc, value: Tree) -> str:
    """Return the text with a new item before the one at a path."""
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
    gap = item_gap(document, parent, index, _usual_gap(document, path, lines))
    return document.spliced(*insert_block(document, parent, index, lines, gap))


def _usual_gap(document: Document, path: Loc, lines: list[str]) -> int:
    """Return the number of blank lines above a list's second item: 1 for stages if there is one above the list."""
    root, key = document.root, path[:-1]
    index = root.key_index(key[0]) if root is not None and len(key) == 1 else None
    return int(len(lines) > 1 and root is not None and bool(index) and gap_above(document, root, index or 0) > 0)


def _first_item(document: Document, path: Loc, value: Tree, writer: Writer) -> str:
    """Return the text after adding the first item to a list, with a dash unless the list is inside brackets."""
    holder = parent_of(document, path[:-1])
    if not holder.is_block:
        parent = parent_of(document, path)
        return document.spliced(*insert_flow(document, parent, 0, writer.flow(value, path)))
    return document.spliced(*replace_value(document, holder, path[:-1], [value], writer))


def item_gap(document: Document, parent: Node, index: int, default: int) -> int:
    """Return the number of blank lines between a new item and its neighbor."""
    count = len(parent.items)
    return gap_above(document, parent, max(1, min(index, count - 1))) if count > 1 else default


def remove_entry(document: Document, path: Loc) -> str:
    """Return the text without an item or a key, even if the key occurs several times."""
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
