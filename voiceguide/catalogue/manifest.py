"""What a catalogue has made: one record for each session, and the manifest with all of them.

A worker writes the record of a session twice: before its files, to say that they are about to be written, and after
them. The second one shows that the files are complete, even if the run was killed. The manifest takes the records in
when the run ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from voiceguide import __version__
from voiceguide.catalogue.store import ANY_VERSION, HIDDEN_FOLDER, FileChangedError, Store, StoredFile
from voiceguide.errors import ExportError
from voiceguide.system.disk_cache import digest

__all__ = [
    "FeedFile",
    "FileRecord",
    "Manifest",
    "SessionRecord",
    "read_manifest",
    "read_record",
    "read_records",
    "record_name",
    "write_manifest",
    "write_record",
]

RECORD_FOLDER = f"{HIDDEN_FOLDER}/records/"
JSON_TYPE = "application/json"
MAX_MERGES = 10
_ADVICE = "Move it away and add --replace; then every session is built again."
_NEVER_IN_A_NAME = re.compile(r"[\x00-\x1f\\:]")
"""Control characters, a folder of Windows, and a drive or a stream of it."""


@dataclass(frozen=True)
class FileRecord:
    """One file of a session."""

    name: str
    bytes: int
    sha256: str
    version: str
    """As the store gives it: the time of the last change, or the ETag."""


@dataclass(frozen=True)
class SessionRecord:
    """What was made for a session, and from what."""

    name: str
    title: str
    description: str
    script: str
    language: str
    variant: str
    voice: str
    format: str
    bit_rate: int | None
    inputs: str
    """A digest of the script, the files in it, the settings and the versions of what makes sound."""
    content: str
    """A digest of what is heard and written. If it is unchanged, so are the files, even if `inputs` has changed."""
    length_s: float
    files: tuple[FileRecord, ...]
    """The audio file, then its sidecar files. Empty while they are being written."""
    published: str
    """When the session first appeared, as an RFC 3339 time."""
    changed: str
    seconds_taken: float
    warnings: tuple[str, ...] = ()
    catalogue: str = ""
    """The origin of the catalogue that made it. Another one of the same file name can share the output."""

    @classmethod
    def from_dict(cls, data: Any) -> SessionRecord:
        files = tuple(FileRecord(**file) for file in data["files"])
        return cls(**{**data, "files": files, "warnings": tuple(data["warnings"])})


@dataclass(frozen=True)
class FeedFile:
    """The feed or its cover."""

    name: str
    catalogue: str
    """The origin of the catalogue that made it."""
    checksums: tuple[str, ...]
    """What the file may contain. While it is being replaced, this is the old and the new one."""


@dataclass(frozen=True)
class Manifest:
    """All sessions that a catalogue has made, by name, and the version of the file that they were read from."""

    sessions: Mapping[str, SessionRecord]
    stored: StoredFile | None
    feed: Mapping[str, FeedFile] = field(default_factory=dict)


def read_manifest(store: Store, name: str, listed: Mapping[str, StoredFile]) -> Manifest:
    """Read the manifest, which is empty before the first run.

    Raises:
        ExportError: The manifest is damaged.
    """
    data = store.read(name) if name in listed else None
    if data is None:
        return Manifest({}, None)
    try:
        content = json.loads(data)
        sessions = [SessionRecord.from_dict(record) for record in content["sessions"]]
        feed = [FeedFile(**{**file, "checksums": tuple(file["checksums"])}) for file in content.get("feed", ())]
    except ValueError as error:
        raise ExportError(f"{name} in {store.address} is damaged: it is cut off or was edited. {_ADVICE}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ExportError(f"{name} in {store.address} belongs to another version of voiceguide. {_ADVICE}") from error
    if unsafe := [each for record in sessions for each in _unsafe_names(record)]:
        raise ExportError(
            f"{name} in {store.address} cannot be used, because it names {json.dumps(unsafe[0])}, which no catalogue "
            f"makes. {_ADVICE}"
        )
    return Manifest({record.name: record for record in sessions}, listed[name], {file.name: file for file in feed})


def write_manifest(
    store: Store,
    name: str,
    manifest: Manifest,
    changed: Mapping[str, SessionRecord | None],
    feed: Mapping[str, FeedFile] | None = None,
) -> Mapping[str, SessionRecord]:
    """Write the manifest with some sessions changed or, if their record is None, removed. Return all sessions.

    If another run has written the manifest in the meantime, its sessions are kept. `feed` are the files of the feed
    that are about to be written.
    """
    files = {**manifest.feed, **(feed or {})}
    for _ in range(MAX_MERGES):
        merged = {**manifest.sessions, **changed}
        sessions = {key: merged[key] for key in sorted(merged) if merged[key] is not None}
        lines = ",\n".join(json.dumps(asdict(record), ensure_ascii=False) for record in sessions.values() if record)
        feed_lines = "".join(f",\n{json.dumps(asdict(file), ensure_ascii=False)}" for file in files.values())[1:]
        feed_text = f', "feed": [{feed_lines}\n]' if feed_lines else ""
        data = f'{{"voiceguide": "{__version__}", "sessions": [\n{lines}\n]{feed_text}}}\n'.encode()
        if manifest.stored and manifest.stored.size_bytes == len(data) and store.read(name) == data:
            return {key: record for key, record in sessions.items() if record}
        try:
            store.write(name, data, JSON_TYPE, manifest.stored)
            return {key: record for key, record in sessions.items() if record}
        except FileChangedError:
            manifest = read_manifest(store, name, store.list())
            files = {
                **manifest.feed,
                **{key: _merge(file, manifest.feed.get(key)) for key, file in (feed or {}).items()},
            }
    raise ExportError(f"{name} in {store.address} is written by too many runs at once. Run the catalogue again.")


def _merge(file: FeedFile, other: FeedFile | None) -> FeedFile:
    """Add what another run of the same catalogue is about to write."""
    if other is None or other.catalogue != file.catalogue:
        return file
    return replace(file, checksums=tuple(dict.fromkeys((*file.checksums, *other.checksums))))


def record_name(session: str) -> str:
    return f"{RECORD_FOLDER}{digest(session)[:40]}.json"


def read_record(store: Store, session: str) -> SessionRecord | None:
    """Return the record that a worker has left for a session, if any."""
    return _parse_record(store.read(record_name(session)))


def read_records(store: Store, listed: Iterable[str]) -> dict[str, SessionRecord]:
    """Return the records that are not in the manifest yet, because a run was interrupted or is still going on."""
    names = [name for name in listed if name.startswith(RECORD_FOLDER)]
    with ThreadPoolExecutor(16) as pool:
        records = map(_parse_record, list(pool.map(store.read, names)))
    return {record.name: record for record in records if record}


def write_record(store: Store, record: SessionRecord) -> None:
    data = json.dumps(asdict(record), ensure_ascii=False).encode()
    store.write(record_name(record.name), data, JSON_TYPE, ANY_VERSION)


def _parse_record(data: bytes | None) -> SessionRecord | None:
    try:
        record = SessionRecord.from_dict(json.loads(data)) if data else None
    except (ValueError, KeyError, TypeError):  # of another version: the session is built again
        return None
    return None if record and _unsafe_names(record) else record


def _unsafe_names(record: SessionRecord) -> list[object]:
    """Return the names in a record that the planner never makes, such as those that lead out of the output."""
    return [name for name in (record.name, *(file.name for file in record.files)) if not _is_safe(name)]


def _is_safe(name: object) -> bool:
    return (
        isinstance(name, str)
        and not _NEVER_IN_A_NAME.search(name)
        and all(part and not part.startswith(".") for part in name.split("/"))
    )
