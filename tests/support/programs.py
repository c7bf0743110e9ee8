"""Other people's programs that read our files in the tests: they are found, or the test says how to get them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

__all__ = ["probe", "program"]

PACKAGES = {"ffprobe": "ffmpeg", "mp3val": "mp3val"}


def program(name: str) -> str:
    """The path of a program. Where it is missing the test is skipped, but never under CI: there it fails."""
    path = shutil.which(name)
    if path is None:
        missing = f"{name} is not installed. Debian: apt-get install {PACKAGES[name]}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return path


def probe(path: Path) -> Any:
    """A file's streams, chapters and tags as ffprobe reads them, without a word of complaint."""
    command = [
        program("ffprobe"),
        "-v",
        "error",
        "-show_chapters",
        "-show_format",
        "-show_streams",
        "-of",
        "json",
        str(path),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    return json.loads(result.stdout)
