"""How loud a session is at every moment, in a few bytes: what sounds where nothing should, and what is missing.

A row for every 120 ms: the level of all of it, of what lies below a kilohertz, and the largest sample. Steady stretches
of bed are worked out once for their loop, so that the rows of hours cost what those of minutes do.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import numpy.typing as npt

from voiceguide.audio.mixer.frame_alignment import PaddedSource
from voiceguide.audio.mixer.source import AudioSource, Region
from voiceguide.system.disk_cache import Cache, digest, get_or_make
from voiceguide.units import LEVEL_ROW_SAMPLES, MP3_FRAME_SAMPLES

__all__ = [
    "LevelMeter",
    "Levels",
    "downmix_to_mono",
    "find_level_deviations",
    "level_row_count",
    "measure_planned_levels",
]

Samples = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
"""Half decibels over -120 dBFS, shape (rows, 3)."""
Decibels = npt.NDArray[np.float64]

CACHE_REVISION = "levels 1"
"""Whoever measures otherwise counts on."""
FRAMES_PER_ROW = LEVEL_ROW_SAMPLES // MP3_FRAME_SAMPLES
_LOWPASS_SAMPLES = 24
"""Samples averaged to hear what is low: the mean of 24 falls off above a kilohertz."""
_LOWPASS_KERNEL = np.full(_LOWPASS_SAMPLES, 1 / _LOWPASS_SAMPLES, np.float32)
_FLOOR_DB = -120.0
_CHUNK_FRAMES = 400
"""Frames rendered at once, not quite ten seconds."""
_CHUNKS_PER_BATCH = 8
"""Of such runs: they are kept as one entry of the cache, since each costs the time of a file."""
_WINDOW_ROWS = 1 << 16
"""Rows worked out at once, so that a day takes no more memory than two hours."""
_COMPARISON_FLOOR_DB = np.array([-62.0, -62.0, -54.0])
"""Levels below these are all the same: encoders do there what they like."""
_PRE_ECHO_DB = np.array([-34.0, -34.0, -28.0])
"""What an encoder makes of a silence ahead of something loud, against the loud: a word after 0.7 s of nothing is heard
faintly up to two frames early, at -40 and -31 dB."""
_MAX_DEVIATION_DB = np.array([4.0, 4.5, 6.0])
"""Encoders are off by 1, 1 and 2.5 with a bed, by 3.5, 1.5 and 5.5 in what is nearly silent without one."""
_MAX_DEVIATION_LOW_BIT_RATE_DB = np.array([30.0, 9.0, 30.0])
"""With few bits they leave out what is high, and all that is left to compare is what is low."""
_SINGLE_ROW_DEVIATION_DB = 12.0
"""What is so far off counts even in a single row; else it takes two."""
_SINGLE_ROW_PEAK_DEVIATION_DB = 7.0
"""The same of the largest sample where that is loud: encoders keep the peaks of words."""
_LOUD_PEAK_DB = -20.0


def downmix_to_mono(samples: Samples) -> Samples:
    """The mean of one or two channels, shape (samples,)."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    return (samples[:, 0] + samples[:, 1]) * np.float32(0.5)


