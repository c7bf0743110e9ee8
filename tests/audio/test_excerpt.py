"""Excerpts have the samples and loops of their source, except for faded edges and the offset."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.audio.test_loop_jumps import CountingCache
from tests.audio.test_mix import TOTAL, session
from voiceguide.audio.mixer.excerpt import EDGE_FADE_SAMPLES, Excerpt
from voiceguide.audio.mixer.mix import Mix
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.metadata.tags import Tags
from voiceguide.units import MP3_FRAME_SAMPLES

CUTS = [(0, 300_000), (123_457, 700_001), (500_000, TOTAL)]


@pytest.mark.parametrize(("start", "stop"), CUTS)
def test_an_excerpt_equals_its_source_between_the_fades(start: int, stop: int) -> None:
    whole = session().render(start, stop)
    excerpt = Excerpt(session(), start, stop)
    samples = excerpt.render(0, excerpt.total)
    assert np.array_equal(samples[EDGE_FADE_SAMPLES:-EDGE_FADE_SAMPLES], whole[EDGE_FADE_SAMPLES:-EDGE_FADE_SAMPLES])
    assert not samples[0].any()
    assert not samples[-1].any()


@pytest.mark.parametrize(("start", "stop"), CUTS)
def test_its_regions_cover_it_and_its_loops_are_what_it_renders(start: int, stop: int) -> None:
    excerpt = Excerpt(session(), start, stop)
    regions = excerpt.regions()
    assert regions[0].start == 0
    assert regions[-1].stop == excerpt.total
    assert all(a.stop == b.start for a, b in pairwise(regions))
    steady = [region for region in regions if region.loop_key]
    assert steady
    for region in steady:
        rendered = excerpt.render(region.start, region.stop)
        begin, end = (sample - region.loop_start for sample in (region.start, region.stop))
        assert (region.loop_start + excerpt.grid_offset) % MP3_FRAME_SAMPLES == 0
        assert np.array_equal(excerpt.render_loop(region.loop_key, begin, end), rendered)


@pytest.mark.parametrize("start", [0, 1, 123_457])
def test_frames_encoded_for_the_whole_session_are_copied_for_an_excerpt(start: int, tmp_path: Path) -> None:
    """Excerpts used to have their own frame grid, so `--split` encoded nearly the whole session a second time."""
    cache = CountingCache(tmp_path / "cache")
    write_mp3(session(), tmp_path / "whole.mp3", tags=Tags(""), cache=cache)
    puts_before = cache.puts
    write_mp3(Excerpt(session(), start, TOTAL), tmp_path / "part.mp3", tags=Tags(""), cache=cache)
    assert cache.puts - puts_before <= 2, "only the edges are encoded"
    write_mp3(Excerpt(session(), start, TOTAL), tmp_path / "alone.mp3", tags=Tags(""))
    assert (tmp_path / "part.mp3").read_bytes() == (tmp_path / "alone.mp3").read_bytes()


def test_silence_in_an_excerpt_without_a_bed_is_a_steady_region() -> None:
    """If an excerpt started inside a frame, all its silence used to be rendered block by block for the levels."""
    excerpt = Excerpt(Mix(TOTAL, 1, [], []), 123_457, TOTAL)
    [silence] = [region for region in excerpt.regions() if region.loop_key]
    assert (silence.loop_key, (silence.loop_start + excerpt.grid_offset) % MP3_FRAME_SAMPLES) == ("silence", 0)
    assert not excerpt.render_loop(silence.loop_key, silence.start, silence.stop).any()


def test_an_excerpt_shorter_than_its_fades_can_be_rendered() -> None:
    excerpt = Excerpt(session(), 1000, 1100)
    assert excerpt.render(0, 100).shape == (100, 2)
    assert [(region.start, region.stop) for region in excerpt.regions()] == [(0, 100)]
