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
from voiceguide.verification.accuracy import Accuracy
from voiceguide.verification.chapter_reader import read_file_tags
from voiceguide.verification.container_checks import check_chapters, check_checksum, check_end, describe_tag_changes
from voiceguide.verification.decoding import FileStats, decode_file
from voiceguide.verification.fingerprint import (
    SEARCH_MARGIN_SAMPLES,
    FingerprintMatch,
    fingerprinted_level_db,
    match_fingerprint,
)
from voiceguide.verification.level_profile import (
    LEVEL_COLUMNS,
    LevelMeter,
    Samples,
    downmix_to_mono,
    find_level_deviations,
    find_level_shifts,
    find_stereo_deviations,
    mean_level_db,
)
from voiceguide.verification.mp3_integrity import check_mp3_frames
from voiceguide.verification.partial_mp3_decoding import DecodedRegion, Mp3Regions
from voiceguide.verification.reference_plan import ReferenceCue, ReferencePlan, parse_reference_plan
from voiceguide.verification.repeating_mp3 import decode_repeating_mp3, find_mp3_layout

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
MIN_FINGERPRINTED_DB = {Accuracy.LOW: -20.0, Accuracy.MEDIUM: -28.0, Accuracy.HIGH: -28.0}
"""A cue is not recognized by its fingerprint if the fingerprinted sound is quieter than this relative to the whole
sound, as in a tone of 16 kHz or 30 Hz. Compared with such a sound, the noise of encoders is up to this loud."""
LOW_BIT_RATE_FACTOR = 2.0
"""Factor by which larger level errors are allowed at a low bit rate."""
LOW_BIT_RATE_KBPS_PER_CHANNEL = 40
"""At this bit rate and above, all encoders generally preserve the levels."""
HIGH_BIT_RATE_SHARE = 0.8
"""At this share of the default bit rate and above, encoders preserve the level of every moment. Opus and AAC use less
than the requested bit rate in passages with little audible sound."""
MEDIUM_BALANCE_TOLERANCE_DB = 2.0
MAX_REPORTED_LEVEL_FAILURES = 5
"""Maximum number of level failures reported individually. Of the others, only the number is reported."""


