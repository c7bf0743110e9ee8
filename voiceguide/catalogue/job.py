"""The job of a worker: build one session and put its files into the store.

A job depends on nothing but its arguments, and can run any number of times. If a worker is killed, another one runs the
job again.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from voiceguide.catalogue.environment import describe_environment
from voiceguide.catalogue.manifest import FileRecord, SessionRecord, read_record, write_record
from voiceguide.catalogue.planner import PlannedSession
from voiceguide.catalogue.script_facts import hash_file
from voiceguide.catalogue.shared_files import SharedCache, fetch_inputs
from voiceguide.catalogue.store import FileChangedError, Store, StoredFile, TransferError, open_store
from voiceguide.encode.formats import FORMATS
from voiceguide.errors import VoiceguideError
from voiceguide.export.exporter import ExportSettings
from voiceguide.export.sidecars import HTML_PLAYER, sidecar_path, write_sidecars
from voiceguide.pipeline.override_options import parse_overrides
from voiceguide.pipeline.session_builder import SessionBuilder, open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.script.model.bed_layers import bed_files
from voiceguide.system.disk_cache import DiskCache, cache_folder, digest
from voiceguide.system.ffmpeg import ffmpeg_version
from voiceguide.system.memory_limits import limit_malloc_arenas
from voiceguide.system.temp_dirs import make_temp_dir, remove_stale_temp_dirs
from voiceguide.timeline.model import Timeline

__all__ = ["BuildJob", "JobResult", "build_session", "media_type_of"]

Phase = Literal["fetching", "planning", "speaking", "encoding", "publishing"]
Report = Callable[[Phase], None]
MEDIA_TYPES = {
    **{format.name: format.media_type for format in FORMATS.values()},
    "vtt": "text/vtt; charset=utf-8",
    "json": "application/json",
    "xml": "application/rss+xml; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "lrc": "text/plain; charset=utf-8",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
}


@dataclass(frozen=True)
class BuildJob:
    """A session to build, and what the store holds for it."""

    session: PlannedSession
    output: str
    """The address of the store. A folder is an absolute path."""
    expected: Mapping[str, StoredFile | None]
    """The version of each file of the session in the store, when the run began."""
    previous: SessionRecord | None
    """What was made the last time, if its files are still complete."""
    published: str
    """When the session first appeared, or an empty string."""
    environment: Mapping[str, str]
    allow_paths: tuple[str, ...] = ()
    origin: str = ""
    """The origin of the catalogue."""
    shared: str = ""
    """The address of the store that several machines share, or an empty string on one machine."""


@dataclass(frozen=True)
class JobResult:
    """The result of a job."""

    status: Literal["built", "unchanged", "failed"]
    record: SessionRecord | None
    message: str = ""
    """Why the session could not be built."""


def build_session(job: BuildJob, report: Report = lambda phase: None) -> JobResult:
    """Build a session and put its files into the store. Errors that the user can fix are returned, not raised.

    Raises:
        TransferError: A transfer failed. The job can be run again.
    """
    _prepare_worker()
    started_s = time.monotonic()
    try:
        return _build(job, report, started_s)
    except TransferError:
        raise
    except VoiceguideError as error:
        return JobResult("failed", None, str(error))
    except OSError as error:
        return JobResult("failed", None, f"{error.strerror or error} ({error.filename or 'no file'}).")


@functools.cache
def _prepare_worker() -> None:
    """Prepare a worker process once. What engines print must not mix with the output of the command."""
    if "distributed.worker" in sys.modules:
        os.dup2(2, 1)
    limit_malloc_arenas()
    remove_stale_temp_dirs()


def _build(job: BuildJob, report: Report, started_s: float) -> JobResult:
    session = job.session
    _check_environment(job.environment)
    store = open_store(job.output)
    found = read_record(store, session.name)
    known = (session.name, session.inputs, job.origin)
    if found and found.files and (found.name, found.inputs, found.catalogue) == known:
        return JobResult("built", found)  # by another run, or by a worker that was lost after it had finished
    with make_temp_dir() as folder:
        report("fetching")
        script, allowed = _locate_inputs(job, Path(folder, "inputs"))
        with _open_builder(job, script, allowed, report) as builder:
            timeline = builder.with_all_warnings(builder.exact_timeline())
            content = _content_key(session, builder, timeline)
            if job.previous and job.previous.content == content:
                return JobResult("unchanged", replace(job.previous, inputs=session.inputs, catalogue=job.origin))
            files = _write_files(session, builder, timeline, Path(folder, "output"))
        if job.shared == "":
            _check_unchanged(session)
        report("publishing")
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        record = SessionRecord(
            name=session.name,
            title=timeline.title,
            description=timeline.description,
            script=session.source,
            language=session.language,
            variant=session.variant,
            voice=session.voice,
            format=session.format,
            bit_rate=session.bit_rate,
            inputs=session.inputs,
            content=content,
            length_s=round(timeline.duration_s, 3),
            files=(),
            published=job.published or now,
            changed=now,
            seconds_taken=0.0,
            warnings=tuple(str(warning).replace(str(script), session.source) for warning in timeline.warnings),
            catalogue=job.origin,
        )
        write_record(store, record)  # a file that no record announces is not ours
        written = tuple(_publish(store, name, path, job.expected[name]) for name, path in files.items())
        record = replace(record, files=written, seconds_taken=round(time.monotonic() - started_s, 2))
        write_record(store, record)
        return JobResult("built", record)


def _check_environment(expected: Mapping[str, str]) -> None:
    """Check that this machine has the versions that the session was planned for."""
    here = describe_environment()
    different = [name for name in expected if here.get(name, "") != expected[name]]
    if different:
        import platform

        raise VoiceguideError(
            f"{platform.node()} has another version of {', '.join(different)}. Install the same versions on every "
            "machine."
        )


def _locate_inputs(job: BuildJob, folder: Path) -> tuple[Path, list[Path]]:
    """Return the script, and the paths outside its folder that it may use."""
    if not job.shared:
        return Path(job.session.script), [Path(path) for path in job.allow_paths]
    paths = fetch_inputs(open_store(job.shared), job.session.files, folder)
    return paths[job.session.script], [folder.resolve()] if job.allow_paths else []


@contextlib.contextmanager
def _open_builder(job: BuildJob, script: Path, allowed: list[Path], report: Report) -> Iterator[SessionBuilder]:
    phases: dict[str, Phase] = {"synthesize": "speaking", "encode": "encoding"}
    current = ""

    def progress(update: Any) -> None:
        nonlocal current
        if update.activity != current:
            current = update.activity
            report(phases[current])

    report("planning")
    loaded = load_script(script)
    cache = SharedCache(cache_folder(), open_store(job.shared)) if job.shared else DiskCache(cache_folder())
    overrides = parse_overrides(loaded, {**job.session.options, "allow_paths": allowed})
    try:
        with open_builder_for_script(loaded, overrides, cache, progress) as builder:
            yield builder
        cache.trim()
    finally:
        cache.close()


def _content_key(session: PlannedSession, builder: SessionBuilder, timeline: Timeline) -> str:
    """Return a digest of everything that is heard, and of everything else in the files."""
    recordings = (cue.chime.recording for cue in timeline.cues if cue.chime)
    lines = [*timeline.unique_lines, *(recording for recording in recordings if recording)]
    beds = dict.fromkeys(file for stage in timeline.stages for file in bed_files(stage.bed.sound))
    # the page holds the stages of all variants; a comment in the script changes nothing in it
    whole_script = repr(builder.script.routine) if HTML_PLAYER in session.sidecars else ""
    return digest(
        *("versions", describe_environment()["voiceguide"], ffmpeg_version()),
        *("file", session.name, session.format, str(session.bit_rate), *session.sidecars, whole_script),
        *("timeline", repr(replace(timeline, warnings=()))),
        *("clips", *map(builder.narrator.clip_id, lines)),
        *("beds", *map(hash_file, map(builder.find_bed_file, beds))),
    )


def _write_files(session: PlannedSession, builder: SessionBuilder, timeline: Timeline, folder: Path) -> dict[str, Path]:
    """Build the session in a folder. Return the path of each file by its name in the output."""
    # the name counts: an OpenTimelineIO file refers to the audio file
    target = folder / Path(session.name).name
    builder.write(builder.mix(timeline), timeline, target, ExportSettings(session.format, session.bit_rate, jobs=1))
    write_sidecars(timeline, target, [kind for kind in session.sidecars if kind != HTML_PLAYER])
    if HTML_PLAYER in session.sidecars:
        from voiceguide.phone.html_page import write_page_of_session

        write_page_of_session(builder, sidecar_path(target, HTML_PLAYER))
    return {name: folder / Path(name).name for name in session.output_files}


def _check_unchanged(session: PlannedSession) -> None:
    """Check that the files that were read are those that were planned for."""
    changed = [file.path for file in session.files if hash_file(Path(file.path)) != file.sha256]
    if changed:
        raise VoiceguideError(f"{changed[0]} changed while the catalogue was being built. Run it again.")


def _publish(store: Store, name: str, path: Path, expected: StoredFile | None) -> FileRecord:
    """Put a file into the store. If another run has just put the same file there, that is as good."""
    checksum = hash_file(path)
    try:
        stored = store.write(name, path, media_type_of(name), expected)
    except FileChangedError:
        if store.checksum(name) != checksum:
            raise
        stored = store.list()[name]
    return FileRecord(name, stored.size_bytes, checksum, stored.version)


def media_type_of(name: str) -> str:
    """Return the media type of a file, by its extension."""
    return MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
