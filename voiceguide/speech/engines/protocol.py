"""The protocol that every speech engine implements, whether built-in or third-party."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Engine", "Speech", "Voice"]


@dataclass(frozen=True)
class Voice:
    """A voice of an engine."""

    engine: str
    name: str
    language: str
    """BCP 47: `en-US`, `de`."""
    gender: str = ""
    """`female`, `male`, or empty if unknown."""
    offline: bool = True
    installed: bool = True
    """False if the voice must be downloaded or installed before it can be used."""
    quality: str = ""
    """`natural` (neural), `robotic` (formant), `test`, or empty."""
    note: str = ""
    """How to get the voice if it is not installed."""

    @property
    def full_name(self) -> str:
        """The unambiguous name: ENGINE/NAME."""
        return f"{self.engine}/{self.name}"


@dataclass(frozen=True)
class Speech:
    """Synthesized audio: mono float32 samples from -1 to 1, shape (frames,), and their sample rate in hertz."""

    samples: npt.NDArray[Any]
    rate: int


@runtime_checkable
class Engine(Protocol):
    """A text-to-speech system.

    The constructor takes no arguments and is cheap: nothing heavy is loaded before the first call to `synthesize`. An
    engine that cannot speak a text raises `SpeechError` and never returns silence instead.

    If `parallel` is true, `synthesize` may be called from several threads at once. Otherwise the caller makes one call
    at a time.

    Optional attributes and methods:

    * `takes_ipa`: true if the engine understands `[word](/phonemes/)`.
    * `languages`: a tuple of primary language subtags, such as `("en",)`, if all voices speak only these languages
      and the engine knows this without loading anything.
    * `voice_version(voice) -> str`: for voices that are files or programs, which can change when the engine does not.
    * `check_voice(voice, language)`: raises SpeechError if the voice does not exist, so that a script that uses it is
      rejected before anything is synthesized.
    """

    name: str
    parallel: bool

    def version(self) -> str:
        """Return text that identifies everything the audio depends on except the voice, pace and text.

        The result is part of the cache key.
        """

    def voices(self) -> list[Voice]:
        """Return all voices, with the best voice for each language first."""

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`, which is already normalized, with the given voice.

        A `pace` of 1.0 is the voice's normal speed; at 0.8, it speaks 0.8 times as many words per second. `language` is
        a BCP 47 tag for engines whose voices speak several languages. If `voice` is empty, the engine chooses one for
        the language.
        """

    def close(self) -> None:
        """Stop child processes and free models.

        This method may be called repeatedly, even before the engine has been used.
        """
