"""A mix of noise for encoder tests: repeating loops, bursts over them, and changes of the bed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voiceguide.audio.mixer.source import Region
from voiceguide.system.disk_cache import digest

Samples = npt.NDArray[np.float32]
FRAME = 1152
SECOND = 48_000


def pink(samples: int, channels: int, seed: int, rms: float) -> Samples:
    """Return noise that falls by 3 dB per octave and loops seamlessly."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal((samples, channels)), axis=0)
    noise = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 1)[:, np.newaxis], samples, axis=0)
    return np.asarray(noise * (rms / np.sqrt((noise**2).mean())), np.float32)


def speechlike(samples: int, channels: int, seed: int) -> Samples:
    """Return noise in syllables with soft edges."""
    times = np.arange(samples)[:, np.newaxis] / SECOND
    edges = np.minimum(1, np.minimum(times, times[::-1]) / 0.005)
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * times)
    return np.asarray(pink(samples, channels, seed, 0.1) * syllables * edges, np.float32)


@dataclass(frozen=True)
class Burst:
    """A burst of audio over the bed."""

    start: int
    sound: Samples

    @property
    def stop(self) -> int:
        return self.start + len(self.sound)


class MadeMix:
    """An implementation of `voiceguide.audio.mixer.source.AudioSource`."""

    def __init__(
        self,
        total: int,
        beds: Sequence[tuple[int, str, Samples | None]],
        bursts: Sequence[Burst],
        channels: int = 2,
        quiet_lead: int = 0,
        grid_offset: int = 0,
    ) -> None:
        """`beds` are the start, key and loop of each bed, in order; a loop of None is silence.

        Loops start at the grid offset. The `quiet_lead` samples after each burst do not count as steady.
        """
        self.grid_offset = grid_offset
        self.total = total
        self.channels = channels
        self.bursts = list(bursts)
        self.quiet_lead = quiet_lead
        self._beds = list(beds)
        self._loops = {key: loop for _, key, loop in beds}

    def render(self, start: int, stop: int) -> Samples:
        assert 0 <= start <= stop <= self.total, "the range is outside the session"
        out = np.zeros((stop - start, self.channels), np.float32)
        for begin, end, key in self._spans():
            low, high = max(start, begin), min(stop, end)
            if low < high:
                out[low - start : high - start] = self.render_loop(key, low + self.grid_offset, high + self.grid_offset)
        for burst in self.bursts:
            low, high = max(start, burst.start), min(stop, burst.stop)
            if low < high:
                out[low - start : high - start] += burst.sound[low - burst.start : high - burst.start]
        return out

    def range_key(self, start: int, stop: int) -> str:
        return digest(self.render(start, stop).tobytes())

    def regions(self) -> list[Region]:
        busy = sorted((burst.start, min(burst.stop + self.quiet_lead, self.total)) for burst in self.bursts)
        result: list[Region] = []
        for begin, end, key in self._spans():
            at = begin
            for start, stop in [*busy, (end, end)]:
                low, high = max(start, at), min(stop, end)
                if at < min(start, end):
                    result.append(self._steady(at, min(start, end), key))
                    at = min(start, end)
                if low < high:
                    result.append(Region(at, high, ""))
                    at = high
        return result

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        sound = self._loops[loop_key]
        if sound is None:
            return np.zeros((stop - start, self.channels), np.float32)
        return np.take(sound, np.arange(start, stop), axis=0, mode="wrap")

    def _spans(self) -> list[tuple[int, int, str]]:
        starts = [start for start, _, _ in self._beds]
        return [(start, stop, key) for (start, key, _), stop in zip(self._beds, [*starts[1:], self.total], strict=True)]

    def _steady(self, start: int, stop: int, key: str) -> Region:
        sound = self._loops[key]
        return Region(start, stop, key, FRAME if sound is None else len(sound), -self.grid_offset)
