"""Beds are seamless, leveled, wide but mono-compatible, and each sounds like its name."""

from __future__ import annotations

import functools
import itertools
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.long_forms import few
from voiceguide.audio.beds import LOOP_LUFS, loader, make_bed
from voiceguide.audio.beds.leveling import MAX_SWELL_LU, bed_loudness
from voiceguide.audio.beds.loader import are_beds_cached, load_bed_loop, prefetching_beds
from voiceguide.audio.beds.music import singing_bowls
from voiceguide.audio.beds.music.cells import CELL_FRAMES
from voiceguide.audio.loudness import Powers, block_powers, gated_loudness, true_peak_db
from voiceguide.builtin_names import BEDS
from voiceguide.errors import AudioFileError
from voiceguide.seeded_generator import seeded_generator
from voiceguide.system.disk_cache import DiskCache
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

Curve = npt.NDArray[np.float64]
EVERY_BED = pytest.mark.parametrize("name", few(4, BEDS))
FRAME = 1152

cached_bed = functools.cache(make_bed)


@functools.cache
def powers(name: str) -> Powers:
    return block_powers(cached_bed(name))


@functools.cache
def spectra(name: str) -> npt.NDArray[np.complexfloating]:
    return np.fft.rfft(cached_bed(name).T, axis=1)


@functools.cache
def spectral_power(name: str) -> Curve:
    return np.asarray((np.abs(spectra(name)) ** 2).sum(axis=0), dtype=np.float64)


def share_db(name: str, low_hz: float, high_hz: float) -> float:
    """Return the power of a bed in a band, relative to all its power."""
    power = spectral_power(name)
    low, high = (round(hertz * len(cached_bed(name)) / SAMPLE_RATE) for hertz in (low_hz, high_hz))
    return float(10 * np.log10(power[low:high].sum() / power.sum()))


