"""Measure a catalogue against plain builds, and the cost of more workers: `python -m tests.benchmarks.catalogue`.

Prints the section of docs/performance.md that `make bench` appends.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["catalogue_section"]

SCRIPT = """\
voiceguide: 1
title: Session {number}
bed: rain
stages:
  - stage: Feet
    steps:
      - {{say: Rest your left foot on your right knee. This is session number {number}., for: 20s}}
      - {{say: Press both thumbs into the arch and hold., for: 20s}}
"""
SESSIONS = 200
UNCHANGED = 10_000
WORKERS = (2, 4, 8)
TEXT = """\
## Catalogues

Sessions of 40 seconds, with rain and two sentences in the default voice. `voiceguide catalogue` built {sessions} of
them with two worker processes, after plain `voiceguide build` had built them in two processes, both with an empty
cache. `python -m tests.benchmarks.catalogue` measures this section.

| what | measured | budget |
|---|---|---|
{rows}

More worker processes than cores make nothing faster, but show what each one adds in processor time: {scaling}.

A session costs {cpu_s:.2f} s of processor time. 10,000 such sessions therefore take about {one:.1f} hours on one
machine with two cores, {ten:.0f} min on 10 machines and {hundred:.0f} min on 100, as long as nothing else is
the bottleneck. The first bottleneck is speech and encoding, which more machines share. The scheduler, a single process,
needs {scheduler_ms:.1f} ms for each job, so it can keep about {limit:,.0f} workers busy. For each session, the store
receives the audio file, its sidecar files and two short records. With 100 machines, that is about {rate:.0f} requests a
second.
This is an estimate from the figures above; it was not measured on several machines.
"""


@dataclass(frozen=True)
class Cost:
    seconds: float
    cpu_s: float


def catalogue_section(sessions: int = SESSIONS, unchanged: int = UNCHANGED) -> str:
    """Return the section."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        scripts = _write_scripts(folder / "routines", sessions)
        _write_catalogue(folder)
        plain = _measure(lambda: _build_plainly(folder, scripts))
        costs = {count: _measure(lambda count=count: _build_catalogue(folder, count)) for count in WORKERS}  # type: ignore[misc]
        again = _measure(lambda: _run(folder, "catalogue", "catalogue.yaml"))
        confirmed = _confirm_unchanged(Path(name, "many"), unchanged)
        scheduler_ms = _scheduler_ms()
    rows = [
        (f"{sessions} sessions / `build` in one process per core", costs[2].seconds / plain.seconds, "1.15"),
        ("the same in processor time", costs[2].cpu_s / plain.cpu_s, "-"),
        (f"{sessions} sessions unchanged, in seconds of processor time", again.cpu_s, "-"),
        (f"{unchanged:,} sessions unchanged, in seconds of processor time", confirmed.cpu_s, "20"),
    ]
    cpu_s = costs[2].cpu_s / sessions
    hours = 10_000 * cpu_s / 2 / 3600
    return TEXT.format(
        sessions=sessions,
        rows="\n".join(f"| {label} | {value:.2f} | {budget} |" for label, value, budget in rows),
        scaling=", ".join(f"{count} workers {cost.cpu_s / sessions:.2f} s a session" for count, cost in costs.items()),
        cpu_s=cpu_s,
        one=hours,
        ten=hours * 6,
        hundred=hours * 0.6,
        scheduler_ms=scheduler_ms,
        limit=cpu_s / scheduler_ms * 1000,
        rate=200 / cpu_s * 4,
    )


def _write_scripts(folder: Path, count: int) -> list[str]:
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number:05}.yaml").write_text(SCRIPT.format(number=number))
    return [f"routines/{number:05}.yaml" for number in range(count)]


def _write_catalogue(folder: Path) -> None:
    (folder / "catalogue.yaml").write_text(
        "catalogue: 1\noutput: published/\nsessions:\n  - scripts: [routines/*.yaml]\n"
    )


def _measure(work: Callable[[], None]) -> Cost:
    before, started_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - started_s, cpu_s)


def _run(folder: Path, *arguments: str, cache: str = "cache") -> None:
    _start(folder, *arguments, cache=cache).wait()


def _start(folder: Path, *arguments: str, cache: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "VOICEGUIDE_CACHE": str(folder / cache), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "voiceguide", *arguments]
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)


def _build_plainly(folder: Path, scripts: list[str]) -> None:
    """Build half of the sessions in each of two processes, with an empty cache."""
    arguments = ("build", "-o", "plain/", "--jobs", "1", "-q")
    halves = [_start(folder, *arguments, *scripts[half::2], cache="plain cache") for half in (0, 1)]
    for process in halves:
        process.wait()


def _build_catalogue(folder: Path, workers: int) -> None:
    for name in ("published", "cache"):
        shutil.rmtree(folder / name, ignore_errors=True)
    _run(folder, "catalogue", "catalogue.yaml", "-q", "--workers", str(workers))


def _confirm_unchanged(folder: Path, count: int) -> Cost:
    """Measure a run that finds every session unchanged. Each has a file of one byte, and a record that says so."""
    from hashlib import sha256

    from voiceguide.catalogue.config.loader import load_catalogue
    from voiceguide.catalogue.manifest import FileRecord, SessionRecord, write_manifest
    from voiceguide.catalogue.run import prepare_run

    _write_scripts(folder / "routines", count)
    _write_catalogue(folder)
    os.environ["VOICEGUIDE_CACHE"] = str(folder / "cache")
    run = prepare_run(load_catalogue(folder / "catalogue.yaml"))
    (folder / "published").mkdir()
    records = {}
    for each in run.pending:
        session, path = each.session, folder / "published" / each.session.name
        path.write_bytes(b"x")
        file = FileRecord(session.name, 1, sha256(b"x").hexdigest(), str(path.stat().st_mtime_ns))
        facts = (session.title, "", session.source, session.language, session.variant, session.voice, session.format)
        times = ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00", 1.0)
        inputs = (session.bit_rate, session.inputs, "", 40.0, (file,))
        records[session.name] = SessionRecord(session.name, *facts, *inputs, *times)
    write_manifest(run.store, run.manifest_name, run.manifest, records)
    return _measure(lambda: _run(folder, "catalogue", "catalogue.yaml", "-q"))


def _scheduler_ms() -> float:
    """Return the processor time of the scheduler and the client for one empty job, in milliseconds."""
    from distributed import Client, LocalCluster, as_completed

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        client.submit(abs, 1).result()
        started_s = time.process_time()
        for future in as_completed(client.map(abs, range(2000), pure=False)):
            future.release()
        return (time.process_time() - started_s) * 1000 / 2000


if __name__ == "__main__":
    print(catalogue_section(*map(int, sys.argv[1:])))
