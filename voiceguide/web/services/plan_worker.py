"""The worker process that computes plans for the phone page, one after another.

The worker reads tasks from stdin as lines of JSON, and writes one line of JSON for each to stdout. Because it is a
separate process, the server can kill it when a script takes too long. The worker also exits when its stdin is closed.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

from voiceguide.errors import VoiceguideError
from voiceguide.system.disk_cache import open_cache
from voiceguide.system.memory import limit_malloc_arenas
from voiceguide.web.services.planner import Planner
from voiceguide.web.services.routine_library import message_for_page
from voiceguide.web.services.session_request import SessionRequest

__all__ = ["main"]


def main() -> NoReturn:
    """Answer every task with `{"done": ...}`, or `{"failed": message}` if the user can fix the reason."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # engine output must not be mixed with our messages
    limit_malloc_arenas()
    tasks: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_read_tasks, args=(tasks,), daemon=True).start()
    with open_cache() as cache:
        planner = Planner(cache)
        while True:
            task = tasks.get()
            answers.write(json.dumps(_carry_out(planner, task)) + "\n")
            answers.flush()


def _read_tasks(tasks: queue.Queue[dict[str, Any]]) -> None:
    """Read tasks until stdin is closed, then exit even if a plan is being computed."""
    for line in sys.stdin.buffer:
        tasks.put(json.loads(line))
    os._exit(0)


def _carry_out(planner: Planner, task: dict[str, Any]) -> dict[str, Any]:
    path = Path(task["path"])
    data = base64.b64decode(task["data"]) if "data" in task else None
    try:
        if task["do"] == "summarize":
            return {"done": planner.summarize(task["routine"], path, data)}
        request = SessionRequest(task["routine"], task["options"])
        if task["do"] == "preview":
            return {"done": planner.preview(request, path, data)}
        return {"done": planner.make_kit_task(request, path, data)}
    except VoiceguideError as error:
        return {"failed": message_for_page(error, path.parent)}


if __name__ == "__main__":
    main()
