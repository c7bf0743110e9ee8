"""Time limits that count only the time during which this process is running.

A process may be suspended by Ctrl-Z, by closing the laptop lid or by pausing the container. When it resumes, a deadline
may have passed even though nothing hung. A `TimeLimit` therefore adds up short waits and ignores any wait that takes
much longer than requested.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from typing import IO

__all__ = ["RunningTimer", "TimeLimit", "communicate", "join_thread"]

_MAX_WAIT_S = 1.0
_SUSPENDED_S = 1.0
"""A wait that ends this many seconds late is attributed to a suspension. A busy machine is rarely that late."""


class TimeLimit:
    """A time limit. Wait for at most `wait_s` seconds at a time, and call `has_expired` after each wait."""

    def __init__(self, limit_s: float) -> None:
        self._left_s = limit_s
        self._interval_s = min(_MAX_WAIT_S, limit_s / 4)
        self._counted_until_s = time.monotonic()

    @property
    def wait_s(self) -> float:
        """The number of seconds to wait before the next call to `has_expired`."""
        return max(0.0, min(self._interval_s, self._left_s))

    def skip(self) -> None:
        """Do not count the time since the last call to `has_expired` or `skip`."""
        self._counted_until_s = time.monotonic()

    def has_expired(self) -> bool:
        """Count the time since the last call, and return whether the limit is used up."""
        now_s = time.monotonic()
        waited_s, self._counted_until_s = now_s - self._counted_until_s, now_s
        if waited_s <= self._interval_s + _SUSPENDED_S:
            self._left_s -= min(waited_s, self._interval_s)
        return self._left_s <= 0


class RunningTimer(threading.Timer):
    """A `threading.Timer` that does not count time during which this process is suspended or the timer is paused."""

    is_paused = False

    def run(self) -> None:
        """Call the function once the limit is used up, unless the timer is canceled first."""
        limit = TimeLimit(self.interval)
        while not self.finished.wait(limit.wait_s):
            if self.is_paused:
                limit.skip()
            elif limit.has_expired():
                self.finished.set()
                self.function(*self.args, **self.kwargs)


def join_thread(thread: threading.Thread, timeout_s: float) -> bool:
    """Wait for a thread. Return whether it ended within `timeout_s` seconds of running time."""
    limit = TimeLimit(timeout_s)
    thread.join(limit.wait_s)
    while thread.is_alive() and not limit.has_expired():
        thread.join(limit.wait_s)
    return not thread.is_alive()


def communicate(process: subprocess.Popen[bytes], data: bytes | None, timeout_s: float) -> tuple[bytes, bytes]:
    """Like `process.communicate`, but with a limit of `timeout_s` seconds of running time.

    Raises:
        subprocess.TimeoutExpired: if the process takes longer. It is not killed.
    """
    if data is not None and process.stdin is not None:
        pipe, process.stdin = process.stdin, None  # a second call to `process.communicate` would not send the rest
        threading.Thread(target=_feed, args=(pipe, data), daemon=True).start()
    limit = TimeLimit(timeout_s)
    while True:
        try:
            return process.communicate(timeout=limit.wait_s)
        except subprocess.TimeoutExpired as error:
            if limit.has_expired():
                raise subprocess.TimeoutExpired(process.args, timeout_s) from error


def _feed(pipe: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError), pipe:  # the process may exit without reading everything
        pipe.write(data)
