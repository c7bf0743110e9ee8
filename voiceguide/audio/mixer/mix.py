"""The mixer: any stretch of a session, on demand, from a timeline, its clips and its beds.

Nothing here goes through the session from its start: a stretch is a function of its range alone, so that an encoder may
ask for a block, an island or the whole, from any thread, and always gets the same samples.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from voiceguide import __version__
from voiceguide.audio.ducking import DUCK_RELEASE_SAMPLES, LIFT_LEAD_SAMPLES, Envelope
from voiceguide.audio.mixer.source import Region
from voiceguide.system.disk_cache import digest
from voiceguide.units import MP3_FRAME_SAMPLES, db_to_gain

__all__ = ["BedTrack", "LoopJump", "Mix", "PlacedClip"]

Samples = npt.NDArray[np.float32]
MIX_REVISION = "mix 1"
"""Changes whenever the same session sounds otherwise than before, so that nothing encoded or measured then is used."""
BASE_KEY_PARTS = (MIX_REVISION, __version__, np.__version__)
"""What every sound depends on besides what it is made of."""
REGION_MARGIN_SAMPLES = 64
"""Samples by which what happens is taken to reach further than it does: steady stretches begin a little later."""


@dataclass(frozen=True)
class PlacedClip:
    """Something at its sample: `sound` gives its samples, shape (length, channels of the mix or 1)."""

    start: int
    length: int
    get_samples: Callable[[], Samples]
    content_key: str
    """All that the samples depend on."""
    gain: float = 1.0
    is_speech: bool = False

    @property
    def stop(self) -> int:
        return self.start + self.length


@dataclass(frozen=True)
class LoopJump:
    """From where on a loop is heard from another place of it, which an equal-power crossfade leads to."""

    start: int
    crossfade_samples: int
    """Samples of the crossfade; it ends before the next turn begins."""
    loop_start: int
    """From here on, sample t of the session is sample t - loop_start, modulo its length, of the loop."""


@dataclass(frozen=True)
class BedTrack:
    """One bed from where it comes in to where it has gone."""

    start: int
    stop: int
    fade_in: int
    """Samples of its equal-power fade at the start; 0 for none."""
    fade_out: int
    loop: Samples
    """Shape (frames, 2), without an end."""
    content_key: str
    """All that the loop's sound depends on."""
    envelope: Envelope
    """Its level, ducking included."""
    jumps: tuple[LoopJump, ...] = (LoopJump(0, 0, 0),)
    """In order of their times; the first lies at or before the start of the track."""

    def render(self, start: int, stop: int) -> Samples:
        """Its samples in a range that lies within it."""
        sound = self._render_loop_range(start, stop) * self.envelope.gain(start, stop)
        for edge, length, rising in ((self.start, self.fade_in, True), (self.stop, self.fade_out, False)):
            if length and start < (edge + length if rising else stop) and stop > (edge if rising else edge - length):
                at = np.arange(start, stop)
                share = (at - edge) / length if rising else (edge - at) / length
                sound = sound * np.sin(np.clip(share, 0, 1) * (np.pi / 2))[:, np.newaxis]
        return np.asarray(sound, np.float32)

    def range_key(self, start: int, stop: int) -> str:
        """All that its samples in a range within it depend on: the same wherever the range lies."""
        fading_in = (self.start - start, self.fade_in) if start < self.start + self.fade_in else ()
        fading_out = (self.stop - start, self.fade_out) if stop > self.stop - self.fade_out else ()
        turns = list(self._jump_key_parts(start, stop))
        return f"{self.content_key} {fading_in} {fading_out} {turns} {self.envelope.relative_points(start, stop)}"

    def jump_index_at(self, sample: int) -> int:
        """The number of the turn that has come last at a sample."""
        return max(bisect_right(self.jumps, sample, key=lambda turn: turn.start) - 1, 0)

    def _render_loop_range(self, start: int, stop: int) -> Samples:
        """The loop in a range, from where each turn takes it up."""
        first, last = self.jump_index_at(start), self.jump_index_at(stop - 1)
        if first == last and start >= self.jumps[first].start + self.jumps[first].crossfade_samples:
            return self._loop_after_jump(first, start, stop)
        sound = np.empty((stop - start, self.loop.shape[1]), np.float32)
        edges = [start, *(turn.start for turn in self.jumps[first + 1 : last + 1]), stop]
        for number, (begin, end) in enumerate(pairwise(edges), first):
            own = sound[begin - start : end - start]
            own[:] = self._loop_after_jump(number, begin, end)
            turn = self.jumps[number]
            faded = min(turn.start + turn.crossfade_samples, end)
            if begin < faded:
                rising, falling = (
                    gains[begin - turn.start : faded - turn.start] for gains in _crossfade_gains(turn.crossfade_samples)
                )
                own[: faded - begin] *= rising
                own[: faded - begin] += self._loop_after_jump(number - 1, begin, faded) * falling
        return sound

    def _jump_key_parts(self, start: int, stop: int) -> Iterator[tuple[int, ...]]:
        """Of each turn that is heard in a range: the place of the loop that would be heard at the range's start; of its
        crossfade, as far as it reaches into the range, begin, length, and the place that it leads from."""
        for number in range(self.jump_index_at(start), self.jump_index_at(stop - 1) + 1):
            before, turn = self.jumps[max(number - 1, 0)], self.jumps[number]
            place, place_before = ((start - own.loop_start) % len(self.loop) for own in (turn, before))
            at = turn.start - start
            yield (
                (place, at, turn.crossfade_samples, place_before)
                if at + turn.crossfade_samples > 0 and number
                else (place,)
            )

    def _loop_after_jump(self, turn: int, start: int, stop: int) -> Samples:
        """A range of the loop as that turn has it."""
        loop_start = self.jumps[turn].loop_start
        return slice_loop(self.loop, start - loop_start, stop - loop_start)


