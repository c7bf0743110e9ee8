"""Make the openings of all routines in advance, so that a routine starts to play as soon as it is chosen."""

from __future__ import annotations

import contextlib
import logging
import threading
from pathlib import Path

from voiceguide.errors import VoiceguideError
from voiceguide.speech.engines.registry import LOCAL_ENGINES
from voiceguide.web.services.kit_queue import KIT_WORKER, KitQueue
from voiceguide.web.services.kit_store import KitStore
from voiceguide.web.services.plan_pool import PLAN_TIMEOUT_S, PlanPool
from voiceguide.web.services.routine_library import RoutineLibrary
from voiceguide.web.services.session_request import unmodified_options
from voiceguide.web.services.worker_process import CrashError, OutOfTimeError, WorkerProcess

__all__ = ["OpeningMaker"]

OPENING_TIMEOUT_S = 120.0
"""Time limit for one opening. An opening has at most a few dozen lines."""
MAX_OPENINGS = 50
"""Maximum number of openings to make. The scripts in the served folders come first."""
BUSY_POLL_S = 0.2
_log = logging.getLogger("voiceguide.serve")


class OpeningMaker:
    """A thread that makes one opening after another, while no kit is being made.

    The openings are kept in `store`, so they are made only once per version of a script. All methods are thread-safe.
    """

    def __init__(self, library: RoutineLibrary, plans: PlanPool, kits: KitQueue, store: KitStore) -> None:
        self._library, self._plans, self._kits, self._store = library, plans, kits, store
        self._process: WorkerProcess | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._make_all, name="voiceguide openings", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """Stop immediately."""
        self._closing.set()
        with self._lock:
            process = self._process
        if process is not None:
            process.terminate()

    def _make_all(self) -> None:
        try:
            self._open_process()  # its imports take as long as the first plan
            for name, path in list(self._library.paths_by_name().items())[:MAX_OPENINGS]:
                if self._closing.is_set():
                    return
                self._make(name, path)
                self._kits.prestart_process()
        finally:
            self._close_process()

    def _make(self, name: str, path: Path) -> None:
        """Make the opening of one routine. A kit that is requested before the end starts with this opening.

        An error is shown to the user only when the kit is requested, which then fails for the same reason.
        """
        planning = {"do": "kit task", "routine": name, "options": unmodified_options(), "path": str(path)}
        with contextlib.suppress(VoiceguideError, OSError):
            try:
                task = self._plans.run(planning, PLAN_TIMEOUT_S)
                if not LOCAL_ENGINES.issuperset(task["engines"]) or self._is_made(task["id"]):
                    return
                while self._kits.is_busy:
                    if self._closing.wait(BUSY_POLL_S):
                        return
                with self._kits.opening_in_progress(task["id"]) as announce:
                    process = self._open_process()
                    task = {**task, "do": "opening", "folder": str(self._store.folder)}
                    answer = process.ask(task, OPENING_TIMEOUT_S)
                    if "kit" in answer:
                        announce(answer["kit"])
                        process.ask({"do": "encode"}, OPENING_TIMEOUT_S)
            except (CrashError, OutOfTimeError) as error:
                if not self._closing.is_set():
                    _log.info("The opening of %s could not be made: %s", name, error)

    def _is_made(self, kit_name: str) -> bool:
        return self._store.opening(kit_name) is not None or self._store.kit(kit_name) is not None

    def _open_process(self) -> WorkerProcess:
        """Return the running process, or a new one if it has exited."""
        with self._lock:
            if self._closing.is_set():
                raise VoiceguideError("The server is shutting down.")
            if self._process is None or not self._process.is_running:
                if self._process is not None:
                    self._process.close()
                self._process = WorkerProcess(KIT_WORKER)
            return self._process

    def _close_process(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.close()
