"""The same work on many things, side by side, in threads that never keep the program from ending."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

__all__ = ["parallel_for_each"]

_Item = TypeVar("_Item")
_POLL_INTERVAL_S = 0.2
"""Windows notices Ctrl-C between waits only."""
_FAILURE_JOIN_TIMEOUT_S = 2.0
_INTERRUPT_JOIN_TIMEOUT_S = 0.3
"""Ctrl-C is to end a build within a second."""


def parallel_for_each(
    work: Callable[[_Item], object],
    items: Sequence[_Item],
    workers: int,
    on_item_done: Callable[[], None] = lambda: None,
    cancel_running: Callable[[], None] = lambda: None,
) -> None:
    """Do `work` on every item, up to `workers` at a time, begun in order; `done` is called here after each.

    After a failure no more are begun. Raised is the failure of the earliest item that failed, whichever came first,
    so that the same script always gives the same message. After that, or an interrupt, `stop` is called to end what is
    still being done, and it is waited for, though not for long: whoever is cut off in the middle leaves things behind.
    """
    shift = _WorkQueue(work, items)
    threads = [
        threading.Thread(target=shift.run_worker, name=f"voiceguide worker {number}", daemon=True)
        for number in range(min(workers, len(items)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in items:
            failure = shift.next_outcome()[1]
            if failure is not None:
                raise shift.earliest_failure()
            on_item_done()
    except BaseException as error:
        shift.stop()
        cancel_running()
        _join_threads(threads, _FAILURE_JOIN_TIMEOUT_S if isinstance(error, Exception) else _INTERRUPT_JOIN_TIMEOUT_S)
        raise


def _join_threads(threads: Sequence[threading.Thread], timeout_s: float) -> None:
    until = time.monotonic() + timeout_s
    for thread in threads:
        thread.join(max(until - time.monotonic(), 0))


class _WorkQueue(Generic[_Item]):
    """What the threads share: the items not begun yet, and the outcomes."""

    def __init__(self, work: Callable[[_Item], object], items: Sequence[_Item]) -> None:
        self._work = work
        self._items = items
        self._lock = threading.Lock()
        self._next_index = 0
        self._stopped = False
        self._outcomes: queue.SimpleQueue[tuple[int, BaseException | None]] = queue.SimpleQueue()
        self._failure_by_index: dict[int, BaseException | None] = {}

    def run_worker(self) -> None:
        """One worker's time."""
        while (index := self._take_next_index()) is not None:
            failure: BaseException | None = None
            try:
                self._work(self._items[index])
            except BaseException as error:  # raised again where the outcomes are read
                failure = error
                self.stop()
            self._outcomes.put((index, failure))

    def next_outcome(self) -> tuple[int, BaseException | None]:
        """Wait for any item to be finished: its index and its failure."""
        while True:
            try:
                index, failure = self._outcomes.get(timeout=_POLL_INTERVAL_S)
            except queue.Empty:
                continue
            self._failure_by_index[index] = failure
            return index, failure

    def earliest_failure(self) -> BaseException:
        """Begin no more, wait for those before the first failure known, and give the first there is."""
        self.stop()
        while True:
            first = min(index for index, failure in self._failure_by_index.items() if failure is not None)
            if all(index in self._failure_by_index for index in range(first)):
                failure = self._failure_by_index[first]
                assert failure is not None
                return failure
            self.next_outcome()

    def stop(self) -> None:
        """Begin no more."""
        with self._lock:
            self._stopped = True

    def _take_next_index(self) -> int | None:
        with self._lock:
            if self._stopped or self._next_index == len(self._items):
                return None
            self._next_index += 1
            return self._next_index - 1
