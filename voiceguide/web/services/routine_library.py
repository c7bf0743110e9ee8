"""The routines offered on the page: the bundled routines and the scripts in the served folders."""

from __future__ import annotations

import base64
import os
import re
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from voiceguide.errors import OverrideError, ScriptError, VoiceguideError
from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.script.loader import Script, load_script
from voiceguide.script.parsing.text_encoding import MAX_SCRIPT_BYTES

__all__ = ["LoadedRoutine", "RoutineLibrary", "message_for_page", "read_routine"]

MAX_SCRIPTS = 300
"""Maximum number of scripts listed per folder. A folder with more scripts was probably served by mistake."""
MAX_DRAFTS = 20
"""Maximum number of drafts to keep. Scripts whose drafts were dropped are read from their files again."""
_SCRIPT_KEY = re.compile(rb"^voiceguide\s*:", re.MULTILINE)


@dataclass(frozen=True)
class LoadedRoutine:
    """A script, together with the current contents of its file."""

    name: str
    script: Script
    data: bytes
    """The bytes of the script file."""


class RoutineLibrary:
    """Scripts by name. The name is the file name without its extension, with `\ufffd` for undisplayable characters.

    A script in a served folder hides a bundled routine with the same name. A file is a script if its extension is .yaml
    or .yml, it contains the key `voiceguide`, and its path is inside the folder after links are resolved. All
    methods are thread-safe.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = tuple(folders)
        self._drafts: dict[str, tuple[Path, bytes]] = {}
        self._lock = threading.Lock()

    def put_draft(self, name: str, path: Path, data: bytes) -> str:
        """Add a script that is not saved yet, in place of the file at `path`, and return its name in the library."""
        shown = _displayable(name)
        with self._lock:
            self._drafts.pop(shown, None)
            self._drafts[shown] = path, data
            while len(self._drafts) > MAX_DRAFTS:
                del self._drafts[next(iter(self._drafts))]
        return shown

    def drop_draft(self, name: str) -> None:
        """Forget a draft, because the script was saved. From then on, the file is read again."""
        with self._lock:
            self._drafts.pop(_displayable(name), None)

    def tasks(self) -> list[dict[str, Any]]:
        """Return a task for every script, as `task` does. The tasks do not contain an action yet."""
        with self._lock:
            drafts = {name: _task(name, *draft) for name, draft in self._drafts.items()}
        return list(
            (drafts | {name: _task(name, path) for name, path in self.paths_by_name().items()} | drafts).values()
        )

    def task(self, name: str) -> dict[str, Any]:
        """Return `routine` and `path` for a task of a worker process and, for a draft, its text in base64 as `data`.

        Raises:
            VoiceguideError: The script does not exist.
        """
        with self._lock:
            draft = self._drafts.get(name)
        return _task(name, *draft) if draft else _task(name, self.path(name))

    def paths_by_name(self) -> dict[str, Path]:
        """Return the paths of all scripts by name. Scripts in the folders are listed before bundled ones."""
        own: dict[str, Path] = {}
        for folder in self._folders:
            for path in _scripts_in(folder):
                own.setdefault(_displayable(path.stem), path)
        bundled = {name: path for name, path in list_bundled_routines().items() if name not in own}
        return own | bundled

    def path(self, name: str) -> Path:
        """Return the path of the script with the given name.

        Raises:
            VoiceguideError: The script does not exist.
        """
        path = self.paths_by_name().get(name)
        if path is None:
            raise VoiceguideError("This routine no longer exists. Choose one from the list.")
        return path


def _task(name: str, path: Path, data: bytes | None = None) -> dict[str, Any]:
    task = {"routine": name, "path": str(path)}
    return task if data is None else {**task, "data": base64.b64encode(data).decode("ascii")}


def read_routine(name: str, path: Path, data: bytes | None = None) -> LoadedRoutine:
    """Read a script. The script is read again only if its file has changed. `data` replaces the contents of the file.

    Raises:
        VoiceguideError: The script does not exist or has errors.
    """
    if data is not None:
        return LoadedRoutine(name, _load_draft(path, data), data)
    try:
        state = path.stat()
    except OSError as error:
        raise VoiceguideError("This routine no longer exists. Choose one from the list.") from error
    outcome = _load_cached(path, state.st_mtime_ns, state.st_size)
    if isinstance(outcome, VoiceguideError):
        raise outcome
    return LoadedRoutine(name, *outcome)


def message_for_page(error: VoiceguideError | str, folder: Path | None = None) -> str:
    """Return an error or warning as a single message for the page.

    If a script has several problems, the message contains the first one and says how many others there are. Paths are
    shown relative to `folder`, the current folder or the home folder. The name of an override is omitted, because the
    page shows the message next to it.
    """
    message = str(error)
    if isinstance(error, OverrideError):
        message = error.message[:1].upper() + error.message[1:]
    if isinstance(error, ScriptError) and len(error.problems) > 1:
        more = len(error.problems) - 1
        message = f"{error.problems[0]} ({more} more problem{'s' if more > 1 else ''} in this script.)"
    for known in filter(None, (folder, Path.cwd(), Path.home())):
        message = message.replace(f"{known}{os.sep}", "")
    return message


def _displayable(name: str) -> str:
    """Return a name that can be sent to the page and back: without control codes, and without undecodable bytes."""
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


def _scripts_in(folder: Path) -> list[Path]:
    """Return the scripts in a folder, sorted by name, with links resolved. For an unreadable folder, the list is
    empty."""
    found = []
    try:
        home = folder.resolve(strict=True)
        entries = sorted(path for path in home.iterdir() if path.suffix.lower() in (".yaml", ".yml"))
    except OSError:
        return []
    for entry in entries:
        try:
            path = entry.resolve(strict=True)
            state = path.stat()
            if path.is_relative_to(home) and _is_script(path, state.st_mtime_ns, state.st_size):
                found.append(path)
        except (OSError, RuntimeError):  # RuntimeError: a link that points to itself
            continue
        if len(found) == MAX_SCRIPTS:
            break
    return found


@lru_cache(maxsize=4 * MAX_SCRIPTS)
def _is_script(path: Path, changed_ns: int, size_bytes: int) -> bool:
    return _SCRIPT_KEY.search(_read_bytes(path)) is not None


def _read_bytes(path: Path) -> bytes:
    """Read a regular file, up to one byte more than the maximum script size. Do not block on a FIFO."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileNotFoundError(path)
        return file.read(MAX_SCRIPT_BYTES + 1)


@lru_cache(maxsize=MAX_DRAFTS)
def _load_draft(path: Path, data: bytes) -> Script:
    return load_script(path, data)


@lru_cache(maxsize=MAX_SCRIPTS)
def _load_cached(path: Path, changed_ns: int, size_bytes: int) -> tuple[Script, bytes] | VoiceguideError:
    """Return a script and its bytes, or the error raised by loading it. The result is cached until the file changes."""
    try:
        data = _read_bytes(path)
        return load_script(path, data), data
    except OSError as error:
        return VoiceguideError(f"{path.name} cannot be read: {error.strerror}. Check its permissions.")
    except VoiceguideError as error:
        return error
