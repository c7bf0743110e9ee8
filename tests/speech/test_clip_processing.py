"""Clip processing, measured on a tone burst whose first and last sample are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra.numpy import arrays

from voiceguide.errors import SpeechError
from voiceguide.speech.clip_processing import (
    FADE_SAMPLES,
    check_clip_length,
    decode_clip_bytes,
    encode_clip_bytes,
    process_clip,
)
from voiceguide.speech.engines.protocol import Speech
from voiceguide.units import MP3_FRAME_SAMPLES

RATE = 48_000
MS = RATE // 1000
FRAME_MS = 24


def burst(before_ms: int = 300, tone_ms: int = 500, after_ms: int = 400, peak: float = 0.5, rate: int = RATE) -> Any:
    """Return silence, a 400 Hz tone and silence again."""
    tone = peak * np.sin(2 * np.pi * 400 * np.arange(tone_ms * rate // 1000) / rate)
    return np.pad(tone, (before_ms * rate // 1000, after_ms * rate // 1000)).astype(np.float32)


def error_message(samples: Any, rate: Any = RATE) -> str:
    with pytest.raises(SpeechError) as caught:
        process_clip(Speech(samples, rate))
    return str(caught.value)


@pytest.mark.parametrize("before_ms", [0, 3, 50, 777])
@pytest.mark.parametrize("after_ms", [60, 333, 2_000])
def test_an_engines_own_silence_is_trimmed_to_a_few_milliseconds(before_ms: int, after_ms: int) -> None:
    clip = process_clip(Speech(burst(before_ms, 500, after_ms), RATE))
    audible = np.flatnonzero(np.abs(clip) > 0.01)
    head_ms, tail_ms = audible[0] / MS, (clip.size - audible[-1]) / MS
    assert head_ms <= 16
    assert before_ms < 10 or head_ms >= 9
    assert 39 <= tail_ms <= 46 + FRAME_MS


@pytest.mark.parametrize("after_ms", [60, 61, 75, 333])
@pytest.mark.parametrize("tone_ms", [77, 500, 512, 1_003])
def test_a_clip_is_whole_frames_long(tone_ms: int, after_ms: int) -> None:
    """Otherwise a changed word would move everything after it off the frame grid, and it would be encoded again."""
    clip = process_clip(Speech(burst(300, tone_ms, after_ms), RATE))
    assert clip.size % MP3_FRAME_SAMPLES == 0
    assert clip.size - np.flatnonzero(np.abs(clip) > 0.01)[-1] >= 39 * MS
    assert abs(clip[-1]) < 1e-6


def test_silence_with_a_noise_floor_is_trimmed_too() -> None:
    noise = np.random.default_rng(1).normal(0, 0.001, burst().size).astype(np.float32)
    assert -12 < process_clip(Speech(burst() + noise, RATE)).size / MS - 555 < 12 + FRAME_MS


def test_edges_are_faded_in_and_out() -> None:
    loud_from_the_start = burst(before_ms=0, after_ms=60) + np.float32(0.2)
    clip = process_clip(Speech(loud_from_the_start, RATE))
    assert clip[0] == 0
    assert abs(clip[-1]) < 1e-6
    assert np.abs(np.diff(clip[:FADE_SAMPLES])).max() < 0.06


def test_a_dc_offset_neither_hides_the_silence_nor_clicks() -> None:
    plain, shifted = process_clip(Speech(burst(), RATE)), process_clip(Speech(burst() + np.float32(0.3), RATE))
    assert shifted.size == plain.size
    np.testing.assert_allclose(shifted, plain, atol=1e-4)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])
def test_resampling_keeps_length_and_loudness(rate: int) -> None:
    clip = process_clip(Speech(burst(rate=rate), rate))
    assert clip.dtype == np.float32
    assert -12 <= clip.size / MS - 555 <= 12 + FRAME_MS
    middle = clip[clip.size // 3 : clip.size // 2]
    assert abs(np.sqrt((middle**2).mean()) - 0.5 / np.sqrt(2)) < 0.01


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        ([], RATE, "The engine returned no audio."),
        (np.zeros(RATE, np.float32), RATE, "The engine returned silence."),
        (np.full(RATE, 0.4, np.float32), RATE, "The engine returned silence."),
        (burst(peak=0.0005), RATE, "The engine returned silence."),
        (np.append(burst(), np.nan), RATE, "The engine returned samples that are not numbers (NaN or infinity)."),
        (np.append(burst(), np.inf), RATE, "The engine returned samples that are not numbers (NaN or infinity)."),
        (burst(peak=2.1), RATE, "The engine returned samples as large as 2.1. They must be between -1 and 1."),
        (
            (burst() * 32767).astype(np.int16),
            RATE,
            "The engine returned samples as large as 1.638e+04. They must be between -1 and 1.",
        ),
        (
            np.stack([burst()] * 2, axis=1),
            RATE,
            "The engine returned samples of shape (57600, 2) instead of one channel.",
        ),
        (burst(), 0, "The engine returned audio at 0 Hz, which is not a valid sample rate for speech."),
        (burst(), 400_000, "The engine returned audio at 400000 Hz, which is not a valid sample rate for speech."),
        (burst(), 22_050.5, "The engine returned audio at 22050.5 Hz, which is not a valid sample rate for speech."),
        (burst(), None, "The engine returned audio at None Hz, which is not a valid sample rate for speech."),
        (burst(after_ms=0), RATE, "The engine's audio is cut off in the middle of a word."),
        (
            ["a"],
            RATE,
            "The engine returned samples that are not numbers (could not convert string to float: 'a').",
        ),
    ],
    ids=str,
)
def test_audio_that_cannot_be_speech_is_an_error(samples: Any, rate: Any, message: str) -> None:
    assert error_message(np.asarray(samples) if isinstance(samples, list) and not samples else samples, rate) == message


def test_a_result_that_is_not_speech_is_an_error() -> None:
    nothing: Any = None
    with pytest.raises(SpeechError) as caught:
        process_clip(nothing)
    assert str(caught.value) == "The engine returned NoneType instead of Speech."


@pytest.mark.parametrize(
    ("text", "pace", "length_s", "plausible"),
    [
        ("Place both feet in the warm water and let your shoulders drop.", 1.0, 4.0, True),
        ("Place both feet in the warm water and let your shoulders drop.", 0.5, 8.0, True),
        ("Place both feet in the warm water and let your shoulders drop.", 1.0, 0.2, False),
        ("Place both feet in the warm water and let your shoulders drop.", 1.0, 30.0, False),
        ("Up.", 1.0, 0.3, True),
        ("Up.", 1.0, 9.0, False),
        ("Gesundheitsfachberufe", 1.0, 0.3, True),
        ("1234567", 1.0, 12.0, True),
        ("你好", 1.0, 0.9, True),
    ],
)
def test_an_implausible_length_is_an_error(text: str, pace: float, length_s: float, plausible: bool) -> None:
    samples = np.zeros(int(length_s * RATE), np.float32)
    if plausible:
        check_clip_length(samples, text, pace)
        return
    with pytest.raises(SpeechError):
        check_clip_length(samples, text, pace)


def test_the_message_for_a_wrong_length_gives_both_lengths() -> None:
    with pytest.raises(SpeechError) as caught:
        check_clip_length(np.zeros(5 * RATE, np.float32), "Up.", 1.0)
    assert str(caught.value) == "The engine's audio is 5.00 s long. This text should take 0.00 to 4.67 s."


@given(arrays(np.float32, st.integers(0, 50), elements=st.floats(-1.875, 1.875, width=32)))
def test_16_bit_at_half_scale_keeps_peaks_above_full_scale(samples: npt.NDArray[np.float32]) -> None:
    np.testing.assert_allclose(decode_clip_bytes(encode_clip_bytes(samples)), samples, atol=0.51 / 16_384)
