"""The tree of a script as it was written: every scalar is its text, every node and every key knows its line and column.

The nodes are a text, a list and a dictionary that carry their place, so that a model can read them as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, Union

from voiceguide.errors import Problem

__all__ = ["ListNode", "Loc", "MapNode", "Node", "SourceTree", "TextNode", "format_loc", "parse_loc", "quoted"]

Loc: TypeAlias = tuple[str | int, ...]
"""The way from the root to a node: keys and indexes."""


class TextNode(str):
    """A scalar, as written but for its quotes."""

    __slots__ = ("column", "line", "trailing_comment")
    line: int
    column: int
    trailing_comment: str
    """A comment that follows on the same line and looks like a part of the text, `#` included."""

    def __new__(cls, text: str, line: int, column: int, lost: str = "") -> TextNode:
        node = super().__new__(cls, text)
        node.line, node.column, node.trailing_comment = line, column, lost
        return node


class ListNode(list["Node"]):
    """A list."""

    __slots__ = ("column", "line")

    def __init__(self, items: Iterable[Node] = (), *, line: int, column: int) -> None:
        super().__init__(items)
        self.line, self.column = line, column


class MapNode(dict[str, "Node"]):
    """A group of keys. The keys are text nodes."""

    __slots__ = ("column", "is_flow_style", "key_positions", "line")

    def __init__(self, *, line: int, column: int, flow: bool = False) -> None:
        super().__init__()
        self.line, self.column, self.is_flow_style = line, column, flow
        self.key_positions: dict[str, tuple[int, int]] = {}


Node: TypeAlias = Union[TextNode, ListNode, MapNode]  # noqa: UP007  (the classes above name it before it is there)


def _child(node: Node, key: str | int) -> Node | None:
    if isinstance(node, MapNode):
        return node.get(key) if isinstance(key, str) else None
    if isinstance(node, ListNode):
        return node[key] if isinstance(key, int) and 0 <= key < len(node) else None
    return None


@dataclass(frozen=True, eq=False)
class SourceTree:
    """A script's file, as messages show it, and its tree."""

    file: str
    root: Node

    def node_at(self, loc: Loc) -> Node | None:
        """The node at a place, or None."""
        node: Node | None = self.root
        for key in loc:
            node = None if node is None else _child(node, key)
        return node

    def problem_at(self, loc: Loc, message: str, at_key: bool = False) -> Problem:
        """A message about a place, or about the nearest place around it that is written in the script.

        `at_key` points to the key in front of the value rather than to the value.
        """
        node, place = self.root, (self.root.line, self.root.column)
        depth = 0
        for key in loc:
            child = _child(node, key)
            if child is None:
                break
            place = (child.line, child.column)
            if at_key and isinstance(node, MapNode):
                place = node.key_positions[str(key)]
            node, depth = child, depth + 1
        return Problem(self.file, *place, format_loc(loc[:depth]), message)


_BARE_KEY = re.compile(r'[^.\[\]"\n]+')
_PATH_SEGMENT = re.compile(r'\[(\d{1,9})\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.\[\]"\n]+)')


def format_loc(loc: Loc) -> str:
    """A place as messages show it: `stages[1].steps[0].for`; keys that would be mistaken stand in `["..."]`."""
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
    """The place that `path_text` shows in this way; what cannot be read of it is left out."""
    loc: list[str | int] = []
    for match in _PATH_SEGMENT.finditer(text):
        index, key, bare = match.groups()
        loc.append(int(index) if index else json.loads(key) if key else bare)
    return tuple(loc)


def quoted(text: str, limit: int = 40) -> str:
    """A text in quotation marks, on one line, cut where it is long."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= limit else f'"{line[: limit - 1]}…"'
