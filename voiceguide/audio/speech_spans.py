"""Find the stretches of speech between the pauses of a recording."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.units import SAMPLE_RATE

__all__ = ["FRAME_SAMPLES", "find_speech_spans", "frame_levels"]

FRAME_SAMPLES = SAMPLE_RATE // 50
"""The level is measured every 20 ms."""
LEAD_SAMPLES = SAMPLE_RATE // 20
"""The length of the pause that is kept before the speech, so that soft consonants are not cut off."""
TAIL_SAMPLES = SAMPLE_RATE // 5
"""The length of the pause that is kept after the speech, so that the reverberation is not cut off."""
MIN_RANGE_DB = 12.0
"""If the levels of loud and quiet frames differ by less than this, the recording is assumed to have no pauses."""
THRESHOLD_SHARE = 0.35
"""The position of the threshold between the level of the pauses (0) and the level of the speech (1)."""
SILENT_DB = -75.0


def frame_levels(blocks: Iterable[Samples]) -> Samples:
    """Return the level of each frame in decibels. The blocks contain mono samples and can have any length."""
    powers: list[Samples] = []
    rest = np.zeros(0, np.float32)
    for block in blocks:
        samples = np.concatenate([rest, block])
        count = len(samples) // FRAME_SAMPLES
        frames = samples[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES)
        powers.append(np.mean(np.square(frames, dtype=np.float32), axis=1))
        rest = samples[count * FRAME_SAMPLES :]
    if len(rest):
        powers.append(np.array([np.mean(np.square(rest))], np.float32))
    power = np.concatenate(powers) if powers else np.zeros(0, np.float32)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)), np.float32)


def find_speech_spans(levels: Samples, total: int, min_pause_s: float, max_span_s: float) -> list[tuple[int, int]]:
    """Return the start and end of each stretch of speech, in samples.

    A stretch includes pauses shorter than `min_pause_s`. A stretch longer than `max_span_s` is cut at quiet places.
    """
    quiet, loud = (float(level) for level in np.percentile(levels, (5, 95)))
    quiet = max(quiet, SILENT_DB)
    if loud - quiet < MIN_RANGE_DB:
        spans = [(0, total)] if loud > SILENT_DB + MIN_RANGE_DB else []
    else:
        loud_frames = np.flatnonzero(levels > quiet + THRESHOLD_SHARE * (loud - quiet))
        spans = _join_frames(loud_frames, total, round(min_pause_s * SAMPLE_RATE))
    return [part for span in spans for part in _cut_long_span(levels, *span, round(max_span_s * SAMPLE_RATE))]


def _join_frames(frames: npt.NDArray[np.int64], total: int, min_pause: int) -> list[tuple[int, int]]:
    """Join loud frames that are less than `min_pause` samples apart, and add the margins around each stretch."""
    spans: list[tuple[int, int]] = []
    for frame in frames.tolist():
        start, end = frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES
        if spans and start - spans[-1][1] < min_pause:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    padded = [(max(start - LEAD_SAMPLES, 0), min(end + TAIL_SAMPLES, total)) for start, end in spans]
    return [(start, min(end, following)) for (start, end), (following, _) in pairwise([*padded, (total, total)])]


def _cut_long_span(levels: Samples, start: int, end: int, max_length: int) -> list[tuple[int, int]]:
    """Cut a stretch into parts of at most `max_length` samples.

    Each cut is made at the quietest frame in the second half of the maximum length.
    """
    parts: list[tuple[int, int]] = []
    while end - start > max_length:
        first, last = (start + max_length // 2) // FRAME_SAMPLES, (start + max_length) // FRAME_SAMPLES
        cut = (first + int(np.argmin(levels[first:last]))) * FRAME_SAMPLES
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]
