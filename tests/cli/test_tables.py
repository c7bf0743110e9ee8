"""Tables: wrapped between words on a terminal, one plain line per row in a pipe."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.support.environment import child_environment
from tests.support.forked_terminals import spawn_command
from tests.support.kokoro_model import write_kokoro_files
from tests.support.long_forms import few, long
from voiceguide.cli.tables import Row, table_lines
from voiceguide.cli.wrapping import wrap_words

pexpect = pytest.importorskip("pexpect", reason="needs POSIX pseudo-terminals")

WIDE_COMMANDS = ("routines", "plan foot-massage", "plan foot-massage --stages", "voices", "bed")
STYLE = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(folder: Path, *arguments: str, columns: int = 80, **environment: str) -> tuple[str, int]:
    """Run the command on a terminal, and return its output and exit status."""
    variables = child_environment({"TERM": "xterm-256color", **environment}, COLUMNS=None, LINES=None)
    child = spawn_command(*arguments, folder=folder, environment=variables, dimensions=(24, columns))
    child.expect(pexpect.EOF)
    child.close()
    return child.before.replace("\r\n", "\n"), child.exitstatus


@pytest.mark.parametrize("command", few(2, [*WIDE_COMMANDS, "diff five-minutes bedtime"]))
def test_no_line_is_wider_than_the_terminal_and_no_word_is_cut(command: str, run: Run, tmp_path: Path) -> None:
    """Rows were cut at the edge of the terminal, in the middle of a word."""
    arguments = command.split()
    details = () if arguments[0] in ("bed", "diff", "voices") else ("-v",)
    words = set(run(*arguments, *details).stdout.split())
    for columns in (80,) if arguments[0] == "diff" else (40, 80):
        shown, status = on_terminal(tmp_path, *arguments, columns=columns)
        lines = STYLE.sub("", shown).splitlines()
        assert status == 0
        assert max(map(len, lines)) <= columns
        cut = [word for word in " ".join(lines).split() if word not in words and word.isalpha()]
        assert set(cut) <= {"robotic", "List", "them", "with", "or", "in", "such", "as", "languages"}


def test_in_a_pipe_each_row_is_one_line_without_codes(run: Run) -> None:
    shown = run("routines").stdout
    assert len(shown.splitlines()) == 10
    assert "\x1b" not in shown
    assert not re.search(r" $", shown, re.MULTILINE)
    assert "Twenty calm minutes." in shown


def test_a_dumb_terminal_gets_no_codes(tmp_path: Path) -> None:
    assert "\x1b[1m" in on_terminal(tmp_path, "plan", "five-minutes")[0]
    assert "\x1b" not in on_terminal(tmp_path, "plan", "five-minutes", TERM="dumb")[0]


def test_bars_are_plain_where_blocks_cannot_be_shown(tmp_path: Path) -> None:
    """The command ended in a traceback: the codec cannot encode the block."""
    done = subprocess.run(
        [sys.executable, "-m", "voiceguide", "plan", "fussmassage", "--stages"],
        env=child_environment(PYTHONIOENCODING="ascii"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, "#####" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("arguments", few(1, [["routines"], ["routines", "--json"], ["plan", "fussmassage", "-q"]]))
def test_text_that_the_encoding_does_not_have_is_no_error(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voiceguide", *arguments],
        env=child_environment(PYTHONIOENCODING="koi8-r"),
        cwd=tmp_path,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (
        "Ba\\u00f1o" if "--json" in arguments else "Ba" if arguments == ["routines"] else "Fu"
    ).encode() in done.stdout


def test_progress_says_what_is_done_and_how_far_it_is(tmp_path: Path) -> None:
    """On a terminal, long work shows an activity, a count and, once it is known, the time left."""
    lines = "".join(f"      - {{say: {number}. Breathe., for: 10s}}\n" for number in ("One", "Two", "Three"))
    script = f"voiceguide: 1\ntitle: T\nstages:\n  - stage: A\n    steps:\n{lines}"
    (tmp_path / "s.yaml").write_text(script, encoding="utf-8")
    plan = ("plan", "s.yaml", "--exact", "--stages")
    shown, status = on_terminal(tmp_path, *plan, VOICEGUIDE_CACHE=str(tmp_path / "cold"))
    assert status == 0
    assert re.search(r"Synthesizing speech .*\d+ of \d+ lines", STYLE.sub("", shown))
    assert "Total 0:3" in shown.rpartition("\x1b[2K")[2]
    again, _ = on_terminal(tmp_path, *plan, VOICEGUIDE_CACHE=str(tmp_path / "cold"))
    assert "Synthesizing" not in again, "nothing is left to do"
    assert "\x1b[?25l" not in again


def test_the_last_column_hangs_or_moves_below_the_others() -> None:
    rows = [Row(("a", "10", "one two three four five six seven")), Row(("bbbb", "5", ""))]
    assert [line for line, _ in table_lines(rows, (1,), 34)] == [
        "a     10  one two three four five",
        "          six seven",
        "bbbb   5",
    ]
    assert [line for line, _ in table_lines(rows, (1,), 26)] == [
        "a     10",
        "    one two three four",
        "    five six seven",
        "bbbb   5",
    ]
    assert [line for line, _ in table_lines(rows, (1,), None)] == [
        "a     10  one two three four five six seven",
        "bbbb   5",
    ]


def test_wide_characters_and_long_words_fit() -> None:
    assert wrap_words("足のマッサージ です", 8) == ["足のマッ", "サージ", "です"]
    assert wrap_words("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"]


@long
def test_voices_fit_a_screen_and_list_them_all_on_request(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list had 145 rows."""
    monkeypatch.setenv("VOICEGUIDE_KOKORO_FOLDER", str(write_kokoro_files(tmp_path / "kokoro")))
    shown, _ = on_terminal(tmp_path, "voices")
    assert len(shown.splitlines()) < 24
    assert "kokoro: 26 natural voices in 6 languages." in shown
    monkeypatch.setenv("VOICEGUIDE_KOKORO_FOLDER", str(tmp_path))
    shown, _ = on_terminal(tmp_path, "voices")
    assert len(shown.splitlines()) < 24
    assert "hibari/heart" in shown
    assert re.search(r"pyttsx3: \d+ robotic voices in \d+ languages\.", " ".join(shown.split()))
    every, _ = on_terminal(tmp_path, "voices", "-v")
    assert every.count("pyttsx3/") == run("voices").stdout.count("pyttsx3/") > 100
    german, _ = on_terminal(tmp_path, "voices", "--language", "de")
    assert "pyttsx3/gmw/de" in german
    assert "tone/tone" not in german


