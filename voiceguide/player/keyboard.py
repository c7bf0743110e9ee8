"""Keyboard input from the terminal, translated to actions. The terminal settings are always restored."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

__all__ = ["KeyReader", "open_key_reader", "parse_actions", "suspendable"]

ACTION_FOR_KEY = {
    " ": "pause",
    "\x1b[C": "next step",
    "\x1bOC": "next step",
    "\x1b[D": "previous step",
    "\x1bOD": "previous step",
    "\x1b[B": "next stage",
    "\x1bOB": "next stage",
    "\x1b[6~": "next stage",
    "]": "next stage",
    "\x1b[A": "previous stage",
    "\x1bOA": "previous stage",
    "\x1b[5~": "previous stage",
    "[": "previous stage",
    "+": "longer",
    "=": "longer",
    "-": "shorter",
    "0": "louder",
    "*": "louder",
    "9": "quieter",
    "/": "quieter",
    "s": "stages",
    "\r": "select",
    "\n": "select",
    "r": "repeat",
    "q": "quit",
    "?": "help",
    "h": "help",
}
_ANSI_FOR_WINDOWS_SCAN_CODE = {
    "M": "\x1b[C",
    "K": "\x1b[D",
    "P": "\x1b[B",
    "H": "\x1b[A",
    "Q": "\x1b[6~",
    "I": "\x1b[5~",
}


class KeyReader(Protocol):
    """A source of key presses."""

    def wait_for_actions(self, timeout_s: float) -> list[str]:
        """Wait for key presses and return their actions, or an empty list if no key is pressed before the timeout."""

    def grab(self) -> None:
        """Receive keys as they are pressed, without waiting for Enter or echoing them."""

    def release(self) -> None:
        """Restore the previous terminal settings."""


def parse_actions(typed: str) -> list[str]:
    """Translate typed input to actions, in order. Ignore keys that have no action. Esc alone closes a list."""
    if typed == "\x1b":
        return ["close"]
    actions = []
    while typed:
        length = next((n for n in (4, 3, 1) if typed[:n] in ACTION_FOR_KEY and len(typed[:n]) == n), 0)
        if length:
            actions.append(ACTION_FOR_KEY[typed[:length]])
        elif typed[0] == "\x1b" and typed[1:2] in ("[", "O"):
            length = next(
                (index + 1 for index, char in enumerate(typed[2:], 2) if char.isalpha() or char == "~"), len(typed)
            )
        typed = typed[length or 1 :]
    return actions


@contextmanager
def open_key_reader() -> Iterator[KeyReader]:
    """Read keys as they are pressed, without waiting for Enter or echoing them."""
    if os.name == "nt":
        yield _WindowsKeyReader()
        return
    reader = _PosixKeyReader(sys.stdin.fileno())
    try:
        reader.grab()
        yield reader
    finally:
        reader.release()


@contextmanager
def suspendable(suspend: Callable[[], None], resume: Callable[[], None]) -> Iterator[None]:
    """While the context is active, Ctrl-Z calls `suspend` before the program stops, and `resume` when it continues.

    Without this, the shell would inherit the player's screen and terminal settings, and the player would not get them
    back. If Ctrl-Z was already ignored at the start, because nothing could resume the program, Ctrl-Z stays ignored.
    """
    if not hasattr(signal, "SIGTSTP") or signal.getsignal(signal.SIGTSTP) == signal.SIG_IGN:
        yield
        return

    def stop(number: int, frame: Any) -> None:
        suspend()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # the program stops here, and continues here after `fg`
        signal.signal(signal.SIGTSTP, stop)
        resume()

    before = signal.signal(signal.SIGTSTP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


class _PosixKeyReader:
    def __init__(self, stdin_fd: int) -> None:
        import termios

        self._stdin_fd = stdin_fd
        self._saved_settings = termios.tcgetattr(stdin_fd)

    def grab(self) -> None:
        import tty

        tty.setcbreak(self._stdin_fd)

    def release(self) -> None:
        import termios

        termios.tcsetattr(self._stdin_fd, termios.TCSADRAIN, self._saved_settings)

    def wait_for_actions(self, timeout_s: float) -> list[str]:
        import select

        ready, _, _ = select.select([self._stdin_fd], [], [], timeout_s)
        if not ready:
            return []
        typed = os.read(self._stdin_fd, 1024)
        return parse_actions(typed.decode("utf-8", "replace")) if typed else ["quit"]


class _WindowsKeyReader:
    def grab(self) -> None:
        """Windows needs no preparation."""

    def release(self) -> None:
        """Windows needs no preparation."""

    def wait_for_actions(self, timeout_s: float) -> list[str]:
        import msvcrt

        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if msvcrt.kbhit():  # type: ignore[attr-defined,unused-ignore]
                key = msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
                special = key in ("\x00", "\xe0")
                typed = _ANSI_FOR_WINDOWS_SCAN_CODE.get(msvcrt.getwch(), "") if special else key  # type: ignore[attr-defined,unused-ignore]
                return parse_actions(typed)
            time.sleep(0.02)
        return []
