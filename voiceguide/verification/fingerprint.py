"""Compact fingerprints of spoken cues, used to recognize a cue over a bed and to measure its offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.units import SAMPLE_RATE

__all__ = [
    "BAND_COUNT",
    "FINGERPRINT_REVISION",
    "SEARCH_MARGIN_SAMPLES",
    "Fingerprint",
    "FingerprintMatch",
    "compute_fingerprint",
    "match_fingerprint",
]

Samples = npt.NDArray[np.float32]
Fingerprint = npt.NDArray[np.uint8]

FINGERPRINT_REVISION = "print 1"
"""Increment the number when fingerprints change."""
HOP_SAMPLES = SAMPLE_RATE // 50
WINDOW_SAMPLES = 2 * HOP_SAMPLES
OFFSET_STEP_S = 0.005
"""Resolution of reported offsets: finer than necessary, but coarser than the interpolation error between hops."""
BAND_EDGES_HZ = (150, 400, 800, 1600, 3200, 6400)
"""Edges of the frequency bands in which spoken lines differ most. Outside these bands, the bed and the encoder's
artifacts dominate."""
BAND_COUNT = len(BAND_EDGES_HZ) - 1
SEARCH_MARGIN_SAMPLES = SAMPLE_RATE * 3 // 10
"""How far before and after its planned position to search for a cue."""
WINDOWS_PER_CHUNK = 100
"""Number of windows whose spectra are held in memory at a time."""
COMPARISON_RANGE_DB = 22.0
"""Levels more than this far below a cue's loudest moment are not compared, because the bed interferes with them."""
FLOOR_DB = -120.0
SIMILARITY_TIE_MARGIN = 0.05
"""Similarities this close to the best one are considered equal."""


@dataclass(frozen=True)
class FingerprintMatch:
    """The result of comparing audio with a fingerprint."""

    similarity: float
    """Correlation at the best position; 1.0 means identical."""
    offset_s: float
    """Offset of the best position from the planned one, in steps of 5 ms. Positive if it is late."""
    gain_error_db: float
    """Level of the loud moments relative to the plan. Positive if they are too loud."""


def compute_fingerprint(samples: Samples) -> Fingerprint:
    """Return the band energies every 20 ms in whole decibels above -120 dB, shape (hops, bands).

    `samples` is mono at 48 kHz.
    """
    return np.clip(np.rint(_band_levels_db(samples, HOP_SAMPLES) - FLOOR_DB), 0, 255).astype(np.uint8)


def match_fingerprint(reference: Fingerprint, search_audio: Samples) -> FingerprintMatch:
    """Find the best match of a fingerprint in audio.

    The audio extends SEARCH_MARGIN_SAMPLES beyond the planned start and end of the cue.
    """
    planned = reference.astype(np.float64) + FLOOR_DB
    floor = planned.max() - COMPARISON_RANGE_DB
    planned = np.maximum(planned, floor)
    measured = np.maximum(_band_levels_db(search_audio, HOP_SAMPLES), floor)
    candidates = [measured[hop : hop + len(planned)] for hop in range(2 * SEARCH_MARGIN_SAMPLES // HOP_SAMPLES + 1)]
    scores = [_similarity(planned, candidate) for candidate in candidates]
    best = _best_position(scores)
    loud = planned > planned.max() - COMPARISON_RANGE_DB / 2
    gain_error_db = float((candidates[best] - planned)[loud].mean()) if candidates[best].shape == planned.shape else 0.0
    offset_s = ((best + _interpolate_peak(scores, best)) * HOP_SAMPLES - SEARCH_MARGIN_SAMPLES) / SAMPLE_RATE
    return FingerprintMatch(float(scores[best]), round(offset_s / OFFSET_STEP_S) * OFFSET_STEP_S, gain_error_db)


def _best_position(scores: list[float]) -> int:
    """Return the index of the best score. Of several nearly equal peaks, choose the one closest to the plan.

    Nearly equal peaks occur if, for example, a short word is spoken twice in a row.
    """
    min_score, padded = max(scores) - SIMILARITY_TIE_MARGIN, [-1.0, *scores, -1.0]
    peaks = [
        index
        for index, score in enumerate(scores)
        if score >= min_score and score >= padded[index] and score >= padded[index + 2]
    ]
    return min(peaks, key=lambda index: abs(index - len(scores) // 2))


def _interpolate_peak(scores: list[float], best: int) -> float:
    """Return the offset, in hops, of the true maximum from the best score, found by parabolic interpolation."""
    if not 0 < best < len(scores) - 1:
        return 0.0
    before, top, after = scores[best - 1 : best + 2]
    curvature = before - 2 * top + after
    return 0.5 * (before - after) / curvature if curvature < 0 else 0.0


def _band_levels_db(samples: Samples, hop: int) -> npt.NDArray[np.float64]:
    """Return the level of each band in decibels, one row per `hop` samples. The last window may be partly empty."""
    count = max(-(-samples.size // hop), 1)
    padded = np.pad(samples, (0, count * hop + WINDOW_SAMPLES - samples.size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[: count * hop : hop]
    energy = np.concatenate(
        [_band_powers(frames[at : at + WINDOWS_PER_CHUNK]) for at in range(0, count, WINDOWS_PER_CHUNK)]
    )
    return 10 * np.log10(energy + 10 ** (FLOOR_DB / 10))


def _band_powers(frames: Samples) -> npt.NDArray[np.float64]:
    """Return the mean power of each window in each band, shape (windows, bands)."""
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW_SAMPLES).astype(np.float32), axis=1)) ** 2
    edges = [round(edge * WINDOW_SAMPLES / SAMPLE_RATE) for edge in BAND_EDGES_HZ]
    return np.asarray(np.add.reduceat(power, edges, axis=1)[:, :-1] / WINDOW_SAMPLES**2, np.float64)


def _similarity(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    if one.shape != other.shape:
        return 0.0
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0
