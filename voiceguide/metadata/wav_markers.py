"""Cue points with labels in WAV files, which audio editors show as markers and regions.

The chunks are `cue ` and `LIST adtl`, from the Multimedia Programming Interface and Data Specifications 1.0.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path

from voiceguide.metadata.tags import Chapter

__all__ = ["append_markers"]

_UTF8_CODE_PAGE = 65001


def append_markers(path: Path, markers: Sequence[Chapter]) -> None:
    """Append a region for each marker to a finished WAV file, unless the file is too long for 32-bit sizes.

    The positions of the regions are sample-accurate.
    """
    with open(path, "r+b") as file:
        if file.read(4) != b"RIFF" or not markers:
            return
        file.seek(0, os.SEEK_END)
        file.write(bytes(file.tell() % 2) + _cue_chunk(markers) + _label_list(markers))
        size = file.tell() - 8
        file.seek(4)
        file.write(struct.pack("<I", size))


def _cue_chunk(markers: Sequence[Chapter]) -> bytes:
    points = b"".join(
        struct.pack("<II4sIII", number, marker.start, b"data", 0, 0, marker.start)
        for number, marker in enumerate(markers, 1)
    )
    return _chunk(b"cue ", struct.pack("<I", len(markers)) + points)


def _label_list(markers: Sequence[Chapter]) -> bytes:
    labels = b""
    for number, marker in enumerate(markers, 1):
        labels += _chunk(b"labl", struct.pack("<I", number) + marker.title.encode("utf-8") + b"\0")
        length = max(marker.stop - marker.start, 0)
        labels += _chunk(b"ltxt", struct.pack("<II4sHHHH", number, length, b"rgn ", 0, 0, 0, _UTF8_CODE_PAGE))
    return _chunk(b"LIST", b"adtl" + labels)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack("<4sI", name, len(data)) + data + bytes(len(data) % 2)
