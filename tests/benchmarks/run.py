"""What a session costs, as ratios measured in one run: `make bench`. Writes docs/performance.md and its picture.

The yardstick program that mixes and encodes every second with pydub is measured too where VOICEGUIDE_BASELINE names it.
"""

from __future__ import annotations

import compileall
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imageio_ffmpeg import get_ffmpeg_exe

from tests.benchmarks.picture import growth_svg

ROOT = Path(__file__).parents[2]
LINES = 60
ROUNDS = 3
GROWTH_MIN = (10, 30, 60, 180, 480)
EACH_S = 30
"""Seconds of a step in the session that is changed."""
CHANGES_S = {2: 10, 7: 45, 12: 20, 17: 5, 22: 30, 27: 25, 32: 40, 37: 15, 42: 50, 47: 35, 52: 60, 57: 55}
"""Every fifth step, and by how many seconds it is made longer: all that people are wont to write, up to a minute."""
SENTENCES = (
    "Glide both thumbs up the top of the foot, and come back lightly along the sides.",
    "Press your knuckles slowly from the heel to the ball, firm but pleasant.",
    "Hold the foot between both hands, warm and still.",
)
"""With their number, five seconds on average: in half an hour five minutes of words, as in `reflexology`."""


@dataclass(frozen=True)
class Cost:
    """What one run of a program took."""

    seconds: float
    cpu_seconds: float
    """Of all its processes together."""
    megabytes: float
    """The largest process of the run."""


def main() -> None:
    compileall.compile_dir(ROOT / "voiceguide", quiet=1)  # as pip does where it installs
    began, busy = time.perf_counter(), _busy_seconds()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = _Bench(Path(name))
        rows = bench.rows()
        fixed, growing = bench.growth()
    own = sum(cost.cpu_seconds for cost in bench.costs)
    others = max(0.0, _busy_seconds() - busy - own) / ((time.perf_counter() - began) * (os.cpu_count() or 1))
    (ROOT / "docs" / "performance.svg").write_text(growth_svg(GROWTH_MIN, fixed, growing), encoding="utf-8")
    page = _page(rows, fixed, growing, others)
    (ROOT / "docs" / "performance.md").write_text(page, encoding="utf-8")
    print(page)


