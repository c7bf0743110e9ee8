"""Write failures: failing system calls, full disks, file size limits, and folders that are read-only or disappear.

The previous session stays, one message says why, and the next build succeeds with the same cache. With
VOICEGUIDE_FAULTS=all, every system call of each kind fails once instead of only a few, and more disks are full.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.builds import BuildResult, BuildServer, leftover_files, routine
from tests.support.environment import child_environment
from tests.support.forked_processes import run_command
from tests.support.long_forms import few, long
from tests.support.programs import needs_program, needs_root
from tests.support.timing import HANG_S

EVERY = os.environ.get("VOICEGUIDE_FAULTS") == "all"
CALLS = {
    "write": range(1, 120) if EVERY else (1, 3, 5),
    "mkdir": range(1, 20) if EVERY else (2,),
    "fchmod,fsync,rename,ftruncate,pwrite64": range(1, 20) if EVERY else (1, 2, 4),
}
"""By default: what goes to the cache, to ffmpeg, to the session and to stderr, the folder of the cache, and what keeps
the session, from the first sync to the rename."""
FAULTS = [(call, number) for call, numbers in CALLS.items() for number in numbers]
DISKS = [(kilobytes, name) for kilobytes in (4, 128, 1024) for name in ("work", "cache", "temporary")]
"""With 4 KB, nothing can be written. With 128 KB, the disk is full in the middle of a session or a clip."""
if not EVERY:
    DISKS = DISKS[:5]
PREVIOUS = b"the session of last week"
BUILD = ("build", "s.yaml", "-o", "out/s.mp3", "-q")


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Build the session without any failure."""
    with BuildServer(tmp_path_factory.mktemp("expected")) as server:
        (server.work / "s.yaml").write_text(routine(), encoding="utf-8")
        assert server.run(*BUILD).status == 0
        return (server.work / "out" / "s.mp3").read_bytes()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BuildServer]:
    with BuildServer(tmp_path) as server:
        (server.work / "s.yaml").write_text(routine(), encoding="utf-8")
        (server.work / "out").mkdir()
        (server.work / "out" / "s.mp3").write_bytes(PREVIOUS)
        yield server


def check_message(text: str) -> None:
    """Check that the message is one line that says what happened, why, and what to do."""
    assert re.fullmatch(r"[^\n]+(: [^\n]+|\.) [A-Z][^\n]+\.\n", text), text


def check_failed(server: BuildServer, result: BuildResult) -> None:
    assert result.status == 1, result
    check_message(result.stderr)
    assert (server.work / "out" / "s.mp3").read_bytes() == PREVIOUS
    assert os.listdir(server.work / "out") == ["s.mp3"]
    assert leftover_files(server.folder) == []


def check_next_run(server: BuildServer, expected: bytes) -> None:
    result = server.run(*BUILD)
    assert (result.status, result.stderr) == (0, "")
    assert (server.work / "out" / "s.mp3").read_bytes() == expected
    assert os.listdir(server.work / "out") == ["s.mp3"]
    assert leftover_files(server.folder) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full does not exist")
def test_output_to_a_full_disk(server: BuildServer) -> None:
    for name in ("s.yaml", "none.yaml"):
        with open("/dev/full", "wb") as full:
            streams = (full, subprocess.PIPE) if name == "s.yaml" else (subprocess.PIPE, full)
            result = run_command("plan", name, cwd=server.work, stdout=streams[0], stderr=streams[1])
        assert result.returncode == 1
        message = "Could not write the output: No space left on device. Free some space and try again.\n"
        assert result.stderr == (message.encode() if name == "s.yaml" else None)


