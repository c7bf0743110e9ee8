"""The token of the phone page, saved between runs so that a bookmark or an installed app keeps working."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from voiceguide.errors import ExportError
from voiceguide.system.atomic_file import write_atomically
from voiceguide.system.state_folder import state_folder
from voiceguide.web.network_address import new_token

__all__ = ["KeptToken", "keep_token", "load_token"]

_TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
_OWNER_ONLY = 0o600


class KeptToken(str):
    """A token, with an optional note for the user."""

    note: str = ""


def load_token(revoke: bool = False) -> KeptToken:
    """Return the token of the last run, or a new one that is saved for the next run.

    With `revoke`, the token is always new, and the old one no longer works. The file can be read only by its owner. If
    anyone else could read it, the token is replaced.
    """
    path = _token_file()
    token, note = ("", "") if revoke else _read(path)
    if token:
        return _with_note(token, note)
    token = new_token()
    try:
        keep_token(path, token)
    except (OSError, ExportError):
        note = (
            f"the address cannot be saved in {path.parent}, so it will be different next time. "
            "Set VOICEGUIDE_STATE to a writable folder."
        )
    return _with_note(token, note)


def keep_token(path: Path, token: str) -> None:
    """Write a token to a file that only its owner can read.

    Raises:
        OSError, ExportError: The file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
    write_atomically(path, token.encode("ascii"))


def _token_file() -> Path:
    return state_folder() / "phone-page-token"


def _read(path: Path) -> tuple[str, str]:
    """Return the kept token, or an empty string if it cannot be used, and a note for the user, which may be empty."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return "", ""
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return "", ""
        if os.name == "posix" and (status.st_mode & 0o077 or status.st_uid != os.geteuid()):
            return "", f"others could read the secret in {path}, so the address has changed."
        token = file.read(100).decode("ascii", "replace").strip()
    if not _TOKEN.fullmatch(token):
        return "", f"the secret in {path} was damaged, so the address has changed."
    return token, ""


def _with_note(token: str, note: str) -> KeptToken:
    kept = KeptToken(token)
    kept.note = note
    return kept
