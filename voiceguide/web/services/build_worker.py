"""The process that makes one session for the phone page: an order as a line of JSON on stdin, lines of JSON on stdout.

It is a process of its own so that an engine that hangs or crashes takes nobody with it, and so that the page answers
while sound is being encoded. It imports what it will need, and then waits for its order. It ends when stdin does, which
whoever ordered keeps open for as long as the session is wanted.
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
from voiceguide.pipeline.override_options import collect_warnings
from voiceguide.pipeline.session_builder import ProgressCallback, open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import open_cache
from voiceguide.timeline.serialization import timeline_to_dict
from voiceguide.web.services.routine_library import message_for_page
from voiceguide.web.services.session_request import SessionRequest, resolve_overrides
from voiceguide.web.services.session_store import SessionStore

__all__ = ["main"]

PRELOADED = (mix_session,)
"""Imported here so that it is there when the order comes."""


class _Terminated(BaseException):
    """We are told to end; raised where the program happens to be, so that everything open is closed."""


def main() -> NoReturn:
    """Make one session; status 0 when its outcome, good or bad, was told."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever engines print must not get between our lines
    signal.signal(signal.SIGTERM, _raise_terminated)

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
    os._exit(0)  # threads may still be inside a speech model, which aborts when it is torn down under them


def _raise_terminated(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Terminated


def _exit_when_stdin_closes() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _build_session(order: dict[str, Any], answer: Callable[[dict[str, Any]], None]) -> None:
    """Make the session of an order, and say how far it is."""
    script = load_script(order["path"], base64.b64decode(order["data"]))
    overrides = resolve_overrides(script, SessionRequest(order["routine"], order["options"]))
    shelf = SessionStore(Path(order["folder"]))
    with open_cache() as store:
        with open_builder_for_script(script, overrides, store, _throttled_progress(answer)) as session:
            timeline = session.exact_timeline()
            warnings = [message_for_page(advice, script.folder) for advice in collect_warnings(session, timeline)]
            session.write(timeline, shelf.audio_file(order["id"]), ExportSettings("mp3"))
        shelf.mark_complete(order["id"], timeline_to_dict(timeline, warnings))
        answer({"ready": True})
        store.trim()


def _throttled_progress(answer: Callable[[dict[str, Any]], None]) -> ProgressCallback:
    """Progress that is told about ten times a second, and whenever something else is begun."""
    doing_now, told_s = "", 0.0

    def progress(doing: str, done: int, of: int) -> None:
        nonlocal doing_now, told_s
        if doing != doing_now or time.monotonic() - told_s > 0.1:
            doing_now, told_s = doing, time.monotonic()
            answer({"doing": doing, "done": done, "of": of})

    return progress


if __name__ == "__main__":
    main()
