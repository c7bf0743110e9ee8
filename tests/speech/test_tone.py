"""The tone voice: the lengths and pitches that other tests rely on."""

from __future__ import annotations

import numpy as np
import pytest

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.tone import TONE_RATE_HZ, WORD_S, ToneEngine


@pytest.mark.parametrize("pace", [0.5, 1.0, 2.0])
def test_each_word_has_the_documented_length(pace: float) -> None:
    speech = ToneEngine().synthesize("four words of text", "tone", pace, "en")
    assert speech.rate == TONE_RATE_HZ
    assert speech.samples.size == 4 * int(TONE_RATE_HZ * WORD_S / pace)


def test_each_text_has_its_own_pitch() -> None:
    def pitch_hz(text: str) -> float:
        samples = ToneEngine().synthesize(text, "tone", 1.0, "en").samples
        return float(np.fft.rfftfreq(samples.size, 1 / TONE_RATE_HZ)[np.abs(np.fft.rfft(samples)).argmax()])

    pitches = {text: pitch_hz(text) for text in ("left", "right", "ankle", "sole")}
    assert len(set(pitches.values())) == 4
    assert all(190 < hertz < 810 for hertz in pitches.values())


def test_it_ends_in_silence_and_stays_within_full_scale() -> None:
    samples = ToneEngine().synthesize("some words", "tone", 1.0, "en").samples
    assert np.abs(samples[-TONE_RATE_HZ // 50 :]).max() == 0
    assert np.abs(samples).max() <= 0.25


def test_an_empty_text_is_an_error() -> None:
    with pytest.raises(SpeechError) as caught:
        ToneEngine().synthesize(" \n", "tone", 1.0, "en")
    assert str(caught.value) == "The tone voice was given no text to speak."
