"""Stable IDs for steps that start with speech. They do not change when earlier steps are edited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.system.disk_cache import digest
from voiceguide.timeline.model import Cue, TimedStage, TimedStep

__all__ = ["SpokenStep", "find_spoken_steps"]


@dataclass(frozen=True)
class SpokenStep:
    """A step that starts with speech."""

    step: TimedStep
    speech_cue: Cue
    """The speech at the start of the step."""
    stable_id: int
    """A large pseudo-random number derived from the name of the stage, the name of the step, and the number of times
    that this pair of names has occurred so far."""


def find_spoken_steps(stages: Sequence[TimedStage]) -> list[SpokenStep]:
    """Return the steps that start with speech, in order."""
    result = []
    occurrences: Counter[tuple[str, str]] = Counter()
    for title, step in ((stage.title, step) for stage in stages for step in stage.steps):
        name = (title, step.name)
        occurrences[name] += 1
        cue = next((cue for cue in step.cues if cue.opens_step and cue.line is not None), None)
        if cue is not None:
            result.append(SpokenStep(step, cue, int(digest(*name, str(occurrences[name])), 16)))
    return result
