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
from voiceguide.export.exporter import Delivery
from voiceguide.pipeline.override_options import advice_of
from voiceguide.pipeline.session_builder import Progress, open_session
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import Store, cache_folder
from voiceguide.timeline.serialization import timeline_data
from voiceguide.web.services.routine_library import told
from voiceguide.web.services.session_request import Wish, wished_overrides
from voiceguide.web.services.session_store import Shelf

__all__ = ["main"]

NEEDED = (mix_session,)
"""Imported here so that it is there when the order comes."""


class _Ended(BaseException):
    """We are told to end; raised where the program happens to be, so that everything open is closed."""


def main() -> NoReturn:
    """Make one session; status 0 when its outcome, good or bad, was told."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever engines print must not get between our lines
    signal.signal(signal.SIGTERM, _end)

    def answer(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line) + "\n")
        answers.flush()

    try:
        order = json.loads(sys.stdin.buffer.readline() or "null")
        threading.Thread(target=_end_with_stdin, daemon=True).start()
        if order is not None:
            _make(order, answer)
    except _Ended:
        os._exit(128 + signal.SIGTERM)
    except VoiceguideError as error:
        answer({"failed": told(error, Path(order["path"]).parent)})
    os._exit(0)  # threads may still be inside a speech model, which aborts when it is torn down under them


def _end(number: int, frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise _Ended


def _end_with_stdin() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def _make(order: dict[str, Any], answer: Callable[[dict[str, Any]], None]) -> None:
    """Make the session of an order, and say how far it is."""
    script = load_script(order["path"], base64.b64decode(order["data"]))
    overrides = wished_overrides(script, Wish(order["routine"], order["options"]))
    store, shelf = Store(cache_folder()), Shelf(Path(order["folder"]))
    try:
        with open_session(script, overrides, store, _sparing(answer)) as session:
            timeline = session.settled()
            warnings = [told(advice, script.folder) for advice in advice_of(session, timeline)]
            session.write(timeline, shelf.audio_file(order["id"]), Delivery("mp3"))
        shelf.keep(order["id"], timeline_data(timeline, warnings))
        answer({"ready": True})
        store.trim()
    finally:
        store.close()


def _sparing(answer: Callable[[dict[str, Any]], None]) -> Progress:
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
