"""From a mix and its timeline to a finished file under its name: chapters, tags, cover, the plan inside, the check."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceguide import __version__
from voiceguide.audio.ducking import RECOVERY
from voiceguide.audio.mixer.source import Narrated
from voiceguide.encode.ffmpeg_writer import write_stream
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.mp3_writer import BIT_RATE, write_mp3
from voiceguide.errors import ExportError, VerifyError
from voiceguide.metadata.cover_art import cover_jpeg
from voiceguide.metadata.tags import Chapter, Tags
from voiceguide.system.atomic_file import whole_file
from voiceguide.system.disk_cache import Cache
from voiceguide.system.ffmpeg import ffmpeg_version
from voiceguide.system.malloc import give_back
from voiceguide.timeline.model import Timeline
from voiceguide.verification.reference_plan import session_plan
from voiceguide.verification.verifier import Report, verify_file, verify_mp3

__all__ = ["Delivery", "deliver"]

SPARE_DB = 0.5
"""By which a file that was clipped is turned down more than it went over."""
MOST_ATTEMPTS = 3


@dataclass(frozen=True)
class Delivery:
    """How a session is wanted."""

    form: str = "mp3"
    """A name in `voiceguide.encode.formats.FORMATS`."""
    bit_rate: int | None = None
    """Kilobits a second; the format's own choice where left out."""
    jobs: int | None = None
    """Processes that encode at once."""


def deliver(
    mixed: Narrated,
    timeline: Timeline,
    target: Path,
    how: Delivery,
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
        plan = session_plan(timeline, mixed, cache)
    rest: dict[str, Any] = {
        "bit_rate": how.bit_rate,
        "chapters": _chapters(timeline),
        "tags": _tags(timeline, plan),
        "cover": cover.result(),
        "progress": progress,
    }
    give_back()
    with whole_file(target) as part:
        if how.form == "mp3":
            runs = write_mp3(mixed, part, cache=cache, jobs=how.jobs, calm=RECOVERY, **rest)
            give_back()
            report = verify_mp3(part, plan, how.bit_rate or BIT_RATE[mixed.channels], runs, cache, how.jobs)
        else:
            report = _stream(mixed, part, how.form, rest)
        if report.faults:
            raise VerifyError(
                f"{target} was not written, since what was made is not what was planned. {report.faults[0]}"
            )


def _stream(mixed: Narrated, part: Path, form: str, rest: dict[str, Any]) -> Report:
    """Write and check a file that is no MP3. Where few bits make it reach over full scale, though the mix does not, all
    of it is turned down by as much: at 64 kb/s, AAC adds 2 dB to a hot voice."""
    softer_db = 0.0
    for _ in range(MOST_ATTEMPTS):
        write_stream(mixed, part, form, **rest, turn_down_db=softer_db)
        report = verify_file(part, FORMATS[form])
        if report.peak_db < 0.0:
            break
        softer_db += report.peak_db + SPARE_DB
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
