"""Convert an outline to script text, with a comment on every line that needs checking."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Iterator

from voiceguide.builtin_names import BED_NAMES, CHIME_NAMES
from voiceguide.drafting.outline import DraftItem, DraftStage, DraftStep, Outline
from voiceguide.drafting.text.repetitions import DraftEach
from voiceguide.script.model.inline_markup import convert_foreign_pauses
from voiceguide.units import format_duration, seconds_to_samples

__all__ = ["REMARK_MARK", "render_script"]

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9 ,.'!?;()/-]*[A-Za-z0-9.!?)]")
_SCRIPT_MARKUP = re.compile(r"(\{(?:side|turn)\}|\[(?:0\.\d{1,3}|[1-9]\d{0,3}(?:\.\d{1,3})?)s\])")
_ALL_BRACKETS = re.compile(r"[\[\](){}<>*/]")
OTHER_VOICE = "pyttsx3"
"""The voice for every speaker except the first. It is installed everywhere and speaks every language."""
REMARK_MARK = "# from the text: "
_REMARK_WIDTH = 90
_BRACKETS_TO_PARENTHESES = str.maketrans("[]{}", "()()")
_LONG_SILENCE_S = 60
"""Silences this long are announced unless the script says otherwise. A pause in the text is meant to be silent."""
_HEAD = """\
# First draft. Review each line marked "check:", change anything you like, then run:
#   voiceguide check FILE    to list errors and warnings
#   voiceguide plan FILE     to show every step with its duration
#   voiceguide build FILE    to render the session
voiceguide: 1
"""


def render_script(outline: Outline) -> str:
    """Return an outline as script text."""
    lines = [*_render_header(outline), "", "stages:", *_render_stages(outline.stages, not outline.keeps_quiet)]
    return _HEAD + "\n".join(lines) + "\n"


def _render_header(outline: Outline) -> Iterator[str]:
    yield f"title: {_quote_yaml(_sanitize_speech(outline.title))}"
    yield f"language: {outline.language}"
    if outline.keeps_quiet:
        yield "announce_quiet: no  # long silences are left as they are"
    if outline.is_timed:
        yield "fit: yes  # speak up to 15 % faster where there is too little time"
    if outline.voice:
        yield f"voice: {outline.voice}  # check: the default voice reads only English in the Latin alphabet"
    speakers = dict.fromkeys(step.voice for stage in outline.stages for step in stage.steps if step.voice)
    if speakers:
        yield "voices:  # check: choose a voice for each speaker. To list them: voiceguide voices"
        first = "heart" if outline.language.startswith("en") and not outline.voice else OTHER_VOICE
        for number, name in enumerate(speakers):
            yield f"  {_quote_yaml(name)}: {OTHER_VOICE if number else first}"
    yield f"bed: {outline.bed}  # {', '.join(BED_NAMES)}, or an audio file"
    yield f"chime: bell  # played between stages: {', '.join(CHIME_NAMES[:-1])} or {CHIME_NAMES[-1]}"
    for key, notes in (("needs", outline.needs), ("safety", outline.safety)):
        if notes:
            yield from ("", f"{key}:", *_render_note_items(notes))
    if outline.words:
        yield from ("", "words:")
        yield from (
            f"  {json.dumps(word, ensure_ascii=False)}: {_quote_yaml(spoken)}" for word, spoken in outline.words.items()
        )


def _render_note_items(notes: Iterable[DraftItem]) -> Iterator[str]:
    for note in notes:
        yield f"  - {_quote_yaml(_sanitize_speech(note.text))}{_check_comment(note.doubts)}"


def _render_stages(stages: Iterable[DraftStage], announces_silences: bool) -> Iterator[str]:
    for stage in stages:
        title = f"{stage.title}, {{{stage.each.name}}} {stage.each.name}" if stage.each else stage.title
        yield f"  - stage: {_quote_yaml(_sanitize_speech(title))}"
        if stage.each:
            yield f"    each: {_format_each(stage.each)}"
        if stage.repeat > 1:
            yield f"    repeat: {stage.repeat}{_check_comment(stage.doubts)}"
        yield "    steps:"
        for step in stage.steps:
            yield from _render_remarks(step.remarks)
            yield from _render_step(step, announces_silences)
        yield from _render_remarks(stage.closing_remarks)


def _render_remarks(remarks: Iterable[str]) -> Iterator[str]:
    """Return the remarks as comments, wrapped to a readable width."""
    for remark in remarks:
        first, *rest = textwrap.wrap(remark, _REMARK_WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
        yield f"      {REMARK_MARK}{first}"
        yield from (f"      #   {line}" for line in rest)


def _render_step(step: DraftStep, announces_silences: bool) -> Iterator[str]:
    speech = _sanitize_speech(step.say)
    keys = [f"step: {_quote_yaml(_sanitize_speech(step.name))}"] if step.name else []
    if step.each:
        keys.append(f"each: {_format_each(step.each)}")
    if step.repeat > 1:
        keys.append(f"repeat: {step.repeat}")
    if speech:
        keys.append(f"say: {_quote_yaml(speech)}")
    if step.audio:
        keys.append(f"audio: {_quote_yaml(step.audio)}")
    if step.voice:
        keys.append(f"voice: {_quote_yaml(step.voice)}")
    if step.pace != 1:
        keys.append(f"pace: {step.pace:g}")
    if step.breath == "whole":
        keys.append("breathe: {in: 4s, out: 6s, guide: breaths}")
    elif step.breath:
        keys += ["for: 4s", f"cues: [{{at: 0s, breath: {step.breath}}}]"]
    if step.duration_key:
        keys.append(f"{step.duration_key}: {format_duration(seconds_to_samples(step.seconds))}")
    keys[-1] += _check_comment(step.doubts)
    if announces_silences and step.duration_key == "pause" and step.seconds >= _LONG_SILENCE_S:
        keys.append("announce_quiet: no")
    for index, key in enumerate(keys):
        yield f"      {'- ' if not index else '  '}{key}"


def _format_each(each: DraftEach) -> str:
    return f"{{{each.name}: [{', '.join(each.values)}]}}"


def _check_comment(doubts: Iterable[str]) -> str:
    text = "; ".join(" ".join(doubt.split()) for doubt in doubts)
    return f"  # check: {text}" if text else ""


def _sanitize_speech(text: str) -> str:
    """Replace brackets and braces with parentheses, except in pauses and in the placeholders that drafting inserts.

    Pause marks from other programs become pauses, unless the text consists of a single mark.
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
