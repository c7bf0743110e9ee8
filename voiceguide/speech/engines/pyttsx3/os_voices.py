"""The voices of macOS and Windows seen from the parent: pyttsx3's public API, one child process for each clip."""

from __future__ import annotations

import math
import os
import platform
import subprocess
import threading
import wave
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.speech.engines.pyttsx3.clip_check import MAX_CLIP_S, ClipError, samples_of
from voiceguide.speech.engines.pyttsx3.voice_match import SystemVoice, language_tag
from voiceguide.system.ffmpeg import decode_with_ffmpeg
from voiceguide.system.python_child import ChildError, ask_once
from voiceguide.system.temp_dirs import scratch_folder

__all__ = ["SystemVoices"]

_OWN_RATE_WPM = 175.0
_SAPI_OWN_RATE_WPM, _SAPI_STEP = 156.63, 1.11
"""pyttsx3's SAPI driver turns words a minute into SAPI's whole steps with these: rate = 156.63 * 1.11 ** step."""
_PACE_RANGE = (0.46, 2.57)
_CONTAINERS = {b"RIFF": "wav", b"FORM": "aiff"}
"""What a file is by its first bytes; NSSpeech writes AIFF whatever the name."""


class SystemVoices:
    """Speaks through any driver of pyttsx3. Safe to use from several threads; `size` clips are made at a time."""

    quality = ""

    def __init__(self, driver: str, size: int, clip_limit_s: float) -> None:
        self._driver = driver
        self._clip_limit_s = clip_limit_s
        self._places = threading.BoundedSemaphore(size)

    def describe(self) -> str:
        """What the sound depends on beside pyttsx3 itself: the driver, and the system that holds the voices."""
        return f"{self._driver}, {platform.system()} {platform.mac_ver()[0] or platform.version()}"

    def voices(self) -> list[SystemVoice]:
        """Every voice, unsorted."""
        with scratch_folder() as folder:
            told = self._ask({}, folder, self._clip_limit_s)["voices"]
        return [
            SystemVoice(
                id=voice["id"],
                name=voice["id"].rpartition("\\")[2],  # a SAPI id is a whole registry key
                language=language_tag(voice["language"]) if voice["language"] else "und",
                gender=_gender(voice["gender"]),
                title=voice["title"],
            )
            for voice in told
        ]

    def rate_wpm(self, pace: float, language: str) -> float:
        """The words a minute to ask for. SAPI knows steps of 11 % only: the nearest one is chosen."""
        if self._driver != "sapi5":
            return round(_OWN_RATE_WPM * pace)
        steps = round(math.log(pace, _SAPI_STEP))
        # The driver cuts to whole steps towards zero: aim a little beyond, or the last step is lost to rounding.
        return float(_SAPI_OWN_RATE_WPM * _SAPI_STEP ** (steps + math.copysign(0.001, steps)))

    def pace_range(self, language: str) -> tuple[float, float]:
        """The slowest and the fastest pace."""
        return _PACE_RANGE

    def speak(self, text: str, voice_id: str, rate_wpm: float) -> tuple[npt.NDArray[np.int16], int]:
        """One clip, mono of shape (frames,), and its rate in hertz.

        Raises:
            ClipError: when it did not come whole, whatever the reason.
        """
        with scratch_folder() as folder:
            path = Path(folder, "clip.aiff" if self._driver == "nsss" else "clip.wav")
            request = {"text": text, "voice": voice_id, "rate": rate_wpm, "path": str(path)}
            self._ask(request, folder, self._clip_limit_s + len(text) / 1000)
            return _read_clip(path)

    def close(self) -> None:
        """Nothing is left running between clips."""

    def _ask(self, request: dict[str, Any], folder: str, limit_s: float) -> dict[str, Any]:
        whole = {"driver": self._driver, "limit_s": limit_s + 1, **request}
        try:
            with self._places:
                answer = ask_once("voiceguide.speech.engines.pyttsx3.driver_process", whole, folder, limit_s)
        except ChildError as error:
            raise ClipError(str(error)) from error
        if "error" in answer:
            raise ClipError(answer["error"])
        return answer


def _gender(told: str) -> str:
    """NSSpeech says VoiceGenderFemale, SAPI Female."""
    lowered = told.lower()
    return "female" if "female" in lowered else "male" if "male" in lowered else ""


def _read_clip(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """The samples of whatever the driver wrote, decoded by ffmpeg with the format named, never guessed."""
    try:
        with path.open("rb") as file:
            container = _CONTAINERS.get(file.read(4))
    except FileNotFoundError as error:
        raise ClipError("the driver wrote no file") from error
    if container is None:
        raise ClipError("the driver wrote a file that is neither WAV nor AIFF")
    decoded = path.with_name("decoded.wav")
    _decode(path, container, decoded)
    try:
        with wave.open(os.fspath(decoded), "rb") as clip:
            return samples_of(clip.readframes(clip.getnframes())), clip.getframerate()
    except (wave.Error, EOFError, OSError) as error:
        raise ClipError(f"the decoded clip cannot be read ({error})") from error


def _decode(path: Path, container: str, decoded: Path) -> None:
    limits = ["-t", str(MAX_CLIP_S + 1), "-ac", "1", "-c:a", "pcm_s16le"]
    try:
        decode_with_ffmpeg(["-f", container, "-i", f"file:{path}", *limits, f"file:{decoded}"], timeout_s=60)
    except subprocess.CalledProcessError as error:
        raise ClipError(f"the clip cannot be decoded ({error.stderr.decode('utf-8', 'replace').strip()})") from error
    except subprocess.TimeoutExpired as error:
        raise ClipError("the clip was not decoded within 60 s") from error
