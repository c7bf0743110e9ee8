"""The cache returns what was stored or nothing, whatever happens to its files."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

import voiceguide.system.disk_cache
from voiceguide.errors import VoiceguideError
from voiceguide.system.disk_cache import HEADER_BYTES, MAGIC, DiskCache, cache_folder, digest, get_or_make, open_cache
from voiceguide.system.file_lock import lock_temp

KEY = digest("a key")
DATA = bytes(range(256)) * 8


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache")


def entry(cache: DiskCache, key: str = KEY) -> Path:
    return cache.folder / key[:2] / key


def test_an_entry_is_returned_as_it_was_stored(cache: DiskCache) -> None:
    assert cache.get(KEY) is None
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA
    assert DiskCache(cache.folder).get(KEY) == DATA
    assert cache.usage() == (1, HEADER_BYTES + len(DATA))


def test_an_empty_entry_is_an_entry(cache: DiskCache) -> None:
    cache.put(KEY, b"")
    assert cache.get(KEY) == b""


def test_digest_depends_on_where_each_part_ends() -> None:
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
    ids=["magic start", "magic end", "checksum start", "checksum end", "data start", "data middle", "data end"],
)
def test_a_flipped_bit_anywhere_makes_an_entry_missing(cache: DiskCache, position: int) -> None:
    cache.put(KEY, DATA)
    raw = bytearray(entry(cache).read_bytes())
    raw[position] ^= 1
    entry(cache).write_bytes(raw)
    assert cache.get(KEY) is None
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA


@pytest.mark.parametrize(
    "length", [0, 1, len(MAGIC), HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 1, HEADER_BYTES + len(DATA) - 1]
)
def test_a_truncated_entry_is_missing(cache: DiskCache, length: int) -> None:
    cache.put(KEY, DATA)
    entry(cache).write_bytes(entry(cache).read_bytes()[:length])
    assert cache.get(KEY) is None


def test_an_entry_under_another_name_is_missing(cache: DiskCache) -> None:
    """If two cached clips were swapped, a step would speak the text of another."""
    cache.put(KEY, DATA)
    other = digest("another key")
    entry(cache, other).parent.mkdir(exist_ok=True)
    entry(cache).rename(entry(cache, other))
    assert cache.get(other) is None


def test_an_entry_of_a_newer_version_is_missing_and_is_replaced(cache: DiskCache) -> None:
    cache.put(KEY, DATA)
    raw = entry(cache).read_bytes()
    entry(cache).write_bytes(b"VGSTORE9" + raw[len(MAGIC) :])
    assert cache.get(KEY) is None
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_foreign_bytes_are_never_an_entry(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    cache = DiskCache(tmp_path_factory.getbasetemp() / "foreign")
    entry(cache).parent.mkdir(parents=True, exist_ok=True)
    entry(cache).write_bytes(raw)
    assert cache.get(KEY) is None


def test_a_folder_where_an_entry_belongs_is_replaced(cache: DiskCache) -> None:
    (entry(cache) / "inside").mkdir(parents=True)
    assert cache.get(KEY) is None
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA
    assert cache.write_error == ""


def test_a_fifo_where_an_entry_belongs_counts_as_missing_without_blocking(cache: DiskCache) -> None:
    entry(cache).parent.mkdir(parents=True)
    os.mkfifo(entry(cache))
    assert cache.get(KEY) is None
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA


def test_a_huge_file_is_not_read(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.put(KEY, DATA)
    monkeypatch.setattr(voiceguide.system.disk_cache, "MAX_ENTRY_BYTES", 100)
    assert cache.get(KEY) is None


def test_an_unwritable_folder_is_replaced_by_a_temporary_one_and_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = DiskCache(tmp_path / "file" / "cache")
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA
    assert cache.write_error == f"Could not write to the cache {cache.folder} (Not a directory)."
    assert cache.usage() == (0, 0)
    cache.close()
    cache.close()
    assert cache.get(KEY) is None


def test_a_file_where_a_subfolder_belongs_is_handled(cache: DiskCache) -> None:
    cache.folder.mkdir()
    entry(cache).parent.write_text("in the way")
    cache.put(KEY, DATA)
    assert cache.get(KEY) == DATA
    assert cache.write_error == f"Could not write to the cache {cache.folder} (File exists)."
    cache.close()


def test_if_nothing_can_be_written_the_message_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = DiskCache(tmp_path / "file")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    with pytest.raises(VoiceguideError) as caught:
        cache.put(KEY, DATA)
    assert str(caught.value) == (
        f"Could not write to the cache {tmp_path}/file (Not a directory). "
        "Could not create a temporary folder: Not a directory. "
        "Free some space, or set TMPDIR to a writable folder."
    )


def test_a_full_disk_leaves_no_partial_entry(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    cache.put(KEY, DATA)
    monkeypatch.setattr("os.replace", disk_full)
    with pytest.raises(VoiceguideError, match="No space left on device"):
        cache.put(digest("other"), DATA)
    monkeypatch.undo()
    assert cache.get(KEY) == DATA
    assert [path.name for path in cache.folder.glob("*/*")] == [KEY]
    cache.close()


def test_trim_removes_the_least_recently_used_and_stays_within_the_limit(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, max_bytes=3 * (HEADER_BYTES + 100))
    keys = [digest(str(number)) for number in range(6)]
    for age, key in enumerate(keys):
        cache.put(key, bytes(100))
        os.utime(entry(cache, key), (time.time() - 90_000 + age,) * 2)
    assert cache.get(keys[0]) == bytes(100), "reading an entry makes it the most recently used"
    cache.trim()
    assert [key for key in keys if cache.get(key) is not None] == [keys[0], keys[4], keys[5]]
    assert cache.usage() == (3, cache.max_bytes)


def test_trim_removes_abandoned_temporary_files_but_not_those_of_a_running_process(cache: DiskCache) -> None:
    cache.put(KEY, DATA)
    orphan, ours, other = (entry(cache).parent / f".part-{pid}-x" for pid in (os.getpid(), 1, 4194304))
    with open(ours, "wb") as first, open(other, "wb") as second:
        for file in (first, second):
            assert lock_temp(file.fileno())
            os.utime(file.name, (time.time() - 7_200,) * 2)
        orphan.write_bytes(DATA)
        cache.trim()
        assert [path.exists() for path in (orphan, ours, other)] == [False, True, True]
    cache.trim()
    assert [path.exists() for path in (orphan, ours, other)] == [False, False, False]


def test_a_cached_result_is_computed_once(cache: DiskCache) -> None:
    results = iter([b"first", b"second"])
    assert get_or_make(cache, KEY, lambda: next(results)) == b"first"
    assert get_or_make(cache, KEY, lambda: next(results)) == b"first"
    cache.clear()
    assert get_or_make(cache, KEY, lambda: next(results)) == b"second"
    assert get_or_make(None, KEY, lambda: b"third") == b"third"


def test_a_folder_that_disappears_during_trim_is_ignored(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process clears the cache at the same time. This used to be a traceback."""
    keys = [digest(str(number)) for number in range(20)]
    for key in keys:
        cache.put(key, DATA)
    scandir = os.scandir

    def remove_and_list(folder: Any) -> Any:
        if getattr(folder, "name", "") == keys[7][:2]:
            shutil.rmtree(folder)
        return scandir(folder)

    monkeypatch.setattr("voiceguide.system.disk_cache.os.scandir", remove_and_list)
    cache.trim()
    subfolders = {key[:2] for key in keys}
    assert len({key[:2] for key in keys if cache.get(key)}) == len(subfolders) - 1


