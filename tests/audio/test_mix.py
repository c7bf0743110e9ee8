"""The mixer: random access, what is steady, what ducks, what fades."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceguide.audio.ducking import (
    DUCK_ATTACK_SAMPLES,
    DUCK_RELEASE_SAMPLES,
    LIFT_DB,
    LIFT_LEAD_SAMPLES,
    Envelope,
    duck_envelope,
    find_ducked_ranges,
)
from voiceguide.audio.mixer.mix import BedTrack, Mix, PlacedClip, slice_loop
from voiceguide.units import SAMPLE_RATE, db_to_gain

LOOP = np.random.Generator(np.random.PCG64(5)).standard_normal((1152 * 50, 2)).astype(np.float32) * 0.1
TOTAL = 20 * SAMPLE_RATE
WORDS = [(5 * SAMPLE_RATE, 7 * SAMPLE_RATE), (13 * SAMPLE_RATE, 14 * SAMPLE_RATE)]


def tone(length: int) -> npt.NDArray[np.float32]:
    return np.asarray(0.3 * np.sin(np.arange(length) * 0.05)[:, np.newaxis], np.float32)


def session() -> Mix:
    base = Envelope((0, TOTAL), (-10.0, -10.0))
    track = BedTrack(0, TOTAL, SAMPLE_RATE, SAMPLE_RATE, LOOP, "noise", duck_envelope(WORDS, -6.0, base))
    placed = [
        PlacedClip(start, stop - start, partial(tone, stop - start), f"tone {stop - start}", 0.5)
        for start, stop in WORDS
    ]
    return Mix(TOTAL, 2, placed, [track])


@settings(deadline=None)
@given(cuts=st.lists(st.integers(1, TOTAL - 1), max_size=8))
def test_pieces_are_the_whole(cuts: list[int]) -> None:
    mix = session()
    edges = [0, *sorted(set(cuts)), TOTAL]
    pieces = np.concatenate([mix.render(a, b) for a, b in pairwise(edges)])
    assert np.array_equal(pieces, WHOLE)


WHOLE = session().render(0, TOTAL)


def test_stretches_tile_the_session() -> None:
    stretches = session().regions()
    assert stretches[0].start == 0
    assert stretches[-1].stop == TOTAL
    assert all(a.stop == b.start for a, b in pairwise(stretches))


def test_steady_stretches_are_the_loop_to_the_bit() -> None:
    mix = session()
    steady = [stretch for stretch in mix.regions() if stretch.loop_key]
    assert len(steady) == 3
    for stretch in steady:
        assert stretch.loop_length == LOOP.shape[0]
        assert np.array_equal(
            mix.render_loop(stretch.loop_key, stretch.start, stretch.stop), WHOLE[stretch.start : stretch.stop]
        )


def test_a_session_without_a_bed_is_silence_where_nothing_is_said() -> None:
    mix = Mix(TOTAL, 1, [PlacedClip(WORDS[0][0], 100, lambda: tone(100), "tone")], [])
    loops = [stretch.loop_key for stretch in mix.regions()]
    assert loops == ["silence", "", "silence"]
    assert not mix.render_loop("silence", 0, 10).any()


def test_the_bed_is_down_before_the_first_word_and_back_after_the_last() -> None:
    envelope = duck_envelope(WORDS, -6.0, Envelope((0,), (-10.0,)))
    start, stop = WORDS[0]
    table = [
        (start - LIFT_LEAD_SAMPLES, -10.0),
        (start - DUCK_ATTACK_SAMPLES, -10.0 + LIFT_DB),
        (start, -16.0),
        (stop - 1, -16.0),
        (stop + DUCK_RELEASE_SAMPLES, -10.0),
        (stop + DUCK_RELEASE_SAMPLES // 2, -13.0),
    ]
    for at, decibels in table:
        gain = envelope.gain(at, at + 1)
        assert np.ravel(gain)[0] == pytest.approx(db_to_gain(decibels), rel=1e-3), at


def test_words_too_close_for_the_bed_to_come_back_are_one_span() -> None:
    second = SAMPLE_RATE
    assert find_ducked_ranges([(0, second), (3 * second, 4 * second), (20 * second, 21 * second)]) == [
        (0, 4 * second),
        (20 * second, 21 * second),
    ]


def test_a_bed_change_keeps_its_power() -> None:
    """Two unlike beds crossing must not dip: equal power, not equal amplitude."""
    other = np.random.Generator(np.random.PCG64(6)).standard_normal(LOOP.shape).astype(np.float32) * 0.1
    flat = Envelope((0,), (0.0,))
    fade = 4 * SAMPLE_RATE
    middle = TOTAL // 2
    tracks = [
        BedTrack(0, middle + fade // 2, 0, fade, LOOP, "a", flat),
        BedTrack(middle - fade // 2, TOTAL, fade, 0, other, "b", flat),
    ]
    mixed = Mix(TOTAL, 2, [], tracks).render(middle - fade, middle + fade)
    power = (mixed.reshape(16, -1) ** 2).mean(axis=1)
    assert 10 * np.log10(power.max() / power.min()) < 0.3


def test_a_loop_goes_on_for_ever() -> None:
    length = LOOP.shape[0]
    assert np.array_equal(slice_loop(LOOP, length - 3, length + 2), np.concatenate([LOOP[-3:], LOOP[:2]]))
    assert np.array_equal(slice_loop(LOOP, 0, 3 * length), np.tile(LOOP, (3, 1)))
