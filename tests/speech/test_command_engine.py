"""Programs as voices: defined in the user's configuration file, run without a shell, with their output checked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest
import yaml

from tests.conftest import Run
from tests.support.processes import is_running
from tests.support.timing import wait_for
from voiceguide.errors import SpeechError
from voiceguide.speech.engines.command.config import config_path
from voiceguide.speech.engines.command.engine import CommandEngine
from voiceguide.speech.engines.command.output_file import read_output_file

WRITE = """
import array, math, sys, wave
def write(file, seconds=1.0, rate=16000, channels=1):
    swell = [math.sin(math.pi * i / (seconds * rate)) for i in range(int(seconds * rate))]
    sound = [int(9000 * s * math.sin(0.3 * i)) for i, s in enumerate(swell)]
    samples = array.array("h", [sample for sample in sound for _ in range(channels)])
    with wave.open(file, "wb") as wav:
        wav.setnchannels(channels), wav.setsampwidth(2), wav.setframerate(rate), wav.writeframes(samples.tobytes())
"""

DefineVoice = Callable[..., CommandEngine]


@pytest.fixture
def define(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DefineVoice:
    """Defines a Python program with these arguments as command/own, and returns an engine that runs it."""
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(tmp_path / "config.yaml"))

    def define_voice(program: str, *arguments: str, **fields: str) -> CommandEngine:
        (tmp_path / "program.py").write_text(WRITE + program)
        entry = {"command": [sys.executable, str(tmp_path / "program.py"), *arguments], **fields}
        (tmp_path / "config.yaml").write_text(yaml.safe_dump({"commands": {"own": entry}}))
        return CommandEngine()

    return define_voice


def say(engine: CommandEngine, text: str = "Breathe out.", pace: float = 1.0, voice: str = "own") -> Any:
    return engine.synthesize(text, voice, pace, "de-DE")


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("write(sys.stdout.buffer)", ()),
        ("write(sys.argv[1])", ("{output}",)),
        ("write(sys.argv[1]); print('done!')", ("{output}",)),
        ("write(sys.argv[1].partition('=')[2], rate=44100, channels=2)", ("--out={output}",)),
        ("assert sys.argv[1:3] == ['Breathe out.', 'de-DE']; write(sys.argv[3])", ("{text}", "{language}", "{output}")),
        ("assert sys.stdin.read() == 'Breathe out.'; write(sys.stdout.buffer)", ()),
        ("write('elsewhere.wav'); import os; os.replace('elsewhere.wav', sys.argv[1])", ("{output}",)),
    ],
)
def test_a_program_gets_the_text_and_its_audio_is_read(
    define: DefineVoice, program: str, arguments: tuple[str, ...]
) -> None:
    speech = say(define(program, *arguments))
    assert (speech.rate, speech.samples.dtype) == (48_000, np.float32)
    assert speech.samples.size == pytest.approx(48_000, abs=100)
    assert 0.2 < np.abs(speech.samples).max() < 0.4


SECONDS_OF_RATE = "write(sys.stdout.buffer, seconds=175 / int(sys.argv[1]))"
SECONDS_OF_PACE = "write(sys.stdout.buffer, seconds=1 / float(sys.argv[1]))"


@pytest.mark.parametrize(
    ("program", "arguments"),
    [(SECONDS_OF_RATE, ("{rate}",)), (SECONDS_OF_PACE, ("{pace}",)), ("write(sys.stdout.buffer)", ())],
    ids=["rate", "pace", "neither"],
)
@pytest.mark.parametrize("pace", [0.8, 1.25])
def test_a_program_controls_the_pace_or_its_audio_is_stretched(
    define: DefineVoice, program: str, arguments: tuple[str, ...], pace: float
) -> None:
    assert say(define(program, *arguments), pace=pace).samples.size == pytest.approx(48_000 / pace, rel=0.02)


@pytest.mark.parametrize(
    "text", ["; touch hacked #", "$(touch hacked)", "`touch hacked`", "a' b\" c \\", "{output} {pace}", "* ? ~ $HOME"]
)
def test_the_text_reaches_the_program_unchanged(define: DefineVoice, text: str, tmp_path: Path) -> None:
    program = "open(sys.argv[1], 'w').write(sys.argv[2]); write(sys.stdout.buffer)"
    say(define(program, str(tmp_path / "received"), "{text}"), text)
    assert (tmp_path / "received").read_text() == text
    assert not list(tmp_path.rglob("hacked"))


def test_a_text_that_begins_with_a_dash_is_not_an_option(define: DefineVoice, tmp_path: Path) -> None:
    program = "open(sys.argv[1], 'w').write(sys.argv[2]); write(sys.stdout.buffer)"
    say(define(program, str(tmp_path / "received"), "{text}"), "--help me")
    assert (tmp_path / "received").read_text() == " --help me"


@pytest.mark.parametrize(
    ("program", "arguments", "reason"),
    [
        ("", (), "it wrote nothing"),
        ("", ("{output}",), "it wrote no file"),
        ("import os; os.mkdir(sys.argv[1])", ("{output}",), "what it left in place of the file is not a file"),
        ("import os; os.mkfifo(sys.argv[1])", ("{output}",), "what it left in place of the file is not a file"),
        ("print('I cannot speak')", (), "its output is neither WAV nor AIFF"),
        ("sys.exit('no license.')", (), "it exited with status 1 and printed: no license"),
        ("sys.exit(3)", (), "it exited with status 3"),
        ("import os; os.abort()", (), "it exited with status -6"),
        (
            "import io; b = io.BytesIO(); write(b); sys.stdout.buffer.write(b.getvalue()[:20000])",
            (),
            "it wrote 19956 of 32000 bytes of audio",
        ),
    ],
)
def test_a_program_that_does_not_speak_is_an_error(
    define: DefineVoice, program: str, arguments: tuple[str, ...], reason: str
) -> None:
    with pytest.raises(SpeechError) as caught:
        say(define(program, *arguments))
    assert str(caught.value) == f"command/own ({sys.executable}) failed: {reason}. See {config_path()}."


def test_a_program_that_hangs_is_killed_with_its_children(
    define: DefineVoice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = f"""
