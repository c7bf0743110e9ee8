"""Which steps and stages an override means: --set STEP, --set STAGE/STEP, --set STAGE, --skip TAG or STAGE."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from voiceguide.errors import OverrideError
from voiceguide.timeline.overrides import near, normal
from voiceguide.timeline.plan import PlannedStage, PlannedStep

__all__ = ["apply_sets", "check_skips"]


def check_skips(skips: tuple[str, ...], stages: list[PlannedStage], tags: set[str]) -> None:
    """Refuse a skip that names nothing, or that leaves nothing."""
    for skip in skips:
        if not any(normal(skip) in stage.names for stage in stages) and normal(skip) not in map(normal, tags):
            known = [*sorted(tags), *(stage.title for stage in stages)]
            raise OverrideError(f"--skip {skip}: there is no such tag or stage. {near(skip, known)}")


def apply_sets(stages: list[PlannedStage], sets: Mapping[str, int]) -> list[PlannedStage]:
    """The stages with every --set applied: stages first, then steps, then STAGE/STEP, so that the nearer name wins.

    Raises:
        OverrideError: for a target that is not there, and when every stage has been skipped.
    """
    if not stages:
        raise OverrideError("Nothing is left to do: every stage is skipped. Leave out one --skip.")
    kinds = sorted(((_kind(target, stages), target, samples) for target, samples in sets.items()), key=lambda kind: kind[0])
    for kind, target, samples in kinds:
        if kind == 0:
            stages = [_stage_set(stage, samples) if normal(target) in _titles(stage) else stage for stage in stages]
        else:
            stages = [_steps_set(stage, target, samples, inside=kind == 2) for stage in stages]
    return stages


def _titles(stage: PlannedStage) -> frozenset[str]:
    return stage.names


def _kind(target: str, stages: list[PlannedStage]) -> int:
    """0 for a stage, 1 for a step, 2 for STAGE/STEP."""
    if "/" in target and any(_means(step, stage, target, inside=True) for stage in stages for step in stage.steps):
        return 2
    name = normal(target)
    if any(step for stage in stages for step in stage.steps if normal(step.name) == name):
        return 1
    if any(name in stage.names for stage in stages):
        return 0
    known: list[str] = []
    if "/" in target:
        known = [f"{stage.title}/{step.name}" for stage in stages for step in stage.steps]
    known += [step.name for stage in stages for step in stage.steps] + [stage.title for stage in stages]
    raise OverrideError(f'--set "{target}": there is no such step or stage. {near(target, known)}')


def _means(step: PlannedStep, stage: PlannedStage, target: str, inside: bool) -> bool:
    if not inside:
        return normal(step.name) == normal(target)
    head, _, tail = target.partition("/")
    return normal(head) in stage.names and normal(tail) == normal(step.name)


def _stage_set(stage: PlannedStage, samples: int) -> PlannedStage:
    return replace(stage, target=samples)


def _steps_set(stage: PlannedStage, target: str, samples: int, inside: bool) -> PlannedStage:
    steps: Iterable[PlannedStep] = (
        replace(step, duration=samples, pause=None, held=True) if _means(step, stage, target, inside) else step
        for step in stage.steps
    )
    return replace(stage, steps=tuple(steps))
