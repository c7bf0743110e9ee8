"""Files named by an untrusted script: which paths are allowed, which formats, and how much is read."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.conftest import Run
from tests.support.long_forms import few
from tests.support.timing import HANG_S
from voiceguide.errors import AudioFileError
from voiceguide.script.asset_paths import resolve_asset_path

SCRIPT = """\
voiceguide: 1
title: Stranger
voice: tone/tone
bed: {bed}
stages:
  - stage: A
    steps: [{{say: Hi there., for: 3s}}]
"""
MAX_MEMORY_MB = 450
SILENCE_H = 10 if os.environ.get("VOICEGUIDE_FAULTS") == "all" else 1


def make_tone(path: Path, seconds: float = 2) -> Path:
    """Write a quiet tone in the format of the file extension."""
    source = ["-f", "lavfi", "-i", f"sine=440:duration={seconds}"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *source, path]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


@pytest.fixture
def script_folder(tmp_path: Path) -> Path:
    """Create the folder of a script, and files around it that the script must not read."""
    home = tmp_path / "home"
    (home / "below").mkdir(parents=True)
    (tmp_path / "home-too").mkdir()
    for name in ("home/rain.mp3", "home/below/rain.mp3", "outside.mp3", "home-too/rain.mp3", "home/12:30 rain.mp3"):
        (tmp_path / name).write_bytes(b"x")
    for name, link_target in {
        "link.mp3": "../outside.mp3",
        "folder": "../home-too",
        "absolute.mp3": "/etc/hostname",
        "chain.mp3": "link.mp3",
        "loop.mp3": "loop.mp3",
        "good.mp3": "below/rain.mp3",
    }.items():
        (home / name).symlink_to(link_target)
    os.mkfifo(home / "pipe.mp3")
    return home


ALLOWED = ["rain.mp3", "./rain.mp3", "below/rain.mp3", "below/../rain.mp3", "good.mp3", "12:30 rain.mp3"]
OUTSIDE = [
    "../outside.mp3", "../home-too/rain.mp3", "below/../../outside.mp3", "link.mp3", "chain.mp3", "folder/rain.mp3",
    "absolute.mp3", "/etc/hostname", "//etc/hostname", "/dev/zero", "/proc/self/environ", "..", "/",
]  # fmt: skip
MISSING = [
    "http://127.0.0.1:9/rain.mp3", "https://example.com/rain.mp3", "file:///etc/hostname", "concat:rain.mp3|x.mp3",
    "data:audio/wav;base64,AAAA", "pipe:0", "C:\\Windows\\media\\tada.wav", "\\\\server\\share\\rain.mp3", "~/rain.mp3",
    "$HOME/rain.mp3", "`id`.mp3", "rain.mp3;id", "rain.mp3\n", "-i.mp3", "%00.mp3",
]  # fmt: skip
NOT_FILES = ["rain.mp3\0", "loop.mp3", "x" * 300 + ".mp3", "x/" * 3000 + "rain.mp3", "rain.mp3/x", "pipe.mp3", "below"]


@pytest.mark.parametrize("name", ALLOWED)
def test_paths_next_to_or_below_the_script(name: str, script_folder: Path) -> None:
    assert resolve_asset_path(script_folder, name).read_bytes() == b"x"


@pytest.mark.parametrize("name", OUTSIDE)
def test_paths_outside_the_folder_are_refused(name: str, script_folder: Path) -> None:
    with pytest.raises(AudioFileError) as caught:
        resolve_asset_path(script_folder, name)
    problem = f'"{name}" is outside the script folder. '
    assert str(caught.value) == problem + "Copy it into that folder, or allow access to its path."


@pytest.mark.parametrize("name", [*MISSING, *NOT_FILES])
def test_paths_that_are_not_files_are_refused(name: str, script_folder: Path) -> None:
    with pytest.raises(AudioFileError):
        resolve_asset_path(script_folder, name)


def test_allowed_folders_and_files_and_no_others(script_folder: Path) -> None:
    allowed = (script_folder.parent / "home-too",)
    assert resolve_asset_path(script_folder, "../home-too/rain.mp3", allowed).read_bytes() == b"x"
    assert resolve_asset_path(script_folder, "folder/rain.mp3", allowed).read_bytes() == b"x"
    assert resolve_asset_path(script_folder, "link.mp3", (script_folder.parent / "outside.mp3",)).read_bytes() == b"x"
    for name in ("../outside.mp3", "absolute.mp3"):
        with pytest.raises(AudioFileError, match="is outside"):
            resolve_asset_path(script_folder, name, allowed)


def test_allow_path_on_the_command_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    make_tone(tmp_path / "music.mp3")
    (tmp_path / "scripts" / "s.yaml").write_text(SCRIPT.format(bed="../music.mp3"), encoding="utf-8")
    refused = run("build", "scripts/s.yaml", "-o", "s.mp3", status=1)
    assert refused.stderr == (
        'scripts/s.yaml:4:6: bed: "../music.mp3" is outside the script folder. '
        "Copy it into that folder, or allow access to its path.\n"
    )
    run("plan", "scripts/s.yaml", "--allow-path", ".")
    run("check", "scripts/s.yaml", "--allow-path", ".")
    run("build", "scripts/s.yaml", "-o", "s.mp3", "--allow-path", "music.mp3", "-q")
    missing = run("plan", "scripts/s.yaml", "--allow-path", "nowhere", status=1)
    assert missing.stderr == "--allow-path nowhere: no such folder or file. Check its name.\n"


def make_hours_of_silence(path: Path) -> None:
    """Write the same five seconds again and again, which is quicker than encoding hours."""
    source = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "5"]
    options = ["-b:a", "8k", "-reservoir", "0", "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3", "pipe:1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, *options]
    frames = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True).stdout
    path.write_bytes(frames * (SILENCE_H * 720))


def make_wav_claiming_4_gb(path: Path) -> None:
    make_tone(path.with_suffix(".wav"))
    raw = bytearray(path.with_suffix(".wav").read_bytes())
    raw[4:8] = (0xFFFFFFFF).to_bytes(4, "little")
    position = raw.index(b"data") + 4
    raw[position : position + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(raw)


def make_many_channels(path: Path) -> None:
    make_wav_claiming_4_gb(path)
    raw = bytearray(path.read_bytes())
    raw[22:24] = (65_535).to_bytes(2, "little")
    raw[24:28] = (0x7FFFFFFF).to_bytes(4, "little")
    path.write_bytes(raw)


def make_zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros", bytes(50_000_000))


def make_sparse_file(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"ID3")
        file.truncate(1 << 42)


def text(content: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_text(content.replace("PORT", str(PORT)), encoding="utf-8")

    return write


SERVER = socket.socket()
SERVER.bind(("127.0.0.1", 0))
SERVER.listen()
PORT = SERVER.getsockname()[1]

UNKNOWN_FORMAT = "is not an audio file in a supported format."
HostileFiles = list[tuple[Callable[[Path], None], str | None]]
"""How to make each file, and what is wrong with it."""
DECODED_FILES: HostileFiles = [(make_hours_of_silence, "is silent."), (make_many_channels, "cannot be decoded")]
REFUSED_FILES: HostileFiles = [
    (make_zip_bomb, UNKNOWN_FORMAT),
    (make_sparse_file, "The limit is 500 MB."),
    (lambda path: path.symlink_to("/dev/zero"), "is outside"),
    (os.mkfifo, "is not a file."),
]
REMOTE_FILES: HostileFiles = [
    (text('<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:PORT/x"/></svg>'), UNKNOWN_FORMAT),
    (text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:PORT/x.mp3\n"), UNKNOWN_FORMAT),
    (
        text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:PORT/x.ts\n#EXT-X-ENDLIST\n"),
        UNKNOWN_FORMAT,
    ),
    (text("ffconcat version 1.0\nfile http://127.0.0.1:PORT/x.mp3\n"), UNKNOWN_FORMAT),
    (text("ID3\nffconcat version 1.0\nfile /etc/hostname\n"), "cannot be decoded"),
    (text("v=0\nc=IN IP4 127.0.0.1\nm=audio PORT RTP/AVP 0\n"), UNKNOWN_FORMAT),
    (text("[InternetShortcut]\nURL=http://127.0.0.1:PORT/\n"), UNKNOWN_FORMAT),
    (text(""), UNKNOWN_FORMAT),
]
"""Small files, most of which name something on the network."""
CASES: dict[str, HostileFiles] = {
    "refused": [*REFUSED_FILES, *REMOTE_FILES],
    "played": [(make_wav_claiming_4_gb, None)],
    "decoded": DECODED_FILES,
}
"""The files that one command reads."""


MEASURE_MEMORY = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""
"""Runs a command and writes the peak memory of its largest process to a file."""


@pytest.mark.parametrize("files", few(1, CASES.values()), ids=CASES.keys())
def test_files_that_are_not_what_they_seem(files: HostileFiles, tmp_path: Path) -> None:
    """The build succeeds or fails quickly, within a memory limit for all its processes and without network access."""
    for number, (make, _) in enumerate(files):
        (tmp_path / f"{number}.yaml").write_text(SCRIPT.format(bed=f"bed{number}.mp3"), encoding="utf-8")
        make(tmp_path / f"bed{number}.mp3")
    connections: list[object] = []
    SERVER.settimeout(0.01)
    peak = tmp_path.parent / f"{tmp_path.name}-peak"
    scripts = [f"{number}.yaml" for number in range(len(files))]
    command = [sys.executable, "-m", "voiceguide", "build", *scripts, "-o", "out/", "-q"]
    result = subprocess.run(
        [sys.executable, "-c", MEASURE_MEMORY, str(peak), *command],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    with contextlib.suppress(TimeoutError):
        connections.append(SERVER.accept())
    assert connections == []
    assert int(peak.read_text()) < MAX_MEMORY_MB * 1024
    messages = [message for _, message in files if message is not None]
    assert result.returncode == (1 if messages else 0), result.stderr
    told = result.stderr.splitlines()
    assert len(told) == len(messages) + (len(files) > 1)  # with several, the last line counts those that failed
    for number, message in enumerate(messages):
        assert f'"bed{number}.mp3" ' in told[number]
        assert message in told[number]
    assert len(list((tmp_path / "out").glob("*"))) == len(files) - len(messages)


def test_ffmpeg_runs_with_limits_on_memory_and_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system enforces the limits on the child process."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux has prlimit to limit another process")
    from voiceguide.audio import file_decoder

    def start_shell(arguments: list[str]) -> subprocess.Popen[bytes]:
        script = "sleep 0.3; ulimit -v; ulimit -t"
        return subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    monkeypatch.setattr(file_decoder, "start_decoder", start_shell)
    limits: list[str] = []
    monkeypatch.setattr(
        file_decoder, "_import_audio_segment", lambda: lambda data, **_: limits.extend(data.decode().split())
    )
    file_decoder.decode_to_segment(make_tone(tmp_path / "a.mp3"), 10, channels=1)
    assert limits == [str(file_decoder.MAX_ADDRESS_SPACE_BYTES // 1024), str(int(file_decoder.DECODE_TIMEOUT_S))]


def test_decoding_leaves_no_thread_running(tmp_path: Path) -> None:
    from voiceguide.audio.file_decoder import decode_to_segment

    path = make_tone(tmp_path / "a.mp3")
    before = threading.active_count()
    for _ in range(5):
        decode_to_segment(path, 10, channels=1)
    assert threading.active_count() == before
