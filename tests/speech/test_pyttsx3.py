"""The pyttsx3 engine with eSpeak: no clip is lost, mixed up or at the wrong rate, even if its processes fail."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.support.long_forms import few, long
from tests.support.timing import HANG_S, wait_for
from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Engine, Speech
from voiceguide.speech.engines.pyttsx3 import engine as engine_module, espeak_location
from voiceguide.speech.engines.pyttsx3.engine import Pyttsx3Engine
from voiceguide.system.python_child import PythonChild

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the eSpeak worker is used only on Linux")

MANY = 300 if os.environ.get("VOICEGUIDE_FAULTS") == "all" else 60
LINE = "Both thumbs on the instep, long strokes to the ankle."


@pytest.fixture(scope="module")
def engine() -> Iterator[Pyttsx3Engine]:
    engine = Pyttsx3Engine(workers=2)
    yield engine
    engine.close()


def digest(speech: Speech) -> str:
    return hashlib.sha256(speech.samples.tobytes()).hexdigest()


def speech_s(speech: Speech) -> float:
    """Return the length from the first audible sample to the last: eSpeak's final pause does not follow the rate."""
    audible = np.flatnonzero(np.abs(speech.samples) > 0.003)
    return float(audible[-1] - audible[0]) / speech.rate


def workers_of(pid: int) -> list[int]:
    """Return the eSpeak workers and their forks among the descendants of a process."""
    descendants = {pid}
    while True:
        parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
        more = {child for child, parent in parents.items() if parent in descendants} - descendants
        if not more:
            return [child for child in descendants if child != pid and "espeak_worker" in _command(child)]
        descendants |= more


def _parent(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


@long
def test_many_lines_give_reproducible_clips_at_the_requested_paces(engine: Pyttsx3Engine) -> None:
    """pyttsx3 itself lost 1 to 28 % of the clips, mixed up lines, and ignored half of the rates."""

    def speak_all(engine: Pyttsx3Engine) -> list[Speech]:
        def speak(i: int) -> Speech:
            return engine.synthesize(f"Number {i}. Slow circles.", "gmw/en-us", (0.8, 1.2)[i % 2], "en-US")

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(speak, range(MANY)))

    first = speak_all(engine)
    assert len({digest(speech) for speech in first}) == MANY
    slow, fast = (sum(speech_s(speech) for speech in first[start::2]) for start in (0, 1))
    assert slow / fast == pytest.approx(1.2 / 0.8, rel=0.05)
    assert {(speech.rate, speech.samples.dtype.name, speech.samples.ndim) for speech in first} == {
        (22050, "float32", 1)
    }

    again = Pyttsx3Engine(workers=2)
    assert [digest(speech) for speech in speak_all(again)] == [digest(speech) for speech in first]
    again.close()


def test_threads_get_their_own_clips(engine: Pyttsx3Engine) -> None:
    """With two threads on one engine, pyttsx3 itself lost half of the files and put speech into the wrong ones."""
    lines = [f"{LINE} Turn {i}." for i in range(16)]
    one_by_one = [digest(engine.synthesize(line, "gmw/en-us", 1.0, "en-US")) for line in lines]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda line: digest(engine.synthesize(line, "gmw/en-us", 1.0, "en-US")), lines))
    assert at_once == one_by_one


def test_a_worker_outlives_the_thread_that_used_it_first() -> None:
    """PDEATHSIG refers to the starting thread, so a build thread that ends would kill a worker in mid-clip."""
    before = set(workers_of(os.getpid()))
    engine = Pyttsx3Engine(workers=1)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(engine.synthesize, LINE, "gmw/en-us", 1.0, "").result()
    (worker,) = set(workers_of(os.getpid())) - before
    time.sleep(0.1)
    assert worker in workers_of(os.getpid())
    engine.close()
    assert set(workers_of(os.getpid())) == before


