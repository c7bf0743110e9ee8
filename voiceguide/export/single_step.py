"""Extract one step of a session as a separate session."""

from __future__ import annotations

from dataclasses import replace

from voiceguide.errors import OverrideError
from voiceguide.export.stage_files import excerpt_timeline
from voiceguide.script.model.inline_markup import normalize_name
from voiceguide.timeline.model import TimedStep, Timeline
from voiceguide.units import shorten

__all__ = ["find_step", "step_timeline"]

_MAX_SUGGESTIONS = 8


def find_step(timeline: Timeline, name: str) -> TimedStep:
    """Return the first step with a given name, which is written as STEP or STAGE/STEP, as in `--set`.

    Raises:
        OverrideError: There is no such step.
    """
    wanted = normalize_name(name)
    for stage in timeline.stages:
        for step in stage.steps:
            if wanted in (normalize_name(step.name), normalize_name(f"{stage.title}/{step.name}")):
                return step
    names = list(dict.fromkeys(step.name for stage in timeline.stages for step in stage.steps))
    known = ", ".join(names[:_MAX_SUGGESTIONS]) + (" and others" if len(names) > _MAX_SUGGESTIONS else "")
    raise OverrideError("step", shorten(name), f"no such step. The steps are: {known}.")


def step_timeline(timeline: Timeline, step: TimedStep) -> Timeline:
    """Return one step as a session that starts at zero."""
    stage = next(stage for stage in timeline.stages if any(each is step for each in stage.steps))
    alone = replace(stage, start=step.start, end=step.end, steps=(step,))
    return excerpt_timeline(timeline, alone, step.name)
