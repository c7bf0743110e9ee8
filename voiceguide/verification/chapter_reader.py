"""Chapters of a finished file, read by ffmpeg and therefore independently of the code that wrote them."""

from __future__ import annotations

import re
from pathlib import Path

from voiceguide.system.ffmpeg import run_ffmpeg

__all__ = ["read_chapters"]


def read_chapters(path: Path) -> list[tuple[float, float, str]]:
    """Return the start and end in seconds and the title of each chapter, in file order."""
    # Without -copyts, ffmpeg shifts all chapters by the encoder delay.
    source = ["-copyts", "-protocol_whitelist", "file,pipe", "-i", f"file:{path.absolute()}"]
    metadata = run_ffmpeg([*source, "-f", "ffmetadata", "pipe:1"], action="read the chapters")
    chapters = []
    for block in re.split(r"^\[CHAPTER\]$", metadata.decode("utf-8", "replace"), flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"^(TIMEBASE|START|END|title)=((?:[^\\\n]|\\.|\\\n)*)$", block, re.MULTILINE))
        numerator, denominator = (int(part) for part in fields["TIMEBASE"].split("/"))
        title = re.sub(r"\\(.)", r"\1", fields.get("title", ""), flags=re.DOTALL)
        start, end = (int(fields[name]) * numerator / denominator for name in ("START", "END"))
        chapters.append((start, end, title))
    return chapters
