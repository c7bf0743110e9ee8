"""Calls into engines, which may be anybody's code: bounded in time, off our stdout, with one kind of error."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from voiceguide.errors import SpeechError, VoiceguideError

__all__ = ["BRIEF_S", "call_engine", "engine_prints_to_stderr", "synthesis_limit_s"]

BRIEF_S = 30.0
"""Seconds for what an engine should do at once: load, tell its version, list its voices, close."""
LONGEST_MESSAGE = 300

_Result = TypeVar("_Result")


def synthesis_limit_s(text: str) -> float:
    """Seconds that an engine may take to speak a text; the slowest engine known needs a hundredth of it."""
    return 30 + 0.2 * len(text)


def call_engine(engine: str, doing: str, call: Callable[[], _Result], limit_s: float = BRIEF_S) -> _Result:
    """What `call` returns, made in a thread of its own that nobody waits for longer than `limit_s` seconds.

    Nothing can end a thread that hangs; it is left behind, and does not keep the program from ending.

    Raises:
        SpeechError: the engine's own as it is; anything else it raises, named, with its message; a call too long.
    """
    attempt = _Attempt(call)
    thread = threading.Thread(target=attempt.run, name=f"voiceguide {engine}", daemon=True)
    with engine_prints_to_stderr():
        thread.start()
        thread.join(limit_s)
    if thread.is_alive():
        raise SpeechError(f"The engine {engine} did not {doing} within {limit_s:g} s.")
    error = attempt.error
    if error is None:
        return attempt.results[0]
    if isinstance(error, VoiceguideError):
        raise error
    raise SpeechError(f"The engine {engine} failed to {doing}: {_told(error)}.") from error


def _told(error: BaseException) -> str:
    """An error nobody foresaw, on one line of bearable length."""
    message = " ".join(str(error).split())[:LONGEST_MESSAGE].rstrip(".")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


class _Attempt(Generic[_Result]):
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


_printing = threading.Lock()
_depth = 0
_stdout: Any = None


@contextlib.contextmanager
def engine_prints_to_stderr() -> Iterator[None]:
    """While an engine works, what it prints goes to stderr: stdout may be JSON that a program reads.

    stdout is one for all threads, so it is given back when the last of them is done.
    """
    global _depth, _stdout
    with _printing:
        if _depth == 0:
            _stdout, sys.stdout = sys.stdout, sys.stderr
        _depth += 1
    try:
        yield
    finally:
        with _printing:
            _depth -= 1
            if _depth == 0:
                sys.stdout = _stdout
