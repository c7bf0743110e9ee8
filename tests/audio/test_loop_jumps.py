"""Turns of a bed under the words a step begins with: unheard, and what makes a change cost what it touches."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceguide.audio.beds.loader import load_bed_loop
from voiceguide.audio.ducking import DUCK_RELEASE_SAMPLES, Envelope
from voiceguide.audio.mixer.mix import BedTrack, LoopJump, Mix
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.metadata.tags import Tags
from voiceguide.names import BEDS
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import DiskCache, cache_folder
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

Samples = npt.NDArray[np.float32]
LOOP = np.random.Generator(np.random.PCG64(9)).standard_normal((MP3_FRAME_SAMPLES * 125, 2)).astype(np.float32) * 0.1
TOTAL = 20 * SAMPLE_RATE
TURNS = (
    LoopJump(0, 0, 0),
    LoopJump(5 * SAMPLE_RATE + 7, 2 * SAMPLE_RATE, 41 * MP3_FRAME_SAMPLES),
    LoopJump(12 * SAMPLE_RATE, SAMPLE_RATE // 2, -3 * MP3_FRAME_SAMPLES),
)
TRACK = BedTrack(0, TOTAL, 0, 0, LOOP, "noise", Envelope((0,), (0.0,)), TURNS)
WHOLE = TRACK.render(0, TOTAL)
STEPS = 12


def heard_from(turn: LoopJump, start: int, stop: int) -> Samples:
    return np.take(LOOP, np.arange(start, stop) - turn.loop_start, axis=0, mode="wrap")


@given(st.lists(st.integers(1, TOTAL - 1), max_size=8))
def test_pieces_of_a_bed_that_turns_are_the_whole(cuts: list[int]) -> None:
    edges = [0, *sorted(set(cuts)), TOTAL]
    assert np.array_equal(np.concatenate([TRACK.render(a, b) for a, b in pairwise(edges)]), WHOLE)


def test_before_and_after_its_crossfade_a_turn_is_the_loop_from_its_place() -> None:
    for turn, stop in zip(TURNS, [TURNS[1].start, TURNS[2].start, TOTAL], strict=True):
        start = turn.start + turn.crossfade_samples
        assert np.array_equal(WHOLE[start:stop], heard_from(turn, start, stop))


def test_a_crossfade_neither_dips_nor_swells() -> None:
    turn = TURNS[1]
    parts = WHOLE[turn.start - SAMPLE_RATE : turn.start + turn.crossfade_samples + SAMPLE_RATE].reshape(-1, 2)
    whole = len(parts) // 16 * 16
    power = (parts[:whole].reshape(16, -1) ** 2).mean(axis=1)
    assert 10 * np.log10(power.max() / power.min()) < 0.3


def test_what_is_steady_between_turns_is_told_with_its_place_in_the_loop() -> None:
    mix = Mix(TOTAL, 2, [], [TRACK])
    steady = [stretch for stretch in mix.regions() if stretch.loop_key]
    assert [stretch.loop_start for stretch in steady] == [turn.loop_start for turn in TURNS]
    for stretch in steady:
        begin, end = stretch.start - stretch.loop_start, stretch.stop - stretch.loop_start
        assert np.array_equal(mix.render_loop(stretch.loop_key, begin, end), WHOLE[stretch.start : stretch.stop])


class CountingStore(DiskCache):
    """Counts what is kept."""

    puts = 0

    def put(self, key: str, data: bytes) -> None:
        self.puts += 1
        super().put(key, data)


def routine(bed: str, changed: dict[int, str], words: dict[int, str]) -> str:
    steps = "".join(
        f'      - {{step: s{n}, say: "{words.get(n, f"Number {n}, hold the foot.")}", '
        f"{changed.get(n, 'pause: 17s' if n == 3 else 'for: 20s')}}}\n"
        for n in range(STEPS)
    )
    head = f"voiceguide: 1\ntitle: Turns\nvoice: tone\nbed: {bed}\nannounce_quiet: no\n"
    return f"{head}stages:\n  - stage: All\n    steps:\n{steps}"


@contextmanager
def mixed(script: str, store: DiskCache) -> Iterator[Mix]:
    with open_builder_for_script(load_script("turns.yaml", script.encode()), Overrides(), store) as session:
        yield session.mix(session.exact_timeline())


def encoded_anew(before: str, after: str, folder: Path) -> int:
    """Pieces that are encoded for a script whose former text was built already."""
    store = CountingStore(folder / "store")
    with mixed(before, store) as mix:
        write_mp3(mix, folder / "before.mp3", tags=Tags(""), cache=store, quiet_lead_samples=DUCK_RELEASE_SAMPLES)
    with mixed(after, store) as mix:
        kept = store.puts
        write_mp3(mix, folder / "after.mp3", tags=Tags(""), cache=store, quiet_lead_samples=DUCK_RELEASE_SAMPLES)
    return store.puts - kept


CHANGES: dict[str, tuple[dict[int, str], dict[int, str]]] = {
    "near the start, by 3 s": ({1: "for: 23s"}, {}),
    "in the middle, by half a minute": ({5: "for: 50s"}, {}),
    "shorter": ({2: "for: 14s"}, {}),
    "another pause": ({3: "pause: 32s"}, {}),
    "another word before a pause": ({}, {3: "Number three, hold the other foot for a while."}),
    "another word": ({}, {7: "Something else."}),
}


@pytest.mark.parametrize("bed", ["rain", "waves"])
@pytest.mark.parametrize(("changed", "words"), CHANGES.values(), ids=CHANGES.keys())
def test_after_a_change_by_whole_frames_what_it_does_not_touch_is_copied(
    changed: dict[int, str], words: dict[int, str], bed: str, tmp_path: Path
) -> None:
    """All that followed used to be mixed over another place of the bed, and so to be encoded and checked again."""
    assert 1 <= encoded_anew(routine(bed, {}, {}), routine(bed, changed, words), tmp_path) <= 2


ANY_AMOUNT: dict[str, tuple[dict[int, str], int]] = {
    "near the start": ({1: "for: 30s"}, 3),
    "by milliseconds": ({1: "for: 20.005s"}, 3),
    "near the end": ({10: "for: 30s"}, 3),
    "shorter, near the end": ({10: "for: 13s"}, 3),
    "on both sides": ({1: "for: 30s", 10: "for: 30s"}, 6),
    "in the middle": ({5: "for: 30s"}, 8),
}
"""And the most pieces that may be encoded: those from the change to the nearer end of twelve steps."""


@pytest.mark.parametrize(("changed", "most"), ANY_AMOUNT.values(), ids=ANY_AMOUNT.keys())
def test_after_any_change_the_longer_side_of_the_session_is_copied(
    changed: dict[int, str], most: int, tmp_path: Path
) -> None:
    """Ten seconds are no whole number of frames: counted from the start, all that follows has to be encoded again."""
    assert 1 <= encoded_anew(routine("rain", {}, {}), routine("rain", changed, {}), tmp_path) <= most


def test_a_step_taken_out_leaves_the_rest_where_it_was(tmp_path: Path) -> None:
    """The step from which frames are counted stays the same one, though another is now in the middle."""
    before = routine("rain", {}, {})
    after = "".join(line for line in before.splitlines(keepends=True) if "{step: s1," not in line)
    assert 1 <= encoded_anew(before, after, tmp_path) <= 3


@pytest.mark.parametrize("bed", [name for name, bed in BEDS.items() if bed.can_jump])
def test_no_turn_of_a_bed_is_a_hole_in_it(bed: str) -> None:
    """Tenths of a second are compared with the softer of what goes and what comes. In the drone of bowls, whose tones
    cancel out, they fell 6 dB below it."""
    loop = load_bed_loop(bed, lambda name: Path(name), DiskCache(cache_folder())).loop
    random = np.random.Generator(np.random.PCG64(1))
    for at, place in zip(random.integers(0, len(loop), 30), random.integers(0, 2500, 30), strict=True):
        start, fade = len(loop) + int(at), 2 * SAMPLE_RATE
        turns = (
            LoopJump(0, 0, 0),
            LoopJump(start, fade, (start // MP3_FRAME_SAMPLES - int(place)) * MP3_FRAME_SAMPLES),
        )
        track = BedTrack(0, 3 * len(loop), 0, 0, loop, bed, Envelope((0,), (0.0,)), turns)
        goes, comes = (np.take(loop, np.arange(fade) + start - turn.loop_start, 0, mode="wrap") for turn in turns)
        softer = np.minimum(tenths_db(goes), tenths_db(comes))
        assert (tenths_db(track.render(start, start + fade)) - softer).min() > -2.0


def tenths_db(sound: Samples) -> Samples:
    """The level of each tenth of a second."""
    tenths = sound.reshape(-1, SAMPLE_RATE // 10 * 2)
    return np.asarray(10 * np.log10((tenths**2).mean(axis=1)))


def test_a_drone_goes_on_as_it_is() -> None:
    assert not load_bed_loop("bowl", lambda name: Path(name), DiskCache(cache_folder())).can_jump


def test_music_of_ones_own_goes_on_as_it_is(tmp_path: Path) -> None:
    """A jump in a tune would be heard, under words or not."""
    store = DiskCache(tmp_path / "store")
    path = tmp_path / "own.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, SAMPLE_RATE, 0, "NONE", ""))
        file.writeframes((LOOP * 10_000).astype("<i2").tobytes())
    assert load_bed_loop("rain", lambda name: path, store).can_jump
    assert not load_bed_loop("own.wav", lambda name: path, store).can_jump
