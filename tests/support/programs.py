"""External programs that tests use to read our files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from voiceguide.system.ffmpeg import find_ffmpeg

__all__ = ["needs_program", "needs_root", "probe", "program", "summarize_left_out"]

PACKAGES = {
    "ffprobe": "ffmpeg",
    "mp3val": "mp3val",
    "chromium": "chromium",
    "firefox-esr": "firefox-esr",
    "strace": "strace",
}
OTHER_NAMES = {"chromium": ("chromium-browser", "google-chrome"), "firefox-esr": ("firefox",)}
REASON = re.compile(r"needs ([\w-]+); (.+)")
needs_program = pytest.mark.needs_program
"""Mark of a test that runs a program: `@needs_program("strace")`."""
needs_root = pytest.mark.needs_root
"""Mark of a test that mounts a disk. `make test-root` runs only these tests."""


def program(name: str) -> str:
    """Return the path of a program. If it is not installed, skip the test, or fail it in CI.

    ffmpeg is always there, because voiceguide installs one.
    """
    if name == "ffmpeg":
        return find_ffmpeg()
    for candidate in (name, *OTHER_NAMES.get(name, ())):
        path: str | None = shutil.which(candidate)
        if path:
            return path
    reason = f"needs {name}; apt-get install {PACKAGES[name]}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def skip_without_root() -> None:
    """Skip a test that only root can run."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root; sudo make test-root")


def summarize_left_out(reasons: Iterable[str]) -> list[str]:
    """Return a line for each missing program, with the number of tests that were left out for it."""
    counts = Counter(match.groups() for reason in reasons if (match := REASON.search(reason)))
    return [
        f"{name}: {count} test{'s' if count > 1 else ''} left out; {hint}"
        for (name, hint), count in sorted(counts.items())
    ]


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
