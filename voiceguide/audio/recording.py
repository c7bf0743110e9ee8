"""Decode recordings, which are played instead of synthesized speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.file_decoder import decode_to_segment, segment_to_samples
from voiceguide.audio.loudness import sample_peak
from voiceguide.errors import AudioFileError
from voiceguide.units import SAMPLE_RATE, db_to_gain

__all__ = ["MAX_RECORDING_S", "load_recording"]

MAX_RECORDING_S = 600.0
MIN_RECORDING_S = 0.02
"""A recording that is shorter than this is at most a click. `verify` measures levels over periods of this length."""
SILENCE_PEAK_DB = -70.0
"""A recording with a lower peak is treated as silent."""
MAX_OFFSET = 0.001
"""A larger offset is removed. A constant offset cannot be heard, and encoders remove it."""
_OFFSET_BLOCK_SAMPLES = SAMPLE_RATE // 50


def load_recording(path: Path) -> Samples:
    """Return a recording as mono samples, shape (frames,), at its original level.

    Raises:
        AudioFileError: the file is not an audio file, is damaged or silent, or its length is not between
            MIN_RECORDING_S and MAX_RECORDING_S.
    """
    segment = decode_to_segment(path, MAX_RECORDING_S + 1, 1)
    if segment.duration_seconds > MAX_RECORDING_S:
        raise AudioFileError(
            f'"{path.name}" is longer than {MAX_RECORDING_S / 60:.0f} minutes. Split it into shorter recordings.'
        )
    samples = _without_offset(segment_to_samples(segment)[:, 0])
    if samples.size < MIN_RECORDING_S * SAMPLE_RATE:
        length_ms = samples.size * 1000 / SAMPLE_RATE
        raise AudioFileError(
            f'"{path.name}" is too short: {length_ms:.2g} ms. Use at least {MIN_RECORDING_S * 1000:.0f} ms.'
        )
    if _is_silent(samples):  # perhaps the two sides cancel each other, because one was wired the wrong way around
        samples = _without_offset(segment_to_samples(decode_to_segment(path, MAX_RECORDING_S + 1, 2))[:, 0])
    if _is_silent(samples):
        raise AudioFileError(f'"{path.name}" is silent. Record it again, or use another file.')
    return samples


def _is_silent(samples: Samples) -> bool:
    return sample_peak(samples) < db_to_gain(SILENCE_PEAK_DB)


def _without_offset(samples: Samples) -> Samples:
    """Subtract the mean of the blocks whose means are in the middle. The mean of everything also counts clicks."""
    blocks = samples[: samples.size // _OFFSET_BLOCK_SAMPLES * _OFFSET_BLOCK_SAMPLES].reshape(-1, _OFFSET_BLOCK_SAMPLES)
    means = np.sort(blocks.mean(axis=1))
    middle = means[means.size // 4 : means.size - means.size // 4]
    offset = middle.mean() if middle.size else np.float32(0)
    return samples - offset if abs(offset) > MAX_OFFSET else samples
