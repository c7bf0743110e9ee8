"""Names that must tell things apart: titles, step names, and the names of an `each`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceguide.script.model.inline_markup import find_placeholders, normalize_name
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, quoted
from voiceguide.script.rules.text_placeholders import BUILTIN_PLACEHOLDERS
from voiceguide.script.rules.traversal import Issue, Section

__all__ = ["check_unique_names"]


def check_unique_names(parts: Sequence[Section]) -> Iterator[Issue]:
    """Names given twice, and names that cannot be told apart."""
    titles: dict[str, int] = {}
    for part in parts:
        yield from _check_each(part)
        yield from _check_empty_keys(part)
        if part.kind == "stage":
            yield from _check_stage_title(part, titles)
            yield from _check_step_names(part)


def _check_each(part: Section) -> Iterator[Issue]:
    if part.each is None or part.kind not in ("group", "stage", "step"):
        return
    name, values = part.each
    loc: Loc = (*part.loc, "each", name)
    if not name.isidentifier():
        yield Issue(loc, f"{quoted(name)} cannot be a name. Write one word of letters, such as side.", at_key=True)
    elif name in BUILTIN_PLACEHOLDERS:
        message = f"{{{name}}} has a meaning of its own already. Choose another name, such as side."
        yield Issue(loc, message, at_key=True)
    elif name in [above.each[0] for above in part.ancestors if above.each]:
        message = f"{{{name}}} is already the name of an each around this one. Choose another name."
        yield Issue(loc, message, at_key=True)
    seen: set[str] = set()
    for index, value in enumerate(values):
        if normalize_name(value) in seen and normalize_name(value):
            yield Issue((*loc, index), f"{quoted(value)} is in this list twice. Keep one, or use repeat.")
        seen.add(normalize_name(value))


def _check_empty_keys(part: Section) -> Iterator[Issue]:
    """Dictionaries with an empty name in them."""
    for key in ("words", "phrases", "variants") if part.kind == "routine" else ():
        group = part.node.get(key)
        for name in group if isinstance(group, MapNode) else ():
            if not name.strip():
                message = f"The name in front of the colon is missing. Write it, or leave this line of {key} out."
                yield Issue((key, name), message, at_key=True)


def _check_stage_title(stage: Section, titles: dict[str, int]) -> Iterator[Issue]:
    title = stage.text("stage")
    if title is None or not title.strip():
        return
    loc = (*stage.loc, "stage")
    told = find_placeholders(title)
    for part in stage.path_from_root:
        if part.each and len(part.each[1]) > 1 and part.each[0] not in told:
            name, values = part.each
            message = (
                f"This title would be the same for {values[0]} and {values[1]}. "
                f"Write {{{name}}} in it, for instance {quoted(f'{title}, {{{name}}}', 60)}."
            )
            yield Issue(loc, message)
            return
    mine = {normalize_name(form) for form in stage.expand_placeholders(title)}
    again = [titles[form] for form in sorted(mine) if form and form in titles]
    if again:
        yield Issue(loc, f"{quoted(title)} is a stage on line {again[0]} already. Give each stage a title of its own.")
    titles.update({form: title.line for form in mine if form not in titles})


def _check_step_names(stage: Section) -> Iterator[Issue]:
    seen: dict[str, int] = {}
    steps = stage.node.get("steps")
    for index, step in enumerate(steps if isinstance(steps, ListNode) else ()):
        name = Section("step", (), step).text("step") if isinstance(step, MapNode) else None
        if name is None or not normalize_name(name):
            continue
        if normalize_name(name) in seen:
            first = seen[normalize_name(name)]
            message = f"{quoted(name)} is a step on line {first} already. Give each step of a stage a name of its own."
            yield Issue((*stage.loc, "steps", index, "step"), message)
        seen.setdefault(normalize_name(name), name.line)
