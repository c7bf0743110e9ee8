"""What the variants of a script refer to: `skip` names tags and stages, `set` names steps, STAGE/STEP and stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from voiceguide.script.model.inline_markup import OPENING_STAGE_TITLE, derive_step_name, normalize_name, strip_counters
from voiceguide.script.parsing.nodes import MapNode, quoted
from voiceguide.script.rules.traversal import Issue, Section

__all__ = ["check_variant_targets"]


@dataclass
class _TargetNames:
    """Names as they are shown, by the form in which they are compared."""

    tags: dict[str, str] = field(default_factory=dict)
    stage_tags: set[str] = field(default_factory=set)
    """Tags of stages and groups, which `set` takes as well; those of steps are for `skip` alone."""
    stages: dict[str, str] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    stage_step_paths: dict[str, str] = field(default_factory=dict)
    """STAGE/STEP."""
    is_complete: bool = True
    """False where the opening stage is called something in another language that is not known here."""


def check_variant_targets(parts: Sequence[Section]) -> Iterator[Issue]:
    """Overrides in variants that name nothing."""
    variants = parts[0].node.get("variants") if parts else None
    if not isinstance(variants, MapNode) or not variants:
        return
    names = _collect_names(parts)
    if not names.is_complete:
        return
    for name, node in variants.items():
        if isinstance(node, MapNode):
            variant = Section("variant", ("variants", name), node)
            yield from _check_skips(variant, names)
            yield from _check_sets(variant, names)


def _check_skips(variant: Section, names: _TargetNames) -> Iterator[Issue]:
    known = {**names.tags, **names.stages}
    for loc, skip in variant.text_items("skip"):
        if skip.strip() and _normalize_target(skip) not in known:
            yield Issue(loc, f"{quoted(skip)} is no tag and no stage. {_suggest_names(skip, known)}")


def _check_sets(variant: Section, names: _TargetNames) -> Iterator[Issue]:
    plain = {**names.steps, **names.stages}
    known = {**names.stage_step_paths, **plain}
    changed = variant.node.get("set")
    for target in changed if isinstance(changed, MapNode) else ():
        if _normalize_target(target) not in known and _normalize_target(target) not in names.stage_tags:
            near = _suggest_names(target, known if "/" in target else plain)
            message = f"{quoted(target)} is no step and no stage. {near}"
            yield Issue((*variant.loc, "set", target), message, at_key=True)


def _normalize_target(name: str) -> str:
    return "/".join(normalize_name(part) for part in name.split("/"))


def _suggest_names(name: str, known: Mapping[str, str]) -> str:
    """The known names nearest to a mistyped one; all of them, where they are few, if none is near."""
    from rapidfuzz import process

    close = [
        known[form] for form, _, _ in process.extract(_normalize_target(name), list(known), limit=3, score_cutoff=60)
    ]
    if close:
        return f"Did you mean {' or '.join(map(quoted, close))}?"
    shown = [quoted(name) for name in islice(known.values(), 12)] + (["..."] if len(known) > 12 else [])
    return f"There is {', '.join(shown)}." if shown else "There is none."


def _collect_names(parts: Sequence[Section]) -> _TargetNames:
    names = _TargetNames()
    _add_opening_stage(parts[0], names)
    stage_names: list[str] = []
    for part in parts:
        own = [tag for _, tag in part.text_items("tags") if tag.strip()] if part.kind != "routine" else []
        names.tags.update({_normalize_target(tag): tag for tag in own})
        if part.kind != "step":
            names.stage_tags.update(map(_normalize_target, own))
        if part.kind == "stage":
            stage_names = _add_stage(part, names)
        elif part.kind == "step":
            _add_step(part, stage_names, names)
        elif part.kind == "switch" and part.ancestors[-1].each:
            names.steps.update(
                {
                    _normalize_target(step): step
                    for value in part.ancestors[-1].each[1]
                    for step in [f"switch to {value}"]
                }
            )
    return names


def _add_stage(part: Section, names: _TargetNames) -> list[str]:
    """Take in a stage's titles; all that it may be called in STAGE/STEP."""
    title = part.text("stage") or ""
    forms = part.expand_placeholders(title)
    if part.repeat_count > 1 and "{count}" not in title:
        forms = [f"{form} {number + 1}" for form in forms for number in range(part.repeat_count)]
    called = [*forms, title.split("{")[0].strip()]
    names.stages.update({_normalize_target(form): form for form in called if normalize_name(form)})
    inherited = [
        tag for around in part.path_from_root if around.kind != "routine" for _, tag in around.text_items("tags")
    ]
    return [*called, *inherited]


def _add_step(part: Section, stage_names: list[str], names: _TargetNames) -> None:
    given = part.text("step")
    words = next((text for _, text in part.spoken_texts()), None) or part.text("audio") or "quiet"
    forms = (
        part.expand_placeholders(given)
        if given
        else [derive_step_name(form) for form in part.expand_placeholders(strip_counters(words))]
    )
    for form in forms:
        names.steps[_normalize_target(form)] = form
        names.stage_step_paths.update(
            {_normalize_target(f"{stage}/{form}"): f"{stage}/{form}" for stage in stage_names}
        )


def _add_opening_stage(routine: Section, names: _TargetNames) -> None:
    safety, needs = routine.text_items("safety"), routine.text_items("needs")
    if not safety and not needs:
        return
    steps = [f"safety {number + 1}" for number in range(len(safety))] + (["needs"] if needs else [])
    names.stages[_normalize_target(OPENING_STAGE_TITLE)] = OPENING_STAGE_TITLE
    for step in steps:
        names.steps[step] = step
        names.stage_step_paths[_normalize_target(f"{OPENING_STAGE_TITLE}/{step}")] = f"{OPENING_STAGE_TITLE}/{step}"
    language = (routine.text("language") or "en").strip().lower()
    names.is_complete = language.startswith("en") and "phrases" not in routine.node
