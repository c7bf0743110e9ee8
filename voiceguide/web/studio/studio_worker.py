"""The worker process of the studio: it edits, describes and speaks scripts, one task after another.

It reads tasks from stdin as lines of JSON, and writes one line of JSON for each task to stdout. Because the worker is a
separate process, an engine that hangs does not stop the server. The worker exits when its stdin is closed.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from voiceguide.errors import VoiceguideError
from voiceguide.script.editing import apply, operation_from_json, tree
from voiceguide.system.disk_cache import DiskCache, open_cache
from voiceguide.web.services.routine_library import message_for_page
from voiceguide.web.services.worker_process import open_task_channel
from voiceguide.web.studio.description import describe
from voiceguide.web.studio.narrator_keeper import NarratorKeeper

__all__ = ["main"]


def main() -> NoReturn:
    """Answer every task with `{"done": ...}`, or `{"failed": message}` if the user can fix the problem."""
    next_task, answer = open_task_channel()
    with open_cache() as cache:
        worker = _Worker(cache)
        while True:
            answer(worker.carry_out(next_task()))


class _Worker:
    """Carries out tasks. `path` is the path of the script, whether or not it exists."""

    def __init__(self, cache: DiskCache) -> None:
        self._cache = cache
        self._narrators = NarratorKeeper(cache)
        self._player: Any = None

    def carry_out(self, task: dict[str, Any]) -> dict[str, Any]:
        path = Path(task["path"])
        actions: dict[str, Callable[[dict[str, Any], Path], Any]] = {
            "edit": self._edit,
            "fit": self._fit,
            "draft": self._draft,
            "hear": self._hear,
            "prepare": self._prepare,
            "warm up": self._warm_up,
            "voices": self._voices,
        }
        try:
            return {"done": actions[task["do"]](task, path)}
        except VoiceguideError as error:
            return {"failed": message_for_page(error, path.parent)}

    def _edit(self, task: dict[str, Any], path: Path) -> Any:
        text = task["text"]
        for operation in task["operations"]:
            text = apply(text, operation_from_json(operation))
        return describe(text, path, self._narrators)

    def _fit(self, task: dict[str, Any], path: Path) -> Any:
        from voiceguide.web.studio.fitting import fit_total

        return describe(fit_total(task["text"], path, task["total"], self._cache), path, self._narrators)

    def _draft(self, task: dict[str, Any], path: Path) -> Any:
        from voiceguide.drafting import draft_script

        text = draft_script(base64.b64decode(task["data"]), "The text", task["title"]).script
        return {"text": text, "tree": tree(text)}

    def _hear(self, task: dict[str, Any], path: Path) -> Any:
        heard = self._step_player().render(
            task["text"], path, task["step"], task["turn"], task["start"], task["length"]
        )
        return {**heard, "wav": base64.b64encode(heard.get("wav", b"")).decode("ascii")}

    def _prepare(self, task: dict[str, Any], path: Path) -> Any:
        return self._step_player().prepare(task["text"], path, task["step"], task["turn"])

    def _warm_up(self, task: dict[str, Any], path: Path) -> Any:
        self._step_player().warm_up(task["text"], path)

    def _voices(self, task: dict[str, Any], path: Path) -> Any:
        from voiceguide.speech.engines.registry import list_voices

        usable = [voice for voice in list_voices()[0] if voice.installed and voice.quality != "test"]
        return [{"name": voice.full_name, "language": voice.language} for voice in usable]

    def _step_player(self) -> Any:
        if self._player is None:
            from voiceguide.web.studio.hearing import StepPlayer

            self._player = StepPlayer(self._narrators)
        return self._player


if __name__ == "__main__":
    main()
