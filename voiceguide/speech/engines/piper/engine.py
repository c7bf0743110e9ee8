"""piper: natural voices in many languages, each a file. Optional, since piper-tts is GPL: voiceguide[piper].

Its randomness is switched off, which makes it repeatable; so is its levelling, which brings every clip to full scale.
"""

from __future__ import annotations

import threading
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.piper.voice_files import PiperVoiceFile, find_piper_voice, installed_piper_voices
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.speech.text_normalization import split_into_chunks

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["PiperEngine"]

INSTALL_HINT = 'Install it with: pip install "voiceguide[piper]"'
MAX_PIECE_CHARS = 400
"""Characters given to the model in one go: 5,000 took 900 MB."""
SENTENCE_PAUSE_S = 0.3
"""Between two sentences, at pace 1; piper itself leaves next to nothing."""
MIN_PACE, MAX_PACE = 0.5, 2.0
UNSCALED_LENGTH_SHARE = 0.25
"""Of a clip's length that `length_scale` does not reach, since piper rounds each sound up to whole frames. Measured
with en_US-joe-medium on ten instructions; it is of the architecture, not of the voice."""
REVISION = 1
"""Of what is done here with text, rests and pace; whoever changes it, and so the sound, counts on."""


class PiperEngine:
    """Speaks with any voice file of piper. Not parallel: its model uses all cores for a clip."""

    name = "piper"
    parallel = False
    takes_ipa = False

    def __init__(self) -> None:
        self._models: dict[PiperVoiceFile, Any] = {}
        self._lock = threading.Lock()

    def version(self) -> str:
        """Such as `piper-tts 1.8.0 revision 1`.

        Raises:
            SpeechError: where piper-tts is not installed.
        """
        try:
            return f"piper-tts {metadata.version('piper-tts')} revision {REVISION}"
        except metadata.PackageNotFoundError as error:
            raise SpeechError(f"piper is not installed. {INSTALL_HINT}") from error

    def voice_version(self, voice: str) -> str:
        """The state of a voice's files; of all of them where the voice is the engine's choice."""
        voices = [find_piper_voice(voice, "")] if voice else installed_piper_voices()
        return ", ".join(f"{found.name} {found.size_and_mtime()}" for found in voices)

    def voices(self) -> list[Voice]:
        installed = _is_installed()
        return [
            Voice(
                self.name,
                found.name,
                found.language,
                installed=installed,
                quality="natural",
                note=_install_note(installed),
            )
            for found in installed_piper_voices()
        ]

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError where piper or the voice is not there."""
        self.version()
        find_piper_voice(voice, language)

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`; see the protocol. `voice` is a name or the path of a .onnx; empty chooses by the language.

        Raises:
            SpeechError: for a voice that is not there, a pace out of reach, a text that piper cannot read.
        """
        import numpy as np

        if not MIN_PACE <= pace <= MAX_PACE:
            raise SpeechError(f"piper cannot speak at pace {pace:g}. Choose a pace from {MIN_PACE:g} to {MAX_PACE:g}.")
        model = self._load_model(find_piper_voice(voice, language))
        rate_hz = int(model.config.sample_rate)
        rest = np.zeros(round(SENTENCE_PAUSE_S / pace * rate_hz), np.float32)
        parts: list[npt.NDArray[np.float32]] = []
        for sentence in self._synthesize_sentences(model, text, pace):
            parts += [rest, sentence] if parts else [sentence]
        if not parts:
            raise SpeechError(f'piper has no sounds for "{text[:60]}". Write it in words.')
        return Speech(np.concatenate(parts), rate_hz)

    def close(self) -> None:
        self._models.clear()

    def _synthesize_sentences(self, model: Any, text: str, pace: float) -> list[npt.NDArray[np.float32]]:
        from piper import SynthesisConfig

        scale = (1 / pace - UNSCALED_LENGTH_SHARE) / (1 - UNSCALED_LENGTH_SHARE) * model.config.length_scale
        config = SynthesisConfig(length_scale=scale, noise_scale=0.0, noise_w_scale=0.0, normalize_audio=False)
        plain = text.replace("[[", "[ [")  # piper takes what is inside for phonemes
        try:
            pieces = split_into_chunks(plain, MAX_PIECE_CHARS)
            return [chunk.audio_float_array for piece in pieces for chunk in model.synthesize(piece, config)]
        except (ValueError, KeyError, IndexError, RuntimeError) as error:
            raise SpeechError(f'piper cannot say "{text[:60]}" ({error}). Write it in other words.') from error

    def _load_model(self, found: PiperVoiceFile) -> Any:
        with self._lock:
            if found not in self._models:
                try:
                    from piper import PiperVoice
                except ImportError as error:
                    raise SpeechError(f"piper is not installed. {INSTALL_HINT}") from error
                try:
                    self._models[found] = PiperVoice.load(found.model_path)
                except Exception as error:  # onnxruntime's own have no root but this
                    told = " ".join(str(error).split())[:200]
                    raise SpeechError(
                        f"The piper voice {found.model_path} cannot be loaded ({told}). Fetch it anew."
                    ) from error
            return self._models[found]


def _is_installed() -> bool:
    return find_spec("piper") is not None


def _install_note(installed: bool) -> str:
    return "" if installed else INSTALL_HINT
