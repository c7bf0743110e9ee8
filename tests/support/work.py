"""Count the work of a call: the lines of Python that it executes. Unlike seconds, the count is always the same."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["MAX_GROWTH", "growth", "interrupt_at", "lines_executed"]

MAX_GROWTH = 6.0
"""How much more work five times as much input may take. If the work is in proportion, it is five times as much."""


def lines_executed(call: Callable[[], object]) -> int:
    """Return the number of lines of Python that a call executes in this thread. Every pass of a loop counts."""
    count = 0

    def add_one() -> None:
        nonlocal count
        count += 1

    _trace(call, add_one)
    return count


def interrupt_at(line: int, call: Callable[[], object]) -> bool:
    """Raise a KeyboardInterrupt when a call executes its line number `line`. Return whether it executes that many."""
    count = 0

    def interrupt() -> None:
        nonlocal count
        count += 1
        if count == line:
            raise KeyboardInterrupt

    try:
        _trace(call, interrupt)
    except KeyboardInterrupt:
        return True
    return False


def _trace(call: Callable[[], object], on_line: Callable[[], None]) -> None:
    """Call `on_line` before each line of Python that a call executes in this thread."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            on_line()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)


def growth(make_call: Callable[[int], Callable[[], object]], size: int) -> float:
    """Return how many times more lines the call for five times `size` executes than the one for `size`."""
    once, five_times = make_call(size), make_call(5 * size)
    return lines_executed(five_times) / lines_executed(once)
