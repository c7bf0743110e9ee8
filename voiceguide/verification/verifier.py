"""Is a finished file what its plan says? Length to the sample, chapters, every cue in its place and at its level, and
nothing else to be heard, or missing, at any moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from voiceguide.encode.formats import FORMATS, Format, format_for_file_name
from voiceguide.encode.smart_render import Span
from voiceguide.metadata.audio_checksum import audio_checksum, audio_size_bytes
from voiceguide.metadata.embedded_plan import read_embedded_checksum, read_embedded_plan
from voiceguide.system.disk_cache import Cache
from voiceguide.units import LEVEL_ROW_SAMPLES, SAMPLE_RATE, format_clock, gain_to_db, samples_to_seconds
from voiceguide.verification.chapter_reader import read_chapters
from voiceguide.verification.decoding import FileStats, decode_file
from voiceguide.verification.fingerprint import SEARCH_MARGIN_SAMPLES, FingerprintMatch, match_fingerprint
from voiceguide.verification.level_profile import LevelMeter, find_level_deviations
from voiceguide.verification.mp3_integrity import check_mp3_frames
from voiceguide.verification.mp3_regions import DecodedRegion, Mp3Regions
from voiceguide.verification.reference_plan import ReferenceCue, ReferencePlan, parse_reference_plan

__all__ = ["CueResult", "VerifyReport", "verify_file", "verify_mp3"]

Samples = npt.NDArray[np.float32]

MIN_SIMILARITY = 0.9
"""Half a cue missing is at 0.8, a bed 6 dB under the voice at 0.97."""
MAX_CUE_OFFSET_S = 0.010
MAX_GAIN_ERROR_DB = 3.0
MIN_KBPS_PER_CHANNEL = 40
"""A channel, with which every encoder keeps the levels."""
MAX_REPORTED_LEVEL_FAULTS = 5
"""Told one by one; of more, how many there are."""


@dataclass(frozen=True)
class CueResult:
    """One cue of the plan, and how it was found."""

    at_s: float
    text: str
    match: FingerprintMatch
    failure: str
    """What is wrong with it, or nothing."""


@dataclass(frozen=True)
class VerifyReport:
    """What was found."""

    total_samples: int
    """Samples that the plan asks for."""
    chapters: int
    true_peak_dbtp: float
    """True peak."""
    cues: tuple[CueResult, ...]
    failures: tuple[str, ...]
    """Each a whole sentence; none for a good file."""

    @property
    def ok(self) -> bool:
        """Whether the file is what its plan says."""
        return not self.failures

    @property
    def duration_s(self) -> float:
        return samples_to_seconds(self.total_samples)


def verify_file(path: Path, audio_format: Format | None = None) -> VerifyReport:
    """Decode the whole of a session and compare it with the plan inside it. `form` is the format, where the ending of
    the name does not say it.

    Raises:
        VerifyError: for a file without a plan, or that cannot be decoded at all.
    """
    plan = parse_reference_plan(path, read_embedded_plan(path))
    whole = FileStats(LevelMeter(plan.grid_offset))
    spans = [
        (max(cue.at - SEARCH_MARGIN_SAMPLES, 0), min(cue.end + SEARCH_MARGIN_SAMPLES, plan.total)) for cue in plan.cues
    ]
    sounds = decode_file(path, spans, plan.channels, whole)
    cues = tuple(_check_cue(cue, span, sound) for cue, span, sound in zip(plan.cues, spans, sounds, strict=True))
    audio_format = audio_format or format_for_file_name(path.name) or FORMATS["mp3"]
    faults = [*_check_audio_checksum(path), *_check_length(audio_format, whole, plan.total)]
    levels = _check_levels(plan, whole.level_meter, 0, _has_low_bit_rate(path, plan))
    chapters = _check_chapters(path, audio_format, plan)
    return _make_report(
        plan, cues, whole.peak_amplitude, [*faults, *_cue_faults(cues), *_limit_faults(list(levels)), *chapters]
    )


def verify_mp3(
    path: Path,
    plan: bytes,
    bit_rate: int,
    spans: Sequence[Span],
    cache: Cache | None = None,
    jobs: int | None = None,
) -> VerifyReport:
    """Compare one of our own MP3s, just written from these `runs`, with its plan. Every island is decoded, and a loop's
    frames once; `known` remembers what was right before. The report tells of the cues that were heard now."""
    wanted = parse_reference_plan(path, plan)
    with ThreadPoolExecutor(1, "chapters") as aside:
        chapters = aside.submit(_check_chapters, path, FORMATS["mp3"], wanted)
        cues, peak, faults = _check_mp3_regions(path, wanted, bit_rate, spans, cache, jobs)
        return _make_report(wanted, cues, peak, [*faults, *chapters.result()])


def _check_mp3_regions(
    path: Path, reference: ReferencePlan, bit_rate: int, spans: Sequence[Span], cache: Cache | None, jobs: int | None
) -> tuple[tuple[CueResult, ...], float, list[str]]:
    """The cues that were heard, the true peak, and what is wrong with the frames."""
    begin, faults = check_mp3_frames(path, reference.total, bit_rate, reference.channels, reference.leading_silence)
    if faults:
        return (), 0.0, faults
    written = Mp3Regions(path, begin, bit_rate, reference, spans)
    if written.copies_differ:
        return (), 0.0, ["A frame of the bed in the file is damaged."]
    cues: list[CueResult] = []
    levels: list[str] = []
    peak = 0.0
    keyed = [(unit, written.cache_key(unit)) for unit in written.regions()]
    fresh = [(unit, key) for unit, key in keyed if cache is None or cache.get(key) is None]
    coarse = _has_low_bit_rate(path, reference)

    def judge(heard: DecodedRegion) -> tuple[list[CueResult], list[str], float]:
        own = [_check_cue_in_region(heard, cue) for cue in heard.region.cues]
        return own, list(_check_region_levels(heard, reference, coarse)), heard.peak_amplitude

    judged = written.check([unit for unit, _ in fresh], judge, jobs)
    for (own, off, loudest), (_, key) in zip(judged, fresh, strict=True):
        if cache is not None and not off and not any(cue.failure for cue in own) and loudest < 1.0:
            cache.put(key, b"right")
        cues += own
        levels += off
        peak = max(peak, loudest)
    return tuple(cues), peak, [*_cue_faults(cues), *_limit_faults(levels)]


def _make_report(plan: ReferencePlan, cues: tuple[CueResult, ...], peak: float, faults: list[str]) -> VerifyReport:
    if peak >= 1.0:
        faults = [*faults, f"The sound is clipped: it reaches {gain_to_db(peak):+.1f} dBTP."]
    return VerifyReport(plan.total, len(plan.chapters), gain_to_db(peak), cues, tuple(faults))


def _check_cue_in_region(decoded: DecodedRegion, cue: ReferenceCue) -> CueResult:
    begin, end = decoded.region.decode_start, decoded.region.decode_stop
    span = max(cue.at - SEARCH_MARGIN_SAMPLES, begin), min(cue.end + SEARCH_MARGIN_SAMPLES, end)
    return _check_cue(cue, span, decoded.mono[span[0] - begin : span[1] - begin])


def _check_cue(cue: ReferenceCue, span: tuple[int, int], sound: Samples) -> CueResult:
    before, after = SEARCH_MARGIN_SAMPLES - (cue.at - span[0]), SEARCH_MARGIN_SAMPLES - (span[1] - cue.end)
    found = match_fingerprint(cue.fingerprint, np.pad(sound, (before, max(after, 0))))
    return CueResult(samples_to_seconds(cue.at), cue.text, found, _cue_fault(cue, found))


def _cue_fault(cue: ReferenceCue, found: FingerprintMatch) -> str:
    name = f'The cue "{cue.text[:60]}" at {format_clock(cue.at)}'
    if found.similarity < MIN_SIMILARITY:
        return f"{name} is not heard there (likeness {found.similarity:.2f})."
    if abs(found.offset_s) > MAX_CUE_OFFSET_S:
        return f"{name} is heard {abs(found.offset_s) * 1000:.0f} ms too {'late' if found.offset_s > 0 else 'early'}."
    if abs(found.gain_error_db) > MAX_GAIN_ERROR_DB:
        return f"{name} is {abs(found.gain_error_db):.1f} dB too {'loud' if found.gain_error_db > 0 else 'quiet'}."
    return ""


def _cue_faults(cues: Sequence[CueResult]) -> list[str]:
    return [cue.failure for cue in cues if cue.failure]


def _check_region_levels(decoded: DecodedRegion, plan: ReferencePlan, low_bit_rate: bool) -> Iterator[str]:
    rows, begin = decoded.region.row_range, decoded.region.decode_start
    start, stop = (row * LEVEL_ROW_SAMPLES - plan.grid_offset for row in (rows.start, rows.stop))
    meter = LevelMeter(max(-start, 0))
    meter.feed(decoded.mono[max(start, 0) - begin : stop - begin])
    return _check_levels(plan, meter, rows.start, low_bit_rate)


def _check_levels(plan: ReferencePlan, meter: LevelMeter, first_row: int, low_bit_rate: bool) -> Iterator[str]:
    for row, rows, off_db in find_level_deviations(plan.levels, meter.rows(), first_row, low_bit_rate):
        at, lasts_s = max(row * LEVEL_ROW_SAMPLES - plan.grid_offset, 0), rows * LEVEL_ROW_SAMPLES / SAMPLE_RATE
        what = "too loud: something is heard that is not planned" if off_db > 0 else "too quiet: something is missing"
        yield f"At {format_clock(at)} the sound is for {lasts_s:.1f} s up to {abs(off_db):.0f} dB {what}."


def _limit_faults(faults: list[str]) -> list[str]:
    more = len(faults) - MAX_REPORTED_LEVEL_FAULTS
    return faults if more <= 0 else [*faults[:MAX_REPORTED_LEVEL_FAULTS], f"So it is at {more} more places."]


def _has_low_bit_rate(path: Path, plan: ReferencePlan) -> bool:
    """True for a file of so few bits that its levels are not kept everywhere."""
    return audio_size_bytes(path) * 8 / 1000 / max(plan.total / SAMPLE_RATE, 1) < MIN_KBPS_PER_CHANNEL * plan.channels


def _check_audio_checksum(path: Path) -> list[str]:
    written = read_embedded_checksum(path)
    if written is None or written == audio_checksum(path):
        return []
    return ["The bytes of the sound are not those that were written: the file is damaged, or was encoded again."]


def _check_length(audio_format: Format, stats: FileStats, total: int) -> list[str]:
    off = stats.sample_count - total
    if -1 < off <= audio_format.extra_samples:
        return []
    return [f"The file lasts {stats.sample_count} samples and the plan {total}: {off / SAMPLE_RATE:+.4f} s."]


def _check_chapters(path: Path, audio_format: Format, plan: ReferencePlan) -> list[str]:
    if not audio_format.has_chapters:
        return []
    found = read_chapters(path)
    if len(found) != len(plan.chapters):
        return [f"The file has {len(found)} chapters and the plan {len(plan.chapters)} stages."]
    return [
        fault
        for pair in zip(found, plan.chapters, strict=True)
        if (fault := _check_chapter(*pair, audio_format.chapter_tolerance_s))
    ]


def _check_chapter(found: tuple[float, float, str], wanted: tuple[float, float, str], tolerance_s: float) -> str:
    start, end, title = wanted
    if found[2].split() != title.split() and not title.startswith(found[2].rstrip("…")):
        return f'The chapter "{found[2]}" should be called "{title}".'
    if abs(found[0] - start) > tolerance_s or abs(found[1] - end) > tolerance_s:
        return f'The chapter "{title}" lasts from {found[0]:.3f} to {found[1]:.3f} s, not {start:.3f} to {end:.3f}.'
    return ""
