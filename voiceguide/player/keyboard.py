"""Keys pressed on the terminal, by what they mean. The terminal is put back whatever happens."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["KeyReader", "open_key_reader", "parse_actions"]

ACTION_FOR_KEY = {
    " ": "pause",
    "\x1b[C": "next step",
    "\x1bOC": "next step",
    "\x1b[D": "step before",
    "\x1bOD": "step before",
    "\x1b[B": "next stage",
    "\x1bOB": "next stage",
    "\x1b[6~": "next stage",
    "]": "next stage",
    "\x1b[A": "stage before",
    "\x1bOA": "stage before",
    "\x1b[5~": "stage before",
    "[": "stage before",
    "+": "longer",
    "=": "longer",
    "-": "shorter",
    "r": "repeat",
    "q": "leave",
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
    """What was pressed."""

    def wait_for_actions(self, seconds: float) -> list[str]:
        """The meanings of the keys pressed meanwhile; returns at the first ones."""


def parse_actions(typed: str) -> list[str]:
    """What a piece of input means, key after key; keys that mean nothing are passed over."""
    found = []
    while typed:
        length = next((n for n in (4, 3, 1) if typed[:n] in ACTION_FOR_KEY and len(typed[:n]) == n), 0)
        if length:
            found.append(ACTION_FOR_KEY[typed[:length]])
        elif typed[0] == "\x1b" and typed[1:2] in ("[", "O"):
            length = next((at + 1 for at, char in enumerate(typed[2:], 2) if char.isalpha() or char == "~"), len(typed))
        typed = typed[length or 1 :]
    return found


@contextmanager
def open_key_reader() -> Iterator[KeyReader]:
    """Keys as they are pressed, without Enter and not shown."""
    if os.name == "nt":
        yield _WindowsKeyReader()
        return
    import termios
    import tty

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)
    try:
        tty.setcbreak(handle)
        yield _PosixKeyReader(handle)
    finally:
        termios.tcsetattr(handle, termios.TCSADRAIN, before)


class _PosixKeyReader:
    def __init__(self, stdin_fd: int) -> None:
        self._stdin_fd = stdin_fd

    def wait_for_actions(self, seconds: float) -> list[str]:
        import select

        ready, _, _ = select.select([self._stdin_fd], [], [], seconds)
        if not ready:
            return []
        typed = os.read(self._stdin_fd, 1024)
        return parse_actions(typed.decode("utf-8", "replace")) if typed else ["leave"]


class _WindowsKeyReader:
    def wait_for_actions(self, seconds: float) -> list[str]:
        import msvcrt

        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if msvcrt.kbhit():  # type: ignore[attr-defined,unused-ignore]
                key = msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
                special = key in ("\x00", "\xe0")
                typed = _ANSI_FOR_WINDOWS_SCAN_CODE.get(msvcrt.getwch(), "") if special else key  # type: ignore[attr-defined,unused-ignore]
                return parse_actions(typed)
            time.sleep(0.02)
        return []
