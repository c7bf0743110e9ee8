"""A session made of islands is the same sound, frame by frame, as the session encoded whole."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mixes import FRAME, SECOND, Burst, MadeMix, Samples, pink, speechlike
from voiceguide.audio.mixer.source import Region
from voiceguide.encode.mp3_frames import build_info_frame, frames_for_samples, split_frames
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.encode.smart_render import MAX_LOOP_FRAMES, MAX_SETTLING_FRAMES, CopySpan, EncodeSpan, plan_smart_render
from voiceguide.encode.span_encoder import lame_arguments
from voiceguide.metadata.tags import Tags
from voiceguide.system.ffmpeg import run_ffmpeg

TEN_SECONDS = 10 * SECOND - 10 * SECOND % FRAME


def bed(key: str, seed: int, rms: float = 0.03, channels: int = 2) -> tuple[str, Samples]:
    return key, pink(TEN_SECONDS, channels, seed, rms)


def words(start: int, seconds: float, seed: int, channels: int = 2) -> Burst:
    return Burst(start, speechlike(round(seconds * SECOND), channels, seed))


def every_so_often(channels: int) -> list[Burst]:
    return [words(round((4 + 9 * n) * SECOND) + 777 * n, 2, n, channels) for n in range(6)]


def plain(channels: int = 2) -> MadeMix:
    return MadeMix(60 * SECOND + 77, [(0, *bed("a", 1, channels=channels))], every_so_often(channels), channels)


def bed_changes() -> MadeMix:
    beds = [(0, *bed("a", 1)), (20 * SECOND + 1, *bed("b", 2, 0.05)), (40 * SECOND, "silence", None)]
    return MadeMix(60 * SECOND, beds, every_so_often(2))


def no_bed() -> MadeMix:
    return MadeMix(
        120 * SECOND, [(0, "silence", None)], [words(5 * SECOND + 1, 3, 3, 1), words(40 * SECOND, 2, 4, 1)], 1
    )


def close_together() -> MadeMix:
    """Bursts with gaps shorter than a run-in, of a run-in, and a little longer."""
    gaps = [1, FRAME, 3 * FRAME, 6 * FRAME, 9 * FRAME, 12 * FRAME + 5, 20 * FRAME]
    bursts, at = [], 10 * SECOND
    for number, gap in enumerate(gaps * 2):
        bursts.append(words(at, 1, number))
        at = bursts[-1].stop + gap
    return MadeMix(60 * SECOND, [(0, *bed("a", 1))], bursts)


def at_frame_edges() -> MadeMix:
    offsets = [-2, -1, 0, 1, 2]
    bursts = [words((400 + 400 * n) * FRAME + offset, 50 * FRAME / SECOND, n) for n, offset in enumerate(offsets)]
    return MadeMix(2500 * FRAME, [(0, *bed("a", 1))], bursts)


def start_and_end() -> MadeMix:
    total = 45 * SECOND + 576
    return MadeMix(total, [(0, *bed("a", 1))], [words(0, 2, 1), words(total - 2 * SECOND, 2, 2)])


def quiet_bed() -> MadeMix:
    return MadeMix(60 * SECOND, [(0, *bed("a", 1, 0.002))], every_so_often(2))


def after_a_preroll(samples: int) -> MadeMix:
    return MadeMix(60 * SECOND + 5, [(0, *bed("a", 1))], every_so_often(2), grid_offset=samples)


def busy_throughout() -> MadeMix:
    return MadeMix(70 * SECOND, [(0, *bed("a", 1))], [words(0, 70, 1)])


def encoded_whole(mix: MadeMix, bit_rate: int) -> list[bytes]:
    samples = np.pad(mix.render(0, mix.total), ((mix.grid_offset % FRAME, 0), (0, 0)))
    data = run_ffmpeg(lame_arguments(bit_rate, mix.channels), action="encode", input_chunks=[samples.reshape(-1).data])
    return split_frames(data, bit_rate)


def encoded_by_islands(mix: MadeMix, bit_rate: int, folder: Path, calm: int = 0) -> list[bytes]:
    path = folder / "islands.mp3"
    write_mp3(mix, path, bit_rate=bit_rate, tags=Tags(""), quiet_lead_samples=calm)
    data = path.read_bytes()
    size = int.from_bytes(data[6:8], "big") << 14 | data[8] << 7 | data[9]
    return split_frames(data[10 + size + len(info_of(mix, bit_rate)) :], bit_rate)


def info_of(mix: MadeMix, bit_rate: int) -> bytes:
    return build_info_frame(mix.total, bit_rate, mix.channels, mix.grid_offset % FRAME)


def decoded(frames: list[bytes], mix: MadeMix, bit_rate: int, folder: Path) -> Samples:
    path = folder / "decoded.mp3"
    path.write_bytes(info_of(mix, bit_rate) + b"".join(frames))
    data = run_ffmpeg(["-i", str(path), "-f", "f32le", "pipe:1"], action="decode")
    return np.frombuffer(data, np.float32).reshape(-1, mix.channels)


CASES: list[tuple[Callable[[], MadeMix], int]] = [
    (plain, 128),
    (lambda: plain(1), 64),
    (bed_changes, 128),
    (no_bed, 64),
    (close_together, 128),
    (at_frame_edges, 192),
    (start_and_end, 128),
    (quiet_bed, 128),
    (busy_throughout, 128),
    (lambda: after_a_preroll(1), 128),
    (lambda: after_a_preroll(4 * FRAME + 1151), 128),
]
NAMES = ["plain", "mono", "bed changes", "no bed", "close", "edges", "start and end", "quiet bed", "busy"]
NAMES += ["a sample of preroll", "the longest preroll"]


@pytest.mark.parametrize(("make", "bit_rate"), CASES, ids=NAMES)
def test_islands_are_the_session_encoded_whole(make: Callable[[], MadeMix], bit_rate: int, tmp_path: Path) -> None:
    mix = make()
    whole = encoded_whole(mix, bit_rate)
    islands = encoded_by_islands(mix, bit_rate, tmp_path)
    assert len(islands) == len(whole) == frames_for_samples(mix.grid_offset % FRAME + mix.total)
    different = [number for number, (one, other) in enumerate(zip(whole, islands, strict=True)) if one != other]
    assert len(different) <= len(whole) / 1000, f"{len(different)} of {len(whole)} frames differ: {different[:20]}"
    if not different:
        return
    source = mix.render(0, mix.total)
    errors = [decoded(frames, mix, bit_rate, tmp_path) - source for frames in (whole, islands)]
    assert len(errors[0]) == len(errors[1]) == mix.total
    for number in different:
        around = slice(max(0, (number - 3) * FRAME), (number + 3) * FRAME)
        ours, theirs = (float(np.sqrt((error[around] ** 2).mean())) for error in (errors[1], errors[0]))
        assert 20 * math.log10(ours / theirs) < 1, f"frame {number} is worse than in the whole"


def test_after_a_calm_less_is_encoded_and_it_is_still_the_same(tmp_path: Path) -> None:
    """The mixer lets its bed rise for 1.2 s after words; LAME settles in that time as well."""
    recovery = SECOND * 12 // 10
    mix = MadeMix(60 * SECOND, [(0, *bed("a", 1, 0.01))], every_so_often(2), quiet_lead=recovery)
    whole = encoded_whole(mix, 128)
    islands = encoded_by_islands(mix, 128, tmp_path, calm=recovery)
    assert sum(one != other for one, other in zip(whole, islands, strict=True)) <= len(whole) / 1000


@settings(max_examples=300, deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(1, 400_000), st.sampled_from(["", "a", "b", "silence"])), min_size=1),
    loop_frames=st.integers(1, 3000),
    run_out=st.integers(3, 100),
)
def test_runs_tile_any_session(lengths: list[tuple[int, str]], loop_frames: int, run_out: int) -> None:
    stretches, at = [], 0
    for length, loop in lengths:
        stretches.append(Region(at, at + length, loop, loop_frames * FRAME if loop else 0))
        at += length
    runs = plan_smart_render(stretches, at, lambda _: run_out)
    assert [run.start_frame for run in runs] == [0, *(run.stop_frame for run in runs[:-1])]
    assert runs[-1].stop_frame == frames_for_samples(at)
    for run in runs:
        assert run.start_frame < run.stop_frame
        if isinstance(run, CopySpan):
            heard = [
                (piece.start_frame + number) for piece, start, stop in run.loop_spans() for number in range(start, stop)
            ]
            assert heard == [number % run.loop_frames for number in range(run.start_frame, run.stop_frame)]
            around = [
                s
                for s in stretches
                if s.start < (run.stop_frame + 1) * FRAME and s.stop > (run.start_frame - 3) * FRAME
            ]
            assert {stretch.loop_key for stretch in around} == {run.loop}


@pytest.mark.parametrize(
    "loop_length", [1000, 0, (MAX_LOOP_FRAMES + 1) * FRAME], ids=["not whole frames", "none", "too long"]
)
def test_a_loop_that_cannot_be_copied_is_encoded_as_it_comes(loop_length: int) -> None:
    runs = plan_smart_render([Region(0, 3000 * FRAME, "a", loop_length)], 3000 * FRAME)
    assert runs == [
        EncodeSpan(0, 1250),
        EncodeSpan(1250, 2500, required_run_in_frames=MAX_SETTLING_FRAMES),
        EncodeSpan(2500, 3001, required_run_in_frames=MAX_SETTLING_FRAMES),
    ]


def test_a_day_of_silence_is_planned_at_once() -> None:
    day = 24 * 3600 * SECOND
    runs = plan_smart_render([Region(0, day, "silence")], day)
    assert [(type(run).__name__, run.start_frame, run.stop_frame) for run in runs] == [
        ("Piece", 0, 3),
        ("Copies", 3, 3_599_999),
        ("Piece", 3_599_999, 3_600_001),
    ]
