"""Custom beds: a music file or field recording as a seamless loop at the loudness of the built-in beds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.builtin import LOOP_LUFS
from voiceguide.audio.beds.leveling import level_loop
from voiceguide.audio.file_decoder import decode_to_segment, segment_to_samples
from voiceguide.audio.loudness import sample_peak
from voiceguide.errors import AudioFileError
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE, db_to_gain, format_duration

__all__ = ["MAX_BED_S", "load_bed_file"]

MAX_BED_S = 300.0
"""Longer files are truncated. Five minutes is long enough to hide the repetition and does not use much memory."""
MIN_BED_SAMPLES = SAMPLE_RATE
CROSSFADE_SAMPLES = 4 * SAMPLE_RATE
SILENCE_PEAK_DB = -70.0
"""A file with a lower peak is treated as silent."""
MAX_BOOST_DB = 30.0
MAX_PEAK_DB = -1.0


def load_bed_file(path: Path, max_seconds: float = MAX_BED_S) -> Samples:
    """Return an audio file as a seamless loop, shape (frames, 2), a whole number of MP3 frames long.

    The loop is leveled to LOOP_LUFS, with peaks below MAX_PEAK_DB.

    Raises:
        AudioFileError: the file cannot be decoded, is shorter than a second, or is silent.
    """
    samples = segment_to_samples(decode_to_segment(path, max_seconds, channels=2))
    if len(samples) < MIN_BED_SAMPLES:
        length = format_duration(len(samples))
        raise AudioFileError(
            f'"{path.name}" is {length} long, which is too short for a bed. '
            "Use a file that lasts at least a few seconds."
        )
    if sample_peak(samples) < db_to_gain(SILENCE_PEAK_DB):
        raise AudioFileError(f'"{path.name}" is silent. Use another file, or set the bed to none.')
    return level_loop(_make_seamless(samples), LOOP_LUFS, MAX_PEAK_DB, MAX_BOOST_DB)


def _make_seamless(samples: Samples) -> Samples:
    """Turn the samples into a seamless loop by crossfading the audio that follows the loop's end into its start.

    Modifies the samples in place. The crossfade is equal-power because the two signals are uncorrelated.
    """
    fade = min(CROSSFADE_SAMPLES, len(samples) // 4)
    length = (len(samples) - fade) // MP3_FRAME_SAMPLES * MP3_FRAME_SAMPLES
    angle = (np.arange(fade, dtype=np.float32)[:, np.newaxis] + np.float32(0.5)) * np.float32(np.pi / 2 / fade)
    samples[:fade] *= np.sin(angle)
    samples[:fade] += samples[length : length + fade] * np.cos(angle)
    return samples[:length]
