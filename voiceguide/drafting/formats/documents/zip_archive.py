"""Read members of ZIP archives from untrusted files."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from voiceguide.errors import VoiceguideError

__all__ = ["Archive", "open_archive"]

MAX_MEMBER_BYTES = 32 * 1024 * 1024
"""The maximum size of an unpacked member. A long book's text is a tenth this size. The limit stops ZIP bombs."""


class Archive:
    """A ZIP archive whose members are read only up to a maximum size."""

    def __init__(self, file: zipfile.ZipFile, name: str) -> None:
        self._file = file
        self._name = name
        self.names = frozenset(file.namelist())

    def read(self, member: str) -> bytes:
        """Return the contents of a member, or empty bytes if there is no such member.

        Raises:
            VoiceguideError: The member is too large, encrypted or damaged.
        """
        if member not in self.names:
            return b""
        try:
            with self._file.open(member) as source:
                data = source.read(MAX_MEMBER_BYTES + 1)
        except RuntimeError as error:
            raise VoiceguideError(f"{self._name} is protected by a password. Save it without one.") from error
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise VoiceguideError(f"{self._name} is damaged: {member} cannot be unpacked. Save it again.") from error
        if len(data) > MAX_MEMBER_BYTES:
            raise VoiceguideError(f"{self._name} contains more than 32 MiB of text. Use a shorter document.")
        return data


@contextmanager
def open_archive(data: bytes, name: str) -> Iterator[Archive]:
    """Open an archive that was read into memory.

    Raises:
        VoiceguideError: The data is not a complete archive.
    """
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise VoiceguideError(f"{name} is a damaged document. Save it again, or save it as plain text.") from error
    with file:
        yield Archive(file, name)
