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

from voiceguide.audio.mixer.frame_alignment import Prerolled
from voiceguide.audio.mixer.source import Mixed, Stretch
from voiceguide.system.disk_cache import Cache, digest, remembered
from voiceguide.units import MP3_FRAME_SAMPLES, LEVEL_ROW_SAMPLES

__all__ = ["LevelMeter", "Levels", "level_faults", "mono_of", "planned_levels", "row_count"]

Samples = npt.NDArray[np.float32]
Levels = npt.NDArray[np.uint8]
"""Half decibels over -120 dBFS, shape (rows, 3)."""
Decibels = npt.NDArray[np.float64]

REVISION = "levels 1"
"""Whoever measures otherwise counts on."""
FRAMES_A_ROW = LEVEL_ROW_SAMPLES // MP3_FRAME_SAMPLES
_LOW = 24
"""Samples averaged to hear what is low: the mean of 24 falls off above a kilohertz."""
_MEAN = np.full(_LOW, 1 / _LOW, np.float32)
_FLOOR_DB = -120.0
_RENDERED = 400
"""Frames rendered at once, not quite ten seconds."""
_TOGETHER = 8
"""Of such runs: they are kept as one entry of the cache, since each costs the time of a file."""
_WINDOW_ROWS = 1 << 16
"""Rows worked out at once, so that a day takes no more memory than two hours."""
_QUIET_DB = np.array([-62.0, -62.0, -54.0])
"""Levels below these are all the same: encoders do there what they like."""
_ECHO_DB = np.array([-34.0, -34.0, -28.0])
"""What an encoder makes of a silence ahead of something loud, against the loud: a word after 0.7 s of nothing is heard
faintly up to two frames early, at -40 and -31 dB."""
_MOST_OFF_DB = np.array([4.0, 4.5, 6.0])
"""Encoders are off by 1, 1 and 2.5 with a bed, by 3.5, 1.5 and 5.5 in what is nearly silent without one."""
_MOST_OFF_COARSE_DB = np.array([30.0, 9.0, 30.0])
"""With few bits they leave out what is high, and all that is left to compare is what is low."""
_FAR_OFF_DB = 12.0
"""What is so far off counts even in a single row; else it takes two."""
_FAR_OFF_LOUD_DB = 7.0
"""The same of the largest sample where that is loud: encoders keep the peaks of words."""
_LOUD_DB = -20.0


def mono_of(samples: Samples) -> Samples:
    """The mean of one or two channels, shape (samples,)."""
    if samples.shape[1] == 1:
        return samples[:, 0]
    return (samples[:, 0] + samples[:, 1]) * np.float32(0.5)


def row_count(total: int) -> int:
    """Rows of a session of that many samples."""
    return -(-total // LEVEL_ROW_SAMPLES)


def planned_levels(mixed: Mixed, cache: Cache | None = None) -> Levels:
    """The rows of a mix, as it is before any encoder has had it, counted from where its preroll begins."""
    mixed = Prerolled(mixed, mixed.preroll)
    stretches, loops = mixed.stretches(), _LoopFrames(mixed, cache)
    rows = row_count(mixed.total)
    result = [np.zeros((0, 3), np.uint8)]
    with ThreadPoolExecutor(os.cpu_count(), "levels") as pool:
        for first in range(0, rows, _WINDOW_ROWS):
            window = range(first * FRAMES_A_ROW, min(first + _WINDOW_ROWS, rows) * FRAMES_A_ROW)
            frames = np.zeros((len(window), 3), np.float32)
            busy: list[range] = []
            for steady, begin, end in _parts(stretches, window):
                if steady is None:
                    busy += [range(at, min(at + _RENDERED, end)) for at in range(begin, end, _RENDERED)]
                else:
                    frames[begin - window.start : end - window.start] = loops.between(steady, begin, end)
            lots = [busy[at : at + _TOGETHER] for at in range(0, len(busy), _TOGETHER)]
            for lot, heard in zip(lots, pool.map(partial(_rendered, mixed, cache), lots), strict=True):
                frames[np.concatenate(lot) - window.start] = heard
            result.append(_rows(frames))
    return np.concatenate(result)


class LevelMeter:
    """The rows of mono sound that comes in blocks of any size, after so many samples of quiet."""

    def __init__(self, quiet: int = 0) -> None:
        self._rest = np.zeros(quiet, np.float32)
        self._rows: list[Levels] = []

    def hear(self, mono: Samples) -> None:
        sound = np.concatenate([self._rest, mono]) if len(self._rest) else mono
        whole = len(sound) // LEVEL_ROW_SAMPLES * LEVEL_ROW_SAMPLES
        self._rows.append(_rows(_measured(sound[:whole])))
        self._rest = sound[whole:].copy()

    def rows(self) -> Levels:
        """All rows, the last filled up with silence."""
        rest = [_rows(_measured(self._rest))] if len(self._rest) else []
        return np.concatenate([np.zeros((0, 3), np.uint8), *self._rows, *rest])


def level_faults(
    planned: Levels, heard: Levels, start: int = 0, coarse: bool = False
) -> Iterator[tuple[int, int, float]]:
    """Where what was heard from the row `start` on differs from the plan of the whole session by more than encoders do:
    the first row, the rows, and the decibels too loud (or quiet). `coarse` is for an encoder that had few bits."""
    most_off = _MOST_OFF_COARSE_DB if coarse else _MOST_OFF_DB
    count = min(len(planned) - start, len(heard))
    stop = start + count
    following = np.pad(_decibels(planned[start + 1 : stop + 1]), ((0, 1), (0, 0)), constant_values=_FLOOR_DB)[:count]
    floor = np.maximum(_QUIET_DB, following + _ECHO_DB)
    wanted, found = (np.maximum(_decibels(levels), floor) for levels in (planned[start:stop], heard[:count]))
    off = found - wanted
    wrong = np.abs(off) > most_off
    alone = _wrong_alone(off, np.maximum(found, wanted), most_off)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], wrong.any(axis=1).astype(np.int8), [0]])))
    for first, last in edges.reshape(-1, 2):
        worst = np.where(wrong[first:last], off[first:last], 0.0)
        most = float(worst.flat[np.abs(worst).argmax()])
        if last - first > 1 or alone[first]:
            yield start + int(first), int(last - first), most


