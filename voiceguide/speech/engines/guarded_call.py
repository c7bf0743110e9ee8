"""Call engines, which may be third-party code. Each call has a time limit, and every failure raises a SpeechError."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from voiceguide.errors import SpeechError, VoiceguideError
from voiceguide.system.shortages import raise_if_shortage
from voiceguide.system.time_limit import join_thread

__all__ = ["DEFAULT_TIMEOUT_S", "call_engine", "surround_engine_calls", "synthesis_timeout_s"]

DEFAULT_TIMEOUT_S = 30.0
"""Time limit for quick operations: loading an engine, reporting its version and listing its voices."""
MAX_MESSAGE_CHARS = 300

_Result = TypeVar("_Result")
_surrounding_context: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext


def surround_engine_calls(context: Callable[[], AbstractContextManager[None]]) -> None:
    """Run all subsequent engine calls inside a context manager returned by `context`.

    `context` is called once for each engine call. The default is `contextlib.nullcontext`, so the library itself has no
    process-wide effects. A program can use this hook to redirect what engines print. The context is entered in the
    calling thread, and several threads can be inside such a context at the same time.
    """
    global _surrounding_context
    _surrounding_context = context


def synthesis_timeout_s(text: str) -> float:
    """Return the time limit for synthesizing `text`.

    kokoro needs 0.05 s per character on an idle core, and twenty times as long on a busy or small computer.
    """
    return 30.0 + len(text)


def call_engine(
    engine_name: str,
    action: str,
    call: Callable[[], _Result],
    timeout_s: float = DEFAULT_TIMEOUT_S,
    advice: str = "Choose another voice.",
) -> _Result:
    """Return the result of `call`, which runs in a daemon thread for at most `timeout_s` seconds.

    `advice` is the last sentence of error messages, which tells the user what to do.

    A thread that hangs cannot be stopped, so it is abandoned. It does not keep the program from exiting.

    Raises:
        SpeechError: if the call times out or raises an exception. This includes SystemExit and KeyboardInterrupt,
            because an engine must not exit the program.
        VoiceguideError: if the call raises one.
        MemoryError, OSError: if the operating system refuses memory, a process, a thread or a file.
    """
    results: list[_Result] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # signals arrive in the main thread, so even a KeyboardInterrupt is the engine's
            failures.append(error if _has_message(error) else RuntimeError(type(error).__name__))

    thread = threading.Thread(target=run, name=f"voiceguide {engine_name}", daemon=True)
    with _surrounding_context():
        thread.start()
        ended = join_thread(thread, timeout_s)
    if not ended:
        raise SpeechError(f"The engine {engine_name} did not {action} within {timeout_s:g} s. {advice}")
    if not failures:
        return results[0]
    error = failures[0]
    if isinstance(error, VoiceguideError):
        raise error
    raise_if_shortage(error)
    raise SpeechError(f"The engine {engine_name} failed to {action}: {_format_error(error)}. {advice}") from error


def _has_message(error: BaseException) -> bool:
    """Return whether the exception of an engine can be converted to text."""
    try:
        str(error)
    except Exception:
        return False
    return True


def _format_error(error: BaseException) -> str:
    """Return the type and message of an error on one line."""
    message = " ".join(str(error).split())[:MAX_MESSAGE_CHARS].rstrip(".")
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
