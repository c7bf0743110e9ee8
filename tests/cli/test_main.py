"""The commands as a person meets them: what they print, where, and how they end."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.conftest import Run
from tests.support.long_forms import few, long
from tests.support.timing import HANG_S
from voiceguide.cli.main import COMMANDS, cli
from voiceguide.pipeline.bundled_routines import list_bundled_routines

SCRIPT = """\
voiceguide: 1
title: Two minutes
voice: tone
stages:
  - stage: Soak
    steps:
      - step: soak
        say: Both feet into the water.
        for: 30s
  - stage: Rest
    steps:
      - say: Rest now.
        pause: 10s
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def test_help_names_every_command(run: Run) -> None:
    shown = run("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_what_the_list_calls_it(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.name == name
    assert command.help


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_shows_an_example_that_it_takes(name: str, run: Run) -> None:
    shown = run(name, "--help").stdout
    (example,) = re.findall(r"^  Example:\n    (.+)$", shown, re.MULTILINE)
    program, called, *arguments = shlex.split(example)
    assert (program, called) == ("voiceguide", name)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.make_context(name, arguments).params


def test_the_readme_names_every_command() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    missing = [name for name in COMMANDS if f"`voiceguide {name}" not in readme and f"`{name}" not in readme]
    assert not missing


def test_a_wrong_key_gives_one_clear_line_and_exit_1(run: Run, script: Path) -> None:
    script.write_text(SCRIPT.replace("for: 30s", "fro: 30s"), encoding="utf-8")
    done = run("build", "two.yaml", status=1)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith('two.yaml:9:9: stages[0].steps[0].fro: Unknown key "fro". Did you mean "for"?')


def test_an_unknown_routine_lists_the_near_ones(run: Run) -> None:
    done = run("plan", "foot-masage", status=1)
    assert done.stderr.startswith('No file or bundled routine named "foot-masage". Did you mean "foot-massage"')


def test_an_unknown_command_names_the_near_one(run: Run) -> None:
    assert 'No such command "biuld". Did you mean "build"?' in run("biuld", status=2).stderr


def test_wrong_usage_is_exit_2(run: Run) -> None:
    assert "No such option" in run("plan", "foot-massage", "--nonsense", status=2).stderr


def test_plan_json_has_the_shape_of_the_contract(run: Run, script: Path) -> None:
    data = json.loads(run("plan", "two.yaml", "--json").stdout)
    assert {"title", "total", "estimated", "stages", "warnings"} <= data.keys()
    stage = data["stages"][0]
    assert stage.keys() == {"title", "start", "end", "steps"}
    assert stage["steps"][0].keys() == {"name", "start", "end", "speech", "cues"}
    assert stage["steps"][0]["cues"][0].keys() == {"at", "kind", "text", "length"}
    assert stage["end"] == 30


def test_plan_estimates_until_the_words_have_been_spoken(
    run: Run, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "fresh"))
    assert json.loads(run("plan", "two.yaml", "--json").stdout)["estimated"] is True
    assert json.loads(run("plan", "two.yaml", "--json", "--exact").stdout)["estimated"] is False
    assert json.loads(run("plan", "two.yaml", "--json").stdout)["estimated"] is False


def test_plan_as_a_table_names_steps_clock_and_total(run: Run, script: Path) -> None:
    shown = run("plan", "two.yaml").stdout
    assert "0:01    soak" in shown
    assert "Total " in shown


def test_plan_svg_is_one_picture(run: Run, script: Path, tmp_path: Path) -> None:
    from xml.etree import ElementTree

    script.write_text(SCRIPT.replace("Two minutes", "Two <b> & minutes"), encoding="utf-8")
    run("plan", "two.yaml", "--svg", "two.svg")
    root = ElementTree.parse(tmp_path / "two.svg").getroot()
    assert root.tag.endswith("svg")
    assert "Two <b> & minutes" in "".join(root.itertext())


def test_a_script_may_come_through_a_pipe(run: Run) -> None:
    assert json.loads(run("plan", "-", "--json", stdin=SCRIPT).stdout)["title"] == "Two minutes"


def test_check_is_content_with_the_bundled_routines(run: Run) -> None:
    assert run("check", "--strict", *list_bundled_routines()).stdout == "No problems found.\n"


