"""Parallel work in threads that never prevent the program from exiting."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

__all__ = ["parallel_for_each"]

_Item = TypeVar("_Item")
_POLL_INTERVAL_S = 0.2
"""Longest wait in seconds. Windows handles Ctrl-C only between waits."""
_FAILURE_JOIN_TIMEOUT_S = 2.0
_INTERRUPT_JOIN_TIMEOUT_S = 0.3
"""This time is short, because Ctrl-C must stop a build within a second."""


def parallel_for_each(
    work: Callable[[_Item], object],
    items: Sequence[_Item],
    workers: int,
    on_item_done: Callable[[], None] = lambda: None,
    cancel_running: Callable[[], None] = lambda: None,
) -> None:
    """Call `work` on every item, in order, processing up to `workers` items at a time.

    `on_item_done` is called in the calling thread after each item. After a failure, no more items are started. If
    several items fail, the error of the first one in the sequence is raised, so that the same script always produces
    the same message. After a failure or an interrupt, `cancel_running` is called to stop the items in progress. These
    items have up to two seconds to clean up, or 0.3 seconds after an interrupt.
    """
    work_queue = _WorkQueue(work, items)
    threads = [
        threading.Thread(target=work_queue.run_worker, name=f"voiceguide worker {number}", daemon=True)
        for number in range(min(workers, len(items)))
    ]
    for thread in threads:
        thread.start()
    try:
        for _ in items:
            failure = work_queue.next_outcome()[1]
            if failure is not None:
                raise work_queue.earliest_failure()
            on_item_done()
    except BaseException as error:
        work_queue.stop()
        cancel_running()
        _join_threads(threads, _FAILURE_JOIN_TIMEOUT_S if isinstance(error, Exception) else _INTERRUPT_JOIN_TIMEOUT_S)
        raise


def _join_threads(threads: Sequence[threading.Thread], timeout_s: float) -> None:
    deadline_s = time.monotonic() + timeout_s
    for thread in threads:
        thread.join(max(deadline_s - time.monotonic(), 0))


class _WorkQueue(Generic[_Item]):
    """State shared by the threads: the items not started yet and the outcomes of the finished items."""

    def __init__(self, work: Callable[[_Item], object], items: Sequence[_Item]) -> None:
        self._work = work
        self._items = items
        self._lock = threading.Lock()
        self._next_index = 0
        self._stopped = False
        self._outcomes: queue.SimpleQueue[tuple[int, BaseException | None]] = queue.SimpleQueue()
        self._failure_by_index: dict[int, BaseException | None] = {}

    def run_worker(self) -> None:
        """Process items until none are left."""
        while (index := self._take_next_index()) is not None:
            failure: BaseException | None = None
            try:
                self._work(self._items[index])
            except BaseException as error:  # re-raised in the thread that reads the outcomes
                failure = error
                self.stop()
            self._outcomes.put((index, failure))

    def next_outcome(self) -> tuple[int, BaseException | None]:
        """Wait for an item to finish. Return its index and its failure, if any."""
        while True:
            try:
                index, failure = self._outcomes.get(timeout=_POLL_INTERVAL_S)
            except queue.Empty:
                continue
            self._failure_by_index[index] = failure
            return index, failure

    def earliest_failure(self) -> BaseException:
        """Start no more items, and wait until no earlier item can still fail.

        Return the error of the first failed item.
        """
        self.stop()
        while True:
            first = min(index for index, failure in self._failure_by_index.items() if failure is not None)
            if all(index in self._failure_by_index for index in range(first)):
                failure = self._failure_by_index[first]
                assert failure is not None
                return failure
            self.next_outcome()

    def stop(self) -> None:
        """Start no more items. Items in progress continue."""
        with self._lock:
            self._stopped = True

    def _take_next_index(self) -> int | None:
        with self._lock:
            if self._stopped or self._next_index == len(self._items):
                return None
            self._next_index += 1
            return self._next_index - 1
