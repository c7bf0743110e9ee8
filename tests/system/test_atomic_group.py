"""Several files get their new contents together or not at all."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from voiceguide.errors import ExportError
from voiceguide.system.atomic_group import atomic_group

NAMES = ("a", "b", "c", "d")


def _write_all(folder: Path) -> None:
    with atomic_group() as group:
        for name in NAMES:
            group.write_bytes(folder / name, b"new")


def _contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in sorted(os.listdir(folder))}


def _make_old_files(folder: Path) -> None:
    for name in ("b", "c"):
        (folder / name).write_bytes(b"old")


def test_all_files_appear_at_the_end(tmp_path: Path) -> None:
    _make_old_files(tmp_path)
    with atomic_group() as group:
        for name in NAMES:
            group.write_bytes(tmp_path / name, b"new")
        assert {name: data for name, data in _contents(tmp_path).items() if name in NAMES} == {"b": b"old", "c": b"old"}
    assert _contents(tmp_path) == dict.fromkeys(NAMES, b"new")


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("failing", range(1, 5))
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_if_a_rename_fails_every_old_file_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, error: BaseException, links: bool
) -> None:
    """`--split` left the parts that it had written before a disk was full."""
    _make_old_files(tmp_path)
    before = _contents(tmp_path)
    calls = 0

    def fail(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise error
        rename(*arguments)

    def no_links(*arguments: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    rename = os.replace
    monkeypatch.setattr(os, "replace", fail)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(ExportError if isinstance(error, OSError) else KeyboardInterrupt):
        _write_all(tmp_path)
    assert _contents(tmp_path) == before


def test_a_disk_that_refuses_every_further_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _make_old_files(tmp_path)
    before = _contents(tmp_path)
    rename = os.replace
    calls: list[Any] = []

    def fail(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) > 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        rename(*arguments)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(ExportError, match="the disk is full"):
        _write_all(tmp_path)
    assert _contents(tmp_path) == before


@pytest.mark.skipif(os.name != "posix", reason="temporary files are locked only on POSIX systems")
@pytest.mark.parametrize("links", [True, False])
def test_a_build_that_starts_during_the_renames_removes_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    _make_old_files(tmp_path)
    before = _contents(tmp_path)
    rename = os.replace
    renamed: list[Any] = []

    def fail(*arguments: Any) -> None:
        if len(renamed) == 3:
            write = "import sys; from voiceguide.system.atomic_file import *; write_atomically(Path(sys.argv[1]), b'')"
            subprocess.run([sys.executable, "-c", f"from pathlib import Path; {write}", tmp_path / "other"], check=True)
            raise OSError(errno.ENOSPC, "No space left on device")
        renamed.append(arguments)
        rename(*arguments)

    def no_links(*arguments: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "replace", fail)
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(ExportError, match="the disk is full"):
        _write_all(tmp_path)
    (tmp_path / "other").unlink()
    assert _contents(tmp_path) == before


def test_an_error_while_writing_leaves_nothing_and_names_the_file(tmp_path: Path) -> None:
    _make_old_files(tmp_path)
    before = _contents(tmp_path)

    def fail() -> None:
        with atomic_group() as group:
            group.write_bytes(tmp_path / "a", b"new")
            with group.write(tmp_path / "b"):
                raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(ExportError, match=f"^{tmp_path / 'b'} could not be written: the disk is full"):
        fail()
    assert _contents(tmp_path) == before
