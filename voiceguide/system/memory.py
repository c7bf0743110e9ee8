"""Controls for glibc's memory allocator, and the limit on memory (`ulimit -v`). Elsewhere, they do nothing."""

from __future__ import annotations

import contextlib
import ctypes
import sys

__all__ = ["limit_malloc_arenas", "require_memory", "require_memory_to_import", "trim_malloc"]

_M_ARENA_MAX = -8
"""`M_ARENA_MAX` in glibc's malloc.h."""
IMPORT_BYTES = {"numpy": 230_000_000, "scipy": 130_000_000}
"""The address space that each package takes, including its first calculations, for which OpenBLAS allocates more."""


def limit_malloc_arenas() -> None:
    """Make all threads started after this call share one arena.

    By default, glibc gives each thread its own arena. With two threads that synthesize speech, this uses 40 MB more
    memory without being faster.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # other C libraries have no mallopt
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def trim_malloc() -> None:
    """Return freed memory to the operating system."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def require_memory_to_import(*packages: str) -> None:
    """Check that the process may still use the memory that these packages take, unless they are already loaded.

    Without memory, OpenBLAS, which they load, waits forever or ends the process.

    Raises:
        MemoryError: The limit leaves less.
    """
    require_memory(sum(IMPORT_BYTES[name] for name in packages if name not in sys.modules))


def require_memory(size_bytes: int) -> None:
    """Check that the process may still use `size_bytes` of memory.

    Raises:
        MemoryError: The limit leaves less.
    """
    if sys.platform != "linux":
        return
    import resource

    limit_bytes, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit_bytes == resource.RLIM_INFINITY:
        return
    with contextlib.suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as file:
        used_bytes = int(file.read().split()[0]) * resource.getpagesize()
        if used_bytes + size_bytes > limit_bytes:
            raise MemoryError("the limit on memory (ulimit -v) is too low")
