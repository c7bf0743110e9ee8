"""Build a stage step by step, merging each pause into the instruction before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from voiceguide.drafting.outline import DraftStage, DraftStep
from voiceguide.drafting.text.durations import find_durations, strip_bare_durations
from voiceguide.drafting.text.repetitions import MAX_REPEATS

__all__ = ["StageBuilder", "parse_heading_duration"]

MIN_SHARE_S = 10


def parse_heading_duration(heading: str) -> float:
    """Return the duration, in seconds, given in a heading such as "Warm-up (5 minutes)", or 0 if it has none."""
    durations = find_durations(heading)
    return durations[0].seconds if durations and strip_bare_durations(heading) != heading else 0


@dataclass
class StageBuilder:
    """Collects the steps of a stage."""

    title: str
    steps: list[DraftStep] = field(default_factory=list)
    repeat: int = 1
    closing_remarks: tuple[str, ...] = ()
    heading_duration_s: float = 0
    """The total duration of the stage in seconds, or 0 if its heading does not give one."""

    def add(self, step: DraftStep) -> None:
        """Add a step. A bare pause becomes part of the previous step unless the text gives that step a duration."""
        last = self.steps[-1] if self.steps else None
        if step.say or last is None or (last.duration_key and not last.duration_guessed):
            self.steps.append(step)
        else:
            self.steps[-1] = replace(
                last, duration_key="pause", seconds=step.seconds, doubts=step.doubts, duration_guessed=False
            )

    def repeat_for(self, seconds: float) -> None:
        """Repeat the stage as often as is closest to a total duration."""
        once_s = sum(step.seconds * step.repeat for step in self.steps)
        self.repeat = min(max(round(seconds / once_s), 1), MAX_REPEATS) if once_s else 1

    def build(self) -> DraftStage:
        """Return the stage. Steps with guessed durations share the rest of the heading's duration equally."""
        steps = self.steps
        guessed = sum(step.duration_guessed for step in steps)
        if self.heading_duration_s and guessed:
            remaining = self.heading_duration_s - sum(
                step.seconds * step.repeat for step in steps if not step.duration_guessed
            )
            share = max(round(remaining / guessed), MIN_SHARE_S)
            doubts = ("a share of the heading's duration",)
            steps = [
                replace(step, duration_key="for", seconds=share, doubts=doubts) if step.duration_guessed else step
                for step in steps
            ]
        stage_doubts = ("the text says to repeat this stage",) if self.repeat > 1 else ()
        return DraftStage(self.title, tuple(steps), self.repeat, stage_doubts, closing_remarks=self.closing_remarks)
