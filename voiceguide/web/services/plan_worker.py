"""The worker process that computes plans for the phone page, one after another.

The worker reads tasks from stdin as lines of JSON, and writes one line of JSON for each to stdout. Because the worker
is a separate process, the server can kill it when a script takes too long. The worker also exits when its stdin is
closed.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, NoReturn

from voiceguide.errors import VoiceguideError
from voiceguide.system.disk_cache import open_cache
from voiceguide.web.services.planner import Planner
from voiceguide.web.services.routine_library import message_for_page
from voiceguide.web.services.session_request import SessionRequest
from voiceguide.web.services.worker_process import open_task_channel

__all__ = ["main"]


def main() -> NoReturn:
    """Answer every task with `{"done": ...}`, or `{"failed": message}` if the user can fix the problem."""
    next_task, answer = open_task_channel()
    with open_cache() as cache:
        planner = Planner(cache)
        while True:
            answer(_carry_out(planner, next_task()))


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
