"""Find the steps and stages that an override applies to.

`set` accepts STEP, STAGE/STEP, STAGE or a stage tag. `skip` accepts STAGE or any tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from voiceguide.errors import OverrideError
from voiceguide.script.model.inline_markup import normalize_name
from voiceguide.timeline.arrangement.model import ArrangedStage
from voiceguide.timeline.arrangement.overrides import suggest_names
from voiceguide.units import format_duration

__all__ = ["apply_length_overrides", "check_skips"]


def check_skips(skips: tuple[str, ...], stages: Sequence[ArrangedStage], tags: set[str]) -> None:
    """Check that every skip matches one of these stages or tags.

    Raises:
        OverrideError: A skip matches neither a stage nor a tag.
    """
    names = {normalize_name(tag) for tag in tags}.union(*(stage.override_names for stage in stages))
    for skip in skips:
        if normalize_name(skip) not in names:
            known = [*sorted(tags), *(stage.title for stage in stages)]
            raise OverrideError("skip", skip, f"no such tag or stage. {suggest_names(skip, known)}")


@dataclass(frozen=True)
class _LengthOverride:
    """A new length in samples for the steps or stages that match `target`."""

    target: str
    samples: int
    kind: Literal["stage", "step", "both"]
    """The kind of target. `both` means STAGE/STEP."""


def apply_length_overrides(
    stages: Sequence[ArrangedStage], all_stages: Sequence[ArrangedStage], sets: Mapping[str, int]
) -> list[ArrangedStage]:
    """Return the stages with the lengths in `sets` applied. `sets` maps targets to samples.

    If several targets match the same step or stage, the most specific one wins. STAGE/STEP is more specific than STEP.
    A stage's full title is more specific than its title prefix, and the prefix is more specific than a tag.

    A target that matches only skipped stages, which are in `all_stages` but not in `stages`, has no effect.

    Raises:
        OverrideError: A target matches nothing, or two equally specific targets give different lengths.
    """
    overrides = [_LengthOverride(target, samples, _target_kind(target, all_stages)) for target, samples in sets.items()]
    return [_apply_to_stage(stage, overrides) for stage in stages]


def _target_kind(target: str, stages: Sequence[ArrangedStage]) -> Literal["stage", "step", "both"]:
    """Return the kind of a target. A name shared by a step and a stage refers to the step."""
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
    # The steps of the opening stage have names that no script contains, such as "safety 1".
    written = [(stage, step) for stage in stages for step in stage.steps if not step.always_spoken]
    known = [f"{stage.title}/{step.name}" for stage, step in written] if "/" in target else []
    known += [step.name for _, step in written] + [stage.title for stage in stages]
    raise OverrideError("set", f'"{target}"', f"no such step or stage. {suggest_names(target, known)}")


def _stage_match_rank(name: str, stage: ArrangedStage) -> int | None:
    """Return how specifically a normalized name matches a stage, or None if it does not match."""
    if name not in stage.override_names:
        return None
    return 3 if name == normalize_name(stage.title) else 2 if name == stage.title_prefix else 1


def _stage_and_step_match_rank(target: str, stage: ArrangedStage, step_name: str) -> int | None:
    """Return how specifically STAGE/STEP matches a step, or None if it does not. Both names may contain slashes."""
    parts = target.split("/")
    for cut in range(1, len(parts)):
        if normalize_name("/".join(parts[cut:])) == step_name:
            rank = _stage_match_rank(normalize_name("/".join(parts[:cut])), stage)
            if rank is not None:
                return rank
    return None


def _apply_to_stage(stage: ArrangedStage, sets: Sequence[_LengthOverride]) -> ArrangedStage:
    matches = [(_stage_match_rank(normalize_name(each.target), stage), each) for each in sets if each.kind == "stage"]
    stage_length = _most_specific_length(matches, stage.title)
    steps = []
    for step in stage.steps:
        name = normalize_name(step.name)
        matches = [(_stage_and_step_match_rank(each.target, stage, name), each) for each in sets if each.kind == "both"]
        matches += [(0, each) for each in sets if each.kind == "step" and normalize_name(each.target) == name]
        length = _most_specific_length(matches, step.name)
        steps.append(step if length is None else replace(step, duration=length, pause=None, length_locked=True))
    return replace(stage, steps=tuple(steps), target_length=stage_length)


def _most_specific_length(ranked: Iterable[tuple[int | None, _LengthOverride]], name: str) -> int | None:
    """Return the length in samples from the highest-ranked override, or None if every rank is None."""
    matches = [(rank, each) for rank, each in ranked if rank is not None]
    best = [each for rank, each in matches if rank == max(rank for rank, _ in matches)]
    if not best:
        return None
    conflicting = next((each for each in best if each.samples != best[0].samples), None)
    if conflicting is not None:
        first, second = sorted((best[0], conflicting), key=lambda each: each.target)
        raise OverrideError(
            "set",
            f'"{first.target}" and "{second.target}"',
            f'both set the length of "{name}", one to {format_duration(first.samples)} and the other to '
            f"{format_duration(second.samples)}. Keep one.",
        )
    return best[0].samples
