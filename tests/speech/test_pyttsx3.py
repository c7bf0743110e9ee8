"""The pyttsx3 engine with eSpeak: no clip lost, mixed up or at another rate, whatever befalls its processes."""

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

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.protocol import Engine, Speech
from voiceguide.speech.engines.pyttsx3 import espeak_library
from voiceguide.speech.engines.pyttsx3.engine import Pyttsx3Engine
from voiceguide.system.python_child import PythonChild

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="eSpeak's worker is the Linux way")

LINE = "Both thumbs on the instep, long strokes to the ankle."


@pytest.fixture(scope="module")
def engine() -> Iterator[Pyttsx3Engine]:
    made = Pyttsx3Engine(workers=2)
    yield made
    made.close()


def digest(speech: Speech) -> str:
    return hashlib.sha256(speech.samples.tobytes()).hexdigest()


def words_s(speech: Speech) -> float:
    """From the first sound to the last: eSpeak's closing pause does not follow the rate."""
    loud = np.flatnonzero(np.abs(speech.samples) > 0.003)
    return float(loud[-1] - loud[0]) / speech.rate


def workers_of(pid: int) -> list[int]:
    """The eSpeak workers, and their forks, below a process."""
    below = {pid}
    while True:
        parents = {int(entry.name): _parent(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
        more = {child for child, parent in parents.items() if parent in below} - below
        if not more:
            return [child for child in below if child != pid and "espeak_worker" in _command(child)]
        below |= more


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


def test_three_hundred_lines_are_three_hundred_clips_at_the_paces_asked_and_the_same_again(
    engine: Pyttsx3Engine,
) -> None:
    """pyttsx3 itself lost 1 to 28 % of clips, gave one line's words to another, and half of all rates to no one."""

    def speak_all(through: Pyttsx3Engine) -> list[Speech]:
        def speak(i: int) -> Speech:
            return through.synthesize(f"Number {i}. Slow circles.", "gmw/en-us", (0.8, 1.2)[i % 2], "en-US")

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(speak, range(300)))

    first = speak_all(engine)
    assert len({digest(speech) for speech in first}) == 300
    slow, fast = (sum(words_s(speech) for speech in first[start::2]) for start in (0, 1))
    assert slow / fast == pytest.approx(1.2 / 0.8, rel=0.05)
    assert {(speech.rate, speech.samples.dtype.name, speech.samples.ndim) for speech in first} == {
        (22050, "float32", 1)
    }

    again = Pyttsx3Engine(workers=2)
    assert [digest(speech) for speech in speak_all(again)] == [digest(speech) for speech in first]
    again.close()


def test_threads_get_their_own_clips(engine: Pyttsx3Engine) -> None:
    """Two threads on one pyttsx3 engine: half of the files missing, and words in the wrong ones."""
    lines = [f"{LINE} Turn {i}." for i in range(60)]
    one_by_one = [digest(engine.synthesize(line, "gmw/en-us", 1.0, "en-US")) for line in lines]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda line: digest(engine.synthesize(line, "gmw/en-us", 1.0, "en-US")), lines))
    assert at_once == one_by_one


def test_a_worker_outlives_the_thread_that_needed_it_first() -> None:
    """PDEATHSIG goes by threads: the end of a build's threads would take the workers with it, mid-clip."""
    before = set(workers_of(os.getpid()))
    made = Pyttsx3Engine(workers=1)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(made.synthesize, LINE, "gmw/en-us", 1.0, "").result()
    (worker,) = set(workers_of(os.getpid())) - before
    time.sleep(0.1)
    assert worker in workers_of(os.getpid())
    made.close()
    assert set(workers_of(os.getpid())) == before


SPANISH = "Masajea la planta del pie con los pulgares, desde el talón hasta los dedos."
RUSSIAN = "Разотрите стопу большими пальцами от пятки к носку."


@pytest.mark.parametrize("pace", [0.6, 0.8, 1.25, 1.6, 1.8])
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
def test_words_come_at_the_pace(engine: Pyttsx3Engine, voice: str, text: str, pace: float) -> None:
    own, asked = (words_s(engine.synthesize(text, voice, each, "")) for each in (1.0, pace))
    assert own / asked == pytest.approx(pace, rel=0.1)


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
def test_a_language_has_its_plain_voice(engine: Pyttsx3Engine, language: str, voice: str | None) -> None:
    if voice is None:
        with pytest.raises(SpeechError, match=f'^pyttsx3 has no voice for the language "{language}"\\.'):
            engine.synthesize("a b c", "", 1.0, language)
        return
    named = engine.synthesize("1 2 3, a b c", voice, 1.0, "")
    for unnamed in ("", "default"):
        assert digest(engine.synthesize("1 2 3, a b c", unnamed, 1.0, language)) == digest(named)


def test_every_name_of_a_voice_is_understood(engine: Pyttsx3Engine) -> None:
    names = ["gmw/en-gb", "gmw/en", "GMW/EN-GB", "en-GB", "English (Great Britain)"]
    assert len({digest(engine.synthesize(LINE, name, 1.0, "de")) for name in names}) == 1