SPANISH = "Masajea la planta del pie con los pulgares, desde el talón hasta los dedos."
RUSSIAN = "Разотрите стопу большими пальцами от пятки к носку."


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("gmw/en-us", LINE),
        ("gmw/en-gb", "Place both feet in the warm water and let your shoulders drop."),
        ("gmw/de", "Stellen Sie beide Füße ins warme Wasser und lassen Sie die Schultern sinken."),
        ("roa/fr", "Posez les deux pieds dans l'eau tiède et laissez tomber les épaules."),
        ("roa/es", SPANISH),
        ("zle/ru", RUSSIAN),
    ],
)
def test_speech_follows_the_pace(engine: Pyttsx3Engine, voice: str, text: str) -> None:
    normal_s = speech_s(engine.synthesize(text, voice, 1.0, ""))
    for pace in (0.6, 0.8, 1.25, 1.6, 1.8):
        assert normal_s / speech_s(engine.synthesize(text, voice, pace, "")) == pytest.approx(pace, rel=0.1), pace


@pytest.mark.parametrize(
    ("language", "voice"),
    [
        ("", "gmw/en-us"),
        ("en", "gmw/en-us"),
        ("en-US", "gmw/en-us"),
        ("en-GB", "gmw/en-gb"),
        ("en_gb", "gmw/en-gb"),
        ("en-AU", "gmw/en-us"),
        ("de", "gmw/de"),
        ("de-AT", "gmw/de"),
        ("es", "roa/es"),
        ("es-MX", "roa/es"),
        ("fr", "roa/fr"),
        ("fr-CA", "roa/fr"),
        ("pt-BR", "roa/pt-br"),
        ("zh-CN", "sit/cmn"),
        ("nn", None),
        ("no", "gmq/nb"),
    ],
)
def test_a_language_has_a_default_voice(engine: Pyttsx3Engine, language: str, voice: str | None) -> None:
    if voice is None:
        with pytest.raises(SpeechError, match=f'^pyttsx3 has no voice for the language "{language}"\\.'):
            engine.synthesize("a b c", "", 1.0, language)
        return
    named = engine.synthesize("1 2 3, a b c", voice, 1.0, "")
    for unnamed in ("", "default"):
        assert digest(engine.synthesize("1 2 3, a b c", unnamed, 1.0, language)) == digest(named)


def test_every_name_of_a_voice_is_accepted(engine: Pyttsx3Engine) -> None:
    names = ["gmw/en-gb", "gmw/en", "GMW/EN-GB", "en-GB", "English (Great Britain)"]
    assert len({digest(engine.synthesize(LINE, name, 1.0, "de")) for name in names}) == 1


def test_the_voice_list_starts_with_defaults_and_omits_silent_voices(engine: Pyttsx3Engine) -> None:
    voices = engine.voices()
    names = [voice.name for voice in voices]
    assert len(names) == len(set(names)) > 100
    assert not {"gmq/fo", "trk/kaa", "art/xex"} & set(names)  # eSpeak lists them, but they have no dictionary
    assert not [name for name in names if name.startswith("mb/")]
    first: dict[str, str] = {}
    for voice in voices:
        first.setdefault(voice.language.split("-")[0], voice.name)
    assert [first[base] for base in ("en", "de", "es", "fr", "pt", "cmn")] == [
        "gmw/en-us",
        "gmw/de",
        "roa/es",
        "roa/fr",
        "roa/pt",
        "sit/cmn",
    ]
    assert all(re.fullmatch(r"[a-z]{2,8}(-[A-Za-z0-9]+)*", voice.language) for voice in voices)
    assert {(voice.engine, voice.offline, voice.installed, voice.quality) for voice in voices} == {
        ("pyttsx3", True, True, "robotic")
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", 'pyttsx3 cannot pronounce "". Write at least one word.'),
        (" \n\t", 'pyttsx3 cannot pronounce "". Write at least one word.'),
        ("... ?!", 'pyttsx3 cannot pronounce "... ?!". Write at least one word.'),
        ("\u200b", 'pyttsx3 cannot pronounce " ". Write at least one word.'),
        ("ab\0cd", 'pyttsx3 cannot speak "ab cd": character 3 is a control character (U+0000). Remove it.'),
        ("a\x01b", 'pyttsx3 cannot speak "a b": character 2 is a control character (U+0001). Remove it.'),
        ("a\x9bb", 'pyttsx3 cannot speak "a b": character 2 is a control character (U+009B). Remove it.'),
        ("a\ud800", 'pyttsx3 cannot speak "a ": character 2 is half a surrogate pair (U+D800). Remove it.'),
    ],
)
def test_an_unspeakable_text_is_an_error_before_synthesis(text: str, message: str) -> None:
    before = workers_of(os.getpid())
    with pytest.raises(SpeechError) as caught:
        Pyttsx3Engine().synthesize(text, "", 1.0, "en-US")
    assert str(caught.value) == message
    assert workers_of(os.getpid()) == before


