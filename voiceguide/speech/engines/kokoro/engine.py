"""kokoro: natural voices for Spanish, French, Italian, Portuguese, Hindi and English, downloaded once (Apache-2.0).

All voices share one model. It uses no random numbers, and each call runs on a single thread, so the output is
reproducible regardless of how many cores a computer has.
"""

from __future__ import annotations

import threading
from difflib import get_close_matches
from importlib import metadata
from typing import TYPE_CHECKING, Any

from voiceguide.builtin_names import MAX_PACE, MIN_PACE
from voiceguide.errors import SpeechError
from voiceguide.languages import primary_language
from voiceguide.script.parsing.nodes import quoted
from voiceguide.speech.engines.kokoro.model_files import GET_HINT, find_model_files, require_model_files
from voiceguide.speech.engines.kokoro.phonemes import phonemes_to_ids, text_to_phonemes
from voiceguide.speech.engines.kokoro.voice_names import VOICES, KokoroVoice
from voiceguide.speech.engines.onnx_telemetry import disable_telemetry, silence_log
from voiceguide.speech.engines.pace_limits import check_pace
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.speech.engines.text_limits import check_pronounceable, shorten_for_message
from voiceguide.system.memory_limits import require_memory
from voiceguide.system.shortages import raise_if_shortage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["KokoroEngine"]

RATE_HZ = 24_000
GAIN = 0.5
"""The model's peaks reach 1.2."""
STYLE_VALUES = 256
SYNTHESIS_BYTES = 600_000_000
"""Address space for one model call, in addition to the model itself: 150 characters at the slowest pace."""
REVISION = 2
"""Increment this number when a change to the handling of text or pace affects the audio."""


class KokoroEngine:
    """Speaks with kokoro's voices. Two threads take about half as long as one."""

    name = "kokoro"
    parallel = True

    def __init__(self) -> None:
        self._model: Any = None
        self._styles: dict[str, npt.NDArray[np.float32]] = {}
        self._lock = threading.Lock()

    def version(self) -> str:
        return f"kokoro espeakng-loader {metadata.version('espeakng-loader')} revision {REVISION}"

    def voice_version(self, voice: str) -> str:
        """Return the sizes and modification times of the model and of the table of voices."""
        stats = [path.stat() for path in require_model_files()]
        return " ".join(f"{stat.st_size} {stat.st_mtime_ns}" for stat in stats)

    def voices(self) -> list[Voice]:
        installed = find_model_files() is not None
        note = "" if installed else "voiceguide voices --get kokoro"
        return [
            Voice(
                self.name, voice.name, voice.language, voice.gender, installed=installed, quality="natural", note=note
            )
            for voice in VOICES.values()
        ]

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError if the voice does not exist or the voices are not installed."""
        _find_voice(voice, language)
        require_model_files()

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`; see the protocol. If `voice` is empty, `language` selects the voice.

        Raises:
            SpeechError: if the voice is missing, the pace is out of range, or the text cannot be read.
        """
        import numpy as np

        check_pronounceable(text, self.name)
        check_pace(self.name, pace, MIN_PACE, MAX_PACE)
        found = _find_voice(voice, language)
        model, styles = self._load(found.name)
        parts = []
        for phonemes in text_to_phonemes(text, found.espeak_voice):
            ids = phonemes_to_ids(phonemes)
            inputs = {
                "tokens": np.array([[0, *ids, 0]], np.int64),
                "style": styles[len(ids) - 1],  # a voice has a style for each number of phonemes
                "speed": np.array([pace], np.float32),
            }
            parts.append(_run(model, inputs, text))
        return Speech(np.concatenate(parts) * np.float32(GAIN), RATE_HZ)

    def close(self) -> None:
        with self._lock:
            self._model = None
            self._styles.clear()

    def _load(self, voice: str) -> tuple[Any, npt.NDArray[np.float32]]:
        with self._lock:
            model_path, table_path = require_model_files()
            try:
                if self._model is None:
                    require_memory(2 * model_path.stat().st_size + SYNTHESIS_BYTES)
                    self._model = _load_model(str(model_path))
                if voice not in self._styles:
                    self._styles[voice] = _load_style(str(table_path), voice)
            except SpeechError:
                raise
            except Exception as error:  # onnxruntime's exceptions have no narrower base class
                raise_if_shortage(error)
                message = " ".join(str(error).split())[:200]
                raise SpeechError(f"kokoro's files cannot be loaded ({message}). Delete them. {GET_HINT}") from error
            return self._model, self._styles[voice]


def _load_model(path: str) -> Any:
    disable_telemetry()
    import onnxruntime

    silence_log()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"], enable_fallback=0)


def _load_style(path: str, voice: str) -> npt.NDArray[np.float32]:
    """Return the styles of a voice, shape (phonemes, 1, 256): one for each number of phonemes."""
    import numpy as np

    with np.load(path, allow_pickle=False) as table:
        styles = np.asarray(table[voice], np.float32).reshape(-1, 1, STYLE_VALUES)
    return np.ascontiguousarray(styles)


def _run(model: Any, inputs: dict[str, Any], text: str) -> npt.NDArray[np.float32]:
    import numpy as np

    try:
        samples = np.asarray(model.run(None, inputs)[0], np.float32).reshape(-1)
    except Exception as error:  # onnxruntime's exceptions have no narrower base class
        raise_if_shortage(error)
        raise SpeechError(
            f'kokoro cannot speak "{shorten_for_message(text)}" ({" ".join(str(error).split())[:200]}). '
            "Use different words."
        ) from error
    if not samples.size or not np.isfinite(samples).all():
        raise SpeechError(f'kokoro cannot speak "{shorten_for_message(text)}". Use different words.')
    return samples


def _find_voice(requested: str, language: str) -> KokoroVoice:
    """Return the voice with that name, or the best one for the language if `requested` is empty."""
    if not requested:
        tag, primary = language.replace("_", "-").lower(), primary_language(language)
        same = [voice for voice in VOICES.values() if primary_language(voice.language) == primary]
        if not same:
            languages = ", ".join(dict.fromkeys(voice.language for voice in VOICES.values()))
            raise SpeechError(f"kokoro has no voice for the language {language}. Its languages: {languages}.")
        return next((voice for voice in same if voice.language.lower() == tag), same[0])
    if requested.lower() in VOICES:
        return VOICES[requested.lower()]
    matches = get_close_matches(requested, VOICES, n=1)
    hint = f"Did you mean {quoted(matches[0])}?" if matches else f"Its voices: {', '.join(VOICES)}."
    raise SpeechError(f'kokoro has no voice "{requested}". {hint}')
