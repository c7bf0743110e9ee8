"""Ctrl-C and kill at many moments of a build: one line, the right status, no child left, nothing half written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.environment import child_environment
from tests.support.forked_terminals import spawn_command
from tests.support.long_forms import few
from tests.support.timing import HANG_S, wait_for

pexpect = pytest.importorskip("pexpect", reason="needs POSIX pseudo-terminals")

SCRIPT = """\
voiceguide: 1
title: Interrupted
voice: {voice}
bed: {bed}
stages:
  - stage: One
    steps:
      - each: {{n: [one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen, fourteen]}}
        say: "{{n}}. Long strokes."
        for: 60s
"""


def _cache_entries(folder: Path) -> int:
    return sum(path.is_file() for path in (folder / "cache").rglob("*"))


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "while it is loaded": lambda folder: True,
    "after the first clip": lambda folder: _cache_entries(folder) > 1,
    "after most clips": lambda folder: _cache_entries(folder) > 12,
    "while writing": lambda folder: any((folder / "out").glob("*")),
}


@pytest.mark.parametrize(
    ("moment", "number", "status"),
    few(
        3,
        [
            ("while writing", signal.SIGTERM, 143),
            *((moment, signal.SIGINT, 130) for moment in MOMENTS),
            ("after the first clip", signal.SIGTERM, 143),
            ("after most clips", signal.SIGHUP, 129),
        ],
    ),
)
def test_a_build_that_is_stopped_leaves_nothing(moment: str, number: int, status: int, tmp_path: Path) -> None:
    # The test voice is so quick that a signal between two clips would come too late.
    voice = "tone" if moment == "while writing" else "heart"
    bed = "rain" if (moment, number) == ("after the first clip", signal.SIGINT) else "none"
    (tmp_path / "s.yaml").write_text(SCRIPT.format(voice=voice, bed=bed), encoding="utf-8")
    environment = child_environment(VOICEGUIDE_CACHE=str(tmp_path / "cache"))
    command = ["build", "s.yaml", "-o", "out/s.mp3", "-q"]
    if moment == "while it is loaded":
        # Each import is printed. Before the first of our own, the signal would be for Python, which ends with status 1.
        command = ["-X", "importtime", "-m", "voiceguide", *command]
        build = pexpect.spawn(sys.executable, command, cwd=str(tmp_path), env=environment, encoding="utf-8")
        build.expect_exact("voiceguide.cli\r\n", timeout=HANG_S)
    else:
        build = spawn_command(*command, folder=tmp_path, environment=environment)
    has_come = MOMENTS[moment]
    wait_for(lambda: has_come(tmp_path) or not build.isalive())
    build.kill(number)
    told = re.sub("import time:.*\r\n", "", build.read())
    build.wait()
    if build.exitstatus == 0:
        pytest.fail("the build was over before it could be stopped; make it longer")
    assert status in (build.exitstatus, 128 + (build.signalstatus or 0)), told
    assert told == ("Interrupted. No partial files were left behind.\r\n" if build.exitstatus == status else "")
    wait_for(lambda: not _group_exists(build.pid), "a process of the build is still running")
    assert (os.listdir(tmp_path / "out") if (tmp_path / "out").exists() else []) == []


def _group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


IN_A_FINALISER = """
import signal, time
from voiceguide.cli.main import _SignalReceived, _install_signal_handlers
_install_signal_handlers()
class Ending:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
try:
    Ending()
    time.sleep(20)
except _SignalReceived:
    print("stopped")
"""


SWALLOWED = """
import contextlib, signal, time
from voiceguide.cli.main import _SignalReceived, _install_signal_handlers
_install_signal_handlers()
try:
    signal.raise_signal(signal.SIGINT)
except BaseException:
    pass  # a library that thinks it knows better
try:
    signal.raise_signal(signal.SIGINT)
    time.sleep(20)
except _SignalReceived:
    print("stopped")
"""
IMPATIENT = """
import contextlib, signal
from voiceguide.cli.main import _SignalReceived, _install_signal_handlers
_install_signal_handlers()
@contextlib.contextmanager
def resource():
    try:
        yield
    finally:
        signal.raise_signal(signal.SIGINT)
        with contextlib.suppress(KeyError):
            signal.raise_signal(signal.SIGTERM)
            {}["missing"]
        try:
            {}["missing"]
        except KeyError:
            signal.raise_signal(signal.SIGINT)
        print("closed", end=" ")
try:
    with resource():
        signal.raise_signal(signal.SIGINT)
except _SignalReceived:
    signal.raise_signal(signal.SIGINT)
    print("stopped")
"""


BEFORE_THE_BLOCK = """
import signal
from pathlib import Path
from types import SimpleNamespace
from voiceguide.cli import main
from voiceguide.system.atomic_file import atomic_write
def command(standalone_mode):
    writing = atomic_write(Path("s.mp3"))
    writing.__enter__().write_text("half")
    signal.raise_signal(signal.SIGTERM)
main.cli = SimpleNamespace(main=command)
main.main()
"""


def test_a_file_that_a_signal_leaves_before_its_with_block_is_removed(tmp_path: Path) -> None:
    """Python may run a signal handler when a context manager has been entered, and the block has not begun."""
    code = [sys.executable, "-c", BEFORE_THE_BLOCK]
    done = subprocess.run(code, cwd=tmp_path, env=child_environment(), capture_output=True, text=True, timeout=HANG_S)
    assert (done.returncode, done.stderr) == (143, "Interrupted. No partial files were left behind.\n")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "printed"),
    [(IN_A_FINALISER, "stopped\n"), (SWALLOWED, "stopped\n"), (IMPATIENT, "closed stopped\n")],
    ids=["in a finalizer", "after one that a library swallowed", "while everything is closed"],
)
def test_ctrl_c_stops_the_program_and_lets_it_clean_up(code: str, printed: str) -> None:
    """Python only reports what is raised in a finalizer, and goes on."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG_S)
    assert (done.stdout, done.stderr) == (printed, "")


def test_ctrl_c_while_the_program_is_loaded_shows_no_traceback(tmp_path: Path) -> None:
    """click is the first module that the command line imports."""
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "voiceguide", "routines"],
        env=child_environment(PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")
