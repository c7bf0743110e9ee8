"""The sound of a breath: noise through a moving filter that swells and falls like air through a nose or mouth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from voiceguide.audio.array_type import Samples
from voiceguide.audio.loudness import integrated_loudness
from voiceguide.builtin_names import BREATH_NOISES, CHIME_LUFS
from voiceguide.seeded_generator import seeded_generator
from voiceguide.units import SAMPLE_RATE, db_to_gain

__all__ = ["synthesize_breath_noise"]

Float64Array = npt.NDArray[np.float64]

BLOCK_SAMPLES = 1024
"""The filter is constant within a block. Neighboring blocks overlap by half and are crossfaded."""
FORMANT_OCTAVES = 0.6
"""The width of a resonance."""
AIR_LEVEL = 0.12
"""The amplitude of the noise between the resonances."""
LOW_HZ, HIGH_HZ = 250.0, 7_000.0
"""Lower noise would rumble, and higher noise would hiss."""
STEREO_SHARE = 0.35
"""The amplitude of the noise that differs between the channels."""

# The resonances of the mouth and throat: (hertz at the quietest, hertz at the loudest, amplitude).
INHALE = ((900.0, 1_350.0, 1.0), (2_300.0, 3_000.0, 0.55))
EXHALE = ((520.0, 800.0, 1.0), (1_300.0, 1_700.0, 0.35))
INHALE_PEAK, EXHALE_PEAK = 0.62, 0.3
"""The loudest moment, as a fraction of the length. Air is drawn in with growing force, and let go at first."""


def synthesize_breath_noise(name: str, frames: int) -> Samples:
    """Return the `name` noise (a value of BREATH_NOISES), exactly `frames` frames long, shape (frames, 2).

    The noise is deterministic. It starts and ends at zero, and is as loud as a chime at CHIME_LEVEL_DB.
    """
    inhales = name == BREATH_NOISES["in"]
    position = (np.arange(frames) + 0.5) / max(frames, 1)
    swell = _swell(position, INHALE_PEAK if inhales else EXHALE_PEAK)
    random = seeded_generator(7 if inhales else 11)
    center, left, right = random.standard_normal((3, frames + 2 * BLOCK_SAMPLES))
    formants = INHALE if inhales else EXHALE
    air = [_shape(center + STEREO_SHARE * side, swell, formants) for side in (left, right)]
    audio = np.asarray(np.stack(air, axis=1) * swell[:, np.newaxis], np.float32)
    return np.asarray(audio * db_to_gain(CHIME_LUFS - integrated_loudness(audio)), np.float32)


def _swell(position: Float64Array, peak: float) -> Float64Array:
    """Return a gain that rises smoothly from 0 to 1 at `peak` and falls back to 0, shape (frames,).

    `position` is the time of each sample and `peak` that of the loudest moment, both as a fraction of the length, from
    0 to 1.
    """
    rise, fall = np.clip(position / peak, 0, 1), np.clip((1 - position) / (1 - peak), 0, 1)
    return np.asarray(np.sin(np.pi / 2 * np.minimum(rise, fall)) ** 1.4)


def _shape(noise: Float64Array, swell: Float64Array, formants: tuple[tuple[float, float, float], ...]) -> Float64Array:
    """Filter noise with resonances that rise with the swell. `noise` is two blocks longer than the result."""
    frames, half = len(swell), BLOCK_SAMPLES // 2
    window = np.sin(np.pi * (np.arange(BLOCK_SAMPLES) + 0.5) / BLOCK_SAMPLES)
    hertz = np.maximum(np.fft.rfftfreq(BLOCK_SAMPLES, 1 / SAMPLE_RATE), 1.0)
    band = 1 / (1 + (LOW_HZ / hertz) ** 4) / (1 + (hertz / HIGH_HZ) ** 4)
    result = np.zeros(len(noise))
    for start in range(0, len(noise) - BLOCK_SAMPLES + 1, half):
        now = swell[min(max(start - half, 0), frames - 1)]
        gain = np.full(len(hertz), AIR_LEVEL)
        for quiet_hz, loud_hz, level in formants:
            octaves = np.log2(hertz / (quiet_hz * (loud_hz / quiet_hz) ** now))
            gain += level * np.exp(-((octaves / FORMANT_OCTAVES) ** 2))
        block = slice(start, start + BLOCK_SAMPLES)
        result[block] += window * np.fft.irfft(np.fft.rfft(noise[block] * window) * gain * band)
    return result[BLOCK_SAMPLES : BLOCK_SAMPLES + frames]
