"""The default voice: hibari, a small neural model inside its wheel, natural and offline. English only.

Two things make it repeatable: a fixed seed for its noise part, and the name of its FFT library in the version, since it
computes slightly different sound with scipy installed than without.
"""

from __future__ import annotations

import threading
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from voiceguide.errors import SpeechError
from voiceguide.speech.engine import Speech, Voice
from voiceguide.speech.wording import split_sentences

__all__ = ["HibariEngine"]

SEED = 20_240_229
LONGEST_TEXT = 1_500
"""Characters given to the model in one go; longer texts are split at sentences."""


class HibariEngine:
    """Speaks with hibari's voices; `heart` is in the wheel, the others are used where they have been fetched."""

    name = "hibari"
    parallel = False
    takes_ipa = True

    def __init__(self) -> None:
        self._models: dict[str, Any] = {}
        self._lock = threading.Lock()

    def version(self) -> str:
        backend = "scipy" if find_spec("scipy") else "numpy"
        return f"hibari-tts {metadata.version('hibari-tts')} {backend} seed {SEED}"

    def voices(self) -> list[Voice]:
        from hibari.voices import VOICES

        return [
            Voice(
                engine=self.name,
                name=name,
                language=facts["language"],
                gender=facts["gender"],
                installed=self._on_disk(name),
                quality="natural",
                note="" if self._on_disk(name) else f"8 MB, fetched once with: hibari --voice {name} Hello",
            )
            for name, facts in VOICES.items()
        ]

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        import numpy as np
        from hibari import SAMPLE_RATE

        model = self._model(voice or "heart")
        pieces = []
        for piece in split_sentences(text, LONGEST_TEXT):
            try:
                pieces.append(model(piece, speed=pace, seed=SEED))
            except (IndexError, ValueError, KeyError) as error:
                raise SpeechError(f'hibari cannot say "{piece[:60]}": {error}.') from error
        samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
        if samples.size == 0:
            raise SpeechError(f'hibari has no sounds for "{text[:60]}". It speaks English; write it in English words.')
        return Speech(samples, SAMPLE_RATE)

    def close(self) -> None:
        self._models.clear()

    def _on_disk(self, name: str) -> bool:
        from hibari.voices import voice_path

        try:
            voice_path(name, download_missing=False)
        except FileNotFoundError:
            return False
        return True

    def _model(self, name: str) -> Any:
        from hibari import Hibari
        from hibari.voices import VOICES

        with self._lock:
            if name not in self._models:
                if name not in VOICES:
                    raise SpeechError(f'hibari has no voice "{name}". It has {", ".join(VOICES)}.')
                if not self._on_disk(name):
                    raise SpeechError(
                        f'The voice "{name}" is not on this machine. Fetch it once with: hibari --voice {name} Hello'
                    )
                self._models[name] = Hibari(voice=name)
            return self._models[name]
