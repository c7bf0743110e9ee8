"""Chimes between stages and the ending bell: in time that is there already, never over words."""

from __future__ import annotations

from dataclasses import replace

from voiceguide.errors import Problem, timeline_warning
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.model import Cue, TimedStage, TimedStep
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["place_chimes"]

STAGE_CHIME_SAMPLES = 2 * SAMPLE_RATE
ENDING_BELL_SAMPLES = 6 * SAMPLE_RATE
MIN_CHIME_SAMPLES = SAMPLE_RATE * 3 // 4
"""A chime in less room than this would be a click."""
SPEECH_TO_CHIME_GAP_SAMPLES = SAMPLE_RATE // 10


def place_chimes(arrangement: Arrangement, stages: list[TimedStage]) -> tuple[list[TimedStage], list[Problem]]:
    """The stages with their closing chimes, and advice where there is no room for one."""
    result, advice = [], []
    for index, (planned, stage) in enumerate(zip(arrangement.stages, stages, strict=True)):
        if planned.chime == "none":
            result.append(stage)
            continue
        last = index == len(stages) - 1
        rung = _add_chime(stage, planned.chime, ENDING_BELL_SAMPLES if last else STAGE_CHIME_SAMPLES)
        if rung is None:
            what = "ending bell" if last else "chime"
            advice.append(
                timeline_warning(
                    stage.steps[-1].yaml_path,
                    f'There is no room for the {what} at the end of "{stage.title}". '
                    f'Give its last step, "{stage.steps[-1].name}", a pause of {format_duration(STAGE_CHIME_SAMPLES)} or more.',
                )
            )
        result.append(rung or stage)
    return result, advice


def _add_chime(stage: TimedStage, chime: str, max_length: int) -> TimedStage | None:
    """The stage with a chime in its last samples, or None where words go on to its very end."""
    busy = max(
        (cue.end + SPEECH_TO_CHIME_GAP_SAMPLES for step in stage.steps for cue in step.cues), default=stage.start
    )
    at = max(stage.end - max_length, busy, stage.start)
    if stage.end - at < MIN_CHIME_SAMPLES:
        return None
    cue = Cue(at, "chime", stage.end - at, chime=chime, yaml_path=stage.steps[-1].yaml_path)
    steps = [_add_cue(step, cue) if step.start <= at < step.end else step for step in stage.steps]
    return replace(stage, steps=tuple(steps))


def _add_cue(step: TimedStep, cue: Cue) -> TimedStep:
    return replace(step, cues=(*step.cues, cue))
