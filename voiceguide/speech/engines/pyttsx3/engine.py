"""pyttsx3: the operating system's voices (eSpeak on Linux, NSSpeech on macOS, SAPI 5 on Windows).

pyttsx3 itself loses clips, mixes them up and ignores rates without reporting an error. The library therefore runs in
child processes, and every clip is checked. A clip that fails the checks is retried once; a second failure is an error.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.clip_check import ClipError, check_clip
from voiceguide.speech.engines.pace_limits import check_pace
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.speech.engines.pyttsx3.voice_match import SystemVoice, match_system_voice, sort_system_voices
from voiceguide.speech.engines.text_limits import (
    check_pronounceable,
    has_pronounceable_chars,
    shorten_for_message,
    split_into_pieces,
)

__all__ = ["Pyttsx3Engine"]

_MAX_PIECE_CHARS = 2000
"""Longest text per driver call. pyttsx3 itself crashes at 15,000 characters."""
_MAX_SPEECH_S = 1800
_ATTEMPTS = 2
_DRIVER_FOR_PLATFORM = {"darwin": "nsss", "win32": "sapi5"}
_Result = TypeVar("_Result")


class Backend(Protocol):
    """Access to the operating system's voices."""

    quality: str

    def describe_version(self) -> str:
        """Return the version of everything that affects the audio except pyttsx3 itself."""

    def voices(self) -> list[SystemVoice]:
        """Return all voices, in no particular order. Raises ClipError."""

    def pace_to_wpm(self, pace: float, language: str) -> float:
        """Return the rate to request, in words per minute, to speak `pace` times as fast as normal."""

    def pace_range(self, language: str) -> tuple[float, float]:
        """Return the slowest and the fastest pace."""

    def synthesize_clip(self, text: str, voice_id: str, rate_wpm: float) -> tuple[npt.NDArray[np.int16], int]:
        """Return one clip as mono samples, shape (frames,), and its sample rate in hertz. Raises ClipError."""

    def close(self) -> None:
        """Stop child processes."""


class Pyttsx3Engine:
    """The engine `pyttsx3`, which is thread-safe and synthesizes up to `workers` clips at a time."""

    name = "pyttsx3"
    parallel = True

    def __init__(
        self, *, driver: str | None = None, workers: int | None = None, clip_timeout_s: float | None = None
    ) -> None:
        """Create the engine without starting a process.

        `driver` is the name of a pyttsx3 driver, or None for the platform's default. `clip_timeout_s` is the time limit
        for a clip; one second is added for every 1,000 characters. Without it, the limit is 10 s with eSpeak and 60 s
        with other drivers.
        """
        self._backend = _make_backend(
            driver or _DRIVER_FOR_PLATFORM.get(sys.platform, "espeak"), workers, clip_timeout_s
        )
        self._lock = threading.Lock()
        self._voices: list[SystemVoice] | None = None

    def version(self) -> str:
        """Return a version such as `pyttsx3 2.99, espeak-ng 1.52.0 (wheel)`, without starting a process."""
        return f"pyttsx3 {importlib.metadata.version('pyttsx3')}, {self._backend.describe_version()}"

    def voices(self) -> list[Voice]:
        """Return all audible voices, sorted by language, with each language's default voice first."""
        return [voice.as_voice(self.name, self._backend.quality) for voice in self._cached_voices()]

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError if the voice does not exist. The message suggests similar names."""
        match_system_voice(self._cached_voices(), voice, language, self.name)

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`; see the protocol. If `voice` is empty or `default`, `language` selects the voice.

        Raises:
            SpeechError: if the text cannot be spoken, the voice is unknown, the pace is out of range, or synthesis
                fails twice.
        """
        check_pronounceable(text, self.name)
        system_voice = match_system_voice(self._cached_voices(), voice, language, self.name)
        min_pace, max_pace = self._backend.pace_range(system_voice.language)
        check_pace(f"{self.name}/{system_voice.name}", pace, min_pace, max_pace)
        clips = []
        for piece in filter(has_pronounceable_chars, split_into_pieces(text, _MAX_PIECE_CHARS)):
            clips.append(self._synthesize_piece(piece, system_voice, pace))
            if sum(len(samples) / rate for samples, rate in clips) > _MAX_SPEECH_S:
                raise SpeechError(
                    f'"{shorten_for_message(text)}" takes {self.name} more than half an hour to speak. '
                    "Split the text into several steps."
                )
        samples = np.concatenate([samples for samples, _ in clips]).astype(np.float32) / np.float32(32768)
        return Speech(samples, clips[0][1])

    def close(self) -> None:
        """Stop child processes."""
        self._backend.close()

    def _cached_voices(self) -> list[SystemVoice]:
        with self._lock:
            if self._voices is None:
                self._voices = sort_system_voices(
                    self._try_twice(self._backend.voices, "list its voices", "Choose another engine")
                )
            return self._voices

    def _synthesize_piece(self, text: str, voice: SystemVoice, pace: float) -> tuple[npt.NDArray[np.int16], int]:
        rate_wpm = self._backend.pace_to_wpm(pace, voice.language)

        def synthesize_and_check() -> tuple[npt.NDArray[np.int16], int]:
            samples, rate_hz = self._backend.synthesize_clip(text, voice.id, rate_wpm)
            check_clip(samples, rate_hz, text, pace)
            return samples, rate_hz

        action = f'speak "{shorten_for_message(text)}" with the voice {voice.name}'
        return self._try_twice(synthesize_and_check, action, "Try different words or another voice")

    def _try_twice(self, attempt: Callable[[], _Result], action: str, hint: str) -> _Result:
        failure = ClipError("there was no attempt")
        for _ in range(_ATTEMPTS):
            try:
                return attempt()
            except ClipError as error:
                failure = error
        raise SpeechError(
            f"{self.name} failed twice to {action}: {failure}. {hint}, or check the installation."
        ) from failure


def _make_backend(driver: str, workers: int | None, clip_timeout_s: float | None) -> Backend:
    max_workers = workers or min(4, os.cpu_count() or 1)
    if driver == "espeak" and sys.platform not in _DRIVER_FOR_PLATFORM:
        from voiceguide.speech.engines.pyttsx3.espeak_pool import EspeakPool

        return EspeakPool(max_workers, clip_timeout_s or 10.0)
    from voiceguide.speech.engines.pyttsx3.os_voices import ProcessPerClipBackend

    return ProcessPerClipBackend(driver, max_workers, clip_timeout_s or 60.0)
