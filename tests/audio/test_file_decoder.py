"""Decoding: every usual format and awkward name, exactly; every hostile file refused quickly, in one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import time
import tracemalloc
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydub import AudioSegment

from voiceguide.audio import file_decoder as decoding
from voiceguide.audio.beds import LOOP_LUFS
from voiceguide.audio.beds.from_file import load_bed_file
from voiceguide.audio.file_decoder import decode_audio_file, segment_to_samples
from voiceguide.audio.loudness import integrated_loudness, true_peak_db
from voiceguide.errors import AudioFileError
from voiceguide.units import SAMPLE_RATE

Samples = npt.NDArray[np.float32]


def ffmpeg(*arguments: str | Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-y", "-loglevel", "error", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def write_wav(path: Path, samples: Samples, rate: int = SAMPLE_RATE) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def music(seconds: float, seed: int = 1) -> Samples:
    """Two channels of noise that swells and sinks thrice a second, no two moments alike."""
    frames = round(seconds * SAMPLE_RATE)
    noise = np.random.default_rng(seed).standard_normal((frames, 2)).astype(np.float32)
    noise *= np.float32(0.05) * (1 + 0.5 * np.sin(np.arange(frames) * (6 * np.pi / SAMPLE_RATE)))[:, np.newaxis]
    return noise


def tone(seconds: float, channels: int = 2) -> Samples:
    wave_form = 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE)
    return np.asarray(np.repeat(wave_form[:, np.newaxis], channels, axis=1), dtype=np.float32)


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
def test_every_usual_format(suffix: str, options: list[str], original: Path, tmp_path: Path) -> None:
    path = tmp_path / f"sound.{suffix}"
    ffmpeg("-i", original, *options, path)
    segment = decode_audio_file(path, 10, channels=2)
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
        assert decode_audio_file(path, 10, channels=1).frame_count() == pytest.approx(2 * SAMPLE_RATE, abs=3000)


def test_name_that_is_no_text(original: Path, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/rain-\xff.wav"))
    path.write_bytes(original.read_bytes())
    assert decode_audio_file(path, 10, channels=1).frame_count() == 2 * SAMPLE_RATE


def test_a_false_suffix_does_not_matter(original: Path, tmp_path: Path) -> None:
    ffmpeg("-i", original, tmp_path / "real.m4a")
    (tmp_path / "real.m4a").rename(tmp_path / "false.mp3")
    assert decode_audio_file(tmp_path / "false.mp3", 10, channels=2).frame_count() > 1.9 * SAMPLE_RATE


def test_cover_art_is_no_sound(original: Path, tmp_path: Path) -> None:
    """A song's tag may be larger than all that is looked at to tell its format."""
    ffmpeg("-f", "lavfi", "-i", "nullsrc=s=400x400,geq=random(1)*255:128:128", "-frames:v", "1", tmp_path / "cover.png")
    assert (tmp_path / "cover.png").stat().st_size > 1 << 16
    ffmpeg(
        "-i", original, "-i", tmp_path / "cover.png", "-map", "0", "-map", "1", "-c:v", "copy", tmp_path / "song.mp3"
    )
    assert decode_audio_file(tmp_path / "song.mp3", 10, channels=2).frame_count() > 1.9 * SAMPLE_RATE


def test_samples_are_the_file_s_own(tmp_path: Path) -> None:
    signal = music(0.5)
    samples = segment_to_samples(decode_audio_file(write_wav(tmp_path / "a.wav", signal), 10, channels=2))
    np.testing.assert_allclose(samples, signal, atol=2 / 32767)


@pytest.mark.parametrize(("width", "kind"), [(1, "i1"), (2, "<i2"), (4, "<i4")])
def test_segments_of_any_width(width: int, kind: str) -> None:
    limits = np.iinfo(kind)
    values = np.array([limits.min, 0, limits.max], kind)
    segment = AudioSegment(data=values.tobytes(), sample_width=width, frame_rate=SAMPLE_RATE, channels=1)
    assert segment_to_samples(segment)[:, 0] == pytest.approx([-1, 0, 1], abs=2.0 ** (1 - 8 * width))


