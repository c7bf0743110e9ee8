"""Where the files of a catalogue go: a folder, or a bucket of S3 or another object store.

A file is written whole or not at all, and only over the version that the writer knows. Transfers to a bucket are made
by obstore, which also repeats requests that fail because the server is away or overloaded.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from voiceguide.catalogue.waiting import waiting_for
from voiceguide.errors import ExportError, VoiceguideError
from voiceguide.export.exporter import make_folder
from voiceguide.script.path_lookup import kind_at
from voiceguide.system.atomic_file import atomic_write, convert_write_errors
from voiceguide.system.disk_cache import digest

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["ANY_VERSION", "FileChangedError", "Store", "StoredFile", "TransferError", "is_bucket", "open_store"]

ANY_VERSION: Literal["any"] = "any"
HIDDEN_FOLDER = ".voiceguide"
"""The folder in the output with the records of unfinished runs, and with what machines share."""
RETRY_TIMEOUT_S = 60
"""How long a request is repeated while the server does not answer, or answers with an error of its own."""
MAX_SINGLE_PUT_BYTES = 256 * 1024 * 1024
"""Larger files are uploaded in parts."""


@dataclass(frozen=True)
class StoredFile:
    """A file in a store."""

    size_bytes: int
    version: str
    """Changes whenever the file is written."""


Expected = StoredFile | Literal["any"] | None
"""The version that a file must have to be replaced. None means that the file must not exist."""


class FileChangedError(VoiceguideError):
    """A file was not written because another program has written it in the meantime."""


class TransferError(ExportError):
    """A transfer to or from a bucket failed. Trying the whole job again may help."""


class Store(Protocol):
    """A folder or a bucket. Names are paths with `/`. All methods raise an ExportError if the store fails."""

    address: str

    def list(self) -> dict[str, StoredFile]:
        """Return all files by name."""

    def read(self, name: str) -> bytes | None:
        """Return the contents of a file, or None if it does not exist."""

    def checksum(self, name: str) -> str:
        """Return the SHA-256 of a file, or an empty string if it does not exist."""

    def write(self, name: str, content: bytes | Path, media_type: str, expected: Expected) -> StoredFile:
        """Write a file as a whole.

        Raises:
            FileChangedError: The file does not have the expected version.
        """

    def delete(self, names: Sequence[str]) -> None:
        """Delete files. A missing file is not an error."""


def is_bucket(address: str) -> bool:
    """Return whether an address is that of a bucket rather than a folder."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", address) is not None


def open_store(address: str, base: Path = Path()) -> Store:
    """Open a folder, relative to `base`, or a bucket such as `s3://bucket/prefix`. Nothing is written yet.

    Raises:
        ExportError: The address is not usable.
    """
    return _BucketStore(address) if is_bucket(address) else _FolderStore(base / address)


class _FolderStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = str(folder)

    def list(self) -> dict[str, StoredFile]:
        found: dict[str, StoredFile] = {}
        with _convert_read_errors(self.address):
            for parent, _, names in os.walk(self._folder, onerror=_raise_unless_missing):
                prefix = (
                    "" if parent == self.address else os.path.relpath(parent, self._folder).replace(os.sep, "/") + "/"
                )
                for name in names:
                    with contextlib.suppress(FileNotFoundError):  # temporary files of other runs come and go
                        found[prefix + name] = _stored(os.stat(os.path.join(parent, name)))
        return found

    def read(self, name: str) -> bytes | None:
        with _convert_read_errors(self.address):
            path = self._path(name)
            return path.read_bytes() if kind_at(path) == "file" else None

    def checksum(self, name: str) -> str:
        from voiceguide.catalogue.script_facts import hash_file

        return hash_file(self._path(name))

    def write(self, name: str, content: bytes | Path, media_type: str, expected: Expected) -> StoredFile:
        target = self._path(name)
        make_folder(target.parent)
        with contextlib.nullcontext() if expected == ANY_VERSION else self._locked(name):
            _check_version(self._status(target), expected, name)
            with atomic_write(target) as part:
                if isinstance(content, bytes):
                    part.write_bytes(content)
                else:
                    shutil.copyfile(content, part)
            return _stored(target.stat())

    def delete(self, names: Sequence[str]) -> None:
        for path in [self._path(name) for name in names]:
            with convert_write_errors(path):
                path.unlink(missing_ok=True)
                for parent in path.relative_to(self._folder).parents[:-1]:
                    with contextlib.suppress(OSError):  # not empty
                        (self._folder / parent).rmdir()

    def _path(self, name: str) -> Path:
        """Return the path of a file. A name that leads out of the folder is never read, written or deleted."""
        path = Path(name)
        if path.is_absolute() or path.drive or path.root or not path.parts or ".." in path.parts:
            raise ExportError(f"{name} is not a file in {self.address}. Check where this name comes from.")
        return self._folder / path

    def _status(self, target: Path) -> StoredFile | None:
        try:
            return _stored(target.stat())
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """Keep other runs from writing a file, from the moment it is looked at until it is replaced."""
        if sys.platform == "win32":
            yield
            return
        import fcntl

        hidden = self._folder / HIDDEN_FOLDER
        make_folder(hidden)
        with convert_write_errors(hidden / "locks"), (hidden / "locks").open("ab") as file:
            with contextlib.suppress(OSError):  # a network disk without locks
                fcntl.lockf(file, fcntl.LOCK_EX, 1, int(digest(name)[:7], 16))  # one byte for each name
            yield


