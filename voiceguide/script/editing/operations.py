"""The operations for editing a script, and the effect of each on plain data."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from voiceguide.errors import VoiceguideError
from voiceguide.script.editing.layout.document import Tree
from voiceguide.script.parsing.nodes import Loc, format_loc
from voiceguide.script.parsing.text_encoding import INVALID_CHARACTERS
from voiceguide.script.parsing.yaml_reader import MAX_DEPTH

__all__ = [
    "Copy",
    "EditError",
    "Insert",
    "Move",
    "Operation",
    "Remove",
    "Set",
    "apply_to_tree",
    "clean_value",
    "operation_from_json",
]


class EditError(VoiceguideError):
    """The edit is not possible. The text is unchanged."""


@dataclass(frozen=True)
class Set:
    """Give a key or a list item a new value. Add the key if it is missing."""

    path: Loc
    value: Tree


@dataclass(frozen=True)
class Insert:
    """Insert an item before the item at a path. If the index is one past the last item, the new item is appended."""

    path: Loc
    value: Tree


@dataclass(frozen=True)
class Remove:
    """Remove a key or a list item."""

    path: Loc


@dataclass(frozen=True)
class Move:
    """Move a list item, or rename a key.

    As in JSON Patch (RFC 6902), `to` is the path of the item after it has been removed from its old place.
    """

    path: Loc
    to: Loc


@dataclass(frozen=True)
class Copy:
    """Insert a copy of a list item before the item at `to`."""

    path: Loc
    to: Loc


Operation: TypeAlias = Set | Insert | Remove | Move | Copy

_CLASSES: dict[str, type[Operation]] = {"set": Set, "insert": Insert, "remove": Remove, "move": Move, "copy": Copy}
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def operation_from_json(data: object) -> Operation:
    """Return the operation that JSON such as `{"op": "set", "path": ["title"], "value": "Feet"}` describes.

    Raises:
        EditError: The data is not an operation.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("op"), str) or data["op"] not in _CLASSES:
        raise EditError('An edit needs an "op": set, insert, remove, move or copy.')
    fields: dict[str, Any] = {"path": _path(data, "path")}
    cls = _CLASSES[data["op"]]
    if cls in (Set, Insert):
        if "value" not in data:
            raise EditError(f'The edit "{data["op"]}" needs a "value".')
        fields["value"] = clean_value(data["value"])
    elif cls in (Move, Copy):
        fields["to"] = _path(data, "to")
    return cls(**fields)


def _path(data: Mapping[str, Any], name: str) -> Loc:
    path = data.get(name)
    if not isinstance(path, list | tuple) or not all(type(key) in (str, int) for key in path):
        raise EditError(f'An edit needs a "{name}": a list of keys and indexes, such as ["stages", 0, "steps", 2].')
    return tuple(path)


def clean_value(value: object, depth: int = 0) -> Tree:
    """Return a value from JSON as plain data: every scalar as text, without characters that a script cannot contain.

    Raises:
        EditError: The value is nested too deeply, or is not JSON.
    """
    if depth > MAX_DEPTH:
        raise EditError(f"The new value is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, Mapping):
        return {_clean_text(str(key)): clean_value(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_value(item, depth + 1) for item in value]
    if isinstance(value, str):
        return _clean_text(value)
    if value is None or isinstance(value, bool | int | float):
        return "" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)
    raise EditError(f"A value of the type {type(value).__name__} cannot be part of a script.")


def _clean_text(text: str) -> str:
    return INVALID_CHARACTERS.sub("", _LINE_BREAKS.sub("\n", text)).replace("\t", " ")


def apply_to_tree(tree: Tree, operation: Operation) -> Tree:
    """Return plain data after an edit. If the edit adds an entry to an empty value, that becomes a list or map.

    Raises:
        EditError: A path in the edit does not exist, or the kind of its value does not fit the edit.
    """
    result = copy.deepcopy(tree)
    if isinstance(operation, Set):
        if not operation.path:
            if not isinstance(operation.value, dict):
                raise EditError("A script is a group of keys, so it cannot be set to this value.")
            return copy.deepcopy(operation.value)
        return _with_value(result, operation.path, operation.value, insert=False)
    if isinstance(operation, Insert):
        return _with_value(result, operation.path, operation.value, insert=True)
    moved = _value_at(result, operation.path)
    if isinstance(operation, Remove):
        return _without(result, operation.path)
    if isinstance(operation, Copy):
        return _with_value(result, operation.to, moved, insert=True)
    if operation.to[: len(operation.path)] == operation.path and operation.to != operation.path:
        raise EditError(f"{format_loc(operation.path)} cannot be moved into itself.")
    if isinstance(operation.path[-1], str):
        return _renamed(result, operation.path, operation.to)
    return _with_value(_without(result, operation.path), operation.to, moved, insert=True)


def _value_at(tree: Tree, path: Loc) -> Tree:
    if not path:
        raise EditError("The whole script cannot be moved, copied or removed.")
    node = tree
    for depth, key in enumerate(path):
        if isinstance(node, dict) and isinstance(key, str):
            child = node.get(key)
        else:
            child = node[key] if isinstance(node, list) and isinstance(key, int) and 0 <= key < len(node) else None
        if child is None:
            raise EditError(f"There is no {format_loc(path[: depth + 1])} in this script.")
        node = child
    return node


def _without(tree: Tree, path: Loc) -> Tree:
    parent = _value_at(tree, path[:-1]) if path[:-1] else tree
    del cast(Any, parent)[path[-1]]
    return tree


def _renamed(tree: Tree, path: Loc, to: Loc) -> Tree:
    parent = _value_at(tree, path[:-1]) if path[:-1] else tree
    if to[:-1] != path[:-1] or not isinstance(to[-1], str) or not isinstance(parent, dict):
        raise EditError(f"{format_loc(path)} is a key, so it can be renamed but not moved to another place.")
    if to != path and to[-1] in parent:
        raise EditError(f"{format_loc(to)} exists already. Choose another name.")
    items = list(parent.items())
    parent.clear()
    parent.update({to[-1] if key == path[-1] else key: value for key, value in items})
    return tree


def _with_value(tree: Tree, path: Loc, value: Tree, insert: bool) -> Tree:
    if not path:
        raise EditError("An item needs a place in a list, such as stages[0].")
    parent = _value_at(tree, path[:-1]) if path[:-1] else tree
    key, value = path[-1], copy.deepcopy(value)
    if parent == "":
        parent = [] if insert else {}
        if not path[:-1]:
            tree = parent
        else:
            cast(Any, _value_at(tree, path[:-2]) if path[:-2] else tree)[path[-2]] = parent
    if isinstance(parent, list) and isinstance(key, int):
        if not 0 <= key < len(parent) + insert:
            raise EditError(f"There is no {format_loc(path)}: {_count(parent)}.")
        if insert:
            parent.insert(key, value)
        else:
            parent[key] = value
    elif isinstance(parent, dict) and isinstance(key, str) and not insert:
        parent[key] = value
    else:
        raise EditError(_mismatch(parent, path, insert))
    return tree


def _count(items: list[Tree]) -> str:
    return f"the list has {len(items)} item{'' if len(items) == 1 else 's'}"


def _mismatch(parent: Tree, path: Loc, insert: bool) -> str:
    shown = format_loc(path[:-1]) or "The script"
    kind = "a list" if isinstance(parent, list) else "a group of keys" if isinstance(parent, dict) else "plain text"
    action = "an item can only be inserted into a list" if insert else f"it has no {format_loc(path[-1:])}"
    return f"{shown} is {kind}, so {action}."
