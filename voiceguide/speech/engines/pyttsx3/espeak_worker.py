"""A process that speaks with eSpeak through pyttsx3's binding and forks for each clip.

eSpeak's output depends on what it spoke before. The asynchronous mode of eSpeak, which pyttsx3 uses, loses clips and
ignores rates. This process therefore opens eSpeak once, in synchronous mode, and never speaks itself. Each clip is
synthesized in a fork of this unused process, so its audio is always the same, and a crash affects no other clip.

Requests are JSON lines on stdin, one at a time: `{"id", "limit_s", "text", "voice", "rate"}` for a clip, or only the
first two keys to list the voices. A response is a JSON line, `{"id", "bytes", ...}` or `{"id", "bytes": 0, "error"}`,
followed by that number of bytes. A clip's bytes are signed 16-bit samples. The first line, with ID 0, means that the
worker is ready. Run this module as `espeak_worker LIBRARY VERSION PARENT_PID`, in eSpeak's data folder unless the
library finds its own data.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import select
import signal
import sys
import traceback
from pathlib import Path
from typing import IO, Any, NoReturn

__all__ = ["ESPEAK_RATE_HZ", "MAX_RATE_WPM", "MIN_RATE_WPM", "main"]

ESPEAK_RATE_HZ = 22_050
MIN_RATE_WPM, MAX_RATE_WPM = 80, 450
"""eSpeak silently clamps the rate to this range and still reports the requested rate."""
MAX_CLIP_BYTES = 600 * ESPEAK_RATE_HZ * 2
_MEMORY_LIMIT_BYTES = 1 << 30
_PR_SET_PDEATHSIG = 1
_MIN_AUDIBLE_PEAK = 1000
"""A sample value; full scale is 32,767. A voice that stays below this level has no dictionary, so it produces no
speech."""


class EspeakError(RuntimeError):
    """A failed eSpeak request."""


class EspeakSynthesizer:
    """eSpeak, opened once through pyttsx3's driver and used only in forks."""

    def __init__(self, library: str, version: str) -> None:
        ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
        import pyttsx3
        from pyttsx3.drivers import _espeak

        opened = _espeak.Info().decode("ascii", "replace").split(" ")[0]
        if opened != version:
            raise EspeakError(f"pyttsx3 opened eSpeak {opened} instead of {version}")
        # The driver passes this constant when it opens eSpeak. The original value, RETRIEVAL, selects asynchronous
        # mode.
        _espeak.AUDIO_OUTPUT_RETRIEVAL = _espeak.AUDIO_OUTPUT_SYNCHRONOUS
        self._espeak = _espeak
        self._engine = pyttsx3.init("espeak")
        self._driver = self._engine.proxy._driver
        self._pcm = bytearray()
        self._callback_error: BaseException | None = None
        _espeak.SetSynthCallback(self._collect_samples)

    def synthesize(self, text: str, voice: str, rate_wpm: int) -> bytes:
        """Return signed 16-bit mono samples at 22,050 Hz. `rate_wpm` must be from MIN_RATE_WPM to MAX_RATE_WPM."""
        self._driver.setProperty("voice", voice)
        self._driver.setProperty("rate", rate_wpm)
        self._driver.setProperty("volume", 1.0)
        used_voice, used_rate_wpm = self._driver.getProperty("voice"), self._driver.getProperty("rate")
        if (used_voice, used_rate_wpm) != (voice, rate_wpm):
            raise EspeakError(
                f"eSpeak used {used_voice} at {used_rate_wpm} instead of {voice} at {rate_wpm} words per minute"
            )
        return self._synthesize_with_current_voice(text)

    def voices(self) -> list[dict[str, str]]:
        """Return all audible voices. eSpeak also lists voices that have no dictionary."""
        voices = []
        for voice in self._driver.getProperty("voices"):
            if voice.id.startswith("mb/"):  # requires MBROLA, a separate program
                continue
            self._driver.setProperty("voice", voice.id)
            if _peak(self._synthesize_with_current_voice("12 a")) >= _MIN_AUDIBLE_PEAK:
                language = voice.languages[0] if voice.languages else ""
                voices.append({"id": voice.id, "language": language, "gender": voice.gender or "", "name": voice.name})
        return voices

    def _synthesize_with_current_voice(self, text: str) -> bytes:
        self._pcm.clear()
        data = text.encode()
        espeak = self._espeak
        flags = espeak.ENDPAUSE | espeak.CHARS_UTF8
        code = espeak.cSynth(data, len(data) + 1, 0, espeak.POS_CHARACTER, 0, flags, None, None)
        if self._callback_error is not None:
            raise EspeakError(f"the samples could not be stored: {self._callback_error!r}") from self._callback_error
        if code != espeak.EE_OK:
            raise EspeakError(f"espeak_Synth returned {code}")
        return bytes(self._pcm)

    def _collect_samples(self, samples: Any, count: int, _events: Any) -> int:
        """Store samples. This is eSpeak's callback. Exceptions are saved, because ctypes would only print them."""
        try:
            if count > 0 and samples:
                self._pcm.extend(ctypes.string_at(samples, count * 2))
            if len(self._pcm) > MAX_CLIP_BYTES:
                raise EspeakError("the clip is longer than ten minutes")
        except (EspeakError, MemoryError) as failure:
            self._callback_error = failure
            return 1
        return 0


