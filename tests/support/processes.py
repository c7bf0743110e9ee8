"""Processes as /proc shows them (Linux only)."""

from __future__ import annotations

from pathlib import Path

__all__ = ["is_running", "state_of"]


def is_running(pid: int) -> bool:
    """Return whether a process exists and is not a zombie."""
    return state_of(pid) not in ("", "Z")


def state_of(pid: int) -> str:
    """Return the letter of a process's state, such as T if it is stopped, or an empty string if it does not exist."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