def test_strict_makes_advice_count(run: Run, script: Path) -> None:
    script.write_text(SCRIPT.replace("for: 30s", "for: 1s"), encoding="utf-8")
    assert 'longer than "for: 1s"' in run("check", "two.yaml").stderr
    run("check", "two.yaml", "--strict", status=1)
    done = run("build", "two.yaml", "--strict", status=1)
    assert "Not built: --strict treats warnings as errors." in done.stderr


def test_check_quiet_and_verbose(run: Run, script: Path) -> None:
    script.write_text(SCRIPT.replace("for: 30s", "for: 1s"), encoding="utf-8")
    done = run("check", "two.yaml", "five-minutes", "-v")
    assert done.stdout == "five-minutes: no problems\n"
    assert 'longer than "for: 1s"' in done.stderr
    quiet = run("check", "two.yaml", "five-minutes", "-q")
    assert quiet.stdout + quiet.stderr == ""


def test_plan_stages_leaves_out_the_steps(run: Run, script: Path) -> None:
    shown = run("plan", "two.yaml", "--stages").stdout
    assert "soak" not in shown
    assert re.search(r"^0:00  Soak  0:30  +\d+ %  █+$", shown, re.MULTILINE)
    assert re.search(r"^0:30  Rest  0:1\d  +\d+ %  █+$", shown, re.MULTILINE)


def test_lengths_that_are_shown_add_up_to_the_total(run: Run) -> None:
    """A session of 5m0.568s was shown as 5:00, and its speech and silence added up to another total."""
    shown = run("plan", "foot-massage").stdout
    total, speech, silence = (_seconds(clock) for clock in re.findall(r"\d+:\d\d", shown.partition("Total ")[2]))
    stages = re.findall(r"(\d+:\d\d) +\d+ %", shown)
    assert sum(map(_seconds, stages)) == total == speech + silence
    exact_s = json.loads(run("plan", "foot-massage", "--json").stdout)["total"]
    assert total == int(exact_s + 0.5)
    assert f" {total // 60}:{total % 60:02}  Home foot massage." in run("routines").stdout


def _seconds(clock: str) -> int:
    minutes, seconds = clock.split(":")
    return int(minutes) * 60 + int(seconds)


def test_plan_verbose_shows_every_repetition(run: Run) -> None:
    assert "(the same" in run("plan", "box-breathing").stdout
    assert "(the same" not in run("plan", "box-breathing", "-v").stdout


def test_routines_of_a_language(run: Run) -> None:
    assert run("routines", "--language", "de", "-q").stdout == "fussmassage\n"
    assert json.loads(run("routines", "--language", "ES", "--json").stdout)[0]["language"] == "es"
    assert len(run("routines", "--language", "en", "-q").stdout.split()) == 8
    assert run("routines", "--language", "fr", status=1).stderr == (
        "--language fr: no bundled routine is in this language. Available: de, en-US, es.\n"
    )


def test_routines_verbose_lists_stages_and_variants(run: Run) -> None:
    shown = run("routines", "--language", "de", "-v").stdout
    assert "Variants: " in shown
    assert 'Stages: "Bevor es losgeht", ' in shown


@long
def test_doctor_and_cache_give_the_same_figure(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(tmp_path / "kept"))
    run("say", "One.", "--voice", "tone", "-o", "x.wav")
    usage = run("cache").stdout.strip().rstrip(".")
    assert usage.startswith(f"{tmp_path / 'kept'}: 1 entry, 0.")
    assert usage in run("doctor").stdout
    assert "ffmpeg" not in run("doctor", "-q").stdout


def test_say_and_bed_describe_what_they_write(run: Run) -> None:
    assert json.loads(run("say", "One.", "--voice", "tone", "-o", "x.wav", "--json").stdout).keys() == {
        "file",
        "length",
        "voice",
    }
    shown = json.loads(run("bed", "rain", "--for", "2s", "-o", "x.wav", "--json").stdout)
    assert shown == {"file": "x.wav", "bed": "rain", "length": 2.0}
    assert run("bed", "rain", "--for", "2s", "-o", "x.wav", "-q").stdout == ""
    assert re.fullmatch(r"note: tone, \d\.\ds\n", run("say", "One.", "--voice", "tone", "-o", "x.wav", "-v").stderr)
    for command in (["say", "One."], ["bed", "rain"]):
        assert "--json describes the file that is written. Add -o FILE." in run(*command, "--json", status=2).stderr


