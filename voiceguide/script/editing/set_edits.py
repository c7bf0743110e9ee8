"""Set values: add a key, change a value, or update a list or map without touching its unchanged parts."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from json import dumps

from voiceguide.script.editing.block_edits import insert_block
from voiceguide.script.editing.flow_edits import insert_flow
from voiceguide.script.editing.item_edits import insert_item, parent_of, remove_entry
from voiceguide.script.editing.layout.document import Document, Node, Splice, Tree, plain
from voiceguide.script.editing.layout.file_style import find_style
from voiceguide.script.editing.layout.key_order import kind_of, rank
from voiceguide.script.editing.layout.parser import parse_document
from voiceguide.script.editing.layout.regions import column_in_list, gap_above, region_of
from voiceguide.script.editing.layout.writer import Writer
from voiceguide.script.editing.sharing import refuse_shared
from voiceguide.script.editing.value_edits import replace_value
from voiceguide.script.parsing.nodes import Loc

__all__ = ["set_value"]


def set_value(document: Document, path: Loc, value: Tree) -> str:
    """Return the text with a value set at a path. A missing key is added."""
    nodes = document.parents_of(path)
    if len(nodes) == len(path) + 1:
        old = plain(nodes[-1])
        if old == value:
            return document.text
        if isinstance(old, dict) and isinstance(value, dict) and ((old and value) or not path):
            return _set_map(document, path, old, value)
        if isinstance(old, list) and isinstance(value, list) and old and value:
            return _set_list(document, path, old, value)
        refuse_shared(document, path, whole=True)
        return document.spliced(*replace_value(document, nodes[-2], path, value, Writer(find_style(document))))
    if not path:
        return _first_keys(document, value) if isinstance(value, dict) else document.text
    if document.root is None:
        return _first_keys(document, {str(path[-1]): value})
    parent = parent_of(document, path)
    if parent.is_empty:
        return set_value(document, path[:-1], {str(path[-1]): value})
    return _add_key(document, parent, path, value)


def _set_map(document: Document, path: Loc, old: dict[str, Tree], new: dict[str, Tree]) -> str:
    """Update a map one key at a time, so that its comments and the order of its keys are preserved."""
    text = document.text
    for key, value in new.items():
        if key not in old or old[key] != value:
            text = set_value(parse_document(text), (*path, key), value)
    for key in old:
        if key not in new:
            text = remove_entry(parse_document(text), (*path, key))
    return text


def _set_list(document: Document, path: Loc, old: list[Tree], new: list[Tree]) -> str:
    """Update a list one item at a time, starting at its end, so that the comments of unchanged items are preserved."""
    text = document.text
    before, after = ([dumps(item, sort_keys=True) for item in items] for items in (old, new))
    for _, start, end, new_start, new_end in reversed(SequenceMatcher(None, before, after, False).get_opcodes()):
        common = min(end - start, new_end - new_start)
        for value in reversed(new[new_start + common : new_end]):
            text = insert_item(parse_document(text), (*path, start + common), value)
        for offset in range(common):
            text = set_value(parse_document(text), (*path, start + offset), new[new_start + offset])
        for index in reversed(range(start + common, end)):
            text = remove_entry(parse_document(text), (*path, index))
    return text


def _first_keys(document: Document, value: dict[str, Tree]) -> str:
    """Add the first keys to a text that has no values, after its comments, and return the new text."""
    text, newline = document.text, document.newline
    lines = Writer(find_style(document)).map_lines(value)
    before = text[: document.end]
    separator = newline if before and not before.endswith(("\n", "\r")) else ""
    new = separator + "".join(line + newline for line in lines)
    return document.spliced(Splice(document.end, document.end, new))


def _add_key(document: Document, parent: Node, path: Loc, value: Tree) -> str:
    refuse_shared(document, path[:-1])
    writer, key = Writer(find_style(document)), str(path[-1])
    kind = kind_of(path[:-1], [node.value for node in parent.keys])
    own = rank(kind, key)
    index = max((i + 1 for i, node in enumerate(parent.keys) if rank(kind, node.value) <= own), default=0)
    if own > 0 and len(path) > 1 and isinstance(path[-2], int) and parent.keys:
        # To keep the dash's line unchanged, only the name of a step or stage is inserted before the key on it.
        index = max(index, 1)
    if not parent.is_block:
        if not parent.items and len(path) > 1 and parent_of(document, path[:-1]).is_block:
            holder = parent_of(document, path[:-1])
            return document.spliced(*replace_value(document, holder, path[:-1], {key: value}, writer))
        text = f"{writer.key(key)}: {writer.flow(value, path)}"
        return document.spliced(*insert_flow(document, parent, index, text))
    lines = writer.entry(key, value, path[:-1], column_in_list(document, parent))
    gap = _key_gap(document, parent, index, lines)
    return document.spliced(*insert_block(document, parent, index, lines, gap))


def _key_gap(document: Document, parent: Node, index: int, lines: Sequence[str]) -> int:
    """Return the number of blank lines above a new key: 1 if the map has blank lines above multiline keys."""
    regions = [region_of(document, parent, i) for i in range(len(parent.items))]
    if len(lines) < 2 and (index == 0 or regions[index - 1].head == regions[index - 1].last):
        return 0
    gaps = (gap_above(document, parent, i) for i in range(1, len(regions)) if regions[i].last > regions[i].head)
    return min(1, next(gaps, 0))
