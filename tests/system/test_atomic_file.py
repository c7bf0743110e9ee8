"""A file gets its new contents completely or not at all, whatever happens during the write."""

from __future__ import annotations

import errno
import itertools
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.work import interrupt_at
from voiceguide.errors import ExportError
from voiceguide.system.atomic_file import atomic_write, convert_write_errors, write_atomically


def test_the_target_gets_the_bytes_and_no_other_file_is_left(tmp_path: Path) -> None:
    target = tmp_path / "session.mp3"
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["session.mp3"]


def test_readers_see_the_old_file_until_the_end(tmp_path: Path) -> None:
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")
    with atomic_write(target) as temp:
        temp.write_bytes(b"new")
        assert target.read_bytes() == b"old"
        assert temp.parent == tmp_path
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), ExportError("x"), GeneratorExit()])
def test_any_exception_leaves_the_old_file_and_no_temporary_one(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")

    def fail() -> None:
        with atomic_write(target) as temp:
            temp.write_bytes(b"half")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["session.mp3"]


@pytest.mark.parametrize("old", [None, b"old"])
def test_an_interruption_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path: Path, old: bytes | None) -> None:
    """The process may be stopped for a while right after the file has been created, and be interrupted when it goes on.

    Until the file exists, there is nothing to lose. From then on, an interruption is raised at each line in turn.
    """
    target = tmp_path / "session.mp3"
    for moment in itertools.count(1):
        if old is not None:
            target.write_bytes(old)
        is_over = not interrupt_at(moment, lambda: write_atomically(target, b"new"))
        assert [name for name in os.listdir(tmp_path) if name != "session.mp3"] == [], moment
        assert not target.exists() or target.read_bytes() in (old, b"new")
        if is_over:
            assert target.read_bytes() == b"new"
            assert moment > 30
            return
        target.unlink(missing_ok=True)


@pytest.mark.parametrize("step", ["open", "fsync", "fchmod", "replace", "close"])
def test_a_full_disk_at_any_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")
    target.chmod(0o666)  # more than the umask allows, so the mode of the new file has to be set
    original = getattr(os, step)

    def disk_full(*arguments: object, **keywords: object) -> object:
        if step == "close":
            original(*arguments, **keywords)
        raise OSError(errno.ENOSPC, "No space left on device")

    def attempt() -> None:
        with atomic_write(target) as temp:
            with open(temp, "wb") as file:
                file.write(b"half")
            monkeypatch.setattr(os, step, disk_full)

    with pytest.raises(ExportError) as caught:
        attempt()
    monkeypatch.undo()
    assert str(caught.value) == f"{target} could not be written: the disk is full. Free some space and try again."
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["session.mp3"]


class _NoteCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.mark.parametrize("step", ["fchmod", "fsync"])
@pytest.mark.parametrize("code", ["EPERM", "EINVAL", "ENOSYS", "EOPNOTSUPP"])
def test_a_disk_without_permissions_or_sync_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: str
) -> None:
    """Builds to some network shares failed at the very end: "is not writable"."""
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")
    target.chmod(0o666)

    def refuse(*arguments: object) -> None:
        raise OSError(getattr(errno, code), os.strerror(getattr(errno, code)))

    monkeypatch.setattr(os, step, refuse)
    # The command line turns propagation off for good, which confuses caplog.
    notes = _NoteCollector()
    monkeypatch.setattr(logging.getLogger("voiceguide.system"), "handlers", [notes])
    write_atomically(target, b"new")
    assert target.read_bytes() == b"new"
    consequences = {
        "fchmod": "its permissions could not be set",
        "fsync": "a power failure in the next minute could damage it",
    }
    assert notes.messages == [
        f"A file was written to {tmp_path}, but this disk does not support every operation: {consequences[step]}."
    ]


