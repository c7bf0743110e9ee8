"""Which engine and voice a written name means, and what is said where it means none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faulty_engines import environment_with, install
from voiceguide.errors import SpeechError
from voiceguide.speech.engines import registry
from voiceguide.speech.engines.registry import (
    ResolvedVoice,
    engine_names,
    list_voices,
    load_engine,
    resolve_voice,
)

THIRD_PARTY = Path(__file__).parents[1] / "data" / "third_party_engine"


@pytest.mark.parametrize(
    ("written", "language", "engine", "voice"),
    [
        ("", "en-US", "hibari", "heart"),
        ("", "EN", "hibari", "heart"),
        ("", "en_GB", "hibari", "heart"),
        ("", "de-DE", "pyttsx3", ""),
        ("", "eng", "pyttsx3", ""),
        ("heart", "de", "hibari", "heart"),
        (" Heart ", "en", "hibari", "heart"),
        ("hibari/heart", "en", "hibari", "heart"),
        ("Hibari/heart", "en", "hibari", "heart"),
        ("hibari", "en", "hibari", ""),
        ("pyttsx3/gmw/en-gb", "en", "pyttsx3", "gmw/en-gb"),
        ("gmw/de", "de", "pyttsx3", "gmw/de"),
        ("GMW/DE", "de", "pyttsx3", "gmw/de"),
        ("tone", "en", "tone", ""),
    ],
)
def test_what_a_written_voice_means(written: str, language: str, engine: str, voice: str) -> None:
    assert resolve_voice(written, language) == ResolvedVoice(engine, voice)


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("hart", "Did you mean heart?"),
        ("emmma", "Did you mean emma?"),
        ("pytsx3", "Did you mean pyttsx3?"),
        ("gmw/en-gbb", "Did you mean pyttsx3/gmw/en-gb"),
    ],
)
def test_an_unknown_voice_names_the_near_ones(written: str, hint: str) -> None:
    with pytest.raises(SpeechError) as caught:
        resolve_voice(written, "en")
    assert str(caught.value).startswith(f'There is no voice "{written}". {hint}')
    assert str(caught.value).endswith('"voiceguide voices" lists them all.')


def test_an_unknown_voice_like_no_other_names_what_there_is() -> None:
    with pytest.raises(SpeechError) as caught:
        resolve_voice("Maximilian the Second", "en")
    there_is = ", ".join(["heart", "emma", "fenrir", "fable", "kore", *engine_names()])
    assert str(caught.value) == (
        f'There is no voice "Maximilian the Second". There is {there_is}. "voiceguide voices" lists them all.'
    )


def test_an_unknown_engine_names_those_there_are() -> None:
    with pytest.raises(SpeechError) as caught:
        load_engine("festival")
    assert str(caught.value) == f'There is no speech engine "festival". There is {", ".join(engine_names())}.'


@pytest.fixture
def hum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The example of docs/voices.md, installed."""
    install(tmp_path, THIRD_PARTY / "hum_engine.py", "voiceguide-hum", {"hum": "hum_engine:HumEngine"})
    monkeypatch.syspath_prepend(tmp_path)
    registry._entry_points.cache_clear()
    registry._find_voice_by_name.cache_clear()
    yield tmp_path
    registry._entry_points.cache_clear()
    registry._find_voice_by_name.cache_clear()


def test_a_third_partys_engine_needs_no_change_here(hum: Path) -> None:
    assert resolve_voice("hum/low", "de") == ResolvedVoice("hum", "low")
    assert resolve_voice("high", "de") == ResolvedVoice("hum", "high")
    assert [voice.full_name for voice in list_voices(["hum"])[0]] == ["hum/low", "hum/high"]


def test_the_program_speaks_with_a_third_partys_engine(hum: Path) -> None:
    command = [sys.executable, "-m", "voiceguide", "say", "One two three", "--voice", "hum/high", "-o", "hum.wav"]
    done = subprocess.run(command, cwd=hum, env=environment_with(hum), capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
    assert 90_000 < os.path.getsize(hum / "hum.wav") < 105_000


def test_the_entry_point_is_the_one_its_pyproject_names() -> None:
    assert 'hum = "hum_engine:HumEngine"' in (THIRD_PARTY / "pyproject.toml").read_text()


HEAVY = "numpy onnxruntime hibari scipy soxr pyttsx3 piper"


@pytest.mark.parametrize(
    "doing",
    [
        "choose_voice('', 'en')",
        "choose_voice('heart', 'en')",
        "choose_voice('pyttsx3/gmw/de', 'de')",
        "load_engine('hibari').version()",
        "voice_language_advice('heart', 'de')",
        "check_voice('heart', 'en')",
        "stand_in_note('en')",
    ],
)
def test_choosing_loads_nothing_heavy(doing: str) -> None:
    program = "import sys; from voiceguide.speech.engines.registry import *; "
    program += f"from voiceguide.speech.voice_languages import *; {doing}; "
    program += f"print([name for name in '{HEAVY}'.split() if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "[]", done.stderr
