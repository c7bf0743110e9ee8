"""Small routines, and a server that builds them without starting Python each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.environment import child_environment
from tests.support.forked_commands import fork_server

ROOT = Path(__file__).absolute().parents[2]

ROUTINE = """\
voiceguide: 1
title: {title}
voice: tone/tone
bed: {bed}
chime: none
safety: [Leave out wounds.]
stages:
  - stage: Soak
    steps:
      - {{step: soak, say: "Feet in, {title}.", for: 2s}}
      - {{step: dry, say: Dry them., for: 2s}}
  - stage: Stroke
    steps:
      - {{step: stroke, say: "Stroke them, {title}.", for: 2s}}
"""


def routine(title: str = "First", bed: str = "none") -> str:
    """Return the script of a session of about ten seconds, spoken by the test voice."""
    return ROUTINE.format(title=title, bed=bed)


@dataclass(frozen=True)
class BuildResult:
    """The outcome of a build."""

    status: int
    seconds: float
    stop_s: float
    """Seconds from the signal to the end of the build."""
    survivors: list[str]
    """Command lines of processes that the build has started and that are still running."""
    stdout: str
    stderr: str


@dataclass
class BuildServer:
    """A context manager that runs one build after another in a folder, with its own cache and temporary folder."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> BuildServer:
        for name in ("work", "output", "temporary", "cache"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        folders = {"VOICEGUIDE_CACHE": str(self.cache), "TMPDIR": str(self.temporary)}
        self._variables = child_environment({**folders, **self.environment})
        self._lending = fork_server()
        self._server = self._lending.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._lending.__exit__(kind, error, traceback)

    @property
    def work(self) -> Path:
        """The folder of the script and the session."""
        return self.folder / "work"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    def run(self, *arguments: str, **order: Any) -> BuildResult:
        """Run one command and wait for it. `order` may have the keys of an order to the fork server."""
        output = self.folder / "output"
        order |= {"arguments": arguments, "folder": str(order.get("folder", self.work)), "output": str(output)}
        order["environment"] = self._variables | order.get("environment", {})
        answer = self._server.run(**order, look_for_survivors=True)
        stdout, stderr = ((output / name).read_text("utf-8", "replace") for name in ("stdout", "stderr"))
        return BuildResult(**answer, stdout=stdout, stderr=stderr)


def leftover_files(folder: Path) -> list[str]:
    """Return the names of temporary files and folders that an interrupted build has left below a folder."""
    names = (path.name for path in folder.rglob("*"))
    return sorted(name for name in names if ".part" in name or name.startswith("voiceguide-"))
