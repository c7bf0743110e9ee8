"""Which steps and stages an override means: --set STEP, --set STAGE/STEP, --set STAGE, --skip TAG or STAGE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError
from voiceguide.script.model.inline_markup import normalize_name
from voiceguide.timeline.arrangement.model import ArrangedStage
from voiceguide.timeline.arrangement.overrides import suggest_names
from voiceguide.units import format_duration

__all__ = ["apply_length_overrides", "check_skips"]


def check_skips(skips: tuple[str, ...], stages: Sequence[ArrangedStage], tags: set[str]) -> None:
    """Refuse a skip that names nothing among all the stages and tags there are."""
    for skip in skips:
        if not any(normalize_name(skip) in stage.override_names for stage in stages) and normalize_name(
            skip
        ) not in map(normalize_name, tags):
            known = [*sorted(tags), *(stage.title for stage in stages)]
            raise OverrideError("skip", skip, f"no such tag or stage. {suggest_names(skip, known)}")


@dataclass(frozen=True)
class _LengthOverride:
    """One --set: what it names, and how long that shall last, in samples."""

    target: str
    samples: int
    kind: str
    """`stage`, `step`, or `both` for STAGE/STEP."""


def apply_length_overrides(
    stages: Sequence[ArrangedStage], all_stages: Sequence[ArrangedStage], sets: Mapping[str, int]
) -> list[ArrangedStage]:
    """The stages with every --set applied. Where several mean one step or stage, the nearer name wins: STAGE/STEP
    before a step's name, a stage's full title before what the titles of all its turns begin with, that before its tags.

    A name of something in `everything` that is not among `stages`, since it is skipped, changes nothing.

    Raises:
        OverrideError: for a target that is nowhere, and for two that are equally near and ask for different times.
    """
    known = [_LengthOverride(target, samples, _target_kind(target, all_stages)) for target, samples in sets.items()]
    return [_apply_to_stage(stage, known) for stage in stages] if known else list(stages)


def _target_kind(target: str, stages: Sequence[ArrangedStage]) -> str:
    """What a target names; a step's name goes before a stage's."""
    if any(
        _stage_and_step_match_rank(target, stage, normalize_name(step.name)) is not None
        for stage in stages
        for step in stage.steps
    ):
        return "both"
    name = normalize_name(target)
    if any(normalize_name(step.name) == name for stage in stages for step in stage.steps):
        return "step"
    if any(name in stage.override_names for stage in stages):
        return "stage"
    known: list[str] = []
    if "/" in target:
        known = [f"{stage.title}/{step.name}" for stage in stages for step in stage.steps]
    known += [step.name for stage in stages for step in stage.steps] + [stage.title for stage in stages]
    raise OverrideError("set", f'"{target}"', f"no such step or stage. {suggest_names(target, known)}")


def _stage_match_rank(name: str, stage: ArrangedStage) -> int | None:
    """How nearly a name in normal form means a stage; None where it does not."""
    if name not in stage.override_names:
        return None
    return 3 if name == normalize_name(stage.title) else 2 if name == stage.title_prefix else 1


def _stage_and_step_match_rank(target: str, stage: ArrangedStage, step_name: str) -> int | None:
    """How nearly STAGE/STEP means a step, given in normal form; either name may have a slash in it too."""
    parts = target.split("/")
    for cut in range(1, len(parts)):
        if normalize_name("/".join(parts[cut:])) == step_name:
            rank = _stage_match_rank(normalize_name("/".join(parts[:cut])), stage)
            if rank is not None:
                return rank
    return None


def _apply_to_stage(stage: ArrangedStage, sets: Sequence[_LengthOverride]) -> ArrangedStage:
    whole = [(_stage_match_rank(normalize_name(each.target), stage), each) for each in sets if each.kind == "stage"]
    target = _most_specific_length(whole, stage.title)
    steps = []
    for step in stage.steps:
        name = normalize_name(step.name)
        found = [(_stage_and_step_match_rank(each.target, stage, name), each) for each in sets if each.kind == "both"]
        found += [(0, each) for each in sets if each.kind == "step" and normalize_name(each.target) == name]
        length = _most_specific_length(found, step.name)
        steps.append(step if length is None else replace(step, duration=length, pause=None, length_locked=True))
    return replace(stage, steps=tuple(steps), target_length=target)


def _most_specific_length(ranked: Iterable[tuple[int | None, _LengthOverride]], name: str) -> int | None:
    """The samples of the --set with the highest rank; None where none means this."""
    found = [(rank, each) for rank, each in ranked if rank is not None]
    best = [each for rank, each in found if rank == max(rank for rank, _ in found)]
    if not best:
        return None
    other = next((each for each in best if each.samples != best[0].samples), None)
    if other is not None:
        first, second = sorted((best[0], other), key=lambda each: each.target)
        raise OverrideError(
            "set",
            f'"{first.target}" and "{second.target}"',
            f'both change "{name}", to {format_duration(first.samples)} and to {format_duration(second.samples)}. '
            "Keep one.",
        )
    return best[0].samples