def test_permissions_that_are_right_already_are_not_set_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fchmod", lambda *arguments: pytest.fail("os.fchmod was called"))
    write_atomically(tmp_path / "new.mp3", b"x")
    write_atomically(tmp_path / "new.mp3", b"y")


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize(("umask", "new_mode"), [(0o022, 0o644), (0o027, 0o640)])
def test_a_new_file_follows_the_umask_and_a_replaced_one_keeps_its_mode(
    umask: int, new_mode: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading the umask used to set it to 077 for a moment: other threads could create files with the wrong mode."""
    new, replaced = tmp_path / "new.mp3", tmp_path / "replaced.mp3"
    replaced.touch()
    replaced.chmod(0o604)
    previous = os.umask(umask)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "umask", lambda mask: pytest.fail("os.umask was called"))
            write_atomically(new, b"x")
            write_atomically(replaced, b"x")
    finally:
        os.umask(previous)
    assert (mode_of(new), mode_of(replaced)) == (new_mode, 0o604)


def test_nobody_else_can_read_the_new_contents_of_a_private_file(tmp_path: Path) -> None:
    target = tmp_path / "private.mp3"
    target.touch()
    target.chmod(0o600)
    with atomic_write(target) as temp:
        assert mode_of(temp) == 0o600


def test_a_symbolic_link_is_followed_and_kept(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link.mp3"
    link.symlink_to(tmp_path / "there" / "real.mp3")
    write_atomically(link, b"x")
    assert link.is_symlink()
    assert (tmp_path / "there" / "real.mp3").read_bytes() == b"x"


def test_targets_that_cannot_be_written(tmp_path: Path) -> None:
    protected = tmp_path / "protected.mp3"
    protected.touch()
    protected.chmod(0o444)
    long = tmp_path / ("x" * 300)
    inside = protected / "x.mp3"
    missing = tmp_path / "missing" / "x.mp3"
    for target, reason in [
        (tmp_path, "it is a folder. Choose a file name inside it."),
        (protected, "it is write-protected. Choose another name, or make it writable."),
        (Path("/dev/null"), "it is not a regular file. Choose another name."),
        (missing, f"the folder {missing.parent} does not exist. Create it or choose another."),
        (inside, f"the folder {protected} does not exist. Create it or choose another."),
        (long, "its name is too long. Choose a shorter one."),
    ]:
        with pytest.raises(ExportError) as caught:
            write_atomically(target, b"x")
        assert str(caught.value) == f"{target} could not be written: {reason}"
    assert sorted(os.listdir(tmp_path)) == ["protected.mp3"]


def test_a_link_to_a_missing_folder(tmp_path: Path) -> None:
    """The message named the folder of the link, which does exist."""
    link = tmp_path / "link.mp3"
    link.symlink_to("nowhere/x.mp3")
    with pytest.raises(ExportError) as caught:
        write_atomically(link, b"x")
    folder = tmp_path.resolve() / "nowhere"
    reason = f"the folder {folder} does not exist. Create it or choose another."
    assert str(caught.value) == f"{link} could not be written: {reason}"


def test_messages_name_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They said that the folder . does not exist."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ExportError) as caught, convert_write_errors(Path("x.mp3")):
        raise PermissionError(errno.EACCES, "Permission denied")
    reason = f"the current folder ({tmp_path.resolve()}) is not writable. Choose another folder."
    assert str(caught.value) == f"x.mp3 could not be written: {reason}"


@pytest.mark.skipif(os.name != "posix", reason="Windows does not remove the current folder")
def test_a_current_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(ExportError) as caught:
        write_atomically(Path("x.mp3"), b"x")
    reason = "the current folder does not exist. Create it or choose another."
    assert str(caught.value) == f"x.mp3 could not be written: {reason}"


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.EROFS, "folder is not writable. Choose another folder."),
        (errno.EACCES, "folder is not writable. Choose another folder."),
        (errno.EFBIG, "it is larger than this disk or account allows. Choose another folder."),
        (errno.EIO, "Input/output error. Choose another folder, or try again."),
    ],
)
def test_an_error_of_the_operating_system_becomes_a_sentence(number: int, reason: str) -> None:
    with pytest.raises(ExportError) as caught, convert_write_errors(Path("folder/x.mp3")):
        raise OSError(number, os.strerror(number))
    assert str(caught.value) == f"folder/x.mp3 could not be written: {reason}"


def test_the_temporary_name_of_a_long_name_is_not_too_long(tmp_path: Path) -> None:
    name = "é" * 125 + ".mp3"
    write_atomically(tmp_path / name, b"x")
    assert os.listdir(tmp_path) == [name]


KILLED = """
import sys, time
from pathlib import Path
from voiceguide.system.atomic_file import atomic_write
with atomic_write(Path(sys.argv[1])) as temp:
    temp.write_bytes(b"half")
    print(flush=True)
    time.sleep(60)
"""


def test_a_killed_process_leaves_the_old_file_and_the_next_run_cleans_up(tmp_path: Path) -> None:
    target = tmp_path / "session.mp3"
    target.write_bytes(b"old")
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(target)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    write_atomically(tmp_path / "other.mp3", b"x")
    assert len(os.listdir(tmp_path)) == 3, "the temporary file of a running process was removed"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert target.read_bytes() == b"old"
    foreign = tmp_path / ".download.part"
    foreign.touch()
    write_atomically(tmp_path / "other.mp3", b"y")
    assert sorted(os.listdir(tmp_path)) == [".download.part", "other.mp3", "session.mp3"]


SHOT_WHILE_RENAMING = """
import os, signal, sys
from pathlib import Path
from voiceguide.system.atomic_file import write_atomically
def rename(old, new, original=os.link):
    original(old, new)
    os.kill(os.getpid(), signal.SIGKILL)
os.link = rename
os.replace = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)
write_atomically(Path(sys.argv[1]), b"whole", may_replace=False)
"""


def test_a_new_file_that_replaces_none_is_whole_from_the_start(tmp_path: Path) -> None:
    """Its name was taken by an empty file first, which stayed there if the process was killed at that moment."""
    target = tmp_path / "soak.wav"
    killed = subprocess.run([sys.executable, "-c", SHOT_WHILE_RENAMING, str(target)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"whole"
    with pytest.raises(ExportError) as caught:
        write_atomically(target, b"other", may_replace=False)
    assert isinstance(caught.value.__cause__, FileExistsError)
    assert target.read_bytes() == b"whole"
    assert os.listdir(tmp_path) == ["soak.wav"]


def test_two_writers_of_one_name_do_not_disturb_each_other(tmp_path: Path) -> None:
    target = tmp_path / "session.mp3"
    with atomic_write(target) as first:
        first.write_bytes(b"first")
        write_atomically(target, b"second")
        assert target.read_bytes() == b"second"
    assert target.read_bytes() == b"first"
