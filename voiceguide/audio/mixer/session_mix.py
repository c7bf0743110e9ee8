"""From a settled timeline to a mix: which bed plays where and how loud, the gain of the narration, the chimes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import groupby
from typing import Protocol

import numpy as np
import numpy.typing as npt

from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.loader import BedSource
from voiceguide.audio.chimes.synthesis import make_chime
from voiceguide.audio.ducking import LIFT_AHEAD, Envelope, duck_envelope, spoken_spans
from voiceguide.audio.limiter import CEILING_DB, limited
from voiceguide.audio.loudness import block_powers, gated_loudness
from voiceguide.audio.mixer.frame_alignment import preroll_of
from voiceguide.audio.mixer.loop_jumps import first_turn, turns_under_words
from voiceguide.audio.mixer.mix import BedTrack, Mix, Placed, gain_of
from voiceguide.names import NARRATION_LUFS
from voiceguide.system.disk_cache import Cache, digest, remembered
from voiceguide.timeline.model import Cue, Line, TimedStage, Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["Gains", "mix_session", "narration_gains"]

Samples = npt.NDArray[np.float32]


class Clips(Protocol):
    """Where the words are; `voiceguide.speech.narrator.Speaker` is one."""

    def clip(self, line: Line) -> Samples:
        """The sound of a line, mono at 48 kHz."""

    def name(self, line: Line) -> str:
        """A name for it: lines of the same name sound the same."""


Gains = dict[tuple[str, bool], float]
"""Of each voice, its name and whether it is a recording: a plain gain."""
MIX_PEAK_DB = -1.4
"""Samples stay below; what lies between them and what the encoder adds has the rest to -1 dBTP."""
LOUDNESS = "loudness 1"
"""Changes whenever words are measured otherwise."""
MOST_GAIN_DB = 30.0
"""A recording that needs more is noise with a whisper in it."""
GAIN_STEP_DB = 0.25
"""The session's gain is a multiple of this, so that one changed word does not change the sound of all the others."""
CROSSFADE = 4 * SAMPLE_RATE
FADE_IN = SAMPLE_RATE * 3 // 2
FADE_OUT = 5 * SAMPLE_RATE
FLOOR_DB = -62.0
"""Without a bed, a floor that no one notices wakes a Bluetooth speaker before each cue."""


def mix_session(
    timeline: Timeline,
    clips: Clips,
    bed: Callable[[str], BedSource],
    gains: Gains | None = None,
    cache: Cache | None = None,
    preroll: int | None = None,
) -> Mix:
    """The sound of a session, ready to be asked for.

    `bed` gives a bed's loop by the name or file that the script gives it. `gains` are those of its voices where they
    are known already; else every clip is measured, as far as the cache does not know. `preroll`
    is for who wants its frames elsewhere than counted from its middle step.
    """
    spoken = [cue for cue in timeline.cues if cue.line is not None]
    spans = spoken_spans((cue.at, cue.end) for cue in spoken)
    preroll = preroll_of(timeline.stages) if preroll is None else preroll
    tracks = _tracks(timeline, spans, bed, preroll)
    channels = 2 if tracks else 1
    gains = narration_gains(timeline.lines, clips, channels, cache) if gains is None else gains
    ceiling = _ceiling(timeline, tracks)
    placed = [
        _narrated(cue, cue.line, clips, gains[_speaker(cue.line)], ceiling) for cue in spoken if cue.line is not None
    ]
    placed += [
        Placed(
            cue.at,
            cue.length,
            partial(_chime, cue.chime, cue.length, channels),
            f"chime {cue.chime} {cue.length} {channels}",
        )
        for cue in timeline.cues
        if cue.kind == "chime"
    ]
    placed += [
        Placed(start - LIFT_AHEAD, LIFT_AHEAD, partial(_wakening, channels), f"wakening {channels}")
        for start, _ in spans
        if start >= LIFT_AHEAD
        and not any(track.start <= start - LIFT_AHEAD and start <= track.stop for track in tracks)
    ]
    return Mix(timeline.total, channels, placed, tracks, preroll)


@cache
def _wakening(channels: int) -> Samples:
    """The floor before a cue: noise that nobody notices, swelling softly, which wakes a Bluetooth speaker in time."""
    noise = np.random.Generator(np.random.PCG64(1)).standard_normal((LIFT_AHEAD, channels))
    swell = np.sin(np.linspace(0, np.pi, LIFT_AHEAD))[:, np.newaxis] ** 2
    return np.asarray(noise * swell * gain_of(FLOOR_DB), np.float32)


