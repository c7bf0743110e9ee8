"""How long LAME remembers what it heard.

LAME raises its threshold of hearing with the loudness of what it hears, and lowers it again by 7.5 % a frame at most
(encoder.c of LAME 3.100: `adjust_ATH`; psymodel.c: `psycho_loudness_approx`). For a second or two after words, a bed is
therefore encoded otherwise than by itself, the longer the quieter it is; and a bed that swells and falls is encoded
otherwise by an encoder that begins in the midst of it. Here the threshold is followed through a loop, frame by frame.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from voiceguide.audio.mixer.source import AudioBlock, AudioSource, Region
from voiceguide.encode.smart_render import MAX_SETTLING_FRAMES, MIN_RUN_IN_FRAMES, MIN_RUN_OUT_FRAMES, SILENCE_LOOP
from voiceguide.system.disk_cache import Cache, digest, get_or_make
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["LameSettling", "ath_targets", "frames_until_settled"]

AthLevels = npt.NDArray[np.float64]

CACHE_REVISION = "settling 1"
"""Whoever makes it come out otherwise counts on."""
_FFT_SAMPLES = 1024
_LAME_FULL_SCALE = 32_768 / 14_752
"""LAME sees samples of 16 bits, and measures against an amplitude of 14,752."""
_INITIAL_ATH = 0.01
"""The threshold an encoder begins with."""
_SPEECH_ATH = 1.0
"""The threshold during words."""
_MAX_ANALYZED_FRAMES = 2000
"""Frames of a loop that are looked at."""
_ATH_TOLERANCE = 0.02
"""Thresholds that differ by no more than this share give the same frames, nearly always."""
_MIN_SETTLED_SHARE = 0.9
"""The share of the places in a loop at which they must be alike."""
_CHUNK_FRAMES = 200
"""Frames whose spectra are in memory at the same time."""


class LameSettling:
    """For a mix, how much an encoder has to hear before and after what is kept of it."""

    def __init__(self, source: AudioSource, quiet_lead_samples: int = 0, cache: Cache | None = None) -> None:
        """`calm` is the samples before each steady stretch in which nothing louder than its loop is heard."""
        loops = {
            stretch.loop_key: stretch for stretch in source.regions() if stretch.loop_key not in ("", SILENCE_LOOP)
        }
        frames = {loop: _measure_settling(source, stretch, cache) for loop, stretch in loops.items()}
        self.run_in_frames = max([MIN_RUN_IN_FRAMES, *(after_start for after_start, _ in frames.values())])
        """Frames before those that are kept, to encode them as one that has heard all that came before."""
        calm_frames = quiet_lead_samples // MP3_FRAME_SAMPLES
        self._run_out_frames_by_loop = {
            loop: MIN_RUN_OUT_FRAMES + max(0, after_words - calm_frames) for loop, (_, after_words) in frames.items()
        }

    def run_out_frames(self, stretch: Region) -> int:
        """Frames until a steady stretch is encoded as if nothing had been before it."""
        return self._run_out_frames_by_loop.get(stretch.loop_key, MIN_RUN_OUT_FRAMES)


def frames_until_settled(targets: AthLevels, initial_ath: float) -> int:
    """Frames of a loop after which LAME's threshold, having been `threshold`, is what it is in the loop without an end,
    nearly wherever in the loop that was. `goals` is where each of its frames draws the threshold."""
    settled = np.roll(_simulate_ath(targets, _SPEECH_ATH)[-1], MAX_SETTLING_FRAMES)
    for frames, threshold_after in enumerate(_simulate_ath(targets, initial_ath)):
        apart = np.abs(np.roll(threshold_after, frames) - settled) > _ATH_TOLERANCE * settled
        if apart.mean() <= 1 - _MIN_SETTLED_SHARE:
            return frames
    return MAX_SETTLING_FRAMES


def ath_targets(frames: AudioBlock) -> AthLevels:
    """Where each frame draws the threshold, between 0.000625 for silence and 1. Shape (frames, samples, channels)."""
    spectrum = np.fft.rfft(frames[:, :_FFT_SAMPLES] * _blackman()[:, np.newaxis], axis=1)[:, 1:]
    energy = (np.abs(spectrum) ** 2).mean(axis=2) * (_LAME_FULL_SCALE**2 / (_FFT_SAMPLES / 2))
    return np.asarray(np.minimum(31.98 * (energy @ _ear_sensitivity()) + 0.000625, 1.0), np.float64)


def _measure_settling(source: AudioSource, region: Region, cache: Cache | None) -> tuple[int, int]:
    """Frames of a loop after which LAME has forgotten that it began there, and that words were there."""

    def worked_out() -> bytes:
        goals = _loop_ath_targets(source, region)
        return f"{frames_until_settled(goals, _INITIAL_ATH)} {frames_until_settled(goals, _SPEECH_ATH)}".encode()

    key = digest(CACHE_REVISION, region.loop_key, f"{region.loop_length} {source.channels}")
    after_start, after_words = get_or_make(cache, key, worked_out).split()
    return int(after_start), int(after_words)


def _loop_ath_targets(source: AudioSource, region: Region) -> AthLevels:
    count = min(max(region.loop_length // MP3_FRAME_SAMPLES, 1), _MAX_ANALYZED_FRAMES)
    goals = []
    for first in range(0, count, _CHUNK_FRAMES):
        start, stop = first * MP3_FRAME_SAMPLES, min(first + _CHUNK_FRAMES, count) * MP3_FRAME_SAMPLES
        sound = source.render_loop(region.loop_key, start, stop)
        goals.append(ath_targets(sound.reshape(-1, MP3_FRAME_SAMPLES, source.channels)))
    return np.concatenate(goals)


def _simulate_ath(targets: AthLevels, initial_ath: float) -> list[AthLevels]:
    """For 0, 1, 2 ... frames heard: the threshold after them, for each frame of the loop as the first of them."""
    now, limit = np.full_like(targets, initial_ath), np.ones_like(targets)
    result = [now]
    for heard in range(MAX_SETTLING_FRAMES):
        goal = np.roll(targets, -heard)
        falling = np.maximum(now * (goal * 0.075 + 0.925), goal)
        rising = np.where(limit >= goal, goal, np.maximum(now, limit))
        now, limit = np.where(now >= goal, falling, rising), goal
        result.append(now)
    return result


@functools.cache
def _blackman() -> AudioBlock:
    return np.blackman(_FFT_SAMPLES).astype(np.float32)


@functools.cache
def _ear_sensitivity() -> npt.NDArray[np.float32]:
    """The ear's sensitivity at each frequency of the spectrum, by LAME's formula for the threshold in quiet."""
    kilohertz = np.maximum(np.arange(1, _FFT_SAMPLES // 2 + 1) * (SAMPLE_RATE / _FFT_SAMPLES / 1000), 0.1)
    threshold_db = (
        3.64 * kilohertz**-0.8
        - 6.8 * np.exp(-0.6 * (kilohertz - 3.4) ** 2)
        + 6.0 * np.exp(-0.15 * (kilohertz - 8.7) ** 2)
        + 0.76e-3 * kilohertz**4
    )
    sensitivity = 10 ** (-threshold_db / 10)
    return np.asarray(sensitivity / sensitivity.sum(), np.float32)
