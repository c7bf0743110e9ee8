"""The eSpeak worker and its forks: what they answer on failure, and that only answers reach stdout."""

from __future__ import annotations

import faulthandler
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.timing import HANG_S
from voiceguide.speech.engines.pyttsx3.espeak_location import find_espeak_library
from voiceguide.system.python_child import PythonChild, PythonChildError

if sys.platform != "linux":
    pytest.skip("the eSpeak worker is used only on Linux", allow_module_level=True)

from voiceguide.speech.engines.pyttsx3.espeak_worker import EspeakError, EspeakSynthesizer, answer_in_fork

WORKER = "voiceguide.speech.engines.pyttsx3.espeak_worker"


def start(folder: Path | str | None = None, version: str | None = None) -> PythonChild:
    library = find_espeak_library()
    arguments = (library.path, version or library.version, str(os.getpid()))
    return PythonChild(WORKER, *arguments, folder=str(folder or library.data_folder))


def clip_request(text: str, **changes: Any) -> dict[str, Any]:
    return {"id": 7, "limit_s": 10, "text": text, "voice": "gmw/en-us", "rate": 175, **changes}


def ask(child: PythonChild, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    child.send(request)
    return child.receive(HANG_S)


def test_an_answer_has_a_header_and_the_same_text_gives_the_same_samples() -> None:
    child = start()
    assert child.receive(HANG_S) == ({"id": 0, "bytes": 0}, b"")
    head, pcm = ask(child, clip_request("Breathe out slowly."))
    assert head == {"id": 7, "frames": len(pcm) // 2, "rate": 22050, "bytes": len(pcm)}
    assert (
        ask(child, clip_request("Something in between, at another rate.", rate=300, voice="gmw/de"))[0]["frames"]
        > 20_000
    )
    assert ask(child, clip_request("Breathe out slowly."))[1] == pcm, "an earlier clip changed a later one"
    child.close()
    child.close()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"voice": "gmw/none"}, "SetVoiceByName failed: EE_INTERNAL_ERROR while setting voice to gmw/none"),
        (
            {"voice": "gmw/en-us+none"},
            "eSpeak used gmw/en-us at 175 instead of gmw/en-us+none at 175 words per minute",
        ),
    ],
)
def test_a_voice_that_espeak_does_not_use_is_an_error(changes: dict[str, Any], error: str) -> None:
    child = start()
    child.receive(HANG_S)
    assert ask(child, clip_request("Breathe.", **changes)) == ({"id": 7, "error": error, "bytes": 0}, b"")
    assert ask(child, clip_request("Breathe."))[0]["frames"] > 5000
    child.close()


def test_a_data_folder_with_a_long_path_works(tmp_path: Path) -> None:
    """eSpeak exits the process if the path of its data is 160 characters or longer."""
    data = tmp_path.joinpath(*["a folder with quite a long name"] * 6, "espeak-ng-data")
    data.mkdir(parents=True)
    for entry in Path(find_espeak_library().data_folder).iterdir():
        (data / entry.name).symlink_to(entry)
    assert len(str(data)) > 160
    child = start(data)
    child.receive(HANG_S)
    assert ask(child, clip_request("Breathe."))[0]["frames"] > 5000
    child.close()


def test_an_unexpected_library_version_is_an_error_with_the_last_output() -> None:
    child = start(version="1.0")
    with pytest.raises(PythonChildError) as caught:
        child.receive(HANG_S)
    opened = find_espeak_library().version
    assert str(caught.value).startswith("its process ended with exit code 1 (")
    assert str(caught.value).endswith(f"EspeakError: pyttsx3 opened eSpeak {opened} instead of 1.0)")
    child.close()


def test_a_worker_exits_when_stdin_closes() -> None:
    child = start()
    child.receive(HANG_S)
    assert child._process.stdin is not None
    child._process.stdin.close()
    assert child._process.wait(HANG_S) == 0
    child.close()


def test_a_worker_ignores_interrupts() -> None:
    child = start()
    child.receive(HANG_S)
    os.kill(child.pid, signal.SIGINT)
    assert ask(child, clip_request("Breathe."))[0]["frames"] > 5000
    child.close()


def test_printed_text_does_not_reach_the_protocol() -> None:
    program = (
        "import os; from voiceguide.speech.engines.pyttsx3.espeak_worker import reserve_stdout\n"
        "protocol = reserve_stdout(); print('stray'); os.write(1, b'from C'); protocol.write(b'answer')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=HANG_S, check=True)
    assert done.stdout == "answer"
    assert "stray" in done.stderr
    assert "from C" in done.stderr


class Broken:
    """A synthesizer that fails in one way."""

    def __init__(self, clip: Callable[[], bytes]) -> None:
        self._clip = clip

    def synthesize(self, text: str, voice: str, rate_wpm: int) -> bytes:
        return self._clip()


def _crash() -> bytes:
    faulthandler.disable()  # otherwise pytest reports the crash
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def _hang() -> bytes:
    time.sleep(60)
    return b""


def _spin() -> bytes:
    signal.alarm(0)
    while True:
        pass


def _exhaust() -> bytes:
    return b"\0" * (2 << 30)


def _fail() -> bytes:
    raise EspeakError("espeak_Synth returned -1")


def _exit() -> bytes:
    sys.exit(3)


def forked(clip: Callable[[], bytes], parent_stdin: int) -> dict[str, Any]:
    limit_s = 1 if clip in (_hang, _spin) else int(HANG_S)
    request = clip_request("Breathe.", limit_s=limit_s)
    answer = answer_in_fork(cast(EspeakSynthesizer, Broken(clip)), request, parent_stdin)
    head: dict[str, Any] = json.loads(answer)
    return head


@pytest.mark.parametrize(
    ("clip", "error"),
    [
        (_crash, "eSpeak ended with SIGSEGV"),
        (_hang, "eSpeak ended with SIGALRM"),
        (_spin, "eSpeak ended with SIGXCPU"),
        (_exhaust, "MemoryError"),
        (_fail, "espeak_Synth returned -1"),
        (_exit, "eSpeak ended with exit code 1"),
    ],
)
def test_a_failing_fork_gives_an_answer_and_does_not_affect_the_next(clip: Callable[[], bytes], error: str) -> None:
    read_end, write_end = os.pipe()
    assert forked(clip, read_end) == {"id": 7, "error": error, "bytes": 0}
    assert forked(_fail, read_end)["error"] == "espeak_Synth returned -1"
    os.close(read_end)
    os.close(write_end)


def test_a_worker_whose_parent_is_gone_exits_in_the_middle_of_a_clip() -> None:
    """PDEATHSIG is the first safeguard, and the closing of stdin is the second."""
    stdin_read, stdin_write = os.pipe()
    alive_read, alive_write = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(stdin_write)
        os.close(alive_read)
        forked(_hang, stdin_read)
        os._exit(9)
    os.close(alive_write)
    os.close(stdin_read)
    os.close(stdin_write)
    assert os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) == 0
    # The fork was the last writer of the pipe, so end of file means that it is gone too.
    assert select.select([alive_read], [], [], HANG_S)[0]
    assert os.read(alive_read, 1) == b""
    os.close(alive_read)
