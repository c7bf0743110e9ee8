"""Pieces: single cues, each mixed over its bed and encoded separately, so that a phone can place them anywhere.

The ID of a piece is known before it is encoded: it is a digest of everything that its frames depend on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.loader import BedLoop
from voiceguide.audio.ducking import LIFT_LEAD_SAMPLES, Envelope
from voiceguide.audio.mixer.cell_order import order_of_cells
from voiceguide.audio.mixer.mix import BedTrack, LoopJump, Mix
from voiceguide.audio.mixer.session_mix import CuePlacer
from voiceguide.audio.mixer.source import Region
from voiceguide.builtin_names import NARRATION_LUFS, NONE
from voiceguide.encode.smart_render import LOOK_AHEAD_FRAMES, MIN_RUN_IN_FRAMES, EncodeSpan
from voiceguide.timeline.model import BedSettings, Cue
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = ["Piece", "PieceMixer", "position_piece"]

MARGIN_FRAMES = 2
"""Number of extra frames after the frame in which a cue ends. The end of the encoded sound extends into them."""


@dataclass(frozen=True)
class Piece:
    """A cue over its bed."""

    cue: Cue
    """Its start is in samples from the first frame of the piece."""
    bed: BedSettings
    phase: int
    """The position in the loop, or in the order of its cells, at the first frame of the piece."""
    wakening: bool
    """Whether the cue follows inaudible noise that wakes a Bluetooth speaker. Needed only if there is no bed."""

    @property
    def frames(self) -> int:
        """Length in frames."""
        return -(-self.cue.end // MP3_FRAME_SAMPLES) + MARGIN_FRAMES

    @property
    def gain_db(self) -> float:
        """The level of the bed under the cue: ducked under speech, but not under chimes."""
        return NARRATION_LUFS + self.bed.level_db - LOOP_LUFS + (self.bed.duck_db if self.cue.is_speech else 0.0)


def position_piece(cue: Cue, bed: BedSettings, loop_positions: int) -> Piece:
    """Return the piece for a cue at its position in a session.

    At that position, the piece starts exactly on a frame and does not have to be moved. The loop is assumed to start at
    the first frame of the session.
    """
    wakening = cue.is_speech and bed.sound == NONE and cue.start >= LIFT_LEAD_SAMPLES
    first = (cue.start - (LIFT_LEAD_SAMPLES if wakening else 0)) // MP3_FRAME_SAMPLES - 1
    moved = Cue(
        cue.start - first * MP3_FRAME_SAMPLES, cue.kind, cue.length, cue.line, cue.chime, yaml_path=cue.yaml_path
    )
    return Piece(moved, bed, first % loop_positions, wakening)


class PieceMixer:
    """An `AudioSource` that plays all pieces back to back, each with the frames that the encoder needs around it."""

    grid_offset = 0

    def __init__(self, pieces: Sequence[Piece], placer: CuePlacer, beds: Mapping[str, BedLoop]) -> None:
        self.channels = placer.channels
        self.pieces, self._placer, self._beds = pieces, placer, beds
        sizes = [MIN_RUN_IN_FRAMES + piece.frames + LOOK_AHEAD_FRAMES for piece in pieces]
        self._starts = [0, *accumulate(sizes)]
        self.total = self._starts[-1] * MP3_FRAME_SAMPLES

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples in a range of one piece's mix."""
        index, offset = self._locate(start)
        return self.mix(index).render(start - offset, stop - offset)

    def range_key(self, start: int, stop: int) -> str:
        """Return a key that identifies the samples in a range of one piece's mix."""
        index, offset = self._locate(start)
        return self.mix(index).range_key(start - offset, stop - offset)

    def regions(self) -> list[Region]:
        """Return a single region, because nothing is copied from loops."""
        return [Region(0, self.total, "")]

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        raise NotImplementedError("a piece is never copied from a loop")

    def _locate(self, sample: int) -> tuple[int, int]:
        index = bisect_right(self._starts, sample // MP3_FRAME_SAMPLES) - 1
        return index, self._starts[index] * MP3_FRAME_SAMPLES

    def span(self, index: int) -> EncodeSpan:
        """Return the frames of a piece, without the extra frames before and after it."""
        first = self._starts[index] + MIN_RUN_IN_FRAMES
        return EncodeSpan(first, first + self.pieces[index].frames)

    def mix(self, index: int) -> Mix:
        """Return the mix of a piece. The piece itself starts after MIN_RUN_IN_FRAMES."""
        piece = self.pieces[index]
        lead = MIN_RUN_IN_FRAMES * MP3_FRAME_SAMPLES
        total = (MIN_RUN_IN_FRAMES + piece.frames + LOOK_AHEAD_FRAMES) * MP3_FRAME_SAMPLES
        start = lead + piece.cue.start
        clips = [self._placer.place(Cue(start, piece.cue.kind, piece.cue.length, piece.cue.line, piece.cue.chime))]
        if piece.wakening:
            clips.append(self._placer.wakening(start))
        tracks = []
        if piece.bed.sound != NONE:
            bed = self._beds[piece.bed.sound]
            jump = LoopJump(0, 0, lead - piece.phase * MP3_FRAME_SAMPLES)
            level = Envelope((0,), (piece.gain_db,))
            order = order_of_cells(bed.joins, len(bed.loop))
            tracks.append(BedTrack(0, total, 0, 0, bed.loop, bed.content_key, level, (jump,), order))
        return Mix(total, self.channels, clips, tracks)
