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

from voiceguide.encode.batches import split_into_batches
from voiceguide.encode.mp3_frames import frame_bytes
from voiceguide.encode.smart_render import EncodeSpan, Span
from voiceguide.system.disk_cache import digest
from voiceguide.units import LEVEL_ROW_SAMPLES, MP3_FRAME_SAMPLES, SAMPLE_RATE
from voiceguide.verification.decoding import decode_frames, true_peak_amplitude
from voiceguide.verification.fingerprint import SEARCH_MARGIN_SAMPLES
from voiceguide.verification.level_profile import downmix_to_mono
from voiceguide.verification.reference_plan import ReferenceCue, ReferencePlan

__all__ = ["DecodedRegion", "Mp3Regions", "VerifyRegion"]

Samples = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
T = TypeVar("T")

CODEC_DELAY_SAMPLES = 576 + 529
"""Samples that come before the session's first, of LAME and of the decoder."""
DECODER_RUN_IN_FRAMES = 3
"""Frames decoded before those that are wanted: each frame needs those before it."""
TARGET_REGION_SAMPLES = 10 * SAMPLE_RATE
MAX_BATCH_FRAMES = 4000
"""Frames decoded by one ffmpeg, a minute and a half: its start costs little against them."""
MIN_BATCH_FRAMES = 1400
COMPARE_CHUNK_FRAMES = 20_000
"""Frames of copies compared at once."""
CACHE_REVISION = "heard 2"
"""Whoever makes the check stricter counts on."""


@dataclass(frozen=True)
class VerifyRegion:
    """A stretch that is judged by itself: no cue reaches over its ends."""

    start: int
    """Samples of the session, as are the others."""
    stop: int
    decode_start: int
    """What is decoded: REACH more on both sides, as far as the session goes."""
    decode_stop: int
    cues: tuple[ReferenceCue, ...]
    row_range: range
    """The rows of levels that it reaches into."""
    frame_range: range
    """The frames that are decoded."""


@dataclass(frozen=True)
class DecodedRegion:
    """The sound of a unit."""

    region: VerifyRegion
    mono: Samples
    """The mean of its channels, from `begin` to `end`."""
    peak_amplitude: float
    """True peak of its channels, as an amplitude."""


