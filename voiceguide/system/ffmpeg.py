"""Find ffmpeg and run it as a child process, with piped input and a watchdog that kills it if it hangs."""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from voiceguide.errors import ExportError
from voiceguide.system.memory_limits import is_memory_limited
from voiceguide.system.process_group import kill_process_group
from voiceguide.system.shortages import SHORTAGES, find_shortage, raise_if_shortage
from voiceguide.system.time_limit import TimeLimit, communicate

__all__ = ["FfmpegProcess", "decode_with_ffmpeg", "ffmpeg_version", "find_ffmpeg", "run_ffmpeg", "start_decoder"]

STALL_S = 60.0
"""ffmpeg is considered hung if it neither reads nor writes a byte for this many seconds. Time during which this process
is suspended does not count."""
_CHUNK_BYTES = 1 << 18
_MAX_STDERR_BYTES = 1 << 14
_LOG_PREFIX = re.compile(r"^(\[[^\]]*\] *)+")
"""The prefix of an ffmpeg message: the reporting component and its address."""
_DISK_FULL = "No space left on device"


def find_ffmpeg() -> str:
    """Return the path in VOICEGUIDE_FFMPEG if it is set, otherwise the path of the ffmpeg bundled with imageio-ffmpeg.

    Raises:
        ExportError: if neither exists.
    """
    if configured := os.environ.get("VOICEGUIDE_FFMPEG"):
        return configured
    import imageio_ffmpeg

    # `get_ffmpeg_exe` would run the program first, and take it for missing if the system refuses another process.
    for bundled in Path(imageio_ffmpeg.__file__).with_name("binaries").glob("ffmpeg-*"):
        return str(bundled)
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ExportError(
            "ffmpeg was not found. Reinstall voiceguide to restore the bundled ffmpeg, "
            "or set VOICEGUIDE_FFMPEG to the path of another one."
        ) from error


def ffmpeg_version() -> str:
    """Return the versions of ffmpeg and its libraries, which affect its output."""
    return _read_version(find_ffmpeg())


@functools.lru_cache(maxsize=4)
def _read_version(path: str) -> str:
    with FfmpegProcess(["-version"], action="report its version", path=path) as child:
        text = child.read_all().decode("utf-8", "replace")
    return "\n".join(line for line in text.splitlines() if line.startswith(("ffmpeg version", "lib")))


@contextlib.contextmanager
def _start_errors(program: str) -> Iterator[str]:
    try:
        yield program
    except OSError as error:
        raise_if_shortage(error)
        raise ExportError(
            f"ffmpeg could not be started: {program}: {error.strerror}. "
            "Reinstall voiceguide, or set VOICEGUIDE_FFMPEG to the path of a working one."
        ) from error


