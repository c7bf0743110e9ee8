"""From a mix and its timeline to a finished file under its name: chapters, tags, cover, the plan inside, the check."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceguide import __version__
from voiceguide.audio.ducking import DUCK_RELEASE_SAMPLES
from voiceguide.audio.mixer.source import NarratedSource
from voiceguide.encode.ffmpeg_writer import write_with_ffmpeg
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.mp3_writer import DEFAULT_BIT_RATES, write_mp3
from voiceguide.errors import ExportError, VerifyError
from voiceguide.metadata.cover_art import cover_jpeg
from voiceguide.metadata.tags import Chapter, Tags
from voiceguide.system.atomic_file import atomic_write
from voiceguide.system.disk_cache import Cache
from voiceguide.system.ffmpeg import ffmpeg_version
from voiceguide.system.malloc import trim_malloc
from voiceguide.timeline.model import Timeline
from voiceguide.verification.reference_plan import make_reference_plan
from voiceguide.verification.verifier import VerifyReport, verify_file, verify_mp3

__all__ = ["ExportSettings", "export_session"]

PEAK_MARGIN_DB = 0.5
"""By which a file that was clipped is turned down more than it went over."""
MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class ExportSettings:
    """How a session is wanted."""

    format: str = "mp3"
    """A name in `voiceguide.encode.formats.FORMATS`."""
    bit_rate: int | None = None
    """Kilobits a second; the format's own choice where left out."""
    jobs: int | None = None
    """Processes that encode at once."""


def export_session(
    source: NarratedSource,
    timeline: Timeline,
    target: Path,
    settings: ExportSettings,
    cache: Cache | None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the session under its name. An older file of that name stays until the new one is whole.

    Raises:
        EncodeError: when it cannot be written; nothing is left behind then.
        VerifyError: when what was made is not what was planned; nothing is left behind either.
    """
    make_folder(target.parent)
    with ThreadPoolExecutor(1, "aside") as aside:
        cover = aside.submit(cover_jpeg, timeline)
        aside.submit(ffmpeg_version)  # asked for once, by running it: the encoder wants to know it
        plan = make_reference_plan(timeline, source, cache)
    rest: dict[str, Any] = {
        "bit_rate": settings.bit_rate,
        "chapters": _chapters(timeline),
        "tags": _tags(timeline, plan),
        "cover": cover.result(),
        "progress": progress,
    }
    trim_malloc()
    with atomic_write(target) as part:
        if settings.format == "mp3":
            runs = write_mp3(
                source, part, cache=cache, jobs=settings.jobs, quiet_lead_samples=DUCK_RELEASE_SAMPLES, **rest
            )
            trim_malloc()
            report = verify_mp3(
                part, plan, settings.bit_rate or DEFAULT_BIT_RATES[source.channels], runs, cache, settings.jobs
            )
        else:
            report = _write_and_verify(source, part, settings.format, rest)
        if report.failures:
            raise VerifyError(
                f"{target} was not written, since what was made is not what was planned. {report.failures[0]}"
            )


def _write_and_verify(
    source: NarratedSource, part: Path, format_name: str, writer_options: dict[str, Any]
) -> VerifyReport:
    """Write and check a file that is no MP3. Where few bits make it reach over full scale, though the mix does not, all
    of it is turned down by as much: at 64 kb/s, AAC adds 2 dB to a hot voice."""
    softer_db = 0.0
    for _ in range(MAX_ATTEMPTS):
        write_with_ffmpeg(source, part, format_name, **writer_options, attenuation_db=softer_db)
        report = verify_file(part, FORMATS[format_name])
        if report.true_peak_dbtp < 0.0:
            break
        softer_db += report.true_peak_dbtp + PEAK_MARGIN_DB
    return report


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises:
        EncodeError: with what the system says.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(f"The folder {folder} cannot be made: {error.strerror}. Choose another with -o.") from error


def _chapters(timeline: Timeline) -> list[Chapter]:
    return [Chapter(stage.start, stage.end, stage.title) for stage in timeline.stages]


def _tags(timeline: Timeline, plan: bytes) -> Tags:
    return Tags(
        title=timeline.title,
        artist=timeline.author or "voiceguide",
        album=timeline.title,
        genre="Speech",
        language=timeline.language,
        comment=timeline.description or f"Made with voiceguide {__version__}",
        plan=plan,
    )
