"""The player in a real terminal, on a device that nobody hears."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Run

pexpect = pytest.importorskip("pexpect", reason="pseudo-terminals as POSIX has them")

SCRIPT = """\
voiceguide: 1
title: In the terminal
voice: tone/tone
bed: none
chime: none
stages:
  - stage: Soak
    steps:
      - {step: soak, say: Place both feet in the warm water., for: 60s}
      - {step: dry, say: Dry them well., for: 30s}
  - stage: Stroke
    steps:
      - {step: strokes, say: Long flowing strokes., for: 90s}
"""
ROW = re.compile(r"\x1b\[(\d+);1H(?:\x1b\[1m)?(.*?)\x1b\[0m\x1b\[K")
ROOM = "\x1b[?1049h"
BACK = "\x1b[0m\x1b[?25h\x1b[?1049l"


class Terminal:
    """A terminal with a program in it, and the rows that stand on it."""

    def __init__(self, folder: Path, *arguments: str, size: tuple[int, int] = (24, 80), **environment: str) -> None:
        command = ["-m", "voiceguide", "play", *arguments, "--device", "null"]
        everything = {**os.environ, "VOICEGUIDE_STATE": str(folder / "state"), **environment}
        for name in ("COLUMNS", "LINES"):
            everything.pop(name, None)
        self.child = pexpect.spawn(
            sys.executable, command, cwd=folder, env=everything, dimensions=size, encoding="utf-8", timeout=20
        )
        self.seen = ""
        self.rows: dict[int, str] = {}

    def read(self) -> None:
        """Take in what has been drawn meanwhile."""
        try:
            self.seen += self.child.read_nonblocking(65536, 0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        for part in self.seen.split("\x1b[2J")[-1:]:
            self.rows = {int(match[1]): match[2] for match in ROW.finditer(part)}

    def until(self, there: Callable[[str], object], what: str) -> str:
        """The screen once it is as it should be."""
        end = time.monotonic() + 15
        while not there(self.screen):
            assert time.monotonic() < end, f"never {what}:\n{self.screen}\n{self.seen[-2000:]!r}"
            self.read()
        return self.screen

    def until_words(self, words: str) -> str:
        return self.until(lambda screen: words in screen, f"shows {words}")

    @property
    def screen(self) -> str:
        return "\n".join(self.rows.get(row, "") for row in range(1, max(self.rows, default=0) + 1))

    @property
    def left_s(self) -> int:
        """Seconds left in all."""
        found = re.search(r"(\d+):(\d+) left", self.screen)
        assert found, self.screen
        return int(found[1]) * 60 + int(found[2])

    def rest(self) -> str:
        """All that came until the end."""
        self.child.expect(pexpect.EOF)
        self.seen += self.child.before
        self.child.close()
        return self.seen


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    (tmp_path / "s.yaml").write_text(SCRIPT, encoding="utf-8")
    opened: list[Terminal] = []

    def call(*arguments: str, **how: object) -> Terminal:
        opened.append(Terminal(tmp_path, *arguments, **how))  # type: ignore[arg-type]
        return opened[-1]

    yield call
    for terminal in opened:
        terminal.child.close(force=True)


@pytest.mark.parametrize("size", [(24, 80), (12, 40)])
def test_it_shows_stage_words_time_and_what_comes_next(
    open_terminal: Callable[..., Terminal], size: tuple[int, int]
) -> None:
    terminal = open_terminal("s.yaml", size=size)
    screen = terminal.until_words("Place both feet")
    rows = screen.split("\n")
    assert rows[0].startswith("Soak ")
    assert re.search(r"(3:00|2:5\d) left$", rows[0])
    assert "Then: Dry them well." in screen
    assert "█" in screen
    assert "│" in rows[size[0] - 3]
    assert max(len(row) for row in rows) <= size[1]
    assert len(rows) <= size[0]


def test_space_pauses_and_goes_on(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.until_words("Place both feet")
    terminal.child.send(" ")
    terminal.until_words("PAUSED")
    stood = terminal.left_s
    time.sleep(1.3)
    terminal.read()
    assert terminal.left_s == stood
    terminal.child.send(" ")
    terminal.until(lambda screen: "PAUSED" not in screen and terminal.left_s < stood, "goes on")


def test_arrows_go_by_step_and_by_stage(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.until_words("Place both feet")
    terminal.child.send(" ")
    terminal.until_words("PAUSED")
    for key, words, left_s in [
        ("\x1b[C", "Dry them well.", 120),
        ("\x1b[B", "Then: the end", 90),
        ("\x1b[D", "Then: Stroke: Long", 120),
        ("\x1b[A", "Then: Dry them well.", 180),
        ("]", "Then: the end", 90),
    ]:
        terminal.child.send(key)
        # Rows come one by one, the clock's first: wait for both.
        terminal.until(
            lambda screen, left=left_s, said=words: terminal.left_s == left and said in screen,  # type: ignore[misc]
            f"goes to {left_s}, {words}",
        )


def test_plus_and_minus_change_the_step_and_the_total_by_ten_seconds(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml", "--from", "Stroke")
    terminal.until_words("Long flowing strokes.")
    terminal.child.send(" ")
    terminal.until_words("PAUSED")
    before = terminal.left_s
    for key, change in [("+", 10), ("+", 20), ("-", 10), ("-", 0), ("-", -10)]:
        terminal.child.send(key)
        terminal.until(lambda _, wanted=before + change: terminal.left_s == wanted, f"{key} makes it {change}")  # type: ignore[misc]
    assert "-10 s: strokes" in terminal.screen


def test_r_says_the_words_again(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.until_words("Place both feet")
    terminal.until(lambda _: terminal.left_s <= 176, "is through with the words")
    terminal.child.send("r")
    terminal.until_words("Once more.")
    assert terminal.left_s >= 173, "the clock went on"


def test_q_says_where_and_resume_goes_on_there(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml", "--from", "1:10")
    terminal.until_words("Dry them well.")
    terminal.child.send("q")
    ended = terminal.rest()
    assert re.search(r"Left at 1:1\d, in Soak\. Go on there with --resume\.\r\n", ended)
    assert terminal.child.exitstatus == 0
    assert BACK in ended
    again = open_terminal("s.yaml", "--resume")
    again.until_words("Dry them well.")
    assert 105 <= again.left_s <= 110
    offered = open_terminal("s.yaml")
    offered.until_words("Place both feet")
    assert "It was left in the middle last time; --resume goes on there." in offered.seen


def test_help_and_resize(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.until_words("Place both feet")
    terminal.child.send("?")
    terminal.until_words("say the instruction again")
    terminal.child.send("?")
    terminal.child.setwinsize(12, 40)
    terminal.until(lambda screen: "Place both" in screen and len(terminal.rows) == 12, "fits the new size")
    assert max(len(row) for row in terminal.rows.values()) <= 40


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_put_the_terminal_back(open_terminal: Callable[..., Terminal], number: int, status: int) -> None:
    terminal = open_terminal("s.yaml")
    terminal.until_words("Place both feet")
    if number == signal.SIGINT:
        terminal.child.sendintr()
    else:
        terminal.child.kill(number)
    ended = terminal.rest()
    assert ended.index(ROOM) < ended.index(BACK)
    assert terminal.child.exitstatus == status


def test_no_color_draws_without_colour_or_weight(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml", NO_COLOR="1")
    terminal.until_words("Place both feet")
    assert "\x1b[1m" not in terminal.seen


def test_without_a_terminal_lines_are_printed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_STATE", str(tmp_path / "state"))
    (tmp_path / "s.yaml").write_text(SCRIPT.replace("90s", "3s").replace("30s", "3s").replace("60s", "4s"), "utf-8")
    done = run("play", "s.yaml", "--device", "null", "--from", "3s")
    assert done.stdout == (
        "0:03  Soak: Place both feet in the warm water.\n0:04  Soak: Dry them well.\n"
        "0:07  Stroke: Long flowing strokes.\nThe session is over.\n"
    )


def test_a_finished_file_is_played_with_its_words(
    run: Run, tmp_path: Path, open_terminal: Callable[..., Terminal]
) -> None:
    run("build", "s.yaml", "-o", "s.opus", "-q")
    terminal = open_terminal("s.opus", "--from", "Stroke")
    terminal.until_words("Long flowing strokes.")
    terminal.child.send("+")
    terminal.until_words("A finished file keeps its times.")
    terminal.child.send("\x1b[A")
    terminal.until_words("Then: Dry them well.")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["foot-masage"], 1, "foot-massage"),
        (["other.mp3"], 1, "other.mp3 cannot be read: No such file or directory. Check its name.\n"),
        (
            ["s.wav"],
            1,
            "s.wav has no plan inside: it was not built by voiceguide, or was changed since. Play it elsewhere.\n",
        ),
        (
            ["s.wav", "--set", "soak=3m"],
            2,
            "A finished file keeps its times and its voice. Play the routine to change them.",
        ),
        (["s.yaml", "--resume", "--from", "3s"], 2, "--resume and --from both say where to begin. Keep one."),
        (
            ["s.yaml", "--from", "Stroll"],
            1,
            "--from Stroll: there is no such stage or time. Write 5:00, or one of: Soak, Stroke.\n",
        ),
        (["s.yaml", "--from", "1h"], 1, "--from 1h: the session lasts 3m. Begin before its end.\n"),
    ],
)
def test_what_cannot_be_played_is_one_sentence(
    run: Run, tmp_path: Path, arguments: list[str], status: int, message: str
) -> None:
    (tmp_path / "s.yaml").write_text(SCRIPT, "utf-8")
    (tmp_path / "s.wav").write_bytes(b"RIFF\x24\0\0\0WAVE")
    done = run("play", *arguments, "--device", "null", status=status)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.path.exists("/dev/snd"), reason="here is a sound card")
def test_no_device_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCRIPT, "utf-8")
    done = run("play", "s.yaml", status=1)
    assert done.stderr == (
        "There is no sound device to play on (failed to init device). Connect one, or make a file with voiceguide "
        "build and play that elsewhere.\n"
    )
