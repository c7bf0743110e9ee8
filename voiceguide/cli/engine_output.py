"""Redirect the output of engines to stderr, because stdout may contain JSON for another program."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from typing import Any

__all__ = ["engine_prints_to_stderr"]

_lock = threading.Lock()
_depth = 0
_original_stdout: Any = None


@contextlib.contextmanager
def engine_prints_to_stderr() -> Iterator[None]:
    """Replace `sys.stdout` with `sys.stderr` while an engine is running.

    `sys.stdout` is shared by all threads, so it is restored when the last thread exits the context.
    """
    global _depth, _original_stdout
    with _lock:
        if _depth == 0:
            _original_stdout, sys.stdout = sys.stdout, sys.stderr
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if _depth == 0:
                sys.stdout = _original_stdout