def _peak(pcm: bytes) -> int:
    return max(map(abs, memoryview(pcm).cast("h")), default=0)


def answer_in_fork(synthesizer: EspeakSynthesizer, request: dict[str, Any], stdin_fd: int) -> bytes:
    """Handle one request in a fork and return the complete response. If the parent dies, kill the fork and exit."""
    read_fd, write_fd = os.pipe()
    worker_pid = os.getpid()
    fork_pid = os.fork()
    if fork_pid == 0:
        _answer_and_exit(synthesizer, request, write_fd, worker_pid)
    os.close(write_fd)
    answer = bytearray()
    while True:
        ready, _, _ = select.select([read_fd, stdin_fd], [], [])
        if stdin_fd in ready:  # the parent sends nothing before this response, so stdin was closed
            os.kill(fork_pid, signal.SIGKILL)
            os._exit(0)
        part = os.read(read_fd, 1 << 16)
        if not part:
            break
        answer += part
    os.close(read_fd)
    status = os.waitstatus_to_exitcode(os.waitpid(fork_pid, 0)[1])
    if status == 0:
        return bytes(answer)
    cause = signal.Signals(-status).name if status < 0 else f"exit code {status}"
    return _encode_answer({"id": request["id"], "error": f"eSpeak ended with {cause}"})


def _answer_and_exit(
    synthesizer: EspeakSynthesizer, request: dict[str, Any], write_fd: int, worker_pid: int
) -> NoReturn:
    """Write the response and exit. The fork must never return to the worker's loop."""
    try:
        exit_with_parent(worker_pid)
        signal.alarm(request["limit_s"])
        _lower_rlimit(resource.RLIMIT_CPU, request["limit_s"])
        _lower_rlimit(resource.RLIMIT_AS, _MEMORY_LIMIT_BYTES)
        with os.fdopen(write_fd, "wb") as answers:
            answers.write(_answer(synthesizer, request))
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(1)


def _lower_rlimit(resource_id: int, limit: int) -> None:
    hard = resource.getrlimit(resource_id)[1]
    soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(resource_id, (soft, hard))


def _answer(synthesizer: EspeakSynthesizer, request: dict[str, Any]) -> bytes:
    try:
        if "text" not in request:
            return _encode_answer({"id": request["id"], "voices": synthesizer.voices()})
        pcm = synthesizer.synthesize(request["text"], request["voice"], request["rate"])
    except (EspeakError, ValueError, MemoryError) as failure:
        return _encode_answer({"id": request["id"], "error": str(failure) or type(failure).__name__})
    return _encode_answer({"id": request["id"], "frames": len(pcm) // 2, "rate": ESPEAK_RATE_HZ}, pcm)


def _encode_answer(head: dict[str, Any], body: bytes = b"") -> bytes:
    return json.dumps({**head, "bytes": len(body)}).encode() + b"\n" + body


def exit_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends. Exit now if the parent has already ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def reserve_stdout() -> IO[bytes]:
    """Return a file for protocol messages on stdout. Redirect all other output, including output from C, to stderr."""
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return protocol


def main() -> None:
    """Handle requests until stdin closes."""
    protocol = reserve_stdout()
    library, version, parent_pid = sys.argv[1:]
    exit_with_parent(int(parent_pid))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    if Path("phontab").is_file():
        os.environ["ESPEAK_DATA_PATH"] = "."  # eSpeak exits if the path is 160 characters or longer
    synthesizer = EspeakSynthesizer(library, version)
    protocol.write(_encode_answer({"id": 0}))
    protocol.flush()
    requests = sys.stdin.buffer
    for line in iter(requests.readline, b""):
        protocol.write(answer_in_fork(synthesizer, json.loads(line), requests.fileno()))
        protocol.flush()


if __name__ == "__main__":
    main()
