"""No engine contacts anyone, and none writes outside the output, the cache and our temporary folder.

onnxruntime is silent where a variable such as CI is set, so these tests start from an almost empty environment. With
VOICEGUIDE_FAULTS=all, the Python API is also tested with piper.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.speech.test_engine_contract import ENGINES, PROGRAM
from tests.support.kokoro_model import write_kokoro_files
from tests.support.long_forms import few, long
from tests.support.programs import needs_program
from tests.support.strace import join_interrupted_calls, trace

pytestmark = needs_program("strace")

VOICES = {
    "hibari": "hibari/heart",
    "piper": "piper/en_US-joe-medium",
    "kokoro": "kokoro/af_heart",
    "pico": "pico/en-US",
    "pyttsx3": "pyttsx3/gmw/en-us",
    "command": "command/own",
    "tone": "tone/tone",
}
EVERY = os.environ.get("VOICEGUIDE_FAULTS") == "all"
KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG")
CALLS = (
    "%network,?open,openat,?openat2,?creat,?mkdir,mkdirat,?rename,?renameat,renameat2,?link,linkat,?symlink,symlinkat,"
    "?mknod,mknodat"
)
"""A question mark marks calls that some processors and kernels do not have."""
SCRIPT = """\
voiceguide: 1
title: Private
voice: {voice}
chime: none
stages: [{{stage: Soak, steps: [{{say: Sit down., for: 2s}}]}}]
"""
SAY = "import sys, voiceguide; voiceguide.say('Sit down.', voice=sys.argv[1])"
ADDRESS_FAMILY = re.compile(r"socket(?:pair)?\((\w+)|sa_family=(\w+)")
CALL = re.compile(r"\d+ +(\w+)\((.*)")
PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
ALLOWED = re.compile(r"out/.*|cache(/.*)?|tmp/voiceguide-.*|tmp/\w{8}|tmp")
"""Python creates and removes a file with a name of eight characters to find out whether it can write to a folder."""


def trace_in(folder: Path, *command: str) -> str:
    """Run a command in `folder`/out under strace, and return the system calls that use the network or create files."""
    for name in ("home", "tmp", "out", "cache"):
        (folder / name).mkdir()
    config = {"commands": {"own": {"command": [sys.executable, str(folder / "own.py")], "language": "en"}}}
    (folder / "own.py").write_text(PROGRAM, encoding="utf-8")
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ} | {
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "VOICEGUIDE_CACHE": str(folder / "cache"),
        "VOICEGUIDE_CONFIG": str(folder / "config.yaml"),
        "VOICEGUIDE_KOKORO_FOLDER": str(write_kokoro_files(folder / "kokoro")),
        "PYTHONDONTWRITEBYTECODE": "1",
        "ORT_DISABLE_TELEMETRY": "0",
    }
    return trace([sys.executable, *command], folder / "trace", CALLS, cwd=folder / "out", environment=environment)


def address_families(calls: str) -> set[str]:
    return {name for names in ADDRESS_FAMILY.findall(calls) for name in names if name}


def written_elsewhere(calls: str, folder: Path) -> list[str]:
    """Return the paths of all files and folders that were created or opened for writing where they should not be."""
    elsewhere = []
    for name, arguments in CALL.findall(calls):
        if " = -1 " in arguments or (name.startswith("open") and not re.search("O_WRONLY|O_RDWR|O_CREAT", arguments)):
            continue
        for start, written in PATH.findall(arguments.partition("{")[0]):
            path = os.path.normpath(Path(start or folder / "out", written))
            if not ALLOWED.fullmatch(os.path.relpath(path, folder)) and not path.startswith(("/dev/", "/proc/")):
                elsewhere.append(path)
    return elsewhere


def assert_private(calls: str, folder: Path) -> None:
    assert address_families(calls) <= {"AF_UNIX"}
    assert written_elsewhere(calls, folder) == []
    assert [*(folder / "home").iterdir(), *(folder / "tmp").iterdir()] == []


def test_a_call_in_two_lines_is_read_as_one() -> None:
    calls = """\
11504 mkdir("out", 0777 <unfinished ...>
11505 openat(AT_FDCWD</x>, "a", O_RDONLY <unfinished ...>
11504 <... mkdir resumed>)             = -1 EEXIST (File exists)
11505 <... openat resumed>)             = 3</x/a>
11506 mkdir("never finished", 0777 <unfinished ...>
"""
    assert join_interrupted_calls(calls).splitlines() == [
        '11504 mkdir("out", 0777)             = -1 EEXIST (File exists)',
        '11505 openat(AT_FDCWD</x>, "a", O_RDONLY)             = 3</x/a>',
        '11506 mkdir("never finished", 0777',
    ]


def test_every_engine_is_tested() -> None:
    """The contract includes the example `hum`, which is not part of voiceguide."""
    assert {*VOICES, "hum"} == set(ENGINES)


@pytest.mark.parametrize("engine", few(1, VOICES))
def test_an_engine_contacts_nobody_and_writes_nowhere_else(engine: str, tmp_path: Path) -> None:
    script = tmp_path / "s.yaml"
    script.write_text(SCRIPT.format(voice=VOICES[engine]), encoding="utf-8")
    # An MP3 takes more processes and files than a WAV, but they are the same with every engine.
    target = "s.mp3" if engine == "tone" else "s.wav"
    calls = trace_in(tmp_path, "-m", "voiceguide", "build", str(script), "-o", target, "-q")
    assert_private(calls, tmp_path)
    assert str(tmp_path / "out") in calls


@long
@pytest.mark.parametrize("engine", ["hibari", "piper"] if EVERY else ["hibari"])
def test_the_python_api_is_just_as_private(engine: str, tmp_path: Path) -> None:
    assert_private(trace_in(tmp_path, "-c", SAY, VOICES[engine]), tmp_path)


def test_what_onnxruntime_does_without_the_switch_is_detected(tmp_path: Path) -> None:
    """If this fails, onnxruntime no longer writes these files, and the tests above may not detect anything."""
    calls = trace_in(tmp_path, "-c", "import onnxruntime, socket; socket.socket().close()")
    assert "AF_INET" in address_families(calls)
    assert any("Microsoft" in path for path in written_elsewhere(calls, tmp_path))
