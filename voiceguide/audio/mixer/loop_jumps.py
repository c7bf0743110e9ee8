"""Places where a bed jumps to a different point in its loop, hidden under the speech at the start of a step.

After a jump, the bed depends only on the step and not on anything before it. If a step grows by a whole number
of frames, everything after the first speech of the next step has exactly the same samples at a later position and can
be copied.
"""

from __future__ import annotations

from collections.abc import Sequence

from voiceguide.audio.mixer.cell_order import CELL_FRAMES, CellOrder
from voiceguide.audio.mixer.mix import LoopJump
from voiceguide.audio.mixer.step_ids import SpokenStep, find_spoken_steps
from voiceguide.timeline.model import TimedStage
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

__all__ = ["CROSSFADE_SAMPLES", "MUSIC_CROSSFADE_SAMPLES", "initial_jump", "jumps_under_speech"]

CROSSFADE_SAMPLES = 2 * SAMPLE_RATE
MUSIC_CROSSFADE_SAMPLES = 4 * SAMPLE_RATE
"""Chords swell slowly, so they must also change slowly."""
MIN_CROSSFADE_SAMPLES = SAMPLE_RATE // 2
"""Shorter speech cannot hide a crossfade."""
MIN_STEP_SAMPLES = 10 * SAMPLE_RATE
"""The bed does not jump in shorter steps. With frequent jumps, no wave would last long enough to break."""


def initial_jump(start: int, grid_offset: int) -> LoopJump:
    """Return the jump that starts a loop at the frame where its track starts."""
    return LoopJump(start, 0, _frame_start(start, grid_offset))


def jumps_under_speech(
    stages: Sequence[TimedStage], loop_length: int, grid_offset: int, order: CellOrder = ()
) -> list[LoopJump]:
    """Return a jump for every step that is long enough. The step determines the target position in the loop.

    `loop_length` is in samples, and matters only for a loop without cells. In a loop with cells, the crossfade leads
    across the border between two cells, where nothing but home is audible.
    """
    jumps = []
    for spoken_step in filter(_can_hide_jump, find_spoken_steps(stages)):
        cue = spoken_step.speech_cue
        fade = min(MUSIC_CROSSFADE_SAMPLES if order else CROSSFADE_SAMPLES, cue.length)
        if order:
            target_frame = spoken_step.stable_id % len(order) * CELL_FRAMES - fade // 2 // MP3_FRAME_SAMPLES
        else:
            target_frame = spoken_step.stable_id % (loop_length // MP3_FRAME_SAMPLES)
        loop_start = _frame_start(cue.start, grid_offset) - target_frame * MP3_FRAME_SAMPLES
        jumps.append(LoopJump(cue.start, fade, loop_start))
    return jumps


def _can_hide_jump(spoken_step: SpokenStep) -> bool:
    return spoken_step.speech_cue.length >= MIN_CROSSFADE_SAMPLES and spoken_step.step.length >= MIN_STEP_SAMPLES


def _frame_start(sample: int, grid_offset: int) -> int:
    """Return the first sample of the frame that contains the given sample."""
    return sample - (sample + grid_offset) % MP3_FRAME_SAMPLES
