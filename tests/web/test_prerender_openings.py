"""The openings that `voiceguide serve` makes in advance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.faulty_engines import install
from tests.support.forked_servers import forking_subprocess
from tests.support.long_forms import long
from tests.support.served import SCRIPT
from tests.support.timing import wait_for
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.speech.preview import encode_wav
from voiceguide.system.disk_cache import open_cache
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.units import SAMPLE_RATE
from voiceguide.web.services import worker_process
from voiceguide.web.services.kit_queue import KitQueue
from voiceguide.web.services.kit_store import KitStore, frame_ids
from voiceguide.web.services.plan_pool import PLAN_TIMEOUT_S, PlanPool
from voiceguide.web.services.planner import Planner
from voiceguide.web.services.prerender_openings import OpeningMaker
from voiceguide.web.services.routine_library import RoutineLibrary
from voiceguide.web.services.session_request import unmodified_options

LONG = SCRIPT.replace("for: 20s", "for: 70s").replace("for: 25s", "for: 100s")
ENGINE = """
from pathlib import Path
from voiceguide.speech.engines.protocol import Voice
class Paid:
    name, parallel = "paid", True
    def version(self): return "1"
    def voices(self): return [Voice("paid", "only", "en")]
    def close(self): pass
    def synthesize(self, text, voice, pace, language):
        Path(__file__).with_name("charged").touch()
        raise RuntimeError("charged")
"""


class Server:
    """The services that make kits and openings, for the scripts in one folder."""

    def __init__(self, folder: Path, cache: Path, stack: ExitStack) -> None:
        self.library = RoutineLibrary([folder])
        self.store = KitStore(stack.enter_context(open_cache(cache)))
        self.plans, self.kits = PlanPool(), KitQueue(self.store)
        self.maker = OpeningMaker(self.library, self.plans, self.kits, self.store)
        stack.callback(self.plans.close)
        stack.callback(self.kits.close)
        stack.callback(self.maker.close)

    def task(self, name: str) -> dict[str, Any]:
        """The task that makes the kit of an unmodified routine."""
        path = str(self.library.path(name))
        planning = {"do": "kit task", "routine": name, "options": unmodified_options(), "path": path}
        return {**self.plans.run(planning, PLAN_TIMEOUT_S), "folder": str(self.store.folder)}


@pytest.fixture
def server(tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Its kits and openings are its own. Speech and beds are those of all tests."""
    monkeypatch.setattr(worker_process, "subprocess", forking_subprocess())
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name, text in {"2-short": SCRIPT, "3-long": LONG}.items():
        (scripts / f"{name}.yaml").write_text(text, encoding="utf-8")
    with ExitStack() as stack:
        yield Server(scripts, tmp_path / "cache", stack)


