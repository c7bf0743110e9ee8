"""`voiceguide build --watch`: build, wait for a change, rebuild and report the differences."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from voiceguide.cli.output import error_text, print_message

if TYPE_CHECKING:
    from voiceguide.api import Session
    from voiceguide.pipeline.file_watcher import FileDigests
    from voiceguide.timeline.model import Timeline

__all__ = ["build_on_change"]


def build_on_change(routine: str, bed: str | None, build: Callable[[], Session], quiet: bool) -> NoReturn:
    """Build now, and again whenever the script, a file that it uses or the --bed file changes, until interrupted.

    Build errors are reported, and the next change triggers a new build. Scripts are often saved while unfinished.
    """
    from voiceguide.errors import VoiceguideError
    from voiceguide.pipeline.bundled_routines import find_routine
    from voiceguide.pipeline.file_watcher import digest_files, list_watched_files, wait_for_change
    from voiceguide.script.model.bed_layers import bed_files

    script = find_routine(routine)
    used = [bed, *bed_files(bed)] if bed else []
    beds = [Path(name) for name in used if os.path.isfile(name)]
    built: Session | None = None
    digests: FileDigests = {}
    while True:
        outputs = built.files if built else ()
        digests = digest_files(list_watched_files(script, beds, digests, outputs))
        try:
            session = build()
            _print_timeline_changes(built.timeline if built else None, session.timeline, quiet)
            built = session
            status = f"Watching {script}. Press Ctrl-C to stop."
        except VoiceguideError as error:
            print_message(error_text(error))
            status = f"Waiting for {script} to be fixed. Press Ctrl-C to stop."
        _print_status(status, quiet)
        changed = wait_for_change(digests)
        _print_status(f"\n{' and '.join(map(str, changed))} changed.", quiet)


def _print_timeline_changes(old: Timeline | None, new: Timeline, quiet: bool) -> None:
    from voiceguide.timeline.diff import describe_changes

    if old is not None:
        for line in describe_changes(old, new) or ["The timeline has not changed."]:
            _print_status(line, quiet)


def _print_status(message: str, quiet: bool) -> None:
    if not quiet:
        print_message(message)
