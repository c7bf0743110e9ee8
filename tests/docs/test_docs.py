"""The pages in docs/ say what is so: every command is run, every script read, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import ShellComplete

from tests.conftest import Run
from tests.docs.import_page import DOCUMENTS, ROWS, SECTIONS, import_page
from tests.docs.script_page import PARTS, keys, reference_page, whole_script
from tests.drafting.test_input_formats import FORMATS
from tests.support.environment import child_environment
from tests.support.forked_processes import start_command
from tests.support.long_forms import few
from tests.support.timing import HANG_S
from voiceguide.cli.main import cli
from voiceguide.drafting import DOCUMENT_NAMES, FORMAT_NAMES
from voiceguide.script.loader import load_script

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = [page for page in PAGES if page.name not in ("CHANGELOG.md", "routines.md")]
INSTALLS = re.compile(r"make |pip install |python3? -m |\. \.venv/|voiceguide voices --(?:get|remove) ")
"""What a page tells to install is not run: the tests run in what is installed already."""
GOES_ON = re.compile(r" serve\b| play\b|--watch\b")
"""What goes on until it is interrupted, is."""
AS_SHOWN = os.environ.get("VOICEGUIDE_ROUTINES") == "all"
SHORTER = (
    (r"^voiceguide build(?= five-minutes| foot-massage | evening\.yaml --total 12m$)", "voiceguide plan"),
    (r"^(voiceguide build evening\.yaml) .*(--watch|--html)$", r"\1 --total 1m --voice tone --bed none \2"),
    (r"^(voiceguide catalogue catalogue\.yaml)$", r"\1 --dry-run"),
    (r"^(voiceguide bed .*) --for 2m$", r"\1 --for 10s"),
)
"""What takes long is planned or made shorter, which checks its options too. Other tests build it, and `make soak` runs
every command as it is shown."""
WITHOUT_RUNNING = ("playing.md", "phone.md", "studio.md")
"""Pages whose commands need a sound device, a phone or a browser; their own tests run them."""


def blocks(page: Path) -> list[tuple[str, str]]:
    """What stands behind the fence, and the text, of each block of code."""
    return re.findall(r"^```([^\n]*)\n(.*?)^```$", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def commands(page: Path) -> list[str]:
    """The lines that a reader is meant to type, without the remarks behind them."""
    lines = [line for language, text in blocks(page) if language in ("", "sh", "console") for line in text.splitlines()]
    return [line.split("  #")[0].strip().removeprefix("$ ") for line in lines if line.strip()]


def shorter(command: str) -> str:
    for pattern, replacement in SHORTER:
        command = re.sub(pattern, replacement, command)
    return command


@pytest.mark.parametrize("name", ["hum_engine.py", "pyproject.toml"])
def test_the_engine_that_is_shown_is_the_one_that_is_tested(name: str) -> None:
    page = (ROOT / "docs" / "voices.md").read_text("utf-8")
    assert (ROOT / "tests" / "data" / "third_party_engine" / name).read_text("utf-8") in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_the_workflow_names_files_that_exist() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    named = re.findall(r"\btests/[\w/]+(?:\.py)?", workflow)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_page_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    missing = [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme]
    assert not missing


@pytest.mark.parametrize(
    "page", few(6, [page for page in NAMED if page.name not in WITHOUT_RUNNING]), ids=lambda page: page.name
)
def test_every_command_that_is_shown_works(page: Path, run: Run, tmp_path: Path) -> None:
    """Run in order in one folder, in which the files that the page shows by name are."""
    for language, text in blocks(page):
        if " " in language:
            (tmp_path / language.split()[1]).write_text(text, encoding="utf-8")
    for command in commands(page):
        if INSTALLS.match(command):
            continue
        program, *arguments = shlex.split(command if AS_SHOWN else shorter(command))
        assert program == "voiceguide", f"{command}: nobody runs this"
        if not GOES_ON.search(command):
            run(*arguments)
            continue
        started = start_command(
            *arguments,
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert _interrupted(started) in (0, 130), command


def _interrupted(running: subprocess.Popen[str]) -> int:
    """Let it do what it does until it speaks of Ctrl-C, and interrupt it; the status it ends with."""
    told = ""
    assert running.stdout is not None
    try:
        for line in running.stdout:
            told += line
            if "Press Ctrl-C to stop." in line:
                running.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
                running.communicate(timeout=HANG_S)
                return running.returncode
    finally:
        running.kill()
    pytest.fail(f"it ended by itself: {told}")


@pytest.mark.parametrize("page", NAMED, ids=lambda page: page.name)
def test_commands_in_the_text_have_the_options_that_there_are(page: Path) -> None:
    shown = re.findall(r"`(?:voiceguide )([a-z][^`]*)`", page.read_text("utf-8"))
    for command in shown:
        name, *arguments = command.split()
        found = cli.get_command(click.Context(cli), name)
        assert found is not None, command
        known = {option for parameter in found.params for option in (*parameter.opts, *parameter.secondary_opts)}
        options = [argument.split("=")[0] for argument in arguments if re.match(r"-{1,2}[a-z]", argument)]
        assert set(options) <= {*known, "--help"}, command


def test_the_import_page_is_up_to_date_and_shows_every_format() -> None:
    assert (ROOT / "docs" / "import.md").read_text("utf-8") == import_page(), "run: python -m tests.docs.import_page"
    assert set(ROWS) == {*FORMAT_NAMES, *DOCUMENT_NAMES}
    assert {*SECTIONS, *DOCUMENTS} == FORMATS.keys()


def test_the_readme_script_is_one_that_plans() -> None:
    (script,) = [text for language, text in blocks(ROOT / "README.md") if language == "yaml"]
    assert load_script("readme.yaml", script.encode()).routine.title == "Tired feet"


def test_the_reference_is_what_the_model_says() -> None:
    assert (ROOT / "docs" / "script.md").read_text("utf-8") == reference_page(), "run: python -m tests.docs.script_page"


@pytest.mark.parametrize(("title", "model", "example"), [(p[0], p[1], p[3]) for p in PARTS], ids=[p[0] for p in PARTS])
def test_the_reference_shows_every_key_in_a_script_that_reads(title: str, model: type, example: str) -> None:
    load_script("example.yaml", whole_script(example).encode())
    missing = [key for key in keys(model) if not re.search(rf"(?:^|[\s{{]){key}:", example)]
    assert not missing


COMPLETE = """
eval "$(_VOICEGUIDE_COMPLETE=bash_source voiceguide)"
COMP_WORDS=(voiceguide {words}); COMP_CWORD={place}
_voiceguide_completion voiceguide
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