def test_the_address_and_its_code_fit_24_lines_in_fixed_colors(tmp_path: Path) -> None:
    """On a light theme, the code was drawn in reverse. Read back as a camera does, it is the one that segno makes."""
    import segno

    from voiceguide.web.qr_code import draw_qr_code

    url = "http://192.168.178.120:8765/" + "x" * 32 + "/"
    lines = draw_qr_code(url)
    assert len(lines) + 4 < 24, "the heading, an empty line, the link and the line about Ctrl-C come with it"
    modules: list[list[bool]] = []
    for line in lines:
        upper: list[bool] = []
        lower: list[bool] = []
        for top, bottom, blocks in re.findall(r"\x1b\[38;5;(\d+);48;5;(\d+)m(▀+)", line):
            upper += [{"16": True, "231": False}[top]] * len(blocks)
            lower += [{"16": True, "231": False}[bottom]] * len(blocks)
        modules += [upper, lower]
    border = 2
    inner = [row[border:-border] for row in modules[border : border + len(modules[0]) - 2 * border]]
    assert inner == [list(map(bool, row)) for row in segno.make(url, error="l", micro=False).matrix]
    assert not any(modules[0] + modules[1] + modules[-1] + modules[-2])


def test_a_message_is_as_wide_as_the_terminal_of_stderr(tmp_path: Path) -> None:
    """With stdout in a file, messages were wrapped at 80 columns on a terminal of 40."""
    command = 'exec "$0" -m voiceguide check nothing-of-this-name >stdout'
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", command, sys.executable],
        cwd=tmp_path,
        env=child_environment({"TERM": "xterm"}, COLUMNS=None, LINES=None),
        dimensions=(24, 40),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    lines = child.before.replace("\r\n", "\n").splitlines()
    assert len(" ".join(lines)) > 80
    assert max(map(len, lines)) <= 40, lines


@pytest.mark.skipif(os.path.exists("/dev/snd"), reason="this machine has an audio device")
@pytest.mark.parametrize("arguments", [["say", "Hello.", "--voice", "tone"], ["bed", "rain", "--for", "1s"]])
def test_without_an_audio_device_the_way_to_a_file_is_named(arguments: list[str], tmp_path: Path) -> None:
    shown, status = on_terminal(tmp_path, *arguments)
    assert status == 1
    assert "Cannot play audio on this computer: " in shown
    assert " ".join(shown.split()).endswith(" Use -o FILE to write it to a file instead.")


def test_messages_are_wrapped_between_words(run: Run, tmp_path: Path) -> None:
    """A terminal broke them within words. In a pipe, each is one line."""
    shown, status = on_terminal(tmp_path, "plan", "foot-massge", columns=40)
    assert status == 1
    assert shown == (
        'No file or bundled routine named\n"foot-massge". Did you mean\n'
        '"foot-massage", "foot-massage-partner"\nor "fussmassage"?\n'
    )
    assert run("plan", "foot-massge", status=1).stderr == shown.replace("\n", " ").rstrip() + "\n"
