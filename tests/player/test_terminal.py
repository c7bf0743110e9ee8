"""`voiceguide play` in a real pseudo-terminal, on the null device."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from tests.conftest import Run
from tests.support.environment import child_environment
from tests.support.forked_terminals import spawn_command
from tests.support.timing import HANG_S, wait_for

pexpect = pytest.importorskip("pexpect", reason="needs POSIX pseudo-terminals")

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
PAUSED = "PAUSED, "
"""This is shown only while paused, below the word in large letters, which a screen reader cannot read."""
ENTER_SCREEN = "\x1b[?1049h"
LEAVE_SCREEN = "\x1b[0m\x1b[?25h\x1b[?1049l"


class Terminal:
    """A terminal running `voiceguide play`, or a shell if there are no arguments, and the rows on its screen."""

    def __init__(self, folder: Path, *arguments: str, size: tuple[int, int] = (24, 80), **environment: str) -> None:
        given = {"VOICEGUIDE_STATE": str(folder / "state"), **environment}
        variables = child_environment(given, COLUMNS=None, LINES=None)
        if arguments:
            command = ("play", *arguments, "--device", "null")
            self.child = spawn_command(*command, folder=folder, environment=variables, dimensions=size)
        else:
            shell = ["--norc", "--noediting", "-i"]
            options = {"cwd": folder, "env": variables, "dimensions": size, "encoding": "utf-8", "timeout": HANG_S}
            self.child = pexpect.spawn("bash", shell, **options)
        self.output = ""
        self.rows: dict[int, str] = {}

    def read(self) -> None:
        """Read new output and update the rows."""
        try:
            self.output += self.child.read_nonblocking(65536, 0.05)
        except (pexpect.TIMEOUT, pexpect.EOF):
            return
        for part in self.output.split("\x1b[2J")[-1:]:
            self.rows = {int(match[1]): match[2] for match in ROW.finditer(part)}

    def wait_until(self, condition: Callable[[str], object], expectation: str) -> str:
        """Wait until a condition is true for the screen, and return the screen."""

        def is_true() -> object:
            self.read()
            return condition(self.screen)

        wait_for(is_true, lambda: f"never {expectation}:\n{self.screen}\n{self.output[-2000:]!r}")
        return self.screen

    def wait_for_text(self, text: str) -> str:
        return self.wait_until(lambda screen: text in screen, f"shows {text}")

    @property
    def screen(self) -> str:
        return "\n".join(self.rows.get(row, "") for row in range(1, max(self.rows, default=0) + 1))

    @property
    def left_s(self) -> int:
        """Seconds left in the session."""
        match = re.search(r"(\d+):(\d+) left", self.screen)
        assert match, self.screen
        return int(match[1]) * 60 + int(match[2])

    def read_to_end(self) -> str:
        """Wait for the program to end, and return its whole output."""
        self.child.expect(pexpect.EOF)
        self.output += self.child.before
        self.child.close()
        return self.output


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    (tmp_path / "s.yaml").write_text(SCRIPT, encoding="utf-8")
    terminals: list[Terminal] = []

    def open_one(*arguments: str, **options: object) -> Terminal:
        terminals.append(Terminal(tmp_path, *arguments, **options))  # type: ignore[arg-type]
        return terminals[-1]

    yield open_one
    for terminal in terminals:
        if terminal.child.isalive():
            terminal.child.kill(signal.SIGKILL)
            terminal.child.wait()
        terminal.child.close()


@pytest.mark.parametrize("size", [(24, 80), (12, 40)])
def test_screen_shows_stage_text_time_and_next_step(
    open_terminal: Callable[..., Terminal], size: tuple[int, int]
) -> None:
    terminal = open_terminal("s.yaml", size=size)
    screen = terminal.wait_for_text("Place both feet")
    rows = screen.split("\n")
    assert rows[0].startswith("In the terminal ")
    assert re.search(r"(3:00|2:5\d) left$", rows[0])
    assert re.fullmatch(r"Soak +step 1 of 2", rows[1])
    assert "Next: Dry them well." in screen
    assert "█" in screen
    assert "│" in rows[size[0] - 3]
    assert max(len(row) for row in rows) <= size[1]
    assert len(rows) <= size[0]


def test_space_pauses_and_resumes(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.wait_for_text("Place both feet")
    terminal.child.send(" ")
    terminal.wait_for_text(PAUSED)
    paused_at = terminal.left_s
    time.sleep(1.3)
    terminal.read()
    assert terminal.left_s == paused_at
    terminal.child.send(" ")
    terminal.wait_until(lambda screen: PAUSED not in screen and terminal.left_s < paused_at, "resumes")


def test_arrows_select_steps_and_stages(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.wait_for_text("Place both feet")
    terminal.child.send(" ")
    terminal.wait_for_text(PAUSED)
    for key, text, left_s in [
        ("\x1b[C", "Dry them well.", 120),
        ("\x1b[B", "Next: end of session", 90),
        ("\x1b[D", "Next: Stroke: Long", 120),
        ("\x1b[A", "Next: Dry them well.", 180),
        ("]", "Next: end of session", 90),
    ]:
        terminal.child.send(key)
        # Rows are drawn one at a time, starting with the clock. Wait for both.
        terminal.wait_until(
            lambda screen, left=left_s, shown=text: terminal.left_s == left and shown in screen,  # type: ignore[misc]
            f"goes to {left_s}, {text}",
        )


def test_plus_and_minus_change_the_step_and_the_total_by_ten_seconds(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml", "--start", "Stroke")
    terminal.wait_for_text("Long flowing strokes.")
    terminal.child.send(" ")
    terminal.wait_for_text(PAUSED)
    before = terminal.left_s
    for key, change in [("+", 10), ("+", 20), ("-", 10), ("-", 0), ("-", -10)]:
        terminal.child.send(key)
        expected = before + change
        terminal.wait_until(lambda _: terminal.left_s == expected, f"changes the total by {change}")  # noqa: B023
    assert "-10 s: strokes" in terminal.screen


def test_r_repeats_the_instruction(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.wait_for_text("Place both feet")
    terminal.wait_until(lambda _: terminal.left_s <= 176, "finishes the instruction")
    terminal.child.send("r")
    terminal.wait_for_text("Repeating the instruction.")
    assert terminal.left_s >= 173, "the clock should not jump"


def test_q_prints_the_position_and_resume_continues_there(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml", "--start", "1:10")
    terminal.wait_for_text("Dry them well.")
    terminal.child.send("q")
    ended = terminal.read_to_end()
    assert re.search(r"Stopped at 1:1\d in Soak\. Use --resume to continue\.\r\n", ended)
    assert terminal.child.exitstatus == 0
    assert LEAVE_SCREEN in ended
    resumed = open_terminal("s.yaml", "--resume")
    resumed.wait_for_text("Dry them well.")
    assert 105 <= resumed.left_s <= 110


def test_the_offer_to_resume_is_on_the_screen_and_enter_takes_it(open_terminal: Callable[..., Terminal]) -> None:
    """The offer was printed before the screen was drawn over it, so nobody could read it."""
    terminal = open_terminal("s.yaml", "--start", "1:10")
    terminal.wait_for_text("Dry them well.")
    terminal.child.send("q")
    terminal.read_to_end()
    second = open_terminal("s.yaml")
    offer = second.wait_for_text("Press Enter to continue at 1:1")
    assert "in Soak, where you stopped." in offer
    second.child.send("\r")
    second.wait_until(lambda screen: "Dry them well." in screen and second.left_s <= 110, "continues at 1:10")


def test_q_keeps_the_place_and_a_look_at_the_start_does_not_lose_it(open_terminal: Callable[..., Terminal]) -> None:
    """Quitting in the first or last five seconds deleted the place that had been kept before."""
    for start, kept in (("2:58", "2:5[89]"), ("1:10", "1:1\\d")):
        terminal = open_terminal("s.yaml", "--start", start)
        terminal.wait_for_text("step")
        terminal.child.send("q")
        assert re.search(rf"Stopped at {kept} in \w+\. Use --resume to continue\.\r\n", terminal.read_to_end())
    looked = open_terminal("s.yaml")
    looked.wait_for_text("Place both feet")
    looked.child.send("q")
    assert re.search(
        r"Stopped at 0:0\d in Soak\. Use --resume to continue at 1:1\d in Soak, where you stopped before\.",
        looked.read_to_end(),
    )


@pytest.mark.parametrize("size", [(24, 80), (12, 40)])
def test_paused_is_drawn_large(open_terminal: Callable[..., Terminal], size: tuple[int, int]) -> None:
    terminal = open_terminal("s.yaml", size=size)
    terminal.wait_for_text("Place both feet")
    terminal.child.send(" ")
    first_row = [3, 3, 1, 1, 3, 3, 2]  # the tops of P, A, U, S, E and D, in blocks

    def is_large() -> bool:
        rows = [[len(part) for part in row.split()] for row in terminal.rows.values() if set(row) == {" ", "█"}]
        return any(row == [width * size for width in first_row] for row in rows for size in (1, 2, 3))

    terminal.wait_until(lambda _: is_large(), "shows PAUSED in large letters")


def test_s_lists_the_stages_and_enter_plays_one(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.wait_for_text("Place both feet")
    terminal.child.send("s")
    terminal.wait_for_text("> 0:00  Soak")
    terminal.child.send("\x1b[B")
    assert "  0:00  Soak" in terminal.wait_for_text("> 1:30  Stroke")
    terminal.child.send("\x1b[B\r")
    terminal.wait_until(lambda screen: "Long flowing" in screen and terminal.left_s <= 90, "plays the second stage")
    terminal.child.send("s")
    terminal.wait_for_text("> 1:30  Stroke")
    terminal.child.send("\x1b")
    terminal.wait_for_text("Long flowing")


def test_the_volume_has_keys_and_an_option(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml", "--volume", "95")
    terminal.wait_for_text("Place both feet")
    terminal.child.send("0")
    terminal.wait_for_text("Volume 100 %")
    terminal.child.send("99")
    terminal.wait_for_text("Volume 80 %")


def test_ctrl_z_gives_the_shell_its_terminal_and_fg_gives_it_back(
    open_terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    """After Ctrl-Z, the shell had no echo, and after fg, the player had neither its screen nor its keys."""
    terminal = open_terminal()
    shell = terminal.child
    command = f"{shlex.quote(sys.executable)} -m voiceguide play s.yaml --device null"
    shell.sendline(command)
    terminal.wait_for_text("Place both feet")
    shell.send("\x1a")
    shell.expect("Stopped")
    assert LEAVE_SCREEN in shell.before
    shell.sendline("stty -a | grep -c -w -e '-icanon' -e '-echo'; echo counted")
    shell.expect(r"\r\n(\d)\r\ncounted")
    assert shell.match[1] == "0", "the settings of the player should be gone"
    terminal.output, terminal.rows = "", {}
    shell.sendline("fg; echo end-$?")
    screen = terminal.wait_for_text("Place both feet")
    assert ENTER_SCREEN in terminal.output
    assert PAUSED not in screen
    before = terminal.left_s
    terminal.wait_until(lambda _: terminal.left_s < before, "plays on")
    shell.send("q")
    shell.expect(r"Stopped at .* in Soak")
    shell.expect("end-0")
    shell.sendline("exit")
    shell.expect(pexpect.EOF)


def test_a_dumb_terminal_gets_lines_and_keeps_its_keys(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml", TERM="dumb")
    for key, answer in [
        ("", "0:00  Soak: Place both feet in the warm water."),
        (" ", "PAUSED"),
        ("\x1b[C", "1:00  Soak: Dry them well."),
        ("?", "Keys: space pause"),
        ("s", ""),
        ("9", "Volume 90 %"),
        ("q", "Stopped at 1:00 in Soak. Use --resume to continue."),
    ]:
        terminal.child.send(key)
        terminal.child.expect_exact(f"{answer}\r\n" if not answer.startswith("Keys") else answer)
        assert "\x1b" not in terminal.child.before


def test_a_terminal_without_utf_8_gets_plain_characters(open_terminal: Callable[..., Terminal], tmp_path: Path) -> None:
    """The screen ended in a traceback: the codec cannot encode the block."""
    (tmp_path / "s.yaml").write_text(SCRIPT.replace("warm water", "wärm water"), encoding="utf-8")
    terminal = open_terminal("s.yaml", PYTHONIOENCODING="ascii")
    screen = terminal.wait_for_text("Place both feet in the w?rm water.")
    assert screen.isascii()
    assert "####" in screen
    assert "O-----" in screen
    assert "left right step" in screen


def test_the_chapters_of_a_file_without_its_plan_are_its_stages(
    run: Run, tmp_path: Path, open_terminal: Callable[..., Terminal]
) -> None:
    """A program that edits tags keeps the chapters, but not the plan."""
    run("build", "s.yaml", "-o", "s.mp3", "-q")
    copy = [get_ffmpeg_exe(), "-v", "error", "-i", "s.mp3", "-map", "0:a", "-c", "copy", "-id3v2_version", "4"]
    tags = ["-map_metadata:g", "-1", "-metadata", "title=A; b = c"]
    subprocess.run([*copy, *tags, "edited.mp3"], cwd=tmp_path, check=True, stdin=subprocess.DEVNULL)
    terminal = open_terminal("edited.mp3", "--start", "Stroke")
    screen = terminal.wait_for_text("A; b = c")
    assert re.search(r"^Stroke +step 1 of 1$", screen, re.MULTILINE)
    terminal.child.send("\x1b[A")
    terminal.wait_until(lambda screen: "Next: Stroke" in screen and 175 < terminal.left_s <= 180, "goes to Soak")


def test_help_and_resize(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml")
    terminal.wait_for_text("Place both feet")
    terminal.child.send("?")
    terminal.wait_for_text("repeat the instruction")
    terminal.child.send("?")
    terminal.child.setwinsize(12, 40)
    terminal.wait_until(lambda screen: "Place both" in screen and len(terminal.rows) == 12, "fits the new size")
    assert max(len(row) for row in terminal.rows.values()) <= 40


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signals_restore_the_terminal(open_terminal: Callable[..., Terminal], number: int, status: int) -> None:
    terminal = open_terminal("s.yaml")
    terminal.wait_for_text("Place both feet")
    if number == signal.SIGINT:
        terminal.child.sendintr()
    else:
        terminal.child.kill(number)
    ended = terminal.read_to_end()
    assert ended.index(ENTER_SCREEN) < ended.index(LEAVE_SCREEN)
    assert re.search(r"Stopped at 0:0\d in Soak\. Use --resume to continue\.", ended.partition(LEAVE_SCREEN)[2])
    assert terminal.child.exitstatus == status


def test_speech_that_is_synthesized_before_the_start_shows_its_progress(
    open_terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    """With a start in the middle, all speech is synthesized first. Nothing was shown all the while."""
    terminal = open_terminal("s.yaml", "--start", "Stroke", VOICEGUIDE_CACHE=str(tmp_path / "cold"))
    terminal.wait_for_text("Long flowing strokes.")
    assert "Synthesizing speech" in terminal.output.partition(ENTER_SCREEN)[0]
    assert "Synthesizing speech" not in terminal.output.partition(ENTER_SCREEN)[2]


def test_no_color_disables_bold(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal("s.yaml", NO_COLOR="1")
    terminal.wait_for_text("Place both feet")
    assert "\x1b[1m" not in terminal.output


def test_without_a_terminal_it_prints_a_line_per_step(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEGUIDE_STATE", str(tmp_path / "state"))
    (tmp_path / "s.yaml").write_text(SCRIPT.replace("90s", "2s").replace("30s", "2s").replace("60s", "4s"), "utf-8")
    done = run("play", "s.yaml", "--device", "null", "--start", "3s")
    assert done.stdout == (
        "0:03  Soak: Place both feet in the warm water.\n0:04  Soak: Dry them well.\n"
        "0:06  Stroke: Long flowing strokes.\nSession finished.\n"
    )


def test_one_step_plays_alone(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No place is saved, because the next session should not resume there."""
    monkeypatch.setenv("VOICEGUIDE_STATE", str(tmp_path / "state"))
    (tmp_path / "s.yaml").write_text(SCRIPT.replace("30s", "2s").replace("60s", "20s"), "utf-8")
    run("build", "s.yaml", "-o", "s.opus", "-q")
    for source in ("s.yaml", "s.opus"):
        done = run("play", source, "--device", "null", "--step", "soak/dry")
        assert done.stdout == "0:00  Soak: Dry them well.\nSession finished.\n"
    assert not (tmp_path / "state").exists()


