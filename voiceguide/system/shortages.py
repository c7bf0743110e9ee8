"""What the operating system can refuse: memory, processes, threads and open files. One sentence each for people."""

from __future__ import annotations

import errno
import os

__all__ = ["SHORTAGES", "find_shortage", "raise_if_shortage"]

SHORTAGES = {
    errno.ENOMEM: "There is not enough memory. Close other programs, or raise the limit (ulimit -v), and try again.",
    errno.EAGAIN: (
        # pthread_create also fails in this way if there is no memory for the stack of the thread.
        "The operating system refused to start another process or thread. Close other programs, or raise the "
        "limits (ulimit -u and ulimit -v), and try again."
    ),
    errno.EMFILE: "Too many files are open. Raise the limit (ulimit -n) and try again.",
    errno.ENFILE: "Too many files are open on this computer. Close other programs and try again.",
}
"""The error numbers of these shortages, and what to tell people."""

_OUT_OF_MEMORY = ("std::bad_alloc", "Failed to allocate memory", "can't allocate", "MemoryError")
_THREAD_REFUSED = "can't start new thread"


def find_shortage(message: str) -> int | None:
    """Return the number of the shortage that a message of a library or another program mentions, or None."""
    if any(words in message for words in _OUT_OF_MEMORY):
        return errno.ENOMEM
    if _THREAD_REFUSED in message:
        return errno.EAGAIN
    return next((number for number in SHORTAGES if os.strerror(number) in message), None)


def raise_if_shortage(error: BaseException) -> None:
    """Raise a MemoryError or an OSError with the error number if `error` is a shortage.

    Libraries and child processes report shortages in many ways, some of them only in a message.
    """
    number = error.errno if isinstance(error, OSError) else find_shortage(f"{type(error).__name__}: {error}")
    if number == errno.ENOMEM:
        raise MemoryError(str(error)) from error
    if number in SHORTAGES:
        raise OSError(number, os.strerror(number)) from error
