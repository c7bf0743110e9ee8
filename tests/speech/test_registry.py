"""Which engine and voice a name means, and the error for a name that means none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faulty_engines import environment_with, install
from tests.support.timing import HANG_S
from voiceguide.errors import SpeechError
from voiceguide.speech.engines import registry
from voiceguide.speech.engines.pyttsx3.engine import Pyttsx3Engine
from voiceguide.speech.engines.registry import (
    ResolvedVoice,
    create_engine,
    engine_names,
    list_voices,
    resolve_voice,
)

THIRD_PARTY = Path(__file__).parents[1] / "data" / "third_party_engine"


@pytest.fixture(scope="module", autouse=True)
def voices_listed_once() -> Iterator[None]:
    """eSpeak lists its voices in a process of its own, which takes a third of a second. Once is enough."""
    engine = Pyttsx3Engine()
    voices = engine.voices()
    engine.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pyttsx3Engine, "voices", lambda self: voices)
        yield


@pytest.mark.parametrize(
    ("requested", "language", "engine", "voice"),
    [
        ("", "en-US", "hibari", "heart"),
        ("", "EN", "hibari", "heart"),
        ("", "en_GB", "hibari", "heart"),
        ("", "de-DE", "pico", "de-DE"),
        ("", "es-MX", "pico", "es-ES"),
        ("", "pt-BR", "pyttsx3", ""),
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
def test_a_requested_voice_is_resolved(requested: str, language: str, engine: str, voice: str) -> None:
    assert resolve_voice(requested, language) == ResolvedVoice(engine, voice)


@pytest.mark.parametrize(
    ("requested", "hint"),
    [
        ("hart", 'Did you mean "heart"?'),
        ("emmma", 'Did you mean "emma"?'),
        ("pytsx3", 'Did you mean "pyttsx3"?'),
        ("gmw/en-gbb", 'Did you mean "pyttsx3/gmw/en-gb"'),
    ],
)
def test_an_unknown_voice_suggests_similar_names(requested: str, hint: str) -> None:
    with pytest.raises(SpeechError) as caught:
        resolve_voice(requested, "en")
    assert str(caught.value).startswith(f'Unknown voice "{requested}". {hint}')
    assert str(caught.value).endswith("The list of voices shows every name.")


def test_an_unknown_voice_unlike_any_other_lists_the_choices() -> None:
    with pytest.raises(SpeechError) as caught:
        resolve_voice("Maximilian the Second", "en")
    available = ", ".join(["heart", "emma", "fenrir", "fable", "kore", *engine_names()])
    assert str(caught.value) == (
        f'Unknown voice "Maximilian the Second". Available voices and engines: {available}. '
        "The list of voices shows every name."
    )


def test_an_unknown_engine_lists_the_engines() -> None:
    with pytest.raises(SpeechError) as caught:
        create_engine("festival")
    assert str(caught.value) == f'Unknown speech engine "festival". Available engines: {", ".join(engine_names())}.'


@pytest.fixture
def hum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Installs the example of docs/voices.md."""
    install(tmp_path, THIRD_PARTY / "hum_engine.py", "voiceguide-hum", {"hum": "hum_engine:HumEngine"})
    monkeypatch.syspath_prepend(tmp_path)
    registry._entry_points.cache_clear()
    registry._find_voice_by_name.cache_clear()
    yield tmp_path
    registry._entry_points.cache_clear()
    registry._find_voice_by_name.cache_clear()


def test_a_third_party_engine_is_found(hum: Path) -> None:
    assert resolve_voice("hum/low", "de") == ResolvedVoice("hum", "low")
    assert resolve_voice("high", "de") == ResolvedVoice("hum", "high")
    assert [voice.full_name for voice in list_voices(["hum"])[0]] == ["hum/low", "hum/high"]


def test_the_program_speaks_with_a_third_party_engine(hum: Path) -> None:
    command = [sys.executable, "-m", "voiceguide", "say", "One two three", "--voice", "hum/high", "-o", "hum.wav"]
    done = subprocess.run(command, cwd=hum, env=environment_with(hum), capture_output=True, text=True, timeout=HANG_S)
    assert (done.returncode, done.stderr) == (0, "")
    assert 90_000 < os.path.getsize(hum / "hum.wav") < 105_000


def test_telemetry_is_off_before_a_third_party_engine_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """onnxruntime reads the variable only once, and an engine may import it at the top of its module."""
    engine = tmp_path / "importing_engine.py"
    source = (THIRD_PARTY / "hum_engine.py").read_text(encoding="utf-8")
    check = "import os\n\nassert os.environ['ORT_DISABLE_TELEMETRY'] == '1'\n"
    engine.write_text(source.replace("import numpy as np\n", f"import numpy as np\n{check}"), encoding="utf-8")
    folder = tmp_path / "installed"
    install(folder, engine, "voiceguide-importing", {"importing": "importing_engine:HumEngine"})
    command = [sys.executable, "-c", "from voiceguide.speech.engines.registry import *; create_engine('importing')"]
    environment = {**environment_with(folder), "ORT_DISABLE_TELEMETRY": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_example_declares_the_same_entry_point() -> None:
    assert 'hum = "hum_engine:HumEngine"' in (THIRD_PARTY / "pyproject.toml").read_text()


HEAVY = "http.client numpy onnxruntime hibari scipy soxr pyttsx3 piper"


CALLS = (
    "resolve_voice('', 'en')",
    "resolve_voice('heart', 'en')",
    "resolve_voice('pyttsx3/gmw/de', 'de')",
    "create_engine('hibari').version()",
    "language_mismatch_warning('heart', 'de')",
    "check_voice('heart', 'en')",
    "fallback_engine_note('en')",
    "cached_engine_voices('kokoro')",
)


def test_resolving_a_voice_loads_nothing_heavy() -> None:
    """One process makes all calls, and says after each what is loaded."""
    program = "import sys; from voiceguide.speech.engines.registry import *\n"
    program += "from voiceguide.speech.voice_languages import *\n"
    for call in CALLS:
        program += f"{call}; print([name for name in '{HEAVY}'.split() if name in sys.modules])\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=HANG_S)
    loaded = dict(zip(CALLS, done.stdout.splitlines(), strict=True))
    assert loaded == dict.fromkeys(CALLS, "[]"), done.stderr
