"""Add the chimes between stages and the ending bell. These chimes play in existing silence and never overlap speech."""

from __future__ import annotations

from dataclasses import replace

from voiceguide.builtin_names import NONE
from voiceguide.errors import Problem, timeline_warning
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.model import ChimeSettings, Cue, TimedStage
from voiceguide.timeline.scheduling.cue_builder import CHIME_SAMPLES, MIN_CHIME_SAMPLES
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["ENDING_BELL_SAMPLES", "place_chimes"]

ENDING_BELL_SAMPLES = 6 * SAMPLE_RATE
CUE_TO_CHIME_GAP_SAMPLES = SAMPLE_RATE // 10


def place_chimes(arrangement: Arrangement, stages: list[TimedStage]) -> tuple[list[TimedStage], list[Problem]]:
    """Return the stages with a chime added at the end of each, and a warning for each stage with no room for one."""
    result, warnings = [], []
    for index, (arranged, stage) in enumerate(zip(arrangement.stages, stages, strict=True)):
        if arranged.chime.sound == NONE:
            result.append(stage)
            continue
        is_last = index == len(stages) - 1
        with_chime = _with_chime_at_end(stage, arranged.chime, ENDING_BELL_SAMPLES if is_last else CHIME_SAMPLES)
        if with_chime is None:
            what, step = "ending bell" if is_last else "chime", stage.steps[-1]
            pause = f"a pause of at least {format_duration(CHIME_SAMPLES)}"
            advice = f'Give the last step, "{step.name}", {pause}.'
            if arranged.steps[-1].breathes:
                advice = f"Add a step after the breaths with {pause}."
            message = f'There is no room for the {what} at the end of "{stage.title}". {advice}'
            warnings.append(timeline_warning(step.yaml_path, message))
        result.append(with_chime or stage)
    return result, warnings


def _with_chime_at_end(stage: TimedStage, chime: ChimeSettings, max_length: int) -> TimedStage | None:
    """Return the stage with a chime at its end, or None if there is no room after its last cue."""
    cue_ends = (cue.end + CUE_TO_CHIME_GAP_SAMPLES for step in stage.steps for cue in step.cues)
    start = max(stage.end - max_length, stage.start, *cue_ends)
    if stage.end - start < MIN_CHIME_SAMPLES:
        return None
    cue = Cue(start, "chime", stage.end - start, chime=chime, yaml_path=stage.steps[-1].yaml_path)
    steps = (replace(step, cues=(*step.cues, cue)) if step.start <= start < step.end else step for step in stage.steps)
    return replace(stage, steps=tuple(steps))
