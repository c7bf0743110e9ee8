"""Rules about variants: `skip` takes tags and stages; `set` takes steps, STAGE/STEP, stages and stage tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from voiceguide.script.model.inline_markup import OPENING_STAGE_TITLE, derive_step_name, normalize_name, strip_counters
from voiceguide.script.parsing.nodes import MapNode, join_or, quoted
from voiceguide.script.rules.traversal import Issue, Section

__all__ = ["check_variant_targets"]


@dataclass
class _TargetNames:
    """The names that a variant can use. The dictionaries map normalized names to the names as written."""

    tags: dict[str, str] = field(default_factory=dict)
    stage_tags: set[str] = field(default_factory=set)
    """The normalized tags of stages and groups. These tags work in both `set` and `skip`; step tags work only in
    `skip`."""
    stages: dict[str, str] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)
    stage_step_paths: dict[str, str] = field(default_factory=dict)
    """Paths of the form STAGE/STEP."""
    built_in_steps: set[str] = field(default_factory=set)
    """The normalized names and paths of the opening steps, such as "safety 1". These names are accepted but not
    suggested."""
    is_complete: bool = True
    """False if the opening stage may have an unknown title."""


def check_variant_targets(sections: Sequence[Section]) -> Iterator[Issue]:
    """Find names in `skip` and `set` that do not exist in the script."""
    variants = sections[0].node.get("variants") if sections else None
    if not isinstance(variants, MapNode) or not variants:
        return
    names = _collect_names(sections)
    if not names.is_complete:
        return
    for name, node in variants.items():
        if isinstance(node, MapNode):
            variant = Section("variant", ("variants", name), node)
            yield from _check_skips(variant, names)
            yield from _check_sets(variant, names)


def _check_skips(variant: Section, names: _TargetNames) -> Iterator[Issue]:
    known = {**names.tags, **names.stages}
    for loc, skip in variant.texts_in_list("skip"):
        if skip.strip() and _normalize_target(skip) not in known:
            yield Issue(loc, f"No tag or stage is named {quoted(skip)}. {_suggest_names(skip, known)}")


def _check_sets(variant: Section, names: _TargetNames) -> Iterator[Issue]:
    single_names = {**names.steps, **names.stages}
    known = {**names.stage_step_paths, **single_names}
    durations = variant.node.get("set")
    for target in durations if isinstance(durations, MapNode) else ():
        if _normalize_target(target) not in known and _normalize_target(target) not in names.stage_tags:
            candidates = known if "/" in target else single_names
            suggested = {key: name for key, name in candidates.items() if key not in names.built_in_steps}
            suggestion = _suggest_names(target, suggested)
            message = f"No step or stage is named {quoted(target)}. {suggestion}"
            yield Issue((*variant.loc, "set", target), message, at_key=True)


def _normalize_target(name: str) -> str:
    return "/".join(normalize_name(part) for part in name.split("/"))


def _suggest_names(name: str, known: Mapping[str, str]) -> str:
    """Suggest the known names closest to a mistyped one. If none is close, list up to 12 of them."""
    from rapidfuzz import process

    close = [
        known[match] for match, _, _ in process.extract(_normalize_target(name), list(known), limit=3, score_cutoff=60)
    ]
    if close:
        return f"Did you mean {join_or([quoted(match) for match in close])}?"
    shown = ", ".join(quoted(name) for name in islice(known.values(), 12))
    return f"Available: {shown}{' and others' if len(known) > 12 else ''}." if shown else "This routine has none."


def _collect_names(sections: Sequence[Section]) -> _TargetNames:
    names = _TargetNames()
    _add_opening_stage(sections[0], names)
    stage_names: list[str] = []
    for section in sections:
        tags = [tag for _, tag in section.texts_in_list("tags") if tag.strip()] if section.kind != "routine" else []
        names.tags.update({_normalize_target(tag): tag for tag in tags})
        if section.kind != "step":
            names.stage_tags.update(map(_normalize_target, tags))
        if section.kind == "stage":
            stage_names = _add_stage(section, names)
        elif section.kind == "step":
            _add_step(section, stage_names, names)
        elif section.kind == "switch" and section.ancestors[-1].each:
            for value in section.ancestors[-1].each[1]:
                names.steps[_normalize_target(f"switch to {value}")] = f"switch to {value}"
    return names


def _add_stage(section: Section, names: _TargetNames) -> list[str]:
    """Add the names of a stage. Return every name that can be used as STAGE in STAGE/STEP."""
    title = section.text("stage") or ""
    titles = section.expand_placeholders(title)
    if section.repeat_count > 1 and "{count}" not in title:
        titles = [f"{expanded} {number + 1}" for expanded in titles for number in range(section.repeat_count)]
    titles = [*titles, title.split("{")[0].strip()]
    names.stages.update({_normalize_target(name): name for name in titles if normalize_name(name)})
    tags = [
        tag for outer in section.path_from_root if outer.kind != "routine" for _, tag in outer.texts_in_list("tags")
    ]
    return [*titles, *tags]


def _add_step(section: Section, stage_names: list[str], names: _TargetNames) -> None:
    given_name = section.text("step")
    silent_name = "breathe" if "breathe" in section.node else "quiet"
    text = next((text for _, text in section.spoken_texts()), None) or section.text("audio") or silent_name
    step_names = (
        section.expand_placeholders(given_name)
        if given_name
        else [derive_step_name(expanded) for expanded in section.expand_placeholders(strip_counters(text))]
    )
    for name in step_names:
        names.steps[_normalize_target(name)] = name
        names.stage_step_paths.update(
            {_normalize_target(f"{stage}/{name}"): f"{stage}/{name}" for stage in stage_names}
        )


def _add_opening_stage(routine: Section, names: _TargetNames) -> None:
    safety, needs = routine.texts_in_list("safety"), routine.texts_in_list("needs")
    if not safety and not needs:
        return
    steps = [f"safety {number + 1}" for number in range(len(safety))] + (["needs"] if needs else [])
    names.stages[_normalize_target(OPENING_STAGE_TITLE)] = OPENING_STAGE_TITLE
    for step in steps:
        path = f"{OPENING_STAGE_TITLE}/{step}"
        names.steps[step] = step
        names.stage_step_paths[_normalize_target(path)] = path
        names.built_in_steps |= {step, _normalize_target(path)}
    language = (routine.text("language") or "en").strip().lower()
    names.is_complete = language.startswith("en") and "phrases" not in routine.node
