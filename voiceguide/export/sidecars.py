"""Sidecar files written next to a session: captions, chapters, a cue sheet and a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from voiceguide.export.captions import format_chapters_json, format_lrc, format_srt, format_webvtt
from voiceguide.export.editing_files import format_labels, format_ssml, format_transcript
from voiceguide.export.html_cue_sheet import render_cue_sheet
from voiceguide.export.otio_timeline import format_otio
from voiceguide.export.timeline_svg import render_timeline_svg
from voiceguide.system.atomic_file import write_atomically
from voiceguide.timeline.model import Timeline

__all__ = ["HTML_PLAYER", "OTIO", "SIDECARS", "sidecar_path", "write_sidecars"]

HTML_PLAYER = "html_player"
"""A sidecar that needs more than the timeline. `voiceguide.phone.html_page` writes it."""
OTIO = "otio"
"""A sidecar that also needs the name of the audio file."""


def write_sidecars(timeline: Timeline, target: Path, kinds: Iterable[str]) -> list[Path]:
    """Write sidecar files next to `target` and return their paths.

    They have the same base name as `target` but different extensions. `kinds` contains names from SIDECARS.

    Raises:
        ExportError: If a file cannot be written, or a library that it needs is not installed.
    """
    written = []
    for kind in kinds:
        path = sidecar_path(target, kind)
        text = format_otio(timeline, target) if kind == OTIO else SIDECARS[kind][1](timeline)
        write_atomically(path, text.encode("utf-8"))
        written.append(path)
    return written


def sidecar_path(target: Path, kind: str) -> Path:
    """Return the path of a sidecar file of a session."""
    extension = {HTML_PLAYER: ".player.html", OTIO: ".otio"}.get(kind) or SIDECARS[kind][0]
    return target.with_name(target.stem + extension)


SIDECARS: dict[str, tuple[str, Callable[[Timeline], str]]] = {
    "lrc": (".lrc", format_lrc),
    "vtt": (".vtt", format_webvtt),
    "srt": (".srt", format_srt),
    "labels": (".labels.txt", format_labels),
    "transcript": (".transcript.txt", format_transcript),
    "ssml": (".ssml", format_ssml),
    "chapters_json": (".chapters.json", format_chapters_json),
    "cue_sheet": (".html", render_cue_sheet),
    "timeline_svg": (".svg", render_timeline_svg),
}
"""The file extension of each sidecar and the function that generates its text, keyed by the name of the sidecar."""
