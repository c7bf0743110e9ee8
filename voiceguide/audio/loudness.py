"""How loud audio is: ITU-R BS.1770-4 gated loudness and true peak, for 48 kHz, in numpy alone.

The standard's two filters are applied as their exact response in the frequency domain, in overlapped chunks, so that
memory stays flat and no filter loop runs in Python.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from voiceguide.units import SAMPLE_RATE, gain_to_db

__all__ = ["block_powers", "gated_loudness", "integrated_loudness", "true_peak_db"]

Samples = npt.NDArray[np.float32]
Powers = npt.NDArray[np.float64]

HOP_SAMPLES = SAMPLE_RATE // 10
"""A quarter of the standard's 400 ms block: blocks overlap by 75 %."""
BLOCK_HOPS = 4
CHUNK_HOPS = 12
FFT_SAMPLES = 65_536
RUN_IN_SAMPLES = FFT_SAMPLES - CHUNK_HOPS * HOP_SAMPLES
"""What is heard of the past: 165 ms, in which the filters' ringing has died down by 340 dB."""

# BS.1770-4, tables 1 and 2: the head's shelf, then the high-pass, both at 48 kHz.
SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))

ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
OFFSET_LU = -0.691


def integrated_loudness(samples: Samples) -> float:
    """Integrated loudness in LUFS of 48 kHz audio, shape (frames, channels) or (frames,); silence is minus infinity."""
    return gated_loudness(block_powers(samples))


def block_powers(samples: Samples) -> Powers:
    """K-weighted power, summed over channels, of each 400 ms block, one every 100 ms.

    Powers of several clips may be put together with `np.concatenate` and given to `gated_loudness`, which measures the
    clips as one programme, the gaps between them left out. A clip shorter than a block counts as one block, padded with
    silence.

    Args:
        samples: 48 kHz float32, shape (frames, channels) or (frames,).
    """
    columns = np.atleast_2d(samples.T)
    wanting = BLOCK_HOPS * HOP_SAMPLES - columns.shape[1]
    if wanting > 0:
        columns = np.pad(columns, ((0, 0), (0, wanting)))
    hops = np.concatenate(list(_hop_energies(columns)))
    blocks = np.convolve(hops, np.ones(BLOCK_HOPS), "valid")
    return np.asarray(blocks / (BLOCK_HOPS * HOP_SAMPLES), dtype=np.float64)


def gated_loudness(powers: Powers) -> float:
    """LUFS of block powers after the standard's absolute and relative gates; minus infinity where nothing passes."""
    heard = powers[powers > _lufs_to_power(ABSOLUTE_GATE_LUFS)]
    if not len(heard):
        return -math.inf
    gate = _lufs_to_power(_power_to_lufs(float(heard.mean())) + RELATIVE_GATE_LU)
    return _power_to_lufs(float(heard[heard > gate].mean()))


def true_peak_db(samples: Samples) -> float:
    """Highest level in dBTP, between the samples too: read at four times the rate (BS.1770-4, annex 2).

    `samples` has the shape (frames, channels) or (frames,); silence is minus infinity.
    """
    import soxr

    columns = np.atleast_2d(samples.T).T
    stream = soxr.ResampleStream(SAMPLE_RATE, 4 * SAMPLE_RATE, columns.shape[1], dtype="float32", quality="HQ")
    peak = float(np.abs(columns).max(initial=0.0))
    for start in range(0, len(columns), SAMPLE_RATE):
        piece = np.ascontiguousarray(columns[start : start + SAMPLE_RATE])
        risen = stream.resample_chunk(piece, last=start + SAMPLE_RATE >= len(columns))
        peak = max(peak, float(np.abs(risen).max(initial=0.0)))
    return gain_to_db(peak)


def _hop_energies(columns: Samples) -> Iterator[Powers]:
    """K-weighted energy of each whole hop, chunk by chunk; `columns` has the shape (channels, frames)."""
    channels, frames = columns.shape
    whole = frames // HOP_SAMPLES * HOP_SAMPLES
    step = CHUNK_HOPS * HOP_SAMPLES
    for start in range(0, whole, step):
        end = min(start + step, whole)
        past = min(start, RUN_IN_SAMPLES)
        window = np.zeros((channels, FFT_SAMPLES), dtype=np.float32)
        window[:, RUN_IN_SAMPLES - past : RUN_IN_SAMPLES + end - start] = columns[:, start - past : end]
        heard = np.fft.irfft(np.fft.rfft(window, axis=1) * _k_weighting_response(), FFT_SAMPLES, axis=1)
        hops = heard[:, RUN_IN_SAMPLES : RUN_IN_SAMPLES + end - start].reshape(channels, -1, HOP_SAMPLES)
        yield np.square(hops).sum(axis=(0, 2), dtype=np.float64)


@functools.cache
def _k_weighting_response() -> npt.NDArray[np.complex64]:
    """The K-weighting's complex gain at each bin of the chunk's spectrum."""
    delay = np.exp(-2j * np.pi * np.arange(FFT_SAMPLES // 2 + 1) / FFT_SAMPLES)
    response = np.ones_like(delay)
    for forward, backward in (SHELF, HIGH_PASS):
        response *= np.polyval(forward[::-1], delay) / np.polyval(backward[::-1], delay)
    return np.asarray(response, dtype=np.complex64)


def _power_to_lufs(power: float) -> float:
    return OFFSET_LU + 10 * math.log10(power)


def _lufs_to_power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET_LU) / 10))
