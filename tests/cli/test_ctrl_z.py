"""Ctrl-Z stops every kind of command and gives the shell its terminal back, and `fg` continues it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from tests.support.processes import is_running, state_of
from tests.support.programs import needs_program
from tests.support.served import PROGRAM
from tests.support.timing import HANG_S, wait_for

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have no Ctrl-Z")

VOICEGUIDE = f"{shlex.quote(sys.executable)} -m voiceguide"
SCRIPT = "voiceguide: 1\ntitle: T\nstages: [{stage: S, steps: [{say: Breathe., for: 10s}]}]\n"
STARTS_PROGRAMS = """\
import subprocess, sys
from voiceguide.cli.main import _prepare_process
from voiceguide.player.keyboard import suspendable
_prepare_process()
def start_one():
    for _ in range(1_000):
        try:
            subprocess.run(["not-there"], env={"PATH": ("/usr/.." * 500 + "/not/there:") * 1_000})
        except OSError:
            print("searched", flush=True)
if sys.argv[1] == "default":
    start_one()
else:
    with suspendable(lambda: None, lambda: None):
        start_one()
"""
PLAYER = """\
#!/bin/sh
echo $$ >player.pid
read line <played
"""
"""A player that ends when something is written to the pipe `played`, which never happens."""


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pexpect.spawn]:
    """An interactive shell in the test's folder. The first audio player in its PATH is PLAYER."""
    (tmp_path / "bin").mkdir()
    player = tmp_path / "bin" / "afplay"
    player.write_text(PLAYER)
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("TERM", "xterm")
    shell = pexpect.spawn("bash", ["--norc", "--noediting", "-i"], cwd=str(tmp_path), encoding="utf-8", timeout=HANG_S)
    try:
        yield shell
    finally:
        shell.sendline("kill -KILL %1; exit")
        shell.close(force=True)


def stop(shell: pexpect.spawn) -> None:
    shell.send("\x1a")
    shell.expect("Stopped")


def test_progress_shows_the_cursor_again(shell: pexpect.spawn, tmp_path: Path) -> None:
    """Progress hides the cursor. After Ctrl-Z, the shell had none."""
    shell.sendline(f"{VOICEGUIDE} bed rain --for 2h -o x.flac")
    shell.expect("Writing x.flac")
    stop(shell)
    assert shell.before.rindex("\x1b[?25h") > shell.before.rfind("\x1b[?25l")
    shell.sendline("fg")
    shell.expect("Writing x.flac")
    shell.sendintr()
    shell.expect("Interrupted. No partial files were left behind.")
    shell.sendline("echo prompt-$?")
    shell.expect("prompt-130")
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


@pytest.mark.parametrize("handling", ["default", "handler"])
def test_a_program_that_is_being_started_does_not_keep_the_terminal(shell: pexpect.spawn, handling: str) -> None:
    """The process sleeps in vfork until its child runs another program, and Ctrl-Z had stopped the child before that.

    PATH is so long that the child is nearly always searching it when the key is pressed.
    """
    shell.sendline(f"{shlex.quote(sys.executable)} -c {shlex.quote(STARTS_PROGRAMS)} {handling}")
    for _ in range(3):
        shell.expect("searched\r\n")
        stop(shell)
        shell.sendline("fg")
    shell.expect("searched\r\n")


@needs_program("strace")
@pytest.mark.parametrize("name", ["true", shutil.which("true")])
def test_programs_are_started_with_fork(name: str, tmp_path: Path) -> None:
    """Since Python 3.13, a program with a path is started with posix_spawn, which makes this process sleep too."""
    code = "import subprocess; from voiceguide.cli.main import _prepare_process; _prepare_process(); "
    command = [sys.executable, "-c", f"{code}subprocess.run([{name!r}])"]
    calls = tmp_path / "calls"
    subprocess.run(["strace", "-f", "-o", calls, "-e", "trace=vfork,clone,clone3,fork", *command], check=True)
    assert "fork" in (text := calls.read_text()) or "clone" in text
    assert "vfork" not in text.lower()


def test_a_question_is_asked_again(shell: pexpect.spawn) -> None:
    """What was typed before Ctrl-Z is lost. After fg, there was an empty line, and Enter accepted the default."""
    shell.sendline(f"{VOICEGUIDE} new my.yaml")
    shell.expect_exact("Title [My routine]: ")
    shell.send("Half a ti")
    shell.expect_exact("Half a ti")
    stop(shell)
    shell.sendline("fg")
    shell.expect_exact("Title [My routine]: ")
    shell.sendline("Evening")
    shell.expect_exact("What you need")
    shell.sendintr()
    shell.expect_exact("\r\nInterrupted. No partial files were left behind.")


def test_a_command_that_reads_its_input_goes_on_reading(shell: pexpect.spawn) -> None:
    shell.sendline(f"{VOICEGUIDE} check -")
    shell.expect_exact("check -\r\n")
    stop(shell)
    shell.sendline("fg; echo end-$?")
    for line in SCRIPT.splitlines():
        shell.sendline(line)
    shell.sendeof()
    shell.expect("end-0")


def test_the_page_answers_again(shell: pexpect.spawn) -> None:
    shell.sendline(f"{shlex.join([sys.executable, '-c', PROGRAM.format(openings=0)])} serve --json")
    shell.expect(r'("http.*")\r\n')
    url = json.loads(shell.match[1])
    stop(shell)
    shell.sendline("fg")
    with urllib.request.urlopen(url, timeout=HANG_S) as answer:
        assert answer.status == 200
    shell.sendintr()
    shell.expect("Interrupted")


@pytest.mark.parametrize("command", ["say One. --voice tone", "bed rain --for 0.1s"])
def test_the_sound_stops_too(shell: pexpect.spawn, command: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "played")
    shell.sendline(f"{VOICEGUIDE} {command}")
    pid_file = tmp_path / "player.pid"
    wait_for(lambda: pid_file.exists() and pid_file.read_text().strip(), "the player has not been started")
    stop(shell)
    wait_for(lambda: state_of(int(pid_file.read_text())) == "T", "the player still plays")
    shell.sendline("fg")
    wait_for(lambda: state_of(int(pid_file.read_text())) != "T", "the player is still stopped")
    shell.sendintr()
    shell.expect("Interrupted")
    wait_for(lambda: not is_running(int(pid_file.read_text())), "the player is still running")
