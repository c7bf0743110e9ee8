"""Turn a `Reading` (headings, speech, silences and remarks) into the outline of a script."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from voiceguide.drafting.formats.reading_result import Breath, Entry, Heading, Reading, Remark, Silence, Speech
from voiceguide.drafting.outline import DraftStage, DraftStep, Outline
from voiceguide.drafting.text.sentences import count_words, has_words, split_into_sentences
from voiceguide.languages.model import NON_LATIN_FULL_STOPS
from voiceguide.units import shorten

__all__ = ["outline_of_reading"]

MAX_LINE_WORDS = 45
"""The maximum number of words in a step of several sentences.

A sentence that would exceed the maximum begins a new step.
"""
MIN_SLOT_S = 0.2
"""Texts that start within this time of each other are spoken as one."""
LEAD_IN_S = 1
"""The first step of a session begins with this much silence, so the step starts this much earlier than its text."""
_TRAILING_MARK = re.compile(r"\[(\d{1,4}(?:\.\d{1,3})?)s\]$")
_BRACES = str.maketrans("{}", "()")
_SENTENCE_ENDS = f".!?…:;{NON_LATIN_FULL_STOPS}"


def outline_of_reading(reading: Reading, title: str) -> Outline:
    """Return the outline of a reading. `title` is used if the source has none."""
    builder = _Builder(reading.title)
    speeches = [entry for entry in reading.entries if isinstance(entry, Speech)]
    is_timed = bool(speeches) and all(speech.start_s is not None for speech in speeches)
    for entry in _with_lengths(reading.entries) if is_timed else reading.entries:
        builder.add(_without_braces(entry))
    return Outline(
        reading.title or title,
        builder.build(),
        changes=reading.changes,
        words=reading.words,
        is_timed=is_timed,
        keeps_quiet=reading.keeps_quiet,
    )


def _without_braces(entry: Entry) -> Entry:
    """Replace braces with parentheses. In a script, they would be placeholders."""
    if isinstance(entry, Silence | Breath | Remark):
        return entry
    return replace(entry, text=entry.text.translate(_BRACES))


@dataclass
class _OpenStage:
    """A stage to which steps are still being added."""

    title: str
    repeat: int = 1
    is_written: bool = False
    """Whether the title would be lost without this stage."""
    steps: list[DraftStep] = field(default_factory=list)
    closing_remarks: tuple[str, ...] = ()


class _Builder:
    """Adds entries to stages. Keeps remarks until the next step, and short silences until the end of the sentence."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._stages = [_OpenStage(title or "Steps")]
        self._remarks: list[str] = []
        self._open: Speech | None = None

    def add(self, entry: Entry) -> None:
        if isinstance(entry, Heading):
            self._flush()
            self._start_stage(entry)
        elif isinstance(entry, Remark):
            self._flush()
            self._remarks += [line.strip() for line in entry.text.split("\n") if line.strip()]
        elif isinstance(entry, Silence):
            self._add_silence(entry)
        elif isinstance(entry, Breath):
            self._flush()
            self._add_step(DraftStep("", breath=entry.part))
        else:
            self._add_speech(entry)

    def build(self) -> tuple[DraftStage, ...]:
        self._flush()
        self._keep_title(self._stages[-1])
        self._close_stage()
        return tuple(
            DraftStage(stage.title, tuple(stage.steps), stage.repeat, closing_remarks=stage.closing_remarks)
            for stage in self._stages
            if stage.steps
        )

    def _start_stage(self, heading: Heading) -> None:
        """Start a stage. If the previous stage has no steps, rename that stage instead."""
        last = self._stages[-1]
        if last.steps:
            self._close_stage()
            self._stages.append(_OpenStage(heading.text, heading.repeat, self._is_lost(heading)))
            return
        if last.title != heading.text:
            self._keep_title(last)
        last.title, last.repeat, last.is_written = heading.text, heading.repeat, self._is_lost(heading)

    def _is_lost(self, heading: Heading) -> bool:
        return heading.is_written and heading.text != self._title

    def _keep_title(self, stage: _OpenStage) -> None:
        """Turn the title of a stage without steps into a remark."""
        if stage.is_written and not stage.steps:
            self._remarks.append(stage.title)

    def _close_stage(self) -> None:
        """End the current stage.

        Remarks that do not precede a step become the closing remarks of the last stage with steps.
        """
        stage = next((stage for stage in reversed(self._stages) if stage.steps), None)
        if stage and self._remarks:
            stage.closing_remarks += tuple(self._remarks)
            self._remarks = []

    def _add_speech(self, speech: Speech) -> None:
        if speech.length_s is not None or speech.audio:
            self._flush()
            self._add_step(_timed_step(speech))
        elif self._open and self._continues(speech):
            self._open = replace(self._open, text=f"{self._open.text} {speech.text}".strip())
        else:
            self._flush()
            self._open = speech

    def _continues(self, speech: Speech) -> bool:
        """Return whether a text continues a sentence that was interrupted by a pause."""
        opened = self._open
        is_paused = opened is not None and _TRAILING_MARK.search(opened.text) is not None
        return is_paused and opened is not None and _voice_of(opened) == _voice_of(speech)

    def _add_silence(self, silence: Silence) -> None:
        """Add a silence. Within a sentence, it becomes a pause mark. Otherwise, it follows the previous step."""
        if silence.seconds <= 0:
            return
        is_within = silence.is_inline and self._open and self._open.text[-1:] not in _SENTENCE_ENDS
        if self._open and is_within and silence.seconds < 60 and not silence.doubt:
            mark = f"[{_format_seconds(silence.seconds)}s]"
            self._open = replace(self._open, text=f"{self._open.text} {mark}")
            return
        self._flush()
        steps = self._stages[-1].steps
        doubts = (silence.doubt,) if silence.doubt else ()
        last = steps[-1] if steps and not self._remarks and not steps[-1].breath else None
        if last and (not last.duration_key or (last.duration_key == "pause" and not last.audio)):
            seconds = last.seconds + silence.seconds
            steps[-1] = replace(last, duration_key="pause", seconds=seconds, doubts=(*last.doubts, *doubts))
        else:
            self._add_step(DraftStep("", "for", silence.seconds, doubts=doubts))

    def _flush(self) -> None:
        """Turn the speech collected so far into steps of a few sentences each."""
        speech, self._open = self._open, None
        if speech is None:
            return
        text, trailing_s = _split_trailing_marks(speech.text)
        if not has_words(text):
            return
        *first_lines, last = _group_sentences(text)
        for line in first_lines:
            self._add_step(DraftStep(line, voice=speech.speaker, pace=speech.pace))
        key: Literal["", "pause"] = "pause" if trailing_s else ""
        self._add_step(DraftStep(last, key, trailing_s, voice=speech.speaker, pace=speech.pace))

    def _add_step(self, step: DraftStep) -> None:
        self._stages[-1].steps.append(replace(step, remarks=(*self._remarks, *step.remarks)))
        self._remarks = []


