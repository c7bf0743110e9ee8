"""The one protocol that every speech engine keeps, built in or from a third party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Engine", "Speech", "Voice"]


@dataclass(frozen=True)
class Voice:
    """A speaker inside an engine."""

    engine: str
    name: str
    language: str
    """BCP 47: `en-US`, `de`."""
    gender: str = ""
    """`female`, `male`, or empty where the engine does not say."""
    offline: bool = True
    installed: bool = True
    """False where choosing it would first fetch or install something."""
    quality: str = ""
    """`natural` (neural), `robotic` (formant), `test`, or empty."""
    note: str = ""
    """How to get it, where it is not installed."""

    @property
    def full_name(self) -> str:
        """ENGINE/NAME, the form that is always understood."""
        return f"{self.engine}/{self.name}"


@dataclass(frozen=True)
class Speech:
    """What an engine returns for a text: mono float32 samples in -1 to 1, shape (frames,), and their rate in hertz."""

    samples: npt.NDArray[Any]
    rate: int


@runtime_checkable
class Engine(Protocol):
    """A text-to-speech system.

    Made without arguments, cheaply: nothing heavy is loaded before the first `synthesize`. `synthesize` may be called
    from several threads when `parallel` is true; otherwise the caller sees to it that one call runs at a time. An
    engine that cannot speak a text raises `voiceguide.errors.SpeechError`; it never returns silence for words.

    An engine may also have, all optional: `takes_ipa`, true where it understands `[word](/phonemes/)`; `languages`, a
    tuple of primary subtags such as `("en",)` where all its voices speak only these and that is known without loading
    anything; `voice_version(voice) -> str`, where a voice is a file or a program that changes by itself;
    `check_voice(voice, language)`, which raises SpeechError for a voice that is not there, so that a script that names
    one is told of before anything is spoken.
    """

    name: str
    parallel: bool

    def version(self) -> str:
        """All that the sound of a clip depends on beside voice, pace and text, for the cache key."""

    def voices(self) -> list[Voice]:
        """Every voice, the best for each language first."""

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`, already made speakable, with the voice of that name.

        `pace` is 1.0 for the voice's own pace; 0.8 says 0.8 times as many words a second. `language` is BCP 47, for
        engines whose voices speak several. An empty `voice` is the engine's own choice for the language.
        """

    def close(self) -> None:
        """End child processes and free models. May be called twice, and before any use."""
