"""The data that the page shows before a session is built: the routines, and the timeline and choices of one routine."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceguide.builtin_names import BED_NAMES, DETAIL_LEVELS
from voiceguide.errors import VoiceguideError
from voiceguide.pipeline.asset_check import asset_file_states
from voiceguide.pipeline.session_builder import SessionBuilder, open_builder_for_script
from voiceguide.speech.engines.registry import resolve_voice
from voiceguide.timeline.arrangement.overrides import Overrides, resolve_bed
from voiceguide.units import samples_to_seconds as seconds
from voiceguide.web.services.routine_library import LoadedRoutine, message_for_page, read_routine
from voiceguide.web.services.session_request import SessionRequest, resolve_overrides, session_id

if TYPE_CHECKING:
    from voiceguide.script.loader import Script
    from voiceguide.system.disk_cache import DiskCache
    from voiceguide.timeline.arrangement.model import Arrangement
    from voiceguide.timeline.model import Timeline

__all__ = ["Planner"]


@dataclass(frozen=True)
class _UnmodifiedRoutine:
    """A routine without overrides."""

    script: Script
    files: set[tuple[Path, int, int]]
    plan: Arrangement
    timeline: Timeline
    missing_clips: frozenset[str]
    """The cache keys of the clips whose lengths are estimated."""


class Planner:
    """A planner for scripts. Scripts are read again only when they change. `data` replaces the contents of a file."""

    def __init__(self, cache: DiskCache) -> None:
        self._cache = cache
        self._unmodified_cache: dict[str, _UnmodifiedRoutine] = {}

    def summarize(self, name: str, path: Path, data: bytes | None = None) -> dict[str, Any]:
        """Return the entry of a routine in the list.

        Raises:
            VoiceguideError: The script has errors.
        """
        offered = read_routine(name, path, data)
        timeline = self._unmodified_routine(offered).timeline
        routine = offered.script.routine
        return {
            "name": name,
            "title": routine.title,
            "description": routine.description or "",
            "language": routine.language,
            "total": seconds(timeline.total),
            "stages": len(timeline.stages),
        }

    def preview(self, request: SessionRequest, path: Path, data: bytes | None = None) -> dict[str, Any]:
        """Return the `plan --json` object with an added `choices` key, which lists the available and selected options.

        Raises:
            VoiceguideError: The script has errors, or the request is not valid for it.
        """
        with self._open_request(request, path, data) as (offered, overrides, builder):
            timeline = builder.with_all_warnings(builder.estimated_timeline())
            warnings = [message_for_page(str(warning), offered.script.folder) for warning in timeline.warnings]
            choices = self._available_choices(offered, overrides, builder)
        return {**timeline.to_dict(), "warnings": warnings, "choices": choices}

    def make_kit_task(self, request: SessionRequest, path: Path, data: bytes | None = None) -> dict[str, Any]:
        """Return the task for `voiceguide.web.services.kit_worker`. The `id` of the task is the name of the kit.

        Raises:
            VoiceguideError: The script has errors, or the request is not valid for it.
        """
        with self._open_request(request, path, data) as (offered, overrides, builder):
            builder.estimated_timeline()
            name = session_id(offered, overrides, builder.arrangement)
            engines = _engine_names(builder.arrangement)
        return {
            "id": name,
            "path": str(offered.script.folder / Path(offered.script.file).name),
            "data": base64.b64encode(offered.data).decode("ascii"),
            "routine": request.routine,
            "options": dict(request.options),
            "engines": sorted(engines),
        }

    @contextmanager
    def _open_request(
        self, request: SessionRequest, path: Path, data: bytes | None
    ) -> Iterator[tuple[LoadedRoutine, Overrides, SessionBuilder]]:
        """Open the builder for a request. Error messages do not reveal folders on this computer."""
        offered = read_routine(request.routine, path, data)
        try:
            overrides = resolve_overrides(offered.script, request)
            with open_builder_for_script(offered.script, overrides, self._cache) as builder:
                yield offered, overrides, builder
        except VoiceguideError as error:
            raise VoiceguideError(message_for_page(error, offered.script.folder)) from error

    def _available_choices(
        self, offered: LoadedRoutine, overrides: Overrides, builder: SessionBuilder
    ) -> dict[str, Any]:
        routine = offered.script.routine
        bed = resolve_bed(None, routine, overrides)
        left = Counter((stage.yaml_path, stage.title) for stage in builder.arrangement.stages)
        written = self._unmodified_routine(offered)
        stages = []
        for stage, timed in zip(written.plan.stages, written.timeline.stages, strict=True):
            left[stage.yaml_path, stage.title] -= 1
            skipped = left[stage.yaml_path, stage.title] < 0
            default = seconds(timed.length)
            stages.append({"title": stage.title, "skip": stage.title, "default": default, "skipped": skipped})
        return {
            "stages": stages,
            "variants": list(routine.variants),
            "beds": list(dict.fromkeys((routine.bed.sound, *BED_NAMES))),
            "detail": list(DETAIL_LEVELS),
            "bed": bed.sound,
            "bed_level": bed.level_db,
        }

    def _unmodified_routine(self, offered: LoadedRoutine) -> _UnmodifiedRoutine:
        """Return the routine without overrides. It is planned again when a file changes or a clip has been made."""
        written = self._unmodified_cache.get(offered.name)
        files = asset_file_states(offered.script)
        if (
            written is None
            or written.script is not offered.script
            or written.files != files
            or any(map(self._cache.has, written.missing_clips))
        ):
            with open_builder_for_script(offered.script, Overrides(), self._cache) as builder:
                timeline = builder.estimated_timeline()
                missing = frozenset(builder.narrator.missing_keys)
            written = _UnmodifiedRoutine(offered.script, files, builder.arrangement, timeline, missing)
            self._unmodified_cache[offered.name] = written
        return written


def _engine_names(arrangement: Arrangement) -> set[str]:
    """Return the names of the engines that speak a session."""
    voices = {step.voice for stage in arrangement.stages for step in stage.steps}
    return {resolve_voice(voice, arrangement.language).engine for voice in voices}
