"""Edit random routines again and again, and compare every build that uses the cache with a build without it.

Both must have the same bytes, whatever the cache holds by then. Run it with `make soak`, or with
`python -m tests.reliability.edits 20` for a short run.
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import voiceguide
from tests.reliability.soak import WORDS
from voiceguide.audio.beds.loader import load_bed_loop
from voiceguide.system.disk_cache import DiskCache

EDITS_PER_ROUTINE = 10
"""How often each routine is edited before the next one starts with an empty cache."""
MAX_JOBS = 3
BEDS_WITH_LOOPS = ("rain", "brown", "waves", "wind", "bowl")
BEDS = ("none", *BEDS_WITH_LOOPS, "{sound: rain, level: -34, duck: -12}")
FORMATS: tuple[voiceguide.Format, ...] = ("mp3",) * 7 + ("opus", "flac", "m4b")


@dataclass
class Draft:
    """A routine that can be edited. Steps are lines of YAML, by stage."""

    bed: str
    pace: float
    stages: list[list[str]] = field(default_factory=list)

    def to_script(self) -> str:
        head = ["voiceguide: 1", "title: Evening", "voice: tone/tone", f"pace: {self.pace}", f"bed: {self.bed}"]
        return "\n".join([*head, "stages:", *self._stage_lines()]) + "\n"

    def _stage_lines(self) -> Iterator[str]:
        for number, steps in enumerate(self.stages):
            yield f"  - stage: Stage {number}"
            yield "    steps:"
            yield from (f"      - {{{step}}}" for step in steps)


def random_step(rng: random.Random) -> str:
    """Return a step with its text and length. Most lengths keep the rest off the grid of MP3 frames."""
    text = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 14)))
    if rng.random() < 0.1:
        text += f" [{rng.randint(1, 4)}s] rest"
    length = rng.choice(
        [f"for: {rng.randint(2, 25)}s", f"for: {rng.uniform(2, 25):.3f}s", f"pause: {rng.randint(0, 9)}s"]
    )
    cues = ", cues: [{at: half, say: Half.}]" if length.startswith("for") and rng.random() < 0.2 else ""
    return f'say: "{text}.", {length}{cues}'


def random_draft(rng: random.Random) -> Draft:
    stages = [[random_step(rng) for _ in range(rng.randint(1, 4))] for _ in range(rng.randint(1, 3))]
    return Draft(rng.choice(BEDS), 1.0, stages)


def edit(draft: Draft, rng: random.Random) -> None:
    """Make one change: in most cases to a step, rarely to the whole routine."""
    steps = rng.choice(draft.stages)
    index = rng.randrange(len(steps))
    kind = rng.choice(["replace", "replace", "replace", "insert", "insert", "remove", "swap", "bed", "pace"])
    if kind == "replace":
        steps[index] = random_step(rng)
    elif kind == "insert":
        steps.insert(index, random_step(rng))
    elif kind == "remove" and len(steps) > 1:
        del steps[index]
    elif kind == "swap":
        other = rng.randrange(len(steps))
        steps[index], steps[other] = steps[other], steps[index]
    elif kind == "bed":
        draft.bed = rng.choice(BEDS)
    else:
        draft.pace = rng.choice([0.9, 1.0, 1.1])


def drop_cache_entries(cache: Path, rng: random.Random) -> None:
    """Remove a random share of the entries, as if the cache had been full. The share is usually zero."""
    share = rng.choice([0.0, 0.0, 0.1, 0.5, 0.9])
    for path in sorted(path for path in cache.rglob("*") if path.is_file()):
        if rng.random() < share:
            path.unlink()


class CopyingCache(DiskCache):
    """Copies every entry that is read or written to another cache."""

    def __init__(self, folder: Path, copy: DiskCache) -> None:
        super().__init__(folder)
        self._copy = copy

    def get(self, key: str) -> bytes | None:
        data = super().get(key)
        if data is not None:
            self._copy.put(key, data)
        return data

    def put(self, key: str, data: bytes) -> None:
        super().put(key, data)
        self._copy.put(key, data)


def make_caches(folder: Path, made: Path | None = None, beds: Iterable[str] = BEDS_WITH_LOOPS) -> None:
    """Create the folders `beds` and `cache`, which hold the loops of beds. Making them takes most of a build.

    Loops that the cache `made` holds already are copied from it.
    """
    cache = DiskCache(folder / "beds")
    for bed in beds:
        load_bed_loop(bed, Path, CopyingCache(made, cache) if made else cache)
    shutil.copytree(folder / "beds", folder / "cache")


def build(folder: Path, cache: str, format_name: voiceguide.Format, jobs: int) -> bytes:
    """Build the routine with one of the caches and return the file."""
    target = folder / f"{cache}.{format_name}"
    with mock.patch.dict(os.environ, VOICEGUIDE_CACHE=str(folder / cache)):
        voiceguide.load(folder / "s.yaml").build(target, format=format_name, jobs=jobs)
    return target.read_bytes()


def check_edits(seed: int, folder: Path, edits: int = EDITS_PER_ROUTINE) -> list[str]:
    """Build a random routine after each of several edits. Return a sentence for every build that differs.

    `folder` has the two folders from `make_caches`.
    """
    rng = random.Random(seed)
    draft = random_draft(rng)
    failures = []
    (folder / "s.yaml").write_text(draft.to_script(), encoding="utf-8")
    build(folder, "cache", "mp3", MAX_JOBS)
    for number in range(1, edits + 1):
        edit(draft, rng)
        (folder / "s.yaml").write_text(draft.to_script(), encoding="utf-8")
        format_name = rng.choice(FORMATS)
        shutil.copytree(folder / "beds", folder / "fresh")
        cached, fresh = (build(folder, cache, format_name, rng.randint(1, MAX_JOBS)) for cache in ("cache", "fresh"))
        shutil.rmtree(folder / "fresh")
        if cached != fresh:
            failures.append(f"seed {seed}, edit {number}: the {format_name} differs from one built without the cache.")
        drop_cache_entries(folder / "cache", rng)
    return failures


def main() -> None:
    """Make as many edits as requested. Exit with status 1 if a build differs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    started_s = time.monotonic()
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_caches(folder)
        for seed in range(-(-count // EDITS_PER_ROUTINE)):
            failures += check_edits(seed, folder, min(EDITS_PER_ROUTINE, count - seed * EDITS_PER_ROUTINE))
            shutil.rmtree(folder / "cache")
            shutil.copytree(folder / "beds", folder / "cache")
    print(f"{count} edits, {len(failures)} builds differ; {time.monotonic() - started_s:.0f} s")
    for failure in failures:
        print(failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
