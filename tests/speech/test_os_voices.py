"""pyttsx3's public API, as on macOS and Windows, with drivers of our own in the place of NSSpeech and SAPI 5."""

from __future__ import annotations

import math
import re
import time
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
    """Puts the drivers into the children the way a site would: by its sitecustomize."""
    monkeypatch.setenv("PYTHONPATH", str(FAKE_DRIVERS))


def loud_s(engine: Pyttsx3Engine, voice: str, pace: float) -> float:
    speech = engine.synthesize(LINE, voice, pace, "en-US")
    assert speech.samples.dtype == np.float32
    assert np.abs(speech.samples).max() == pytest.approx(9000 / 32768, rel=0.01)
    return len(speech.samples) / speech.rate


@pytest.mark.parametrize(("driver", "voice"), [("nsss", "plain"), ("nsss", "wav"), ("sapi5", "TTS_HEDDA")])
def test_a_clip_of_either_kind_of_file_is_read_at_the_pace_asked(driver: str, voice: str) -> None:
    engine = Pyttsx3Engine(driver=driver)
    own = len(LINE) / 15 * (175 / 156.63 if driver == "sapi5" else 1)
    assert loud_s(engine, voice, 1.0) == pytest.approx(own, rel=0.01)
    assert loud_s(engine, voice, 0.8) == pytest.approx(own / 0.8, rel=0.06)
    engine.close()


def test_voices_have_short_names_and_tags_of_bcp_47() -> None:
    first, second, *_ = Pyttsx3Engine(driver="nsss").voices()
    assert (first, second) == (
        Voice("pyttsx3", "TTS_HEDDA", "de-DE", "female"),
        Voice("pyttsx3", "plain", "en-US", "female"),
    )


@pytest.mark.parametrize(
    ("voice", "cause"),
    [
        ("raises", "ValueError: unknown voice id raises"),
        ("another voice", "the driver spoke with plain in place of another voice"),
        ("another rate", "the driver spoke at 200 in place of 175 words a minute"),
        ("short", "the clip lasts 0.13 s where 0.28 to 11.00 s were to be expected"),
        ("empty", "the clip is silent for all its 0.00 s"),
        ("text", "the driver wrote a file that is neither WAV nor AIFF"),
        ("nothing", "the driver wrote no file"),
        ("stops early", "the driver stopped before the words were finished"),
        ("stopped", "the driver stopped before the words were finished"),
    ],
)
def test_whatever_goes_wrong_is_an_error_that_names_the_cause(voice: str, cause: str) -> None:
    """pyttsx3 reports none of these."""
    with pytest.raises(SpeechError) as caught:
        Pyttsx3Engine(driver="nsss").synthesize(LINE, voice, 1.0, "en-US")
    assert str(caught.value) == (
        f'pyttsx3 could not speak "{LINE}" with the voice {voice}, twice: {cause}. '
        "Try other words or another voice; voiceguide doctor shows what is missing."
    )


@pytest.mark.parametrize(
    ("voice", "cause"),
    [
        ("crashes", r"its process ended with SIGABRT \(.*\)"),
        ("cut", r"the clip (cannot be decoded \(.+\)|is silent for all its 0\.00 s)"),
    ],
)
def test_a_crash_or_a_torn_file_is_an_error_with_the_last_words(voice: str, cause: str) -> None:
    with pytest.raises(SpeechError) as caught:
        Pyttsx3Engine(driver="nsss").synthesize(LINE, voice, 1.0, "en-US")
    assert re.search(rf"twice: {cause}\. Try other words", str(caught.value), re.DOTALL)


def test_a_driver_that_hangs_is_ended() -> None:
    engine = Pyttsx3Engine(driver="sapi5", clip_timeout_s=0.7)
    engine.voices()
    started = time.monotonic()
    with pytest.raises(SpeechError, match=r", twice: no answer within 0\.726 s\. Try other words"):
        engine.synthesize(LINE, "hangs", 1.0, "en-US")
    assert time.monotonic() - started < 3


def test_a_driver_that_is_not_there_is_an_error_that_names_it() -> None:
    with pytest.raises(SpeechError) as caught:
        Pyttsx3Engine(driver="none").voices()
    assert str(caught.value) == (
        "pyttsx3 could not list its voices, twice: the driver none does not open "
        "(ModuleNotFoundError: No module named 'pyttsx3.drivers.none'). "
        "Choose another engine; voiceguide doctor shows what is missing."
    )


def test_a_child_imports_nothing_from_the_folder_it_stands_in(tmp_path: Path) -> None:
    for name in ("pyttsx3", "yaml", "json", "runpy", "voiceguide", "faulthandler"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module was imported')")
    request = {"driver": "none", "limit_s": 5}
    answer = call_module("voiceguide.speech.engines.pyttsx3.driver_process", request, str(tmp_path), 10)
    assert answer["error"].startswith("the driver none does not open")


def test_the_version_names_driver_and_system() -> None:
    assert re.fullmatch(r"pyttsx3 2\.99, nsss, \w+ .+", Pyttsx3Engine(driver="nsss").version())


@pytest.mark.parametrize("pace", [0.5, 0.66, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0])
def test_sapi_gets_the_step_nearest_to_the_pace(pace: float) -> None:
    """The driver cuts to whole steps: 0.9 asked for plainly may become 1.0."""
    step = int(math.log(ProcessPerClipBackend("sapi5", 1, 60.0).pace_to_wpm(pace, "en-US") / 156.63, 1.11))
    assert 1.11**step == pytest.approx(pace, rel=0.06)
