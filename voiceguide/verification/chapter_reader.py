"""The chapters of a file as ffmpeg reads them, for the check: not by the code that wrote them."""

from __future__ import annotations

import re
from pathlib import Path

from voiceguide.system.ffmpeg import run_ffmpeg

__all__ = ["read_chapters"]


def read_chapters(path: Path) -> list[tuple[float, float, str]]:
    """Start and end in seconds and title of each chapter, in the file's order."""
    # Without -copyts ffmpeg moves every chapter by the encoder's delay.
    source = ["-copyts", "-protocol_whitelist", "file,pipe", "-i", f"file:{path.absolute()}"]
    told = run_ffmpeg([*source, "-f", "ffmetadata", "pipe:1"], action="read the chapters")
    chapters = []
    for block in re.split(r"^\[CHAPTER\]$", told.decode("utf-8", "replace"), flags=re.MULTILINE)[1:]:
        fields = dict(re.findall(r"^(TIMEBASE|START|END|title)=((?:[^\\\n]|\\.|\\\n)*)$", block, re.MULTILINE))
        over, under = (int(part) for part in fields["TIMEBASE"].split("/"))
        title = re.sub(r"\\(.)", r"\1", fields.get("title", ""), flags=re.DOTALL)
        chapters.append((int(fields["START"]) * over / under, int(fields["END"]) * over / under, title))
    return chapters