def _wrong_alone(off: Decibels, level: Decibels, most_off: Decibels) -> npt.NDArray[np.bool_]:
    """The rows that are so far off that they count by themselves; `level` is the louder of planned and heard."""
    far_off = np.full_like(off, _FAR_OFF_DB)
    far_off[:, 2] = np.where(level[:, 2] > _LOUD_DB, _FAR_OFF_LOUD_DB, _FAR_OFF_DB)
    return np.asarray((np.abs(off) > np.maximum(far_off, most_off.max())).any(axis=1))


class _LoopFrames:
    """The frames of each steady loop, worked out when first asked for."""

    def __init__(self, mixed: Mixed, cache: Cache | None) -> None:
        self._mixed = mixed
        self._cache = cache
        self._frames: dict[str, npt.NDArray[np.float32]] = {}

    def between(self, stretch: Stretch, first: int, last: int) -> npt.NDArray[np.float32]:
        if stretch.loop not in self._frames:
            key = digest(REVISION, stretch.loop, f"{stretch.loop_length} {self._mixed.channels}")
            self._frames[stretch.loop] = _remembered(self._cache, key, lambda: self._whole(stretch))
        frames = self._frames[stretch.loop]
        return frames[(np.arange(first, last) - stretch.loop_start // MP3_FRAME_SAMPLES) % len(frames)]

    def _whole(self, stretch: Stretch) -> npt.NDArray[np.float32]:
        count = stretch.loop_length // MP3_FRAME_SAMPLES
        starts = range(0, count, _RENDERED)
        return np.concatenate([self._heard(stretch.loop, at, min(at + _RENDERED, count)) for at in starts])

    def _heard(self, loop: str, first: int, last: int) -> npt.NDArray[np.float32]:
        return _measured(mono_of(self._mixed.render_loop(loop, first * MP3_FRAME_SAMPLES, last * MP3_FRAME_SAMPLES)))


def _parts(stretches: Sequence[Stretch], window: range) -> Iterator[tuple[Stretch | None, int, int]]:
    """The frames of a window in order: runs that lie within a steady stretch, and runs (None) that must be rendered."""
    at = window.start
    for stretch in stretches:
        if not stretch.loop or stretch.loop_length % MP3_FRAME_SAMPLES or stretch.loop_start % MP3_FRAME_SAMPLES:
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


def _rendered(mixed: Mixed, cache: Cache | None, lot: Sequence[range]) -> npt.NDArray[np.float32]:
    """What is measured of these runs of frames, one after the other; beyond the session's end there is nothing."""
    spans = [(min(own.start * MP3_FRAME_SAMPLES, mixed.total), min(own.stop * MP3_FRAME_SAMPLES, mixed.total)) for own in lot]

    def measured() -> npt.NDArray[np.float32]:
        frames = [np.zeros((len(own), 3), np.float32) for own in lot]
        for own, (start, stop) in zip(frames, spans, strict=True):
            heard = _measured(mono_of(mixed.render(start, stop)))
            own[: len(heard)] = heard
        return np.concatenate(frames)

    keys = [f"{len(own)} {mixed.key(*span)}" for own, span in zip(lot, spans, strict=True)]
    return _remembered(cache, digest(REVISION, *keys), measured)


def _remembered(
    cache: Cache | None, key: str, measure: Callable[[], npt.NDArray[np.float32]]
) -> npt.NDArray[np.float32]:
    data = remembered(cache, key, lambda: np.ascontiguousarray(measure(), "<f4").tobytes())
    return np.frombuffer(data, "<f4").reshape(-1, 3)


def _measured(mono: Samples) -> npt.NDArray[np.float32]:
    """Power, power of what is low, and largest sample of each frame; the last frame may be short."""
    short = -len(mono) % MP3_FRAME_SAMPLES
    frames = (np.pad(mono, (0, short)) if short else mono).reshape(-1, MP3_FRAME_SAMPLES)
    low = (frames.reshape(-1, _LOW) @ _MEAN).reshape(-1, MP3_FRAME_SAMPLES // _LOW)
    return np.stack(
        [
            np.einsum("ij,ij->i", frames, frames) / MP3_FRAME_SAMPLES,
            np.einsum("ij,ij->i", low, low) / low.shape[1],
            np.maximum(frames.max(axis=1), -frames.min(axis=1)),
        ],
        axis=1,
    ).astype(np.float32)


def _rows(frames: npt.NDArray[np.float32]) -> Levels:
    short = -len(frames) % FRAMES_A_ROW
    grouped = np.pad(frames, ((0, short), (0, 0))).reshape(-1, FRAMES_A_ROW, 3)
    power = np.concatenate([grouped[:, :, :2].mean(axis=1), grouped[:, :, 2:].max(axis=1) ** 2], axis=1)
    decibels = 10 * np.log10(np.maximum(power, 1e-12))
    return np.asarray(np.clip(np.rint((decibels - _FLOOR_DB) * 2), 0, 255).astype(np.uint8))


def _decibels(levels: Levels) -> npt.NDArray[np.float64]:
    return levels.astype(np.float64) / 2 + _FLOOR_DB
