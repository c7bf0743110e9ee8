"""The limiter attenuates only the samples around peaks."""

from __future__ import annotations

import numpy as np
import pytest

from voiceguide.audio.limiter import CEILING_DB, GAIN_RAMP_SAMPLES, limit_peaks
from voiceguide.units import SAMPLE_RATE, db_to_gain

CEILING = db_to_gain(CEILING_DB)
SOFT = (0.2 * np.sin(2 * np.pi * 300 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)).astype(np.float32)


def test_below_the_ceiling_only_the_gain_is_applied() -> None:
    assert np.array_equal(limit_peaks(SOFT, 2.0), SOFT * np.float32(2.0))


@pytest.mark.parametrize("gain", [4.5, 8.0, 30.0])
def test_no_sample_exceeds_the_ceiling(gain: float) -> None:
    assert np.abs(limit_peaks(SOFT, gain)).max() <= CEILING * 1.0001


def test_nothing_changes_far_from_a_peak() -> None:
    clip = SOFT.copy()
    clip[24_000] = 1.0
    limited = limit_peaks(clip, 1.0)
    near = slice(24_000 - 2 * GAIN_RAMP_SAMPLES - 1, 24_000 + 2 * GAIN_RAMP_SAMPLES + 2)
    assert abs(limited[24_000]) <= CEILING * 1.0001
    untouched = np.ones(clip.size, bool)
    untouched[near] = False
    assert np.array_equal(limited[untouched], clip[untouched])


def test_the_gain_changes_without_a_click() -> None:
    """A step in the gain would be audible as a click."""
    clip = SOFT.copy()
    clip[20_000:20_100] *= 4
    ratio = limit_peaks(clip, 1.0) / np.where(clip == 0, 1, clip)
    gains = ratio[np.abs(clip) > 0.01]
    assert np.abs(np.diff(gains)).max() < 0.02


def test_empty_and_silent_clips_pass() -> None:
    assert limit_peaks(np.zeros(0, np.float32), 3.0).size == 0
    assert not limit_peaks(np.zeros(100, np.float32), 3.0).any()
