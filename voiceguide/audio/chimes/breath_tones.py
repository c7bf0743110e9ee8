"""Tones that guide a breath: one rises while the listener breathes in, the other falls while they breathe out."""

from __future__ import annotations

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.loudness import integrated_loudness
from voiceguide.builtin_names import BREATH_TONES, CHIME_LUFS
from voiceguide.units import SAMPLE_RATE, db_to_gain

__all__ = ["synthesize_breath_tone"]

LOW_HZ, HIGH_HZ = 174.6, 261.6
"""The pitches between which the tones glide, a fifth apart: F3 and C4. Small speakers still reproduce the harmonics."""
HARMONICS = ((1, 1.0), (2, 0.35), (3, 0.12))
"""The harmonics of the tone: multiples of the pitch, and their amplitudes."""
PARTNER_RATIO = 1.003
"""The pitch of a second, quieter tone, relative to the first. The two beat slowly, so the sound is less like a test
tone."""
FADE_FRACTION = 0.3
"""Length of the fade at each end, as a fraction of the length of the tone."""
TONE_LUFS = CHIME_LUFS - 4.0
"""A tone lasts longer than a chime, so it is softer."""


def synthesize_breath_tone(name: str, frames: int) -> Samples:
    """Return the `name` tone (a value of BREATH_TONES), exactly `frames` frames long, shape (frames, 2).

    The tone is deterministic. It starts and ends at zero.
    """
    position = (np.arange(frames) + 0.5) / max(frames, 1)
    rising = (1 - np.cos(np.pi * position)) / 2
    octaves = np.log2(HIGH_HZ / LOW_HZ) * (rising if name == BREATH_TONES["in"] else 1 - rising)
    phase = 2 * np.pi * np.cumsum(LOW_HZ * 2**octaves) / SAMPLE_RATE
    tones = [sum(level * np.sin(number * ratio * phase) for number, level in HARMONICS) for ratio in (1, PARTNER_RATIO)]
    edge = np.clip(np.minimum(position, 1 - position) / FADE_FRACTION, 0, 1)
    shape = np.sin(np.pi / 2 * edge) ** 2
    mixed = np.stack([tones[0] + 0.4 * tones[1], 0.4 * tones[0] + tones[1]], axis=1) * shape[:, np.newaxis]
    audio = mixed.astype(np.float32)
    return np.asarray(audio * db_to_gain(TONE_LUFS - integrated_loudness(audio)), np.float32)
