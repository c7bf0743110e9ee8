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
from voiceguide.audio.beds.loader import BedLoop
from voiceguide.audio.chimes.synthesis import make_chime
from voiceguide.audio.ducking import LIFT_LEAD_SAMPLES, Envelope, duck_envelope, find_ducked_ranges
from voiceguide.audio.limiter import CEILING_DB, limit_peaks
from voiceguide.audio.loudness import block_powers, gated_loudness
from voiceguide.audio.mixer.frame_alignment import frame_grid_offset
from voiceguide.audio.mixer.loop_jumps import initial_jump, jumps_under_speech
from voiceguide.audio.mixer.mix import BedTrack, Mix, PlacedClip, db_to_float32_gain
from voiceguide.names import NARRATION_LUFS
from voiceguide.system.disk_cache import Cache, digest, get_or_make
from voiceguide.timeline.model import Cue, Line, TimedStage, Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["VoiceGains", "measure_voice_gains", "mix_session"]

Samples = npt.NDArray[np.float32]


class ClipSource(Protocol):
    """Where the words are; `voiceguide.speech.narrator.Speaker` is one."""

    def clip(self, line: Line) -> Samples:
        """The sound of a line, mono at 48 kHz."""

    def clip_id(self, line: Line) -> str:
        """A name for it: lines of the same name sound the same."""


VoiceGains = dict[tuple[str, bool], float]
"""Of each voice, its name and whether it is a recording: a plain gain."""
MAX_MIX_PEAK_DB = -1.4
"""Samples stay below; what lies between them and what the encoder adds has the rest to -1 dBTP."""
LOUDNESS_REVISION = "loudness 1"
"""Changes whenever words are measured otherwise."""
MAX_GAIN_DB = 30.0
"""A recording that needs more is noise with a whisper in it."""
GAIN_STEP_DB = 0.25
"""The session's gain is a multiple of this, so that one changed word does not change the sound of all the others."""
CROSSFADE_SAMPLES = 4 * SAMPLE_RATE
FADE_IN_SAMPLES = SAMPLE_RATE * 3 // 2
FADE_OUT_SAMPLES = 5 * SAMPLE_RATE
WAKE_NOISE_DB = -62.0
"""Without a bed, a floor that no one notices wakes a Bluetooth speaker before each cue."""


def mix_session(
    timeline: Timeline,
    clips: ClipSource,
    load_bed: Callable[[str], BedLoop],
    gains: VoiceGains | None = None,
    cache: Cache | None = None,
    grid_offset: int | None = None,
) -> Mix:
    """The sound of a session, ready to be asked for.

    `bed` gives a bed's loop by the name or file that the script gives it. `gains` are those of its voices where they
    are known already; else every clip is measured, as far as the cache does not know. `preroll`
    is for who wants its frames elsewhere than counted from its middle step.
    """
    spoken = [cue for cue in timeline.cues if cue.line is not None]
    spans = find_ducked_ranges((cue.start, cue.end) for cue in spoken)
    grid_offset = frame_grid_offset(timeline.stages) if grid_offset is None else grid_offset
    tracks = _make_bed_tracks(timeline, spans, load_bed, grid_offset)
    channels = 2 if tracks else 1
    gains = measure_voice_gains(timeline.unique_lines, clips, channels, cache) if gains is None else gains
    ceiling = _narration_ceiling(timeline, tracks)
    placed = [
        _place_narration(cue, cue.line, clips, gains[_voice_key(cue.line)], ceiling)
        for cue in spoken
        if cue.line is not None
    ]
    placed += [
        PlacedClip(
            cue.start,
            cue.length,
            partial(_render_chime, cue.chime, cue.length, channels),
            f"chime {cue.chime} {cue.length} {channels}",
        )
        for cue in timeline.cues
        if cue.chime
    ]
    placed += [
        PlacedClip(start - LIFT_LEAD_SAMPLES, LIFT_LEAD_SAMPLES, partial(_wake_noise, channels), f"wakening {channels}")
        for start, _ in spans
        if start >= LIFT_LEAD_SAMPLES
        and not any(track.start <= start - LIFT_LEAD_SAMPLES and start <= track.stop for track in tracks)
    ]
    return Mix(timeline.total, channels, placed, tracks, grid_offset)


@cache
def _wake_noise(channels: int) -> Samples:
    """The floor before a cue: noise that nobody notices, swelling softly, which wakes a Bluetooth speaker in time."""
    noise = np.random.Generator(np.random.PCG64(1)).standard_normal((LIFT_LEAD_SAMPLES, channels))
    swell = np.sin(np.linspace(0, np.pi, LIFT_LEAD_SAMPLES))[:, np.newaxis] ** 2
    return np.asarray(noise * swell * db_to_float32_gain(WAKE_NOISE_DB), np.float32)


def measure_voice_gains(
    lines: Iterable[Line], clips: ClipSource, channels: int, cache: Cache | None = None
) -> VoiceGains:
    """One plain gain for all the words of a voice, so that a quiet one ends at the same level as a hot one."""
    voices: dict[tuple[str, bool], list[Line]] = {}
    for line in lines:
        voices.setdefault(_voice_key(line), []).append(line)
    return {voice: db_to_float32_gain(_voice_gain_db(own, clips, channels, cache)) for voice, own in voices.items()}


