"""A test voice: each word is a tone of known length, and each text has its own pitch."""

from __future__ import annotations

import hashlib

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Speech, Voice

__all__ = ["TONE_RATE_HZ", "WORD_S", "ToneEngine"]

TONE_RATE_HZ = 24_000
WORD_S = 0.3
"""Length of a word at pace 1: the tone plus the gap after it."""


class ToneEngine:
    """Speaks each word as a tone. The pitch depends only on the text."""

    name = "tone"
    parallel = True

    def version(self) -> str:
        return "1"

    def voices(self) -> list[Voice]:
        return [Voice("tone", "tone", "mul", quality="test")]

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        import numpy as np  # loading it takes longer than planning a session

        words = text.split()
        if not words:
            raise SpeechError("The tone voice was given no text to speak.")
        seconds = WORD_S / pace
        frames = int(seconds * TONE_RATE_HZ)
        pitch = 200 + int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:2], "big") % 600
        time = np.arange(frames) / TONE_RATE_HZ
        envelope = np.clip(np.minimum(time / 0.02, (0.85 * seconds - time) / 0.02), 0, 1)
        pitches = [pitch * (1 + 0.1 * (index % 5)) for index in range(len(words))]
        tones = [0.25 * envelope * np.sin(2 * np.pi * hertz * time) for hertz in pitches]
        return Speech(np.concatenate(tones).astype(np.float32), TONE_RATE_HZ)

    def close(self) -> None:
        """Do nothing."""
