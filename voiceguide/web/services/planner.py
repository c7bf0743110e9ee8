"""What the page shows before anything is made: the list of routines, and a routine's timeline with its choices."""

from __future__ import annotations

import base64
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceguide.errors import VoiceguideError
from voiceguide.names import BED_NAMES, DETAIL_LEVELS
from voiceguide.pipeline.override_options import advice_of
from voiceguide.pipeline.session_builder import Session, open_session
from voiceguide.timeline.arrangement.overrides import Overrides, bed_in_force
from voiceguide.timeline.serialization import timeline_data
from voiceguide.units import samples_to_seconds as seconds
from voiceguide.web.services.routine_library import Library, Offered, told
from voiceguide.web.services.session_request import Wish, session_id, wished_overrides

if TYPE_CHECKING:
    from voiceguide.script.loader import Script
    from voiceguide.system.disk_cache import Store
    from voiceguide.timeline.arrangement.model import Plan
    from voiceguide.timeline.model import Timeline

__all__ = ["Choices"]


@dataclass(frozen=True)
class _AsWritten:
    """A routine with nothing overridden."""

    script: Script
    plan: Plan
    timeline: Timeline


class Choices:
    """Answers about the routines of a library. Safe to use from several threads."""

    def __init__(self, library: Library, store: Store) -> None:
        self._library = library
        self._store = store
        self._written: dict[str, _AsWritten] = {}
        self._lock = threading.Lock()

    def routines(self) -> tuple[list[dict[str, Any]], list[str]]:
        """The list of routines, and a sentence for each script that has to be left out."""
        listed, left_out = [], []
        for name, path in self._library.names().items():
            try:
                offered = self._library.read(name, path)
                timeline = self._as_written(offered).timeline
            except VoiceguideError as error:
                left_out.append(told(error, path.parent))
                continue
            routine = offered.script.routine
            listed.append(
                {
                    "name": name,
                    "title": routine.title,
                    "description": routine.description or "",
                    "language": routine.language,
                    "total": seconds(timeline.total),
                    "stages": len(timeline.stages),
                }
            )
        return listed, left_out

    def plan(self, wish: Wish) -> dict[str, Any]:
        """The object of `plan --json`, and `choices`: what the page offers for this routine, and what is in force.

        Raises:
            VoiceguideError: for a wish that cannot be followed.
        """
        with self._opened(wish) as (offered, overrides, session):
            timeline = session.planned()
            warnings = [told(advice, offered.script.folder) for advice in advice_of(session, timeline)]
            choices = self._choices(offered, overrides, session)
        return {**timeline_data(timeline, warnings), "choices": choices}

    def order(self, wish: Wish, folder: Path) -> dict[str, Any]:
        """What `voiceguide.web.services.build_worker` needs to make the session of a wish; `id` is the session's name.

        Raises:
            VoiceguideError: for a wish that cannot be followed.
        """
        with self._opened(wish) as (offered, overrides, session):
            session.planned()
            name = session_id(offered, overrides, session.plan)
        return {
            "id": name,
            "folder": str(folder),
            "path": str(offered.script.folder / Path(offered.script.file).name),
            "data": base64.b64encode(offered.data).decode("ascii"),
            "routine": wish.routine,
            "options": dict(wish.options),
        }

    @contextmanager
    def _opened(self, wish: Wish) -> Iterator[tuple[Offered, Overrides, Session]]:
        """The session that a wish means. Errors from it name no folder of this machine."""
        offered = self._library.offered(wish.routine)
        try:
            overrides = wished_overrides(offered.script, wish)
            with open_session(offered.script, overrides, self._store) as session:
                yield offered, overrides, session
        except VoiceguideError as error:
            raise VoiceguideError(told(error, offered.script.folder)) from error

    def _choices(self, offered: Offered, overrides: Overrides, session: Session) -> dict[str, Any]:
        routine = offered.script.routine
        bed = bed_in_force(None, routine, overrides)
        left = Counter((stage.path, stage.title) for stage in session.plan.stages)
        written = self._as_written(offered)
        stages = []
        for stage, timed in zip(written.plan.stages, written.timeline.stages, strict=True):
            left[stage.path, stage.title] -= 1
            skipped = left[stage.path, stage.title] < 0
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

    def _as_written(self, offered: Offered) -> _AsWritten:
        """Kept for as long as the script is the same, once the lengths of all its words are known."""
        with self._lock:
            written = self._written.get(offered.name)
        if written is None or written.script is not offered.script:
            with open_session(offered.script, Overrides(), self._store) as session:
                written = _AsWritten(offered.script, session.plan, session.planned())
            if not written.timeline.estimated:
                with self._lock:
                    self._written[offered.name] = written
        return written
