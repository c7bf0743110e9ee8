"""Building blocks for beds: shaped noise, slow random curves, and short events scattered over a loop.

All signals are circular: the end leads seamlessly into the start. Audio has the shape (frames, 2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = [
    "CELL_FRAMES",
    "CELL_SAMPLES",
    "CROSSFADE_SAMPLES",
    "LOOP_SAMPLES",
    "ControlCurve",
    "add_wrapped",
    "control_times",
    "filter_spectrum",
    "fold_end_into_start",
    "pan_gains",
    "random_clicks",
    "random_drift",
    "random_positions",
    "shaped_noise",
    "upsample_curve",
]

ControlCurve = npt.NDArray[np.float64]
"""A slow curve with one value per MP3 frame (24 ms), shape (frames / MP3_FRAME_SAMPLES,)."""
FrequencyResponse = Callable[[Samples], npt.NDArray[Any]]
"""A function that maps frequencies in hertz to gains. The gains are complex if the phase changes as well."""

LOOP_SAMPLES = 2500 * MP3_FRAME_SAMPLES
"""Exactly one minute."""
CELL_FRAMES = 500
"""The number of MP3 frames in a cell of a music bed. See `voiceguide.audio.beds.music.cells`."""
CELL_SAMPLES = CELL_FRAMES * MP3_FRAME_SAMPLES
"""Exactly 12 seconds."""
CROSSFADE_SAMPLES = 4 * SAMPLE_RATE
"""The length of the crossfade where a file or a sound that was cut is turned into a loop."""


def shaped_noise(random: np.random.Generator, frames: int, response: FrequencyResponse, correlation: float) -> Samples:
    """Return Gaussian noise with the spectrum of `response` and the given correlation (0 to 1) between its channels."""
    spectrum = random.standard_normal((2, frames + 2), dtype=np.float32).view(np.complex64)
    return _spectrum_to_audio(spectrum, frames, response, correlation)


def filter_spectrum(samples: Samples, response: FrequencyResponse, correlation: float) -> Samples:
    """Return the audio filtered by `response`, with its channels mixed to reach the given correlation."""
    spectrum = np.empty((2, len(samples) // 2 + 1), dtype=np.complex64)
    for channel in range(2):
        spectrum[channel] = np.fft.rfft(samples[:, channel])
    return _spectrum_to_audio(spectrum, len(samples), response, correlation)


def _spectrum_to_audio(
    spectrum: npt.NDArray[Any], frames: int, response: FrequencyResponse, correlation: float
) -> Samples:
    gain = response(np.maximum(np.arange(frames // 2 + 1, dtype=np.float32) * np.float32(SAMPLE_RATE / frames), 1e-3))
    gain[0] = 0
    angle = math.asin(correlation) / 2
    own, other = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    audio = np.empty((frames, 2), dtype=np.float32)
    for channel in range(2):
        mixed = spectrum[channel] * own
        mixed += spectrum[1 - channel] * other
        mixed *= gain
        audio[:, channel] = np.fft.irfft(mixed, frames)
    return audio


def random_drift(random: np.random.Generator, frames: int, min_period_s: float) -> ControlCurve:
    """Return a slow random curve with mean 0, standard deviation 1 and no cycle shorter than `min_period_s`."""
    points = frames // MP3_FRAME_SAMPLES
    cycles = np.arange(points // 2 + 1)
    highest = frames / SAMPLE_RATE / min_period_s
    spectrum = random.standard_normal((points // 2 + 1, 2)) @ np.array([1, 1j])
    spectrum *= np.where((cycles > 0) & (cycles <= highest), 1 / np.sqrt(np.maximum(cycles, 1)), 0)
    curve = np.fft.irfft(spectrum, points)
    return np.asarray(curve / curve.std())


def control_times(frames: int) -> ControlCurve:
    """Return the time in seconds of each value of a control curve."""
    return np.arange(frames // MP3_FRAME_SAMPLES, dtype=np.float64) * (MP3_FRAME_SAMPLES / SAMPLE_RATE)


def upsample_curve(curve: ControlCurve) -> Samples:
    """Interpolate a control curve linearly and circularly to one value per sample, shape (frames,)."""
    values = curve.astype(np.float32)
    rise = np.roll(values, -1) - values
    ramp = np.arange(MP3_FRAME_SAMPLES, dtype=np.float32) / np.float32(MP3_FRAME_SAMPLES)
    return np.asarray(values[:, np.newaxis] + rise[:, np.newaxis] * ramp).ravel()


def random_positions(random: np.random.Generator, density: ControlCurve, per_second: float) -> npt.NDArray[np.int64]:
    """Return sorted random positions: on average `per_second` in each second, and more where `density` is higher."""
    frames = len(density) * MP3_FRAME_SAMPLES
    total = np.concatenate([[0.0], np.cumsum(density)])
    drawn = np.sort(random.random(round(frames / SAMPLE_RATE * per_second))) * total[-1]
    positions = np.interp(drawn, total, np.arange(len(total)) * MP3_FRAME_SAMPLES)
    return np.asarray(np.minimum(positions, frames - 1), dtype=np.int64)


def random_clicks(random: np.random.Generator, density: ControlCurve, per_second: float, spread: float) -> Samples:
    """Return random, mostly soft clicks in both channels as input for `filter_spectrum`.

    `spread` is the standard deviation of the logarithm of the clicks' strength. No click is more than five times as
    strong as the median.
    """
    clicks = np.zeros((len(density) * MP3_FRAME_SAMPLES, 2), dtype=np.float32)
    for channel in range(2):
        positions = random_positions(random, density, per_second)
        strength = np.minimum(np.exp(spread * random.standard_normal(len(positions))), 5)
        clicks[positions, channel] = strength * random.choice([-1, 1], len(positions))
    return clicks


def fold_end_into_start(samples: Samples, length: int, fade: int) -> Samples:
    """Return the first `length` samples as a loop, with the `fade` samples after them crossfaded into its start.

    Modifies the samples in place, shape (at least length + fade, 2). The crossfade is equal-power because the two
    signals are uncorrelated.
    """
    angle = (np.arange(fade, dtype=np.float32)[:, np.newaxis] + np.float32(0.5)) * np.float32(np.pi / 2 / max(fade, 1))
    samples[:fade] *= np.sin(angle)
    samples[:fade] += samples[length : length + fade] * np.cos(angle)
    return samples[:length]


def pan_gains(pan_position: float) -> tuple[float, float]:
    """Return the equal-power gains of the left and right channels for a position from -1 (left) to 1 (right)."""
    angle = (pan_position + 1) * math.pi / 4
    return math.cos(angle), math.sin(angle)


def add_wrapped(loop: Samples, start: int, samples: Samples, left: float, right: float) -> None:
    """Add mono samples to the loop in place. Samples past the end wrap around to the start."""
    split = min(len(samples), len(loop) - start)
    for channel, gain in enumerate((left, right)):
        loop[start : start + split, channel] += samples[:split] * np.float32(gain)
        if split < len(samples):
            loop[: len(samples) - split, channel] += samples[split:] * np.float32(gain)
