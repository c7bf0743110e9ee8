"""The voices of macOS and Windows, used through pyttsx3's public API in one child process per clip."""

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

from voiceguide.speech.engines.clip_check import MAX_CLIP_S, ClipError, pcm_to_int16
from voiceguide.speech.engines.pyttsx3.voice_match import SystemVoice, normalize_language_tag
from voiceguide.system.ffmpeg import decode_with_ffmpeg
from voiceguide.system.python_child import PythonChildError, call_module
from voiceguide.system.temp_dirs import make_temp_dir

__all__ = ["ProcessPerClipBackend"]

_DEFAULT_RATE_WPM = 175.0
_SAPI_DEFAULT_RATE_WPM, _SAPI_STEP_RATIO = 156.63, 1.11
"""pyttsx3's SAPI driver converts words per minute to integer steps: rate = 156.63 * 1.11 ** step."""
_PACE_RANGE = (0.46, 2.57)
_FORMAT_BY_MAGIC = {b"RIFF": "wav", b"FORM": "aiff"}
"""Maps the first bytes of a file to ffmpeg's name for the format. NSSpeech writes AIFF regardless of the extension."""


class ProcessPerClipBackend:
    """The backend for any pyttsx3 driver, which is thread-safe and runs up to `max_processes` processes at a time."""

    quality = ""

    def __init__(self, driver: str, max_processes: int, clip_timeout_s: float) -> None:
        self._driver = driver
        self._clip_timeout_s = clip_timeout_s
        self._process_slots = threading.BoundedSemaphore(max_processes)

    def describe_version(self) -> str:
        """Return the driver and the operating system. The audio depends on both."""
        return f"{self._driver}, {platform.system()} {platform.mac_ver()[0] or platform.version()}"

    def voices(self) -> list[SystemVoice]:
        """Return all voices, in no particular order."""
        with make_temp_dir() as folder:
            voices = self._run_request({}, folder, self._clip_timeout_s)["voices"]
        return [
            SystemVoice(
                id=voice["id"],
                name=voice["id"].rpartition("\\")[2],  # a SAPI ID is a full registry key
                language=normalize_language_tag(voice["language"]) if voice["language"] else "und",
                gender=_parse_gender(voice["gender"]),
                title=voice["title"],
            )
            for voice in voices
        ]

    def pace_to_wpm(self, pace: float, language: str) -> float:
        """Return the rate to request, in words per minute.

        SAPI supports only steps of 11 %, so the nearest step is used.
        """
        if self._driver != "sapi5":
            return round(_DEFAULT_RATE_WPM * pace)
        steps = round(math.log(pace, _SAPI_STEP_RATIO))
        # The driver truncates to whole steps. Aim slightly beyond the step, because a rounding error could otherwise
        # lose a whole step.
        return float(_SAPI_DEFAULT_RATE_WPM * _SAPI_STEP_RATIO ** (steps + math.copysign(0.001, steps)))

    def pace_range(self, language: str) -> tuple[float, float]:
        """Return the slowest and the fastest pace."""
        return _PACE_RANGE

    def synthesize_clip(self, text: str, voice_id: str, rate_wpm: float) -> tuple[npt.NDArray[np.int16], int]:
        """Return one clip as mono samples, shape (frames,), and its sample rate in hertz.

        Raises:
            ClipError: if the clip is incomplete for any reason.
        """
        with make_temp_dir() as folder:
            path = Path(folder, "clip.aiff" if self._driver == "nsss" else "clip.wav")
            request = {"text": text, "voice": voice_id, "rate": rate_wpm, "path": str(path)}
            self._run_request(request, folder, self._clip_timeout_s + len(text) / 1000)
            return _read_clip(path)

    def close(self) -> None:
        """Do nothing. No process runs between clips."""

    def _run_request(self, request: dict[str, Any], folder: str, timeout_s: float) -> dict[str, Any]:
        request = {"driver": self._driver, "limit_s": timeout_s + 1, **request}
        try:
            with self._process_slots:
                answer = call_module("voiceguide.speech.engines.pyttsx3.driver_process", request, folder, timeout_s)
        except PythonChildError as error:
            raise ClipError(str(error)) from error
        if "error" in answer:
            raise ClipError(answer["error"])
        return answer


def _parse_gender(reported: str) -> str:
    """Return `female`, `male` or an empty string. NSSpeech reports VoiceGenderFemale, and SAPI reports Female."""
    lowered = reported.lower()
    return "female" if "female" in lowered else "male" if "male" in lowered else ""


def _read_clip(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Decode the driver's file with ffmpeg and an explicit format. Return the samples and the sample rate."""
    try:
        with path.open("rb") as file:
            container = _FORMAT_BY_MAGIC.get(file.read(4))
    except FileNotFoundError as error:
        raise ClipError("the driver wrote no file") from error
    if container is None:
        raise ClipError("the driver wrote a file that is neither WAV nor AIFF")
    decoded = path.with_name("decoded.wav")
    _decode_to_wav(path, container, decoded)
    try:
        with wave.open(os.fspath(decoded), "rb") as clip:
            return pcm_to_int16(clip.readframes(clip.getnframes())), clip.getframerate()
    except (wave.Error, EOFError, OSError) as error:
        raise ClipError(f"the decoded clip cannot be read ({error})") from error


def _decode_to_wav(path: Path, container: str, decoded: Path) -> None:
    limits = ["-t", str(MAX_CLIP_S + 1), "-ac", "1", "-c:a", "pcm_s16le"]
    try:
        decode_with_ffmpeg(["-f", container, "-i", f"file:{path}", *limits, f"file:{decoded}"], timeout_s=60)
    except subprocess.CalledProcessError as error:
        raise ClipError(f"the clip cannot be decoded ({error.stderr.decode('utf-8', 'replace').strip()})") from error
    except subprocess.TimeoutExpired as error:
        raise ClipError("the clip was not decoded within 60 s") from error
