"""Place the beds of a session: their positions, fades, loop jumps and levels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from functools import cache
from itertools import groupby

from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.loader import BedLoop
from voiceguide.audio.ducking import Envelope, duck_envelope
from voiceguide.audio.mixer.cell_order import order_of_cells
from voiceguide.audio.mixer.loop_jumps import initial_jump, jumps_under_speech
from voiceguide.audio.mixer.mix import BedTrack
from voiceguide.builtin_names import NARRATION_LUFS, NONE
from voiceguide.timeline.model import TimedStage, Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["make_bed_tracks"]

CROSSFADE_SAMPLES = 4 * SAMPLE_RATE
FADE_IN_SAMPLES = SAMPLE_RATE * 3 // 2
FADE_OUT_SAMPLES = 5 * SAMPLE_RATE


def make_bed_tracks(
    timeline: Timeline, ducked_ranges: list[tuple[int, int]], load_bed: Callable[[str], BedLoop], grid_offset: int
) -> list[BedTrack]:
    """Return one track for each run of consecutive stages with the same bed. Adjacent tracks are crossfaded."""
    tracks = []
    load_bed = cache(load_bed)
    for bed_name, group in groupby(timeline.stages, key=lambda stage: stage.bed.sound):
        if bed_name == NONE:
            continue
        stages = list(group)
        is_first, is_last = stages[0].start == 0, stages[-1].end == timeline.total
        start = 0 if is_first else max(stages[0].start - CROSSFADE_SAMPLES // 2, 0)
        stop = timeline.total if is_last else min(stages[-1].end + CROSSFADE_SAMPLES // 2, timeline.total)
        bed = load_bed(bed_name)
        order = order_of_cells(bed.joins, len(bed.loop))
        jumps = [] if bed.joins == "none" else jumps_under_speech(stages, len(bed.loop), grid_offset, order)
        tracks.append(
            BedTrack(
                start=start,
                stop=stop,
                fade_in=min(FADE_IN_SAMPLES if is_first else CROSSFADE_SAMPLES, (stop - start) // 2),
                fade_out=min(FADE_OUT_SAMPLES if is_last else CROSSFADE_SAMPLES, (stop - start) // 2),
                loop=bed.loop,
                content_key=bed.content_key,
                envelope=_bed_envelope(stages, _ranges_near(ducked_ranges, start, stop)),
                jumps=(initial_jump(start, grid_offset), *jumps),
                order=order,
            )
        )
    return tracks


def _ranges_near(ducked_ranges: list[tuple[int, int]], start: int, stop: int) -> list[tuple[int, int]]:
    """Return the ranges that can affect the level of a track: those within it, and two on either side.

    The ramps before and after a range are shorter than the gap between two ranges, so no other range matters.
    """
    first, last = bisect_left(ducked_ranges, (start,)), bisect_left(ducked_ranges, (stop,))
    return ducked_ranges[max(first - 2, 0) : last + 2]


def _bed_envelope(stages: list[TimedStage], ducked_ranges: list[tuple[int, int]]) -> Envelope:
    """Return the level of a bed over these stages, with gradual changes between stages and ducking under speech.

    Bed levels are relative to NARRATION_LUFS. The envelope contains the gain to apply to a loop at LOOP_LUFS.
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
