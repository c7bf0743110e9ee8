"""Parse the text of a script into nodes that know which characters of the text they span.

Unlike the strict reader, this parser also accepts things that the checker reports as problems (duplicate keys, anchors,
tags and a second document), so that a person can correct them. Only the first document is read.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal

import yaml

from voiceguide.errors import Problem, ScriptError
from voiceguide.script.editing.layout.document import LINE_END, Document, Node
from voiceguide.script.parsing.text_encoding import INVALID_CHARACTERS, MAX_SCRIPT_BYTES
from voiceguide.script.parsing.yaml_errors import explain_yaml_error
from voiceguide.script.parsing.yaml_reader import MAX_DEPTH, MAX_VALUES

__all__ = ["LimitError", "parse_document"]

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PRIVATE_PLANE = 0x100000
"""YAML rejects invisible characters or treats them as line breaks. They are parsed as characters of this plane."""
_CACHED_TEXTS = 4


class LimitError(ScriptError):
    """The text is larger or more deeply nested than a script may be."""


@lru_cache(maxsize=_CACHED_TEXTS)
def parse_document(text: str) -> Document:
    """Parse the text of a script, without its byte order mark.

    Raises:
        ScriptError: The text is not YAML, or exceeds the limits of a script. The problems have no file name.
    """
    if len(text) * 4 > MAX_SCRIPT_BYTES and len(text.encode("utf-8", "surrogatepass")) > MAX_SCRIPT_BYTES:
        raise LimitError([Problem("", 1, 1, "", "The script is larger than 1 MiB, the limit for a script.")])
    starts = [0, *(match.end() for match in LINE_END.finditer(text))]
    lines = LINE_END.split(text)
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
        """Add the part of the document that an event describes. Return whether the document is complete."""
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
        """Return the position of an empty value. The C parser puts some such values before the next token."""
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
