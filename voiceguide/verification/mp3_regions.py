"""Which frames of an MP3 just written must be decoded to know all of it, and decoding them on every core.

An island is heard whole; a loop's frame where it first comes from the middle of the session on, all its copies being
compared with it byte by byte. What was heard and found right once is known by its bytes, and not decoded again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from voiceguide.encode.batches import in_lots
from voiceguide.encode.mp3_frames import frame_bytes
from voiceguide.encode.smart_render import Piece, Run
from voiceguide.system.disk_cache import digest
from voiceguide.units import MP3_FRAME_SAMPLES, LEVEL_ROW_SAMPLES, SAMPLE_RATE
from voiceguide.verification.decoding import decode_frames, true_peak
from voiceguide.verification.fingerprint import REACH
from voiceguide.verification.level_profile import mono_of
from voiceguide.verification.reference_plan import PlannedCue, SessionPlan

__all__ = ["Heard", "Unit", "WrittenMp3"]

Samples = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
T = TypeVar("T")

DECODER_DELAY = 576 + 529
"""Samples that come before the session's first, of LAME and of the decoder."""
RUN_IN = 3
"""Frames decoded before those that are wanted: each frame needs those before it."""
LONGEST_UNIT = 10 * SAMPLE_RATE
LONGEST_LOT = 4000
"""Frames decoded by one ffmpeg, a minute and a half: its start costs little against them."""
SHORTEST_LOT = 1400
COMPARED = 20_000
"""Frames of copies compared at once."""
REVISION = "heard 2"
"""Whoever makes the check stricter counts on."""


@dataclass(frozen=True)
class Unit:
    """A stretch that is judged by itself: no cue reaches over its ends."""

    start: int
    """Samples of the session, as are the others."""
    stop: int
    begin: int
    """What is decoded: REACH more on both sides, as far as the session goes."""
    end: int
    cues: tuple[PlannedCue, ...]
    rows: range
    """The rows of levels that it reaches into."""
    frames: range
    """The frames that are decoded."""


@dataclass(frozen=True)
class Heard:
    """The sound of a unit."""

    unit: Unit
    mono: Samples
    """The mean of its channels, from `begin` to `end`."""
    peak: float
    """True peak of its channels, as an amplitude."""


