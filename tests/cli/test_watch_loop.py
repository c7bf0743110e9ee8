"""`build --watch`: a child process builds, waits, tells what a change did, outlives a broken script, ends at Ctrl-C."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.support.forked_processes import start_command
from tests.support.timing import HANG_S
from voiceguide.pipeline.file_watcher import digest_files, list_watched_files, wait_for_change

SCRIPT = """\
voiceguide: 1
title: Watched
voice: tone
chime: none
stages:
  - stage: Rest
    steps:
      - step: rest
        say: Rest now.
        for: 10s
"""
WATCHING = "Watching my.yaml. Press Ctrl-C to stop."
WAITING = "Waiting for my.yaml to be fixed. Press Ctrl-C to stop."


class Watcher:
    """A running `build my.yaml --watch`, and what it says."""

    def __init__(self, folder: Path, *more: str) -> None:
        command = ("build", "my.yaml", "-o", "my.wav", "--watch", *more)
        self.process = start_command(*command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line.rstrip("\n"))

    def until(self, last: str) -> list[str]:
        """What it says next, up to and without that line."""
        told: list[str] = []
        while not told or told[-1] != last:
            told.append(self._lines.get(timeout=HANG_S))
        return [line for line in told[:-1] if line]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Callable[..., Watcher]]:
    started: list[Watcher] = []

    def start(*more: str) -> Watcher:
        started.append(Watcher(tmp_path, *more))
        return started[-1]

    yield start
    for watcher in started:
        watcher.process.kill()
        watcher.process.communicate()


def length_s(file: Path) -> float:
    with wave.open(str(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())


def written(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def renamed(file: Path, text: str) -> None:
    file.with_suffix(".tmp").write_text(text, encoding="utf-8")
    os.replace(file.with_suffix(".tmp"), file)


def moved_aside(file: Path, text: str) -> None:
    os.replace(file, file.with_suffix(".bak"))
    time.sleep(0.4)
    file.write_text(text, encoding="utf-8")


def in_two_pieces(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8") as target:
        target.write(text[:60])
        target.flush()
        time.sleep(0.05)
        target.write(text[60:])


def test_a_saved_change_is_built_and_told(watch: Callable[..., Watcher], tmp_path: Path) -> None:
    script = tmp_path / "my.yaml"
    script.write_text(SCRIPT, encoding="utf-8")
    watcher = watch()
    assert watcher.until(WATCHING) == []
    assert length_s(tmp_path / "my.wav") == 10
    for before_s, save in zip((10, 20, 30, 40), (written, renamed, moved_aside, in_two_pieces), strict=True):
        save(script, SCRIPT.replace("10s", f"{before_s + 10}s"))
        told = ["my.yaml changed.", "Rest", f"  rest: {before_s}s, now {before_s + 10}s"]
        assert watcher.until(WATCHING) == told, save.__name__
        assert length_s(tmp_path / "my.wav") == before_s + 10


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_broken_script_is_waited_for_and_ctrl_c_ends_it(watch: Callable[..., Watcher], tmp_path: Path) -> None:
    script = tmp_path / "my.yaml"
    script.write_text(SCRIPT.replace("10s", "10"), encoding="utf-8")
    watcher = watch()
    no_unit = 'my.yaml:10:14: stages[0].steps[0].for: "10" has no unit. Write 10s for seconds or 10m for minutes.'
    assert watcher.until(WAITING) == [no_unit]
    script.write_text(SCRIPT, encoding="utf-8")
    assert watcher.until(WATCHING) == ["my.yaml changed."]
    script.write_text("stages: [", encoding="utf-8")
    assert len(watcher.until(WAITING)) == 2
    assert length_s(tmp_path / "my.wav") == 10
    script.write_text(SCRIPT.replace("Rest now.", "Sleep."), encoding="utf-8")
    assert watcher.until(WATCHING) == ["my.yaml changed.", "Rest", '  rest: "Rest now.", now "Sleep."']
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.process.wait(timeout=HANG_S) == 130
    assert watcher.until("Interrupted. No partial files were left behind.") == []


def test_quiet_says_nothing_but_errors(watch: Callable[..., Watcher], tmp_path: Path) -> None:
    (tmp_path / "my.yaml").write_text(SCRIPT.replace("10s", "10"), encoding="utf-8")
    watcher = watch("-q")
    assert (
        watcher.until(
            'my.yaml:10:14: stages[0].steps[0].for: "10" has no unit. Write 10s for seconds or 10m for minutes.'
        )
        == []
    )


@pytest.mark.parametrize("arguments", [("-",), ("a.yaml", "b.yaml"), ("a.yaml", "--json")])
def test_what_watch_does_not_go_with(arguments: tuple[str, ...], run: Run) -> None:
    told = run("build", *arguments, "--watch", status=2).stderr
    assert told.endswith("Error: --watch needs one ROUTINE that is a file. It cannot be combined with --json.\n")


def test_the_files_that_a_script_names_are_watched(tmp_path: Path) -> None:
    """Also those that are missing, those whose names are filled in, and, while a script is broken, those it had."""
    script = tmp_path / "s.yaml"
    audio = "      - {each: {n: [one, two]}, audio: 'my-{n}.wav'}\n      - {audio: gone.wav}\n"
    script.write_text(SCRIPT.replace("chime: none", "bed: music.mp3\nwords: words.yaml") + audio, encoding="utf-8")
    for name in ("my-one.wav", "my-two.wav", "other.wav"):
        (tmp_path / name).touch()
    files = list_watched_files(script, [tmp_path / "bed.wav"])
    names = ["bed.wav", "gone.wav", "music.mp3", "my-one.wav", "my-two.wav", "s.yaml", "words.yaml"]
    assert sorted(file.name for file in files) == names
    script.write_text("stages: [", encoding="utf-8")
    assert list_watched_files(script, (), digest_files(files)) == files


def test_saving_the_same_again_is_no_change(tmp_path: Path) -> None:
    script, other = tmp_path / "s.yaml", tmp_path / "o.wav"
    script.write_text(SCRIPT, encoding="utf-8")
    before = digest_files([script, other])

    def save_twice() -> None:
        script.write_text(SCRIPT, encoding="utf-8")
        time.sleep(0.6)
        other.write_bytes(b"RIFF")

    saving = threading.Thread(target=save_twice)
    saving.start()
    assert wait_for_change(before) == [other]
    saving.join()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_devices_pipes_and_proc_files_are_not_read(tmp_path: Path) -> None:
    """A bed that is a link to /dev/zero filled the memory, and a pipe waited for ever."""
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.wav")
    files = [tmp_path / "zero.wav", tmp_path / "pipe.wav", tmp_path, Path("/proc/uptime"), Path("/proc/self/pagemap")]
    assert digest_files(files) == digest_files(files)


def test_a_pipe_that_is_replaced_by_a_file_is_a_change(tmp_path: Path) -> None:
    bed = tmp_path / "bed.wav"
    bed.mkdir()
    before = digest_files([bed])
    bed.rmdir()
    bed.write_bytes(b"RIFF")
    assert digest_files([bed]) != before


def test_the_finished_session_is_not_watched(tmp_path: Path) -> None:
    """`{side}.wav` matches session.wav, so each build changed a watched file and started the next."""
    script = tmp_path / "my.yaml"
    step = "{say: Rest now., audio: '{side}.wav', for: 10s}"
    stage = f"  - stage: Rest, {{side}} foot\n    each: {{side: [left, right]}}\n    steps:\n      - {step}\n"
    script.write_text(f"{SCRIPT.partition('stages:')[0]}stages:\n{stage}", encoding="utf-8")
    for name in ("left.wav", "right.wav", "session.wav"):
        (tmp_path / name).touch()
    watched = list_watched_files(script, outputs=[tmp_path / "." / "session.wav"])
    assert {file.name for file in watched} == {"my.yaml", "left.wav", "right.wav"}
