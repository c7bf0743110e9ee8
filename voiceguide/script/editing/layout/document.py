"""Parse the text of a script into nodes that record their positions in the text.

Unlike the strict reader, this parser accepts things that the checker reports as problems, so that a person can correct
them: duplicate keys, anchors, tags and a second document. Only the first document is read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeAlias

import yaml

from voiceguide.errors import Problem, ScriptError
from voiceguide.script.parsing.nodes import Loc
from voiceguide.script.parsing.text_encoding import INVALID_CHARACTERS, MAX_SCRIPT_BYTES
from voiceguide.script.parsing.yaml_errors import explain_yaml_error
from voiceguide.script.parsing.yaml_reader import MAX_DEPTH, MAX_VALUES

__all__ = ["BYTE_ORDER_MARK", "Document", "LimitError", "Node", "Splice", "Tree", "parse_document", "plain"]

Tree: TypeAlias = "str | list[Tree] | dict[str, Tree]"
"""A script as plain data. As in the checker, every scalar is text."""

BYTE_ORDER_MARK = "\ufeff"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_END = re.compile(r"\r\n|\r|\n")
_PRIVATE_PLANE = 0x100000
"""Start of the Unicode plane whose characters replace invisible characters during parsing.

Otherwise, YAML would reject invisible characters or interpret them as line breaks.
"""
_CACHED_TEXTS = 4


class LimitError(ScriptError):
    """The text is larger, or nested more deeply, than a script is allowed to be."""


@dataclass(eq=False, slots=True)
class Node:
    """A value, a key or an alias in the text."""

    kind: Literal["text", "list", "map", "alias"]
    start: int
    """The offset of the node's first character. An anchor or a tag is part of the node."""
    end: int
    """The offset after the node's last character. A line break, spaces and comments after it are not included."""
    style: str
    """For text: `"`, `'`, `|`, `>` or nothing. For lists and maps: `[`, `{` or nothing."""
    value: str = ""
    anchor: str | None = None
    items: list[Node] = field(default_factory=list)
    """The items of a list or the values of a map."""
    keys: list[Node] = field(default_factory=list)
    alias: Node | None = None
    """The first alias that refers to this value."""

    @property
    def is_empty(self) -> bool:
        """Whether the value is empty, as after `key:`."""
        return self.kind == "text" and self.start == self.end

    @property
    def is_block(self) -> bool:
        """Whether this is a list with dashes or a map with a key on each line."""
        return self.kind in ("list", "map") and not self.style

    def key_index(self, key: str | int) -> int | None:
        """Return the position of a key or list index in `items`, or None if there is no such item."""
        if self.kind == "list" and isinstance(key, int) and 0 <= key < len(self.items):
            return key
        if self.kind == "map" and isinstance(key, str):
            return next((i for i, node in enumerate(self.keys) if node.value == key), None)
        return None


