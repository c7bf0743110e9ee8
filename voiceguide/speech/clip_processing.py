"""Turn an engine's audio into a clip: validate it, resample it to 48 kHz, trim the silence and fade the edges."""

from __future__ import annotations

import numbers

import numpy as np
import numpy.typing as npt

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Speech
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["check_clip_length", "decode_clip_bytes", "encode_clip_bytes", "process_clip"]

Samples = npt.NDArray[np.float32]

WINDOW_SAMPLES = SAMPLE_RATE * 5 // 1000
HEAD_PAD_SAMPLES = SAMPLE_RATE * 10 // 1000
"""Samples kept before the first audible window, so that no consonant is cut off."""
TAIL_PAD_SAMPLES = SAMPLE_RATE * 40 // 1000
"""Samples kept after the last audible window, because a final breath is quieter than the threshold."""
FADE_SAMPLES = SAMPLE_RATE * 5 // 1000
TRIM_THRESHOLD_DB = -45.0
"""The threshold is relative to the loudest window. Anything quieter at either end of a clip is treated as silence added
by the engine."""
MAX_END_LEVEL_DB = -20.0
"""The maximum level at the end of a clip, relative to the loudest window. Complete speech fades out: in a test of four
engines, all 68 lines ended at -53 dB or below."""
MIN_PEAK = 1e-3
MAX_PEAK = 1.9
"""Maximum peak to accept. A loud voice can slightly exceed full scale. Clips are stored at half scale, so such a peak
is not clipped, even with the overshoot that resampling adds."""
LETTERS_PER_S_RANGE = (3.0, 60.0)
"""Slowest and fastest plausible rates for Latin letters at pace 1. Engines range from 3 (single short words) to 27."""
MAX_OTHER_CHAR_S = 2.5
"""Longest plausible time for any other character. A digit or non-Latin letter may be read by its full name."""


def process_clip(speech: Speech) -> Samples:
    """Return speech as mono float32 at 48 kHz, without DC offset or surrounding silence, starting and ending at zero.

    10 to 15 ms remain before the first audible sample and 40 to 69 ms after the last. The length of a clip is a whole
    number of MP3 frames. If the text of a clip changes, all audio after it moves by a whole number of frames and does
    not have to be re-encoded.

    Raises:
        SpeechError: if the audio cannot be speech because it is empty, silent, not finite, far above full scale, or cut
            off.
    """
    samples = _validate_speech(speech)
    samples = _resample_to_48k(samples - np.float32(samples.mean(dtype=np.float64)), int(speech.rate))
    if float(np.abs(samples).max()) < MIN_PEAK:
        raise SpeechError("The engine returned silence.")
    levels = _window_rms(samples)
    if levels[-1] > levels.max() * 10 ** (MAX_END_LEVEL_DB / 20):
        raise SpeechError("The engine's audio is cut off in the middle of a word.")
    return _pad_to_whole_frames(_fade_edges(_trim_silence(samples, levels)))


def _validate_speech(speech: Speech) -> Samples:
    if not isinstance(speech, Speech):
        raise SpeechError(f"The engine returned {type(speech).__name__} instead of Speech.")
    if not isinstance(speech.rate, numbers.Real) or not 4_000 <= speech.rate <= 192_000 or speech.rate % 1:
        raise SpeechError(
            f"The engine returned audio at {speech.rate} Hz, which is not a valid sample rate for speech."
        )
    try:
        samples = np.asarray(speech.samples, np.float32)
    except (TypeError, ValueError) as error:
        raise SpeechError(f"The engine returned samples that are not numbers ({error}).") from error
    if samples.ndim != 1:
        raise SpeechError(f"The engine returned samples of shape {samples.shape} instead of one channel.")
    if samples.size == 0:
        raise SpeechError("The engine returned no audio.")
    if not np.isfinite(samples).all():
        raise SpeechError("The engine returned samples that are not numbers (NaN or infinity).")
    peak = float(np.abs(samples).max())
    if peak > MAX_PEAK:
        raise SpeechError(f"The engine returned samples as large as {peak:.4g}. They must be between -1 and 1.")
    return samples


def _resample_to_48k(samples: Samples, rate_hz: int) -> Samples:
    if rate_hz == SAMPLE_RATE:
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, rate_hz, SAMPLE_RATE, quality="HQ"), np.float32)


def _window_rms(samples: Samples) -> npt.NDArray[np.float64]:
    """Return the RMS of each window, starting at the first sample. The last window may be shorter."""
    starts = np.arange(0, samples.size, WINDOW_SAMPLES)
    sizes = np.minimum(WINDOW_SAMPLES, samples.size - starts)
    return np.asarray(np.sqrt(np.add.reduceat(samples.astype(np.float64) ** 2, starts) / sizes))


def _trim_silence(samples: Samples, levels: npt.NDArray[np.float64]) -> Samples:
    audible = np.flatnonzero(levels > levels.max() * 10 ** (TRIM_THRESHOLD_DB / 20))
    start = max(int(audible[0]) * WINDOW_SAMPLES - HEAD_PAD_SAMPLES, 0)
    length = (int(audible[-1]) + 1) * WINDOW_SAMPLES + TAIL_PAD_SAMPLES - start
    return samples[start : start + length + -length % MP3_FRAME_SAMPLES]


def _fade_edges(samples: Samples) -> Samples:
    length = min(FADE_SAMPLES, samples.size // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, length, dtype=np.float32)) ** 2
    faded = samples.copy()
    faded[:length] *= ramp
    faded[samples.size - length :] *= ramp[::-1]
    return faded


def _pad_to_whole_frames(samples: Samples) -> Samples:
    """Append silence if the engine did not return enough audio to fill the last MP3 frame."""
    return np.pad(samples, (0, -samples.size % MP3_FRAME_SAMPLES))


def check_clip_length(samples: Samples, text: str, pace: float) -> None:
    """Check that the length of a clip is plausible for `text` at the given pace.

    Raises:
        SpeechError: if the clip is several times too short or too long.
    """
    letters = sum(character.isalpha() and character < "\u0250" for character in text)
    others = sum(not character.isspace() for character in text) - letters
    slowest, fastest = LETTERS_PER_S_RANGE
    shortest_s = letters / fastest / pace - 0.3
    longest_s = (letters / slowest + MAX_OTHER_CHAR_S * others + 1.5) / pace
    length_s = samples.size / SAMPLE_RATE
    if not shortest_s <= length_s <= longest_s:
        raise SpeechError(
            f"The engine's audio is {length_s:.2f} s long. This text should take "
            f"{max(shortest_s, 0):.2f} to {longest_s:.2f} s."
        )


def encode_clip_bytes(samples: Samples) -> bytes:
    """Return samples as little-endian 16-bit PCM at half scale, which leaves room for the peaks of a loud voice."""
    return np.clip(np.rint(samples * 16_384), -32_768, 32_767).astype("<i2").tobytes()


def decode_clip_bytes(data: bytes) -> Samples:
    """Return the samples encoded by `encode_clip_bytes`."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(16_384)
