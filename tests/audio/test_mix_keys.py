"""Names of sound: what is encoded and measured is kept under them, so a name must tell whatever can be heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceguide.audio.ducking import Envelope
from voiceguide.audio.mixer.excerpt import Excerpt
from voiceguide.audio.mixer.frame_alignment import PaddedSource
from voiceguide.audio.mixer.mix import BedTrack, LoopJump, Mix, PlacedClip
from voiceguide.audio.mixer.source import NarratedSource
from voiceguide.system.disk_cache import digest

Samples = npt.NDArray[np.float32]
UNIT = 100
"""Samples; whatever happens begins at a multiple of this or next to one, so that edges of all kinds meet."""
TOTAL = 60 * UNIT
LOOPS = [np.random.Generator(np.random.PCG64(n)).standard_normal((7 * UNIT, 2)).astype(np.float32) for n in range(2)]

places = st.builds(lambda unit, off: unit * UNIT + off, st.integers(0, 59), st.sampled_from([-1, 0, 0, 0, 1, 37]))
levels = st.sampled_from([-20.0, -20.0, -14.0])


def sound(seed: int, length: int) -> Samples:
    return np.random.Generator(np.random.PCG64(seed)).standard_normal((length, 1)).astype(np.float32)


def placed(start: int, length: int, seed: int, gain: float) -> PlacedClip:
    return PlacedClip(max(start, 0), length, partial(sound, seed, length), f"{seed} {length}", gain)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    positions = sorted(draw(st.sets(places, min_size=1, max_size=6)))
    return Envelope(tuple(positions), tuple(draw(levels) for _ in positions))


@st.composite
def turns(draw: st.DrawFn, start: int) -> tuple[LoopJump, ...]:
    result = [LoopJump(start, 0, draw(places))]
    for at in sorted(draw(st.sets(places, max_size=3))):
        fade = draw(st.sampled_from([0, UNIT, 3 * UNIT]))
        if at >= result[-1].start + result[-1].crossfade_samples and at > start:
            result.append(LoopJump(at, fade, draw(places)))
    return tuple(result)


@st.composite
def tracks(draw: st.DrawFn) -> BedTrack:
    start, stop = sorted(draw(st.sets(places, min_size=2, max_size=2)))
    start = max(start, 0)
    half = (stop - start) // 2
    fade_in, fade_out = (min(draw(st.sampled_from([0, UNIT, 2 * UNIT])), half) for _ in range(2))
    number = draw(st.integers(0, 1))
    return BedTrack(
        start, stop, fade_in, fade_out, LOOPS[number], f"loop {number}", draw(envelopes()), draw(turns(start))
    )


items = st.builds(placed, places, st.sampled_from([1, UNIT, 5 * UNIT]), st.integers(0, 2), st.sampled_from([1.0, 0.5]))
mixes = st.builds(partial(Mix, TOTAL, 2), st.lists(items, max_size=4), st.lists(tracks(), max_size=2))


@st.composite
def ranges(draw: st.DrawFn) -> tuple[int, int]:
    start, stop = sorted(draw(st.sets(places, min_size=2, max_size=2)))
    return max(start, 0), max(stop, 1)


def later(mix: Mix, by: int) -> Mix:
    """The same session after as much of nothing."""
    beds = [
        replace(
            track,
            start=track.start + by,
            stop=track.stop + by,
            envelope=replace(track.envelope, positions=tuple(at + by for at in track.envelope.positions)),
            jumps=tuple(replace(turn, start=turn.start + by, loop_start=turn.loop_start + by) for turn in track.jumps),
        )
        for track in mix._tracks
    ]
    return Mix(TOTAL + by, 2, [replace(item, start=item.start + by) for item in mix._clips], beds)


@settings(deadline=None)
@given(mixes, ranges(), st.sampled_from([1, UNIT, 1152, 7 * UNIT]))
def test_what_is_the_same_sound_elsewhere_has_the_same_name(mix: Mix, span: tuple[int, int], by: int) -> None:
    start, stop = span
    moved = later(mix, by)
    assert moved.range_key(start + by, stop + by) == mix.range_key(start, stop)
    assert np.array_equal(moved.render(start + by, stop + by), mix.render(start, stop))


@settings(max_examples=600, deadline=None)
@given(mixes, mixes, ranges(), st.integers(-2 * UNIT, 2 * UNIT))
def test_what_has_the_same_name_is_the_same_sound(one: Mix, other: Mix, span: tuple[int, int], by: int) -> None:
    """In another mix made of the same few things, and elsewhere in the same one."""
    start, stop = span
    begin = min(max(start + by, 0), TOTAL - (stop - start))
    for mix, at in ((other, start), (one, begin)):
        if mix.range_key(at, at + stop - start) == one.range_key(start, stop):
            assert np.array_equal(mix.render(at, at + stop - start), one.render(start, stop))


@dataclass(frozen=True)
class Changed:
    """A mix of which one number is another."""

    mix: Mix
    other: Mix


@st.composite
def changes(draw: st.DrawFn) -> Changed:
    mix = draw(mixes.filter(lambda mix: bool(mix._tracks or mix._clips)))
    items, beds = list(mix._clips), list(mix._tracks)
    by = draw(st.sampled_from([-UNIT, -1, 1, UNIT]))
    if beds and (not items or draw(st.booleans())):
        number = draw(st.integers(0, len(beds) - 1))
        beds[number] = draw(st.sampled_from([change(beds[number], by) for change in BED_CHANGES]))
    else:
        number = draw(st.integers(0, len(items) - 1))
        items[number] = draw(st.sampled_from([change(items[number], by) for change in ITEM_CHANGES]))
    return Changed(mix, Mix(TOTAL, 2, items, beds))


def with_last_turn(bed: BedTrack, **changed: int) -> BedTrack:
    """The first turn stays as it is: there is nothing for it to lead from."""
    turns = bed.jumps if len(bed.jumps) == 1 else (*bed.jumps[:-1], replace(bed.jumps[-1], **changed))
    return replace(bed, jumps=turns)


ITEM_CHANGES: list[Callable[[PlacedClip, int], PlacedClip]] = [
    lambda item, by: replace(item, start=max(item.start + by, 0)),
    lambda item, by: replace(item, gain=item.gain * 1.01),
    lambda item, by: placed(item.start, item.length, 7, item.gain),
    lambda item, by: placed(item.start, max(item.length + by, 1), 1, item.gain),
]
BED_CHANGES: list[Callable[[BedTrack, int], BedTrack]] = [
    lambda bed, by: replace(bed, stop=max(bed.stop + by, bed.start + 1)),
    lambda bed, by: replace(bed, fade_in=max(bed.fade_in + by, 0)),
    lambda bed, by: replace(bed, fade_out=max(bed.fade_out + by, 0)),
    lambda bed, by: replace(bed, loop=LOOPS[1] * np.float32(0.5), content_key="another loop"),
    lambda bed, by: replace(bed, jumps=tuple(replace(turn, loop_start=turn.loop_start + by) for turn in bed.jumps)),
    lambda bed, by: with_last_turn(bed, fade=max(bed.jumps[-1].crossfade_samples + by, 0)),
    lambda bed, by: with_last_turn(bed, at=max(bed.jumps[-1].start + by, bed.start)),
    lambda bed, by: replace(
        bed,
        envelope=replace(bed.envelope, positions=(bed.envelope.positions[0] - UNIT - 1, *bed.envelope.positions[1:])),
    ),
    lambda bed, by: replace(
        bed, envelope=replace(bed.envelope, levels_db=(*bed.envelope.levels_db[:-1], -17.0 - by / 1000))
    ),
]


@settings(max_examples=600, deadline=None)
@given(changes(), ranges())
def test_whatever_is_heard_is_in_the_name(changed: Changed, span: tuple[int, int]) -> None:
    start, stop = span
    if not np.array_equal(changed.mix.render(start, stop), changed.other.render(start, stop)):
        assert changed.mix.range_key(start, stop) != changed.other.range_key(start, stop)


@settings(deadline=None)
@given(mixes, ranges(), st.integers(0, 3 * UNIT), st.integers(0, 20 * UNIT))
def test_names_go_through_what_moves_a_mix(mix: Mix, span: tuple[int, int], quiet: int, cut: int) -> None:
    """Where nothing is added, an encoder that has the whole session knows what was encoded for a part of it."""
    start, stop = span
    assert PaddedSource(mix, quiet).range_key(start + quiet, stop + quiet) == mix.range_key(start, stop)
    part = Excerpt(mix, cut, TOTAL)
    edged = start < 2400 or stop > part.total - 2400
    if stop <= part.total:
        assert (part.range_key(start, stop) == mix.range_key(cut + start, cut + stop)) != edged
    first, second = (digest(PaddedSource(own, 100).render(0, 200).tobytes()) for own in (mix, later(mix, 1)))
    if first != second:
        assert PaddedSource(mix, 100).range_key(0, 200) != PaddedSource(later(mix, 1), 100).range_key(0, 200)


def test_another_number_of_channels_is_another_sound() -> None:
    assert Mix(TOTAL, 1, [], []).range_key(0, 100) != Mix(TOTAL, 2, [], []).range_key(0, 100)


def test_a_gain_of_words_is_in_their_name() -> None:
    mixes: list[NarratedSource] = [
        Mix(TOTAL, 1, [replace(placed(0, 100, 1, gain), is_speech=True)], []) for gain in (1.0, 0.9)
    ]
    assert mixes[0].cue_key(0) != mixes[1].cue_key(0)
