"""The process that speaks with eSpeak through pyttsx3's binding: no loop, no thread, one fork for every clip.

What eSpeak says depends on what it said before, and its asynchronous mode, which pyttsx3 uses, loses clips and
rates. So eSpeak is opened here once, synchronously, and never used: each clip is made in a fork of this pristine
process, which makes it the same every time and keeps a crash in it to itself.

Requests come as JSON lines on stdin, one at a time: `{"id", "limit_s", "text", "voice", "rate"}`, or without the last
three for the voices. An answer is a JSON line, `{"id", "bytes", ...}` or `{"id", "bytes": 0, "error"}`, and then so
many bytes: signed 16-bit samples for a clip. The first line, with id 0, says that the worker is ready. Run as
`espeak_worker LIBRARY VERSION PARENT_PID`, in the folder of eSpeak's data where it is not the library's own.
"""

from __future__ import annotations

import ctypes
import hashlib
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
"""eSpeak speaks no slower and no faster, and tells the rate it was given all the same."""
MAX_CLIP_BYTES = 600 * ESPEAK_RATE_HZ * 2
_MEMORY_LIMIT_BYTES = 1 << 30
_PR_SET_PDEATHSIG = 1
_MIN_AUDIBLE_PEAK = 1000
"""Of 32,767: a voice that never gets as loud has no dictionary and says nothing."""


class EspeakError(RuntimeError):
    """eSpeak did not do what it was told."""


class EspeakSynthesizer:
    """eSpeak, opened once through pyttsx3's driver and used in forks only."""

    def __init__(self, library: str, version: str) -> None:
        ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
        import pyttsx3
        from pyttsx3.drivers import _espeak

        opened = _espeak.Info().decode("ascii", "replace").split(" ")[0]
        if opened != version:
            raise EspeakError(f"pyttsx3 opened eSpeak {opened} in place of {version}")
        # The driver asks for RETRIEVAL by this name when it opens eSpeak, and that mode works behind the caller's back.
        _espeak.AUDIO_OUTPUT_RETRIEVAL = _espeak.AUDIO_OUTPUT_SYNCHRONOUS
        self._espeak = _espeak
        self._engine = pyttsx3.init("espeak")
        self._driver = self._engine.proxy._driver
        self._pcm = bytearray()
        self._callback_error: BaseException | None = None
        _espeak.SetSynthCallback(self._collect_samples)

    def synthesize(self, text: str, voice: str, rate: int) -> bytes:
        """Signed 16-bit mono samples at 22,050 Hz. `rate` is eSpeak's words a minute, 80 to 450."""
        if not MIN_RATE_WPM <= rate <= MAX_RATE_WPM:
            raise EspeakError(f"eSpeak speaks {MIN_RATE_WPM} to {MAX_RATE_WPM} words a minute, not {rate}")
        self._driver.setProperty("voice", voice)
        self._driver.setProperty("rate", rate)
        self._driver.setProperty("volume", 1.0)
        used = (self._driver.getProperty("voice"), self._driver.getProperty("rate"))
        if used != (voice, rate):
            raise EspeakError(f"eSpeak took {used[0]} at {used[1]} in place of {voice} at {rate} words a minute")
        return self._synthesize_with_current_voice(text)

    def voices(self) -> list[dict[str, str]]:
        """Every voice that makes a sound: eSpeak lists some that lack their dictionary, or a program of their own."""
        found = []
        for voice in self._driver.getProperty("voices"):
            if voice.id.startswith("mb/"):
                continue
            self._driver.setProperty("voice", voice.id)
            if _peak(self._synthesize_with_current_voice("12 a")) >= _MIN_AUDIBLE_PEAK:
                language = voice.languages[0] if voice.languages else ""
                found.append({"id": voice.id, "language": language, "gender": voice.gender or "", "name": voice.name})
        return found

    def _synthesize_with_current_voice(self, text: str) -> bytes:
        self._pcm.clear()
        data = text.encode()
        espeak = self._espeak
        flags = espeak.ENDPAUSE | espeak.CHARS_UTF8
        code = espeak.cSynth(data, len(data) + 1, 0, espeak.POS_CHARACTER, 0, flags, None, None)
        if self._callback_error is not None:
            raise EspeakError(f"the samples could not be kept: {self._callback_error!r}") from self._callback_error
        if code != espeak.EE_OK:
            raise EspeakError(f"espeak_Synth returned {code}")
        return bytes(self._pcm)

    def _collect_samples(self, samples: Any, count: int, _events: Any) -> int:
        """Called by eSpeak with samples. ctypes would print and forget an exception, and the samples with it."""
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
    """The whole answer to one request, made in a child of this process; ends everything when the parent goes away."""
    read_end, write_end = os.pipe()
    me = os.getpid()
    child = os.fork()
    if child == 0:
        _answer_and_exit(synthesizer, request, write_end, me)
    os.close(write_end)
    answer = bytearray()
    while True:
        ready, _, _ = select.select([read_end, stdin_fd], [], [])
        if stdin_fd in ready:  # no request comes before this one is answered: it is the end of the parent
            os.kill(child, signal.SIGKILL)
            os._exit(0)
        part = os.read(read_end, 1 << 16)
        if not part:
            break
        answer += part
    os.close(read_end)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 0:
        return bytes(answer)
    how = signal.Signals(-status).name if status < 0 else f"exit code {status}"
    return _encode_answer({"id": request["id"], "error": f"eSpeak ended with {how}"})


def _answer_and_exit(
    synthesizer: EspeakSynthesizer, request: dict[str, Any], write_fd: int, worker_pid: int
) -> NoReturn:
    """What the fork does. It must never return into the worker's loop, whatever happens."""
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
    told = {"frames": len(pcm) // 2, "rate": ESPEAK_RATE_HZ, "sha256": hashlib.sha256(pcm).hexdigest()}
    return _encode_answer({"id": request["id"], **told}, pcm)


def _encode_answer(head: dict[str, Any], body: bytes = b"") -> bytes:
    return json.dumps({**head, "bytes": len(body)}).encode() + b"\n" + body


def exit_with_parent(parent_pid: int) -> None:
    """Have the kernel end this process when `parent` ends; where that has happened already, end now."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(1)


def reserve_stdout() -> IO[bytes]:
    """Keep stdout for the protocol: from here on everything that prints, in Python or in C, goes to stderr."""
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return protocol


def main() -> None:
    """Answer requests until stdin closes."""
    protocol = reserve_stdout()
    library, version, parent = sys.argv[1:]
    exit_with_parent(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if Path("phontab").is_file():
        os.environ["ESPEAK_DATA_PATH"] = "."  # the full path may be too long: from 160 characters on eSpeak exits
    speaker = EspeakSynthesizer(library, version)
    protocol.write(_encode_answer({"id": 0}))
    protocol.flush()
    requests = sys.stdin.buffer
    for line in iter(requests.readline, b""):
        protocol.write(answer_in_fork(speaker, json.loads(line), requests.fileno()))
        protocol.flush()


if __name__ == "__main__":
    main()
