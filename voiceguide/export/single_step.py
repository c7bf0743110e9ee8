"""Extract one step of a session as a separate session."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError
from voiceguide.script.model.inline_markup import normalize_name
from voiceguide.timeline.model import TimedStage, TimedStep, Timeline
from voiceguide.units import shorten

__all__ = ["StepSection", "find_step"]

_MAX_SUGGESTIONS = 8


@dataclass(frozen=True)
class StepSection:
    """One step of a session, as a separate session."""

    timeline: Timeline
    """The step as a session that starts at zero."""
    start: int
    """Position of the step in the whole session, in samples."""
    stop: int


def find_step(timeline: Timeline, name: str) -> StepSection:
    """Return the first step with a given name, which is written as STEP or STAGE/STEP, as in `--set`.

    Raises:
        OverrideError: There is no such step.
    """
    wanted = normalize_name(name)
    for stage in timeline.stages:
        for step in stage.steps:
            if wanted in (normalize_name(step.name), normalize_name(f"{stage.title}/{step.name}")):
                return _section(timeline, stage, step)
    names = list(dict.fromkeys(step.name for stage in timeline.stages for step in stage.steps))
    known = ", ".join(names[:_MAX_SUGGESTIONS]) + (", ..." if len(names) > _MAX_SUGGESTIONS else "")
    raise OverrideError("step", shorten(name), f"no such step. The steps are: {known}.")


def _section(timeline: Timeline, stage: TimedStage, step: TimedStep) -> StepSection:
    cues = tuple(replace(cue, start=cue.start - step.start) for cue in step.cues)
    alone = replace(step, start=0, end=step.length, cues=cues)
    part = replace(
        timeline,
        title=f"{timeline.title}: {step.name}",
        stages=(replace(stage, start=0, end=step.length, steps=(alone,)),),
        total=step.length,
        warnings=(),
    )
    return StepSection(part, step.start, step.end)