@pytest.mark.parametrize(
    "text",
    [
        "I",
        "%",
        "😀",
        "你好",
        "1" * 60,
        "x" * 3000,
        "WWW" * 20,
        "." * 3000 + " word",
        "a\nb\n\nc\td",
        "café naïve Füße",
        "<break time='5s'/> & <b>",
        "[[rate 400]] \\ `x`",
    ],
)
def test_odd_texts_are_spoken(engine: Pyttsx3Engine, text: str) -> None:
    speech = engine.synthesize(text, "gmw/en-us", 1.0, "en-US")
    assert np.abs(speech.samples).max() > 0.1


def test_a_silent_clip_is_an_error(engine: Pyttsx3Engine) -> None:
    with pytest.raises(SpeechError) as caught:
        engine.synthesize("*", "gmw/de", 1.0, "de")
    assert str(caught.value) == (
        'pyttsx3 failed twice to speak "*" with the voice gmw/de: the clip is 0.30 s long and silent. '
        "Try different words or another voice, or check the installation."
    )


def test_a_text_of_several_pieces(engine: Pyttsx3Engine) -> None:
    """pyttsx3 itself reads far past the end of such a text and crashes the program."""
    sentence = "Both thumbs on the instep. "
    text = (sentence * 223)[:6000]
    speech = engine.synthesize(text, "gmw/en-us", 1.0, "en-US")
    one = engine.synthesize(sentence * 74, "gmw/en-us", 1.0, "en-US")  # 1,998 characters: one piece
    assert np.array_equal(speech.samples[: len(one.samples)], one.samples)
    assert len(speech.samples) / len(one.samples) == pytest.approx(6000 / 1998, rel=0.01)


