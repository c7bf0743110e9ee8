"""The level profile of a session, which reveals unplanned and missing audio at any position.

The profile has one row per 120 ms, with the overall level, the level below one kilohertz and the largest sample of the
mean of both channels, and the balance and correlation of the channels below one kilohertz. Only one loop of a steady
bed is measured, so profiling hours of audio takes little longer than profiling minutes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import numpy.typing as npt

from voiceguide.audio.mixer.cell_order import loop_frames
from voiceguide.audio.mixer.frame_alignment import PaddedSource
from voiceguide.audio.mixer.source import AudioSource, Region
from voiceguide.system.disk_cache import Cache, digest, get_or_make
from voiceguide.units import LEVEL_ROW_SAMPLES, MP3_FRAME_SAMPLES
from voiceguide.verification.accuracy import Accuracy

__all__ = [
    "FRAME_COLUMNS",
    "LEVEL_COLUMNS",
    "STEREO_COLUMNS",
    "FrameLevels",
    "LevelMeter",
    "Levels",
    "Samples",
    "Stereo",
    "downmix_to_mono",
    "find_level_deviations",
    "find_level_shifts",
    "find_stereo_deviations",
    "level_row_count",
    "mean_level_db",
    "measure_frame_levels",
    "measure_frames",
    "measure_planned_levels",
]

Samples = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
"""Levels in half decibels above -120 dBFS, shape (rows, 3), or both levels and stereo values, shape (rows, 5)."""
Stereo = npt.NDArray[np.uint8]
"""Stereo values, shape (rows, 2): the level of the left channel relative to the right one in eighths of a decibel, plus
128, and the correlation of the channels from -1 to 1, as 1 to 255."""
FrameLevels = npt.NDArray[np.float32]
"""The power, low-frequency power and largest sample of each MP3 frame, and the low-frequency power of the left and
right channels and of their product, shape (frames, 6)."""
Decibels = npt.NDArray[np.float64]

CACHE_REVISION = "levels 2"
"""Increment the number when the measurement changes."""
LEVEL_COLUMNS, STEREO_COLUMNS, FRAME_COLUMNS = 3, 2, 6
"""Number of columns in a row of levels, in a row of stereo values, and in the measurements of a frame."""
FRAMES_PER_ROW = LEVEL_ROW_SAMPLES // MP3_FRAME_SAMPLES
_LOWPASS_SAMPLES = 24
"""Length of the moving average used as a low-pass filter. It attenuates frequencies above one kilohertz."""
_LOWPASS_KERNEL = np.full(_LOWPASS_SAMPLES, 1 / _LOWPASS_SAMPLES, np.float32)
_FLOOR_DB = -120.0
_CHUNK_FRAMES = 400
"""Number of frames to render at a time, almost ten seconds of audio."""
_CHUNKS_PER_BATCH = 8
"""Number of chunks per cache entry. Each entry requires a file access."""
_WINDOW_ROWS = 1 << 16
"""Number of rows to measure at a time, so that a day of audio takes no more memory than two hours of audio."""
_COMPARISON_FLOOR_DB = np.array([-62.0, -62.0, -54.0])
"""Lower levels are treated as equal because encoders do not preserve them."""
_ECHO_DB = np.array([-12.0, -12.0, -6.0])
"""Maximum level of the echoes that an encoder adds before and after a loud sound, relative to the sound. A word after
0.7 s of silence causes echoes up to two frames early, at -40 and -31 dB. Noise causes echoes of up to -13 and -7 dB.
"""
_MAX_DEVIATION_DB = np.array([4.0, 4.5, 6.0])
"""Encoders change the three values of a row by up to 1, 1 and 2.5 dB with a bed, and by up to 3.5, 1.5 and 5.5 dB in
near silence without a bed."""
_MAX_DEVIATION_LOW_BIT_RATE_DB = np.array([30.0, 9.0, 30.0])
"""At low bit rates, encoders drop high frequencies, so only the low frequencies can be compared."""
_BALANCE_STEP_DB = 0.125
_STEREO_CENTER = 128
_CORRELATION_STEPS = 127
_MAX_LOW_DEVIATION_DB = 4.0
"""At high accuracy, encoders change a single row's level below one kilohertz by up to 3.1 dB."""
_SHADOW_DB = -12.0
"""Rows that are further than this below a neighboring row are not compared, because of encoder echoes."""
_MAX_CORRELATION_ERROR = 0.12
"""Encoders change the mean correlation over _SHIFT_ROWS by up to 0.05."""
_SHIFT_ROWS = 24
"""Number of rows, almost three seconds, over which a shift of the level is measured."""
_MAX_SHIFT_DB = 1.3
_MIN_OVERALL_SHIFT_DB = 0.4
"""The overall level must shift in the same direction by at least this. AAC makes the low frequencies of white noise
1.5 dB louder and the others quieter."""
_SHIFT_FLOOR_DB = -55.0
"""Quieter rows are not preserved well enough to measure a shift."""
_HIGH_SOUND_DB = 20.0
"""Sound counts as high (a whistle above 7 kHz) if the level below 1 kHz is this far below the overall level."""
_HIGH_SOUND_LOW_BIT_RATE_DB = 12.0
"""The same limit at low bit rates, at which encoders remove even a whistle of 5 kHz."""
_SAME_LOW_DB = 1.0
"""If the level below one kilohertz deviates by no more than this, a lower overall level is attributed to high
frequencies that the encoder removed. Any silence, repetition or change of level also affects the low frequencies."""
_NOISE_DB = 10.0
"""Sound counts as noise if the level below 1 kHz is this far below the overall level."""
_NOISE_CREST_DB = 11.0
"""Encoders replace noise by other noise, the peaks of which are this far above the overall level."""
_CLICK_DB = 24.0
"""A peak counts as a click if the overall level is at least this far below the largest sample."""
_CLICK_LEVEL_DB = -1.0
"""If the overall level drops by less than this, a reduced peak is attributed to a click over other sounds."""
_SINGLE_ROW_DEVIATION_DB = 12.0
"""A deviation this large is reported even for a single row. A smaller deviation must span at least two rows."""
_SINGLE_ROW_PEAK_DEVIATION_DB = 7.0
"""The same limit for the largest sample of a row, if that sample is loud. This limit is lower because encoders preserve
speech peaks.
"""
_LOUD_PEAK_DB = -20.0


