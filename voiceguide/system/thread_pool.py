"""The same work on many things, side by side, in threads that never keep the program from ending."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

__all__ = ["do_side_by_side"]

_Item = TypeVar("_Item")
_POLL_S = 0.2
"""Windows notices Ctrl-C between waits only."""
_FAILED_WAIT_S = 2.0
_INTERRUPTED_WAIT_S = 0.3
"""Ctrl-C is to end a build within a second."""


def do_side_by_side(
    work: Callable[[_Item], object],
    items: Sequence[_Item],
    workers: int,
    done: Callable[[], None] = lambda: None,
    stop: Callable[[], None] = lambda: None,
) -> None:
    """Do `work` on every item, up to `workers` at a time, begun in order; `done` is called here after each.

    After a failure no more are begun. Raised is the failure of the earliest item that failed, whichever came first,
    so that the same script always gives the same message. After that, or an interrupt, `stop` is called to end what is
    still being done, and it is waited for, though not for long: whoever is cut off in the middle leaves things behind.
    """
    shift = _Shift(work, items)
    threads = [
        threading.Thread(target=shift.run, name=f"voiceguide worker {number}", daemon=True)
        for number in range(min(workers, len(items)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in items:
            failure = shift.next_outcome()[1]
            if failure is not None:
                raise shift.earliest_failure()
            done()
    except BaseException as error:
        shift.end()
        stop()
        _wait_for(threads, _FAILED_WAIT_S if isinstance(error, Exception) else _INTERRUPTED_WAIT_S)
        raise


def _wait_for(threads: Sequence[threading.Thread], limit_s: float) -> None:
    until = time.monotonic() + limit_s
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))


class _Shift(Generic[_Item]):
    """What the threads share: the items not begun yet, and the outcomes."""

    def __init__(self, work: Callable[[_Item], object], items: Sequence[_Item]) -> None:
        self._work = work
        self._items = items
        self._lock = threading.Lock()
        self._begun = 0
        self._ended = False
        self._outcomes: queue.SimpleQueue[tuple[int, BaseException | None]] = queue.SimpleQueue()
        self._finished: dict[int, BaseException | None] = {}

    def run(self) -> None:
        """One worker's time."""
        while (index := self._begin()) is not None:
            failure: BaseException | None = None
            try:
                self._work(self._items[index])
            except BaseException as error:  # raised again where the outcomes are read
                failure = error
                self.end()
            self._outcomes.put((index, failure))

    def next_outcome(self) -> tuple[int, BaseException | None]:
        """Wait for any item to be finished: its index and its failure."""
        while True:
            try:
                index, failure = self._outcomes.get(timeout=_POLL_S)
            except queue.Empty:
                continue
            self._finished[index] = failure
            return index, failure

    def earliest_failure(self) -> BaseException:
        """Begin no more, wait for those before the first failure known, and give the first there is."""
        self.end()
        while True:
            first = min(index for index, failure in self._finished.items() if failure is not None)
            if all(index in self._finished for index in range(first)):
                failure = self._finished[first]
                assert failure is not None
                return failure
            self.next_outcome()

    def end(self) -> None:
        """Begin no more."""
        with self._lock:
            self._ended = True

    def _begin(self) -> int | None:
        with self._lock:
            if self._ended or self._begun == len(self._items):
                return None
            self._begun += 1
            return self._begun - 1
