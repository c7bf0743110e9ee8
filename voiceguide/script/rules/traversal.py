"""A walk over the tree of a script: every part with its kind, its place and what it stands in.

Everything here is tolerant: it looks at scripts in which anything may be wrong, and says None where nothing can be
read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeVar

from voiceguide.script.model.inline_markup import fill, placeholders
from voiceguide.script.model.value_parsers import At, duration, parse_at, parse_number
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, TextNode
from voiceguide.units import DurationError

__all__ = ["Finding", "Part", "walk"]

T = TypeVar("T")

_MOST_NAMES = 1000
"""Names made from one text with placeholders that are looked at; more are taken as they come."""


class Finding(NamedTuple):
    """Something wrong, or advisable, at a place."""

    loc: Loc
    message: str
    advice: bool = False
    at_key: bool = False


@dataclass(frozen=True, eq=False)
class Part:
    """A group of keys in a script."""

    kind: str
    """`routine`, `group`, `stage`, `step`, `cue` or `switch`."""
    loc: Loc
    node: MapNode
    above: tuple[Part, ...] = ()
    """The parts it stands in, outermost first."""

    def text(self, key: str) -> TextNode | None:
        """The scalar under a key."""
        value = self.node.get(key)
        return value if isinstance(value, TextNode) else None

    def items(self, key: str) -> list[tuple[Loc, TextNode]]:
        """The scalars of a list under a key, with their places."""
        value = self.node.get(key)
        if not isinstance(value, ListNode):
            return []
        return [((*self.loc, key, i), item) for i, item in enumerate(value) if isinstance(item, TextNode)]

    def says(self, key: str = "say") -> list[tuple[Loc, TextNode]]:
        """The words under `say`: one text, or those of full and brief."""
        value, loc = self.node.get(key), (*self.loc, key)
        if isinstance(value, TextNode):
            return [(loc, value)]
        texts = value.items() if isinstance(value, MapNode) else ()
        return [
            ((*loc, name), text) for name, text in texts if name in ("full", "brief") and isinstance(text, TextNode)
        ]

    def samples(self, key: str) -> int | None:
        """A duration."""
        return _read(self.text(key), duration)

    def place(self, key: str) -> At | None:
        """A place in a step."""
        return _read(self.text(key), parse_at)

    @property
    def repeat(self) -> int:
        """How many times over, 1 where it is not said."""
        return int(_read(self.text("repeat"), lambda text: parse_number(text, 1, 1000, "")) or 1)

    @property
    def each(self) -> tuple[str, list[str]] | None:
        """The name of its `each` and the values."""
        node = self.node.get("each")
        if not isinstance(node, MapNode) or len(node) != 1:
            return None
        ((name, values),) = node.items()
        if not isinstance(values, ListNode):
            return None
        return str(name), [" ".join(value.split()) for value in values if isinstance(value, TextNode)]

    @property
    def line_of_parts(self) -> tuple[Part, ...]:
        """The parts it stands in, and itself."""
        return (*self.above, self)

    @property
    def each_names(self) -> list[str]:
        """The names of every `each` around it and its own."""
        return [part.each[0] for part in self.line_of_parts if part.each]

    @property
    def turns(self) -> int:
        """How many times it comes, all its own and surrounding turns multiplied."""
        result = 1
        for part in self.line_of_parts:
            result *= part.repeat * max(1, len(part.each[1]) if part.each else 1)
        return result

    def expanded(self, text: str) -> list[str]:
        """A name in all the forms it takes over the turns; only the text itself where they are too many."""
        title = self.line_of_parts[0].text("title") or ""
        known: dict[str, list[str]] = {"count": ["1"], "of": ["1"], "title": [title]}
        for part in self.line_of_parts:
            if part.each:
                known[part.each[0]] = part.each[1]
            if part.repeat > 1:
                known |= {"count": [str(n + 1) for n in range(part.repeat)], "of": [str(part.repeat)]}
        used = sorted(placeholders(text) & set(known))
        size = 1
        for name in used:
            size *= len(known[name])
        if not 1 <= size <= _MOST_NAMES:
            return [text]
        combinations = product(*(known[name] for name in used))
        return [fill(text, dict(zip(used, values, strict=True))) for values in combinations]


def _read(text: TextNode | None, grammar: Callable[[str], T]) -> T | None:
    if text is None:
        return None
    try:
        return grammar(str(text))
    except (ValueError, DurationError):
        return None


def walk(root: Node) -> Iterator[Part]:
    """Every part of a script in the order it is written, each before the parts inside it."""
    if isinstance(root, MapNode):
        routine = Part("routine", (), root)
        yield routine
        yield from _stages(routine)


def _groups(inside: Part, key: str) -> Iterator[tuple[Loc, MapNode]]:
    value = inside.node.get(key)
    for index, node in enumerate(value if isinstance(value, ListNode) else ()):
        if isinstance(node, MapNode):
            yield (*inside.loc, key, index), node


def _stages(inside: Part) -> Iterator[Part]:
    for loc, node in _groups(inside, "stages"):
        is_group = "stages" in node and "stage" not in node
        part = Part("group" if is_group else "stage", loc, node, inside.line_of_parts)
        yield part
        yield from _switch(part)
        yield from _stages(part) if is_group else _steps(part)


def _steps(stage: Part) -> Iterator[Part]:
    for loc, node in _groups(stage, "steps"):
        step = Part("step", loc, node, stage.line_of_parts)
        yield step
        yield from _switch(step)
        for cue_loc, cue_node in _groups(step, "cues"):
            yield Part("cue", cue_loc, cue_node, step.line_of_parts)


def _switch(part: Part) -> Iterator[Part]:
    node = part.node.get("switch")
    if isinstance(node, TextNode):
        words, node = node, MapNode(line=node.line, column=node.column)
        node["say"] = words
    if isinstance(node, MapNode):
        yield Part("switch", (*part.loc, "switch"), node, part.line_of_parts)