def level_row_count(total: int) -> int:
    """Rows of a session of that many samples."""
    return -(-total // LEVEL_ROW_SAMPLES)


def measure_planned_levels(source: AudioSource, cache: Cache | None = None) -> Levels:
    """The rows of a mix, as it is before any encoder has had it, counted from where its preroll begins."""
    source = PaddedSource(source, source.grid_offset)
    stretches, loops = source.regions(), _LoopLevels(source, cache)
    rows = level_row_count(source.total)
    result = [np.zeros((0, 3), np.uint8)]
    with ThreadPoolExecutor(os.cpu_count(), "levels") as pool:
        for first in range(0, rows, _WINDOW_ROWS):
            window = range(first * FRAMES_PER_ROW, min(first + _WINDOW_ROWS, rows) * FRAMES_PER_ROW)
            frames = np.zeros((len(window), 3), np.float32)
            busy: list[range] = []
            for steady, begin, end in _split_by_region(stretches, window):
                if steady is None:
                    busy += [range(at, min(at + _CHUNK_FRAMES, end)) for at in range(begin, end, _CHUNK_FRAMES)]
                else:
                    frames[begin - window.start : end - window.start] = loops.frame_levels(steady, begin, end)
            lots = [busy[at : at + _CHUNKS_PER_BATCH] for at in range(0, len(busy), _CHUNKS_PER_BATCH)]
            for lot, heard in zip(lots, pool.map(partial(_render_and_measure, source, cache), lots), strict=True):
                frames[np.concatenate(lot) - window.start] = heard
            result.append(_frames_to_rows(frames))
    return np.concatenate(result)


class LevelMeter:
    """The rows of mono sound that comes in blocks of any size, after so many samples of quiet."""

    def __init__(self, leading_silence: int = 0) -> None:
        self._pending = np.zeros(leading_silence, np.float32)
        self._rows: list[Levels] = []

    def feed(self, mono: Samples) -> None:
        sound = np.concatenate([self._pending, mono]) if len(self._pending) else mono
        whole = len(sound) // LEVEL_ROW_SAMPLES * LEVEL_ROW_SAMPLES
        self._rows.append(_frames_to_rows(_measure_frames(sound[:whole])))
        self._pending = sound[whole:].copy()

    def rows(self) -> Levels:
        """All rows, the last filled up with silence."""
        rest = [_frames_to_rows(_measure_frames(self._pending))] if len(self._pending) else []
        return np.concatenate([np.zeros((0, 3), np.uint8), *self._rows, *rest])


def find_level_deviations(
    planned: Levels, measured: Levels, first_row: int = 0, low_bit_rate: bool = False
) -> Iterator[tuple[int, int, float]]:
    """Where what was heard from the row `start` on differs from the plan of the whole session by more than encoders do:
    the first row, the rows, and the decibels too loud (or quiet). `coarse` is for an encoder that had few bits."""
    most_off = _MAX_DEVIATION_LOW_BIT_RATE_DB if low_bit_rate else _MAX_DEVIATION_DB
    count = min(len(planned) - first_row, len(measured))
    stop = first_row + count
    following = np.pad(_levels_to_db(planned[first_row + 1 : stop + 1]), ((0, 1), (0, 0)), constant_values=_FLOOR_DB)[
        :count
    ]
    floor = np.maximum(_COMPARISON_FLOOR_DB, following + _PRE_ECHO_DB)
    wanted, found = (np.maximum(_levels_to_db(levels), floor) for levels in (planned[first_row:stop], measured[:count]))
    off = found - wanted
    wrong = np.abs(off) > most_off
    alone = _exceeds_single_row_limit(off, np.maximum(found, wanted), most_off)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], wrong.any(axis=1).astype(np.int8), [0]])))
    for first, last in edges.reshape(-1, 2):
        worst = np.where(wrong[first:last], off[first:last], 0.0)
        most = float(worst.flat[np.abs(worst).argmax()])
        if last - first > 1 or alone[first]:
            yield first_row + int(first), int(last - first), most


def _exceeds_single_row_limit(
    deviation_db: Decibels, level_db: Decibels, max_deviation_db: Decibels
) -> npt.NDArray[np.bool_]:
    """The rows that are so far off that they count by themselves; `level` is the louder of planned and heard."""
    far_off = np.full_like(deviation_db, _SINGLE_ROW_DEVIATION_DB)
    far_off[:, 2] = np.where(level_db[:, 2] > _LOUD_PEAK_DB, _SINGLE_ROW_PEAK_DEVIATION_DB, _SINGLE_ROW_DEVIATION_DB)
    return np.asarray((np.abs(deviation_db) > np.maximum(far_off, max_deviation_db.max())).any(axis=1))


