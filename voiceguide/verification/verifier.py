"""Verify a finished file against its plan.

The verifier checks the exact length, the chapters, and the position and level of every cue. It also detects missing or
unplanned audio at any position.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voiceguide.encode.formats import FORMATS, Format, format_of_container
from voiceguide.encode.smart_render import Span
from voiceguide.metadata.audio_data import find_audio
from voiceguide.metadata.embedded_plan import read_embedded
from voiceguide.system.disk_cache import Cache
from voiceguide.units import LEVEL_ROW_SAMPLES, SAMPLE_RATE, format_clock, gain_to_db, samples_to_seconds
from voiceguide.verification.chapter_reader import read_file_tags
from voiceguide.verification.container_checks import check_chapters, check_checksum, check_end, describe_tag_changes
from voiceguide.verification.decoding import FileStats, decode_file
from voiceguide.verification.fingerprint import SEARCH_MARGIN_SAMPLES, FingerprintMatch, match_fingerprint
from voiceguide.verification.level_profile import LevelMeter, Samples, find_level_deviations, find_level_shifts
from voiceguide.verification.mp3_integrity import check_mp3_frames
from voiceguide.verification.partial_mp3_decoding import DecodedRegion, Mp3Regions
from voiceguide.verification.reference_plan import ReferenceCue, ReferencePlan, parse_reference_plan

__all__ = ["CueResult", "VerifyReport", "verify_file", "verify_mp3", "verify_new_file"]

MIN_SIMILARITY = 0.9
"""A cue with its second half missing scores about 0.8. A complete cue over a bed only 6 dB quieter scores 0.97."""
MAX_CUE_OFFSET_S = 0.010
MAX_GAIN_ERROR_DB = 3.0
MAX_LEVEL_ERROR_DB = 3.0
"""A cue whose levels are this close to the planned levels is accepted regardless of its similarity. In steady sounds
such as noise, no moment can be distinguished from another.
"""
SHORT_GAP_S = 0.2
"""A longer gap is reported only if the cue as a whole is loud enough."""
LOW_BIT_RATE_FACTOR = 2.0
"""Factor by which larger level errors are allowed at a low bit rate."""
LOW_BIT_RATE_KBPS_PER_CHANNEL = 40
"""From this bit rate up, all encoders preserve the levels."""
MAX_REPORTED_LEVEL_FAILURES = 5
"""Maximum number of level failures reported individually. For the others, only their number is reported."""


@dataclass(frozen=True)
class CueResult:
    """The result for one cue of the plan."""

    at_s: float
    """Planned position in seconds."""
    text: str
    match: FingerprintMatch
    failure: str
    """The error as a complete sentence, or empty if there is none."""


@dataclass(frozen=True)
class VerifyReport:
    """The result of verifying a file."""

    total_samples: int
    """Planned length."""
    chapters: int
    """Planned number of chapters."""
    true_peak_dbtp: float
    cues: tuple[CueResult, ...]
    failures: tuple[str, ...]
    """Errors as complete sentences. Empty if the file is correct."""
    notes: tuple[str, ...] = ()
    """Changes that other programs made to the tags and chapters, as complete sentences. The audio is not affected."""

    @property
    def ok(self) -> bool:
        """Whether the file matches its plan."""
        return not self.failures

    @property
    def duration_s(self) -> float:
        return samples_to_seconds(self.total_samples)


def verify_file(path: Path) -> VerifyReport:
    """Decode a whole file and compare it with its embedded plan.

    Changed tags and chapters are reported as notes, and changed audio as a failure.

    Raises:
        VerifyError: If the file has no readable plan or cannot be decoded.
    """
    return _verify_decoded(path, is_new=False)


def verify_new_file(path: Path) -> VerifyReport:
    """Verify a file that was just built, as `verify_file` does, but report a wrong chapter as a failure.

    Raises:
        VerifyError: If the file has no readable plan or cannot be decoded.
    """
    return _verify_decoded(path, is_new=True)


def _verify_decoded(path: Path, *, is_new: bool) -> VerifyReport:
    plan_json, checksum = read_embedded(path)
    plan = parse_reference_plan(path, plan_json)
    audio = find_audio(path)
    audio_format = format_of_container(audio.container)
    md5 = hashlib.md5(usedforsecurity=False)
    stats = FileStats(LevelMeter(plan.grid_offset), md5=md5 if audio.container == "flac" else None)
    spans = [
        (max(cue.at - SEARCH_MARGIN_SAMPLES, 0), min(cue.end + SEARCH_MARGIN_SAMPLES, plan.total)) for cue in plan.cues
    ]
    decoded = decode_file(path, spans, plan.channels, stats)
    low_bit_rate = _has_low_bit_rate(audio.size, plan)
    cues = tuple(
        _check_cue(cue, span, sound, low_bit_rate) for cue, span, sound in zip(plan.cues, spans, decoded, strict=True)
    )
    failures = [
        *check_checksum(path, audio, plan, checksum, md5.hexdigest()),
        *check_end(audio),
        *_check_length(audio_format, stats, plan.total),
        *_collect_cue_failures(cues),
        *_limit_failures(list(_check_levels(plan, stats.level_meter, 0, low_bit_rate))),
    ]
    tags = read_file_tags(path, ogg=audio.container == "ogg")
    chapter_failures = check_chapters(tags, audio_format, plan)
    if is_new:
        return _make_report(plan, cues, stats.peak_amplitude, [*failures, *chapter_failures])
    notes = (*describe_tag_changes(tags, audio, plan), *chapter_failures)
    return replace(_make_report(plan, cues, stats.peak_amplitude, failures), notes=notes)


def verify_mp3(
    path: Path,
    plan: bytes,
    bit_rate: int,
    spans: Sequence[Span],
    cache: Cache | None = None,
    jobs: int | None = None,
) -> VerifyReport:
    """Compare an MP3 just written from `spans` with its plan.

    Encoded spans are decoded completely. Loop frames are decoded once. Regions that the cache records as passed are
    skipped, and the report contains only the cues decoded in this run.
    """
    reference = parse_reference_plan(path, plan)
    with ThreadPoolExecutor(1, "chapters") as executor:
        chapters = executor.submit(lambda: check_chapters(read_file_tags(path), FORMATS["mp3"], reference))
        cues, peak, failures = _check_mp3_regions(path, reference, bit_rate, spans, cache, jobs)
        return _make_report(reference, cues, peak, [*failures, *chapters.result()])


def _check_mp3_regions(
    path: Path, reference: ReferencePlan, bit_rate: int, spans: Sequence[Span], cache: Cache | None, jobs: int | None
) -> tuple[tuple[CueResult, ...], float, list[str]]:
    """Return the results for the decoded cues, the true peak as an amplitude, and the errors in the frames."""
    audio_offset, failures = check_mp3_frames(
        path, reference.total, bit_rate, reference.channels, reference.leading_silence
    )
    if failures:
        return (), 0.0, failures
    mp3 = Mp3Regions(path, audio_offset, bit_rate, reference, spans)
    if mp3.copies_differ:
        return (), 0.0, ["A frame of the bed in the file is damaged."]
    cues: list[CueResult] = []
    level_failures: list[str] = []
    peak = 0.0
    keyed = [(region, mp3.cache_key(region)) for region in mp3.regions()]
    new = [(region, key) for region, key in keyed if cache is None or cache.get(key) is None]
    low_bit_rate = _has_low_bit_rate(find_audio(path).size, reference)

    def check_region(decoded: DecodedRegion) -> tuple[list[CueResult], list[str], float]:
        region_cues = [_check_cue_in_region(decoded, cue, low_bit_rate) for cue in decoded.region.cues]
        return region_cues, list(_check_region_levels(decoded, reference, low_bit_rate)), decoded.peak_amplitude

    results = mp3.map_decoded_regions([region for region, _ in new], check_region, jobs)
    for (region_cues, region_failures, region_peak), (_, key) in zip(results, new, strict=True):
        passed = not region_failures and not any(cue.failure for cue in region_cues) and region_peak < 1.0
        if cache is not None and passed:
            cache.put(key, b"right")
        cues += region_cues
        level_failures += region_failures
        peak = max(peak, region_peak)
    return tuple(cues), peak, [*_collect_cue_failures(cues), *_limit_failures(level_failures)]


def _make_report(plan: ReferencePlan, cues: tuple[CueResult, ...], peak: float, failures: list[str]) -> VerifyReport:
    if peak >= 1.0:
        failures = [*failures, f"The audio is clipped: its true peak is {gain_to_db(peak):+.1f} dBTP."]
    return VerifyReport(plan.total, len(plan.chapters), gain_to_db(peak), cues, tuple(failures))


def _check_cue_in_region(decoded: DecodedRegion, cue: ReferenceCue, low_bit_rate: bool) -> CueResult:
    start, stop = decoded.region.decode_start, decoded.region.decode_stop
    span = max(cue.at - SEARCH_MARGIN_SAMPLES, start), min(cue.end + SEARCH_MARGIN_SAMPLES, stop)
    return _check_cue(cue, span, decoded.mono[span[0] - start : span[1] - start], low_bit_rate)


def _check_cue(cue: ReferenceCue, span: tuple[int, int], audio: Samples, low_bit_rate: bool) -> CueResult:
    before, after = SEARCH_MARGIN_SAMPLES - (cue.at - span[0]), SEARCH_MARGIN_SAMPLES - (span[1] - cue.end)
    match = match_fingerprint(cue.fingerprint, np.pad(audio, (before, max(after, 0))), low_bit_rate)
    return CueResult(samples_to_seconds(cue.at), cue.text, match, _cue_failure(cue, match, low_bit_rate))


def _cue_failure(cue: ReferenceCue, match: FingerprintMatch, low_bit_rate: bool) -> str:
    name = f'The cue "{cue.text[:60]}" at {format_clock(cue.at)}'
    factor = LOW_BIT_RATE_FACTOR if low_bit_rate else 1.0
    if match.similarity < MIN_SIMILARITY and match.level_error_db > MAX_LEVEL_ERROR_DB * factor:
        return f"{name} was not detected (similarity {match.similarity:.2f})."
    if abs(match.offset_s) > MAX_CUE_OFFSET_S:
        return f"{name} is {abs(match.offset_s) * 1000:.0f} ms too {'late' if match.offset_s > 0 else 'early'}."
    if 0 < match.hole_s <= SHORT_GAP_S:
        return f"{name} has a gap of {match.hole_s * 1000:.0f} ms."
    if abs(match.gain_error_db) > MAX_GAIN_ERROR_DB * factor:
        return f"{name} is {abs(match.gain_error_db):.1f} dB too {'loud' if match.gain_error_db > 0 else 'quiet'}."
    if match.hole_s:
        return f"{name} has gaps."
    return ""


def _collect_cue_failures(cues: Sequence[CueResult]) -> list[str]:
    return [cue.failure for cue in cues if cue.failure]


def _check_region_levels(decoded: DecodedRegion, plan: ReferencePlan, low_bit_rate: bool) -> Iterator[str]:
    rows, decode_start = decoded.region.row_range, decoded.region.decode_start
    start, stop = (row * LEVEL_ROW_SAMPLES - plan.grid_offset for row in (rows.start, rows.stop))
    meter = LevelMeter(max(-start, 0))
    meter.feed(decoded.mono[max(start, 0) - decode_start : stop - decode_start])
    return _check_levels(plan, meter, rows.start, low_bit_rate)


def _check_levels(plan: ReferencePlan, meter: LevelMeter, first_row: int, low_bit_rate: bool) -> Iterator[str]:
    for row, rows, deviation_db in find_level_deviations(plan.levels, meter.rows(), first_row, low_bit_rate):
        at, length_s = max(row * LEVEL_ROW_SAMPLES - plan.grid_offset, 0), rows * LEVEL_ROW_SAMPLES / SAMPLE_RATE
        too_loud = deviation_db > 0
        level = f"up to {abs(deviation_db):.0f} dB too {'loud' if too_loud else 'quiet'} for {length_s:.1f} s"
        reason = "it contains something unplanned" if too_loud else "something is missing"
        yield f"At {format_clock(at)} the audio is {level}: {reason}."
    if low_bit_rate:
        return
    for row, rows, shift_db in find_level_shifts(plan.levels, meter.rows(), first_row, -plan.attenuation_db):
        at, length_s = max(row * LEVEL_ROW_SAMPLES - plan.grid_offset, 0), rows * LEVEL_ROW_SAMPLES / SAMPLE_RATE
        change = f"{abs(shift_db):.1f} dB too {'loud' if shift_db > 0 else 'quiet'}"
        yield f"At {format_clock(at)} the audio is {change} for {length_s:.1f} s."


def _limit_failures(failures: list[str]) -> list[str]:
    hidden = len(failures) - MAX_REPORTED_LEVEL_FAILURES
    if hidden <= 0:
        return failures
    return [*failures[:MAX_REPORTED_LEVEL_FAILURES], f"Other positions with a wrong level: {hidden}."]


def _has_low_bit_rate(audio_bytes: int, plan: ReferencePlan) -> bool:
    """Return True if the bit rate is too low to preserve the levels everywhere."""
    return audio_bytes * 8 / 1000 / max(plan.total / SAMPLE_RATE, 1) < LOW_BIT_RATE_KBPS_PER_CHANNEL * plan.channels


def _check_length(audio_format: Format, stats: FileStats, total: int) -> list[str]:
    excess = stats.sample_count - total
    if 0 <= excess <= audio_format.extra_samples:
        return []
    return [f"The file has {stats.sample_count} samples instead of {total} ({excess / SAMPLE_RATE:+.4f} s)."]