def test_more_than_half_an_hour_is_an_error(engine: Pyttsx3Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here, three minutes stand for half an hour, because synthesizing that takes a while."""
    monkeypatch.setattr(engine_module, "_MAX_SPEECH_S", engine_module._MAX_SPEECH_S / 10)
    assert engine.synthesize("Both thumbs on the instep. " * 60, "gmw/en-us", 0.9, "en-US").samples.size
    with pytest.raises(SpeechError) as caught:
        engine.synthesize("Both thumbs on the instep. " * 120, "gmw/en-us", 0.9, "en-US")
    assert str(caught.value) == (
        '"Both thumbs on the instep. Both thumbs on the instep. Both …" takes pyttsx3 more than half an hour to speak. '
        "Split the text into several steps."
    )


@pytest.mark.parametrize(
    ("voice", "pace", "message"),
    [
        ("gmw/fe", 1.0, 'pyttsx3 has no voice "gmw/fe". Similar: gmw/en-gb, gmw/de, gmw/af.'),
        ("9999", 1.0, 'pyttsx3 has no voice "9999". Choose one from the list of voices.'),
        ("gmw/de", 0.3, "pyttsx3/gmw/de cannot speak at pace 0.3. Choose a pace from 0.46 to 2.57."),
        ("gmw/de", float("nan"), "pyttsx3/gmw/de cannot speak at pace nan. Choose a pace from 0.46 to 2.57."),
        ("zle/ru", 2.0, "pyttsx3/zle/ru cannot speak at pace 2. Choose a pace from 0.55 to 1.87."),
    ],
)
def test_an_unknown_voice_or_a_pace_out_of_range_is_an_error(
    engine: Pyttsx3Engine, voice: str, pace: float, message: str
) -> None:
    """eSpeak itself silently keeps the previous voice and clamps the rate."""
    with pytest.raises(SpeechError) as caught:
        engine.synthesize(LINE, voice, pace, "en-US")
    assert str(caught.value) == message


def test_the_version_names_the_library_and_starts_no_process() -> None:
    untouched = Pyttsx3Engine()
    before = workers_of(os.getpid())
    assert re.fullmatch(r"pyttsx3 2\.99, espeak-ng 1\.\d+(\.\d+)? \(wheel\)", untouched.version())
    assert workers_of(os.getpid()) == before
    assert isinstance(untouched, Engine)
    untouched.close()
    untouched.close()


def engine_with_worker(clip_timeout_s: float = 10.0) -> tuple[Pyttsx3Engine, int, str]:
    """Return an engine with one idle worker, the PID of the worker, and the digest of the clip that it made."""
    before = set(workers_of(os.getpid()))
    engine = Pyttsx3Engine(workers=1, clip_timeout_s=clip_timeout_s)
    expected = digest(engine.synthesize(LINE, "gmw/en-us", 1.0, "en-US"))
    (worker,) = set(workers_of(os.getpid())) - before
    return engine, worker, expected


@pytest.mark.parametrize("signal_number", few(1, [signal.SIGSEGV, signal.SIGSTOP, signal.SIGKILL]))
def test_a_worker_that_hangs_or_crashes_is_replaced(signal_number: signal.Signals) -> None:
    engine, worker, expected = engine_with_worker(clip_timeout_s=5 if signal_number == signal.SIGSTOP else HANG_S)
    os.kill(worker, signal_number)
    assert digest(engine.synthesize(LINE, "gmw/en-us", 1.0, "en-US")) == expected
    assert worker not in workers_of(os.getpid())
    engine.close()


def speak_until_it_fails(engine: Pyttsx3Engine, text: str) -> None:
    for _ in range(50):
        engine.synthesize(text, "gmw/en-us", 1.0, "en-US")


def test_a_worker_that_crashes_every_time_is_an_error_with_the_cause() -> None:
    engine, _, _ = engine_with_worker()
    others = set(workers_of(os.getpid())) - {engine._backend._idle_workers[0].pid}  # type: ignore[attr-defined]
    stop = threading.Event()

    def kill_all() -> None:
        while not stop.is_set():
            for worker in set(workers_of(os.getpid())) - others:
                os.kill(worker, signal.SIGABRT)

    killer = threading.Thread(target=kill_all)
    killer.start()
    try:
        with pytest.raises(SpeechError) as caught:
            speak_until_it_fails(engine, LINE * 30)
    finally:
        stop.set()
        killer.join()
        engine.close()
    assert re.fullmatch(
        r'pyttsx3 failed twice to speak "Both thumbs on the instep, long strokes to the ankle\.Both t…" '
        r"with the voice gmw/en-us: (its process|eSpeak) ended with SIGABRT\. "
        r"Try different words or another voice, or check the installation\.",
        str(caught.value),
    )


def test_an_interrupted_clip_is_not_returned_for_the_next_request() -> None:
    engine, worker, expected = engine_with_worker()

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    os.kill(worker, signal.SIGSTOP)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            engine.synthesize("A different sentence.", "gmw/en-us", 1.0, "en-US")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert worker not in workers_of(os.getpid())
    assert digest(engine.synthesize(LINE, "gmw/en-us", 1.0, "en-US")) == expected
    engine.close()


def test_an_incomplete_clip_is_requested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, _, expected = engine_with_worker()
    receive, truncations = PythonChild.receive, iter([True])

    def truncate_once(self: PythonChild, timeout_s: float) -> tuple[dict[str, object], bytes]:
        head, body = receive(self, timeout_s)
        return head, body[:-2] if next(truncations, False) else body

    monkeypatch.setattr(PythonChild, "receive", truncate_once)
    assert digest(engine.synthesize(LINE, "gmw/en-us", 1.0, "en-US")) == expected
    monkeypatch.setattr(PythonChild, "receive", lambda self, timeout_s: (receive(self, timeout_s)[0], b"\0" * 20))
    with pytest.raises(SpeechError, match=r": 20 bytes were received instead of \d+ samples at 22050 Hz\. Try"):
        engine.synthesize(LINE, "gmw/en-us", 1.0, "en-US")
    engine.close()


SPEAK_ON = """
import sys
from voiceguide.speech.engines.pyttsx3.engine import Pyttsx3Engine
engine = Pyttsx3Engine(workers=2)
engine.synthesize("Ready.", "", 1.0, "en-US")
print("ready", flush=True)
while sys.argv[1] == "on":
    engine.synthesize("Both thumbs on the instep. " * 70, "", 1.0, "en-US")
"""


@pytest.mark.parametrize("stopped", [False, True])
def test_no_process_outlives_a_parent_that_is_killed(stopped: bool) -> None:
    """Without PDEATHSIG in the worker and the fork, both were still running a minute later."""
    parent = subprocess.Popen([sys.executable, "-c", SPEAK_ON, "on"], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    wait_for(lambda: len(workers_of(parent.pid)) == 2, "the worker has no fork")
    running = workers_of(parent.pid)
    for worker in running if stopped else []:
        os.kill(worker, signal.SIGSTOP)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_for(lambda: not any("espeak_worker" in _command(pid) for pid in running), "a process outlived its parent")


def test_a_program_may_exit_without_closing_the_engine_in_any_directory(tmp_path: Path) -> None:
    """Modules in the current directory must not replace ours or Python's of the same name."""
    for name in ("pyttsx3", "yaml", "json", "runpy", "ctypes", "voiceguide"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module was imported')")
    script = tmp_path / "scripts" / "speak_once.py"
    script.parent.mkdir()
    script.write_text(SPEAK_ON)
    done = subprocess.run(
        [sys.executable, str(script), "once"], cwd=tmp_path, capture_output=True, text=True, timeout=HANG_S, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("ready\n", "", 0)


def test_the_system_library_is_used_if_the_wheel_does_not_load() -> None:
    wheel = espeak_location.find_espeak_library()
    program = (
        "from voiceguide.speech.engines.pyttsx3 import engine as pyttsx3, espeak_location\n"
        "def absent(): raise OSError('hidden')\n"
        "espeak_location._find_in_wheel = absent\n"
        "engine = pyttsx3.Pyttsx3Engine()\n"
        "print(engine.version(), len(engine.synthesize('Hello there.', '', 1.0, 'de').samples) > 9000)"
    )
    environment = {"LD_LIBRARY_PATH": str(Path(wheel.path).parent), "ESPEAK_DATA_PATH": wheel.data_folder}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"pyttsx3 2.99, espeak-ng {wheel.version} (system) True\n", "")


def test_a_missing_library_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def moved(name: str) -> object:
        return type("Distribution", (), {"locate_file": staticmethod(lambda path: tmp_path)})

    monkeypatch.setattr("importlib.metadata.distribution", moved)
    monkeypatch.setattr(espeak_location, "_SYSTEM_LIBRARY_NAMES", ("libnone.so.1",))
    with pytest.raises(SpeechError) as caught:
        espeak_location.find_espeak_library.__wrapped__()
    assert str(caught.value) == (
        f"pyttsx3 cannot find eSpeak: {tmp_path}/espeak-ng-data contains no phontab; "
        "libnone.so.1: cannot open shared object file: No such file or directory. "
        "Run pip install --force-reinstall espeakng-loader, or install your system's espeak-ng package."
    )
