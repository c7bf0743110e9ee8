"""Chapters and tags of a finished file, read by ffmpeg and therefore independently of the code that wrote them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceguide.metadata.ffmetadata import parse_ffmetadata
from voiceguide.metadata.tags import Chapter
from voiceguide.system.ffmpeg import run_ffmpeg

__all__ = ["FileTags", "read_file_tags"]


@dataclass(frozen=True)
class FileTags:
    """The chapters and tags of a file."""

    chapters: Sequence[Chapter]
    """Sorted by start."""
    tags: Mapping[str, str]
    """The values of the tags by their lowercase names."""


def read_file_tags(path: Path, *, ogg: bool = False) -> FileTags:
    """Return the chapters and tags of a file. The tags of an Ogg file are part of the stream."""
    # Without -copyts, ffmpeg shifts all chapters by the encoder delay.
    source = ["-copyts", "-protocol_whitelist", "file,pipe", "-i", f"file:{path.absolute()}"]
    tags_from = ["-map_metadata", "0:s:0", "-map_chapters", "0"] if ogg else []
    metadata = run_ffmpeg([*source, *tags_from, "-f", "ffmetadata", "pipe:1"], action="read the chapters")
    found, chapters = parse_ffmetadata(metadata.decode("utf-8", "replace"))
    return FileTags(chapters, found)