def test_voices_are_listed_plain_ones_first_and_silent_ones_not_at_all(engine: Pyttsx3Engine) -> None:
    voices = engine.voices()
    names = [voice.name for voice in voices]
    assert len(names) == len(set(names)) > 100
    assert not {"gmq/fo", "trk/kaa", "art/xex"} & set(names)  # listed by eSpeak, and without a dictionary
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
        ("", 'pyttsx3 has nothing to say for "": write at least one word.'),
        (" \n\t", 'pyttsx3 has nothing to say for "": write at least one word.'),
        ("... ?!", 'pyttsx3 has nothing to say for "... ?!": write at least one word.'),
        ("\u200b", 'pyttsx3 has nothing to say for " ": write at least one word.'),
        ("ab\0cd", 'pyttsx3 cannot speak "ab cd": character 3 is a control character (U+0000). Remove it.'),
        ("a\x01b", 'pyttsx3 cannot speak "a b": character 2 is a control character (U+0001). Remove it.'),
        ("a\x9bb", 'pyttsx3 cannot speak "a b": character 2 is a control character (U+009B). Remove it.'),
        ("a\ud800", 'pyttsx3 cannot speak "a ": character 2 is half a surrogate pair (U+D800). Remove it.'),
    ],
)
def test_what_cannot_be_spoken_is_refused_before_speaking(text: str, message: str) -> None:
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


def test_a_text_the_voice_is_silent_on_is_an_error_and_never_silence(engine: Pyttsx3Engine) -> None:
    with pytest.raises(SpeechError) as caught:
        engine.synthesize("*", "gmw/de", 1.0, "de")
    assert str(caught.value) == (
        'pyttsx3 could not speak "*" with the voice gmw/de, twice: the clip is silent for all its 0.30 s. '
        "Try other words or another voice; voiceguide doctor shows what is missing."
    )


def test_fifteen_thousand_characters(engine: Pyttsx3Engine) -> None:
    """A crash of the whole program in pyttsx3, which reads nine times past the end of its text."""
    sentence = "Both thumbs on the instep. "
    text = (sentence * 556)[:15_000]
    speech = engine.synthesize(text, "gmw/en-us", 1.0, "en-US")
    one = engine.synthesize(sentence * 74, "gmw/en-us", 1.0, "en-US")  # 1,998 characters: one piece
    assert np.array_equal(speech.samples[: len(one.samples)], one.samples)
    assert len(speech.samples) / len(one.samples) == pytest.approx(15_000 / 1998, rel=0.01)


def test_more_than_half_an_hour_is_refused(engine: Pyttsx3Engine) -> None:
    with pytest.raises(SpeechError) as caught:
        engine.synthesize("Both thumbs on the instep. " * 1200, "gmw/en-us", 0.9, "en-US")
    assert str(caught.value) == (
        'pyttsx3 stops at half an hour of "Both thumbs on the instep. Both thumbs on the instep. Both …": '
        "cut the text into several steps."
    )


@pytest.mark.parametrize(
    ("voice", "pace", "message"),
    [
        (
            "gmw/fe",
            1.0,
            'pyttsx3 has no voice "gmw/fe". The nearest: gmw/en-gb, gmw/de, gmw/af. '
            "All are listed by: voiceguide voices",
        ),
        ("gmw/de", 0.3, "pyttsx3/gmw/de cannot speak at pace 0.3. Choose a pace from 0.46 to 2.57."),
        ("gmw/de", float("nan"), "pyttsx3/gmw/de cannot speak at pace nan. Choose a pace from 0.46 to 2.57."),
        ("zle/ru", 2.0, "pyttsx3/zle/ru cannot speak at pace 2. Choose a pace from 0.55 to 1.87."),
    ],
)
def test_a_voice_or_a_pace_out_of_reach_is_an_error(
    engine: Pyttsx3Engine, voice: str, pace: float, message: str
) -> None:
    """eSpeak takes the previous voice, and clips the rate, without a word."""
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


def lonely_engine(clip_limit_s: float = 10.0) -> tuple[Pyttsx3Engine, int, str]:
    """An engine with one idle worker, that worker, and what it said."""
    before = set(workers_of(os.getpid()))
    made = Pyttsx3Engine(workers=1, clip_timeout_s=clip_limit_s)
    said = digest(made.synthesize(LINE, "gmw/en-us", 1.0, "en-US"))
    (worker,) = set(workers_of(os.getpid())) - before
    return made, worker, said


@pytest.mark.parametrize("blow", [signal.SIGSTOP, signal.SIGSEGV, signal.SIGKILL])
def test_a_worker_that_hangs_or_crashes_is_replaced(blow: signal.Signals) -> None:
    made, worker, said = lonely_engine(clip_limit_s=0.5)
    os.kill(worker, blow)
    started = time.monotonic()
    assert digest(made.synthesize(LINE, "gmw/en-us", 1.0, "en-US")) == said
    assert time.monotonic() - started < 3
    assert worker not in workers_of(os.getpid())
    made.close()


def speak_until_it_fails(through: Pyttsx3Engine, text: str) -> None:
    for _ in range(50):
        through.synthesize(text, "gmw/en-us", 1.0, "en-US")


