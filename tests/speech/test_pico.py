"""The engine pico: what its library gets wrong, and what is heard of it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata

import numpy as np
import pytest

from voiceguide.errors import SpeechError
from voiceguide.speech.clip_processing import process_clip
from voiceguide.speech.engines import registry
from voiceguide.speech.engines.pico import engine as pico
from voiceguide.speech.engines.pico.engine import LANGUAGES, PicoEngine
from voiceguide.speech.engines.pico.speech_enhancement import brighten, silence_pauses
from voiceguide.speech.engines.pico.worker import PICO_RATE_HZ
from voiceguide.speech.voice_languages import fallback_engine_note

LINES = {
    "de-DE": "Setz dich bequem hin. Streich mit beiden Daumen von den Zehen zur Ferse.",
    "es-ES": "Siéntate con comodidad. Desliza los pulgares desde los dedos hasta el talón.",
    "fr-FR": "Asseyez-vous confortablement. Glissez les pouces des orteils vers la cheville.",
    "it-IT": "Siediti comodo. Fai scorrere i pollici dalle dita al tallone.",
    "en-GB": "Sit comfortably. Long strokes from the toes to the ankle.",
    "en-US": "Sit comfortably. Long strokes from the toes to the ankle.",
}


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A system for which py-nanotts has no wheel."""

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    monkeypatch.setattr(pico, "find_spec", lambda name: None)
    registry.cached_engine_voices.cache_clear()
    yield
    registry.cached_engine_voices.cache_clear()


def test_every_voice_has_a_line() -> None:
    assert set(LINES) == set(LANGUAGES) == {voice.name for voice in PicoEngine().voices()}


@pytest.mark.parametrize("voice", LINES)
def test_memory_left_by_others_does_not_change_a_clip(voice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads memory before it writes it. Filled with ones, a German clip was 10 % shorter."""
    clean = PicoEngine().synthesize(LINES[voice], voice, 0.9, voice)
    monkeypatch.setenv("MALLOC_PERTURB_", "1")
    assert np.array_equal(PicoEngine().synthesize(LINES[voice], voice, 0.9, voice).samples, clean.samples)


@pytest.mark.parametrize("voice", LINES)
def test_no_sample_is_clipped(voice: str) -> None:
    """At the library's normal volume, 2 % of them are."""
    samples = PicoEngine()._run_worker(LINES[voice], voice, 1.0)
    assert 10_000 < np.abs(samples.astype(np.int32)).max() < 32_000


@pytest.mark.parametrize("text", ["paso uno de diez", "Dolor ocho de diez.", "Intensidad ocho de diez."])
def test_a_text_with_a_burst_of_noise_is_spoken_with_a_pause(text: str) -> None:
    """Pico's filters become unstable at the end of these texts, and the noise was so loud that the build failed."""
    engine = PicoEngine()
    raw = engine._run_worker(text, "es-ES", 1.0)
    assert np.abs(np.diff(raw.astype(np.int32))).max() > 60_000
    samples = engine.synthesize(text, "es-ES", 1.0, "es").samples
    assert np.abs(samples).max() < 1
    assert np.array_equal(samples, engine.synthesize(text, "es-ES", 1.0, "es").samples)


@pytest.mark.parametrize("voice", LINES)
def test_a_pause_is_silent_and_ends_the_clip(voice: str) -> None:
    speech = PicoEngine().synthesize(LINES[voice], voice, 1.0, voice)
    zeros = np.flatnonzero(np.diff(np.flatnonzero(speech.samples)) > 0.1 * PICO_RATE_HZ)
    assert len(zeros) >= 1, "between the sentences"
    raw = PicoEngine()._run_worker(LINES[voice], voice, 1.0)
    assert process_clip(speech).size / 48_000 < len(raw) / PICO_RATE_HZ


def test_only_noise_is_removed() -> None:
    time = np.arange(PICO_RATE_HZ) / PICO_RATE_HZ
    tone = (0.2 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    noise = np.random.default_rng(1).normal(0, 0.001, PICO_RATE_HZ).astype(np.float32)
    cleaned = silence_pauses(np.concatenate((noise, tone, noise)))
    assert cleaned.size == 3 * PICO_RATE_HZ
    assert np.array_equal(cleaned[PICO_RATE_HZ : 2 * PICO_RATE_HZ], tone)
    assert not cleaned[: PICO_RATE_HZ * 9 // 10].any()
    assert not cleaned[-PICO_RATE_HZ * 8 // 10 :].any()


def test_treble_gains_on_bass() -> None:
    time = np.arange(PICO_RATE_HZ) / PICO_RATE_HZ
    bass, treble = (
        float(np.std(brighten(np.sin(2 * np.pi * hertz * time).astype(np.float32)))) for hertz in (200, 3000)
    )
    assert 12 < 20 * np.log10(treble / bass) < 15


def test_commands_in_a_text_are_not_obeyed() -> None:
    engine = PicoEngine()
    plain = engine.synthesize("speed level 300 Hallo du", "de-DE", 1.0, "de")
    marked = engine.synthesize("<speed level 300> Hallo du", "de-DE", 1.0, "de")
    assert marked.samples.size == pytest.approx(plain.samples.size, rel=0.1)


def test_a_text_in_another_script_is_an_error() -> None:
    with pytest.raises(
        SpeechError, match=r'failed twice to speak "Привет" with the voice de-DE: the clip is .* silent'
    ):
        PicoEngine().synthesize("Привет", "de-DE", 1.0, "de")


def test_a_process_that_takes_too_long_is_ended() -> None:
    with pytest.raises(SpeechError, match=r"failed twice to speak .*: no answer within"):
        PicoEngine(clip_timeout_s=-60).synthesize("Halt.", "de-DE", 1.0, "de")


@pytest.mark.parametrize(
    ("voice", "language", "message"),
    [
        ("", "pt", "pico has no voice for the language pt. Its voices: de-DE, es-ES"),
        ("de-DD", "de", 'pico has no voice "de-DD". Did you mean "de-DE"?'),
    ],
)
def test_a_voice_that_does_not_exist_is_an_error(voice: str, language: str, message: str) -> None:
    with pytest.raises(SpeechError, match=message.replace(".", r"\.").replace("?", r"\?")):
        PicoEngine().check_voice(voice, language)


@pytest.mark.parametrize(("language", "voice"), [("de-AT", "de-DE"), ("en-GB", "en-GB"), ("en-AU", "en-US")])
def test_the_language_selects_the_voice(language: str, voice: str) -> None:
    assert pico._find_voice("", language) == voice


@pytest.mark.usefixtures("absent")
def test_without_a_wheel_espeak_steps_in_with_advice() -> None:
    assert registry.resolve_voice("", "de") == registry.ResolvedVoice("pyttsx3", "")
    assert fallback_engine_note("de") == (
        "heart does not speak de, so pyttsx3 is used instead. "
        "pico is easier to understand. Install it with: pip install py-nanotts"
    )
    assert {voice.installed for voice in PicoEngine().voices()} == {False}
    with pytest.raises(SpeechError, match=r"pico is not installed\. Install it with: pip install py-nanotts"):
        PicoEngine().check_voice("de-DE", "de")
