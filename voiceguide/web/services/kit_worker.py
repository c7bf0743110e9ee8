"""The worker process for the phone page, which makes either one kit or openings in advance.

The worker reads a task from stdin as one line of JSON, and writes lines of JSON to stdout. After each answer that is
not a progress report, the worker waits for another line. Because the worker is a separate process, an engine that hangs
or crashes does not affect the server, and the page stays responsive while audio is being encoded. The process imports
its modules first, then waits for a task.
"""

from __future__ import annotations

import base64
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from voiceguide.audio.mixer.session_mix import mix_session
from voiceguide.errors import VoiceguideError
from voiceguide.phone.kit import Kit, make_draft_kit, make_kit, make_opening_kit, opening_stage_counts
from voiceguide.pipeline.session_builder import Progress, ProgressCallback, SessionBuilder, open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import open_cache
from voiceguide.web.services.kit_store import KitStore, frame_ids
from voiceguide.web.services.routine_library import message_for_page
from voiceguide.web.services.session_request import SessionRequest, resolve_overrides
from voiceguide.web.services.worker_process import open_task_channel

__all__ = ["main"]

ACTIVITY_LABELS = {"synthesize": "Speaking", "encode": "Encoding"}
PRELOADED = (mix_session,)
"""A function that is referenced here so that its modules are imported before the task arrives."""


class _Terminated(BaseException):
    """Raised in the main thread on SIGTERM, so that open resources are closed before the process exits."""


def main() -> NoReturn:
    """Make openings, or one kit. The exit status is 0 if a result was reported, whether success or failure."""
    signal.signal(signal.SIGTERM, _raise_terminated)
    next_task, answer = open_task_channel()
    try:
        task = next_task()
        while task.get("do") == "opening":
            _make_opening(task, next_task, answer)
            task = next_task()
        _make_kit(task, next_task, answer)
    except _Terminated:
        os._exit(128 + signal.SIGTERM)
    except VoiceguideError as error:
        answer({"failed": message_for_page(error, Path(task["path"]).parent)})
    os._exit(0)  # the process aborts if a speech model is torn down while in use


def _raise_terminated(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Terminated


def _make_kit(
    task: dict[str, Any], next_task: Callable[[], dict[str, Any]], answer: Callable[[dict[str, Any]], None]
) -> None:
    """Make the openings, then a draft, then the full kit.

    Report each kit as soon as it is known, then encode its frames.

    An opening can be played while the rest is being synthesized. The unmodified session can be played from the draft
    while the tables for other lengths are being computed.
    """
    with _open_task(task, _throttled_progress(answer)) as (store, builder):
        for kit in _kits(builder, skip_first_opening=store.opening(task["id"]) is not None):
            answer({"kit": kit.data})
            next_task()
            _encode(kit, store)
            if not kit.data["draft"]:
                store.put_kit(task["id"], kit.data)
            answer({"ready": True})
            next_task()


def _kits(builder: SessionBuilder, skip_first_opening: bool) -> Iterator[Kit]:
    """Yield the kits of a session, each more complete than the one before.

    The page can set lengths only in the full kit, so a variant with lengths has no other kits.
    """
    if not builder.overrides.set and builder.overrides.total is None:
        for count in opening_stage_counts(builder)[skip_first_opening:]:
            yield make_opening_kit(builder, count)
        yield make_draft_kit(builder)
    yield make_kit(builder)


def _make_opening(
    task: dict[str, Any], next_task: Callable[[], dict[str, Any]], answer: Callable[[dict[str, Any]], None]
) -> None:
    """Make only the first opening, or a draft if the routine is too short for an opening.

    Report the kit as soon as it is known, then encode its frames.
    """
    with _open_task(task) as (store, builder):
        counts = opening_stage_counts(builder)
        kit = make_opening_kit(builder, counts[0]) if counts else make_draft_kit(builder)
        answer({"kit": kit.data})
        next_task()
        _encode(kit, store)
        store.put_opening(task["id"], kit.data)
        answer({"ready": True})


@contextmanager
def _open_task(
    task: dict[str, Any], progress: ProgressCallback | None = None
) -> Iterator[tuple[KitStore, SessionBuilder]]:
    """Open the store of kits and the builder of a session."""
    script = load_script(task["path"], base64.b64decode(task["data"]))
    overrides = resolve_overrides(script, SessionRequest(task["routine"], task["options"]))
    with open_cache() as cache, open_cache(Path(task["folder"])) as kits:
        with open_builder_for_script(script, overrides, cache, progress) as builder:
            yield KitStore(kits), builder
        cache.trim()


def _encode(kit: Kit, store: KitStore) -> None:
    if store.missing(frame_ids(kit.data)):
        for frame_id, frames in kit.encode():
            store.put_frames(frame_id, frames)


def _throttled_progress(answer: Callable[[dict[str, Any]], None]) -> ProgressCallback:
    """Return a callback that reports progress about ten times a second, and at the start of each activity."""
    activity, sent_s = "", 0.0

    def report(progress: Progress) -> None:
        nonlocal activity, sent_s
        if progress.activity != activity or time.monotonic() - sent_s > 0.1:
            activity, sent_s = progress.activity, time.monotonic()
            answer({"doing": ACTIVITY_LABELS[activity], "done": progress.done, "of": progress.total})

    return report


if __name__ == "__main__":
    main()
