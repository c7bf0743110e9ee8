"""The text of a script, and nodes that know which characters of the text they span."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from voiceguide.script.parsing.nodes import Loc

__all__ = ["BYTE_ORDER_MARK", "LINE_END", "Document", "Node", "Splice", "Tree", "plain"]

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"
"""A script as plain data. Every scalar is text, as in the checker."""

BYTE_ORDER_MARK = "\ufeff"
LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(eq=False, slots=True)
class Node:
    """A value, a key or an alias in the text."""

    kind: Literal["text", "list", "map", "alias"]
    start: int
    """The offset of its first character. An anchor or a tag is part of the node."""
    end: int
    """The offset after its last character, excluding the spaces, comments and line ending that follow."""
    style: str
    """For text: `"`, `'`, `|`, `>` or nothing. For lists and maps: `[`, `{` or nothing."""
    value: str = ""
    anchor: str | None = None
    items: list[Node] = field(default_factory=list)
    """The items of a list or the values of a map."""
    keys: list[Node] = field(default_factory=list)
    alias: Node | None = None
    """The first alias that repeats this value."""

    @property
    def is_empty(self) -> bool:
        """Whether the value is empty in the text: `key:`."""
        return self.kind == "text" and self.start == self.end

    @property
    def is_block(self) -> bool:
        """Whether this is a list with dashes or a map with each key on its own line."""
        return self.kind in ("list", "map") and not self.style

    def key_index(self, key: str | int) -> int | None:
        """Return the position in `items` of a key or a list index."""
        if self.kind == "list" and isinstance(key, int) and 0 <= key < len(self.items):
            return key
        if self.kind == "map" and isinstance(key, str):
            return next((i for i, node in enumerate(self.keys) if node.value == key), None)
        return None


class Splice(NamedTuple):
    """The characters from `start` to `end` are replaced by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, eq=False)
class Document:
    """The text of a script and its nodes."""

    text: str
    root: Node | None
    """None if the text contains no value, for example if it contains only comments."""
    line_starts: list[int]
    end: int
    """The offset where the document ends: at the end of the text, or before `...` or a second `---`."""

    undefined_aliases: int
    """The number of aliases that are not preceded by their anchor."""

    @property
    def newline(self) -> str:
        """The line ending of the file, taken from its first line."""
        match = LINE_END.search(self.text)
        return match.group() if match else "\n"

    @property
    def line_count(self) -> int:
        """The number of lines. A line break at the end of the text does not start another line."""
        return len(self.line_starts) - (self.line_starts[-1] == len(self.text))

    def line_of(self, offset: int) -> int:
        """Return the line number of an offset, counting from 0."""
        return bisect_right(self.line_starts, offset) - 1

    def column_of(self, offset: int) -> int:
        """Return the number of characters before an offset on its line."""
        return offset - self.line_starts[self.line_of(offset)]

    def line_start(self, line: int) -> int:
        """Return the offset of a line, or of the end of the text."""
        return self.line_starts[line] if line < len(self.line_starts) else len(self.text)

    def line_text(self, line: int) -> str:
        """Return a line without its line ending."""
        return self.text[self.line_start(line) : self.line_start(line + 1)].rstrip("\r\n")

    def parents_of(self, path: Loc) -> list[Node]:
        """Return the nodes along a path, starting with the root. The list is shorter if the path ends early."""
        nodes = [self.root] if self.root else []
        for key in path:
            index = nodes[-1].key_index(key) if nodes else None
            if index is None:
                break
            nodes.append(nodes[-1].items[index])
        return nodes

    def spliced(self, *splices: Splice) -> str:
        """Return the text with these changes. They must not overlap. Changes at the same place keep their order."""
        parts, position = [], 0
        for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
            parts += [self.text[position:start], new]
            position = end
        return "".join([*parts, self.text[position:]])


def plain(node: Node | None) -> Tree:
    """Return the plain data of a node. If a key is duplicated, the first one counts, as in the checker."""
    if node is None:
        return {}
    if node.kind == "list":
        return [plain(item) for item in node.items]
    if node.kind == "map":
        result: dict[str, Tree] = {}
        for key, item in zip(node.keys, node.items, strict=True):
            result.setdefault(key.value, plain(item))
        return result
    return node.value
