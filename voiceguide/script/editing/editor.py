"""Edit the text of a script. Whatever an edit does not change stays as it is, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from json import dumps

from voiceguide.errors import ScriptError
from voiceguide.script.editing.block_edits import holder_end, insert_block, lines_of, reindented, remove_block
from voiceguide.script.editing.document import Document, Node, Splice, Tree, parse_document, plain
from voiceguide.script.editing.flow_edits import entry_span, insert_flow, remove_flow
from voiceguide.script.editing.key_order import kind_of, rank
from voiceguide.script.editing.operations import (
    Copy,
    EditError,
    Insert,
    Move,
    Operation,
    Remove,
    Set,
    apply_to_tree,
)
from voiceguide.script.editing.regions import entry_start, gap_above, region_of
from voiceguide.script.editing.value_edits import replace_value
from voiceguide.script.editing.values import Writer, find_style
from voiceguide.script.parsing.nodes import Loc, format_loc

__all__ = ["apply", "tree"]

_NOT_A_SCRIPT = "This is not a group of keys, so it is not a script. Start with voiceguide: 1, title: and stages:."
_BEFORE_ANCHOR = "This would put an alias (*) before its anchor (&). Write the content out first."
_TOO_ODD = "This part of the file is written in a way that cannot be edited here. Edit it as text."


def tree(text: str) -> dict[str, Tree]:
    """Return a script as plain data: maps, lists, and every scalar as text. An empty script is an empty map.

    Raises:
        ScriptError: The text is not YAML, or exceeds the limits of a script.
        EditError: The text is a list or plain text.
    """
    return _tree(parse_document(text))


def _tree(document: Document) -> dict[str, Tree]:
    result = plain(document.root)
    if not isinstance(result, dict):
        raise EditError(_NOT_A_SCRIPT)
    return result


def apply(text: str, operation: Operation) -> str:
    """Return the text of a script after an edit.

    The result is parsed and compared with the same edit of the plain data before it is returned.

    Raises:
        ScriptError: The text is not YAML, or exceeds the limits of a script.
        EditError: There is nothing at the path, or the edit is not possible without changing something else.
    """
    document = parse_document(text)
    expected = apply_to_tree(_tree(document), operation)
    result = _edited(document, operation)
    try:
        edited = parse_document(result)
    except ScriptError as error:
        raise EditError(_TOO_ODD) from error
    if edited.undefined_aliases > document.undefined_aliases:
        raise EditError(_BEFORE_ANCHOR)
    if _tree(edited) != expected:
        raise EditError(_TOO_ODD)
    return result


def _edited(document: Document, operation: Operation) -> str:
    if isinstance(operation, Set):
        return _set(document, operation.path, operation.value)
    if isinstance(operation, Insert):
        return _insert_value(document, operation.path, operation.value)
    if isinstance(operation, Remove):
        return _remove(document, operation.path)
    if isinstance(operation, Move) and isinstance(operation.path[-1], str):
        return _rename(document, operation.path, str(operation.to[-1]))
    return _move(document, operation)


def _refuse_shared(document: Document, path: Loc, whole: bool) -> None:
    """Refuse an edit inside a value that an alias repeats, or of a whole value that contains such a value."""
    nodes = document.parents_of(path)
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if node.alias is not None:
            line = document.line_of(node.alias.start) + 1
            raise EditError(
                f"Line {document.line_of(node.start) + 1} has the anchor &{node.anchor}, and line {line} repeats its "
                f"content as *{node.anchor}. Write the content out in both places first."
            )
        if whole and (node is nodes[-1] or node not in nodes) and len(nodes) > len(path):
            stack += node.items


def _parent(document: Document, path: Loc) -> Node | None:
    nodes = document.parents_of(path[:-1])
    return nodes[-1] if len(nodes) == len(path) else None


def _in_flow(document: Document, path: Loc) -> bool:
    """Return whether the value at a path is inside brackets or braces."""
    return any(node.style in ("[", "{") for node in document.parents_of(path[:-1]))


def _set(document: Document, path: Loc, value: Tree) -> str:
    nodes = document.parents_of(path)
    if len(nodes) == len(path) + 1:
        old = plain(nodes[-1])
        if old == value:
            return document.text
        if isinstance(old, dict) and isinstance(value, dict) and old and value:
            return _set_map(document, path, old, value)
        if isinstance(old, list) and isinstance(value, list) and old and value:
            return _set_list(document, path, old, value)
        _refuse_shared(document, path, whole=True)
        writer = Writer(find_style(document))
        return replace_value(document, nodes[-2], path, value, writer, _in_flow(document, path))
    if not path:
        old_text, items = document.text, value.items() if isinstance(value, dict) else ()
        for key, item in items:
            old_text = _set(parse_document(old_text), (key,), item)
        return old_text
    parent = _parent(document, path)
    if parent is None or parent.is_empty:
        return _set_in_nothing(document, path, {str(path[-1]): value})
    return _add_key(document, parent, path, value)


def _set_map(document: Document, path: Loc, old: dict[str, Tree], new: dict[str, Tree]) -> str:
    """Change a map key by key, so that comments and the order of the keys stay."""
    text = document.text
    for key, value in new.items():
        if key not in old or old[key] != value:
            text = _set(parse_document(text), (*path, key), value)
    for key in old:
        if key not in new:
            text = _remove(parse_document(text), (*path, key))
    return text


def _set_list(document: Document, path: Loc, old: list[Tree], new: list[Tree]) -> str:
    """Change a list item by item, from the end, so that the comments of the others stay."""
    text = document.text
    before, after = ([dumps(item, sort_keys=True) for item in items] for items in (old, new))
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for _, old_start, old_end, new_start, new_end in reversed(steps):
        common = min(old_end - old_start, new_end - new_start)
        for index in reversed(range(new_start + common, new_end)):
            text = _insert_value(parse_document(text), (*path, old_start + common), new[index])
        for index in range(common):
            text = _set(parse_document(text), (*path, old_start + index), new[new_start + index])
        for index in reversed(range(old_start + common, old_end)):
            text = _remove(parse_document(text), (*path, index))
    return text


def _set_in_nothing(document: Document, path: Loc, value: Tree) -> str:
    """Set an empty value, or add the first key of a script that has none."""
    if len(path) > 1:
        return _set(document, path[:-1], value)
    lines = Writer(find_style(document)).block(value, (), -Writer(find_style(document)).style.map_offset)
    newline, text = document.newline, document.text
    at = document.end
    before = newline if text[:at] and not text[:at].endswith(("\n", "\r")) and text[:at] != "\ufeff" else ""
    return document.spliced(Splice(at, at, before + "".join(line + newline for line in lines)))


def _add_key(document: Document, parent: Node, path: Loc, value: Tree) -> str:
    _refuse_shared(document, path[:-1], whole=False)
    writer, key = Writer(find_style(document)), str(path[-1])
    kind = kind_of(path[:-1], [node.value for node in parent.keys])
    ranks = [rank(kind, node.value) for node in parent.keys]
    own = rank(kind, key)
    index = max((i + 1 for i, other in enumerate(ranks) if other <= own), default=0)
    if not parent.is_block:
        text = f"{writer.key(key, True)}: {writer.flow(value, path)}"
        return document.spliced(*insert_flow(document, parent, index, text))
    column = document.column_of(parent.keys[0].start)
    lines = writer.entry(key, value, path[:-1], column)
    gap = _key_gap(document, parent, index, lines)
    return document.spliced(*insert_block(document, parent, index, lines, gap))


def _key_gap(document: Document, parent: Node, index: int, lines: Sequence[str]) -> int:
    """Return the blank lines above a new key: one, if the keys with several lines have them in this map."""
    regions = [region_of(document, parent, i) for i in range(len(parent.items))]
    if len(lines) < 2 and (index == 0 or regions[index - 1].head == regions[index - 1].last):
        return 0
    gaps = (gap_above(document, parent, i) for i in range(1, len(regions)) if regions[i].last > regions[i].head)
    return min(1, next(gaps, 0))


def _insert_value(document: Document, path: Loc, value: Tree) -> str:
    parent = _parent(document, path)
    if parent is None or parent.is_empty or not parent.items:
        return _set(document, path[:-1], [value])
    _refuse_shared(document, path[:-1], whole=False)
    writer, index = Writer(find_style(document)), int(path[-1])
    if not parent.is_block:
        return document.spliced(*insert_flow(document, parent, index, writer.flow(value, path)))
    neighbour = parent.items[min(index, len(parent.items) - 1)]
    column = document.column_of(entry_start(document, parent, 0))
    dash_width = writer.style.dash_width
    if not neighbour.is_empty and document.line_of(neighbour.start) == document.line_of(
        entry_start(document, parent, min(index, len(parent.items) - 1))
    ):
        dash_width = document.column_of(neighbour.start) - column
    lines = writer.item(value, path, column, dash_width)
    return document.spliced(*insert_block(document, parent, index, lines, _item_gap(document, parent, index)))


def _item_gap(document: Document, parent: Node, index: int) -> int:
    """Return the number of blank lines between a new item and its neighbour."""
    count = len(parent.items)
    if count == 1:
        return 0
    return gap_above(document, parent, max(1, min(index, count - 1)))


def _remove(document: Document, path: Loc) -> str:
    parent = _parent(document, path)
    if parent is None:
        raise EditError(f"There is no {format_loc(path)} in this script.")
    _refuse_shared(document, path, whole=True)
    key = path[-1]
    while True:
        index = parent.key_index(key)
        if index is None:
            return document.text
        document = parse_document(_without_entry(document, parent, path[:-1], index))
        parent = _parent(document, path)
        if parent is None or isinstance(key, int):
            return document.text


def _without_entry(document: Document, parent: Node, path: Loc, index: int) -> str:
    if not parent.is_block:
        return document.spliced(*remove_flow(document, parent, index))
    if len(parent.items) > 1:
        return document.spliced(*remove_block(document, parent, index))
    region, start = region_of(document, parent, 0), entry_start(document, parent, 0)
    empty = "[]" if parent.kind == "list" else "{}"
    end = document.line_start(region.last) + len(document.line_text(region.last))
    if document.line_of(start) > region.lead or document.text[:start].rpartition("\n")[2].strip(" \ufeff") == "":
        begin = document.line_start(region.lead)
        if path:
            grandparent = document.parents_of(path)[-2]
            holder = holder_end(document, grandparent, grandparent.items.index(parent))
            cut = len(document.text[:begin].rstrip("\r\n"))
            return document.spliced(Splice(holder, holder, f" {empty}"), Splice(cut, end, ""))
        return document.spliced(Splice(begin, end, empty))
    return document.spliced(Splice(start, end, empty))


def _rename(document: Document, path: Loc, key: str) -> str:
    parent = _parent(document, path)
    _refuse_shared(document, path[:-1], whole=False)
    index = parent.key_index(path[-1]) if parent else None
    if parent is None or index is None:
        raise EditError(f"There is no {format_loc(path)} in this script.")
    old = parent.keys[index]
    writer = Writer(find_style(document))
    return document.spliced(Splice(old.start, old.end, writer.key(key, True)))


def _move(document: Document, operation: Move | Copy) -> str:
    path, to = operation.path, operation.to
    parent = _parent(document, path)
    if parent is None:
        raise EditError(f"There is no {format_loc(path)} in this script.")
    _refuse_shared(document, path, whole=True)
    index, gap = int(path[-1]), 0
    value = plain(parent.items[index])
    if len(parent.items) > 1:
        gap = gap_above(document, parent, max(1, index)) if parent.is_block else 0
    lines, column = lines_of(document, parent, index) if parent.is_block else ([], 0)
    start, end = entry_span(parent, index)
    raw = document.text[start:end]
    if isinstance(operation, Move):
        if path == to:
            return document.text
        document = parse_document(_remove(document, path))
    target = _parent(document, to)
    _refuse_shared(document, to[:-1], whole=False)
    if target is None or target.is_empty or not target.items or not (target.is_block or lines == []):
        return _insert_value(document, to, value)
    if not target.is_block:
        return document.spliced(*insert_flow(document, target, int(to[-1]), raw))
    if not lines:
        return _insert_value(document, to, value)
    new_column = document.column_of(entry_start(document, target, 0))
    if len(target.items) > 1:
        gap = _item_gap(document, target, int(to[-1]))
    lines = reindented(lines, new_column - column)
    return document.spliced(*insert_block(document, target, int(to[-1]), lines, gap))
