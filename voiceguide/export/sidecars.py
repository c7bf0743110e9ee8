"""The files beside a session, on request: captions, chapters, the cue sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from voiceguide.export.captions import chapters_json, lrc, vtt
from voiceguide.export.cue_sheet import cue_sheet_html
from voiceguide.system.atomic_file import whole_file
from voiceguide.timeline.model import Timeline

__all__ = ["BESIDE", "write_beside"]

BESIDE: dict[str, tuple[str, Callable[[Timeline], str]]] = {
    "lrc": (".lrc", lrc),
    "vtt": (".vtt", vtt),
    "chapters_json": (".chapters.json", chapters_json),
    "cue_sheet": (".html", cue_sheet_html),
}
"""What there is: the ending of its name, and what makes it."""


def write_beside(timeline: Timeline, session: Path, kinds: Iterable[str]) -> list[Path]:
    """Write the wanted files next to the session's, under its name with another ending; where they are."""
    written = []
    for kind in kinds:
        ending, make = BESIDE[kind]
        target = session.with_name(session.stem + ending)
        with whole_file(target) as part:
            part.write_text(make(timeline), encoding="utf-8")
        written.append(target)
    return written
