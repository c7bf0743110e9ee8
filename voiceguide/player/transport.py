"""The transport: hands blocks of a score to a device, pauses, jumps, and changes to another score while it plays.

The device's thread only takes what lies ready. A thread of the player's own makes sound a little ahead of it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voiceguide.player.playback_source import Samples, Score, moved
from voiceguide.units import SAMPLE_RATE

__all__ = ["AHEAD", "BLOCK", "FADE", "Place", "Player"]

BLOCK = SAMPLE_RATE // 10
AHEAD = 2 * SAMPLE_RATE
"""Samples that lie ready: what a busy machine may keep the player from working."""
FADE = SAMPLE_RATE // 100
"""Samples of the fade wherever sound begins or ends: a cut clicks."""
MARGIN = SAMPLE_RATE // 5
"""Samples ahead of the device in which nothing is changed any more."""
TRIES = 20
"""How many words in a row a change waits for."""
ASLEEP_S = 2.0
"""Between two calls of the device; a machine that slept so long left nobody listening."""


def _clock_s() -> float:
    """Seconds that go on while the machine sleeps, where the system has such a clock."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


@dataclass(frozen=True)
class Place:
    """Where the player is."""

    score: Score
    position: int
    playing: bool
    ended: bool
    notice: str
    """Why it paused by itself, or nothing."""


@dataclass
class _Block:
    score: Score
    start: int
    sound: Samples


@dataclass
class _Change:
    """Another score that waits to be played from a position of the present one on."""

    score: Score
    cut: int
    blend: int
    """Samples over which the old sound goes over into the new."""


