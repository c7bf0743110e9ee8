"""What each edit does to plain data. The edited text must represent the same data."""

from __future__ import annotations

import copy
from typing import Any, cast

from voiceguide.script.editing.layout.document import Tree
from voiceguide.script.editing.operations import Copy, EditError, Insert, Operation, Remove, Set
from voiceguide.script.parsing.nodes import Loc, format_loc

__all__ = ["apply_to_tree"]


def apply_to_tree(tree: Tree, operation: Operation) -> Tree:
    """Return plain data after an edit. An empty value counts as an empty list or map if the edit adds to it.

    Raises:
        EditError: A path in the edit does not exist, or the value there is of the wrong kind.
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
    if not to or to[:-1] != path[:-1] or not isinstance(to[-1], str) or not isinstance(parent, dict):
        raise EditError(f"{format_loc(path)} is a key, so it can be renamed but not moved to another place.")
    if to != path and to[-1] in parent:
        raise EditError(f"{format_loc(to)} already exists. Choose another name.")
    items = list(parent.items())
    parent.clear()
    parent.update({to[-1] if key == path[-1] else key: value for key, value in items})
    return tree


def _with_value(tree: Tree, path: Loc, value: Tree, insert: bool) -> Tree:
    if not path:
        raise EditError("The path must end at a position in a list, such as stages[0].")
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
