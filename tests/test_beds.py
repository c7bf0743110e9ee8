"""Beds: seamless, levelled, wide but safe on one speaker, and each with what makes it sound like its name."""

from __future__ import annotations

import functools
import itertools
import math
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest

from voiceguide.errors import SoundError
from voiceguide.sound.beds import BEDS, LOOP_LUFS, make_bed
from voiceguide.sound.loudness import loudness, true_peak_db
from voiceguide.units import SAMPLE_RATE

Samples = npt.NDArray[np.float32]
Curve = npt.NDArray[np.float64]
EVERY_BED = pytest.mark.parametrize("name", BEDS)
FRAME = 1152

made = functools.cache(make_bed)


@functools.cache
def spectra(name: str) -> npt.NDArray[np.complexfloating]:
    return np.fft.rfft(made(name).T, axis=1)


def share_db(name: str, low_hz: float, high_hz: float) -> float:
    """How much of a bed's power lies in a band."""
    power = (np.abs(spectra(name)) ** 2).sum(axis=0)
    low, high = (round(hertz * len(made(name)) / SAMPLE_RATE) for hertz in (low_hz, high_hz))
    return float(10 * np.log10(power[low:high].sum() / power.sum()))


def envelope(name: str, low_hz: float, high_hz: float, points_per_second: int) -> Curve:
    """The level (root mean square) of a band over time, both channels together."""
    hertz = np.fft.rfftfreq(len(made(name)), 1 / SAMPLE_RATE)
    band = np.where((hertz >= low_hz) & (hertz < high_hz), spectra(name), 0)
    sound = np.fft.irfft(band, len(made(name)), axis=1)
    points = (sound**2).sum(axis=0).reshape(-1, SAMPLE_RATE // points_per_second).mean(axis=1)
    return np.asarray(np.sqrt(points), dtype=np.float64)


def peakedness(name: str, low_hz: float, high_hz: float) -> float:
    """Fourth moment over the squared second of a band's amplitude: 2 for plain noise, more where events stand out."""
    low, high = (round(hertz * len(made(name)) / SAMPLE_RATE) for hertz in (low_hz, high_hz))
    power = np.abs(np.fft.ifft(spectra(name)[0, low:high])) ** 2
    return float((power**2).mean() / power.mean() ** 2)


@EVERY_BED
def test_whole_frames_of_finite_stereo(name: str) -> None:
    loop = made(name)
    assert loop.dtype == np.float32
    assert loop.flags.c_contiguous
    assert loop.shape[1] == 2
    assert len(loop) % FRAME == 0
    assert 48 <= len(loop) / SAMPLE_RATE <= 120
    assert np.isfinite(loop).all()


@EVERY_BED
def test_level(name: str) -> None:
    assert loudness(made(name)) == pytest.approx(LOOP_LUFS, abs=0.005)
    assert true_peak_db(made(name)) < -3.0


@EVERY_BED
def test_the_same_each_time(name: str) -> None:
    assert make_bed(name).tobytes() == made(name).tobytes()


@EVERY_BED
def test_no_seam(name: str) -> None:
    """Around the seam no step, and no change of slope, is larger than elsewhere; nor is the level another one."""
    loop = made(name)
    for order in (1, 2):
        steps = np.abs(np.diff(np.concatenate([loop[-200:], loop[:200]]), order, axis=0))
        assert steps[195:205].max() <= np.quantile(np.abs(np.diff(loop, order, axis=0)), 0.9999)
    around = np.concatenate([loop[-4800:], loop[:4800]])
    levels = np.sqrt((loop**2).reshape(-1, 9600, 2).mean(axis=(1, 2)))
    assert levels.min() * 0.8 < math.sqrt(float((around**2).mean())) < levels.max() * 1.25


@EVERY_BED
def test_wide_but_safe_on_one_speaker(name: str) -> None:
    left, right = made(name).T
    assert 0.2 <= np.corrcoef(left, right)[0, 1] <= 0.8
    edges = [40, 100, 200, 400, 800, 1600, 3200, 6400, 12800]
    hertz = np.fft.rfftfreq(len(left), 1 / SAMPLE_RATE)
    for low, high in itertools.pairwise(edges):
        band = spectra(name)[:, (hertz >= low) & (hertz < high)]
        folded = (np.abs(band.mean(axis=0)) ** 2).sum() / (np.abs(band) ** 2).sum() * 2
        assert 10 * math.log10(folded) > -3.3, f"{low} to {high} Hz"


@EVERY_BED
def test_neither_rumble_nor_hiss(name: str) -> None:
    assert share_db(name, 0, 25) < -30
    assert share_db(name, 8000, 24_000) < -18
    assert share_db(name, 12_500, 24_000) < -30


@EVERY_BED
def test_no_pattern_repeats_inside_the_loop(name: str) -> None:
    level = envelope(name, 40, 12_000, 10)
    level -= level.mean()
    likeness = np.fft.irfft(np.abs(np.fft.rfft(level)) ** 2, len(level))
    assert likeness[20 : len(level) // 2].max() / likeness[0] < 0.65


def test_rain_is_a_steady_rush_with_drops_in_it() -> None:
    assert share_db("rain", 300, 7000) > -1
    slow = envelope("rain", 40, 12_000, 2)
    assert 20 * math.log10(slow.max() / slow.min()) < 8
    assert peakedness("rain", 1600, 6400) > 2.8
    assert peakedness("rain", 100, 400) < 2.4


def test_unknown_name() -> None:
    with pytest.raises(SoundError) as refused:
        make_bed("snow")
    assert str(refused.value).startswith('There is no bed "snow". Choose one of rain, ')
    assert str(refused.value).endswith(", none, or a sound file of your own.")


def test_names_are_read_without_numpy() -> None:
    """`voiceguide check` looks at names only, and must not wait for numpy."""
    script = "import sys, voiceguide.sound.beds; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
