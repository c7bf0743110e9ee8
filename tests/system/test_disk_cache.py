"""The store: what it gives back is what was put in, whatever happened to its files meanwhile."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import voiceguide.system.disk_cache
from voiceguide.errors import VoiceguideError
from voiceguide.system.disk_cache import HEADER_BYTES, MAGIC, DiskCache, digest, get_or_make

KEY = digest("a key")
DATA = bytes(range(256)) * 8


@pytest.fixture
def store(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "store")


def entry(store: DiskCache, key: str = KEY) -> Path:
    return store.folder / key[:2] / key


def test_what_was_put_comes_back(store: DiskCache) -> None:
    assert store.get(KEY) is None
    store.put(KEY, DATA)
    assert store.get(KEY) == DATA
    assert DiskCache(store.folder).get(KEY) == DATA
    assert store.usage() == (1, HEADER_BYTES + len(DATA))


def test_an_empty_entry_is_an_entry(store: DiskCache) -> None:
    store.put(KEY, b"")
    assert store.get(KEY) == b""


def test_digest_tells_where_one_part_ends_and_the_next_begins() -> None:
    keys = {digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("abc", ""), digest("", "abc"), digest()}
    assert len(keys) == 6
    assert digest("é", "\ud800") == digest("é".encode(), "\ud800")


@pytest.mark.parametrize(
    "position",
    [
        0,
        len(MAGIC) - 1,
        len(MAGIC),
        HEADER_BYTES - 1,
        HEADER_BYTES,
        HEADER_BYTES + len(DATA) // 2,
        HEADER_BYTES + len(DATA) - 1,
    ],
    ids=["magic starts", "magic ends", "sum starts", "sum ends", "data starts", "data's middle", "data ends"],
)
def test_a_flipped_bit_anywhere_makes_an_entry_missing(store: DiskCache, position: int) -> None:
    store.put(KEY, DATA)
    raw = bytearray(entry(store).read_bytes())
    raw[position] ^= 1
    entry(store).write_bytes(raw)
    assert store.get(KEY) is None
    store.put(KEY, DATA)
    assert store.get(KEY) == DATA


@pytest.mark.parametrize(
    "kept", [0, 1, len(MAGIC), HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 1, HEADER_BYTES + len(DATA) - 1]
)
def test_a_cut_entry_is_missing(store: DiskCache, kept: int) -> None:
    store.put(KEY, DATA)
    entry(store).write_bytes(entry(store).read_bytes()[:kept])
    assert store.get(KEY) is None


def test_an_entry_under_another_name_is_missing(store: DiskCache) -> None:
    """Two cached clips swapped would say one step's words in another's place."""
    store.put(KEY, DATA)
    other = digest("another key")
    entry(store, other).parent.mkdir(exist_ok=True)
    entry(store).rename(entry(store, other))
    assert store.get(other) is None


def test_an_entry_of_a_newer_version_is_missing_and_gets_replaced(store: DiskCache) -> None:
    store.put(KEY, DATA)
    raw = entry(store).read_bytes()
    entry(store).write_bytes(b"VGSTORE9" + raw[len(MAGIC) :])
    assert store.get(KEY) is None
    store.put(KEY, DATA)
    assert store.get(KEY) == DATA


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_foreign_bytes_are_never_an_entry(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    store = DiskCache(tmp_path_factory.getbasetemp() / "foreign")
    entry(store).parent.mkdir(parents=True, exist_ok=True)
    entry(store).write_bytes(raw)
    assert store.get(KEY) is None


def test_a_folder_where_an_entry_belongs_is_replaced(store: DiskCache) -> None:
    (entry(store) / "inside").mkdir(parents=True)
    assert store.get(KEY) is None
    store.put(KEY, DATA)
    assert store.get(KEY) == DATA
    assert store.write_error == ""


def test_a_fifo_where_an_entry_belongs_is_missing_at_once(store: DiskCache) -> None:
    entry(store).parent.mkdir(parents=True)
    os.mkfifo(entry(store))
    assert store.get(KEY) is None
    store.put(KEY, DATA)
    assert store.get(KEY) == DATA


def test_a_huge_file_is_not_read(store: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(KEY, DATA)
    monkeypatch.setattr(voiceguide.system.disk_cache, "LARGEST_ENTRY", 100)
    assert store.get(KEY) is None


def test_an_unwritable_folder_is_replaced_by_a_temporary_one_and_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    store = DiskCache(tmp_path / "file" / "store")
    store.put(KEY, DATA)
    assert store.get(KEY) == DATA
    assert store.write_error == f"The cache {store.folder} cannot be written (Not a directory)."
    assert store.usage() == (0, 0)
    store.close()
    store.close()
    assert store.get(KEY) is None


def test_a_file_where_a_subfolder_belongs_is_survived(store: DiskCache) -> None:
    store.folder.mkdir()
    entry(store).parent.write_text("in the way")
    store.put(KEY, DATA)
    assert store.get(KEY) == DATA
    assert store.write_error == f"The cache {store.folder} cannot be written (File exists)."
    store.close()


def test_where_nothing_can_be_written_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    store = DiskCache(tmp_path / "file")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(VoiceguideError) as caught:
        store.put(KEY, DATA)
    assert str(caught.value) == (
        f"The cache {tmp_path}/file cannot be written (Not a directory). "
        "No temporary folder can be made: Not a directory. "
        "Free some space, or set TMPDIR to a folder that can be written."
    )


def test_a_full_disk_leaves_no_torso(store: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    store.put(KEY, DATA)
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(VoiceguideError, match="No space left on device"):
        store.put(digest("other"), DATA)
    monkeypatch.undo()
    assert store.get(KEY) == DATA
    assert [path.name for path in store.folder.glob("*/*")] == [KEY]
    store.close()


def test_trim_lets_the_longest_unused_go_and_stays_within_the_limit(tmp_path: Path) -> None:
    store = DiskCache(tmp_path, max_bytes=3 * (HEADER_BYTES + 100))
    keys = [digest(str(number)) for number in range(6)]
    for age, key in enumerate(keys):
        store.put(key, bytes(100))
        os.utime(entry(store, key), (time.time() - 90_000 + age,) * 2)
    assert store.get(keys[0]) == bytes(100), "reading one makes it the last used"
    store.trim()
    assert [key for key in keys if store.get(key) is not None] == [keys[0], keys[4], keys[5]]
    assert store.usage() == (3, store.max_bytes)


def test_trim_sweeps_what_a_killed_process_left_and_spares_what_another_is_writing(store: DiskCache) -> None:
    store.put(KEY, DATA)
    old, fresh, orphan, ours = (
        entry(store).parent / f".part-{name}" for name in ("old", "fresh", "4194304-orphan", f"{os.getpid()}-ours")
    )
    for path in (old, fresh, orphan, ours):
        path.write_bytes(DATA)
    os.utime(old, (time.time() - 7_200,) * 2)
    store.trim()
    assert [path.exists() for path in (old, fresh, orphan, ours)] == [False, True, False, True]


def test_what_is_remembered_is_made_once(store: DiskCache) -> None:
    made = iter([b"first", b"second"])
    assert get_or_make(store, KEY, lambda: next(made)) == b"first"
    assert get_or_make(store, KEY, lambda: next(made)) == b"first"
    store.clear()
    assert get_or_make(store, KEY, lambda: next(made)) == b"second"
    assert get_or_make(None, KEY, lambda: b"third") == b"third"


def test_a_folder_that_vanishes_while_the_store_is_trimmed_is_no_trouble(
    store: DiskCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody clears the cache at the same time: it was a traceback."""
    keys = [digest(str(number)) for number in range(20)]
    for key in keys:
        store.put(key, DATA)
    listdir = os.listdir

    def vanishing(folder: Path) -> list[str]:
        if folder.name == keys[7][:2]:
            shutil.rmtree(folder)
        return listdir(folder)

    monkeypatch.setattr("voiceguide.system.disk_cache.os.listdir", vanishing)
    store.trim()
    shelves = {key[:2] for key in keys}
    assert len({key[:2] for key in keys if store.get(key)}) == len(shelves) - 1


