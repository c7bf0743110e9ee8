"""Chimes between stages and the ending bell: in time that is there already, never over words."""

from __future__ import annotations

from dataclasses import replace

from voiceguide.timeline.arrangement.model import Plan
from voiceguide.timeline.model import Advice, Cue, TimedStage, TimedStep
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["ring"]

STAGE_CHIME = 2 * SAMPLE_RATE
ENDING_BELL = 6 * SAMPLE_RATE
SHORTEST = SAMPLE_RATE * 3 // 4
"""A chime in less room than this would be a click."""
AFTER_WORDS = SAMPLE_RATE // 10


def ring(plan: Plan, stages: list[TimedStage]) -> tuple[list[TimedStage], list[Advice]]:
    """The stages with their closing chimes, and advice where there is no room for one."""
    result, advice = [], []
    for index, (planned, stage) in enumerate(zip(plan.stages, stages, strict=True)):
        if planned.chime == "none":
            result.append(stage)
            continue
        last = index == len(stages) - 1
        rung = _rung(stage, planned.chime, ENDING_BELL if last else STAGE_CHIME)
        if rung is None:
            what = "ending bell" if last else "chime"
            advice.append(
                Advice(
                    stage.steps[-1].path,
                    f'There is no room for the {what} at the end of "{stage.title}". '
                    f'Give its last step, "{stage.steps[-1].name}", a pause of {format_duration(STAGE_CHIME)} or more.',
                )
            )
        result.append(rung or stage)
    return result, advice


def _rung(stage: TimedStage, chime: str, longest: int) -> TimedStage | None:
    """The stage with a chime in its last samples, or None where words go on to its very end."""
    busy = max((cue.end + AFTER_WORDS for step in stage.steps for cue in step.cues), default=stage.start)
    at = max(stage.end - longest, busy, stage.start)
    if stage.end - at < SHORTEST:
        return None
    cue = Cue(at, "chime", stage.end - at, chime=chime, path=stage.steps[-1].path)
    steps = [_with(step, cue) if step.start <= at < step.end else step for step in stage.steps]
    return replace(stage, steps=tuple(steps))


def _with(step: TimedStep, cue: Cue) -> TimedStep:
    return replace(step, cues=(*step.cues, cue))
