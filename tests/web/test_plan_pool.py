"""Plans in processes of their own: what takes too long is ended for real, and leaves a process for the others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.faulty_engines import environment_with, install
from tests.support.served import SCRIPT
from tests.support.timing import HANG_S, wait_for
from voiceguide.web.services import plan_pool, routine_list
from voiceguide.web.services.kit_queue import BusyError
from voiceguide.web.services.plan_pool import PlanPool, TooSlowError
from voiceguide.web.services.routine_library import RoutineLibrary
from voiceguide.web.services.routine_list import RoutineList
from voiceguide.web.services.worker_process import WorkerProcess

SLOW_ENGINE = """
import time
from pathlib import Path
Path(__file__).with_suffix(".planning").touch()
time.sleep(600)
"""


@pytest.fixture
def planning(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that exists once a plan with the engine `slow` has been begun, which is never finished."""
    home, source = tmp_path_factory.mktemp("engines"), tmp_path_factory.mktemp("source") / "slow_voice.py"
    source.write_text(SLOW_ENGINE, encoding="utf-8")
    install(home, source, "slow-voice", {"slow": "slow_voice:Slow"})
    for name, value in environment_with(home).items():
        monkeypatch.setenv(name, value)
    return home / "slow_voice.planning"


@pytest.fixture
def pool(planning: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlanPool]:
    monkeypatch.setattr(plan_pool, "PLAN_TIMEOUT_S", HANG_S)
    (tmp_path / "good.yaml").write_text(SCRIPT, encoding="utf-8")
    for name in ("slow", "slower"):
        (tmp_path / f"{name}.yaml").write_text(SCRIPT.replace("voice: tone", "voice: slow"), encoding="utf-8")
    pool = PlanPool()
    yield pool
    pool.close()


def _summary(folder: Path, name: str) -> dict[str, str]:
    return {"do": "summarize", "routine": name, "path": str(folder / f"{name}.yaml")}


def _live(pool: PlanPool) -> list[WorkerProcess]:
    return [process for process in pool._processes if process.is_running]


def test_a_plan_that_takes_too_long_is_ended(pool: PlanPool, tmp_path: Path) -> None:
    """It went on in its thread after it had been given up, and others took up their work beside it."""
    with pytest.raises(TooSlowError) as caught:
        pool.run(_summary(tmp_path, "slow"), 0.5)
    assert str(caught.value) == "Planning takes longer than 0.5 seconds. Shorten the script."
    assert _live(pool) == []
    speaker = PlanPool(1, timeout_s=0.5, too_slow="Speaking takes {seconds:g} s.")
    with pytest.raises(TooSlowError, match=r"Speaking takes 0\.5 s\."):
        asyncio.run(speaker.run_async(_summary(tmp_path, "slow")))
    speaker.close()
    assert pool.run(_summary(tmp_path, "good"), HANG_S)["title"] == "Tones"


def test_a_script_that_takes_long_leaves_a_process_for_the_others(
    pool: PlanPool, planning: Path, tmp_path: Path
) -> None:
    """However often it is asked for: two such requests took every place."""
    with ThreadPoolExecutor(4) as threads:
        slow = [threads.submit(pool.run, _summary(tmp_path, "slow"), HANG_S) for _ in range(4)]
        wait_for(planning.exists, "no plan is begun")
        assert pool.run(_summary(tmp_path, "good"), HANG_S)["title"] == "Tones"
        assert not any(future.done() for future in slow)
        assert len(pool._waiting) == 3
        pool.close()
        assert _live(pool) == []
        for future in slow:
            with pytest.raises(BusyError, match="The server is shutting down"):
                future.result()


def test_a_plan_that_never_gets_its_turn_is_refused(
    pool: PlanPool, planning: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(pool.run, _summary(tmp_path, "slow"), HANG_S)
        wait_for(planning.exists, "no plan is begun")
        monkeypatch.setattr(plan_pool, "PLAN_TIMEOUT_S", 0.0)
        with pytest.raises(BusyError) as caught:
            pool.run(_summary(tmp_path, "slow"), HANG_S)
        assert str(caught.value) == "The server is busy. Try again in a minute."
        assert not slow.done()
        pool.close()


def test_a_script_that_takes_too_long_is_left_out_until_it_changes(
    pool: PlanPool, planning: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One such script, and the list was never shown."""
    routines = RoutineList(RoutineLibrary([tmp_path]), pool)
    message = ": Planning takes longer than 0 seconds. Shorten the script."
    monkeypatch.setattr(routine_list, "SUMMARY_TIMEOUT_S", 0.0)
    assert routines.read()[1][:3] == [f"{name}.yaml{message}" for name in ("good", "slow", "slower")]
    monkeypatch.setattr(routine_list, "SUMMARY_TIMEOUT_S", HANG_S)
    (tmp_path / "slow.yaml").write_text(SCRIPT, encoding="utf-8")
    listed, left_out = routines.read()
    assert [routine["name"] for routine in listed] == ["slow"]
    assert left_out[:2] == [f"{name}.yaml{message}" for name in ("good", "slower")]
    assert not planning.exists()
