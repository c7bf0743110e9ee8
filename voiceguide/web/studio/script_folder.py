"""The folder in which the studio was opened. Nothing outside this folder is read or written."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voiceguide.errors import ExportError, VoiceguideError
from voiceguide.script.loader import read_script_file
from voiceguide.script.parsing.text_encoding import MAX_SCRIPT_BYTES
from voiceguide.system.atomic_file import write_atomically

__all__ = ["ChangedFileError", "ScriptFile", "ScriptFolder", "decode_script", "encode_script"]

MAX_NAME_CHARS = 200
MAX_PART_BYTES = 255
"""The limit of most file systems for one part of a name. A Chinese character has three bytes."""
MAX_LISTED = 300
MAX_VISITED = 5000
"""A folder with more entries was probably opened by mistake. The list of files is then incomplete."""
_ENDINGS = (".yaml", ".yml")
_BAD_PART = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\\ud800-\udc7f\udd00-\udfff]|^\.|^$|[. ]$')
"""Matches hidden names, `..`, names that not every operating system allows, and characters that no name can contain."""
_SCRIPT_KEY = re.compile(r"^\ufeff?voiceguide\s*:", re.MULTILINE)
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class ScriptFile:
    """A script in the folder. `text` includes its line endings and its byte order mark."""

    name: str
    text: str
    sha256: str
    """The digest of the bytes on disk."""


class ChangedFileError(VoiceguideError):
    """The file on disk has changed since it was opened for editing. `theirs` is its current state."""

    def __init__(self, theirs: ScriptFile) -> None:
        self.theirs = theirs
        super().__init__(f"{theirs.name} was changed by another program. Nothing was saved.")


class ScriptFolder:
    """The scripts in a folder and its subfolders. A name is a path relative to the folder, such as `sub/soak.yaml`."""

    def __init__(self, folder: Path) -> None:
        self._root = Path(os.path.realpath(folder))
        self._lock = threading.Lock()

    @property
    def title(self) -> str:
        """The name of the folder."""
        return self._root.name or str(self._root)

    @property
    def id(self) -> str:
        """A short ID of the folder, under which browsers store drafts."""
        return hashlib.sha256(os.fsencode(self._root)).hexdigest()[:16]

    def names(self) -> list[str]:
        """Return the names of all scripts (YAML files with the key `voiceguide`) outside hidden folders."""
        found = []
        for path in self._yaml_files():
            name = path.relative_to(self._root).as_posix()
            try:
                if _is_script(read_script_file(self.path(name))):
                    found.append(name)
            except VoiceguideError:
                continue
            if len(found) == MAX_LISTED:
                break
        return sorted(found, key=lambda name: (name.count("/"), name.casefold()))

    def path(self, name: str) -> Path:
        """Return the path of a script. Its folder must exist, but the script need not.

        Raises:
            VoiceguideError: The name is not that of a YAML file in this folder.
        """
        parts = name.split("/")
        is_bad = any(_BAD_PART.search(part) or len(os.fsencode(part)) > MAX_PART_BYTES for part in parts)
        if len(name) > MAX_NAME_CHARS or is_bad:
            raise VoiceguideError(
                f'"{name[:80]}" is not a file name in this folder. Choose a name such as evening.yaml.'
            )
        path = self._root.joinpath(*parts)
        if not name.lower().endswith(_ENDINGS):
            raise VoiceguideError(f'"{name}" is not a script. Choose a name that ends in .yaml.')
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self._root) or real.suffix.lower() not in _ENDINGS:
            raise VoiceguideError(f'"{name}" is a link to a file outside this folder. Copy the file into the folder.')
        if not real.parent.is_dir():
            raise VoiceguideError(f'The folder of "{name}" does not exist. Create it first.')
        if os.path.lexists(real) and not stat.S_ISREG(real.lstat().st_mode):
            raise VoiceguideError(f'"{name}" is not a regular file. Choose another name.')
        return path

    def read(self, name: str) -> ScriptFile | None:
        """Return a script, or None if it does not exist.

        Raises:
            VoiceguideError: The name is not valid, or the file is too large, is not text or cannot be read.
        """
        path = self.path(name)
        if not path.exists():
            return None
        data = read_script_file(path)
        _check_size(name, data)  # the rest of a larger file was not read, so it would be lost when the script is saved
        return ScriptFile(name, decode_script(data, name), hashlib.sha256(data).hexdigest())

    def save(self, name: str, text: str, base_sha256: str | None) -> ScriptFile:
        """Write a script atomically.

        `base_sha256` is the digest of the file that was edited, or None if there was none. A file that has this text
        already is left as it is, because the answer to an earlier request to save it may have been lost.

        Raises:
            ChangedFileError: The contents of the file have changed. Nothing was written.
            VoiceguideError: The name is not valid, or the file cannot be written.
        """
        path = self.path(name)
        with self._lock:
            existing = self.read(name)
            data = encode_script(text, path.read_bytes()[:2] if existing else b"")
            _check_size(name, data)
            saved = ScriptFile(name, text, hashlib.sha256(data).hexdigest())
            if existing is None or existing.sha256 != saved.sha256:
                self._check_base(name, base_sha256)
                write_atomically(path, data, lambda: self._check_base(name, base_sha256))
        return saved

    def _check_base(self, name: str, base_sha256: str | None) -> None:
        existing = self.read(name)
        if existing is not None and existing.sha256 != base_sha256:
            raise ChangedFileError(existing)

    def add_recording(self, script: str, label: str, ending: str, data: bytes) -> str:
        """Write a recording next to a script, without replacing any file, and return the file name of the recording.

        A script that is a link looks for its recordings next to the link.

        Raises:
            VoiceguideError: The name of the script is not valid, or the file cannot be written.
        """
        folder = Path(os.path.realpath(self.path(script).parent))
        if not folder.is_relative_to(self._root):
            raise VoiceguideError(f'"{script}" is in a folder outside this folder. Copy the script into this folder.')
        stem = re.sub(r"[^\w-]+", "-", label.casefold()).strip("-_")[:40] or "recording"
        names = (f"{stem}{number}{ending}" for number in ("", *(f"-{count}" for count in range(2, 10_000))))
        return next(name for name in names if _write_new(folder / name, data))

    def _yaml_files(self) -> Iterator[Path]:
        visited = 0
        for folder, subfolders, files in os.walk(self._root):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for name in sorted(files):
                visited += 1
                if name.lower().endswith(_ENDINGS):
                    yield Path(folder, name)
            if visited > MAX_VISITED:
                return


def _check_size(name: str, data: bytes) -> None:
    if len(data) > MAX_SCRIPT_BYTES:
        raise VoiceguideError(f"{name} is larger than 1 MiB, the limit for a script. Split it.")


def _write_new(path: Path, data: bytes) -> bool:
    """Write a file, or return False if it exists. Another studio can write one with the same name at the same time."""
    try:
        if not os.path.lexists(path):
            write_atomically(path, data, may_replace=False)
            return True
    except ExportError as error:
        if not isinstance(error.__cause__, FileExistsError):
            raise
    return False


def _is_script(data: bytes) -> bool:
    """Return whether a YAML file is a script. A file in an unknown encoding counts as a script too, so that the error
    is shown."""
    return bool(_SCRIPT_KEY.search(data.decode(_UTF16.get(data[:2], "utf-8"), "replace")))


def decode_script(data: bytes, name: str) -> str:
    """Return the text of a script, with its line endings and its UTF-8 byte order mark."""
    try:
        if encoding := _UTF16.get(data[:2]):
            return data[2:].decode(encoding)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VoiceguideError(f"{name} is not a text file. Save it as UTF-8.") from error


def encode_script(text: str, start: bytes = b"") -> bytes:
    """Return a text as bytes, in UTF-16 if the file to be replaced starts with a UTF-16 byte order mark."""
    try:
        if encoding := _UTF16.get(start):
            return start + text.encode(encoding)
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise VoiceguideError("The text contains an incomplete character, which cannot be saved. Delete it.") from error