@lru_cache(maxsize=8)
def _crossfade_gains(length: int) -> tuple[Samples, Samples]:
    """Gains of equal power for what comes and what goes, shape (length, 1) each."""
    angle = (np.arange(length)[:, np.newaxis] + 0.5) * (np.pi / 2 / length)
    return np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)


def slice_loop(loop: Samples, start: int, stop: int) -> Samples:
    """A range of an endless loop."""
    length = loop.shape[0]
    first = start % length
    if first + stop - start <= length:
        return loop[first : first + stop - start]
    return np.take(loop, np.arange(start, stop), axis=0, mode="wrap")


class Mix:
    """A session's sound, on demand; keeps `voiceguide.audio.mixer.source.Mixed`."""

    def __init__(
        self, total: int, channels: int, clips: Sequence[PlacedClip], tracks: Sequence[BedTrack], grid_offset: int = 0
    ) -> None:
        self.total = total
        self.channels = channels
        self.grid_offset = grid_offset
        self._speech_by_start = {item.start: item for item in clips if item.is_speech}
        self._clips = sorted(clips, key=lambda item: item.start)
        self._clip_starts = [item.start for item in self._clips]
        self._max_clip_samples = max((item.length for item in self._clips), default=0)
        self._tracks = list(tracks)
        self._loops: dict[str, tuple[Samples, float]] = {}

    def render(self, start: int, stop: int) -> Samples:
        """The samples from start to stop, shape (stop - start, channels)."""
        out = np.zeros((stop - start, self.channels), np.float32)
        for track in self._tracks:
            begin, end = max(start, track.start), min(stop, track.stop)
            if begin < end:
                out[begin - start : end - start] += track.render(begin, end)
        for item in self._clips_in_range(start, stop):
            begin, end = max(start, item.start), min(stop, item.stop)
            out[begin - start : end - start] += item.get_samples()[begin - item.start : end - item.start] * item.gain
        return out

    def range_key(self, start: int, stop: int) -> str:
        """A name for the sound of a range: ranges of the same name have the same samples, wherever they lie."""
        parts = [*BASE_KEY_PARTS, f"{stop - start} {self.channels}"]
        for track in self._tracks:
            begin, end = max(start, track.start), min(stop, track.stop)
            if begin < end:
                parts.append(f"{begin - start} {end - start} {track.range_key(begin, end)}")
        for item in self._clips_in_range(start, stop):
            parts.append(f"{item.start - start} {item.length} {item.gain!r} {item.content_key}")
        return digest(*parts)

    def _clips_in_range(self, start: int, stop: int) -> Iterator[PlacedClip]:
        """What is placed in a range, or reaches into it, in order."""
        first = bisect_left(self._clip_starts, start - self._max_clip_samples)
        for item in self._clips[first : bisect_right(self._clip_starts, stop)]:
            if max(start, item.start) < min(stop, item.stop):
                yield item

    def cue_key(self, cue_start: int) -> str:
        """A name for the sound of the spoken cue that starts at a sample."""
        cue = self._speech_by_start[cue_start]
        return digest(*BASE_KEY_PARTS, f"{cue.gain!r} {cue.content_key}")

    def cue_samples(self, at: int) -> Samples:
        """The sound of the spoken cue that starts at a sample, alone and with its gain, mono, shape (frames,)."""
        cue = self._speech_by_start[at]
        return cue.get_samples()[:, 0] * np.float32(cue.gain)

    def regions(self) -> list[Region]:
        """The whole mix, as stretches where something happens and stretches that are steady."""
        busy = _merge_ranges(self._changing_ranges(), self.total)
        result: list[Region] = []
        at = 0
        for start, stop in [*busy, (self.total, self.total)]:
            if at < start:
                result.append(self._steady_region(at, start))
            if start < stop:
                result.append(Region(start, stop, ""))
            at = stop
        return result

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        """Samples of a steady loop, counted from where it begins."""
        if loop_key == "silence":
            return np.zeros((stop - start, self.channels), np.float32)
        samples, gain = self._loops[loop_key]
        return np.asarray(slice_loop(samples, start, stop) * np.float32(gain), np.float32)

    def _changing_ranges(self) -> list[tuple[int, int]]:
        """Every range in which something else than a steady bed is, or may be, heard."""
        ranges = [(item.start - LIFT_LEAD_SAMPLES, item.stop + DUCK_RELEASE_SAMPLES) for item in self._clips]
        for track in self._tracks:
            ranges += [
                (track.start - REGION_MARGIN_SAMPLES, track.start + track.fade_in),
                (track.stop - track.fade_out, track.stop + REGION_MARGIN_SAMPLES),
                *((turn.start, turn.start + turn.crossfade_samples) for turn in track.jumps),
            ]
            levels = zip(track.envelope.positions, track.envelope.levels_db, strict=True)
            ranges += [(a, b) for (a, low), (b, high) in pairwise(levels) if low != high]
        return ranges

    def _steady_region(self, start: int, stop: int) -> Region:
        """A stretch in which one bed is steady, or none is heard."""
        for track in self._tracks:
            if track.start <= start and stop <= track.stop:
                gain = track.envelope.gain(start, stop)
                if not isinstance(gain, float):
                    return Region(start, stop, "")
                key = f"{track.content_key} gain {gain:.9g}"
                self._loops[key] = (track.loop, gain)
                loop_start = track.jumps[track.jump_index_at(start)].loop_start
                return Region(start, stop, key, track.loop.shape[0], loop_start)
        return Region(start, stop, "silence", MP3_FRAME_SAMPLES, -self.grid_offset)


def _merge_ranges(ranges: list[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(
        (max(start - REGION_MARGIN_SAMPLES, 0), min(stop + REGION_MARGIN_SAMPLES, total)) for start, stop in ranges
    ):
        if start >= stop:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def db_to_float32_gain(decibels: float) -> float:
    """A plain gain as float32 holds it, so that every place multiplies by the very same number."""
    return float(np.float32(db_to_gain(decibels)))
