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
from voiceguide.audio.ducking import LIFT_AHEAD, RECOVERY, Envelope
from voiceguide.audio.mixer.source import Stretch
from voiceguide.system.disk_cache import digest
from voiceguide.units import MP3_FRAME_SAMPLES, db_to_gain

__all__ = ["BedTrack", "Mix", "Placed", "Turn"]

Samples = npt.NDArray[np.float32]
FORMAT = "mix 1"
"""Changes whenever the same session sounds otherwise than before, so that nothing encoded or measured then is used."""
MADE_BY = (FORMAT, __version__, np.__version__)
"""What every sound depends on besides what it is made of."""
EDGE = 64
"""Samples by which what happens is taken to reach further than it does: steady stretches begin a little later."""


@dataclass(frozen=True)
class Placed:
    """Something at its sample: `sound` gives its samples, shape (length, channels of the mix or 1)."""

    start: int
    length: int
    sound: Callable[[], Samples]
    key: str
    """All that the samples depend on."""
    gain: float = 1.0
    spoken: bool = False

    @property
    def stop(self) -> int:
        return self.start + self.length


@dataclass(frozen=True)
class Turn:
    """From where on a loop is heard from another place of it, which an equal-power crossfade leads to."""

    at: int
    fade: int
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
    key: str
    """All that the loop's sound depends on."""
    envelope: Envelope
    """Its level, ducking included."""
    turns: tuple[Turn, ...] = (Turn(0, 0, 0),)
    """In order of their times; the first lies at or before the start of the track."""

    def render(self, start: int, stop: int) -> Samples:
        """Its samples in a range that lies within it."""
        sound = self._turned(start, stop) * self.envelope.gain(start, stop)
        for edge, length, rising in ((self.start, self.fade_in, True), (self.stop, self.fade_out, False)):
            if length and start < (edge + length if rising else stop) and stop > (edge if rising else edge - length):
                at = np.arange(start, stop)
                share = (at - edge) / length if rising else (edge - at) / length
                sound = sound * np.sin(np.clip(share, 0, 1) * (np.pi / 2))[:, np.newaxis]
        return np.asarray(sound, np.float32)

    def key_of(self, start: int, stop: int) -> str:
        """All that its samples in a range within it depend on: the same wherever the range lies."""
        fading_in = (self.start - start, self.fade_in) if start < self.start + self.fade_in else ()
        fading_out = (self.stop - start, self.fade_out) if stop > self.stop - self.fade_out else ()
        turns = list(self._turns_heard(start, stop))
        return f"{self.key} {fading_in} {fading_out} {turns} {self.envelope.course(start, stop)}"

    def turn_at(self, sample: int) -> int:
        """The number of the turn that has come last at a sample."""
        return max(bisect_right(self.turns, sample, key=lambda turn: turn.at) - 1, 0)

    def _turned(self, start: int, stop: int) -> Samples:
        """The loop in a range, from where each turn takes it up."""
        first, last = self.turn_at(start), self.turn_at(stop - 1)
        if first == last and start >= self.turns[first].at + self.turns[first].fade:
            return self._from(first, start, stop)
        sound = np.empty((stop - start, self.loop.shape[1]), np.float32)
        edges = [start, *(turn.at for turn in self.turns[first + 1 : last + 1]), stop]
        for number, (begin, end) in enumerate(pairwise(edges), first):
            own = sound[begin - start : end - start]
            own[:] = self._from(number, begin, end)
            turn = self.turns[number]
            faded = min(turn.at + turn.fade, end)
            if begin < faded:
                rising, falling = (gains[begin - turn.at : faded - turn.at] for gains in _crossing(turn.fade))
                own[: faded - begin] *= rising
                own[: faded - begin] += self._from(number - 1, begin, faded) * falling
        return sound

    def _turns_heard(self, start: int, stop: int) -> Iterator[tuple[int, ...]]:
        """Of each turn that is heard in a range: the place of the loop that would be heard at the range's start; of its
        crossfade, as far as it reaches into the range, begin, length, and the place that it leads from."""
        for number in range(self.turn_at(start), self.turn_at(stop - 1) + 1):
            before, turn = self.turns[max(number - 1, 0)], self.turns[number]
            place, place_before = ((start - own.loop_start) % len(self.loop) for own in (turn, before))
            at = turn.at - start
            yield (place, at, turn.fade, place_before) if at + turn.fade > 0 and number else (place,)

    def _from(self, turn: int, start: int, stop: int) -> Samples:
        """A range of the loop as that turn has it."""
        loop_start = self.turns[turn].loop_start
        return looped(self.loop, start - loop_start, stop - loop_start)


@lru_cache(maxsize=8)
def _crossing(length: int) -> tuple[Samples, Samples]:
    """Gains of equal power for what comes and what goes, shape (length, 1) each."""
    angle = (np.arange(length)[:, np.newaxis] + 0.5) * (np.pi / 2 / length)
    return np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)


def looped(loop: Samples, start: int, stop: int) -> Samples:
    """A range of an endless loop."""
    length = loop.shape[0]
    first = start % length
    if first + stop - start <= length:
        return loop[first : first + stop - start]
    return np.take(loop, np.arange(start, stop), axis=0, mode="wrap")


