"""Plan which frames of a session to encode and which to copy from a loop.

A frame depends on the audio of the next frame and, because of overlaps in the encoder, on the two frames before it.
Encoding therefore continues for a few frames, called the run-out, after the audio stops changing. The first frames of
the run-out still depend on the change, and the rest let LAME settle. Loops are also encoded in spans. Only the spans
that a session uses are encoded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from voiceguide.audio.mixer.cell_order import CELL_FRAMES, CellOrder, loop_frames
from voiceguide.audio.mixer.source import Region
from voiceguide.encode.mp3_frame_format import frames_for_samples
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = [
    "LOOK_AHEAD_FRAMES",
    "MAX_SETTLING_FRAMES",
    "MIN_RUN_OUT_FRAMES",
    "CopySpan",
    "EncodeSpan",
    "Span",
    "plan_smart_render",
]

MIN_RUN_IN_FRAMES = 6
"""Minimum number of frames to encode before a span so that LAME's state matches that of a continuous encode."""
MIN_RUN_OUT_FRAMES = 3
"""Minimum number of frames to encode after the last frame in which the audio changes."""
MAX_SETTLING_FRAMES = 120
"""Number of frames after which LAME has always settled. LAME needs 95 frames to go from the highest threshold to the
lowest."""
LOOK_AHEAD_FRAMES = 2
"""Number of frames to encode after the last frame of a span."""
MAX_ENCODE_SPAN_FRAMES = 1250
"""30 s, short enough to limit memory use and to divide long audio among all cores."""
LOOP_SPAN_FRAMES = CELL_FRAMES
"""Loops are encoded in spans as long as a cell, so that each cell is encoded only once."""
MAX_LOOP_FRAMES = 75_000
"""Half an hour. Longer loops are encoded in place instead of being held in memory for copying."""
SILENCE_LOOP = "silence"


@dataclass(frozen=True)
class EncodeSpan:
    """Frames of the session or a loop that are encoded together. `stop_frame` is exclusive."""

    start_frame: int
    stop_frame: int
    loop: str = ""
    """Key of the loop, or empty for frames of the session."""
    loop_frames: int = 0
    required_run_in_frames: int = MIN_RUN_IN_FRAMES
    """Number of frames before `start_frame` that the encoder needs to settle."""

    @property
    def frame_count(self) -> int:
        return self.stop_frame - self.start_frame

    @property
    def run_in_frames(self) -> int:
        """Number of frames before `start_frame` to encode and discard. It is zero at the start of the session."""
        return self.required_run_in_frames if self.loop else min(self.required_run_in_frames, self.start_frame)

    @property
    def sample_range(self) -> tuple[int, int]:
        """The range of samples to encode, including run-in and look-ahead. In a loop, the start may be negative."""
        first, stop = self.start_frame - self.run_in_frames, self.stop_frame + LOOK_AHEAD_FRAMES
        return first * MP3_FRAME_SAMPLES, stop * MP3_FRAME_SAMPLES


