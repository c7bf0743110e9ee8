"""Sound files that another program wrote: checked for being whole, then decoded by ffmpeg, whatever is inside."""

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
"""From here on: what programs write for the size of sound that they write to a pipe."""


def read_output_file(path: Path, tempo: float = 1.0) -> Speech:
    """A WAV or AIFF file as one channel at 48 kHz, `tempo` times as fast at the same pitch.

    Raises:
        SpeechError: for a file that is missing, empty, cut short, far too large, or something else.
    """
    import numpy as np

    kind = _detect_format(path)
    filters = f"atempo={tempo:.6f}," if tempo != 1.0 else ""
    command = ["-f", kind, "-i", str(path)]
    command += [
        "-t",
        str(MAX_LENGTH_S),
        "-af",
        f"{filters}aresample={SAMPLE_RATE}",
        "-ac",
        "1",
        "-f",
        "f32le",
        "pipe:1",
    ]
    samples = np.frombuffer(_decode(command), "<f4").astype(np.float32, copy=False)
    return Speech(samples, SAMPLE_RATE)


def _detect_format(path: Path) -> str:
    """ffmpeg's name for what the file is by its first bytes; never guessed further."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4_096)
    except FileNotFoundError as error:
        raise SpeechError("it wrote no file") from error
    if not head:
        raise SpeechError("it wrote nothing")
    if size > MAX_FILE_BYTES:
        raise SpeechError(f"it wrote {size / 1e6:.0f} MB, which is no line of speech")
    kind = _FORMAT_BY_MAGIC.get(head[:4])
    if kind is None:
        raise SpeechError("it wrote something that is neither WAV nor AIFF")
    if kind == "wav":
        _check_wav_complete(head, size)
    return kind


def _check_wav_complete(head: bytes, file_bytes: int) -> None:
    """Refuse a WAV whose sound ends before the length that it tells. Chunks are followed, since "data" may stand in a
    comment before the sound."""
    place = 12
    while place + 8 <= len(head):
        promised = int.from_bytes(head[place + 4 : place + 8], "little")
        if head[place : place + 4] == b"data":
            there = file_bytes - place - 8
            if there < promised < _MIN_UNKNOWN_SIZE_BYTES:
                raise SpeechError(f"it wrote {there} of {promised} bytes of sound")
            return
        place += 8 + promised + promised % 2


def _decode(arguments: list[str]) -> bytes:
    try:
        return decode_with_ffmpeg(arguments, DECODE_TIMEOUT_S)
    except subprocess.CalledProcessError as error:
        told = " ".join(error.stderr.decode("utf-8", "replace").split())[-200:]
        raise SpeechError(f"its file cannot be decoded: {told}") from error
    except subprocess.TimeoutExpired as error:
        raise SpeechError(f"its file was not decoded within {DECODE_TIMEOUT_S} s") from error
