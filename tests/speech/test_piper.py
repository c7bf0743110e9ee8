"""piper's voices: where they are found, and how they are chosen by name, path or language."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.support.long_forms import long
from voiceguide.errors import SpeechError
from voiceguide.speech.engines.piper.chinese_models import require_chinese_models
from voiceguide.speech.engines.piper.engine import MAX_PIECE_CHARS, PiperEngine
from voiceguide.speech.engines.piper.voice_files import PiperVoiceFile, find_piper_voice, installed_piper_voices
from voiceguide.speech.engines.registry import ResolvedVoice, cached_engine_voices, resolve_voice
from voiceguide.speech.voice_languages import fallback_engine_note

JOE = "en_US-joe-medium"


@pytest.fixture(scope="module")
def engine() -> Iterator[PiperEngine]:
    """An engine that reads the voice in the package once."""
    engine = PiperEngine()
    yield engine
    engine.close()


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


@long
def test_a_path_selects_a_voice_too(tmp_path: Path, engine: PiperEngine) -> None:
    joe = find_piper_voice(JOE, "en-US").model_path
    copied = tmp_path / "my voice.onnx"
    shutil.copy(joe, copied)
    shutil.copy(f"{joe}.json", f"{copied}.json")
    by_name, by_path = (engine.synthesize("Breathe out.", voice, 1.0, "en-US") for voice in (JOE, str(copied)))
    assert np.array_equal(by_name.samples, by_path.samples)


@pytest.mark.parametrize(
    ("voice", "language", "message"),
    [
        (
            "nobody",
            "en-US",
            f'No piper voice named "nobody" is installed. Installed voices: {JOE}. '
            "voiceguide voices --get NAME downloads one.",
        ),
        (
            "",
            "de",
            f"No piper voice for the language de is installed. Installed voices: {JOE}. "
            "voiceguide voices --get NAME downloads one.",
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


@pytest.mark.parametrize("text", ["", "[]", "{}", "not JSON", '{"language": {"code": "de"', "[" * 500_000])
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


@pytest.mark.parametrize(("extension", "max_mb"), [(".onnx.json", 1), (".onnx", 512)])
def test_a_file_that_is_too_large_is_not_read(folder: Path, extension: str, max_mb: int) -> None:
    """A configuration of 1.5 GB took 3 GB of memory. Then, every other voice was refused because of this one."""
    put_voice(folder, "big", {"language": {"code": "de"}})
    os.truncate(folder / f"big{extension}", (max_mb << 20) + 1)
    for voice in ("big", str(folder / "big.onnx")):
        with pytest.raises(SpeechError) as caught:
            PiperEngine().check_voice(voice, "de")
        assert str(caught.value) == (
            f"{folder / f'big{extension}'} is larger than {max_mb} MB, which is too large for a piper voice. "
            "Choose another voice."
        )
    PiperEngine().check_voice(JOE, "en")
    listed = {voice.name: (voice.installed, voice.note) for voice in PiperEngine().voices()}
    assert listed == {JOE: (True, ""), "big": (False, str(caught.value))}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes in folders")
def test_a_pipe_is_not_a_model(folder: Path) -> None:
    """Opening it would wait forever."""
    put_voice(folder, "pipe", {"language": {"code": "de"}}).unlink()
    os.mkfifo(folder / "pipe.onnx")
    assert [voice.name for voice in installed_piper_voices()] == [JOE]
    with pytest.raises(SpeechError, match="incomplete"):
        find_piper_voice(str(folder / "pipe.onnx"), "de")


def test_the_name_of_an_installed_voice_is_never_read_as_a_path(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    put_voice(here, "odd", {"language": {"code": "fr"}})
    model = put_voice(folder, "odd.onnx", {"language": {"code": "de"}})
    assert find_piper_voice("odd.onnx", "de").model_path == model


@long
def test_what_piper_would_download_is_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """piper downloads the models that Chinese voices need without asking, or asks huggingface.co for newer ones."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    joe = find_piper_voice(JOE, "en-US").model_path
    config = json.loads(Path(f"{joe}.json").read_text("utf-8"))
    model = put_voice(folder, "zh_CN-x", {**config, "phoneme_type": "pinyin", "language": {"code": "zh_CN"}})
    model.unlink()
    model.symlink_to(joe)
    models = folder / "g2pW"
    tokenizer = folder / "tokenizer"

    def answer() -> str:
        with pytest.raises(SpeechError) as caught:
            PiperEngine().synthesize("Ni hao.", "zh_CN-x", 1.0, "zh-CN")
        return str(caught.value)

    assert answer() == (
        f"The piper voice zh_CN-x needs the g2pW model, which is not in {models}. "
        "Download the model and unpack it there."
    )
    for where in (models, tokenizer):
        where.mkdir()
    (models / "g2pw.onnx").write_bytes(b"not read here")
    if not find_spec("huggingface_hub"):
        assert answer() == (
            'The piper voice zh_CN-x needs the packages for Chinese. Install them with: pip install "piper-tts[zh]"'
        )
    (models / "config.py").write_text(f"model_source = '{tokenizer}'\n", "utf-8")
    assert answer() == f"The piper voice zh_CN-x needs vocab.txt in {tokenizer}, the folder of its tokenizer."
    (tokenizer / "vocab.txt").write_text("[UNK]\n", "utf-8")
    require_chinese_models("zh_CN-x", models)
    assert os.environ["HF_HUB_OFFLINE"] == "1"


def test_changed_files_change_the_version(folder: Path) -> None:
    """Otherwise a cached clip of the old voice would be used."""
    model = put_voice(folder, "own", {"language": {"code": "de"}})
    first = PiperEngine().voice_version("own")
    assert PiperEngine().voice_version("own") == first
    model.write_bytes(b"another model")
    assert PiperEngine().voice_version("own") != first


def test_text_in_double_brackets_is_not_read_as_phonemes(engine: PiperEngine) -> None:
    plain = engine.synthesize("Count to 77.", JOE, 1.0, "en-US").samples
    bracketed = engine.synthesize("Count to [[77]].", JOE, 1.0, "en-US").samples
    assert bracketed.size > 0.8 * plain.size


@long
def test_a_long_text_is_spoken_completely(engine: PiperEngine) -> None:
    """Its words have many letters for what is heard of them, and are spoken fast."""
    sentence = "Through straight strength. "
    one = engine.synthesize(sentence, JOE, 1.6, "en-US").samples.size
    count = 4 * MAX_PIECE_CHARS // 3 // len(sentence)  # two pieces
    spoken = engine.synthesize(sentence * count, JOE, 1.6, "en-US").samples.size
    assert spoken > 1.1 * count * one, "it also has a pause after each sentence"


def test_an_installed_piper_voice_is_the_default_for_its_language(folder: Path) -> None:
    put_voice(folder, "de_DE-x", {"language": {"code": "de_DE"}})
    cached_engine_voices.cache_clear()
    try:
        assert resolve_voice("", "de-AT") == ResolvedVoice("piper", "de_DE-x")
        assert resolve_voice("", "fr") == ResolvedVoice("pico", "fr-FR")
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
