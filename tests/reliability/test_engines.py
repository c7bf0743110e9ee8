"""Programs that misbehave as a voice end in one short message, and the memory of engines does not grow.

tests/speech/test_faulty_engines.py, test_espeak_worker.py and test_command_engine.py test other failures.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.reliability.builds import BuildServer, routine
from tests.reliability.soak import memory_mb
from tests.support.environment import child_environment
from tests.support.forked_processes import run_command
from tests.support.long_forms import few
from voiceguide.speech.engines.registry import create_engine

LINES = 2000 if os.environ.get("VOICEGUIDE_FAULTS") == "all" else 60
MAX_GROWTH_MB = 60

PROGRAMS = {
    "floods": ("import os, sys\nwhile True: os.write(1, bytes(1 << 20))", "it wrote more than 256 MB"),
    "complains": ("import os, sys\nwhile True: os.write(2, b'no!' * (1 << 18))", "it wrote more than 256 MB"),
    "crashes": ("import os\nos.kill(os.getpid(), 11)", "it exited with status -11"),
    "garbage": ("import os\nos.write(1, os.urandom(50_000))", ""),
    "nothing": ("", ""),
    "half": ("import os\nos.write(1, b'RIFF\\xff\\xff\\xff\\xffWAVEfmt ')", ""),
    "deletes": ("import os, sys\nos.unlink(sys.argv[0])\nraise SystemExit('gone')", ""),
}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can limit the file size of a running process")
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_that_misbehave(name: str, tmp_path: Path) -> None:
    code, message = PROGRAMS[name]
    with BuildServer(tmp_path, {"VOICEGUIDE_CONFIG": str(tmp_path / "work" / "config.yaml")}) as server:
        program = server.work / f"{name}.py"
        program.write_text(code, encoding="utf-8")
        command = json.dumps([sys.executable, str(program)])
        config = f"commands:\n  bad:\n    command: {command}\n    language: en\n"
        (server.work / "config.yaml").write_text(config, encoding="utf-8")
        (server.work / "s.yaml").write_text(routine().replace("tone/tone", "command/bad"), encoding="utf-8")
        result = server.run("build", "s.yaml", "-o", "s.mp3", "-q")
    assert (result.status, result.survivors) == (1, []), result.stderr
    assert message in result.stderr
    assert result.stderr.startswith("s.yaml:")
    assert result.stderr.count("\n") == 1
    left = sorted(path.suffix for path in server.work.iterdir())
    assert left in ([".py", ".yaml", ".yaml"], [".yaml", ".yaml"])
    assert list(server.temporary.iterdir()) == []


def test_a_script_cannot_define_a_program(tmp_path: Path) -> None:
    """Only the user's configuration defines programs, not the script or a file next to it."""
    script = routine() + "commands:\n  bad: {command: [touch, owned], language: en}\n"
    (tmp_path / "s.yaml").write_text(script.replace("tone/tone", "command/bad"), encoding="utf-8")
    (tmp_path / "config.yaml").write_text(
        "commands:\n  bad: {command: [touch, owned], language: en}\n", encoding="utf-8"
    )
    environment = child_environment(HOME=str(tmp_path / "home"), XDG_CONFIG_HOME=str(tmp_path / "home"))
    result = run_command("build", "s.yaml", "-o", "s.mp3", cwd=tmp_path, env=environment)
    assert result.returncode == 1
    assert not (tmp_path / "owned").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="memory use is read from /proc")
@pytest.mark.parametrize(("name", "voice"), few(1, [("tone", "tone"), ("pyttsx3", "gmw/en-us"), ("hibari", "heart")]))
def test_the_memory_of_an_engine_does_not_grow(name: str, voice: str) -> None:
    """Models are loaded with the first line. With VOICEGUIDE_FAULTS=all, each engine speaks 2,000 lines."""
    engine = create_engine(name)
    try:
        for number in range(LINES):
            engine.synthesize(f"Circle {number % 97} of {number}.", voice, 1.0, "en-US")
            if number == LINES // 4:
                before_mb, before_files = memory_mb(), len(os.listdir("/proc/self/fd"))
        assert memory_mb() - before_mb < MAX_GROWTH_MB
        assert len(os.listdir("/proc/self/fd")) <= before_files + 2
    finally:
        engine.close()
