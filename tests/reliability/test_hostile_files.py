"""Files that a stranger's script names: where they may lie, what they may be, how much of them is ever read."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.conftest import Run
from voiceguide.errors import AudioFileError
from voiceguide.script.asset_paths import resolve_asset_path

SCRIPT = """\
voiceguide: 1
title: Stranger
voice: tone/tone
bed: {bed}
stages:
  - stage: A
    steps: [{{say: Hi there., for: 10s}}]
"""
MOST_MB, MOST_S = 450, 20
HOURS_S = "36000" if os.environ.get("VOICEGUIDE_FAULTS") == "all" else "3600"


def sound(path: Path, seconds: float = 2) -> Path:
    """A quiet tone, in the format of its ending."""
    source = ["-f", "lavfi", "-i", f"sine=440:duration={seconds}"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *source, path]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


@pytest.fixture
def places(tmp_path: Path) -> Path:
    """A script's folder, and things around it that are none of its business."""
    home = tmp_path / "home"
    (home / "below").mkdir(parents=True)
    (tmp_path / "home-too").mkdir()
    for name in ("home/rain.mp3", "home/below/rain.mp3", "outside.mp3", "home-too/rain.mp3", "home/12:30 rain.mp3"):
        (tmp_path / name).write_bytes(b"x")
    for name, to in {
        "link.mp3": "../outside.mp3",
        "folder": "../home-too",
        "absolute.mp3": "/etc/hostname",
        "chain.mp3": "link.mp3",
        "loop.mp3": "loop.mp3",
        "good.mp3": "below/rain.mp3",
    }.items():
        (home / name).symlink_to(to)
    os.mkfifo(home / "pipe.mp3")
    return home


GOOD = ["rain.mp3", "./rain.mp3", "below/rain.mp3", "below/../rain.mp3", "good.mp3", "12:30 rain.mp3"]
OUTSIDE = [
    "../outside.mp3", "../home-too/rain.mp3", "below/../../outside.mp3", "link.mp3", "chain.mp3", "folder/rain.mp3",
    "absolute.mp3", "/etc/hostname", "//etc/hostname", "/dev/zero", "/proc/self/environ", "..", "/",
]  # fmt: skip
NOT_THERE = [
    "http://127.0.0.1:9/rain.mp3", "https://example.com/rain.mp3", "file:///etc/hostname", "concat:rain.mp3|x.mp3",
    "data:audio/wav;base64,AAAA", "pipe:0", "C:\\Windows\\media\\tada.wav", "\\\\server\\share\\rain.mp3", "~/rain.mp3",
    "$HOME/rain.mp3", "`id`.mp3", "rain.mp3;id", "rain.mp3\n", "-i.mp3", "%00.mp3",
]  # fmt: skip
IMPOSSIBLE = ["rain.mp3\0", "loop.mp3", "x" * 300 + ".mp3", "x/" * 3000 + "rain.mp3", "rain.mp3/x", "pipe.mp3", "below"]


@pytest.mark.parametrize("name", GOOD)
def test_names_of_files_beside_or_below(name: str, places: Path) -> None:
    assert resolve_asset_path(places, name).read_bytes() == b"x"


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_that_lead_outside(name: str, places: Path) -> None:
    with pytest.raises(AudioFileError) as refused:
        resolve_asset_path(places, name)
    told = f'"{name}" is outside the folder of the script. '
    assert str(refused.value) == told + "Copy it into that folder, or allow access to its path."


@pytest.mark.parametrize("name", [*NOT_THERE, *IMPOSSIBLE])
def test_names_of_no_file(name: str, places: Path) -> None:
    began = time.monotonic()
    with pytest.raises(AudioFileError):
        resolve_asset_path(places, name)
    assert time.monotonic() - began < 1


def test_allowed_places_and_nothing_beside_them(places: Path) -> None:
    allowed = (places.parent / "home-too",)
    assert resolve_asset_path(places, "../home-too/rain.mp3", allowed).read_bytes() == b"x"
    assert resolve_asset_path(places, "folder/rain.mp3", allowed).read_bytes() == b"x"
    assert resolve_asset_path(places, "link.mp3", (places.parent / "outside.mp3",)).read_bytes() == b"x"
    for name in ("../outside.mp3", "absolute.mp3"):
        with pytest.raises(AudioFileError, match="is outside"):
            resolve_asset_path(places, name, allowed)


