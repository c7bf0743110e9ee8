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

from voiceguide.player.playback_source import PlaybackSource, Samples, map_position
from voiceguide.units import SAMPLE_RATE

__all__ = ["BLOCK_SAMPLES", "BUFFER_SAMPLES", "FADE_SAMPLES", "Player", "PlayerStatus"]

BLOCK_SAMPLES = SAMPLE_RATE // 10
BUFFER_SAMPLES = 2 * SAMPLE_RATE
"""Samples that lie ready: what a busy machine may keep the player from working."""
FADE_SAMPLES = SAMPLE_RATE // 100
"""Samples of the fade wherever sound begins or ends: a cut clicks."""
SWITCH_MARGIN_SAMPLES = SAMPLE_RATE // 5
"""Samples ahead of the device in which nothing is changed any more."""
MAX_SWITCH_DELAYS = 20
"""How many words in a row a change waits for."""
SLEEP_GAP_S = 2.0
"""Between two calls of the device; a machine that slept so long left nobody listening."""


def _time_including_sleep_s() -> float:
    """Seconds that go on while the machine sleeps, where the system has such a clock."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


@dataclass(frozen=True)
class PlayerStatus:
    """Where the player is."""

    source: PlaybackSource
    position: int
    playing: bool
    ended: bool
    pause_reason: str
    """Why it paused by itself, or nothing."""


@dataclass
class _Block:
    source: PlaybackSource
    start: int
    samples: Samples


@dataclass
class _PendingSource:
    """Another score that waits to be played from a position of the present one on."""

    source: PlaybackSource
    switch_position: int
    crossfade_samples: int
    """Samples over which the old sound goes over into the new."""


class Player:
    """Plays a score. Every method may be called from any thread."""

    def __init__(
        self,
        source: PlaybackSource,
        channels: int,
        position: int = 0,
        clock: Callable[[], float] = _time_including_sleep_s,
    ) -> None:
        self.channels = channels
        self._clock = clock
        self._render_source = source
        """The score of what is made next, from `_next` on."""
        self._render_position = position
        self._playhead = (source, position)
        self._buffer: deque[_Block] = deque()
        self._pending: _PendingSource | None = None
        self._crossfade: tuple[PlaybackSource, int, int, int] | None = None
        """An old score going over: it, its sample less the new one's, the first new sample, how many."""
        self._seek_target: tuple[PlaybackSource, int] | None = None
        self._generation = 0
        self._playing = True
        self._fade_gain = 0.0
        self._last_read_s: float | None = None
        self._pause_reason = ""
        self._error: BaseException | None = None
        self._closed = False
        self._condition = threading.Condition()
        self._render_thread = threading.Thread(target=self._render_loop, name="player", daemon=True)
        self._render_thread.start()

    def status(self) -> PlayerStatus:
        """Where it is; by the newest timeline, also where its sound is still to come.

        Raises:
            BaseException: what went wrong while sound was made.
        """
        with self._condition:
            if self._error is not None:
                raise self._error
        return self.last_status()

    def last_status(self) -> PlayerStatus:
        """Where it is, whatever went wrong."""
        with self._condition:
            score, position = self._seek_target or self._playhead
            newest = self._pending.source if self._pending else self._render_source
            if self._seek_target is None and score is not newest:
                score, position = newest, map_position(position, score, newest)
            ended = not self._buffer and position >= score.timeline.total
            return PlayerStatus(score, position, self._playing, ended, self._pause_reason)

    def pause(self, reason: str = "") -> None:
        """Stop where it is; `notice` says why, when nobody asked for it."""
        with self._condition:
            self._playing, self._pause_reason = False, reason

    def resume(self) -> None:
        """Go on."""
        with self._condition:
            self._playing, self._pause_reason, self._last_read_s = True, "", self._clock()

    @property
    def device_idle_s(self) -> float:
        """Seconds since the device took anything; 0 before it first did."""
        with self._condition:
            return 0.0 if self._last_read_s is None else self._clock() - self._last_read_s

    def seek(self, position: int) -> None:
        """Go on from a position of the newest score."""
        with self._condition:
            score = self._pending.source if self._pending else self._render_source
            self._pending = None
            self._seek_target = (score, max(0, min(position, score.timeline.total)))
            if not self._buffer or (not self._playing and self._fade_gain == 0):
                self._apply_seek()
            self._condition.notify_all()

    def replace_source(self, score: PlaybackSource, blend: int = FADE_SAMPLES) -> None:
        """Play another score of the same steps from here on: not before words that are being spoken have ended, unless
        the new score speaks the same ones there."""
        with self._condition:
            if self._seek_target:
                self._seek_target = (score, map_position(self._seek_target[1], self._seek_target[0], score))
                self._apply_seek()
                return
            heard, position = self._playhead
            here = position if heard is self._render_source else map_position(position, heard, self._render_source)
            earliest = min(here + SWITCH_MARGIN_SAMPLES, self._render_position)
            self._pending = _PendingSource(score, _find_switch_position(self._render_source, score, earliest), blend)
            self._condition.notify_all()

    def read_frames(self, frames: int) -> Samples:
        """The next samples for the device, shape (frames, channels). Never waits for sound to be made."""
        with self._condition:
            now = self._clock()
            if self._playing and self._last_read_s is not None and now - self._last_read_s > SLEEP_GAP_S:
                self._playing, self._fade_gain = False, 0.0
                self._pause_reason = "Paused, since the machine was asleep."
            self._last_read_s = now
            out = np.zeros((frames, self.channels), np.float32)
            filled = 0
            while filled < frames:
                wanted = 1.0 if self._playing and self._seek_target is None else 0.0
                if wanted == 0 and self._fade_gain == 0:
                    if self._seek_target is None:
                        break
                    self._apply_seek()
                    continue
                if not self._buffer:
                    self._fade_gain = 0.0
                    if self._seek_target is None:
                        break
                    continue
                filled += self._copy_from_buffer(out[filled:], wanted)
            if self._seek_target is not None and self._fade_gain == 0:
                self._apply_seek()
            self._condition.notify_all()
            return out

    def close(self) -> None:
        """End the player's own thread."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._render_thread.join(5)

    def _copy_from_buffer(self, out: Samples, wanted: float) -> int:
        """Hand out some of the first block, at most until the level is the wanted one. How many samples."""
        block = self._buffer[0]
        ramp = round(abs(wanted - self._fade_gain) * FADE_SAMPLES)
        count = min(len(out), len(block.samples), ramp or len(out))
        piece = block.samples[:count]
        if ramp:
            step = (1 if wanted > self._fade_gain else -1) / FADE_SAMPLES
            levels = self._fade_gain + step * np.arange(1, count + 1, dtype=np.float32)
            piece = piece * np.clip(levels, 0, 1)[:, np.newaxis]
            self._fade_gain = wanted if count == ramp else float(levels[-1])
        out[:count] = piece
        block.start += count
        block.samples = block.samples[count:]
        self._playhead = (block.source, block.start)
        if not len(block.samples):
            self._buffer.popleft()
        return count

    def _apply_seek(self) -> None:
        """Begin anew where a jump goes."""
        assert self._seek_target is not None
        self._render_source, self._render_position = self._playhead = self._seek_target
        self._seek_target = self._crossfade = self._pending = None
        self._buffer.clear()
        self._fade_gain = 0.0
        self._generation += 1
        self._condition.notify_all()

    def _render_loop(self) -> None:
        try:
            while True:
                with self._condition:
                    while not (self._closed or self._has_work()):
                        self._condition.wait()
                    if self._closed:
                        return
                    self._apply_pending()
                    score, start, blend, generation = (
                        self._render_source,
                        self._render_position,
                        self._crossfade,
                        self._generation,
                    )
                    stop = min(start + BLOCK_SAMPLES, score.buffered_until)
                    if self._pending and self._pending.switch_position > start:
                        stop = min(stop, self._pending.switch_position)
                if stop <= start:
                    continue
                sound = self._render(score, start, stop, blend)
                with self._condition:
                    if generation == self._generation:
                        self._buffer.append(_Block(score, start, sound))
                        self._render_position = stop
        except BaseException as error:
            with self._condition:
                self._error = error

    def _has_work(self) -> bool:
        """Whether there is something to do: sound to be made, or a change that has come near."""
        if self._pending and self._pending.switch_position <= self._render_position:
            return True
        ahead = sum(len(block.samples) for block in self._buffer)
        return ahead < BUFFER_SAMPLES and self._render_position < self._render_source.buffered_until

    def _apply_pending(self) -> None:
        """Go over to the score that waits, where its turn has come: what lies ready behind the cut is made anew."""
        change = self._pending
        if change is None or change.switch_position > self._render_position:
            return
        old, cut = (
            self._render_source,
            max(
                change.switch_position,
                self._playhead[1] if self._playhead[0] is self._render_source else change.switch_position,
            ),
        )
        kept = deque[_Block]()
        for block in self._buffer:
            if block.source is not old or block.start < cut:
                length = cut - block.start if block.source is old else len(block.samples)
                kept.append(_Block(block.source, block.start, block.samples[:length]))
        start = map_position(cut, old, change.source)
        self._buffer, self._render_source, self._render_position, self._pending = kept, change.source, start, None
        self._crossfade = (old, cut - start, start, change.crossfade_samples)
        self._generation += 1
        if not kept:
            self._playhead = (change.source, start)

    def _render(
        self, score: PlaybackSource, start: int, stop: int, blend: tuple[PlaybackSource, int, int, int] | None
    ) -> Samples:
        sound = np.broadcast_to(score.audio.render(start, stop), (stop - start, self.channels))
        if blend is not None and start < blend[2] + blend[3]:
            old, off, first, length = blend
            end = min(stop, first + length, old.timeline.total - off)
            if end > start:
                share = ((np.arange(start, end) - first) / length).astype(np.float32)[:, np.newaxis]
                before = old.audio.render(start + off, end + off)
                sound = np.concatenate([before * (1 - share) + sound[: end - start] * share, sound[end - start :]])
        return np.asarray(sound, np.float32)


def _find_switch_position(old: PlaybackSource, new: PlaybackSource, earliest: int) -> int:
    """The first position of the old score from which the new one may be heard, no words being cut."""
    cut = earliest
    for _ in range(MAX_SWITCH_DELAYS):
        before, there = old.speech_cue_at(cut), map_position(cut, old, new)
        after = new.speech_cue_at(there)
        same = before and after and before.line == after.line and map_position(before.start, old, new) == after.start
        if before and not same:
            cut = before.end
        elif after and not same:
            cut += after.end - there
        else:
            break
    return min(cut, old.buffered_until)
