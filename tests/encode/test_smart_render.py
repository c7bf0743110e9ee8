"""A smart-rendered session has the same audio, frame by frame, as the session encoded whole."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.support.long_forms import few
from tests.support.mixes import FRAME, SECOND, Burst, MadeMix, Samples, pink, speechlike
from tests.support.mp3 import split_frames
from voiceguide.audio.mixer.source import Region
from voiceguide.encode.mp3_frame_format import build_info_frame, frames_for_samples
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.encode.smart_render import MAX_LOOP_FRAMES, MAX_SETTLING_FRAMES, CopySpan, EncodeSpan, plan_smart_render
from voiceguide.encode.span_encoder import lame_arguments
from voiceguide.metadata.tags import Tags
from voiceguide.system.ffmpeg import run_ffmpeg

TEN_SECONDS = 10 * SECOND - 10 * SECOND % FRAME


def bed(key: str, seed: int, rms: float = 0.03, channels: int = 2) -> tuple[str, Samples]:
    return key, pink(TEN_SECONDS, channels, seed, rms)


def speech(start: int, seconds: float, seed: int, channels: int = 2) -> Burst:
    return Burst(start, speechlike(round(seconds * SECOND), channels, seed))


def regular_speech(channels: int) -> list[Burst]:
    return [speech(round((4 + 9 * n) * SECOND) + 777 * n, 2, n, channels) for n in range(2)]


def plain(channels: int = 2) -> MadeMix:
    return MadeMix(25 * SECOND + 77, [(0, *bed("a", 1, channels=channels))], regular_speech(channels), channels)


def bed_changes() -> MadeMix:
    beds = [(0, *bed("a", 1)), (10 * SECOND + 1, *bed("b", 2, 0.05)), (18 * SECOND, "silence", None)]
    return MadeMix(26 * SECOND, beds, regular_speech(2))


def no_bed() -> MadeMix:
    return MadeMix(
        25 * SECOND, [(0, "silence", None)], [speech(5 * SECOND + 1, 3, 3, 1), speech(14 * SECOND, 2, 4, 1)], 1
    )


def close_together() -> MadeMix:
    """Bursts with gaps shorter than, equal to and slightly longer than a run-in."""
    gaps = [1, FRAME, 3 * FRAME, 6 * FRAME, 9 * FRAME, 12 * FRAME + 5, 20 * FRAME]
    bursts, at = [], 4 * SECOND
    for number, gap in enumerate(gaps * 2):
        bursts.append(speech(at, 1, number))
        at = bursts[-1].stop + gap
    return MadeMix(30 * SECOND, [(0, *bed("a", 1))], bursts)


def at_frame_edges() -> MadeMix:
    offsets = [-2, -1, 0, 1, 2]
    bursts = [speech((250 + 250 * n) * FRAME + offset, 50 * FRAME / SECOND, n) for n, offset in enumerate(offsets)]
    return MadeMix(1600 * FRAME, [(0, *bed("a", 1))], bursts)


def start_and_end() -> MadeMix:
    total = 25 * SECOND + 576
    return MadeMix(total, [(0, *bed("a", 1))], [speech(0, 2, 1), speech(total - 2 * SECOND, 2, 2)])


def quiet_bed() -> MadeMix:
    return MadeMix(25 * SECOND, [(0, *bed("a", 1, 0.002))], regular_speech(2))


def with_grid_offset(samples: int) -> MadeMix:
    return MadeMix(25 * SECOND + 5, [(0, *bed("a", 1))], regular_speech(2), grid_offset=samples)


def speech_throughout() -> MadeMix:
    return MadeMix(40 * SECOND, [(0, *bed("a", 1))], [speech(0, 40, 1)])


def encode_whole(mix: MadeMix, bit_rate: int) -> list[bytes]:
    samples = np.pad(mix.render(0, mix.total), ((mix.grid_offset % FRAME, 0), (0, 0)))
    data = run_ffmpeg(lame_arguments(bit_rate, mix.channels), action="encode", input_chunks=[samples.reshape(-1).data])
    return split_frames(data, bit_rate)


def smart_render(mix: MadeMix, bit_rate: int, folder: Path, quiet_lead: int = 0) -> list[bytes]:
    path = folder / "smart.mp3"
    write_mp3(mix, path, bit_rate=bit_rate, tags=Tags(""), quiet_lead_samples=quiet_lead)
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
    (speech_throughout, 128),
    (lambda: with_grid_offset(1), 128),
    (lambda: with_grid_offset(4 * FRAME + 1151), 128),
]
NAMES = ["plain", "mono", "bed changes", "no bed", "close", "edges", "start and end", "quiet bed", "busy"]
NAMES += ["grid offset of one sample", "largest grid offset"]


@pytest.mark.parametrize(("make", "bit_rate"), few(3, CASES), ids=NAMES)
def test_smart_rendering_equals_encoding_the_whole_session(
    make: Callable[[], MadeMix], bit_rate: int, tmp_path: Path
) -> None:
    mix = make()
    whole = encode_whole(mix, bit_rate)
    smart = smart_render(mix, bit_rate, tmp_path)
    assert len(smart) == len(whole) == frames_for_samples(mix.grid_offset % FRAME + mix.total)
    different = [number for number, (one, other) in enumerate(zip(whole, smart, strict=True)) if one != other]
    assert len(different) <= len(whole) / 1000, f"{len(different)} of {len(whole)} frames differ: {different[:20]}"
    if not different:
        return
    source = mix.render(0, mix.total)
    errors = [decoded(frames, mix, bit_rate, tmp_path) - source for frames in (whole, smart)]
    assert len(errors[0]) == len(errors[1]) == mix.total
    for number in different:
        around = slice(max(0, (number - 3) * FRAME), (number + 3) * FRAME)
        whole_error, smart_error = (float(np.sqrt((error[around] ** 2).mean())) for error in errors)
        assert 20 * math.log10(smart_error / whole_error) < 1, f"frame {number} is worse than when encoded whole"


def test_a_quiet_lead_reduces_encoding_and_the_result_is_equal(tmp_path: Path) -> None:
    """The mixer raises the bed for 1.2 s after speech. LAME settles in the same time."""
    release = SECOND * 12 // 10
    mix = MadeMix(25 * SECOND, [(0, *bed("a", 1, 0.01))], regular_speech(2), quiet_lead=release)
    whole = encode_whole(mix, 128)
    smart = smart_render(mix, 128, tmp_path, quiet_lead=release)
    assert sum(one != other for one, other in zip(whole, smart, strict=True)) <= len(whole) / 1000


@settings(max_examples=300, deadline=None)
@given(
    lengths=st.lists(st.tuples(st.integers(1, 400_000), st.sampled_from(["", "a", "b", "silence"])), min_size=1),
    loop_frames=st.integers(1, 3000),
    run_out=st.integers(3, 100),
)
def test_spans_cover_any_session(lengths: list[tuple[int, str]], loop_frames: int, run_out: int) -> None:
    regions, at = [], 0
    for length, loop in lengths:
        regions.append(Region(at, at + length, loop, loop_frames * FRAME if loop else 0))
        at += length
    spans = plan_smart_render(regions, at, lambda _: run_out)
    assert [span.start_frame for span in spans] == [0, *(span.stop_frame for span in spans[:-1])]
    assert spans[-1].stop_frame == frames_for_samples(at)
    for span in spans:
        assert span.start_frame < span.stop_frame
        if isinstance(span, CopySpan):
            copied = [
                part.start_frame + number
                for part, start, stop, times in span.loop_spans()
                for _ in range(times)
                for number in range(start, stop)
            ]
            assert copied == [number % span.loop_frames for number in range(span.start_frame, span.stop_frame)]
            around = [
                region
                for region in regions
                if region.start < (span.stop_frame + 1) * FRAME and region.stop > (span.start_frame - 3) * FRAME
            ]
            assert {region.loop_key for region in around} == {span.loop}


@pytest.mark.parametrize(
    "loop_length", [1000, 0, (MAX_LOOP_FRAMES + 1) * FRAME], ids=["not whole frames", "none", "too long"]
)
def test_a_loop_that_cannot_be_copied_is_encoded_where_it_occurs(loop_length: int) -> None:
    spans = plan_smart_render([Region(0, 3000 * FRAME, "a", loop_length)], 3000 * FRAME)
    assert spans == [
        EncodeSpan(0, 1250),
        EncodeSpan(1250, 2500, required_run_in_frames=MAX_SETTLING_FRAMES),
        EncodeSpan(2500, 3001, required_run_in_frames=MAX_SETTLING_FRAMES),
    ]


def test_a_day_of_silence_is_a_single_copied_span() -> None:
    day = 24 * 3600 * SECOND
    spans = plan_smart_render([Region(0, day, "silence")], day)
    assert [(type(span), span.start_frame, span.stop_frame) for span in spans] == [
        (EncodeSpan, 0, 3),
        (CopySpan, 3, 3_599_999),
        (EncodeSpan, 3_599_999, 3_600_001),
    ]
    pieces = list(spans[1].loop_spans())  # type: ignore[union-attr]
    assert sum(times for _, _, _, times in pieces) == 3_599_996
    assert len(pieces) < 10_000, "silence used to be written frame by frame"
