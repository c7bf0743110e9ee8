"""Calculate how many frames it takes until earlier audio no longer affects LAME's output.

LAME models the listener's hearing threshold (ATH) and adapts it to the loudness of the audio. The threshold rises with
the loudness and falls by at most 7.5% per frame (LAME 3.100, encoder.c: `adjust_ATH`; psymodel.c:
`psycho_loudness_approx`). Speech therefore affects how the bed is encoded for a second or two afterwards, and longer if
the bed is quieter. Starting the encoder in the middle of a bed with varying loudness also changes the frames. This
module simulates the threshold frame by frame over a loop.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from voiceguide.audio.mixer.source import AudioBlock, AudioSource, Region
from voiceguide.encode.smart_render import MAX_SETTLING_FRAMES, MIN_RUN_IN_FRAMES, MIN_RUN_OUT_FRAMES, SILENCE_LOOP
from voiceguide.system.disk_cache import Cache, digest, get_or_make
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["SettlingFrames", "ath_targets", "frames_until_settled"]

AthLevels = npt.NDArray[np.float64]

CACHE_REVISION = "settling 1"
"""Part of every key. Increment the number when the results change."""
_FFT_SAMPLES = 1024
_LAME_FULL_SCALE = 32_768 / 14_752
"""LAME receives 16-bit samples and measures loudness relative to an amplitude of 14,752."""
_INITIAL_ATH = 0.01
"""The threshold at the start of encoding."""
_SPEECH_ATH = 1.0
"""The threshold during speech."""
_MAX_ANALYZED_FRAMES = 2000
"""Maximum number of frames to analyze. The rest of a longer loop is ignored."""
_ATH_TOLERANCE = 0.02
"""Thresholds that differ by a smaller fraction nearly always produce the same frames."""
_MIN_SETTLED_SHARE = 0.9
"""Minimum fraction of loop positions at which the thresholds must match within the tolerance."""
_CHUNK_FRAMES = 200
"""Number of frames whose spectra are held in memory at a time."""


class SettlingFrames:
    """Run-in and run-out lengths that LAME needs for the spans of a mix."""

    def __init__(self, source: AudioSource, quiet_lead_samples: int = 0, cache: Cache | None = None) -> None:
        """Analyze the loops of a mix.

        `quiet_lead_samples` is the number of samples before each steady region during which the mix is no louder than
        the loop.
        """
        loops = {region.loop_key: region for region in source.regions() if region.loop_key not in ("", SILENCE_LOOP)}
        frames = {loop: _measure_settling(source, region, cache) for loop, region in loops.items()}
        self.run_in_frames = max([MIN_RUN_IN_FRAMES, *(after_start for after_start, _ in frames.values())])
        """Frames to encode before a span so that it matches a single encoding of the whole session."""
        quiet_lead_frames = quiet_lead_samples // MP3_FRAME_SAMPLES
        self._run_out_frames_by_loop = {
            loop: MIN_RUN_OUT_FRAMES + max(0, after_speech - quiet_lead_frames)
            for loop, (_, after_speech) in frames.items()
        }

    def run_out_frames(self, region: Region) -> int:
        """Return how many frames at the start of a steady region are still affected by earlier audio."""
        return self._run_out_frames_by_loop.get(region.loop_key, MIN_RUN_OUT_FRAMES)


def frames_until_settled(targets: AthLevels, initial_ath: float) -> int:
    """Return the number of frames after which LAME's threshold no longer depends on `initial_ath`.

    After this number of frames, the threshold matches that of an endless loop at nearly all loop positions. `targets`
    contains the value toward which each frame of the loop moves the threshold.
    """
    settled = np.roll(_simulate_ath(targets, _SPEECH_ATH)[-1], MAX_SETTLING_FRAMES)
    for frames, threshold_after in enumerate(_simulate_ath(targets, initial_ath)):
        unsettled = np.abs(np.roll(threshold_after, frames) - settled) > _ATH_TOLERANCE * settled
        if unsettled.mean() <= 1 - _MIN_SETTLED_SHARE:
            return frames
    return MAX_SETTLING_FRAMES


def ath_targets(frames: AudioBlock) -> AthLevels:
    """Return the value toward which each frame moves the threshold, from 0.000625 (silence) to 1.

    `frames` has the shape (frames, samples, channels).
    """
    spectrum = np.fft.rfft(frames[:, :_FFT_SAMPLES] * _blackman()[:, np.newaxis], axis=1)[:, 1:]
    energy = (np.abs(spectrum) ** 2).mean(axis=2) * (_LAME_FULL_SCALE**2 / (_FFT_SAMPLES / 2))
    return np.asarray(np.minimum(31.98 * (energy @ _ear_sensitivity()) + 0.000625, 1.0), np.float64)


def _measure_settling(source: AudioSource, region: Region, cache: Cache | None) -> tuple[int, int]:
    """Return how many frames LAME needs to settle in a loop: first after the start of encoding, then after speech."""

    def measure() -> bytes:
        targets = _loop_ath_targets(source, region)
        return f"{frames_until_settled(targets, _INITIAL_ATH)} {frames_until_settled(targets, _SPEECH_ATH)}".encode()

    key = digest(CACHE_REVISION, region.loop_key, f"{region.loop_length} {source.channels}")
    after_start, after_speech = get_or_make(cache, key, measure).split()
    return int(after_start), int(after_speech)


def _loop_ath_targets(source: AudioSource, region: Region) -> AthLevels:
    count = min(max(region.loop_length // MP3_FRAME_SAMPLES, 1), _MAX_ANALYZED_FRAMES)
    targets = []
    for first in range(0, count, _CHUNK_FRAMES):
        start, stop = first * MP3_FRAME_SAMPLES, min(first + _CHUNK_FRAMES, count) * MP3_FRAME_SAMPLES
        audio = source.render_loop(region.loop_key, start, stop)
        targets.append(ath_targets(audio.reshape(-1, MP3_FRAME_SAMPLES, source.channels)))
    return np.concatenate(targets)


def _simulate_ath(targets: AthLevels, initial_ath: float) -> list[AthLevels]:
    """Return the thresholds after 0, 1, 2, ... frames. Each array has one value per starting frame in the loop."""
    ath, limit = np.full_like(targets, initial_ath), np.ones_like(targets)
    thresholds = [ath]
    for frames_done in range(MAX_SETTLING_FRAMES):
        target = np.roll(targets, -frames_done)
        falling = np.maximum(ath * (target * 0.075 + 0.925), target)
        rising = np.where(limit >= target, target, np.maximum(ath, limit))
        ath, limit = np.where(ath >= target, falling, rising), target
        thresholds.append(ath)
    return thresholds


@functools.cache
def _blackman() -> AudioBlock:
    return np.blackman(_FFT_SAMPLES).astype(np.float32)


@functools.cache
def _ear_sensitivity() -> npt.NDArray[np.float32]:
    """Return the ear's relative sensitivity at each frequency, from LAME's formula for the threshold in quiet."""
    kilohertz = np.maximum(np.arange(1, _FFT_SAMPLES // 2 + 1) * (SAMPLE_RATE / _FFT_SAMPLES / 1000), 0.1)
    threshold_db = (
        3.64 * kilohertz**-0.8
        - 6.8 * np.exp(-0.6 * (kilohertz - 3.4) ** 2)
        + 6.0 * np.exp(-0.15 * (kilohertz - 8.7) ** 2)
        + 0.76e-3 * kilohertz**4
    )
    sensitivity = 10 ** (-threshold_db / 10)
    return np.asarray(sensitivity / sensitivity.sum(), np.float32)
