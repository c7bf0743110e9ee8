"""The speaker: nothing spoken twice, nothing stale, nothing in another's place."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest

import voiceguide.speech.narrator as speaker_module
from voiceguide.errors import AudioFileError, SpeechError
from voiceguide.speech.engines.protocol import Speech
from voiceguide.speech.engines.tone import ToneEngine
from voiceguide.speech.narrator import Narrator
from voiceguide.system.disk_cache import DiskCache
from voiceguide.system.thread_pool import parallel_for_each
from voiceguide.timeline.model import Line, Pause

LINE = Line(("Place both feet in the water.",), "tone", 1.0, "en")


class CountingTone(ToneEngine):
    """The tone voice, telling what it was asked, by how many at a time."""

    asked: ClassVar[Counter[tuple[str, str, float, str]]] = Counter()
    at_once = most_at_once = 0
    own_version = "1"
    lock = threading.Lock()

    def version(self) -> str:
        return self.own_version

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        cls = CountingTone
        with cls.lock:
            cls.asked[text, voice, pace, language] += 1
            cls.at_once += 1
            cls.most_at_once = max(cls.most_at_once, cls.at_once)
        try:
            threading.Event().wait(0.01)
            return super().synthesize(text, voice, pace, language)
        finally:
            with cls.lock:
                cls.at_once -= 1


@pytest.fixture
def store(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "store")


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> type[CountingTone]:
    monkeypatch.setattr(speaker_module, "load_engine", lambda name: CountingTone())
    monkeypatch.setattr(CountingTone, "asked", Counter())
    monkeypatch.setattr(CountingTone, "most_at_once", 0)
    return CountingTone


def test_a_line_is_measured_spoken_and_heard_at_the_same_length(store: DiskCache) -> None:
    with Narrator(store) as speaker:
        assert not speaker.measure(LINE).exact
        speaker.synthesize_missing([LINE])
        measured = speaker.measure(LINE)
        assert (measured.samples, measured.exact) == (speaker.clip(LINE).size, True)
    with Narrator(store) as another:
        assert another.measure(LINE) == measured


def test_nothing_is_spoken_twice(store: DiskCache, counting: type[CountingTone]) -> None:
    lines = [LINE, replace(LINE, parts=("Other words.",)), LINE]
    for _ in range(2):
        with Narrator(store) as speaker:
            speaker.synthesize_missing(lines)
            speaker.clip(LINE)
    assert set(counting.asked.values()) == {1}
    assert len(counting.asked) == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(LINE, parts=("Place both feet in the oil.",)),
        replace(LINE, voice="tone/tone"),
        replace(LINE, pace=0.9),
        replace(LINE, language="de"),
    ],
    ids=["words", "voice", "pace", "language"],
)
def test_whatever_the_sound_depends_on_makes_another_clip(
    store: DiskCache, counting: type[CountingTone], other: Line
) -> None:
    with Narrator(store) as speaker:
        speaker.synthesize_missing([LINE, other])
    assert len(counting.asked) == 2
    assert store.usage()[0] == 2


def test_another_version_of_the_engine_speaks_anew(
    store: DiskCache, counting: type[CountingTone], monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1", "2", "2"):
        monkeypatch.setattr(counting, "own_version", version)
        with Narrator(store) as speaker:
            speaker.synthesize_missing([LINE])
    assert list(counting.asked.values()) == [2]


def test_another_way_of_finishing_clips_speaks_anew(
    store: DiskCache, counting: type[CountingTone], monkeypatch: pytest.MonkeyPatch
) -> None:
    for form in ("clip 1000", "clip 1001"):
        monkeypatch.setattr(speaker_module, "FORMAT", form)
        with Narrator(store) as speaker:
            speaker.synthesize_missing([LINE])
    assert list(counting.asked.values()) == [2]


def test_how_words_are_said_is_part_of_the_key(store: DiskCache, counting: type[CountingTone]) -> None:
    for said in ("tubs", "basins"):
        with Narrator(store, {"water": said}) as speaker:
            speaker.synthesize_missing([LINE])
    assert {text for text, *_ in counting.asked} == {"Place both feet in the tubs.", "Place both feet in the basins."}


def test_a_torn_clip_is_not_believed_when_the_timeline_is_made(store: DiskCache) -> None:
    """Its length on the disk would move every step after it."""
    with Narrator(store) as speaker:
        speaker.synthesize_missing([LINE])
        right = speaker.clip(LINE).size
    (entry,) = store.folder.glob("??/*")
    entry.write_bytes(entry.read_bytes()[:-2_000])
    with Narrator(store) as speaker:
        assert not speaker.measure(LINE).exact
        speaker.synthesize_missing([LINE])
        assert speaker.measure(LINE).samples == right


def test_pauses_are_exact(store: DiskCache) -> None:
    line = replace(LINE, parts=("Breathe in.", Pause(96_000), "And out."))
    with Narrator(store) as speaker:
        first, second = (speaker.clip(replace(LINE, parts=(words,))) for words in ("Breathe in.", "And out."))
        whole = speaker.clip(line)
        assert speaker.measure(line).samples == whole.size == first.size + 96_000 + second.size
    np.testing.assert_array_equal(whole[: first.size], first)
    assert not whole[first.size : first.size + 96_000].any()
    np.testing.assert_array_equal(whole[first.size + 96_000 :], second)


def test_words_with_nothing_to_say_are_refused_by_name(store: DiskCache) -> None:
    with Narrator(store) as speaker, pytest.raises(SpeechError) as caught:
        speaker.measure(replace(LINE, parts=("?!",)))
    assert str(caught.value) == '"?!" has nothing in it that can be spoken. Write it in words.'


def test_threads_get_each_clip_once_and_whole(store: DiskCache, counting: type[CountingTone]) -> None:
    lines = [replace(LINE, parts=(f"Line number {number}.",)) for number in range(8)]
    lengths: list[list[int]] = []
    with Narrator(store, max_workers=3) as speaker:
        threads = [
            threading.Thread(target=lambda: lengths.append([speaker.clip(line).size for line in lines]))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(lengths) == 4
    assert len({tuple(each) for each in lengths}) == 1
    assert set(counting.asked.values()) == {1}


@pytest.mark.parametrize(("parallel", "most"), [(True, 3), (False, 1)])
def test_only_a_parallel_engine_is_asked_by_several_at_once(
    store: DiskCache, counting: type[CountingTone], monkeypatch: pytest.MonkeyPatch, parallel: bool, most: int
) -> None:
    monkeypatch.setattr(counting, "parallel", parallel)
    lines = [replace(LINE, parts=(f"Line number {number}.",)) for number in range(12)]
    with Narrator(store, max_workers=3) as speaker:
        other = threading.Thread(target=lambda: [speaker.clip(line) for line in reversed(lines)])
        if not parallel:
            other.start()
        speaker.synthesize_missing(lines)
        if not parallel:
            other.join()
    assert counting.most_at_once == most


def test_kept_clips_cannot_be_changed_by_whoever_got_them(store: DiskCache) -> None:
    with Narrator(store) as speaker:
        clip = speaker.clip(LINE)
        with pytest.raises(ValueError, match="read-only"):
            clip *= 0


def test_a_recording_is_heard_in_place_of_the_engine(store: DiskCache, counting: type[CountingTone]) -> None:
    sound = np.full(4_800, 0.25, np.float32)
    decoded: list[str] = []

    def decode(name: str) -> npt.NDArray[np.float32]:
        decoded.append(name)
        return sound

    line = replace(LINE, audio="own.wav")
    with Narrator(store, decode_recording=decode) as speaker:
        assert speaker.measure(line).samples == 4_800
        speaker.synthesize_missing([line])
        np.testing.assert_array_equal(speaker.clip(line), sound)
    assert (decoded, counting.asked) == (["own.wav"], Counter())


def test_a_recording_that_cannot_be_read_names_the_words(store: DiskCache) -> None:
    def decode(name: str) -> Any:
        raise AudioFileError(f"{name} is no sound. Choose another file.")

    with Narrator(store, decode_recording=decode) as speaker, pytest.raises(SpeechError) as caught:
        speaker.synthesize_missing([replace(LINE, audio="own.txt")])
    assert str(caught.value) == (
        '"Place both feet in the water." could not be spoken. own.txt is no sound. Choose another file.'
    )


def test_everything_cached_loads_no_engine_library(store: DiskCache) -> None:
    """`plan` of a session spoken before must answer at once."""
    program = (
        "import sys; from pathlib import Path; from voiceguide.system.disk_cache import Store; "
        "from voiceguide.speech.narrator import Speaker; from voiceguide.timeline.model import Line; "
        "speaker = Speaker(Store(Path(sys.argv[1]))); line = Line(('Hold still.',), '', 0.9, 'en'); "
        "exact = speaker.measure(line).exact; "
        "print(exact, [name for name in ('numpy', 'hibari', 'onnxruntime') if name in sys.modules]); "
        "speaker.speak([line])"
    )
    for exact in ("False", "True"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(store.folder)], capture_output=True, text=True, timeout=60
        )
        assert done.stdout.strip() == f"{exact} []", done.stderr


def test_the_earliest_failure_is_the_one_told() -> None:
    slow = threading.Event()

    def work(number: int) -> None:
        if number == 2:
            slow.wait(0.2)
        if number in (2, 3):
            raise SpeechError(f"number {number}")

    with pytest.raises(SpeechError) as caught:
        parallel_for_each(work, range(10), workers=3)
    assert str(caught.value) == "number 2"


def test_after_a_failure_no_more_is_begun() -> None:
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 1:
            raise SpeechError("enough")

    with pytest.raises(SpeechError):
        parallel_for_each(work, range(1_000), workers=1)
    assert begun == [0, 1]


def test_done_is_told_of_each_in_the_callers_own_thread() -> None:
    threads: list[threading.Thread] = []
    parallel_for_each(lambda number: number, range(5), 3, lambda: threads.append(threading.current_thread()))
    assert threads == [threading.current_thread()] * 5
    parallel_for_each(lambda number: number, [], 3)


def test_after_a_failure_what_is_under_way_is_ended_and_waited_for() -> None:
    """Cut off in the middle, it would leave its folder and its program behind."""
    begun, asked, left = threading.Event(), threading.Event(), []

    def work(number: int) -> None:
        if number == 0:
            begun.wait(5)
            raise SpeechError("no")
        begun.set()
        assert asked.wait(5)
        time.sleep(0.1)
        left.append(number)

    with pytest.raises(SpeechError, match="no"):
        parallel_for_each(work, range(2), workers=2, cancel_running=asked.set)
    assert left == [1]


def test_after_a_failure_nobody_waits_long_for_what_hangs() -> None:
    begun, never = threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number == 0:
            begun.wait(5)
            raise SpeechError("no")
        begun.set()
        never.wait(30)

    began = time.monotonic()
    with pytest.raises(SpeechError):
        parallel_for_each(work, range(2), workers=2)
    assert time.monotonic() - began < 4
    never.set()
