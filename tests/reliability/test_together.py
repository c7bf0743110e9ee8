"""Several builds at once, and a cache that is cleared, spoilt or swapped under them: every result is right."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.reliability.builds import Ended, Warm, litter, routine
from voiceguide.system.disk_cache import HEADER_BYTES, MAGIC

BUILD = ("build", "s.yaml", "-o", "out/s.mp3", "-q")
RIGHT = tuple[bytes, bytes]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> RIGHT:
    """Two sessions made in peace."""
    with Warm(tmp_path_factory.mktemp("right")) as warm:
        return built(warm, "First"), built(warm, "Second")


def built(warm: Warm, title: str) -> bytes:
    (warm.work / "s.yaml").write_text(routine(title), encoding="utf-8")
    done = warm.run(*BUILD)
    assert (done.status, done.err) == (0, "")
    return (warm.work / "out" / "s.mp3").read_bytes()


def in_threads(works: list[Callable[[], None]]) -> None:
    failures: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_two_builds_of_one_routine(tmp_path: Path, right: RIGHT) -> None:
    """The same name, the same cache, at the same time, four times over."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "s.yaml").write_text(routine("First"), encoding="utf-8")

    def build() -> None:
        with Warm(tmp_path / str(threading.get_ident()), {"VOICEGUIDE_CACHE": str(tmp_path / "cache")}) as warm:
            for _ in range(4):
                done = warm.run(*BUILD, folder=tmp_path / "work")
                assert (done.status, done.err) == (0, "")
                assert (tmp_path / "work" / "out" / "s.mp3").read_bytes() == right[0]

    in_threads([build, build])
    assert os.listdir(tmp_path / "work" / "out") == ["s.mp3"]
    assert litter(tmp_path) == []


def test_eight_builds_on_one_cache_that_is_cleared_meanwhile(tmp_path: Path, right: RIGHT) -> None:
    shared = {"VOICEGUIDE_CACHE": str(tmp_path / "cache")}
    over = threading.Event()

    def build(number: int) -> None:
        with Warm(tmp_path / f"lane{number}", shared) as warm:
            for _ in range(2):
                assert built(warm, ("First", "Second")[number % 2]) == right[number % 2]

    def clear() -> None:
        with Warm(tmp_path / "clearing", shared) as warm:
            while not over.wait(0.05):
                done = warm.run("cache", "clear")
                assert (done.status, done.err) == (0, "")

    clearing = threading.Thread(target=clear)
    clearing.start()
    try:
        in_threads([lambda number=number: build(number) for number in range(8)])  # type: ignore[misc]
    finally:
        over.set()
        clearing.join()
    assert litter(tmp_path) == []


def flip(path: Path, others: list[Path], dice: random.Random) -> None:
    raw = bytearray(path.read_bytes())
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    path.write_bytes(raw)


def cut(path: Path, others: list[Path], dice: random.Random) -> None:
    path.write_bytes(path.read_bytes()[: dice.randrange(path.stat().st_size)])


def lengthen(path: Path, others: list[Path], dice: random.Random) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def swap(path: Path, others: list[Path], dice: random.Random) -> None:
    path.write_bytes(dice.choice(others).read_bytes())


def make_folder(path: Path, others: list[Path], dice: random.Random) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def make_pipe(path: Path, others: list[Path], dice: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def make_dangling(path: Path, others: list[Path], dice: random.Random) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def make_newer(path: Path, others: list[Path], dice: random.Random) -> None:
    path.write_bytes(b"VGSTORE9" + path.read_bytes()[len(MAGIC) :])


def hollow(path: Path, others: list[Path], dice: random.Random) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[:HEADER_BYTES] + bytes(len(raw) - HEADER_BYTES))


def no_folder(path: Path, others: list[Path], dice: random.Random) -> None:
    """A file where the entry's folder belongs."""
    if path.parent.is_dir():
        for entry in path.parent.iterdir():
            entry.unlink()
        path.parent.rmdir()
        path.parent.write_text("in the way")


LIES = [flip, cut, lengthen, swap, make_folder, make_pipe, make_dangling, make_newer, hollow, no_folder]


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_cache_that_lies_in_every_entry(lie: Callable[..., None], tmp_path: Path, right: RIGHT) -> None:
    dice = random.Random(lie.__name__)
    with Warm(tmp_path) as warm:
        assert built(warm, "First") == right[0]
        entries = sorted(path for path in warm.cache.glob("??/*") if path.is_file())
        assert len(entries) > 3
        for path in entries:
            if path.exists():
                lie(path, [other for other in entries if other != path and other.is_file()], dice)
        assert built(warm, "First") == right[0]
        assert built(warm, "First") == right[0], "what was spoken anew is right as well"


def test_a_cache_that_changes_while_it_is_read(tmp_path: Path, right: RIGHT) -> None:
    dice, over = random.Random(5), threading.Event()
    with Warm(tmp_path) as warm:
        assert built(warm, "First") == right[0]

        def spoil() -> None:
            while not over.wait(0.002):
                entries = [path for path in warm.cache.glob("??/*") if path.is_file() and ".part" not in path.name]
                try:
                    dice.choice([flip, cut, hollow])(dice.choice(entries), entries, dice)
                except (OSError, ValueError, IndexError):
                    continue

        spoiling = threading.Thread(target=spoil)
        spoiling.start()
        try:
            ended: list[Ended] = [warm.run(*BUILD) for _ in range(6)]
        finally:
            over.set()
            spoiling.join()
        assert [(end.status, end.err) for end in ended] == [(0, "")] * 6
        assert (warm.work / "out" / "s.mp3").read_bytes() == right[0]
