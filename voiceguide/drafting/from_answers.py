"""Draft a script from a few answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.drafting.outline import DraftItem, DraftStage, DraftStep, Outline
from voiceguide.drafting.script_writer import render_script
from voiceguide.drafting.step_names import finish_outline
from voiceguide.drafting.text.durations import find_durations
from voiceguide.drafting.text.repetitions import DraftEach, substitute_each_side, substitute_named_side
from voiceguide.drafting.text.sentences import split_into_lines, split_into_sentences
from voiceguide.units import DurationError, parse_duration, seconds_to_samples

__all__ = ["Answers", "StageAnswer", "StepAnswer", "parse_spoken_duration", "script_from_answers"]

_SIDES = DraftEach("side", ("left", "right"))
_REWORDED = (
    (re.compile(r"\b(\w+) and a half (hour|minute)s?\b", re.IGNORECASE), r"\1 \2s and a half"),
    (re.compile(r"(?:a )?quarter (?:of an|hour)\b(?: hour)?", re.IGNORECASE), "15 minutes"),
    (re.compile(r"\b1/2 (?:an )?(hour|minute)\b", re.IGNORECASE), r"half a \1"),
)
"""Duration formats that are rare in instructions, and their replacements."""


@dataclass(frozen=True)
class StepAnswer:
    """The answers for one step."""

    instructions: str
    """The text to speak."""
    seconds: float
    """The duration of the step. If the stage is for both sides, this is the duration on each side."""


@dataclass(frozen=True)
class StageAnswer:
    """The answers for one stage."""

    title: str
    steps: Sequence[StepAnswer]
    both_sides: bool = False
    """Whether the stage is played first for the left side and then for the right side."""

    @property
    def seconds(self) -> float:
        """The total duration of the stage, including both sides if it has them."""
        return sum(step.seconds for step in self.steps) * (2 if self.both_sides else 1)


@dataclass(frozen=True)
class Answers:
    """The answers for a routine and its stages."""

    title: str
    stages: Sequence[StageAnswer]
    needs: Sequence[str] = ()
    safety: Sequence[str] = ()
    bed: str = "rain"


def parse_spoken_duration(text: str) -> int:
    """Parse a duration such as `3 minutes`, `half an hour`, `90s` or `3:00`, and return it in samples.

    Raises:
        DurationError: The text is not a duration, or has no unit. The message says what to write instead.
    """
    try:
        return parse_duration(text)
    except DurationError:
        written = text.strip(" .")
        for pattern, plain in _REWORDED:
            written = pattern.sub(plain, written)
        found = find_durations(written)
        if len(found) != 1 or found[0].end - found[0].start < len(written):
            raise
        return seconds_to_samples(found[0].seconds)


def script_from_answers(answers: Answers) -> str:
    """Return the text of a script, with comments that list the alternatives."""
    outline = Outline(
        title=answers.title,
        stages=tuple(_build_stage(stage) for stage in answers.stages),
        needs=tuple(map(DraftItem, answers.needs)),
        safety=tuple(
            DraftItem(line) for text in answers.safety for line in split_into_lines(split_into_sentences(text))
        ),
        bed=answers.bed,
    )
    return render_script(finish_outline(outline))


def _build_stage(stage: StageAnswer) -> DraftStage:
    """Return a stage.

    If it is for both sides, the whole stage is repeated for each side. In a stage with only one step, just the step is
    repeated.
    """
    if stage.both_sides and len(stage.steps) > 1:
        first, *rest = (draft for step in stage.steps for draft in _build_steps(step, stage.title))
        opening = DraftStep(f"Your {{side}} side. {first.say}", first.duration_key, first.seconds, name=first.name)
        return DraftStage(stage.title, (opening, *rest), each=_SIDES)
    steps = [draft for step in stage.steps for draft in _build_steps(step, stage.title, stage.both_sides)]
    return DraftStage(stage.title, tuple(steps))


def _build_steps(step: StepAnswer, title: str, both_sides: bool = False) -> list[DraftStep]:
    """Return one step per line of the instructions. The last step gets the duration and the sides."""
    *first_lines, last = split_into_lines(split_into_sentences(step.instructions)) or [title]
    each = None
    if both_sides:
        last, each = (
            substitute_each_side(last) or substitute_named_side(last) or (f"Your {{side}} side. {last}", _SIDES)
        )
    name_source = step.instructions if first_lines else last
    return [*map(DraftStep, first_lines), DraftStep(last, "for", step.seconds, each=each, name=name_source)]
