"""The narrator: no clip is synthesized twice, no clip is outdated, and no two clips are swapped."""

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

import voiceguide.speech.narrator as narrator_module
from tests.support.timing import HANG_S
from voiceguide.errors import AudioFileError, SpeechError
from voiceguide.speech.engines.protocol import Speech
from voiceguide.speech.engines.tone import ToneEngine
from voiceguide.speech.narrator import Narrator
from voiceguide.speech.thread_pool import parallel_for_each
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.model import Line, Pause

LINE = Line(("Place both feet in the water.",), "tone", 1.0, "en")


class CountingTone(ToneEngine):
    """The tone voice, which counts its calls and how many run at the same time."""

    calls: ClassVar[Counter[tuple[str, str, float, str]]] = Counter()
    running = max_running = 0
    current_version = "1"
    lock = threading.Lock()

    def version(self) -> str:
        return self.current_version

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        cls = CountingTone
        with cls.lock:
            cls.calls[text, voice, pace, language] += 1
            cls.running += 1
            cls.max_running = max(cls.max_running, cls.running)
        try:
            threading.Event().wait(0.01)
            return super().synthesize(text, voice, pace, language)
        finally:
            with cls.lock:
                cls.running -= 1


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache")


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> type[CountingTone]:
    monkeypatch.setattr(narrator_module, "create_engine", lambda name: CountingTone())
    monkeypatch.setattr(CountingTone, "calls", Counter())
    monkeypatch.setattr(CountingTone, "max_running", 0)
    return CountingTone


def test_the_measured_length_of_a_line_is_the_length_of_its_clip(cache: DiskCache) -> None:
    with Narrator(cache) as narrator:
        assert not narrator.measure(LINE).exact
        narrator.synthesize_missing([LINE])
        measured = narrator.measure(LINE)
        assert (measured.samples, measured.exact) == (narrator.clip(LINE).size, True)
    with Narrator(cache) as another:
        assert another.measure(LINE) == measured


def test_no_line_is_synthesized_twice(cache: DiskCache, counting: type[CountingTone]) -> None:
    lines = [LINE, replace(LINE, parts=("Other words.",)), LINE]
    for _ in range(2):
        with Narrator(cache) as narrator:
            narrator.synthesize_missing(lines)
            narrator.clip(LINE)
    assert set(counting.calls.values()) == {1}
    assert len(counting.calls) == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(LINE, parts=("Place both feet in the oil.",)),
        replace(LINE, voice="tone/tone"),
        replace(LINE, pace=0.9),
        replace(LINE, language="de"),
    ],
    ids=["text", "voice", "pace", "language"],
)
def test_text_voice_pace_and_language_are_part_of_the_key(
    cache: DiskCache, counting: type[CountingTone], other: Line
) -> None:
    with Narrator(cache) as narrator:
        narrator.synthesize_missing([LINE, other])
    assert len(counting.calls) == 2
    assert cache.usage()[0] == 2


def test_a_room_is_added_to_the_cached_clip(cache: DiskCache, counting: type[CountingTone]) -> None:
    small = replace(LINE, room="small", tail_samples=14_400)
    with Narrator(cache) as narrator:
        guess = narrator.measure(LINE).samples
        assert narrator.measure(small).samples == guess + 14_400
        narrator.synthesize_missing([LINE, small])
        dry, wet = narrator.clip(LINE), narrator.clip(small)
        assert narrator.measure(small).samples == len(wet) == len(dry) + 14_400
        assert np.abs(wet[: len(dry)] - dry).max() < 0.5 * np.abs(dry).max()
        assert 0 < np.abs(wet[len(dry) :]).max() < 0.5 * np.abs(dry).max()
        ids = {narrator.clip_id(replace(small, tail_samples=tail)) for tail in (14_400, 4_800)}
        assert len({narrator.clip_id(LINE), narrator.clip_id(replace(small, room="large")), *ids}) == 4
    assert list(counting.calls.values()) == [1]


