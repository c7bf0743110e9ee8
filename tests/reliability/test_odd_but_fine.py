"""Unusual names, texts, durations and environments that must work."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
import pytest

from tests.conftest import Run
from tests.reliability.builds import BuildServer, leftover_files, routine
from tests.reliability.test_writes import small_disk
from tests.support.environment import child_environment
from tests.support.forked_processes import run_command
from tests.support.long_forms import few, long
from tests.support.programs import needs_root

HEAD = "voiceguide: 1\ntitle: Odd\nvoice: tone/tone\nbed: none\nchime: none\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuildServer]:
    with BuildServer(tmp_path_factory.mktemp("odd")) as server:
        yield server


NAMES = [
    "with spaces, quo\"te, apo'strophe, back\\slash", "two\nlines, tab\there", "$HOME `id` ; percent %d %s {title}",
    "-rf", "--output", "雨の夜 שיר ערש 🦶🏽 massage", "é" * 95, "x" * 200, "~", "#1", "http:", "file:x", "concat:a|b",
    "CON", "a.b.trailing.", "[red]\x1b[31mred \u202egnp",
]  # fmt: skip


@pytest.mark.parametrize("name", few(4, NAMES))
def test_odd_names_of_scripts_and_sessions(name: str, server: BuildServer) -> None:
    """The folder has the same name. Control characters never reach the terminal."""
    folder = server.folder / name
    folder.mkdir()
    script = folder / f"{name}.yaml"
    script.write_text(routine(), encoding="utf-8")
    out = f"./{name}/{name}.mp3"
    result = server.run("build", f"./{name}/{name}.yaml", "-o", out, "--vtt", "--cue-sheet", folder=server.folder)
    assert (result.status, result.stderr) == (0, "")
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    assert {path.suffix for path in folder.iterdir()} == {".yaml", ".mp3", ".vtt", ".html"}
    verified = server.run("verify", out, folder=server.folder)
    assert (verified.status, verified.stderr) == (0, "")
    assert leftover_files(folder) == []


def built(server: BuildServer, script: str, *arguments: str) -> dict[str, Any]:
    (server.work / "s.yaml").write_text(script, encoding="utf-8")
    result = server.run("build", "s.yaml", "-o", "s.mp3", "--json", *arguments)
    assert result.status == 0, result.stderr
    data: dict[str, Any] = json.loads(result.stdout)
    return data


def steps(*lines: str) -> str:
    return "stages:\n  - stage: A\n    steps:\n" + "".join(f"      - {line}\n" for line in lines)


def test_a_title_of_ten_thousand_characters(server: BuildServer) -> None:
    title = "Feet " * 2000
    data = built(server, HEAD.replace("Odd", title) + steps("{say: Hi there., for: 5s}"))
    assert data["title"] == title.strip()
    assert server.run("verify", "s.mp3").status == 0


def test_a_stage_title_of_ten_thousand_characters(server: BuildServer) -> None:
    script = HEAD + steps("{say: Hi there., for: 5s}").replace("stage: A", f"stage: {'Sole ' * 2000}")
    built(server, script, "--split", "--lrc", "--chapters-json")
    assert server.run("verify", "s-01-" + "sole-" * 16 + ".mp3").status in (0, 1)


def test_steps_without_a_pause(server: BuildServer) -> None:
    data = built(
        server, HEAD + "gap: 0s\n" + steps("{say: One., pause: 0s}", "{say: Two., pause: 0s}", "{say: Three.}")
    )
    assert data["total"] > 0
    assert server.run("verify", "s.mp3").status == 0


def test_a_step_of_a_whole_day(server: BuildServer) -> None:
    (server.work / "s.yaml").write_text(HEAD + steps("{say: Sleep well., for: 24h}"), encoding="utf-8")
    result = server.run("plan", "s.yaml", "--json")
    assert (result.status, json.loads(result.stdout)["total"]) == (0, 86_400)
    (server.work / "s.yaml").write_text(HEAD + steps("{say: Sleep., for: 24h}", "{say: More., for: 1ms}"), "utf-8")
    result = server.run("plan", "s.yaml")
    assert result.status == 1
    assert "24h" in result.stderr


@long
def test_ten_thousand_steps(server: BuildServer) -> None:
    lines = [f"{{step: s{number}, say: Breathe in., for: 3s}}" for number in range(9_999)]
    (server.work / "s.yaml").write_text(HEAD + steps(*lines), encoding="utf-8")
    result = server.run("plan", "s.yaml", "--json")
    assert result.status == 0, result.stderr
    assert len(json.loads(result.stdout)["stages"][0]["steps"]) == 9_999


def test_a_script_on_stdin(run: Run, tmp_path: Path) -> None:
    run("build", "-", "-o", "in.mp3", "-q", stdin=routine())
    run("verify", "in.mp3")
    assert os.listdir(tmp_path) == ["in.mp3"]


def build_in(folder: Path, env: dict[str, str], out: str = "s.mp3", umask: int = -1) -> bytes:
    folder.mkdir(exist_ok=True)
    (folder / "s.yaml").write_text(routine(), encoding="utf-8")
    result = run_command("build", "s.yaml", "-o", out, "-q", cwd=folder, env=env, umask=umask, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    return (folder / out).read_bytes()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_in(tmp_path_factory.mktemp("expected"), child_environment())


@pytest.mark.parametrize(
    "changed",
    [
        {"HOME": None, "VOICEGUIDE_CACHE": None, "XDG_CACHE_HOME": "xdg"},
        {"HOME": "/nonexistent", "VOICEGUIDE_CACHE": None, "XDG_CACHE_HOME": None},
        {"HOME": "/proc", "VOICEGUIDE_CACHE": None, "XDG_CACHE_HOME": "/proc/none"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "Pacific/Kiritimati"},
        {"LANG": None, "LC_ALL": "POSIX", "TERM": "dumb", "PATH": None, "COLUMNS": "1"},
        {"PYTHONOPTIMIZE": "2"},
    ],
    ids=["no home", "home missing", "home read-only", "LANG=C and far time zone", "no path", "without asserts"],
)
def test_unusual_environments(changed: dict[str, str | None], tmp_path: Path, expected: bytes) -> None:
    assert build_in(tmp_path, child_environment(changed)) == expected


def test_the_umask_is_respected(tmp_path: Path, expected: bytes) -> None:
    cache = str(tmp_path / "cache")
    environment = child_environment(VOICEGUIDE_CACHE=cache)
    assert build_in(tmp_path / "a", environment, out="new/s.mp3", umask=0o077) == expected
    files = [tmp_path / "a" / "new" / "s.mp3", *Path(cache).rglob("*")]
    assert [path for path in files if path.stat().st_mode & 0o077] == []


@needs_root
def test_output_cache_and_home_on_three_disks(tmp_path: Path, expected: bytes) -> None:
    with BuildServer(tmp_path, {"HOME": str(tmp_path)}) as server:
        (server.work / "s.yaml").write_text(routine(), encoding="utf-8")
        with small_disk(server.work / "out", "size=4m"), small_disk(server.cache, "size=4m"):
            result = server.run("build", "s.yaml", "-o", "out/s.mp3", "-q")
            assert (result.status, result.stdout, result.stderr) == (0, "", "")
            assert (server.work / "out" / "s.mp3").read_bytes() == expected
            assert os.listdir(server.work / "out") == ["s.mp3"]


JUMPING_CLOCK = """
import random, sys, time
original, rng = time.time, random.Random(3)
time.time = lambda: original() + rng.choice([-1e9, -86400, 0, 3600, 86400, 1e9])
sys.argv[0] = "voiceguide"
from voiceguide.cli.main import main
main()
"""


@long
def test_a_clock_that_jumps(tmp_path: Path, expected: bytes) -> None:
    """The time jumps by up to years whenever it is read. Timeouts use the monotonic clock."""
    (tmp_path / "s.yaml").write_text(routine(), encoding="utf-8")
    env = child_environment(VOICEGUIDE_CACHE=str(tmp_path / "cache"))
    for _ in range(2):
        command = [sys.executable, "-c", JUMPING_CLOCK, "build", "s.yaml", "-o", "s.mp3", "-q"]
        result = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
        assert (result.returncode, result.stderr) == (0, "")
        assert (tmp_path / "s.mp3").read_bytes() == expected
        for path in (tmp_path / "cache").rglob("*"):
            os.utime(path, (1, 1) if hash(path.name) % 2 else (4e9, 4e9))


def test_control_characters_and_markup_in_titles_are_harmless(server: BuildServer) -> None:
    """On the terminal, in HTML, in captions and in tags."""
    evil = '<script>alert(1)</script>&%s \u202e \u2066 $(id) `id` "x'
    lines = [f"title: '{evil}'", f"author: '{evil}'", f"description: '{evil}'", "voice: tone/tone", "stages:"]
    lines += [f"  - stage: 'S {evil}'", "    steps:", f"      - {{step: 'N {evil}', say: 'Words {evil}.', for: 9s}}"]
    (server.work / "s.yaml").write_text(routine(), encoding="utf-8")
    (server.work / "evil.yaml").write_text("\n".join(["voiceguide: 1", *lines]), encoding="utf-8")
    codes = "voiceguide: 1\ntitle: \"\\e[2J\\e]0;owned\\a\"\n\x1b[31m: \x1b\nstages: '\x9b31m'\n"
    (server.work / "codes.yaml").write_text(codes, encoding="utf-8")
    for arguments in EVIL_RUNS:
        result = server.run(*arguments)
        for text in (result.stdout, result.stderr):
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text), (arguments, text)
    for page in [*server.work.glob("evil*.html"), *server.work.glob("evil*.svg"), *server.work.glob("evil*.vtt")]:
        assert "<script>alert" not in page.read_text("utf-8"), page
    tags = mutagen.File(server.work / "evil.mp3").tags
    titles = [
        str(tags["TIT2"]),
        str(tags["TPE1"]),
        *(str(chapter.sub_frames["TIT2"]) for chapter in tags.getall("CHAP")),
    ]
    assert len(titles) > 2
    assert [text for text in titles if re.search(r"[\x00-\x1f\x7f-\x9f]", text)] == []


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
    ("\x1b[31m",),
    ("plan", "evil.yaml", "--\x1b[31m"),
    ("build", "evil.yaml", "--format", "\x1b[31m"),
]


def test_no_name_in_a_script_leads_out_of_the_output_folder(server: BuildServer) -> None:
    """With --split, stage titles become file names."""
    titles = ["../../up", "/etc/up", "a/b\\c", "..x", "C:\\up", "nul", "~/down"]
    stages = "".join(f"  - stage: '{title}'\n    steps: [{{say: Hi there., for: 3s}}]\n" for title in titles)
    script = HEAD.replace("Odd", "../../up") + "stages:\n" + stages
    (server.work / "deep" / "out").mkdir(parents=True)
    (server.work / "s.yaml").write_text(script, encoding="utf-8")
    result = server.run("build", "s.yaml", "-o", "deep/out/s.mp3", "--split", "--cue-sheet", "-q")
    assert (result.status, result.stderr) == (0, "")
    assert os.listdir(server.work / "deep") == ["out"]
    assert len(os.listdir(server.work / "deep" / "out")) == 9
    assert [path for path in server.folder.rglob("*up*") if path.parent.name != "out"] == []
