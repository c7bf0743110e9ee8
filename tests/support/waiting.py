"""Waiting for a condition. The limit is so generous that only a hang reaches it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["HANG_S", "wait_for"]

Value = TypeVar("Value")
HANG_S = 120.0


def wait_for(condition: Callable[[], Value], expectation: Callable[[], str] | str = "") -> Value:
    """Return the first true value of `condition`. Fail after HANG_S with `expectation`."""
    deadline = time.monotonic() + HANG_S
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(expectation() if callable(expectation) else expectation or "nothing happened")
        time.sleep(0.01)
    return value
