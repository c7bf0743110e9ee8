"""piper: natural voices in many languages, each in its own file. Install it with voiceguide[piper].

This engine is optional because piper-tts is licensed under the GPL. The randomness of piper is disabled to make the
output reproducible. Its normalization, which scales every clip to full scale, is also disabled.
"""

from __future__ import annotations

import contextlib
import io
import threading
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from voiceguide.builtin_names import MAX_PACE, MIN_PACE
from voiceguide.errors import SpeechError
from voiceguide.speech.engines.onnx_telemetry import disable_telemetry, silence_log
from voiceguide.speech.engines.pace_limits import check_pace
from voiceguide.speech.engines.piper.chinese_models import require_chinese_models
from voiceguide.speech.engines.piper.voice_files import (
    PiperVoiceFile,
    find_piper_voice,
    installed_piper_voices,
    read_piper_voices,
)
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.speech.text_normalization import split_into_chunks
from voiceguide.system.memory_limits import require_memory
from voiceguide.system.shortages import raise_if_shortage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["PiperEngine"]

INSTALL_HINT = 'Install it with: pip install "voiceguide[piper]"'
MAX_PIECE_CHARS = 400
"""Longest text per model call. 5,000 characters took 900 MB of memory."""
SYNTHESIS_BYTES = 100_000_000
"""Address space for one model call, in addition to the model itself."""
SENTENCE_PAUSE_S = 0.3
"""Pause between sentences at pace 1. piper itself adds almost none."""
UNSCALED_LENGTH_SHARE = 0.25
"""Fraction of a clip's length that `length_scale` does not change, because piper rounds each phoneme up to whole
frames. The fraction was measured with en_US-joe-medium on ten instructions. This fraction depends on the model
architecture, not on the voice."""
REVISION = 2
"""Increment this number when a change to the handling of text, pauses or pace affects the audio."""


class PiperEngine:
    """Speaks with any piper voice file. The engine is not parallel, because the model uses all cores for one clip."""

    name = "piper"
    parallel = False

    def __init__(self) -> None:
        self._models: dict[PiperVoiceFile, Any] = {}
        self._lock = threading.Lock()

    def version(self) -> str:
        """Return a version such as `piper-tts 1.8.0 revision 1`.

        Raises:
            SpeechError: if piper-tts is not installed.
        """
        try:
            return f"piper-tts {metadata.version('piper-tts')} revision {REVISION}"
        except metadata.PackageNotFoundError as error:
            raise SpeechError(f"piper is not installed. {INSTALL_HINT}") from error

    def voice_version(self, voice: str) -> str:
        """Return the file sizes and modification times of a voice, or of all voices if `voice` is empty."""
        files = [find_piper_voice(voice, "")] if voice else installed_piper_voices()
        return ", ".join(f"{file.name} {file.size_and_mtime()}" for file in files)

    def voices(self) -> list[Voice]:
        installed = find_spec("piper") is not None
        note = "" if installed else INSTALL_HINT
        files, unusable = read_piper_voices()
        return [
            Voice(self.name, file.name, file.language, installed=installed, quality="natural", note=note)
            for file in files
        ] + [
            Voice(self.name, name, "mul", installed=False, quality="natural", note=problem)
            for name, problem in unusable.items()
        ]

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError if piper or the voice is not installed."""
        self.version()
        find_piper_voice(voice, language)

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`; see the protocol. `voice` is a name, the path of a .onnx file, or empty.

        Raises:
            SpeechError: if the voice is missing, the pace is out of range, or the text cannot be read.
        """
        import numpy as np

        check_pace("piper", pace, MIN_PACE, MAX_PACE)
        model = self._load_model(find_piper_voice(voice, language))
        rate_hz = int(model.config.sample_rate)
        pause = np.zeros(round(SENTENCE_PAUSE_S / pace * rate_hz), np.float32)
        parts: list[npt.NDArray[np.float32]] = []
        for sentence in self._synthesize_sentences(model, text, pace):
            parts += [pause, sentence] if parts else [sentence]
        if not parts:
            raise SpeechError(f'piper cannot pronounce "{text[:60]}". Write it in words.')
        return Speech(np.concatenate(parts), rate_hz)

    def close(self) -> None:
        self._models.clear()

    def _synthesize_sentences(self, model: Any, text: str, pace: float) -> list[npt.NDArray[np.float32]]:
        from piper import SynthesisConfig

        scale = (1 / pace - UNSCALED_LENGTH_SHARE) / (1 - UNSCALED_LENGTH_SHARE) * model.config.length_scale
        config = SynthesisConfig(length_scale=scale, noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False)
        plain = text.replace("[[", "[ [")  # piper would read the contents of [[ ]] as phonemes
        try:
            pieces = split_into_chunks(plain, MAX_PIECE_CHARS)
            return [chunk.audio_float_array for piece in pieces for chunk in model.synthesize(piece, config)]
        except (ValueError, KeyError, IndexError, RuntimeError) as error:
            raise SpeechError(f'piper cannot speak "{text[:60]}" ({error}). Use different words.') from error

    def _load_model(self, voice_file: PiperVoiceFile) -> Any:
        with self._lock:
            if voice_file not in self._models:
                self._models[voice_file] = _load_voice(voice_file)
            return self._models[voice_file]


def _load_voice(voice_file: PiperVoiceFile) -> Any:
    disable_telemetry()
    try:
        from piper import PiperVoice
    except ImportError as error:
        raise SpeechError(f"piper is not installed. {INSTALL_HINT}") from error
    silence_log()
    require_memory(2 * voice_file.model_path.stat().st_size + SYNTHESIS_BYTES)
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # onnxruntime prints why it tries a second time
            model: Any = PiperVoice.load(voice_file.model_path)
    except Exception as error:  # onnxruntime's exceptions have no narrower base class
        raise_if_shortage(error)
        message = " ".join(str(error).split())[:200]
        raise SpeechError(
            f"The piper voice {voice_file.model_path} cannot be loaded ({message}). Download it again."
        ) from error
    model.download_dir = voice_file.model_path.parent
    if model.config.phoneme_type == "pinyin":
        require_chinese_models(voice_file.name, model.download_dir / "g2pW")
    return model
