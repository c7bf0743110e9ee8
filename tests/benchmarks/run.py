"""Measure the cost of a session and write docs/performance.md and its plot: `make bench`.

Results are ratios of programs measured in turn in the same run. If VOICEGUIDE_BASELINE is the path of a program that
mixes and encodes every second with pydub, that program is measured as well.
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

from tests.benchmarks.beds import beds_section
from tests.benchmarks.catalogue import catalogue_section
from tests.benchmarks.phone import phone_section
from tests.benchmarks.picture import growth_svg

ROOT = Path(__file__).parents[2]
LINES = 60
ROUNDS = 3
GROWTH_MIN = (10, 30, 60, 180, 480)
STEP_S = 30
"""Seconds per step in the session that is changed."""
CHANGES_S = {2: 10, 7: 45, 12: 20, 17: 5, 22: 30, 27: 25, 32: 40, 37: 15, 42: 50, 47: 35, 52: 60, 57: 55}
"""Every fifth step, and the seconds added to it. These are the changes that people usually make, up to a minute."""
SENTENCES = (
    "Glide both thumbs up the top of the foot, and come back lightly along the sides.",
    "Press your knuckles slowly from the heel to the ball, firm but pleasant.",
    "Hold the foot between both hands, warm and still.",
)
"""About five seconds each with their number. Half an hour has five minutes of speech, as in `reflexology`."""


@dataclass(frozen=True)
class Cost:
    """The resources used by one run of a program."""

    seconds: float
    cpu_seconds: float
    """Processor time of all its processes."""
    megabytes: float
    """Peak memory of its largest process."""


def main() -> None:
    compileall.compile_dir(ROOT / "voiceguide", quiet=1)  # as pip does at installation
    started_s, busy_before_s = time.perf_counter(), _busy_seconds()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        bench = _Bench(Path(name))
        rows = bench.rows()
        fixed, growing = bench.growth()
    own_s = sum(cost.cpu_seconds for cost in bench.costs)
    available_s = (time.perf_counter() - started_s) * (os.cpu_count() or 1)
    others = max(0.0, _busy_seconds() - busy_before_s - own_s) / available_s
    (ROOT / "docs" / "performance.svg").write_text(growth_svg(GROWTH_MIN, fixed, growing), encoding="utf-8")
    page = "\n".join((_page(rows, fixed, growing, others), phone_section(), beds_section()))
    page = _page(rows, fixed, growing, others) + "\n" + phone_section() + "\n" + catalogue_section()
    (ROOT / "docs" / "performance.md").write_text(page, encoding="utf-8")
    print(page)


class _Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.caches = 0
        self.costs: list[Cost] = []

    def rows(self) -> list[tuple[str, str, str]]:
        """Return the label, the result and the budget of each row."""
        half, three = self.script(30, LINES), self.script(180, LINES)
        first, lame, long = self.run_in_turn(
            lambda: self.build(half), lambda: self.lame(half), lambda: self.build(three)
        )
        base = _median(first)
        changed = self.change(half)
        starts, imports = self.run_in_turn(self.help, self.imports)
        peak = max(cost.megabytes for cost in first)
        rows = [
            ("30 min with rain, empty cache / LAME alone", base / _median(lame), "0.5"),
            ("the same, in CPU time summed over all cores", _median_cpu(first) / _median_cpu(lame), "-"),
            ("3 h / 30 min, same speech", _median(long) / base, "1.3"),
            *((label, cost / base, limit) for label, cost, limit in changed),
            ("peak memory, 3 h / 30 min", max(cost.megabytes for cost in long) / peak, "1.05"),
            ("`--help` / `import click, yaml`", _median(starts) / _median(imports), "2"),
        ]
        naive = self.naive()
        if naive:
            rows.append(
                ("30 min, empty cache / a pydub program, speech already synthesized", base / naive.seconds, "-")
            )
        formatted = [(label, f"{value:.2f}", budget) for label, value, budget in rows]
        formatted.append(("`play` to the first sound, empty cache, in seconds", f"{self.first_sound():.2f}", "1.5"))
        formatted.append(("largest process for 30 min, in MB", f"{peak:.0f}", "300"))
        formatted.append(("first build of 30 min, in seconds", f"{base:.2f}", "-"))
        return formatted

    def run_in_turn(self, *runs: Callable[[], Cost]) -> list[list[Cost]]:
        """Run each function ROUNDS times, in alternating order, so that a temporary slowdown affects all."""
        costs: list[list[Cost]] = [[] for _ in runs]
        for number in range(ROUNDS):
            for index in range(len(runs))[:: 1 if number % 2 == 0 else -1]:
                costs[index].append(runs[index]())
        return costs

    def growth(self) -> tuple[list[float], list[float]]:
        """Return the seconds for each session length, with constant speech and with growing speech."""
        fixed = [self.build(self.script(minutes, LINES)).seconds for minutes in GROWTH_MIN]
        growing = [self.build(self.script(minutes, 2 * minutes)).seconds for minutes in GROWTH_MIN]
        return fixed, growing

    def script(self, minutes: int, lines: int) -> Path:
        """Write a routine of this length with this many different lines."""
        path = self.folder / f"s{minutes}-{lines}.yaml"
        step_s = minutes * 60 / lines
        steps = "".join(
            f'      - {{step: s{n}, say: "Number {n}. {SENTENCES[n % 3]}", for: {step_s:.3f}s}}\n' for n in range(lines)
        )
        head = "voiceguide: 1\ntitle: Bench\nbed: rain\nannounce_quiet: no\nstages:\n  - stage: All\n    steps:\n"
        path.write_text(head + steps, encoding="utf-8")
        return path

    def build(self, script: Path, *more: str, cache: str = "") -> Cost:
        """Build a script in a new process, with an empty cache unless one is named."""
        self.caches += 1
        cache_dir = self.folder / (cache or f"cache{self.caches}")
        command = [sys.executable, "-m", "voiceguide", "build", str(script), "-o", str(self.folder / "out.mp3"), "-q"]
        return self.run([*command, *more], {"VOICEGUIDE_CACHE": str(cache_dir)})

    def change(self, script: Path) -> list[tuple[str, float, str]]:
        """Return the label, the seconds and the budget of builds after one change to a finished session."""
        self.build(script, cache="first")
        middle = LINES // 2
        other = script.with_name("other.yaml")
        other.write_text(
            script.read_text("utf-8").replace(f"Number {middle}.", "Now the other side."), encoding="utf-8"
        )
        seconds = {step: self.rebuild(script, (step, STEP_S + added_s)).seconds for step, added_s in CHANGES_S.items()}
        threes = [seconds[step] for step, added_s in CHANGES_S.items() if added_s % 3 == 0]
        others = [step for step, added_s in CHANGES_S.items() if added_s % 3]
        outer = [seconds[step] for step in others if abs(step - middle) >= LINES // 4]
        inner = [seconds[step] for step in others if abs(step - middle) < LINES // 4]
        again = [self.rebuild(script, (middle, 43), (middle, length_s)) for length_s in (46, 55)]
        mean = statistics.mean(seconds.values())
        return [
            ("one duration changed, the rest cached / first build, mean of twelve changes", mean, "0.25"),
            ("of these, changes by a multiple of three seconds", statistics.mean(threes), "0.25"),
            ("changes by any other amount in the outer half of the session", statistics.mean(outer), "0.25"),
            ("changes by any other amount in the inner half", statistics.mean(inner), "0.25"),
            ("the slowest of the twelve", max(seconds.values()), "0.25"),
            ("a second change in the middle, by a different amount", _median(again), "0.25"),
            ("different text in the middle, the rest cached / first build", self.rebuild(other).seconds, "-"),
        ]

    def rebuild(self, script: Path, *sets: tuple[int, int]) -> Cost:
        """Build once for each step and new length in seconds, starting with the cache of a first build.

        Return the cost of the last build.
        """
        cache = self.folder / "changed"
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(self.folder / "first", cache)
        options = [["--set", f"s{step}={seconds}s"] for step, seconds in sets] or [[]]
        return [self.build(script, *option, cache=cache.name) for option in options][-1]

    def lame(self, script: Path) -> Cost:
        """Encode the audio of the session with LAME alone, with the same settings."""
        wav = self.folder / "out.wav"
        if not wav.exists():
            command = [sys.executable, "-m", "voiceguide", "build", str(script), "-o", str(wav), "-q"]
            self.run(command, {"VOICEGUIDE_CACHE": str(self.folder / "wav-cache")})
        lame = ["-c:a", "libmp3lame", "-b:a", "128k", "-reservoir", "0", str(self.folder / "lame.mp3")]
        return self.run([get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", "-i", str(wav), *lame])

    def help(self) -> Cost:
        return self.run([sys.executable, "-m", "voiceguide", "--help"])

    def first_sound(self) -> float:
        """Return the longest time until `play` sends the first sound of a bundled routine to the device, in seconds."""
        seconds = []
        for number in range(ROUNDS):
            folders = {"VOICEGUIDE_CACHE": str(self.folder / f"play{number}"), "VOICEGUIDE_STATE": str(self.folder)}
            result = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.first_sound", str(ROOT / "scripts" / "foot-massage.yaml")],
                env={**os.environ, **folders, "FIRST_SOUND_FROM": str(time.time())},
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            seconds.append(float(result.stderr.split()[-1]))
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
        started_s = time.perf_counter()
        child = subprocess.Popen(command, env={**os.environ, **(environment or {})}, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"{command} ended with {child.returncode}")
        cost = Cost(time.perf_counter() - started_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)
        self.costs.append(cost)
        return cost


def _median(costs: list[Cost]) -> float:
    return statistics.median(cost.seconds for cost in costs)


def _median_cpu(costs: list[Cost]) -> float:
    return statistics.median(cost.cpu_seconds for cost in costs)


def _page(rows: list[tuple[str, str, str]], fixed: list[float], growing: list[float], others: float) -> str:
    table = "\n".join(f"| {label} | {value} | {budget} |" for label, value, budget in rows)
    lengths = "\n".join(
        f"| {minutes} min | {constant:.1f} s | {grown:.1f} s |"
        for minutes, constant, grown in zip(GROWTH_MIN, fixed, growing, strict=True)
    )
    return (
        "# Performance\n\n`make bench` generates this page. Most results are ratios between programs that were "
        "measured alternately, so they should hold on other machines too.\n"
        f"Measured on {_machine()}. Other programs used {others:.0%} of the CPU time.\n\n"
        f"| what | measured | budget |\n|---|---|---|\n{table}\n\n"
        f"Time for a first build by session length, with {LINES} lines regardless of length and with two lines per "
        "minute:\n\n"
        f"| session | constant speech | growing speech |\n|---|---|---|\n{lengths}\n\n"
        "![Plot of the table above](performance.svg)\n\n"
        "Each of the twelve changes is made to a different step, starting with the cache of a first build. A change by "
        "a multiple of three seconds keeps everything after it aligned with the 24 ms grid of MP3 frames. After any "
        "other change, the speech on one side of it starts at a different offset within its frames, because times are "
        "exact to the sample. That speech is encoded and verified again. Frames are counted from a step in the "
        "middle, so the side to re-encode is always the shorter one. The closer a change is to the middle, the longer "
        "the build takes, and the first such change near the middle is over budget. Changes by whole seconds lead to "
        "only three different offsets, and speech that was encoded at one of them remains in the cache.\n"
    )


def _machine() -> str:
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    version = subprocess.run([get_ffmpeg_exe(), "-version"], capture_output=True, text=True, check=True).stdout
    return (
        f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"ffmpeg {version.split()[2]}"
    )


def _busy_seconds() -> float:
    """Return the busy seconds of all cores since the machine started, or 0 if they are unknown."""
    for line in _lines("/proc/stat"):
        user, nice, system, _, _, *interrupts = (int(field) for field in line.split()[1:8])
        return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


if __name__ == "__main__":
    main()