def test_segments_of_another_rate() -> None:
    values = (tone(1.0, channels=1)[::2] * 32767).astype("<i2")
    segment = AudioSegment(data=values.tobytes(), sample_width=2, frame_rate=24_000, channels=1)
    samples = segment_to_samples(segment)
    assert samples.shape == (SAMPLE_RATE, 1)
    np.testing.assert_allclose(samples[2000:-2000], tone(1.0, channels=1)[2000:-2000], atol=1e-3)


def test_no_more_than_asked_for(original: Path) -> None:
    assert decode_audio_file(original, 0.75, channels=2).frame_count() == 36_000


def refusal(path: Path) -> str:
    started = time.monotonic()
    with pytest.raises(AudioFileError) as refused:
        load_bed_file(path)
    assert time.monotonic() - started < 8
    return str(refused.value)


UNKNOWN = "is not a sound file of a known kind. Convert it to MP3, WAV, FLAC, OGG or M4A."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.mp3", b"#EXTM3U\n#EXTINF:5,\nfile:///etc/passwd\nhttp://127.0.0.1:9/x.mp3\n"),
        ("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
        ("concat.wav", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("picture.mp3", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
        ("session.sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n"),
        ("words.wav", b"Not a sound at all."),
        ("empty.wav", b""),
    ],
)
def test_what_is_no_sound_file(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path / name) == f'"{name}" {UNKNOWN}'


def test_a_list_with_a_frame_of_mp3_in_it_is_not_followed(original: Path, tmp_path: Path) -> None:
    """ffmpeg, left to guess, plays the file that the list names."""
    ffmpeg("-i", original, tmp_path / "private.mp3")
    path = tmp_path / "list.mp3"
    path.write_bytes(b"ffconcat version 1.0\nfile private.mp3\n# \xff\xfb\x90\x64\n")
    ffmpeg("-protocol_whitelist", "file", "-i", path, tmp_path / "followed.wav")
    assert (tmp_path / "followed.wav").stat().st_size > 100_000
    assert refusal(path).startswith('"list.mp3" cannot be decoded')


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_pipes_devices_and_folders(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "folder.mp3").mkdir()
    (tmp_path / "zero.mp3").symlink_to("/dev/zero")
    for name in ("pipe.mp3", "folder.mp3", "zero.mp3"):
        assert refusal(tmp_path / name) == f'"{name}" is not a file. Name a sound file, such as rain.mp3.'


def test_no_such_file(tmp_path: Path) -> None:
    told = '"none.mp3" cannot be opened: No such file or directory. Check its name and who may read it.'
    assert refusal(tmp_path / "none.mp3") == told


def test_over_500_mb(tmp_path: Path) -> None:
    with (tmp_path / "huge.wav").open("wb") as file:
        file.truncate(600 * 1024**2)
    told = '"huge.wav" has 600 MB, and 500 MB is the most. Convert it to MP3, or cut it.'
    assert refusal(tmp_path / "huge.wav") == told


def test_a_wav_that_claims_4_gb_is_taken_as_it_is(tmp_path: Path) -> None:
    """Recorders that write into a pipe leave such claims behind."""
    path = write_wav(tmp_path / "claims.wav", tone(2.0))
    raw = bytearray(path.read_bytes())
    raw[40:44] = (0xF0000000).to_bytes(4, "little")
    path.write_bytes(raw)
    assert decode_audio_file(path, 10, channels=2).frame_count() == 2 * SAMPLE_RATE


@pytest.mark.parametrize("suffix", ["wav", "flac", "aiff"])
def test_a_file_cut_short(suffix: str, tmp_path: Path) -> None:
    """pydub alone takes the half for the whole."""
    path = tmp_path / f"half.{suffix}"
    ffmpeg("-i", write_wav(tmp_path / "whole.wav", music(6.0)), path)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)
    told = refusal(path)
    advice = "Copy it again, or save it anew in an audio editor."
    assert re.fullmatch(rf'"half.{suffix}" is cut short: (2\.\d+|3)s of 0:06 are there. {advice}', told)


