"""Chapters and tags of a finished file, read by ffmpeg and therefore independently of the code that wrote them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voiceguide.system.ffmpeg import run_ffmpeg

__all__ = ["FileTags", "read_file_tags"]

_PAIR = re.compile(r"^([^;\[=\n][^=\n]*)=([^\\\n]*(?:\\[\s\S][^\\\n]*)*)$", re.MULTILINE)


@dataclass(frozen=True)
class FileTags:
    """The chapters and tags of a file."""

    chapters: list[tuple[float, float, str]]
    """The start and end in seconds and the title of each chapter, in file order."""
    tags: Mapping[str, str]
    """The values of the tags by their lowercase names."""


def read_file_tags(path: Path, *, ogg: bool = False) -> FileTags:
    """Return the chapters and tags of a file. The tags of an Ogg file are part of the stream."""
    # Without -copyts, ffmpeg shifts all chapters by the encoder delay.
    source = ["-copyts", "-protocol_whitelist", "file,pipe", "-i", f"file:{path.absolute()}"]
    tags_from = ["-map_metadata", "0:s:0", "-map_chapters", "0"] if ogg else []
    metadata = run_ffmpeg([*source, *tags_from, "-f", "ffmetadata", "pipe:1"], action="read the chapters")
    head, *blocks = re.split(r"^\[CHAPTER\]$", metadata.decode("utf-8", "replace"), flags=re.MULTILINE)
    chapters = []
    for block in blocks:
        fields = _read_pairs(block)
        numerator, denominator = (int(part) for part in fields["timebase"].split("/"))
        start, end = (int(fields[name]) * numerator / denominator for name in ("start", "end"))
        chapters.append((start, end, fields.get("title", "")))
    return FileTags(chapters, _read_pairs(head))


def _read_pairs(text: str) -> dict[str, str]:
    return {name.lower(): _unescape(value) for name, value in _PAIR.findall(text)}


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
