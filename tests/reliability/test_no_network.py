"""No command uses the network unless you ask for it, as checked in Python and by tracing system calls."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.builds import routine
from tests.support.programs import needs_program

FORBIDDEN = Path(__file__).with_name("sockets_forbidden.py")
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
    (folder / "s.yaml").write_text(routine(), encoding="utf-8")
    (folder / "heart.yaml").write_text(routine().replace("voice: tone/tone\n", ""), encoding="utf-8")
    german = routine().replace("voice: tone/tone\n", "language: de\n")
    (folder / "german.yaml").write_text(german, encoding="utf-8")
    return folder


@pytest.mark.parametrize("arguments", COMMANDS, ids=lambda arguments: " ".join(arguments[:2]))
def test_sockets_are_forbidden(arguments: tuple[str, ...], folder: Path) -> None:
    result = subprocess.run([sys.executable, FORBIDDEN, *arguments], cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_network_use_is_detected(folder: Path) -> None:
    command = [sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', 9))"]
    hooked = f"import sys; sys.path.insert(0, {str(FORBIDDEN.parent)!r}); import sockets_forbidden as s; "
    command[-1] = f"{hooked}sys.addaudithook(s.exit_on_network_use); {command[-1]}"
    assert subprocess.run(command, capture_output=True).returncode == 99


@needs_program("strace")
def test_no_process_opens_a_connection(folder: Path) -> None:
    """Trace the system calls of all processes, because ffmpeg and some speech engines are not written in Python."""
    trace = folder / "trace"
    strace = ["strace", "-f", "--seccomp-bpf", "-o", str(trace), "-e", "trace=connect,bind,sendto,sendmsg"]
    build = [sys.executable, "-m", "voiceguide", "build", "german.yaml", "-o", "german.mp3", "-q", "--no-cache"]
    result = subprocess.run([*strace, *build], cwd=folder, capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.findall(r".*AF_INET.*", trace.read_text()) == []
