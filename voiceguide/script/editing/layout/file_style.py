"""The author's style in a file: indentation, brackets, quotes and long text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from voiceguide.script.editing.layout.document import Document, Node
from voiceguide.script.editing.layout.scalars import WRAP_WIDTH
from voiceguide.script.parsing.nodes import Loc

__all__ = ["LONG_TEXT_KEYS", "FileStyle", "find_style", "style_name"]

LONG_TEXT_KEYS = frozenset({"say", "full", "brief", "description"})
"""The keys whose text may be long enough to need several lines."""


@dataclass(frozen=True)
class FileStyle:
    """The predominant style of a file. The defaults are the style of the bundled routines."""

    list_offset: int = 2
    """The number of columns from the key of a list to its dashes."""
    map_offset: int = 2
    """The number of columns from the key of a map to the keys inside the map."""
    dash_width: int = 2
    """The number of columns from a dash to the start of the item."""
    folds: bool = False
    """Whether long text is written as a folded block, with `>`."""
    wrap_width: int = WRAP_WIDTH
    """The maximum number of characters on a line of folded text."""
    quote: str = '"'
    quoted_keys: bool = False
    flow_keys: dict[str, bool] = field(default_factory=dict)
    """Whether lists and maps are in brackets, by `style_name`."""


def style_name(path: Loc) -> str:
    """Return the name of a group of values that share a style: their key, then `[]` for list items."""
    if not path:
        return ""
    if isinstance(path[-1], int):
        return f"{style_name(path[:-1])}[]"
    return "variants{}" if path[:-1] == ("variants",) else path[-1]


@lru_cache(maxsize=8)
def find_style(document: Document) -> FileStyle:
    """Return the style of a file. If the file is inconsistent, use its most frequent style."""
    votes = _Votes()
    for name, key, node in _walk(document):
        if key is not None:
            votes.add("quoted_keys", bool(key.style))
            if node.is_block:
                offset = document.column_of(node.start) - document.column_of(key.start)
                votes.add("list_offset" if node.kind == "list" else "map_offset", offset)
        if node.kind == "list" and node.is_block:
            for item in node.items:
                if item.kind == "map" and item.is_block:
                    votes.add("dash_width", document.column_of(item.start) - document.column_of(node.start))
        if node.items:
            votes.add(f"flow {name}", bool(node.style))
        if node.style == ">":
            lines = document.text[node.start : node.end].splitlines()[1:]
            votes.add("folds", name in LONG_TEXT_KEYS)
            votes.add("wrap_width", max((len(line.strip()) for line in lines), default=WRAP_WIDTH))
        if node.style in ('"', "'"):
            votes.add("quote", node.style)
    return votes.style()


class _Votes:
    """Counts how often each style occurs."""

    def __init__(self) -> None:
        self.counters: dict[str, Counter[int | str | bool]] = {}

    def add(self, name: str, value: int | str | bool) -> None:
        self.counters.setdefault(name, Counter())[value] += 1

    def style(self) -> FileStyle:
        best = {name: counter.most_common(1)[0][0] for name, counter in self.counters.items()}
        widths = self.counters.get("wrap_width", Counter({WRAP_WIDTH: 1}))
        list_offset = max(0, int(best.get("list_offset", FileStyle.list_offset)))
        return FileStyle(
            list_offset=list_offset,
            map_offset=max(1, int(best.get("map_offset", list_offset or FileStyle.map_offset))),
            dash_width=max(2, int(best.get("dash_width", FileStyle.dash_width))),
            folds=self.counters.get("folds", Counter())[True] > 0,
            wrap_width=max(int(width) for width in widths),
            quote=str(best.get("quote", FileStyle.quote)),
            quoted_keys=bool(best.get("quoted_keys", False)),
            flow_keys={
                name[5:]: votes[True] >= votes[False]
                for name, votes in self.counters.items()
                if name.startswith("flow ")
            },
        )


def _walk(document: Document) -> Iterator[tuple[str, Node | None, Node]]:
    """Yield every value with its style name and its key."""
    stack: list[tuple[str, Node | None, Node]] = [("", None, document.root)] if document.root else []
    while stack:
        name, key, node = stack.pop()
        yield name, key, node
        if node.kind == "list":
            stack += [(f"{name}[]", None, item) for item in node.items]
        for child_key, item in zip(node.keys, node.items, strict=False):
            stack.append(("variants{}" if name == "variants" else child_key.value, child_key, item))
