"""A killed process takes everything it has started with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.processes import is_running
from tests.support.timing import HANG_S, wait_for
from voiceguide.system.process_group import kill_process_group


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are inspected in /proc")
def test_a_process_and_its_child_are_killed() -> None:
    process = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    kill_process_group(process)
    assert process.wait(HANG_S) == -9
    wait_for(lambda: not is_running(child), "the child is still running")
    process.stdout.close()


def test_killing_a_group_that_has_ended_does_nothing() -> None:
    process = subprocess.Popen(["true"], start_new_session=True)
    assert process.wait(HANG_S) == 0
    kill_process_group(process)
    kill_process_group(process)
