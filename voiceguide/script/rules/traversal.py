"""A walk over the tree of a script: every part with its kind, its place and what it stands in.

Everything here is tolerant: it looks at scripts in which anything may be wrong, and says None where nothing can be
read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeVar

from voiceguide.script.model.inline_markup import fill_placeholders, find_placeholders
from voiceguide.script.model.value_parsers import StepPosition, cached_parse_duration, parse_number, parse_step_position
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, TextNode
from voiceguide.units import DurationError

__all__ = ["Issue", "Section", "iter_sections"]

T = TypeVar("T")

_MAX_EXPANDED_NAMES = 1000
"""Names made from one text with placeholders that are looked at; more are taken as they come."""


class Issue(NamedTuple):
    """Something wrong, or advisable, at a place."""

    loc: Loc
    message: str
    is_warning: bool = False
    at_key: bool = False


@dataclass(frozen=True, eq=False)
class Section:
    """A group of keys in a script."""

    kind: str
    """`routine`, `group`, `stage`, `step`, `cue` or `switch`."""
    loc: Loc
    node: MapNode
    ancestors: tuple[Section, ...] = ()
    """The parts it stands in, outermost first."""

    def text(self, key: str) -> TextNode | None:
        """The scalar under a key."""
        value = self.node.get(key)
        return value if isinstance(value, TextNode) else None

    def text_items(self, key: str) -> list[tuple[Loc, TextNode]]:
        """The scalars of a list under a key, with their places."""
        value = self.node.get(key)
        if not isinstance(value, ListNode):
            return []
        return [((*self.loc, key, i), item) for i, item in enumerate(value) if isinstance(item, TextNode)]

    def spoken_texts(self, key: str = "say") -> list[tuple[Loc, TextNode]]:
        """The words under `say`: one text, or those of full and brief."""
        value, loc = self.node.get(key), (*self.loc, key)
        if isinstance(value, TextNode):
            return [(loc, value)]
        texts = value.items() if isinstance(value, MapNode) else ()
        return [
            ((*loc, name), text) for name, text in texts if name in ("full", "brief") and isinstance(text, TextNode)
        ]

    def duration_samples(self, key: str) -> int | None:
        """A duration."""
        return _parse_or_none(self.text(key), cached_parse_duration)

    def step_position(self, key: str) -> StepPosition | None:
        """A place in a step."""
        return _parse_or_none(self.text(key), parse_step_position)

    @property
    def repeat_count(self) -> int:
        """How many times over, 1 where it is not said."""
        return int(_parse_or_none(self.text("repeat"), lambda text: parse_number(text, 1, 1000, "")) or 1)

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
    def path_from_root(self) -> tuple[Section, ...]:
        """The parts it stands in, and itself."""
        return (*self.ancestors, self)

    @property
    def each_names(self) -> list[str]:
        """The names of every `each` around it and its own."""
        return [part.each[0] for part in self.path_from_root if part.each]

    @property
    def repetitions(self) -> int:
        """How many times it comes, all its own and surrounding turns multiplied."""
        result = 1
        for part in self.path_from_root:
            result *= part.repeat_count * max(1, len(part.each[1]) if part.each else 1)
        return result

    def expand_placeholders(self, text: str) -> list[str]:
        """A name in all the forms it takes over the turns; only the text itself where they are too many."""
        title = self.path_from_root[0].text("title") or ""
        known: dict[str, list[str]] = {"count": ["1"], "of": ["1"], "title": [title]}
        for part in self.path_from_root:
            if part.each:
                known[part.each[0]] = part.each[1]
            if part.repeat_count > 1:
                known |= {"count": [str(n + 1) for n in range(part.repeat_count)], "of": [str(part.repeat_count)]}
        used = sorted(find_placeholders(text) & set(known))
        size = 1
        for name in used:
            size *= len(known[name])
        if not 1 <= size <= _MAX_EXPANDED_NAMES:
            return [text]
        combinations = product(*(known[name] for name in used))
        return [fill_placeholders(text, dict(zip(used, values, strict=True))) for values in combinations]


def _parse_or_none(text: TextNode | None, parse: Callable[[str], T]) -> T | None:
    if text is None:
        return None
    try:
        return parse(str(text))
    except (ValueError, DurationError):
        return None


def iter_sections(root: Node) -> Iterator[Section]:
    """Every part of a script in the order it is written, each before the parts inside it."""
    if isinstance(root, MapNode):
        routine = Section("routine", (), root)
        yield routine
        yield from _iter_stages(routine)


def _iter_map_items(parent: Section, key: str) -> Iterator[tuple[Loc, MapNode]]:
    value = parent.node.get(key)
    for index, node in enumerate(value if isinstance(value, ListNode) else ()):
        if isinstance(node, MapNode):
            yield (*parent.loc, key, index), node


def _iter_stages(parent: Section) -> Iterator[Section]:
    for loc, node in _iter_map_items(parent, "stages"):
        is_group = "stages" in node and "stage" not in node
        part = Section("group" if is_group else "stage", loc, node, parent.path_from_root)
        yield part
        yield from _iter_switch(part)
        yield from _iter_stages(part) if is_group else _iter_steps(part)


def _iter_steps(stage: Section) -> Iterator[Section]:
    for loc, node in _iter_map_items(stage, "steps"):
        step = Section("step", loc, node, stage.path_from_root)
        yield step
        yield from _iter_switch(step)
        for cue_loc, cue_node in _iter_map_items(step, "cues"):
            yield Section("cue", cue_loc, cue_node, step.path_from_root)


def _iter_switch(part: Section) -> Iterator[Section]:
    node = part.node.get("switch")
    if isinstance(node, TextNode):
        words, node = node, MapNode(line=node.line, column=node.column)
        node["say"] = words
    if isinstance(node, MapNode):
        yield Section("switch", (*part.loc, "switch"), node, part.path_from_root)
