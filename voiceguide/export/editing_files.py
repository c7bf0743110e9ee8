"""Text files for editing a session in other programs: Audacity labels, SSML and a transcript."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape  # xml.sax.saxutils loads an HTTP client

from voiceguide.script.model.inline_markup import Pause
from voiceguide.timeline.model import Cue, Timeline
from voiceguide.units import SAMPLE_RATE, format_clock

__all__ = ["format_labels", "format_ssml", "format_transcript"]

MAX_BREAK_S = 10
"""The longest break that every speech service accepts. A longer silence is split into several breaks."""


def format_labels(timeline: Timeline) -> str:
    """Return Audacity labels: a region for each stage and for each line, and a point for each chime.

    Times are in seconds with six decimal places, which is finer than one sample.
    """
    rows = [(stage.start, stage.end, stage.title) for stage in timeline.stages]
    rows += [(cue.start, cue.end if cue.is_speech else cue.start, cue.caption) for cue in timeline.cues if cue.caption]
    rows.sort(key=lambda row: (row[0], -row[1]))
    return "".join(f"{_seconds(start)}\t{_seconds(end)}\t{' '.join(text.split())}\n" for start, end, text in rows)


def format_transcript(timeline: Timeline) -> str:
    """Return the spoken text as plain text: the title of each stage, followed by its lines with their times."""
    lines = [timeline.title, "=" * len(timeline.title)]
    for stage in timeline.stages:
        lines += ["", stage.title, "-" * len(stage.title), ""]
        lines += [
            f"{format_clock(cue.start)} {' '.join(cue.text.split())}"
            for step in stage.steps
            for cue in step.cues
            if cue.is_speech and cue.text.strip()
        ]
    return "\n".join(lines) + "\n"


def format_ssml(timeline: Timeline) -> str:
    """Return the session as SSML 1.1 (w3.org/TR/speech-synthesis11), with a mark for each stage and each silence.

    The silences are as long as in this session. With a voice that is faster or slower, the total changes.
    """
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<speak version="1.1" xmlns="http://www.w3.org/2001/10/synthesis" xml:lang="{escape(timeline.language)}">',
        *_iter_ssml(timeline),
        "</speak>",
    ]
    return "\n".join(lines) + "\n"


def _iter_ssml(timeline: Timeline) -> Iterator[str]:
    position = 0
    for stage in timeline.stages:
        yield f'  <mark name="{escape(stage.title)}"/>'
        for step in stage.steps:
            for cue in step.cues:
                if not cue.is_speech or cue.line is None or not cue.text.strip():
                    continue
                yield from _breaks(cue.start - position)
                yield f"  <s>{_speech(cue)}</s>"
                position = cue.end
    yield from _breaks(timeline.total - position)


def _speech(cue: Cue) -> str:
    assert cue.line is not None
    parts = (
        f'<break time="{part.samples * 1000 // SAMPLE_RATE}ms"/>'
        if isinstance(part, Pause)
        else escape(part, quote=False)
        for part in cue.line.parts
    )
    text = " ".join(" ".join(parts).split())
    pace = cue.line.pace
    return text if pace == 1 else f'<prosody rate="{pace:.0%}">{text}</prosody>'


def _breaks(samples: int) -> Iterator[str]:
    milliseconds = samples * 1000 // SAMPLE_RATE
    while milliseconds > 0:
        part = min(milliseconds, MAX_BREAK_S * 1000)
        yield f'  <break time="{part}ms"/>'
        milliseconds -= part


def _seconds(samples: int) -> str:
    return f"{samples / SAMPLE_RATE:.6f}"
