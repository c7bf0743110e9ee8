"""Child processes that each run one module of this package with a time limit.

Every child is killed when it is no longer needed.

A child never imports from the current directory, so that a stray `yaml.py` is not executed.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from voiceguide.system.process_group import kill_process_group
from voiceguide.system.shortages import raise_if_shortage
from voiceguide.system.time_limit import TimeLimit, communicate

__all__ = ["PythonChild", "PythonChildError", "call_module", "module_command"]

_PACKAGE_PARENT = str(Path(__file__).resolve().parents[2])
_BOOTSTRAP_CODE = (
    "import sys; sys.path[:] = [folder for folder in sys.path if folder] + [sys.argv.pop(1)]; "
    "import runpy; runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)
_MAX_HEADER_BYTES = 1 << 20


class PythonChildError(Exception):
    """A child process crashed, hung or returned an invalid answer. The message is a phrase to put after a colon."""


def module_command(module: str, *arguments: str) -> list[str]:
    """Return a command that runs a module of this package as `__main__` with the given arguments."""
    return [sys.executable, "-c", _BOOTSTRAP_CODE, _PACKAGE_PARENT, module, *arguments]


def call_module(module: str, request: dict[str, Any], folder: str, timeout_s: float) -> dict[str, Any]:
    """Send a JSON object to a module's stdin and return the JSON object from its stdout.

    `folder` is the working directory of the module. This function works on all platforms.

    Raises:
        PythonChildError: if the module takes longer than `timeout_s` seconds, fails, or writes anything but a JSON
        object.
        MemoryError, OSError: if the operating system refuses the module memory, a process, a thread or a file.
    """
    child = subprocess.Popen(
        module_command(module),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        start_new_session=True,
    )
    try:
        answer, stderr = communicate(child, json.dumps(request).encode(), timeout_s)
    except subprocess.TimeoutExpired as error:
        raise PythonChildError(f"no answer within {timeout_s:g} s") from error
    finally:
        _kill_and_close(child)
    if child.returncode != 0:
        raise PythonChildError(_describe_exit(child.returncode, stderr))
    return _parse_header(answer)


class PythonChild:
    """A child process that answers one request after another.

    Requests and answers are lines of JSON. If an answer has a `bytes` key, that number of bytes follows the answer.
    This class is not available on Windows, where pipes cannot be polled.
    """

    def __init__(self, module: str, *arguments: str, folder: str) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - open while the child runs; a full pipe would block it
        self._process = subprocess.Popen(
            module_command(module, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            bufsize=0,
            cwd=folder,
            start_new_session=True,
        )
        self._buffer = bytearray()

    @property
    def pid(self) -> int:
        """The process ID, which is also the process group ID."""
        return self._process.pid

    def send(self, request: dict[str, Any]) -> None:
        """Send a request. Call this only after the answer to the previous request has been received.

        Raises:
            PythonChildError: if the child has exited.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise PythonChildError(self._explain_exit()) from error

    def receive(self, timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """Return the next answer and its bytes.

        After an exception, the child can no longer be used and must be closed.

        Raises:
            PythonChildError: if the answer takes longer than `timeout_s` seconds or is invalid, or if the child exits.
            MemoryError, OSError: if the operating system refused the child memory, a process, a thread or a file.
        """
        limit = TimeLimit(timeout_s)
        while (newline := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _MAX_HEADER_BYTES:
                raise PythonChildError("the answer is not a line of JSON")
            self._read_more(limit, timeout_s)
        header = _parse_header(bytes(self._buffer[:newline]))
        end = newline + 1 + int(header.get("bytes", 0))
        while len(self._buffer) < end:
            self._read_more(limit, timeout_s)
        body = bytes(self._buffer[newline + 1 : end])
        del self._buffer[:end]
        return header, body

    def close(self) -> None:
        """Kill the child and its child processes, and wait for it to exit. This method can be called more than once."""
        _kill_and_close(self._process)
        self._stderr.close()

    def _read_more(self, limit: TimeLimit, timeout_s: float) -> None:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not selector.select(limit.wait_s):
                if limit.has_expired():
                    raise PythonChildError(f"no answer within {timeout_s:g} s")
        data = os.read(self._process.stdout.fileno(), 1 << 20)
        if not data:
            raise PythonChildError(self._explain_exit())
        self._buffer += data

    def _explain_exit(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)  # its own exit code is more useful than our signal
        _kill_and_close(self._process)
        self._stderr.seek(0)
        return _describe_exit(self._process.returncode, self._stderr.read())


def _kill_and_close(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        kill_process_group(child)
        child.wait()
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()


def _describe_exit(exit_code: int, stderr: bytes) -> str:
    message = stderr.decode("utf-8", "replace")
    raise_if_shortage(PythonChildError(message))
    how = signal.Signals(-exit_code).name if exit_code < 0 else f"exit code {exit_code}"
    lines = message.strip().splitlines()
    return f"its process ended with {how}" + (f" ({' / '.join(lines[-3:])})" if lines else "")


def _parse_header(line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
    except ValueError as error:
        raise PythonChildError("the answer is not JSON") from error
    if not isinstance(header, dict):
        raise PythonChildError("the answer is not a JSON object")
    return header