class Mp3Regions:
    """The frames of an MP3 of ours whose bytes before `begin` are tag and Info frame."""

    def __init__(
        self, path: Path, audio_offset: int, bit_rate: int, plan: ReferencePlan, spans: Sequence[Span]
    ) -> None:
        self._path, self._audio_offset, self._frame_bytes = path, audio_offset, frame_bytes(bit_rate)
        self._plan = plan
        self._delay_samples = plan.leading_silence + CODEC_DELAY_SAMPLES
        self._encoded_spans: list[tuple[int, int]] = []
        self._first_loop_frames: list[tuple[int, int]] = []
        self._loops: dict[str, _SeenLoopFrames] = {}
        half = len(spans) // 2  # frames are counted from a step in the middle: what follows it hardly ever changes
        self.copies_differ = not all(self._scan_span(run) for run in (*spans[half:], *spans[:half]))
        """True where a frame of a loop is not what the loop's same frame is elsewhere."""

    def regions(self) -> list[VerifyRegion]:
        """All that must be heard, in order. An island is judged by itself, so that the same one is known again
        elsewhere, whatever lies beside it."""
        total = self._plan.total
        islands = _merge_ranges(
            [*map(self._frames_to_samples, self._encoded_spans), *((cue.at, cue.end) for cue in self._plan.cues)], total
        )
        loops = _merge_ranges(map(self._frames_to_samples, self._first_loop_frames), total)
        return [unit for start, stop in sorted([*islands, *loops]) for unit in self._split_region(start, stop)]

    def _frames_to_samples(self, frames: tuple[int, int]) -> tuple[int, int]:
        """The samples in which frames, from and to before, are heard."""
        first, last = frames
        return max(
            first * MP3_FRAME_SAMPLES - self._delay_samples, 0
        ), last * MP3_FRAME_SAMPLES - self._plan.leading_silence

    def cache_key(self, unit: VerifyRegion) -> str:
        """The name of all that the judgement of a unit depends on."""
        cues = b"".join(
            b"%d %d " % (cue.at - unit.decode_start, cue.length) + cue.fingerprint.tobytes() for cue in unit.cues
        )
        place = (
            f"{self._offset_in_decoded(unit)} {unit.start - unit.decode_start} {unit.decode_stop - unit.decode_start}"
        )
        rows = self._plan.levels[unit.row_range.start : unit.row_range.stop].tobytes()
        grid = f"{(unit.start + self._plan.grid_offset) % LEVEL_ROW_SAMPLES} {self._frame_bytes} {self._plan.channels}"
        return digest(
            CACHE_REVISION, place, grid, cues, rows, self._read_frames(unit.frame_range.start, unit.frame_range.stop)
        )

    def check(
        self, units: Sequence[VerifyRegion], judge: Callable[[DecodedRegion], T], jobs: int | None
    ) -> Iterator[T]:
        """What `judge` says of each unit, in order. Several lots are decoded at a time, and judged where they are
        decoded as soon as they are: no sound waits for its turn, so that memory stays flat."""
        jobs = jobs or os.cpu_count() or 1
        lots = split_into_batches(units, lambda unit: len(unit.frame_range), jobs, MIN_BATCH_FRAMES, MAX_BATCH_FRAMES)
        with ThreadPoolExecutor(jobs, "hear") as pool:
            for lot in pool.map(lambda units: [judge(heard) for heard in self._decode(units)], lots):
                yield from lot

    def _decode(self, units: Sequence[VerifyRegion]) -> Iterator[DecodedRegion]:
        data = (self._read_frames(unit.frame_range.start, unit.frame_range.stop) for unit in units)
        sounds = decode_frames(data, self._frame_bytes, self._plan.channels)
        for unit, sound in zip(units, sounds, strict=True):
            own = sound[self._offset_in_decoded(unit) :][: unit.decode_stop - unit.decode_start]
            yield DecodedRegion(unit, downmix_to_mono(own), true_peak_amplitude(own))

    def _offset_in_decoded(self, unit: VerifyRegion) -> int:
        """Where in what is decoded for a unit it begins."""
        return unit.decode_start + self._delay_samples - unit.frame_range.start * MP3_FRAME_SAMPLES

    def _read_frames(self, first: int, last: int) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._audio_offset + first * self._frame_bytes)
            return file.read((last - first) * self._frame_bytes)

    def _scan_span(self, run: Span) -> bool:
        """Note what of a run must be heard; compare the rest of it with what is heard elsewhere."""
        if isinstance(run, EncodeSpan):
            self._encoded_spans.append((run.start_frame, run.stop_frame))
            return True
        if run.loop not in self._loops:
            self._loops[run.loop] = _SeenLoopFrames(run.loop_frames, self._frame_bytes)
        loop, same = self._loops[run.loop], True
        step = max(COMPARE_CHUNK_FRAMES // run.loop_frames, 1) * run.loop_frames
        second_turn = min(run.start_frame + run.loop_frames, run.stop_frame)
        for first, last in pairwise([run.start_frame, *range(second_turn, run.stop_frame, step), run.stop_frame]):
            frames = np.frombuffer(self._read_frames(first, last), np.uint8).reshape(-1, self._frame_bytes)
            place = first - run.loop_start_frame
            self._first_loop_frames += [
                (first + fresh, first + last_fresh) for fresh, last_fresh in loop.add_new(place, frames)
            ]
            same = same and loop.matches(place, frames)
        return same

    def _split_region(self, start: int, stop: int) -> Iterator[VerifyRegion]:
        """A stretch as units of ten seconds or so, longer where a cue is."""
        while start < stop:
            end = min(start + TARGET_REGION_SAMPLES, stop)
            for cue in self._plan.cues:
                if cue.at < end < cue.end:
                    end = min(cue.end, stop)
            cues = tuple(cue for cue in self._plan.cues if start <= cue.at and cue.end <= end and cue.at < end)
            yield self._make_region(start, end, cues)
            start = end

    def _make_region(self, start: int, stop: int, cues: tuple[ReferenceCue, ...]) -> VerifyRegion:
        begin, end = max(start - SEARCH_MARGIN_SAMPLES, 0), min(stop + SEARCH_MARGIN_SAMPLES, self._plan.total)
        first, last = (
            (start + self._plan.grid_offset) // LEVEL_ROW_SAMPLES,
            -(-(stop + self._plan.grid_offset) // LEVEL_ROW_SAMPLES),
        )
        first_frame = max((begin + self._delay_samples) // MP3_FRAME_SAMPLES - DECODER_RUN_IN_FRAMES, 0)
        last_frame = -(-(end + self._delay_samples) // MP3_FRAME_SAMPLES) + 1
        return VerifyRegion(start, stop, begin, end, cues, range(first, last), range(first_frame, last_frame))


class _SeenLoopFrames:
    """The frames of a loop, as far as they have come in the session."""

    def __init__(self, count: int, frame_size: int) -> None:
        self._seen = np.zeros(count, np.bool_)
        self._frames = np.zeros((count, frame_size), np.uint8)

    def add_new(self, place: int, frames: Bytes) -> list[tuple[int, int]]:
        """Take those from a place of the loop on that had not come before, and say which they are: from, to before. Of
        what is longer than the loop nothing is new."""
        if len(frames) > len(self._seen):
            return []
        places = np.arange(place, place + len(frames)) % len(self._seen)
        fresh = np.flatnonzero(~self._seen[places])
        self._seen[places[fresh]] = True
        self._frames[places[fresh]] = frames[fresh]
        runs = np.split(fresh, np.flatnonzero(np.diff(fresh) > 1) + 1) if len(fresh) else []
        return [(int(run[0]), int(run[-1]) + 1) for run in runs]

    def matches(self, place: int, frames: Bytes) -> bool:
        """Whether these are its frames from that place on."""
        return np.array_equal(frames, self._frames[np.arange(place, place + len(frames)) % len(self._seen)])


def _merge_ranges(ranges: Iterable[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        stop = min(stop, total)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        elif start < stop:
            merged.append((start, stop))
    return merged
