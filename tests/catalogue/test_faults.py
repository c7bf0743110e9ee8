"""Faults while a catalogue is built: nothing is lost, nothing is half, and the next run goes on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import voiceguide
from tests.catalogue.catalogues import built, manifest, write_catalogue, write_scripts
from tests.catalogue.faulty_s3 import Fault, FaultyS3
from tests.support.environment import child_environment
from tests.support.forked_processes import start_command
from tests.support.long_forms import few, long
from tests.support.processes import is_running
from tests.support.s3_server import BUCKET, S3Server
from tests.support.timing import HANG_S, wait_for
from voiceguide.catalogue import store as store_module
from voiceguide.catalogue.store import open_store
from voiceguide.errors import ExportError

PHASES = ("fetching", "planning", "speaking", "encoding", "publishing")
posix_only = pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command, by default with one worker. Its restart takes longer than Dask would wait for it."""
    environment["DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT"] = "1ms"
    return start_command(
        *("catalogue", "catalogue.yaml", "--json", *(arguments or ("--workers", "1"))),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=child_environment(environment),
        start_new_session=True,
    )


def events(process: subprocess.Popen[str]) -> Iterator[dict[str, object]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)


@long
@posix_only
@pytest.mark.parametrize(
    ("where", "phases"),
    [("folder", ("encoding", "publishing"))]
    if not os.environ.get("VOICEGUIDE_KILLS")
    else [("folder", PHASES), ("bucket", PHASES)],
)
def test_workers_are_killed_in_several_phases(
    where: str, phases: tuple[str, ...], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """One worker after another is killed, each with another session and in a later phase."""
    address = request.getfixturevalue("bucket") if where == "bucket" else "published"
    write_scripts(tmp_path, *phases)
    path = write_catalogue(tmp_path, output=address, more="    sidecars: [vtt]\n", variants=False)
    process = start(tmp_path, VOICEGUIDE_CACHE=str(tmp_path / "cache"))
    killed: dict[str, int] = {}
    for event in events(process):
        if event["event"] == "running" and event["name"] == f"{event['phase']}.mp3" and event["name"] not in killed:
            killed[str(event["name"])] = int(str(event["pid"]))
            os.kill(killed[str(event["name"])], signal.SIGKILL)
        last = event
    assert process.wait(HANG_S) == 0
    assert (last["built"], last["failed"]) == (len(phases), 0)
    assert len(killed) == len(phases)
    store = open_store(address, tmp_path)
    assert {name for name in store.list() if not name.startswith(".")} == {
        "catalogue.manifest.json", *(f"{phase}.{ending}" for phase in phases for ending in ("mp3", "vtt"))
    }  # fmt: skip
    for phase in phases:
        (tmp_path / "copy.mp3").write_bytes(store.read(f"{phase}.mp3") or b"")
        assert voiceguide.verify(tmp_path / "copy.mp3").ok
    assert built(path, verify=True) == {}


@long
@posix_only
def test_a_session_that_always_kills_its_worker_is_named(tmp_path: Path) -> None:
    """The others are built, although they wait for the same worker."""
    write_scripts(tmp_path, "deadly", "fine", "good")
    write_catalogue(tmp_path, variants=False)
    process = start(tmp_path)
    results = {}
    for event in events(process):
        if event["event"] == "running" and event["name"] == "deadly.mp3" and is_running(int(str(event["pid"]))):
            os.kill(int(str(event["pid"])), signal.SIGKILL)
        results[event.get("name")] = event
    assert process.wait(HANG_S) == 1
    assert [results[name]["event"] for name in ("fine.mp3", "good.mp3")] == ["built", "built"]
    assert results["deadly.mp3"]["message"] == (
        "Its worker process was killed four times, perhaps for lack of memory. Use fewer worker processes."
    )


@posix_only
def test_ctrl_c_leaves_no_process_and_no_half_file(tmp_path: Path) -> None:
    write_scripts(tmp_path, "evening")
    path = write_catalogue(tmp_path)
    process = start(tmp_path, VOICEGUIDE_CACHE=str(tmp_path / "cache"))
    pids = set()
    for event in events(process):
        if event["event"] == "running":
            pids.add(int(str(event["pid"])))
            if event["phase"] == "encoding":
                break
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=HANG_S)
    assert process.returncode == 130
    assert told == "Interrupted. No partial files were left behind.\n"
    wait_for(lambda: not any(is_running(pid) for pid in pids), "a worker is still running")
    assert list(tmp_path.glob("published/*.mp3")) == []
    assert set(built(path).values()) == {"built"}


@posix_only
def test_ctrl_c_while_the_workers_start(tmp_path: Path) -> None:
    """The terminal sends it to every process, so also to those that are still importing their modules."""
    write_scripts(tmp_path, "evening")
    write_catalogue(tmp_path)
    process = start(tmp_path, "--workers", "2")
    assert next(events(process))["event"] == "started"
    parent = psutil.Process(process.pid)
    wait_for(lambda: any(map(_reads_modules, parent.children())), "no worker starts")
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=HANG_S)
    assert process.returncode == 130
    assert told == "Interrupted. No partial files were left behind.\n"


def _reads_modules(process: psutil.Process) -> bool:
    """Return whether a worker is far enough to be importing its modules."""
    with contextlib.suppress(psutil.Error):
        return "spawn_main" in " ".join(process.cmdline()) and process.cpu_times().user > 0.1
    return False


