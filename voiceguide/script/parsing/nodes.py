"""The node tree of a script. Scalars are kept as uninterpreted text. Every node and every key has a line and column.

The nodes are subclasses of `str`, `list` and `dict`, so pydantic can validate them directly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, Union

from voiceguide.errors import Problem
from voiceguide.units import shorten

__all__ = [
    "ListNode",
    "Loc",
    "MapNode",
    "Node",
    "SourceTree",
    "TextNode",
    "format_loc",
    "join_or",
    "parse_loc",
    "quoted",
]

Loc: TypeAlias = tuple[str | int, ...]
"""The keys and indexes on the path from the root to a node."""


class TextNode(str):
    """A scalar as written, without quotes."""

    __slots__ = ("column", "line", "trailing_comment")
    line: int
    column: int
    trailing_comment: str
    """A comment on the same line that looks like part of the text, including the `#`, or an empty string."""

    def __new__(cls, text: str, line: int, column: int, trailing_comment: str = "") -> TextNode:
        node = super().__new__(cls, text)
        node.line, node.column, node.trailing_comment = line, column, trailing_comment
        return node


class ListNode(list["Node"]):
    """A list and its position."""

    __slots__ = ("column", "line")

    def __init__(self, items: Iterable[Node] = (), *, line: int, column: int) -> None:
        super().__init__(items)
        self.line, self.column = line, column


class MapNode(dict[str, "Node"]):
    """A mapping, its position and the positions of its keys. The keys are text nodes."""

    __slots__ = ("column", "is_flow_style", "key_positions", "line")

    def __init__(self, *, line: int, column: int, is_flow_style: bool = False) -> None:
        super().__init__()
        self.line, self.column, self.is_flow_style = line, column, is_flow_style
        self.key_positions: dict[str, tuple[int, int]] = {}
        """The line and column of each key."""


Node: TypeAlias = Union[TextNode, ListNode, MapNode]  # noqa: UP007  (the classes above refer to it before it exists)


def _child(node: Node, key: str | int) -> Node | None:
    if isinstance(node, MapNode):
        return node.get(key) if isinstance(key, str) else None
    if isinstance(node, ListNode):
        return node[key] if isinstance(key, int) and 0 <= key < len(node) else None
    return None


@dataclass(frozen=True, eq=False)
class SourceTree:
    """The nodes of a script, addressed by location."""

    file: str
    """The script's file name, as shown in messages."""
    root: Node

    def node_at(self, loc: Loc) -> Node | None:
        """Return the node at a location, or None if there is no node there."""
        node: Node | None = self.root
        for key in loc:
            node = None if node is None else _child(node, key)
        return node

    def problem_at(self, loc: Loc, message: str, at_key: bool = False) -> Problem:
        """Return a problem at a location, or at the closest ancestor if the location does not exist in the script.

        If `at_key` is true, report the position of the key instead of the position of its value.
        """
        node, position = self.root, (self.root.line, self.root.column)
        depth = 0
        for key in loc:
            child = _child(node, key)
            if child is None:
                break
            position = (child.line, child.column)
            if at_key and isinstance(node, MapNode):
                position = node.key_positions[str(key)]
            node, depth = child, depth + 1
        return Problem(self.file, *position, format_loc(loc[:depth]), message)


_BARE_KEY = re.compile(r'[^.\[\]"\n]+')
_PATH_SEGMENT = re.compile(r'\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.\[\]"\n]+)')


def format_loc(loc: Loc) -> str:
    """Return a location as text, such as `stages[1].steps[0].for`. Ambiguous keys are written as `["..."]`."""
    text = ""
    for key in loc:
        if isinstance(key, int):
            text += f"[{key}]"
        elif _BARE_KEY.fullmatch(key):
            text += f".{key}" if text else key
        else:
            text += f"[{json.dumps(str(key), ensure_ascii=False)}]"
    return text


def parse_loc(text: str) -> Loc:
    """Parse the output of `format_loc` and return the location. Invalid parts are skipped."""
    loc: list[str | int] = []
    for match in _PATH_SEGMENT.finditer(text):
        index, key, bare = match.groups()
        loc.append(int(index) if index else json.loads(key) if key else bare)
    return tuple(loc)


def quoted(text: str, limit: int = 40) -> str:
    """Return the text in quotation marks, on one line, shortened to `limit` characters."""
    return f'"{shorten(" ".join(text.split()), limit)}"'


def join_or(words: Sequence[str]) -> str:
    """Join words into a list of choices, such as `a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
