"""One file a stage, and a playlist that plays them in order."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from voiceguide.system.atomic_file import whole_file
from voiceguide.timeline.model import TimedStage, Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["stage_file", "stage_timeline", "write_playlist"]

LONGEST_NAME = 80
"""Bytes of a stage's title in its file's name."""


def stage_timeline(timeline: Timeline, index: int) -> Timeline:
    """One stage as a session of its own, its clock starting at zero."""
    stage = timeline.stages[index]
    return replace(
        timeline,
        title=f"{timeline.title}: {stage.title}",
        stages=(_moved(stage, -stage.start),),
        total=stage.length,
        warnings=(),
    )


def _moved(stage: TimedStage, by: int) -> TimedStage:
    steps = tuple(
        replace(
            step,
            start=step.start + by,
            end=step.end + by,
            cues=tuple(replace(cue, at=cue.at + by) for cue in step.cues),
        )
        for step in stage.steps
    )
    return replace(stage, start=stage.start + by, end=stage.end + by, steps=steps)


def stage_file(session: Path, number: int, title: str) -> Path:
    """Where a stage's file goes: beside the session's, as NAME-02-soak.mp3. No title can lead it out of the folder."""
    name = re.sub(r"[^\w]+", "-", title.lower()).strip("-_").encode()[:LONGEST_NAME].decode(errors="ignore")
    return session.with_name(f"{session.stem}-{number:02}{'-' + name if name else ''}{session.suffix}")


def write_playlist(timeline: Timeline, session: Path, files: list[Path]) -> Path:
    """The extended M3U that names the stages' files, with their lengths and titles; where it is."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_line(timeline.title)}"]
    for stage, file in zip(timeline.stages, files, strict=True):
        lines += [f"#EXTINF:{round(stage.length / SAMPLE_RATE)},{_line(stage.title)}", file.name]
    target = session.with_suffix(".m3u8")
    with whole_file(target) as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return target


def _line(text: str) -> str:
    return " ".join(text.split())