class _Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.caches = 0
        self.costs: list[Cost] = []

    def rows(self) -> list[tuple[str, str, str]]:
        """Label, what was measured, the budget."""
        half, three = self.script(30, LINES), self.script(180, LINES)
        first, lame, long = self.side_by_side(
            lambda: self.build(half), lambda: self.lame(half), lambda: self.build(three)
        )
        base = _median(first)
        changed = self.change(half)
        starts, imports = self.side_by_side(self.help, self.imports)
        peak = max(cost.megabytes for cost in first)
        rows = [
            ("30 min with rain, empty cache / LAME alone", base / _median(lame), "0.5"),
            ("the same, in total CPU time", _median_cpu(first) / _median_cpu(lame), "-"),
            ("3 h / 30 min, same speech", _median(long) / base, "1.3"),
            *((label, cost / base, limit) for label, cost, limit in changed),
            ("peak memory, 3 h / 30 min", max(cost.megabytes for cost in long) / peak, "1.05"),
            ("`--help` / `import click, yaml`", _median(starts) / _median(imports), "2"),
        ]
        naive = self.naive()
        if naive:
            rows.append(
                ("30 min, empty cache / a pydub program with the speech already synthesized", base / naive.seconds, "-")
            )
        told = [(label, f"{value:.2f}", budget) for label, value, budget in rows]
        told.append(("`play`: seconds until the first audio, empty cache", f"{self.first_sound():.2f}", "1.5"))
        told.append(("30 min: largest process, MB", f"{peak:.0f}", "300"))
        told.append(("30 min: first build, seconds", f"{base:.2f}", "-"))
        return told

    def side_by_side(self, *runs: Callable[[], Cost]) -> list[list[Cost]]:
        """Each of the runs ROUNDS times, forwards and backwards in turn, so that a slow spell hits all of them."""
        costs: list[list[Cost]] = [[] for _ in runs]
        for turn in range(ROUNDS):
            for index in range(len(runs))[:: 1 if turn % 2 == 0 else -1]:
                costs[index].append(runs[index]())
        return costs

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

    def change(self, script: Path) -> list[tuple[str, float, str]]:
        """Seconds of a build after something has changed in a session just built: label, mean or median, budget."""
        self.build(script, cache="kept")
        middle = LINES // 2
        other = script.with_name("other.yaml")
        other.write_text(
            script.read_text("utf-8").replace(f"Number {middle}.", "Now the other side."), encoding="utf-8"
        )
        seconds = {step: self.after(script, (step, EACH_S + by_s)).seconds for step, by_s in CHANGES_S.items()}
        threes = [seconds[step] for step, by_s in CHANGES_S.items() if by_s % 3 == 0]
        outer = [seconds[step] for step, by_s in CHANGES_S.items() if by_s % 3 and abs(step - middle) >= LINES // 4]
        inner = [seconds[step] for step, by_s in CHANGES_S.items() if by_s % 3 and abs(step - middle) < LINES // 4]
        again = [self.after(script, (middle, 43), (middle, each)) for each in (46, 55)]
        mean = statistics.mean(seconds.values())
        return [
            ("one duration changed, the rest cached / first build: mean of twelve changes", mean, "0.25"),
            ("of these, changes by a multiple of three seconds", statistics.mean(threes), "0.25"),
            ("other changes, in the outer half of the session", statistics.mean(outer), "0.25"),
            ("other changes, in the inner half", statistics.mean(inner), "0.25"),
            ("the slowest of the twelve", max(seconds.values()), "0.25"),
            ("a second change in the middle, not a multiple of three seconds", _median(again), "0.25"),
            ("one line of speech changed in the middle, the rest cached / first build", self.after(other).seconds, "-"),
        ]

    def after(self, script: Path, *sets: tuple[int, int]) -> Cost:
        """The last of these builds in a row, each with a step of another length in seconds, upon what a first build
        has left in the cache."""
        cache = self.folder / "changed"
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(self.folder / "kept", cache)
        options = [["--set", f"s{step}={seconds}s"] for step, seconds in sets] or [[]]
        return [self.build(script, *option, cache=cache.name) for option in options][-1]

    def lame(self, script: Path) -> Cost:
        """LAME alone, with our own settings, on the very sound of the session."""
        wav = self.folder / "out.wav"
        if not wav.exists():
            command = [sys.executable, "-m", "voiceguide", "build", str(script), "-o", str(wav), "-q"]
            self.run(command, {"VOICEGUIDE_CACHE": str(self.folder / "wav-cache")})
        lame = ["-c:a", "libmp3lame", "-b:a", "128k", "-reservoir", "0", str(self.folder / "lame.mp3")]
        return self.run([get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", "-i", str(wav), *lame])

    def help(self) -> Cost:
        return self.run([sys.executable, "-m", "voiceguide", "--help"])

    def first_sound(self) -> float:
        """Seconds until `play` hands the device the first sound of a bundled routine; the slowest of the rounds."""
        seconds = []
        for turn in range(ROUNDS):
            here = {"VOICEGUIDE_CACHE": str(self.folder / f"play{turn}"), "VOICEGUIDE_STATE": str(self.folder)}
            told = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.first_sound", str(ROOT / "scripts" / "foot-massage.yaml")],
                env={**os.environ, **here, "FIRST_SOUND_FROM": str(time.time())},
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            seconds.append(float(told.stderr.split()[-1]))
        return max(seconds)

    def imports(self) -> Cost:
        return self.run([sys.executable, "-c", "import click, yaml"])

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
        cost = Cost(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)
        self.costs.append(cost)
        return cost


def _median(costs: list[Cost]) -> float:
    return statistics.median(cost.seconds for cost in costs)


def _median_cpu(costs: list[Cost]) -> float:
    return statistics.median(cost.cpu_seconds for cost in costs)


def _page(rows: list[tuple[str, str, str]], fixed: list[float], growing: list[float], others: float) -> str:
    table = "\n".join(f"| {label} | {value} | {budget} |" for label, value, budget in rows)
    lengths = "\n".join(
        f"| {minutes} min | {one:.1f} s | {two:.1f} s |"
        for minutes, one, two in zip(GROWTH_MIN, fixed, growing, strict=True)
    )
    return (
        "# Performance\n\n`make bench` generates this page. The ratios compare runs measured side by side, so "
        "they apply to other machines too.\n\n"
        f"Machine: {_machine()}. Other programs used {others:.0%} of its cores during the run.\n\n"
        f"| what | measured | budget |\n|---|---|---|\n{table}\n\n"
        f"Time of a first build, with {LINES} lines at any length (fixed speech) and with two lines per minute "
        "(growing speech):\n\n"
        f"| session | fixed speech | growing speech |\n|---|---|---|\n{lengths}\n\n"
        "![Time of a first build by session length](performance.svg)\n\n"
        "One duration is changed at twelve places, each time starting from the cache of a first build. After a change "
        "by a multiple of three seconds, everything after it keeps its position on the 24 ms grid of MP3 frames. After "
        "any other change, the speech on one side of the change starts at a different point within its frames, because "
        "times are exact to the sample. That side is encoded and verified again. Frames are counted from a step in the "
        "middle of the session, so it is always the shorter side.\n\n"
        "The closer a change is to the middle, the more it costs. Close to the middle, the first such change exceeds "
        "the budget. Changes by whole seconds can only lead to three different points within a frame, and what was "
        "encoded for one of them is cached.\n"
    )


def _machine() -> str:
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    told = subprocess.run([get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True).stdout
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"ffmpeg {told.split()[2]}"
    )


def _busy_seconds() -> float:
    """Seconds of work of all cores since the machine began; 0 where the system does not say."""
    for line in _lines("/proc/stat"):
        user, nice, system, _, _, *interrupts = (int(field) for field in line.split()[1:8])
        return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


if __name__ == "__main__":
    main()
