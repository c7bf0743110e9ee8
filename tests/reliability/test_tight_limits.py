"""A computer that allows little memory or few processes: the build works, or one sentence says why not.

With VOICEGUIDE_FAULTS=all, every voice is tried with every limit, instead of only where it fails in another place.
"""

from __future__ import annotations

import errno
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from tests.support.long_forms import few
from tests.support.programs import needs_root
from tests.support.timing import HANG_S
from voiceguide.system.memory_limits import IMPORT_BYTES, require_memory_to_import
from voiceguide.system.shortages import find_shortage, raise_if_shortage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits of Linux")

MEMORY = "There is not enough memory. Close other programs, or raise the limit (ulimit -v), and try again.\n"
PROCESSES = (
    "The operating system refused to start another process or thread. Close other programs, or raise the "
    "limits (ulimit -u and ulimit -v), and try again.\n"
)
SHORTAGE_OF_FFMPEG = re.compile(
    r"ffmpeg could not [a-z ]+\. (There is not enough memory|The operating system refused to start another process or "
    r"thread)\. Close other programs, or raise the limits? \(ulimit [-a-z ]+\), and try again\.\n"
)
"""ffmpeg runs under the same limits, and whatever it is used for can be what they stop."""
ESPEAK = "pyttsx3/gmw/en-us"
HIBARI = "hibari/heart"
PIPER = "piper/en_US-joe-medium"
VOICES = ("tone/tone", HIBARI, PIPER, ESPEAK)
EVERY = os.environ.get("VOICEGUIDE_FAULTS") == "all"
MEMORY_LIMITS = [(voice, kilobytes) for kilobytes in (200_000, 300_000, 350_000) for voice in VOICES]
PROCESS_LIMITS = [(voice, most) for most in (1, 3, 5, 8, 13) for voice in VOICES]
if not EVERY:
    # With 200 MB or one process, no build gets as far as the voice. With 13 processes, none gets to the end.
    MEMORY_LIMITS = [("tone/tone", 200_000), (HIBARI, 300_000), (PIPER, 300_000), (ESPEAK, 300_000)]
    PROCESS_LIMITS = [("tone/tone", most) for most in (1, 5, 13)]
    PROCESS_LIMITS += [(HIBARI, 5), (PIPER, 5), (ESPEAK, 3), (ESPEAK, 8)]
SCRIPT = """\
voiceguide: 1
title: Limited
voice: {voice}
bed: rain.wav
chime: none
stages:
  - stage: Soak
    steps:
      - {{say: Place both feet in the warm water., for: 3s}}
      - {{say: Lift them out., for: 2s}}
"""
BUILD = [sys.executable, "-m", "voiceguide", "build", "s.yaml", "-o", "s.mp3", "-q", "--no-cache"]


def build_with(
    tmp_path: Path, limits: str, voice: str = "tone/tone", wrapper: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Build a short session under the limits that a shell command sets."""
    with wave.open(str(tmp_path / "rain.wav"), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes(random.Random(1).randbytes(2 * 2 * 48_000))
    (tmp_path / "s.yaml").write_text(SCRIPT.format(voice=voice), encoding="utf-8")
    command = [*wrapper, "bash", "-c", f'{limits} && exec "$@"', "bash", *BUILD]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=HANG_S)


def is_done_or_said(done: subprocess.CompletedProcess[str]) -> bool:
    """Return whether the build succeeded without a word, or failed with one sentence about the limit."""
    if done.returncode == 0:
        return not done.stderr
    known = done.stderr in (PROCESSES, MEMORY) or SHORTAGE_OF_FFMPEG.fullmatch(done.stderr)
    return bool(known) and done.returncode == 1


@pytest.mark.parametrize(("voice", "kilobytes"), few(2, MEMORY_LIMITS))
def test_little_memory_is_said_in_a_sentence(tmp_path: Path, voice: str, kilobytes: int) -> None:
    """With 200 MB, scipy waited forever for memory while it was imported; with 300 MB, onnxruntime wrote to stderr."""
    done = build_with(tmp_path, f"ulimit -v {kilobytes}", voice)
    assert is_done_or_said(done), done.stderr
    assert (tmp_path / "s.mp3").exists() == (done.returncode == 0)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


@needs_root
@pytest.mark.parametrize(("voice", "most"), few(2, PROCESS_LIMITS))
def test_few_processes_are_said_in_a_sentence(tmp_path: Path, voice: str, most: int) -> None:
    """With one process, OpenBLAS interrupted the program as if someone had pressed Ctrl-C. Root has no such limit."""
    assert shutil.which("setpriv")
    tmp_path.chmod(0o777)
    # A user who may read what root may, because the package can be in root's own folder.
    user = ("setpriv", f"--reuid={54_000 + most}", "--regid=54321", "--clear-groups")
    rights = ("--inh-caps=+dac_override,+dac_read_search", "--ambient-caps=+dac_override,+dac_read_search")
    done = build_with(tmp_path, f"ulimit -u {most}", voice, (*user, *rights))
    assert is_done_or_said(done), done.stderr


def test_memory_that_may_not_be_used_is_noticed_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    monkeypatch.setitem(IMPORT_BYTES, "absent", 64 << 30)
    require_memory_to_import("absent")
    try:
        resource.setrlimit(resource.RLIMIT_AS, (64 << 30, hard))
        with pytest.raises(MemoryError):
            require_memory_to_import("absent")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def test_too_many_open_files_are_said_in_a_sentence(tmp_path: Path) -> None:
    done = build_with(tmp_path, "ulimit -n 12")
    assert done.returncode == 1
    assert done.stderr.removeprefix("s.mp3 could not be written. ") == (
        "Too many files are open. Raise the limit (ulimit -n) and try again.\n"
    )


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(errno.EAGAIN, "refused"), BlockingIOError),
        (MemoryError(), MemoryError),
        (RuntimeError("std::bad_alloc"), MemoryError),
        (RuntimeError("can't start new thread"), BlockingIOError),
        (RuntimeError("can't allocate read lock"), MemoryError),
        (RuntimeError("PosixThread failed with error code: 11 error msg: Resource temporarily unavailable"), OSError),
        (RuntimeError("OSError: [Errno 24] Too many open files: 'clip.wav'"), OSError),
    ],
)
def test_what_libraries_say_about_a_shortage_is_understood(error: Exception, raised: type[Exception]) -> None:
    with pytest.raises(raised):
        raise_if_shortage(error)


def test_other_errors_are_no_shortage() -> None:
    for error in (OSError(errno.ENOENT, os.strerror(errno.ENOENT)), ValueError("no such voice"), KeyError("memory")):
        assert find_shortage(str(error)) is None
        raise_if_shortage(error)
