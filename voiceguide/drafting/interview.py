"""From a few answers to a first script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.drafting.outline import DraftNote, DraftStage, DraftStep, Outline
from voiceguide.drafting.script_writer import render_script
from voiceguide.drafting.step_names import assign_names, clean_title
from voiceguide.drafting.text.repetitions import DraftEach, substitute_each_side, substitute_named_side
from voiceguide.drafting.text.sentences import split_into_lines, split_into_sentences

__all__ = ["Answers", "StageAnswer", "script_from_answers"]


@dataclass(frozen=True)
class StageAnswer:
    """One stage as it was told."""

    title: str
    instructions: str
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
    stages = tuple(DraftStage(stage.title, 1, tuple(_build_answer_steps(stage))) for stage in answers.stages)
    return render_script(
        Outline(
            title=clean_title(answers.title),
            stages=assign_names(stages),
            needs=tuple(DraftNote(text, 1) for text in answers.needs),
            safety=tuple(
                DraftNote(line, 1) for text in answers.safety for line in split_into_lines(split_into_sentences(text))
            ),
            bed=answers.bed,
        )
    )


def _build_answer_steps(stage: StageAnswer) -> list[DraftStep]:
    """The words in lines; the last has the time, and the sides."""
    *before, last = split_into_lines(split_into_sentences(stage.instructions)) or [stage.title]
    each = None
    if stage.both_sides:
        last, each = (
            substitute_each_side(last)
            or substitute_named_side(last)
            or (f"Your {{side}} side. {last}", DraftEach("side", ("left", "right")))
        )
    first = stage.instructions if before else last
    return [*(DraftStep(line, 1) for line in before), DraftStep(last, 1, "for", stage.seconds, each=each, name=first)]