def envelope(name: str, low_hz: float, high_hz: float, points_per_second: int) -> Curve:
    """Return the level (root mean square) of a band over time, both channels together."""
    start, stop = np.searchsorted(np.fft.rfftfreq(len(cached_bed(name)), 1 / SAMPLE_RATE), (low_hz, high_hz))
    band = np.zeros_like(spectra(name))
    band[:, start:stop] = spectra(name)[:, start:stop]
    audio = np.fft.irfft(band, len(cached_bed(name)), axis=1)
    points = (audio**2).sum(axis=0).reshape(-1, SAMPLE_RATE // points_per_second).mean(axis=1)
    return np.asarray(np.sqrt(points), dtype=np.float64)


def peakedness(name: str, low_hz: float, high_hz: float) -> float:
    """Return the kurtosis of the amplitude of a band: 2 for plain noise, more if single events stand out."""
    low, high = (round(hertz * len(cached_bed(name)) / SAMPLE_RATE) for hertz in (low_hz, high_hz))
    power = np.abs(np.fft.ifft(spectra(name)[0, low:high])) ** 2
    return float((power**2).mean() / power.mean() ** 2)


@EVERY_BED
def test_whole_frames_of_finite_stereo(name: str) -> None:
    loop = cached_bed(name)
    assert loop.dtype == np.float32
    assert loop.flags.c_contiguous
    assert loop.shape[1] == 2
    assert len(loop) % FRAME == 0
    assert 48 <= len(loop) / SAMPLE_RATE <= 120
    assert np.isfinite(loop).all()


@EVERY_BED
def test_level(name: str) -> None:
    assert bed_loudness(cached_bed(name)) == pytest.approx(LOOP_LUFS, abs=0.005)
    assert true_peak_db(cached_bed(name)) < -3.0


@EVERY_BED
def test_no_swell_stands_out(name: str) -> None:
    """A block of 400 ms that is much louder than steady rain would count as program."""
    moments = [gated_loudness(block[np.newaxis]) for block in powers(name)]
    assert max(moments) < LOOP_LUFS + MAX_SWELL_LU + 1.5
    assert LOOP_LUFS - 4.5 < gated_loudness(powers(name)) < LOOP_LUFS + 0.01


@EVERY_BED
def test_the_same_each_time(name: str, shared_cache: Path) -> None:
    """The bed is compared with the one that another test has used, and so usually with that of another process."""
    assert load_bed_loop(name, Path, DiskCache(shared_cache)).loop.tobytes() == cached_bed(name).tobytes()


@EVERY_BED
def test_no_seam(name: str) -> None:
    """The steps, the changes of slope and the level around the seam are no larger than elsewhere."""
    loop = cached_bed(name)
    for order in (1, 2):
        steps = np.abs(np.diff(np.concatenate([loop[-200:], loop[:200]]), order, axis=0))
        assert steps[195:205].max() <= np.quantile(np.abs(np.diff(loop, order, axis=0)), 0.9999)
    around = np.concatenate([loop[-4800:], loop[:4800]])
    levels = np.sqrt((loop**2).reshape(-1, 9600, 2).mean(axis=(1, 2)))
    assert levels.min() * 0.8 < math.sqrt(float((around**2).mean())) < levels.max() * 1.25


@EVERY_BED
def test_wide_but_mono_compatible(name: str) -> None:
    left, right = cached_bed(name).T
    assert 0.2 <= np.corrcoef(left, right)[0, 1] <= 0.8
    edges = [40, 100, 200, 400, 800, 1600, 3200, 6400, 12800]
    hertz = np.fft.rfftfreq(len(left), 1 / SAMPLE_RATE)
    for low, high in itertools.pairwise(edges):
        start, stop = np.searchsorted(hertz, (low, high))
        band = spectra(name)[:, start:stop]
        folded = (np.abs(band.mean(axis=0)) ** 2).sum() / spectral_power(name)[start:stop].sum() * 2
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
    correlation = np.fft.irfft(np.abs(np.fft.rfft(level)) ** 2, len(level))
    assert correlation[20 : len(level) // 2].max() / correlation[0] < 0.65


def test_rain_is_a_steady_rush_with_drops_in_it() -> None:
    assert share_db("rain", 300, 7000) > -1
    slow = envelope("rain", 40, 12_000, 2)
    assert 20 * math.log10(slow.max() / slow.min()) < 8
    assert peakedness("rain", 1600, 6400) > 2.8
    assert peakedness("rain", 100, 400) < 2.4


def test_waves_break_every_eight_to_twelve_seconds_and_never_in_step() -> None:
    level = np.convolve(np.tile(envelope("waves", 200, 6000, 10), 3), np.hanning(45), "same")[600:1200]
    around = np.stack([np.roll(level, shift) for shift in range(-30, 31)])
    breaks = np.flatnonzero(level == around.max(axis=0)) / 10
    gaps = np.diff(np.append(breaks, breaks[0] + 60))
    assert len(breaks) == 6
    assert gaps.min() > 7.9
    assert gaps.max() < 12.1
    assert gaps.std() > 0.7
    assert 10 < 20 * math.log10(level.max() / level.min()) < 25


def test_waves_swell_low_before_they_break_and_hiss_high_after() -> None:
    """The center of the power of each band moves from low to high frequencies."""
    centers = []
    for low, high in ((60, 200), (500, 1500), (4000, 8000)):
        power = np.tile(envelope("waves", low, high, 10), 2)[600 - 10 : 600 + 100] ** 2
        centers.append(float((power * np.arange(110)).sum() / power.sum()) / 10)
    assert centers[0] < centers[1] < centers[2] - 0.3


def test_stream_bubbles() -> None:
    assert share_db("stream", 250, 3000) > -1
    assert peakedness("stream", 1200, 2400) > 4
    slow = envelope("stream", 40, 12_000, 1)
    assert 20 * math.log10(slow.max() / slow.min()) < 12


def test_bubbles_rise_in_pitch() -> None:
    from voiceguide.audio.beds.brook import _synthesize_bubble

    bubble = _synthesize_bubble(0.003, rise=0.2)
    crossings = np.flatnonzero(np.diff(np.signbit(bubble)))
    assert SAMPLE_RATE / (2 * (crossings[1] - crossings[0])) == pytest.approx(1000, rel=0.08)
    assert crossings[11] - crossings[10] < crossings[1] - crossings[0]


def test_wind_brightens_as_it_rises() -> None:
    low, high = envelope("wind", 60, 250, 2), envelope("wind", 700, 3000, 2)
    assert np.corrcoef(np.log(low), np.log(high / low))[0, 1] > 0.5
    assert 8 < 20 * math.log10(low.max() / low.min()) < 22
    assert share_db("wind", 3000, 24_000) < -15


def test_wind_whistles_in_gusts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whistle stands out from the wind in its critical band in strong seconds, but not in weak ones."""
    from voiceguide.audio.beds import wind

    whistles, add = np.zeros((60 * SAMPLE_RATE, 2), np.float32), wind._add_whistle
    monkeypatch.setattr(wind, "_add_whistle", lambda random, loop, *how: add(random, whistles, *how))
    without = wind.make()
    spectra_of_left = np.fft.rfft(np.stack([whistles[:, 0], without[:, 0]]), axis=1)[:, 340 * 60 : 600 * 60]
    whistle, around = (np.abs(np.fft.ifft(spectra_of_left, axis=1)) ** 2).reshape(2, 60, -1).mean(axis=2)
    over_db = 10 * np.log10(whistle / around)
    order = np.argsort(envelope("wind", 60, 250, 1))
    assert -8 < over_db[order[-15:]].mean() < 2
    assert over_db[order[:15]].mean() < -10


def test_brown_noise_falls_six_decibels_an_octave_and_stays_even() -> None:
    octaves = [share_db("brown", low, 2 * low) for low in (75, 150, 300, 600, 1200)]
    falls = [high - low for high, low in itertools.pairwise(octaves)]
    assert falls == pytest.approx([3] * 4, abs=1)
    slow = envelope("brown", 40, 12_000, 1)
    assert 20 * math.log10(slow.max() / slow.min()) < 6


def test_bowl_is_a_low_beating_drone() -> None:
    assert share_db("bowl", 119, 131) > -3
    assert share_db("bowl", 90, 900) > -0.1
    level = envelope("bowl", 119, 131, 10)
    assert 20 * math.log10(level.max() / level.min()) > 6


@pytest.mark.parametrize("bowl", [0, 1])
def test_each_partial_of_a_strike_beats_at_its_own_rate(bowl: int) -> None:
    """Measured without home, whose own beats differ from cell to cell. The line next to a partial is a whole number of
    twelfths of a hertz away."""
    strike = singing_bowls._make_cell(seeded_generator(1), bowl)
    spectrum, hertz = np.fft.rfft(strike, axis=0), np.fft.rfftfreq(len(strike), 1 / SAMPLE_RATE)
    for partial in singing_bowls.BOWLS[bowl]:
        band = np.where(np.abs(hertz - partial.hertz)[:, np.newaxis] < 6, spectrum, 0)
        power = (np.fft.irfft(band, axis=0) ** 2).sum(axis=1).reshape(-1, SAMPLE_RATE // 10).mean(axis=1)
        level = np.log(power[30:105])  # after the attack, before the fade
        times = np.arange(len(level))
        level -= np.polyval(np.polyfit(times, level, 2), times)  # the decay
        beats = np.abs(np.fft.rfft(level * np.hanning(len(level)), 6000))  # 10 values a second: steps of 1/600 Hz
        assert (np.argmax(beats[150:]) + 150) / 600 == pytest.approx(partial.beat_hz, abs=0.05)


def test_bowl_never_falls_silent_on_one_speaker() -> None:
    folded = cached_bed("bowl").mean(axis=1).reshape(-1, SAMPLE_RATE // 10)
    level = np.sqrt((folded**2).mean(axis=1))
    assert 20 * math.log10(level.max() / level.min()) < 24


MUSIC = [name for name, bed in BEDS.items() if bed.joins == "cells"]


@pytest.mark.parametrize("name", few(2, MUSIC))
def test_any_cell_follows_any_other(name: str) -> None:
    """At each end of a cell there is home alone, the same frame every time."""
    frames = cached_bed(name).reshape(-1, CELL_FRAMES, MP3_FRAME_SAMPLES, 2)
    home = frames[-1, 0]
    scale = np.abs(home).max()
    assert np.abs(frames[:, [0, -1]] - home).max() < 0.004 * scale
    assert (frames[-1] == home).all()


@pytest.mark.parametrize("name", few(2, MUSIC))
def test_music_leaves_room_for_the_voice(name: str) -> None:
    assert share_db(name, 1000, 6000) < share_db("rain", 1000, 6000) - 10


@pytest.mark.parametrize("name", few(2, MUSIC))
def test_music_stays_steady(name: str) -> None:
    """Nothing comes and goes by surprise, and no third of an octave sounds like an organ."""
    moments = np.array([gated_loudness(block[np.newaxis]) for block in powers(name)])
    assert moments.max() - gated_loudness(powers(name)) < 6
    if name != "bowl":
        assert max(share_db(name, hertz / 1.122, hertz * 1.122) for hertz in (83, 125, 167, 250, 333, 500)) < -4.5


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError) as caught:
        load_bed_loop("snow", Path, DiskCache(tmp_path))
    message = f'Unknown bed "snow". Use an audio file or one of: {", ".join(BEDS)}, none.'
    assert str(caught.value) == message


def test_missing_beds_are_cached_by_a_child_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "PREFETCH_TIMEOUT_S", 120.0)
    cache = DiskCache(tmp_path)
    with prefetching_beds(["brown", "none"], cache):
        pass
    assert are_beds_cached(["brown", "none"], cache)


def test_names_are_read_without_numpy() -> None:
    """`voiceguide check` needs only the names and must not wait for numpy."""
    script = "import sys, voiceguide.audio.beds; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
