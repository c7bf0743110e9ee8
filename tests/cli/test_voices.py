"""The commands about voices: what can speak, one line heard, what is kept."""

from __future__ import annotations

import io
import json
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.conftest import Run
from tests.support.forked_processes import run_command
from tests.support.long_forms import long
from voiceguide.cli.commands import voices as voices_command
from voiceguide.speech.engines import registry
from voiceguide.speech.engines.protocol import Voice


def test_voices_lists_names_languages_and_how_to_get_more(run: Run) -> None:
    lines = run("voices").stdout.splitlines()
    assert lines[0].split() == ["VOICE", "LANGUAGE", "GENDER", "QUALITY", "INSTALLED"]
    assert ["hibari/heart", "en-US", "female", "natural", "yes"] in [line.split() for line in lines]
    assert {line.partition("/")[0] for line in lines if "/" in line.split(" ")[0]} == {
        "hibari",
        "kokoro",
        "pico",
        "piper",
        "pyttsx3",
        "tone",
    }
    assert '  piper    natural voices in 40 languages: pip install "voiceguide[piper]"' in "\n".join(lines)


@pytest.mark.parametrize(("language", "some"), [("de", "pyttsx3/gmw/de"), ("en-GB", "pyttsx3/gmw/en")])
def test_voices_of_a_language_are_only_those(language: str, some: str, run: Run) -> None:
    voices = json.loads(run("voices", "--language", language, "--json").stdout)["voices"]
    assert {voice["language"].split("-")[0] for voice in voices} == {language[:2], "mul"}
    assert any(some in voice["voice"] for voice in voices)


@long
def test_an_unknown_language_is_answered_with_those_there_are(run: Run, tmp_path: Path) -> None:
    for arguments in (["voices"], ["say", "Hi.", "-o", "x.wav"]):
        told = run(*arguments, "--language", "xx", status=1).stderr
        assert told.startswith("--language xx: no voice speaks this language. Available: af, ")
        assert ", de, " in told
    region = run("voices", "--language", "pt-AO", status=1).stderr
    assert region == "--language pt-AO: no voice speaks this language. Available: pt, pt-BR.\n"
    assert not (tmp_path / "x.wav").exists()


def test_installed_voices_and_names_only(run: Run) -> None:
    names = run("voices", "--installed", "-q").stdout.splitlines()
    assert "hibari/heart" in names
    assert "hibari/emma" not in names
    assert "hibari/emma" in run("voices", "-q").stdout.splitlines()


HEART = Voice("hibari", "heart", "en-US", "female", quality="natural")
POLISH = Voice("pyttsx3", "zlw/pl", "pl", "male", quality="robotic")
TONE = Voice("tone", "tone", "mul", quality="test")
SARA = Voice("kokoro", "if_sara", "it", "female", installed=False, quality="natural")
EMMA = Voice("hibari", "emma", "en-US", "female", installed=False, quality="natural")


def voices_on_a_terminal(monkeypatch: pytest.MonkeyPatch, found: list[Voice], *arguments: str) -> list[str]:
    """Return the lines of `voices` above "More voices"."""
    monkeypatch.setattr(registry, "list_voices", lambda: (found, {}))
    monkeypatch.setattr(voices_command, "terminal_columns", lambda: 80)
    done = CliRunner().invoke(voices_command.command, arguments)
    assert done.exit_code == 0, done.output
    return done.output.partition("\nMore voices")[0].splitlines()


