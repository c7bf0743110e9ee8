"""The way from plain instructions to a script, in order. No rule of the trade lives here."""

from __future__ import annotations

from dataclasses import replace

from voiceguide.drafting.outline import DraftStep, Outline
from voiceguide.drafting.script_writer import render_script
from voiceguide.drafting.sections import build_outline
from voiceguide.drafting.step_names import assign_names, clean_title
from voiceguide.drafting.text.blocks import parse_blocks
from voiceguide.drafting.text.language_guess import guess_language, suggest_voice
from voiceguide.drafting.text.plain_text import decode_plain_text
from voiceguide.errors import VoiceguideError
from voiceguide.script.rules.duration_limits import MAX_CUES

__all__ = ["draft_outline", "draft_script"]

MAX_STEPS = 1000
MAX_SESSION_S = 23 * 3600
"""A session lasts 24 hours at most, and the words want some of them."""


def draft_script(data: bytes, file: str, title: str = "My routine") -> str:
    """The text of a script for the instructions in a text file's bytes; `file` is its name for messages.

    The script passes `load_routine`; what was doubtful in the instructions is marked with `# check:` at its line.

    Raises:
        VoiceguideError: for what is no text, has nothing in it to do, or makes more than a session can hold.
    """
    return render_script(draft_outline(data, file, title))


def draft_outline(data: bytes, file: str, title: str = "My routine") -> Outline:
    """What was understood of the instructions; see `draft_script`."""
    text = decode_plain_text(data, file)
    outline = build_outline(parse_blocks(text), title)
    if not outline.stages:
        raise VoiceguideError(f"There are no instructions in {file}. Write what to do, a step on each line.")
    _check_size(outline, file)
    language = guess_language(text)
    return replace(
        outline,
        title=clean_title(outline.title),
        stages=assign_names(outline.stages),
        language=language,
        voice=suggest_voice(text, language),
    )


def _check_size(outline: Outline, file: str) -> None:
    steps = [(stage, step) for stage in outline.stages for step in stage.steps]
    if len(steps) > MAX_STEPS:
        raise VoiceguideError(f"{file} makes {len(steps):,} steps, and {MAX_STEPS:,} is the most. Give a part of it.")
    turns = sum(stage.repeat * _count_repetitions(step) for stage, step in steps)
    hours = sum(stage.repeat * _count_repetitions(step) * step.seconds for stage, step in steps) / 3600
    if turns > MAX_CUES or hours * 3600 > MAX_SESSION_S:
        raise VoiceguideError(
            f"{file} makes a session of {hours:.0f} hours and {turns:,} steps, every repeat counted. Give a part of it."
        )


def _count_repetitions(step: DraftStep) -> int:
    return step.repeat * (len(step.each.values) if step.each else 1)
