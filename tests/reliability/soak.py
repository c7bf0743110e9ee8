"""Hundreds of random routines with random overrides, built and verified one after the other in one process: none wrong,
and neither memory nor open files grow. `make soak`; `python -m tests.reliability.soak 20` for a short one.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from voiceguide.errors import OverrideError, VoiceguideError
from voiceguide.export.exporter import ExportSettings
from voiceguide.pipeline.override_options import open_builder, parse_overrides
from voiceguide.script.loader import Script
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.units import SAMPLE_RATE
from voiceguide.verification.verifier import verify_file

WARM_UP = 20
"""Builds after which memory may grow no more: by then every module and table has been used."""
MOST_MORE_MB, MOST_MORE_FILES = 40, 2
WORDS = ["soak", "stroke", "ankle", "sole", "rest", "breathe", "circle", "press", "warm", "slow", "toes", "heel"]


def random_script(dice: random.Random) -> str:
    """A routine of one to four stages, in the test voice, with most keys now and then."""
    lines = ["voiceguide: 1", f"title: Evening {dice.randrange(1000)}", "voice: tone/tone"]
    lines += [f"bed: {dice.choice(['none', 'none', 'rain', 'brown', 'waves'])}", "stages:"]
    if dice.random() < 0.3:
        lines.insert(3, "safety: [Leave out any place with an open wound.]")
    for stage in range(dice.randint(1, 4)):
        lines += [f"  - stage: {dice.choice(WORDS)} {stage}", f"    tags: [t{stage}]", "    steps:"]
        for step in range(dice.randint(1, 4)):
            said = " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, 12)))
            length = dice.choice([f"for: {dice.randint(3, 60)}s", f"pause: {dice.randint(0, 20)}s", "fixed: true"])
            lines.append(f"      - {{step: s{stage}{step}, say: {said}., {length}}}")
            if length.startswith("for") and dice.random() < 0.3:
                lines[-1] = lines[-1][:-1] + ", cues: [{at: half, say: Half.}]}"
    return "\n".join(lines) + "\n"


def random_overrides(dice: random.Random) -> dict[str, object]:
    """Some of what the command line takes; now and then more than the routine can follow."""
    some: dict[str, object] = {
        "sets": [f"s00={dice.randint(5, 90)}s"],
        "total": f"{dice.randint(30, 600)}s",
        "skips": [f"t{dice.randint(0, 3)}"],
        "detail": dice.choice(["full", "brief", "chime"]),
        "pace": f"{dice.uniform(0.6, 1.8):.2f}",
        "bed": dice.choice(["rain", "none"]),
        "bed_level": str(-dice.randint(10, 40)),
    }
    return {name: value for name, value in some.items() if dice.random() < 0.25}


def one(seed: int, folder: Path) -> str:
    """Build and verify a session; `good`, `refused` where the overrides cannot be followed, or what is wrong."""
    dice = random.Random(seed)
    script, wish = folder / "s.yaml", random_overrides(dice)
    script.write_text(random_script(dice), encoding="utf-8")
    form = dice.choice(["mp3"] * 6 + ["opus", "flac", "m4b", "wav"])
    target = folder / f"s.{form}"

    def wanted(script: Script) -> Overrides:
        return parse_overrides(script, wish)

    try:
        with open_builder(str(script), wanted) as session:
            timeline = session.exact_timeline()
            session.write(timeline, target, ExportSettings(form))
    except OverrideError:
        return "refused"
    except VoiceguideError as error:
        return f"seed {seed}: {error}"
    report = verify_file(target)
    told = wish.get("total")
    if told is not None and timeline.total != int(str(told)[:-1]) * SAMPLE_RATE:
        return f"seed {seed}: --total {told} came out as {timeline.total / SAMPLE_RATE} s"
    return "good" if not report.failures else f"seed {seed}: {report.failures[0]}"


def memory_mb() -> float:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """As many as asked for; status 1 where one was wrong or something grew."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    began, results = time.monotonic(), []
    base = (0.0, 0)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VOICEGUIDE_CACHE"] = str(Path(folder, "cache"))
        for number in range(count):
            results.append(one(first + number, Path(folder)))
            if number == min(WARM_UP, count - 1):
                base = (memory_mb(), len(os.listdir("/proc/self/fd")))
    more_mb, more_files = memory_mb() - base[0], len(os.listdir("/proc/self/fd")) - base[1]
    wrong = [result for result in results if result not in ("good", "refused")]
    print(f"{results.count('good')} built and verified, {results.count('refused')} refused, {len(wrong)} wrong;")
    print(f"{more_mb:+.0f} MB, {more_files:+d} open files since the {WARM_UP}th; {time.monotonic() - began:.0f} s")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong or more_mb > MOST_MORE_MB or more_files > MOST_MORE_FILES else 0)


if __name__ == "__main__":
    main()