def start_decoder(arguments: Sequence[str], messages: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    """Start ffmpeg with its standard output connected to a pipe.

    `messages` is the destination for ffmpeg's standard error.

    The caller must read the output, enforce a time limit and wait for the process.

    Raises:
        ExportError: if ffmpeg could not be started.
    """
    with _start_errors(find_ffmpeg()) as program:
        return subprocess.Popen(
            [program, "-hide_banner", "-nostdin", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
        )


def decode_with_ffmpeg(arguments: Sequence[str], timeout_s: float) -> bytes:
    """Run ffmpeg on a file written by another program and return its standard output.

    ffmpeg is only allowed to open files and pipes, so the file cannot make it connect to the network.

    Raises:
        ExportError: if ffmpeg could not be started.
        subprocess.CalledProcessError: if ffmpeg failed. The `stderr` attribute contains its messages.
        subprocess.TimeoutExpired: if ffmpeg took longer than `timeout_s` seconds.
    """
    with _start_errors(find_ffmpeg()) as program:
        command = [program, "-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with process:
        try:
            output, messages = communicate(process, None, timeout_s)
        finally:
            process.kill()
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command, output, messages)
    return output


class FfmpegProcess:
    """A running ffmpeg process. Call `write` to send input to ffmpeg, and `read_all` to get its output.

    One thread reads the output of ffmpeg, and another one reads its messages. While the caller waits, a third thread
    kills ffmpeg if it neither reads nor writes a byte for `stall_s` seconds. Leaving the `with` block early also kills
    ffmpeg.
    """

    def __init__(
        self, arguments: Sequence[str], *, action: str, stall_s: float = STALL_S, path: str | None = None
    ) -> None:
        """Start ffmpeg. `action` completes the sentence "ffmpeg could not ..." in error messages."""
        self._action = action
        self._stall_s = stall_s
        self._is_waiting = False
        self._has_progressed = False
        self._hung = False
        self._closed = threading.Event()
        self._output = bytearray()
        self._stderr_tail = bytearray()
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._read_stdout, self._read_stderr, self._kill_when_stalled)
        ]
        try:
            with ThreadPoolExecutor(1) as starter:  # in a thread of its own, no signal can interrupt the start
                starter.submit(self._start, path or find_ffmpeg(), arguments).result()
        except BaseException:
            if hasattr(self, "_process"):  # otherwise it would create its file after that has been cleaned up
                self.close()
            raise

    def _start(self, path: str, arguments: Sequence[str]) -> None:
        with _start_errors(path) as program:
            self._process = subprocess.Popen(
                [program, "-hide_banner", "-nostdin", "-loglevel", "error", *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        _use_batch_scheduling(self._process.pid)
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> FfmpegProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill ffmpeg if it is still running, and release its pipes and threads."""
        self.kill()
        self._process.wait()
        self._closed.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()
        self._close_input()

    def kill(self) -> None:
        """Kill ffmpeg and all processes it has started.

        This method can be called from any thread and more than once.
        """
        if self._process.poll() is None:
            kill_process_group(self._process)

    def write(self, data: bytes | memoryview) -> None:
        """Write to ffmpeg's standard input. Blocks while ffmpeg is busy.

        Raises:
            ExportError: if ffmpeg has exited or hangs.
        """
        pipe = self._process.stdin
        assert pipe is not None
        view = memoryview(data).cast("B")
        try:
            for start in range(0, len(view), _CHUNK_BYTES):
                self._is_waiting = self._has_progressed = True
                pipe.write(view[start : start + _CHUNK_BYTES])
        except BrokenPipeError as error:
            self._process.wait()
            raise self._make_error() from error
        except OSError as error:  # ffmpeg is still waiting for input and would be killed only after `stall_s`
            self.kill()
            raise ExportError(f"ffmpeg could not {self._action}: {error.strerror or error}. Try again.") from error
        finally:
            self._is_waiting = False

    def read_available(self, size: int) -> bytearray | None:
        """Remove and return the next `size` bytes of the output, or None if fewer are available.

        This method does not block.
        """
        if len(self._output) < size:
            return None
        data = self._output[:size]
        del self._output[:size]
        return data

    def read_all(self) -> bytes:
        """Close the input, wait, and return the rest of the output. Raises the same errors as `read_rest`."""
        return bytes(self.read_rest())

    def read_rest(self) -> bytearray:
        """Close the input, wait for ffmpeg to exit, and return the rest of its standard output without copying it.

        Raises:
            ExportError: if ffmpeg failed. The message states the cause.
        """
        self._is_waiting = self._has_progressed = True
        self._close_input()
        for thread in self._threads[:2]:
            thread.join()
        status = self._process.wait()
        self._is_waiting = False
        if status != 0:
            raise self._make_error()
        return self._output

    def _close_input(self) -> None:
        pipe = self._process.stdin
        if pipe and not pipe.closed:
            try:
                pipe.close()
            except OSError:
                return  # ffmpeg has already exited; its exit status says why

    def _read_stdout(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # an interrupt may close the pipe during a read
            assert self._process.stdout is not None
            while data := os.read(self._process.stdout.fileno(), _CHUNK_BYTES):
                self._output += data
                self._has_progressed = True

    def _read_stderr(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stderr is not None
            while data := os.read(self._process.stderr.fileno(), _CHUNK_BYTES):
                self._stderr_tail += data
                del self._stderr_tail[:-_MAX_STDERR_BYTES]

    def _kill_when_stalled(self) -> None:
        limit = TimeLimit(self._stall_s)
        while not self._closed.wait(limit.wait_s):
            if self._has_progressed or not self._is_waiting:
                self._has_progressed = False
                limit = TimeLimit(self._stall_s)
            elif limit.has_expired():
                self._hung = True
                self.kill()
                return

    def _make_error(self) -> ExportError:
        if self._hung:
            return ExportError(
                f"ffmpeg could not {self._action}: it hung for {self._stall_s:g} seconds and was stopped. Try again."
            )
        self._threads[1].join(timeout=1)
        lines = self._stderr_tail.decode("utf-8", "replace").strip().splitlines()
        if any(_DISK_FULL in line for line in lines):
            return ExportError(f"ffmpeg could not {self._action}: the disk is full. Free some space and try again.")
        if _is_killed_by(self._process.returncode, "SIGXFSZ"):
            return ExportError(
                f"ffmpeg could not {self._action}: the file is larger than this disk or account allows. "
                "Choose another folder."
            )
        shortage = find_shortage("\n".join(lines))
        if not shortage and is_memory_limited() and _is_killed_by(self._process.returncode, "SIGSEGV"):
            shortage = errno.ENOMEM  # the bundled ffmpeg, or what loads it, does not check for every shortage
        if shortage:
            return ExportError(f"ffmpeg could not {self._action}. {SHORTAGES[shortage]}")
        cause = (
            _LOG_PREFIX.sub("", lines[-1]).strip().rstrip(".")
            if lines
            else f"it exited with status {self._process.returncode}"
        )
        advice = "Unset VOICEGUIDE_FFMPEG" if os.environ.get("VOICEGUIDE_FFMPEG") else "Try again"
        return ExportError(f"ffmpeg could not {self._action}: {cause}. {advice}.")


def _is_killed_by(status: int, name: str) -> bool:
    """Return whether a process ended by this signal. Windows has no such signals."""
    return status < 0 and getattr(signal, name, None) == -status


def _use_batch_scheduling(pid: int) -> None:
    """Make Linux schedule ffmpeg as a batch job.

    ffmpeg's threads pass frames to one another. Under the default policy, a woken thread preempts the thread that woke
    it, which wastes a tenth of the encoding time and a fifth of the decoding time.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # this may require privileges
            os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0))


def run_ffmpeg(
    arguments: Sequence[str], *, action: str, input_chunks: Iterable[bytes | memoryview] = (), stall_s: float = STALL_S
) -> bytes:
    """Run ffmpeg with `input_chunks` as its standard input and return its standard output.

    Raises:
        ExportError: if ffmpeg could not be started, failed or hung.
    """
    with FfmpegProcess(arguments, action=action, stall_s=stall_s) as child:
        for data in input_chunks:
            child.write(data)
        return child.read_all()
