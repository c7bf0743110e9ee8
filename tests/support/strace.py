"""System calls of a command, as recorded by strace."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.programs import program

__all__ = ["join_interrupted_calls", "trace"]

UNFINISHED = " <unfinished ...>"
RESUMED = re.compile(r"<\.\.\. \w+ resumed>")


def trace(
    command: Sequence[str], log: Path, calls: str, *, cwd: Path, environment: Mapping[str, str], text_bytes: int = 32
) -> str:
    """Run a command under strace, assert that it succeeds silently, and return its system calls, one on each line.

    `calls` is a list as strace takes it. `log` is the file to record them in, and `text_bytes` is how much of the data
    that is read or written to record.
    """
    strace = [program("strace"), "-f", "--seccomp-bpf", "-y", "-s", str(text_bytes), "-o", str(log), "-e"]
    done = subprocess.run(
        [*strace, f"trace={calls}", *command], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    return join_interrupted_calls(log.read_text(encoding="utf-8", errors="replace"))


def join_interrupted_calls(calls: str) -> str:
    """Join the two lines into which strace divides a call during which another thread makes one."""
    lines, pending = [], {}
    for line in calls.splitlines():
        thread = line.partition(" ")[0]
        if line.endswith(UNFINISHED):
            pending[thread] = line.removesuffix(UNFINISHED)
            continue
        if resumed := RESUMED.search(line):
            line = pending.pop(thread, "") + line[resumed.end() :]
        lines.append(line)
    return "\n".join([*lines, *pending.values()])
