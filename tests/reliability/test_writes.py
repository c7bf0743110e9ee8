"""Disks that fail: every single write refused once, no room, files that may not grow, folders that cannot be written or
vanish. The older session stays, one sentence tells why, and the next run succeeds from what was kept.

VOICEGUIDE_FAULTS=all fails every call there is and not only a few of each kind.
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
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reliability.builds import Ended, Warm, litter, routine

EVERY = os.environ.get("VOICEGUIDE_FAULTS") == "all"
CALLS = {
    "write": range(1, 120) if EVERY else (1, 2, 3, 5, 9),
    "mkdir": range(1, 20) if EVERY else (1, 2),
    "fchmod,fsync,rename,ftruncate,pwrite64": range(1, 20) if EVERY else (1, 2, 3),
}
FAULTS = [(call, number) for call, numbers in CALLS.items() for number in numbers]
OLD = b"the session of last week"
BUILD = ("build", "s.yaml", "-o", "out/s.mp3", "-q")
root_only = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None,
    reason="only root may mount a small disk",
)


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the build makes where nothing fails."""
    with Warm(tmp_path_factory.mktemp("right")) as warm:
        (warm.work / "s.yaml").write_text(routine(), encoding="utf-8")
        assert warm.run(*BUILD).status == 0
        return (warm.work / "out" / "s.mp3").read_bytes()


@pytest.fixture
def warm(tmp_path: Path) -> Iterator[Warm]:
    with Warm(tmp_path) as warm:
        (warm.work / "s.yaml").write_text(routine(), encoding="utf-8")
        (warm.work / "out").mkdir()
        (warm.work / "out" / "s.mp3").write_bytes(OLD)
        yield warm


def one_sentence(told: str) -> None:
    """It is meant for a person: what, why, and what to do."""
    assert re.fullmatch(r"[^\n]+(: [^\n]+|\.) [A-Z][^\n]+\.\n", told), told


def check_failed(warm: Warm, ended: Ended) -> None:
    assert ended.status == 1, ended
    one_sentence(ended.err)
    assert (warm.work / "out" / "s.mp3").read_bytes() == OLD
    assert os.listdir(warm.work / "out") == ["s.mp3"]
    assert litter(warm.folder) == []


