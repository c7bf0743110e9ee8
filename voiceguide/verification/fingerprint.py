"""Compact fingerprints of the audio during spoken cues, used to recognize a cue and to measure its offset.

The fingerprint is computed from the mix, including the bed, before the mix is encoded, so that it is valid for any
recording and any level of the bed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.units import SAMPLE_RATE
from voiceguide.verification.accuracy import Accuracy

__all__ = [
    "BAND_COUNT",
    "FINGERPRINT_REVISION",
    "SEARCH_MARGIN_SAMPLES",
    "Fingerprint",
    "FingerprintMatch",
    "compute_fingerprint",
    "fingerprinted_level_db",
    "match_fingerprint",
]

Samples = npt.NDArray[np.float32]
Fingerprint = npt.NDArray[np.uint8]
Decibels = npt.NDArray[np.float64]

FINGERPRINT_REVISION = "print 2"
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
"""How far before and after the planned position of a cue to search for the cue."""
WINDOWS_PER_CHUNK = 100
"""Number of windows whose spectra are held in memory at a time."""
COMPARISON_RANGE_DB = 22.0
"""Levels further than this below the loudest moment of a cue are not compared, because the bed affects them."""
FLOOR_DB = -120.0
SIMILARITY_TIE_MARGIN = 0.05
"""Similarities that are this close to the best similarity are considered equal."""
MIN_OFFSET_EVIDENCE = 0.008
"""How much higher the similarity must be at another position than at the planned position. Steady sounds are similar at
any position."""
MIN_OFFSET_ERROR_DB = 0.75
"""How much larger the level error must be at the planned position than at the other position. A fading bell is similar
at any position.
"""
ECHO_HOPS = 2
"""Number of hops over which encoders spread a sudden sound."""
LOW_BIT_RATE_BANDS = 4
"""Number of bands to compare at low bit rates, at which encoders drop the high frequencies."""
INAUDIBLE_DB = -90.0
"""Band level, in decibels, below which encoders preserve nothing."""
GAPS = {
    Accuracy.LOW: ((15.0, 8.0, 3),),
    Accuracy.MEDIUM: ((15.0, 8.0, 1), (22.0, 4.0, 5)),
    Accuracy.HIGH: ((15.0, 5.0, 1), (30.0, 3.0, 2)),
}
"""What counts as a gap: the maximum drop of the planned level from the loudest moment of a cue, the minimum drop of the
measured level from the planned level, and the minimum number of hops. At high accuracy, encoders lower the level of one
loud hop by up to 3.5 dB, and the levels of two consecutive hops by up to 1.5 dB."""
SHORT_GAP_DB = 6.0
"""At high accuracy, two hops in a row count as a gap if together they are this much quieter than planned. A silence of
24 ms affects two or three windows, and encoders lower two hops in a row by at most 4.4 dB in total."""
SHORT_GAP_RANGE_DB = 30.0
_BAND_POWER_GAIN = 16 / 3
"""The power of a sound divided by its power in the bands of a fingerprint. A Hann window lowers the mean power of a
sound to 3/8, and a fingerprint counts only the positive half of the spectrum."""
MAX_USUAL_LOSS_DB = 3.0
"""How much of the level of a whole cue an encoder may remove. AAC lowers that of violet noise by 2.4 dB."""
GAP_FLOOR_DB = -75.0
"""Moments whose planned level is below this value cannot be part of a gap."""


@dataclass(frozen=True)
class FingerprintMatch:
    """The result of comparing audio with a fingerprint."""

    similarity: float
    """Correlation at the best position; 1.0 means identical."""
    offset_s: float
    """Offset of the best position from the planned position, in steps of 5 ms. Positive if the audio is late."""
    gain_error_db: float
    """Level of the loud moments relative to the plan. Positive if the audio is too loud."""
    level_error_db: float = 0.0
    """Root mean square of the deviations from the range of planned levels within ECHO_HOPS, at the best position."""
    hole_s: float = 0.0
    """Length of the longest unplanned gap."""


def compute_fingerprint(samples: Samples) -> Fingerprint:
    """Return the energy of each band every 20 ms, in whole decibels above -120 dB, as an array of shape (hops, bands).

    `samples` is mono at 48 kHz.
    """
    return np.clip(np.rint(_band_levels_db(samples, HOP_SAMPLES) - FLOOR_DB), 0, 255).astype(np.uint8)


def fingerprinted_level_db(fingerprint: Fingerprint, accuracy: Accuracy) -> float:
    """Return the mean level, in dBFS, of the bands of a fingerprint that `match_fingerprint` compares."""
    power = 10 ** ((fingerprint[:, _compared_bands(accuracy)].astype(np.float64) + FLOOR_DB) / 10)
    return float(10 * np.log10(max(power.sum(axis=1).mean() * _BAND_POWER_GAIN, 1e-12)))


def match_fingerprint(reference: Fingerprint, search_audio: Samples, accuracy: Accuracy) -> FingerprintMatch:
    """Find the best match of a fingerprint in audio.

    The audio starts SEARCH_MARGIN_SAMPLES before the planned start of the cue and ends that long after its planned end.
    At low accuracy, the highest band is ignored.
    """
    bands = _compared_bands(accuracy)
    hops = max(len(reference) - 1, 1)  # the last window reaches beyond the cue, into whatever follows it
    all_planned = reference.astype(np.float64)[:hops, bands] + FLOOR_DB
    all_measured = _band_levels_db(search_audio, HOP_SAMPLES)[:, bands]
    floor = max(all_planned.max() - COMPARISON_RANGE_DB, INAUDIBLE_DB)
    planned, measured = np.maximum(all_planned, floor), np.maximum(all_measured, floor)
    center = SEARCH_MARGIN_SAMPLES // HOP_SAMPLES
    candidates = [measured[hop : hop + len(planned)] for hop in range(2 * center + 1)]
    scores = [_similarity(planned, candidate) for candidate in candidates]
    best = _best_position(scores)
    if any(candidates[at].shape != planned.shape for at in (best, center)):
        return FingerprintMatch(0.0, 0.0, 0.0, COMPARISON_RANGE_DB, 0.0)
    difference = candidates[best] - planned
    loud = planned >= planned.max() - COMPARISON_RANGE_DB / 2
    audible = (planned > floor) | (candidates[best] > floor)
    offset_s = ((best + _interpolate_peak(scores, best)) * HOP_SAMPLES - SEARCH_MARGIN_SAMPLES) / SAMPLE_RATE
    errors_db = [_rms(candidates[at] - planned) for at in (best, center)]
    if scores[best] - scores[center] < MIN_OFFSET_EVIDENCE or errors_db[1] - errors_db[0] < MIN_OFFSET_ERROR_DB:
        offset_s = 0.0
    return FingerprintMatch(
        float(scores[best]),
        round(offset_s / OFFSET_STEP_S) * OFFSET_STEP_S,
        float(difference[loud & audible].mean()) if (loud & audible).any() else 0.0,
        _rms(_excess(planned, candidates[best])[audible]),
        _longest_hole(all_planned, all_measured[best : best + hops], accuracy) * HOP_SAMPLES / SAMPLE_RATE,
    )


def _compared_bands(accuracy: Accuracy) -> slice:
    return slice(LOW_BIT_RATE_BANDS if accuracy is Accuracy.LOW else BAND_COUNT)


def _excess(planned: Decibels, measured: Decibels) -> Decibels:
    """Return how far each level is outside the range of the planned levels within ECHO_HOPS."""
    padded = np.pad(planned, ((ECHO_HOPS, ECHO_HOPS), (0, 0)), "edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * ECHO_HOPS + 1, axis=0)
    return np.asarray(np.maximum(measured - around.max(axis=2), 0) - np.maximum(around.min(axis=2) - measured, 0))


def _rms(values: Decibels) -> float:
    return float(np.sqrt((values**2).mean())) if values.size else 0.0


def _longest_hole(planned: Decibels, measured: Decibels, accuracy: Accuracy) -> int:
    """Return the length of the longest gap in the measured levels, in hops, or 0."""
    planned_db, measured_db = (10 * np.log10((10 ** (levels / 10)).sum(axis=1)) for levels in (planned, measured))
    missing_db = _missing_db(planned_db, measured_db, SHORT_GAP_RANGE_DB)
    is_short_gap = accuracy is Accuracy.HIGH and (missing_db[1:] + missing_db[:-1]).max(initial=0.0) > SHORT_GAP_DB
    longest = 2 if is_short_gap else 0
    for range_db, depth_db, min_hops in GAPS[accuracy]:
        missing = _missing_db(planned_db, measured_db, range_db) > depth_db
        edges = np.flatnonzero(np.diff(np.concatenate([[0], missing.astype(np.int8), [0]])))
        hops = int((edges[1::2] - edges[::2]).max(initial=0))
        longest = max(longest, hops if hops >= min_hops else 0)
    return longest


def _missing_db(planned_db: Decibels, measured_db: Decibels, range_db: float) -> Decibels:
    """Return how much quieter than planned each hop is, or 0 where the plan is `range_db` or more below its maximum.

    If most hops are quieter than planned, return how much quieter each hop is than those.
    """
    is_heard = planned_db > max(planned_db.max() - range_db, GAP_FLOOR_DB)
    missing_db = planned_db - measured_db
    usual_db = float(np.median(missing_db[is_heard])) if is_heard.any() else 0.0
    loss_db = usual_db if 0.0 < usual_db <= MAX_USUAL_LOSS_DB else 0.0
    return np.asarray(np.where(is_heard, missing_db - loss_db, 0.0))


def _best_position(scores: list[float]) -> int:
    """Return the index of the best score. If several peaks are nearly equal, choose the one closest to the plan.

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
    """Return the offset, in hops, of the true maximum from the best score, estimated by parabolic interpolation."""
    if not 0 < best < len(scores) - 1:
        return 0.0
    before, top, after = scores[best - 1 : best + 2]
    curvature = before - 2 * top + after
    return 0.5 * (before - after) / curvature if curvature < 0 else 0.0


def _band_levels_db(samples: Samples, hop: int) -> Decibels:
    """Return the level of each band in decibels, one row per `hop` samples. The last window may be partly empty."""
    count = max(-(-samples.size // hop), 1)
    padded = np.pad(samples, (0, count * hop + WINDOW_SAMPLES - samples.size))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[: count * hop : hop]
    energy = np.concatenate(
        [_band_powers(frames[at : at + WINDOWS_PER_CHUNK]) for at in range(0, count, WINDOWS_PER_CHUNK)]
    )
    return 10 * np.log10(energy + 10 ** (FLOOR_DB / 10))


def _band_powers(frames: Samples) -> npt.NDArray[np.float64]:
    """Return the mean power of each window in each band, as an array of shape (windows, bands)."""
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW_SAMPLES).astype(np.float32), axis=1)) ** 2
    edges = [round(edge * WINDOW_SAMPLES / SAMPLE_RATE) for edge in BAND_EDGES_HZ]
    return np.asarray(np.add.reduceat(power, edges, axis=1)[:, :-1] / WINDOW_SAMPLES**2, np.float64)


def _similarity(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    if one.shape != other.shape:
        return 0.0
    a, b = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / norm if norm > 0 else 0.0
