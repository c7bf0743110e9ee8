"""The plan embedded in a file: the timeline, and the fingerprints and levels needed for verification."""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from voiceguide.audio.mixer.source import AudioSource
from voiceguide.errors import VerifyError
from voiceguide.metadata.embedded_plan import PLAN_ERRORS, describe_plan_error
from voiceguide.metadata.plan_codec import decompress_bounded
from voiceguide.system.disk_cache import Cache, digest, get_or_make
from voiceguide.timeline.model import Timeline
from voiceguide.timeline.plan_validation import parse_samples
from voiceguide.units import LEVEL_ROW_SAMPLES, MP3_FRAME_SAMPLES, seconds_to_samples
from voiceguide.verification.fingerprint import BAND_COUNT, FINGERPRINT_REVISION, Fingerprint, compute_fingerprint
from voiceguide.verification.level_profile import (
    LEVEL_COLUMNS,
    STEREO_COLUMNS,
    Levels,
    Stereo,
    downmix_to_mono,
    level_row_count,
    measure_planned_levels,
)

__all__ = [
    "PLAN_VERSION",
    "ReferenceCue",
    "ReferencePlan",
    "make_reference_plan",
    "parse_reference_plan",
]

PLAN_VERSION = 5
"""Increment the number when the plan changes. `kit-plan-for-verify.js` writes the same number."""
_MAX_LEVEL_BYTES = 1 << 24
_CHIME_LEAD_SAMPLES, _CHIME_START_SAMPLES = seconds_to_samples(0.2), seconds_to_samples(0.4)
"""How much audio before and after the start of a chime is fingerprinted. The rest is a steady sound that fades, which
is similar at any position."""
_CUES_PER_BATCH = 16
"""Number of fingerprints per cache entry. Each entry requires a file access."""


@dataclass(frozen=True)
class ReferenceCue:
    """The planned position and fingerprint of a spoken cue, or of the start of a chime."""

    at: int
    """First sample of the fingerprint."""
    length: int
    """Length of the fingerprint in samples."""
    text: str
    fingerprint: Fingerprint
    start: int
    """First sample of the cue. The fingerprint of a chime begins before the chime."""
    is_speech: bool = True

    @property
    def end(self) -> int:
        return self.at + self.length


@dataclass(frozen=True)
class ReferencePlan:
    """The expected contents of a finished file."""

    title: str
    total: int
    """Length in samples."""
    channels: int
    chapters: tuple[tuple[float, float, str], ...]
    """The start and end (in seconds) and the title of each chapter."""
    cues: tuple[ReferenceCue, ...]
    """In chronological order."""
    grid_offset: int
    """Number of samples from the start of the grid (of level rows and MP3 frames) to the first sample."""
    levels: Levels
    """The planned levels, shape (rows, 3)."""
    stereo: Stereo | None
    """The planned stereo values. None if the file was saved by the phone, which does not know them."""

    @property
    def leading_silence(self) -> int:
        """Number of silent samples at the start of the first MP3 frame."""
        return self.grid_offset % MP3_FRAME_SAMPLES


def make_reference_plan(timeline: Timeline, source: AudioSource, cache: Cache | None = None) -> bytes:
    """Return the plan to embed, as JSON: the timeline with fingerprints of all cues and all levels."""
    data = {"plan_version": PLAN_VERSION, **timeline.to_dict(), "warnings": [], "channels": source.channels}
    data["preroll"] = source.grid_offset
    cues = list(_cues(data))
    spans = [_cue_span(cue) for cue in cues]
    with ThreadPoolExecutor(os.cpu_count(), "fingerprints") as executor:
        batches = [spans[at : at + _CUES_PER_BATCH] for at in range(0, len(spans), _CUES_PER_BATCH)]
        fingerprints = executor.map(partial(_encode_fingerprints, source, cache), batches)
        rows = measure_planned_levels(source, cache)
        data["levels"], data["stereo"] = _pack(rows[:, :LEVEL_COLUMNS]), _pack(rows[:, LEVEL_COLUMNS:])
        for cue, fingerprint in zip(cues, chain.from_iterable(fingerprints), strict=True):
            cue["print"] = fingerprint.decode()
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _cue_span(cue: dict[str, Any]) -> tuple[int, int]:
    """Return the first sample of the fingerprinted part of a cue and the sample just after its last."""
    return _fingerprint_span(cue, seconds_to_samples(cue["at"]), seconds_to_samples(cue["length"]))


