"""Export a mix and its timeline to a tagged and verified file."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceguide import __version__
from voiceguide.audio.ducking import DUCK_RELEASE_SAMPLES
from voiceguide.audio.mixer.attenuated_source import AttenuatedSource
from voiceguide.audio.mixer.source import AudioSource
from voiceguide.encode.ffmpeg_writer import write_with_ffmpeg
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.errors import ExportError, VerifyError
from voiceguide.metadata.cover_renderer import cover_jpeg
from voiceguide.metadata.tags import Chapter, Tags
from voiceguide.system.atomic_file import atomic_write
from voiceguide.system.disk_cache import Cache
from voiceguide.system.ffmpeg import ffmpeg_version
from voiceguide.system.memory_limits import trim_malloc
from voiceguide.timeline.model import Timeline
from voiceguide.verification.reference_plan import make_reference_plan
from voiceguide.verification.verifier import VerifyReport, verify_mp3, verify_new_file

__all__ = ["ExportSettings", "export_session", "session_tags"]

OpenTarget = Callable[[Path], AbstractContextManager[Path]]
"""Function that opens an output file and yields the path of a temporary file, as `atomic_write` does."""
PEAK_MARGIN_DB = 0.5
"""The headroom to leave below full scale when a clipped file is attenuated and re-encoded."""
MAX_ATTENUATIONS = 2


@dataclass(frozen=True)
class ExportSettings:
    """Encoding settings for a session."""

    format: str = "mp3"
    """A name in `voiceguide.encode.formats.FORMATS`."""
    bit_rate: int | None = None
    """Bit rate in kb/s. The default depends on the format."""
    jobs: int | None = None
    """Number of parallel encoder processes. The default is one per core."""


def export_session(
    source: AudioSource,
    timeline: Timeline,
    target: Path,
    settings: ExportSettings,
    cache: Cache | None,
    progress: Callable[[int], None] | None = None,
    open_target: OpenTarget = atomic_write,
) -> None:
    """Write a session with its tags, chapters, cover and embedded plan, and verify it.

    If a low bit rate makes the file exceed full scale, although the mix does not, the mix is attenuated and written
    again. At 64 kb/s, AAC makes a loud voice 2 dB louder.

    An existing file is replaced only when the new one is complete and verified. `open_target` opens the file. If
    `open_target` is the `write` method of an `AtomicGroup`, the file is not replaced until the whole group is complete.

    Raises:
        ExportError: If the file cannot be written. No partial file is left behind.
        VerifyError: If the file does not match the plan. It is not saved.
    """
    make_folder(target.parent)
    with ThreadPoolExecutor(1, "prepare") as executor, open_target(target) as part:
        cover = executor.submit(cover_jpeg, timeline)
        executor.submit(ffmpeg_version)  # runs ffmpeg and caches the result for the encoder
        report = _write_and_verify(source, timeline, part, cover, settings, cache, progress)
        attenuation_db = 0.0
        for _ in range(MAX_ATTENUATIONS):
            if report.true_peak_dbtp < 0.0 or len(report.failures) > 1:
                break  # it is not clipped, or would still have another failure
            attenuation_db = round(attenuation_db + report.true_peak_dbtp + PEAK_MARGIN_DB, 2)
            quieter = AttenuatedSource(source, attenuation_db)
            report = _write_and_verify(quieter, timeline, part, cover, settings, cache, progress)
        if report.failures:
            raise VerifyError(
                f"{target} was not saved: the result does not match the plan. {report.failures[0]} "
                "Build it again without the cache."
            )


def _write_and_verify(
    source: AudioSource,
    timeline: Timeline,
    part: Path,
    cover: Future[bytes],
    settings: ExportSettings,
    cache: Cache | None,
    progress: Callable[[int], None] | None,
) -> VerifyReport:
    plan = make_reference_plan(timeline, source, cache)
    trim_malloc()
    options: dict[str, Any] = {
        "bit_rate": settings.bit_rate,
        "chapters": _chapters(timeline),
        "tags": session_tags(timeline, plan),
        "cover": cover.result(),
        "progress": progress,
    }
    if settings.format != "mp3":
        write_with_ffmpeg(source, part, settings.format, markers=_markers(timeline), **options)
        return verify_new_file(part)
    spans = write_mp3(source, part, cache=cache, jobs=settings.jobs, quiet_lead_samples=DUCK_RELEASE_SAMPLES, **options)
    trim_malloc()
    bit_rate = FORMATS["mp3"].bit_rate_for(source.channels, settings.bit_rate)
    return verify_mp3(part, plan, bit_rate, spans, cache, settings.jobs)


def make_folder(folder: Path) -> None:
    """Create a folder and its parents if they do not exist.

    Raises:
        ExportError: If the folder cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"The folder {folder} cannot be created: {error.strerror}. Choose another folder.") from error


def _chapters(timeline: Timeline) -> list[Chapter]:
    return [Chapter(stage.start, stage.end, stage.title) for stage in timeline.stages]


def _markers(timeline: Timeline) -> list[Chapter]:
    """Return the stages and steps in order of start time, for formats that support markers."""
    steps = [Chapter(step.start, step.end, step.name) for stage in timeline.stages for step in stage.steps]
    return sorted([*_chapters(timeline), *steps], key=lambda marker: (marker.start, -marker.stop))


def session_tags(timeline: Timeline, plan: bytes | None = None) -> Tags:
    """Return the tags of a session."""
    return Tags(
        title=timeline.title,
        artist=timeline.author or "voiceguide",
        album=timeline.title,
        genre="Speech",
        language=timeline.language,
        comment=timeline.description or f"Made with voiceguide {__version__}",
        plan=plan,
    )
