"""Identify audio files by their first bytes, without reading from pipes or devices, which could block or never end."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from voiceguide.errors import AudioFileError

__all__ = ["AudioFileInfo", "identify_audio_file"]

MAX_FILE_BYTES = 500 * 1024 * 1024
HEAD_BYTES = 1 << 16

# Offset, bytes at that offset, and ffmpeg's name for the format. None of these formats can refer to other files.
SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "wav"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aiff"),
    (0, b"fLaC", "flac"),
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "mov"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"caff", "caf"),
    (0, b".snd", "au"),
    (0, b"wvpk", "wv"),
    (0, b"#!AMR", "amr"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
)
ADTS_SYNC = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
MPEG_FRAME_HEADER = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xef]")
"""Matches the sync bits, a valid layer, and a bit rate that is neither free nor forbidden."""


@dataclass(frozen=True)
class AudioFileInfo:
    """The format of an audio file."""

    format: str
    """ffmpeg's name for the format."""
    declared_duration_s: float | None = None
    """Duration from the file header. Set only for formats in which ffmpeg does not detect truncation."""


def identify_audio_file(path: Path) -> AudioFileInfo:
    """Return the format of an audio file.

    Raises:
        AudioFileError: the file is not a regular file, cannot be read, is too large, or is not an audio file.
    """
    head = _read_head(path)
    name = _detect_format(head, path)
    return AudioFileInfo(name, _wav_duration_s(head) if name == "wav" else None)


def _detect_format(head: bytes, path: Path) -> str:
    for offset, signature, name in SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return name
    body = head[_id3_tag_bytes(head) :]
    if body[:4] == b"fLaC":
        return "flac"
    if ADTS_SYNC.match(body):
        return "aac"
    if MPEG_FRAME_HEADER.match(body) or head[:3] == b"ID3":
        return "mp3"
    if path.suffix.lower() in {".mp3", ".mp2"} and MPEG_FRAME_HEADER.search(head):
        return "mp3"
    raise AudioFileError(
        f'"{path.name}" is not an audio file in a supported format. Convert it to MP3, WAV, FLAC, OGG or M4A.'
    )


def _read_head(path: Path) -> bytes:
    """Return the first bytes of a file. Pipes, devices and files that are too large are rejected without blocking."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise AudioFileError(f'"{path.name}" cannot be opened: {reason}. Check its name and permissions.') from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise AudioFileError(f'"{path.name}" is not a regular file. Use an audio file such as rain.mp3.')
        if status.st_size > MAX_FILE_BYTES:
            size_mb, limit_mb = status.st_size / 1024**2, MAX_FILE_BYTES / 1024**2
            raise AudioFileError(
                f'"{path.name}" is {size_mb:.0f} MB. The limit is {limit_mb:.0f} MB. Convert it to MP3 or shorten it.'
            )
        return os.read(handle, HEAD_BYTES)
    finally:
        os.close(handle)


def _id3_tag_bytes(head: bytes) -> int:
    """Return the size of the ID3v2 tag, which may be larger than `head`, or 0 if there is no tag."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    return 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def _wav_duration_s(head: bytes) -> float | None:
    """Return the duration from a WAV header.

    If the header does not contain the duration, for example because the recording was written to a pipe, return None.
    """
    offset, bytes_per_s = 12, 0
    while offset + 8 <= len(head):
        chunk, size = head[offset : offset + 4], int.from_bytes(head[offset + 4 : offset + 8], "little")
        if chunk == b"fmt ":
            bytes_per_s = int.from_bytes(head[offset + 16 : offset + 20], "little")
        if chunk == b"data":
            return size / bytes_per_s if bytes_per_s and 0 < size <= MAX_FILE_BYTES else None
        offset += 8 + size + size % 2
    return None
