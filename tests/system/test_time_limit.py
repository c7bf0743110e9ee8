"""Time limits do not count time during which the process is suspended."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.support.timing import wait_for
from tests.system.test_ffmpeg import program
from voiceguide.system.time_limit import RunningTimer, TimeLimit, communicate, join_thread


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        monkeypatch.setattr("voiceguide.system.time_limit.time.monotonic", lambda: self.now_s)

    def expires_after(self, limit: TimeLimit, waits_s: list[float]) -> bool:
        expired = False
        for wait_s in waits_s:
            self.now_s += wait_s
            expired = limit.has_expired()
        return expired


def test_short_waits_add_up_and_a_suspension_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    limit = TimeLimit(60.0)
    assert limit.wait_s == 1.0
    assert not clock.expires_after(limit, [1.0] * 59)
    assert not clock.expires_after(limit, [66.0, 3600.0, 86_400.0])
    assert clock.expires_after(limit, [0.5, 0.5])


def test_skipped_time_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    limit = TimeLimit(10.0)
    for _ in range(100):
        clock.now_s += 1.0
        limit.skip()
    assert not clock.expires_after(limit, [1.0] * 9)
    assert clock.expires_after(limit, [1.0])


def test_a_busy_machine_that_wakes_us_late_still_uses_up_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    assert clock.expires_after(TimeLimit(10.0), [1.9] * 10)


def test_the_last_wait_is_as_short_as_the_rest_of_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    limit = TimeLimit(1.0)
    clock.expires_after(limit, [0.2] * 4)
    assert limit.wait_s == pytest.approx(0.2)


def test_each_kind_of_wait_ends_when_nothing_happens() -> None:
    fired = threading.Event()
    RunningTimer(0.1, fired.set).start()
    assert fired.wait(60)
    thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
    thread.start()
    assert not join_thread(thread, 0.1)
    with subprocess.Popen(["sleep", "60"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            communicate(process, b"x", 0.1)
        process.kill()


def test_a_canceled_timer_does_nothing() -> None:
    fired: list[int] = []
    timer = RunningTimer(0.2, fired.append, (1,))
    timer.start()
    timer.cancel()
    timer.join()
    assert fired == []


def test_input_and_output_longer_than_one_wait_are_complete() -> None:
    slow = "import sys, time; time.sleep(1); data = sys.stdin.read(); time.sleep(1); print(len(data))"
    with subprocess.Popen([sys.executable, "-c", slow], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert communicate(process, bytes(1_000_000), 60.0)[0] == b"1000000\n"


SUSPENDED = """
import sys
from voiceguide.system.ffmpeg import run_ffmpeg
print(run_ffmpeg([], action="copy audio", input_chunks=[bytes(1 << 20)], stall_s=4.0))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
def test_a_suspended_build_does_not_take_ffmpeg_for_hung(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-Z for longer than a minute, FLAC and M4B builds failed: "it hung for 60 seconds and was stopped"."""
    started, go = tmp_path / "started", tmp_path / "go"
    script = f"sleep 2; touch {started}; while [ ! -e {go} ]; do sleep 0.01; done; wc -c"
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", program(tmp_path, script))
    build = subprocess.Popen([sys.executable, "-c", SUSPENDED], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(started.exists, "ffmpeg was not started")
    build.send_signal(signal.SIGSTOP)
    time.sleep(6)
    build.send_signal(signal.SIGCONT)
    go.touch()
    output, messages = build.communicate()
    assert (build.returncode, output.split()[0]) == (0, b"b'1048576\\n'"), messages.decode()
