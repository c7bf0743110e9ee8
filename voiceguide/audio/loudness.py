"""Loudness and true peak of 48 kHz audio according to ITU-R BS.1770-4.

The exact responses of the standard's two filters are applied in the frequency domain, in overlapping chunks. Memory
use is independent of the length of the audio, and there is no per-sample filter loop in Python.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.units import SAMPLE_RATE, gain_to_db

__all__ = ["block_powers", "gated_loudness", "integrated_loudness", "sample_peak", "true_peak_db"]

Powers = npt.NDArray[np.float64]

HOP_SAMPLES = SAMPLE_RATE // 10
"""A quarter of the standard's 400 ms block, because the blocks overlap by 75%."""
BLOCK_HOPS = 4
CHUNK_HOPS = 12
FFT_SAMPLES = 65_536
RUN_IN_SAMPLES = FFT_SAMPLES - CHUNK_HOPS * HOP_SAMPLES
"""Number of preceding samples to filter with each chunk. In these 165 ms, the filters' ringing decays by 340 dB."""

# BS.1770-4, tables 1 and 2: the shelving filter that models the head, then the high-pass filter, both at 48 kHz.
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
OFFSET_LU = -0.691


def integrated_loudness(samples: Samples) -> float:
    """Return the integrated loudness in LUFS, or minus infinity for silence."""
    return gated_loudness(block_powers(samples))


def block_powers(samples: Samples) -> Powers:
    """Return the K-weighted power, summed over channels, of each 400 ms block. A block starts every 100 ms.

    To measure several clips as one program, excluding the gaps between them, concatenate their powers and pass them
    to `gated_loudness`. A clip shorter than a block is padded with silence to one block.
    """
    channels = np.atleast_2d(samples.T)
    missing = BLOCK_HOPS * HOP_SAMPLES - channels.shape[1]
    if missing > 0:
        channels = np.pad(channels, ((0, 0), (0, missing)))
    hops = np.concatenate(list(_hop_energies(channels)))
    blocks = np.convolve(hops, np.ones(BLOCK_HOPS), "valid")
    return np.asarray(blocks / (BLOCK_HOPS * HOP_SAMPLES), dtype=np.float64)


def gated_loudness(powers: Powers) -> float:
    """Return the gated loudness of block powers in LUFS, or minus infinity if no block passes the gates."""
    audible = powers[powers > _lufs_to_power(ABSOLUTE_GATE_LUFS)]
    if not len(audible):
        return -math.inf
    gate = _lufs_to_power(_power_to_lufs(float(audible.mean())) + RELATIVE_GATE_LU)
    return _power_to_lufs(float(audible[audible > gate].mean()))


def sample_peak(samples: Samples) -> float:
    """Return the largest absolute sample value. The true peak may be higher. `samples` must not be empty."""
    return float(max(samples.max(), -samples.min()))


def true_peak_db(samples: Samples) -> float:
    """Return the true peak in dBTP, measured at four times the sample rate (BS.1770-4, annex 2).

    The result is minus infinity for silence.
    """
    import soxr

    columns = np.atleast_2d(samples.T).T
    stream = soxr.ResampleStream(SAMPLE_RATE, 4 * SAMPLE_RATE, columns.shape[1], dtype="float32", quality="HQ")
    peak = float(np.abs(columns).max(initial=0.0))
    for start in range(0, len(columns), SAMPLE_RATE):
        block = np.ascontiguousarray(columns[start : start + SAMPLE_RATE])
        oversampled = stream.resample_chunk(block, last=start + SAMPLE_RATE >= len(columns))
        peak = max(peak, float(np.abs(oversampled).max(initial=0.0)))
    return gain_to_db(peak)


def _hop_energies(columns: Samples) -> Iterator[Powers]:
    """Yield arrays of the K-weighted energies of complete hops. `columns` has the shape (channels, frames)."""
    channels, frames = columns.shape
    whole = frames // HOP_SAMPLES * HOP_SAMPLES
    step = CHUNK_HOPS * HOP_SAMPLES
    for start in range(0, whole, step):
        end = min(start + step, whole)
        past = min(start, RUN_IN_SAMPLES)
        window = np.zeros((channels, FFT_SAMPLES), dtype=np.float32)
        window[:, RUN_IN_SAMPLES - past : RUN_IN_SAMPLES + end - start] = columns[:, start - past : end]
        filtered = np.fft.irfft(np.fft.rfft(window, axis=1) * _k_weighting_response(), FFT_SAMPLES, axis=1)
        hops = filtered[:, RUN_IN_SAMPLES : RUN_IN_SAMPLES + end - start].reshape(channels, -1, HOP_SAMPLES)
        yield np.square(hops).sum(axis=(0, 2), dtype=np.float64)


@functools.cache
def _k_weighting_response() -> npt.NDArray[np.complex64]:
    """Return the complex gain of the K-weighting at each bin of the spectrum."""
    delay = np.exp(-2j * np.pi * np.arange(FFT_SAMPLES // 2 + 1) / FFT_SAMPLES)
    response = np.ones_like(delay)
    for forward, backward in (SHELF, HIGH_PASS):
        response *= np.polyval(forward[::-1], delay) / np.polyval(backward[::-1], delay)
    return np.asarray(response, dtype=np.complex64)


def _power_to_lufs(power: float) -> float:
    return OFFSET_LU + 10 * math.log10(power)


def _lufs_to_power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET_LU) / 10))
