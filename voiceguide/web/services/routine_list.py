"""The list of routines on the page, and the scripts that cannot be offered."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from voiceguide.errors import VoiceguideError
from voiceguide.web.services.kit_queue import BusyError
from voiceguide.web.services.plan_pool import PlanPool, TooSlowError
from voiceguide.web.services.routine_library import RoutineLibrary, message_for_page
from voiceguide.web.services.worker_process import CrashError

__all__ = ["RoutineList"]

SUMMARY_TIMEOUT_S = 10.0
"""Time limit for planning one script for the list."""
_log = logging.getLogger("voiceguide.serve")


class RoutineList:
    """The routines of a library. All methods are thread-safe."""

    def __init__(self, library: RoutineLibrary, pool: PlanPool) -> None:
        self._library = library
        self._pool = pool
        self._unusable: dict[tuple[Path, int, int], str] = {}

    def read(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Return the routines, and a message for each script that cannot be offered.

        Scripts are planned one at a time, so that a long list leaves a process free for other plans. A script that
        takes too long or crashes the process is not planned again until its file changes.

        Raises:
            BusyError: Other plans used up the available time.
        """
        listed, left_out = [], []
        for task in self._library.tasks():
            path = Path(task["path"])
            try:
                listed.append(self._summarize(task, path))
            except BusyError:
                raise
            except VoiceguideError as error:
                left_out.append(message_for_page(error, path.parent))
        return listed, left_out

    def _summarize(self, task: dict[str, Any], path: Path) -> dict[str, Any]:
        if "data" in task:  # a draft
            return dict(self._pool.run({"do": "summarize", **task}, SUMMARY_TIMEOUT_S))
        try:
            state = path.stat()
        except OSError as error:
            raise VoiceguideError(f"{path.name} cannot be read: {error.strerror}. Check its permissions.") from error
        version = path, state.st_mtime_ns, state.st_size
        if version in self._unusable:
            raise VoiceguideError(self._unusable[version])
        try:
            return dict(self._pool.run({"do": "summarize", **task}, SUMMARY_TIMEOUT_S))
        except TooSlowError as error:
            self._unusable[version] = f"{path.name}: {error}"
        except CrashError as error:
            _log.error("%s could not be planned: %s", path.name, error)
            self._unusable[version] = (
                f"{path.name}: planning this script failed unexpectedly. See: voiceguide plan {path.name}"
            )
        raise VoiceguideError(self._unusable[version])
