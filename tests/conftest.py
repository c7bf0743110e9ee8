"""Fixtures for all tests: a cache for the test run, a terminal of known width, and the command `voiceguide`."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests.support.environment import use_neutral_environment
from tests.support.forked_commands import fork_server
from tests.support.forked_processes import can_fork, run_command
from tests.support.programs import program, skip_without_root, summarize_left_out

HOME = tempfile.TemporaryDirectory(prefix="voiceguide-home-")
"""The home folder of the tests, which is removed at the end."""
use_neutral_environment(Path(HOME.name))

# A slow machine must not fail a test.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

LEFT_OUT = pytest.StashKey[int]()
"""How many long tests `make test` has left out."""
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs_program(name): skip the test if the program is missing, or fail it in CI")
    config.addinivalue_line("markers", "needs_root: skip the test for an ordinary user")
    config.addinivalue_line("markers", "long: leave out the test in `make test`, but not in `make check`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files with browsers first. The other workers would be idle while the last of these long files runs.

    Shuffle the tests if VOICEGUIDE_RANDOM_ORDER is set. Its value determines the order, on every worker.
    """
    items.sort(key=lambda item: item.path.parent.name != "web")
    if seed := os.environ.get("VOICEGUIDE_RANDOM_ORDER"):
        random.Random(seed).shuffle(items)


def pytest_collection_finish() -> None:
    """Keep the collected tests out of every search for garbage that follows."""
    gc.collect()
    gc.freeze()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Tell the process that prints the summary how many long tests were left out. It collects none itself."""
    if items and hasattr(items[0].config, "workeroutput"):
        items[0].config.workeroutput["left out"] = sum(item.get_closest_marker("long") is not None for item in items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left out", 0)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs_program"):
        program(*mark.args)
    if item.get_closest_marker("needs_root"):
        skip_without_root()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name each program that is missing and the number of tests that were left out for it."""
    if count := terminalreporter.config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"long: {count} tests left out; make check")
    skipped = terminalreporter.stats.get("skipped", [])
    for line in summarize_left_out(report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple)):
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all tests of a run, on all workers, so that each text is synthesized only once.

    A test that needs an empty cache, or counts or damages entries, must use a cache of its own.
    """
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    cache = folder / "shared-cache"
    cache.mkdir(exist_ok=True)
    return cache


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, shared_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep all tests away from the user's own files."""
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(shared_cache))
    monkeypatch.setenv("VOICEGUIDE_STATE", str(tmp_path_factory.getbasetemp() / "state"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("VOICEGUIDE_CONFIG", raising=False)
    # Dask sets PYTHONHASHSEED in this process. With it, no command would be a fork any more.
    monkeypatch.delenv("PYTHONHASHSEED", raising=False)
    # A command that runs in this process turns vfork off. Each fork of such a large process copies many page tables.
    monkeypatch.setattr(subprocess, "_USE_POSIX_SPAWN", subprocess._USE_POSIX_SPAWN)
    if hasattr(subprocess, "_USE_VFORK"):
        monkeypatch.setattr(subprocess, "_USE_VFORK", True)
    else:
        monkeypatch.setattr(subprocess.Popen, "__init__", subprocess.Popen.__init__)


@pytest.fixture
def run(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run the real command in the test's temporary folder and check its exit status.

    The command is a fork of a process that has voiceguide loaded, unless the test changes how Python starts.
    """

    def call(*arguments: str, status: int = 0, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        if stdin is not None or not can_fork(os.environ):
            result = run_command(*arguments, cwd=tmp_path, input=stdin, text=True)
        else:
            output = tmp_path_factory.getbasetemp() / f"output-{threading.get_ident()}"
            output.mkdir(exist_ok=True)
            result = _fork(arguments, tmp_path, output)
        assert result.returncode == status, result.stderr
        return result

    return call


def _fork(arguments: Sequence[str], folder: Path, output: Path) -> subprocess.CompletedProcess[str]:
    with fork_server() as server:
        order = {"arguments": arguments, "environment": dict(os.environ), "folder": str(folder), "output": str(output)}
        status = server.run(**order)["status"]
    stdout, stderr = ((output / name).read_text("utf-8") for name in ("stdout", "stderr"))
    return subprocess.CompletedProcess(arguments, status, stdout, stderr)
