"""The worker process that builds one session for the phone page.

It reads a build order from stdin as one line of JSON, and writes lines of JSON to stdout. Because it is a separate
process, an engine that hangs or crashes does not affect the server, and the page stays responsive while audio is being
encoded. The process imports its modules first, then waits for a build order. It exits when its stdin is closed.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from voiceguide.audio.mixer.session_mix import mix_session
from voiceguide.errors import VoiceguideError
from voiceguide.export.exporter import ExportSettings
from voiceguide.pipeline.session_builder import Progress, ProgressCallback, open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import open_cache
from voiceguide.system.memory import limit_malloc_arenas
from voiceguide.web.services.routine_library import message_for_page
from voiceguide.web.services.session_request import SessionRequest, resolve_overrides
from voiceguide.web.services.session_store import SessionStore

__all__ = ["main"]

ACTIVITY_LABELS = {"synthesize": "Speaking", "encode": "Encoding"}
PRELOADED = (mix_session,)
"""Named here so that its modules are imported before the build order arrives."""


class _Terminated(BaseException):
    """Raised in the main thread on SIGTERM, so that open resources are closed before the process exits."""


def main() -> NoReturn:
    """Build one session. The exit status is 0 if a result was reported, whether success or failure."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # engine output must not be mixed with our messages
    signal.signal(signal.SIGTERM, _raise_terminated)
    limit_malloc_arenas()

    def answer(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    try:
        order = json.loads(sys.stdin.buffer.readline() or "null")
        threading.Thread(target=_exit_when_stdin_closes, daemon=True).start()
        if order is not None:
            _build_session(order, answer)
    except _Terminated:
        os._exit(128 + signal.SIGTERM)
    except VoiceguideError as error:
        answer({"failed": message_for_page(error, Path(order["path"]).parent)})
    os._exit(0)  # the process aborts if a speech model is torn down while in use


def _raise_terminated(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Terminated


def _exit_when_stdin_closes() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _build_session(order: dict[str, Any], answer: Callable[[dict[str, Any]], None]) -> None:
    """Build the session and report progress."""
    script = load_script(order["path"], base64.b64decode(order["data"]))
    overrides = resolve_overrides(script, SessionRequest(order["routine"], order["options"]))
    sessions = SessionStore(Path(order["folder"]))
    with open_cache() as cache:
        with open_builder_for_script(script, overrides, cache, _throttled_progress(answer)) as builder:
            timeline = builder.exact_timeline()
            located = builder.with_all_warnings(timeline).warnings
            warnings = [message_for_page(str(warning), script.folder) for warning in located]
            builder.write(timeline, sessions.audio_file(order["id"]), ExportSettings("mp3"))
        sessions.mark_complete(order["id"], {**timeline.to_dict(), "warnings": warnings})
        answer({"ready": True})
        cache.trim()


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
