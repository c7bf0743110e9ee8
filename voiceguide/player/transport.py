"""The transport: play, pause, seek, and switch to another source during playback.

The device thread only reads from a buffer. A separate thread renders audio into the buffer ahead of time.
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
"""Buffer size. On a busy computer, rendering can stall for this long without causing a gap in the audio."""
FADE_SAMPLES = SAMPLE_RATE // 100
"""The length of the fade when audio starts or stops. An abrupt cut would cause a click."""
SWITCH_MARGIN_SAMPLES = SAMPLE_RATE // 5
"""Minimum distance between the playback position and a switch to another source."""
MAX_VOLUME_PERCENT = 100
MAX_SWITCH_DELAYS = 20
"""Maximum number of consecutive speech cues that a switch waits for."""
SLEEP_GAP_S = 2.0
"""If the device reads nothing for longer than this, the computer must have been asleep, so playback pauses."""


def _time_including_sleep_s() -> float:
    """Return monotonic time in seconds.

    Time during which the computer was asleep is included if the system measures it.
    """
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


@dataclass(frozen=True)
class PlayerStatus:
    """The status of a player."""

    source: PlaybackSource
    position: int
    playing: bool
    ended: bool
    pause_reason: str
    """The reason for an automatic pause, or ""."""


@dataclass
class _Block:
    source: PlaybackSource
    start: int
    samples: Samples


@dataclass(frozen=True)
class _SourceCrossfade:
    """A crossfade from an old source to the current one."""

    old: PlaybackSource
    old_offset: int
    """The number of samples to add to a position in the current source to get the corresponding position in the old
    source."""
    start: int
    """The position in the current source at which the crossfade starts."""
    length: int


@dataclass
class _PendingSource:
    """A source to switch to at a given position in the current one."""

    source: PlaybackSource
    switch_position: int
    crossfade_samples: int
    """Length of the crossfade from the current source."""


class Player:
    """A player for one source at a time. All methods are thread-safe."""

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
        """The source to render next, starting at `_render_position`."""
        self._render_position = position
        self._playhead = (source, position)
        self._buffer: deque[_Block] = deque()
        self._pending: _PendingSource | None = None
        self._crossfade: _SourceCrossfade | None = None
        self._seek_target: tuple[PlaybackSource, int] | None = None
        self._generation = 0
        self._playing = True
        self._fade_gain = 0.0
        self._volume_percent = MAX_VOLUME_PERCENT
        self._volume_gain = 1.0
        """The gain of the last sample that was read. When the volume changes, the gain reaches its new value within one
        read."""
        self._last_read_s: float | None = None
        self._pause_reason = ""
        self._error: BaseException | None = None
        self._closed = False
        self._condition = threading.Condition()
        self._render_thread = threading.Thread(target=self._render_loop, name="player", daemon=True)
        self._render_thread.start()

    def status(self) -> PlayerStatus:
        """Return the status. Its `source` is the newest source, even if playback has not switched to that source yet.

        Raises:
            BaseException: Rendering failed with this error.
        """
        with self._condition:
            if self._error is not None:
                raise self._error
        return self.last_status()

    def last_status(self) -> PlayerStatus:
        """Return the status even if rendering failed."""
        with self._condition:
            source, position = self._seek_target or self._playhead
            newest = self._pending.source if self._pending else self._render_source
            if self._seek_target is None and source is not newest:
                source, position = newest, map_position(position, source, newest)
            ended = not self._buffer and position >= source.timeline.total
            return PlayerStatus(source, position, self._playing, ended, self._pause_reason)

    def pause(self, reason: str = "") -> None:
        """Pause playback. `reason` explains a pause that the user did not request."""
        with self._condition:
            self._playing, self._pause_reason = False, reason

    def resume(self) -> None:
        """Resume playback."""
        with self._condition:
            self._playing, self._pause_reason, self._last_read_s = True, "", self._clock()

    @property
    def volume_percent(self) -> int:
        """The volume, from 0 to 100. At 100, the session plays at its original level."""
        return self._volume_percent

    def set_volume(self, percent: int) -> None:
        """Set the volume. Values are clamped to the range from 0 to 100."""
        with self._condition:
            self._volume_percent = max(0, min(percent, MAX_VOLUME_PERCENT))

    @property
    def device_idle_s(self) -> float:
        """Seconds since the device last read audio, or 0 before its first read."""
        with self._condition:
            return 0.0 if self._last_read_s is None else self._clock() - self._last_read_s

    def seek(self, position: int) -> None:
        """Continue playback at a position in the newest source."""
        with self._condition:
            source = self._pending.source if self._pending else self._render_source
            self._pending = None
            self._seek_target = (source, max(0, min(position, source.timeline.total)))
            if not self._buffer or (not self._playing and self._fade_gain == 0):
                self._apply_seek()
            self._condition.notify_all()

    def replace_source(self, source: PlaybackSource, crossfade_samples: int = FADE_SAMPLES) -> None:
        """Switch to another source with the same steps as soon as possible.

        If speech is playing, wait until it ends, unless the new source has the same speech at that point.
        """
        with self._condition:
            if self._seek_target:
                self._seek_target = (source, map_position(self._seek_target[1], self._seek_target[0], source))
                self._apply_seek()
                return
            current, position = self._playhead
            if current is not self._render_source:
                position = map_position(position, current, self._render_source)
            earliest = min(position + SWITCH_MARGIN_SAMPLES, self._render_position)
            switch_position = _find_switch_position(self._render_source, source, earliest)
            self._pending = _PendingSource(source, switch_position, crossfade_samples)
            self._condition.notify_all()

    def read_frames(self, frames: int) -> Samples:
        """Return the next samples for the device, shape (frames, channels). Never waits for rendering."""
        with self._condition:
            now_s = self._clock()
            if self._playing and self._last_read_s is not None and now_s - self._last_read_s > SLEEP_GAP_S:
                self._playing, self._fade_gain = False, 0.0
                self._pause_reason = "Paused because the computer was asleep. Resume playback."
            self._last_read_s = now_s
            out = np.zeros((frames, self.channels), np.float32)
            filled = 0
            while filled < frames:
                target_gain = 1.0 if self._playing and self._seek_target is None else 0.0
                if target_gain == 0 and self._fade_gain == 0:
                    if self._seek_target is None:
                        break
                    self._apply_seek()
                    continue
                if not self._buffer:
                    self._fade_gain = 0.0
                    if self._seek_target is None:
                        break
                    continue
                filled += self._copy_from_buffer(out[filled:], target_gain)
            if self._seek_target is not None and self._fade_gain == 0:
                self._apply_seek()
            self._condition.notify_all()
            return self._with_volume(out)

    def close(self) -> None:
        """Stop the rendering thread."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._render_thread.join(5)

    def _with_volume(self, samples: Samples) -> Samples:
        """Return the samples at the current volume. After a change, the gain is ramped within the block.

        The gain is the square of the volume, so that equal volume steps sound equally large.
        """
        gain = (self._volume_percent / MAX_VOLUME_PERCENT) ** 2
        if self._volume_gain != gain and len(samples):
            ramp = np.linspace(self._volume_gain, gain, len(samples), dtype=np.float32)[:, np.newaxis]
            self._volume_gain = gain
            return np.asarray(samples * ramp, np.float32)
        return samples if gain == 1 else np.asarray(samples * np.float32(gain), np.float32)

    def _copy_from_buffer(self, out: Samples, target_gain: float) -> int:
        """Copy samples from the first block, stopping when the fade to `target_gain` ends. Return the number copied."""
        block = self._buffer[0]
        ramp = round(abs(target_gain - self._fade_gain) * FADE_SAMPLES)
        count = min(len(out), len(block.samples), ramp or len(out))
        samples = block.samples[:count]
        if ramp:
            gain_step = (1 if target_gain > self._fade_gain else -1) / FADE_SAMPLES
            gains = self._fade_gain + gain_step * np.arange(1, count + 1, dtype=np.float32)
            samples = samples * np.clip(gains, 0, 1)[:, np.newaxis]
            self._fade_gain = target_gain if count == ramp else float(gains[-1])
        out[:count] = samples
        block.start += count
        block.samples = block.samples[count:]
        self._playhead = (block.source, block.start)
        if not len(block.samples):
            self._buffer.popleft()
        return count

    def _apply_seek(self) -> None:
        """Move to the seek target and discard the buffer."""
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
                    self._apply_pending_source()
                    source, start = self._render_source, self._render_position
                    crossfade, generation = self._crossfade, self._generation
                    stop = min(start + BLOCK_SAMPLES, source.buffered_until)
                    if self._pending and self._pending.switch_position > start:
                        stop = min(stop, self._pending.switch_position)
                if stop <= start:
                    continue
                samples = self._render(source, start, stop, crossfade)
                with self._condition:
                    if generation == self._generation:
                        self._buffer.append(_Block(source, start, samples))
                        self._render_position = stop
        except BaseException as error:
            with self._condition:
                self._error = error

    def _has_work(self) -> bool:
        """Return whether there is audio to render or a switch to apply."""
        if self._pending and self._pending.switch_position <= self._render_position:
            return True
        buffered = sum(len(block.samples) for block in self._buffer)
        return buffered < BUFFER_SAMPLES and self._render_position < self._render_source.buffered_until

    def _apply_pending_source(self) -> None:
        """Switch to the pending source if its position has been reached. Blocks after the switch are rendered again."""
        pending = self._pending
        if pending is None or pending.switch_position > self._render_position:
            return
        old, cut = self._render_source, pending.switch_position
        if self._playhead[0] is old:
            cut = max(cut, self._playhead[1])
        buffer = deque[_Block]()
        for block in self._buffer:
            if block.source is not old or block.start < cut:
                length = cut - block.start if block.source is old else len(block.samples)
                buffer.append(_Block(block.source, block.start, block.samples[:length]))
        start = map_position(cut, old, pending.source)
        self._buffer, self._render_source, self._render_position, self._pending = buffer, pending.source, start, None
        self._crossfade = _SourceCrossfade(old, cut - start, start, pending.crossfade_samples)
        self._generation += 1
        if not buffer:
            self._playhead = (pending.source, start)

    def _render(self, source: PlaybackSource, start: int, stop: int, crossfade: _SourceCrossfade | None) -> Samples:
        samples = np.broadcast_to(source.audio.render(start, stop), (stop - start, self.channels))
        if crossfade is not None and start < crossfade.start + crossfade.length:
            old, offset = crossfade.old, crossfade.old_offset
            end = min(stop, crossfade.start + crossfade.length, old.timeline.total - offset)
            if end > start:
                gain = ((np.arange(start, end) - crossfade.start) / crossfade.length).astype(np.float32)[:, np.newaxis]
                old_samples = old.audio.render(start + offset, end + offset)
                faded = old_samples * (1 - gain) + samples[: end - start] * gain
                samples = np.concatenate([faded, samples[end - start :]])
        return np.asarray(samples, np.float32)


def _find_switch_position(old: PlaybackSource, new: PlaybackSource, earliest: int) -> int:
    """Return the earliest position in the old source where switching to the new one does not cut off speech."""
    position = earliest
    for _ in range(MAX_SWITCH_DELAYS):
        new_position = map_position(position, old, new)
        old_cue, new_cue = old.speech_cue_at(position), new.speech_cue_at(new_position)
        is_same = (
            old_cue
            and new_cue
            and old_cue.line == new_cue.line
            and map_position(old_cue.start, old, new) == new_cue.start
        )
        if old_cue and not is_same:
            position = old_cue.end
        elif new_cue and not is_same:
            position += new_cue.end - new_position
        else:
            break
    return min(position, old.buffered_until)