def test_a_worker_that_crashes_every_time_is_an_error_that_names_the_cause() -> None:
    made, _, _ = lonely_engine()
    others = set(workers_of(os.getpid())) - {made._backend._idle[0].pid}  # type: ignore[attr-defined]
    over = threading.Event()

    def kill_all() -> None:
        while not over.is_set():
            for worker in set(workers_of(os.getpid())) - others:
                os.kill(worker, signal.SIGABRT)

    killer = threading.Thread(target=kill_all)
    killer.start()
    try:
        with pytest.raises(SpeechError) as caught:
            speak_until_it_fails(made, LINE * 30)
    finally:
        over.set()
        killer.join()
        made.close()
    assert re.fullmatch(
        r'pyttsx3 could not speak "Both thumbs on the instep, long strokes to the ankle\.Both t…" '
        r"with the voice gmw/en-us, twice: (its process|eSpeak) ended with SIGABRT\. "
        r"Try other words or another voice; voiceguide doctor shows what is missing\.",
        str(caught.value),
    )


def test_an_interrupted_clip_is_never_taken_for_the_next_one() -> None:
    made, worker, said = lonely_engine()

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    os.kill(worker, signal.SIGSTOP)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(KeyboardInterrupt):
            made.synthesize("Something else altogether.", "gmw/en-us", 1.0, "en-US")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert worker not in workers_of(os.getpid())
    assert digest(made.synthesize(LINE, "gmw/en-us", 1.0, "en-US")) == said
    made.close()


def test_samples_changed_on_the_way_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _, said = lonely_engine()
    receive, flips = PythonChild.receive, iter([True])

    def flipping(self: PythonChild, limit_s: float) -> tuple[dict[str, object], bytes]:
        head, body = receive(self, limit_s)
        return head, b"\x7f" + body[1:] if next(flips, False) else body

    monkeypatch.setattr(PythonChild, "receive", flipping)
    assert digest(made.synthesize(LINE, "gmw/en-us", 1.0, "en-US")) == said
    monkeypatch.setattr(PythonChild, "receive", lambda self, limit_s: (receive(self, limit_s)[0], b"\0" * 20))
    with pytest.raises(SpeechError, match=r"twice: \d+ samples at 22050 Hz were announced and 20 bytes came\. Try"):
        made.synthesize(LINE, "gmw/en-us", 1.0, "en-US")
    made.close()


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
    """Without PDEATHSIG in worker and fork both were there a minute later."""
    parent = subprocess.Popen([sys.executable, "-c", SPEAK_ON, "on"], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    deadline = time.monotonic() + 5
    while len(left := workers_of(parent.pid)) < 2 and time.monotonic() < deadline:  # the worker and its fork
        pass
    assert len(left) == 2
    for worker in left if stopped else []:
        os.kill(worker, signal.SIGSTOP)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 2
    while left and time.monotonic() < deadline:
        left = [pid for pid in left if "espeak_worker" in _command(pid)]
    assert left == []


def test_a_program_may_end_without_closing_the_engine_wherever_it_stands(tmp_path: Path) -> None:
    """Modules in the current folder with the names of ours, or of Python's, are none of the program."""
    for name in ("pyttsx3", "yaml", "json", "runpy", "ctypes", "voiceguide"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module was imported')")
    script = tmp_path / "scripts" / "speak_once.py"
    script.parent.mkdir()
    script.write_text(SPEAK_ON)
    done = subprocess.run(
        [sys.executable, str(script), "once"], cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("ready\n", "", 0)


def test_the_library_of_the_system_speaks_where_the_wheel_does_not_load() -> None:
    wheel = espeak_library.find_espeak_library()
    program = (
        "from voiceguide.speech.engines import espeak_library, pyttsx3\n"
        "def absent(): raise OSError('hidden')\n"
        "espeak_library._from_wheel = absent\n"
        "engine = pyttsx3.Pyttsx3Engine()\n"
        "print(engine.version(), len(engine.synthesize('Hello there.', '', 1.0, 'de').samples) > 9000)"
    )
    environment = {"LD_LIBRARY_PATH": str(Path(wheel.path).parent), "ESPEAK_DATA_PATH": wheel.data_folder}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.stdout, done.stderr) == (f"pyttsx3 2.99, espeak-ng {wheel.version} (system) True\n", "")


def test_no_library_at_all_is_an_error_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def moved(name: str) -> object:
        return type("Distribution", (), {"locate_file": staticmethod(lambda path: tmp_path)})

    monkeypatch.setattr("importlib.metadata.distribution", moved)
    monkeypatch.setattr(espeak_library, "_SYSTEM_NAMES", ("libnone.so.1",))
    with pytest.raises(SpeechError) as caught:
        espeak_library.find_espeak_library.__wrapped__()
    assert str(caught.value) == (
        f"pyttsx3 finds no eSpeak to speak with: {tmp_path}/espeak-ng-data holds no phontab; "
        "libnone.so.1: cannot open shared object file: No such file or directory. "
        "Run pip install --force-reinstall espeakng-loader, or install the package espeak-ng of your system."
    )
