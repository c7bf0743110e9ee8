"""Run a catalogue: find out what is missing or has changed, build it, and write the manifest and the feed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Literal

from voiceguide.catalogue.config.loader import CatalogueFile
from voiceguide.catalogue.environment import describe_environment, environment_id
from voiceguide.catalogue.feed import FEED_NAME, cover_name, find_cover, render_feed
from voiceguide.catalogue.job import BuildJob, JobResult, media_type_of
from voiceguide.catalogue.manifest import (
    FeedFile,
    FileRecord,
    Manifest,
    SessionRecord,
    read_manifest,
    read_records,
    record_name,
    write_manifest,
)
from voiceguide.catalogue.origin import catalogue_origin
from voiceguide.catalogue.planner import PlannedSession, plan_sessions
from voiceguide.catalogue.script_facts import hash_file
from voiceguide.catalogue.shared_files import share_inputs
from voiceguide.catalogue.store import FileChangedError, Store, StoredFile, is_bucket, open_store
from voiceguide.errors import VoiceguideError
from voiceguide.system.disk_cache import open_cache

__all__ = ["CatalogueRun", "Execute", "PendingSession", "Reason", "prepare_run"]

Reason = Literal["new", "changed", "missing or damaged"]


MAX_FEED_RETRIES = 3
Execute = Callable[[Sequence[BuildJob]], Generator[tuple[BuildJob, JobResult], None, None]]


@dataclass(frozen=True)
class PendingSession:
    """A session that has to be built, and why."""

    session: PlannedSession
    reason: Reason
    previous: SessionRecord | None
    """What was made the last time. Its files may be missing."""
    intact: bool
    """Whether the files of `previous` are complete."""


@dataclass(frozen=True)
class CatalogueRun:
    """A catalogue, and the difference between what it names and what the output holds."""

    file: CatalogueFile
    names: tuple[str, ...]
    """All sessions of the catalogue, in its order."""
    output_files: frozenset[str]
    """The files of all sessions of the catalogue."""
    store: Store
    manifest: Manifest
    listed: Mapping[str, StoredFile]
    """The files in the output when the run was prepared."""
    unchanged: tuple[SessionRecord, ...]
    pending: tuple[PendingSession, ...]
    foreign: tuple[PendingSession, ...]
    """Sessions that are not built, because a file of that name was not made by this catalogue."""
    stale: tuple[SessionRecord, ...]
    """Sessions that this catalogue made, but that are no longer in it."""
    others: tuple[SessionRecord, ...]
    """Sessions in the manifest that another catalogue of the same file name made. They are never deleted."""
    leftover_records: tuple[SessionRecord, ...]
    """Records of an earlier run that was interrupted."""
    foreign_feed: tuple[str, ...]
    """The feed or its cover, if it is not written because this catalogue did not make the file of that name."""
    replaces_foreign: bool
    """Whether files that the catalogue did not make are replaced."""

    @property
    def manifest_name(self) -> str:
        return _manifest_name(self.file)

    def estimated_s(self, workers: int) -> float | None:
        """Return about how long the build takes, from the times of earlier builds, or None if there are none."""
        known = [record.seconds_taken for record in self.manifest.sessions.values() if record.seconds_taken]
        if not known:
            return None
        mean_s = sum(known) / len(known)
        times = (each.previous.seconds_taken or mean_s if each.previous else mean_s for each in self.pending)
        return sum(times) / workers

    def build(
        self,
        execute: Execute,
        *,
        share: bool = False,
        keep_going: bool = True,
        on_result: Callable[[PlannedSession, JobResult], None] = lambda session, result: None,
        on_kept: Callable[[str], None] = lambda name: None,
    ) -> Mapping[str, SessionRecord]:
        """Build the pending sessions, then write the manifest. Return all sessions in the manifest, by name.

        Args:
            execute: Runs the jobs, and yields each with its result.
            share: Put the scripts where other machines can read them, and share spoken clips and backgrounds.
            keep_going: Whether to build the others if a session fails.
            on_result: Called with each session and its result.
            on_kept: Called with each file that is no longer needed, but kept because someone has replaced it.

        Raises:
            VoiceguideError: The workers or the output cannot be used.
        """
        changed: dict[str, SessionRecord | None] = {record.name: record for record in self.unchanged}
        changed = {**{record.name: record for record in self.leftover_records}, **changed}
        failed: dict[str, bool] = {}
        self.store.delete([record_name(each.session.name) for each in self.pending if self._has_record(each)])
        try:
            jobs = self._jobs(share)
            with closing(execute(jobs) if jobs else _no_results()) as results:
                for job, result in results:
                    if result.record:
                        changed[job.session.name] = result.record
                    on_result(job.session, result)
                    failed[job.session.name] = result.status == "failed"
                    if result.status == "failed" and not keep_going:
                        break
        finally:
            made = {name: record for name, record in changed.items() if self.manifest.sessions.get(name) != record}
            sessions = self._write_manifest(made)
        for name in self._delete_dropped_sidecars(sessions):
            on_kept(name)
        lost = {each.session.name for each in self.pending if not each.intact and failed.get(each.session.name, True)}
        lost |= {each.session.name for each in self.foreign}
        self._write_feed([sessions[name] for name in self.names if name in sessions and name not in lost])
        return sessions

    def _write_feed(self, sessions: Sequence[SessionRecord]) -> None:
        """Write the feed and its cover, if they have changed."""
        feed = self.file.catalogue.feed
        if feed is None:
            return
        cover = find_cover(self.file)
        name = cover_name(self.file, cover) if cover else ""
        contents: dict[str, bytes | Path] = {name: cover} if cover else {}
        contents[FEED_NAME] = render_feed(feed, sessions, name)
        contents = {file: content for file, content in contents.items() if file not in self.foreign_feed}
        for _ in range(MAX_FEED_RETRIES):
            with suppress(FileChangedError):  # another run of this catalogue has ended at the same time
                self._write_feed_files(contents)
                return
        self._write_feed_files(contents)

    def _write_feed_files(self, contents: Mapping[str, bytes | Path]) -> None:
        """Write files of the feed. The manifest announces them first: a file that it does not name is not ours."""
        listed = self.store.list()
        manifest = read_manifest(self.store, self.manifest_name, listed)
        origin = catalogue_origin(self.file)
        announced: dict[str, FeedFile] = {}
        expected: dict[str, StoredFile | None] = {}
        for name, content in contents.items():
            checksum = sha256(content).hexdigest() if isinstance(content, bytes) else hash_file(content)
            present = self.store.checksum(name) if name in listed else ""
            known = _known_checksums(manifest, name, origin)
            if present not in ("", checksum, *known) and not self.replaces_foreign:
                raise FileChangedError(
                    f"{name} was not replaced: another program has just written it. Run the catalogue again."
                )
            if checksum not in known:
                announced[name] = FeedFile(
                    name, origin, (present, checksum) if present not in ("", checksum) else (checksum,)
                )
            if present != checksum:
                expected[name] = listed.get(name)
        if announced:
            write_manifest(self.store, self.manifest_name, manifest, {}, announced)
        for name, version in expected.items():
            self.store.write(name, contents[name], media_type_of(name), version)

    def _has_record(self, pending: PendingSession) -> bool:
        return record_name(pending.session.name) in self.listed

    def _jobs(self, share: bool) -> list[BuildJob]:
        shared = self._shared_address() if share else ""
        if shared:
            share_inputs(open_store(shared), (file for each in self.pending for file in each.session.files))
        return [self._job(each, shared) for each in self.pending]

    def _job(self, pending: PendingSession, shared: str) -> BuildJob:
        session = pending.session
        return BuildJob(
            session,
            output=self.store.address,
            expected={name: self.listed.get(name) for name in session.output_files},
            previous=pending.previous if pending.intact else None,
            published=pending.previous.published if pending.previous else "",
            environment=describe_environment(),
            origin=catalogue_origin(self.file),
            allow_paths=tuple(str((self.file.folder / path).resolve()) for path in self.file.catalogue.allow_paths),
            shared=shared,
        )

    def _shared_address(self) -> str:
        shared = self.file.catalogue.shared
        if shared is None:
            return self.store.address
        return shared if is_bucket(shared) else str((self.file.folder / shared).absolute())

    def _write_manifest(self, changed: Mapping[str, SessionRecord | None]) -> Mapping[str, SessionRecord]:
        """Write the manifest, and delete the records that it has taken in."""
        sessions = self.manifest.sessions
        if changed:
            sessions = write_manifest(self.store, self.manifest_name, self.manifest, changed)
            self.store.delete([record_name(name) for name in changed])
        return sessions

    def _delete_dropped_sidecars(self, sessions: Mapping[str, SessionRecord]) -> list[str]:
        """Delete the sidecar files of rebuilt sessions that the catalogue no longer asks for. Return those kept."""
        named = self.output_files | _file_names(sessions.values())
        dropped = [file for file in _files(self.manifest.sessions.values()) if file.name not in named]
        return self._delete_unless_replaced(dropped, self.store.list()) if dropped else []

    def prune(self) -> list[str]:
        """Delete the files of all sessions that are no longer in the catalogue.

        Return the files that are kept because someone has replaced them.
        """
        listed = self.store.list()
        manifest = read_manifest(self.store, self.manifest_name, listed)
        gone = {record.name for record in self.stale}
        in_use = self.output_files | _file_names(each for name, each in manifest.sessions.items() if name not in gone)
        files = [file for file in _files(self.stale) if file.name not in in_use]
        kept = self._delete_unless_replaced(files, listed)
        write_manifest(self.store, self.manifest_name, manifest, dict.fromkeys(gone))
        self.store.delete([name for name in map(record_name, gone) if name in listed])
        return kept

    def _delete_unless_replaced(self, files: Iterable[FileRecord], listed: Mapping[str, StoredFile]) -> list[str]:
        """Delete files that are still as they were made. Return the others."""
        present = {file.name: file for file in files if file.name in listed}
        unchanged = [name for name, file in present.items() if _confirm_file(file, listed, self.store)]
        self.store.delete(unchanged)
        return [name for name in present if name not in unchanged]


def prepare_run(
    file: CatalogueFile, *, only: Sequence[str] = (), verify: bool = False, replace_foreign: bool = False
) -> CatalogueRun:
    """Compare a catalogue with its output.

    Args:
        only: Patterns for the names of the sessions to consider. Default: all.
        verify: Read every file in the output and compare its checksum, not just its size and time.
        replace_foreign: Build sessions even if this replaces a file that the catalogue has not made. They are its own
            from then on.

    Raises:
        ScriptError: The catalogue or a script in it has problems. The error lists every problem.
        VoiceguideError: No session matches `only`.
    """
    find_cover(file)
    with open_cache() as cache:
        sessions = plan_sessions(file, cache, environment_id())
        cache.trim()
    chosen = [session for session in sessions if _matches(session.name, only)]
    if not chosen:
        raise VoiceguideError(f"No session matches {', '.join(only)}. A dry run lists their names.")
    output = file.catalogue.output
    store = open_store(output if is_bucket(output) else str((file.folder / output).absolute()))
    listed = store.list()
    manifest = read_manifest(store, _manifest_name(file), listed)
    origin = catalogue_origin(file)
    leftover = {name: each for name, each in read_records(store, listed).items() if each.catalogue == origin}
    known = {**manifest.sessions, **leftover}
    unchanged: list[SessionRecord] = []
    pending: list[PendingSession] = []
    for session in chosen:
        record = known.get(session.name)
        confirmed = _confirm(record, listed, store, verify) if record else None
        if confirmed and confirmed.inputs == session.inputs:
            unchanged.append(replace(confirmed, catalogue=origin) if replace_foreign else confirmed)
        else:
            damaged = record is not None and record.inputs == session.inputs
            reason: Reason = "new" if record is None else "missing or damaged" if damaged else "changed"
            pending.append(PendingSession(session, reason, confirmed or record, confirmed is not None))
    foreign = [] if replace_foreign else [each for each in pending if _is_foreign(each, listed, origin)]
    names = dict.fromkeys(session.name for session in sessions)
    gone = [record for name, record in manifest.sessions.items() if name not in names and _matches(name, only)]
    return CatalogueRun(
        file,
        tuple(names),
        frozenset(name for session in sessions for name in session.output_files),
        store,
        manifest,
        listed,
        tuple(unchanged),
        tuple(each for each in pending if each not in foreign),
        tuple(foreign),
        stale=tuple(
            known[record.name] if known[record.name].files else record for record in gone if record.catalogue == origin
        ),
        others=tuple(record for record in gone if record.catalogue != origin),
        leftover_records=tuple(record for name, record in leftover.items() if name in names and record.files),
        foreign_feed=() if replace_foreign else tuple(_foreign_feed(file, store, manifest, listed, origin)),
        replaces_foreign=replace_foreign,
    )


def _no_results() -> Generator[tuple[BuildJob, JobResult], None, None]:
    yield from ()


def _manifest_name(file: CatalogueFile) -> str:
    return f"{file.path.stem}.manifest.json"


def _matches(name: str, only: Sequence[str]) -> bool:
    """Return whether the name of a session matches one of the patterns, if there are any."""
    stem = name.rpartition(".")[0]
    return not only or any(fnmatchcase(name, pattern) or fnmatchcase(stem, pattern) for pattern in only)


def _files(records: Iterable[SessionRecord]) -> list[FileRecord]:
    return [file for record in records for file in record.files]


def _file_names(records: Iterable[SessionRecord]) -> set[str]:
    return {file.name for file in _files(records)}


def _is_foreign(pending: PendingSession, listed: Mapping[str, StoredFile], origin: str) -> bool:
    """Return whether a file of the session is there that this catalogue did not make."""
    ours = pending.previous is not None and pending.previous.catalogue == origin
    return not ours and any(name in listed for name in pending.session.output_files)


def _known_checksums(manifest: Manifest, name: str, origin: str) -> tuple[str, ...]:
    file = manifest.feed.get(name)
    return file.checksums if file and file.catalogue == origin else ()


def _foreign_feed(
    file: CatalogueFile, store: Store, manifest: Manifest, listed: Mapping[str, StoredFile], origin: str
) -> Generator[str, None, None]:
    """Yield the files of the feed that are there, but that this catalogue did not make."""
    cover = find_cover(file)
    names = [FEED_NAME] if file.catalogue.feed else []
    names += [cover_name(file, cover)] if cover else []
    for name in names:
        if name in listed and store.checksum(name) not in _known_checksums(manifest, name, origin):
            yield name


def _confirm(
    record: SessionRecord, listed: Mapping[str, StoredFile], store: Store, verify: bool
) -> SessionRecord | None:
    """Return the record if its files are complete, with their current versions. Otherwise, return None."""
    files = [_confirm_file(file, listed, store, verify) for file in record.files]
    confirmed = tuple(file for file in files if file)
    if not confirmed or len(confirmed) < len(files):
        return None
    return record if confirmed == record.files else replace(record, files=confirmed)


def _confirm_file(
    file: FileRecord, listed: Mapping[str, StoredFile], store: Store, verify: bool = False
) -> FileRecord | None:
    """Return the file with its current version if it is as it was made. Otherwise, return None.

    A file of the right size that has another time, as after a copy, is compared by its checksum.
    """
    stored = listed.get(file.name)
    if stored is None or stored.size_bytes != file.bytes:
        return None
    if (verify or stored.version != file.version) and store.checksum(file.name) != file.sha256:
        return None
    return file if stored.version == file.version else replace(file, version=stored.version)
