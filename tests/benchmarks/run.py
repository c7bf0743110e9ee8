"""What a session costs, as ratios measured in one run: `make bench`. Writes docs/performance.md and its picture.

The yardstick program that mixes and encodes every second with pydub is measured too where VOICEGUIDE_BASELINE names it.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from tests.benchmarks.picture import growth_svg

ROOT = Path(__file__).parents[2]
LINES = 60
ROUNDS = 3
GROWTH_MIN = (10, 30, 60, 180, 480)
SENTENCES = (
    "Glide both thumbs up the top of the foot, from the toes to the ankle, and come back lightly along the sides.",
    "Press your knuckles slowly from the heel to the ball of the foot, firm but pleasant.",
    "Hold the foot between both hands, warm and still, for a slow breath.",
)


@dataclass(frozen=True)
class Cost:
    """What one run of a program took."""

    seconds: float
    mib: float
    """The largest process of the run."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = _Bench(Path(name))
        rows = bench.rows()
        growth = bench.growth()
    fixed, growing = growth
    (ROOT / "docs" / "performance.svg").write_text(growth_svg(GROWTH_MIN, fixed, growing), encoding="utf-8")
    page = _page(rows, fixed, growing)
    (ROOT / "docs" / "performance.md").write_text(page, encoding="utf-8")
    print(page)


class _Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.caches = 0

    def rows(self) -> list[tuple[str, str, str]]:
        """Label, what was measured, the budget."""
        half, three = self.script(30, LINES), self.script(180, LINES)
        first, lame, long = [], [], []
        for _ in range(ROUNDS):
            first.append(self.build(half))
            lame.append(self.lame(half))
            long.append(self.build(three))
        changed = self.change(half)
        base = statistics.median(cost.seconds for cost in first)
        starts = [(self.run([sys.executable, "-m", "voiceguide", "--help"]).seconds, self.imports()) for _ in range(5)]
        rows = [
            ("30 min with rain, nothing cached / LAME alone", base / _median(lame), "0.5"),
            ("3 h / 30 min, same words", _median(long) / base, "1.3"),
            ("one duration changed, the rest cached / first build", changed / base, "0.25"),
            ("memory of 3 h / 30 min", max(c.mib for c in long) / max(c.mib for c in first), "1.05"),
            ("`--help` / `import click, yaml`", statistics.median(a / b for a, b in starts), "2"),
        ]
        told = [(label, f"{value:.2f}", budget) for label, value, budget in rows]
        told.append(("largest process, MiB", f"{max(c.mib for c in [*first, *long]):.0f}", "300"))
        naive = self.naive()
        if naive:
            told.append(("30 min, nothing cached / pydub's way on spoken clips", f"{base / naive.seconds:.2f}", "-"))
        told.append(("seconds of the first build of 30 min", f"{base:.2f}", "-"))
        return told

    def growth(self) -> tuple[list[float], list[float]]:
        """Seconds for each length, the words fixed, and the words growing with the minutes."""
        fixed = [self.build(self.script(minutes, LINES)).seconds for minutes in GROWTH_MIN]
        growing = [self.build(self.script(minutes, 2 * minutes)).seconds for minutes in GROWTH_MIN]
        return fixed, growing

    def script(self, minutes: int, lines: int) -> Path:
        """A routine of that length with that many different lines."""
        path = self.folder / f"s{minutes}-{lines}.yaml"
        each = minutes * 60 / lines
        steps = "".join(
            f'      - {{step: s{n}, say: "Number {n}. {SENTENCES[n % 3]}", for: {each:.3f}s}}\n' for n in range(lines)
        )
        head = "voiceguide: 1\ntitle: Bench\nbed: rain\nannounce_quiet: no\nstages:\n  - stage: All\n    steps:\n"
        path.write_text(head + steps, encoding="utf-8")
        return path

    def build(self, script: Path, *more: str, cache: str = "") -> Cost:
        """One build in a process of its own; with a cache of its own unless one is named."""
        self.caches += 1
        store = self.folder / (cache or f"cache{self.caches}")
        command = [sys.executable, "-m", "voiceguide", "build", str(script), "-o", str(self.folder / "out.mp3"), "-q"]
        return self.run([*command, *more], {"VOICEGUIDE_CACHE": str(store)})

    def change(self, script: Path) -> float:
        self.build(script, cache="kept")
        times = [self.build(script, "--set", f"s{n}={25 + n}s", cache="kept").seconds for n in (5, 20, 40)]
        return statistics.median(times)

    def lame(self, script: Path) -> Cost:
        """LAME alone, with our own settings, on the very sound of the session."""
        wav = self.folder / "out.wav"
        if not wav.exists():
            command = [sys.executable, "-m", "voiceguide", "build", str(script), "-o", str(wav), "-q"]
            self.run(command, {"VOICEGUIDE_CACHE": str(self.folder / "wav-cache")})
        lame = ["-c:a", "libmp3lame", "-b:a", "128k", "-reservoir", "0", str(self.folder / "lame.mp3")]
        return self.run([get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", "-i", str(wav), *lame])

    def imports(self) -> float:
        return self.run([sys.executable, "-c", "import click, yaml"]).seconds

    def naive(self) -> Cost | None:
        program = os.environ.get("VOICEGUIDE_BASELINE")
        if not program:
            return None
        clip, bed = self.folder / "clip.wav", self.folder / "bed.wav"
        say = [sys.executable, "-m", "voiceguide", "say", SENTENCES[0], "-o", str(clip)]
        self.run(say, {"VOICEGUIDE_CACHE": str(self.folder / "say-cache")})
        rain = "anoisesrc=d=48:c=brown:a=0.2:r=44100"
        self.run([get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", rain, str(bed)])
        return self.run([sys.executable, program, str(clip), str(bed), "30", str(self.folder / "naive.mp3")])

    def run(self, command: list[str], environment: dict[str, str] | None = None) -> Cost:
        began = time.perf_counter()
        child = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{command} ended with {child.returncode}")
        return Cost(time.perf_counter() - began, usage.ru_maxrss / 1024)


def _median(costs: list[Cost]) -> float:
    return statistics.median(cost.seconds for cost in costs)


def _page(rows: list[tuple[str, str, str]], fixed: list[float], growing: list[float]) -> str:
    table = "\n".join(f"| {label} | {value} | {budget} |" for label, value, budget in rows)
    lengths = "\n".join(
        f"| {minutes} min | {one:.1f} s | {two:.1f} s |"
        for minutes, one, two in zip(GROWTH_MIN, fixed, growing, strict=True)
    )
    return (
        "# What a session costs\n\nMade by `make bench`; ratios are of runs side by side, which hold elsewhere too.\n"
        f"Measured on {_machine()}.\n\n| what | measured | budget |\n|---|---|---|\n{table}\n\n"
        f"How the first build grows, with {LINES} lines whatever the length, and with two a minute:\n\n"
        f"| session | words fixed | words growing |\n|---|---|---|\n{lengths}\n\n"
        "![The same as a plot](performance.svg)\n"
    )


def _machine() -> str:
    names = [line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