def _voice_key(line: Line) -> tuple[str, bool]:
    """Who is heard: the voice, or the recordings, which are taken to be one person's."""
    return ("", True) if line.audio else (line.voice, False)


def _voice_gain_db(lines: list[Line], clips: ClipSource, channels: int, cache: Cache | None) -> float:
    """Decibels that bring these words together to NARRATION_LUFS, in steps of GAIN_STEP_DB.

    Loudness adds over channels, so that the same words are 3 LU louder in both of two than alone in one.
    """

    def measured() -> bytes:
        with ThreadPoolExecutor(os.cpu_count(), "loudness") as pool:
            powers = list(pool.map(lambda line: block_powers(clips.clip(line)) * channels, lines))
        return repr(gated_loudness(np.concatenate(powers))).encode()

    key = digest(LOUDNESS_REVISION, f"{channels}", *(clips.clip_id(line) for line in lines))
    wanted = NARRATION_LUFS - float(get_or_make(cache, key, measured))
    return round(min(wanted, MAX_GAIN_DB) / GAIN_STEP_DB) * GAIN_STEP_DB


def _narration_ceiling(timeline: Timeline, tracks: list[BedTrack]) -> float:
    """The amplitude that words may reach, so that with the ducked bed under them the mix stays below MIX_PEAK_DB."""
    beds = {stage.bed for stage in timeline.stages}
    level = max((NARRATION_LUFS + bed.level_db + bed.duck_db - LOOP_LUFS for bed in beds), default=-120.0)
    peak = max((float(max(track.loop.max(), -track.loop.min())) for track in tracks), default=0.0) * db_to_float32_gain(
        level
    )
    return float(
        np.clip(db_to_float32_gain(MAX_MIX_PEAK_DB) - peak, db_to_float32_gain(-12.0), db_to_float32_gain(CEILING_DB))
    )


def _place_narration(cue: Cue, line: Line, clips: ClipSource, gain: float, ceiling: float) -> PlacedClip:
    sound = partial(_render_narration, clips, line, gain, ceiling)
    return PlacedClip(cue.start, cue.length, sound, f"words {clips.clip_id(line)} {gain!r} {ceiling!r}", is_speech=True)


def _render_narration(clips: ClipSource, line: Line, gain: float, ceiling: float) -> Samples:
    return limit_peaks(clips.clip(line), gain, ceiling)[:, np.newaxis]


@cache
def _render_chime(name: str, length: int, channels: int) -> Samples:
    sound = make_chime(name, length / SAMPLE_RATE)[:length]
    return sound if channels == 2 else np.asarray(sound.mean(axis=1, keepdims=True), np.float32)


def _make_bed_tracks(
    timeline: Timeline, ducked_ranges: list[tuple[int, int]], load_bed: Callable[[str], BedLoop], grid_offset: int
) -> list[BedTrack]:
    """One track for each run of stages with one bed; neighbours overlap in a crossfade around the boundary."""
    tracks = []
    for sound, run in groupby(timeline.stages, key=lambda stage: stage.bed.sound):
        if sound == "none":
            continue
        stages = list(run)
        first, last = stages[0].start == 0, stages[-1].end == timeline.total
        start = 0 if first else max(stages[0].start - CROSSFADE_SAMPLES // 2, 0)
        stop = timeline.total if last else min(stages[-1].end + CROSSFADE_SAMPLES // 2, timeline.total)
        source = load_bed(sound)
        turns = jumps_under_speech(stages, len(source.loop), grid_offset) if source.can_jump else []
        tracks.append(
            BedTrack(
                start=start,
                stop=stop,
                fade_in=min(FADE_IN_SAMPLES if first else CROSSFADE_SAMPLES, (stop - start) // 2),
                fade_out=min(FADE_OUT_SAMPLES if last else CROSSFADE_SAMPLES, (stop - start) // 2),
                loop=source.loop,
                content_key=source.content_key,
                envelope=_bed_envelope(stages, ducked_ranges),
                jumps=(initial_jump(start, grid_offset), *turns),
            )
        )
    return tracks


def _bed_envelope(stages: list[TimedStage], ducked_ranges: list[tuple[int, int]]) -> Envelope:
    """The bed's level through these stages, sliding where it changes, ducked under every word.

    Levels are against the narration, so the loop moves from LOOP_LUFS to that many decibels under NARRATION_LUFS.
    """
    half = CROSSFADE_SAMPLES // 2
    points: list[tuple[int, float]] = []
    for stage in stages:
        level = NARRATION_LUFS + stage.bed.level_db - LOOP_LUFS
        begin, end = (
            (stage.start, stage.end) if stage.length <= CROSSFADE_SAMPLES else (stage.start + half, stage.end - half)
        )
        points += [(begin, level), (max(end, begin + 1), level)]
    base = Envelope(*zip(*points, strict=True))
    return duck_envelope(ducked_ranges, stages[0].bed.duck_db, base)
