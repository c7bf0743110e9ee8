"""Is a finished file what its plan says? Length to the sample, chapters, every cue in its place and at its level, and
nothing else to be heard, or missing, at any moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide.encode.formats import FORMATS, Format, format_of
from voiceguide.encode.smart_render import Run
from voiceguide.metadata.audio_checksum import sound_bytes, sound_sum
from voiceguide.metadata.embedded_plan import read_plan, read_sum
from voiceguide.system.disk_cache import Cache
from voiceguide.units import LEVEL_ROW_SAMPLES, SAMPLE_RATE, format_clock, gain_to_db, samples_to_seconds
from voiceguide.verification.chapter_reader import read_chapters
from voiceguide.verification.decoding import Whole, decode_whole
from voiceguide.verification.fingerprint import REACH, Match, match
from voiceguide.verification.level_profile import LevelMeter, level_faults
from voiceguide.verification.mp3_integrity import check_frames
from voiceguide.verification.mp3_regions import Heard, WrittenMp3
from voiceguide.verification.reference_plan import PlannedCue, SessionPlan, read_session_plan

__all__ = ["HeardCue", "Report", "verify_file", "verify_mp3"]

Samples = npt.NDArray[np.float32]

LEAST_LIKENESS = 0.9
"""Half a cue missing is at 0.8, a bed 6 dB under the voice at 0.97."""
MOST_SHIFT_S = 0.010
MOST_LOUDER_DB = 3.0
LEAST_KILOBITS = 40
"""A channel, with which every encoder keeps the levels."""
MOST_LEVEL_FAULTS = 5
"""Told one by one; of more, how many there are."""


@dataclass(frozen=True)
class HeardCue:
    """One cue of the plan, and how it was found."""

    at_s: float
    text: str
    match: Match
    fault: str
    """What is wrong with it, or nothing."""


@dataclass(frozen=True)
class Report:
    """What was found."""

    total: int
    """Samples that the plan asks for."""
    chapters: int
    peak_db: float
    """True peak."""
    cues: tuple[HeardCue, ...]
    faults: tuple[str, ...]
    """Each a whole sentence; none for a good file."""


def verify_file(path: Path, form: Format | None = None) -> Report:
    """Decode the whole of a session and compare it with the plan inside it. `form` is the format, where the ending of
    the name does not say it.

    Raises:
        VerifyError: for a file without a plan, or that cannot be decoded at all.
    """
    plan = read_session_plan(path, read_plan(path))
    whole = Whole(LevelMeter(plan.preroll))
    spans = [(max(cue.at - REACH, 0), min(cue.end + REACH, plan.total)) for cue in plan.cues]
    sounds = decode_whole(path, spans, plan.channels, whole)
    cues = tuple(_heard(cue, span, sound) for cue, span, sound in zip(plan.cues, spans, sounds, strict=True))
    form = form or format_of(path.name) or FORMATS["mp3"]
    faults = [*_sum_faults(path), *_length_faults(form, whole, plan.total)]
    levels = _level_faults(plan, whole.meter, 0, _is_coarse(path, plan))
    chapters = _chapter_faults(path, form, plan)
    return _report(plan, cues, whole.peak, [*faults, *_cue_faults(cues), *_few(list(levels)), *chapters])


def verify_mp3(
    path: Path,
    plan: bytes,
    bit_rate: int,
    runs: Sequence[Run],
    known: Cache | None = None,
    jobs: int | None = None,
) -> Report:
    """Compare one of our own MP3s, just written from these `runs`, with its plan. Every island is decoded, and a loop's
    frames once; `known` remembers what was right before. The report tells of the cues that were heard now."""
    wanted = read_session_plan(path, plan)
    with ThreadPoolExecutor(1, "chapters") as aside:
        chapters = aside.submit(_chapter_faults, path, FORMATS["mp3"], wanted)
        cues, peak, faults = _heard_frames(path, wanted, bit_rate, runs, known, jobs)
        return _report(wanted, cues, peak, [*faults, *chapters.result()])


def _heard_frames(
    path: Path, wanted: SessionPlan, bit_rate: int, runs: Sequence[Run], known: Cache | None, jobs: int | None
) -> tuple[tuple[HeardCue, ...], float, list[str]]:
    """The cues that were heard, the true peak, and what is wrong with the frames."""
    begin, faults = check_frames(path, wanted.total, bit_rate, wanted.channels, wanted.quiet)
    if faults:
        return (), 0.0, faults
    written = WrittenMp3(path, begin, bit_rate, wanted, runs)
    if written.copies_differ:
        return (), 0.0, ["A frame of the bed in the file is damaged."]
    cues: list[HeardCue] = []
    levels: list[str] = []
    peak = 0.0
    keyed = [(unit, written.key(unit)) for unit in written.units()]
    fresh = [(unit, key) for unit, key in keyed if known is None or known.get(key) is None]
    coarse = _is_coarse(path, wanted)

    def judge(heard: Heard) -> tuple[list[HeardCue], list[str], float]:
        own = [_heard_in(heard, cue) for cue in heard.unit.cues]
        return own, list(_unit_levels(heard, wanted, coarse)), heard.peak

    judged = written.judge([unit for unit, _ in fresh], judge, jobs)
    for (own, off, loudest), (_, key) in zip(judged, fresh, strict=True):
        if known is not None and not off and not any(cue.fault for cue in own) and loudest < 1.0:
            known.put(key, b"right")
        cues += own
        levels += off
        peak = max(peak, loudest)
    return tuple(cues), peak, [*_cue_faults(cues), *_few(levels)]


def _report(plan: SessionPlan, cues: tuple[HeardCue, ...], peak: float, faults: list[str]) -> Report:
    if peak >= 1.0:
        faults = [*faults, f"The sound is clipped: it reaches {gain_to_db(peak):+.1f} dBTP."]
    return Report(plan.total, len(plan.stages), gain_to_db(peak), cues, tuple(faults))


def _heard_in(heard: Heard, cue: PlannedCue) -> HeardCue:
    begin, end = heard.unit.begin, heard.unit.end
    span = max(cue.at - REACH, begin), min(cue.end + REACH, end)
    return _heard(cue, span, heard.mono[span[0] - begin : span[1] - begin])


def _heard(cue: PlannedCue, span: tuple[int, int], sound: Samples) -> HeardCue:
    before, after = REACH - (cue.at - span[0]), REACH - (span[1] - cue.end)
    found = match(cue.print, np.pad(sound, (before, max(after, 0))))
    return HeardCue(samples_to_seconds(cue.at), cue.text, found, _cue_fault(cue, found))


def _cue_fault(cue: PlannedCue, found: Match) -> str:
    name = f'The cue "{cue.text[:60]}" at {format_clock(cue.at)}'
    if found.likeness < LEAST_LIKENESS:
        return f"{name} is not heard there (likeness {found.likeness:.2f})."
    if abs(found.late_s) > MOST_SHIFT_S:
        return f"{name} is heard {abs(found.late_s) * 1000:.0f} ms too {'late' if found.late_s > 0 else 'early'}."
    if abs(found.louder_db) > MOST_LOUDER_DB:
        return f"{name} is {abs(found.louder_db):.1f} dB too {'loud' if found.louder_db > 0 else 'quiet'}."
    return ""


def _cue_faults(cues: Sequence[HeardCue]) -> list[str]:
    return [cue.fault for cue in cues if cue.fault]


def _unit_levels(heard: Heard, plan: SessionPlan, coarse: bool) -> Iterator[str]:
    rows, begin = heard.unit.rows, heard.unit.begin
    start, stop = (row * LEVEL_ROW_SAMPLES - plan.preroll for row in (rows.start, rows.stop))
    meter = LevelMeter(max(-start, 0))
    meter.hear(heard.mono[max(start, 0) - begin : stop - begin])
    return _level_faults(plan, meter, rows.start, coarse)


def _level_faults(plan: SessionPlan, heard: LevelMeter, first: int, coarse: bool) -> Iterator[str]:
    for row, rows, off_db in level_faults(plan.levels, heard.rows(), first, coarse):
        at, lasts_s = max(row * LEVEL_ROW_SAMPLES - plan.preroll, 0), rows * LEVEL_ROW_SAMPLES / SAMPLE_RATE
        what = "too loud: something is heard that is not planned" if off_db > 0 else "too quiet: something is missing"
        yield f"At {format_clock(at)} the sound is for {lasts_s:.1f} s up to {abs(off_db):.0f} dB {what}."


def _few(faults: list[str]) -> list[str]:
    more = len(faults) - MOST_LEVEL_FAULTS
    return faults if more <= 0 else [*faults[:MOST_LEVEL_FAULTS], f"So it is at {more} more places."]


def _is_coarse(path: Path, plan: SessionPlan) -> bool:
    """True for a file of so few bits that its levels are not kept everywhere."""
    return sound_bytes(path) * 8 / 1000 / max(plan.total / SAMPLE_RATE, 1) < LEAST_KILOBITS * plan.channels


def _sum_faults(path: Path) -> list[str]:
    written = read_sum(path)
    if written is None or written == sound_sum(path):
        return []
    return ["The bytes of the sound are not those that were written: the file is damaged, or was encoded again."]


def _length_faults(form: Format, whole: Whole, total: int) -> list[str]:
    off = whole.samples - total
    if -1 < off <= form.extra_samples:
        return []
    return [f"The file lasts {whole.samples} samples and the plan {total}: {off / SAMPLE_RATE:+.4f} s."]


def _chapter_faults(path: Path, form: Format, plan: SessionPlan) -> list[str]:
    if not form.has_chapters:
        return []
    found = read_chapters(path)
    if len(found) != len(plan.stages):
        return [f"The file has {len(found)} chapters and the plan {len(plan.stages)} stages."]
    return [
        fault
        for pair in zip(found, plan.stages, strict=True)
        if (fault := _chapter_fault(*pair, form.chapter_tolerance_s))
    ]


def _chapter_fault(found: tuple[float, float, str], wanted: tuple[float, float, str], off_s: float) -> str:
    start, end, title = wanted
    if found[2].split() != title.split() and not title.startswith(found[2].rstrip("…")):
        return f'The chapter "{found[2]}" should be called "{title}".'
    if abs(found[0] - start) > off_s or abs(found[1] - end) > off_s:
        return f'The chapter "{title}" lasts from {found[0]:.3f} to {found[1]:.3f} s, not {start:.3f} to {end:.3f}.'
    return ""
