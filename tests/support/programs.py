"""External programs that tests use to read our files."""

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
    """Return the path of a program. If it is not installed, skip the test, or fail it in CI."""
    path = shutil.which(name)
    if path is None:
        message = f"{name} is not installed. Install it with: apt-get install {PACKAGES[name]}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def probe(path: Path) -> Any:
    """Return a file's streams, chapters and tags as ffprobe reads them, and assert that it prints no error."""
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
