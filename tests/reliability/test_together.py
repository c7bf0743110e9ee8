"""Concurrent builds, and a cache that is cleared or damaged: every session is correct."""

from __future__ import annotations

import os
import random
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.reliability.builds import BuildResult, BuildServer, leftover_files, routine
from tests.support.long_forms import few, long
from voiceguide.system.disk_cache import HEADER_BYTES, MAGIC

BUILD = ("build", "s.yaml", "-o", "out/s.mp3", "-q")
LANES = 8 if os.environ.get("VOICEGUIDE_FAULTS") == "all" else 3
"""Builds at the same time. Each needs a process of its own from which its commands are forked."""


@dataclass(frozen=True)
class Expected:
    """Two sessions that were built undisturbed."""

    first: bytes
    second: bytes
    cache: Path
    """The cache after only the first one has been built. The tests use copies."""


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    folder = tmp_path_factory.mktemp("expected")
    with BuildServer(folder) as server:
        first = built(server, "First")
        shutil.copytree(server.cache, folder / "after-first")
        return Expected(first, built(server, "Second"), folder / "after-first")


def built(server: BuildServer, title: str) -> bytes:
    (server.work / "s.yaml").write_text(routine(title), encoding="utf-8")
    result = server.run(*BUILD)
    assert (result.status, result.stderr) == (0, "")
    return (server.work / "out" / "s.mp3").read_bytes()


def run_in_threads(functions: list[Callable[[], None]]) -> None:
    failures: list[BaseException] = []

    def run(function: Callable[[], None]) -> None:
        try:
            function()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_two_builds_of_one_routine(tmp_path: Path, expected: Expected) -> None:
    """Two processes write the same file with the same cache, three times each."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "s.yaml").write_text(routine("First"), encoding="utf-8")

    def build() -> None:
        with BuildServer(
            tmp_path / str(threading.get_ident()), {"VOICEGUIDE_CACHE": str(tmp_path / "cache")}
        ) as server:
            for _ in range(3):
                result = server.run(*BUILD, folder=tmp_path / "work")
                assert (result.status, result.stderr) == (0, "")
                assert (tmp_path / "work" / "out" / "s.mp3").read_bytes() == expected.first

    run_in_threads([build, build])
    assert os.listdir(tmp_path / "work" / "out") == ["s.mp3"]
    assert leftover_files(tmp_path) == []


@long
def test_many_builds_share_a_cache_while_it_is_cleared(tmp_path: Path, expected: Expected) -> None:
    shared = {"VOICEGUIDE_CACHE": str(tmp_path / "cache")}
    builds_done = threading.Event()

    def build(number: int) -> None:
        with BuildServer(tmp_path / f"lane{number}", shared) as server:
            for _ in range(2):
                title, session = (("First", expected.first), ("Second", expected.second))[number % 2]
                assert built(server, title) == session

    def clear() -> None:
        with BuildServer(tmp_path / "clearing", shared) as server:
            while not builds_done.wait(0.1):
                result = server.run("cache", "clear")
                assert (result.status, result.stderr) == (0, "")

    clearing = threading.Thread(target=clear)
    clearing.start()
    try:
        run_in_threads([lambda number=number: build(number) for number in range(LANES)])  # type: ignore[misc]
    finally:
        builds_done.set()
        clearing.join()
    assert leftover_files(tmp_path) == []


def flip(path: Path, others: list[Path], rng: random.Random) -> None:
    raw = bytearray(path.read_bytes())
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    path.write_bytes(raw)


def cut(path: Path, others: list[Path], rng: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size)])


def lengthen(path: Path, others: list[Path], rng: random.Random) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def swap(path: Path, others: list[Path], rng: random.Random) -> None:
    path.write_bytes(rng.choice(others).read_bytes())


def make_folder(path: Path, others: list[Path], rng: random.Random) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def make_pipe(path: Path, others: list[Path], rng: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def make_dangling(path: Path, others: list[Path], rng: random.Random) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def make_newer(path: Path, others: list[Path], rng: random.Random) -> None:
    path.write_bytes(b"VGSTORE9" + path.read_bytes()[len(MAGIC) :])


def hollow(path: Path, others: list[Path], rng: random.Random) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[:HEADER_BYTES] + bytes(len(raw) - HEADER_BYTES))


def no_folder(path: Path, others: list[Path], rng: random.Random) -> None:
    """Put a file in the place of the entry's folder."""
    if path.parent.is_dir():
        for entry in path.parent.iterdir():
            entry.unlink()
        path.parent.rmdir()
        path.parent.write_text("in the way")


DAMAGES = [flip, cut, lengthen, swap, make_folder, make_pipe, make_dangling, make_newer, hollow, no_folder]


@pytest.mark.parametrize("damage", few(2, DAMAGES), ids=lambda damage: damage.__name__)
def test_a_cache_with_every_entry_damaged(damage: Callable[..., None], tmp_path: Path, expected: Expected) -> None:
    rng = random.Random(damage.__name__)
    shutil.copytree(expected.cache, tmp_path / "cache")
    with BuildServer(tmp_path) as server:
        entries = sorted(path for path in server.cache.glob("??/*") if path.is_file())
        assert len(entries) > 3
        for path in entries:
            if path.exists():
                damage(path, [other for other in entries if other != path and other.is_file()], rng)
        assert built(server, "First") == expected.first
        assert built(server, "First") == expected.first, "the new entries are wrong"


@long
def test_a_cache_that_changes_while_it_is_read(tmp_path: Path, expected: Expected) -> None:
    rng, builds_done = random.Random(5), threading.Event()
    shutil.copytree(expected.cache, tmp_path / "cache")
    with BuildServer(tmp_path) as server:
        (server.work / "s.yaml").write_text(routine("First"), encoding="utf-8")

        def damage_entries() -> None:
            while not builds_done.wait(0.01):
                entries = [path for path in server.cache.glob("??/*") if path.is_file() and ".part" not in path.name]
                try:
                    rng.choice([flip, cut, hollow])(rng.choice(entries), entries, rng)
                except (OSError, ValueError, IndexError):
                    continue

        damaging = threading.Thread(target=damage_entries)
        damaging.start()
        try:
            results: list[BuildResult] = [server.run(*BUILD) for _ in range(4)]
        finally:
            builds_done.set()
            damaging.join()
        assert [(result.status, result.stderr) for result in results] == [(0, "")] * 4
        assert (server.work / "out" / "s.mp3").read_bytes() == expected.first