def _stored(status: os.stat_result) -> StoredFile:
    return StoredFile(status.st_size, str(status.st_mtime_ns))


def _check_version(found: StoredFile | None, expected: Expected, name: str) -> None:
    if expected != ANY_VERSION and found != expected:
        raise FileChangedError(_explain_change(name))


def _explain_change(name: str) -> str:
    return f"{name} was not replaced: another run of the catalogue has written it in the meantime. Run it again."


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


@contextlib.contextmanager
def _convert_read_errors(address: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportError(f"{address} cannot be read: {error.strerror or error}. Check its permissions.") from error


class _BucketStore:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._store = _connect(self.address)

    def list(self) -> dict[str, StoredFile]:
        with self._converted_errors("listed"):
            return {
                item["path"]: StoredFile(item["size"], item["e_tag"] or str(item["last_modified"]))
                for page in self._store.list()
                for item in page
            }

    def read(self, name: str) -> bytes | None:
        with self._converted_errors("read"):
            try:
                return bytes(self._store.get(name).bytes())
            except FileNotFoundError:
                return None

    def checksum(self, name: str) -> str:
        result = sha256()
        with self._converted_errors("read"):
            try:
                for block in self._store.get(name).stream():
                    result.update(memoryview(block))
            except FileNotFoundError:
                return ""
        return result.hexdigest()

    def write(self, name: str, content: bytes | Path, media_type: str, expected: Expected) -> StoredFile:
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        size_bytes = len(content) if isinstance(content, bytes) else content.stat().st_size
        in_parts = size_bytes > MAX_SINGLE_PUT_BYTES
        mode: Any = "overwrite"
        if in_parts and expected != ANY_VERSION:  # uploads in parts have no condition
            _check_version(self.list().get(name), expected, name)
        elif not in_parts and expected is None:
            mode = "create"
        elif not in_parts and isinstance(expected, StoredFile):
            mode = {"e_tag": expected.version}
        with self._converted_errors("written"):
            try:
                result = self._store.put(
                    name, content, mode=mode, use_multipart=in_parts, attributes={"Content-Type": media_type}
                )
            except (AlreadyExistsError, PreconditionError) as error:
                raise FileChangedError(_explain_change(name)) from error
            return StoredFile(size_bytes, result["e_tag"] or "")

    def delete(self, names: Sequence[str]) -> None:
        with self._converted_errors("changed"):
            if names:
                self._store.delete(list(names))

    @contextlib.contextmanager
    def _converted_errors(self, done: str) -> Iterator[None]:
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        try:
            with waiting_for(self.address):
                yield
        except FileChangedError:
            raise
        except (BaseError, OSError, ValueError) as error:
            denied = isinstance(error, PermissionDeniedError | UnauthenticatedError | PermissionError)
            if denied or "403 Forbidden" in str(error):
                raise ExportError(
                    f"{self.address} could not be {done}: access was denied. Check the keys in the environment, such "
                    "as AWS_ACCESS_KEY_ID, and what they may do."
                ) from error
            raise TransferError(f"{self.address} could not be {done}: {_explain_error(error)}.") from error


def _connect(address: str) -> ObjectStore:
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    # a server on this computer or in this house often has no TLS; its address says so
    plain = any(os.environ.get(name, "").startswith("http://") for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL"))
    try:
        # only the time limits the retries: 20 of them can be over in 6 s
        return from_url(
            address,
            client_options={"allow_http": plain, "timeout": timedelta(seconds=300)},
            retry_config={"max_retries": 10_000, "retry_timeout": timedelta(seconds=RETRY_TIMEOUT_S)},
        )
    except (BaseError, ValueError) as error:
        raise ExportError(
            f"{address} cannot be used: {_explain_error(error)}. Use a folder, or an address such as s3://bucket/folder."
        ) from error


def _explain_error(error: Exception) -> str:
    """Return the cause of an error from obstore, without the request and the settings that its message contains.

    An S3 server explains most errors in a document with a `Message`.
    """
    text = " ".join(str(error).split("\n\nDebug source:")[0].split())
    if message := re.search(r"<Message>([^<]+)</Message>", text):
        return message[1].rstrip(".")
    if "error sending request" in text or "Connection refused" in text:
        return "the server does not answer. Check its address and the network"
    return re.sub(r"^Generic \w+ error: ", "", text)[:300].rstrip(".")
