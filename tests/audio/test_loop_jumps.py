"""Jumps of a bed under speech: inaudible, and the reason why a small change needs little encoding."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.support.long_forms import long
from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds.loader import load_bed_loop
from voiceguide.audio.ducking import DUCK_RELEASE_SAMPLES, Envelope
from voiceguide.audio.mixer.mix import BedTrack, LoopJump, Mix
from voiceguide.builtin_names import BEDS
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.metadata.tags import Tags
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.speech.preview import encode_wav
from voiceguide.system.disk_cache import DiskCache, cache_folder
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE

LOOP = np.random.Generator(np.random.PCG64(9)).standard_normal((MP3_FRAME_SAMPLES * 125, 2)).astype(np.float32) * 0.1
TOTAL = 20 * SAMPLE_RATE
JUMPS = (
    LoopJump(0, 0, 0),
    LoopJump(5 * SAMPLE_RATE + 7, 2 * SAMPLE_RATE, 41 * MP3_FRAME_SAMPLES),
    LoopJump(12 * SAMPLE_RATE, SAMPLE_RATE // 2, -3 * MP3_FRAME_SAMPLES),
)
TRACK = BedTrack(0, TOTAL, 0, 0, LOOP, "noise", Envelope((0,), (0.0,)), JUMPS)
WHOLE = TRACK.render(0, TOTAL)
STEPS = 10


def loop_after(jump: LoopJump, start: int, stop: int) -> Samples:
    return np.take(LOOP, np.arange(start, stop) - jump.loop_start, axis=0, mode="wrap")


@settings(max_examples=30)
@given(st.lists(st.integers(1, TOTAL - 1), max_size=8))
def test_any_division_of_a_bed_with_jumps_gives_the_same_samples(cuts: list[int]) -> None:
    edges = [0, *sorted(set(cuts)), TOTAL]
    assert np.array_equal(np.concatenate([TRACK.render(a, b) for a, b in pairwise(edges)]), WHOLE)


def test_outside_of_crossfades_the_bed_is_the_loop() -> None:
    for jump, stop in zip(JUMPS, [JUMPS[1].start, JUMPS[2].start, TOTAL], strict=True):
        start = jump.start + jump.crossfade_samples
        assert np.array_equal(WHOLE[start:stop], loop_after(jump, start, stop))


def test_a_crossfade_has_constant_power() -> None:
    jump = JUMPS[1]
    samples = WHOLE[jump.start - SAMPLE_RATE : jump.start + jump.crossfade_samples + SAMPLE_RATE].reshape(-1, 2)
    length = len(samples) // 16 * 16
    power = (samples[:length].reshape(16, -1) ** 2).mean(axis=1)
    assert 10 * np.log10(power.max() / power.min()) < 0.3


def test_steady_regions_between_jumps_have_their_position_in_the_loop() -> None:
    mix = Mix(TOTAL, 2, [], [TRACK])
    steady = [region for region in mix.regions() if region.loop_key]
    assert [region.loop_start for region in steady] == [jump.loop_start for jump in JUMPS]
    for region in steady:
        begin, end = region.start - region.loop_start, region.stop - region.loop_start
        assert np.array_equal(mix.render_loop(region.loop_key, begin, end), WHOLE[region.start : region.stop])


class CountingCache(DiskCache):
    """Counts the entries written."""

    puts = 0

    def put(self, key: str, data: bytes) -> None:
        self.puts += 1
        super().put(key, data)


def make_script(bed: str, changed: dict[int, str], speech: dict[int, str]) -> str:
    steps = "".join(
        f'      - {{step: s{n}, say: "{speech.get(n, f"Number {n}, hold the foot.")}", '
        f"{changed.get(n, 'pause: 17s' if n == 3 else 'for: 20s')}}}\n"
        for n in range(STEPS)
    )
    head = f"voiceguide: 1\ntitle: Turns\nvoice: tone\nbed: {bed}\nannounce_quiet: no\n"
    return f"{head}stages:\n  - stage: All\n    steps:\n{steps}"


@contextmanager
def open_mix(script: str, cache: DiskCache) -> Iterator[Mix]:
    with open_builder_for_script(load_script("turns.yaml", script.encode()), Overrides(), cache) as builder:
        yield builder.mix(builder.exact_timeline())


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """For each bed, the cache after the script without changes has been built. The tests use copies."""
    folders = {}
    for bed in ("rain", "waves"):
        folders[bed] = tmp_path_factory.mktemp(bed) / "cache"
        _build(make_script(bed, {}, {}), CountingCache(folders[bed]))
    return folders


def _build(script: str, cache: CountingCache) -> int:
    """Encode the session of a script, and return how many spans were encoded."""
    with open_mix(script, cache) as mix:
        puts_before = cache.puts
        target = cache.folder.with_name("turns.mp3")
        write_mp3(mix, target, tags=Tags(""), cache=cache, quiet_lead_samples=DUCK_RELEASE_SAMPLES)
    return cache.puts - puts_before


def count_encoded_spans(built: Path, after: str, folder: Path) -> int:
    """Return how many spans are encoded for a script after an earlier version of it, with this cache, was built."""
    shutil.copytree(built, folder / "cache")
    return _build(after, CountingCache(folder / "cache"))


CHANGES: dict[str, tuple[dict[int, str], dict[int, str]]] = {
    "near the start, by 3 s": ({1: "for: 23s"}, {}),
    "in the middle, by half a minute": ({5: "for: 50s"}, {}),
    "shorter": ({2: "for: 14s"}, {}),
    "another pause": ({3: "pause: 32s"}, {}),
    "other speech before a pause": ({}, {3: "Number three, hold the other foot for a while."}),
    "other speech": ({}, {6: "Something else."}),
}


@long
@pytest.mark.parametrize(
    ("bed", "change"),
    [*(("rain", change) for change in CHANGES), ("waves", "shorter"), ("waves", "other speech before a pause")],
)
def test_after_a_change_by_whole_frames_everything_else_is_copied(
    bed: str, change: str, caches: dict[str, Path], tmp_path: Path
) -> None:
    """Everything after the change used to be mixed over another part of the bed, and so encoded and verified again."""
    changed, speech = CHANGES[change]
    assert 1 <= count_encoded_spans(caches[bed], make_script(bed, changed, speech), tmp_path) <= 2


ANY_AMOUNT: dict[str, tuple[dict[int, str], int]] = {
    "near the start": ({1: "for: 30s"}, 3),
    "by milliseconds": ({1: "for: 20.005s"}, 3),
    "near the end": ({8: "for: 30s"}, 3),
    "shorter, near the end": ({8: "for: 13s"}, 3),
    "on both sides": ({1: "for: 30s", 8: "for: 30s"}, 6),
    "in the middle": ({4: "for: 30s"}, 7),
}
"""Changes, each with the most spans that may be encoded: those from the change to the nearer end of ten steps."""


@long
@pytest.mark.parametrize(("changed", "max_spans"), ANY_AMOUNT.values(), ids=ANY_AMOUNT.keys())
def test_after_any_change_the_longer_side_of_the_session_is_copied(
    changed: dict[int, str], max_spans: int, caches: dict[str, Path], tmp_path: Path
) -> None:
    """Ten seconds are not a whole number of frames. If frames were counted from the start, everything after the change
    would have to be encoded again."""
    assert 1 <= count_encoded_spans(caches["rain"], make_script("rain", changed, {}), tmp_path) <= max_spans


@long
def test_removing_a_step_keeps_the_frame_grid(caches: dict[str, Path], tmp_path: Path) -> None:
    """Frames are counted from the same step as before, although another step is now in the middle."""
    lines = make_script("rain", {}, {}).splitlines(keepends=True)
    after = "".join(line for line in lines if "{step: s1," not in line)
    assert 1 <= count_encoded_spans(caches["rain"], after, tmp_path) <= 3


@pytest.mark.parametrize("bed", [name for name, bed in BEDS.items() if bed.joins != "cells"])
def test_no_jump_leaves_a_dip(bed: str) -> None:
    """Each tenth of a second is compared with the softer of the two crossfaded signals. Music is left out, because
    it jumps only between cells (test_cell_order.py)."""
    loop = load_bed_loop(bed, Path, DiskCache(cache_folder())).loop
    random = np.random.Generator(np.random.PCG64(1))
    for offset, frame in zip(random.integers(0, len(loop), 30), random.integers(0, 2500, 30), strict=True):
        start, fade = len(loop) + int(offset), 2 * SAMPLE_RATE
        jumps = (
            LoopJump(0, 0, 0),
            LoopJump(start, fade, (start // MP3_FRAME_SAMPLES - int(frame)) * MP3_FRAME_SAMPLES),
        )
        track = BedTrack(0, 3 * len(loop), 0, 0, loop, bed, Envelope((0,), (0.0,)), jumps)
        outgoing, incoming = (
            np.take(loop, np.arange(fade) + start - jump.loop_start, 0, mode="wrap") for jump in jumps
        )
        softer = np.minimum(tenths_db(outgoing), tenths_db(incoming))
        assert (tenths_db(track.render(start, start + fade)) - softer).min() > -2.0


def tenths_db(samples: Samples) -> Samples:
    """Return the level of each tenth of a second."""
    tenths = samples.reshape(-1, SAMPLE_RATE // 10 * 2)
    return np.asarray(10 * np.log10((tenths**2).mean(axis=1)))


def test_a_drone_jumps_only_between_cells() -> None:
    assert load_bed_loop("bowl", Path, DiskCache(cache_folder())).joins == "cells"


def test_a_bed_from_a_file_does_not_jump(tmp_path: Path) -> None:
    """A jump in music would be audible even under speech."""
    cache = DiskCache(tmp_path / "cache")
    path = tmp_path / "custom.wav"
    path.write_bytes(encode_wav(LOOP * 0.3, SAMPLE_RATE))
    assert load_bed_loop("rain", lambda name: path, DiskCache(cache_folder())).joins == "even"
    assert load_bed_loop("custom.wav", lambda name: path, cache).joins == "none"