@pytest.mark.parametrize(
    ("found", "arguments", "shown"),
    [
        ([], (), ["No voice is installed."]),
        ([TONE], (), ["No voice is installed."]),
        ([SARA], (), ["No voice is installed."]),
        ([], ("-v",), ["No voice is installed."]),
        ([EMMA], ("--installed",), ["No voice is installed."]),
        (
            [EMMA, POLISH],
            ("--installed", "--language", "en"),
            ["No voice for en is installed. Leave out --installed to list those that can be installed."],
        ),
        (
            [POLISH],
            (),
            ["pyttsx3: 1 robotic voice in 1 language.", "List them with --language TAG, such as de, or with -v."],
        ),
        (
            [HEART],
            (),
            ["VOICE         LANGUAGE  GENDER  INSTALLED", "hibari/heart  en-US     female  yes"],
        ),
    ],
    ids=[
        "none",
        "test voice",
        "kokoro",
        "none, -v",
        "none installed",
        "none installed for a language",
        "robotic",
        "natural",
    ],
)
def test_a_list_without_voices_says_so(
    found: list[Voice], arguments: tuple[str, ...], shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """There was a table with nothing in it, and advice on how to list no more voices."""
    assert voices_on_a_terminal(monkeypatch, found, *arguments) == shown


def test_json_without_voices_is_an_empty_list(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = voices_on_a_terminal(monkeypatch, [], "--json")
    assert json.loads("\n".join(lines)) == {"voices": [], "failures": {}}
    assert voices_on_a_terminal(monkeypatch, [], "-q") == []


@long
def test_voices_goes_on_where_an_engine_cannot_list_its_own(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yaml").write_text("commands: [x]")
    monkeypatch.setenv("VOICEGUIDE_CONFIG", str(tmp_path / "config.yaml"))
    done = run("voices")
    assert "hibari/heart" in done.stdout
    assert done.stderr.startswith(f"{tmp_path / 'config.yaml'}: commands must be a mapping of names to values")
    assert list(json.loads(run("voices", "--json").stdout)["failures"]) == ["command"]


def test_say_writes_a_wav_with_its_pause_exact(run: Run, tmp_path: Path) -> None:
    for name, text in (("plain", "One. Two."), ("paused", "One. [2s] Two."), ("longer", "One. [3.5s] Two.")):
        run("say", text, "--voice", "tone", "-o", f"{name}.wav")
    run("say", "One. Two.", "--voice", "tone", "--room", "small", "-o", "room.wav")
    frames = {}
    for file in tmp_path.glob("*.wav"):
        with wave.open(str(file)) as wav:
            frames[file.stem] = wav.getnframes()
    assert frames["longer"] - frames["paused"] == 72_000
    assert frames["paused"] > frames["plain"] + 90_000
    assert frames["room"] == frames["plain"] + 14_400, "the sound of the room lasts 0.3 s"


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["Hold 3 x 30s. [2s] Rest 1:30."], "Hold three times, thirty seconds each. [2s] Rest one minute thirty."),
        (["Halte 30 s.", "--language", "de"], "Halte dreißig Sekunden."),
        (["Say [qi](/tʃiː/).", "--voice", "tone"], "Say qi."),
        (["Say [qi](/tʃiː/)."], "Say [qi](/tʃiː/)."),
    ],
)
def test_say_shows_what_the_voice_gets(arguments: list[str], shown: str, run: Run, tmp_path: Path) -> None:
    done = run("say", *arguments, "--show")
    assert (done.stdout, done.stderr) == (f"{shown}\n", "")


def test_say_shows_nothing_for_a_text_that_is_wrong(run: Run) -> None:
    assert run("say", "Rest [20]", "--show", status=1).stderr.startswith("[20] is not a pause: ")


@pytest.mark.parametrize("arguments", [[], ["-o", "-"]])
def test_say_gives_a_pipe_the_wav(arguments: list[str], tmp_path: Path) -> None:
    done = run_command("say", "Breathe out slowly.", "--voice", "tone", *arguments, cwd=tmp_path)
    with wave.open(io.BytesIO(done.stdout)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (48_000, 1, 2)
        assert 0.8 < wav.getnframes() / 48_000 < 3
    assert (done.stderr, list(tmp_path.iterdir())) == (b"", [])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--language", "en-GB"], ""),
        (
            ["--language", "de"],
            "note: heart does not speak de, so pico is used instead. "
            "For a natural voice: voiceguide voices --get de_DE-thorsten-medium\n",
        ),
        (
            ["--language", "de", "--voice", "heart"],
            "note: The voice hibari/heart speaks en, but the text is in de. "
            "Leave out the voice to use one for this language, or choose another voice.\n",
        ),
    ],
)
def test_say_tells_of_a_voice_and_a_language_that_do_not_go_together(
    arguments: list[str], told: str, run: Run, tmp_path: Path
) -> None:
    assert run("say", "Halt.", *arguments, "-o", "x.wav").stderr == told
    assert (tmp_path / "x.wav").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["Hi.", "--voice", "hart"],
            'Unknown voice "hart". Did you mean "heart"? The list of voices shows every name.',
        ),
        (["..."], '"..." could not be spoken. "..." contains nothing that can be spoken. Write it in words.'),
        ([" "], 'The text is empty. Write a sentence in quotes, such as "Breathe out slowly."'),
        (
            ["Hi.", "--pace", "9"],
            '--pace: "9" is out of range. Write a pace (1.0 is the voice\'s normal speed), from 0.5 to 2.',
        ),
    ],
)
def test_say_tells_what_is_wrong_and_writes_nothing(
    arguments: list[str], message: str, run: Run, tmp_path: Path
) -> None:
    assert run("say", *arguments, "-o", "x.wav", status=1).stderr == f"{message}\n"
    assert not (tmp_path / "x.wav").exists()


def test_cache_shows_and_clears_what_is_kept(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"
    monkeypatch.setenv("VOICEGUIDE_CACHE", str(folder))
    for words in ("One.", "Two.", "Two."):
        run("say", words, "--voice", "tone", "-o", "x.wav")
    shown = json.loads(run("cache", "--json").stdout)
    assert (shown["folder"], shown["entries"], shown["cleared"]) == (str(folder), 2, 0)
    assert shown["bytes"] > 0
    assert run("cache").stdout.startswith(f"{folder}: 2 entries, 0.")
    assert run("cache", "clear").stdout == f"{folder}: 2 entries cleared, {shown['bytes'] / 1e6:.1f} MB.\n"
    assert json.loads(run("cache", "--json").stdout)["entries"] == 0
