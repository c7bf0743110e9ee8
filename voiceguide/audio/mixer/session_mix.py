"""Build a mix from a timeline: place the beds, the narration and the chimes, and set their levels."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Protocol

import numpy as np

from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.loader import BedLoop
from voiceguide.audio.chimes.breath_noise import synthesize_breath_noise
from voiceguide.audio.chimes.breath_tones import synthesize_breath_tone
from voiceguide.audio.chimes.presets import CHIMES
from voiceguide.audio.chimes.synthesis import MAX_PEAK_DB, fit_recorded_chime, synthesize_chime
from voiceguide.audio.ducking import LIFT_LEAD_SAMPLES, db_to_float32_gain, find_ducked_ranges
from voiceguide.audio.limiter import CEILING_DB, limit_peaks
from voiceguide.audio.loudness import block_powers, gated_loudness, sample_peak
from voiceguide.audio.mixer.bed_tracks import make_bed_tracks
from voiceguide.audio.mixer.frame_alignment import frame_grid_offset
from voiceguide.audio.mixer.mix import BedTrack, Mix, PlacedClip
from voiceguide.audio.mixer.overlap_index import OverlapIndex
from voiceguide.builtin_names import BREATH_NOISES, BREATH_TONES, CHIME_LEVEL_DB, NARRATION_LUFS
from voiceguide.seeded_generator import seeded_generator
from voiceguide.system.disk_cache import Cache, digest, get_or_make
from voiceguide.timeline.model import BedSettings, Cue, Line, Timeline

__all__ = ["CuePlacer", "VoiceGains", "measure_voice_gains", "mix_session"]


class ClipSource(Protocol):
    """Source of the speech clips, such as `voiceguide.speech.narrator.Narrator`."""

    def clip(self, line: Line) -> Samples:
        """Return the mono samples of a line, shape (frames,)."""

    def clip_id(self, line: Line) -> str:
        """Return an ID for the samples of a line. Lines with equal IDs have identical samples."""


VoiceGains = dict[tuple[str, bool], float]
"""The gain of each voice. Each key consists of a voice name and a flag that is true for recorded speech."""
MAX_MIX_PEAK_DB = -1.4
"""Maximum sample peak of the mix. It is below -1 dBTP to leave room for inter-sample peaks and the encoder."""
LOUDNESS_REVISION = "loudness 1"
"""Part of the cache key of every loudness measurement. Increment when the measurement changes."""
MAX_GAIN_DB = 30.0
"""Maximum gain of a voice. A recording that needs more is mostly noise."""
GAIN_STEP_DB = 0.25
"""Gains are multiples of this step, so that editing one line rarely changes the audio of all other lines."""
WAKE_NOISE_DB = -62.0
"""Level of the inaudible noise that wakes a Bluetooth speaker before each cue if there is no bed."""


def mix_session(
    timeline: Timeline,
    clips: ClipSource,
    load_bed: Callable[[str], BedLoop],
    gains: VoiceGains | None = None,
    cache: Cache | None = None,
    grid_offset: int | None = None,
) -> Mix:
    """Return the mix of a session.

    Args:
        timeline: the session, with exact speech lengths.
        clips: the source of the speech clips.
        load_bed: returns the loop of a bed, given its name or file as written in the script.
        gains: the voice gains, if known. By default, the clips are measured unless the result is cached.
        cache: stores the loudness of each voice.
        grid_offset: the offset of the frame grid. By default, the grid is aligned with a step in the middle.
    """
    ducked_ranges = find_ducked_ranges((cue.start, cue.end) for cue in timeline.cues if cue.is_speech)
    grid_offset = frame_grid_offset(timeline.stages) if grid_offset is None else grid_offset
    tracks = make_bed_tracks(timeline, ducked_ranges, load_bed, grid_offset)
    placer = CuePlacer(timeline, clips, {track.content_key: track.loop for track in tracks}, gains, cache)
    placed_clips = [placer.place(cue) for cue in timeline.cues if cue.line is not None]
    placed_clips += [placer.place(cue) for cue in timeline.cues if cue.chime]
    placed_clips += [placer.wakening(start) for start in _starts_without_bed(ducked_ranges, tracks)]
    return Mix(timeline.total, placer.channels, placed_clips, tracks, grid_offset)


class CuePlacer:
    """Turns cues into clips at the levels of one session."""

    def __init__(
        self,
        timeline: Timeline,
        clips: ClipSource,
        loops: Mapping[str, Samples],
        gains: VoiceGains | None = None,
        cache: Cache | None = None,
    ) -> None:
        """`loops` maps content keys to the loops of the session's beds. The levels depend on all of them."""
        self.channels = 2 if loops else 1
        self._clips = clips
        self._gains = (
            measure_voice_gains(timeline.unique_lines, clips, self.channels, cache) if gains is None else gains
        )
        self._ceiling = _narration_ceiling(timeline, loops)
        self._highest_chime_gain = _highest_chime_gain(timeline, loops)

    def place(self, cue: Cue) -> PlacedClip:
        """Return the clip of a cue."""
        if cue.line is not None:
            return _place_line(cue, cue.line, self._clips, self._gains[_voice_key(cue.line)], self._ceiling)
        assert cue.chime is not None
        gain = min(db_to_float32_gain(cue.chime.level_db - CHIME_LEVEL_DB), self._highest_chime_gain)
        if cue.chime.recording is not None:
            return _place_recorded_chime(cue, cue.chime.recording, self._clips, gain)
        render = partial(_render_chime, cue.chime.sound, cue.length, self.channels)
        return PlacedClip(cue.start, cue.length, render, f"chime {cue.chime.sound} {cue.length} {self.channels}", gain)

    def wakening(self, start: int) -> PlacedClip:
        """Return the inaudible noise that precedes speech at `start` if no bed is playing."""
        begin = start - LIFT_LEAD_SAMPLES
        return PlacedClip(begin, LIFT_LEAD_SAMPLES, partial(_wake_noise, self.channels), f"wakening {self.channels}")