def test_a_wav_written_into_a_pipe_has_no_length_and_is_taken_as_it_is(original: Path, tmp_path: Path) -> None:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(original), "-f", "wav", "pipe:1"]
    path = tmp_path / "piped.wav"
    path.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    assert decode_audio_file(path, 10, channels=2).frame_count() == 2 * SAMPLE_RATE


def test_a_film_without_sound(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "testsrc=d=1:s=32x32:r=5", tmp_path / "film.mp4")
    told = "\"film.mp4\" cannot be decoded (Stream map '' matches no streams). "
    assert refusal(tmp_path / "film.mp4") == told + "Open it in an audio editor and save it as MP3 or WAV."


def test_hours_of_nothing_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "hours.flac"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "7200", "-compression_level", "0", path)
    tracemalloc.start()
    try:
        told = refusal(path)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told == '"hours.flac" is silent. Choose another file, or write none for no bed.'
    assert peak_bytes < 300e6


def test_too_short_for_a_bed(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "blip.wav", tone(0.4))
    told = '"blip.wav" lasts 0.4s, too short for a bed. Choose a sound of some seconds or more.'
    assert refusal(path) == told


def test_given_up_when_it_takes_too_long(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "LONGEST_WAIT_S", 0.0)
    monkeypatch.setattr(decoding, "_command", lambda *_: ["sleep", "30"])
    told = '"tone.wav" was given up after 0s of decoding. Convert it to MP3 or WAV, or cut it.'
    assert refusal(original) == told


@settings(max_examples=25, deadline=None)
@given(
    content=st.binary(max_size=600),
    start=st.sampled_from([b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS", b"ID3", b"\0\0\0\x18ftyp"]),
)
def test_any_bytes_are_a_bed_or_our_error(
    content: bytes, start: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.mp3"
    path.write_bytes(start + content)
    with pytest.raises(AudioFileError):
        load_bed_file(path)


@pytest.mark.parametrize("seconds", [1.0, 7.3, 30.0])
def test_own_bed_loops_in_whole_frames_at_the_level_of_the_others(seconds: float, tmp_path: Path) -> None:
    loop = load_bed_file(write_wav(tmp_path / "music.wav", music(seconds)))
    fade = min(4.0, seconds / 4)
    assert loop.dtype == np.float32
    assert len(loop) % 1152 == 0
    assert len(loop) / SAMPLE_RATE == pytest.approx(seconds - fade, abs=0.025)
    assert integrated_loudness(loop) == pytest.approx(LOOP_LUFS, abs=0.05)
    assert true_peak_db(loop) < 0


def test_own_bed_has_no_seam_and_keeps_its_power_through_the_crossfade(tmp_path: Path) -> None:
    source = music(20.0)
    loop = load_bed_file(write_wav(tmp_path / "music.wav", source))
    gain = loop[300_000, 0] / source[300_000, 0]
    np.testing.assert_allclose(loop[-1000:], source[len(loop) - 1000 : len(loop)] * gain, atol=2e-4)
    np.testing.assert_allclose(loop[:8], source[len(loop) : len(loop) + 8] * gain, atol=2e-3)
    levels = np.sqrt((loop[: 4 * SAMPLE_RATE] ** 2).reshape(4, -1).mean(axis=1))
    assert levels.max() / levels.min() < 1.05


def test_own_bed_that_is_all_peaks_stays_below_full_scale(tmp_path: Path) -> None:
    clicks = np.zeros((6 * SAMPLE_RATE, 2), np.float32)
    clicks[::4800] = 0.9
    loop = load_bed_file(write_wav(tmp_path / "clicks.wav", clicks))
    assert np.abs(loop).max() <= 10 ** (-1 / 20) + 1e-6


def test_own_bed_hardly_there_is_lifted_thirty_decibels_and_no_more(tmp_path: Path) -> None:
    faint = tone(6.0) * np.float32(0.002)
    loop = load_bed_file(write_wav(tmp_path / "faint.wav", faint))
    assert np.abs(loop[300_000 // 2 :]).max() == pytest.approx(0.001 * 10 ** (30 / 20), rel=0.05)
