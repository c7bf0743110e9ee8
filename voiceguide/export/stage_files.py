"""One file per stage, and a playlist of these files."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

from voiceguide.timeline.model import TimedStage, Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["excerpt_timeline", "playlist_path", "render_playlist", "stage_file_path"]

MAX_NAME_BYTES = 80
"""Maximum length of the stage title in a file name."""


def excerpt_timeline(timeline: Timeline, stage: TimedStage, name: str) -> Timeline:
    """Return one stage, or a part of it, as a session that starts at zero. `name` is added to the title."""
    return replace(
        timeline,
        title=f"{timeline.title}: {name}",
        stages=(_shift_stage(stage, -stage.start),),
        total=stage.length,
        warnings=(),
    )


def _shift_stage(stage: TimedStage, offset_samples: int) -> TimedStage:
    steps = tuple(
        replace(
            step,
            start=step.start + offset_samples,
            end=step.end + offset_samples,
            cues=tuple(replace(cue, start=cue.start + offset_samples) for cue in step.cues),
        )
        for step in stage.steps
    )
    return replace(stage, start=stage.start + offset_samples, end=stage.end + offset_samples, steps=steps)


def stage_file_path(session_path: Path, number: int, title: str) -> Path:
    """Return the path of a stage's file next to the session, such as NAME-02-soak.mp3.

    Punctuation in the title is replaced, so that the title cannot refer to a different folder.
    """
    name = re.sub(r"[^\w]+", "-", title.lower()).strip("-_").encode()[:MAX_NAME_BYTES].decode(errors="ignore")
    return session_path.with_name(f"{session_path.stem}-{number:02}{'-' + name if name else ''}{session_path.suffix}")


def playlist_path(session_path: Path) -> Path:
    """Return the path of the playlist for a session's stages."""
    return session_path.with_suffix(".m3u8")


def render_playlist(timeline: Timeline, files: list[Path]) -> bytes:
    """Return an extended M3U playlist with the files, lengths and titles of the stages.

    If a file name is not valid text, its bytes are written unchanged, because players need them to open the file.
    """
    lines = ["#EXTM3U", f"#PLAYLIST:{_single_line(timeline.title)}"]
    for stage, file in zip(timeline.stages, files, strict=True):
        lines += [f"#EXTINF:{round(stage.length / SAMPLE_RATE)},{_single_line(stage.title)}", file.name]
    return ("\n".join(lines) + "\n").encode("utf-8", sys.getfilesystemencodeerrors())


def _single_line(text: str) -> str:
    return " ".join(text.split())
