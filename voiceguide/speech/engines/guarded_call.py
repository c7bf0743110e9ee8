"""Calls into engines, which may be anybody's code: bounded in time, off our stdout, with one kind of error."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from voiceguide.errors import SpeechError, VoiceguideError

__all__ = ["DEFAULT_TIMEOUT_S", "call_engine", "redirect_stdout_to_stderr", "synthesis_timeout_s"]

DEFAULT_TIMEOUT_S = 30.0
"""Seconds for what an engine should do at once: load, tell its version, list its voices, close."""
MAX_MESSAGE_CHARS = 300

_Result = TypeVar("_Result")


def synthesis_timeout_s(text: str) -> float:
    """Seconds that an engine may take to speak a text; the slowest engine known needs a hundredth of it."""
    return 30 + 0.2 * len(text)


def call_engine(
    engine_name: str, action: str, call: Callable[[], _Result], timeout_s: float = DEFAULT_TIMEOUT_S
) -> _Result:
    """What `call` returns, made in a thread of its own that nobody waits for longer than `limit_s` seconds.

    Nothing can end a thread that hangs; it is left behind, and does not keep the program from ending.

    Raises:
        SpeechError: the engine's own as it is; anything else it raises, named, with its message; a call too long.
    """
    attempt = _ThreadedCall(call)
    thread = threading.Thread(target=attempt.run, name=f"voiceguide {engine_name}", daemon=True)
    with redirect_stdout_to_stderr():
        thread.start()
        thread.join(timeout_s)
    if thread.is_alive():
        raise SpeechError(f"The engine {engine_name} did not {action} within {timeout_s:g} s.")
    error = attempt.error
    if error is None:
        return attempt.results[0]
    if isinstance(error, VoiceguideError):
        raise error
    raise SpeechError(f"The engine {engine_name} failed to {action}: {_format_error(error)}.") from error


def _format_error(error: BaseException) -> str:
    """An error nobody foresaw, on one line of bearable length."""
    message = " ".join(str(error).split())[:MAX_MESSAGE_CHARS].rstrip(".")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


class _ThreadedCall(Generic[_Result]):
    """A call, and how it ended. SystemExit is caught as well, since an engine must not end the program."""

    def __init__(self, call: Callable[[], _Result]) -> None:
        self._call = call
        self.results: list[_Result] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            self.results.append(self._call())
        except (Exception, SystemExit) as error:
            self.error = error


_redirect_lock = threading.Lock()
_redirect_depth = 0
_original_stdout: Any = None


@contextlib.contextmanager
def redirect_stdout_to_stderr() -> Iterator[None]:
    """While an engine works, what it prints goes to stderr: stdout may be JSON that a program reads.

    stdout is one for all threads, so it is given back when the last of them is done.
    """
    global _redirect_depth, _original_stdout
    with _redirect_lock:
        if _redirect_depth == 0:
            _original_stdout, sys.stdout = sys.stdout, sys.stderr
        _redirect_depth += 1
    try:
        yield
    finally:
        with _redirect_lock:
            _redirect_depth -= 1
            if _redirect_depth == 0:
                sys.stdout = _original_stdout
