"""A stage that is still growing: steps are added one by one, and quiet joins the words before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from voiceguide.drafting.outline import DraftStage, DraftStep
from voiceguide.drafting.text.durations import times_in, without_bare_times

__all__ = ["GrowingStage", "heading_time"]

SHORTEST_SHARE_S = 10


def heading_time(heading: str) -> float:
    """The seconds that a heading gives its stage, as in "Warm-up (5 minutes)"; 0 where it gives none."""
    times = times_in(heading)
    return times[0].seconds if times and without_bare_times(heading) != heading else 0


@dataclass
class GrowingStage:
    """Steps under one heading, as far as they have been read."""

    title: str
    line: int
    steps: list[DraftStep] = field(default_factory=list)
    repeat: int = 1
    heading_s: float = 0
    """Seconds that the heading gives to all of them."""

    def add(self, step: DraftStep) -> None:
        """Add a step; quiet without words goes to the step before it, where that has no time of its own."""
        last = self.steps[-1] if self.steps else None
        if step.say or last is None or (last.key and not last.invented):
            self.steps.append(step)
        else:
            self.steps[-1] = replace(last, key="pause", seconds=step.seconds, doubts=step.doubts, invented=False)

    def finished(self) -> DraftStage:
        """The stage as it will be, the time in its heading shared out among the steps that have none."""
        steps = self.steps
        guessed = sum(step.invented for step in steps)
        if self.heading_s and guessed:
            left = self.heading_s - sum(step.seconds * step.repeat for step in steps if not step.invented)
            share = max(round(left / guessed), SHORTEST_SHARE_S)
            doubts = ("a share of the time in the heading",)
            steps = [
                replace(step, key="for", seconds=share, doubts=doubts) if step.invented else step for step in steps
            ]
        told = ("the text says to repeat it",) if self.repeat > 1 else ()
        return DraftStage(self.title, self.line, tuple(steps), self.repeat, told)
