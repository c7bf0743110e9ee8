"""The child process: what it answers, how it fails, and that nothing of it stays behind."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from voiceguide.audio.beds.from_file import load_bed_file
from voiceguide.audio.recording import load_recording
from voiceguide.errors import ExportError
from voiceguide.player.session_file import FileAudio
from voiceguide.speech.engines.command.output_file import read_output_file
from voiceguide.system.ffmpeg import FfmpegProcess, ffmpeg_version, find_ffmpeg, run_ffmpeg

TO_RAW = ["-f", "s16le", "-ar", "48000", "-ac", "1", "-i", "pipe:0", "-f", "s16le", "pipe:1"]


def program(folder: Path, script: str) -> str:
    """A stand-in for ffmpeg that runs a shell script."""
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_what_goes_in_comes_out_however_large() -> None:
    data = os.urandom(3_000_000)
    assert run_ffmpeg(TO_RAW, action="copy sound", input_chunks=[data[:1000], data[1000:]]) == data


def test_what_comes_out_may_be_taken_while_more_goes_in() -> None:
    data = os.urandom(1_000_000)
    taken = bytearray()
    with FfmpegProcess(TO_RAW, action="copy sound") as child:
        for at in range(0, len(data), 100_000):
            child.write(data[at : at + 100_000])
            while part := child.read_available(30_000):
                assert len(part) == 30_000
                taken += part
        rest = child.read_rest()
    assert len(taken) > 100_000
    assert taken + rest == data


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells batches apart")
def test_it_runs_as_work_that_nobody_waits_for_at_every_step() -> None:
    """Without it, encoding on two cores takes a tenth longer, and decoding a quarter."""
    with FfmpegProcess(TO_RAW, action="copy sound") as child:
        assert os.sched_getscheduler(child._process.pid) == os.SCHED_BATCH


def test_the_version_names_the_program_and_its_libraries() -> None:
    lines = ffmpeg_version().splitlines()
    assert lines[0].startswith("ffmpeg version ")
    assert any(line.startswith("libavcodec") for line in lines)


def test_the_environment_may_name_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path, "echo ffmpeg version mine")
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", path)
    assert find_ffmpeg() == path
    assert ffmpeg_version() == "ffmpeg version mine"


def test_a_program_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(ExportError) as caught:
        run_ffmpeg(TO_RAW, action="copy sound")
    assert str(caught.value) == (
        "ffmpeg could not be started: /nowhere/ffmpeg: No such file or directory. "
        "Reinstall voiceguide, or set VOICEGUIDE_FFMPEG to the path of a working one."
    )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "cat >/dev/null; echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 228",
            "ffmpeg could not make an MP3: the disk is full. Free some space and try again.",
        ),
        (
            "echo first >&2; echo '[aac @ 0x55d74b4b1180] Unknown encoder.' >&2; exit 1",
            "ffmpeg could not make an MP3: Unknown encoder.",
        ),
        ("exit 3", "ffmpeg could not make an MP3: it ended with status 3."),
        ("kill -SEGV $$", "ffmpeg could not make an MP3: it ended with status -11."),
        (
            "sleep 60",
            "ffmpeg could not make an MP3: it hung for 0.2 seconds and was ended. Try again.",
        ),
    ],
)
def test_each_failure_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", program(tmp_path, script))
    began = time.monotonic()
    with pytest.raises(ExportError) as caught:
        run_ffmpeg([], action="make an MP3", input_chunks=[bytes(1 << 20)], stall_s=0.2)
    assert str(caught.value) == message
    assert time.monotonic() - began < 3


def test_progress_restarts_the_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", program(tmp_path, "for i in 1 2 3 4 5 6; do sleep 0.15; echo $i; done"))
    assert run_ffmpeg([], action="count", stall_s=0.5) == b"1\n2\n3\n4\n5\n6\n"


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "pid"
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", program(tmp_path, f"sleep 60 & echo $! > {marker}; wait"))

    def interrupted() -> None:
        with FfmpegProcess([], action="wait"):
            while not marker.exists() or not marker.read_text().strip():
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    grandchild = int(marker.read_text())
    deadline = time.monotonic() + 2
    while Path(f"/proc/{grandchild}/cmdline").exists() and Path(f"/proc/{grandchild}/cmdline").read_bytes():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("what", ["a bed", "a recording", "a file that a program wrote", "a finished session"])
def test_decoding_uses_the_same_ffmpeg_as_encoding(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only encoding honoured VOICEGUIDE_FFMPEG: with a bundled ffmpeg that does not run, `doctor` was content, a build
    encoded, and beds, recordings and the engine `command` failed."""
    file = tmp_path / "tone.wav"
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=2", "-y", f"file:{file}"], action="make a tone")
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", "/nowhere/ffmpeg")
    decode = {
        "a bed": lambda: load_bed_file(file),
        "a recording": lambda: load_recording(file),
        "a file that a program wrote": lambda: read_output_file(file),
        "a finished session": lambda: FileAudio(file, 1).render(0, 1),
    }[what]
    with pytest.raises(ExportError, match="ffmpeg could not be started: /nowhere/ffmpeg: No such file or directory"):
        decode()
