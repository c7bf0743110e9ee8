"""The finished MP3: exact length, reproducible bytes, cheap changes and clean failure."""

from __future__ import annotations

import functools
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mutagen.mp3 import MP3

from tests.support.mixes import FRAME, SECOND, Burst, MadeMix, Samples, pink, speechlike
from tests.support.programs import program
from tests.support.timing import HANG_S, wait_for
from voiceguide.encode.mp3_frame_format import frames_for_samples
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.encode.smart_render import EncodeSpan
from voiceguide.encode.span_encoder import SpanEncoder
from voiceguide.errors import ExportError
from voiceguide.metadata.tags import Tags
from voiceguide.system.disk_cache import DiskCache
from voiceguide.system.ffmpeg import FfmpegProcess, run_ffmpeg


@functools.cache
def loop() -> Samples:
    return pink(500 * FRAME, 2, 1, 0.03)


def session(seconds: float = 40, shift: int = 0) -> MadeMix:
    """Return three lines over a bed, the last delayed by `shift` samples."""
    starts = [4 * SECOND, 15 * SECOND, 30 * SECOND + shift]
    bursts = [Burst(start, speechlike(2 * SECOND, 2, number)) for number, start in enumerate(starts)]
    return MadeMix(round(seconds * SECOND), [(0, "bed", loop())], bursts)


def decoded(path: Path, channels: int = 2) -> Samples:
    data = run_ffmpeg(["-i", str(path), "-f", "f32le", "pipe:1"], action="decode")
    return np.frombuffer(data, np.float32).reshape(-1, channels)


def write(path: Path, mix: MadeMix, **options: Any) -> bytes:
    write_mp3(mix, path, tags=Tags("Session"), **options)
    return path.read_bytes()


class CountingCache:
    """A cache in memory that counts the bytes of new entries."""

    def __init__(self) -> None:
        self.entries: dict[str, bytes] = {}
        self.new = 0

    def get(self, key: str) -> bytes | None:
        return self.entries.get(key)

    def has(self, key: str) -> bool:
        return key in self.entries

    def put(self, key: str, data: bytes) -> None:
        self.entries[key] = data
        self.new += len(data)