def check_next_run(warm: Warm, right: bytes) -> None:
    done = warm.run(*BUILD)
    assert (done.status, done.err) == (0, "")
    assert (warm.work / "out" / "s.mp3").read_bytes() == right
    assert os.listdir(warm.work / "out") == ["s.mp3"]
    assert litter(warm.folder) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_under_the_output(warm: Warm) -> None:
    for name in ("s.yaml", "none.yaml"):
        command = [sys.executable, "-m", "voiceguide", "plan", name]
        with open("/dev/full", "wb") as full:
            streams = (full, subprocess.PIPE) if name == "s.yaml" else (subprocess.PIPE, full)
            done = subprocess.run(command, cwd=warm.work, stdout=streams[0], stderr=streams[1])
        assert done.returncode == 1
        told = "What was to be told could not be written: No space left on device. Free some space and try again.\n"
        assert done.stderr == (told.encode() if name == "s.yaml" else None)


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace makes the system refuse a call; it is not here")
@pytest.mark.parametrize(("call", "number"), FAULTS)
def test_a_call_that_the_system_refuses_once(call: str, number: int, warm: Warm, right: bytes) -> None:
    """In each thread and each child, the call of that number says that the disk is full."""
    trace = warm.folder / "trace"
    inject = [f"--trace={call}", "-e", f"inject={call}:error=ENOSPC:when={number}"]
    begun = time.monotonic()
    done = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-o", trace, *inject, sys.executable, "-B", "-m", "voiceguide", *BUILD],
        cwd=warm.work,
        env={**os.environ, "VOICEGUIDE_CACHE": str(warm.cache), "TMPDIR": str(warm.temporary)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "INJECTED" not in trace.read_text("utf-8", "replace"):
        pytest.skip("there are not as many calls of that kind")
    assert time.monotonic() - begun < 30
    assert (done.returncode, done.stderr) == (0, "") or done.returncode == 1
    now = (warm.work / "out" / "s.mp3").read_bytes()
    assert now == (OLD if done.returncode else right)
    if done.returncode:
        if done.stderr:  # the words themselves may be what is refused
            one_sentence(done.stderr)
        assert ".part" not in done.stderr
    check_next_run(warm, right)


def test_files_that_may_not_grow(warm: Warm, right: bytes) -> None:
    """A limit at many sizes: the session, the entries of the cache and what ffmpeg writes all run into it."""
    dice = random.Random(1)
    sizes = [
        1000,
        4096,
        60_000,
        *(dice.randrange(1000, len(right)) for _ in range(400 if EVERY else 5)),
        len(right) - 1,
    ]
    for size in sizes:
        check_failed(warm, warm.run(*BUILD, largest_file=size))
    check_next_run(warm, right)


@contextlib.contextmanager
def small_disk(place: Path, options: str) -> Iterator[None]:
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@root_only
@pytest.mark.parametrize("what", ["work", "cache", "temporary"])
@pytest.mark.parametrize("kilobytes", [4, 128, 1024])
def test_a_full_disk(what: str, kilobytes: int, warm: Warm, right: bytes) -> None:
    """Where it is the session's disk it fails; where it is the cache's or the temporary folder's it does without."""
    place = warm.folder / what
    kept = {path.name: path.read_bytes() for path in place.glob("*.yaml")}
    with small_disk(place, f"size={kilobytes}k"):
        for name, data in kept.items():
            (place / name).write_bytes(data)
        ended = warm.run(*BUILD)
        assert ended.status in (0, 1), ended
        if ended.status:
            one_sentence(ended.err)
        session = warm.work / "out" / "s.mp3"
        wanted = right if ended.status == 0 else OLD if what != "work" else None
        assert (session.read_bytes() if session.exists() else None) == wanted
        assert ended.status == 0 or what == "work"
        assert litter(warm.folder) == []
    check_next_run(warm, right)


@root_only
@pytest.mark.parametrize("what", ["out", "cache", "temporary", "home"])
def test_a_folder_that_cannot_be_written(what: str, tmp_path: Path, right: bytes) -> None:
    with Warm(tmp_path, {"HOME": str(tmp_path / "home")}) as warm:
        (warm.work / "s.yaml").write_text(routine(), encoding="utf-8")
        place = warm.work / "out" if what == "out" else warm.folder / what
        with small_disk(place, "size=4k,ro"):
            ended = warm.run(*BUILD)
            if what == "out":
                told = "out/s.mp3 could not be written: out does not allow it. Choose another folder.\n"
                assert (ended.status, ended.err) == (1, told)
            else:
                assert (ended.status, ended.err) == (0, "")
        check_next_run(warm, right)


def test_folders_that_vanish(warm: Warm, right: bytes) -> None:
    """Somebody removes the output, the cache or the temporary folder while a build is at work."""
    dice = random.Random(2)
    takes_s = warm.run("build", "s.yaml", "-o", "other/s.mp3", "-q", "--no-cache").seconds
    for _ in range(200 if EVERY else 6):
        what = dice.choice([warm.work / "out", warm.cache, warm.temporary])
        timer = threading.Timer(dice.uniform(0, takes_s), shutil.rmtree, [what], {"ignore_errors": True})
        timer.start()
        ended = warm.run(*BUILD)
        timer.join()
        assert ended.status in (0, 1), ended
        if ended.status:
            one_sentence(ended.err)
        session = warm.work / "out" / "s.mp3"
        assert not session.exists() or session.read_bytes() in (OLD, right)
        warm.temporary.mkdir(exist_ok=True)
    check_next_run(warm, right)
