"""Tune glibc's memory allocator and check the memory limit (`ulimit -v`). These functions do nothing outside Linux."""

from __future__ import annotations

import contextlib
import ctypes
import sys

__all__ = ["is_memory_limited", "limit_malloc_arenas", "require_memory", "require_memory_to_import", "trim_malloc"]

_M_ARENA_MAX = -8
"""`M_ARENA_MAX` in glibc's malloc.h."""
IMPORT_BYTES = {"numpy": 230_000_000, "scipy": 130_000_000}
"""Address space in bytes that each package needs, including what OpenBLAS allocates for the first calculations."""


def limit_malloc_arenas() -> None:
    """Make all threads started after this call share one arena.

    By default, glibc gives each thread its own arena. With two threads that synthesize speech, separate arenas take 40
    MB more memory and are no faster.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # other C libraries have no mallopt
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def trim_malloc() -> None:
    """Return freed memory to the operating system."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def is_memory_limited() -> bool:
    """Return whether this process has a limit on memory."""
    if sys.platform != "linux":
        return False
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def require_memory_to_import(*packages: str) -> None:
    """Check that the memory limit leaves enough to import these packages. Packages already loaded are not counted.

    The packages load OpenBLAS, which hangs or ends the process if it cannot allocate memory.

    Raises:
        MemoryError: The limit is too low.
    """
    require_memory(sum(IMPORT_BYTES[name] for name in packages if name not in sys.modules))


def require_memory(size_bytes: int) -> None:
    """Check that the memory limit leaves at least `size_bytes`.

    Raises:
        MemoryError: The limit is too low.
    """
    if sys.platform != "linux" or not is_memory_limited():
        return
    import resource

    limit_bytes, _ = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as file:
        used_bytes = int(file.read().split()[0]) * resource.getpagesize()
        if used_bytes + size_bytes > limit_bytes:
            raise MemoryError("the limit on memory (ulimit -v) is too low")
