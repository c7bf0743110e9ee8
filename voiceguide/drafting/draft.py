"""The way from plain instructions to a script, in order. No rule of the trade lives here."""

from __future__ import annotations

from dataclasses import replace

from voiceguide.drafting.outline import DraftStep, Outline
from voiceguide.drafting.script_writer import script_text
from voiceguide.drafting.sections import outline_of
from voiceguide.drafting.step_names import named, stage_title
from voiceguide.drafting.text.blocks import blocks_of
from voiceguide.drafting.text.language_guess import language_of, voice_for
from voiceguide.drafting.text.plain_text import plain_text
from voiceguide.errors import VoiceguideError
from voiceguide.script.rules.duration_limits import MAX_CUES

__all__ = ["draft_outline", "draft_script"]

MOST_STEPS = 1000
LONGEST_S = 23 * 3600
"""A session lasts 24 hours at most, and the words want some of them."""


def draft_script(data: bytes, file: str, title: str = "My routine") -> str:
    """The text of a script for the instructions in a text file's bytes; `file` is its name for messages.

    The script passes `load_routine`; what was doubtful in the instructions is marked with `# check:` at its line.

    Raises:
        VoiceguideError: for what is no text, has nothing in it to do, or makes more than a session can hold.
    """
    return script_text(draft_outline(data, file, title))


def draft_outline(data: bytes, file: str, title: str = "My routine") -> Outline:
    """What was understood of the instructions; see `draft_script`."""
    text = plain_text(data, file)
    outline = outline_of(blocks_of(text), title)
    if not outline.stages:
        raise VoiceguideError(f"There are no instructions in {file}. Write what to do, a step on each line.")
    _check_size(outline, file)
    language = language_of(text)
    return replace(
        outline,
        title=stage_title(outline.title),
        stages=named(outline.stages),
        language=language,
        voice=voice_for(text, language),
    )


def _check_size(outline: Outline, file: str) -> None:
    steps = [(stage, step) for stage in outline.stages for step in stage.steps]
    if len(steps) > MOST_STEPS:
        raise VoiceguideError(f"{file} makes {len(steps):,} steps, and {MOST_STEPS:,} is the most. Give a part of it.")
    turns = sum(stage.repeat * _turns(step) for stage, step in steps)
    hours = sum(stage.repeat * _turns(step) * step.seconds for stage, step in steps) / 3600
    if turns > MAX_CUES or hours * 3600 > LONGEST_S:
        raise VoiceguideError(
            f"{file} makes a session of {hours:.0f} hours and {turns:,} steps, every repeat counted. Give a part of it."
        )


def _turns(step: DraftStep) -> int:
    return step.repeat * (len(step.each.values) if step.each else 1)
