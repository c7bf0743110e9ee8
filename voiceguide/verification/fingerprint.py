"""What a spoken cue sounds like, in a few bytes: enough to know it again under a bed, and to tell when it is moved."""

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
"""Whoever makes it of something else counts on."""
HOP_SAMPLES = SAMPLE_RATE // 50
WINDOW_SAMPLES = 2 * HOP_SAMPLES
OFFSET_STEP_S = 0.005
"""Shifts are told in steps of this: finer than it matters, coarser than the estimate between two hops errs."""
BAND_EDGES_HZ = (150, 400, 800, 1600, 3200, 6400)
"""Bands in which speech differs from line to line; below and above them the bed and the encoder have their say."""
BAND_COUNT = len(BAND_EDGES_HZ) - 1
SEARCH_MARGIN_SAMPLES = SAMPLE_RATE * 3 // 10
"""Samples on both sides of its place in which a cue is looked for."""
WINDOWS_PER_CHUNK = 100
"""Windows whose spectra are in memory at the same time."""
COMPARISON_RANGE_DB = 22.0
"""How far below its loudest moment a cue is compared; deeper down the bed is heard as well."""
FLOOR_DB = -120.0
SIMILARITY_TIE_MARGIN = 0.05
"""Likeness less than the best that is as good."""


@dataclass(frozen=True)
class FingerprintMatch:
    """How a stretch of sound compares with a fingerprint."""

    similarity: float
    """Correlation of the two at the best place: 1.0 for the very same."""
    offset_s: float
    """Seconds by which the best place is later than the right one, in steps of 5 ms."""
    gain_error_db: float
    """How much louder the loud moments are than they should be."""


def compute_fingerprint(samples: Samples) -> Fingerprint:
    """Band energies every 20 ms, in whole decibels over -120, shape (hops, bands). `samples` is mono at 48 kHz."""
    return np.clip(np.rint(_band_levels_db(samples, HOP_SAMPLES) - FLOOR_DB), 0, 255).astype(np.uint8)


def match_fingerprint(reference: Fingerprint, search_audio: Samples) -> FingerprintMatch:
    """Look for a fingerprint in a stretch that begins REACH before its right place and ends REACH after its end."""
    wanted = reference.astype(np.float64) + FLOOR_DB
    floor = wanted.max() - COMPARISON_RANGE_DB
    wanted = np.maximum(wanted, floor)
    heard = np.maximum(_band_levels_db(search_audio, HOP_SAMPLES), floor)
    rows = [heard[place : place + len(wanted)] for place in range(2 * SEARCH_MARGIN_SAMPLES // HOP_SAMPLES + 1)]
    scores = [_similarity(wanted, row) for row in rows]
    best = _best_position(scores)
    loud = wanted > wanted.max() - COMPARISON_RANGE_DB / 2
    louder = float((rows[best] - wanted)[loud].mean()) if rows[best].shape == wanted.shape else 0.0
    late_s = ((best + _interpolate_peak(scores, best)) * HOP_SAMPLES - SEARCH_MARGIN_SAMPLES) / SAMPLE_RATE
    return FingerprintMatch(float(scores[best]), round(late_s / OFFSET_STEP_S) * OFFSET_STEP_S, louder)


def _best_position(scores: list[float]) -> int:
    """The place that is most like it; of several that are nearly as good the one nearest to the right place. A short
    word that is said twice in a row is as good at the second."""
    least, edged = max(scores) - SIMILARITY_TIE_MARGIN, [-1.0, *scores, -1.0]
    peaks = [
        place
        for place, score in enumerate(scores)
        if score >= least and score >= edged[place] and score >= edged[place + 2]
    ]
    return min(peaks, key=lambda place: abs(place - len(scores) // 2))


def _interpolate_peak(scores: list[float], best: int) -> float:
    """Where between its neighbours the best score really lies, in hops: the top of the parabola through the three."""
    if not 0 < best < len(scores) - 1:
        return 0.0
    before, top, after = scores[best - 1 : best + 2]
    bend = before - 2 * top + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _band_levels_db(samples: Samples, hop: int) -> npt.NDArray[np.float64]:
    """Decibels of each band, a row every `hop` samples; the last row is the last whole or partly filled window."""
    count = max(-(-samples.size // hop), 1)
    padded = np.pad(samples, (0, count * hop + WINDOW_SAMPLES - samples.size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[: count * hop : hop]
    energy = np.concatenate(
        [_band_powers(frames[at : at + WINDOWS_PER_CHUNK]) for at in range(0, count, WINDOWS_PER_CHUNK)]
    )
    return 10 * np.log10(energy + 10 ** (FLOOR_DB / 10))


def _band_powers(frames: Samples) -> npt.NDArray[np.float64]:
    """The mean power of each window in each band, shape (windows, bands)."""
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW_SAMPLES).astype(np.float32), axis=1)) ** 2
    edges = [round(edge * WINDOW_SAMPLES / SAMPLE_RATE) for edge in BAND_EDGES_HZ]
    return np.asarray(np.add.reduceat(power, edges, axis=1)[:, :-1] / WINDOW_SAMPLES**2, np.float64)


def _similarity(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    if one.shape != other.shape:
        return 0.0
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0
