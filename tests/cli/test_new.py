"""`voiceguide new`: three ways to create a script, and existing files are never overwritten."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

import voiceguide
from tests.conftest import Run
from tests.support.environment import child_environment
from tests.support.long_forms import few
from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.script.loader import load_script

INSTRUCTIONS = Path(__file__).parents[1] / "data" / "instructions"
TEXT = "Tired feet\n\n1. Soak both feet for 5 minutes.\n2. Dry them.\n"


@pytest.mark.parametrize("name", list_bundled_routines())
def test_a_bundled_routine_is_copied_with_its_comments(name: str, run: Run, tmp_path: Path) -> None:
    run("new", "my.yaml", "--from", name)
    copy, original = (tmp_path / "my.yaml").read_text("utf-8"), list_bundled_routines()[name].read_text("utf-8")
    schema = "# yaml-language-server: $schema=../voiceguide/script.schema.json\n"
    assert copy == original.replace(schema, "")
    assert load_script(tmp_path / "my.yaml").routine == load_script(list_bundled_routines()[name]).routine


def test_instructions_become_a_script_with_check_comments(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feet.txt").write_text(TEXT, encoding="utf-8")
    done = run("new", "my", "--text", "feet.txt")
    assert done.stdout == (
        "Wrote my.yaml with 1 line to check. Show its timeline with: voiceguide plan my.yaml\n"
        "Read as instructions (--as instructions). lengths and counts -> times: 1; stages: 1, steps: 2, comments: 0\n"
    )
    written = (tmp_path / "my.yaml").read_text("utf-8")
    assert written.endswith(
        "stages:\n"
        "  - stage: Tired feet\n"
        "    steps:\n"
        "      - step: soak\n"
        "        say: Soak both feet for 5 minutes.\n"
        "        for: 5m\n"
        "      - step: dry them\n"
        "        say: Dry them.\n"
        "        for: 1m  # check: the text gives no duration\n"
    )
    assert "6:00" in run("plan", "my.yaml").stdout


def test_from_a_pipe_to_a_pipe(run: Run) -> None:
    script = run("new", "-", "--text", "-", stdin=TEXT).stdout
    assert load_script("my.yaml", script.encode()).routine.title == "Tired feet"


def test_the_article_can_be_built(run: Run, tmp_path: Path) -> None:
    run("new", "my.yaml", "--text", str(INSTRUCTIONS / "article.txt"))
    run("build", "my.yaml", "--voice", "tone", "--total", "3m", "-o", "my.wav")
    assert (tmp_path / "my.wav").stat().st_size > 100_000


@pytest.mark.parametrize("name", few(1, ["hostile", "circuit"]))
def test_the_default_voice_can_read_the_draft(name: str, run: Run) -> None:
    """`--exact` synthesizes every line, and the voice rejects text that it cannot read."""
    run("new", "my.yaml", "--text", str(INSTRUCTIONS / f"{name}.txt"))
    run("plan", "my.yaml", "--exact", "--json")


@pytest.mark.parametrize("way", [["--from", "bedtime"], ["--text", "feet.txt"]])
def test_nothing_is_overwritten(way: list[str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "feet.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "my.yaml").write_text("mine", encoding="utf-8")
    done = run("new", "my.yaml", *way, status=1)
    assert done.stderr == "my.yaml already exists and was not changed. Choose another name.\n"
    assert (tmp_path / "my.yaml").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 2, "Choose what to start from: --from NAME for a bundled routine, or --text FILE."),
        (["my.yaml"], 2, "Choose what to start from: --from NAME for a bundled routine, or --text FILE."),
        (["--from", "bedtime"], 2, "Specify a file: voiceguide new my.yaml --from bedtime"),
        (["my.yaml", "--from", "x", "--text", "y"], 2, "--from and --text cannot be combined. Keep one."),
        (["my.yaml", "--from", "betime"], 1, 'No file or bundled routine named "betime". Did you mean "bedtime"?'),
        (["my.yaml", "--text", "gone"], 1, "gone cannot be read: No such file or directory. Check its name."),
        (
            ["no/my.yaml", "--from", "bedtime"],
            1,
            "no/my.yaml could not be written: the folder no does not exist. Create it",
        ),
    ],
)
def test_wrong_usage(arguments: list[str], status: int, message: str, run: Run, tmp_path: Path) -> None:
    assert message in run("new", *arguments, status=status, stdin="").stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_questions_on_a_terminal(tmp_path: Path) -> None:
    answers = ["", "Tired feet", "oil, two towels", "Stop at any pain.", "waves"]
    answers += ["Soak", "Both feet into the water.", "5", "5m", "", "n", "y"]
    answers += ["Stroke", "Long strokes from the toes to the ankle.", "90s", "", "y", "n", "y", "n"]
    output = answer_on_terminal(["new"], answers, tmp_path)
    assert '"5" has no unit. Write 5s for seconds or 5m for minutes.' in output
    assert "Wrote my-routine.yaml. Show its timeline with: voiceguide plan my-routine.yaml" in output
    written = (tmp_path / "my-routine.yaml").read_text("utf-8")
    assert written.startswith("# First draft.")
    assert 'say: "Your {side} side. Long strokes from the toes to the ankle."\n        for: 1m30s\n' in written
    routine = load_script(tmp_path / "my-routine.yaml").routine
    assert (routine.title, routine.bed.sound, routine.needs) == ("Tired feet", "waves", ("oil", "two towels"))
    assert routine.safety == ("Stop at any pain.",)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_several_steps_and_a_stage_answered_again(tmp_path: Path) -> None:
    answers = ["my.yaml", "Feet", "", "", "none"]
    answers += ["Soak", "Both feet in.", "half an hour", "Dry them.", "90 sec", "", "n", "y"]
    answers += ["Stroke", "Strokes.", "3 minutes", "Hold.", "0:20", "", "y", "n"]
    answers += ["7", "1", "Bath", "Both feet in.", "3:00", "Dry them.", "", "", "n", "y", "n"]
    output = answer_on_terminal(["new"], answers, tmp_path)
    assert "Feet: 38:10, no background 1. Soak 30:00 Both feet in. 1:30 Dry them." in output
    assert "2. Stroke, on the left and on the right 3:00 Strokes. 0:20 Hold." in output
    assert '"7" is not one of the choices. Enter y, n or the number of a stage.' in output
    assert "Feet: 11:40, no background 1. Bath 3:00 Both feet in. 2:00 Dry them." in output
    routine = load_script(tmp_path / "my.yaml").routine
    timeline = voiceguide.load(tmp_path / "my.yaml").plan(voice="tone")
    assert [stage.title for stage in timeline.stages] == ["Bath", "Stroke, left side", "Stroke, right side"]
    assert [round(step.duration_s) for stage in timeline.stages for step in stage.steps] == [180, 120, 180, 20, 180, 20]
    assert timeline.stages[2].steps[0].cues[0].text == "Your right side. Strokes."
    assert routine.bed.sound == "none"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_rejected_summary_writes_nothing(tmp_path: Path) -> None:
    answers = ["", "", "", "", "", "Soak", "Both feet in.", "", "", "n", "n", "n"]
    assert answer_on_terminal(["new"], answers, tmp_path).endswith("Nothing was written.")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.skipif(os.path.exists("/dev/snd"), reason="this machine has an audio device")
def test_the_first_step_is_offered_and_a_missing_device_is_only_a_note(tmp_path: Path) -> None:
    answers = ["", "", "", "", "", "Soak", "Both feet in.", "", "", "n", "n", "y", "y"]
    output = answer_on_terminal(["new"], answers, tmp_path)
    assert "note: Cannot play audio on this computer:" in output
    assert (tmp_path / "my-routine.yaml").exists()


def test_json_and_verbose_name_the_lines_to_check(run: Run, tmp_path: Path) -> None:
    (tmp_path / "feet.txt").write_text(TEXT, encoding="utf-8")
    shown = json.loads(run("new", "-o", "a.yaml", "--text", "feet.txt", "--json").stdout)
    lines = (tmp_path / "a.yaml").read_text("utf-8").splitlines()
    assert shown == {
        "file": "a.yaml",
        "lines_to_check": [len(lines)],
        "document": None,
        "format": "instructions",
        "stages": 1,
        "steps": 2,
        "comments": 0,
        "changes": [{"from": "lengths and counts", "to": "times", "count": 1}],
    }
    told = run("new", "b.yaml", "--text", "feet.txt", "-v").stdout.splitlines()
    assert told[2:] == [f"b.yaml:{len(lines)}: for: 1m  # check: the text gives no duration"]
    assert run("new", "c.yaml", "--text", "feet.txt", "-q").stdout == ""


def answer_on_terminal(arguments: list[str], answers: list[str], folder: Path) -> str:
    """Run the command in a pseudo-terminal, type an answer at each prompt, and return the output."""
    import pexpect

    from tests.support.forked_terminals import spawn_command

    child = spawn_command(*arguments, folder=folder, environment=child_environment({}))
    output = ""
    for answer in answers:
        child.expect(": $")
        output += f"{child.before}: "
        child.sendline(answer)
    child.expect(pexpect.EOF)
    output += child.before
    child.close()
    return " ".join(output.split())
