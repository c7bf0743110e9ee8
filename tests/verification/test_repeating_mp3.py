"""Frames that are repeated are decoded once, and nothing is measured differently for that."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import voiceguide
from tests.support.long_forms import long
from voiceguide.metadata.audio_data import find_audio
from voiceguide.metadata.embedded_plan import read_embedded
from voiceguide.metadata.id3 import checksum_offset
from voiceguide.verification import repeating_mp3, verifier
from voiceguide.verification.container_checks import _checksum
from voiceguide.verification.decoding import FileStats, decode_file, decode_frames
from voiceguide.verification.fingerprint import SEARCH_MARGIN_SAMPLES
from voiceguide.verification.level_profile import LevelMeter
from voiceguide.verification.reference_plan import ReferencePlan, parse_reference_plan
from voiceguide.verification.repeating_mp3 import Mp3Layout, decode_repeating_mp3, find_mp3_layout
from voiceguide.verification.verifier import verify_file

ALL = os.environ.get("VOICEGUIDE_DAMAGES") == "all"
SCRIPT = """\
voiceguide: 1
title: Again
voice: tone/tone
bed: {bed}
stages:
  - stage: Soak
    steps:
      - {{say: "Number {{count}}.", repeat: 4, for: 16s}}
      - {{say: The last one., for: 50s, cues: [{{at: 1s left, say: "{{remaining}} left."}}]}}
"""
Measured = tuple[list[npt.NDArray[np.float32]], npt.NDArray[np.uint8], int, float]


def build(folder: Path, bed: str, **options: Any) -> Path:
    script, path = folder / "again.yaml", folder / "again.mp3"
    script.write_text(SCRIPT.format(bed=bed), encoding="utf-8")
    voiceguide.load(script).build(path, **options)
    return path


@pytest.fixture(scope="module")
def rain(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """The session with rain. The tests must not change this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_CACHE", str(shared_cache))
        return build(tmp_path_factory.mktemp("rain"), "rain")


@pytest.fixture
def session(rain: Path, tmp_path: Path) -> Path:
    """A copy of the session with rain."""
    return Path(shutil.copy(rain, tmp_path))


def plan_and_spans(path: Path) -> tuple[ReferencePlan, list[tuple[int, int]]]:
    plan = parse_reference_plan(path, read_embedded(path)[0])
    margin = SEARCH_MARGIN_SAMPLES
    return plan, [(max(cue.at - margin, 0), min(cue.end + margin, plan.total)) for cue in plan.cues]


def measured(plan: ReferencePlan, decode: Any) -> Measured:
    stats = FileStats(LevelMeter(plan.channels, plan.grid_offset))
    audio = list(decode(stats))
    return audio, stats.level_meter.rows(), stats.sample_count, stats.peak_amplitude