COMPLETIONS: list[tuple[str, int, list[str]]] = [
    ("bu", 1, ["build"]),
    ("build --wat", 2, ["--watch"]),
    ("build --detail ''", 3, ["full", "brief", "chime"]),
    ("plan bed", 2, ["bedtime"]),
    ("plan m", 2, ["masaje-de-pies", "mine.yaml"]),
    ("check su", 2, ["sub/"]),
    ("bed w", 2, ["waves", "wind"]),
    ("check sub/", 2, ["sub/other.yml"]),
    ("play mu", 2, ["music.mp3"]),
    ("plan five-minutes --set cir", 4, ["circles=24s"]),
    ("plan five-minutes --variant s", 4, ["short"]),
    ("plan foot-massage --skip stroke", 4, ["stroke", "stroke-left-foot", "stroke-right-foot"]),
    ("play foot-massage --start so", 4, ["soak", "sole-left-foot", "sole-right-foot"]),
    ("say Hi --voice he", 4, ["heart"]),
    ("build --bed w", 3, ["waves", "wind"]),
    ("build --bed waves:-8+w", 3, ["waves:-8+wind"]),
    (f"check {'a' * 300}/", 2, []),
    ("voices --language d", 3, ["de", "da", "de-DE"]),
]


@pytest.fixture
def folder_to_complete(tmp_path: Path) -> Path:
    (tmp_path / "mine.yaml").touch()
    (tmp_path / "music.mp3").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "other.yml").touch()
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
@pytest.mark.parametrize(("words", "place", "offered"), few(1, COMPLETIONS[::5]))
def test_the_shell_completes(words: str, place: int, offered: list[str], folder_to_complete: Path) -> None:
    bin_folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", COMPLETE.format(words=words, place=place)],
        cwd=folder_to_complete,
        env=child_environment(PATH=f"{bin_folder}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert done.stdout.splitlines() == offered, done.stderr


@pytest.mark.parametrize(("words", "place", "offered"), COMPLETIONS)
def test_what_the_shell_is_offered(
    words: str, place: int, offered: list[str], folder_to_complete: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the function in the shell asks for, in this process, which takes a twentieth of the time."""
    monkeypatch.chdir(folder_to_complete)
    arguments = shlex.split(words)
    complete = ShellComplete(cli, {}, "voiceguide", "_VOICEGUIDE_COMPLETE")
    items = complete.get_completions(arguments[: place - 1], arguments[place - 1])
    assert [item.value for item in items] == offered
