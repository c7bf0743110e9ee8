"""What all tests share: a cache of their own, and a terminal of a known width."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

# Where tests are begun in the background, Ctrl-C is ignored, by all they begin as well; a handler is not passed on.
signal.signal(signal.SIGINT, signal.default_int_handler)

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests of a run, so that the same words are spoken once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, shared_cache: Path) -> None:
    """No test reads or writes the user's own files."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(shared_cache))
    monkeypatch.setenv("VOICEGUIDE_STATE", str(shared_cache.with_name("state")))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("VOICEGUIDE_CONFIG", raising=False)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the real command in a folder of the test's own."""

    def call(*arguments: str, status: int = 0, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "voiceguide", *arguments],
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=240,
        )
        assert done.returncode == status, done.stderr
        return done

    return call
