"""A part of a mix: the same samples but for its edges, the same loops but for their offset."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.test_mix import TOTAL, session
from voiceguide.sound.mix import Mix
from voiceguide.sound.part import EDGE, Part
from voiceguide.units import FRAME_SAMPLES

CUTS = [(0, 300_000), (123_457, 700_001), (500_000, TOTAL)]


@pytest.mark.parametrize(("start", "stop"), CUTS)
def test_a_part_is_the_whole_between_its_edges(start: int, stop: int) -> None:
    whole = session().render(start, stop)
    part = Part(session(), start, stop)
    sound = part.render(0, part.total)
    assert np.array_equal(sound[EDGE:-EDGE], whole[EDGE:-EDGE])
    assert not sound[0].any()
    assert not sound[-1].any()


@pytest.mark.parametrize(("start", "stop"), CUTS)
def test_its_stretches_tile_it_and_its_loops_are_what_is_heard(start: int, stop: int) -> None:
    part = Part(session(), start, stop)
    stretches = part.stretches()
    assert stretches[0].start == 0
    assert stretches[-1].stop == part.total
    assert all(a.stop == b.start for a, b in pairwise(stretches))
    steady = [stretch for stretch in stretches if stretch.loop]
    assert steady
    for stretch in steady:
        heard = part.render(stretch.start, stretch.stop)
        begin, end = (at - stretch.loop_start for at in (stretch.start, stretch.stop))
        assert stretch.loop_start % FRAME_SAMPLES == 0
        assert np.array_equal(part.render_loop(stretch.loop, begin, end), heard)


def test_the_same_loop_elsewhere_has_another_key() -> None:
    """Frames are kept by key: two parts cut at different places must not be given each other's."""
    one, two = (
        {stretch.loop for stretch in Part(session(), start, TOTAL).stretches() if stretch.loop} for start in (0, 1)
    )
    assert not one & two


def test_a_quiet_part_of_a_session_without_a_bed_is_told_as_silence() -> None:
    """It was rendered block by block for the levels, as long as it lasts, where it began within a frame."""
    part = Part(Mix(TOTAL, 1, [], []), 123_457, TOTAL)
    [quiet] = [stretch for stretch in part.stretches() if stretch.loop]
    assert (quiet.loop, quiet.loop_start) == ("silence", 0)
    assert not part.render_loop(quiet.loop, quiet.start, quiet.stop).any()


def test_a_part_shorter_than_its_edges_is_still_a_sound() -> None:
    part = Part(session(), 1000, 1100)
    assert part.render(0, 100).shape == (100, 2)
    assert [(stretch.start, stretch.stop) for stretch in part.stretches()] == [(0, 100)]
