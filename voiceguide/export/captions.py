"""Lyrics, captions and chapters as text files for players."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from voiceguide.metadata.tags import clip_tag_text
from voiceguide.timeline.model import Cue, Timeline
from voiceguide.units import SAMPLE_RATE, format_timestamp, samples_to_seconds

__all__ = ["format_chapters_json", "format_lrc", "format_srt", "format_webvtt"]

MIN_CAPTION_SAMPLES = SAMPLE_RATE * 3 // 2
"""Minimum length of a caption, unless the next one starts earlier."""


def format_lrc(timeline: Timeline) -> str:
    """Return LRC lyrics. Music players show each line until the next one starts."""
    metadata = {
        "ti": timeline.title,
        "ar": timeline.author,
        "la": timeline.language,
        "length": _format_lrc_time(timeline.total),
    }
    lines = [f"[{key}:{_escape_lrc(value)}]" for key, value in metadata.items() if value]
    lines += [
        f"[{_format_lrc_time(cue.start)}]{_escape_lrc(cue.text)}"
        for cue in timeline.cues
        if cue.is_speech and cue.caption
    ]
    return "\n".join(lines) + "\n"


def format_webvtt(timeline: Timeline) -> str:
    """Return WebVTT captions (w3.org/TR/webvtt1). Chimes appear as their names in brackets."""
    blocks = ["WEBVTT"]
    for number, (cue, end) in enumerate(_iter_captions(timeline), start=1):
        blocks.append(f"{number}\n{_format_vtt_time(cue.start)} --> {_format_vtt_time(end)}\n{_vtt_text(cue)}")
    return "\n\n".join(blocks) + "\n"


def format_srt(timeline: Timeline) -> str:
    """Return SubRip captions, for video editors and players that do not read WebVTT."""
    blocks = [
        f"{number}\n{_format_srt_time(cue.start)} --> {_format_srt_time(end)}\n{' '.join(cue.caption.split())}\n"
        for number, (cue, end) in enumerate(_iter_captions(timeline), start=1)
    ]
    return "\n".join(blocks)


def _iter_captions(timeline: Timeline) -> Iterator[tuple[Cue, int]]:
    """Yield each cue that has a caption, and the sample at which the caption ends."""
    cues = [cue for cue in timeline.cues if cue.caption]
    next_starts = [*(later.start for _, later in pairwise(cues)), timeline.total]
    for cue, next_start in zip(cues, next_starts, strict=True):
        yield cue, max(cue.end, min(cue.start + MIN_CAPTION_SAMPLES, next_start))


def format_chapters_json(timeline: Timeline) -> str:
    """Return podcast chapters (github.com/Podcastindex-org/podcast-namespace, chapters 1.2.0) as JSON."""
    data: dict[str, object] = {"version": "1.2.0", "title": timeline.title}
    if timeline.author:
        data["author"] = timeline.author
    if timeline.description:
        data["description"] = timeline.description
    data["chapters"] = [
        {
            "startTime": samples_to_seconds(stage.start),
            "endTime": samples_to_seconds(stage.end),
            "title": clip_tag_text(stage.title),
        }
        for stage in timeline.stages
    ]
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _vtt_text(cue: Cue) -> str:
    text = " ".join(cue.caption.split())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _escape_lrc(text: str) -> str:
    """Return the text on one line without square brackets, which enclose times in LRC."""
    return " ".join(text.split()).replace("[", "(").replace("]", ")")


def _format_lrc_time(samples: int) -> str:
    """Return minutes, seconds and hundredths, rounded down so that lyrics appear early rather than late."""
    hundredths = samples * 100 // SAMPLE_RATE
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def _format_srt_time(samples: int) -> str:
    return _format_vtt_time(samples).replace(".", ",")


def _format_vtt_time(samples: int) -> str:
    return format_timestamp(samples * 1000 // SAMPLE_RATE)
