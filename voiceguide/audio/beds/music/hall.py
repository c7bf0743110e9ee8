"""A hall for the music beds: two noises, one for each ear, that die away, the high frequencies sooner."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.music.cells import CELL_SAMPLES
from voiceguide.seeded_generator import seeded_generator
from voiceguide.units import SAMPLE_RATE

__all__ = ["add_hall"]

OCTAVES = ((125, 2.6), (250, 2.8), (500, 2.6), (1000, 2.2), (2000, 1.6), (4000, 1.0))
"""The center of each octave in hertz, and its reverberation time in seconds."""
HALL_SAMPLES = 3 * SAMPLE_RATE
DELAY_S = 0.018
"""The first reflection arrives this long after the note."""
WET = 0.5
"""Level of the hall relative to the notes, between 200 and 800 Hz."""
FFT_SIZE = 3 * 2**18


def add_hall(dry: Samples) -> Samples:
    """Return a cell with the sound of the hall added, shape (CELL_SAMPLES, 2). What exceeds the cell is cut off."""
    spectrum = np.fft.rfft(dry.mean(axis=1), FFT_SIZE)
    wet = [np.fft.irfft(spectrum * response, FFT_SIZE)[:CELL_SAMPLES] for response in _responses()]
    return dry + np.stack(wet, axis=1).astype(np.float32)


@cache
def _responses() -> list[npt.NDArray[np.complex64]]:
    """Return the spectrum of the hall for each ear."""
    random = seeded_generator(31_900)
    hertz = np.maximum(np.fft.rfftfreq(HALL_SAMPLES, 1 / SAMPLE_RATE), 1)
    since_s = np.arange(HALL_SAMPLES) / SAMPLE_RATE - DELAY_S
    edges = np.clip(since_s / 0.04, 0, 1) * np.minimum((since_s[-1] - since_s) / 0.5, 1)
    responses = []
    for _ in range(2):
        noise, response = np.fft.rfft(random.standard_normal(HALL_SAMPLES)), np.zeros(HALL_SAMPLES)
        for center, reverberation_s in OCTAVES:
            band = np.exp(-((np.log2(hertz / center) / 0.75) ** 2)) * (500 / max(500, center)) ** 0.5
            decay = np.exp(-6.908 * np.maximum(since_s, 0) / reverberation_s)
            response += np.fft.irfft(noise * band, HALL_SAMPLES) * decay
        bins = np.fft.rfft(response * edges, FFT_SIZE).astype(np.complex64)
        low, high = (hertz * FFT_SIZE // SAMPLE_RATE for hertz in (200, 800))
        responses.append(bins * np.float32(WET / np.sqrt(np.square(np.abs(bins[low:high])).mean())))
    return responses