def _with_lengths(entries: Iterable[Entry]) -> list[Entry]:
    """Set the length of every text to the time until the next text, so that each text starts at its given time."""
    bundles: list[tuple[list[Entry], Speech]] = []
    before: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Speech):
            bundles.append((before, entry))
            before = []
        else:
            before.append(entry)
    trailing = before
    bundles.sort(key=lambda bundle: bundle[1].start_s or 0.0)
    spoken = _merge_simultaneous(
        [bundle for bundle in bundles if has_words(bundle[1].text) or bundle[1].audio or bundle[0]]
    )
    result: list[Entry] = []
    end_s = max((speech.end_s or speech.start_s or 0.0 for _, speech in bundles), default=0.0)
    for index, (remarks, speech) in enumerate(spoken):
        start_s = _milliseconds(speech.start_s)
        next_s = _milliseconds(spoken[index + 1][1].start_s) if index + 1 < len(spoken) else _milliseconds(end_s)
        result += remarks
        if index == 0:
            lead_in_s = min(start_s, LEAD_IN_S)
            result += [Silence(round(start_s - lead_in_s, 3))]
            start_s -= lead_in_s
        length_s = round(next_s - start_s, 3)
        result.append(replace(speech, start_s=None, end_s=None, length_s=length_s if length_s > 0 else None))
    return [*result, *trailing]


def _merge_simultaneous(bundles: list[tuple[list[Entry], Speech]]) -> list[tuple[list[Entry], Speech]]:
    """Join texts that start at almost the same time, because two texts cannot be spoken at once."""
    merged: list[tuple[list[Entry], Speech]] = []
    for before, speech in bundles:
        if merged and not before and (speech.start_s or 0.0) - (merged[-1][1].start_s or 0.0) < MIN_SLOT_S:
            earlier_before, earlier = merged[-1]
            merged[-1] = (
                earlier_before,
                replace(earlier, text=f"{earlier.text} {speech.text}".strip(), end_s=speech.end_s),
            )
        else:
            merged.append((before, speech))
    return merged


def _timed_step(speech: Speech) -> DraftStep:
    key: Literal["", "for"] = "for" if speech.length_s else ""
    text = speech.text if has_words(speech.text) else ""
    return DraftStep(
        text,
        key,
        speech.length_s or 0,
        voice=speech.speaker,
        pace=speech.pace,
        audio=speech.audio,
        name="part" if speech.audio else "",
    )


def _group_sentences(text: str) -> list[str]:
    """Split a text into lines of one or more whole sentences."""
    lines: list[str] = []
    for sentence in split_into_sentences(text) or [shorten(text, len(text))]:
        if lines and count_words(lines[-1]) + count_words(sentence) <= MAX_LINE_WORDS:
            lines[-1] += f" {sentence}"
        else:
            lines.append(sentence)
    return lines


def _split_trailing_marks(text: str) -> tuple[str, float]:
    """Remove the pauses at the end of a text.

    Return the remaining text, and the total length of the pauses in seconds.
    """
    seconds = 0.0
    text = text.strip()
    while mark := _TRAILING_MARK.search(text):
        seconds += float(mark[1])
        text = text[: mark.start()].strip()
    return text, seconds


def _voice_of(speech: Speech) -> tuple[str, float]:
    return speech.speaker, speech.pace


def _milliseconds(seconds: float | None) -> float:
    return round(seconds or 0.0, 3)


def _format_seconds(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
