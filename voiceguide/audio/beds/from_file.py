"""Custom beds: a music file or field recording as a seamless loop at the loudness of the built-in beds."""

from __future__ import annotations

from pathlib import Path

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.building_blocks import CROSSFADE_SAMPLES, fold_end_into_start
from voiceguide.audio.beds.builtin import LOOP_LUFS
from voiceguide.audio.beds.leveling import level_loop
from voiceguide.audio.file_decoder import decode_to_segment, segment_to_samples
from voiceguide.audio.loudness import sample_peak
from voiceguide.errors import AudioFileError
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE, db_to_gain, format_duration

__all__ = ["MAX_BED_S", "check_bed_file", "load_bed_file"]

MAX_BED_S = 300.0
"""Longer files are truncated. Five minutes is long enough to hide the repetition and does not use much memory."""
MIN_BED_SAMPLES = SAMPLE_RATE
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
    samples = _decode(path, max_seconds)
    fade = min(CROSSFADE_SAMPLES, len(samples) // 4)
    loop_samples = (len(samples) - fade) // MP3_FRAME_SAMPLES * MP3_FRAME_SAMPLES
    return level_loop(fold_end_into_start(samples, loop_samples, fade), LOOP_LUFS, MAX_PEAK_DB, MAX_BOOST_DB)


def check_bed_file(path: Path) -> None:
    """Check that `load_bed_file` can load a file.

    Raises:
        AudioFileError: the file cannot be decoded, is shorter than a second, or is silent.
    """
    _decode(path, MAX_BED_S)


def _decode(path: Path, max_seconds: float) -> Samples:
    samples = segment_to_samples(decode_to_segment(path, max_seconds, channels=2))
    if len(samples) < MIN_BED_SAMPLES:
        length = format_duration(len(samples))
        raise AudioFileError(
            f'"{path.name}" is {length} long, which is too short for a bed. '
            "Use a file that lasts at least a few seconds."
        )
    if sample_peak(samples) < db_to_gain(SILENCE_PEAK_DB):
        raise AudioFileError(f'"{path.name}" is silent. Use another file, or set the bed to none.')
    return samples