@pytest.fixture
def decoded_frames(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of bytes of each run of frames that is decoded."""
    sizes: list[int] = []
    original = decode_frames

    def counted(runs: Iterable[bytes], frame_bytes: int, channels: int) -> Iterator[npt.NDArray[np.float32]]:
        def tally() -> Iterator[bytes]:
            for run in runs:
                sizes.append(len(run) // frame_bytes)
                yield run

        return original(tally(), frame_bytes, channels)

    monkeypatch.setattr(repeating_mp3, "decode_frames", counted)
    return sizes


@pytest.mark.parametrize(
    ("bed", "options", "most"),
    [
        ("rain", {}, 0.6),
        pytest.param("none", {"bitrate_kbps": 32}, 0.4, marks=long),
        pytest.param("bowl", {"total": "1:30.123"}, 1.0, marks=long),
        *([("{sound: brown, level: -12}", {"bitrate_kbps": 320}, 0.6)] if ALL else []),
    ],
)
def test_all_measurements_are_those_of_the_whole_file(
    bed: str, options: dict[str, Any], most: float, tmp_path: Path, decoded_frames: list[int]
) -> None:
    path = build(tmp_path, bed, **options)
    plan, spans = plan_and_spans(path)
    layout = find_mp3_layout(path, plan)
    assert layout is not None
    audio, rows, samples, peak = measured(plan, lambda stats: decode_repeating_mp3(layout, plan, spans, stats))
    whole, whole_rows, whole_samples, whole_peak = measured(
        plan, lambda stats: decode_file(path, spans, plan.channels, stats)
    )
    for one, other in zip(audio, whole, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)
    assert rows.shape == whole_rows.shape
    assert np.abs(rows.astype(int) - whole_rows).max() <= 1  # the last digit of a rounded level
    assert samples == whole_samples == plan.total
    assert peak == pytest.approx(whole_peak, rel=0.01)
    assert sum(decoded_frames) <= most * plan.total / 1152 + 100


def test_frames_in_a_new_order_are_decoded_where_they_meet(session: Path, decoded_frames: list[int]) -> None:
    """What follows other frames sounds different, even if its own bytes are the same."""
    path = session
    plan, spans = plan_and_spans(path)
    layout = find_mp3_layout(path, plan)
    assert layout is not None
    data, size, draw = bytearray(path.read_bytes()), 3 * layout.bit_rate, random.Random(3)
    count = (len(data) - layout.offset) // size
    for _ in range(40):
        length = draw.randrange(1, 60)
        source, target = draw.randrange(count - length), draw.randrange(count - length)
        frames = data[layout.offset + source * size :][: length * size]
        data[layout.offset + target * size : layout.offset + (target + length) * size] = frames
    path.write_bytes(data)
    ours = measured(plan, lambda stats: decode_repeating_mp3(layout, plan, spans, stats))
    whole = measured(plan, lambda stats: decode_file(path, spans, plan.channels, stats))
    assert np.abs(ours[1].astype(int) - whole[1]).max() <= 1
    for one, other in zip(ours[0], whole[0], strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)
    assert 0 < sum(decoded_frames) < count


def test_a_line_that_is_repeated_in_a_pause_is_found_even_with_a_right_checksum(session: Path) -> None:
    path = session
    plan, _ = plan_and_spans(path)
    layout = find_mp3_layout(path, plan)
    assert layout is not None
    data, size = bytearray(path.read_bytes()), 3 * layout.bit_rate
    line = layout.offset + round(plan.cues[0].at / 1152) * size
    pause = layout.offset + round((plan.total - 40 * 48000) / 1152) * size
    data[pause : pause + 40 * size] = data[line : line + 40 * size]
    path.write_bytes(data)
    set_checksum(path, plan)
    assert find_mp3_layout(path, plan) == layout
    assert any("something unplanned" in failure for failure in verify_file(path).failures)


def set_checksum(path: Path, plan: ReferencePlan) -> None:
    """Write the checksum of the audio as it is now into the tag."""
    right = _checksum(path, find_audio(path), plan, "").to_bytes(4, "big")
    at = checksum_offset(path.read_bytes())
    assert at is not None
    with path.open("r+b") as file:
        file.seek(at)
        file.write(right)


def test_a_damaged_file_is_decoded_as_a_whole(session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only then does the decoder meet the damage."""
    path = session
    used: list[Mp3Layout] = []
    monkeypatch.setattr(verifier, "decode_repeating_mp3", lambda layout, *_: used.append(layout))
    data = bytearray(path.read_bytes())
    data[-5000] ^= 0x10
    path.write_bytes(data)
    assert "Audio checksum mismatch: the file is damaged or was re-encoded." in verify_file(path).failures
    assert used == []


def test_a_file_of_another_encoder_has_no_such_layout(session: Path, tmp_path: Path) -> None:
    path = session
    plan, _ = plan_and_spans(path)
    longer = tmp_path / "longer.mp3"
    longer.write_bytes(path.read_bytes() + bytes(128))
    assert find_mp3_layout(longer, plan) is None
    assert find_mp3_layout(path, plan) is not None
