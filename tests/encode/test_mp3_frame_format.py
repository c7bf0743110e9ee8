"""MP3 frames as specified, and the Info frame read by other programs."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mutagen.mp3 import MP3, BitrateMode

from tests.support.mp3 import split_frames
from voiceguide.encode.mp3_frame_format import (
    BIT_RATES,
    build_info_frame,
    count_frames,
    frame_bytes,
    frames_for_samples,
)
from voiceguide.encode.span_encoder import lame_arguments
from voiceguide.errors import ExportError
from voiceguide.system.ffmpeg import find_ffmpeg, run_ffmpeg

LENGTHS = [1, 575, 576, 577, 1151, 1152, 1153, 96_000, 100_001]


def encoded(samples: int, bit_rate: int, channels: int) -> bytes:
    """Return encoded noise."""
    noise = np.random.default_rng(samples).standard_normal((samples, channels)).astype("<f4") * 0.05
    return run_ffmpeg(lame_arguments(bit_rate, channels), action="encode", input_chunks=[noise.reshape(-1).data])


def decoded_samples(path: Path, channels: int) -> int:
    """Return the number of decoded samples. ffmpeg reads a file, because from a pipe it does not remove the padding."""
    command = [find_ffmpeg(), "-v", "error", "-i", str(path), "-f", "f32le", "pipe:1"]
    return len(subprocess.run(command, capture_output=True, check=True).stdout) // (4 * channels)


def info_by_mutagen(path: Path) -> Any:
    return MP3(path).info


@pytest.mark.parametrize("samples", LENGTHS)
def test_lame_writes_the_expected_number_of_frames(samples: int) -> None:
    data = encoded(samples, 128, 2)
    assert count_frames(data, 128, 2) == frames_for_samples(samples) == len(split_frames(data, 128))


@pytest.mark.parametrize("samples", LENGTHS)
def test_decoders_return_exactly_the_encoded_samples(samples: int, tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    for bit_rate, channels in [(128, 2), (64, 1)]:
        path.write_bytes(build_info_frame(samples, bit_rate, channels) + encoded(samples, bit_rate, channels))
        assert decoded_samples(path, channels) == samples


@pytest.mark.parametrize("leading_silence", [1, 384, 1151])
def test_decoders_skip_the_leading_silence(leading_silence: int, tmp_path: Path) -> None:
    """The field for it has twelve bits. LAME itself always writes 576."""
    samples, path = 48_000, tmp_path / "x.mp3"
    audio = np.zeros((leading_silence + samples, 1), "<f4")
    audio[leading_silence] = audio[-1] = 0.9
    data = run_ffmpeg(lame_arguments(128, 1), action="encode", input_chunks=[audio.reshape(-1).data])
    path.write_bytes(build_info_frame(samples, 128, 1, leading_silence) + data)
    data = run_ffmpeg(["-i", f"file:{path}", "-f", "f32le", "pipe:1"], action="decode")
    decoded = np.abs(np.frombuffer(data, "<f4"))
    assert len(decoded) == samples
    assert decoded[:1000].argmax() == 0
    assert decoded[-1000:].argmax() == 999
    assert info_by_mutagen(path).length == samples / 48_000


@pytest.mark.parametrize("bit_rate", BIT_RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_other_programs_read_every_bit_rate(bit_rate: int, channels: int, tmp_path: Path) -> None:
    samples = 100_001
    path = tmp_path / "x.mp3"
    path.write_bytes(build_info_frame(samples, bit_rate, channels) + encoded(samples, bit_rate, channels))
    assert decoded_samples(path, channels) == samples
    info = info_by_mutagen(path)
    assert info.length == pytest.approx(samples / 48_000, abs=1e-6)
    assert info.bitrate_mode == BitrateMode.CBR
    assert info.sample_rate == 48_000
    assert info.channels == channels
    assert info.encoder_info.startswith("LAME 3.100")


def test_the_info_frame_follows_the_specification() -> None:
    """Check each field for one second of stereo at 128 kb/s."""
    frame = build_info_frame(48_000, 128, 2)
    assert len(frame) == 384
    assert frame[:4] == bytes([0xFF, 0xFB, 0x94, 0x44])
    assert not any(frame[4:36])
    assert frame[36:40] == b"Info"
    assert int.from_bytes(frame[40:44], "big") == 0b1111
    assert int.from_bytes(frame[44:48], "big") == 43
    assert int.from_bytes(frame[48:52], "big") == 44 * 384
    assert list(frame[52:152]) == [percent * 256 // 100 for percent in range(100)]
    lame = frame[156:192]
    assert lame[:9] == b"LAME3.100"
    assert lame[20] == 128
    delay, padding = lame[21] << 4 | lame[22] >> 4, (lame[22] & 15) << 8 | lame[23]
    assert (delay, padding) == (576, 43 * 1152 - 48_000 - 576)
    assert int.from_bytes(lame[28:32], "big") == 44 * 384
    assert not any(frame[192:])


@pytest.mark.parametrize(
    ("damage", "at"),
    [
        (lambda data: data[:-1], 384),
        (lambda data: data[1:], 0),
        (lambda data: data[:386] + b"\x92" + data[387:], 384),
        (lambda data: data[:3] + b"\xc4" + data[4:], 0),
        (lambda data: b"ID3" + data, 0),
    ],
)
def test_data_other_than_complete_frames_is_rejected(damage, at: int) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ExportError) as caught:
        count_frames(damage(encoded(100, 128, 2)), 128, 2)
    assert str(caught.value) == (
        f"ffmpeg did not return a stereo MP3 frame at 128 kb/s and 48 kHz at byte {at}. "
        "Unset VOICEGUIDE_FFMPEG to use the ffmpeg that comes with voiceguide."
    )


def test_a_frame_of_each_bit_rate_is_a_whole_number_of_bytes() -> None:
    for bit_rate in BIT_RATES:
        assert frame_bytes(bit_rate) * 8 * 48_000 == bit_rate * 1000 * 1152


@pytest.mark.parametrize("bit_rate", [64, 128, 160, 192, 224, 256, 320])
def test_a_tone_keeps_its_level(bit_rate: int) -> None:
    """LAME silently attenuates its input by up to 5 %, which made sessions 0.45 dB too quiet."""
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(96_000) / 48_000)).astype("<f4")
    frames = run_ffmpeg(lame_arguments(bit_rate, 1), action="encode", input_chunks=[tone.data])
    decoded = np.frombuffer(
        run_ffmpeg(["-i", "pipe:0", "-f", "f32le", "pipe:1"], action="decode", input_chunks=[frames]), "<f4"
    )
    assert np.abs(decoded[20_000:80_000]).max() == pytest.approx(0.5, rel=0.01)
