"""The mixer, which renders any range of a session on demand from its clips and beds.

The samples of a range do not depend on earlier calls. An encoder can request any block from any thread and always gets
the same samples.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np

from voiceguide import __version__
from voiceguide.audio.array_type import Samples
from voiceguide.audio.ducking import DUCK_RELEASE_SAMPLES, LIFT_LEAD_SAMPLES, Envelope, merge_ranges
from voiceguide.audio.mixer.cell_order import CELL_SAMPLES, CellOrder
from voiceguide.audio.mixer.overlap_index import OverlapIndex
from voiceguide.audio.mixer.source import SILENCE_LOOP, Region
from voiceguide.system.disk_cache import digest
from voiceguide.units import MP3_FRAME_SAMPLES

__all__ = ["STEM_NAMES", "BedTrack", "LoopJump", "Mix", "PlacedClip"]

MIX_REVISION = "mix 1"
"""Part of every key. Increment when the audio of a session changes, so that older cached frames are not used."""
BASE_KEY_PARTS = (MIX_REVISION, __version__, np.__version__)
"""Parts that every key contains, in addition to those that identify the audio."""
STEM_NAMES = ("voice", "bed", "chimes")
"""The parts of a mix. The chimes include the inaudible noise that wakes a Bluetooth speaker."""
REGION_MARGIN_SAMPLES = 64
"""Safety margin around everything that changes the audio. It shortens steady regions at both ends."""


@dataclass(frozen=True)
class PlacedClip:
    """A clip at its position in the mix."""

    start: int
    length: int
    get_samples: Callable[[], Samples]
    """Returns samples of shape (length, channels), where `channels` is 1 or the number of channels of the mix."""
    content_key: str
    """Key that identifies the samples."""
    gain: float = 1.0
    is_speech: bool = False

    @property
    def stop(self) -> int:
        return self.start + self.length


@dataclass(frozen=True)
class LoopJump:
    """A jump of a bed to another position in its loop, with a crossfade."""

    start: int
    crossfade_samples: int
    """Length of the crossfade, which ends before the next jump."""
    loop_start: int
    """After the jump, sample t of the session is sample t - loop_start of the loop, modulo the loop length."""


@dataclass(frozen=True)
class BedTrack:
    """One bed from the start of its fade-in to the end of its fade-out.

    Positions and lengths are in samples. Positions count from the start of the session.
    """

    start: int
    stop: int
    fade_in: int
    """Length of the equal-power fade at the start, or 0 for no fade."""
    fade_out: int
    loop: Samples
    """A seamless loop, shape (frames, 2)."""
    content_key: str
    """Key that identifies the loop's audio."""
    envelope: Envelope
    """The gain of the loop in decibels over the session, including ducking."""
    jumps: tuple[LoopJump, ...] = (LoopJump(0, 0, 0),)
    """The jumps in order. The first one is at or before the start of the track."""
    order: CellOrder = ()
    """The index of each cell of the loop in the order in which they are played, or empty if the loop has no cells.

    The tones of a loop with cells are in phase on both sides of a jump, so crossfades are linear.
    """

    @property
    def loop_length(self) -> int:
        """The number of samples after which the bed repeats itself."""
        return len(self.order) * CELL_SAMPLES or len(self.loop)

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples of a range inside the track, shape (stop - start, 2)."""
        samples = self._render_loop_range(start, stop) * self.envelope.gain(start, stop)
        for edge, length, rising in ((self.start, self.fade_in, True), (self.stop, self.fade_out, False)):
            if length and start < (edge + length if rising else stop) and stop > (edge if rising else edge - length):
                indices = np.arange(start, stop)
                fraction = (indices - edge) / length if rising else (edge - indices) / length
                samples = samples * np.sin(np.clip(fraction, 0, 1) * (np.pi / 2))[:, np.newaxis]
        return np.asarray(samples, np.float32)

    def range_key(self, start: int, stop: int) -> str:
        """Return a key for the samples of a range inside the track. It does not depend on the position of the range."""
        fading_in = (self.start - start, self.fade_in) if start < self.start + self.fade_in else ()
        fading_out = (self.stop - start, self.fade_out) if stop > self.stop - self.fade_out else ()
        jumps = list(self._jump_key_parts(start, stop))
        return f"{self.content_key} {fading_in} {fading_out} {jumps} {self.envelope.relative_points(start, stop)}"

    def jump_index_at(self, sample: int) -> int:
        """Return the index of the last jump at or before a sample."""
        return max(bisect_right(self.jumps, sample, key=lambda jump: jump.start) - 1, 0)

    def _render_loop_range(self, start: int, stop: int) -> Samples:
        """Return a range of the loop with jumps and crossfades, before fades and levels are applied."""
        first, last = self.jump_index_at(start), self.jump_index_at(stop - 1)
        if first == last and start >= self.jumps[first].start + self.jumps[first].crossfade_samples:
            return self._loop_after_jump(first, start, stop)
        samples = np.empty((stop - start, self.loop.shape[1]), np.float32)
        edges = [start, *(jump.start for jump in self.jumps[first + 1 : last + 1]), stop]
        for index, (begin, end) in enumerate(pairwise(edges), first):
            segment = samples[begin - start : end - start]
            segment[:] = self._loop_after_jump(index, begin, end)
            jump = self.jumps[index]
            fade_end = min(jump.start + jump.crossfade_samples, end)
            if begin < fade_end:
                rising, falling = (
                    gains[begin - jump.start : fade_end - jump.start]
                    for gains in _crossfade_gains(jump.crossfade_samples, bool(self.order))
                )
                segment[: fade_end - begin] *= rising
                segment[: fade_end - begin] += self._loop_after_jump(index - 1, begin, fade_end) * falling
        return samples

    def _jump_key_parts(self, start: int, stop: int) -> Iterator[tuple[int, ...]]:
        """For each jump that affects a range, yield the numbers that it contributes to the key.

        The first number is the loop position at the start of the range. If the crossfade extends into the range, the
        start and length of the crossfade and the loop position without the jump follow.
        """
        for index in range(self.jump_index_at(start), self.jump_index_at(stop - 1) + 1):
            previous, jump = self.jumps[max(index - 1, 0)], self.jumps[index]
            position, previous_position = ((start - each.loop_start) % self.loop_length for each in (jump, previous))
            offset = jump.start - start
            yield (
                (position, offset, jump.crossfade_samples, previous_position)
                if offset + jump.crossfade_samples > 0 and index
                else (position,)
            )

    def _loop_after_jump(self, jump_index: int, start: int, stop: int) -> Samples:
        """Return the part of the loop that plays in a range after a jump."""
        loop_start = self.jumps[jump_index].loop_start
        return slice_loop(self.loop, start - loop_start, stop - loop_start, self.order)


@lru_cache(maxsize=8)
def _crossfade_gains(length: int, linear: bool) -> tuple[Samples, Samples]:
    """Return the rising and falling gains of an equal-power or linear crossfade, each of shape (length, 1)."""
    if linear:
        share = (np.arange(length)[:, np.newaxis] + 0.5) / length
        return share.astype(np.float32), (1 - share).astype(np.float32)
    angle = (np.arange(length)[:, np.newaxis] + 0.5) * (np.pi / 2 / length)
    return np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)


def slice_loop(loop: Samples, start: int, stop: int, order: CellOrder = ()) -> Samples:
    """Return a range of an endlessly repeated loop, or of its cells in the given order."""
    if order:
        return _slice_cells(loop, start, stop, order)
    length = loop.shape[0]
    first = start % length
    if first + stop - start <= length:
        return loop[first : first + stop - start]
    return np.take(loop, np.arange(start, stop), axis=0, mode="wrap")


def _slice_cells(loop: Samples, start: int, stop: int, order: CellOrder) -> Samples:
    parts = []
    while start < stop:
        place, within = divmod(start, CELL_SAMPLES)
        length = min(CELL_SAMPLES - within, stop - start)
        first = order[place % len(order)] * CELL_SAMPLES + within
        parts.append(loop[first : first + length])
        start += length
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


class Mix:
    """The audio of a session, rendered on demand: an `AudioSource`."""

    def __init__(
        self, total: int, channels: int, clips: Sequence[PlacedClip], tracks: Sequence[BedTrack], grid_offset: int = 0
    ) -> None:
        self.total = total
        self.channels = channels
        self.grid_offset = grid_offset
        self._speech_by_start = {clip.start: clip for clip in clips if clip.is_speech}
        self._clips, self._tracks = list(clips), list(tracks)
        self._clip_index, self._track_index = OverlapIndex(clips), OverlapIndex(tracks)
        self._loops: dict[str, tuple[Samples, float]] = {}

    def render(self, start: int, stop: int) -> Samples:
        """Return the samples of a range, shape (stop - start, channels)."""
        samples = np.zeros((stop - start, self.channels), np.float32)
        for track in self._track_index.overlapping(start, stop):
            begin, end = max(start, track.start), min(stop, track.stop)
            samples[begin - start : end - start] += track.render(begin, end)
        for clip in self._clip_index.overlapping(start, stop):
            begin, end = max(start, clip.start), min(stop, clip.stop)
            samples[begin - start : end - start] += (
                clip.get_samples()[begin - clip.start : end - clip.start] * clip.gain
            )
        return samples

    def stems(self) -> list[Mix]:
        """Return the parts of the mix in the order of `STEM_NAMES`. Their sum is the mix."""
        speech = [clip for clip in self._clips if clip.is_speech]
        others = [clip for clip in self._clips if not clip.is_speech]
        parts = ((speech, ()), ((), self._tracks), (others, ()))
        return [Mix(self.total, self.channels, clips, tracks, self.grid_offset) for clips, tracks in parts]

    def range_key(self, start: int, stop: int) -> str:
        """Return a key for the audio of a range. Ranges with equal keys have identical samples, wherever they occur."""
        parts = [*BASE_KEY_PARTS, f"{stop - start} {self.channels}"]
        for track in self._track_index.overlapping(start, stop):
            begin, end = max(start, track.start), min(stop, track.stop)
            parts.append(f"{begin - start} {end - start} {track.range_key(begin, end)}")
        for clip in self._clip_index.overlapping(start, stop):
            parts.append(f"{clip.start - start} {clip.length} {clip.gain!r} {clip.content_key}")
        return digest(*parts)

    def cue_samples(self, cue_start: int) -> Samples:
        """Return the spoken cue that starts at `cue_start`, with its gain but without the bed, shape (frames,)."""
        cue = self._speech_by_start[cue_start]
        return cue.get_samples()[:, 0] * np.float32(cue.gain)

    def regions(self) -> list[Region]:
        """Return the regions of the whole mix."""
        return self._regions

    @cached_property
    def _regions(self) -> list[Region]:
        result: list[Region] = []
        position = 0
        for start, stop in [*self._changing_ranges(), (self.total, self.total)]:
            if position < start:
                result.append(self._steady_region(position, start))
            if start < stop:
                result.append(Region(start, stop, ""))
            position = stop
        return result

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        """Return a range of an endlessly repeated loop. Positions are counted from the start of the loop."""
        if loop_key == SILENCE_LOOP:
            return np.zeros((stop - start, self.channels), np.float32)
        samples, gain = self._loops[loop_key]
        return np.asarray(slice_loop(samples, start, stop) * np.float32(gain), np.float32)

    def _changing_ranges(self) -> list[tuple[int, int]]:
        """Return the ranges in which anything other than a steady bed may be audible, sorted and without overlaps."""
        ranges = [(clip.start - LIFT_LEAD_SAMPLES, clip.stop + DUCK_RELEASE_SAMPLES) for clip in self._clips]
        for track in self._tracks:
            ranges += [
                (track.start - REGION_MARGIN_SAMPLES, track.start + track.fade_in),
                (track.stop - track.fade_out, track.stop + REGION_MARGIN_SAMPLES),
                *((jump.start, jump.start + jump.crossfade_samples) for jump in track.jumps),
            ]
            levels = zip(track.envelope.positions, track.envelope.levels_db, strict=True)
            ranges += [(a, b) for (a, low), (b, high) in pairwise(levels) if low != high]
        with_margin = (
            (max(start - REGION_MARGIN_SAMPLES, 0), min(stop + REGION_MARGIN_SAMPLES, self.total))
            for start, stop in ranges
        )
        return merge_ranges(((start, stop) for start, stop in with_margin if start < stop), gap=1)

    def _steady_region(self, start: int, stop: int) -> Region:
        """Return the region for a range that contains a single bed or none."""
        for track in self._track_index.overlapping(start, stop):
            if track.start <= start and stop <= track.stop:
                gain = track.envelope.gain(start, stop)
                if not isinstance(gain, float):
                    return Region(start, stop, "")
                key = f"{track.content_key} gain {gain:.9g}"
                self._loops[key] = (track.loop, gain)
                loop_start = track.jumps[track.jump_index_at(start)].loop_start
                return Region(start, stop, key, track.loop.shape[0], loop_start, track.order)
        return Region(start, stop, SILENCE_LOOP, MP3_FRAME_SAMPLES, -self.grid_offset)
