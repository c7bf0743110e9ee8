"""The questions that `voiceguide new` asks: title, needs, precautions, background, and the stages with their steps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli.output import escape_control_characters
from voiceguide.cli.prompts import ask, ask_yes_no

if TYPE_CHECKING:
    from voiceguide.drafting import Answers, StageAnswer, StepAnswer

__all__ = ["draft_from_answers"]

DURATION_EXAMPLES = '90s, 5m, 3:00, "half an hour"'


def draft_from_answers(target: Path | None) -> str:
    """Ask the questions, show a summary, and return the script once it is confirmed.

    Raises:
        VoiceguideError: The summary was rejected.
    """
    from voiceguide.builtin_names import BED_NAMES
    from voiceguide.drafting import Answers, script_from_answers
    from voiceguide.errors import VoiceguideError

    title = ask("Title", "My routine")
    needs = _ask_optional("What you need, separated by commas (Enter for nothing)")
    safety = _ask_optional("Precautions (Enter for none)")
    bed = ask("Background", "rain", choices=BED_NAMES)
    stages = [_ask_about_stage(1)]
    while ask_yes_no("Another stage", default=len(stages) < 2):
        stages.append(_ask_about_stage(len(stages) + 1))
    named_needs = [need.strip() for need in needs.split(",") if need.strip()]
    answers = Answers(title, stages, named_needs, [safety] if safety.strip() else [], bed)
    while True:
        _print_summary(answers)
        choice = _ask_to_confirm(target, len(stages))
        if choice == "y":
            return script_from_answers(answers)
        if choice == "n":
            raise VoiceguideError("Nothing was written.")
        stages[int(choice) - 1] = _ask_about_stage(int(choice))


def _ask_optional(question: str) -> str:
    answer: str = ask(question, "")
    return answer


def _ask_about_stage(number: int) -> StageAnswer:
    from voiceguide.drafting import StageAnswer

    title = ask(f"Title of stage {number}")
    steps = [_ask_about_step(ask("  Instruction to speak"))]
    while words := _ask_optional("  Next instruction (Enter if there is none)").strip():
        steps.append(_ask_about_step(words))
    both = ask_yes_no("  Repeat it on the left and on the right", default=False)
    return StageAnswer(title, steps, both)


def _ask_about_step(words: str) -> StepAnswer:
    from voiceguide.drafting import StepAnswer
    from voiceguide.units import SAMPLE_RATE

    question = f"  Duration ({DURATION_EXAMPLES})"
    samples = ask(question, "2m", parse=_parse_duration_answer)
    return StepAnswer(words, samples / SAMPLE_RATE)


def _parse_duration_answer(text: str) -> int:
    from voiceguide.drafting import parse_spoken_duration
    from voiceguide.units import DurationError

    try:
        samples = parse_spoken_duration(text)
    except DurationError as error:
        raise click.BadParameter(str(error)) from error
    if samples == 0:
        raise click.BadParameter("The duration is zero. Write a longer duration, such as 30s.")
    return samples


def _print_summary(answers: Answers) -> None:
    """Print the answers as they were understood, in playing order."""
    from voiceguide.units import format_total, seconds_to_samples

    total = format_total(seconds_to_samples(sum(stage.seconds for stage in answers.stages)))
    background = "no background" if answers.bed == "none" else f"background: {answers.bed}"
    lines = ["", f"{answers.title}: {total}, {background}"]
    lines += [f"  You need: {', '.join(answers.needs)}"] if answers.needs else []
    lines += [f"  Precautions: {' '.join(answers.safety)}"] if answers.safety else []
    for number, stage in enumerate(answers.stages, 1):
        lines.append(f"{number}. {stage.title}{', on the left and on the right' if stage.both_sides else ''}")
        lines += [
            f"  {format_total(seconds_to_samples(step.seconds)):>7}  {' '.join(step.instructions.split())}"
            for step in stage.steps
        ]
    for line in lines:
        click.echo(escape_control_characters(line), err=True)


def _ask_to_confirm(target: Path | None, stage_count: int) -> str:
    """Return "y" to write the script, "n" to discard it, or the number of a stage to ask about again."""

    def parse(text: str) -> str:
        answer = text.strip().lower()
        if answer in ("y", "yes", "n", "no"):
            return answer[0]
        if answer.isascii() and answer.isdigit() and 1 <= int(answer) <= stage_count:
            return str(int(answer))
        raise click.BadParameter(f'"{text}" is not one of the choices. Enter y, n or the number of a stage.')

    click.echo(err=True)
    question = f"Write {target or 'the script'} (y, n, or the number of a stage to redo)"
    answer: str = ask(question, "y", parse=parse)
    return answer
