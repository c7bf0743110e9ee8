"""From an outline to the text of a script, with a comment wherever its author should look."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from voiceguide.drafting.outline import DraftNote, DraftStage, DraftStep, Outline
from voiceguide.units import format_duration, seconds_to_samples

__all__ = ["quote_yaml", "render_script", "sanitize_speech"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,.'!?;()/-]*[A-Za-z0-9.!?)]")
_SCRIPT_MARKUP = re.compile(r"(\{(?:side|turn)\}|\[[1-9]\d{0,3}(?:\.\d{1,3})?s\])")
_BRACKETS_TO_PARENTHESES = str.maketrans("[]{}", "()()")
_HEAD = """\
# A first script. Look at each line marked "check:", change what you like, then:
#   voiceguide check FILE    every problem, and advice
#   voiceguide plan FILE     every step with its time
#   voiceguide build FILE    the session
"""


def render_script(outline: Outline, head: str = _HEAD) -> str:
    """The script of an outline. `head` is the comment above it."""
    return (
        "\n".join([head + "voiceguide: 1", *_render_header(outline), "", "stages:", *_render_stages(outline.stages)])
        + "\n"
    )


def _render_header(outline: Outline) -> Iterator[str]:
    yield f"title: {quote_yaml(sanitize_speech(outline.title))}"
    yield f"language: {outline.language}"
    if outline.voice:
        yield f"voice: {outline.voice}  # check: the default voice reads only English in Latin letters"
    yield f"bed: {outline.bed}  # rain, waves, stream, wind, brown, bowl, none, or a sound file"
    yield "chime: bell  # between stages; or bowl, wood, none"
    for key, notes in (("needs", outline.needs), ("safety", outline.safety)):
        if notes:
            yield from ("", f"{key}:", *_render_notes(notes))
    if outline.skipped_lines:
        yield ""
        yield f"# Not spoken, since it reads as explanation: line {_format_line_ranges(outline.skipped_lines)} of the instructions."


def _render_notes(notes: Iterable[DraftNote]) -> Iterator[str]:
    for note in notes:
        yield f"  - {quote_yaml(sanitize_speech(note.text))}{_check_comment(note.doubts)}"


def _render_stages(stages: Iterable[DraftStage]) -> Iterator[str]:
    for stage in stages:
        yield f"  - stage: {quote_yaml(sanitize_speech(stage.title))}"
        if stage.repeat > 1:
            yield f"    repeat: {stage.repeat}{_check_comment(stage.doubts)}"
        yield "    steps:"
        for step in stage.steps:
            yield from _render_step(step)


def _render_step(step: DraftStep) -> Iterator[str]:
    words = sanitize_speech(step.say)
    keys = [f"step: {quote_yaml(sanitize_speech(step.name))}"] if step.name else []
    if step.each:
        keys.append(f"each: {{{step.each.name}: [{', '.join(step.each.values)}]}}")
    if step.repeat > 1:
        keys.append(f"repeat: {step.repeat}")
    if words:
        keys.append(f"say: {quote_yaml(words)}")
    if step.duration_key:
        keys.append(f"{step.duration_key}: {format_duration(seconds_to_samples(step.seconds))}")
    keys[-1] += _check_comment(step.doubts)
    for index, key in enumerate(keys):
        yield f"      {'- ' if not index else '  '}{key}"


def _check_comment(doubts: Iterable[str]) -> str:
    told = "; ".join(" ".join(doubt.split()) for doubt in doubts)
    return f"  # check: {told}" if told else ""


def _format_line_ranges(numbers: Iterable[int]) -> str:
    """Numbers of lines as a person writes them, an empty line between them not counted: 1, 4-7."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number - runs[-1][-1] <= 2:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def sanitize_speech(text: str) -> str:
    """Words that a script takes for words: no brackets or braces but our own pauses and sides."""
    pieces = _SCRIPT_MARKUP.split(text)
    return " ".join(
        "".join(
            piece if index % 2 else piece.translate(_BRACKETS_TO_PARENTHESES) for index, piece in enumerate(pieces)
        ).split()
    )


def quote_yaml(text: str) -> str:
    """A text as YAML, in quotes unless it is plain words: whatever it is, it is read back as it was."""
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)