class Player:
    """Plays a score. Every method may be called from any thread."""

    def __init__(self, score: Score, channels: int, position: int = 0, clock: Callable[[], float] = _clock_s) -> None:
        self.channels = channels
        self._clock = clock
        self._score = score
        """The score of what is made next, from `_next` on."""
        self._next = position
        self._heard = (score, position)
        self._ready: deque[_Block] = deque()
        self._change: _Change | None = None
        self._blend: tuple[Score, int, int, int] | None = None
        """An old score going over: it, its sample less the new one's, the first new sample, how many."""
        self._jump: tuple[Score, int] | None = None
        self._generation = 0
        self._playing = True
        self._level = 0.0
        self._taken_s: float | None = None
        self._notice = ""
        self._error: BaseException | None = None
        self._closed = False
        self._turn = threading.Condition()
        self._maker = threading.Thread(target=self._make, name="player", daemon=True)
        self._maker.start()

    def place(self) -> Place:
        """Where it is; by the newest timeline, also where its sound is still to come.

        Raises:
            BaseException: what went wrong while sound was made.
        """
        with self._turn:
            if self._error is not None:
                raise self._error
        return self.last()

    def last(self) -> Place:
        """Where it is, whatever went wrong."""
        with self._turn:
            score, position = self._jump or self._heard
            newest = self._change.score if self._change else self._score
            if self._jump is None and score is not newest:
                score, position = newest, moved(position, score, newest)
            ended = not self._ready and position >= score.timeline.total
            return Place(score, position, self._playing, ended, self._notice)

    def pause(self, notice: str = "") -> None:
        """Stop where it is; `notice` says why, when nobody asked for it."""
        with self._turn:
            self._playing, self._notice = False, notice

    def resume(self) -> None:
        """Go on."""
        with self._turn:
            self._playing, self._notice, self._taken_s = True, "", self._clock()

    @property
    def idle_s(self) -> float:
        """Seconds since the device took anything; 0 before it first did."""
        with self._turn:
            return 0.0 if self._taken_s is None else self._clock() - self._taken_s

    def jump(self, position: int) -> None:
        """Go on from a position of the newest score."""
        with self._turn:
            score = self._change.score if self._change else self._score
            self._change = None
            self._jump = (score, max(0, min(position, score.timeline.total)))
            if not self._ready or (not self._playing and self._level == 0):
                self._land()
            self._turn.notify_all()

    def change(self, score: Score, blend: int = FADE) -> None:
        """Play another score of the same steps from here on: not before words that are being spoken have ended, unless
        the new score speaks the same ones there."""
        with self._turn:
            if self._jump:
                self._jump = (score, moved(self._jump[1], self._jump[0], score))
                self._land()
                return
            heard, position = self._heard
            here = position if heard is self._score else moved(position, heard, self._score)
            earliest = min(here + MARGIN, self._next)
            self._change = _Change(score, _cut(self._score, score, earliest), blend)
            self._turn.notify_all()

    def take(self, frames: int) -> Samples:
        """The next samples for the device, shape (frames, channels). Never waits for sound to be made."""
        with self._turn:
            now = self._clock()
            if self._playing and self._taken_s is not None and now - self._taken_s > ASLEEP_S:
                self._playing, self._level = False, 0.0
                self._notice = "Paused, since the machine was asleep."
            self._taken_s = now
            out = np.zeros((frames, self.channels), np.float32)
            filled = 0
            while filled < frames:
                wanted = 1.0 if self._playing and self._jump is None else 0.0
                if wanted == 0 and self._level == 0:
                    if self._jump is None:
                        break
                    self._land()
                    continue
                if not self._ready:
                    self._level = 0.0
                    if self._jump is None:
                        break
                    continue
                filled += self._pass(out[filled:], wanted)
            if self._jump is not None and self._level == 0:
                self._land()
            self._turn.notify_all()
            return out

    def close(self) -> None:
        """End the player's own thread."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()
        self._maker.join(5)

    def _pass(self, out: Samples, wanted: float) -> int:
        """Hand out some of the first block, at most until the level is the wanted one. How many samples."""
        block = self._ready[0]
        ramp = round(abs(wanted - self._level) * FADE)
        count = min(len(out), len(block.sound), ramp or len(out))
        piece = block.sound[:count]
        if ramp:
            step = (1 if wanted > self._level else -1) / FADE
            levels = self._level + step * np.arange(1, count + 1, dtype=np.float32)
            piece = piece * np.clip(levels, 0, 1)[:, np.newaxis]
            self._level = wanted if count == ramp else float(levels[-1])
        out[:count] = piece
        block.start += count
        block.sound = block.sound[count:]
        self._heard = (block.score, block.start)
        if not len(block.sound):
            self._ready.popleft()
        return count

    def _land(self) -> None:
        """Begin anew where a jump goes."""
        assert self._jump is not None
        self._score, self._next = self._heard = self._jump
        self._jump = self._blend = self._change = None
        self._ready.clear()
        self._level = 0.0
        self._generation += 1
        self._turn.notify_all()

    def _make(self) -> None:
        try:
            while True:
                with self._turn:
                    while not (self._closed or self._wanting()):
                        self._turn.wait()
                    if self._closed:
                        return
                    self._switch()
                    score, start, blend, generation = self._score, self._next, self._blend, self._generation
                    stop = min(start + BLOCK, score.horizon)
                    if self._change and self._change.cut > start:
                        stop = min(stop, self._change.cut)
                if stop <= start:
                    continue
                sound = self._sound(score, start, stop, blend)
                with self._turn:
                    if generation == self._generation:
                        self._ready.append(_Block(score, start, sound))
                        self._next = stop
        except BaseException as error:
            with self._turn:
                self._error = error

    def _wanting(self) -> bool:
        """Whether there is something to do: sound to be made, or a change that has come near."""
        if self._change and self._change.cut <= self._next:
            return True
        ahead = sum(len(block.sound) for block in self._ready)
        return ahead < AHEAD and self._next < self._score.horizon

    def _switch(self) -> None:
        """Go over to the score that waits, where its turn has come: what lies ready behind the cut is made anew."""
        change = self._change
        if change is None or change.cut > self._next:
            return
        old, cut = self._score, max(change.cut, self._heard[1] if self._heard[0] is self._score else change.cut)
        kept = deque[_Block]()
        for block in self._ready:
            if block.score is not old or block.start < cut:
                length = cut - block.start if block.score is old else len(block.sound)
                kept.append(_Block(block.score, block.start, block.sound[:length]))
        start = moved(cut, old, change.score)
        self._ready, self._score, self._next, self._change = kept, change.score, start, None
        self._blend = (old, cut - start, start, change.blend)
        self._generation += 1
        if not kept:
            self._heard = (change.score, start)

    def _sound(self, score: Score, start: int, stop: int, blend: tuple[Score, int, int, int] | None) -> Samples:
        sound = np.broadcast_to(score.sound.render(start, stop), (stop - start, self.channels))
        if blend is not None and start < blend[2] + blend[3]:
            old, off, first, length = blend
            end = min(stop, first + length, old.timeline.total - off)
            if end > start:
                share = ((np.arange(start, end) - first) / length).astype(np.float32)[:, np.newaxis]
                before = old.sound.render(start + off, end + off)
                sound = np.concatenate([before * (1 - share) + sound[: end - start] * share, sound[end - start :]])
        return np.asarray(sound, np.float32)


def _cut(old: Score, new: Score, earliest: int) -> int:
    """The first position of the old score from which the new one may be heard, no words being cut."""
    cut = earliest
    for _ in range(TRIES):
        before, there = old.spoken_at(cut), moved(cut, old, new)
        after = new.spoken_at(there)
        same = before and after and before.line == after.line and moved(before.at, old, new) == after.at
        if before and not same:
            cut = before.end
        elif after and not same:
            cut += after.end - there
        else:
            break
    return min(cut, old.horizon)
