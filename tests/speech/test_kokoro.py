"""kokoro: what its model gets for a text, its files, and how its voices are chosen. Most tests use a tiny model."""

from __future__ import annotations

import json
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.kokoro_model import FRAMES_PER_PHONEME, write_kokoro_files
from tests.support.timing import HANG_S
from voiceguide.errors import SpeechError
from voiceguide.speech.engines.kokoro import engine
from voiceguide.speech.engines.kokoro.engine import KokoroEngine
from voiceguide.speech.engines.kokoro.model_files import MAX_FILE_BYTES, MODEL, VOICES_TABLE
from voiceguide.speech.engines.kokoro.phonemes import phonemes_to_ids, text_to_phonemes
from voiceguide.speech.engines.kokoro.vocabulary import MAX_TOKENS, SYMBOL_IDS
from voiceguide.speech.engines.registry import ResolvedVoice, cached_engine_voices, check_voice, resolve_voice
from voiceguide.speech.voice_languages import fallback_engine_note
from voiceguide.system.python_child import module_command

GET = "Download them with: voiceguide voices --get kokoro (121 MB)"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a tiny model, as if it had been downloaded."""
    monkeypatch.setenv("VOICEGUIDE_KOKORO_FOLDER", str(write_kokoro_files(tmp_path / "kokoro")))
    monkeypatch.setenv("VOICEGUIDE_PIPER_VOICES", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    cached_engine_voices.cache_clear()
    yield tmp_path / "kokoro"
    cached_engine_voices.cache_clear()


def speak(text: str, voice: str = "ef_dora") -> np.ndarray:
    return KokoroEngine().synthesize(text, voice, 1.0, "es").samples


@pytest.mark.parametrize(
    ("espeak_voice", "text", "phonemes"),
    [
        ("es", "¿Respira? ¡Sí! «El niño» (mañana) y [nada].", "respˈiɾa? sˈi! “el nˈiɲo” (maɲˈana) i (nˈaða)."),
        ("es", "el software del weekend", "el sˈoftweɾ ðel wˌeekˈɛnd"),
        ("fr", "Un bon vin blanc, le week-end.", "œ̃ bˈɔ̃ vˈɛ̃ blˈɑ̃, lə wˈiːkˈɛnd."),
        ("it", "Il mouse, città.", "il mˈaʊs, ʧitːˈa."),
        ("pt-br", "Não, mão; bem.", "nˈɐ̃ʊ̃, mˈɐ̃ʊ̃; bˈAŋ."),
        ("hi", "नमस्ते", "nəmˈʌsteː"),
        (
            "it",
            "1.000 passi, 3,5 minuti, alle 10:30.",
            "mˈille pˈaSɪ, trˈe vˈirɡola ʧˈinkwe minˈutɪ, ˌalle djˈɛʧɪ e trˈeːnta.",
        ),
        ("pt-br", "3,5 minutos, 10:30.", "trˈes vˈirɡulæ sˈiŋkʊ mˌinˈutʊs, dˈɛs trˈiŋtæ."),
        ("hi", "3.5 मिनट, 1,00,000 बार", "tˈiːn dəsəmlˈoː pˈãc mˈɪnəʈ, ˈeːk lˈaːkʰ bˈaːɾ"),
        ("hi", "साँस लें। नमस्ते॥", "sˈãns lˈẽː. nəmˈʌsteː."),
        ("it", "Conta: 3,2,1.", "kˈonta: trˈe,dˈue,ˈuno."),
        ("en-us", "Breathe out, my joy. Water, bird, hour.", "bɹˈið ˈWt, mI ʤˈY. wˈɔTəɹ, bˈɜɹd, ˈWəɹ."),
        ("en", "Breathe out. Go there, bird.", "bɹˈiːð ˈWt. ɡˌQ ðˈɛː, bˈɜːd."),
    ],
)
def test_a_text_is_given_to_the_model_as_its_own_front_end_does(espeak_voice: str, text: str, phonemes: str) -> None:
    assert text_to_phonemes(text, espeak_voice) == [phonemes]


def test_a_text_is_cut_to_fit_the_model() -> None:
    sentence = "Desliza los pulgares desde los dedos hasta el talón, despacio y con calma. "
    assert len(text_to_phonemes(sentence * 6, "es")) >= 3
    word = text_to_phonemes("a" * 2000, "es")
    assert max(map(len, word)) <= MAX_TOKENS
    assert len(set(SYMBOL_IDS.values())) == len(SYMBOL_IDS) == 114


def test_a_process_that_hangs_ends_although_its_parent_has_died(tmp_path: Path) -> None:
    """Loading a library from a pipe never returns, like a hang in native code."""
    os.mkfifo(tmp_path / "library.so")
    request = {"library": str(tmp_path / "library.so"), "voice": "es", "parts": ["a"], "limit_s": 1}
    command = module_command("voiceguide.speech.engines.kokoro.espeak_phonemes")
    ended = subprocess.run(
        command, input=json.dumps(request).encode(), capture_output=True, timeout=HANG_S, check=False
    )
    assert ended.returncode == 1
    assert b"Timeout" in ended.stderr


def test_every_phoneme_is_spoken_in_the_style_for_their_number(folder: Path) -> None:
    for text in ("Respira.", "Respira despacio, y suelta el aire."):
        (phonemes,) = text_to_phonemes(text, "es")
        samples = speak(text)
        assert samples.size == FRAMES_PER_PHONEME * (len(phonemes_to_ids(phonemes)) + 2)
        level = 0.5 * (0.2 + (len(phonemes) - 1) / 1000)  # the style of row n has the mean n/1000
        assert np.abs(samples).max() == pytest.approx(level, rel=0.02)


def test_voices_sound_different_and_parts_of_a_long_text_are_joined(folder: Path) -> None:
    assert not np.array_equal(speak("Respira."), speak("Respira.", "em_alex"))
    assert speak("Respira despacio. " * 40).size > 38 * speak("Respira despacio.").size * 0.8


def test_it_is_the_default_of_its_languages_once_downloaded(folder: Path) -> None:
    assert resolve_voice("", "es-MX") == ResolvedVoice("kokoro", "ef_dora")
    assert resolve_voice("", "fr") == ResolvedVoice("kokoro", "ff_siwis")
    assert resolve_voice("", "de") == ResolvedVoice("pico", "de-DE")
    assert resolve_voice("", "en") == ResolvedVoice("hibari", "heart")
    assert resolve_voice("EF_Dora", "es") == ResolvedVoice("kokoro", "ef_dora")
    assert fallback_engine_note("es") == (
        "heart does not speak es, so kokoro is used instead. The list of voices shows other choices."
    )


def test_before_the_download_each_use_says_how_to_get_it() -> None:
    assert {(voice.installed, voice.note) for voice in KokoroEngine().voices()} == {
        (False, "voiceguide voices --get kokoro")
    }
    for use in (lambda: check_voice("kokoro/ef_dora", "es"), lambda: speak("Respira.")):
        with pytest.raises(SpeechError) as caught:
            use()
        assert str(caught.value) == f"The voices of kokoro are not installed. {GET}"


@pytest.mark.parametrize(
    ("voice", "language", "message"),
    [
        ("ef_dara", "es", 'kokoro has no voice "ef_dara". Did you mean "ef_dora"?'),
        (
            "",
            "de",
            "kokoro has no voice for the language de. Its languages: es-ES, fr-FR, it-IT, pt-BR, hi-IN, en-US, en-GB.",
        ),
    ],
)
def test_a_missing_voice_is_an_error(folder: Path, voice: str, language: str, message: str) -> None:
    with pytest.raises(SpeechError) as caught:
        KokoroEngine().synthesize("Respira.", voice, 1.0, language)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", [MODEL.name, VOICES_TABLE.name])
def test_files_that_are_not_right_are_an_error(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"not a model")
    with pytest.raises(SpeechError) as caught:
        speak("Respira.")
    assert str(caught.value).startswith("kokoro's files cannot be loaded (")
    assert str(caught.value).endswith(f"). Delete them. {GET}")
    os.truncate(folder / name, MAX_FILE_BYTES + 1)
    with pytest.raises(SpeechError) as caught:
        speak("Respira.")
    assert str(caught.value) == f"{folder / name} is too large for kokoro. Delete it. {GET}"


def test_changed_files_change_the_version(folder: Path) -> None:
    first = KokoroEngine().voice_version("ef_dora")
    assert KokoroEngine().voice_version("ef_dora") == first
    (folder / VOICES_TABLE.name).write_bytes(b"another table")
    assert KokoroEngine().voice_version("ef_dora") != first


def test_too_little_memory_is_noticed_before_the_model_is_loaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime  # noqa: F401 - the limit below is for the model alone

    loaded: list[str] = []
    monkeypatch.setattr(engine, "_load_model", loaded.append)
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        used_bytes = int(file.read().split()[0]) * resource.getpagesize()
    try:
        resource.setrlimit(resource.RLIMIT_AS, (used_bytes + 500_000_000, hard))
        with pytest.raises(MemoryError):
            speak("Respira.")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    assert loaded == []
