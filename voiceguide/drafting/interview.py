"""From a few answers to a first script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.drafting.outline import DraftStage, DraftStep, Note, Outline
from voiceguide.drafting.script_writer import script_text
from voiceguide.drafting.step_names import named, stage_title
from voiceguide.drafting.text.repetitions import DraftEach, each_in, with_side
from voiceguide.drafting.text.sentences import sentences_of, short_lines

__all__ = ["Answers", "StageAnswer", "script_from_answers"]


@dataclass(frozen=True)
class StageAnswer:
    """One stage as it was told."""

    title: str
    words: str
    """What to do."""
    seconds: float
    """How long, on each side where there are two."""
    both_sides: bool = False


@dataclass(frozen=True)
class Answers:
    """What was asked for."""

    title: str
    stages: Sequence[StageAnswer]
    needs: Sequence[str] = ()
    safety: Sequence[str] = ()
    bed: str = "rain"


def script_from_answers(answers: Answers) -> str:
    """The text of a script, with comments that say what else there is."""
    stages = tuple(DraftStage(stage.title, 1, tuple(_steps(stage))) for stage in answers.stages)
    return script_text(
        Outline(
            title=stage_title(answers.title),
            stages=named(stages),
            needs=tuple(Note(text, 1) for text in answers.needs),
            safety=tuple(Note(line, 1) for text in answers.safety for line in short_lines(sentences_of(text))),
            bed=answers.bed,
        )
    )


def _steps(stage: StageAnswer) -> list[DraftStep]:
    """The words in lines; the last has the time, and the sides."""
    *before, last = short_lines(sentences_of(stage.words)) or [stage.title]
    each = None
    if stage.both_sides:
        last, each = (
            each_in(last) or with_side(last) or (f"Your {{side}} side. {last}", DraftEach("side", ("left", "right")))
        )
    first = stage.words if before else last
    return [*(DraftStep(line, 1) for line in before), DraftStep(last, 1, "for", stage.seconds, each=each, name=first)]