@dataclass(frozen=True)
class CopySpan:
    """Frames of the session that are copied from a steady loop. `stop_frame` is exclusive."""

    start_frame: int
    stop_frame: int
    loop: str
    loop_frames: int
    loop_start_frame: int = 0
    """The session frame at which the loop starts. It may be outside the span."""
    order: CellOrder = ()
    """The order in which the cells of the loop are played, if it has any."""

    def loop_spans(self) -> Iterator[tuple[EncodeSpan, int, int, int]]:
        """Yield the loop's spans in playback order, each with the frames to copy (start, stop) and the number of
        copies.

        Each span is encoded once and copied many times, so it uses the longest run-in. A loop that fits into one span
        is copied several times at once. Otherwise silence, a loop of a single frame, would be copied frame by frame.
        """
        at = self.start_frame
        while at < self.stop_frame:
            loop_frame = self.loop_frame(at)
            first = loop_frame - loop_frame % LOOP_SPAN_FRAMES
            stop = min(first + LOOP_SPAN_FRAMES, self.loop_frames)
            span = EncodeSpan(first, stop, self.loop, self.loop_frames, MAX_SETTLING_FRAMES)
            length = min(stop - loop_frame, self.stop_frame - at)
            is_whole_loop = length == self.loop_frames
            times = min(LOOP_SPAN_FRAMES, self.stop_frame - at) // length if is_whole_loop else 1
            yield span, loop_frame - first, loop_frame - first + length, times
            at += length * times

    def loop_frame(self, frame: int) -> int:
        """Return the frame of the loop that plays in a frame of the session."""
        return int(loop_frames(np.array([frame - self.loop_start_frame]), self.loop_frames, self.order)[0])

    def chunks(self, max_frames: int) -> list[tuple[int, int]]:
        """Divide the span into ranges (start, stop) of session frames.

        The first range is at most one pass of the loop, and the others are at most `max_frames` or one pass long. If
        the loop has cells, each range is within one cell.
        """
        if self.order:
            first = self.start_frame + CELL_FRAMES - (self.start_frame - self.loop_start_frame) % CELL_FRAMES
            edges = [self.start_frame, *range(first, self.stop_frame, CELL_FRAMES), self.stop_frame]
        else:
            step = max(max_frames // self.loop_frames, 1) * self.loop_frames
            second_pass = min(self.start_frame + self.loop_frames, self.stop_frame)
            edges = [self.start_frame, *range(second_pass, self.stop_frame, step), self.stop_frame]
        return list(pairwise(edges))


Span = EncodeSpan | CopySpan


def plan_smart_render(
    regions: Sequence[Region],
    total_samples: int,
    run_out_frames: Callable[[Region], int] = lambda _: MIN_RUN_OUT_FRAMES,
    run_in_frames: int = MIN_RUN_IN_FRAMES,
) -> list[Span]:
    """Return the spans to encode and to copy, in order. Together they cover all frames of the session.

    `run_out_frames` returns how many frames at the start of a steady region are still affected by earlier audio.
    `run_in_frames` is the number of frames that the encoder needs before a span.
    """
    spans: list[Span] = []
    at = 0
    for region in regions:
        if not _is_worth_copying(region):
            continue
        start = -(-region.start // MP3_FRAME_SAMPLES) + run_out_frames(region)
        stop = region.stop // MP3_FRAME_SAMPLES - 1
        if stop - start > MIN_RUN_IN_FRAMES + LOOK_AHEAD_FRAMES:
            loop_start = region.loop_start // MP3_FRAME_SAMPLES
            copied = CopySpan(start, stop, region.loop_key, _loop_frame_count(region), loop_start, region.order)
            spans += [*_encode_spans(at, start, run_in_frames), copied]
            at = stop
    return [*spans, *_encode_spans(at, frames_for_samples(total_samples), run_in_frames)]


def _encode_spans(start_frame: int, stop_frame: int, run_in_frames: int) -> list[EncodeSpan]:
    """Divide the frames between two copied spans into encoded spans of limited length.

    Division starts at the first frame, so that a later change does not affect earlier spans. A span that starts in the
    middle of speech uses the longest run-in, so that it matches an encoding from the start of the speech.
    """
    return [
        EncodeSpan(
            at,
            min(at + MAX_ENCODE_SPAN_FRAMES, stop_frame),
            required_run_in_frames=run_in_frames if at == start_frame else MAX_SETTLING_FRAMES,
        )
        for at in range(start_frame, stop_frame, MAX_ENCODE_SPAN_FRAMES)
    ]


def _is_worth_copying(region: Region) -> bool:
    is_frame_aligned = region.loop_length % MP3_FRAME_SAMPLES == region.loop_start % MP3_FRAME_SAMPLES == 0
    return (
        bool(region.loop_key)
        and (is_frame_aligned or region.loop_key == SILENCE_LOOP)
        and 0 < _loop_frame_count(region) <= MAX_LOOP_FRAMES
    )


def _loop_frame_count(region: Region) -> int:
    return 1 if region.loop_key == SILENCE_LOOP else region.loop_length // MP3_FRAME_SAMPLES
