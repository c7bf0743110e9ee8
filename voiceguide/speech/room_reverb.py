"""A room for the voice: reflections of the speech, added to a clip after it was synthesized or read from the cache."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from voiceguide.builtin_names import ROOM_TAIL_S
from voiceguide.units import SAMPLE_RATE, db_to_gain, seconds_to_samples

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

__all__ = ["ROOM_REVISION", "add_room"]

ROOM_REVISION = "room 1"
"""Part of the ID of every clip with a room. Increment when the sound of a room changes."""
LOW_HZ, HIGH_HZ = 180.0, 5_200.0
"""Reflections outside this range would rumble or hiss."""
DECAY_DB = 60.0
"""How far the reflections decay within the tail of a room."""
CUT_FADE_SAMPLES = SAMPLE_RATE // 20
"""The fade at the end of a tail that is cut short."""


@dataclass(frozen=True)
class _Room:
    """The reflections of a room. A larger room has fewer of them, and they arrive later."""

    wet_db: float
    """The energy of all reflections relative to the direct sound."""
    first_s: float
    """The delay of the first reflection."""
    reflections_per_s: int
    """The average number of reflections in each second."""
    seed: int


_ROOMS: dict[str, _Room] = {
    "small": _Room(wet_db=-18.0, first_s=0.006, reflections_per_s=1200, seed=2),
    "large": _Room(wet_db=-14.0, first_s=0.018, reflections_per_s=900, seed=4),
}


def add_room(clip: Samples, room: str, tail_samples: int) -> Samples:
    """Return a clip, shape (frames,), with the reflections of a room. The result is `tail_samples` longer.

    The direct sound is unchanged. The result is deterministic.
    """
    import numpy as np

    response = _impulse_response(room, tail_samples)
    length = len(clip) + tail_samples
    size = 1 << (length - 1).bit_length()
    spectrum = np.fft.rfft(clip, size) * np.fft.rfft(response, size)
    wet = np.fft.irfft(spectrum, size)[:length]
    wet[: len(clip)] += clip
    return np.asarray(wet, np.float32)


@cache
def _impulse_response(room: str, tail_samples: int) -> npt.NDArray[np.float64]:
    """Return the reflections, shape (tail_samples,), without the direct sound. They end at zero."""
    import numpy as np

    from voiceguide.seeded_generator import seeded_generator

    shape, tail = _ROOMS[room], seconds_to_samples(ROOM_TAIL_S[room])
    random = seeded_generator(shape.seed)
    first = seconds_to_samples(shape.first_s)
    count = round((tail - first) / SAMPLE_RATE * shape.reflections_per_s)
    at = first + np.floor(random.random(count) ** 0.7 * (tail - first)).astype(int)  # denser later on
    response = np.zeros(tail)
    np.add.at(response, at, random.choice([-1.0, 1.0], count) * random.uniform(0.5, 1.0, count))
    response *= 10 ** (-DECAY_DB / 20 * np.arange(tail) / tail)
    response = _limit_band(response)[:tail]
    response *= db_to_gain(shape.wet_db) / np.sqrt(np.sum(response**2))
    cut = response[:tail_samples].copy()
    fade = min(CUT_FADE_SAMPLES, tail_samples)
    cut[tail_samples - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade)) ** 2
    return cut


def _limit_band(response: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Attenuate everything outside LOW_HZ to HIGH_HZ. The filter is causal: nothing precedes the first reflection."""
    import numpy as np

    size = 1 << (2 * len(response)).bit_length()
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE), 1e-3)
    high_pass = 1 / (1 - 1j * LOW_HZ / hertz) ** 2
    low_pass = 1 / (1 + 1j * hertz / HIGH_HZ) ** 2
    return np.asarray(np.fft.irfft(np.fft.rfft(response, size) * high_pass * low_pass, size))
