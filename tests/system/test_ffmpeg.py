"""The ffmpeg process: its output, its failures, and that nothing is left running."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.environment import child_environment
from tests.support.processes import is_running
from tests.support.timing import HANG_S, wait_for
from voiceguide.audio.beds.from_file import load_bed_file
from voiceguide.audio.recording import load_recording
from voiceguide.errors import ExportError
from voiceguide.player.session_file import FileAudio
from voiceguide.speech.engines.command.output_file import read_output_file
from voiceguide.system.ffmpeg import FfmpegProcess, ffmpeg_version, find_ffmpeg, run_ffmpeg

TO_RAW = ["-f", "s16le", "-ar", "48000", "-ac", "1", "-i", "pipe:0", "-f", "s16le", "pipe:1"]


def program(folder: Path, script: str) -> str:
    """Create a fake ffmpeg that runs a shell script."""
    path = folder / "ffmpeg"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_large_input_passes_through_unchanged() -> None:
    data = os.urandom(3_000_000)
    assert run_ffmpeg(TO_RAW, action="copy audio", input_chunks=[data[:1000], data[1000:]]) == data


def test_output_can_be_read_while_input_is_written() -> None:
    data = os.urandom(1_000_000)
    output = bytearray()
    with FfmpegProcess(TO_RAW, action="copy audio") as child:
        for start in range(0, len(data), 100_000):
            child.write(data[start : start + 100_000])
            while chunk := child.read_available(30_000):
                assert len(chunk) == 30_000
                output += chunk
        rest = child.read_rest()
    assert len(output) > 100_000
    assert output + rest == data


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has SCHED_BATCH")
def test_it_is_scheduled_as_a_batch_job() -> None:
    """With the default policy, encoding on two cores takes a tenth longer and decoding a quarter longer."""
    with FfmpegProcess(TO_RAW, action="copy audio") as child:
        assert os.sched_getscheduler(child._process.pid) == os.SCHED_BATCH


def test_the_version_names_the_program_and_its_libraries() -> None:
    lines = ffmpeg_version().splitlines()
    assert lines[0].startswith("ffmpeg version ")
    assert any(line.startswith("libavcodec") for line in lines)


def test_the_environment_can_name_another_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path, "echo ffmpeg version mine")
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", path)
    assert find_ffmpeg() == path
    assert ffmpeg_version() == "ffmpeg version mine"


def test_a_missing_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", "/nowhere/ffmpeg")
    with pytest.raises(ExportError) as caught:
        run_ffmpeg(TO_RAW, action="copy audio")
    assert str(caught.value) == (
        "ffmpeg could not be started: /nowhere/ffmpeg: No such file or directory. "
        "Reinstall voiceguide, or set VOICEGUIDE_FFMPEG to the path of a working one."
    )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "cat >/dev/null; echo 'av_interleaved_write_frame(): No space left on device' >&2; exit 228",
            "ffmpeg could not create an MP3: the disk is full. Free some space and try again.",
        ),
        (
            "echo '[aist#0:0/flac @ 0x1] pthread_create() failed: Resource temporarily unavailable' >&2; exit 245",
            "ffmpeg could not create an MP3. The operating system refused to start another process or thread. Close "
            "other programs, or raise the limits (ulimit -u and ulimit -v), and try again.",
        ),
        (
            "echo 'Error: Cannot allocate memory' >&2; echo Conversion failed! >&2; exit 244",
            "ffmpeg could not create an MP3. There is not enough memory. Close other programs, or raise the limit "
            "(ulimit -v), and try again.",
        ),
        (
            "echo first >&2; echo '[aac @ 0x55d74b4b1180] Unknown encoder.' >&2; exit 1",
            "ffmpeg could not create an MP3: Unknown encoder. Unset VOICEGUIDE_FFMPEG.",
        ),
        ("exit 3", "ffmpeg could not create an MP3: it exited with status 3. Unset VOICEGUIDE_FFMPEG."),
        ("kill -SEGV $$", "ffmpeg could not create an MP3: it exited with status -11. Unset VOICEGUIDE_FFMPEG."),
        (
            "kill -XFSZ $$",
            "ffmpeg could not create an MP3: the file is larger than this disk or account allows. Choose another "
            "folder.",
        ),
        (
            "sleep 60",
            "ffmpeg could not create an MP3: it hung for 0.2 seconds and was stopped. Try again.",
        ),
    ],
)
def test_each_failure_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, message: str
) -> None:
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", program(tmp_path, script))
    with pytest.raises(ExportError) as caught:
        run_ffmpeg([], action="create an MP3", input_chunks=[bytes(1 << 20)], stall_s=0.2)
    assert str(caught.value) == message


@pytest.mark.skipif(sys.platform != "linux", reason="the limits of Linux")
def test_a_crash_under_a_limit_on_memory_is_a_shortage(tmp_path: Path) -> None:
    """With 150 MB, ffmpeg ended with SIGSEGV, and `verify` named the status instead of the limit."""
    code = "from voiceguide.system.ffmpeg import run_ffmpeg; run_ffmpeg([], action='decode the session')"
    child = subprocess.run(
        ["bash", "-c", 'ulimit -v 1000000 && exec "$@"', "bash", sys.executable, "-c", code],
        env=child_environment(VOICEGUIDE_FFMPEG=program(tmp_path, "kill -SEGV $$")),
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert child.stderr.endswith(
        "ExportError: ffmpeg could not decode the session. There is not enough memory. Close other programs, or raise "
        "the limit (ulimit -v), and try again.\n"
    )


def test_progress_restarts_the_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", program(tmp_path, "for i in 1 2 3 4 5 6; do sleep 0.15; echo $i; done"))
    assert run_ffmpeg([], action="count", stall_s=0.5) == b"1\n2\n3\n4\n5\n6\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot hold signals back")
def test_an_interrupt_during_the_start_leaves_no_process_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing could kill ffmpeg yet, so it created its file after the cleanup had removed that."""
    started: list[subprocess.Popen[bytes]] = []
    start = FfmpegProcess._start

    def start_interrupted(process: FfmpegProcess, path: str, arguments: list[str]) -> None:
        start(process, path, arguments)
        started.append(process._process)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(FfmpegProcess, "_start", start_interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            FfmpegProcess(["-f", "s16le", "-i", "-", str(tmp_path / "x.flac")], action="write")
    finally:
        signal.signal(signal.SIGINT, before)
    assert started[0].returncode == -signal.SIGKILL


def test_an_interrupt_leaves_no_process_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "pid"
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", program(tmp_path, f"sleep 60 & echo $! > {marker}; wait"))

    def interrupt() -> None:
        with FfmpegProcess([], action="wait"):
            while not marker.exists() or not marker.read_text().strip():
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    grandchild = int(marker.read_text())
    wait_for(lambda: not is_running(grandchild), "the grandchild is still running")


@pytest.mark.parametrize("kind", ["bed", "recording", "output of another program", "finished session"])
def test_decoding_uses_the_same_ffmpeg_as_encoding(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VOICEGUIDE_FFMPEG used to affect only encoding. If the bundled ffmpeg did not run, `doctor` found no problem and
    builds were encoded, but beds, recordings and the engine `command` failed."""
    file = tmp_path / "tone.wav"
    run_ffmpeg(["-f", "lavfi", "-i", "sine=d=2", "-y", f"file:{file}"], action="create a tone")
    monkeypatch.setenv("VOICEGUIDE_FFMPEG", "/nowhere/ffmpeg")
    decode = {
        "bed": lambda: load_bed_file(file),
        "recording": lambda: load_recording(file),
        "output of another program": lambda: read_output_file(file),
        "finished session": lambda: FileAudio(file, 1).render(0, 1),
    }[kind]
    with pytest.raises(ExportError, match="ffmpeg could not be started: /nowhere/ffmpeg: No such file or directory"):
        decode()
