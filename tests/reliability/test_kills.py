"""Builds stopped at random moments: what has the session's name is a whole session, of this script or the one before;
the next run cleans up and succeeds.

A hundred here; VOICEGUIDE_KILLS=1000 makes it a thousand.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.builds import Ended, Warm, litter, routine

KILLS = int(os.environ.get("VOICEGUIDE_KILLS", "100"))
IN_A_ROW = 5
"""Kills between two runs that may end."""
LANES = 2
STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
BUILD = ("build", "s.yaml", "-o", "out/s.mp3", "-q")

pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="children are found in /proc")


class Lane:
    """One folder, whose script changes each time, and the signals that its builds get."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.folder = folder
        self.stopped = 0
        self.slowest_s = 0.0
        self.failure: BaseException | None = None

    def work(self) -> None:
        try:
            with Warm(self.folder / "right") as calm, Warm(self.folder / "lane") as warm:
                self._go(calm, warm)
        except BaseException as error:
            self.failure = error

    def _go(self, calm: Warm, warm: Warm) -> None:
        first = self._right(calm, "First")
        takes_s = self._right(calm, "Second")[1]
        assert warm.run(*BUILD).status == 1, "there is no script yet"
        good, known = None, {"First": first[0]}
        while self.stopped < KILLS / LANES:
            title = f"Evening {self.stopped}"
            known[title] = self._right(calm, title)[0]
            (warm.work / "s.yaml").write_text(routine(title), encoding="utf-8")
            for _ in range(IN_A_ROW):
                self._stop_one(warm, takes_s, good, known[title])
            done = warm.run(*BUILD)
            assert (done.status, done.err) == (0, "")
            good = known[title]
            assert (warm.work / "out" / "s.mp3").read_bytes() == good
            assert os.listdir(warm.work / "out") == ["s.mp3"]
            assert litter(warm.folder) == []

    def _right(self, calm: Warm, title: str) -> tuple[bytes, float]:
        """What a build in peace makes, and how long it takes with nothing kept."""
        (calm.work / "s.yaml").write_text(routine(title), encoding="utf-8")
        done = calm.run(*BUILD)
        assert done.status == 0, done.err
        return (calm.work / "out" / "s.mp3").read_bytes(), done.seconds

    def _stop_one(self, warm: Warm, takes_s: float, good: bytes | None, new: bytes) -> None:
        number = self.dice.choice(list(STATUS))
        ended = warm.run(*BUILD, signal=number, after_s=self.dice.uniform(0, takes_s))
        self.stopped += 1
        self._check_end(ended, number)
        target = warm.work / "out" / "s.mp3"
        there = target.read_bytes() if target.exists() else None
        assert there in (good, new), "a part, or an older session than the last good one"
        assert ended.status != 0 or there == new

    def _check_end(self, ended: Ended, number: signal.Signals) -> None:
        """One line, the right status, nobody left; or it was over before the signal, or not begun."""
        assert ended.left == []
        assert "Traceback" not in ended.err, ended.err
        if number == signal.SIGINT:
            self.slowest_s = max(self.slowest_s, ended.to_end_s)
        assert ended.status in (0, STATUS[number], -number), ended.err
        if ended.status > 0:
            assert ended.err == "Interrupted; nothing was left half done.\n"


def test_builds_stopped_at_random_moments(tmp_path: Path) -> None:
    lanes = [Lane(tmp_path / str(seed), seed) for seed in range(LANES)]
    _side_by_side([lane.work for lane in lanes])
    for lane in lanes:
        if lane.failure is not None:
            raise lane.failure
    assert sum(lane.stopped for lane in lanes) >= KILLS
    slowest_s = max(lane.slowest_s for lane in lanes)
    print(f"{sum(lane.stopped for lane in lanes)} builds stopped; Ctrl-C took {slowest_s:.2f} s at the most")
    assert slowest_s < 1.0


def _side_by_side(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
