"""An engine that hums: each word a note. Small enough to read whole, and all that an engine needs."""

from __future__ import annotations

import numpy as np

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Speech, Voice

RATE_HZ = 22_050
NOTE_S = 0.35


class HumEngine:
    name = "hum"
    parallel = True  # synthesize may be called from several threads at once

    def version(self) -> str:
        return "hum 1.0"  # part of the cache's key: change it whenever the sound changes

    def voices(self) -> list[Voice]:
        return [
            Voice("hum", "low", language="mul", gender="male", quality="test"),
            Voice("hum", "high", language="mul", gender="female", quality="test"),
        ]

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        if voice not in ("", "low", "high"):
            raise SpeechError(f'hum has no voice "{voice}". It has low and high.')
        if not text.strip():
            raise SpeechError("hum was given no words. Write at least one.")
        pitch_hz = 440 if voice == "high" else 110
        time_s = np.arange(round(RATE_HZ * NOTE_S / pace)) / RATE_HZ
        swell = np.sin(np.pi * time_s * pace / NOTE_S) ** 2
        notes = [swell * np.sin(2 * np.pi * (pitch_hz + 10 * len(word)) * time_s) for word in text.split()]
        return Speech(0.3 * np.concatenate(notes).astype(np.float32), RATE_HZ)

    def close(self) -> None:
        pass  # end child processes here, free models
