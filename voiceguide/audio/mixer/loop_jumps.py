"""Where a bed is heard from another place of its loop: under the words that a step begins with, where nobody notices.

What is heard from there on depends on the step alone, not on all that came before it. When a step becomes longer by
whole frames, everything after the next step's first words is the same to the bit, only later, and is copied.
"""

from __future__ import annotations

from collections.abc import Sequence

from voiceguide.audio.mixer.mix import Turn
from voiceguide.audio.mixer.step_ids import SpokenStep, spoken_steps
from voiceguide.timeline.model import TimedStage
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["first_turn", "turns_under_words"]

FADE = 2 * SAMPLE_RATE
SHORTEST_FADE = SAMPLE_RATE // 2
"""Words that are shorter hide no crossfade."""
SHORTEST_STEP = 10 * SAMPLE_RATE
"""In a quick row of short steps the bed goes on as it is: turned each time, waves would never break."""


def first_turn(start: int, preroll: int) -> Turn:
    """A loop that begins where its track does, to the frame. Frames are counted from `preroll` samples before zero."""
    return Turn(start, 0, _frame_of(start, preroll))


def turns_under_words(stages: Sequence[TimedStage], loop_length: int, preroll: int) -> list[Turn]:
    """A turn for every step that is long enough, to a place of the loop which is the step's own."""
    turns = []
    for own in filter(_hides_a_turn, spoken_steps(stages)):
        at, place = own.words.at, own.number % (loop_length // MP3_FRAME_SAMPLES)
        turns.append(Turn(at, min(FADE, own.words.length), _frame_of(at, preroll) - place * MP3_FRAME_SAMPLES))
    return turns


def _hides_a_turn(own: SpokenStep) -> bool:
    return own.words.length >= SHORTEST_FADE and own.step.length >= SHORTEST_STEP


def _frame_of(sample: int, preroll: int) -> int:
    """The first sample of the frame in which a sample lies."""
    return sample - (sample + preroll) % MP3_FRAME_SAMPLES
