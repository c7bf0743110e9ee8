"""Write plain data as YAML, in the style of the rest of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from voiceguide.script.editing.document import Document, Node, Tree
from voiceguide.script.editing.key_order import kind_of, sorted_keys
from voiceguide.script.editing.scalars import ScalarPlace, write_scalar
from voiceguide.script.parsing.nodes import Loc

__all__ = ["FileStyle", "Writer", "find_style"]

_FLOW_WIDTH = 100
"""A list or map that makes its line longer is not written in brackets."""
_FLOW_KEYS = frozenset({"tags", "each", "skip", "set", "bed", "words", "phrases", "cues[]", "variants{}"})
"""What is written in brackets where it is short and the file has no example. `cues[]` are the items of `cues`."""


@dataclass(frozen=True)
class FileStyle:
    """How the author of a file writes."""

    list_offset: int = 2
    """How far a dash is to the right of the key of its list."""
    map_offset: int = 2
    dash_width: int = 2
    """The number of characters from a dash to what follows it."""
    long_style: str = ""
    quote: str = '"'
    quoted_keys: bool = False
    flow_keys: dict[str, bool] = field(default_factory=dict)
    """Whether the lists and maps of a key are in brackets."""


def find_style(document: Document) -> FileStyle:
    """Return the most frequent style of each thing in a file."""
    votes: dict[str, Counter[int | str | bool]] = {}

    def vote(name: str, value: int | str | bool) -> None:
        votes.setdefault(name, Counter())[value] += 1

    for name, column, key, node in _walk(document):
        if key is not None and node.is_block:
            offset = document.column_of(node.start) - column
            vote("list_offset" if node.kind == "list" else "map_offset", offset)
        if key is not None:
            vote("quoted_keys", bool(key.style))
        if node.kind == "list" and node.is_block:
            for item in node.items:
                if item.kind == "map" and item.is_block:
                    vote("dash_width", document.column_of(item.start) - document.column_of(node.start))
        if node.kind in ("list", "map") and node.items:
            vote(f"flow {name}", bool(node.style))
        if name in ("say", "full", "brief", "description") and node.style in ("|", ">"):
            vote("long_style", node.style)
        if node.style in ('"', "'"):
            vote("quote", node.style)
    best = {name: counter.most_common(1)[0][0] for name, counter in votes.items()}
    default = FileStyle()
    return FileStyle(
        list_offset=max(0, int(best.get("list_offset", default.list_offset))),
        map_offset=max(1, int(best.get("map_offset", default.map_offset))),
        dash_width=max(2, int(best.get("dash_width", default.dash_width))),
        long_style=str(best.get("long_style", "")),
        quote=str(best.get("quote", default.quote)),
        quoted_keys=bool(best.get("quoted_keys", False)),
        flow_keys={name[5:]: bool(value) for name, value in best.items() if name.startswith("flow ")},
    )


def _walk(document: Document) -> Iterator[tuple[str, int, Node | None, Node]]:
    """Yield every value with its name, the column of its key, and its key."""
    stack: list[tuple[str, int, Node | None, Node]] = [("", 0, None, document.root)] if document.root else []
    while stack:
        name, column, key, node = stack.pop()
        yield name, column, key, node
        if node.kind == "list":
            stack += [(f"{name}[]", 0, None, item) for item in node.items]
        for child_key, item in zip(node.keys, node.items, strict=False):
            child = f"{name}{{}}" if name == "variants" else child_key.value
            stack.append((child, document.column_of(child_key.start), child_key, item))


def style_name(path: Loc) -> str:
    """Return the name under which `FileStyle.flow_keys` lists the value at a path."""
    if not path:
        return ""
    if isinstance(path[-1], int):
        return f"{style_name(path[:-1])}[]"
    return "variants{}" if path[:-1] == ("variants",) else path[-1]


@dataclass(frozen=True)
class Writer:
    """Writes values into a file."""

    style: FileStyle

    def scalar_place(self, path: Loc, in_flow: bool) -> ScalarPlace:
        """Return the place of new text at a path."""
        key = next((key for key in reversed(path) if isinstance(key, str)), "")
        long_style = self.style.long_style if key in ("say", "full", "brief", "description") else ""
        return ScalarPlace(key, in_flow, long_style=long_style, quote=self.style.quote)

    def flow(self, value: Tree, path: Loc) -> str:
        """Return a value on one line, with brackets and braces."""
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(item, (*path, i)) for i, item in enumerate(value)) + "]"
        if isinstance(value, dict):
            keys = sorted_keys(kind_of(path, value), list(value))
            pairs = (f"{self.key(key, True)}: {self.flow(value[key], (*path, key))}" for key in keys)
            return "{" + ", ".join(pairs) + "}"
        return write_scalar(value, self.scalar_place(path, True))[0]

    def key(self, key: str, in_flow: bool) -> str:
        """Return a key, without its colon."""
        if self.style.quoted_keys:
            return write_scalar(key, ScalarPlace(in_flow=True, old_text='""', old_style='"'))[0]
        return write_scalar(key, replace(self.scalar_place((), True), key=""))[0]

    def is_flow(self, value: Tree, path: Loc, column: int) -> bool:
        """Return whether to write a list or map in brackets at a column."""
        if not value:
            return True
        name = style_name(path)
        wanted = self.style.flow_keys.get(name, name in _FLOW_KEYS or name.startswith("cues[]"))
        if name == "say" and name not in self.style.flow_keys:
            wanted = False
        return wanted and column + len(self.flow(value, path)) <= _FLOW_WIDTH

    def entry(self, key: str, value: Tree, path: Loc, column: int) -> list[str]:
        """Return the lines of a key and its value. The key is at the column."""
        head = f"{' ' * column}{self.key(key, False)}:"
        return self.value_after(head, value, (*path, key), column)

    def value_after(self, head: str, value: Tree, path: Loc, column: int) -> list[str]:
        """Return the lines of a value after `key:`. The key is at the column."""
        if isinstance(value, str):
            first, *rest = write_scalar(value, self.scalar_place(path, False))
            return [f"{head} {first}", *self.indented(rest, column + self.style.map_offset)]
        if self.is_flow(value, path, len(head) + 1):
            return [f"{head} {self.flow(value, path)}"]
        return [head, *self.block(value, path, column)]

    def block(self, value: Tree, path: Loc, column: int) -> list[str]:
        """Return the lines of a list or map below its key, which is at the column."""
        lines: list[str] = []
        if isinstance(value, dict):
            for key in sorted_keys(kind_of(path, value), list(value)):
                lines += self.entry(key, value[key], path, column + self.style.map_offset)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                lines += self.item(item, (*path, index), column + self.style.list_offset, self.style.dash_width)
        return lines

    def item(self, value: Tree, path: Loc, column: int, dash_width: int) -> list[str]:
        """Return the lines of a list item. Its dash is at the column."""
        head = " " * column + "-" + " " * (dash_width - 1)
        inner = column + dash_width
        if isinstance(value, str):
            first, *rest = write_scalar(value, self.scalar_place(path, False))
            return [head + first, *self.indented(rest, inner)]
        if self.is_flow(value, path, inner):
            return [head + self.flow(value, path)]
        if isinstance(value, dict):
            lines = [
                line
                for key in sorted_keys(kind_of(path, value), list(value))
                for line in self.entry(key, value[key], path, inner)
            ]
        else:
            lines = [line for i, item in enumerate(value) for line in self.item(item, (*path, i), inner, dash_width)]
        return [head + lines[0][inner:], *lines[1:]]

    @staticmethod
    def indented(lines: list[str], column: int) -> list[str]:
        """Return lines indented to a column. Empty lines stay empty."""
        return [" " * column + line if line else "" for line in lines]
