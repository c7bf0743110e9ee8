"""After a power failure at any moment, every file has its old contents or its complete new contents.

The system calls of real commands are recorded, and all disks that a power failure could leave are checked.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.reliability.builds import routine
from tests.reliability.power_cut import CALLS, Disk, disks_after_power_failure
from tests.support.long_forms import long
from tests.support.programs import needs_program
from tests.support.strace import trace

pytestmark = needs_program("strace")


def failures(tmp_path: Path, before: dict[str, str], arguments: list[str]) -> tuple[list[tuple[int, Disk]], Path]:
    """Run a command in a folder with the files `before`, and return the disks that a power failure can leave."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name, text in before.items():
        (folder / name).write_text(text, encoding="utf-8")
    calls = trace(
        [sys.executable, "-m", "voiceguide", *arguments], tmp_path / "trace", CALLS, cwd=folder, environment=os.environ
    )
    disks = list(disks_after_power_failure(calls, folder, {str(folder / name) for name in before}))
    assert len(disks) > 20
    return disks, folder


def is_whole(disk: Disk, path: Path) -> bool:
    return str(path) not in disk or disk[str(path)].complete


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["build", "s.yaml", "-o", "s.mp3", "-q"], "s.mp3"),
        pytest.param(["build", "s.yaml", "-o", "s.m4b", "-q"], "s.m4b", marks=long),
        (["plan", "s.yaml", "--svg", "s.svg"], "s.svg"),
    ],
)
def test_a_file_is_old_or_complete(tmp_path: Path, arguments: list[str], name: str) -> None:
    disks, folder = failures(tmp_path, {"s.yaml": routine(), name: "old"}, arguments)
    target = str(folder / name)
    assert all(target in disk and disk[target].complete for _, disk in disks)
    end = disks[-1][0]
    assert not any(disk[target].is_old for call, disk in disks if call == end), "reported as done, and lost"


def test_a_new_file_is_absent_or_complete(tmp_path: Path) -> None:
    disks, folder = failures(tmp_path, {"s.yaml": routine()}, ["build", "s.yaml", "-o", "s.mp3", "-q"])
    assert all(is_whole(disk, folder / "s.mp3") for _, disk in disks)
    assert str(folder / "s.mp3") in disks[-1][1]


@long
def test_a_playlist_names_only_files_that_are_there_and_complete(tmp_path: Path) -> None:
    arguments = ["build", "s.yaml", "-o", "s.mp3", "--split", "-q"]
    disks, folder = failures(tmp_path, {"s.yaml": routine()}, arguments)
    parts = [name for name in os.listdir(folder) if name.endswith(".mp3")]
    playlists = [name for name in os.listdir(folder) if name.endswith((".m3u", ".m3u8"))]
    assert (len(parts), len(playlists)) == (3, 1)
    for _, disk in disks:
        assert all(is_whole(disk, folder / name) for name in parts + playlists)
        if str(folder / playlists[0]) in disk:
            assert all(str(folder / part) in disk for part in parts)


def test_a_missing_sync_is_detected(tmp_path: Path) -> None:
    """What a careless program does: it writes beside the file and renames, without syncing."""
    (tmp_path / "careless.py").write_text(
        "import os\nopen('s.part', 'w').write('new')\nos.replace('s.part', 's.txt')\n", encoding="utf-8"
    )
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "s.txt").write_text("old", encoding="utf-8")
    command = [sys.executable, str(tmp_path / "careless.py")]
    calls = trace(command, tmp_path / "trace", CALLS, cwd=folder, environment=os.environ)
    disks = list(disks_after_power_failure(calls, folder, {str(folder / "s.txt")}))
    contents = [(call, disk[str(folder / "s.txt")]) for call, disk in disks]
    assert any(not content.complete for _, content in contents)
    assert any(content.is_old for call, content in contents if call == disks[-1][0])
