"""A mix of noise for encoder tests, with looped beds, bursts over them, and bed changes."""

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
    """Return noise modulated like syllables, with soft edges."""
    times = np.arange(samples)[:, np.newaxis] / SECOND
    edges = np.minimum(1, np.minimum(times, times[::-1]) / 0.005)
    syllables = 0.5 - 0.5 * np.cos(2 * np.pi * 4 * times)
    return np.asarray(pink(samples, channels, seed, 0.1) * syllables * edges, np.float32)


@dataclass(frozen=True)
class Burst:
    """A sound over the bed, in the place of speech or a chime."""

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
        """Each of the `beds` has a first sample, a loop key, and a loop or None for silence.

        Loops start `grid_offset` samples before the session. `quiet_lead` samples after each burst do not count as
        steady.
        """
        self.grid_offset = grid_offset
        self.total = total
        self.channels = channels
        self.bursts = list(bursts)
        self.quiet_lead = quiet_lead
        self._beds = list(beds)
        self._loops = {key: loop for _, key, loop in beds}

    def render(self, start: int, stop: int) -> Samples:
        assert 0 <= start <= stop <= self.total, "range outside the mix"
        out = np.zeros((stop - start, self.channels), np.float32)
        for bed_start, bed_stop, key in self._spans():
            low, high = max(start, bed_start), min(stop, bed_stop)
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
        for bed_start, bed_stop, key in self._spans():
            position = bed_start
            for start, stop in [*busy, (bed_stop, bed_stop)]:
                low, high = max(start, position), min(stop, bed_stop)
                if position < min(start, bed_stop):
                    result.append(self._steady_region(position, min(start, bed_stop), key))
                    position = min(start, bed_stop)
                if low < high:
                    result.append(Region(position, high, ""))
                    position = high
        return result

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        loop = self._loops[loop_key]
        if loop is None:
            return np.zeros((stop - start, self.channels), np.float32)
        return np.take(loop, np.arange(start, stop), axis=0, mode="wrap")

    def _spans(self) -> list[tuple[int, int, str]]:
        starts = [start for start, _, _ in self._beds]
        return [(start, stop, key) for (start, key, _), stop in zip(self._beds, [*starts[1:], self.total], strict=True)]

    def _steady_region(self, start: int, stop: int, key: str) -> Region:
        loop = self._loops[key]
        return Region(start, stop, key, FRAME if loop is None else len(loop), -self.grid_offset)
