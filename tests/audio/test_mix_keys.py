"""Range keys. Encoded frames and measured levels are cached under them, so every audible change must change the key."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from hypothesis import given, settings, strategies as st

from tests.support.long_forms import long
from voiceguide.audio.array_type import Samples
from voiceguide.audio.ducking import Envelope
from voiceguide.audio.mixer.excerpt import Excerpt
from voiceguide.audio.mixer.frame_alignment import PaddedSource
from voiceguide.audio.mixer.mix import BedTrack, LoopJump, Mix, PlacedClip
from voiceguide.system.disk_cache import digest

UNIT = 100
"""Everything starts at or next to a multiple of this many samples, so that boundaries of all kinds coincide."""
TOTAL = 60 * UNIT
PAIRS = 600 if os.environ.get("VOICEGUIDE_FAULTS") == "all" else 250
"""The number of mixes that are compared with another one."""
LOOPS = [np.random.Generator(np.random.PCG64(n)).standard_normal((7 * UNIT, 2)).astype(np.float32) for n in range(2)]

sample_positions = st.builds(
    lambda unit, offset: unit * UNIT + offset, st.integers(0, 59), st.sampled_from([-1, 0, 0, 0, 1, 37])
)
levels = st.sampled_from([-20.0, -20.0, -14.0])


def noise(seed: int, length: int) -> Samples:
    return np.random.Generator(np.random.PCG64(seed)).standard_normal((length, 1)).astype(np.float32)


def place_clip(start: int, length: int, seed: int, gain: float) -> PlacedClip:
    return PlacedClip(max(start, 0), length, partial(noise, seed, length), f"{seed} {length}", gain)


@st.composite
def envelopes(draw: st.DrawFn) -> Envelope:
    positions = sorted(draw(st.sets(sample_positions, min_size=1, max_size=6)))
    return Envelope(tuple(positions), tuple(draw(levels) for _ in positions))


@st.composite
def jumps(draw: st.DrawFn, start: int) -> tuple[LoopJump, ...]:
    result = [LoopJump(start, 0, draw(sample_positions))]
    for at in sorted(draw(st.sets(sample_positions, max_size=3))):
        fade = draw(st.sampled_from([0, UNIT, 3 * UNIT]))
        if at >= result[-1].start + result[-1].crossfade_samples and at > start:
            result.append(LoopJump(at, fade, draw(sample_positions)))
    return tuple(result)


@st.composite
def tracks(draw: st.DrawFn) -> BedTrack:
    start, stop = sorted(draw(st.sets(sample_positions, min_size=2, max_size=2)))
    start = max(start, 0)
    half = (stop - start) // 2
    fade_in, fade_out = (min(draw(st.sampled_from([0, UNIT, 2 * UNIT])), half) for _ in range(2))
    number = draw(st.integers(0, 1))
    return BedTrack(
        start, stop, fade_in, fade_out, LOOPS[number], f"loop {number}", draw(envelopes()), draw(jumps(start))
    )


clips = st.builds(
    place_clip, sample_positions, st.sampled_from([1, UNIT, 5 * UNIT]), st.integers(0, 2), st.sampled_from([1.0, 0.5])
)
mixes = st.builds(partial(Mix, TOTAL, 2), st.lists(clips, max_size=4), st.lists(tracks(), max_size=2))


@st.composite
def ranges(draw: st.DrawFn) -> tuple[int, int]:
    start, stop = sorted(draw(st.sets(sample_positions, min_size=2, max_size=2)))
    return max(start, 0), max(stop, 1)


def delayed(mix: Mix, by: int) -> Mix:
    """Return the same session after `by` samples of silence."""
    beds = [
        replace(
            track,
            start=track.start + by,
            stop=track.stop + by,
            envelope=replace(track.envelope, positions=tuple(at + by for at in track.envelope.positions)),
            jumps=tuple(replace(jump, start=jump.start + by, loop_start=jump.loop_start + by) for jump in track.jumps),
        )
        for track in mix._tracks
    ]
    return Mix(TOTAL + by, 2, [replace(clip, start=clip.start + by) for clip in mix._clips], beds)


@settings(deadline=None)
@given(mixes, ranges(), st.sampled_from([1, UNIT, 1152, 7 * UNIT]))
def test_the_same_audio_at_another_position_has_the_same_key(mix: Mix, limits: tuple[int, int], by: int) -> None:
    start, stop = limits
    moved = delayed(mix, by)
    assert moved.range_key(start + by, stop + by) == mix.range_key(start, stop)
    assert np.array_equal(moved.render(start + by, stop + by), mix.render(start, stop))


@long
@settings(max_examples=PAIRS, deadline=None)
@given(mixes, mixes, ranges(), st.integers(-2 * UNIT, 2 * UNIT))
def test_equal_keys_mean_equal_audio(one: Mix, other: Mix, limits: tuple[int, int], by: int) -> None:
    """In another mix of the same few clips and beds, and at another position in the same mix."""
    start, stop = limits
    begin = min(max(start + by, 0), TOTAL - (stop - start))
    for mix, at in ((other, start), (one, begin)):
        if mix.range_key(at, at + stop - start) == one.range_key(start, stop):
            assert np.array_equal(mix.render(at, at + stop - start), one.render(start, stop))


@dataclass(frozen=True)
class ChangedMix:
    """A mix, and the same mix with one number changed."""

    mix: Mix
    changed: Mix


@st.composite
def changes(draw: st.DrawFn) -> ChangedMix:
    mix = draw(mixes.filter(lambda mix: bool(mix._tracks or mix._clips)))
    clips, beds = list(mix._clips), list(mix._tracks)
    by = draw(st.sampled_from([-UNIT, -1, 1, UNIT]))
    if beds and (not clips or draw(st.booleans())):
        number = draw(st.integers(0, len(beds) - 1))
        beds[number] = draw(st.sampled_from([change(beds[number], by) for change in BED_CHANGES]))
    else:
        number = draw(st.integers(0, len(clips) - 1))
        clips[number] = draw(st.sampled_from([change(clips[number], by) for change in CLIP_CHANGES]))
    return ChangedMix(mix, Mix(TOTAL, 2, clips, beds))


def with_last_jump(bed: BedTrack, **changed: int) -> BedTrack:
    """Change the last jump, unless it is also the first, which has no audio before it to crossfade from."""
    jumps = bed.jumps if len(bed.jumps) == 1 else (*bed.jumps[:-1], replace(bed.jumps[-1], **changed))
    return replace(bed, jumps=jumps)


CLIP_CHANGES: list[Callable[[PlacedClip, int], PlacedClip]] = [
    lambda clip, by: replace(clip, start=max(clip.start + by, 0)),
    lambda clip, by: replace(clip, gain=clip.gain * 1.01),
    lambda clip, by: place_clip(clip.start, clip.length, 7, clip.gain),
    lambda clip, by: place_clip(clip.start, max(clip.length + by, 1), 1, clip.gain),
]
BED_CHANGES: list[Callable[[BedTrack, int], BedTrack]] = [
    lambda bed, by: replace(bed, stop=max(bed.stop + by, bed.start + 1)),
    lambda bed, by: replace(bed, fade_in=max(bed.fade_in + by, 0)),
    lambda bed, by: replace(bed, fade_out=max(bed.fade_out + by, 0)),
    lambda bed, by: replace(bed, loop=LOOPS[1] * np.float32(0.5), content_key="another loop"),
    lambda bed, by: replace(bed, jumps=tuple(replace(jump, loop_start=jump.loop_start + by) for jump in bed.jumps)),
    lambda bed, by: with_last_jump(bed, crossfade_samples=max(bed.jumps[-1].crossfade_samples + by, 0)),
    lambda bed, by: with_last_jump(bed, start=max(bed.jumps[-1].start + by, bed.start)),
    lambda bed, by: replace(
        bed,
        envelope=replace(bed.envelope, positions=(bed.envelope.positions[0] - UNIT - 1, *bed.envelope.positions[1:])),
    ),
    lambda bed, by: replace(
        bed, envelope=replace(bed.envelope, levels_db=(*bed.envelope.levels_db[:-1], -17.0 - by / 1000))
    ),
]


@long
@settings(max_examples=PAIRS, deadline=None)
@given(changes(), ranges())
def test_every_audible_change_changes_the_key(pair: ChangedMix, limits: tuple[int, int]) -> None:
    start, stop = limits
    if not np.array_equal(pair.mix.render(start, stop), pair.changed.render(start, stop)):
        assert pair.mix.range_key(start, stop) != pair.changed.range_key(start, stop)


@settings(deadline=None)
@given(mixes, ranges(), st.integers(0, 3 * UNIT), st.integers(0, 20 * UNIT))
def test_padding_and_excerpts_keep_the_keys(mix: Mix, limits: tuple[int, int], padding: int, cut: int) -> None:
    """Where they add nothing, frames encoded for an excerpt can be used for the whole session."""
    start, stop = limits
    assert PaddedSource(mix, padding).range_key(start + padding, stop + padding) == mix.range_key(start, stop)
    excerpt = Excerpt(mix, cut, TOTAL)
    is_faded = start < 2400 or stop > excerpt.total - 2400
    if stop <= excerpt.total:
        assert (excerpt.range_key(start, stop) == mix.range_key(cut + start, cut + stop)) != is_faded
    first, second = (digest(PaddedSource(each, 100).render(0, 200).tobytes()) for each in (mix, delayed(mix, 1)))
    if first != second:
        assert PaddedSource(mix, 100).range_key(0, 200) != PaddedSource(delayed(mix, 1), 100).range_key(0, 200)


def test_the_number_of_channels_is_in_the_key() -> None:
    assert Mix(TOTAL, 1, [], []).range_key(0, 100) != Mix(TOTAL, 2, [], []).range_key(0, 100)


def test_the_gain_of_a_clip_is_in_the_key() -> None:
    mixes = [Mix(TOTAL, 1, [place_clip(0, 100, 1, gain)], []) for gain in (1.0, 0.9)]
    assert mixes[0].range_key(0, 100) != mixes[1].range_key(0, 100)
