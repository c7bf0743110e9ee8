"""Names that must tell things apart: titles, step names, and the names of an `each`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceguide.script.model.inline_markup import normal, placeholders
from voiceguide.script.parsing.nodes import ListNode, Loc, MapNode, quoted
from voiceguide.script.rules.text_placeholders import PLACEHOLDERS
from voiceguide.script.rules.traversal import Finding, Part

__all__ = ["names"]


def names(parts: Sequence[Part]) -> Iterator[Finding]:
    """Names given twice, and names that cannot be told apart."""
    titles: dict[str, int] = {}
    for part in parts:
        yield from _each(part)
        yield from _labels(part)
        if part.kind == "stage":
            yield from _title(part, titles)
            yield from _step_names(part)


def _each(part: Part) -> Iterator[Finding]:
    if part.each is None or part.kind not in ("group", "stage", "step"):
        return
    name, values = part.each
    loc: Loc = (*part.loc, "each", name)
    if not name.isidentifier():
        yield Finding(loc, f"{quoted(name)} cannot be a name. Write one word of letters, such as side.", at_key=True)
    elif name in PLACEHOLDERS:
        message = f"{{{name}}} has a meaning of its own already. Choose another name, such as side."
        yield Finding(loc, message, at_key=True)
    elif name in [above.each[0] for above in part.above if above.each]:
        message = f"{{{name}}} is already the name of an each around this one. Choose another name."
        yield Finding(loc, message, at_key=True)
    seen: set[str] = set()
    for index, value in enumerate(values):
        if normal(value) in seen and normal(value):
            yield Finding((*loc, index), f"{quoted(value)} is in this list twice. Keep one, or use repeat.")
        seen.add(normal(value))


def _labels(part: Part) -> Iterator[Finding]:
    """Dictionaries with an empty name in them."""
    for key in ("words", "phrases", "variants") if part.kind == "routine" else ():
        group = part.node.get(key)
        for name in group if isinstance(group, MapNode) else ():
            if not name.strip():
                message = f"The name in front of the colon is missing. Write it, or leave this line of {key} out."
                yield Finding((key, name), message, at_key=True)


def _title(stage: Part, titles: dict[str, int]) -> Iterator[Finding]:
    title = stage.text("stage")
    if title is None or not title.strip():
        return
    loc = (*stage.loc, "stage")
    told = placeholders(title)
    for part in stage.line_of_parts:
        if part.each and len(part.each[1]) > 1 and part.each[0] not in told:
            name, values = part.each
            message = (
                f"This title would be the same for {values[0]} and {values[1]}. "
                f"Write {{{name}}} in it, for instance {quoted(f'{title}, {{{name}}}', 60)}."
            )
            yield Finding(loc, message)
            return
    mine = {normal(form) for form in stage.expanded(title)}
    again = [titles[form] for form in sorted(mine) if form and form in titles]
    if again:
        yield Finding(
            loc, f"{quoted(title)} is a stage on line {again[0]} already. Give each stage a title of its own."
        )
    titles.update({form: title.line for form in mine if form not in titles})


def _step_names(stage: Part) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    steps = stage.node.get("steps")
    for index, step in enumerate(steps if isinstance(steps, ListNode) else ()):
        name = Part("step", (), step).text("step") if isinstance(step, MapNode) else None
        if name is None or not normal(name):
            continue
        if normal(name) in seen:
            first = seen[normal(name)]
            message = f"{quoted(name)} is a step on line {first} already. Give each step of a stage a name of its own."
            yield Finding((*stage.loc, "steps", index, "step"), message)
        seen.setdefault(normal(name), name.line)
