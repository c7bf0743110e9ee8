"""Names, words, times and places that are odd and must work all the same."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import pytest

from tests.conftest import Run
from tests.reliability.builds import Warm, litter, routine
from tests.reliability.test_writes import root_only, small_disk

HEAD = "voiceguide: 1\ntitle: Odd\nvoice: tone/tone\nbed: none\nchime: none\n"


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    with Warm(tmp_path_factory.mktemp("odd")) as warm:
        yield warm


NAMES = [
    "with spaces", "two\nlines", 'quo"te', "apo'strophe", "back\\slash", "percent %d %s", "{title}", "$HOME `id` ;",
    "-rf", "--output", "雨の夜", "שיר ערש", "🦶🏽 massage", "é" * 95, "x" * 200, "a.b.c", "~", "#1", "[red]x",
    "http:", "file:x", "concat:a|b", "CON", "nul", "COM1", "trailing.", "tab\there", "\x1b[31mred", "\u202egnp",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_of_scripts_and_sessions(name: str, warm: Warm) -> None:
    """In a folder of that name as well; and no message of ours obeys what is in it."""
    folder = warm.folder / name
    folder.mkdir()
    script = folder / f"{name}.yaml"
    script.write_text(routine(), encoding="utf-8")
    out = f"./{name}/{name}.mp3"
    done = warm.run("build", f"./{name}/{name}.yaml", "-o", out, "--vtt", "--cue-sheet", folder=warm.folder)
    assert (done.status, done.err) == (0, "")
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
    assert {path.suffix for path in folder.iterdir()} == {".yaml", ".mp3", ".vtt", ".html"}
    verified = warm.run("verify", out, folder=warm.folder)
    assert (verified.status, verified.err) == (0, "")
    assert litter(folder) == []


def built(warm: Warm, script: str, *arguments: str) -> dict[str, Any]:
    (warm.work / "s.yaml").write_text(script, encoding="utf-8")
    done = warm.run("build", "s.yaml", "-o", "s.mp3", "--json", *arguments)
    assert done.status == 0, done.err
    data: dict[str, Any] = json.loads(done.out)
    return data


def steps(*lines: str) -> str:
    return "stages:\n  - stage: A\n    steps:\n" + "".join(f"      - {line}\n" for line in lines)


def test_a_title_of_ten_thousand_characters(warm: Warm) -> None:
    title = "Feet " * 2000
    data = built(warm, HEAD.replace("Odd", title) + steps("{say: Hi there., for: 5s}"))
    assert data["title"] == title.strip()
    assert warm.run("verify", "s.mp3").status == 0


def test_a_stage_s_title_of_ten_thousand_characters(warm: Warm) -> None:
    script = HEAD + steps("{say: Hi there., for: 5s}").replace("stage: A", f"stage: {'Sole ' * 2000}")
    built(warm, script, "--split", "--lrc", "--chapters-json")
    assert warm.run("verify", "s-01-" + "sole-" * 16 + ".mp3").status in (0, 1)


def test_steps_that_take_no_time_of_their_own(warm: Warm) -> None:
    data = built(warm, HEAD + "gap: 0s\n" + steps("{say: One., pause: 0s}", "{say: Two., pause: 0s}", "{say: Three.}"))
    assert data["total"] > 0
    assert warm.run("verify", "s.mp3").status == 0


def test_a_step_of_a_whole_day(warm: Warm) -> None:
    (warm.work / "s.yaml").write_text(HEAD + steps("{say: Sleep well., for: 24h}"), encoding="utf-8")
    began = time.monotonic()
    done = warm.run("plan", "s.yaml", "--json")
    assert (done.status, json.loads(done.out)["total"]) == (0, 86_400)
    (warm.work / "s.yaml").write_text(HEAD + steps("{say: Sleep., for: 24h}", "{say: More., for: 1ms}"), "utf-8")
    done = warm.run("plan", "s.yaml")
    assert done.status == 1
    assert "24h" in done.err
    assert time.monotonic() - began < 5


def test_ten_thousand_steps(warm: Warm) -> None:
    lines = [f"{{step: s{number}, say: Breathe in., for: 3s}}" for number in range(9_999)]
    (warm.work / "s.yaml").write_text(HEAD + steps(*lines), encoding="utf-8")
    began = time.monotonic()
    done = warm.run("plan", "s.yaml", "--json")
    assert done.status == 0, done.err
    assert len(json.loads(done.out)["stages"][0]["steps"]) == 9_999
    assert time.monotonic() - began < 60


def test_a_script_on_stdin(run: Run, tmp_path: Path) -> None:
    run("build", "-", "-o", "in.mp3", "-q", stdin=routine())
    run("verify", "in.mp3")
    assert os.listdir(tmp_path) == ["in.mp3"]


def environment(**changed: str | None) -> dict[str, str]:
    """Ours, with some of it changed or taken away."""
    given = {**os.environ, **changed}
    return {name: value for name, value in given.items() if value is not None}


def run_in(folder: Path, env: dict[str, str], *before: str, out: str = "s.mp3") -> bytes:
    folder.mkdir(exist_ok=True)
    (folder / "s.yaml").write_text(routine(), encoding="utf-8")
    command = [*before, sys.executable, "-m", "voiceguide", "build", "s.yaml", "-o", out, "-q"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return (folder / out).read_bytes()


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return run_in(tmp_path_factory.mktemp("right"), {**os.environ})


@pytest.mark.parametrize(
    "changed",
    [
        {"HOME": None, "VOICEGUIDE_CACHE": None, "XDG_CACHE_HOME": "xdg"},
        {"HOME": "/nonexistent", "VOICEGUIDE_CACHE": None, "XDG_CACHE_HOME": None},
        {"HOME": "/proc", "VOICEGUIDE_CACHE": None, "XDG_CACHE_HOME": "/proc/none"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LANG": None, "LC_ALL": "POSIX", "TERM": "dumb", "PATH": None},
        {"TZ": "Pacific/Kiritimati", "COLUMNS": "1"},
        {"PYTHONOPTIMIZE": "2"},
    ],
    ids=["no home", "home not there", "home cannot be written", "LANG=C", "no path", "far away", "without asserts"],
)
def test_odd_surroundings(changed: dict[str, str | None], tmp_path: Path, right: bytes) -> None:
    assert run_in(tmp_path, environment(**changed)) == right


def test_the_umask_is_heeded(tmp_path: Path, right: bytes) -> None:
    before = os.umask(0o077)
    try:
        cache = str(tmp_path / "cache")
        assert run_in(tmp_path / "a", environment(VOICEGUIDE_CACHE=cache), out="new/s.mp3") == right
    finally:
        os.umask(before)
    made = [tmp_path / "a" / "new" / "s.mp3", *Path(cache).rglob("*")]
    assert [path for path in made if path.stat().st_mode & 0o077] == []


@root_only
def test_output_cache_and_home_on_three_disks(tmp_path: Path, right: bytes) -> None:
    (tmp_path / "work").mkdir()
    with small_disk(tmp_path / "work" / "out", "size=4m"), small_disk(tmp_path / "cache", "size=4m"):
        own = environment(VOICEGUIDE_CACHE=str(tmp_path / "cache"), HOME=str(tmp_path))
        assert run_in(tmp_path / "work", own, out="out/s.mp3") == right
        assert os.listdir(tmp_path / "work" / "out") == ["s.mp3"]


JUMPS = """
import itertools, random, sys, time
real, dice = time.time, random.Random(3)
time.time = lambda: real() + dice.choice([-1e9, -86400, 0, 3600, 86400, 1e9])
sys.argv[0] = "voiceguide"
from voiceguide.cli.main import main
main()
"""


def test_a_clock_that_jumps(tmp_path: Path, right: bytes) -> None:
    """Years forth and back with every look at it; what waits goes by the clock that only runs on."""
    (tmp_path / "s.yaml").write_text(routine(), encoding="utf-8")
    own = environment(VOICEGUIDE_CACHE=str(tmp_path / "cache"))
    for _ in range(3):
        command = [sys.executable, "-c", JUMPS, "build", "s.yaml", "-o", "s.mp3", "-q"]
        done = subprocess.run(command, cwd=tmp_path, env=own, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "s.mp3").read_bytes() == right
        for path in (tmp_path / "cache").rglob("*"):
            os.utime(path, (1, 1) if hash(path.name) % 2 else (4e9, 4e9))


def test_titles_that_are_codes_are_shown_and_not_obeyed(warm: Warm) -> None:
    """On the terminal, in HTML, in captions, in the file's tags."""
    evil = '<script>alert(1)</script>&%s \u202e \u2066 $(id) `id` "x'
    lines = [f"title: '{evil}'", f"author: '{evil}'", f"description: '{evil}'", "voice: tone/tone", "stages:"]
    lines += [f"  - stage: 'S {evil}'", "    steps:", f"      - {{step: 'N {evil}', say: 'Words {evil}.', for: 20s}}"]
    (warm.work / "s.yaml").write_text(routine(), encoding="utf-8")
    (warm.work / "evil.yaml").write_text("\n".join(["voiceguide: 1", *lines]), encoding="utf-8")
    codes = "voiceguide: 1\ntitle: \"\\e[2J\\e]0;owned\\a\"\n\x1b[31m: \x1b\nstages: '\x9b31m'\n"
    (warm.work / "codes.yaml").write_text(codes, encoding="utf-8")
    told = [warm.run(*arguments) for arguments in EVIL_RUNS]
    for arguments, done in zip(EVIL_RUNS, told, strict=True):
        for text in (done.out, done.err):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text), (arguments, text)
    for page in [*warm.work.glob("evil*.html"), *warm.work.glob("evil*.svg"), *warm.work.glob("evil*.vtt")]:
        assert "<script>alert" not in page.read_text("utf-8"), page
    tags = mutagen.File(warm.work / "evil.mp3").tags
    shown = [
        str(tags["TIT2"]),
        str(tags["TPE1"]),
        *(str(chapter.sub_frames["TIT2"]) for chapter in tags.getall("CHAP")),
    ]
    assert len(shown) > 2
    assert [text for text in shown if re.search(r"[\x00-\x1f\x7f-\x9f]", text)] == []


