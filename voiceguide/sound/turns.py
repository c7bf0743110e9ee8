"""Where a bed is heard from another place of its loop: under the words that a step begins with, where nobody notices.

What is heard from there on depends on the step alone, not on all that came before it. When a step becomes longer by
whole frames, everything after the next step's first words is the same to the bit, only later, and is copied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from voiceguide.sound.mix import Turn
from voiceguide.store import digest
from voiceguide.timeline.model import TimedStage, TimedStep
from voiceguide.units import FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["first_turn", "turns_under_words"]

FADE = 2 * SAMPLE_RATE
SHORTEST_FADE = SAMPLE_RATE // 2
"""Words that are shorter hide no crossfade."""
SHORTEST_STEP = 10 * SAMPLE_RATE
"""In a quick row of short steps the bed goes on as it is: turned each time, waves would never break."""


def first_turn(start: int) -> Turn:
    """A loop that begins where its track does, to the frame."""
    return Turn(start, 0, _frame_of(start))


def turns_under_words(stages: Sequence[TimedStage], loop_length: int) -> list[Turn]:
    """A turn for every step that is long enough, to a place of the loop which is the step's own."""
    turns = []
    seen: Counter[tuple[str, str]] = Counter()
    for title, step in ((stage.title, step) for stage in stages for step in stage.steps):
        name = (title, step.name)
        seen[name] += 1
        words = _first_words(step)
        if words:
            at, length = words
            place = int(digest(*name, str(seen[name])), 16) % (loop_length // FRAME_SAMPLES)
            turns.append(Turn(at, min(FADE, length), _frame_of(at) - place * FRAME_SAMPLES))
    return turns


def _first_words(step: TimedStep) -> tuple[int, int] | None:
    """Where the step's own words begin and how long they last, if they can hide a turn."""
    words = next((cue for cue in step.cues if cue.main and cue.line is not None), None)
    if words is None or words.length < SHORTEST_FADE or step.length < SHORTEST_STEP:
        return None
    return words.at, words.length


def _frame_of(sample: int) -> int:
    """The first sample of the frame in which a sample lies."""
    return sample // FRAME_SAMPLES * FRAME_SAMPLES
