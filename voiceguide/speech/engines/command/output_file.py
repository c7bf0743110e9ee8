"""Read the audio file that a program wrote: check that it is complete, then decode it with ffmpeg."""

from __future__ import annotations

import subprocess
from pathlib import Path

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Speech
from voiceguide.system.ffmpeg import decode_with_ffmpeg
from voiceguide.units import SAMPLE_RATE

__all__ = ["read_output_file"]

MAX_FILE_BYTES = 400_000_000
MAX_LENGTH_S = 1_800
DECODE_TIMEOUT_S = 60
_FORMAT_BY_MAGIC = {b"RIFF": "wav", b"RF64": "wav", b"FORM": "aiff"}
_MIN_UNKNOWN_SIZE_BYTES = 0x7FFFF000
"""Sizes at or above this value are placeholders, written by programs that stream audio to a pipe."""


def read_output_file(path: Path, tempo: float = 1.0) -> Speech:
    """Return the audio of a WAV or AIFF file as mono at 48 kHz, `tempo` times as fast at the same pitch.

    Raises:
        SpeechError: if the file is missing, empty, truncated, far too large, a folder or a pipe, or in another format.
    """
    import numpy as np

    filters = f"atempo={tempo:.6f}," if tempo != 1.0 else ""
    arguments = ["-f", _detect_format(path), "-i", str(path), "-t", str(MAX_LENGTH_S)]
    arguments += ["-af", f"{filters}aresample={SAMPLE_RATE}", "-ac", "1", "-f", "f32le", "pipe:1"]
    samples = np.frombuffer(_decode(arguments), "<f4").astype(np.float32, copy=False)
    return Speech(samples, SAMPLE_RATE)


def _detect_format(path: Path) -> str:
    """Return ffmpeg's name for the format. Only the first bytes of the file are checked."""
    try:
        if not path.is_file() and path.exists():  # opening a pipe waits until a program writes to it
            raise SpeechError("what it left in place of the file is not a file")
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4_096)
    except FileNotFoundError as error:
        raise SpeechError("it wrote no file") from error
    if not head:
        raise SpeechError("it wrote nothing")
    if size > MAX_FILE_BYTES:
        raise SpeechError(f"it wrote {size / 1e6:.0f} MB, which is too much for a line of speech")
    file_format = _FORMAT_BY_MAGIC.get(head[:4])
    if file_format is None:
        raise SpeechError("its output is neither WAV nor AIFF")
    if file_format == "wav":
        _check_wav_complete(head, size)
    return file_format


def _check_wav_complete(head: bytes, file_bytes: int) -> None:
    """Raise SpeechError if a WAV file contains less audio than its header says.

    Walk from chunk to chunk instead of searching for "data", which may also occur in a comment before the audio.
    """
    position = 12
    while position + 8 <= len(head):
        declared_bytes = int.from_bytes(head[position + 4 : position + 8], "little")
        if head[position : position + 4] == b"data":
            available_bytes = file_bytes - position - 8
            if available_bytes < declared_bytes < _MIN_UNKNOWN_SIZE_BYTES:
                raise SpeechError(f"it wrote {available_bytes} of {declared_bytes} bytes of audio")
            return
        position += 8 + declared_bytes + declared_bytes % 2


def _decode(arguments: list[str]) -> bytes:
    try:
        return decode_with_ffmpeg(arguments, DECODE_TIMEOUT_S)
    except subprocess.CalledProcessError as error:
        message = " ".join(error.stderr.decode("utf-8", "replace").split())[-200:]
        raise SpeechError(f"its file cannot be decoded: {message}") from error
    except subprocess.TimeoutExpired as error:
        raise SpeechError(f"its file was not decoded within {DECODE_TIMEOUT_S} s") from error
