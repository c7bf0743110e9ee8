"""The plan of a session as it travels inside its file: the timeline, and what is needed to hear that it was kept."""

from __future__ import annotations

import base64
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voiceguide.audio.mixer.source import NarratedSource
from voiceguide.errors import VerifyError
from voiceguide.system.disk_cache import Cache, digest, get_or_make
from voiceguide.timeline.model import Timeline
from voiceguide.units import LEVEL_ROW_SAMPLES, MP3_FRAME_SAMPLES, seconds_to_samples
from voiceguide.verification.fingerprint import BAND_COUNT, FINGERPRINT_REVISION, Fingerprint, compute_fingerprint
from voiceguide.verification.level_profile import Levels, level_row_count, measure_planned_levels

__all__ = ["ReferenceCue", "ReferencePlan", "make_reference_plan", "parse_reference_plan"]

PLAN_VERSION = 4
_MAX_LEVEL_BYTES = 1 << 24


@dataclass(frozen=True)
class ReferenceCue:
    """A spoken cue: where it is, and what it sounds like."""

    at: int
    """Samples, as is `length`."""
    length: int
    text: str
    fingerprint: Fingerprint

    @property
    def end(self) -> int:
        return self.at + self.length


@dataclass(frozen=True)
class ReferencePlan:
    """What a file should be."""

    total: int
    """Samples."""
    channels: int
    chapters: tuple[tuple[float, float, str], ...]
    """Start and end in seconds, and the title, of each chapter."""
    cues: tuple[ReferenceCue, ...]
    """In order of their times."""
    grid_offset: int
    """Samples to be thought before the first: rows of levels and MP3 frames are counted from there."""
    levels: Levels

    @property
    def leading_silence(self) -> int:
        """Samples of nothing that the first MP3 frame begins with."""
        return self.grid_offset % MP3_FRAME_SAMPLES


def make_reference_plan(timeline: Timeline, source: NarratedSource, cache: Cache | None = None) -> bytes:
    """The plan as files carry it: `plan --json` with a fingerprint of every spoken cue and the levels of the whole."""
    data = {"plan_version": PLAN_VERSION, **timeline.to_dict(), "warnings": [], "channels": source.channels}
    data["preroll"] = source.grid_offset
    cues = list(_spoken_cues(data))
    with ThreadPoolExecutor(1, "prints") as aside:
        prints = aside.submit(_encode_fingerprints, source, [seconds_to_samples(cue["at"]) for cue in cues], cache)
        data["levels"] = base64.b64encode(zlib.compress(measure_planned_levels(source, cache).tobytes(), 9)).decode()
        for cue, own in zip(cues, prints.result().split(), strict=True):
            cue["print"] = own.decode()
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _encode_fingerprints(source: NarratedSource, cue_starts: Sequence[int], cache: Cache | None) -> bytes:
    """The fingerprints of the spoken cues that start at these samples, a line of Base64 each."""

    def made() -> bytes:
        with ThreadPoolExecutor(os.cpu_count(), "prints") as pool:
            prints = pool.map(lambda at: compute_fingerprint(source.cue_samples(at)), cue_starts)
            return b"\n".join(base64.b64encode(own.tobytes()) for own in prints)

    return get_or_make(cache, digest(FINGERPRINT_REVISION, *map(source.cue_key, cue_starts)), made)


def parse_reference_plan(path: Path, plan: bytes | None) -> ReferencePlan:
    """The plan that was found in a file.

    Raises:
        VerifyError: there is none, or it is no plan, or one of a newer version.
    """
    if plan is None:
        raise VerifyError(
            f"{path} has no plan inside, or a damaged one. Only files built by voiceguide can be verified."
        )
    try:
        data = json.loads(plan)
        version = data.get("plan_version", 1)
        if version == PLAN_VERSION:
            return _plan_from_json(data)
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error, RecursionError) as error:
        raise VerifyError(
            f"{path} has a plan inside that cannot be read: {_describe_error(error)}. Build it again."
        ) from error
    if isinstance(version, int) and version > PLAN_VERSION:
        raise VerifyError(f"{path} was built by a newer voiceguide. Verify it with that, or install it here.")
    raise VerifyError(f"{path} was built by an older voiceguide, whose plan is another kind. Build it again.")


def _plan_from_json(data: Any) -> ReferencePlan:
    total, channels, preroll = _parse_seconds(data["total"]), data["channels"], data["preroll"]
    if channels not in (1, 2):
        raise ValueError(f"it has {channels} channels")
    if not isinstance(preroll, int) or preroll not in range(LEVEL_ROW_SAMPLES):
        raise ValueError(f"{str(preroll)[:20]} is no preroll")
    cues = sorted((_cue_from_json(cue) for cue in _spoken_cues(data)), key=lambda cue: cue.at)
    if any(cue.end > total for cue in cues):
        raise ValueError("a cue ends after the session")
    levels = np.frombuffer(_decompress_levels(base64.b64decode(data["levels"], validate=True)), np.uint8).reshape(-1, 3)
    if len(levels) != level_row_count(preroll + total):
        raise ValueError("its levels are of another length")
    stages = tuple((float(stage["start"]), float(stage["end"]), str(stage["title"])) for stage in data["stages"])
    return ReferencePlan(total, channels, stages, tuple(cues), preroll, levels)


def _cue_from_json(cue: Any) -> ReferenceCue:
    prints = np.frombuffer(base64.b64decode(cue["print"], validate=True), np.uint8).reshape(-1, BAND_COUNT)
    return ReferenceCue(_parse_seconds(cue["at"]), _parse_seconds(cue["length"]), str(cue["text"]), prints)


def _spoken_cues(data: Any) -> Iterator[dict[str, Any]]:
    for stage in data["stages"]:
        for step in stage["steps"]:
            yield from (cue for cue in step["cues"] if cue["kind"] == "say")


def _parse_seconds(seconds: Any) -> int:
    if not isinstance(seconds, int | float) or not 0 <= seconds <= 90_000:
        raise ValueError(f"{str(seconds)[:20]} is no time")
    return seconds_to_samples(seconds)


def _decompress_levels(data: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    levels = decompressor.decompress(data, _MAX_LEVEL_BYTES)
    if not decompressor.eof:
        raise ValueError("its levels are damaged")
    return levels


def _describe_error(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