def test_trim_reads_each_folder_once(cache: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs at the end of every command, also when the cache is as large as it may be."""
    keys = [digest(str(number)) for number in range(20)]
    for key in keys:
        cache.put(key, DATA)
    scandir, read = os.scandir, []

    def list_folder(folder: Any) -> Any:
        read.append(os.fspath(folder))
        return scandir(folder)

    monkeypatch.setattr("voiceguide.system.disk_cache.os.scandir", list_folder)
    cache.trim()
    assert sorted(read) == sorted(map(str, {cache.folder, *(entry(cache, key).parent for key in keys)}))


def test_clear_removes_only_cache_entries(cache: DiskCache) -> None:
    """VOICEGUIDE_CACHE may name a folder with other files in it."""
    cache.put(KEY, DATA)
    notes = cache.folder / KEY[:2] / "notes.txt"
    notes.write_text("not a cache entry")
    picture = cache.folder / "pictures" / KEY
    picture.parent.mkdir()
    picture.write_text("not a cache entry")
    assert cache.clear() == 1
    assert (notes.exists(), picture.exists(), cache.usage()) == (True, True, (0, 0))


def test_threads_share_a_cache_even_if_it_is_not_writable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = DiskCache(tmp_path / "file")
    threads = [threading.Thread(target=cache.put, args=(digest(str(n)), bytes([n]) * 50)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [cache.get(digest(str(n))) for n in range(16)] == [bytes([n]) * 50 for n in range(16)]
    cache.close()


HAMMER = """
import sys, random
from pathlib import Path
from typing import Any
from voiceguide.system.file_lock import lock_temp
from voiceguide.system.disk_cache import DiskCache, digest
cache, rng = DiskCache(Path(sys.argv[1])), random.Random(sys.argv[2])
wrong = 0
for step in range(700):
    number = rng.randrange(20)
    key, data = digest(str(number)), bytes([number]) * (1000 + number)
    found = cache.get(key)
    wrong += found is not None and found != data
    if step % 97 == 0 and sys.argv[2] == "0":
        cache.clear()
    elif step % 13 == 0 and sys.argv[2] == "0" and (path := cache.folder / key[:2] / key).exists():
        path.write_bytes(path.read_bytes()[:500])
    else:
        cache.put(key, data)
        cache.trim()
print(wrong, cache.write_error)
"""


def test_processes_share_a_cache_while_one_of_them_damages_and_clears_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HAMMER, str(tmp_path)]
    processes = [subprocess.Popen([*command, str(n)], stdout=subprocess.PIPE, text=True) for n in range(3)]
    assert [process.communicate(timeout=60)[0].strip() for process in processes] == ["0", "0", "0"]


def test_a_thread_that_stores_after_close_creates_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    cache = DiskCache(tmp_path / "cache")
    cache.put(digest("one"), b"one")
    assert cache.get(digest("one")) == b"one"
    cache.close()
    with pytest.raises(VoiceguideError):
        cache.put(digest("late"), b"late")
    assert list((tmp_path / "temporary").iterdir()) == []


def test_open_cache_opens_the_users_cache_or_a_given_folder_and_closes_it(tmp_path: Path) -> None:
    with open_cache() as cache:
        assert cache.folder == cache_folder()
    with open_cache(tmp_path) as cache:
        cache.put(KEY, DATA)
    assert DiskCache(tmp_path).get(KEY) == DATA
    (tmp_path / "file").touch()
    with contextlib.suppress(KeyboardInterrupt), open_cache(tmp_path / "file") as cache:
        cache.put(KEY, DATA)
        assert cache.get(KEY) == DATA
        raise KeyboardInterrupt
    assert cache.get(KEY) is None, "the temporary folder was not removed"