import subprocess, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({str(tmp_path / "child")!r}, "w").write(str(child.pid))
time.sleep(600)
"""
    monkeypatch.setattr("voiceguide.speech.engines.command.engine.synthesis_timeout_s", lambda text: 6.0)
    with pytest.raises(SpeechError, match=r"failed: it did not finish within 1 s\. See "):
        say(define(program))
    child = int((tmp_path / "child").read_text())
    wait_for(lambda: not is_running(child), "the program's child is still running")


def test_a_missing_program_is_listed_as_not_installed(define: DefineVoice, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("commands: {gone: {command: [no-such-program], language: de}}")
    (voice,) = CommandEngine().voices()
    assert (voice.full_name, voice.installed, voice.note) == (
        "command/gone",
        False,
        "the program no-such-program was not found",
    )
    with pytest.raises(SpeechError) as caught:
        say(CommandEngine(), voice="gone")
    assert str(caught.value) == (
        f"command/gone: the program no-such-program was not found. Install it, or fix {tmp_path / 'config.yaml'}."
    )


def test_a_changed_program_or_command_changes_the_version(define: DefineVoice, tmp_path: Path) -> None:
    """Otherwise a cached clip of the old program would be used."""
    (tmp_path / "speak").write_text("#!/bin/sh\n")
    (tmp_path / "speak").chmod(0o755)
    versions = set()
    for arguments in ("", ", -a"):
        (tmp_path / "config.yaml").write_text(f"commands: {{own: {{command: [{tmp_path}/speak{arguments}]}}}}")
        for size in (1, 2):
            (tmp_path / "speak").write_text("#!/bin/sh\n" * size)
            versions.add(CommandEngine().voice_version("own"))
            assert CommandEngine().voice_version("own") in versions
    assert len(versions) == 4


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("", 'No command "own" is defined in {path}. See docs/voices.md for how to define one.'),
        ("commands: {anna: {command: [x]}}", 'No command "own" is defined in {path}. Defined commands: anna.'),
        ("- a", "{path}: the file must be a mapping of names to values, such as commands: {{NAME: {{...}}}}."),
        (
            "commands: [x]",
            "{path}: commands must be a mapping of names to values, such as commands: {{NAME: {{...}}}}.",
        ),
        (
            "commands: {own: {command: [x], lang: de}}",
            "{path}: commands.own has unknown keys: lang. Allowed keys: command, language, gender, quality.",
        ),
        (
            "commands: {own: {command: say -o x}}",
            "{path}: commands.own.command must be a list of strings: the program and its arguments. The arguments can "
            "contain {{text}}, {{output}}, {{pace}}, {{rate}}, {{language}}.",
        ),
        (
            "commands: {own: {command: [x], language: no}}",
            "{path}: commands.own.language must be a string. Put it in quotes.",
        ),
    ],
)
def test_an_invalid_configuration_is_an_error_that_says_what_is_expected(
    define: DefineVoice, config: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(config)
    with pytest.raises(SpeechError) as caught:
        say(CommandEngine())
    assert str(caught.value) == message.format(path=path)


def test_a_configuration_that_is_not_yaml_is_an_error_that_names_the_file(define: DefineVoice, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("commands: {")
    with pytest.raises(SpeechError) as caught:
        CommandEngine().voices()
    assert str(caught.value).startswith(f"{tmp_path / 'config.yaml'} is not valid YAML: while parsing a flow node")


def test_without_a_configuration_there_are_no_voices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(tmp_path / "none.yaml"))
    assert CommandEngine().voices() == []


def test_the_word_data_in_a_comment_is_not_a_chunk(define: DefineVoice, tmp_path: Path) -> None:
    """Regression: a WAV with "data" in its comment was rejected as truncated."""
    say_it = "import io; b = io.BytesIO(); write(b); v = b.getvalue(); c = b'LIST' + (12).to_bytes(4, 'little')"
    say_it += " + b'INFOdata\\xff\\xff\\xff\\x00'; sys.stdout.buffer.write(v[:12] + c + v[12:])"
    assert say(define(say_it)).samples.size == pytest.approx(48_000, abs=100)


def test_aiff_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "sine.aiff"
    arguments = ["-f", "lavfi", "-i", "sine=d=1:r=22050", str(path)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments], check=True)
    assert read_output_file(path).samples.size == pytest.approx(48_000, abs=100)


def test_a_script_speaks_with_a_program(run: Run, define: DefineVoice, tmp_path: Path) -> None:
    define("write(sys.stdout.buffer)", language="en")
    (tmp_path / "s.yaml").write_text(
        "voiceguide: 1\ntitle: T\nvoice: command/own\nstages: [{stage: A, steps: [{say: Hello., for: 5s}]}]\n"
    )
    run("build", "s.yaml", "-o", "s.mp3")
    message = run("build", "s.yaml", "--voice", "command/owm", "-o", "t.mp3", status=1).stderr
    assert message == (
        f'--voice command/owm: No command "owm" is defined in {tmp_path / "config.yaml"}. Defined commands: own.\n'
    )
    assert not (tmp_path / "t.mp3").exists()
