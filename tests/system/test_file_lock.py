"""Files of running programs are not removed, whatever process IDs mean to them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.system.test_atomic_file import KILLED
from voiceguide.system.atomic_file import write_atomically
from voiceguide.system.file_lock import lock_if_abandoned, lock_temp
from voiceguide.system.temp_dirs import make_temp_dir, remove_stale_temp_dirs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks, and removes nothing")
UNUSED_PID = "4194304"
"""One more than the highest process ID on Linux. To us, this is what IDs of another container look like."""


def test_the_part_of_a_build_in_another_container_is_kept(tmp_path: Path) -> None:
    """Builds in two containers with one output folder removed each other's files, and both failed."""
    code = f"import os; os.getpid = lambda: {UNUSED_PID}\n{KILLED}"
    target = tmp_path / "session.mp3"
    with subprocess.Popen([sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE) as build:
        assert build.stdout is not None
        build.stdout.readline()
        write_atomically(tmp_path / "other.mp3", b"x")
        assert len(list(tmp_path.glob(f".session.mp3.{UNUSED_PID}-*.part"))) == 1
        build.kill()
        build.wait()
    write_atomically(tmp_path / "other.mp3", b"x")
    assert os.listdir(tmp_path) == ["other.mp3"]


def test_a_part_whose_process_id_is_used_again_is_removed(tmp_path: Path) -> None:
    (tmp_path / f".session.mp3.{os.getpid()}-01234567.part").touch()
    write_atomically(tmp_path / "other.mp3", b"x")
    assert os.listdir(tmp_path) == ["other.mp3"]


def test_a_temporary_folder_is_removed_only_when_nobody_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(os, "getpid", lambda: int(UNUSED_PID))
    (tmp_path / "voiceguide-1-orphan").mkdir()
    with make_temp_dir() as used:
        remove_stale_temp_dirs()
        assert os.listdir(tmp_path) == [Path(used).name]
    assert os.listdir(tmp_path) == []


def test_a_file_that_was_removed_before_it_was_locked_is_noticed(tmp_path: Path) -> None:
    with open(tmp_path / "x", "wb") as file:
        os.unlink(tmp_path / "x")
        assert not lock_temp(file.fileno())


def test_on_a_disk_without_locks_only_old_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    file = tmp_path / "x"
    file.touch()
    assert lock_temp(os.open(file, os.O_RDONLY))
    for age_s, expected in ((3_600, False), (200_000, True)):
        os.utime(file, (time.time() - age_s,) * 2)
        with lock_if_abandoned(file) as abandoned:
            assert abandoned is expected


def test_links_and_pipes_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "missing"):
        with lock_if_abandoned(tmp_path / name) as abandoned:
            assert not abandoned, name
