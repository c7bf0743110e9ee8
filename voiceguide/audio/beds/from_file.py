"""A user's own music or field recording as a bed: its end led over into its start, and levelled like the others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide.audio.beds.builtin import LOOP_LUFS
from voiceguide.audio.beds.leveling import level_loop
from voiceguide.audio.file_decoder import decode_audio_file, segment_to_samples
from voiceguide.errors import AudioFileError
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE, db_to_gain, format_duration

__all__ = ["MAX_BED_S", "load_bed_file"]

Samples = npt.NDArray[np.float32]

MAX_BED_S = 300.0
"""A longer file is cut there: five minutes are enough for nobody to hear the loop, and fit into little memory."""
MIN_BED_SAMPLES = SAMPLE_RATE
CROSSFADE_SAMPLES = 4 * SAMPLE_RATE
SILENCE_PEAK_DB = -70.0
"""A file whose highest sample is lower has nothing in it."""
MAX_BOOST_DB = 30.0
MAX_PEAK_DB = -1.0


def load_bed_file(path: Path, max_seconds: float = MAX_BED_S) -> Samples:
    """A sound file as a seamless loop: 48 kHz float32, shape (n * 1152, 2), at LOOP_LUFS with its peaks under PEAK_DB.

    Raises:
        SoundError: when the file cannot be decoded, is shorter than a second, or is silent.
    """
    samples = segment_to_samples(decode_audio_file(path, max_seconds, channels=2))
    if len(samples) < MIN_BED_SAMPLES:
        length = format_duration(len(samples))
        raise AudioFileError(
            f'"{path.name}" lasts {length}, too short for a bed. Choose a sound of some seconds or more.'
        )
    if max(samples.max(), -samples.min()) < db_to_gain(SILENCE_PEAK_DB):
        raise AudioFileError(f'"{path.name}" is silent. Choose another file, or write none for no bed.')
    return level_loop(_make_seamless(samples), LOOP_LUFS, MAX_PEAK_DB, MAX_BOOST_DB)


def _make_seamless(samples: Samples) -> Samples:
    """The samples, changed in place, as far as they make a loop of whole frames: what comes after fades into the start.

    Both gains squared make one, which keeps the power of two different sounds even.
    """
    fade = min(CROSSFADE_SAMPLES, len(samples) // 4)
    length = (len(samples) - fade) // MP3_FRAME_SAMPLES * MP3_FRAME_SAMPLES
    angle = (np.arange(fade, dtype=np.float32)[:, np.newaxis] + np.float32(0.5)) * np.float32(np.pi / 2 / fade)
    samples[:fade] *= np.sin(angle)
    samples[:fade] += samples[length : length + fade] * np.cos(angle)
    return samples[:length]
