"""The cells of a music bed are played in an irregular order, and each of them is encoded only once."""

from __future__ import annotations

from collections import Counter

import numpy as np

from voiceguide.audio.ducking import Envelope
from voiceguide.audio.mixer.cell_order import APART, CELL_FRAMES, CELL_SAMPLES, ROUNDS, loop_frames, order_of_cells
from voiceguide.audio.mixer.mix import BedTrack, LoopJump, Mix, slice_loop
from voiceguide.encode.smart_render import CopySpan, plan_smart_render
from voiceguide.units import MP3_FRAME_SAMPLES

CELLS = 10
ORDER = order_of_cells("cells", CELLS * CELL_SAMPLES)
NUMBERED = np.repeat(np.arange(CELLS * CELL_FRAMES, dtype=np.float32) / 1e5, MP3_FRAME_SAMPLES)[:, np.newaxis]
"""A loop in which each frame holds its own number."""


def test_every_cell_but_the_rest_is_played_equally_often_and_never_again_at_once() -> None:
    assert Counter(ORDER) == dict.fromkeys(range(CELLS - 1), ROUNDS)
    around = ORDER * 2
    assert all(around[index] not in around[index + 1 : index + 1 + APART] for index in range(len(ORDER)))
    assert len(ORDER) * CELL_SAMPLES > 10 * 60 * 48_000
    assert order_of_cells("even", CELLS * CELL_SAMPLES) == ()


def test_a_loop_is_sliced_and_copied_in_the_same_order() -> None:
    start, count = 3 * CELL_FRAMES - 7, 4 * CELL_FRAMES
    sliced = slice_loop(NUMBERED, start * MP3_FRAME_SAMPLES, (start + count) * MP3_FRAME_SAMPLES, ORDER)
    heard = np.round(sliced[::MP3_FRAME_SAMPLES, 0] * 1e5).astype(int)
    assert (heard == loop_frames(np.arange(start, start + count), CELLS * CELL_FRAMES, ORDER)).all()
    copy = CopySpan(100, 100 + count, "pads", CELLS * CELL_FRAMES, 100 - start, ORDER)
    copied = [span.start_frame + frame for span, first, stop, _ in copy.loop_spans() for frame in range(first, stop)]
    assert copied == heard.tolist()
    chunks = copy.chunks(2000)
    assert [copy.loop_frame(first) for first, _ in chunks] == heard[[first - 100 for first, _ in chunks]].tolist()
    assert all(stop - first <= CELL_FRAMES for first, stop in chunks)


def test_a_long_silence_encodes_each_cell_only_once() -> None:
    total = 30 * 60 * 48_000
    track = BedTrack(0, total, 0, 0, NUMBERED, "pads", Envelope((0,), (0.0,)), order=ORDER)
    mix = Mix(total, 1, [], [track])
    (copied,) = (span for span in plan_smart_render(mix.regions(), total) if isinstance(span, CopySpan))
    assert len({span for span, *_ in copied.loop_spans()}) == CELLS - 1


def test_a_jump_between_cells_is_linear_so_that_tones_in_phase_keep_their_level() -> None:
    tone = np.cos(np.arange(CELLS * CELL_SAMPLES) * (2 * np.pi * 4 / MP3_FRAME_SAMPLES)).astype(np.float32)
    jumps = (LoopJump(0, 0, 0), LoopJump(96_000, 96_000, 7 * MP3_FRAME_SAMPLES))
    track = BedTrack(
        0, 480_000, 0, 0, tone[:, np.newaxis], "tone", Envelope((0,), (0.0,)), jumps, order_of_cells("cells", len(tone))
    )
    heard = track.render(0, 480_000)[:, 0]
    assert np.abs(heard - tone[:480_000]).max() < 1e-3
