"""pyttsx3's public API, as used on macOS and Windows, with fake drivers in place of NSSpeech and SAPI 5."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Voice
from voiceguide.speech.engines.pyttsx3.engine import Pyttsx3Engine
from voiceguide.speech.engines.pyttsx3.os_voices import ProcessPerClipBackend
from voiceguide.system.python_child import call_module

FAKE_DRIVERS = Path(__file__).parents[1] / "data" / "fake_drivers"
LINE = "Both thumbs on the instep."


@pytest.fixture(autouse=True)
def drivers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Installs the fake drivers in the child processes through a sitecustomize module."""
    monkeypatch.setenv("PYTHONPATH", str(FAKE_DRIVERS))


def length_s(engine: Pyttsx3Engine, voice: str, pace: float) -> float:
    speech = engine.synthesize(LINE, voice, pace, "en-US")
    assert speech.samples.dtype == np.float32
    assert np.abs(speech.samples).max() == pytest.approx(9000 / 32768, rel=0.01)
    return len(speech.samples) / speech.rate


@pytest.mark.parametrize(("driver", "voice"), [("nsss", "plain"), ("nsss", "wav"), ("sapi5", "TTS_HEDDA")])
def test_wav_and_aiff_clips_are_read_at_the_requested_pace(driver: str, voice: str) -> None:
    engine = Pyttsx3Engine(driver=driver)
    normal_s = len(LINE) / 15 * (175 / 156.63 if driver == "sapi5" else 1)
    assert length_s(engine, voice, 1.0) == pytest.approx(normal_s, rel=0.01)
    assert length_s(engine, voice, 0.8) == pytest.approx(normal_s / 0.8, rel=0.06)
    engine.close()


def test_voices_have_short_names_and_bcp_47_tags() -> None:
    first, second, *_ = Pyttsx3Engine(driver="nsss").voices()
    assert (first, second) == (
        Voice("pyttsx3", "TTS_HEDDA", "de-DE", "female"),
        Voice("pyttsx3", "plain", "en-US", "female"),
    )


@pytest.mark.parametrize(
    ("voice", "cause"),
    [
        ("raises", "ValueError: unknown voice id raises"),
        ("another voice", "the driver used the voice plain instead of another voice"),
        ("another rate", "the driver spoke at 200 instead of 175 words per minute"),
        ("short", "the clip lasts 0.13 s instead of the expected 0.28 to 11.00 s"),
        ("empty", "the clip is 0.00 s long and silent"),
        ("text", "the driver wrote a file that is neither WAV nor AIFF"),
        ("nothing", "the driver wrote no file"),
        ("stops early", "the driver stopped before the end of the text"),
        ("stopped", "the driver stopped before the end of the text"),
    ],
)
def test_every_failure_is_an_error_with_its_cause(voice: str, cause: str) -> None:
    """pyttsx3 itself reports none of these."""
    with pytest.raises(SpeechError) as caught:
        Pyttsx3Engine(driver="nsss").synthesize(LINE, voice, 1.0, "en-US")
    assert str(caught.value) == (
        f'pyttsx3 failed twice to speak "{LINE}" with the voice {voice}: {cause}. '
        "Try different words or another voice, or check the installation."
    )


@pytest.mark.parametrize(
    ("voice", "cause"),
    [
        ("crashes", r"its process ended with SIGABRT( \(.*\))?"),
        ("cut", r"the clip (cannot be decoded \(.+\)|is 0\.00 s long and silent)"),
    ],
)
def test_a_crash_or_a_truncated_file_is_an_error_with_the_last_output(voice: str, cause: str) -> None:
    with pytest.raises(SpeechError) as caught:
        Pyttsx3Engine(driver="nsss").synthesize(LINE, voice, 1.0, "en-US")
    assert re.search(rf"the voice {voice}: {cause}\. Try different words", str(caught.value), re.DOTALL)


def test_a_driver_that_hangs_is_killed() -> None:
    engine = Pyttsx3Engine(driver="sapi5")
    engine.voices()
    engine._backend._clip_timeout_s = 0.7  # type: ignore[attr-defined]
    with pytest.raises(SpeechError, match=r": no answer within 0\.726 s\. Try different words"):
        engine.synthesize(LINE, "hangs", 1.0, "en-US")


def test_a_missing_driver_is_an_error_that_names_it() -> None:
    with pytest.raises(SpeechError) as caught:
        Pyttsx3Engine(driver="none").voices()
    assert str(caught.value) == (
        "pyttsx3 failed twice to list its voices: the driver none cannot be opened "
        "(ModuleNotFoundError: No module named 'pyttsx3.drivers.none'). "
        "Choose another engine, or check the installation."
    )


def test_a_child_imports_nothing_from_its_working_directory(tmp_path: Path) -> None:
    for name in ("pyttsx3", "yaml", "json", "runpy", "voiceguide", "faulthandler"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module was imported')")
    request = {"driver": "none", "limit_s": 5}
    answer = call_module("voiceguide.speech.engines.pyttsx3.driver_process", request, str(tmp_path), 10)
    assert answer["error"].startswith("the driver none cannot be opened")


def test_the_version_names_the_driver_and_the_system() -> None:
    assert re.fullmatch(r"pyttsx3 2\.99, nsss, \w+ .+", Pyttsx3Engine(driver="nsss").version())


@pytest.mark.parametrize("pace", [0.5, 0.66, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0])
def test_sapi_gets_the_step_nearest_to_the_pace(pace: float) -> None:
    """The driver truncates to whole steps, so 0.9 could become 1.0."""
    step = int(math.log(ProcessPerClipBackend("sapi5", 1, 60.0).pace_to_wpm(pace, "en-US") / 156.63, 1.11))
    assert 1.11**step == pytest.approx(pace, rel=0.06)
