"""How long LAME takes to forget something loud.

LAME raises its threshold of hearing with the loudness of what it hears, and lowers it again by 7.5 % a frame at most
(psymodel.c of LAME 3.100: `adjust_ATH`, `vbrpsy_compute_loudness_approximation_l`). For a second or two after words, a
bed is therefore encoded otherwise than by itself, the longer the quieter it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from voiceguide.encode.frames import FRAME_SAMPLES
from voiceguide.encode.islands import RUN_OUT, SILENCE
from voiceguide.sound.mixed import Blocks, Mixed, Stretch
from voiceguide.units import SAMPLE_RATE

__all__ = ["run_out_of", "settling_frames"]

_WINDOW = 1024
_FULL_SCALE = 32_768 / 14_752
"""LAME sees samples of 16 bits, and measures against an amplitude of 14,752."""
_LOUD = 0.03125
"""LAME's measure of loudness above which nothing is adjusted."""
_LOOKS = 64
"""Places at which a loop is looked at."""


def run_out_of(mixed: Mixed, calm: int = 0) -> Callable[[Stretch], int]:
    """For a mix, the frames each of its steady stretches needs until it is encoded as if nothing had been before.

    `calm` is the samples before each steady stretch in which nothing louder than its loop is heard.
    """
    known: dict[str, int] = {SILENCE: RUN_OUT}

    def run_out(stretch: Stretch) -> int:
        if stretch.loop not in known:
            step = max(_WINDOW, stretch.loop_length // _LOOKS)
            starts = range(0, max(1, stretch.loop_length - _WINDOW), step)
            looks = [mixed.render_loop(stretch.loop, at, at + _WINDOW) for at in starts]
            known[stretch.loop] = RUN_OUT + max(0, settling_frames(np.stack(looks)) - calm // FRAME_SAMPLES)
        return known[stretch.loop]

    return run_out


def settling_frames(looks: Blocks) -> int:
    """Frames after which LAME's threshold has come down to that of a sound, seen in windows of shape (windows, 1024,
    channels): 0 for most."""
    spectrum = np.fft.rfft(looks * np.blackman(_WINDOW)[:, np.newaxis], axis=1)[:, 1:]
    energy = (np.abs(spectrum) ** 2).mean(axis=2) * (_FULL_SCALE**2 / (_WINDOW / 2))
    quietest = float(np.quantile(energy @ _weights(), 0.05))
    if quietest > _LOUD:
        return 0
    goal = 31.98 * quietest + 0.000625
    frames = math.log(goal) / math.log(goal * 0.075 + 0.925)
    return math.ceil(frames)


def _weights() -> npt.NDArray[np.float64]:
    """The ear's sensitivity at each frequency of the spectrum, by LAME's formula for the threshold in quiet."""
    kilohertz = np.maximum(np.arange(1, _WINDOW // 2 + 1) * (SAMPLE_RATE / _WINDOW / 1000), 0.1)
    threshold_db = (
        3.64 * kilohertz**-0.8
        - 6.8 * np.exp(-0.6 * (kilohertz - 3.4) ** 2)
        + 6.0 * np.exp(-0.15 * (kilohertz - 8.7) ** 2)
        + 0.76e-3 * kilohertz**4
    )
    sensitivity = 10 ** (-threshold_db / 10)
    return np.asarray(sensitivity / sensitivity.sum())
