"""What happens to an engine's sound before it is a clip: checked, brought to 48 kHz, trimmed, its edges faded."""

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
"""Samples kept before the first sound, so that no consonant is cut."""
TAIL_PAD_SAMPLES = SAMPLE_RATE * 40 // 1000
"""Samples kept after the last sound: the breath of an ending is quieter than the threshold."""
FADE_SAMPLES = SAMPLE_RATE * 5 // 1000
TRIM_THRESHOLD_DB = -45.0
"""Against the loudest window of the clip: what is quieter at its ends is the engine's own silence."""
MAX_END_LEVEL_DB = -20.0
"""Against the loudest window: words die away before they end. Four engines ended 68 lines at -53 dB or below."""
MIN_PEAK = 1e-3
MAX_PEAK = 1.9
"""A hot voice passes full scale a little; stored at half scale, with what resampling adds, this is not clipped."""
LETTERS_PER_S_RANGE = (3.0, 60.0)
"""Latin letters in a second at pace 1, slowest and fastest. Engines say 3 (single short words) to 27."""
MAX_OTHER_CHAR_S = 2.5
"""A digit or a letter of another script may be read by its whole name."""


def process_clip(speech: Speech) -> Samples:
    """Mono float32 at 48 kHz without the engine's own silence or offset, starting and ending at zero.

    10 to 15 ms are left before the first sound and 40 to 69 ms after the last: a clip is whole frames long, so that
    other words move all that comes after them by whole frames, and nothing of it is encoded again.

    Raises:
        SpeechError: for sound that cannot be words: none, silence, not a number, far over full scale, broken off.
    """
    samples = _validate_speech(speech)
    samples = _resample_to_48k(samples - np.float32(samples.mean(dtype=np.float64)), int(speech.rate))
    if float(np.abs(samples).max()) < MIN_PEAK:
        raise SpeechError("The engine returned silence.")
    levels = _window_rms(samples)
    if levels[-1] > levels.max() * 10 ** (MAX_END_LEVEL_DB / 20):
        raise SpeechError("The engine's sound breaks off in the middle of a word.")
    return _pad_to_whole_frames(_fade_edges(_trim_silence(samples, levels)))


def _validate_speech(speech: Speech) -> Samples:
    if not isinstance(speech, Speech):
        raise SpeechError(f"The engine returned {type(speech).__name__} where Speech was expected.")
    if not isinstance(speech.rate, numbers.Real) or not 4_000 <= speech.rate <= 192_000 or speech.rate % 1:
        raise SpeechError(f"The engine returned sound at {speech.rate} Hz, which is no rate for speech.")
    try:
        samples = np.asarray(speech.samples, np.float32)
    except (TypeError, ValueError) as error:
        raise SpeechError(f"The engine returned samples that are no numbers ({error}).") from error
    if samples.ndim != 1:
        raise SpeechError(f"The engine returned samples of shape {samples.shape} where one channel was expected.")
    if samples.size == 0:
        raise SpeechError("The engine returned no sound.")
    if not np.isfinite(samples).all():
        raise SpeechError("The engine returned samples that are no numbers (NaN or infinity).")
    peak = float(np.abs(samples).max())
    if peak > MAX_PEAK:
        raise SpeechError(f"The engine returned samples up to {peak:.4g} where -1 to 1 was expected.")
    return samples


def _resample_to_48k(samples: Samples, rate_hz: int) -> Samples:
    if rate_hz == SAMPLE_RATE:
        return samples
    import soxr

    return np.asarray(soxr.resample(samples, rate_hz, SAMPLE_RATE, quality="HQ"), np.float32)


def _window_rms(samples: Samples) -> npt.NDArray[np.float64]:
    """RMS of each window, the first starting with the first sample; the last, padded, counts its own samples only."""
    starts = np.arange(0, samples.size, WINDOW_SAMPLES)
    sizes = np.minimum(WINDOW_SAMPLES, samples.size - starts)
    return np.asarray(np.sqrt(np.add.reduceat(samples.astype(np.float64) ** 2, starts) / sizes))


def _trim_silence(samples: Samples, levels: npt.NDArray[np.float64]) -> Samples:
    heard = np.flatnonzero(levels > levels.max() * 10 ** (TRIM_THRESHOLD_DB / 20))
    start = max(int(heard[0]) * WINDOW_SAMPLES - HEAD_PAD_SAMPLES, 0)
    length = (int(heard[-1]) + 1) * WINDOW_SAMPLES + TAIL_PAD_SAMPLES - start
    return samples[start : start + length + -length % MP3_FRAME_SAMPLES]


def _fade_edges(samples: Samples) -> Samples:
    length = min(FADE_SAMPLES, samples.size // 2)
    ramp = np.sin(np.linspace(0, np.pi / 2, length, dtype=np.float32)) ** 2
    faded = samples.copy()
    faded[:length] *= ramp
    faded[samples.size - length :] *= ramp[::-1]
    return faded


def _pad_to_whole_frames(samples: Samples) -> Samples:
    """The samples with silence after them where the engine had given none."""
    return np.pad(samples, (0, -samples.size % MP3_FRAME_SAMPLES))


def check_clip_length(samples: Samples, text: str, pace: float) -> None:
    """See that a finished clip can be the words of `text` at that pace, as far as its length tells.

    Raises:
        SpeechError: where it is several times too short or too long.
    """
    letters = sum(character.isalpha() and character < "\u0250" for character in text)
    others = sum(not character.isspace() for character in text) - letters
    slowest, fastest = LETTERS_PER_S_RANGE
    shortest_s = letters / fastest / pace - 0.3
    longest_s = (letters / slowest + MAX_OTHER_CHAR_S * others + 1.5) / pace
    length_s = samples.size / SAMPLE_RATE
    if not shortest_s <= length_s <= longest_s:
        raise SpeechError(
            f"The engine's sound lasts {length_s:.2f} s, where these words take "
            f"{max(shortest_s, 0):.2f} to {longest_s:.2f} s."
        )


def encode_clip_bytes(samples: Samples) -> bytes:
    """Little-endian 16-bit at half scale, rounded, so that a hot voice keeps its peaks."""
    return np.clip(np.rint(samples * 16_384), -32_768, 32_767).astype("<i2").tobytes()


def decode_clip_bytes(data: bytes) -> Samples:
    """Back from `to_int16`. Half scale is 1.0 there."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(16_384)
