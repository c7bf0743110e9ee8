"""From a mix and its timeline to a finished file under its name: chapters, tags, the plan inside, then the check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from voiceguide import __version__
from voiceguide.encode.mp3 import write_mp3
from voiceguide.encode.reels import FrameCache
from voiceguide.encode.tags import Chapter, Tags
from voiceguide.encode.whole_file import whole_file
from voiceguide.errors import EncodeError
from voiceguide.sound.mixed import Mixed
from voiceguide.timeline.model import Timeline
from voiceguide.timeline.shape import timeline_data

__all__ = ["deliver"]


def deliver(
    mixed: Mixed,
    timeline: Timeline,
    target: Path,
    cache: FrameCache | None,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the session under its name. An older file of that name stays until the new one is whole.

    Raises:
        EncodeError: when it cannot be written; nothing is left behind then.
    """
    _make_folder(target.parent)
    with whole_file(target) as part:
        write_mp3(mixed, part, chapters=_chapters(timeline), tags=_tags(timeline), cache=cache, progress=progress)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EncodeError(f"The folder {folder} cannot be made: {error.strerror}. Choose another with -o.") from error


def _chapters(timeline: Timeline) -> list[Chapter]:
    return [Chapter(stage.start, stage.end, stage.title) for stage in timeline.stages]


def _tags(timeline: Timeline) -> Tags:
    plan = json.dumps(timeline_data(timeline, []), ensure_ascii=False, separators=(",", ":"))
    return Tags(
        title=timeline.title,
        artist=timeline.author or "voiceguide",
        album=timeline.title,
        genre="Speech",
        language=timeline.language,
        comment=timeline.description or f"Made with voiceguide {__version__}",
        plan=plan.encode(),
    )
