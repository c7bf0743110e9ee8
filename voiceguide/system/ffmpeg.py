"""The ffmpeg that comes with the program, run as a child: fed through a pipe, watched, and never left behind."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType

from voiceguide.errors import ExportError

__all__ = ["FfmpegProcess", "decode_with_ffmpeg", "ffmpeg_version", "find_ffmpeg", "run_ffmpeg", "start_decoder"]

STALL_S = 60.0
"""Seconds without a byte taken or given after which a child counts as hung."""
_CHUNK_BYTES = 1 << 18
_MAX_STDERR_BYTES = 1 << 14
_LOG_PREFIX = re.compile(r"^(\[[^\]]*\] *)+")
"""What ffmpeg puts before a message: the part of it that speaks, and an address."""


@functools.lru_cache(maxsize=4)
def _find_bundled_ffmpeg() -> str:
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ExportError(
            "No ffmpeg was found. Reinstall voiceguide so that imageio-ffmpeg brings its own, "
            "or set VOICEGUIDE_FFMPEG to the path of one."
        ) from error


def find_ffmpeg() -> str:
    """The program named by VOICEGUIDE_FFMPEG, else the one inside the imageio-ffmpeg wheel."""
    return os.environ.get("VOICEGUIDE_FFMPEG") or _find_bundled_ffmpeg()


@functools.lru_cache(maxsize=4)
def _read_version(path: str) -> str:
    with FfmpegProcess(["-version"], action="tell its version", path=path) as child:
        text = child.read_all().decode("utf-8", "replace")
    return "\n".join(line for line in text.splitlines() if line.startswith(("ffmpeg version", "lib")))


def ffmpeg_version() -> str:
    """The version of ffmpeg and its libraries: what its bytes depend on beside its input and arguments."""
    return _read_version(find_ffmpeg())


@contextlib.contextmanager
def _start_errors(program: str) -> Iterator[str]:
    try:
        yield program
    except OSError as error:
        raise ExportError(
            f"ffmpeg could not be started: {program}: {error.strerror}. "
            "Reinstall voiceguide, or set VOICEGUIDE_FFMPEG to the path of a working one."
        ) from error


def start_decoder(arguments: Sequence[str], messages: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Start ffmpeg with a pipe for its output, and one for its messages unless `messages` says otherwise.

    The caller reads them, limits the time, and waits.

    Raises:
        EncodeError: ffmpeg could not be started.
    """
    with _start_errors(find_ffmpeg()) as program:
        return subprocess.Popen(
            [program, "-hide_banner", "-nostdin", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
        )


def decode_with_ffmpeg(arguments: Sequence[str], timeout_s: float) -> bytes:
    """Run ffmpeg on a file that another program wrote, and return its standard output.

    Raises:
        EncodeError: ffmpeg could not be started.
        subprocess.CalledProcessError: it failed; `stderr` has its messages.
        subprocess.TimeoutExpired: it took longer than `timeout_s`.
    """
    with _start_errors(find_ffmpeg()) as program:
        command = [program, "-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", *arguments]
        return subprocess.run(command, check=True, capture_output=True, timeout=timeout_s).stdout


class FfmpegProcess:
    """One run of ffmpeg: `write` its input, `finish` to get its whole output. Leaving the `with` early kills it.

    Two threads keep its output and its messages flowing, a third ends it when it neither takes nor gives a byte for
    `stall_s` seconds while we wait for it.
    """

    def __init__(
        self, arguments: Sequence[str], *, action: str, stall_s: float = STALL_S, path: str | None = None
    ) -> None:
        """`doing` completes the sentence "ffmpeg could not ..." """
        self._action = action
        self._stall_s = stall_s
        self._waiting_since: float | None = None
        self._hung = False
        self._closed = threading.Event()
        self._output = bytearray()
        self._stderr_tail = bytearray()
        with _start_errors(path or find_ffmpeg()) as program:
            self._process = subprocess.Popen(
                [program, "-hide_banner", "-nostdin", "-loglevel", "error", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        _use_batch_scheduling(self._process.pid)
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._read_stdout, self._read_stderr, self._kill_when_stalled)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> FfmpegProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it if it has not ended by itself, and let go of its pipes and threads."""
        self.kill()
        self._process.wait()
        self._closed.set()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        self._close_input()

    def kill(self) -> None:
        """End it and all it started, at once. May be called from any thread, and more than once."""
        if self._process.poll() is not None:
            return
        try:
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()
        except ProcessLookupError:
            pass

    def write(self, data: bytes | memoryview) -> None:
        """Feed it. Waits while it is busy.

        Raises:
            EncodeError: it has ended, or hangs.
        """
        pipe = self._process.stdin
        assert pipe is not None
        view = memoryview(data).cast("B")
        try:
            for at in range(0, len(view), _CHUNK_BYTES):
                self._waiting_since = time.monotonic()
                pipe.write(view[at : at + _CHUNK_BYTES])
        except BrokenPipeError as error:
            self._process.wait()
            raise self._make_error() from error
        except OSError as error:  # it has not ended and waits for more, so waiting for it would take its whole time
            self.kill()
            raise ExportError(f"ffmpeg could not {self._action}: {error.strerror or error}. Try again.") from error
        finally:
            self._waiting_since = None

    def read_available(self, size: int) -> bytearray | None:
        """Take the next bytes of its output, so many of them; None while it has not given as many. Does not wait."""
        if len(self._output) < size:
            return None
        data = self._output[:size]
        del self._output[:size]
        return data

    def read_all(self) -> bytes:
        """`take`, as bytes."""
        return bytes(self.read_rest())

    def read_rest(self) -> bytearray:
        """Say that the input is at its end, wait, and give what is left of its standard output, without a copy of it.

        Raises:
            EncodeError: it failed; the sentence names the cause.
        """
        self._waiting_since = time.monotonic()
        self._close_input()
        for thread in self._threads[:2]:
            thread.join()
        status = self._process.wait()
        self._waiting_since = None
        if status != 0:
            raise self._make_error()
        return self._output

    def _close_input(self) -> None:
        pipe = self._process.stdin
        if pipe and not pipe.closed:
            try:
                pipe.close()
            except OSError:
                return  # it has ended already; its exit status tells why

    def _read_stdout(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # an interrupt may close the pipe while it is read
            assert self._process.stdout is not None
            while data := os.read(self._process.stdout.fileno(), _CHUNK_BYTES):
                self._output += data
                self._note_activity()

    def _read_stderr(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stderr is not None
            while data := os.read(self._process.stderr.fileno(), _CHUNK_BYTES):
                self._stderr_tail += data
                del self._stderr_tail[:-_MAX_STDERR_BYTES]

    def _note_activity(self) -> None:
        if self._waiting_since is not None:
            self._waiting_since = time.monotonic()

    def _kill_when_stalled(self) -> None:
        while not self._closed.wait(min(1.0, self._stall_s / 4)):
            since = self._waiting_since
            if since is not None and time.monotonic() - since > self._stall_s:
                self._hung = True
                self.kill()

    def _make_error(self) -> ExportError:
        if self._hung:
            return ExportError(
                f"ffmpeg could not {self._action}: it hung for {self._stall_s:g} seconds and was ended. Try again."
            )
        self._threads[1].join(timeout=1)
        lines = self._stderr_tail.decode("utf-8", "replace").strip().splitlines()
        if any("No space left on device" in line for line in lines):
            return ExportError(f"ffmpeg could not {self._action}: the disk is full. Free some space and try again.")
        cause = (
            _LOG_PREFIX.sub("", lines[-1]).strip().rstrip(".")
            if lines
            else f"it ended with status {self._process.returncode}"
        )
        return ExportError(f"ffmpeg could not {self._action}: {cause}.")


def _use_batch_scheduling(pid: int) -> None:
    """Tell Linux that it is work for which nobody waits at every step. ffmpeg's threads hand each frame on, and woken
    at once they push each other off the core: a tenth of the time to encode, a fifth of the time to decode."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # not everybody may
            os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))


def run_ffmpeg(
    arguments: Sequence[str], *, action: str, input_chunks: Iterable[bytes | memoryview] = (), stall_s: float = STALL_S
) -> bytes:
    """Run ffmpeg over `feed` on its standard input and give what it writes to standard output.

    Raises:
        EncodeError: it could not be started, failed or hung.
    """
    with FfmpegProcess(arguments, action=action, stall_s=stall_s) as child:
        for data in input_chunks:
            child.write(data)
        return child.read_all()