QUIET_ALSO = {"routines": "names", "voices": "names"}
"""Commands whose -q prints only the names, because there is nothing else that it could leave out."""


WITHOUT_OPTION = {
    "--json": {"play"},
    "-v": {"play", "diff", "bed", "cache"},
    "-o": set(COMMANDS) - {"new", "build", "say", "bed"},
}
"""The commands that do not have an option that the others have. README.md says why."""


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_means_the_same_on_every_command(name: str) -> None:
    """--from was a routine to copy in one command and a time to start at in another."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    options = {opt: param for param in command.params if isinstance(param, click.Option) for opt in param.opts}
    assert "-q" in options
    for option, without in WITHOUT_OPTION.items():
        assert (option in options) == (name not in without), option
    assert options["-q"].help == (
        "Print only the names." if name in QUIET_ALSO else "Print only the result and errors."
    )
    for option, meanings in {
        "-v": {"--verbose"},
        "-q": {"--quiet"},
        "-o": {"--output"},
        "--json": {"--json"},
        "--strict": {"--strict"},
    }.items():
        if option in options:
            assert meanings & set(options[option].opts)
    assert ("--from" in options and not options["--from"].hidden) == (name == "new")


def test_routines_as_json(run: Run) -> None:
    listed = json.loads(run("routines", "--json").stdout)
    assert [routine["name"] for routine in listed] == list(list_bundled_routines())
    assert listed[0]["name"] == "foot-massage"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "soak"], '--set soak: specify a step and a duration, such as --set "soak=3m".'),
        (["--set", "soak=3"], '--set soak=3: "3" has no unit. Write 3s for seconds or 3m for minutes.'),
        (["--set", "sok=3m"], '--set "sok": no such step or stage. Did you mean "soak"?'),
        (["--total", "1s"], "--total 1s: this length is not possible. The shortest possible is "),
        (
            ["--pace", "fast"],
            '--pace: "fast" is not a number. Write a pace (1.0 is the voice\'s normal speed), from 0.5 to 2.',
        ),
        (["--variant", "x"], "--variant x: no such variant. This routine has none."),
        (["--skip", "x"], "--skip x: no such tag or stage."),
        (["--voice", "hart"], '--voice hart: Unknown voice "hart". Did you mean "heart"'),
    ],
)
def test_overrides_that_cannot_be_followed(arguments: list[str], message: str, run: Run, script: Path) -> None:
    done = run("plan", "two.yaml", "--exact", *arguments, status=1)
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom voiceguide.cli.main import cli\n"
        "try: cli.main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in ('numpy', 'pydantic', 'rich', 'yaml', 'hibari', 'soxr', 'pydub') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"


def test_terminal_codes_in_a_title_are_shown_not_obeyed(run: Run, script: Path) -> None:
    script.write_text(SCRIPT.replace("stage: Soak", 'stage: "S\\u202eoak"'), encoding="utf-8")
    done = run("plan", "two.yaml")
    assert "oak" in done.stdout
    assert "\u202e" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the redirections of a POSIX shell")
@pytest.mark.parametrize("closed", few(1, ["<&- >&- 2>&-", ">&-", "2>&-", "<&-"]))
def test_a_closed_standard_stream_is_like_dev_null(closed: str, script: Path, tmp_path: Path) -> None:
    """Without standard output, `plan` ended with a traceback. Without output and error, `build` built nothing."""
    target = tmp_path / "closed.wav"
    command = ["build", script, "-o", target] if "<" in closed else ["plan", script]
    words = shlex.join([sys.executable, "-m", "voiceguide", *map(str, command)])
    child = subprocess.run(["sh", "-c", f"{words} {closed}"], capture_output=True, text=True, timeout=HANG_S)
    assert (child.returncode, "Traceback" in child.stderr) == (0, False), child.stderr
    assert target.exists() == ("<" in closed)
