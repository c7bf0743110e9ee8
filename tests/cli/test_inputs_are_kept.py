"""No command writes over a file that it reads."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

import voiceguide
from tests.conftest import Run
from tests.support.forked_processes import run_command
from voiceguide.errors import ExportError

HEAD = "voiceguide: 1\ntitle: Small\nvoice: tone\nchime: none\n"
PLAIN = "stages:\n  - stage: One\n    steps:\n      - {say: Good., for: 4s}\n"
TONE = b"".join((i * 997 % 20_000 - 10_000).to_bytes(2, "little", signed=True) for i in range(48_000))
SCRIPTS = {
    "plain.yaml": HEAD + PLAIN,
    "bed.yaml": f"{HEAD}bed: rain.wav\n{PLAIN}",
    "one-01-one.yaml": HEAD + PLAIN,
    "own.yaml": HEAD + PLAIN.replace("say: Good.", "say: Ring., audio: rain.wav"),
    "side.yaml": HEAD
    + PLAIN.replace("stage: One", "stage: One, {side} foot\n    each: {side: [left, right]}").replace(
        "say: Good.", 'say: Ring., audio: "{side}.wav"'
    ),
    "spelled.yaml": f"{HEAD}words: words.yaml\n{PLAIN}",
    "words.yaml": "qi: chee\n",
    "variant.yaml": f"{HEAD}variants: {{wet: {{bed: rain.wav}}}}\n{PLAIN}",
    "mixed.yaml": f"{HEAD}variants: {{wet: {{bed: [rain, left.wav]}}}}\n"
    + PLAIN.replace("One", "One\n    bed: rain.wav"),
    "chimes.yaml": HEAD.replace("none", "left.wav")
    + PLAIN.replace("for: 4s", "for: 4s, cues: [{at: 3s, chime: right.wav}]"),
    "cue.yaml": HEAD + PLAIN.replace("for: 4s", "for: 4s, cues: [{at: 3s, audio: rain.wav}]"),
    "wet.yaml": "bed: rain.wav\n",
    "layers.yaml": "bed: [pads, {sound: rain.wav, level: -8}]\n",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with scripts and a few recordings."""
    monkeypatch.chdir(tmp_path)
    for name, text in SCRIPTS.items():
        Path(name).write_text(text, encoding="utf-8")
    for name in ("rain.wav", "left.wav", "right.wav"):
        with wave.open(name, "wb") as file:
            file.setparams((1, 2, 48_000, 0, "NONE", ""))
            file.writeframes(TONE)
    Path("sub").mkdir()
    Path("sub/link.wav").symlink_to("../rain.wav")
    return tmp_path


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    "command",
    [
        "build bed.yaml -o rain.wav",
        "build bed.yaml -o sub/../rain.wav",
        "build bed.yaml -o sub/link.wav",
        "build plain.yaml --bed rain.wav -o rain.wav",
        "build own.yaml -o rain.wav",
        "build side.yaml -o right.wav",
        "build variant.yaml -o rain.wav",
        "build plain.yaml --variant-file wet.yaml -o rain.wav",
        "build plain.yaml --variant-file layers.yaml -o rain.wav",
        "build plain.yaml --variant-file wet.yaml --format mp3 -o wet.yaml",
        "build mixed.yaml --variant wet -o left.wav",
        "build mixed.yaml --bed none -o rain.wav",
        "build chimes.yaml -o left.wav",
        "build chimes.yaml -o right.wav",
        "build cue.yaml -o rain.wav",
        "build spelled.yaml --format mp3 -o words.yaml",
        "build plain.yaml --format mp3 -o plain.yaml",
        "build one-01-one.yaml --format mp3 --split -o one.yaml",
        "build rain.yaml bed.yaml --format wav -o ./",
        "build plain.yaml sub/plain.yaml -o out/",
        "build plain.yaml --format mp3 --cue-sheet -o plain.html",
        "plan bed.yaml --svg rain.wav",
        "plan plain.yaml --svg sub/../plain.yaml",
        "plan plain.yaml --bed rain.wav --svg rain.wav",
        "plan plain.yaml --variant-file layers.yaml --svg rain.wav",
        "plan plain.yaml --variant-file wet.yaml --svg wet.yaml",
        "plan side.yaml --svg right.wav",
        "bed rain.wav -o sub/link.wav --for 2s",
        "new rain.wav --text plain.yaml",
    ],
)
def test_an_input_is_never_overwritten(folder: Path, run: Run, command: str) -> None:
    for copy in ("rain.yaml", "sub/plain.yaml"):
        Path(copy).write_text(SCRIPTS["plain.yaml"], encoding="utf-8")
    before = _contents(folder)
    message = run(*command.split(), status=1).stderr
    assert len(message.splitlines()) == 1
    assert "was not written: " in message or "was not changed" in message
    assert _contents(folder) == before


def test_a_script_on_stdin_is_not_overwritten(folder: Path) -> None:
    with open("plain.yaml", "rb") as script:
        result = run_command("build", "-", "--format", "mp3", "-o", "plain.yaml", stdin=script, text=True)
    assert (result.returncode, Path("plain.yaml").read_text("utf-8")) == (1, SCRIPTS["plain.yaml"])
    assert "it is an input of this command" in result.stderr


def test_the_python_api_refuses_as_well(folder: Path) -> None:
    routine = voiceguide.load("bed.yaml")
    assert {Path("bed.yaml"), Path("rain.wav")} <= set(routine.input_files)
    before = _contents(folder)
    with pytest.raises(ExportError, match=r"^sub/link\.wav was not written: it is an input of this command"):
        routine.build("sub/link.wav")
    assert _contents(folder) == before


def test_names_that_only_look_like_inputs_are_accepted(folder: Path, run: Run) -> None:
    """The built-in bed rain is not the file rain, and a session may have a name that fits `{side}.wav`."""
    run("build", "plain.yaml", "--bed", "rain", "--format", "wav", "-o", "rain")
    run("build", "plain.yaml", "--bed", "sub/link.wav", "-o", "sub/new.wav")
    for _ in range(2):
        run("build", "side.yaml", "-o", "session.wav")