@dataclass(frozen=True)
class CueResult:
    """The result for one spoken cue of the plan."""

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
    stats = FileStats(
        LevelMeter(plan.channels, plan.grid_offset),
        md5=md5 if audio.container == "flac" else None,
    )
    spans = [
        (max(cue.at - SEARCH_MARGIN_SAMPLES, 0), min(cue.end + SEARCH_MARGIN_SAMPLES, plan.total)) for cue in plan.cues
    ]
    checksum_failures = [] if stats.md5 else check_checksum(path, audio, plan, checksum, "")
    # Only a decoder can tell what is wrong with a damaged file, so that is decoded as a whole.
    layout = find_mp3_layout(path, plan) if audio.container == "mp3" and not checksum_failures else None
    decoded = (
        decode_repeating_mp3(layout, plan, spans, stats) if layout else decode_file(path, spans, plan.channels, stats)
    )
    checks = _Checks(plan, audio_format, audio.size)
    results = [checks.check_cue(cue, span, sound) for cue, span, sound in zip(plan.cues, spans, decoded, strict=True)]
    cues = _spoken(plan.cues, results)
    if stats.md5:
        checksum_failures = check_checksum(path, audio, plan, checksum, md5.hexdigest())
    failures = [
        *checksum_failures,
        *check_end(audio),
        *_check_length(audio_format, stats, plan.total),
        *_collect_cue_failures(results),
        *_limit_failures(list(checks.check_levels(stats.level_meter, 0))),
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
    cue_failures: list[str] = []
    level_failures: list[str] = []
    peak = 0.0
    keyed = [(region, mp3.cache_key(region)) for region in mp3.regions()]
    new = [(region, key) for region, key in keyed if cache is None or cache.get(key) is None]
    checks = _Checks(reference, FORMATS["mp3"], find_audio(path).size)

    def check_region(decoded: DecodedRegion) -> tuple[list[CueResult], list[str], float]:
        return checks.check_region_cues(decoded), list(checks.check_region_levels(decoded)), decoded.peak_amplitude

    results = mp3.map_decoded_regions([region for region, _ in new], check_region, jobs)
    for (region_cues, region_failures, region_peak), (region, key) in zip(results, new, strict=True):
        passed = not region_failures and not any(cue.failure for cue in region_cues) and region_peak < 1.0
        if cache is not None and passed:
            cache.put(key, b"right")
        cues += _spoken(region.cues, region_cues)
        cue_failures += _collect_cue_failures(region_cues)
        level_failures += region_failures
        peak = max(peak, region_peak)
    return tuple(cues), peak, [*cue_failures, *_limit_failures(level_failures)]


def _spoken(cues: Sequence[ReferenceCue], results: Sequence[CueResult]) -> tuple[CueResult, ...]:
    return tuple(result for cue, result in zip(cues, results, strict=True) if cue.is_speech)


def _make_report(plan: ReferencePlan, cues: tuple[CueResult, ...], peak: float, failures: list[str]) -> VerifyReport:
    if peak >= 1.0:
        failures = [*failures, f"The audio is clipped: its true peak is {gain_to_db(peak):+.1f} dBTP."]
    return VerifyReport(plan.total, len(plan.chapters), gain_to_db(peak), cues, tuple(failures))


class _Checks:
    """The checks of one file, with the tolerances for its format and bit rate."""

    def __init__(self, plan: ReferencePlan, audio_format: Format, audio_bytes: int) -> None:
        self._plan = plan
        self._accuracy = _accuracy_of(plan, audio_format, audio_bytes)
        is_high = self._accuracy is Accuracy.HIGH
        self._balance_tolerance_db = audio_format.balance_tolerance_db if is_high else MEDIUM_BALANCE_TOLERANCE_DB

    def check_cue(self, cue: ReferenceCue, span: tuple[int, int], audio: Samples) -> CueResult:
        """Check a cue in mono `audio` that was decoded from the range `span`."""
        if not self._has_fingerprinted_sound(cue):
            return CueResult(samples_to_seconds(cue.start), cue.text, FingerprintMatch(1.0, 0.0, 0.0), "")
        before, after = SEARCH_MARGIN_SAMPLES - (cue.at - span[0]), SEARCH_MARGIN_SAMPLES - (span[1] - cue.end)
        match = match_fingerprint(cue.fingerprint, np.pad(audio, (before, max(after, 0))), self._accuracy)
        failure = _cue_failure(cue, match, self._accuracy)
        return CueResult(samples_to_seconds(cue.start), cue.text, match, failure)

    def _has_fingerprinted_sound(self, cue: ReferenceCue) -> bool:
        first, last = ((at + self._plan.grid_offset) // LEVEL_ROW_SAMPLES for at in (cue.at, cue.end - 1))
        level_db = mean_level_db(self._plan.levels[first : last + 1])
        fingerprinted_db = fingerprinted_level_db(cue.fingerprint, self._accuracy)
        return fingerprinted_db > level_db + MIN_FINGERPRINTED_DB[self._accuracy]

    def check_region_cues(self, decoded: DecodedRegion) -> list[CueResult]:
        start, stop = decoded.region.decode_start, decoded.region.decode_stop
        mono = downmix_to_mono(decoded.samples)
        spans = [
            (max(cue.at - SEARCH_MARGIN_SAMPLES, start), min(cue.end + SEARCH_MARGIN_SAMPLES, stop))
            for cue in decoded.region.cues
        ]
        return [
            self.check_cue(cue, span, mono[span[0] - start : span[1] - start])
            for cue, span in zip(decoded.region.cues, spans, strict=True)
        ]

    def check_region_levels(self, decoded: DecodedRegion) -> Iterator[str]:
        rows, decode_start = decoded.region.row_range, decoded.region.decode_start
        start, stop = (row * LEVEL_ROW_SAMPLES - self._plan.grid_offset for row in (rows.start, rows.stop))
        meter = LevelMeter(self._plan.channels, max(-start, 0))
        meter.feed(decoded.samples[max(start, 0) - decode_start : stop - decode_start])
        return self.check_levels(meter, rows.start)

    def check_levels(self, meter: LevelMeter, first_row: int) -> Iterator[str]:
        """Yield a sentence for each range of rows, beginning with `first_row`, that differs from the plan."""
        plan, measured = self._plan, meter.rows()
        levels, stereo = measured[:, :LEVEL_COLUMNS], measured[:, LEVEL_COLUMNS:]
        for row, rows, deviation_db in find_level_deviations(plan.levels, levels, first_row, self._accuracy):
            too_loud = deviation_db > 0
            level = f"up to {abs(deviation_db):.0f} dB too {'loud' if too_loud else 'quiet'}"
            reason = "it contains something unplanned" if too_loud else "something is missing"
            yield f"At {self._clock(row)} the audio is {level} for {_rows_to_s(rows):.1f} s: {reason}."
        if self._accuracy is Accuracy.LOW:
            return
        for row, rows, shift_db in find_level_shifts(plan.levels, levels, first_row):
            change = f"{abs(shift_db):.1f} dB too {'loud' if shift_db > 0 else 'quiet'}"
            yield f"At {self._clock(row)} the audio is {change} for {_rows_to_s(rows):.1f} s."
        if plan.stereo is None or plan.channels == 1:
            return
        for row, rows in find_stereo_deviations(
            plan.levels, plan.stereo, stereo, first_row, self._balance_tolerance_db
        ):
            yield f"At {self._clock(row)} the left and right channels differ from the mix for {_rows_to_s(rows):.1f} s."

    def _clock(self, row: int) -> str:
        return format_clock(max(row * LEVEL_ROW_SAMPLES - self._plan.grid_offset, 0))


def _rows_to_s(rows: int) -> float:
    return rows * LEVEL_ROW_SAMPLES / SAMPLE_RATE


def _cue_failure(cue: ReferenceCue, match: FingerprintMatch, accuracy: Accuracy) -> str:
    called = f'The cue "{cue.text[:60]}"' if cue.text else "The recording"
    name = f"{called} at {format_clock(cue.start)}"
    factor = LOW_BIT_RATE_FACTOR if accuracy is Accuracy.LOW else 1.0
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


def _limit_failures(failures: list[str]) -> list[str]:
    hidden = len(failures) - MAX_REPORTED_LEVEL_FAILURES
    if hidden <= 0:
        return failures
    return [*failures[:MAX_REPORTED_LEVEL_FAILURES], f"Other positions that differ: {hidden}."]


def _accuracy_of(plan: ReferencePlan, audio_format: Format, audio_bytes: int) -> Accuracy:
    """Return how accurately a file with this many bytes of audio preserves the levels.

    The accuracy is never high if the phone saved the file, because the plan of such a file is assembled from the plans
    of its pieces.
    """
    kbps = audio_bytes * 8 / 1000 / max(plan.total / SAMPLE_RATE, 1)
    if audio_format.default_kbps and kbps < LOW_BIT_RATE_KBPS_PER_CHANNEL * plan.channels:
        return Accuracy.LOW
    high_kbps = HIGH_BIT_RATE_SHARE * audio_format.bit_rate_for(plan.channels, None)
    return Accuracy.HIGH if plan.stereo is not None and kbps >= high_kbps else Accuracy.MEDIUM


def _check_length(audio_format: Format, stats: FileStats, total: int) -> list[str]:
    excess = stats.sample_count - total
    if 0 <= excess <= audio_format.extra_samples:
        return []
    return [f"The file has {stats.sample_count} samples instead of {total} ({excess / SAMPLE_RATE:+.4f} s)."]
