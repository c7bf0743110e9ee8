"""Draft a script from plain instructions: decode, split into blocks, outline, name, write."""

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
"""A session is limited to 24 hours. One hour is reserved for speech."""


def draft_script(data: bytes, file: str, title: str = "My routine") -> str:
    """Return a draft script for the instructions in a text file.

    The script loads without errors. Each guess is marked with a `# check:` comment on the same line.

    Args:
        data: the contents of the file.
        file: the file name to show in messages.
        title: the title to use if the instructions have none.

    Raises:
        VoiceguideError: The file is not text, contains no instructions, or is too long for one session.
    """
    return render_script(draft_outline(data, file, title))


def draft_outline(data: bytes, file: str, title: str = "My routine") -> Outline:
    """Return the outline of the instructions.

    Takes the same parameters and raises the same errors as `draft_script`.
    """
    text = decode_plain_text(data, file)
    outline = build_outline(parse_blocks(text), title)
    if not outline.stages:
        raise VoiceguideError(f"{file} contains no instructions. Write what to do, one step per line.")
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
        raise VoiceguideError(f"{file} has {len(steps):,} steps. The limit is {MAX_STEPS:,}. Use a shorter text.")
    repetitions = [(stage.repeat * _count_repetitions(step), step) for stage, step in steps]
    step_count = sum(count for count, _ in repetitions)
    seconds = sum(count * step.seconds for count, step in repetitions)
    if step_count > MAX_CUES or seconds > MAX_SESSION_S:
        raise VoiceguideError(
            f"{file} is too long for one session: {seconds / 3600:.0f} hours and {step_count:,} steps, "
            "including repeats. Use a shorter text."
        )


def _count_repetitions(step: DraftStep) -> int:
    return step.repeat * (len(step.each.values) if step.each else 1)
