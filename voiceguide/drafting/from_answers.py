"""Draft a script from a few answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.drafting.outline import DraftItem, DraftStage, DraftStep, Outline
from voiceguide.drafting.script_writer import render_script
from voiceguide.drafting.step_names import assign_names, clean_title
from voiceguide.drafting.text.repetitions import DraftEach, substitute_each_side, substitute_named_side
from voiceguide.drafting.text.sentences import split_into_lines, split_into_sentences

__all__ = ["Answers", "StageAnswer", "script_from_answers"]


@dataclass(frozen=True)
class StageAnswer:
    """The answers for one stage."""

    title: str
    instructions: str
    """The text to speak."""
    seconds: float
    """The duration of the stage. If `both_sides` is true, the duration for each side."""
    both_sides: bool = False


@dataclass(frozen=True)
class Answers:
    """The answers for a routine and its stages."""

    title: str
    stages: Sequence[StageAnswer]
    needs: Sequence[str] = ()
    safety: Sequence[str] = ()
    bed: str = "rain"


def script_from_answers(answers: Answers) -> str:
    """Return the text of a script, with comments that list the alternatives."""
    stages = tuple(DraftStage(stage.title, tuple(_build_answer_steps(stage))) for stage in answers.stages)
    return render_script(
        Outline(
            title=clean_title(answers.title),
            stages=assign_names(stages),
            needs=tuple(map(DraftItem, answers.needs)),
            safety=tuple(
                DraftItem(line) for text in answers.safety for line in split_into_lines(split_into_sentences(text))
            ),
            bed=answers.bed,
        )
    )


def _build_answer_steps(stage: StageAnswer) -> list[DraftStep]:
    """Return one step per line of the instructions. The last step gets the duration and the sides."""
    *first_lines, last = split_into_lines(split_into_sentences(stage.instructions)) or [stage.title]
    each = None
    if stage.both_sides:
        last, each = (
            substitute_each_side(last)
            or substitute_named_side(last)
            or (f"Your {{side}} side. {last}", DraftEach("side", ("left", "right")))
        )
    name_source = stage.instructions if first_lines else last
    return [*map(DraftStep, first_lines), DraftStep(last, "for", stage.seconds, each=each, name=name_source)]
