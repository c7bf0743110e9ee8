"""Paths that the user may not look at, and names that are too long for a file, are reported in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.support.timing import HANG_S

SCRIPT = "voiceguide: 1\ntitle: T\nvoice: tone\nstages: [{stage: A, steps: [{step: a, for: 3s, say: Hello.}]}]\n"
CATALOGUE = "catalogue: 1\noutput: out\nsessions: [{scripts: [t.yaml]}]\n"
FILES = {
    "t.yaml": SCRIPT,
    "recording.yaml": SCRIPT.replace("say: Hello.", "audio: locked/a.wav"),
    "path.yaml": CATALOGUE.replace("t.yaml", "locked/t.yaml"),
    "pattern.yaml": CATALOGUE.replace("t.yaml", '"links/*.yaml"'),
    "locked/t.yaml": SCRIPT,
}
DENIED = "cannot be read: Permission denied. Check its name and permissions."
LOCKED = {
    "build t.yaml -o locked/x.mp3": "locked/x.mp3 could not be written: locked is not writable. Choose another folder.",
    "build t.yaml -o links/new.mp3": "links/new.mp3 could not be written: FOLDER/locked is not writable. "
    "Choose another folder.",
    "build locked/t.yaml": f"locked/t.yaml {DENIED}",
    "plan locked/t.yaml": f"locked/t.yaml {DENIED}",
    "check locked/t.yaml": f"locked/t.yaml {DENIED}\n",
    "diff t.yaml locked/t.yaml": f"locked/t.yaml {DENIED}",
    "play locked/t.yaml": f"locked/t.yaml {DENIED}",
    "new n.yaml --from locked/t.yaml": f"locked/t.yaml {DENIED}",
    "new locked/n.yaml --audio t.wav": '"t.wav" cannot be opened: No such file or directory. '
    "Check its name and permissions.",
    "edit locked/t.yaml": f"locked/t.yaml {DENIED}",
    "serve locked/scripts": f"locked/scripts {DENIED}",
    "verify locked/t.mp3": f"locked/t.mp3 {DENIED}",
    "bed locked/gong.wav": f"locked/gong.wav {DENIED}",
    "bed rain+locked/gong.wav": f"locked/gong.wav {DENIED}",
    "plan t.yaml --bed locked/gong.wav": f"locked/gong.wav {DENIED}",
    "plan t.yaml --bed rain+locked/gong.wav": f"locked/gong.wav {DENIED}",
    "plan t.yaml --allow-path locked/gong.wav": "--allow-path locked/gong.wav: permission denied. "
    "Check its permissions.",
    "check recording.yaml": 'recording.yaml:4:55: stages[0].steps[0].audio: "locked/a.wav" cannot be read: '
    "Permission denied. Check its permissions.\n",
    "catalogue locked/c.yaml": f"locked/c.yaml {DENIED}",
    "catalogue path.yaml": f"locked/t.yaml {DENIED}",
    "catalogue pattern.yaml": f"links/t.yaml {DENIED}",
}
"""What each command prints if the folder `locked` may not be entered."""
RUN_ALL = """\
import json, sys
from click.testing import CliRunner
from voiceguide.cli.main import cli
from voiceguide.cli.output import error_text
from voiceguide.errors import VoiceguideError

def run(line):
    result = CliRunner().invoke(cli, line.split(), standalone_mode=False)
    error = result.exception
    if isinstance(error, VoiceguideError):
        return error_text(error)
    return result.output if isinstance(error, SystemExit) else repr(error)

print(json.dumps({line: run(line) for line in json.load(sys.stdin)}))
"""
LONG = "a" * 300
UNKNOWN_ROUTINE = 'No file or bundled routine named "LONG". Bundled routines: '
UNKNOWN_BED = "--bed LONG: no such bed or file. Available beds: "
TOO_LONG = {
    "build LONG": UNKNOWN_ROUTINE,
    "plan LONG": UNKNOWN_ROUTINE,
    "check LONG": UNKNOWN_ROUTINE,
    "diff t.yaml LONG": UNKNOWN_ROUTINE,
    "play LONG": UNKNOWN_ROUTINE,
    "new n.yaml --from LONG": UNKNOWN_ROUTINE,
    "new LONG.yaml --audio t.wav": '"t.wav" cannot be opened: No such file or directory.',
    "edit LONG/t.yaml": "The folder LONG does not exist. Create it, or choose another.",
    "serve LONG": "LONG is not a folder. Specify the folder with your scripts, or leave it out.",
    "verify LONG": "LONG does not exist. Specify a session built by voiceguide.",
    "catalogue LONG": "LONG does not exist. Check its name.",
    "catalogue path.yaml": 'path.yaml:3:23: sessions[0].scripts[0]: No file or bundled routine named "aaaa',
    "bed LONG": f'"{LONG[:40]}" is not a bed. Write rain, ',
    "plan t.yaml --bed LONG": UNKNOWN_BED,
    "play t.yaml --bed LONG": UNKNOWN_BED,
    "build t.yaml -o x.mp3 --bed LONG": UNKNOWN_BED,
    "build t.yaml -o LONG.mp3": "LONG.mp3 could not be written: its name is too long. Choose a shorter one.",
    "check recording.yaml": f'recording.yaml:4:55: stages[0].steps[0].audio: "{LONG[:80]}" cannot be used as a file '
    "name: File name too long. Choose another name.",
}
"""How the message of each command begins if LONG stands for a name of 300 letters."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the commands of LOCKED print. Root runs them without the privilege to enter every folder."""
    folder = tmp_path_factory.mktemp("unreachable")
    (folder / "locked").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "links").mkdir()
    (folder / "links" / "t.yaml").symlink_to("../locked/t.yaml")
    (folder / "links" / "new.mp3").symlink_to("../locked/new.mp3")
    without_privileges = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []
    (folder / "locked").chmod(0)
    try:
        done = subprocess.run(
            [*without_privileges, sys.executable, "-c", RUN_ALL],
            cwd=folder,
            input=json.dumps(list(LOCKED)),
            capture_output=True,
            text=True,
            timeout=HANG_S,
        )
    finally:
        (folder / "locked").chmod(0o700)
    assert done.returncode == 0, done.stderr
    printed: dict[str, str] = json.loads(done.stdout.replace(os.path.realpath(folder), "FOLDER"))
    return printed


@pytest.mark.skipif(sys.platform == "win32", reason="permissions as POSIX has them")
@pytest.mark.skipif(not shutil.which("setpriv") and not os.environ.get("CI"), reason="needs setpriv")
@pytest.mark.parametrize("command", LOCKED)
def test_a_path_that_may_not_be_looked_at(command: str, answers: dict[str, str]) -> None:
    """Path.exists raised a PermissionError, and each of these commands ended with a traceback."""
    assert answers[command] == LOCKED[command]


@pytest.mark.skipif(sys.platform == "win32", reason="the messages of POSIX")
@pytest.mark.parametrize("command", TOO_LONG)
def test_a_name_that_is_too_long_for_a_file(command: str, tmp_path: Path, run: Run) -> None:
    """Path.exists raised an OSError, and most of these commands ended with a traceback."""
    (tmp_path / "t.yaml").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "recording.yaml").write_text(SCRIPT.replace("say: Hello.", f"audio: {LONG}"), encoding="utf-8")
    (tmp_path / "path.yaml").write_text(CATALOGUE.replace("t.yaml", LONG), encoding="utf-8")
    done = run(*command.replace("LONG", LONG).split(), status=1)
    assert done.stderr.startswith(TOO_LONG[command].replace("LONG", LONG))
