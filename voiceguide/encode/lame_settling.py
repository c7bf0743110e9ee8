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

from voiceguide.audio.mixer.source import Blocks, Mixed, Stretch
from voiceguide.encode.smart_render import LONGEST_MEMORY, RUN_IN, RUN_OUT, SILENCE
from voiceguide.system.disk_cache import Cache, digest, remembered
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["Settling", "frame_goals", "frames_to_forget"]

Goals = npt.NDArray[np.float64]

REVISION = "settling 1"
"""Whoever makes it come out otherwise counts on."""
_WINDOW = 1024
_FULL_SCALE = 32_768 / 14_752
"""LAME sees samples of 16 bits, and measures against an amplitude of 14,752."""
_AFRESH = 0.01
"""The threshold an encoder begins with."""
_LOUD = 1.0
"""The threshold during words."""
_SEEN = 2000
"""Frames of a loop that are looked at."""
_ALIKE = 0.02
"""Thresholds that differ by no more than this share give the same frames, nearly always."""
_PLACES = 0.9
"""The share of the places in a loop at which they must be alike."""
_AT_ONCE = 200
"""Frames whose spectra are in memory at the same time."""


class Settling:
    """For a mix, how much an encoder has to hear before and after what is kept of it."""

    def __init__(self, mixed: Mixed, calm: int = 0, cache: Cache | None = None) -> None:
        """`calm` is the samples before each steady stretch in which nothing louder than its loop is heard."""
        loops = {stretch.loop: stretch for stretch in mixed.stretches() if stretch.loop not in ("", SILENCE)}
        frames = {loop: _forgotten(mixed, stretch, cache) for loop, stretch in loops.items()}
        self.run_in = max([RUN_IN, *(after_start for after_start, _ in frames.values())])
        """Frames before those that are kept, to encode them as one that has heard all that came before."""
        calm_frames = calm // MP3_FRAME_SAMPLES
        self._run_outs = {
            loop: RUN_OUT + max(0, after_words - calm_frames) for loop, (_, after_words) in frames.items()
        }

    def run_out(self, stretch: Stretch) -> int:
        """Frames until a steady stretch is encoded as if nothing had been before it."""
        return self._run_outs.get(stretch.loop, RUN_OUT)


def frames_to_forget(goals: Goals, threshold: float) -> int:
    """Frames of a loop after which LAME's threshold, having been `threshold`, is what it is in the loop without an end,
    nearly wherever in the loop that was. `goals` is where each of its frames draws the threshold."""
    settled = np.roll(_thresholds(goals, _LOUD)[-1], LONGEST_MEMORY)
    for frames, threshold_after in enumerate(_thresholds(goals, threshold)):
        apart = np.abs(np.roll(threshold_after, frames) - settled) > _ALIKE * settled
        if apart.mean() <= 1 - _PLACES:
            return frames
    return LONGEST_MEMORY


def frame_goals(frames: Blocks) -> Goals:
    """Where each frame draws the threshold, between 0.000625 for silence and 1. Shape (frames, samples, channels)."""
    spectrum = np.fft.rfft(frames[:, :_WINDOW] * _blackman()[:, np.newaxis], axis=1)[:, 1:]
    energy = (np.abs(spectrum) ** 2).mean(axis=2) * (_FULL_SCALE**2 / (_WINDOW / 2))
    return np.asarray(np.minimum(31.98 * (energy @ _weights()) + 0.000625, 1.0), np.float64)


def _forgotten(mixed: Mixed, stretch: Stretch, cache: Cache | None) -> tuple[int, int]:
    """Frames of a loop after which LAME has forgotten that it began there, and that words were there."""

    def worked_out() -> bytes:
        goals = _goals_of(mixed, stretch)
        return f"{frames_to_forget(goals, _AFRESH)} {frames_to_forget(goals, _LOUD)}".encode()

    key = digest(REVISION, stretch.loop, f"{stretch.loop_length} {mixed.channels}")
    after_start, after_words = remembered(cache, key, worked_out).split()
    return int(after_start), int(after_words)


def _goals_of(mixed: Mixed, stretch: Stretch) -> Goals:
    count = min(max(stretch.loop_length // MP3_FRAME_SAMPLES, 1), _SEEN)
    goals = []
    for first in range(0, count, _AT_ONCE):
        start, stop = first * MP3_FRAME_SAMPLES, min(first + _AT_ONCE, count) * MP3_FRAME_SAMPLES
        sound = mixed.render_loop(stretch.loop, start, stop)
        goals.append(frame_goals(sound.reshape(-1, MP3_FRAME_SAMPLES, mixed.channels)))
    return np.concatenate(goals)


def _thresholds(goals: Goals, threshold: float) -> list[Goals]:
    """For 0, 1, 2 ... frames heard: the threshold after them, for each frame of the loop as the first of them."""
    now, limit = np.full_like(goals, threshold), np.ones_like(goals)
    result = [now]
    for heard in range(LONGEST_MEMORY):
        goal = np.roll(goals, -heard)
        falling = np.maximum(now * (goal * 0.075 + 0.925), goal)
        rising = np.where(limit >= goal, goal, np.maximum(now, limit))
        now, limit = np.where(now >= goal, falling, rising), goal
        result.append(now)
    return result


@functools.cache
def _blackman() -> Blocks:
    return np.blackman(_WINDOW).astype(np.float32)


@functools.cache
def _weights() -> npt.NDArray[np.float32]:
    """The ear's sensitivity at each frequency of the spectrum, by LAME's formula for the threshold in quiet."""
    kilohertz = np.maximum(np.arange(1, _WINDOW // 2 + 1) * (SAMPLE_RATE / _WINDOW / 1000), 0.1)
    threshold_db = (
        3.64 * kilohertz**-0.8
        - 6.8 * np.exp(-0.6 * (kilohertz - 3.4) ** 2)
        + 6.0 * np.exp(-0.15 * (kilohertz - 8.7) ** 2)
        + 0.76e-3 * kilohertz**4
    )
    sensitivity = 10 ** (-threshold_db / 10)
    return np.asarray(sensitivity / sensitivity.sum(), np.float32)
