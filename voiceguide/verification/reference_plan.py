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

from voiceguide.audio.mixer.source import Narrated
from voiceguide.errors import VerifyError
from voiceguide.system.disk_cache import Cache, digest, remembered
from voiceguide.timeline.model import Timeline
from voiceguide.timeline.serialization import timeline_data
from voiceguide.units import MP3_FRAME_SAMPLES, LEVEL_ROW_SAMPLES, seconds_to_samples
from voiceguide.verification.fingerprint import BANDS, REVISION, Print, fingerprint
from voiceguide.verification.level_profile import Levels, planned_levels, row_count

__all__ = ["PlannedCue", "SessionPlan", "read_session_plan", "session_plan"]

VERSION = 4
_MOST_LEVELS = 1 << 24


@dataclass(frozen=True)
class PlannedCue:
    """A spoken cue: where it is, and what it sounds like."""

    at: int
    """Samples, as is `length`."""
    length: int
    text: str
    print: Print

    @property
    def end(self) -> int:
        return self.at + self.length


@dataclass(frozen=True)
class SessionPlan:
    """What a file should be."""

    total: int
    """Samples."""
    channels: int
    stages: tuple[tuple[float, float, str], ...]
    """Start and end in seconds, and the title, of each chapter."""
    cues: tuple[PlannedCue, ...]
    """In order of their times."""
    preroll: int
    """Samples to be thought before the first: rows of levels and MP3 frames are counted from there."""
    levels: Levels

    @property
    def quiet(self) -> int:
        """Samples of nothing that the first MP3 frame begins with."""
        return self.preroll % MP3_FRAME_SAMPLES


def session_plan(timeline: Timeline, mixed: Narrated, cache: Cache | None = None) -> bytes:
    """The plan as files carry it: `plan --json` with a fingerprint of every spoken cue and the levels of the whole."""
    data = {"plan_version": VERSION, **timeline_data(timeline, []), "channels": mixed.channels}
    data["preroll"] = mixed.preroll
    cues = list(_spoken(data))
    with ThreadPoolExecutor(1, "prints") as aside:
        prints = aside.submit(_prints, mixed, [seconds_to_samples(cue["at"]) for cue in cues], cache)
        data["levels"] = base64.b64encode(zlib.compress(planned_levels(mixed, cache).tobytes(), 9)).decode()
        for cue, own in zip(cues, prints.result().split(), strict=True):
            cue["print"] = own.decode()
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _prints(mixed: Narrated, cues: Sequence[int], cache: Cache | None) -> bytes:
    """The fingerprints of the spoken cues that start at these samples, a line of Base64 each."""

    def made() -> bytes:
        with ThreadPoolExecutor(os.cpu_count(), "prints") as pool:
            prints = pool.map(lambda at: fingerprint(mixed.cue_sound(at)), cues)
            return b"\n".join(base64.b64encode(own.tobytes()) for own in prints)

    return remembered(cache, digest(REVISION, *map(mixed.cue_key, cues)), made)


def read_session_plan(path: Path, plan: bytes | None) -> SessionPlan:
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
        if version == VERSION:
            return _session_plan(data)
    except (ValueError, KeyError, TypeError, AttributeError, zlib.error, RecursionError) as error:
        raise VerifyError(f"{path} has a plan inside that cannot be read: {_told(error)}. Build it again.") from error
    if isinstance(version, int) and version > VERSION:
        raise VerifyError(f"{path} was built by a newer voiceguide. Verify it with that, or install it here.")
    raise VerifyError(f"{path} was built by an older voiceguide, whose plan is another kind. Build it again.")


def _session_plan(data: Any) -> SessionPlan:
    total, channels, preroll = _samples(data["total"]), data["channels"], data["preroll"]
    if channels not in (1, 2):
        raise ValueError(f"it has {channels} channels")
    if not isinstance(preroll, int) or preroll not in range(LEVEL_ROW_SAMPLES):
        raise ValueError(f"{str(preroll)[:20]} is no preroll")
    cues = sorted((_cue(cue) for cue in _spoken(data)), key=lambda cue: cue.at)
    if any(cue.end > total for cue in cues):
        raise ValueError("a cue ends after the session")
    levels = np.frombuffer(_inflated(base64.b64decode(data["levels"], validate=True)), np.uint8).reshape(-1, 3)
    if len(levels) != row_count(preroll + total):
        raise ValueError("its levels are of another length")
    stages = tuple((float(stage["start"]), float(stage["end"]), str(stage["title"])) for stage in data["stages"])
    return SessionPlan(total, channels, stages, tuple(cues), preroll, levels)


def _cue(cue: Any) -> PlannedCue:
    prints = np.frombuffer(base64.b64decode(cue["print"], validate=True), np.uint8).reshape(-1, BANDS)
    return PlannedCue(_samples(cue["at"]), _samples(cue["length"]), str(cue["text"]), prints)


def _spoken(data: Any) -> Iterator[dict[str, Any]]:
    for stage in data["stages"]:
        for step in stage["steps"]:
            yield from (cue for cue in step["cues"] if cue["kind"] == "say")


def _samples(seconds: Any) -> int:
    if not isinstance(seconds, int | float) or not 0 <= seconds <= 90_000:
        raise ValueError(f"{str(seconds)[:20]} is no time")
    return seconds_to_samples(seconds)


def _inflated(data: bytes) -> bytes:
    decompressor = zlib.decompressobj()
    levels = decompressor.decompress(data, _MOST_LEVELS)
    if not decompressor.eof:
        raise ValueError("its levels are damaged")
    return levels


def _told(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