def test_a_new_engine_version_synthesizes_again(
    cache: DiskCache, counting: type[CountingTone], monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1", "2", "2"):
        monkeypatch.setattr(counting, "current_version", version)
        with Narrator(cache) as narrator:
            narrator.synthesize_missing([LINE])
    assert list(counting.calls.values()) == [2]


def test_a_new_clip_format_synthesizes_again(
    cache: DiskCache, counting: type[CountingTone], monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("clip 1000", "clip 1001"):
        monkeypatch.setattr(narrator_module, "CLIP_FORMAT_VERSION", version)
        with Narrator(cache) as narrator:
            narrator.synthesize_missing([LINE])
    assert list(counting.calls.values()) == [2]


def test_pronunciations_are_part_of_the_key(cache: DiskCache, counting: type[CountingTone]) -> None:
    for replacement in ("tubs", "basins"):
        with Narrator(cache, {"water": replacement}) as narrator:
            narrator.synthesize_missing([LINE])
    assert {text for text, *_ in counting.calls} == {"Place both feet in the tubs.", "Place both feet in the basins."}


def test_the_length_of_a_truncated_clip_is_not_used(cache: DiskCache) -> None:
    """It would move every step after it."""
    with Narrator(cache) as narrator:
        narrator.synthesize_missing([LINE])
        length = narrator.clip(LINE).size
    (entry,) = cache.folder.glob("??/*")
    entry.write_bytes(entry.read_bytes()[:-2_000])
    with Narrator(cache) as narrator:
        assert not narrator.measure(LINE).exact
        narrator.synthesize_missing([LINE])
        assert narrator.measure(LINE).samples == length


def test_pauses_are_exact(cache: DiskCache) -> None:
    line = replace(LINE, parts=("Breathe in.", Pause(96_000), "And out."))
    with Narrator(cache) as narrator:
        first, second = (narrator.clip(replace(LINE, parts=(words,))) for words in ("Breathe in.", "And out."))
        whole = narrator.clip(line)
        assert narrator.measure(line).samples == whole.size == first.size + 96_000 + second.size
    np.testing.assert_array_equal(whole[: first.size], first)
    assert not whole[first.size : first.size + 96_000].any()
    np.testing.assert_array_equal(whole[first.size + 96_000 :], second)


def test_a_text_without_speech_is_an_error_that_quotes_it(cache: DiskCache) -> None:
    with Narrator(cache) as narrator, pytest.raises(SpeechError) as caught:
        narrator.measure(replace(LINE, parts=("?!",)))
    assert str(caught.value) == '"?!" contains nothing that can be spoken. Write it in words.'


def test_threads_synthesize_each_clip_once_and_get_all_of_it(cache: DiskCache, counting: type[CountingTone]) -> None:
    lines = [replace(LINE, parts=(f"Line number {number}.",)) for number in range(8)]
    lengths: list[list[int]] = []
    with Narrator(cache, max_workers=3) as narrator:
        threads = [
            threading.Thread(target=lambda: lengths.append([narrator.clip(line).size for line in lines]))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(lengths) == 4
    assert len({tuple(each) for each in lengths}) == 1
    assert set(counting.calls.values()) == {1}


@pytest.mark.parametrize(("parallel", "max_running"), [(True, 3), (False, 1)])
def test_only_a_parallel_engine_gets_several_calls_at_once(
    cache: DiskCache, counting: type[CountingTone], monkeypatch: pytest.MonkeyPatch, parallel: bool, max_running: int
) -> None:
    monkeypatch.setattr(counting, "parallel", parallel)
    lines = [replace(LINE, parts=(f"Line number {number}.",)) for number in range(12)]
    with Narrator(cache, max_workers=3) as narrator:
        other = threading.Thread(target=lambda: [narrator.clip(line) for line in reversed(lines)])
        if not parallel:
            other.start()
        narrator.synthesize_missing(lines)
        if not parallel:
            other.join()
    assert counting.max_running == max_running


def test_cached_clips_are_read_only(cache: DiskCache) -> None:
    with Narrator(cache) as narrator:
        clip = narrator.clip(LINE)
        with pytest.raises(ValueError, match="read-only"):
            clip *= 0


def test_a_recording_replaces_the_engine(cache: DiskCache, counting: type[CountingTone]) -> None:
    recording = np.full(4_800, 0.25, np.float32)
    decoded: list[str] = []

    def decode(name: str) -> npt.NDArray[np.float32]:
        decoded.append(name)
        return recording

    line = replace(LINE, audio="own.wav")
    with Narrator(cache, decode_recording=decode) as narrator:
        assert narrator.measure(line).samples == 4_800
        narrator.synthesize_missing([line])
        np.testing.assert_array_equal(narrator.clip(line), recording)
    assert (decoded, counting.calls) == (["own.wav"], Counter())


def test_a_recording_that_cannot_be_read_is_an_error_with_the_text(cache: DiskCache) -> None:
    def decode(name: str) -> Any:
        raise AudioFileError(f"{name} is not an audio file. Choose another file.")

    with Narrator(cache, decode_recording=decode) as narrator, pytest.raises(SpeechError) as caught:
        narrator.synthesize_missing([replace(LINE, audio="own.txt")])
    assert str(caught.value) == (
        '"Place both feet in the water." could not be spoken. own.txt is not an audio file. Choose another file.'
    )


def test_cached_lines_load_no_engine_library(cache: DiskCache) -> None:
    """`plan` must be fast if everything has been synthesized before."""
    program = (
        "import sys; from pathlib import Path; from voiceguide.system.disk_cache import DiskCache; "
        "from voiceguide.speech.narrator import Narrator; from voiceguide.timeline.model import Line; "
        "narrator = Narrator(DiskCache(Path(sys.argv[1]))); line = Line(('Hold still.',), '', 0.9, 'en'); "
        "exact = narrator.measure(line).exact; "
        "print(exact, [name for name in ('numpy', 'hibari', 'onnxruntime') if name in sys.modules]); "
        "narrator.synthesize_missing([line])"
    )
    for exact in ("False", "True"):
        done = subprocess.run(
            [sys.executable, "-c", program, str(cache.folder)], capture_output=True, text=True, timeout=60
        )
        assert done.stdout.strip() == f"{exact} []", done.stderr


def test_the_failure_of_the_earliest_item_is_raised() -> None:
    slow = threading.Event()

    def work(number: int) -> None:
        if number == 2:
            slow.wait(0.2)
        if number in (2, 3):
            raise SpeechError(f"number {number}")

    with pytest.raises(SpeechError) as caught:
        parallel_for_each(work, range(10), workers=3)
    assert str(caught.value) == "number 2"


def test_no_item_is_started_after_a_failure() -> None:
    started: list[int] = []

    def work(number: int) -> None:
        started.append(number)
        if number == 1:
            raise SpeechError("enough")

    with pytest.raises(SpeechError):
        parallel_for_each(work, range(1_000), workers=1)
    assert started == [0, 1]


def test_the_callback_runs_in_the_callers_thread() -> None:
    threads: list[threading.Thread] = []
    parallel_for_each(lambda number: number, range(5), 3, lambda: threads.append(threading.current_thread()))
    assert threads == [threading.current_thread()] * 5
    parallel_for_each(lambda number: number, [], 3)


def test_running_work_is_canceled_and_awaited_after_a_failure() -> None:
    """If it were cut off, it would leave its temporary directory and its program behind."""
    started, canceled, finished = threading.Event(), threading.Event(), []

    def work(number: int) -> None:
        if number == 0:
            started.wait(HANG_S)
            raise SpeechError("no")
        started.set()
        assert canceled.wait(HANG_S)
        time.sleep(0.1)
        finished.append(number)

    with pytest.raises(SpeechError, match="no"):
        parallel_for_each(work, range(2), workers=2, cancel_running=canceled.set)
    assert finished == [1]


def test_work_that_hangs_is_not_awaited_for_long_after_a_failure() -> None:
    started, never = threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number == 0:
            started.wait(HANG_S)
            raise SpeechError("no")
        started.set()
        gave_up.append(never.wait(HANG_S))

    gave_up: list[bool] = []
    with pytest.raises(SpeechError):
        parallel_for_each(work, range(2), workers=2)
    assert gave_up == []
    never.set()
