"""Draft a script from a text: decode, recognize, read and outline the text, name the steps, and write the script."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from voiceguide.drafting.formats.reading_result import Changes, Format, Reading
from voiceguide.drafting.from_reading import outline_of_reading
from voiceguide.drafting.input_formats import FORMAT_NAMES, INSTRUCTIONS, choose_format
from voiceguide.drafting.outline import DraftStep, Outline
from voiceguide.drafting.script_writer import render_script
from voiceguide.drafting.sections import build_outline
from voiceguide.drafting.source_text import DOCUMENT_NAMES, read_document
from voiceguide.drafting.step_names import finish_outline
from voiceguide.drafting.text.blocks import parse_blocks
from voiceguide.drafting.text.language_guess import guess_language, known_language, suggest_voice
from voiceguide.drafting.text.pause_marks import bracket_pause_marks
from voiceguide.drafting.text.plain_text import narrow_digits, wrap_long_lines
from voiceguide.drafting.text.tables import expand_tables
from voiceguide.errors import VoiceguideError
from voiceguide.script.rules.duration_limits import MAX_CUES

__all__ = ["Draft", "draft_outline", "draft_script", "script_of_recording"]

MAX_STEPS = 1000
"""The maximum number of steps in plain instructions.

Texts in other formats can be longer, and are limited only by the length of a session.
"""
MAX_SESSION_S = 23 * 3600
"""A session is limited to 24 hours. One hour is reserved for speech."""


@dataclass(frozen=True)
class Draft:
    """A draft script, with a summary of how its source was converted."""

    script: str
    document: str
    """The kind of document that the text comes from: "html", "docx" or "odt", or empty for plain text."""
    format: str
    """The name of the input format, as for `--as`."""
    description: str
    changes: Changes
    """The number of conversions of each kind: `("captions", "steps"): 12` means that 12 captions became steps."""
    stages: int
    steps: int
    comments: int


def draft_script(data: bytes, file: str, title: str = "My routine", as_format: str = "") -> Draft:
    """Return a draft script for a text file in any of the formats in `input_formats`.

    The script loads without errors. Each guess is marked with a `# check:` comment on the same line, and text that is
    not spoken becomes a comment in the same place.

    Args:
        data: the contents of the file.
        file: the file name to show in messages.
        title: the title to use if the text has none.
        as_format: the name of the format, or empty to recognize it by its content.

    Raises:
        VoiceguideError: The file is not text, contains nothing to speak, or is too long for one session.
    """
    source, outline = _draft(data, file, title, as_format)
    steps = [step for stage in outline.stages for step in stage.steps]
    remarks = [remark for step in steps for remark in step.remarks]
    remarks += [remark for stage in outline.stages for remark in stage.closing_remarks]
    return Draft(
        render_script(outline),
        source.document_name,
        source.format.name if source.format else INSTRUCTIONS,
        source.format.description if source.format else "instructions",
        Counter({key: count for key, count in outline.changes.items() if count > 0}),
        len(outline.stages),
        len(steps),
        len(remarks),
    )


def script_of_recording(reading: Reading, title: str) -> str:
    """Return a script for a recording that was cut into parts."""
    return render_script(finish_outline(outline_of_reading(reading, title)))


def draft_outline(data: bytes, file: str, title: str = "My routine", as_format: str = "") -> Outline:
    """Return the outline of the script.

    Takes the same parameters and raises the same errors as `draft_script`.
    """
    return _draft(data, file, title, as_format)[1]


def _draft(data: bytes, file: str, title: str, as_format: str) -> tuple[_Source, Outline]:
    """Read and outline a text.

    If the recognized format yields no speech, read the text as plain instructions instead.
    """
    source = _read_source(data, file, as_format)
    outline = _outline_of_source(source, file, title)
    if not outline.stages and source.format and not as_format:
        source = replace(source, format=None)
        outline = _outline_of_source(source, file, title)
    if not outline.stages:
        raise VoiceguideError(_describe_empty(file, source.format))
    return source, outline


@dataclass(frozen=True)
class _Source:
    """A text, and the format that was recognized."""

    text: str
    document_name: str
    format: Format | None
    """None for instructions."""
    changes: Changes


def _read_source(data: bytes, file: str, as_format: str) -> _Source:
    if as_format and as_format not in (*DOCUMENT_NAMES, *FORMAT_NAMES):
        names = ", ".join((*FORMAT_NAMES, *DOCUMENT_NAMES))
        raise VoiceguideError(f'"{as_format}" is not an input format. Use one of: {names}.')
    is_document = as_format in DOCUMENT_NAMES
    document, name = read_document(data, file, as_format if is_document else "")
    text = narrow_digits(document.text)
    wrapped = wrap_long_lines(text)
    chosen = choose_format(text, wrapped, "" if is_document else as_format)
    return _Source(text if chosen and chosen.needs_whole_lines else wrapped, name, chosen, document.changes)


def _outline_of_source(source: _Source, file: str, title: str) -> Outline:
    text, chosen, language = source.text, source.format, ""
    if chosen is None:
        prepared = bracket_pause_marks(expand_tables(text.replace("\t", "    ")))
        outline = build_outline(parse_blocks(prepared), title)
    else:
        reading = chosen.read(text)
        outline, language = outline_of_reading(reading, title), reading.language
    _check_size(outline, file, MAX_STEPS if chosen is None else MAX_CUES)
    spoken = "\n".join(step.say for stage in outline.stages for step in stage.steps)
    language = known_language(language) or guess_language(text if chosen is None else spoken)
    outline = replace(
        outline,
        changes=source.changes + outline.changes,
        language=language,
        voice=suggest_voice(text if chosen is None else spoken, language),
    )
    return finish_outline(outline)


def _describe_empty(file: str, chosen: Format | None) -> str:
    if chosen is None:
        return f"{file} contains no instructions. Write what to do, one step per line."
    return f"{file} contains nothing to speak when read as {chosen.description}. Choose another format."


def _check_size(outline: Outline, file: str, max_steps: int) -> None:
    steps = [(stage, step) for stage in outline.stages for step in stage.steps]
    if len(steps) > max_steps:
        raise VoiceguideError(f"{file} has {len(steps):,} steps. The limit is {max_steps:,}. Use a shorter text.")
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
