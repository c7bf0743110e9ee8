"""Checksum of the audio bytes, stored with the embedded plan to detect damage.

The checksum is written to MP3, M4B and WAV files. FLAC and Opus have a checksum in every frame or page, which ffmpeg
verifies. Tags are not included because other programs may rewrite them.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from voiceguide.metadata.id3 import id3v2_size_bytes

__all__ = ["audio_checksum", "audio_size_bytes"]

_CHUNK_BYTES = 1 << 20
_ID3V1_BYTES = 128


def audio_checksum(path: Path) -> int:
    """Return the CRC-32 of the audio in an MP3 (everything except its tags), M4B (`mdat`) or WAV (`data`) file."""
    with open(path, "rb") as file:
        offset, length = _find_audio(file)
        file.seek(offset)
        checksum = 0
        while length > 0 and (data := file.read(min(_CHUNK_BYTES, length))):
            checksum = zlib.crc32(data, checksum)
            length -= len(data)
    return checksum


def audio_size_bytes(path: Path) -> int:
    """Return the number of audio bytes in an MP3, M4B or WAV file. For other formats, return the file size."""
    with open(path, "rb") as file:
        return _find_audio(file)[1]


def _find_audio(file: BinaryIO) -> tuple[int, int]:
    """Return the offset and length of the audio in bytes."""
    header = file.read(12)
    if header[:4] in (b"RIFF", b"RF64"):
        return _find_chunk(file, 12, "<4sI", b"data")
    if header[4:8] == b"ftyp":
        return _find_chunk(file, 0, ">I4s", b"mdat")
    return _find_mp3_audio(file, header)


def _find_mp3_audio(file: BinaryIO, header: bytes) -> tuple[int, int]:
    offset = id3v2_size_bytes(header)
    end = file.seek(0, os.SEEK_END)
    file.seek(max(end - _ID3V1_BYTES, 0))
    return offset, end - offset - (_ID3V1_BYTES if file.read(3) == b"TAG" else 0)


def _find_chunk(file: BinaryIO, offset: int, header_format: str, name: bytes) -> tuple[int, int]:
    """Return the offset and length of the first box or chunk called `name`, excluding its header."""
    end = file.seek(0, os.SEEK_END)
    is_mp4 = header_format == ">I4s"
    while offset + 8 <= end:
        file.seek(offset)
        fields = struct.unpack(header_format, file.read(8))
        found, size = fields if isinstance(fields[0], bytes) else fields[::-1]
        content, length = offset + 8, size - 8 if is_mp4 else size
        if is_mp4 and size == 1:
            content, length = offset + 16, int.from_bytes(file.read(8), "big") - 16
        if found == name:
            return content, end - content if size in (0, 0xFFFFFFFF) else length
        offset = content + max(length, 0) + (0 if is_mp4 else length % 2)
    return end, 0
