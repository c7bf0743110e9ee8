"""No command uses the network unless you ask for it, as checked in Python and by tracing system calls."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.long_forms import long
from tests.support.programs import needs_program

FORBIDDEN = Path(__file__).with_name("sockets_forbidden.py")
SCRIPT = """\
voiceguide: 1
title: Alone
{head}
chime: none
stages: [{{stage: Soak, steps: [{{say: Sit down., for: 3s}}]}}]
"""
COMMANDS = [
    ("build", "s.yaml", "-o", "s.mp3", "--cue-sheet", "--vtt", "--no-cache"),
    ("build", "heart.yaml", "-o", "heart.mp3", "--bed", "rain"),
    ("build", "german.yaml", "-o", "german.opus"),
    ("plan", "s.yaml", "--exact", "--json"),
    ("verify", "s.mp3"),
    ("routines",),
    ("voices",),
    ("doctor",),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    for name, head in (("s", "voice: tone"), ("heart", "author: Heart"), ("german", "language: de")):
        (folder / f"{name}.yaml").write_text(SCRIPT.format(head=head), encoding="utf-8")
    return folder


def run_without_sockets(folder: Path, *commands: tuple[str, ...]) -> list[str]:
    """Run commands one after another. Return what they print to stderr, and a line with the status of each."""
    program = [sys.executable, str(FORBIDDEN), json.dumps(commands)]
    return subprocess.run(program, cwd=folder, capture_output=True, text=True, check=True).stderr.splitlines()


@long
def test_sockets_are_forbidden(folder: Path) -> None:
    told = run_without_sockets(folder, *COMMANDS)
    assert [line for line in told if not line.startswith("note: ")] == [f"{command[0]}: 0" for command in COMMANDS]


def test_network_use_is_detected(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"]
    hooked = f"import sys; sys.path.insert(0, {str(FORBIDDEN.parent)!r}); import sockets_forbidden as s; "
    command[-1] = f"{hooked}sys.addaudithook(s.exit_on_network_use); {command[-1]}"
    assert subprocess.run(command, capture_output=True).returncode == 99
    monkeypatch.setenv("VOICEGUIDE_VOICES_URL", "http://127.0.0.1:9")
    assert run_without_sockets(folder, ("voices", "--get", "de_DE-thorsten-medium"))[-1] == "voices: 99"


@needs_program("strace")
def test_no_process_opens_a_connection(folder: Path) -> None:
    """Trace the system calls of all processes, because ffmpeg and some speech engines are not written in Python."""
    trace = folder / "trace"
    strace = ["strace", "-f", "--seccomp-bpf", "-o", str(trace), "-e", "trace=connect,bind,sendto,sendmsg"]
    build = [sys.executable, "-m", "voiceguide", "build", "german.yaml", "-o", "german.mp3", "-q", "--no-cache"]
    result = subprocess.run([*strace, *build], cwd=folder, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.findall(r".*AF_INET.*", trace.read_text()) == []
