"""From a ROUTINE and its options to an open session, for every command that needs one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from voiceguide.bundled import find_routine

if TYPE_CHECKING:
    from voiceguide.script.load import Script
    from voiceguide.session import Progress, Session
    from voiceguide.timeline.model import Timeline
    from voiceguide.timeline.overrides import Overrides

__all__ = ["advice_of", "session_of"]


@contextmanager
def session_of(
    routine: str,
    overrides: Callable[[Script], Overrides],
    progress: Progress = lambda doing, done, total: None,
    cached: bool = True,
) -> Iterator[Session]:
    """Open the session of a routine, named as on the command line.

    Without `cached` everything is made anew, in a temporary folder that goes at the end.
    """
    import tempfile

    from voiceguide.script.load import load_routine
    from voiceguide.session import cache_folder, open_session
    from voiceguide.store import Store

    script = load_routine(find_routine(routine))
    with tempfile.TemporaryDirectory(prefix="voiceguide-") as scratch:
        store = Store(cache_folder() if cached else Path(scratch))
        try:
            with open_session(script, overrides(script), store, progress) as session:
                yield session
            store.trim()
        finally:
            store.close()


def advice_of(session: Session, timeline: Timeline) -> list[str]:
    """Every piece of advice, the script's and the timeline's, each with its place in the file."""
    placed = {*session.script.advice, *(session.script.problem(a.path, a.message) for a in timeline.warnings)}
    return [str(problem) for problem in sorted(placed)]
