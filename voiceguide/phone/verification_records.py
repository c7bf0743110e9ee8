"""Records: the levels and fingerprints from which the page makes the plan of a session saved on the phone.

The frames of each loop and piece are followed by a record. A record contains three bytes of levels for each frame, as
in `verification.level_profile`. If the cue is spoken, its fingerprint follows, with five bytes for every 20 ms. Both
include the bed. The page combines the records into the plan of the whole session.
"""

from __future__ import annotations

from voiceguide.encode.smart_render import MIN_RUN_IN_FRAMES
from voiceguide.phone.bed_loops import Loop, LoopSource
from voiceguide.phone.pieces import PieceMixer
from voiceguide.units import MP3_FRAME_SAMPLES
from voiceguide.verification.fingerprint import compute_fingerprint
from voiceguide.verification.level_profile import downmix_to_mono, measure_frame_levels

__all__ = ["RECORD_REVISION", "loop_record", "piece_record"]

RECORD_REVISION = "record 2"
"""Increment this number when the records change."""
CHUNK_FRAMES = 500


def loop_record(source: LoopSource, loop: Loop) -> bytes:
    """Return the levels of one pass of a loop."""
    record = b""
    for first in range(0, loop.frames, CHUNK_FRAMES):
        stop = min(first + CHUNK_FRAMES, loop.frames)
        samples = source.render_loop(loop.key, first * MP3_FRAME_SAMPLES, stop * MP3_FRAME_SAMPLES)
        record += measure_frame_levels(downmix_to_mono(samples)).tobytes()
    return record


def piece_record(mixer: PieceMixer, index: int) -> bytes:
    """Return the levels of a piece and, if it is spoken, its fingerprint."""
    mix, piece = mixer.mix(index), mixer.pieces[index]
    first = MIN_RUN_IN_FRAMES * MP3_FRAME_SAMPLES
    samples = downmix_to_mono(mix.render(first, first + piece.frames * MP3_FRAME_SAMPLES))
    levels = measure_frame_levels(samples).tobytes()
    if not piece.cue.is_speech:
        return levels
    return levels + compute_fingerprint(samples[piece.cue.start : piece.cue.end]).tobytes()
