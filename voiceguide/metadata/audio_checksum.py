"""A sum over the bytes of the sound, beside the plan in the file: whether a single one of them has changed since.

MP3, M4B and WAV carry one of ours. FLAC and Opus have their own in every frame or page, which ffmpeg looks at. Tags may
be written anew by any program: they are not part of it.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

__all__ = ["sound_bytes", "sound_sum"]

_AT_ONCE = 1 << 20
_ID3V1 = 128


def sound_sum(path: Path) -> int:
    """CRC-32 of the sound of an MP3 (all but its tags), M4B (`mdat`) or WAV (`data`)."""
    with open(path, "rb") as file:
        begin, length = _sound(file)
        file.seek(begin)
        total = 0
        while length > 0 and (data := file.read(min(_AT_ONCE, length))):
            total = zlib.crc32(data, total)
            length -= len(data)
    return total


def sound_bytes(path: Path) -> int:
    """The bytes of the sound alone of an MP3, M4B or WAV; of another file, of all of it."""
    with open(path, "rb") as file:
        return _sound(file)[1]


def _sound(file: BinaryIO) -> tuple[int, int]:
    """Where the sound begins in a file, and its length."""
    start = file.read(12)
    if start[:4] in (b"RIFF", b"RF64"):
        return _named(file, 12, "<4sI", b"data")
    if start[4:8] == b"ftyp":
        return _named(file, 0, ">I4s", b"mdat")
    return _mp3_sound(file, start)


def _mp3_sound(file: BinaryIO, start: bytes) -> tuple[int, int]:
    begin = 0
    if start[:3] == b"ID3":
        begin = 10 + sum(byte << shift for byte, shift in zip(start[6:10], (21, 14, 7, 0), strict=True))
    end = file.seek(0, os.SEEK_END)
    file.seek(max(end - _ID3V1, 0))
    return begin, end - begin - (_ID3V1 if file.read(3) == b"TAG" else 0)


def _named(file: BinaryIO, at: int, head: str, name: bytes) -> tuple[int, int]:
    """Where the first box or chunk of that name begins behind its head, and its length."""
    end = file.seek(0, os.SEEK_END)
    while at + 8 <= end:
        file.seek(at)
        fields = struct.unpack(head, file.read(8))
        found, size = fields if isinstance(fields[0], bytes) else fields[::-1]
        boxes = head == ">I4s"
        begin, length = at + 8, size - 8 if boxes else size
        if boxes and size == 1:
            begin, length = at + 16, int.from_bytes(file.read(8), "big") - 16
        if found == name:
            return begin, end - begin if size in (0, 0xFFFFFFFF) else length
        at = begin + max(length, 0) + (0 if boxes else length % 2)
    return end, 0
