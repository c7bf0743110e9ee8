"""Other people's programs that read our files in the tests: they are found, or the test says how to get them."""

from __future__ import annotations

import os
import shutil

import pytest

__all__ = ["program"]

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
