"""Traverse a script's node tree section by section.

Any part of the script can still be invalid at this point. Values that cannot be parsed are None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeVar

from pydantic import ValidationError

from voiceguide.script.model.inline_markup import fill_placeholders, find_placeholders
from voiceguide.script.model.routine import Breathe, is_stage_group
from voiceguide.script.model.value_parsers import (
    StepPosition,
    cached_parse_duration,
    parse_flag,
    parse_number,
    parse_step_position,
)
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, Node, TextNode

__all__ = ["Issue", "Section", "iter_sections"]

T = TypeVar("T")

_MAX_EXPANDED_NAMES = 1000
"""Names with more possible values than this are not expanded."""


class Issue(NamedTuple):
    """An error or a warning at a location."""

    loc: Loc
    message: str
    is_warning: bool = False
    at_key: bool = False
    """Whether to report the position of the key instead of that of its value."""


@dataclass(frozen=True, eq=False)
class Section:
    """A mapping in the script that represents a routine, group, stage, step, cue or switch."""

    kind: str
    """`routine`, `group`, `stage`, `step`, `cue` or `switch`."""
    loc: Loc
    node: MapNode
    ancestors: tuple[Section, ...] = ()
    """The enclosing sections, outermost first."""

    def text(self, key: str) -> TextNode | None:
        """Return the scalar at a key."""
        value = self.node.get(key)
        return value if isinstance(value, TextNode) else None

    def texts_in_list(self, key: str) -> list[tuple[Loc, TextNode]]:
        """Return the scalars in the list at a key, with their locations."""
        value = self.node.get(key)
        if not isinstance(value, ListNode):
            return []
        return [((*self.loc, key, i), item) for i, item in enumerate(value) if isinstance(item, TextNode)]

    def spoken_texts(self, key: str = "say") -> list[tuple[Loc, TextNode]]:
        """Return the spoken text at a key, or its full and brief versions, with their locations."""
        value, loc = self.node.get(key), (*self.loc, key)
        if isinstance(value, TextNode):
            return [(loc, value)]
        texts = value.items() if isinstance(value, MapNode) else ()
        return [
            ((*loc, name), text) for name, text in texts if name in ("full", "brief") and isinstance(text, TextNode)
        ]

    def duration_samples(self, key: str) -> int | None:
        """Return the duration at a key, in samples."""
        return _parse_or_none(self.text(key), cached_parse_duration)

    def position_in_step(self, key: str) -> StepPosition | None:
        """Return the value of a key as a position in a step."""
        return _parse_or_none(self.text(key), parse_step_position)

    def flag(self, key: str) -> bool | None:
        """Return the flag at a key."""
        return _parse_or_none(self.text(key), parse_flag)

    @property
    def breathe(self) -> Breathe | None:
        """The value of `breathe`."""
        node = self.node.get("breathe")
        if not isinstance(node, MapNode):
            return None
        try:
            return Breathe.model_validate(node)
        except ValidationError:
            return None

    @property
    def repeat_count(self) -> int:
        """The value of `repeat`, 1 by default."""
        return int(_parse_or_none(self.text("repeat"), lambda text: parse_number(text, 1, 1000, "")) or 1)

    @property
    def each(self) -> tuple[str, list[str]] | None:
        """The name and values of the section's own `each`."""
        node = self.node.get("each")
        if not isinstance(node, MapNode) or len(node) != 1:
            return None
        ((name, values),) = node.items()
        if not isinstance(values, ListNode):
            return None
        return str(name), [" ".join(value.split()) for value in values if isinstance(value, TextNode)]

    @property
    def path_from_root(self) -> tuple[Section, ...]:
        """The enclosing sections, outermost first, followed by this one."""
        return (*self.ancestors, self)

    @property
    def each_names(self) -> list[str]:
        """The names of all `each` keys that apply here, outermost first."""
        return [section.each[0] for section in self.path_from_root if section.each]

    @property
    def repetitions(self) -> int:
        """How many times the section occurs in the session, counting the repetitions of all enclosing sections."""
        result = 1
        for section in self.path_from_root:
            result *= section.repeat_count * max(1, len(section.each[1]) if section.each else 1)
        return result

    def expand_placeholders(self, text: str) -> list[str]:
        """Return all possible values of a name with placeholders, or just the name itself if there are too many."""
        title = self.path_from_root[0].text("title") or ""
        values_of: dict[str, list[str]] = {"count": ["1"], "of": ["1"], "title": [title]}
        for section in self.path_from_root:
            if section.each:
                values_of[section.each[0]] = section.each[1]
            if section.repeat_count > 1:
                values_of["count"] = [str(n + 1) for n in range(section.repeat_count)]
                values_of["of"] = [str(section.repeat_count)]
        used = sorted(find_placeholders(text) & set(values_of))
        size = math.prod(len(values_of[name]) for name in used)
        if not 1 <= size <= _MAX_EXPANDED_NAMES:
            return [text]
        combinations = product(*(values_of[name] for name in used))
        return [fill_placeholders(text, dict(zip(used, values, strict=True))) for values in combinations]


def _parse_or_none(text: TextNode | None, parse: Callable[[str], T]) -> T | None:
    if text is None:
        return None
    try:
        return parse(str(text))
    except ValueError:
        return None


def iter_sections(root: Node) -> Iterator[Section]:
    """Yield all sections of a script in document order. A section comes before the sections inside it."""
    if isinstance(root, MapNode):
        routine = Section("routine", (), root)
        yield routine
        yield from _iter_stages(routine)


def _iter_map_nodes(parent: Section, key: str) -> Iterator[tuple[Loc, MapNode]]:
    value = parent.node.get(key)
    for index, node in enumerate(value if isinstance(value, ListNode) else ()):
        if isinstance(node, MapNode):
            yield (*parent.loc, key, index), node


def _iter_stages(parent: Section) -> Iterator[Section]:
    for loc, node in _iter_map_nodes(parent, "stages"):
        section = Section("group" if is_stage_group(node) else "stage", loc, node, parent.path_from_root)
        yield section
        yield from _iter_switch(section)
        yield from _iter_stages(section) if section.kind == "group" else _iter_steps(section)


def _iter_steps(stage: Section) -> Iterator[Section]:
    for loc, node in _iter_map_nodes(stage, "steps"):
        step = Section("step", loc, node, stage.path_from_root)
        yield step
        yield from _iter_switch(step)
        for cue_loc, cue_node in _iter_map_nodes(step, "cues"):
            yield Section("cue", cue_loc, cue_node, step.path_from_root)


def _iter_switch(parent: Section) -> Iterator[Section]:
    node = parent.node.get("switch")
    if isinstance(node, TextNode):
        text, node = node, MapNode(line=node.line, column=node.column)
        node["say"] = text
    if isinstance(node, MapNode):
        yield Section("switch", (*parent.loc, "switch"), node, parent.path_from_root)
