"""Convert an outline to script text, with a comment on every line that needs checking."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from voiceguide.drafting.outline import DraftItem, DraftStage, DraftStep, Outline
from voiceguide.drafting.text.repetitions import DraftEach
from voiceguide.names import BED_NAMES, CHIME_NAMES
from voiceguide.script.model.inline_markup import convert_foreign_pauses
from voiceguide.units import format_duration, seconds_to_samples

__all__ = ["render_script"]

LONG_SILENCE_S = 60
"""A silence of at least this length is announced unless the script says otherwise."""
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,.'!?;()/-]*[A-Za-z0-9.!?)]")
_SCRIPT_MARKUP = re.compile(r"(\{(?:side|turn)\}|\[(?:0\.\d{1,3}|[1-9]\d{0,3}(?:\.\d{1,3})?)s\])")
_ALL_BRACKETS = re.compile(r"[\[\](){}<>*/]")
_BRACKETS_TO_PARENTHESES = str.maketrans("[]{}", "()()")
_HEAD = """\
# First draft. Review each line marked "check:", change anything you like, then run:
#   voiceguide check FILE    to list errors and warnings
#   voiceguide plan FILE     to show every step with its duration
#   voiceguide build FILE    to render the session
voiceguide: 1
"""


def render_script(outline: Outline) -> str:
    """Return an outline as script text."""
    lines = [*_render_header(outline), "", "stages:", *_render_stages(outline.stages)]
    return _HEAD + "\n".join(lines) + "\n"


def _render_header(outline: Outline) -> Iterator[str]:
    yield f"title: {_quote_yaml(_sanitize_speech(outline.title))}"
    yield f"language: {outline.language}"
    if outline.voice:
        yield f"voice: {outline.voice}  # check: the default voice reads only English in the Latin alphabet"
    yield f"bed: {outline.bed}  # {', '.join(BED_NAMES)}, or an audio file"
    yield f"chime: bell  # played between stages: {', '.join(CHIME_NAMES[:-1])} or {CHIME_NAMES[-1]}"
    for key, notes in (("needs", outline.needs), ("safety", outline.safety)):
        if notes:
            yield from ("", f"{key}:", *_render_note_items(notes))
    if outline.skipped_lines:
        ranges = _format_line_ranges(outline.skipped_lines)
        lines = "line" if ranges.isdigit() else "lines"
        yield ""
        yield f"# Not spoken because it looks like explanatory text: {lines} {ranges} of the instructions."


def _render_note_items(notes: Iterable[DraftItem]) -> Iterator[str]:
    for note in notes:
        yield f"  - {_quote_yaml(_sanitize_speech(note.text))}{_check_comment(note.doubts)}"


def _render_stages(stages: Iterable[DraftStage]) -> Iterator[str]:
    for stage in stages:
        title = f"{stage.title}, {{{stage.each.name}}} {stage.each.name}" if stage.each else stage.title
        yield f"  - stage: {_quote_yaml(_sanitize_speech(title))}"
        if stage.each:
            yield f"    each: {_format_each(stage.each)}"
        if stage.repeat > 1:
            yield f"    repeat: {stage.repeat}{_check_comment(stage.doubts)}"
        yield "    steps:"
        for step in stage.steps:
            yield from _render_step(step)


def _render_step(step: DraftStep) -> Iterator[str]:
    speech = _sanitize_speech(step.say)
    keys = [f"step: {_quote_yaml(_sanitize_speech(step.name))}"] if step.name else []
    if step.each:
        keys.append(f"each: {_format_each(step.each)}")
    if step.repeat > 1:
        keys.append(f"repeat: {step.repeat}")
    if speech:
        keys.append(f"say: {_quote_yaml(speech)}")
    if step.duration_key:
        keys.append(f"{step.duration_key}: {format_duration(seconds_to_samples(step.seconds))}")
    keys[-1] += _check_comment(step.doubts)
    if step.is_silence and step.seconds >= LONG_SILENCE_S:
        keys.append("announce_quiet: no")
    for index, key in enumerate(keys):
        yield f"      {'- ' if not index else '  '}{key}"


def _format_each(each: DraftEach) -> str:
    return f"{{{each.name}: [{', '.join(each.values)}]}}"


def _check_comment(doubts: Iterable[str]) -> str:
    text = "; ".join(" ".join(doubt.split()) for doubt in doubts)
    return f"  # check: {text}" if text else ""


def _format_line_ranges(numbers: Iterable[int]) -> str:
    """Return line numbers as ranges, such as "1, 4-7". A gap of one line, usually empty, does not end a range."""
    ranges: list[list[int]] = []
    for number in sorted(set(numbers)):
        if ranges and number - ranges[-1][-1] <= 2:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}" for span in ranges)


def _sanitize_speech(text: str) -> str:
    """Replace brackets and braces with parentheses, except in pauses and in the placeholders that drafting inserts.

    Pause marks from other programs become pauses, unless a mark is the whole text.
    """
    # Done twice, because replacing the braces of {pause 5s} creates another pause mark.
    plain = _replace_brackets(text)
    converted = convert_foreign_pauses(_replace_brackets(convert_foreign_pauses(text)))
    if converted != plain and not any(character.isalnum() for character in _SCRIPT_MARKUP.sub("", converted)):
        converted = _ALL_BRACKETS.sub(" ", plain)
    return " ".join(converted.split())


def _replace_brackets(text: str) -> str:
    parts = _SCRIPT_MARKUP.split(text)
    return "".join(part if index % 2 else part.translate(_BRACKETS_TO_PARENTHESES) for index, part in enumerate(parts))


def _quote_yaml(text: str) -> str:
    """Return text as a YAML scalar, quoted only if necessary."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
