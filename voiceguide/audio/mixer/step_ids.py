"""The steps that begin with words, each with a number that is its own whatever comes before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.system.disk_cache import digest
from voiceguide.timeline.model import Cue, TimedStage, TimedStep

__all__ = ["SpokenStep", "find_spoken_steps"]


@dataclass(frozen=True)
class SpokenStep:
    """A step and the words it begins with."""

    step: TimedStep
    speech_cue: Cue
    stable_id: int
    """Large, and as good as drawn by lot: from the names of stage and step, and how many have had the same."""


def find_spoken_steps(stages: Sequence[TimedStage]) -> list[SpokenStep]:
    """Those of the stages, in order."""
    result = []
    seen: Counter[tuple[str, str]] = Counter()
    for title, step in ((stage.title, step) for stage in stages for step in stage.steps):
        name = (title, step.name)
        seen[name] += 1
        words = next((cue for cue in step.cues if cue.opens_step and cue.line is not None), None)
        if words is not None:
            result.append(SpokenStep(step, words, int(digest(*name, str(seen[name])), 16)))
    return result
