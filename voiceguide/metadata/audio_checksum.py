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

__all__ = ["audio_checksum", "audio_size_bytes"]

_CHUNK_BYTES = 1 << 20
_ID3V1_BYTES = 128


def audio_checksum(path: Path) -> int:
    """CRC-32 of the sound of an MP3 (all but its tags), M4B (`mdat`) or WAV (`data`)."""
    with open(path, "rb") as file:
        begin, length = _find_audio(file)
        file.seek(begin)
        total = 0
        while length > 0 and (data := file.read(min(_CHUNK_BYTES, length))):
            total = zlib.crc32(data, total)
            length -= len(data)
    return total


def audio_size_bytes(path: Path) -> int:
    """The bytes of the sound alone of an MP3, M4B or WAV; of another file, of all of it."""
    with open(path, "rb") as file:
        return _find_audio(file)[1]


def _find_audio(file: BinaryIO) -> tuple[int, int]:
    """Where the sound begins in a file, and its length."""
    start = file.read(12)
    if start[:4] in (b"RIFF", b"RF64"):
        return _find_chunk(file, 12, "<4sI", b"data")
    if start[4:8] == b"ftyp":
        return _find_chunk(file, 0, ">I4s", b"mdat")
    return _find_mp3_audio(file, start)


def _find_mp3_audio(file: BinaryIO, header: bytes) -> tuple[int, int]:
    begin = 0
    if header[:3] == b"ID3":
        begin = 10 + sum(byte << shift for byte, shift in zip(header[6:10], (21, 14, 7, 0), strict=True))
    end = file.seek(0, os.SEEK_END)
    file.seek(max(end - _ID3V1_BYTES, 0))
    return begin, end - begin - (_ID3V1_BYTES if file.read(3) == b"TAG" else 0)


def _find_chunk(file: BinaryIO, offset: int, header_format: str, name: bytes) -> tuple[int, int]:
    """Where the first box or chunk of that name begins behind its head, and its length."""
    end = file.seek(0, os.SEEK_END)
    while offset + 8 <= end:
        file.seek(offset)
        fields = struct.unpack(header_format, file.read(8))
        found, size = fields if isinstance(fields[0], bytes) else fields[::-1]
        boxes = header_format == ">I4s"
        begin, length = offset + 8, size - 8 if boxes else size
        if boxes and size == 1:
            begin, length = offset + 16, int.from_bytes(file.read(8), "big") - 16
        if found == name:
            return begin, end - begin if size in (0, 0xFFFFFFFF) else length
        offset = begin + max(length, 0) + (0 if boxes else length % 2)
    return end, 0
