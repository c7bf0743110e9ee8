"""docs/python.md: every example runs, and every public name is on the page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import voiceguide
from tests.support.environment import child_environment
from tests.support.long_forms import long

PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def examples() -> str:
    """Return every block of Python on the page, in order: later ones use what earlier ones define.

    The session of six minutes takes three and a half, except in `make soak`.
    """
    blocks: list[str] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    length = "6m" if os.environ.get("VOICEGUIDE_ROUTINES") == "all" else "3m30s"
    return "\n".join(blocks).replace('"6m"', f'"{length}"')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """The folder in which the examples were run, as a program of their own."""
    folder = tmp_path_factory.mktemp("python page")
    (folder / "examples.py").write_text(examples(), "utf-8")
    environment = child_environment(VOICEGUIDE_CACHE=str(shared_cache))
    done = subprocess.run(
        [sys.executable, "examples.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return folder


@long
def test_the_examples_run_and_write_what_they_say(folder: Path) -> None:
    written = {path.name for path in folder.iterdir()} - {"examples.py"}
    assert written == {
        "evening.mp3",
        "tired-feet.mp3",
        "tired-feet.vtt",
        "tired-feet.html",
        "none.mp3",
        "rain.mp3",
        "breathe.wav",
    }


@long
def test_the_examples_are_well_typed(tmp_path: Path) -> None:
    file = tmp_path / "examples.py"
    file.write_text(examples(), "utf-8")
    pytest.importorskip("mypy")
    root = PAGE.parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(root / "pyproject.toml"), str(file)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [name for name in voiceguide.__all__ if name != "__version__"])
def test_every_public_name_is_on_the_page(name: str) -> None:
    documented = {"CueResult", "VerifyReport", "TimedStage", "TimedStep", "Cue", "SessionInfo", "Rendering"}
    """Types of what a documented function returns. The names of types in signatures are on the page by their values."""
    in_signatures = {"Duration", "Format", "OverrideOptions", "Sidecar", "Session"}
    page = PAGE.read_text("utf-8")
    assert name in documented | in_signatures or re.search(rf"\b{name}\b", page)
