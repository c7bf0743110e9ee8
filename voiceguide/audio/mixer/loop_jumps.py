"""Where a bed is heard from another place of its loop: under the words that a step begins with, where nobody notices.

What is heard from there on depends on the step alone, not on all that came before it. When a step becomes longer by
whole frames, everything after the next step's first words is the same to the bit, only later, and is copied.
"""

from __future__ import annotations

from collections.abc import Sequence

from voiceguide.audio.mixer.mix import LoopJump
from voiceguide.audio.mixer.step_ids import SpokenStep, find_spoken_steps
from voiceguide.timeline.model import TimedStage
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["initial_jump", "jumps_under_speech"]

CROSSFADE_SAMPLES = 2 * SAMPLE_RATE
MIN_CROSSFADE_SAMPLES = SAMPLE_RATE // 2
"""Words that are shorter hide no crossfade."""
MIN_STEP_SAMPLES = 10 * SAMPLE_RATE
"""In a quick row of short steps the bed goes on as it is: turned each time, waves would never break."""


def initial_jump(start: int, grid_offset: int) -> LoopJump:
    """A loop that begins where its track does, to the frame. Frames are counted from `preroll` samples before zero."""
    return LoopJump(start, 0, _frame_start(start, grid_offset))


def jumps_under_speech(stages: Sequence[TimedStage], loop_length: int, grid_offset: int) -> list[LoopJump]:
    """A turn for every step that is long enough, to a place of the loop which is the step's own."""
    turns = []
    for own in filter(_can_hide_jump, find_spoken_steps(stages)):
        at, place = own.speech_cue.start, own.stable_id % (loop_length // MP3_FRAME_SAMPLES)
        turns.append(
            LoopJump(
                at,
                min(CROSSFADE_SAMPLES, own.speech_cue.length),
                _frame_start(at, grid_offset) - place * MP3_FRAME_SAMPLES,
            )
        )
    return turns


def _can_hide_jump(spoken_step: SpokenStep) -> bool:
    return spoken_step.speech_cue.length >= MIN_CROSSFADE_SAMPLES and spoken_step.step.length >= MIN_STEP_SAMPLES


def _frame_start(sample: int, grid_offset: int) -> int:
    """The first sample of the frame in which a sample lies."""
    return sample - (sample + grid_offset) % MP3_FRAME_SAMPLES
