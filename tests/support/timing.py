"""The only place outside the benchmarks where tests read a clock.

A test must not fail because the machine is slow. It waits for conditions, with a limit that only a hang can reach, and
compares the cost of two sizes in one run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["HANG_S", "CostWatch", "assert_linear", "wait_for"]

Value = TypeVar("Value")
HANG_S = 120.0
"""How long a condition may take to become true. `timeout` in pyproject.toml limits the whole test."""
ROUNDS = 3
NOISE_S = 0.1


def wait_for(
    condition: Callable[[], Value | None],
    expectation: Callable[[], str] | str = "nothing happened",
    poll_s: float = 0.01,
) -> Value:
    """Return the first true value of `condition`. Fail after HANG_S seconds, and say what was expected.

    Use a longer `poll_s` if looking is expensive, for example if it is a request to a server.
    """
    deadline_s = time.monotonic() + HANG_S
    while not (value := condition()):
        if time.monotonic() > deadline_s:
            raise AssertionError(expectation() if callable(expectation) else expectation)
        time.sleep(poll_s)
    return value


def assert_linear(work: Callable[[int], object], size: int, factor: int = 8) -> None:
    """Assert that work on `factor` times the size does not cost much more than `factor` times the processor time.

    The best of a few rounds counts, and the first that is good enough ends them. Up to three times the linear cost is
    accepted. Quadratic work costs eight times as much with the default factor.
    """
    small_s = min(_processor_time(work, size) for _ in range(ROUNDS))
    limit_s = 3 * factor * small_s + NOISE_S
    large_s = _processor_time(work, size * factor)
    for _ in range(ROUNDS - 1):
        if large_s > limit_s:
            large_s = min(large_s, _processor_time(work, size * factor))
    assert large_s <= limit_s, f"{size}: {small_s:.3f} s, {size * factor}: {large_s:.3f} s, limit {limit_s:.3f} s"


def _processor_time(work: Callable[[int], object], size: int) -> float:
    started_s = time.process_time()
    work(size)
    return time.process_time() - started_s


class CostWatch:
    """Finds single inputs that take much longer than the average of the same run."""

    FACTOR = 50

    def __init__(self) -> None:
        self._count, self._total_s = 0, 0.0

    def run(self, work: Callable[[], object], name: str) -> None:
        """Do one piece of work. Repeat it if it seems slow, because another program may have caused that.

        Raises:
            AssertionError: if it is slow every time.
        """
        took_s = _processor_time(lambda _: work(), 0)
        limit_s = self.FACTOR * self._total_s / self._count + NOISE_S if self._count else HANG_S
        if took_s > limit_s:
            took_s = min(_processor_time(lambda _: work(), 0) for _ in range(ROUNDS))
        assert took_s <= limit_s, f"{name}: takes {took_s:.3f} s, limit {limit_s:.3f} s"
        self._count, self._total_s = self._count + 1, self._total_s + took_s