def test_clear_takes_our_files_only(store: DiskCache) -> None:
    """VOICEGUIDE_CACHE may be set to a folder that holds other things."""
    store.put(KEY, DATA)
    mine = store.folder / KEY[:2] / "notes.txt"
    mine.write_text("not a cache entry")
    pictures = store.folder / "pictures" / KEY
    pictures.parent.mkdir()
    pictures.write_text("not a cache entry")
    assert store.clear() == 1
    assert (mine.exists(), pictures.exists(), store.usage()) == (True, True, (0, 0))


def test_threads_share_one_store_even_when_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = DiskCache(tmp_path / "file")
    threads = [threading.Thread(target=store.put, args=(digest(str(n)), bytes([n]) * 50)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.get(digest(str(n))) for n in range(16)] == [bytes([n]) * 50 for n in range(16)]
    store.close()


HAMMER = """
import sys, random
from pathlib import Path
from voiceguide.system.disk_cache import Store, digest
store, chance = Store(Path(sys.argv[1])), random.Random(sys.argv[2])
wrong = 0
for turn in range(700):
    number = chance.randrange(20)
    key, data = digest(str(number)), bytes([number]) * (1000 + number)
    found = store.get(key)
    wrong += found is not None and found != data
    if turn % 97 == 0 and sys.argv[2] == "0":
        store.clear()
    elif turn % 13 == 0 and sys.argv[2] == "0" and (path := store.folder / key[:2] / key).exists():
        path.write_bytes(path.read_bytes()[:500])
    else:
        store.put(key, data)
        store.trim()
print(wrong, store.trouble)
"""


def test_processes_share_a_store_while_one_of_them_spoils_and_clears_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HAMMER, str(tmp_path)]
    processes = [subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, text=True) for n in range(3)]
    assert [process.communicate(timeout=60)[0].strip() for process in processes] == ["0", "0", "0"]


def test_a_thread_that_comes_after_the_end_makes_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    store = DiskCache(tmp_path / "cache")
    store.put(digest("one"), b"one")
    assert store.get(digest("one")) == b"one"
    store.close()
    with pytest.raises(VoiceguideError):
        store.put(digest("late"), b"late")
    assert list((tmp_path / "temporary").iterdir()) == []
