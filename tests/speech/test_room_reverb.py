"""A room adds soft reflections after each sound, and nothing else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from voiceguide.builtin_names import ROOM_TAIL_S
from voiceguide.speech.room_reverb import add_room
from voiceguide.units import SAMPLE_RATE, seconds_to_samples

EVERY_ROOM = pytest.mark.parametrize(("room", "wet_db", "decay_s"), [("small", -18, 0.33), ("large", -14, 1.0)])


def reflections(room: str, tail_samples: int | None = None) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return what a room adds to a single impulse at the start."""
    click = np.zeros(100, np.float32)
    click[0] = 1
    tail = seconds_to_samples(ROOM_TAIL_S[room]) if tail_samples is None else tail_samples
    result = add_room(click, room, tail)
    assert result.shape == (100 + tail,)
    assert result.dtype == np.float32
    assert result.tobytes() == add_room(click, room, tail).tobytes()
    return result[1:].astype(np.float64)


@EVERY_ROOM
def test_a_room_decays_softly_within_the_band_of_a_voice(room: str, wet_db: float, decay_s: float) -> None:
    added = reflections(room)
    energy = added**2
    assert 10 * math.log10(energy.sum()) == pytest.approx(wet_db, abs=0.2)
    assert energy[: SAMPLE_RATE // 250].max() < 1e-10, "the words come first"
    left_db = 10 * np.log10(np.cumsum(energy[::-1])[::-1] / energy.sum() + 1e-30)
    twenty_db_s = (np.argmax(left_db < -25) - np.argmax(left_db < -5)) / SAMPLE_RATE
    assert 3 * twenty_db_s == pytest.approx(decay_s, rel=0.15)
    assert abs(added[-1]) < 1e-6
    spectrum, hertz = np.abs(np.fft.rfft(added, SAMPLE_RATE)) ** 2, np.arange(SAMPLE_RATE // 2 + 1)
    inside = (hertz > 180) & (hertz < 5200)
    assert spectrum[inside].sum() > 0.75 * spectrum.sum()
    assert spectrum[hertz > 10_000].mean() < 0.03 * spectrum[inside].mean()


@EVERY_ROOM
def test_a_tail_that_is_cut_short_fades_out(room: str, wet_db: float, decay_s: float) -> None:
    whole, cut = reflections(room), reflections(room, SAMPLE_RATE // 10)
    same = SAMPLE_RATE // 20
    np.testing.assert_allclose(cut[:same], whole[:same], atol=1e-7)
    assert abs(cut[-100:]).max() < 1e-4