def _fingerprint_span(cue: dict[str, Any], start: int, length: int) -> tuple[int, int]:
    if cue["kind"] == "say":
        return start, start + length
    return max(start - _CHIME_LEAD_SAMPLES, 0), start + min(length, _CHIME_START_SAMPLES)


def _encode_fingerprints(source: AudioSource, cache: Cache | None, spans: Sequence[tuple[int, int]]) -> list[bytes]:
    """Return the fingerprints of the mix in the sample ranges `spans`, encoded in Base64."""

    def compute() -> bytes:
        fingerprints = (compute_fingerprint(downmix_to_mono(source.render(*span))) for span in spans)
        return b"\n".join(base64.b64encode(fingerprint.tobytes()) for fingerprint in fingerprints)

    return get_or_make(
        cache, digest(FINGERPRINT_REVISION, *(source.range_key(*span) for span in spans)), compute
    ).split()


def parse_reference_plan(path: Path, plan: bytes | None) -> ReferencePlan:
    """Parse the plan embedded in a file.

    Raises:
        VerifyError: If the plan is missing, is unreadable or has a different version.
    """
    if plan is None:
        raise VerifyError(
            f"{path} has no embedded plan, or it is damaged. Only files built by voiceguide can be verified."
        )
    try:
        data = json.loads(plan)
        version = data.get("plan_version", 1)
        if version == PLAN_VERSION:
            return _plan_from_json(data)
    except PLAN_ERRORS as error:
        raise VerifyError(
            f"The embedded plan of {path} cannot be read: {describe_plan_error(error)}. Build the file again."
        ) from error
    if isinstance(version, int) and version > PLAN_VERSION:
        raise VerifyError(
            f"{path} was built by a newer version of voiceguide. Install the newer version to verify the file."
        )
    raise VerifyError(
        f"{path} was built by an older version of voiceguide with a different plan format. Build the file again."
    )


def _plan_from_json(data: Any) -> ReferencePlan:
    total, channels, grid_offset = parse_samples(data["total"]), data["channels"], data["preroll"]
    if channels not in (1, 2):
        raise ValueError(f"it has {channels} channels")
    if not isinstance(grid_offset, int) or grid_offset not in range(LEVEL_ROW_SAMPLES):
        raise ValueError(f"{str(grid_offset)[:20]} is not a valid preroll")
    cues = sorted(
        (_cue_from_json(cue) for cue in _cues(data) if cue["kind"] == "say" or "print" in cue), key=lambda cue: cue.at
    )
    if any(cue.end > total for cue in cues):
        raise ValueError("a cue ends after the session")
    row_count = level_row_count(grid_offset + total)
    levels = _unpack(data["levels"], row_count, LEVEL_COLUMNS)
    stereo = _unpack(data["stereo"], row_count, STEREO_COLUMNS) if "stereo" in data else None
    chapters = tuple((float(stage["start"]), float(stage["end"]), str(stage["title"])) for stage in data["stages"])
    return ReferencePlan(str(data["title"]), total, channels, chapters, tuple(cues), grid_offset, levels, stereo)


def _pack(rows: Levels) -> str:
    return base64.b64encode(zlib.compress(rows.tobytes(), 9)).decode()


def _unpack(text: Any, row_count: int, columns: int) -> Levels:
    data = decompress_bounded(base64.b64decode(text, validate=True), _MAX_LEVEL_BYTES)
    if data is None:
        raise ValueError("its levels are damaged")
    rows = np.frombuffer(data, np.uint8).reshape(-1, columns)
    if len(rows) != row_count:
        raise ValueError("its levels do not cover the session")
    return rows


def _cue_from_json(cue: Any) -> ReferenceCue:
    fingerprint = np.frombuffer(base64.b64decode(cue["print"], validate=True), np.uint8).reshape(-1, BAND_COUNT)
    start = parse_samples(cue["at"])
    first, stop = _fingerprint_span(cue, start, parse_samples(cue["length"]))
    return ReferenceCue(first, stop - first, str(cue["text"]), fingerprint, start, cue["kind"] == "say")


def _cues(data: Any) -> Iterator[dict[str, Any]]:
    for stage in data["stages"]:
        for step in stage["steps"]:
            yield from step["cues"]
