"""A killed process takes everything it has started with it."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from voiceguide.system.process_group import kill_process_group


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are inspected in /proc")
def test_a_process_and_its_child_are_killed() -> None:
    process = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    kill_process_group(process)
    assert process.wait(5) == -9
    deadline_s = time.monotonic() + 5
    while is_running(child):
        assert time.monotonic() < deadline_s, "the child is still running"
        time.sleep(0.01)
    process.stdout.close()


def test_killing_a_group_that_has_ended_does_nothing() -> None:
    process = subprocess.Popen(["true"], start_new_session=True)
    assert process.wait(5) == 0
    kill_process_group(process)
    kill_process_group(process)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
