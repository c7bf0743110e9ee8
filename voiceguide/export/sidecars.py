"""Sidecar files written next to a session: captions, chapters, a cue sheet, a player page and a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from voiceguide.export.captions import format_chapters_json, format_lrc, format_webvtt
from voiceguide.export.html_cue_sheet import render_cue_sheet
from voiceguide.export.html_player import write_standalone_html
from voiceguide.export.timeline_svg import render_timeline_svg
from voiceguide.system.atomic_file import write_atomically
from voiceguide.timeline.model import Timeline

__all__ = ["SIDECARS", "sidecar_path", "write_sidecars"]

WriteSidecar = Callable[[Timeline, Path, Path], None]
"""A function that takes a timeline, its audio file and a path, and writes a sidecar file to that path."""


def write_sidecars(timeline: Timeline, target: Path, audio: Path, kinds: Iterable[str]) -> list[Path]:
    """Write sidecar files next to `target` and return their paths.

    They have the same base name as `target` but different extensions.

    `audio` is the finished file. `kinds` contains names from SIDECARS.

    Raises:
        ExportError: If a file cannot be written.
    """
    written = []
    for kind in kinds:
        path = sidecar_path(target, kind)
        SIDECARS[kind][1](timeline, audio, path)
        written.append(path)
    return written


def sidecar_path(target: Path, kind: str) -> Path:
    """Return the path of a sidecar file of a session."""
    return target.with_name(target.stem + SIDECARS[kind][0])


def _text_writer(render: Callable[[Timeline], str]) -> WriteSidecar:
    def write(timeline: Timeline, audio: Path, path: Path) -> None:
        write_atomically(path, render(timeline).encode("utf-8"))

    return write


def _write_html_player(timeline: Timeline, audio: Path, path: Path) -> None:
    write_standalone_html({**timeline.to_dict(), "warnings": []}, audio, path)


SIDECARS: dict[str, tuple[str, WriteSidecar]] = {
    "lrc": (".lrc", _text_writer(format_lrc)),
    "vtt": (".vtt", _text_writer(format_webvtt)),
    "chapters_json": (".chapters.json", _text_writer(format_chapters_json)),
    "cue_sheet": (".html", _text_writer(render_cue_sheet)),
    "html_player": (".player.html", _write_html_player),
    "timeline_svg": (".svg", _text_writer(render_timeline_svg)),
}
"""The file extension and the writer function of each sidecar, by name."""
