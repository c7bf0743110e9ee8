"""`voiceguide build --watch`: build, wait for a change, say what it changed, build again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from voiceguide.cli.output import make_printable

if TYPE_CHECKING:
    from voiceguide.pipeline.file_watcher import FileDigests
    from voiceguide.timeline.model import Timeline

__all__ = ["build_on_change"]


def build_on_change(routine: str, bed: str | None, build: Callable[[], Timeline], quiet: bool) -> NoReturn:
    """Build now and after every change of the script, of a file that it names, or of the bed's file, until interrupted.

    What cannot be built is told of, and waited for: whoever edits a script saves it broken now and then.
    """
    from voiceguide.errors import VoiceguideError
    from voiceguide.pipeline.bundled_routines import find_routine
    from voiceguide.pipeline.file_watcher import digest_files, list_watched_files, wait_for_change

    script = find_routine(routine)
    also = [Path(bed)] if bed and Path(bed).is_file() else []
    built: Timeline | None = None
    seen: FileDigests = {}
    while True:
        seen = digest_files(list_watched_files(script, also, seen))
        try:
            timeline = build()
            _print_changes(built, timeline, quiet)
            built = timeline
            after = f"Watching {script}; Ctrl-C ends it."
        except VoiceguideError as error:
            click.echo(make_printable(str(error)), err=True)
            after = f"Waiting for {script} to be mended; Ctrl-C ends it."
        _print_status(after, quiet)
        changed = wait_for_change(seen)
        _print_status(f"\n{' and '.join(map(str, changed))} changed.", quiet)


def _print_changes(old: Timeline | None, new: Timeline, quiet: bool) -> None:
    from voiceguide.timeline.diff import describe_changes

    if old is not None:
        for line in describe_changes(old, new) or ["No difference in the timeline."]:
            _print_status(line, quiet)


def _print_status(message: str, quiet: bool) -> None:
    if not quiet:
        click.echo(make_printable(message), err=True)
