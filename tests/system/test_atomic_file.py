"""A finished file appears whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from voiceguide.errors import ExportError
from voiceguide.system.atomic_file import atomic_write, convert_write_errors


def write(target: Path, data: bytes) -> None:
    with atomic_write(target) as part:
        part.write_bytes(data)


def test_the_target_gets_the_bytes_and_nothing_else_stays(tmp_path: Path) -> None:
    target = tmp_path / "session.mp3"
    write(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["session.mp3"]


def test_readers_see_the_old_file_until_the_end(tmp_path: Path) -> None:
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")
    with atomic_write(target) as part:
        part.write_bytes(b"new")
        assert target.read_bytes() == b"old"
        assert part.parent == tmp_path
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), ExportError("x"), GeneratorExit()])
def test_any_exception_leaves_the_old_file_and_no_part(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")

    def fail() -> None:
        with atomic_write(target) as part:
            part.write_bytes(b"half")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["session.mp3"]


@pytest.mark.parametrize("step", ["open", "fsync", "fchmod", "replace", "close"])
def test_a_full_disk_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")
    real = getattr(os, step)

    def full(*arguments: object, **named: object) -> object:
        if step == "close":
            real(*arguments, **named)
        raise OSError(errno.ENOSPC, "No space left on device")

    def attempt() -> None:
        with atomic_write(target) as part:
            with open(part, "wb") as file:
                file.write(b"half")
            monkeypatch.setattr(os, step, full)

    with pytest.raises(ExportError) as caught:
        attempt()
    monkeypatch.undo()
    assert str(caught.value) == f"{target} could not be written: the disk is full. Free some space and try again."
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["session.mp3"]


def test_a_new_file_follows_the_umask_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "new.mp3", b"x")
        kept = tmp_path / "kept.mp3"
        kept.touch()
        kept.chmod(0o604)
        write(kept, b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "new.mp3").stat().st_mode & 0o777 == 0o640
    assert kept.stat().st_mode & 0o777 == 0o604


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.mp3"
    link.symlink_to(tmp_path / "there" / "real.mp3")
    write(link, b"x")
    assert link.is_symlink()
    assert (tmp_path / "there" / "real.mp3").read_bytes() == b"x"


def test_targets_that_cannot_be(tmp_path: Path) -> None:
    protected = tmp_path / "protected.mp3"
    protected.touch()
    protected.chmod(0o444)
    long = tmp_path / ("x" * 300)
    inside = protected / "x.mp3"
    lost = tmp_path / "lost" / "x.mp3"
    for target, reason in [
        (tmp_path, "it is a folder. Name a file inside it."),
        (protected, "it is write-protected. Choose another name, or allow writing."),
        (Path("/dev/null"), "it is not a plain file. Choose another name."),
        (lost, f"there is no folder {lost.parent}. Make it, or choose another."),
        (inside, f"there is no folder {protected}. Make it, or choose another."),
        (long, "its name is too long. Choose a shorter one."),
    ]:
        with pytest.raises(ExportError) as caught:
            write(target, b"x")
        assert str(caught.value) == f"{target} could not be written: {reason}"
    assert sorted(os.listdir(tmp_path)) == ["protected.mp3"]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EROFS, "folder does not allow it. Choose another folder."),
        (errno.EACCES, "folder does not allow it. Choose another folder."),
        (errno.EFBIG, "it is larger than this disk or account allows. Choose another folder."),
        (errno.EIO, "Input/output error. Choose another folder, or try again."),
    ],
)
def test_what_the_system_says_becomes_a_sentence(number: int, reason: str) -> None:
    with pytest.raises(ExportError) as caught, convert_write_errors(Path("folder/x.mp3")):
        raise OSError(number, os.strerror(number))
    assert str(caught.value) == f"folder/x.mp3 could not be written: {reason}"


def test_a_long_name_still_fits_with_its_part(tmp_path: Path) -> None:
    name = "é" * 125 + ".mp3"
    write(tmp_path / name, b"x")
    assert os.listdir(tmp_path) == [name]


KILLED = """
import sys, time
from pathlib import Path
from voiceguide.system.atomic_file import whole_file
with whole_file(Path(sys.argv[1])) as part:
    part.write_bytes(b"half")
    print(flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_the_old_file_and_the_next_run_sweeps(tmp_path: Path) -> None:
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(target)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    write(tmp_path / "other.mp3", b"x")
    assert len(os.listdir(tmp_path)) == 3, "the part of a living process was swept"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert target.read_bytes() == b"old"
    foreign = tmp_path / ".download.part"
    foreign.touch()
    write(tmp_path / "other.mp3", b"y")
    assert sorted(os.listdir(tmp_path)) == [".download.part", "other.mp3", "session.mp3"]


def test_two_writers_of_one_name_do_not_disturb_each_other(tmp_path: Path) -> None:
    target = tmp_path / "session.mp3"
    with atomic_write(target) as first:
        first.write_bytes(b"first")
        write(target, b"second")
        assert target.read_bytes() == b"second"
    assert target.read_bytes() == b"first"
