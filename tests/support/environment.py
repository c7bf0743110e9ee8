"""The environment of the tests and of the programs they start, whoever runs them and wherever."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

__all__ = ["child_environment", "use_neutral_environment"]

DROPPED_PREFIXES = ("LC_", "LANG", "XDG_", "PYTHON", "LINES", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "PROMPT_COMMAND")
"""How the names of variables begin that change what a program prints or where it looks for files."""
DROPPED = {
    f"VOICEGUIDE_{name}"
    for name in ("CACHE", "CONFIG", "FFMPEG", "KOKORO_FOLDER", "PIPER_VOICES", "STATE", "VOICES_URL")
}
"""The variables that voiceguide reads. Other names that begin with VOICEGUIDE_ are settings of `make soak`."""


def use_neutral_environment(home: Path) -> None:
    """Change this process, and so every program that it starts, to what the tests expect.

    The home folder is the given one, which must be empty and writable. Language, encoding, time zone, umask and signals
    are the usual ones. A background job starts with SIGINT ignored, and `nohup` ignores SIGHUP.
    """
    for name in list(os.environ):
        if name.startswith(DROPPED_PREFIXES) or name in DROPPED:
            del os.environ[name]
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    readable = [folder for folder in folders if os.access(folder, os.R_OK | os.X_OK)]
    os.environ.update(
        HOME=str(home), USERPROFILE=str(home), LC_ALL="C.UTF-8", TZ="UTC", TERM="xterm", PATH=os.pathsep.join(readable)
    )
    os.umask(0o022)
    for name in ("SIGINT", "SIGHUP", "SIGTERM", "SIGQUIT", "SIGTSTP", "SIGCHLD"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def child_environment(changes: Mapping[str, str | None] | None = None, **more: str | None) -> dict[str, str]:
    """Return the environment of this process with some variables changed. None removes a variable."""
    changed = {**os.environ, **(changes or {}), **more}
    return {name: value for name, value in changed.items() if value is not None}