class Splice(NamedTuple):
    """A replacement of the characters from `start` to `end` with `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, eq=False)
class Document:
    """The text of a script and its nodes."""

    text: str
    root: Node | None
    """None if the text contains no value, for example only comments."""
    line_starts: list[int]
    end: int
    """The offset where the document ends: at the end of the text, or before `...` or a second `---`."""

    undefined_aliases: int
    """The number of aliases whose anchor does not precede them."""

    @property
    def newline(self) -> str:
        """The line break used in the file, taken from its first line."""
        match = _LINE_END.search(self.text)
        return match.group() if match else "\n"

    @property
    def line_count(self) -> int:
        """The number of lines. A line break at the end of the text does not start another line."""
        return len(self.line_starts) - (self.line_starts[-1] == len(self.text))

    def line_of(self, offset: int) -> int:
        """Return the number of the line that contains an offset, counted from 0."""
        return bisect_right(self.line_starts, offset) - 1

    def column_of(self, offset: int) -> int:
        """Return the number of characters that precede an offset on its line."""
        return offset - self.line_starts[self.line_of(offset)]

    def line_start(self, line: int) -> int:
        """Return the offset at which a line starts, or the end of the text if there is no such line."""
        return self.line_starts[line] if line < len(self.line_starts) else len(self.text)

    def line_text(self, line: int) -> str:
        """Return a line without its line break."""
        return self.text[self.line_start(line) : self.line_start(line + 1)].rstrip("\r\n")

    def parents_of(self, path: Loc) -> list[Node]:
        """Return the nodes along a path, from the root to the last node that exists."""
        nodes = [self.root] if self.root else []
        for key in path:
            index = nodes[-1].key_index(key) if nodes else None
            if index is None:
                break
            nodes.append(nodes[-1].items[index])
        return nodes

    def spliced(self, *splices: Splice) -> str:
        """Return the text with the splices applied. They must not overlap. Splices at one offset keep their order."""
        parts, position = [], 0
        for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
            parts += [self.text[position:start], new]
            position = end
        return "".join([*parts, self.text[position:]])


def plain(node: Node | None) -> Tree:
    """Return the plain data of a node. As in the checker, the first of two equal keys counts."""
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


@lru_cache(maxsize=_CACHED_TEXTS)
def parse_document(text: str) -> Document:
    """Parse the text of a script, without its byte order mark.

    Raises:
        ScriptError: The text is not YAML, or exceeds the limits of a script. Its problems do not contain a file name.
    """
    if len(text) * 4 > MAX_SCRIPT_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_SCRIPT_BYTES:
        raise LimitError([Problem("", 1, 1, "", "The script is larger than 1 MiB, the limit for a script.")])
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    lines = _LINE_END.split(text)
    readable = "\n".join(lines)
    readable = INVALID_CHARACTERS.sub(lambda found: chr(_PRIVATE_PLANE + ord(found.group())), readable)
    readable = re.sub(r"\S[^\n]*", lambda line: line.group().replace("\t", " "), readable)
    builder = _Builder(text, starts)
    try:
        for event in yaml.parse(readable, Loader=_LOADER):
            if builder.handle(event):
                break
    except yaml.MarkedYAMLError as error:
        line, column, message = explain_yaml_error(error, readable.split("\n"))
        raise ScriptError([Problem("", line, column, "", message)]) from error
    return Document(text, builder.root, starts, builder.end, builder.undefined_aliases)


def _restore(text: str) -> str:
    return re.sub("[\U00100000-\U0010ffff]", lambda found: chr(ord(found.group()) - _PRIVATE_PLANE), text)


class _Builder:
    def __init__(self, text: str, starts: list[int]) -> None:
        self.text, self.starts = text, starts
        self.root: Node | None = None
        self.end = len(text)
        self.open: list[tuple[Node, list[Node]]] = []
        """The lists and maps being read, each with the keys and values found so far."""
        self.values = self.undefined_aliases = 0
        self.anchors: dict[str, Node] = {}

    def offset(self, mark: Any) -> int:
        if mark.line >= len(self.starts):
            return len(self.text)
        offset: int = self.starts[mark.line] + mark.column
        return min(offset, len(self.text))

    def handle(self, event: Any) -> bool:
        """Add the node that an event describes. Return whether the document is complete."""
        if isinstance(event, yaml.ScalarEvent):
            self.add(self.text_node(event), event)
        elif isinstance(event, yaml.AliasEvent):
            self.add(self.alias_node(event), event)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self.open) >= MAX_DEPTH:
                self.stop(event, f"This is nested more than {MAX_DEPTH} levels deep.")
            kind: Literal["list", "map"] = "list" if isinstance(event, yaml.SequenceStartEvent) else "map"
            style = ("[" if kind == "list" else "{") if event.flow_style else ""
            node = Node(kind, self.offset(event.start_mark), 0, style, anchor=event.anchor)
            self.add(node, event)
            self.open.append((node, []))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.close(event)
        elif isinstance(event, yaml.DocumentEndEvent):
            self.end = self.offset(event.start_mark)
            return True
        return False

    def alias_node(self, event: Any) -> Node:
        node = Node("alias", self.offset(event.start_mark), self.offset(event.end_mark), "", f"*{event.anchor}")
        target = self.anchors.get(event.anchor)
        if target is None:
            self.undefined_aliases += 1
        elif target.alias is None:
            target.alias = node
        return node

    def text_node(self, event: Any) -> Node:
        start, end, style = self.offset(event.start_mark), self.offset(event.end_mark), event.style or ""
        if style in ("|", ">"):
            content = self.text[start:end]
            header = content.split("\n", 1)[0].split("\r", 1)[0].split("#")[0]
            kept = re.sub(r"(?:\r\n|\r|\n)\Z", "", content) if "+" in header else content.rstrip()
            end = start + max(len(kept), len(header.rstrip()))
        elif not event.value and not style and event.anchor is None and event.tag is None:
            start = end = self.empty_at(start)
        return Node("text", start, end, style, _restore(event.value), event.anchor)

    def empty_at(self, start: int) -> int:
        """Return the offset of an empty value. The C parser reports some empty values just before the next token."""
        return len(self.text[:start].rstrip(" ")) if self.text[start : start + 1] in (",", "}", "]") else start

    def close(self, event: Any) -> None:
        node, children = self.open.pop()
        if node.kind == "map":
            node.keys, node.items = children[::2], children[1::2]
            for key in node.keys:
                if key.kind != "text":
                    key.value = self.text[key.start : key.end]
        else:
            node.items = children
        if node.style:
            node.end = self.offset(event.end_mark)
        else:
            node.end = max((child.end for child in children), default=node.start)

    def add(self, node: Node, event: Any) -> None:
        self.values += not (self.open and self.open[-1][0].kind == "map" and len(self.open[-1][1]) % 2 == 0)
        if self.values > MAX_VALUES:
            self.stop(event, f"The script has more than the maximum of {MAX_VALUES:,} values.")
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        if self.open:
            self.open[-1][1].append(node)
        else:
            self.root = None if node.is_empty else node

    def stop(self, event: Any, message: str) -> None:
        mark = event.start_mark
        raise LimitError([Problem("", mark.line + 1, mark.column + 1, "", message)])
