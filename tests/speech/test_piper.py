"""piper's voices: where they are found, and how they are chosen by name, path or language."""

from __future__ import annotations

import json
import shutil
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.piper.engine import MAX_PIECE_CHARS, PiperEngine
from voiceguide.speech.engines.piper.voice_files import PiperVoiceFile, find_piper_voice, installed_piper_voices
from voiceguide.speech.engines.registry import ResolvedVoice, cached_engine_voices, resolve_voice
from voiceguide.speech.voice_languages import fallback_engine_note

JOE = "en_US-joe-medium"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder for voices."""
    monkeypatch.setenv("VOICEGUIDE_PIPER_VOICES", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def put_voice(folder: Path, name: str, config: object) -> Path:
    """Write the two files of a voice. The model itself is invalid."""
    (folder / f"{name}.onnx").write_bytes(b"model")
    (folder / f"{name}.onnx.json").write_text(json.dumps(config))
    return folder / f"{name}.onnx"


def test_a_voice_in_a_package_is_found() -> None:
    (joe,) = [voice for voice in PiperEngine().voices() if voice.name == JOE]
    assert (joe.full_name, joe.language, joe.quality, joe.installed) == (f"piper/{JOE}", "en-US", "natural", True)


@pytest.mark.parametrize(
    ("config", "language"),
    [
        ({"language": {"code": "de_DE"}}, "de-DE"),
        ({"language": {"code": "eo"}}, "eo"),
        ({"espeak": {"voice": "es"}}, "es"),
        ({"language": {}, "espeak": {"voice": "en-gb"}}, "en-GB"),
    ],
)
def test_the_language_of_a_voice_is_read_from_its_configuration(folder: Path, config: object, language: str) -> None:
    model = put_voice(folder, "own", config)
    assert PiperVoiceFile("own", model, language) in installed_piper_voices()
    assert find_piper_voice("", language).language == language


def test_a_model_without_a_configuration_is_ignored(folder: Path) -> None:
    (folder / "half.onnx").write_bytes(b"model")
    assert [voice.name for voice in installed_piper_voices()] == [JOE]


def test_a_voice_in_the_users_folder_wins_over_a_package(folder: Path) -> None:
    model = put_voice(folder, JOE, {"language": {"code": "en_US"}})
    assert find_piper_voice(JOE, "en-US").model_path == model


def test_a_path_selects_a_voice_too(tmp_path: Path) -> None:
    joe = find_piper_voice(JOE, "en-US").model_path
    copied = tmp_path / "my voice.onnx"
    shutil.copy(joe, copied)
    shutil.copy(f"{joe}.json", f"{copied}.json")
    engine = PiperEngine()
    by_name, by_path = (engine.synthesize("Breathe out.", voice, 1.0, "en-US") for voice in (JOE, str(copied)))
    assert np.array_equal(by_name.samples, by_path.samples)


@pytest.mark.parametrize(
    ("voice", "language", "message"),
    [
        (
            "nobody",
            "en-US",
            f'No piper voice named "nobody" is installed. Installed voices: {JOE}. '
            "See docs/voices.md for where to get voices and where to put them.",
        ),
        (
            "",
            "de",
            f"No piper voice for the language de is installed. Installed voices: {JOE}. "
            "See docs/voices.md for where to get voices and where to put them.",
        ),
        (
            "/no/such.onnx",
            "en",
            "The piper voice /no/such.onnx is incomplete. Missing: such.onnx and such.onnx.json. "
            "A voice needs a .onnx and a .onnx.json file.",
        ),
    ],
)
def test_a_missing_voice_is_an_error(folder: Path, voice: str, language: str, message: str) -> None:
    with pytest.raises(SpeechError) as caught:
        PiperEngine().synthesize("Hello.", voice, 1.0, language)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", ["", "[]", "{}", "not JSON", '{"language": {"code": "de"'])
def test_an_invalid_configuration_is_an_error_that_names_it(folder: Path, text: str) -> None:
    model = put_voice(folder, "own", {})
    Path(f"{model}.json").write_text(text)
    with pytest.raises(SpeechError) as caught:
        find_piper_voice(str(model), "de")
    assert str(caught.value).startswith(f"{model}.json is not a valid piper voice configuration (")
    assert str(caught.value).endswith("). Download the voice again.")


def test_an_invalid_model_is_an_error(folder: Path) -> None:
    joe = find_piper_voice(JOE, "en-US").model_path
    model = put_voice(folder, "broken", json.loads(Path(f"{joe}.json").read_text("utf-8")))
    with pytest.raises(SpeechError) as caught:
        PiperEngine().synthesize("Hello.", "broken", 1.0, "en-US")
    assert str(caught.value).startswith(f"The piper voice {model} cannot be loaded (")


def test_changed_files_change_the_version(folder: Path) -> None:
    """Otherwise a cached clip of the old voice would be used."""
    model = put_voice(folder, "own", {"language": {"code": "de"}})
    first = PiperEngine().voice_version("own")
    assert PiperEngine().voice_version("own") == first
    model.write_bytes(b"another model")
    assert PiperEngine().voice_version("own") != first


def test_text_in_double_brackets_is_not_read_as_phonemes() -> None:
    engine = PiperEngine()
    plain = engine.synthesize("Count to 7777.", JOE, 1.0, "en-US").samples
    bracketed = engine.synthesize("Count to [[7777]].", JOE, 1.0, "en-US").samples
    assert bracketed.size > 0.8 * plain.size


def test_a_long_text_is_spoken_completely() -> None:
    engine = PiperEngine()
    sentence = "Stroke from the toes to the ankle. "
    one = engine.synthesize(sentence, JOE, 1.0, "en-US").samples.size
    count = 3 * MAX_PIECE_CHARS // len(sentence)
    assert engine.synthesize(sentence * count, JOE, 1.0, "en-US").samples.size > 0.9 * count * one


def test_an_installed_piper_voice_is_the_default_for_its_language(folder: Path) -> None:
    put_voice(folder, "de_DE-x", {"language": {"code": "de_DE"}})
    cached_engine_voices.cache_clear()
    try:
        assert resolve_voice("", "de-AT") == ResolvedVoice("piper", "de_DE-x")
        assert resolve_voice("", "fr").engine == "pyttsx3"
        assert resolve_voice("", "en-GB") == ResolvedVoice("hibari", "heart")
        assert fallback_engine_note("de") == (
            "heart does not speak de, so piper is used instead. The list of voices shows other choices."
        )
    finally:
        cached_engine_voices.cache_clear()


def test_without_piper_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setitem(sys.modules, "piper", None)
    monkeypatch.setattr("voiceguide.speech.engines.piper.engine.find_spec", lambda name: None)
    hint = 'Install it with: pip install "voiceguide[piper]"'
    assert {(voice.installed, voice.note) for voice in PiperEngine().voices()} == {(False, hint)}
    with pytest.raises(SpeechError) as caught:
        PiperEngine().synthesize("Hello.", JOE, 1.0, "en-US")
    assert str(caught.value) == f"piper is not installed. {hint}"
    monkeypatch.setattr(metadata, "version", absent)
    with pytest.raises(SpeechError) as caught:
        PiperEngine().version()
    assert str(caught.value) == f"piper is not installed. {hint}"
