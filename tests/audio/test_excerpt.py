"""A part of a mix: the same samples but for its edges, the same loops but for their offset."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.audio.test_loop_jumps import CountingStore
from tests.audio.test_mix import TOTAL, session
from voiceguide.audio.mixer.excerpt import EDGE_FADE_SAMPLES, Excerpt
from voiceguide.audio.mixer.mix import Mix
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.metadata.tags import Tags
from voiceguide.units import MP3_FRAME_SAMPLES

CUTS = [(0, 300_000), (123_457, 700_001), (500_000, TOTAL)]


@pytest.mark.parametrize(("start", "stop"), CUTS)
def test_a_part_is_the_whole_between_its_edges(start: int, stop: int) -> None:
    whole = session().render(start, stop)
    part = Excerpt(session(), start, stop)
    sound = part.render(0, part.total)
    assert np.array_equal(sound[EDGE_FADE_SAMPLES:-EDGE_FADE_SAMPLES], whole[EDGE_FADE_SAMPLES:-EDGE_FADE_SAMPLES])
    assert not sound[0].any()
    assert not sound[-1].any()


@pytest.mark.parametrize(("start", "stop"), CUTS)
def test_its_stretches_tile_it_and_its_loops_are_what_is_heard(start: int, stop: int) -> None:
    part = Excerpt(session(), start, stop)
    stretches = part.regions()
    assert stretches[0].start == 0
    assert stretches[-1].stop == part.total
    assert all(a.stop == b.start for a, b in pairwise(stretches))
    steady = [stretch for stretch in stretches if stretch.loop_key]
    assert steady
    for stretch in steady:
        heard = part.render(stretch.start, stretch.stop)
        begin, end = (at - stretch.loop_start for at in (stretch.start, stretch.stop))
        assert (stretch.loop_start + part.grid_offset) % MP3_FRAME_SAMPLES == 0
        assert np.array_equal(part.render_loop(stretch.loop_key, begin, end), heard)


@pytest.mark.parametrize("start", [0, 1, 123_457])
def test_what_was_encoded_for_the_whole_is_copied_for_a_part(start: int, tmp_path: Path) -> None:
    """Parts had frames of their own: `--split` encoded nearly all of a session a second time."""
    store = CountingStore(tmp_path / "store")
    write_mp3(session(), tmp_path / "whole.mp3", tags=Tags(""), cache=store)
    kept = store.puts
    write_mp3(Excerpt(session(), start, TOTAL), tmp_path / "part.mp3", tags=Tags(""), cache=store)
    assert store.puts - kept <= 2, "its edges"
    write_mp3(Excerpt(session(), start, TOTAL), tmp_path / "alone.mp3", tags=Tags(""))
    assert (tmp_path / "part.mp3").read_bytes() == (tmp_path / "alone.mp3").read_bytes()


def test_a_quiet_part_of_a_session_without_a_bed_is_told_as_silence() -> None:
    """It was rendered block by block for the levels, as long as it lasts, where it began within a frame."""
    part = Excerpt(Mix(TOTAL, 1, [], []), 123_457, TOTAL)
    [quiet] = [stretch for stretch in part.regions() if stretch.loop_key]
    assert (quiet.loop_key, (quiet.loop_start + part.grid_offset) % MP3_FRAME_SAMPLES) == ("silence", 0)
    assert not part.render_loop(quiet.loop_key, quiet.start, quiet.stop).any()


def test_a_part_shorter_than_its_edges_is_still_a_sound() -> None:
    part = Excerpt(session(), 1000, 1100)
    assert part.render(0, 100).shape == (100, 2)
    assert [(stretch.start, stretch.stop) for stretch in part.regions()] == [(0, 100)]