def narration_gains(lines: Iterable[Line], clips: Clips, channels: int, cache: Cache | None = None) -> Gains:
    """One plain gain for all the words of a voice, so that a quiet one ends at the same level as a hot one."""
    voices: dict[tuple[str, bool], list[Line]] = {}
    for line in lines:
        voices.setdefault(_speaker(line), []).append(line)
    return {voice: gain_of(_gain_db(own, clips, channels, cache)) for voice, own in voices.items()}


def _speaker(line: Line) -> tuple[str, bool]:
    """Who is heard: the voice, or the recordings, which are taken to be one person's."""
    return ("", True) if line.audio else (line.voice, False)


def _gain_db(lines: list[Line], clips: Clips, channels: int, cache: Cache | None) -> float:
    """Decibels that bring these words together to NARRATION_LUFS, in steps of GAIN_STEP_DB.

    Loudness adds over channels, so that the same words are 3 LU louder in both of two than alone in one.
    """

    def measured() -> bytes:
        with ThreadPoolExecutor(os.cpu_count(), "loudness") as pool:
            powers = list(pool.map(lambda line: block_powers(clips.clip(line)) * channels, lines))
        return repr(gated_loudness(np.concatenate(powers))).encode()

    key = digest(LOUDNESS, f"{channels}", *(clips.name(line) for line in lines))
    wanted = NARRATION_LUFS - float(remembered(cache, key, measured))
    return round(min(wanted, MOST_GAIN_DB) / GAIN_STEP_DB) * GAIN_STEP_DB


def _ceiling(timeline: Timeline, tracks: list[BedTrack]) -> float:
    """The amplitude that words may reach, so that with the ducked bed under them the mix stays below MIX_PEAK_DB."""
    beds = {stage.bed for stage in timeline.stages}
    level = max((NARRATION_LUFS + bed.level_db + bed.duck_db - LOOP_LUFS for bed in beds), default=-120.0)
    peak = max((float(max(track.loop.max(), -track.loop.min())) for track in tracks), default=0.0) * gain_of(level)
    return float(np.clip(gain_of(MIX_PEAK_DB) - peak, gain_of(-12.0), gain_of(CEILING_DB)))


def _narrated(cue: Cue, line: Line, clips: Clips, gain: float, ceiling: float) -> Placed:
    sound = partial(_narration, clips, line, gain, ceiling)
    return Placed(cue.at, cue.length, sound, f"words {clips.name(line)} {gain!r} {ceiling!r}", spoken=True)


def _narration(clips: Clips, line: Line, gain: float, ceiling: float) -> Samples:
    return limited(clips.clip(line), gain, ceiling)[:, np.newaxis]


@cache
def _chime(name: str, length: int, channels: int) -> Samples:
    sound = make_chime(name, length / SAMPLE_RATE)[:length]
    return sound if channels == 2 else np.asarray(sound.mean(axis=1, keepdims=True), np.float32)


def _tracks(
    timeline: Timeline, spans: list[tuple[int, int]], bed: Callable[[str], BedSource], preroll: int
) -> list[BedTrack]:
    """One track for each run of stages with one bed; neighbours overlap in a crossfade around the boundary."""
    tracks = []
    for sound, run in groupby(timeline.stages, key=lambda stage: stage.bed.sound):
        if sound == "none":
            continue
        stages = list(run)
        first, last = stages[0].start == 0, stages[-1].end == timeline.total
        start = 0 if first else max(stages[0].start - CROSSFADE // 2, 0)
        stop = timeline.total if last else min(stages[-1].end + CROSSFADE // 2, timeline.total)
        source = bed(sound)
        turns = turns_under_words(stages, len(source.loop), preroll) if source.even else []
        tracks.append(
            BedTrack(
                start=start,
                stop=stop,
                fade_in=min(FADE_IN if first else CROSSFADE, (stop - start) // 2),
                fade_out=min(FADE_OUT if last else CROSSFADE, (stop - start) // 2),
                loop=source.loop,
                key=source.key,
                envelope=_levels(stages, spans),
                turns=(first_turn(start, preroll), *turns),
            )
        )
    return tracks


def _levels(stages: list[TimedStage], spans: list[tuple[int, int]]) -> Envelope:
    """The bed's level through these stages, sliding where it changes, ducked under every word.

    Levels are against the narration, so the loop moves from LOOP_LUFS to that many decibels under NARRATION_LUFS.
    """
    half = CROSSFADE // 2
    points: list[tuple[int, float]] = []
    for stage in stages:
        level = NARRATION_LUFS + stage.bed.level_db - LOOP_LUFS
        begin, end = (stage.start, stage.end) if stage.length <= CROSSFADE else (stage.start + half, stage.end - half)
        points += [(begin, level), (max(end, begin + 1), level)]
    base = Envelope(*zip(*points, strict=True))
    return duck_envelope(spans, stages[0].bed.duck_db, base)
