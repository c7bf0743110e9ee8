"""Select the regions of a new MP3 that must be decoded to verify the whole file, and decode them in parallel.

Encoded spans are decoded completely. A loop frame is decoded at its first occurrence, counted from the middle of the
session, and all copies are compared with it byte by byte. Regions that have already passed are recognized by their
bytes and are not decoded again.
"""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from voiceguide.encode.batches import split_into_batches
from voiceguide.encode.mp3_frame_format import frame_bytes
from voiceguide.encode.smart_render import EncodeSpan, Span
from voiceguide.system.disk_cache import digest
from voiceguide.units import LEVEL_ROW_SAMPLES, MP3_FRAME_SAMPLES, SAMPLE_RATE
from voiceguide.verification.decoding import decode_frames, true_peak_amplitude
from voiceguide.verification.fingerprint import SEARCH_MARGIN_SAMPLES
from voiceguide.verification.level_profile import Samples
from voiceguide.verification.reference_plan import ReferenceCue, ReferencePlan

__all__ = ["DecodedRegion", "Mp3Regions", "VerifyRegion"]

Bytes = npt.NDArray[np.uint8]
T = TypeVar("T")

CODEC_DELAY_SAMPLES = 576 + 529
"""Combined delay of LAME and the decoder before the first sample of the session."""
DECODER_RUN_IN_FRAMES = 3
"""Number of frames to decode before a region, because frames depend on preceding frames."""
TARGET_REGION_SAMPLES = 10 * SAMPLE_RATE
MAX_BATCH_FRAMES = 4000
"""Number of frames per ffmpeg process: about a minute and a half of audio. Decoding it takes much longer than starting
ffmpeg."""
MIN_BATCH_FRAMES = 1400
COMPARE_CHUNK_FRAMES = 20_000
"""Number of copied frames to compare at a time."""
CACHE_REVISION = "heard 7"
"""Increment the number whenever the check becomes stricter."""


@dataclass(frozen=True)
class VerifyRegion:
    """A part of a session that is verified separately. No cue crosses the boundaries of the part."""

    start: int
    """First sample. All positions are in samples from the start of the session."""
    stop: int
    """End of the region (exclusive)."""
    decode_start: int
    """Start of the decoded audio: SEARCH_MARGIN_SAMPLES before the region, but not before the start of the session."""
    decode_stop: int
    """End of the decoded audio: SEARCH_MARGIN_SAMPLES after the region, but not after the end of the session."""
    cues: tuple[ReferenceCue, ...]
    row_range: range
    """The level rows that overlap the region."""
    frame_range: range
    """The frames to decode."""


@dataclass(frozen=True)
class DecodedRegion:
    """A region and its decoded audio."""

    region: VerifyRegion
    samples: Samples
    """The audio from `decode_start` to `decode_stop`, shape (samples, channels)."""
    peak_amplitude: float
    """True peak of all channels as an amplitude. 1.0 is full scale."""


