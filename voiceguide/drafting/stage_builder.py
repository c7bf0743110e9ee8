"""A stage that is still growing: steps are added one by one, and quiet joins the words before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from voiceguide.drafting.outline import DraftStage, DraftStep
from voiceguide.drafting.text.durations import find_durations, strip_bare_durations

__all__ = ["StageBuilder", "parse_heading_duration"]

MIN_SHARE_S = 10


def parse_heading_duration(heading: str) -> float:
    """The seconds that a heading gives its stage, as in "Warm-up (5 minutes)"; 0 where it gives none."""
    times = find_durations(heading)
    return times[0].seconds if times and strip_bare_durations(heading) != heading else 0


@dataclass
class StageBuilder:
    """Steps under one heading, as far as they have been read."""

    title: str
    line: int
    steps: list[DraftStep] = field(default_factory=list)
    repeat: int = 1
    heading_duration_s: float = 0
    """Seconds that the heading gives to all of them."""

    def add(self, step: DraftStep) -> None:
        """Add a step; quiet without words goes to the step before it, where that has no time of its own."""
        last = self.steps[-1] if self.steps else None
        if step.say or last is None or (last.duration_key and not last.duration_guessed):
            self.steps.append(step)
        else:
            self.steps[-1] = replace(
                last, duration_key="pause", seconds=step.seconds, doubts=step.doubts, duration_guessed=False
            )

    def build(self) -> DraftStage:
        """The stage as it will be, the time in its heading shared out among the steps that have none."""
        steps = self.steps
        guessed = sum(step.duration_guessed for step in steps)
        if self.heading_duration_s and guessed:
            left = self.heading_duration_s - sum(
                step.seconds * step.repeat for step in steps if not step.duration_guessed
            )
            share = max(round(left / guessed), MIN_SHARE_S)
            doubts = ("a share of the time in the heading",)
            steps = [
                replace(step, duration_key="for", seconds=share, doubts=doubts) if step.duration_guessed else step
                for step in steps
            ]
        told = ("the text says to repeat it",) if self.repeat > 1 else ()
        return DraftStage(self.title, self.line, tuple(steps), self.repeat, told)
