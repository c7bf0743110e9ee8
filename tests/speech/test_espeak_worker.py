"""eSpeak's worker and its forks: what they answer when speaking goes wrong, and that only answers reach stdout."""

from __future__ import annotations

import faulthandler
import hashlib
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

from voiceguide.speech.engines.pyttsx3.espeak_library import find_espeak_library
from voiceguide.system.python_child import PythonChild, PythonChildError

if sys.platform != "linux":
    pytest.skip("eSpeak's worker is the Linux way", allow_module_level=True)

from voiceguide.speech.engines.pyttsx3.espeak_worker import EspeakError, EspeakSynthesizer, answer_in_fork

WORKER = "voiceguide.speech.engines.pyttsx3.espeak_worker"


def start(folder: Path | str | None = None, version: str | None = None) -> PythonChild:
    library = find_espeak_library()
    arguments = (library.path, version or library.version, str(os.getpid()))
    return PythonChild(WORKER, *arguments, folder=str(folder or library.data_folder))


def job(text: str, **changes: Any) -> dict[str, Any]:
    return {"id": 7, "limit_s": 10, "text": text, "voice": "gmw/en-us", "rate": 175, **changes}


def ask(child: PythonChild, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    child.send(request)
    return child.receive(10)


def test_an_answer_tells_all_that_can_be_checked() -> None:
    child = start()
    assert child.receive(10) == ({"id": 0, "bytes": 0}, b"")
    head, pcm = ask(child, job("Breathe out slowly."))
    assert head == {
        "id": 7,
        "frames": len(pcm) // 2,
        "rate": 22050,
        "sha256": hashlib.sha256(pcm).hexdigest(),
        "bytes": len(pcm),
    }
    assert ask(child, job("Something in between, at another rate.", rate=300, voice="gmw/de"))[0]["frames"] > 20_000
    assert ask(child, job("Breathe out slowly."))[1] == pcm, "what was said before changed what is said now"
    child.close()
    child.close()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"rate": 40}, "eSpeak speaks 80 to 450 words a minute, not 40"),
        ({"rate": 900}, "eSpeak speaks 80 to 450 words a minute, not 900"),
        ({"voice": "gmw/none"}, "SetVoiceByName failed: EE_INTERNAL_ERROR while setting voice to gmw/none"),
        ({"voice": "gmw/en-us+none"}, "eSpeak took gmw/en-us at 175 in place of gmw/en-us+none at 175 words a minute"),
    ],
)
def test_a_rate_or_a_voice_that_is_not_taken_is_an_error(changes: dict[str, Any], error: str) -> None:
    child = start()
    child.receive(10)
    assert ask(child, job("Breathe.", **changes)) == ({"id": 7, "error": error, "bytes": 0}, b"")
    assert ask(child, job("Breathe."))[0]["frames"] > 5000
    child.close()


def test_a_data_folder_with_a_long_path_speaks(tmp_path: Path) -> None:
    """eSpeak ends the process when the path of its data has 160 characters or more, as a deep folder's has."""
    data = tmp_path.joinpath(*["a folder with quite a long name"] * 6, "espeak-ng-data")
    data.mkdir(parents=True)
    for entry in Path(find_espeak_library().data_folder).iterdir():
        (data / entry.name).symlink_to(entry)
    assert len(str(data)) > 160
    child = start(data)
    child.receive(10)
    assert ask(child, job("Breathe."))[0]["frames"] > 5000
    child.close()


def test_another_library_than_the_one_promised_is_refused_with_its_last_words() -> None:
    child = start(version="1.0")
    with pytest.raises(PythonChildError) as caught:
        child.receive(10)
    opened = find_espeak_library().version
    assert str(caught.value).startswith("its process ended with exit code 1 (")
    assert str(caught.value).endswith(f"EspeakError: pyttsx3 opened eSpeak {opened} in place of 1.0)")
    child.close()


def test_a_worker_ends_with_its_requests() -> None:
    child = start()
    child.receive(10)
    assert child._process.stdin is not None
    child._process.stdin.close()
    assert child._process.wait(5) == 0
    child.close()


def test_interrupts_are_left_to_the_parent() -> None:
    child = start()
    child.receive(10)
    os.kill(child.pid, signal.SIGINT)
    assert ask(child, job("Breathe."))[0]["frames"] > 5000
    child.close()


def test_what_prints_does_not_reach_the_protocol() -> None:
    program = (
        "import os; from voiceguide.speech.engines.pyttsx3.espeak_worker import take_stdout\n"
        "protocol = take_stdout(); print('stray'); os.write(1, b'from C'); protocol.write(b'answer')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=10, check=True)
    assert done.stdout == "answer"
    assert "stray" in done.stderr
    assert "from C" in done.stderr


class Broken:
    """A speaker whose clips go wrong in one way."""

    def __init__(self, clip: Callable[[], bytes]) -> None:
        self._clip = clip

    def clip(self, text: str, voice: str, rate: int) -> bytes:
        return self._clip()


def _crash() -> bytes:
    faulthandler.disable()  # pytest's own report of it
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


def _leave() -> bytes:
    sys.exit(3)


def forked(clip: Callable[[], bytes], parent_stdin: int) -> dict[str, Any]:
    answer = answer_in_fork(cast(EspeakSynthesizer, Broken(clip)), job("Breathe.", limit_s=1), parent_stdin)
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
        (_leave, "eSpeak ended with exit code 1"),
    ],
)
def test_a_fork_that_goes_wrong_is_an_answer_and_harms_no_other(clip: Callable[[], bytes], error: str) -> None:
    read_end, write_end = os.pipe()
    started = time.monotonic()
    assert forked(clip, read_end) == {"id": 7, "error": error, "bytes": 0}
    assert time.monotonic() - started < 3
    assert forked(_fail, read_end)["error"] == "espeak_Synth returned -1"
    os.close(read_end)
    os.close(write_end)


def test_a_worker_whose_parent_is_gone_ends_in_the_middle_of_a_clip() -> None:
    """The second guard behind PDEATHSIG: stdin closes."""
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
    # The pipe's last writer was the fork: end of file says that it is gone too.
    assert select.select([alive_read], [], [], 1)[0]
    assert os.read(alive_read, 1) == b""
    os.close(alive_read)
