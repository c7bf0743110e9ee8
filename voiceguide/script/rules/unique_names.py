"""Rules about names that must be unique: titles, step names, and the names and values of an `each`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceguide.script.model.inline_markup import find_placeholders, normalize_name
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, quoted
from voiceguide.script.rules.text_placeholders import BUILTIN_PLACEHOLDERS
from voiceguide.script.rules.traversal import Issue, Section

__all__ = ["check_unique_names"]


def check_unique_names(sections: Sequence[Section]) -> Iterator[Issue]:
    """Find duplicate, ambiguous and empty names."""
    titles: dict[str, int] = {}
    for section in sections:
        yield from _check_each(section)
        yield from _check_unnamed_entries(section)
        if section.kind == "stage":
            yield from _check_stage_title(section, titles)
            yield from _check_step_names(section)


def _check_each(section: Section) -> Iterator[Issue]:
    if section.each is None or section.kind not in ("group", "stage", "step"):
        return
    name, values = section.each
    loc: Loc = (*section.loc, "each", name)
    if not name.isidentifier():
        yield Issue(loc, f"{quoted(name)} cannot be used as a name. Use a single word, such as side.", at_key=True)
    elif name in BUILTIN_PLACEHOLDERS:
        message = f"{{{name}}} is a built-in placeholder. Choose another name, such as side."
        yield Issue(loc, message, at_key=True)
    elif name in section.ancestors[-1].each_names:
        message = f"{{{name}}} is already the name of an enclosing each. Choose another name."
        yield Issue(loc, message, at_key=True)
    seen: set[str] = set()
    for index, value in enumerate(values):
        if normalize_name(value) in seen and normalize_name(value):
            yield Issue((*loc, index), f"{quoted(value)} appears twice in this list. Keep only one, or use repeat.")
        seen.add(normalize_name(value))


def _check_unnamed_entries(section: Section) -> Iterator[Issue]:
    for key in ("words", "phrases", "variants") if section.kind == "routine" else ():
        group = section.node.get(key)
        for name in group if isinstance(group, MapNode) else ():
            if not name.strip():
                message = f"The name before the colon is missing. Write one, or remove this line of {key}."
                yield Issue((key, name), message, at_key=True)


def _check_stage_title(stage: Section, titles: dict[str, int]) -> Iterator[Issue]:
    title = stage.text("stage")
    if title is None or not title.strip():
        return
    loc = (*stage.loc, "stage")
    placeholders = find_placeholders(title)
    for section in stage.path_from_root:
        if section.each and len(section.each[1]) > 1 and section.each[0] not in placeholders:
            name, values = section.each
            message = (
                f"This title would be the same for {values[0]} and {values[1]}. "
                f"Add {{{name}}}, as in {quoted(f'{title}, {{{name}}}', 60)}."
            )
            yield Issue(loc, message)
            return
    expanded = {normalize_name(name) for name in stage.expand_placeholders(title)}
    earlier_lines = [titles[name] for name in sorted(expanded) if name and name in titles]
    if earlier_lines:
        message = (
            f"{quoted(title)} is already used for the stage on line {earlier_lines[0]}. Give each stage a unique title."
        )
        yield Issue(loc, message)
    titles.update({name: title.line for name in expanded if name not in titles})


def _check_step_names(stage: Section) -> Iterator[Issue]:
    seen: dict[str, int] = {}
    steps = stage.node.get("steps")
    for index, step in enumerate(steps if isinstance(steps, ListNode) else ()):
        name = Section("step", (), step).text("step") if isinstance(step, MapNode) else None
        if name is None or not normalize_name(name):
            continue
        if normalize_name(name) in seen:
            first_line = seen[normalize_name(name)]
            message = (
                f"{quoted(name)} is already used for the step on line {first_line}. "
                "Give each step in a stage a unique name."
            )
            yield Issue((*stage.loc, "steps", index, "step"), message)
        seen.setdefault(normalize_name(name), name.line)
