"""Builds stopped at random moments leave a complete session, either the new or the previous one.

The next run cleans up and succeeds. Ten builds are stopped by default, or as many as VOICEGUIDE_KILLS says.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.builds import BuildResult, BuildServer, leftover_files, routine

MIN_KILLS = int(os.environ.get("VOICEGUIDE_KILLS", "10"))
KILLS_IN_A_ROW = 5
"""Stopped builds between two builds that run to the end."""
LANES = 2 if MIN_KILLS > 10 else 1
"""Builds at the same time."""
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
BUILD = ("build", "s.yaml", "-o", "out/s.mp3", "-q")

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="child processes are found in /proc")


class Lane:
    """A folder whose script changes after each row of stopped builds."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.folder = folder
        self.kills = 0
        self.slowest_s = 0.0
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with BuildServer(self.folder / "expected") as reference, BuildServer(self.folder / "lane") as server:
                self._stop_builds(reference, server)
        except BaseException as error:
            self.failure = error

    def _stop_builds(self, reference: BuildServer, server: BuildServer) -> None:
        build_s = self._build_reference(reference, "First")[1]
        assert server.run(*BUILD).status == 1, "the script does not exist yet"
        previous = None
        while self.kills < MIN_KILLS / LANES:
            title = f"Evening {self.kills}"
            expected = self._build_reference(reference, title)[0]
            (server.work / "s.yaml").write_text(routine(title), encoding="utf-8")
            for _ in range(KILLS_IN_A_ROW):
                self._stop_one(server, build_s, previous, expected)
            result = server.run(*BUILD)
            assert (result.status, result.stderr) == (0, "")
            previous = expected
            assert (server.work / "out" / "s.mp3").read_bytes() == expected
            assert os.listdir(server.work / "out") == ["s.mp3"]
            assert leftover_files(server.folder) == []

    def _build_reference(self, server: BuildServer, title: str) -> tuple[bytes, float]:
        """Build a session undisturbed. Return its bytes and the seconds the build took."""
        (server.work / "s.yaml").write_text(routine(title), encoding="utf-8")
        result = server.run(*BUILD)
        assert result.status == 0, result.stderr
        return (server.work / "out" / "s.mp3").read_bytes(), result.seconds

    def _stop_one(self, server: BuildServer, build_s: float, previous: bytes | None, expected: bytes) -> None:
        number = self.rng.choice(list(STATUS))
        result = server.run(*BUILD, signal=number, after_s=self.rng.uniform(0, build_s))
        self.kills += 1
        self._check_result(result, number)
        target = server.work / "out" / "s.mp3"
        session = target.read_bytes() if target.exists() else None
        assert session in (previous, expected), "a partial session, or one older than the previous one"
        assert result.status != 0 or session == expected

    def _check_result(self, result: BuildResult, number: signal.Signals) -> None:
        """Check the exit status, the message and the processes. The signal may come too late or very early."""
        assert result.survivors == []
        assert "Traceback" not in result.stderr, result.stderr
        if number == signal.SIGINT:
            self.slowest_s = max(self.slowest_s, result.stop_s)
        assert result.status in (0, STATUS[number], -number), result.stderr
        if result.status > 0:
            assert result.stderr == "Interrupted. No partial files were left behind.\n"


def test_builds_stopped_at_random_moments(tmp_path: Path) -> None:
    lanes = [Lane(tmp_path / str(seed), seed) for seed in range(LANES)]
    _run_in_parallel([lane.run for lane in lanes])
    for lane in lanes:
        if lane.failure is not None:
            raise lane.failure
    assert sum(lane.kills for lane in lanes) >= MIN_KILLS
    slowest_s = max(lane.slowest_s for lane in lanes)
    print(f"{sum(lane.kills for lane in lanes)} builds stopped; Ctrl-C took at most {slowest_s:.2f} s")


def _run_in_parallel(functions: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
