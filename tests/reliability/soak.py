"""Build and verify hundreds of random routines with random overrides in one process.

All must be correct, and neither memory nor the number of open files may grow. Run it with `make soak`, or with
`python -m tests.reliability.soak 20` for a short run.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import voiceguide
from voiceguide.errors import OverrideError, VoiceguideError
from voiceguide.units import SAMPLE_RATE

WARM_UP_BUILDS = 20
"""Builds after which memory must not grow any further, because every module and table has been loaded."""
MAX_GROWTH_MB, MAX_GROWTH_FILES = 40, 2
WORDS = ["soak", "stroke", "ankle", "sole", "rest", "breathe", "circle", "press", "warm", "slow", "toes", "heel"]


def random_script(rng: random.Random) -> str:
    """Return a script with one to four stages in the test voice that uses a random selection of keys."""
    lines = ["voiceguide: 1", f"title: Evening {rng.randrange(1000)}", "voice: tone/tone"]
    lines += [f"bed: {rng.choice(['none', 'none', 'rain', 'brown', 'waves'])}", "stages:"]
    if rng.random() < 0.3:
        lines.insert(3, "safety: [Leave out any place with an open wound.]")
    for stage in range(rng.randint(1, 4)):
        lines += [f"  - stage: {rng.choice(WORDS)} {stage}", f"    tags: [t{stage}]", "    steps:"]
        for step in range(rng.randint(1, 4)):
            text = " ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 12)))
            length = rng.choice([f"for: {rng.randint(3, 60)}s", f"pause: {rng.randint(0, 20)}s", "fixed: true"])
            lines.append(f"      - {{step: s{stage}{step}, say: {text}., {length}}}")
            if length.startswith("for") and rng.random() < 0.3:
                lines[-1] = lines[-1][:-1] + ", cues: [{at: half, say: Half.}]}"
    return "\n".join(lines) + "\n"


def random_overrides(rng: random.Random) -> dict[str, Any]:
    """Return a random selection of overrides, sometimes impossible ones."""
    overrides: dict[str, Any] = {
        "set": {"s00": f"{rng.randint(5, 90)}s"},
        "total": f"{rng.randint(30, 600)}s",
        "skip": [f"t{rng.randint(0, 3)}"],
        "detail": rng.choice(["full", "brief", "chime"]),
        "pace": round(rng.uniform(0.6, 1.8), 2),
        "bed": rng.choice(["rain", "none"]),
        "bed_level_db": -rng.randint(10, 40),
    }
    return {name: value for name, value in overrides.items() if rng.random() < 0.25}


def build_and_verify(seed: int, folder: Path) -> str:
    """Build and verify a session. Return "good", "refused" if its overrides are impossible, or a failure."""
    rng = random.Random(seed)
    formats: list[voiceguide.Format] = ["mp3", "mp3", "mp3", "mp3", "mp3", "mp3", "opus", "flac", "m4b", "wav"]
    path, overrides = folder / "s.yaml", random_overrides(rng)
    path.write_text(random_script(rng), encoding="utf-8")
    format_name = rng.choice(formats)
    target = folder / f"s.{format_name}"

    try:
        timeline = voiceguide.load(path).build(target, format=format_name, **overrides).timeline
    except OverrideError:
        return "refused"
    except VoiceguideError as error:
        return f"seed {seed}: {error}"
    report = voiceguide.verify(target)
    total = overrides.get("total")
    if total is not None and timeline.total != int(str(total)[:-1]) * SAMPLE_RATE:
        return f"seed {seed}: the total is {timeline.total / SAMPLE_RATE} s instead of {total}"
    return "good" if not report.failures else f"seed {seed}: {report.failures[0]}"


def memory_mb() -> float:
    """Return the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Build as many sessions as requested. Exit with status 1 if one is wrong or if memory or open files grow."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    first_seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    started_s, results = time.monotonic(), []
    memory_before_mb, files_before = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VOICEGUIDE_CACHE"] = str(Path(folder, "cache"))
        for number in range(count):
            results.append(build_and_verify(first_seed + number, Path(folder)))
            if number == min(WARM_UP_BUILDS, count - 1):
                memory_before_mb, files_before = memory_mb(), len(os.listdir("/proc/self/fd"))
    growth_mb = memory_mb() - memory_before_mb
    growth_files = len(os.listdir("/proc/self/fd")) - files_before
    failures = [result for result in results if result not in ("good", "refused")]
    print(f"{results.count('good')} built and verified, {results.count('refused')} refused, {len(failures)} failed;")
    print(f"{growth_mb:+.0f} MB, {growth_files:+d} open files since build {WARM_UP_BUILDS};", end=" ")
    print(f"{time.monotonic() - started_s:.0f} s")
    for failure in failures:
        print(failure)
    sys.exit(1 if failures or growth_mb > MAX_GROWTH_MB or growth_files > MAX_GROWTH_FILES else 0)


if __name__ == "__main__":
    main()
