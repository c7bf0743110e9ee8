"""What lies beside a session: its words for players that show them, its chapters for podcast players."""

from __future__ import annotations

import json
from itertools import pairwise

from voiceguide.metadata.tags import clip_tag_text
from voiceguide.timeline.model import Cue, Timeline
from voiceguide.units import SAMPLE_RATE, samples_to_seconds

__all__ = ["format_chapters_json", "format_lrc", "format_webvtt"]

MIN_CAPTION_SAMPLES = SAMPLE_RATE * 3 // 2
"""Samples for which a caption stays at the least, where the next one leaves it the time."""


def format_lrc(timeline: Timeline) -> str:
    """Lyrics as music players show them: each line from its first word until the next begins."""
    head = {
        "ti": timeline.title,
        "ar": timeline.author,
        "la": timeline.language,
        "length": _format_lrc_time(timeline.total),
    }
    lines = [f"[{key}:{_escape_lrc(value)}]" for key, value in head.items() if value]
    lines += [
        f"[{_format_lrc_time(cue.start)}]{_escape_lrc(cue.text)}"
        for cue in timeline.cues
        if cue.is_speech and cue.caption
    ]
    return "\n".join(lines) + "\n"


def format_webvtt(timeline: Timeline) -> str:
    """Captions as WebVTT (w3.org/TR/webvtt1): each line while it is spoken, chimes by their name in brackets."""
    cues = [cue for cue in timeline.cues if cue.caption]
    nexts = [*(later.start for _, later in pairwise(cues)), timeline.total]
    blocks = ["WEBVTT"]
    for number, (cue, following) in enumerate(zip(cues, nexts, strict=True), start=1):
        end = max(cue.end, min(cue.start + MIN_CAPTION_SAMPLES, following))
        blocks.append(f"{number}\n{_format_vtt_time(cue.start)} --> {_format_vtt_time(end)}\n{_vtt_text(cue)}")
    return "\n\n".join(blocks) + "\n"


def format_chapters_json(timeline: Timeline) -> str:
    """Chapters as the podcast namespace has them (github.com/Podcastindex-org/podcast-namespace, chapters 1.2.0)."""
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
    """On one line, and without the brackets that LRC takes for a time."""
    return " ".join(text.split()).replace("[", "(").replace("]", ")")


def _format_lrc_time(samples: int) -> str:
    """Minutes, seconds and hundredths; cut and not rounded, since words shown too early are better than too late."""
    hundredths = samples * 100 // SAMPLE_RATE
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def _format_vtt_time(samples: int) -> str:
    milliseconds = samples * 1000 // SAMPLE_RATE
    seconds = milliseconds // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{milliseconds % 1000:03}"