@needs_program("strace")
@pytest.mark.parametrize(("call", "number"), few(1, FAULTS))
def test_a_system_call_that_fails_once(call: str, number: int, server: BuildServer, expected: bytes) -> None:
    """In each thread and each child process, the call with this number fails with ENOSPC."""
    trace = server.folder / "trace"
    inject = [f"--trace={call}", "-e", f"inject={call}:error=ENOSPC:when={number}"]
    result = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-o", trace, *inject, sys.executable, "-B", "-m", "voiceguide", *BUILD],
        cwd=server.work,
        env=child_environment(VOICEGUIDE_CACHE=str(server.cache), TMPDIR=str(server.temporary)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    if "INJECTED" not in trace.read_text("utf-8", "replace"):
        pytest.skip("there are fewer calls of this kind")
    assert (result.returncode, result.stderr) == (0, "") or result.returncode == 1
    session = (server.work / "out" / "s.mp3").read_bytes()
    assert session == (PREVIOUS if result.returncode else expected)
    if result.returncode:
        if result.stderr:  # writing the message may be the call that failed
            check_message(result.stderr)
        assert ".part" not in result.stderr
    check_next_run(server, expected)


def test_a_file_size_limit(server: BuildServer, expected: bytes) -> None:
    """Many limits, so that the session, the cache entries and the output of ffmpeg all reach one."""
    rng = random.Random(1)
    sizes = [
        1000,
        4096,
        60_000,
        *(rng.randrange(1000, len(expected)) for _ in range(400 if EVERY else 5)),
        len(expected) - 1,
    ]
    for size in sizes:
        check_failed(server, server.run(*BUILD, max_file_bytes=size))
    check_next_run(server, expected)


@contextlib.contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@needs_root
@pytest.mark.parametrize(("kilobytes", "name"), few(2, DISKS))
def test_a_full_disk(kilobytes: int, name: str, server: BuildServer, expected: bytes) -> None:
    """The build fails only if the disk of the session is full. Otherwise it works without the cache."""
    folder = server.folder / name
    scripts = {path.name: path.read_bytes() for path in folder.glob("*.yaml")}
    with small_disk(folder, f"size={kilobytes}k"):
        for script, data in scripts.items():
            (folder / script).write_bytes(data)
        result = server.run(*BUILD)
        assert result.status in (0, 1), result
        if result.status:
            check_message(result.stderr)
        session = server.work / "out" / "s.mp3"
        contents = expected if result.status == 0 else PREVIOUS if name != "work" else None
        assert (session.read_bytes() if session.exists() else None) == contents
        assert result.status == 0 or name == "work"
        assert leftover_files(server.folder) == []
    check_next_run(server, expected)


@needs_root
@pytest.mark.parametrize("name", few(2, ["out", "cache", "temporary", "home"]))
def test_a_read_only_folder(name: str, tmp_path: Path, expected: bytes) -> None:
    with BuildServer(tmp_path, {"HOME": str(tmp_path / "home")}) as server:
        (server.work / "s.yaml").write_text(routine(), encoding="utf-8")
        folder = server.work / "out" if name == "out" else server.folder / name
        with small_disk(folder, "size=4k,ro"):
            result = server.run(*BUILD)
            if name == "out":
                message = "out/s.mp3 could not be written: out is not writable. Choose another folder.\n"
                assert (result.status, result.stderr) == (1, message)
            else:
                assert (result.status, result.stderr) == (0, "")
        check_next_run(server, expected)


@long
def test_folders_that_disappear(server: BuildServer, expected: bytes) -> None:
    """The output, cache or temporary folder is removed during a build."""
    rng = random.Random(2)
    build_s = server.run("build", "s.yaml", "-o", "other/s.mp3", "-q", "--no-cache").seconds
    for _ in range(200 if EVERY else 4):
        folder = rng.choice([server.work / "out", server.cache, server.temporary])
        timer = threading.Timer(rng.uniform(0, build_s), shutil.rmtree, [folder], {"ignore_errors": True})
        timer.start()
        result = server.run(*BUILD)
        timer.join()
        assert result.status in (0, 1), result
        if result.status:
            check_message(result.stderr)
        session = server.work / "out" / "s.mp3"
        assert not session.exists() or session.read_bytes() in (PREVIOUS, expected)
        server.temporary.mkdir(exist_ok=True)
    check_next_run(server, expected)
