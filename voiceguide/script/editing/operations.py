"""The edits of a script, and their JSON form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from voiceguide.errors import VoiceguideError
from voiceguide.script.editing.layout.document import Tree
from voiceguide.script.parsing.nodes import Loc
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
    "clean_value",
    "operation_from_json",
]


class EditError(VoiceguideError):
    """An edit that is not possible. The text stays as it was."""


@dataclass(frozen=True)
class Set:
    """Give a key or a list item a new value. A missing key is added."""

    path: Loc
    value: Tree


@dataclass(frozen=True)
class Insert:
    """Insert an item before the one at a path. An index one past the last item appends the new item."""

    path: Loc
    value: Tree


@dataclass(frozen=True)
class Remove:
    """Remove a key or a list item."""

    path: Loc


@dataclass(frozen=True)
class Move:
    """Move a list item, or rename a key.

    As in JSON Patch (RFC 6902), `to` is the new path once the item has been removed from its old place.
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
    """Return a JSON value as plain data, with every scalar as text that has only characters a script can contain.

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
    raise EditError(f"A value of type {type(value).__name__} cannot be part of a script.")


def _clean_text(text: str) -> str:
    return INVALID_CHARACTERS.sub("", _LINE_BREAKS.sub("\n", text)).replace("\t", " ")
