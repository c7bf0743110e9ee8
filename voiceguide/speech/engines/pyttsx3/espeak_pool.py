"""The parent's side of the eSpeak workers: a pool of processes started on demand.

Each process speaks one clip at a time.
"""

from __future__ import annotations

import itertools
import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.languages import primary_language
from voiceguide.speech.engines.clip_check import ClipError, pcm_to_int16
from voiceguide.speech.engines.pyttsx3.espeak_location import EspeakLibraryInfo, find_espeak_library
from voiceguide.speech.engines.pyttsx3.espeak_worker import ESPEAK_RATE_HZ, MAX_RATE_WPM, MIN_RATE_WPM
from voiceguide.speech.engines.pyttsx3.voice_match import SystemVoice, normalize_language_tag
from voiceguide.system.python_child import PythonChild, PythonChildError

__all__ = ["EspeakPool"]

_DEFAULT_RATE_WPM = 175
_START_TIMEOUT_S = 20.0
_DISPLAY_NAMES = {"gmw/en": "gmw/en-gb"}
"""eSpeak's ID for its British voice does not show that it is British."""
_PACE_EXPONENTS = {"cs": (1.0, 1.15), "el": (1.0, 1.15), "es": (1.0, 1.17), "it": (1.0, 1.15), "ru": (1.3, 1.5)}
"""Exponents for paces below and above 1, for languages in which the requested rate has too little effect.
Measured on sentences in 21 languages with eSpeak 1.52. The other languages need no correction: at paces from 0.6 to
1.75, they stay within 8 %.
"""


class EspeakPool:
    """The backend for Linux, which is thread-safe. Callers wait while all `max_workers` workers are busy."""

    quality = "robotic"

    def __init__(self, max_workers: int, clip_timeout_s: float) -> None:
        self._clip_timeout_s = clip_timeout_s
        self._worker_slots = threading.BoundedSemaphore(max_workers)
        self._lock = threading.Lock()
        self._idle_workers: list[PythonChild] = []
        self._request_ids = itertools.count(1)
        self._starter_thread: ThreadPoolExecutor | None = None

    def describe_version(self) -> str:
        """Return the version of everything that affects the audio except pyttsx3 itself."""
        return find_espeak_library().describe_version()

    def voices(self) -> list[SystemVoice]:
        """Return all audible voices, in no particular order."""
        head, _ = self._run_request({}, _START_TIMEOUT_S)
        voices = []
        for voice in head["voices"]:
            name = _DISPLAY_NAMES.get(voice["id"], voice["id"])
            language = normalize_language_tag(voice["language"])
            voices.append(SystemVoice(voice["id"], name, language, voice["gender"].lower(), voice["name"]))
        return voices

    def pace_to_wpm(self, pace: float, language: str) -> float:
        """Return the rate to request, in words per minute, to speak `pace` times as fast as at 175."""
        slow, fast = _pace_exponents(language)
        return round(_DEFAULT_RATE_WPM * math.pow(pace, slow if pace < 1 else fast))

    def pace_range(self, language: str) -> tuple[float, float]:
        """Return the slowest and the fastest pace."""
        slow, fast = _pace_exponents(language)
        min_ratio, max_ratio = MIN_RATE_WPM / _DEFAULT_RATE_WPM, MAX_RATE_WPM / _DEFAULT_RATE_WPM
        return math.pow(min_ratio, 1 / slow), math.pow(max_ratio, 1 / fast)

    def synthesize_clip(self, text: str, voice_id: str, rate_wpm: float) -> tuple[npt.NDArray[np.int16], int]:
        """Return one clip as mono samples, shape (frames,), and its sample rate in hertz.

        Raises:
            ClipError: if the clip is incomplete for any reason.
        """
        timeout_s = self._clip_timeout_s + len(text) / 1000
        head, pcm = self._run_request({"text": text, "voice": voice_id, "rate": int(rate_wpm)}, timeout_s)
        if head["rate"] != ESPEAK_RATE_HZ or head["frames"] * 2 != len(pcm):
            raise ClipError(f"{len(pcm)} bytes were received instead of {head['frames']} samples at {head['rate']} Hz")
        return pcm_to_int16(pcm), ESPEAK_RATE_HZ

    def close(self) -> None:
        """Stop all idle workers. The pool can still be used afterwards; it then starts new workers."""
        with self._lock:
            idle, self._idle_workers = self._idle_workers, []
            starter, self._starter_thread = self._starter_thread, None
        for child in idle:
            child.close()
        if starter is not None:
            starter.shutdown()

    def _run_request(self, request: dict[str, Any], timeout_s: float) -> tuple[dict[str, Any], bytes]:
        request = {"id": next(self._request_ids), "limit_s": int(timeout_s) + 1, **request}
        with self._worker_slots:
            with self._lock:
                child = self._idle_workers.pop() if self._idle_workers else None
            try:
                child = child or self._start_and_await_ready()
                head, body = _send_and_receive(child, request, timeout_s)
            except BaseException as error:  # including Ctrl-C; otherwise, the next request would read this response
                if child is not None:
                    child.close()
                if isinstance(error, PythonChildError):
                    raise ClipError(str(error)) from error
                raise
            with self._lock:
                self._idle_workers.append(child)
        if "error" in head:
            raise ClipError(str(head["error"]))
        return head, body

    def _start_and_await_ready(self) -> PythonChild:
        """Start a worker from a thread that lives as long as the pool.

        PDEATHSIG kills a process when the *thread* that started it ends, and the calling thread may be short-lived.
        """
        with self._lock:
            if self._starter_thread is None:
                self._starter_thread = ThreadPoolExecutor(1, "espeak-starter")
            starter = self._starter_thread
        child = starter.submit(_start_worker, find_espeak_library()).result()
        try:
            child.receive(_START_TIMEOUT_S)
        except BaseException:
            child.close()
            raise
        return child


def _pace_exponents(language: str) -> tuple[float, float]:
    return _PACE_EXPONENTS.get(primary_language(language), (1.0, 1.0))


def _start_worker(library: EspeakLibraryInfo) -> PythonChild:
    arguments = (library.path, library.version, str(os.getpid()))
    return PythonChild(
        "voiceguide.speech.engines.pyttsx3.espeak_worker", *arguments, folder=library.data_folder or os.sep
    )


def _send_and_receive(child: PythonChild, request: dict[str, Any], timeout_s: float) -> tuple[dict[str, Any], bytes]:
    child.send(request)
    head, body = child.receive(timeout_s)
    if head.get("id") != request["id"]:
        raise PythonChildError(f"request {request['id']} got the answer to request {head.get('id')}")
    return head, body