class Mp3Regions:
    """The audio frames of an MP3 written by voiceguide, starting at `audio_offset` after the tag and the Info frame."""

    def __init__(
        self, path: Path, audio_offset: int, bit_rate: int, plan: ReferencePlan, spans: Sequence[Span]
    ) -> None:
        self._path, self._audio_offset, self._frame_bytes = path, audio_offset, frame_bytes(bit_rate)
        self._plan = plan
        self._latest_cue_ends = list(accumulate((cue.end for cue in plan.cues), max))
        self._delay_samples = plan.leading_silence + CODEC_DELAY_SAMPLES
        self._encoded_spans: list[tuple[int, int]] = []
        self._first_loop_frames: list[tuple[int, int]] = []
        self._loops: dict[str, _SeenLoopFrames] = {}
        half = len(spans) // 2  # the frame grid is aligned with a step in the middle, so spans after it rarely change
        self.copies_differ = not all(self._scan_span(span) for span in (*spans[half:], *spans[:half]))
        """True if two copies of the same loop frame differ."""

    def regions(self) -> list[VerifyRegion]:
        """Return all regions to verify, in order.

        Encoded spans get their own regions, so that an unchanged span is recognized even if the surrounding audio
        changes.
        """
        total = self._plan.total
        encoded = _merge_ranges(
            [*map(self._frames_to_samples, self._encoded_spans), *((cue.at, cue.end) for cue in self._plan.cues)], total
        )
        loops = _merge_ranges(map(self._frames_to_samples, self._first_loop_frames), total)
        return [region for start, stop in sorted([*encoded, *loops]) for region in self._split_region(start, stop)]

    def _frames_to_samples(self, frames: tuple[int, int]) -> tuple[int, int]:
        """Return the range of samples to which a range of frames (start, stop) contributes."""
        start, stop = frames
        first_sample = max(start * MP3_FRAME_SAMPLES - self._delay_samples, 0)
        return first_sample, stop * MP3_FRAME_SAMPLES - self._plan.leading_silence

    def cache_key(self, region: VerifyRegion) -> str:
        """Return a digest of everything that affects the result for a region."""
        cues = b"".join(
            b"%d %d " % (cue.at - region.decode_start, cue.length) + cue.fingerprint.tobytes() for cue in region.cues
        )
        own_start, decoded_length = region.start - region.decode_start, region.decode_stop - region.decode_start
        position = f"{self._offset_in_decoded(region)} {own_start} {decoded_length}"
        rows = b"".join(
            values[region.row_range.start : region.row_range.stop].tobytes()
            for values in (self._plan.levels, self._plan.stereo)
            if values is not None
        )
        grid = (
            f"{(region.start + self._plan.grid_offset) % LEVEL_ROW_SAMPLES} {self._frame_bytes} {self._plan.channels}"
        )
        return digest(CACHE_REVISION, position, grid, cues, rows, self._read_frames(region.frame_range))

    def map_decoded_regions(
        self, regions: Sequence[VerifyRegion], check_region: Callable[[DecodedRegion], T], jobs: int | None
    ) -> Iterator[T]:
        """Yield the result of `check_region` for each region, in order.

        Several batches are decoded in parallel. Each region is checked in the thread that decodes it, which limits
        memory use.
        """
        jobs = jobs or os.cpu_count() or 1
        batches = split_into_batches(
            regions, lambda region: len(region.frame_range), jobs, MIN_BATCH_FRAMES, MAX_BATCH_FRAMES
        )
        with ThreadPoolExecutor(jobs, "verify") as pool:
            for results in pool.map(lambda batch: [check_region(decoded) for decoded in self._decode(batch)], batches):
                yield from results

    def _decode(self, regions: Sequence[VerifyRegion]) -> Iterator[DecodedRegion]:
        runs = (self._read_frames(region.frame_range) for region in regions)
        decoded = decode_frames(runs, self._frame_bytes, self._plan.channels)
        for region, samples in zip(regions, decoded, strict=True):
            audio = samples[self._offset_in_decoded(region) :][: region.decode_stop - region.decode_start]
            yield DecodedRegion(region, audio, true_peak_amplitude(audio))

    def _offset_in_decoded(self, region: VerifyRegion) -> int:
        """Return the position of `decode_start` in the samples decoded from `frame_range`."""
        return region.decode_start + self._delay_samples - region.frame_range.start * MP3_FRAME_SAMPLES

    def _read_frames(self, frames: range) -> bytes:
        with self._path.open("rb") as file:
            file.seek(self._audio_offset + frames.start * self._frame_bytes)
            return file.read(len(frames) * self._frame_bytes)

    def _scan_span(self, span: Span) -> bool:
        """Record the frames of a span that must be decoded. Return False if a copy differs from an earlier one."""
        if isinstance(span, EncodeSpan):
            self._encoded_spans.append((span.start_frame, span.stop_frame))
            return True
        if span.loop not in self._loops:
            self._loops[span.loop] = _SeenLoopFrames(span.loop_frames, self._frame_bytes)
        loop, equal = self._loops[span.loop], True
        for start, stop in span.chunks(COMPARE_CHUNK_FRAMES):
            frames = np.frombuffer(self._read_frames(range(start, stop)), np.uint8).reshape(-1, self._frame_bytes)
            position = span.loop_frame(start)
            self._first_loop_frames += [
                (start + new_start, start + new_stop) for new_start, new_stop in loop.add_new(position, frames)
            ]
            equal = equal and loop.matches(position, frames)
        return equal

    def _split_region(self, start: int, stop: int) -> Iterator[VerifyRegion]:
        """Divide a range into regions of about ten seconds, or longer if a cue would cross the boundary."""
        while start < stop:
            end = min(start + TARGET_REGION_SAMPLES, stop)
            for cue in self._cues_between(end, stop):
                if cue.at >= end:
                    break
                end = max(end, min(cue.end, stop))
            cues = tuple(cue for cue in self._cues_between(start, end) if start <= cue.at and cue.end <= end)
            yield self._make_region(start, end, cues)
            start = end

    def _cues_between(self, start: int, stop: int) -> Iterator[ReferenceCue]:
        """Yield the cues that start before `stop`, beginning with the first cue that ends at or after `start`."""
        for index in range(bisect_left(self._latest_cue_ends, start), len(self._plan.cues)):
            if self._plan.cues[index].at >= stop:
                return
            yield self._plan.cues[index]

    def _make_region(self, start: int, stop: int, cues: tuple[ReferenceCue, ...]) -> VerifyRegion:
        decode_start, decode_stop = (
            max(start - SEARCH_MARGIN_SAMPLES, 0),
            min(stop + SEARCH_MARGIN_SAMPLES, self._plan.total),
        )
        grid_start, grid_stop = start + self._plan.grid_offset, stop + self._plan.grid_offset
        rows = range(grid_start // LEVEL_ROW_SAMPLES, -(-grid_stop // LEVEL_ROW_SAMPLES))
        first_frame = max((decode_start + self._delay_samples) // MP3_FRAME_SAMPLES - DECODER_RUN_IN_FRAMES, 0)
        stop_frame = -(-(decode_stop + self._delay_samples) // MP3_FRAME_SAMPLES) + 1
        return VerifyRegion(start, stop, decode_start, decode_stop, cues, rows, range(first_frame, stop_frame))


class _SeenLoopFrames:
    """The frames of a loop that have been encountered in the session so far."""

    def __init__(self, count: int, frame_size: int) -> None:
        self._seen = np.zeros(count, np.bool_)
        self._frames = np.zeros((count, frame_size), np.uint8)

    def add_new(self, position: int, frames: Bytes) -> list[tuple[int, int]]:
        """Store the frames that are new, and return their ranges (start, stop) within `frames`.

        `position` is the index of the first frame within the loop. If `frames` is longer than the loop, nothing is
        stored.
        """
        if len(frames) > len(self._seen):
            return []
        positions = np.arange(position, position + len(frames)) % len(self._seen)
        new = np.flatnonzero(~self._seen[positions])
        self._seen[positions[new]] = True
        self._frames[positions[new]] = frames[new]
        runs = np.split(new, np.flatnonzero(np.diff(new) > 1) + 1) if len(new) else []
        return [(int(run[0]), int(run[-1]) + 1) for run in runs]

    def matches(self, position: int, frames: Bytes) -> bool:
        """Return True if the frames match the stored frames of the loop, starting at `position`."""
        return np.array_equal(frames, self._frames[np.arange(position, position + len(frames)) % len(self._seen)])


def _merge_ranges(ranges: Iterable[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        stop = min(stop, total)
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        elif start < stop:
            merged.append((start, stop))
    return merged