class _LoopLevels:
    """The frames of each steady loop, worked out when first asked for."""

    def __init__(self, source: AudioSource, cache: Cache | None) -> None:
        self._source = source
        self._cache = cache
        self._levels_by_loop: dict[str, npt.NDArray[np.float32]] = {}

    def frame_levels(self, stretch: Region, first: int, last: int) -> npt.NDArray[np.float32]:
        if stretch.loop_key not in self._levels_by_loop:
            key = digest(CACHE_REVISION, stretch.loop_key, f"{stretch.loop_length} {self._source.channels}")
            self._levels_by_loop[stretch.loop_key] = _get_or_measure(
                self._cache, key, lambda: self._measure_loop(stretch)
            )
        frames = self._levels_by_loop[stretch.loop_key]
        return frames[(np.arange(first, last) - stretch.loop_start // MP3_FRAME_SAMPLES) % len(frames)]

    def _measure_loop(self, stretch: Region) -> npt.NDArray[np.float32]:
        count = stretch.loop_length // MP3_FRAME_SAMPLES
        starts = range(0, count, _CHUNK_FRAMES)
        return np.concatenate(
            [self._measure_loop_chunk(stretch.loop_key, at, min(at + _CHUNK_FRAMES, count)) for at in starts]
        )

    def _measure_loop_chunk(self, loop: str, first: int, last: int) -> npt.NDArray[np.float32]:
        return _measure_frames(
            downmix_to_mono(self._source.render_loop(loop, first * MP3_FRAME_SAMPLES, last * MP3_FRAME_SAMPLES))
        )


def _split_by_region(regions: Sequence[Region], window: range) -> Iterator[tuple[Region | None, int, int]]:
    """The frames of a window in order: runs that lie within a steady stretch, and runs (None) that must be rendered."""
    at = window.start
    for stretch in regions:
        if not stretch.loop_key or stretch.loop_length % MP3_FRAME_SAMPLES or stretch.loop_start % MP3_FRAME_SAMPLES:
            continue
        begin = max(-(-stretch.start // MP3_FRAME_SAMPLES), at)
        end = min(stretch.stop // MP3_FRAME_SAMPLES, window.stop)
        if begin < end:
            if at < begin:
                yield None, at, begin
            yield stretch, begin, end
            at = end
    if at < window.stop:
        yield None, at, window.stop


def _render_and_measure(source: AudioSource, cache: Cache | None, batch: Sequence[range]) -> npt.NDArray[np.float32]:
    """What is measured of these runs of frames, one after the other; beyond the session's end there is nothing."""
    spans = [
        (min(own.start * MP3_FRAME_SAMPLES, source.total), min(own.stop * MP3_FRAME_SAMPLES, source.total))
        for own in batch
    ]

    def measured() -> npt.NDArray[np.float32]:
        frames = [np.zeros((len(own), 3), np.float32) for own in batch]
        for own, (start, stop) in zip(frames, spans, strict=True):
            heard = _measure_frames(downmix_to_mono(source.render(start, stop)))
            own[: len(heard)] = heard
        return np.concatenate(frames)

    keys = [f"{len(own)} {source.range_key(*span)}" for own, span in zip(batch, spans, strict=True)]
    return _get_or_measure(cache, digest(CACHE_REVISION, *keys), measured)


def _get_or_measure(
    cache: Cache | None, key: str, measure: Callable[[], npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    data = get_or_make(cache, key, lambda: np.ascontiguousarray(measure(), "<f4").tobytes())
    return np.frombuffer(data, "<f4").reshape(-1, 3)


def _measure_frames(mono: Samples) -> npt.NDArray[np.float32]:
    """Power, power of what is low, and largest sample of each frame; the last frame may be short."""
    short = -len(mono) % MP3_FRAME_SAMPLES
    frames = (np.pad(mono, (0, short)) if short else mono).reshape(-1, MP3_FRAME_SAMPLES)
    low = (frames.reshape(-1, _LOWPASS_SAMPLES) @ _LOWPASS_KERNEL).reshape(-1, MP3_FRAME_SAMPLES // _LOWPASS_SAMPLES)
    return np.stack(
        [
            np.einsum("ij,ij->i", frames, frames) / MP3_FRAME_SAMPLES,
            np.einsum("ij,ij->i", low, low) / low.shape[1],
            np.maximum(frames.max(axis=1), -frames.min(axis=1)),
        ],
        axis=1,
    ).astype(np.float32)


def _frames_to_rows(frames: npt.NDArray[np.float32]) -> Levels:
    short = -len(frames) % FRAMES_PER_ROW
    grouped = np.pad(frames, ((0, short), (0, 0))).reshape(-1, FRAMES_PER_ROW, 3)
    power = np.concatenate([grouped[:, :, :2].mean(axis=1), grouped[:, :, 2:].max(axis=1) ** 2], axis=1)
    decibels = 10 * np.log10(np.maximum(power, 1e-12))
    return np.asarray(np.clip(np.rint((decibels - _FLOOR_DB) * 2), 0, 255).astype(np.uint8))


def _levels_to_db(levels: Levels) -> npt.NDArray[np.float64]:
    return levels.astype(np.float64) / 2 + _FLOOR_DB
