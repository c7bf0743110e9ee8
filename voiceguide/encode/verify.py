"""Is a finished file what its plan says? Length to the sample, chapters, nothing clipped, every cue in its place."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voiceguide.encode.chapters import read_chapters
from voiceguide.encode.decoded import Whole, decode_whole, mp3_stretches
from voiceguide.encode.fingerprint import REACH, Match, fingerprint, match
from voiceguide.encode.mp3_frames import check_frames
from voiceguide.encode.plan_places import read_plan
from voiceguide.errors import VerifyError
from voiceguide.timeline.model import Timeline
from voiceguide.timeline.shape import timeline_data
from voiceguide.units import SAMPLE_RATE, format_clock, gain_to_db, seconds_to_samples

__all__ = ["CueSound", "Report", "plan_with_prints", "verify_file", "verify_mp3"]

Samples = npt.NDArray[np.float32]
CueSound = Callable[[int], Samples]
"""The sound of the spoken cue that starts at a sample of the session: mono, with its gain."""

LEAST_LIKENESS = 0.9
"""Half a cue missing is at 0.8, a bed 6 dB under the voice at 0.97."""
MOST_SHIFT_S = 0.010
MOST_LOUDER_DB = 3.0
LENGTH_OFF = {"m4b": 1024}
"""Samples that a format may add at its end; all others are exact."""
CHAPTER_OFF_S = {"opus": 0.008}
"""Chapters are written in whole milliseconds; the last one of an Opus file is read to end with its pre-skip."""


@dataclass(frozen=True)
class Heard:
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
    cues: tuple[Heard, ...]
    faults: tuple[str, ...]
    """Each a whole sentence; none for a good file."""


def plan_with_prints(timeline: Timeline, channels: int, sound: CueSound) -> bytes:
    """The plan as it travels inside the file: the timeline, and of every spoken cue a fingerprint."""
    data = {**timeline_data(timeline, []), "channels": channels}
    for cue in _spoken(data):
        cue["print"] = _packed(sound(seconds_to_samples(cue["at"])))
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def verify_file(path: Path, form: str | None = None) -> Report:
    """Decode the whole of a session and compare it with the plan inside it. `form` is the format, where the ending of
    the name does not say it.

    Raises:
        VerifyError: for a file without a plan, or that cannot be decoded at all.
    """
    data = _read(path, read_plan(path))
    whole, total = Whole(), seconds_to_samples(data["total"])
    cues, spans = _cues_and_spans(data, total)
    heard = _all_heard(cues, spans, decode_whole(path, spans, data["channels"], whole))
    form = form or path.suffix.lower().lstrip(".")
    return _report(path, form, data, heard, whole.peak, _length_faults(form, whole, total))


def verify_mp3(path: Path, plan: bytes, bit_rate: int) -> Report:
    """Compare one of our own MP3s, just written, with its plan. Only the cues and what is around them are decoded:
    every frame's header and the exact Info frame vouch for the rest, which is copied from the bed's own frames."""
    data = _read(path, plan)
    total = seconds_to_samples(data["total"])
    begin, faults = check_frames(path, total, bit_rate, data["channels"])
    cues, spans = _cues_and_spans(data, total)
    peak = Whole()
    heard = (
        () if faults else _all_heard(cues, spans, mp3_stretches(path, begin, bit_rate, data["channels"], spans, peak))
    )
    return _report(path, "mp3", data, heard, peak.peak, faults)


def _packed(sound: Samples) -> str:
    return base64.b64encode(fingerprint(sound).tobytes()).decode()


def _cues_and_spans(data: dict[str, Any], total: int) -> tuple[list[dict[str, Any]], list[tuple[int, int]]]:
    cues = sorted(_spoken(data), key=lambda cue: float(cue["at"]))
    return cues, [_span(cue, total) for cue in cues]


def _all_heard(
    cues: list[dict[str, Any]], spans: list[tuple[int, int]], sounds: Iterator[Samples]
) -> tuple[Heard, ...]:
    return tuple(_heard(cue, span, sound) for cue, span, sound in zip(cues, spans, sounds, strict=True))


def _report(
    path: Path, form: str, data: dict[str, Any], heard: tuple[Heard, ...], peak: float, length_faults: list[str]
) -> Report:
    faults = [*length_faults, *_chapter_faults(path, form, data), *(cue.fault for cue in heard if cue.fault)]
    if peak >= 1.0:
        faults.append(f"The sound is clipped: it reaches {gain_to_db(peak):+.1f} dBFS.")
    total = seconds_to_samples(data["total"])
    return Report(total, len(data["stages"]), gain_to_db(peak), heard, tuple(faults))


def _read(path: Path, plan: bytes | None) -> dict[str, Any]:
    if plan is None:
        raise VerifyError(
            f"{path} has no plan inside, or a damaged one. Only files built by voiceguide can be verified."
        )
    try:
        data = json.loads(plan)
        if data["channels"] not in (1, 2) or not all(isinstance(cue["print"], str) for cue in _spoken(data)):
            raise ValueError("it has no fingerprints")
    except (ValueError, KeyError, TypeError) as error:
        raise VerifyError(f"{path} has a plan inside that cannot be read: {error}. Build it again.") from error
    return dict(data)


def _spoken(data: Any) -> Iterator[dict[str, Any]]:
    for stage in data["stages"]:
        for step in stage["steps"]:
            yield from (cue for cue in step["cues"] if cue["kind"] == "say")


def _span(cue: dict[str, Any], total: int) -> tuple[int, int]:
    at = seconds_to_samples(cue["at"])
    return max(at - REACH, 0), min(at + seconds_to_samples(cue["length"]) + REACH, total)


def _heard(cue: dict[str, Any], span: tuple[int, int], sound: Samples) -> Heard:
    at, length = seconds_to_samples(cue["at"]), seconds_to_samples(cue["length"])
    reference = np.frombuffer(base64.b64decode(cue["print"]), np.uint8).reshape(-1, 5)
    before, after = REACH - (at - span[0]), REACH - (span[1] - at - length)
    found = match(reference, np.pad(sound, (before, max(after, 0))))
    return Heard(cue["at"], cue["text"], found, _cue_fault(cue, at, found))


def _cue_fault(cue: dict[str, Any], at: int, found: Match) -> str:
    name = f'The cue "{cue["text"][:60]}" at {format_clock(at)}'
    if found.likeness < LEAST_LIKENESS:
        return f"{name} is not heard there (likeness {found.likeness:.2f})."
    if abs(found.late_s) > MOST_SHIFT_S:
        return f"{name} is heard {abs(found.late_s) * 1000:.0f} ms too {'late' if found.late_s > 0 else 'early'}."
    if abs(found.louder_db) > MOST_LOUDER_DB:
        return f"{name} is {abs(found.louder_db):.1f} dB too {'loud' if found.louder_db > 0 else 'quiet'}."
    return ""


def _length_faults(form: str, whole: Whole, total: int) -> list[str]:
    off = whole.samples - total
    if -1 < off <= LENGTH_OFF.get(form, 0):
        return []
    return [f"The file lasts {whole.samples} samples and the plan {total}: {off / SAMPLE_RATE:+.4f} s."]


def _chapter_faults(path: Path, form: str, data: dict[str, Any]) -> list[str]:
    if form == "wav":
        return []
    found = read_chapters(path)
    wanted = [(stage["start"], stage["end"], stage["title"]) for stage in data["stages"]]
    if len(found) != len(wanted):
        return [f"The file has {len(found)} chapters and the plan {len(wanted)} stages."]
    return [
        fault
        for pair in zip(found, wanted, strict=True)
        if (fault := _chapter_fault(*pair, CHAPTER_OFF_S.get(form, 0.0015)))
    ]


def _chapter_fault(found: tuple[float, float, str], wanted: Sequence[Any], off_s: float) -> str:
    start, end, title = wanted
    if found[2].split() != title.split() and not title.startswith(found[2].rstrip("…")):
        return f'The chapter "{found[2]}" should be called "{title}".'
    if abs(found[0] - start) > off_s or abs(found[1] - end) > off_s:
        return f'The chapter "{title}" lasts from {found[0]:.3f} to {found[1]:.3f} s, not {start:.3f} to {end:.3f}.'
    return ""
