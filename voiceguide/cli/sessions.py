"""From a ROUTINE and its options to an open session, for every command that needs one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from voiceguide.bundled import find_routine

if TYPE_CHECKING:
    from voiceguide.errors import Problem
    from voiceguide.script.load import Script
    from voiceguide.session import Progress, Session
    from voiceguide.timeline.model import Timeline
    from voiceguide.timeline.overrides import Overrides

__all__ = ["advice_of", "session_of", "voice_note"]


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
    from voiceguide.session import open_session
    from voiceguide.store import Store, cache_folder

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
    placed |= set(_voice_advice(session, timeline))
    return [str(problem) for problem in sorted(placed)]


def voice_note(timeline: Timeline) -> str | None:
    """Who speaks, where the script names nobody and the default voice does not speak its language."""
    from voiceguide.speech.languages import stand_in_note

    unnamed = any(line.voice == "" and not line.audio for line in timeline.lines)
    return stand_in_note(timeline.language) if unnamed else None


def _voice_advice(session: Session, timeline: Timeline) -> Iterator[Problem]:
    """Advice for each voice that does not speak the routine's language."""
    from voiceguide.speech.languages import voice_language_advice

    first = {cue.line.voice: cue.path for cue in reversed(timeline.cues) if cue.line is not None and not cue.line.audio}
    for voice, path in first.items():
        message = voice_language_advice(voice, timeline.language)
        if message:
            yield session.script.problem(f"{path}.voice" if path else "voice", message)