def _starts_without_bed(ducked_ranges: list[tuple[int, int]], tracks: list[BedTrack]) -> Iterator[int]:
    """Yield the start of each range, unless a bed plays throughout the LIFT_LEAD_SAMPLES before the range."""
    index = OverlapIndex(tracks)
    for start, _ in ducked_ranges:
        lead_start = start - LIFT_LEAD_SAMPLES
        leading = index.overlapping(lead_start, start)
        if lead_start >= 0 and not any(track.start <= lead_start and start <= track.stop for track in leading):
            yield start


@cache
def _wake_noise(channels: int) -> Samples:
    """Return one second of inaudible noise that swells and fades, to wake a Bluetooth speaker before a cue."""
    noise = seeded_generator(1).standard_normal((LIFT_LEAD_SAMPLES, channels))
    swell = np.sin(np.linspace(0, np.pi, LIFT_LEAD_SAMPLES))[:, np.newaxis] ** 2
    return np.asarray(noise * swell * db_to_float32_gain(WAKE_NOISE_DB), np.float32)


def measure_voice_gains(
    lines: Iterable[Line], clips: ClipSource, channels: int, cache: Cache | None = None
) -> VoiceGains:
    """For each voice, return the gain that brings its combined speech to NARRATION_LUFS."""
    by_voice: dict[tuple[str, bool], list[Line]] = {}
    for line in lines:
        by_voice.setdefault(_voice_key(line), []).append(line)
    return {
        key: db_to_float32_gain(_voice_gain_db(voice_lines, clips, channels, cache))
        for key, voice_lines in by_voice.items()
    }


def _voice_key(line: Line) -> tuple[str, bool]:
    """Return the `VoiceGains` key for a line's voice. All recordings count as one voice."""
    return ("", True) if line.audio else (line.voice, False)


def _voice_gain_db(lines: list[Line], clips: ClipSource, channels: int, cache: Cache | None) -> float:
    """Return the gain that brings the combined lines to NARRATION_LUFS, in steps of GAIN_STEP_DB.

    Loudness is summed over channels: the same speech is 3 LU louder in stereo than in mono.
    """

    def measure() -> bytes:
        with ThreadPoolExecutor(os.cpu_count(), "loudness") as pool:
            powers = list(pool.map(lambda line: block_powers(clips.clip(line)) * channels, lines))
        return repr(gated_loudness(np.concatenate(powers))).encode()

    key = digest(LOUDNESS_REVISION, f"{channels}", *(clips.clip_id(line) for line in lines))
    gain_db = NARRATION_LUFS - float(get_or_make(cache, key, measure))
    return round(min(gain_db, MAX_GAIN_DB) / GAIN_STEP_DB) * GAIN_STEP_DB


def _narration_ceiling(timeline: Timeline, loops: Mapping[str, Samples]) -> float:
    """Return the highest speech amplitude that keeps the mix with the ducked bed below MAX_MIX_PEAK_DB."""
    room = _room_above_beds((bed.level_db + bed.duck_db for bed in _beds(timeline)), loops)
    return float(np.clip(room, db_to_float32_gain(-12.0), db_to_float32_gain(CEILING_DB)))


def _highest_chime_gain(timeline: Timeline, loops: Mapping[str, Samples]) -> float:
    """Return the highest gain of a chime that keeps the mix below MAX_MIX_PEAK_DB. It is never an attenuation."""
    room = _room_above_beds((bed.level_db for bed in _beds(timeline)), loops)
    return max(room / db_to_float32_gain(MAX_PEAK_DB), 1.0)


def _beds(timeline: Timeline) -> set[BedSettings]:
    return {stage.bed for stage in timeline.stages}


def _room_above_beds(levels_db: Iterable[float], loops: Mapping[str, Samples]) -> float:
    """Return the amplitude that is left below MAX_MIX_PEAK_DB above the loudest bed. Levels are relative to the
    narration.
    """
    level_db = NARRATION_LUFS - LOOP_LUFS + max(levels_db, default=-120.0)
    bed_peak = max(map(sample_peak, loops.values()), default=0.0) * db_to_float32_gain(level_db)
    return db_to_float32_gain(MAX_MIX_PEAK_DB) - bed_peak


def _place_line(cue: Cue, line: Line, clips: ClipSource, gain: float, ceiling: float) -> PlacedClip:
    render = partial(_render_line, clips, line, gain, ceiling)
    content_key = f"words {clips.clip_id(line)} {gain!r} {ceiling!r}"
    return PlacedClip(cue.start, cue.length, render, content_key, is_speech=True)


def _render_line(clips: ClipSource, line: Line, gain: float, ceiling: float) -> Samples:
    return limit_peaks(clips.clip(line), gain, ceiling)[:, np.newaxis]


def _place_recorded_chime(cue: Cue, recording: Line, clips: ClipSource, gain: float) -> PlacedClip:
    content_key = f"chime {clips.clip_id(recording)} {cue.length}"

    def render() -> Samples:
        return fit_recorded_chime(clips.clip(recording), cue.length)

    return PlacedClip(cue.start, cue.length, render, content_key, gain)


@cache
def _render_chime(name: str, length: int, channels: int) -> Samples:
    if name in BREATH_TONES.values():
        chime = synthesize_breath_tone(name, length)
    elif name in BREATH_NOISES.values():
        chime = synthesize_breath_noise(name, length)
    else:
        chime = synthesize_chime(CHIMES[name], length)
    return chime if channels == 2 else np.asarray(chime.mean(axis=1, keepdims=True), np.float32)