@pytest.mark.parametrize("samples", [1, 1151, 1152, 1153, 2 * SECOND, 123_457])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_length_is_exact_to_the_sample(samples: int, channels: int, tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    write(path, MadeMix(samples, [(0, "silence", None)], [], channels))
    assert len(decoded(path, channels)) == samples
    info: Any = MP3(path).info
    assert info.length == pytest.approx(samples / SECOND, abs=1e-6)


def test_the_decoded_audio_is_the_mix_without_a_shift(tmp_path: Path) -> None:
    mix = session()
    write(tmp_path / "x.mp3", mix)
    audio, source = decoded(tmp_path / "x.mp3"), mix.render(0, mix.total)
    for burst in mix.bursts:
        correlation = {
            lag: np.corrcoef(audio[burst.start + lag : burst.stop + lag, 0], source[burst.start : burst.stop, 0])[0, 1]
            for lag in range(-3, 4)
        }
        assert max(correlation, key=lambda lag: correlation[lag]) == 0
        assert correlation[0] > 0.9
    noise = audio - source
    assert 10 * np.log10((source**2).mean() / (noise**2).mean()) > 9


def test_the_bytes_do_not_depend_on_jobs_or_cache(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache")
    first = write(tmp_path / "a.mp3", session(), jobs=1)
    assert write(tmp_path / "b.mp3", session(), jobs=4) == first
    assert write(tmp_path / "c.mp3", session(), cache=cache) == first
    assert write(tmp_path / "d.mp3", session(), cache=cache) == first


def test_a_change_encodes_only_the_affected_frames(tmp_path: Path) -> None:
    cache = CountingCache()
    write(tmp_path / "a.mp3", session(), cache=cache)
    whole = cache.new
    cache.new = 0
    write(tmp_path / "b.mp3", session(), cache=cache)
    assert cache.new == 0
    changed = write(tmp_path / "c.mp3", session(shift=700), cache=cache)
    assert 0 < cache.new < whole / 3
    assert changed == write(tmp_path / "d.mp3", session(shift=700))


def test_bit_rates_and_channels_do_not_share_frames(tmp_path: Path) -> None:
    cache = CountingCache()
    write(tmp_path / "a.mp3", session(), cache=cache, bit_rate=128)
    changed = write(tmp_path / "b.mp3", session(), cache=cache, bit_rate=192)
    assert changed == write(tmp_path / "c.mp3", session(), bit_rate=192)


def test_cached_frames_of_a_wrong_length_are_encoded_again(tmp_path: Path) -> None:
    cache = CountingCache()
    first = write(tmp_path / "a.mp3", session(), cache=cache)
    cache.entries = {key: data[:-1] for key, data in cache.entries.items()}
    assert write(tmp_path / "b.mp3", session(), cache=cache) == first


def test_progress_rises_to_the_total(tmp_path: Path) -> None:
    reported: list[int] = []
    write(tmp_path / "a.mp3", session(), progress=reported.append)
    assert reported == sorted(reported)
    assert reported[-1] == session().total


def test_mp3val_finds_no_problems(tmp_path: Path) -> None:
    write(tmp_path / "a.mp3", session(), cover=b"\xff\xd8\xff\xe0" + bytes(5000))
    report = subprocess.run(
        [program("mp3val"), str(tmp_path / "a.mp3")], capture_output=True, text=True, check=True
    ).stdout
    assert "WARNING" not in report
    assert f": {frames_for_samples(session().total) + 1} MPEG frames (MPEG 1 Layer III), +ID3v2, CBR" in report


def test_an_unsupported_bit_rate_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        write(tmp_path / "a.mp3", session(), bit_rate=100)
    assert str(caught.value) == (
        "MP3 does not support 100 kb/s. Choose one of 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256 or 320."
    )


def test_an_empty_session_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        write(tmp_path / "a.mp3", MadeMix(0, [(0, "silence", None)], []))
    assert (
        str(caught.value)
        == f"{tmp_path / 'a.mp3'} could not be written: the session is empty. Add a step to the script."
    )


def test_a_full_disk_is_reported() -> None:
    with pytest.raises(ExportError) as caught:
        write_mp3(session(), Path("/dev/full"), tags=Tags("x"))
    assert str(caught.value) == "/dev/full could not be written: the disk is full. Free some space and try again."


class Interrupted(MadeMix):
    """A mix that is interrupted by Ctrl-C while the last line is rendered."""

    def render(self, start: int, stop: int) -> Samples:
        if start > 20 * SECOND:
            raise KeyboardInterrupt
        return super().render(start, stop)

    def range_key(self, start: int, stop: int) -> str:
        return f"{start} {stop}"


def test_an_interrupt_kills_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def start_and_record(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start_and_record)
    original = session()
    mix = Interrupted(original.total, [(0, "bed", loop())], original.bursts)
    threads = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.mp3", mix)
    assert threading.active_count() == threads
    assert started
    assert all(process.poll() is not None for process in started)


class Blocked(MadeMix):
    """A mix that blocks after the first batch of spans until `released`."""

    released = threading.Event()

    def render(self, start: int, stop: int) -> Samples:
        if start > 4500 * FRAME:
            self.released.wait(HANG_S)
        return super().render(start, stop)

    def range_key(self, start: int, stop: int) -> str:
        return f"{start} {stop}"


def test_leaving_the_encoder_early_kills_its_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[FfmpegProcess] = []
    kill = FfmpegProcess.kill
    mix = Blocked(3600 * SECOND, [(0, "silence", None)], [])
    spans = [EncodeSpan(at, at + 1250) for at in range(0, 100_000, 1250)]
    threads = threading.active_count()

    def record_kill(process: FfmpegProcess) -> None:
        kill(process)
        if threading.current_thread() is threading.main_thread():
            killed.append(process)
            mix.released.set()

    monkeypatch.setattr(FfmpegProcess, "kill", record_kill)
    with SpanEncoder(mix, 128, None, 2) as encoder:
        next(encoder.encode(spans))
        wait_for(lambda: encoder._processes)
    assert killed
    assert all(process._process.returncode == -signal.SIGKILL for process in killed)
    assert not encoder._processes
    assert threading.active_count() == threads
