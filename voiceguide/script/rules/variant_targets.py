"""What the variants of a script refer to: `skip` names tags and stages, `set` names steps, STAGE/STEP and stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from voiceguide.script.model.inline_markup import OPENING, normal, step_name, uncounted
from voiceguide.script.parsing.nodes import MapNode, quoted
from voiceguide.script.rules.traversal import Finding, Part

__all__ = ["targets"]


@dataclass
class _Names:
    """Names as they are shown, by the form in which they are compared."""

    tags: dict[str, str] = field(default_factory=dict)
    stage_tags: set[str] = field(default_factory=set)
    """Tags of stages and groups, which `set` takes as well; those of steps are for `skip` alone."""
    stages: dict[str, str] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    both: dict[str, str] = field(default_factory=dict)
    """STAGE/STEP."""
    complete: bool = True
    """False where the opening stage is called something in another language that is not known here."""


def targets(parts: Sequence[Part]) -> Iterator[Finding]:
    """Overrides in variants that name nothing."""
    variants = parts[0].node.get("variants") if parts else None
    if not isinstance(variants, MapNode) or not variants:
        return
    names = _names(parts)
    if not names.complete:
        return
    for name, node in variants.items():
        if isinstance(node, MapNode):
            variant = Part("variant", ("variants", name), node)
            yield from _skips(variant, names)
            yield from _sets(variant, names)


def _skips(variant: Part, names: _Names) -> Iterator[Finding]:
    known = {**names.tags, **names.stages}
    for loc, skip in variant.items("skip"):
        if skip.strip() and _form(skip) not in known:
            yield Finding(loc, f"{quoted(skip)} is no tag and no stage. {_near(skip, known)}")


def _sets(variant: Part, names: _Names) -> Iterator[Finding]:
    plain = {**names.steps, **names.stages}
    known = {**names.both, **plain}
    changed = variant.node.get("set")
    for target in changed if isinstance(changed, MapNode) else ():
        if _form(target) not in known and _form(target) not in names.stage_tags:
            near = _near(target, known if "/" in target else plain)
            message = f"{quoted(target)} is no step and no stage. {near}"
            yield Finding((*variant.loc, "set", target), message, at_key=True)


def _form(name: str) -> str:
    return "/".join(normal(part) for part in name.split("/"))


def _near(name: str, known: Mapping[str, str]) -> str:
    """The known names nearest to a mistyped one; all of them, where they are few, if none is near."""
    from rapidfuzz import process

    close = [known[form] for form, _, _ in process.extract(_form(name), list(known), limit=3, score_cutoff=60)]
    if close:
        return f"Did you mean {' or '.join(map(quoted, close))}?"
    shown = [quoted(name) for name in islice(known.values(), 12)] + (["..."] if len(known) > 12 else [])
    return f"There is {', '.join(shown)}." if shown else "There is none."


def _names(parts: Sequence[Part]) -> _Names:
    names = _Names()
    _add_opening(parts[0], names)
    stage_names: list[str] = []
    for part in parts:
        own = [tag for _, tag in part.items("tags") if tag.strip()] if part.kind != "routine" else []
        names.tags.update({_form(tag): tag for tag in own})
        if part.kind != "step":
            names.stage_tags.update(map(_form, own))
        if part.kind == "stage":
            stage_names = _stage(part, names)
        elif part.kind == "step":
            _step(part, stage_names, names)
        elif part.kind == "switch" and part.above[-1].each:
            names.steps.update(
                {_form(step): step for value in part.above[-1].each[1] for step in [f"switch to {value}"]}
            )
    return names


def _stage(part: Part, names: _Names) -> list[str]:
    """Take in a stage's titles; all that it may be called in STAGE/STEP."""
    title = part.text("stage") or ""
    forms = part.expanded(title)
    if part.repeat > 1 and "{count}" not in title:
        forms = [f"{form} {number + 1}" for form in forms for number in range(part.repeat)]
    called = [*forms, title.split("{")[0].strip()]
    names.stages.update({_form(form): form for form in called if normal(form)})
    inherited = [tag for around in part.line_of_parts if around.kind != "routine" for _, tag in around.items("tags")]
    return [*called, *inherited]


def _step(part: Part, stage_names: list[str], names: _Names) -> None:
    given = part.text("step")
    words = next((text for _, text in part.says()), None) or part.text("audio") or "quiet"
    forms = part.expanded(given) if given else [step_name(form) for form in part.expanded(uncounted(words))]
    for form in forms:
        names.steps[_form(form)] = form
        names.both.update({_form(f"{stage}/{form}"): f"{stage}/{form}" for stage in stage_names})


def _add_opening(routine: Part, names: _Names) -> None:
    safety, needs = routine.items("safety"), routine.items("needs")
    if not safety and not needs:
        return
    steps = [f"safety {number + 1}" for number in range(len(safety))] + (["needs"] if needs else [])
    names.stages[_form(OPENING)] = OPENING
    for step in steps:
        names.steps[step] = step
        names.both[_form(f"{OPENING}/{step}")] = f"{OPENING}/{step}"
    language = (routine.text("language") or "en").strip().lower()
    names.complete = language.startswith("en") and "phrases" not in routine.node