EVIL_RUNS = [
    ("check", "codes.yaml"),
    ("plan", "codes.yaml"),
    ("check", "evil.yaml"),
    ("plan", "evil.yaml"),
    ("plan", "evil.yaml", "--svg", "evil.svg"),
    ("build", "evil.yaml", "-o", "evil.mp3", "--cue-sheet", "--vtt", "--lrc", "--chapters-json"),
    ("build", "evil.yaml", "-o", "evil-apart.mp3", "--split"),
    ("verify", "evil.mp3", "-v"),
    ("diff", "evil.yaml", "s.yaml"),
    ("plan", "evil.yaml", "--set", "\x1b[31m=3m"),
    ("plan", "\x1b[31mnone.yaml"),
    ("verify", "\x1b[31mnone.mp3"),
    ("build", "evil.yaml", "-o", "\x1b[31m.mp9"),
    ("plan", "evil.yaml", "--voice", "\x1b[31m"),
    ("say", "Hi", "--voice", "\x1b[31m"),
    ("\x1b[31m",),
    ("plan", "evil.yaml", "--\x1b[31m"),
    ("build", "evil.yaml", "--format", "\x1b[31m"),
]


def test_no_name_in_a_script_leads_out_of_the_output_folder(warm: Warm) -> None:
    """Stages name files where a session is split."""
    titles = ["../../up", "/etc/up", "a/b\\c", "..x", "C:\\up", "nul", "~/down"]
    stages = "".join(f"  - stage: '{title}'\n    steps: [{{say: Hi there., for: 3s}}]\n" for title in titles)
    script = HEAD.replace("Odd", "../../up") + "stages:\n" + stages
    (warm.work / "deep" / "out").mkdir(parents=True)
    (warm.work / "s.yaml").write_text(script, encoding="utf-8")
    done = warm.run("build", "s.yaml", "-o", "deep/out/s.mp3", "--split", "--cue-sheet", "-q")
    assert (done.status, done.err) == (0, "")
    assert os.listdir(warm.work / "deep") == ["out"]
    assert len(os.listdir(warm.work / "deep" / "out")) == 9
    assert [path for path in warm.folder.rglob("*up*") if path.parent.name != "out"] == []
