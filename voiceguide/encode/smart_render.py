"""Which frames of a session must be encoded, and which are copies: a plan made from where the mix is steady.

A frame is touched by what happens in the one after it and, through the overlaps of the encoder, in the two before it;
the rest of the run-out lets LAME settle. Loops are encoded in pieces too: only the frames a session uses are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from voiceguide.audio.mixer.source import Stretch
from voiceguide.encode.mp3_frames import frames_for
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = ["LONGEST_MEMORY", "LOOK_AHEAD", "RUN_OUT", "Copies", "Piece", "Run", "plan_frames"]

RUN_IN = 6
"""Frames encoded before those that are kept, at the least: after them, LAME's state is that of one long run."""
RUN_OUT = 3
"""Frames encoded after the last in which something happens, at the least."""
LONGEST_MEMORY = 120
"""Frames after which LAME has forgotten whatever it heard; from the highest threshold to the lowest it takes 95."""
LOOK_AHEAD = 2
"""Frames of sound that must follow the last one kept."""
LONGEST_ISLAND = 1250
"""Frames of a piece: 30 s, so that no piece takes much memory and a long one keeps every core busy."""
LOOP_PIECE = 500
LONGEST_LOOP = 75_000
"""Frames of a loop that are worth keeping at hand: half an hour. A longer one is encoded as it comes."""
SILENCE = "silence"


@dataclass(frozen=True)
class Piece:
    """Frames that are encoded in one go: `first` to before `last`, of the session or of a loop."""

    first: int
    last: int
    loop: str = ""
    """The loop they are of; empty for the session itself."""
    loop_frames: int = 0
    lead: int = RUN_IN
    """Frames before `first` that the encoder has to hear."""

    @property
    def frames(self) -> int:
        return self.last - self.first

    @property
    def run_in(self) -> int:
        """Frames before `first` that are encoded and thrown away. The session's own start needs none: it is the
        encoder's start as well."""
        return self.lead if self.loop else min(self.lead, self.first)

    @property
    def samples(self) -> tuple[int, int]:
        """The range of samples to encode, run-in and look-ahead included; a loop's may start before zero."""
        return (self.first - self.run_in) * MP3_FRAME_SAMPLES, (self.last + LOOK_AHEAD) * MP3_FRAME_SAMPLES


@dataclass(frozen=True)
class Copies:
    """Frames of the session, `first` to before `last`, that are frames of a steady loop."""

    first: int
    last: int
    loop: str
    loop_frames: int
    loop_first: int = 0
    """The frame of the session at which the loop begins; it may lie anywhere."""

    def pieces(self) -> Iterator[tuple[Piece, int, int]]:
        """The loop's pieces in the order they are heard, and which frames of each: from, to before. They are encoded
        once and copied for ever, and so with a long run-in."""
        at = self.first
        while at < self.last:
            inside = (at - self.loop_first) % self.loop_frames
            first = inside - inside % LOOP_PIECE
            piece = Piece(first, min(first + LOOP_PIECE, self.loop_frames), self.loop, self.loop_frames, LONGEST_MEMORY)
            length = min(piece.last - inside, self.last - at)
            yield piece, inside - first, inside - first + length
            at += length


Run = Piece | Copies


def plan_frames(
    stretches: Sequence[Stretch],
    total: int,
    run_out: Callable[[Stretch], int] = lambda _: RUN_OUT,
    run_in: int = RUN_IN,
) -> list[Run]:
    """All frames of a session of `total` samples, in order: pieces to be encoded and copies of steady loops.

    `run_out` says for a steady stretch how many frames the encoder needs, after something has happened, until it
    encodes the loop again as if nothing had; `run_in` is the frames it has to hear before those that are kept.
    """
    runs: list[Run] = []
    at = 0
    for stretch in stretches:
        if not _worth_copying(stretch):
            continue
        first = -(-stretch.start // MP3_FRAME_SAMPLES) + run_out(stretch)
        last = stretch.stop // MP3_FRAME_SAMPLES - 1
        if last - first > RUN_IN + LOOK_AHEAD:
            loop_first = stretch.loop_start // MP3_FRAME_SAMPLES
            copies = Copies(first, last, stretch.loop, _loop_frames(stretch), loop_first)
            runs += [*_islands(at, first, run_in), copies]
            at = last
    return [*runs, *_islands(at, frames_for(total), run_in)]


def _islands(first: int, last: int, lead: int) -> list[Piece]:
    """The frames between two copies, in pieces counted from the first, so that what comes later changes none before.
    A piece that goes on amid words is encoded as if by an encoder that has heard them from their beginning."""
    return [
        Piece(at, min(at + LONGEST_ISLAND, last), lead=lead if at == first else LONGEST_MEMORY)
        for at in range(first, last, LONGEST_ISLAND)
    ]


def _worth_copying(stretch: Stretch) -> bool:
    on_frames = stretch.loop_length % MP3_FRAME_SAMPLES == stretch.loop_start % MP3_FRAME_SAMPLES == 0
    return bool(stretch.loop) and (on_frames or stretch.loop == SILENCE) and 0 < _loop_frames(stretch) <= LONGEST_LOOP


def _loop_frames(stretch: Stretch) -> int:
    return 1 if stretch.loop == SILENCE else stretch.loop_length // MP3_FRAME_SAMPLES