def test_a_finished_file_plays_with_its_text(run: Run, tmp_path: Path, open_terminal: Callable[..., Terminal]) -> None:
    run("build", "s.yaml", "-o", "s.flac", "-q")
    terminal = open_terminal("s.flac", "--start", "Stroke")
    terminal.wait_for_text("Long flowing strokes.")
    terminal.child.send("+")
    terminal.wait_for_text("The durations of a finished file or a single step are fixed.")
    terminal.child.send("\x1b[A")
    terminal.wait_for_text("Next: Dry them well.")


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["foot-masage"], 1, "foot-massage"),
        (["other.mp3"], 1, "other.mp3 cannot be read: No such file or directory. Check its name.\n"),
        (
            ["s.wav"],
            1,
            "s.wav contains no embedded plan. It was not built by voiceguide, or it was modified later. "
            "Use another player.\n",
        ),
        (
            ["s.wav", "--set", "soak=3m"],
            2,
            "A finished file cannot be changed. To change durations or voices, play the routine.",
        ),
        (["s.yaml", "--resume", "--start", "3s"], 2, "--resume and --start both say where to start. Keep one."),
        (
            ["s.yaml", "--start", "Stroll"],
            1,
            "--start Stroll: no such stage or time. Use a time such as 5:00, or the title of a stage. "
            'Did you mean "Stroke"?\n',
        ),
        (["s.yaml", "--step", "wet"], 1, "--step wet: no such step. The steps are: soak, dry, strokes.\n"),
        (["s.yaml", "--step", "dry", "--start", "3s"], 2, "--step plays one step from its start"),
        (["s.yaml", "--start", "1h"], 1, "--start 1h: the session lasts 3:00. Start before its end.\n"),
    ],
)
def test_errors_are_short_messages(run: Run, tmp_path: Path, arguments: list[str], status: int, message: str) -> None:
    (tmp_path / "s.yaml").write_text(SCRIPT, "utf-8")
    (tmp_path / "s.wav").write_bytes(b"RIFF\x24\0\0\0WAVE")
    done = run("play", *arguments, "--device", "null", status=status)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_old_name_of_start_still_works_and_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCRIPT.replace("90s", "2s").replace("30s", "2s").replace("60s", "4s"), "utf-8")
    done = run("play", "s.yaml", "--device", "null", "--from", "Stroke", "--volume", "40")
    assert done.stdout.startswith("0:06  Stroke: Long flowing strokes.\n")
    assert done.stderr == "note: --from is now called --start. The old name will be removed in the next version.\n"


@pytest.mark.skipif(os.path.exists("/dev/snd"), reason="this machine has an audio device")
def test_missing_device_is_one_message(run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SCRIPT, "utf-8")
    done = run("play", "s.yaml", status=1)
    reason = r"\((failed to init device|cannot init context)\)"  # without a device, and without any audio library
    advice = r"Connect one, or build an audio file and play it on another device\."
    assert re.fullmatch(rf"No audio device is available {reason}\. {advice}\n", done.stderr)