@posix_only
def test_a_run_that_is_killed_is_taken_up(tmp_path: Path) -> None:
    """What was finished is not built again, although nothing was written at the end of the run."""
    write_scripts(tmp_path, "a", "b", "c")
    path = write_catalogue(tmp_path, variants=False)
    process = start(tmp_path)
    done = next(str(event["name"]) for event in events(process) if event["event"] == "built")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(HANG_S)
    assert not (tmp_path / "published/catalogue.manifest.json").exists()
    later = built(path)
    assert done not in later
    assert len(manifest(tmp_path / "published")) == 3
    assert built(path, verify=True) == {}


@posix_only
@pytest.mark.skipif(not os.environ.get("VOICEGUIDE_KILLS"), reason="make soak: Dask tries for 20 s to reconnect")
def test_a_scheduler_that_is_restarted(tmp_path: Path) -> None:
    """The run ends with one sentence, and the next one goes on with the new scheduler."""
    write_scripts(tmp_path, "a", "b", "c")
    path = write_catalogue(tmp_path)
    with scheduler_and_worker() as (first, address):
        process = start(tmp_path, "--scheduler", address, VOICEGUIDE_CACHE=str(tmp_path / "cache"))
        done = next(str(event["name"]) for event in events(process) if event["event"] == "built")
        first.kill()
        _, told = process.communicate(timeout=HANG_S)
    assert process.returncode == 1
    assert told == (
        "The connection to the scheduler was lost. Finished sessions are kept; run the catalogue again to go on.\n"
    )
    with scheduler_and_worker() as (_, address):
        later = start(tmp_path, "--scheduler", address, VOICEGUIDE_CACHE=str(tmp_path / "cache"))
        names = {event["name"] for event in events(later) if event["event"] == "built"}
        assert later.wait(HANG_S) == 0
    assert done not in names
    assert len(manifest(tmp_path / "published")) == 6
    assert built(path, verify=True) == {}


@contextlib.contextmanager
def scheduler_and_worker() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start a scheduler as a program, with one worker."""
    from distributed import Client

    def run(*arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--scheduler-file", str(file)]
        null = subprocess.DEVNULL
        return subprocess.Popen(command, stdout=null, stderr=null, env=child_environment({}))

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "scheduler.json")
        scheduler = run("scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0")
        worker = run("worker", "--nthreads", "1", "--no-dashboard")
        try:
            wait_for(lambda: file.exists() and file.read_text().endswith("}"), "the scheduler does not start")
            address = json.loads(file.read_text())["address"]
            with Client(address, timeout=HANG_S, set_as_default=False) as client:
                client.wait_for_workers(1, HANG_S)
            yield scheduler, address
        finally:
            for process in (worker, scheduler):
                process.terminate()
                process.wait(HANG_S)


@pytest.fixture
def faulty(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyS3]:
    """A server between the program and the real one that does not always do what it should."""
    with FaultyS3(s3.address) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.address)
        yield proxy


@pytest.mark.parametrize("fault", few(1, ["500", "torn upload", "answer lost", "slow"]))
def test_a_server_that_fails_now_and_then(fault: Fault, faulty: FaultyS3, tmp_path: Path) -> None:
    """Each file fails once, in the middle of its upload or after it."""
    write_scripts(tmp_path, "evening")
    address = f"s3://{BUCKET}/{tmp_path.name}"
    path = write_catalogue(tmp_path, output=address, more="    sidecars: [vtt]\n", variants=False)
    faulty.fail_each_upload_once(fault)
    for _ in range(6):  # an upload that breaks off can end a run; each run gets further
        with contextlib.suppress(ExportError):
            if set(built(path).values()) <= {"built"}:
                break
    assert faulty.failures >= 4
    assert built(path, verify=True) == {}
    assert sorted(open_store(address).list()) == ["catalogue.manifest.json", "evening.mp3", "evening.vtt"]


@long
@pytest.mark.parametrize(("fault", "message"), [("full", "The disk is full"), ("gone", "the server does not answer")])
def test_a_server_that_never_recovers(
    fault: Fault, message: str, faulty: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "RETRY_TIMEOUT_S", 0)
    write_scripts(tmp_path, "evening")
    path = write_catalogue(tmp_path, output=f"s3://{BUCKET}/{tmp_path.name}")
    faulty.fail_always(fault, ".mp3")
    for status in built(path).values():
        assert message in status
    assert "Debug" not in status
    assert [name for name in open_store(f"s3://{BUCKET}/{tmp_path.name}").list() if name.endswith(".mp3")] == []
    faulty.recover()
    assert set(built(path).values()) == {"built"}


@pytest.mark.skipif(not os.environ.get("VOICEGUIDE_KILLS"), reason="make soak: the server's restart can take a minute")
def test_a_server_that_is_away_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is stopped, and takes a while to start again while the run goes on."""
    from tests.support.s3_server import s3_server

    (tmp_path / "server").mkdir()
    with s3_server(tmp_path / "server") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        write_scripts(tmp_path, "evening")
        path = write_catalogue(tmp_path, output=f"s3://{BUCKET}/x")
        assert set(built(path, only=["*-short"]).values()) == {"built"}
        server.stop()
        back = threading.Thread(target=server.start)
        back.start()
        try:
            assert built(path) == {"evening.mp3": "built"}
        finally:
            back.join()
        assert built(path, verify=True) == {}
