"""What the beds are woven from: noise with a shape, slow wandering, small sounds strewn over a loop.

All of it is circular: audio is float32 of the shape (frames, 2), and its end runs into its own start.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.units import SAMPLE_RATE

__all__ = ["FRAME", "LOOP_SAMPLES", "add_at", "pan", "random_source", "shaped", "shaped_noise", "strew", "wander"]

Samples = npt.NDArray[np.float32]
Shape = Callable[[Samples], npt.NDArray[Any]]
"""Gain at each frequency in hertz; complex where it moves the phase as well."""

FRAME = 1152
"""Samples of an MP3 frame; loops are whole frames long, so that they can be encoded once and copied."""
LOOP_SAMPLES = 2000 * FRAME
"""48 seconds."""


def random_source(seed: int) -> np.random.Generator:
    """Randomness that is the same each time and with every version of numpy."""
    return np.random.Generator(np.random.PCG64(seed))


def shaped_noise(random: np.random.Generator, frames: int, shape: Shape, correlation: float) -> Samples:
    """Gaussian noise with the spectrum of `shape`, its two channels alike as far as `correlation` (0 to 1) says."""
    spectrum = random.standard_normal((2, frames + 2), dtype=np.float32).view(np.complex64)
    return _sounded(spectrum, frames, shape, correlation)


def shaped(samples: Samples, shape: Shape, correlation: float) -> Samples:
    """Two channels of audio, filtered by `shape` and mixed into each other."""
    return _sounded(np.fft.rfft(samples.T, axis=1), len(samples), shape, correlation)


def _sounded(spectrum: npt.NDArray[Any], frames: int, shape: Shape, correlation: float) -> Samples:
    hertz = np.fft.rfftfreq(frames, 1 / SAMPLE_RATE).astype(np.float32)
    gain = shape(np.maximum(hertz, 1e-3))
    gain[0] = 0
    angle = math.asin(correlation) / 2
    own, other = gain * np.float32(math.cos(angle)), gain * np.float32(math.sin(angle))
    mixed = spectrum * own
    mixed += spectrum[::-1] * other
    return np.asarray(np.fft.irfft(mixed, frames, axis=1).T, dtype=np.float32)


def wander(random: np.random.Generator, frames: int, fastest_s: float, spread: float = 1.0) -> Samples:
    """A slow random curve, shape (frames,), mean 0, deviation `spread`; nothing in it is faster than `fastest_s`."""
    points = frames // FRAME
    cycles = np.arange(points // 2 + 1)
    highest = frames / SAMPLE_RATE / fastest_s
    spectrum = random.standard_normal((points // 2 + 1, 2)) @ np.array([1, 1j])
    spectrum *= np.where((cycles > 0) & (cycles <= highest), 1 / np.sqrt(np.maximum(cycles, 1)), 0)
    curve = np.fft.irfft(spectrum, points)
    return between(curve * (spread / curve.std()))


def between(points: npt.NDArray[np.float64]) -> Samples:
    """Points one frame apart, joined by straight lines, the last one to the first."""
    rise = np.roll(points, -1) - points
    lines = points[:, np.newaxis] + rise[:, np.newaxis] * (np.arange(FRAME) / FRAME)
    return lines.ravel().astype(np.float32)


def strew(random: np.random.Generator, density: Samples, per_second: float) -> npt.NDArray[np.int64]:
    """Places of events, in order: `per_second` of them on average, more where `density` is higher."""
    count = round(len(density) / SAMPLE_RATE * per_second)
    total = np.cumsum(density, dtype=np.float64)
    return np.asarray(np.searchsorted(total, np.sort(random.random(count)) * total[-1]), dtype=np.int64)


def pan(place: float) -> tuple[float, float]:
    """Equal-power gains of the left and right channel for a place between -1 (left) and 1 (right)."""
    angle = (place + 1) * math.pi / 4
    return math.cos(angle), math.sin(angle)


def add_at(loop: Samples, start: int, sound: Samples, left: float, right: float) -> None:
    """Add a mono sound to the loop, in place; what reaches over the end goes on at the start."""
    split = min(len(sound), len(loop) - start)
    for channel, gain in enumerate((left, right)):
        loop[start : start + split, channel] += sound[:split] * np.float32(gain)
        if split < len(sound):
            loop[: len(sound) - split, channel] += sound[split:] * np.float32(gain)
