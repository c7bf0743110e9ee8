"""Third-party engines that fail: a build stops with the text of the line and the engine's own message."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faulty_engines import environment_with, install_faulty
from tests.support.timing import HANG_S
from voiceguide.cli.engine_output import engine_prints_to_stderr
from voiceguide.errors import SpeechError
from voiceguide.speech.engines import guarded_call, registry
from voiceguide.speech.engines.guarded_call import call_engine, surround_engine_calls, synthesis_timeout_s
from voiceguide.speech.engines.registry import create_engine, list_voices
from voiceguide.speech.narrator import Narrator
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.model import Line

TEXT = "Place both feet in the warm water."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the faulty engines."""
    folder = tmp_path_factory.mktemp("site")
    install_faulty(folder)
    return folder


@pytest.fixture(autouse=True)
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(folder)
    registry._entry_points.cache_clear()
    yield
    registry._entry_points.cache_clear()


def line(voice: str, text: str = TEXT) -> Line:
    return Line((text,), voice, 1.0, "en")


def failure(voice: str, cache: DiskCache) -> str:
    with Narrator(cache) as narrator, pytest.raises(SpeechError) as caught:
        narrator.synthesize_missing([line(voice)])
    assert cache.usage() == (0, 0), "a faulty clip was cached"
    return str(caught.value)


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache")


def test_a_working_engine_is_used(cache: DiskCache) -> None:
    with Narrator(cache) as narrator:
        narrator.synthesize_missing([line("sound")])
        assert narrator.measure(line("sound")).exact
        assert 80_000 < narrator.clip(line("sound")).size < 96_000


ADVICE = "Try different words or another voice."


@pytest.mark.parametrize(
    ("engine", "reason"),
    [
        ("refuses", "The studio is closed on Sundays. Come back tomorrow."),
        (
            "crashes",
            "The engine crashes failed to synthesize this text: RuntimeError: out of cheese. Choose another voice.",
        ),
        ("exits", "The engine exits failed to synthesize this text: SystemExit: goodbye. Choose another voice."),
        (
            "interrupts",
            "The engine interrupts failed to synthesize this text: KeyboardInterrupt. Choose another voice.",
        ),
        ("silent", f"The engine returned silence. {ADVICE}"),
        ("nothing", f"The engine returned NoneType instead of Speech. {ADVICE}"),
        ("endless", f"The engine's audio is 200.06 s long. This text should take 0.15 to 13.00 s. {ADVICE}"),
        ("blip", f"The engine's audio is 0.07 s long. This text should take 0.15 to 13.00 s. {ADVICE}"),
        ("holes", f"The engine returned samples that are not numbers (NaN or infinity). {ADVICE}"),
        ("rateless", f"The engine returned audio at 0 Hz, which is not a valid sample rate for speech. {ADVICE}"),
        ("half", f"The engine's audio is cut off in the middle of a word. {ADVICE}"),
    ],
)
def test_a_failure_is_an_error_with_the_text_and_the_reason(engine: str, reason: str, cache: DiskCache) -> None:
    assert failure(engine, cache) == f'"{TEXT}" could not be spoken. {reason}'


def test_a_slow_voice_has_time_for_a_line() -> None:
    """On a busy computer, kokoro did not finish a line of 107 characters within 51 s, which ended the build."""
    assert synthesis_timeout_s("x" * 107) > 120