def downmix_to_mono(samples: Samples) -> Samples:
    """Return the mean of one or two channels, as an array of shape (samples,)."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    return (samples[:, 0] + samples[:, 1]) * np.float32(0.5)


def level_row_count(total_samples: int) -> int:
    """Return the number of level rows of a session."""
    return -(-total_samples // LEVEL_ROW_SAMPLES)


def measure_frame_levels(mono: Samples) -> Levels:
    """Return the levels of each MP3 frame of mono audio. The last frame is padded with silence."""
    return _group_levels(measure_frames(mono[:, np.newaxis]), 1)[:, :LEVEL_COLUMNS]


def measure_planned_levels(source: AudioSource, cache: Cache | None = None) -> Levels:
    """Return the level rows of a mix before encoding, with stereo values, starting at its grid offset."""
    source = PaddedSource(source, source.grid_offset)
    regions, loops = source.regions(), _LoopLevels(source, cache)
    row_count = level_row_count(source.total)
    result: list[Levels] = []
    with ThreadPoolExecutor(os.cpu_count(), "levels") as pool:
        for first in range(0, row_count, _WINDOW_ROWS):
            window = range(first * FRAMES_PER_ROW, min(first + _WINDOW_ROWS, row_count) * FRAMES_PER_ROW)
            frames = np.zeros((len(window), FRAME_COLUMNS), np.float32)
            chunks: list[range] = []
            for region, start, stop in _split_by_region(regions, window):
                if region is None:
                    chunks += [range(at, min(at + _CHUNK_FRAMES, stop)) for at in range(start, stop, _CHUNK_FRAMES)]
                else:
                    frames[start - window.start : stop - window.start] = loops.frame_levels(region, start, stop)
            batches = [chunks[at : at + _CHUNKS_PER_BATCH] for at in range(0, len(chunks), _CHUNKS_PER_BATCH)]
            measured = pool.map(partial(_render_and_measure, source, cache), batches)
            for batch, levels in zip(batches, measured, strict=True):
                frames[np.concatenate(batch) - window.start] = levels
            result.append(_frames_to_rows(frames))
    return np.concatenate(result)


class LevelMeter:
    """Measures the level rows of audio fed in blocks of any size, preceded by `leading_silence` silent samples."""

    def __init__(self, channels: int, leading_silence: int = 0) -> None:
        self._pending = np.zeros((leading_silence, channels), np.float32)
        self._rows: list[Levels] = []

    def feed(self, samples: Samples) -> None:
        audio = np.concatenate([self._pending, samples]) if len(self._pending) else samples
        whole_rows = len(audio) // LEVEL_ROW_SAMPLES * LEVEL_ROW_SAMPLES
        self._rows.append(_frames_to_rows(measure_frames(audio[:whole_rows])))
        self._pending = audio[whole_rows:].copy()

    def add_frames(self, frames: FrameLevels) -> None:
        """Add all frames of a session, including the leading silence, instead of audio."""
        self._pending = self._pending[:0]
        self._rows.append(_frames_to_rows(frames))

    def rows(self) -> Levels:
        """Return all rows measured so far, with stereo values. The last row is padded with silence."""
        rest = [_frames_to_rows(measure_frames(self._pending))] if len(self._pending) else []
        return np.concatenate([_frames_to_rows(np.zeros((0, FRAME_COLUMNS), np.float32)), *self._rows, *rest])


def mean_level_db(rows: Levels) -> float:
    """Return the overall level of some rows in dBFS."""
    return float(10 * np.log10((10 ** (_levels_to_db(rows)[:, 0] / 10)).mean()))


def find_level_deviations(
    planned: Levels, measured: Levels, first_row: int, accuracy: Accuracy
) -> Iterator[tuple[int, int, float]]:
    """Yield the ranges of rows whose levels differ from the plan by more than an encoder can cause.

    `measured` starts at `first_row`, and `planned` starts at the beginning of the session. Each result consists of the
    first row, the number of rows and the largest deviation in decibels (negative if too quiet).
    """
    max_deviation_db = _MAX_DEVIATION_LOW_BIT_RATE_DB if accuracy is Accuracy.LOW else _MAX_DEVIATION_DB
    count = min(len(planned) - first_row, len(measured))
    around_db = _with_neighbors_db(planned, first_row, count)
    echo_db = np.maximum(around_db[:-3], np.maximum(around_db[2:-1], around_db[3:])) + _ECHO_DB
    floor_db = np.maximum(_COMPARISON_FLOOR_DB, echo_db)
    mix_db = around_db[1:-2]
    is_noise = mix_db[:, 1] < mix_db[:, 0] - _NOISE_DB
    floor_db[is_noise, 2] = np.maximum(floor_db[is_noise, 2], mix_db[is_noise, 0] + _NOISE_CREST_DB)
    planned_db, measured_db = np.maximum(mix_db, floor_db), np.maximum(_levels_to_db(measured[:count]), floor_db)
    deviation_db = measured_db - planned_db
    high_sound_db = _HIGH_SOUND_LOW_BIT_RATE_DB if accuracy is Accuracy.LOW else _HIGH_SOUND_DB
    deviation_db[(deviation_db < 0) & _is_fragile(mix_db, deviation_db, high_sound_db)] = 0
    deviates = np.abs(deviation_db) > max_deviation_db
    counts_alone = _exceeds_single_row_limit(deviation_db, np.maximum(measured_db, planned_db), max_deviation_db)
    if accuracy is Accuracy.HIGH:
        is_wrong = _is_comparable(around_db) & (np.abs(deviation_db[:, 1]) > _MAX_LOW_DEVIATION_DB)
        deviates[:, 1] |= is_wrong
        counts_alone |= is_wrong
    for first, last in _runs(deviates.any(axis=1)):
        excess_db = np.where(deviates[first:last], deviation_db[first:last], 0.0)
        if last - first > 1 or counts_alone[first]:
            yield first_row + first, last - first, float(excess_db.flat[np.abs(excess_db).argmax()])


def find_level_shifts(planned: Levels, measured: Levels, first_row: int) -> Iterator[tuple[int, int, float]]:
    """Yield the ranges of rows in which everything is slightly louder or quieter than planned for a long time.

    The arguments and results are those of `find_level_deviations`. The shift is that of the level below one kilohertz,
    because encoders preserve it at all but low bit rates.
    """
    count = min(len(planned) - first_row, len(measured))
    planned_db, measured_db = (
        _levels_to_db(rows) for rows in (planned[first_row : first_row + count], measured[:count])
    )
    counts = (planned_db[:, 1] > _SHIFT_FLOOR_DB) & (planned_db[:, 1] > planned_db[:, 0] - _HIGH_SOUND_DB)
    difference_db = np.where(counts[:, np.newaxis], np.clip(measured_db - planned_db, -6, 6), 0)
    for first in range(0, count - _SHIFT_ROWS + 1, _SHIFT_ROWS // 2):
        window = slice(first, first + _SHIFT_ROWS)
        rows = int(counts[window].sum())
        overall_db, shift_db = (float(total) / max(rows, 1) for total in difference_db[window, :2].sum(axis=0))
        is_shift = abs(shift_db) > _MAX_SHIFT_DB and overall_db * np.sign(shift_db) > _MIN_OVERALL_SHIFT_DB
        if rows >= _SHIFT_ROWS // 2 and is_shift:
            yield first_row + first, _SHIFT_ROWS, shift_db


def find_stereo_deviations(
    levels: Levels, planned: Stereo, measured: Stereo, first_row: int, tolerance_db: float
) -> Iterator[tuple[int, int]]:
    """Yield the ranges of rows in which the relationship between the channels differs from the plan.

    The arguments are those of `find_level_deviations`, with the stereo values in addition to the planned levels.
    `tolerance_db` is how much the encoder may change the balance of a row. The root mean square of the changes over
    _SHIFT_ROWS may be up to a third of that. Each result consists of the first row and the number of rows.
    """
    count = min(len(planned) - first_row, len(measured))
    counts = _is_comparable(_with_neighbors_db(levels, first_row, count))
    difference = measured[:count].astype(np.float64) - planned[first_row : first_row + count]
    balance_db = np.where(counts, difference[:, 0] * _BALANCE_STEP_DB, 0)
    correlation = np.where(counts, difference[:, 1] / _CORRELATION_STEPS, 0)
    deviates = np.abs(balance_db) > tolerance_db
    for first in range(0, count - _SHIFT_ROWS + 1, _SHIFT_ROWS // 2):
        window = slice(first, first + _SHIFT_ROWS)
        if (rows := int(counts[window].sum())) < _SHIFT_ROWS // 2:
            continue
        error_db = float(np.sqrt((balance_db[window] ** 2).sum() / rows))
        if error_db > tolerance_db / 3 or abs(correlation[window].sum() / rows) > _MAX_CORRELATION_ERROR:
            deviates[window] = True
    for first, last in _runs(deviates):
        yield first_row + first, last - first


def _runs(mask: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield the start and stop of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    yield from ((int(first), int(last)) for first, last in edges.reshape(-1, 2))


def _with_neighbors_db(planned: Levels, first_row: int, count: int) -> Decibels:
    """Return the planned levels of some rows in decibels, with one row before them and two after them."""
    stop = first_row + count
    around_db = _levels_to_db(planned[max(first_row - 1, 0) : stop + 2])
    missing = max(1 - first_row, 0), max(stop + 2 - len(planned), 0)
    return np.pad(around_db, (missing, (0, 0)), constant_values=_FLOOR_DB)


def _is_comparable(around_db: Decibels) -> npt.NDArray[np.bool_]:
    """Return a mask of the rows whose low frequencies are loud enough to be kept by every encoder.

    The argument is a result of `_with_neighbors_db`.
    """
    level_db, padded = around_db[1:-2, 0], around_db[:, 1]
    low_db = padded[1:-2]
    shadow_db = np.maximum(padded[:-3], np.maximum(padded[2:-1], padded[3:])) + _SHADOW_DB
    return np.asarray((low_db > _SHIFT_FLOOR_DB) & (low_db > level_db - _HIGH_SOUND_DB) & (low_db > shadow_db))


def _is_fragile(planned_db: Decibels, deviation_db: Decibels, high_sound_db: float) -> npt.NDArray[np.bool_]:
    """Return a mask of the levels that an encoder may reduce: those of high sounds and the peaks of clicks."""
    has_same_low = (np.abs(deviation_db[:, 1]) <= _SAME_LOW_DB) & (planned_db[:, 1] > _COMPARISON_FLOOR_DB[1])
    is_high = (planned_db[:, 1] < planned_db[:, 0] - high_sound_db) | has_same_low
    is_click = planned_db[:, 0] < planned_db[:, 2] - _CLICK_DB
    is_short = deviation_db[:, 0] > _CLICK_LEVEL_DB
    return np.stack([is_high | is_click, is_high, is_high | is_click | is_short], axis=1)


def _exceeds_single_row_limit(
    deviation_db: Decibels, level_db: Decibels, max_deviation_db: Decibels
) -> npt.NDArray[np.bool_]:
    """Return a mask of the rows to report even if they are isolated. `level_db` is the higher of the planned and
    measured levels."""
    limit_db = np.full_like(deviation_db, _SINGLE_ROW_DEVIATION_DB)
    limit_db[:, 2] = np.where(level_db[:, 2] > _LOUD_PEAK_DB, _SINGLE_ROW_PEAK_DEVIATION_DB, _SINGLE_ROW_DEVIATION_DB)
    return np.asarray((np.abs(deviation_db) > np.maximum(limit_db, max_deviation_db.max())).any(axis=1))


class _LoopLevels:
    """Frame levels of each steady loop, measured on first use."""

    def __init__(self, source: AudioSource, cache: Cache | None) -> None:
        self._source = source
        self._cache = cache
        self._levels_by_loop: dict[str, FrameLevels] = {}

    def frame_levels(self, region: Region, start_frame: int, stop_frame: int) -> FrameLevels:
        if region.loop_key not in self._levels_by_loop:
            key = digest(CACHE_REVISION, region.loop_key, f"{region.loop_length} {self._source.channels}")
            levels = _get_or_measure(self._cache, key, lambda: self._measure_loop(region))
            self._levels_by_loop[region.loop_key] = levels
        levels = self._levels_by_loop[region.loop_key]
        positions = np.arange(start_frame, stop_frame) - region.loop_start // MP3_FRAME_SAMPLES
        return levels[loop_frames(positions, len(levels), region.order)]

    def _measure_loop(self, region: Region) -> FrameLevels:
        count = region.loop_length // MP3_FRAME_SAMPLES
        starts = range(0, count, _CHUNK_FRAMES)
        return np.concatenate(
            [self._measure_loop_chunk(region.loop_key, at, min(at + _CHUNK_FRAMES, count)) for at in starts]
        )

    def _measure_loop_chunk(self, loop_key: str, start_frame: int, stop_frame: int) -> FrameLevels:
        start, stop = start_frame * MP3_FRAME_SAMPLES, stop_frame * MP3_FRAME_SAMPLES
        return measure_frames(self._source.render_loop(loop_key, start, stop))


def _split_by_region(regions: Sequence[Region], window: range) -> Iterator[tuple[Region | None, int, int]]:
    """Yield the frames of a window as (region, start, stop). The region is None for frames that must be rendered."""
    at = window.start
    for region in regions:
        if not region.loop_key or region.loop_length % MP3_FRAME_SAMPLES or region.loop_start % MP3_FRAME_SAMPLES:
            continue
        start = max(-(-region.start // MP3_FRAME_SAMPLES), at)
        stop = min(region.stop // MP3_FRAME_SAMPLES, window.stop)
        if start < stop:
            if at < start:
                yield None, at, start
            yield region, start, stop
            at = stop
    if at < window.stop:
        yield None, at, window.stop


def _render_and_measure(source: AudioSource, cache: Cache | None, batch: Sequence[range]) -> FrameLevels:
    """Return the levels of several frame ranges, concatenated. Levels after the end of the session are zero."""
    spans = [
        (min(frames.start * MP3_FRAME_SAMPLES, source.total), min(frames.stop * MP3_FRAME_SAMPLES, source.total))
        for frames in batch
    ]

    def measure() -> FrameLevels:
        levels = [np.zeros((len(frames), FRAME_COLUMNS), np.float32) for frames in batch]
        for own, (start, stop) in zip(levels, spans, strict=True):
            measured = measure_frames(source.render(start, stop))
            own[: len(measured)] = measured
        return np.concatenate(levels)

    keys = [f"{len(frames)} {source.range_key(*span)}" for frames, span in zip(batch, spans, strict=True)]
    return _get_or_measure(cache, digest(CACHE_REVISION, *keys), measure)


def _get_or_measure(cache: Cache | None, key: str, measure: Callable[[], FrameLevels]) -> FrameLevels:
    data = get_or_make(cache, key, lambda: np.ascontiguousarray(measure(), "<f4").tobytes())
    return np.frombuffer(data, "<f4").reshape(-1, FRAME_COLUMNS)


def measure_frames(samples: Samples) -> FrameLevels:
    """Return the levels of each frame of one or two channels. The last frame is padded with silence."""
    missing = -len(samples) % MP3_FRAME_SAMPLES
    padded = np.pad(samples, ((0, missing), (0, 0))) if missing else samples
    mono = downmix_to_mono(padded)
    frames = mono.reshape(-1, MP3_FRAME_SAMPLES)
    left, right = (_lowpass(padded[:, channel]) for channel in (0, -1))
    low = (left + right) * np.float32(0.5)
    return np.stack(
        [
            np.einsum("ij,ij->i", frames, frames) / MP3_FRAME_SAMPLES,
            np.einsum("ij,ij->i", low, low) / low.shape[1],
            np.maximum(frames.max(axis=1), -frames.min(axis=1)),
            *(
                np.einsum("ij,ij->i", one, other) / low.shape[1]
                for one, other in ((left, left), (right, right), (left, right))
            ),
        ],
        axis=1,
    ).astype(np.float32)


def _lowpass(channel: Samples) -> Samples:
    """Return the low frequencies of whole frames of one channel, at a lower sample rate, one row per frame."""
    blocks = np.ascontiguousarray(channel).reshape(-1, _LOWPASS_SAMPLES)
    # A matrix product takes nine times the CPU time, because BLAS starts threads for rows of 24 numbers.
    low = np.einsum("ij,j->i", blocks, _LOWPASS_KERNEL)
    return np.asarray(low).reshape(-1, MP3_FRAME_SAMPLES // _LOWPASS_SAMPLES)


def _frames_to_rows(frames: FrameLevels) -> Levels:
    return _group_levels(frames, FRAMES_PER_ROW)


def _group_levels(frames: FrameLevels, count: int) -> Levels:
    """Return one row for every `count` frames. The last row is padded with silence."""
    missing = -len(frames) % count
    grouped = np.pad(frames, ((0, missing), (0, 0))).reshape(-1, count, FRAME_COLUMNS)
    mean = grouped.mean(axis=1)
    power = np.stack([mean[:, 0], mean[:, 1], grouped[:, :, 2].max(axis=1) ** 2], axis=1)
    levels = (10 * np.log10(np.maximum(power, 1e-12)) - _FLOOR_DB) * 2
    left, right = np.maximum(mean[:, 3], 1e-12), np.maximum(mean[:, 4], 1e-12)
    balance = 10 * np.log10(left / right) / _BALANCE_STEP_DB + _STEREO_CENTER
    correlation = mean[:, 5] / np.sqrt(left * right) * _CORRELATION_STEPS + _STEREO_CENTER
    values = np.concatenate([levels, balance[:, np.newaxis], correlation[:, np.newaxis]], axis=1)
    return np.asarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))


def _levels_to_db(levels: Levels) -> Decibels:
    return levels.astype(np.float64) / 2 + _FLOOR_DB
