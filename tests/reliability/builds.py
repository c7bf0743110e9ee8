"""Small routines, and builds of them by a process that is warm already."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).absolute().parents[2]

ROUTINE = """\
voiceguide: 1
title: {title}
voice: tone/tone
bed: {bed}
chime: none
safety: [Leave out any place with an open wound.]
stages:
  - stage: Soak
    steps:
      - {{step: soak, say: "Place both feet in the warm water, {title}.", for: 5s}}
      - {{step: dry, say: "Lift them out and dry them well.", for: 4s}}
  - stage: Stroke
    steps:
      - {{step: stroke, say: "Long strokes from the toes to the ankle, {title}.", for: 6s}}
"""


def routine(title: str = "First", bed: str = "none") -> str:
    """A session of some fifteen seconds in the test voice."""
    return ROUTINE.format(title=title, bed=bed)


@dataclass(frozen=True)
class Ended:
    """How a build went."""

    status: int
    seconds: float
    to_end_s: float
    """Seconds from the signal to its end."""
    left: list[str]
    """What it started and is still there."""
    out: str
    err: str


@dataclass
class Warm:
    """Builds in a folder of its own, one after the other. To be used in a `with`."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Warm:
        for name in ("work", "told", "temporary", "cache"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        own = {"VOICEGUIDE_CACHE": str(self.cache), "TMPDIR": str(self.temporary), **self.environment}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.warm"],
            cwd=ROOT,
            env={**os.environ, **own},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=20)

    @property
    def work(self) -> Path:
        """Where the script and the session are."""
        return self.folder / "work"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @property
    def temporary(self) -> Path:
        return self.folder / "temporary"

    def run(self, *arguments: str, **order: Any) -> Ended:
        """One command, to its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        told = self.folder / "told"
        order |= {"arguments": arguments, "folder": str(order.get("folder", self.work)), "told": str(told)}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        out, err = ((told / name).read_text("utf-8", "replace") for name in ("told.out", "told.err"))
        return Ended(**answer, out=out, err=err)


def litter(folder: Path) -> list[str]:
    """What an interrupted build may have left below a folder, beside what is meant to be there."""
    names = (path.name for path in folder.rglob("*"))
    return sorted(name for name in names if ".part" in name or name.startswith("voiceguide-"))
