"""Decode recordings, which are played instead of synthesized speech."""

from __future__ import annotations

from pathlib import Path

from voiceguide.audio.file_decoder import decode_to_segment, segment_to_samples
from voiceguide.audio.samples import Samples
from voiceguide.errors import AudioFileError

__all__ = ["MAX_RECORDING_S", "load_recording"]

MAX_RECORDING_S = 600.0


def load_recording(path: Path) -> Samples:
    """Return a recording as mono samples, shape (frames,), at its original level.

    Raises:
        AudioFileError: the file is not an audio file, is damaged, or is longer than MAX_RECORDING_S.
    """
    segment = decode_to_segment(path, MAX_RECORDING_S + 1, 1)
    if segment.duration_seconds > MAX_RECORDING_S:
        raise AudioFileError(
            f'"{path.name}" is longer than {MAX_RECORDING_S / 60:.0f} minutes. Split it into shorter recordings.'
        )
    return segment_to_samples(segment)[:, 0]
