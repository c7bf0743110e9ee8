"""Whatever a third party's engine does, a build stops with the line's words and the engine's own message."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faulty_engines import environment_with, install_faulty
from voiceguide.errors import SpeechError
from voiceguide.speech.engines import registry
from voiceguide.speech.engines.registry import list_voices, load_engine
from voiceguide.speech.narrator import Narrator
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.model import Line

WORDS = "Place both feet in the warm water."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the faulty engines are installed."""
    folder = tmp_path_factory.mktemp("site")
    install_faulty(folder)
    return folder


@pytest.fixture(autouse=True)
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(folder)
    registry._entry_points.cache_clear()
    yield
    registry._entry_points.cache_clear()


def line(voice: str, words: str = WORDS) -> Line:
    return Line((words,), voice, 1.0, "en")


def failure(voice: str, store: DiskCache) -> str:
    with Narrator(store) as speaker, pytest.raises(SpeechError) as caught:
        speaker.synthesize_missing([line(voice)])
    assert store.usage() == (0, 0), "nothing of it is kept"
    return str(caught.value)


@pytest.fixture
def store(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "store")


def test_an_engine_in_order_is_heard(store: DiskCache) -> None:
    with Narrator(store) as speaker:
        speaker.synthesize_missing([line("sound")])
        assert speaker.measure(line("sound")).exact
        assert 80_000 < speaker.clip(line("sound")).size < 96_000


@pytest.mark.parametrize(
    ("engine", "reason"),
    [
        ("refuses", "The studio is closed on Sundays. Come back tomorrow."),
        ("crashes", "The engine crashes failed to speak this: RuntimeError: out of cheese."),
        ("exits", "The engine exits failed to speak this: SystemExit: goodbye."),
        ("silent", "The engine returned silence."),
        ("nothing", "The engine returned NoneType where Speech was expected."),
        ("endless", "The engine's sound lasts 200.06 s, where these words take 0.15 to 13.00 s."),
        ("blip", "The engine's sound lasts 0.07 s, where these words take 0.15 to 13.00 s."),
        ("holes", "The engine returned samples that are no numbers (NaN or infinity)."),
        ("rateless", "The engine returned sound at 0 Hz, which is no rate for speech."),
        ("half", "The engine's sound breaks off in the middle of a word."),
    ],
)
def test_a_clip_that_cannot_be_made_stops_with_the_words_and_the_reason(
    engine: str, reason: str, store: DiskCache
) -> None:
    assert failure(engine, store) == f'"{WORDS}" could not be spoken. {reason}'


def test_an_engine_that_hangs_ends_in_its_time(store: DiskCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiceguide.speech.narrator.synthesis_limit_s", lambda text: 0.3)
    monkeypatch.setattr("voiceguide.speech.engines.registry.CLOSE_S", 0.2)
    began = time.monotonic()
    assert (
        failure("hangs", store) == f'"{WORDS}" could not be spoken. The engine hangs did not speak this within 0.3 s.'
    )
    assert time.monotonic() - began < 2


PROGRAM = """
import sys, voiceguide.speech.narrator
voiceguide.speech.narrator.synthesis_limit_s = lambda text: 0.5
from voiceguide.cli.main import main
main()
"""


def test_the_whole_program_ends_though_an_engine_hangs(folder: Path, tmp_path: Path) -> None:
    """A thread that hangs must not keep the interpreter from ending."""
    command = [sys.executable, "-c", PROGRAM, "say", WORDS, "--voice", "hangs", "-o", str(tmp_path / "x.wav")]
    done = subprocess.run(command, env=environment_with(folder), capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f'"{WORDS}" could not be spoken. The engine hangs did not speak this within 0.5 s.\n'
    assert list(tmp_path.iterdir()) == []


def test_a_build_stops_and_leaves_no_file(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "short.yaml"
    script.write_text(
        "voiceguide: 1\ntitle: Short\nlanguage: en\nvoice: crashes\n"
        f'stages:\n  - stage: Soak\n    steps:\n      - say: "{WORDS}"\n        for: 10s\n'
    )
    command = [sys.executable, "-m", "voiceguide", "build", str(script), "-o", str(tmp_path / "short.mp3")]
    done = subprocess.run(command, env=environment_with(folder), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f'"{WORDS}" could not be spoken. The engine crashes failed to speak this: RuntimeError: out of cheese.' in (
        done.stderr
    )
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [script]


def test_what_an_engine_prints_does_not_reach_stdout(store: DiskCache, capsys: pytest.CaptureFixture[str]) -> None:
    with Narrator(store) as speaker:
        speaker.synthesize_missing([line("chatty"), line("chatty", "Other words to be spoken.")])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("Thank you for choosing the chatty engine!") == 2
    print("still here")
    assert capsys.readouterr().out == "still here\n"


def test_json_on_stdout_stays_json(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voiceguide", "voices", "--json"]
    done = subprocess.run(command, env=environment_with(folder), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {voice["engine"] for voice in json.loads(done.stdout)["voices"]} >= {"hibari", "sound", "tone"}


def test_a_clip_lost_between_the_plan_and_the_mix_is_not_spoken_at_another_length(store: DiskCache) -> None:
    with Narrator(store) as speaker:
        speaker.synthesize_missing([line("unstable")])
        speaker._speech_samples.cache_clear()
        store.clear()
        with pytest.raises(SpeechError) as caught:
            speaker.clip(line("unstable"))
    assert str(caught.value) == (
        f'"{WORDS}" could not be spoken. Its clip was lost meanwhile, and spoken again it is another one. '
        "Build once more."
    )


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        (
            "unmakeable",
            "The engine unmakeable failed to load: OSError: licence file not found. "
            "Reinstall the package faulty-voices, or choose another voice.",
        ),
        (
            "absent",
            "The engine absent failed to load: ModuleNotFoundError: No module named 'no_such_module'. Reinstall the "
            "package faulty-voices, or choose another voice.",
        ),
        (
            "shapeless",
            "The engine shapeless is none: it has no parallel, version, voices, synthesize, close. "
            "Tell those who made it.",
        ),
    ],
)
def test_an_engine_that_does_not_load_says_why(engine: str, message: str) -> None:
    with pytest.raises(SpeechError) as caught:
        load_engine(engine)
    assert str(caught.value) == message


def test_voices_are_listed_though_some_engines_cannot_tell_theirs() -> None:
    voices, failures = list_voices(["mute", "sound", "absent"])
    assert [voice.full_name for voice in voices] == ["sound/only"]
    assert failures["mute"] == (
        "The engine mute failed to list its voices: OSError: the list is on the other computer."
    )
    assert set(failures) == {"mute", "absent"}


def test_nobody_can_take_a_built_in_engines_name() -> None:
    """A package that offers "hibari" would otherwise speak in heart's place, depending on the order on the disk."""
    assert type(load_engine("hibari")).__module__ == "voiceguide.speech.engines.hibari.engine"
