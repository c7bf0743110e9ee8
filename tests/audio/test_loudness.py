"""Loudness, compared with the test signals of the standard and with two other programs."""

from __future__ import annotations

import math
import re
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest

from voiceguide.audio.array_type import Samples
from voiceguide.audio.loudness import block_powers, gated_loudness, integrated_loudness, true_peak_db
from voiceguide.units import SAMPLE_RATE

TOLERANCE_LU = 0.1


def tone(level_dbfs: float, seconds: float, hertz: float = 1000.0, channels: int = 2) -> Samples:
    """Return a sine with the given peak level, identical in all channels."""
    times = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    wave = 10 ** (level_dbfs / 20) * np.sin(2 * np.pi * hertz * times)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def speech_like(seconds: float, seed: int, channels: int = 1) -> Samples:
    """Return noise with the spectrum of speech, in a few syllables per second, with pauses for the gate to remove."""
    frames = round(seconds * SAMPLE_RATE)
    noise = np.random.default_rng(seed).standard_normal((frames, channels))
    spectrum = np.fft.rfft(noise, axis=0)
    hertz = np.fft.rfftfreq(frames, 1 / SAMPLE_RATE)[:, None]
    shaped = np.fft.irfft(spectrum / (1 + (hertz / 500) ** 1.5), frames, axis=0)
    times = np.arange(frames)[:, None] / SAMPLE_RATE
    syllables = np.clip(np.sin(2 * np.pi * 3.3 * times), 0, 1) * (np.sin(2 * np.pi * 0.21 * times) > -0.3)
    voiced = shaped * syllables
    return np.asarray(0.4 * voiced / np.abs(voiced).max(), dtype=np.float32)


@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        pytest.param([(-23, 20)], -23, id="EBU Tech 3341 case 1"),
        pytest.param([(-33, 20)], -33, id="case 2"),
        pytest.param([(-36, 10), (-23, 60), (-36, 10)], -23, id="case 3"),
        pytest.param([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23, id="case 4"),
        pytest.param([(-26, 20), (-20, 20.1), (-26, 20)], -23, id="case 5"),
    ],
)
def test_conformance_signals(parts: list[tuple[float, float]], lufs: float) -> None:
    signal = np.concatenate([tone(level, seconds) for level, seconds in parts])
    assert integrated_loudness(signal) == pytest.approx(lufs, abs=TOLERANCE_LU)


@pytest.mark.parametrize(
    ("amplitude", "per_second", "degrees", "dbtp"),
    [
        pytest.param(0.5, 4, 0, -6, id="EBU Tech 3341 case 15"),
        pytest.param(0.5, 4, 45, -6, id="case 16"),
        pytest.param(0.5, 6, 60, -6, id="case 17"),
        pytest.param(0.5, 8, 67.5, -6, id="case 18"),
        pytest.param(1.41, 4, 45, 3, id="case 19"),
    ],
)
def test_true_peak_conformance(amplitude: float, per_second: int, degrees: float, dbtp: float) -> None:
    cycles = np.arange(SAMPLE_RATE) / per_second
    fade = np.minimum(1, np.arange(SAMPLE_RATE) / 2400)
    wave = amplitude * np.sin(2 * np.pi * cycles + math.radians(degrees)) * fade * fade[::-1]
    assert dbtp - 0.4 <= true_peak_db(wave.astype(np.float32)) <= dbtp + 0.2


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_agrees_with_pyloudnorm(seed: int, channels: int) -> None:
    import pyloudnorm  # type: ignore[import-untyped]  # which loads much of scipy

    signal = speech_like(14.25, seed, channels)
    theirs = pyloudnorm.Meter(SAMPLE_RATE).integrated_loudness(signal.astype(np.float64))
    assert integrated_loudness(signal) == pytest.approx(theirs, abs=TOLERANCE_LU)


@pytest.mark.parametrize("seed", [4, 5])
def test_agrees_with_ebur128_of_ffmpeg(seed: int) -> None:
    signal = speech_like(20, seed, channels=2)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", "-"]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    messages = subprocess.run(command, input=signal.tobytes(), capture_output=True, check=True).stderr.decode()
    summary = messages[messages.rindex("Integrated loudness") :]
    lufs, dbtp = (float(re.search(rf"{key}:\s+(-?[\d.]+)", summary).group(1)) for key in ("I", "Peak"))  # type: ignore[union-attr]
    assert integrated_loudness(signal) == pytest.approx(lufs, abs=TOLERANCE_LU)
    assert true_peak_db(signal) == pytest.approx(dbtp, abs=0.2)


def test_chunks_give_the_same_result_as_one_filter_run() -> None:
    """The filters of the standard, run sample by sample, give the same blocks."""
    from scipy.signal import lfilter  # type: ignore[import-untyped]

    from voiceguide.audio.loudness import HIGH_PASS, SHELF

    signal = speech_like(6.3, 9)[:, 0].astype(np.float64)
    filtered = lfilter(*HIGH_PASS, lfilter(*SHELF, signal))
    expected = [np.mean(filtered[start : start + 19_200] ** 2) for start in range(0, len(filtered) - 19_199, 4800)]
    np.testing.assert_allclose(block_powers(signal.astype(np.float32)), expected, rtol=1e-4, atol=1e-12)


def test_clips_measured_separately_pool_into_one_program() -> None:
    """The silence between clips does not count."""
    loud, soft = tone(-20, 5, channels=1), tone(-26, 5, channels=1)
    pooled = gated_loudness(np.concatenate([block_powers(loud), block_powers(soft)]))
    energies = [10 ** (integrated_loudness(clip) / 10) for clip in (loud, soft)]
    assert pooled == pytest.approx(10 * math.log10(sum(energies) / 2), abs=0.01)


def test_a_clip_shorter_than_a_block_counts_as_one_padded_block() -> None:
    clip = tone(-20, 0.2, channels=1)
    padded = np.concatenate([clip, np.zeros((SAMPLE_RATE // 5, 1), np.float32)])
    assert len(block_powers(clip)) == 1
    assert integrated_loudness(clip) == pytest.approx(integrated_loudness(padded), abs=1e-6)
    assert integrated_loudness(clip) == pytest.approx(-26, abs=0.2)


@pytest.mark.parametrize("frames", [0, 1, 4800, 19_200, 100_000])
def test_silence_has_no_loudness(frames: int) -> None:
    silence = np.zeros((frames, 2), np.float32)
    assert integrated_loudness(silence) == -math.inf
    assert true_peak_db(silence) == -math.inf


def test_both_channels_are_three_decibels_louder_than_one() -> None:
    assert integrated_loudness(tone(-23, 3, channels=2)) - integrated_loudness(
        tone(-23, 3, channels=1)
    ) == pytest.approx(3.01, abs=0.01)