class Mix:
    """A session's sound, on demand; keeps `voiceguide.audio.mixer.source.Mixed`."""

    def __init__(
        self, total: int, channels: int, placed: Sequence[Placed], tracks: Sequence[BedTrack], preroll: int = 0
    ) -> None:
        self.total = total
        self.channels = channels
        self.preroll = preroll
        self._spoken = {item.start: item for item in placed if item.spoken}
        self._placed = sorted(placed, key=lambda item: item.start)
        self._starts = [item.start for item in self._placed]
        self._longest = max((item.length for item in self._placed), default=0)
        self._tracks = list(tracks)
        self._loops: dict[str, tuple[Samples, float]] = {}

    def render(self, start: int, stop: int) -> Samples:
        """The samples from start to stop, shape (stop - start, channels)."""
        out = np.zeros((stop - start, self.channels), np.float32)
        for track in self._tracks:
            begin, end = max(start, track.start), min(stop, track.stop)
            if begin < end:
                out[begin - start : end - start] += track.render(begin, end)
        for item in self._heard(start, stop):
            begin, end = max(start, item.start), min(stop, item.stop)
            out[begin - start : end - start] += item.sound()[begin - item.start : end - item.start] * item.gain
        return out

    def key(self, start: int, stop: int) -> str:
        """A name for the sound of a range: ranges of the same name have the same samples, wherever they lie."""
        parts = [*MADE_BY, f"{stop - start} {self.channels}"]
        for track in self._tracks:
            begin, end = max(start, track.start), min(stop, track.stop)
            if begin < end:
                parts.append(f"{begin - start} {end - start} {track.key_of(begin, end)}")
        for item in self._heard(start, stop):
            parts.append(f"{item.start - start} {item.length} {item.gain!r} {item.key}")
        return digest(*parts)

    def _heard(self, start: int, stop: int) -> Iterator[Placed]:
        """What is placed in a range, or reaches into it, in order."""
        first = bisect_left(self._starts, start - self._longest)
        for item in self._placed[first : bisect_right(self._starts, stop)]:
            if max(start, item.start) < min(stop, item.stop):
                yield item

    def cue_key(self, at: int) -> str:
        """A name for the sound of the spoken cue that starts at a sample."""
        cue = self._spoken[at]
        return digest(*MADE_BY, f"{cue.gain!r} {cue.key}")

    def cue_sound(self, at: int) -> Samples:
        """The sound of the spoken cue that starts at a sample, alone and with its gain, mono, shape (frames,)."""
        cue = self._spoken[at]
        return cue.sound()[:, 0] * np.float32(cue.gain)

    def stretches(self) -> list[Stretch]:
        """The whole mix, as stretches where something happens and stretches that are steady."""
        busy = _merged(self._busy(), self.total)
        result: list[Stretch] = []
        at = 0
        for start, stop in [*busy, (self.total, self.total)]:
            if at < start:
                result.append(self._steady(at, start))
            if start < stop:
                result.append(Stretch(start, stop, ""))
            at = stop
        return result

    def render_loop(self, loop: str, start: int, stop: int) -> Samples:
        """Samples of a steady loop, counted from where it begins."""
        if loop == "silence":
            return np.zeros((stop - start, self.channels), np.float32)
        samples, gain = self._loops[loop]
        return np.asarray(looped(samples, start, stop) * np.float32(gain), np.float32)

    def _busy(self) -> list[tuple[int, int]]:
        """Every range in which something else than a steady bed is, or may be, heard."""
        ranges = [(item.start - LIFT_AHEAD, item.stop + RECOVERY) for item in self._placed]
        for track in self._tracks:
            ranges += [
                (track.start - EDGE, track.start + track.fade_in),
                (track.stop - track.fade_out, track.stop + EDGE),
                *((turn.at, turn.at + turn.fade) for turn in track.turns),
            ]
            levels = zip(track.envelope.positions, track.envelope.levels_db, strict=True)
            ranges += [(a, b) for (a, low), (b, high) in pairwise(levels) if low != high]
        return ranges

    def _steady(self, start: int, stop: int) -> Stretch:
        """A stretch in which one bed is steady, or none is heard."""
        for track in self._tracks:
            if track.start <= start and stop <= track.stop:
                gain = track.envelope.gain(start, stop)
                if not isinstance(gain, float):
                    return Stretch(start, stop, "")
                key = f"{track.key} gain {gain:.9g}"
                self._loops[key] = (track.loop, gain)
                loop_start = track.turns[track.turn_at(start)].loop_start
                return Stretch(start, stop, key, track.loop.shape[0], loop_start)
        return Stretch(start, stop, "silence", MP3_FRAME_SAMPLES, -self.preroll)


def _merged(ranges: list[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in sorted((max(start - EDGE, 0), min(stop + EDGE, total)) for start, stop in ranges):
        if start >= stop:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def gain_of(decibels: float) -> float:
    """A plain gain as float32 holds it, so that every place multiplies by the very same number."""
    return float(np.float32(db_to_gain(decibels)))
