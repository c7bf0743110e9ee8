"""Decoding: all common formats and awkward names work, and hostile files fail quickly with one message."""

from __future__ import annotations

import os
import re
import subprocess
import tracemalloc
from pathlib import Path
from subprocess import PIPE, Popen

import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from pydub import AudioSegment

from voiceguide.audio import file_decoder
from voiceguide.audio.array_type import Samples
from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.from_file import load_bed_file
from voiceguide.audio.file_decoder import decode_blocks, decode_to_segment, segment_to_samples
from voiceguide.audio.loudness import integrated_loudness, true_peak_db
from voiceguide.errors import AudioFileError
from voiceguide.speech.preview import encode_wav
from voiceguide.system.time_limit import RunningTimer
from voiceguide.units import SAMPLE_RATE


def ffmpeg(*arguments: str | Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-loglevel", "error", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def write_wav(path: Path, samples: Samples, rate: int = SAMPLE_RATE) -> Path:
    path.write_bytes(encode_wav(samples, rate))
    return path


def music(seconds: float, seed: int = 1) -> Samples:
    """Return two channels of noise whose level rises and falls three times a second. No two moments are alike."""
    frames = round(seconds * SAMPLE_RATE)
    noise = np.random.default_rng(seed).standard_normal((frames, 2)).astype(np.float32)
    noise *= np.float32(0.05) * (1 + 0.5 * np.sin(np.arange(frames) * (6 * np.pi / SAMPLE_RATE)))[:, np.newaxis]
    return noise


def tone(seconds: float, channels: int = 2) -> Samples:
    sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)
    return np.asarray(np.repeat(sine[:, np.newaxis], channels, axis=1), dtype=np.float32)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("original") / "tone.wav", tone(2.0))


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("wav", []),
        ("wav", ["-c:a", "pcm_f32le", "-ar", "44100"]),
        ("mp3", []),
        ("mp3", ["-write_xing", "0", "-id3v2_version", "0"]),
        ("flac", []),
        ("ogg", ["-c:a", "libvorbis"]),
        ("opus", ["-c:a", "libopus"]),
        ("m4a", []),
        ("aac", []),
        ("aiff", []),
        ("mka", ["-c:a", "flac"]),
        ("wma", []),
        ("caf", []),
    ],
)
def test_every_common_format(suffix: str, options: list[str], original: Path, tmp_path: Path) -> None:
    path = tmp_path / f"audio.{suffix}"
    ffmpeg("-i", original, *options, path)
    segment = decode_to_segment(path, 10, channels=2)
    samples = segment_to_samples(segment)
    assert isinstance(segment, AudioSegment)
    assert (segment.frame_rate, segment.channels, segment.sample_width) == (SAMPLE_RATE, 2, 2)
    assert len(samples) == pytest.approx(2 * SAMPLE_RATE, abs=0.06 * SAMPLE_RATE)
    middle = samples[SAMPLE_RATE // 2 : SAMPLE_RATE * 3 // 2, 0]
    assert np.argmax(np.abs(np.fft.rfft(middle))) == 440
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize(
    "name",
    [
        "12:30 rain.mp3",
        "-y.mp3",
        "bed: rain.mp3",
        "Regen & Wind (2).mp3",
        "%d.mp3",
        "雨.mp3",
        "file:x.mp3",
        "no suffix",
    ],
)
def test_awkward_names(name: str, original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ffmpeg("-i", original, tmp_path / "plain.mp3")
    (tmp_path / "plain.mp3").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for path in (Path(name), tmp_path / name):
        assert decode_to_segment(path, 10, channels=1).frame_count() == pytest.approx(2 * SAMPLE_RATE, abs=3000)


def test_a_name_that_is_not_valid_text(original: Path, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/rain-\xff.wav"))
    path.write_bytes(original.read_bytes())
    assert decode_to_segment(path, 10, channels=1).frame_count() == 2 * SAMPLE_RATE


def test_a_wrong_extension_does_not_matter(original: Path, tmp_path: Path) -> None:
    ffmpeg("-i", original, tmp_path / "real.m4a")
    (tmp_path / "real.m4a").rename(tmp_path / "wrong.mp3")
    assert decode_to_segment(tmp_path / "wrong.mp3", 10, channels=2).frame_count() > 1.9 * SAMPLE_RATE


def test_cover_art_is_not_decoded(original: Path, tmp_path: Path) -> None:
    """The tag of a song can be larger than the part of the file that is read to detect the format."""
    ffmpeg("-f", "lavfi", "-i", "nullsrc=s=400x400,geq=random(1)*255:128:128", "-frames:v", "1", tmp_path / "cover.png")
    assert (tmp_path / "cover.png").stat().st_size > 1 << 16
    ffmpeg(
        "-i", original, "-i", tmp_path / "cover.png", "-map", "0", "-map", "1", "-c:v", "copy", tmp_path / "song.mp3"
    )
    assert decode_to_segment(tmp_path / "song.mp3", 10, channels=2).frame_count() > 1.9 * SAMPLE_RATE


def test_samples_equal_those_in_the_file(tmp_path: Path) -> None:
    signal = music(0.5)
    samples = segment_to_samples(decode_to_segment(write_wav(tmp_path / "a.wav", signal), 10, channels=2))
    np.testing.assert_allclose(samples, signal, atol=2 / 32767)


@pytest.mark.parametrize(("width", "dtype"), [(1, "i1"), (2, "<i2"), (4, "<i4")])
def test_segments_of_any_width(width: int, dtype: str) -> None:
    limits = np.iinfo(dtype)
    values = np.array([limits.min, 0, limits.max], dtype)
    segment = AudioSegment(data=values.tobytes(), sample_width=width, frame_rate=SAMPLE_RATE, channels=1)
    assert segment_to_samples(segment)[:, 0] == pytest.approx([-1, 0, 1], abs=2.0 ** (1 - 8 * width))


def test_segments_of_another_rate() -> None:
    values = (tone(1.0, channels=1)[::2] * 32767).astype("<i2")
    segment = AudioSegment(data=values.tobytes(), sample_width=2, frame_rate=24_000, channels=1)
    samples = segment_to_samples(segment)
    assert samples.shape == (SAMPLE_RATE, 1)
    np.testing.assert_allclose(samples[2000:-2000], tone(1.0, channels=1)[2000:-2000], atol=1e-3)


def test_no_more_than_requested(original: Path) -> None:
    assert decode_to_segment(original, 0.75, channels=2).frame_count() == 36_000


def error_for(path: Path) -> str:
    with pytest.raises(AudioFileError) as caught:
        load_bed_file(path)
    return str(caught.value)


UNKNOWN = "is not an audio file in a supported format. Convert it to MP3, WAV, FLAC, OGG or M4A."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.mp3", b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\nhttp://127.0.0.1:9/x.mp3\n"),
        ("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        ("concat.wav", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("picture.mp3", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
        ("session.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n"),
        ("text.wav", b"Plain text."),
        ("empty.wav", b""),
    ],
)
def test_files_that_are_not_audio(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert error_for(tmp_path / name) == f'"{name}" {UNKNOWN}'


def test_a_playlist_that_contains_an_mp3_frame_is_not_followed(original: Path, tmp_path: Path) -> None:
    """If ffmpeg detects the format itself, it opens the file named in the playlist."""
    ffmpeg("-i", original, tmp_path / "private.mp3")
    path = tmp_path / "list.mp3"
    path.write_bytes(b"ffconcat version 1.0\nfile private.mp3\n# \xff\xfb\x90\x64\n")
    ffmpeg("-protocol_whitelist", "file", "-i", path, tmp_path / "followed.wav")
    assert (tmp_path / "followed.wav").stat().st_size > 100_000
    assert error_for(path).startswith('"list.mp3" cannot be decoded')


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes exist only on POSIX systems")
def test_pipes_devices_and_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "folder.mp3").mkdir()
    (tmp_path / "zero.mp3").symlink_to("/dev/zero")
    for name in ("pipe.mp3", "folder.mp3", "zero.mp3"):
        assert error_for(tmp_path / name) == f'"{name}" is not a regular file. Use an audio file such as rain.mp3.'


def test_no_such_file(tmp_path: Path) -> None:
    message = '"none.mp3" cannot be opened: No such file or directory. Check its name and permissions.'
    assert error_for(tmp_path / "none.mp3") == message


def test_over_500_mb(tmp_path: Path) -> None:
    with (tmp_path / "huge.wav").open("wb") as file:
        file.truncate(600 * 1024**2)
    message = '"huge.wav" is 600 MB. The limit is 500 MB. Convert it to MP3 or shorten it.'
    assert error_for(tmp_path / "huge.wav") == message


def test_a_wav_that_declares_4_gb_is_decoded_as_it_is(tmp_path: Path) -> None:
    """Programs that write a WAV to a pipe leave such sizes in the header."""
    path = write_wav(tmp_path / "declares.wav", tone(2.0))
    raw = bytearray(path.read_bytes())
    raw[40:44] = (0xF0000000).to_bytes(4, "little")
    path.write_bytes(raw)
    assert decode_to_segment(path, 10, channels=2).frame_count() == 2 * SAMPLE_RATE


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff"])
def test_a_truncated_file(suffix: str, tmp_path: Path) -> None:
    """pydub alone returns half of the audio without an error."""
    path = tmp_path / f"half.{suffix}"
    ffmpeg("-i", write_wav(tmp_path / "whole.wav", music(6.0)), path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    advice = "Copy it again, or save it again in an audio editor."
    expected = rf'"half.{suffix}" is incomplete: it contains only (2\.\d+|3)s of 0:06. {advice}'
    assert re.fullmatch(expected, error_for(path))


def test_a_wav_written_to_a_pipe_has_no_duration_and_is_decoded_as_it_is(original: Path, tmp_path: Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(original), "-f", "wav", "pipe:1"]
    path = tmp_path / "piped.wav"
    path.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert decode_to_segment(path, 10, channels=2).frame_count() == 2 * SAMPLE_RATE


def test_a_video_without_audio(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=1:s=32x32:r=5", tmp_path / "video.mp4")
    reason = "\"video.mp4\" cannot be decoded (Stream map '' matches no streams)."
    assert error_for(tmp_path / "video.mp4") == f"{reason} Open it in an audio editor and save it as MP3 or WAV."


def test_long_silence_needs_little_memory(tmp_path: Path) -> None:
    """All of it, decoded, would be 690 MB."""
    path = tmp_path / "long.flac"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "1800", "-compression_level", "0", path)
    tracemalloc.start()
    try:
        message = error_for(path)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert message == '"long.flac" is silent. Use another file, or set the bed to none.'
    assert peak_bytes < 300e6


def test_too_short_for_a_bed(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "blip.wav", tone(0.4))
    message = '"blip.wav" is 0.4s long, which is too short for a bed. Use a file that lasts at least a few seconds.'
    assert error_for(path) == message


def test_decoding_that_takes_too_long_is_stopped(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_decoder, "DECODE_TIMEOUT_S", 0.0)
    monkeypatch.setattr(file_decoder, "start_decoder", lambda _: Popen(["sleep", "30"], stdout=PIPE, stderr=PIPE))
    message = 'Decoding "tone.wav" took longer than 0s. Convert it to MP3 or WAV, or shorten it.'
    assert error_for(original) == message


@settings(max_examples=25, deadline=None)
@given(
    content=st.binary(max_size=600),
    start=st.sampled_from([b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS", b"ID3", b"\0\0\0\x18ftyp"]),
)
def test_random_bytes_raise_our_error(content: bytes, start: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "any.mp3"
    path.write_bytes(start + content)
    with pytest.raises(AudioFileError):
        load_bed_file(path)


@pytest.mark.parametrize("seconds", [1.0, 7.3, 30.0])
def test_a_bed_from_a_file_loops_in_whole_frames_at_the_level_of_the_others(seconds: float, tmp_path: Path) -> None:
    loop = load_bed_file(write_wav(tmp_path / "music.wav", music(seconds)))
    fade = min(4.0, seconds / 4)
    assert loop.dtype == np.float32
    assert len(loop) % 1152 == 0
    assert len(loop) / SAMPLE_RATE == pytest.approx(seconds - fade, abs=0.025)
    assert integrated_loudness(loop) == pytest.approx(LOOP_LUFS, abs=0.05)
    assert true_peak_db(loop) < 0


def test_a_bed_from_a_file_has_no_seam_and_a_crossfade_of_constant_power(tmp_path: Path) -> None:
    source = music(20.0)
    loop = load_bed_file(write_wav(tmp_path / "music.wav", source))
    gain = loop[300_000, 0] / source[300_000, 0]
    np.testing.assert_allclose(loop[-1000:], source[len(loop) - 1000 : len(loop)] * gain, atol=2e-4)
    np.testing.assert_allclose(loop[:8], source[len(loop) : len(loop) + 8] * gain, atol=2e-3)
    levels = np.sqrt((loop[: 4 * SAMPLE_RATE] ** 2).reshape(4, -1).mean(axis=1))
    assert levels.max() / levels.min() < 1.05


def test_a_bed_of_nothing_but_peaks_stays_below_full_scale(tmp_path: Path) -> None:
    clicks = np.zeros((6 * SAMPLE_RATE, 2), np.float32)
    clicks[::4800] = 0.9
    loop = load_bed_file(write_wav(tmp_path / "clicks.wav", clicks))
    assert np.abs(loop).max() <= 10 ** (-1 / 20) + 1e-6


def test_a_very_soft_bed_is_boosted_by_thirty_decibels_at_most(tmp_path: Path) -> None:
    faint = tone(6.0) * np.float32(0.002)
    loop = load_bed_file(write_wav(tmp_path / "faint.wav", faint))
    assert np.abs(loop[300_000 // 2 :]).max() == pytest.approx(0.001 * 10 ** (30 / 20), rel=0.05)


def test_the_time_limit_of_blocks_counts_only_the_decoder(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing the parts of a long recording between the blocks used up the limit, and ffmpeg was killed."""
    timers = []

    class Timer(RunningTimer):
        def start(self) -> None:
            timers.append(self)
            super().start()

    monkeypatch.setattr(file_decoder, "RunningTimer", Timer)
    blocks = decode_blocks(original, 10, SAMPLE_RATE)
    assert [(len(block), timers[0].is_paused) for block in blocks] == [(SAMPLE_RATE, True)] * 2
    assert not timers[0].is_paused


def test_a_truncated_file_is_noticed_after_its_last_block(original: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(original.read_bytes()[:200_000])
    with pytest.raises(AudioFileError, match=r'"cut\.wav" is incomplete: it contains only 1\.04\d*s of 0:02\.'):
        list(decode_blocks(cut, 10, SAMPLE_RATE))


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg"])
def test_a_title_that_reads_like_a_shortage_is_only_a_title(suffix: str, original: Path, tmp_path: Path) -> None:
    path = tmp_path / f"song.{suffix}"
    title = "Too many open files\nResource temporarily unavailable"
    ffmpeg("-i", original, "-metadata", f"title={title}", "-metadata", f"comment={title}", path)
    assert len(decode_to_segment(path, 10, channels=2)) == pytest.approx(2000, abs=60)