def test_allow_path_on_the_command_line(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    sound(tmp_path / "music.mp3")
    (tmp_path / "scripts" / "s.yaml").write_text(SCRIPT.format(bed="../music.mp3"), encoding="utf-8")
    refused = run("build", "scripts/s.yaml", "-o", "s.mp3", status=1)
    assert refused.stderr == (
        'scripts/s.yaml:4:6: bed: "../music.mp3" is outside the folder of the script. '
        "Copy it into that folder, or allow access to its path.\n"
    )
    run("plan", "scripts/s.yaml", "--allow-path", ".")
    run("check", "scripts/s.yaml", "--allow-path", ".")
    run("build", "scripts/s.yaml", "-o", "s.mp3", "--allow-path", "music.mp3", "-q")
    missing = run("plan", "scripts/s.yaml", "--allow-path", "nowhere", status=1)
    assert missing.stderr == "--allow-path nowhere: there is no such folder or file. Check its name.\n"


def hours_of_silence(path: Path) -> None:
    arguments = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", HOURS_S, "-compression_level", "0"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *arguments, "-f", "flac", path], check=True)


def wav_of_4_gb(path: Path) -> None:
    sound(path.with_suffix(".wav"))
    raw = bytearray(path.with_suffix(".wav").read_bytes())
    raw[4:8] = (0xFFFFFFFF).to_bytes(4, "little")
    place = raw.index(b"data") + 4
    raw[place : place + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(raw)


def many_channels(path: Path) -> None:
    wav_of_4_gb(path)
    raw = bytearray(path.read_bytes())
    raw[22:24] = (65_535).to_bytes(2, "little")
    raw[24:28] = (0x7FFFFFFF).to_bytes(4, "little")
    path.write_bytes(raw)


def zip_bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("zeros", bytes(50_000_000))


def sparse(path: Path) -> None:
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

KNOWN = "is not an audio file in a supported format."
BOMBS: list[tuple[Callable[[Path], None], str | None]] = [
    (hours_of_silence, "is silent."),
    (wav_of_4_gb, None),
    (many_channels, "cannot be decoded"),
    (zip_bomb, KNOWN),
    (sparse, "The limit is 500 MB."),
    (lambda path: path.symlink_to("/dev/zero"), "is outside"),
    (os.mkfifo, "is not a file."),
    (text('<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:PORT/x"/></svg>'), KNOWN),
    (text("#EXTM3U\n#EXTINF:9,\nhttp://127.0.0.1:PORT/x.mp3\n"), KNOWN),
    (text("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:PORT/x.ts\n#EXT-X-ENDLIST\n"), KNOWN),
    (text("ffconcat version 1.0\nfile http://127.0.0.1:PORT/x.mp3\n"), KNOWN),
    (text("ID3\nffconcat version 1.0\nfile /etc/hostname\n"), "cannot be decoded"),
    (text("v=0\nc=IN IP4 127.0.0.1\nm=audio PORT RTP/AVP 0\n"), KNOWN),
    (text("[InternetShortcut]\nURL=http://127.0.0.1:PORT/\n"), KNOWN),
    (text(""), KNOWN),
]


WEIGHED = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status)
"""
"""Runs a command, and writes into a file how much memory the largest of its processes took."""


@pytest.mark.parametrize(("make", "told"), BOMBS)
def test_files_that_are_not_what_they_seem(make: Callable[[Path], None], told: str | None, tmp_path: Path) -> None:
    """Told apart in little time and memory, ours and ffmpeg's together, and nobody is called."""
    (tmp_path / "s.yaml").write_text(SCRIPT.format(bed="bed.mp3"), encoding="utf-8")
    make(tmp_path / "bed.mp3")
    called: list[object] = []
    SERVER.settimeout(0.01)
    began = time.monotonic()
    peak = tmp_path.parent / f"{tmp_path.name}-peak"
    command = [sys.executable, "-m", "voiceguide", "build", "s.yaml", "-o", "s.mp3", "-q"]
    done = subprocess.run(
        [sys.executable, "-c", WEIGHED, str(peak), *command],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    took_s = time.monotonic() - began
    with contextlib.suppress(TimeoutError):
        called.append(SERVER.accept())
    assert called == []
    assert took_s < MOST_S
    assert int(peak.read_text()) < MOST_MB * 1024
    if told is None:
        assert (done.returncode, done.stderr) == (0, "")
        return
    assert done.returncode == 1
    assert told in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "s.mp3").exists()


def test_ffmpeg_may_not_take_all_memory_nor_all_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits are the system's own, set on the child itself."""
    if not sys.platform.startswith("linux"):
        pytest.skip("limits of another process are set with prlimit, which is Linux's")
    from voiceguide.audio import file_decoder

    def start_shell(arguments: list[str]) -> subprocess.Popen[bytes]:
        script = "sleep 0.3; ulimit -v; ulimit -t"
        return subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    monkeypatch.setattr(file_decoder, "start_decoder", start_shell)
    seen: list[str] = []
    monkeypatch.setattr(
        file_decoder, "_import_audio_segment", lambda: lambda data, **_: seen.extend(data.decode().split())
    )
    file_decoder.decode_audio_file(sound(tmp_path / "a.mp3"), 10, channels=1)
    assert seen == [str(file_decoder.MAX_MEMORY_BYTES // 1024), str(int(file_decoder.DECODE_TIMEOUT_S))]


def test_threads_are_not_left(tmp_path: Path) -> None:
    """Each decoding ends its own."""
    from voiceguide.audio.file_decoder import decode_audio_file

    path = sound(tmp_path / "a.mp3")
    before = threading.active_count()
    for _ in range(5):
        decode_audio_file(path, 10, channels=1)
    assert threading.active_count() == before