@pytest.fixture
def new_computer(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server with an empty cache, an engine that charges, and a script that is spoken by it."""
    (tmp_path / "engines").mkdir()
    (tmp_path / "engines" / "paid_voice.py").write_text(ENGINE, encoding="utf-8")
    install(tmp_path / "engines", tmp_path / "engines" / "paid_voice.py", "paid-voice", {"paid": "paid_voice:Paid"})
    (tmp_path / "scripts" / "1-paid.yaml").write_text(LONG.replace("tone", "paid"), encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "engines"))
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "cache"))
    return server


@long
def test_a_routine_can_start_before_any_work_on_it(new_computer: Server, tmp_path: Path) -> None:
    server = new_computer
    server.maker.start()
    paid, short, long = (server.task(name) for name in ("1-paid", "2-short", "3-long"))
    wait_for(lambda: server.store.opening(long["id"]))
    idle = KitQueue(server.store, max_concurrent=0)
    for task, is_opening in ((short, False), (long, True)):
        idle.submit(task)
        status = idle.status(task["id"])
        assert status is not None
        assert status.kit is not None
        assert (status.kit["opening"], status.kit["draft"]) == (is_opening, True)
        assert server.store.missing(frame_ids(status.kit)) == []
    assert server.store.opening(paid["id"]) is None
    assert not list(tmp_path.rglob("charged"))  # an engine that could charge for each line speaks only on request


def test_a_kit_depends_on_every_file_that_its_script_names(server: Server, tmp_path: Path) -> None:
    """A new chime or dictionary did not change the name of the kit, so the phone kept the old one."""
    folder = tmp_path / "scripts"
    text = SCRIPT.replace("voice: tone", "voice: tone\nwords: words.yml\nchime: ring.wav").replace("chime: none", "")
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    ids = set()
    for number in range(1, 3):
        words = "qi: chee\n" if number == 1 else "qi: key, chee\n"
        ring = encode_wav(np.sin(np.arange(9600, dtype=np.float32) * 0.1 * number) * 0.3, 48000)
        for name, data in (("words.yml", words.encode()), ("ring.wav", ring)):
            (folder / name).write_bytes(data)
            if (folder / "ring.wav").exists():
                ids.add(server.task("own")["id"])
    assert len(ids) == 3


def test_the_length_in_the_list_follows_the_dictionary(tmp_path: Path) -> None:
    """The length was kept until the script itself changed."""
    script = tmp_path / "own.yaml"
    script.write_text(
        "voiceguide: 1\ntitle: T\nvoice: tone\nwords: words.yml\nstages: [{stage: A, steps: [{say: Feel the qi.}]}]\n",
        encoding="utf-8",
    )
    totals = []
    with open_cache(tmp_path / "cache") as cache:
        planner = Planner(cache)
        for dictionary in ("qi: chee\n", "qi: breath of all life\n"):
            (tmp_path / "words.yml").write_text(dictionary, encoding="utf-8")
            with open_builder_for_script(load_script(script), Overrides(), cache) as builder:
                builder.exact_timeline()
            totals.append(planner.summarize("own", script)["total"])
    assert totals[0] < totals[1]


def test_a_routine_is_planned_again_only_when_something_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time the list was read, routines without clips in the cache were planned again."""
    script = tmp_path / "own.yaml"
    script.write_text(
        "voiceguide: 1\ntitle: T\nvoice: tone\nstages: [{stage: A, steps: [{say: One step.}, {say: And another.}]}]\n"
    )
    opened: list[object] = []

    def open_counted(*arguments: Any) -> Any:
        opened.append(arguments)
        return open_builder_for_script(*arguments)

    monkeypatch.setattr("voiceguide.web.services.planner.open_builder_for_script", open_counted)
    with open_cache(tmp_path / "cache") as cache:
        planner = Planner(cache)
        estimated = [planner.summarize("own", script)["total"] for _ in range(3)]
        assert len(opened) == 1
        with open_builder_for_script(load_script(script), Overrides(), cache) as builder:
            exact = builder.exact_timeline()
        spoken = [planner.summarize("own", script)["total"] for _ in range(3)]
    assert len(opened) == 2
    assert set(spoken) == {exact.total / SAMPLE_RATE}
    assert estimated[0] != spoken[0]


@long
def test_openings_wait_until_no_kit_is_being_made(server: Server) -> None:
    task = server.task("3-long")
    server.kits.submit(task)
    server.maker.start()
    wait_for(lambda: not server.kits.is_busy)
    assert server.store.opening(task["id"]) is None  # the kit was made meanwhile
    assert server.store.kit(task["id"]) is not None
    wait_for(lambda: server.store.opening(server.task("2-short")["id"]))


def test_the_kit_goes_on_from_its_opening(server: Server) -> None:
    """The page gets each kit only once, so the opening made in advance must be the one that the kit starts with."""
    task = server.task("3-long")
    server.maker.start()
    opening = wait_for(lambda: server.store.opening(task["id"]))
    server.kits.submit(task)
    ids = [opening["id"]]

    def finished() -> dict[str, Any] | None:
        status = server.kits.status(task["id"])
        if status is not None and status.kit is not None and status.kit["id"] != ids[-1]:
            ids.append(status.kit["id"])
        return server.store.kit(task["id"])

    assert not wait_for(finished)["draft"]
    assert ids[0] == opening["id"]
    assert len(set(ids)) == len(ids)


def test_a_request_waits_for_an_opening_that_is_being_made(server: Server) -> None:
    """The kit made the same opening once more, at the same time."""
    task = server.task("3-long")
    name = task["id"]
    opening = {"id": "0" * 32, "loops": [{"id": "1" * 32}], "pieces": [], "opening": True, "draft": True}
    with server.kits.opening_in_progress(name) as announce:
        server.kits.submit(task)
        wait_for(lambda: server.kits.status(name).doing == "Preparing")  # type: ignore[union-attr]
        announce(opening)
        assert server.kits.status(name).kit is opening  # type: ignore[union-attr]
        assert server.kits.is_expected("1" * 32)
        server.store.put_frames("1" * 32, b"frames")
        server.store.put_opening(name, opening)
    kinds = set()

    def finished() -> dict[str, Any] | None:
        status = server.kits.status(name)
        if status is not None and status.kit is not None and status.kit is not opening:
            kinds.add(status.kit["opening"])
        return server.store.kit(name)

    assert not wait_for(finished)["draft"]
    assert kinds == {False}