class WrittenMp3:
    """The frames of an MP3 of ours whose bytes before `begin` are tag and Info frame."""

    def __init__(self, path: Path, begin: int, bit_rate: int, plan: SessionPlan, runs: Sequence[Run]) -> None:
        self._path, self._begin, self._size = path, begin, frame_bytes(bit_rate)
        self._plan = plan
        self._delay = plan.quiet + DECODER_DELAY
        self._islands: list[tuple[int, int]] = []
        self._first_heard: list[tuple[int, int]] = []
        self._loops: dict[str, _Loop] = {}
        half = len(runs) // 2  # frames are counted from a step in the middle: what follows it hardly ever changes
        self.copies_differ = not all(self._same(run) for run in (*runs[half:], *runs[:half]))
        """True where a frame of a loop is not what the loop's same frame is elsewhere."""

    def units(self) -> list[Unit]:
        """All that must be heard, in order. An island is judged by itself, so that the same one is known again
        elsewhere, whatever lies beside it."""
        total = self._plan.total
        islands = _merged([*map(self._span, self._islands), *((cue.at, cue.end) for cue in self._plan.cues)], total)
        loops = _merged(map(self._span, self._first_heard), total)
        return [unit for start, stop in sorted([*islands, *loops]) for unit in self._cut(start, stop)]

    def _span(self, frames: tuple[int, int]) -> tuple[int, int]:
        """The samples in which frames, from and to before, are heard."""
        first, last = frames
        return max(first * MP3_FRAME_SAMPLES - self._delay, 0), last * MP3_FRAME_SAMPLES - self._plan.quiet

    def key(self, unit: Unit) -> str:
        """The name of all that the judgement of a unit depends on."""
        cues = b"".join(b"%d %d " % (cue.at - unit.begin, cue.length) + cue.print.tobytes() for cue in unit.cues)
        place = f"{self._offset(unit)} {unit.start - unit.begin} {unit.end - unit.begin}"
        rows = self._plan.levels[unit.rows.start : unit.rows.stop].tobytes()
        grid = f"{(unit.start + self._plan.preroll) % LEVEL_ROW_SAMPLES} {self._size} {self._plan.channels}"
        return digest(REVISION, place, grid, cues, rows, self._read(unit.frames.start, unit.frames.stop))

    def judge(self, units: Sequence[Unit], judge: Callable[[Heard], T], jobs: int | None) -> Iterator[T]:
        """What `judge` says of each unit, in order. Several lots are decoded at a time, and judged where they are
        decoded as soon as they are: no sound waits for its turn, so that memory stays flat."""
        jobs = jobs or os.cpu_count() or 1
        lots = in_lots(units, lambda unit: len(unit.frames), jobs, SHORTEST_LOT, LONGEST_LOT)
        with ThreadPoolExecutor(jobs, "hear") as pool:
            for lot in pool.map(lambda units: [judge(heard) for heard in self._hear(units)], lots):
                yield from lot

    def _hear(self, units: Sequence[Unit]) -> Iterator[Heard]:
        data = (self._read(unit.frames.start, unit.frames.stop) for unit in units)
        sounds = decode_frames(data, self._size, self._plan.channels)
        for unit, sound in zip(units, sounds, strict=True):
            own = sound[self._offset(unit) :][: unit.end - unit.begin]
            yield Heard(unit, mono_of(own), true_peak(own))

    def _offset(self, unit: Unit) -> int:
        """Where in what is decoded for a unit it begins."""
        return unit.begin + self._delay - unit.frames.start * MP3_FRAME_SAMPLES

    def _read(self, first: int, last: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._begin + first * self._size)
            return file.read((last - first) * self._size)

    def _same(self, run: Run) -> bool:
        """Note what of a run must be heard; compare the rest of it with what is heard elsewhere."""
        if isinstance(run, Piece):
            self._islands.append((run.first, run.last))
            return True
        if run.loop not in self._loops:
            self._loops[run.loop] = _Loop(run.loop_frames, self._size)
        loop, same = self._loops[run.loop], True
        step = max(COMPARED // run.loop_frames, 1) * run.loop_frames
        second_turn = min(run.first + run.loop_frames, run.last)
        for first, last in pairwise([run.first, *range(second_turn, run.last, step), run.last]):
            frames = np.frombuffer(self._read(first, last), np.uint8).reshape(-1, self._size)
            place = first - run.loop_first
            self._first_heard += [
                (first + fresh, first + last_fresh) for fresh, last_fresh in loop.learn(place, frames)
            ]
            same = same and loop.has(place, frames)
        return same

    def _cut(self, start: int, stop: int) -> Iterator[Unit]:
        """A stretch as units of ten seconds or so, longer where a cue is."""
        while start < stop:
            end = min(start + LONGEST_UNIT, stop)
            for cue in self._plan.cues:
                if cue.at < end < cue.end:
                    end = min(cue.end, stop)
            cues = tuple(cue for cue in self._plan.cues if start <= cue.at and cue.end <= end and cue.at < end)
            yield self._unit(start, end, cues)
            start = end

    def _unit(self, start: int, stop: int, cues: tuple[PlannedCue, ...]) -> Unit:
        begin, end = max(start - REACH, 0), min(stop + REACH, self._plan.total)
        first, last = (start + self._plan.preroll) // LEVEL_ROW_SAMPLES, -(-(stop + self._plan.preroll) // LEVEL_ROW_SAMPLES)
        first_frame = max((begin + self._delay) // MP3_FRAME_SAMPLES - RUN_IN, 0)
        last_frame = -(-(end + self._delay) // MP3_FRAME_SAMPLES) + 1
        return Unit(start, stop, begin, end, cues, range(first, last), range(first_frame, last_frame))


class _Loop:
    """The frames of a loop, as far as they have come in the session."""

    def __init__(self, count: int, size: int) -> None:
        self._known = np.zeros(count, np.bool_)
        self._frames = np.zeros((count, size), np.uint8)

    def learn(self, place: int, frames: Bytes) -> list[tuple[int, int]]:
        """Take those from a place of the loop on that had not come before, and say which they are: from, to before. Of
        what is longer than the loop nothing is new."""
        if len(frames) > len(self._known):
            return []
        places = np.arange(place, place + len(frames)) % len(self._known)
        fresh = np.flatnonzero(~self._known[places])
        self._known[places[fresh]] = True
        self._frames[places[fresh]] = frames[fresh]
        runs = np.split(fresh, np.flatnonzero(np.diff(fresh) > 1) + 1) if len(fresh) else []
        return [(int(run[0]), int(run[-1]) + 1) for run in runs]

    def has(self, place: int, frames: Bytes) -> bool:
        """Whether these are its frames from that place on."""
        return np.array_equal(frames, self._frames[np.arange(place, place + len(frames)) % len(self._known)])


def _merged(ranges: Iterable[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        stop = min(stop, total)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        elif start < stop:
            merged.append((start, stop))
    return merged
