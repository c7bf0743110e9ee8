"""Which frames of a session must be encoded, and which are copies: a plan made from where the mix is steady.

A frame is touched by what happens in the one after it and, through the overlaps of the encoder, in the two before it;
the rest of the run-out lets LAME settle. Loops are encoded in pieces too: only the frames a session uses are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from voiceguide.audio.mixer.source import Region
from voiceguide.encode.mp3_frames import frames_for_samples
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
"""Frames encoded before those that are kept, at the least: after them, LAME's state is that of one long run."""
MIN_RUN_OUT_FRAMES = 3
"""Frames encoded after the last in which something happens, at the least."""
MAX_SETTLING_FRAMES = 120
"""Frames after which LAME has forgotten whatever it heard; from the highest threshold to the lowest it takes 95."""
LOOK_AHEAD_FRAMES = 2
"""Frames of sound that must follow the last one kept."""
MAX_ENCODE_SPAN_FRAMES = 1250
"""Frames of a piece: 30 s, so that no piece takes much memory and a long one keeps every core busy."""
LOOP_SPAN_FRAMES = 500
MAX_LOOP_FRAMES = 75_000
"""Frames of a loop that are worth keeping at hand: half an hour. A longer one is encoded as it comes."""
SILENCE_LOOP = "silence"


@dataclass(frozen=True)
class EncodeSpan:
    """Frames that are encoded in one go: `first` to before `last`, of the session or of a loop."""

    start_frame: int
    stop_frame: int
    loop: str = ""
    """The loop they are of; empty for the session itself."""
    loop_frames: int = 0
    required_run_in_frames: int = MIN_RUN_IN_FRAMES
    """Frames before `first` that the encoder has to hear."""

    @property
    def frame_count(self) -> int:
        return self.stop_frame - self.start_frame

    @property
    def run_in_frames(self) -> int:
        """Frames before `first` that are encoded and thrown away. The session's own start needs none: it is the
        encoder's start as well."""
        return self.required_run_in_frames if self.loop else min(self.required_run_in_frames, self.start_frame)

    @property
    def sample_range(self) -> tuple[int, int]:
        """The range of samples to encode, run-in and look-ahead included; a loop's may start before zero."""
        return (self.start_frame - self.run_in_frames) * MP3_FRAME_SAMPLES, (
            self.stop_frame + LOOK_AHEAD_FRAMES
        ) * MP3_FRAME_SAMPLES


@dataclass(frozen=True)
class CopySpan:
    """Frames of the session, `first` to before `last`, that are frames of a steady loop."""

    start_frame: int
    stop_frame: int
    loop: str
    loop_frames: int
    loop_start_frame: int = 0
    """The frame of the session at which the loop begins; it may lie anywhere."""

    def loop_spans(self) -> Iterator[tuple[EncodeSpan, int, int]]:
        """The loop's pieces in the order they are heard, and which frames of each: from, to before. They are encoded
        once and copied for ever, and so with a long run-in."""
        at = self.start_frame
        while at < self.stop_frame:
            inside = (at - self.loop_start_frame) % self.loop_frames
            first = inside - inside % LOOP_SPAN_FRAMES
            piece = EncodeSpan(
                first, min(first + LOOP_SPAN_FRAMES, self.loop_frames), self.loop, self.loop_frames, MAX_SETTLING_FRAMES
            )
            length = min(piece.stop_frame - inside, self.stop_frame - at)
            yield piece, inside - first, inside - first + length
            at += length


Span = EncodeSpan | CopySpan


def plan_smart_render(
    regions: Sequence[Region],
    total_samples: int,
    run_out_frames: Callable[[Region], int] = lambda _: MIN_RUN_OUT_FRAMES,
    run_in_frames: int = MIN_RUN_IN_FRAMES,
) -> list[Span]:
    """All frames of a session of `total` samples, in order: pieces to be encoded and copies of steady loops.

    `run_out` says for a steady stretch how many frames the encoder needs, after something has happened, until it
    encodes the loop again as if nothing had; `run_in` is the frames it has to hear before those that are kept.
    """
    runs: list[Span] = []
    at = 0
    for stretch in regions:
        if not _is_worth_copying(stretch):
            continue
        first = -(-stretch.start // MP3_FRAME_SAMPLES) + run_out_frames(stretch)
        last = stretch.stop // MP3_FRAME_SAMPLES - 1
        if last - first > MIN_RUN_IN_FRAMES + LOOK_AHEAD_FRAMES:
            loop_first = stretch.loop_start // MP3_FRAME_SAMPLES
            copies = CopySpan(first, last, stretch.loop_key, _loop_frame_count(stretch), loop_first)
            runs += [*_encode_spans(at, first, run_in_frames), copies]
            at = last
    return [*runs, *_encode_spans(at, frames_for_samples(total_samples), run_in_frames)]


def _encode_spans(start_frame: int, stop_frame: int, run_in_frames: int) -> list[EncodeSpan]:
    """The frames between two copies, in pieces counted from the first, so that what comes later changes none before.
    A piece that goes on amid words is encoded as if by an encoder that has heard them from their beginning."""
    return [
        EncodeSpan(
            at,
            min(at + MAX_ENCODE_SPAN_FRAMES, stop_frame),
            required_run_in_frames=run_in_frames if at == start_frame else MAX_SETTLING_FRAMES,
        )
        for at in range(start_frame, stop_frame, MAX_ENCODE_SPAN_FRAMES)
    ]


def _is_worth_copying(region: Region) -> bool:
    on_frames = region.loop_length % MP3_FRAME_SAMPLES == region.loop_start % MP3_FRAME_SAMPLES == 0
    return (
        bool(region.loop_key)
        and (on_frames or region.loop_key == SILENCE_LOOP)
        and 0 < _loop_frame_count(region) <= MAX_LOOP_FRAMES
    )


def _loop_frame_count(region: Region) -> int:
    return 1 if region.loop_key == SILENCE_LOOP else region.loop_length // MP3_FRAME_SAMPLES
