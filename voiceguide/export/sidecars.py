"""The files beside a session, on request: captions, chapters, the cue sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from voiceguide.export.captions import format_chapters_json, format_lrc, format_webvtt
from voiceguide.export.cue_sheet import render_cue_sheet
from voiceguide.system.atomic_file import write_atomically
from voiceguide.timeline.model import Timeline

__all__ = ["SIDECARS", "write_sidecars"]

SIDECARS: dict[str, tuple[str, Callable[[Timeline], str]]] = {
    "lrc": (".lrc", format_lrc),
    "vtt": (".vtt", format_webvtt),
    "chapters_json": (".chapters.json", format_chapters_json),
    "cue_sheet": (".html", render_cue_sheet),
}
"""What there is: the ending of its name, and what makes it."""


def write_sidecars(timeline: Timeline, session_path: Path, kinds: Iterable[str]) -> list[Path]:
    """Write the wanted files next to the session's, under its name with another ending; where they are."""
    written = []
    for kind in kinds:
        ending, make = SIDECARS[kind]
        target = session_path.with_name(session_path.stem + ending)
        write_atomically(target, make(timeline).encode("utf-8"))
        written.append(target)
    return written
