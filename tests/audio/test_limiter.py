"""The limiter: it bends what is too high and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from voiceguide.audio.limiter import CEILING_DB, GAIN_RAMP_SAMPLES, limit_peaks
from voiceguide.units import SAMPLE_RATE, db_to_gain

CEILING = db_to_gain(CEILING_DB)
QUIET = (0.2 * np.sin(2 * np.pi * 300 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype(np.float32)


def test_what_fits_is_only_multiplied() -> None:
    assert np.array_equal(limit_peaks(QUIET, 2.0), QUIET * np.float32(2.0))


@pytest.mark.parametrize("gain", [4.5, 8.0, 30.0])
def test_no_sample_is_over_the_ceiling(gain: float) -> None:
    assert np.abs(limit_peaks(QUIET, gain)).max() <= CEILING * 1.0001


def test_far_from_a_peak_nothing_changes() -> None:
    clip = QUIET.copy()
    clip[24_000] = 1.0
    bent = limit_peaks(clip, 1.0)
    near = slice(24_000 - 2 * GAIN_RAMP_SAMPLES - 1, 24_000 + 2 * GAIN_RAMP_SAMPLES + 2)
    assert abs(bent[24_000]) <= CEILING * 1.0001
    untouched = np.ones(clip.size, bool)
    untouched[near] = False
    assert np.array_equal(bent[untouched], clip[untouched])


def test_the_gain_moves_without_a_click() -> None:
    """A step in the gain would be heard as a click; it moves by less than a hundredth a sample."""
    clip = QUIET.copy()
    clip[20_000:20_100] *= 4
    moved = limit_peaks(clip, 1.0) / np.where(clip == 0, 1, clip)
    gains = moved[np.abs(clip) > 0.01]
    assert np.abs(np.diff(gains)).max() < 0.02


def test_empty_and_silent_clips_pass() -> None:
    assert limit_peaks(np.zeros(0, np.float32), 3.0).size == 0
    assert not limit_peaks(np.zeros(100, np.float32), 3.0).any()
