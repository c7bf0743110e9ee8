"""Catalogues for tests: a few short scripts with the voice `tone`, and workers in this process."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from voiceguide.catalogue.config.loader import load_catalogue
from voiceguide.catalogue.job import BuildJob, JobResult, build_session
from voiceguide.catalogue.planner import PlannedSession
from voiceguide.catalogue.run import CatalogueRun, prepare_run
from voiceguide.catalogue.store import TransferError

SCRIPT = """\
voiceguide: 1
title: {title}
voice: tone
bed: none
chime: none
variants:
  short: {{skip: [soak]}}
stages:
  - stage: Soak
    tags: [soak]
    steps:
      - {{step: soak, say: Warm water. {soak}, for: 4s}}
  - stage: Strokes
    steps:
      - {{step: strokes, say: Long strokes., for: 3s}}
"""
ALL_VARIANTS = "    variants: [all]\n"
CATALOGUE = """\
catalogue: 1
output: {output}
sessions:
  - scripts: [routines/*.yaml]
{variants}{more}"""
FEED = """\
feed:
  title: Calm feet & more
  description: Short <sessions> for tired feet.
  author: A Studio
  address: https://example.com/audio
"""


def write_scripts(folder: Path, *names: str, soak: str = "") -> None:
    """Write a script for each name into the folder `routines`."""
    (folder / "routines").mkdir(exist_ok=True)
    for name in names:
        (folder / "routines" / f"{name}.yaml").write_text(SCRIPT.format(title=name.title(), soak=soak))


def write_catalogue(folder: Path, output: str = "published", more: str = "", *, variants: bool = True) -> Path:
    path = folder / "catalogue.yaml"
    path.write_text(CATALOGUE.format(output=output, more=more, variants=ALL_VARIANTS if variants else ""))
    return path


def here(jobs: Sequence[BuildJob]) -> Generator[tuple[BuildJob, JobResult], None, None]:
    """Run jobs in this process. As on a cluster, a job is run twice if a transfer fails."""
    for job in jobs:
        try:
            result = build_session(job)
        except TransferError:
            try:
                result = build_session(job)
            except TransferError as error:
                result = JobResult("failed", None, str(error))
        yield job, result


def prepared(path: Path, **options: Any) -> CatalogueRun:
    return prepare_run(load_catalogue(path), **options)


def built(path: Path, **options: Any) -> dict[str, str]:
    """Build a catalogue in this process. Return the status of each session that was not confirmed, by name."""
    statuses: dict[str, str] = {}

    def on_result(session: PlannedSession, result: JobResult) -> None:
        statuses[session.name] = result.message or result.status

    prepared(path, **options).build(here, on_result=on_result)
    return statuses


def manifest(folder: Path) -> list[dict[str, Any]]:
    sessions: list[dict[str, Any]] = json.loads((folder / "catalogue.manifest.json").read_text())["sessions"]
    return sessions
