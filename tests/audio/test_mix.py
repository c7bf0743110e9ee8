"""The mixer: random access, steady regions, ducking and crossfades."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.support.long_forms import long
from voiceguide.audio.array_type import Samples
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
SPEECH = [(5 * SAMPLE_RATE, 7 * SAMPLE_RATE), (13 * SAMPLE_RATE, 14 * SAMPLE_RATE)]


def tone(length: int) -> Samples:
    return np.asarray(0.3 * np.sin(np.arange(length) * 0.05)[:, np.newaxis], np.float32)


def session() -> Mix:
    base = Envelope((0, TOTAL), (-10.0, -10.0))
    track = BedTrack(0, TOTAL, SAMPLE_RATE, SAMPLE_RATE, LOOP, "noise", duck_envelope(SPEECH, -6.0, base))
    clips = [
        PlacedClip(start, stop - start, partial(tone, stop - start), f"tone {stop - start}", 0.5)
        for start, stop in SPEECH
    ]
    return Mix(TOTAL, 2, clips, [track])


@long
@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, TOTAL - 1), max_size=8))
def test_any_division_gives_the_same_samples(cuts: list[int]) -> None:
    mix = session()
    edges = [0, *sorted(set(cuts)), TOTAL]
    joined = np.concatenate([mix.render(a, b) for a, b in pairwise(edges)])
    assert np.array_equal(joined, WHOLE)


WHOLE = session().render(0, TOTAL)


def test_regions_cover_the_session_without_gaps() -> None:
    regions = session().regions()
    assert regions[0].start == 0
    assert regions[-1].stop == TOTAL
    assert all(a.stop == b.start for a, b in pairwise(regions))


def test_steady_regions_are_exactly_the_loop() -> None:
    mix = session()
    steady = [region for region in mix.regions() if region.loop_key]
    assert len(steady) == 3
    for region in steady:
        assert region.loop_length == LOOP.shape[0]
        assert np.array_equal(
            mix.render_loop(region.loop_key, region.start, region.stop), WHOLE[region.start : region.stop]
        )


def test_without_a_bed_everything_but_speech_is_silence() -> None:
    mix = Mix(TOTAL, 1, [PlacedClip(SPEECH[0][0], 100, lambda: tone(100), "tone")], [])
    loops = [region.loop_key for region in mix.regions()]
    assert loops == ["silence", "", "silence"]
    assert not mix.render_loop("silence", 0, 10).any()


def test_the_bed_is_ducked_before_speech_starts_and_recovers_after_it_ends() -> None:
    envelope = duck_envelope(SPEECH, -6.0, Envelope((0,), (-10.0,)))
    start, stop = SPEECH[0]
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


def test_the_bed_stays_ducked_between_close_cues() -> None:
    second = SAMPLE_RATE
    assert find_ducked_ranges([(0, second), (3 * second, 4 * second), (20 * second, 21 * second)]) == [
        (0, 4 * second),
        (20 * second, 21 * second),
    ]


def test_a_bed_change_has_constant_power() -> None:
    """The level must not dip when two different beds crossfade."""
    other = np.random.Generator(np.random.PCG64(6)).standard_normal(LOOP.shape).astype(np.float32) * 0.1
    flat = Envelope((0,), (0.0,))
    fade = 4 * SAMPLE_RATE
    middle = TOTAL // 2
    tracks = [
        BedTrack(0, middle + fade // 2, 0, fade, LOOP, "a", flat),
        BedTrack(middle - fade // 2, TOTAL, fade, 0, other, "b", flat),
    ]
    samples = Mix(TOTAL, 2, [], tracks).render(middle - fade, middle + fade)
    power = (samples.reshape(16, -1) ** 2).mean(axis=1)
    assert 10 * np.log10(power.max() / power.min()) < 0.3


def test_a_loop_is_endless() -> None:
    length = LOOP.shape[0]
    assert np.array_equal(slice_loop(LOOP, length - 3, length + 2), np.concatenate([LOOP[-3:], LOOP[:2]]))
    assert np.array_equal(slice_loop(LOOP, 0, 3 * length), np.tile(LOOP, (3, 1)))
