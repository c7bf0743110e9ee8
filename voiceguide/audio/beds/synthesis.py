"""What the beds are woven from: noise with a shape, slow wandering, small sounds strewn over a loop.

All of it is circular: audio is float32 of the shape (frames, 2), and its end runs into its own start.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = [
    "LOOP_SAMPLES",
    "ControlCurve",
    "add_wrapped",
    "control_times",
    "filter_spectrum",
    "pan_gains",
    "random_clicks",
    "random_drift",
    "scatter_events",
    "seeded_generator",
    "shaped_noise",
    "upsample_curve",
]

Samples = npt.NDArray[np.float32]
ControlCurve = npt.NDArray[np.float64]
"""Values one frame (24 ms) apart, shape (frames / FRAME_SAMPLES,): fine enough for all that is slow."""
FrequencyResponse = Callable[[Samples], npt.NDArray[Any]]
"""Gain at each frequency in hertz; complex where it moves the phase as well."""

LOOP_SAMPLES = 2500 * MP3_FRAME_SAMPLES
"""One minute to the sample."""


def seeded_generator(seed: int) -> np.random.Generator:
    """Randomness that is the same each time and with every version of numpy."""
    return np.random.Generator(np.random.PCG64(seed))


def shaped_noise(random: np.random.Generator, frames: int, response: FrequencyResponse, correlation: float) -> Samples:
    """Gaussian noise with the spectrum of `shape`, its two channels alike as far as `correlation` (0 to 1) says."""
    spectrum = random.standard_normal((2, frames + 2), dtype=np.float32).view(np.complex64)
    return _spectrum_to_audio(spectrum, frames, response, correlation)


def filter_spectrum(samples: Samples, response: FrequencyResponse, correlation: float) -> Samples:
    """Two channels of audio, filtered by `shape` and mixed into each other."""
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
    sound = np.empty((frames, 2), dtype=np.float32)
    for channel in range(2):
        mixed = spectrum[channel] * own
        mixed += spectrum[1 - channel] * other
        mixed *= gain
        sound[:, channel] = np.fft.irfft(mixed, frames)
    return sound


def random_drift(random: np.random.Generator, frames: int, min_period_s: float) -> ControlCurve:
    """A slow random curve with mean 0 and deviation 1; nothing in it is faster than `fastest_s` seconds a cycle."""
    points = frames // MP3_FRAME_SAMPLES
    cycles = np.arange(points // 2 + 1)
    highest = frames / SAMPLE_RATE / min_period_s
    spectrum = random.standard_normal((points // 2 + 1, 2)) @ np.array([1, 1j])
    spectrum *= np.where((cycles > 0) & (cycles <= highest), 1 / np.sqrt(np.maximum(cycles, 1)), 0)
    curve = np.fft.irfft(spectrum, points)
    return np.asarray(curve / curve.std())


def control_times(frames: int) -> ControlCurve:
    """The time in seconds of each value of a curve."""
    return np.arange(frames // MP3_FRAME_SAMPLES, dtype=np.float64) * (MP3_FRAME_SAMPLES / SAMPLE_RATE)


def upsample_curve(curve: ControlCurve) -> Samples:
    """A curve as a gain for each sample, shape (frames,): straight lines, from the last value to the first as well."""
    values = curve.astype(np.float32)
    rise = np.roll(values, -1) - values
    ramp = np.arange(MP3_FRAME_SAMPLES, dtype=np.float32) / np.float32(MP3_FRAME_SAMPLES)
    return np.asarray(values[:, np.newaxis] + rise[:, np.newaxis] * ramp).ravel()


def scatter_events(random: np.random.Generator, density: ControlCurve, per_second: float) -> npt.NDArray[np.int64]:
    """Places of events, in order: `per_second` of them on average, more where `density` is higher."""
    frames = len(density) * MP3_FRAME_SAMPLES
    total = np.concatenate([[0.0], np.cumsum(density)])
    drawn = np.sort(random.random(round(frames / SAMPLE_RATE * per_second))) * total[-1]
    places = np.interp(drawn, total, np.arange(len(total)) * MP3_FRAME_SAMPLES)
    return np.asarray(np.minimum(places, frames - 1), dtype=np.int64)


def random_clicks(random: np.random.Generator, density: ControlCurve, per_second: float, spread: float) -> Samples:
    """Bare clicks in both channels, far more of them soft than loud, for `shaped` to give them their sound.

    `spread` is the deviation of their strength's logarithm; the strongest is five times the usual.
    """
    clicks = np.zeros((len(density) * MP3_FRAME_SAMPLES, 2), dtype=np.float32)
    for channel in range(2):
        places = scatter_events(random, density, per_second)
        strength = np.minimum(np.exp(spread * random.standard_normal(len(places))), 5)
        clicks[places, channel] = strength * random.choice([-1, 1], len(places))
    return clicks


def pan_gains(pan_position: float) -> tuple[float, float]:
    """Equal-power gains of the left and right channel for a place between -1 (left) and 1 (right)."""
    angle = (pan_position + 1) * math.pi / 4
    return math.cos(angle), math.sin(angle)


def add_wrapped(loop: Samples, start: int, sound: Samples, left: float, right: float) -> None:
    """Add a mono sound to the loop, in place; what reaches over the end goes on at the start."""
    split = min(len(sound), len(loop) - start)
    for channel, gain in enumerate((left, right)):
        loop[start : start + split, channel] += sound[:split] * np.float32(gain)
        if split < len(sound):
            loop[: len(sound) - split, channel] += sound[split:] * np.float32(gain)