def test_an_engine_that_hangs_is_abandoned_after_its_time_limit(
    cache: DiskCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voiceguide.speech.narrator.synthesis_timeout_s", lambda text: 0.3)
    monkeypatch.setattr("voiceguide.speech.engines.registry.CLOSE_TIMEOUT_S", 0.2)
    assert failure("hangs", cache) == (
        f'"{TEXT}" could not be spoken. The engine hangs did not synthesize this text within 0.3 s. '
        "Choose another voice."
    )


PROGRAM = """
import sys, voiceguide.speech.narrator
voiceguide.speech.narrator.synthesis_timeout_s = lambda text: 0.5
from voiceguide.cli.main import main
main()
"""


def test_the_program_exits_although_an_engine_hangs(folder: Path, tmp_path: Path) -> None:
    """A thread that hangs must not keep the interpreter from exiting."""
    command = [sys.executable, "-c", PROGRAM, "say", TEXT, "--voice", "hangs", "-o", str(tmp_path / "x.wav")]
    done = subprocess.run(command, env=environment_with(folder), capture_output=True, text=True, timeout=HANG_S)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f'"{TEXT}" could not be spoken. The engine hangs did not synthesize this text within 0.5 s. '
        "Choose another voice.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_build_stops_and_leaves_no_file(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "short.yaml"
    script.write_text(
        "voiceguide: 1\ntitle: Short\nlanguage: en\nvoice: crashes\n"
        f'stages:\n  - stage: Soak\n    steps:\n      - say: "{TEXT}"\n        for: 10s\n'
    )
    command = [sys.executable, "-m", "voiceguide", "build", str(script), "-o", str(tmp_path / "short.mp3")]
    done = subprocess.run(command, env=environment_with(folder), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    reason = "The engine crashes failed to synthesize this text: RuntimeError: out of cheese. Choose another voice."
    assert f'"{TEXT}" could not be spoken. {reason}' in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [script]


def test_what_an_engine_prints_can_be_sent_to_stderr(
    cache: DiskCache, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded_call, "_surrounding_context", engine_prints_to_stderr)
    with Narrator(cache) as narrator:
        narrator.synthesize_missing([line("chatty"), line("chatty", "Another text to be spoken.")])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("Thank you for choosing the chatty engine!") == 2
    print("still here")
    assert capsys.readouterr().out == "still here\n"


def test_a_context_surrounds_every_engine_call(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []

    @contextlib.contextmanager
    def record() -> Iterator[None]:
        events.append("enter")
        yield
        events.append("exit")

    monkeypatch.setattr(guarded_call, "_surrounding_context", contextlib.nullcontext)
    surround_engine_calls(record)
    for _ in range(2):
        call_engine("tone", "load", lambda: events.append("call"))
    assert events == ["enter", "call", "exit"] * 2


def test_by_default_an_engine_call_changes_nothing_in_the_process() -> None:
    program = (
        "import sys; from voiceguide.speech.engines.guarded_call import call_engine; stdout = sys.stdout; "
        "print(call_engine('tone', 'load', lambda: sys.stdout is stdout))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=HANG_S)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_json_on_stdout_stays_json(folder: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voiceguide", "voices", "--json"]
    done = subprocess.run(command, env=environment_with(folder), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert {voice["engine"] for voice in json.loads(done.stdout)["voices"]} >= {"hibari", "sound", "tone"}


def test_a_clip_that_changes_between_timeline_and_mix_is_an_error(cache: DiskCache) -> None:
    with Narrator(cache) as narrator:
        narrator.synthesize_missing([line("unstable")])
        narrator._speech_samples.cache_clear()
        cache.clear()
        with pytest.raises(SpeechError) as caught:
            narrator.clip(line("unstable"))
    assert str(caught.value) == (
        f'"{TEXT}" could not be spoken. Its clip was removed from the cache in the meantime, and the engine spoke it '
        "differently this time. Build again."
    )


@pytest.mark.parametrize(
    ("engine", "message"),
    [
        (
            "unmakeable",
            "The engine unmakeable failed to load: OSError: license file not found. "
            "Reinstall the package faulty-voices, or choose another voice.",
        ),
        (
            "absent",
            "The engine absent failed to load: ModuleNotFoundError: No module named 'no_such_module'. Reinstall the "
            "package faulty-voices, or choose another voice.",
        ),
        (
            "shapeless",
            "The engine shapeless does not implement the engine protocol. Missing: parallel, version, voices, "
            "synthesize, close. Report this to its authors.",
        ),
    ],
)
def test_an_engine_that_does_not_load_says_why(engine: str, message: str) -> None:
    with pytest.raises(SpeechError) as caught:
        create_engine(engine)
    assert str(caught.value) == message


def test_voices_are_listed_although_some_engines_fail() -> None:
    voices, failures = list_voices(["mute", "sound", "absent"])
    assert [voice.full_name for voice in voices] == ["sound/only"]
    assert failures["mute"] == (
        "The engine mute failed to list its voices: OSError: the list is on the other computer. They are left out."
    )
    assert set(failures) == {"mute", "absent"}


def test_a_package_cannot_replace_a_built_in_engine() -> None:
    """A package that registers "hibari" could otherwise replace it, depending on the order of packages on disk."""
    assert type(create_engine("hibari")).__module__ == "voiceguide.speech.engines.hibari.engine"


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("kind", [GeneratorExit, UnprintableError])
def test_an_odd_exception_is_an_error_too(kind: type[BaseException]) -> None:
    """Both ended the program with a traceback."""

    def fail() -> None:
        raise kind

    with pytest.raises(SpeechError, match=kind.__name__):
        call_engine("odd", "synthesize this text", fail)
