"""pyttsx3: the voices of the system, made trustworthy. eSpeak on Linux, NSSpeech on macOS, SAPI 5 on Windows.

pyttsx3 itself loses clips, mixes them up and forgets rates, without an error. So it works in child processes, each clip
is checked before it is believed, and one that fails is asked for once more, then stops the build.
"""

from __future__ import annotations

import importlib.metadata
import math
import os
import sys
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.speech.engines.pyttsx3.clip_check import ClipError, check_clip
from voiceguide.speech.engines.pyttsx3.text_limits import (
    check_pronounceable,
    has_pronounceable_chars,
    shorten_for_message,
    split_into_pieces,
)
from voiceguide.speech.engines.pyttsx3.voice_match import SystemVoice, match_system_voice, sort_system_voices

__all__ = ["Pyttsx3Engine"]

_MAX_PIECE_CHARS = 2000
"""Characters given to a driver at once; pyttsx3 itself crashes from 15,000 on."""
_MAX_SPEECH_S = 1800
_ATTEMPTS = 2
_DRIVER_FOR_PLATFORM = {"darwin": "nsss", "win32": "sapi5"}
_Result = TypeVar("_Result")


class Backend(Protocol):
    """One way to reach the voices of a system."""

    quality: str

    def describe_version(self) -> str:
        """What the sound depends on beside pyttsx3 itself."""

    def voices(self) -> list[SystemVoice]:
        """Every voice, unsorted. Raises ClipError."""

    def pace_to_wpm(self, pace: float, language: str) -> float:
        """The words a minute to ask for, so that words come `pace` times as fast as at the voice's own pace."""

    def pace_range(self, language: str) -> tuple[float, float]:
        """The slowest and the fastest pace."""

    def synthesize_clip(self, text: str, voice_id: str, rate_wpm: float) -> tuple[npt.NDArray[np.int16], int]:
        """One clip, mono of shape (frames,), and its rate in hertz. Raises ClipError."""

    def close(self) -> None:
        """End child processes."""


class Pyttsx3Engine:
    """The engine `pyttsx3`. Several threads may use it; `workers` clips are made at a time."""

    name = "pyttsx3"
    parallel = True

    def __init__(
        self, *, driver: str | None = None, workers: int | None = None, clip_timeout_s: float | None = None
    ) -> None:
        """`driver` is pyttsx3's name for one, None for the platform's own. A clip may take `clip_limit_s` seconds, None
        standing for 10 s with eSpeak and 60 s with the others, and a second more for every 1,000 characters."""
        self._backend = _make_backend(
            driver or _DRIVER_FOR_PLATFORM.get(sys.platform, "espeak"), workers, clip_timeout_s
        )
        self._lock = threading.Lock()
        self._voices: list[SystemVoice] | None = None

    def version(self) -> str:
        """Such as `pyttsx3 2.99, espeak-ng 1.52.0 (wheel)`. Starts no process."""
        return f"pyttsx3 {importlib.metadata.version('pyttsx3')}, {self._backend.describe_version()}"

    def voices(self) -> list[Voice]:
        """Every voice of the system that makes a sound, by language, the plain voice of each language first."""
        return [voice.as_voice(self.name, self._backend.quality) for voice in self._cached_voices()]

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError for a voice that the system does not have, naming the nearest."""
        match_system_voice(self._cached_voices(), voice, language, self.name)

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`; see the protocol. `language` picks the voice where `voice` is empty or `default`.

        Raises:
            SpeechError: for an unspeakable text, an unknown voice, a pace out of reach, or a clip that failed twice.
        """
        check_pronounceable(text, self.name)
        speaker = match_system_voice(self._cached_voices(), voice, language, self.name)
        slowest, fastest = self._backend.pace_range(speaker.language)
        if not slowest <= pace <= fastest:
            raise SpeechError(
                f"{self.name}/{speaker.name} cannot speak at pace {pace:g}. "
                f"Choose a pace from {math.ceil(slowest * 100) / 100:g} to {math.floor(fastest * 100) / 100:g}."
            )
        clips = []
        for piece in filter(has_pronounceable_chars, split_into_pieces(text, _MAX_PIECE_CHARS)):
            clips.append(self._synthesize_piece(piece, speaker, pace))
            if sum(len(samples) / rate for samples, rate in clips) > _MAX_SPEECH_S:
                raise SpeechError(
                    f'{self.name} stops at half an hour of "{shorten_for_message(text)}": cut the text into several steps.'
                )
        samples = np.concatenate([samples for samples, _ in clips]).astype(np.float32) / np.float32(32768)
        return Speech(samples, clips[0][1])

    def close(self) -> None:
        """End child processes."""
        self._backend.close()

    def _cached_voices(self) -> list[SystemVoice]:
        with self._lock:
            if self._voices is None:
                self._voices = sort_system_voices(
                    self._try_twice(self._backend.voices, "list its voices", "Choose another engine")
                )
            return self._voices

    def _synthesize_piece(self, text: str, speaker: SystemVoice, pace: float) -> tuple[npt.NDArray[np.int16], int]:
        rate_wpm = self._backend.pace_to_wpm(pace, speaker.language)

        def make() -> tuple[npt.NDArray[np.int16], int]:
            samples, rate_hz = self._backend.synthesize_clip(text, speaker.id, rate_wpm)
            check_clip(samples, rate_hz, text, pace)
            return samples, rate_hz

        what = f'speak "{shorten_for_message(text)}" with the voice {speaker.name}'
        return self._try_twice(make, what, "Try other words or another voice")

    def _try_twice(self, attempt: Callable[[], _Result], action: str, hint: str) -> _Result:
        failure = ClipError("it was not tried")
        for _ in range(_ATTEMPTS):
            try:
                return attempt()
            except ClipError as error:
                failure = error
        raise SpeechError(
            f"{self.name} could not {action}, twice: {failure}. {hint}; voiceguide doctor shows what is missing."
        ) from failure


def _make_backend(driver: str, workers: int | None, clip_timeout_s: float | None) -> Backend:
    size = workers or min(4, os.cpu_count() or 1)
    if driver == "espeak" and sys.platform not in _DRIVER_FOR_PLATFORM:
        from voiceguide.speech.engines.pyttsx3.espeak_pool import EspeakPool

        return EspeakPool(size, clip_timeout_s or 10.0)
    from voiceguide.speech.engines.pyttsx3.os_voices import ProcessPerClipBackend

    return ProcessPerClipBackend(driver, size, clip_timeout_s or 60.0)
