"""What kind of sound file a file is, told from its first bytes; nothing is opened that could block or never end."""

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

# Where in the file, which bytes, and ffmpeg's name for the format. None of these formats can name another file.
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
"""A frame of MPEG audio: sync, a layer, a bit rate that is neither free nor forbidden."""


@dataclass(frozen=True)
class AudioFileInfo:
    """What a file says of itself."""

    format: str
    """ffmpeg's name of it."""
    declared_duration_s: float | None = None
    """The length that its header names, where ffmpeg would not notice that less is there."""


def identify_audio_file(path: Path) -> AudioFileInfo:
    """The kind of a sound file.

    Raises:
        SoundError: when it is no regular file, cannot be read, is too large, or is no sound file.
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
        f'"{path.name}" is not a sound file of a known kind. Convert it to MP3, WAV, FLAC, OGG or M4A.'
    )


def _read_head(path: Path) -> bytes:
    """The first bytes of a regular file of acceptable size. A pipe or a device is refused without waiting for it."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise AudioFileError(
            f'"{path.name}" cannot be opened: {reason}. Check its name and who may read it.'
        ) from error
    try:
        state = os.fstat(handle)
        if not stat.S_ISREG(state.st_mode):
            raise AudioFileError(f'"{path.name}" is not a file. Name a sound file, such as rain.mp3.')
        if state.st_size > MAX_FILE_BYTES:
            size, most = state.st_size / 1024**2, MAX_FILE_BYTES / 1024**2
            raise AudioFileError(
                f'"{path.name}" has {size:.0f} MB, and {most:.0f} MB is the most. Convert it to MP3, or cut it.'
            )
        return os.read(handle, HEAD_BYTES)
    finally:
        os.close(handle)


def _id3_tag_bytes(head: bytes) -> int:
    """The length of an ID3v2 tag before the sound, which may be longer than the head; 0 where there is none."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    return 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def _wav_duration_s(head: bytes) -> float | None:
    """The length of a WAV by its header, or None where it does not say: a recorder into a pipe cannot know it."""
    place, bytes_per_s = 12, 0
    while place + 8 <= len(head):
        chunk, size = head[place : place + 4], int.from_bytes(head[place + 4 : place + 8], "little")
        if chunk == b"fmt ":
            bytes_per_s = int.from_bytes(head[place + 16 : place + 20], "little")
        if chunk == b"data":
            return size / bytes_per_s if bytes_per_s and 0 < size <= MAX_FILE_BYTES else None
        place += 8 + size + size % 2
    return None
