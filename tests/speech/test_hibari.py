"""hibari: no word is dropped, the output is reproducible, and the pace is right."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from tests.support.long_forms import few, long
from voiceguide.errors import SpeechError
from voiceguide.speech.clip_processing import process_clip
from voiceguide.speech.engines.hibari.engine import HibariEngine
from voiceguide.speech.engines.hibari.pace_table import pace_to_speed
from voiceguide.speech.engines.registry import ENGINE_FOR_VOICE

LINES = (
    "Sit down where you can reach your feet, and breathe out.",
    "Warm a little oil between your palms.",
    "Stroke from the toes to the ankle, long and slow, and come back lightly along the outer edge.",
    "Halfway. Change to the other foot.",
    "With your knuckles, press along the arch. Stay wherever it feels tight, for one full breath.",
    "Hold still.",
    "Take each toe between thumb and finger, turn it gently, and let it go.",
    "Twenty seconds more.",
    "Do not press on the ankle bone, on veins, or on broken skin.",
    "Now wrap the foot in the towel, and let it rest while you look after the other one.",
)
"""None of these lines was used to measure the pace table."""
ALL_PACES = (0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.1, 1.2, 1.25, 1.3, 1.35, 1.45, 1.6)
PACES = ALL_PACES if os.environ.get("VOICEGUIDE_FAULTS") == "all" else (0.6, 0.8, 0.9, 1.1, 1.3, 1.35, 1.6)
"""All in `make soak`."""


@pytest.fixture(scope="module")
def engine() -> Iterator[HibariEngine]:
    engine = HibariEngine()
    yield engine
    engine.close()


def length_s(engine: HibariEngine, text: str, pace: float = 1.0) -> float:
    return process_clip(engine.synthesize(text, "heart", pace, "en")).size / 48_000


@pytest.fixture(scope="module")
def normal_s(engine: HibariEngine) -> float:
    """The length of all LINES at pace 1."""
    return sum(length_s(engine, line) for line in LINES)


@pytest.mark.parametrize("pace", few(1, PACES))
def test_pace_scales_words_per_second(engine: HibariEngine, normal_s: float, pace: float) -> None:
    """Passed directly as `speed`, 0.9 was only 4 % slower than 1, and 1.34 was 43 % faster."""
    assert normal_s / sum(length_s(engine, line, pace) for line in LINES) == pytest.approx(pace, rel=0.05)


def test_speed_rises_with_pace_and_is_one_at_one() -> None:
    speeds = [pace_to_speed(hundredths / 100) for hundredths in range(50, 176)]
    assert speeds == sorted(speeds)
    assert pace_to_speed(1.0) == 1.0


@pytest.mark.parametrize("pace", [0.49, 1.76, 9.0, -1.0, float("nan")])
def test_a_pace_out_of_range_is_an_error(pace: float) -> None:
    with pytest.raises(SpeechError) as caught:
        pace_to_speed(pace)
    assert str(caught.value) == f"hibari cannot speak at pace {pace:g}. Choose a pace from 0.5 to 1.75."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "Press 你好 gently.",
            "hibari speaks only English and cannot read 你 好. Write it in Latin letters, or choose another voice.",
        ),
        (
            "Привет, friend",
            "hibari speaks only English and cannot read П в е и р т. Write it in Latin letters, or choose another "
            "voice.",
        ),
        ("7" * 40, "hibari cannot read a number with 40 digits. Write it in groups or in words."),
        ("", 'hibari cannot pronounce "". It speaks only English. Write English words.'),
        ("?! ...", 'hibari cannot pronounce "?! ...". It speaks only English. Write English words.'),
        ("\u200b", 'hibari cannot pronounce "\u200b". It speaks only English. Write English words.'),
        ("[qi](/ʘi/)", "hibari does not know the phonemes ʘ. Write different phonemes."),
        (
            "Say xyzzyqwrtplkjhgfdsazxcvbnmq.",
            '"xyzzyqwrtplkjhgfdsazxcvbnmq" is too long for hibari to read. Write it as several words.',
        ),
    ],
)
def test_a_text_that_hibari_cannot_read_is_an_error(engine: HibariEngine, text: str, message: str) -> None:
    """hibari itself speaks "Press gently." and silently drops the word that it cannot read."""
    with pytest.raises(SpeechError) as caught:
        engine.synthesize(text, "heart", 1.0, "en")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("accented", "plain"),
    [("café", "cafe"), ("naïve", "naive"), ("Việt", "Viet"), ("Ḥasan", "Hasan"), ("crème brûlée", "creme brulee")],
)
def test_accented_letters_are_spoken(engine: HibariEngine, accented: str, plain: str) -> None:
    assert length_s(engine, accented) > 0.8 * length_s(engine, plain)


def test_technical_terms_and_phonemes_are_spoken(engine: HibariEngine) -> None:
    assert length_s(engine, "effleurage") > 0.4
    assert length_s(engine, "plantar fasciitis") > 0.8
    assert length_s(engine, "Feel the [qi](/tʃiː/) now.") > length_s(engine, "Feel the now.")


def test_every_sentence_of_a_long_text_is_spoken(engine: HibariEngine) -> None:
    sentence = "Now breathe in slowly through your nose. "
    assert length_s(engine, sentence * 15) > 15 * length_s(engine, sentence)  # 600 characters: two pieces
    unbroken = "slowly and softly " * 30
    assert length_s(engine, unbroken) > 20


@long
def test_output_is_the_same_in_another_process_and_after_other_texts(engine: HibariEngine) -> None:
    program = (
        "import hashlib; from voiceguide.speech.engines.hibari.engine import HibariEngine; "
        "print(hashlib.sha256(HibariEngine().synthesize('Hold still.', '', 0.9, 'en').samples.tobytes()).hexdigest())"
    )
    engine.synthesize("Something else.", "heart", 1.0, "en")
    digest = hashlib.sha256(engine.synthesize("Hold still.", "heart", 0.9, "en").samples.tobytes()).hexdigest()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == digest


def test_an_unknown_voice_and_one_not_downloaded_are_errors(
    engine: HibariEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("HIBARI_HOME", str(tmp_path))
    with pytest.raises(SpeechError) as caught:
        engine.synthesize("Hello.", "hart", 1.0, "en")
    assert str(caught.value) == 'hibari has no voice "hart". Did you mean "heart"?'
    with pytest.raises(SpeechError) as caught:
        engine.synthesize("Hello.", "emma", 1.0, "en")
    assert str(caught.value) == (
        'The voice "emma" has not been downloaded. Download it once with: hibari --voice emma Hello'
    )


def test_the_registry_knows_the_names_of_hibaris_voices(engine: HibariEngine) -> None:
    voices = engine.voices()
    assert [voice.name for voice in voices] == list(ENGINE_FOR_VOICE)
    assert {voice.language.split("-")[0] for voice in voices} == set(engine.languages)
    assert voices[0].installed
    assert voices[0].note == ""


def test_samples_are_mono_float(engine: HibariEngine) -> None:
    speech = engine.synthesize("Hold still.", "heart", 1.0, "en")
    assert speech.rate == 24_000
    assert speech.samples.ndim == 1
    assert speech.samples.dtype == np.float32
