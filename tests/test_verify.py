"""The check of a finished file, with real faults: what must never be delivered, and what must never be refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.conftest import Run
from voiceguide.encode.deliver import Delivery, deliver
from voiceguide.encode.tags import Chapter
from voiceguide.encode.verify import verify_file
from voiceguide.errors import VerifyError
from voiceguide.script.load import load_routine
from voiceguide.session import open_session
from voiceguide.sound.mix import Mix
from voiceguide.sound.mixed import Stretch
from voiceguide.store import Store
from voiceguide.timeline.model import Timeline
from voiceguide.timeline.overrides import Overrides
from voiceguide.units import SAMPLE_RATE

Samples = npt.NDArray[np.float32]

SCRIPT = b"""\
voiceguide: 1
title: Checked
voice: heart
bed: rain
stages:
  - stage: Soak
    steps:
      - {say: Place both feet in the warm water., for: 12s}
      - {say: Breathe out slowly., for: 12s}
  - stage: Rest
    steps:
      - {say: Now rest your hands., for: 12s}
"""
SECOND_CUE = 12 * SAMPLE_RATE


@dataclass(frozen=True)
class Made:
    """A session ready to be delivered."""

    mix: Mix
    timeline: Timeline


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    store = Store(tmp_path_factory.mktemp("store"))
    with open_session(load_routine("s.yaml", SCRIPT), Overrides(), store) as session:
        timeline = session.settled()
        yield Made(session.mix(timeline), timeline)


class Damaged:
    """A mix whose sound is changed on its way to the encoder; what it should be is still told."""

    def __init__(self, mix: Mix, change: Callable[[Mix, Samples, int], Samples]) -> None:
        self.total, self.channels = mix.total, mix.channels
        self.cue_sound = mix.cue_sound
        whole = mix.render(0, mix.total)
        self._sound = change(mix, whole.copy(), mix.total)

    def render(self, start: int, stop: int) -> Samples:
        return self._sound[start:stop]

    def stretches(self) -> list[Stretch]:
        return [Stretch(0, self.total, "")]

    def render_loop(self, loop: str, start: int, stop: int) -> Samples:
        raise AssertionError("nothing here is steady")


def without_cue(mix: Mix, sound: Samples, total: int) -> Samples:
    cue = mix.cue_sound(SECOND_CUE)
    sound[SECOND_CUE : SECOND_CUE + cue.size] -= cue[:, np.newaxis]
    return sound


def moved_by(milliseconds: int) -> Callable[[Mix, Samples, int], Samples]:
    def move(mix: Mix, sound: Samples, total: int) -> Samples:
        cue, at = mix.cue_sound(SECOND_CUE), SECOND_CUE + milliseconds * SAMPLE_RATE // 1000
        sound = without_cue(mix, sound, total)
        sound[at : at + cue.size] += cue[:, np.newaxis]
        return sound

    return move


def replaced(mix: Mix, sound: Samples, total: int) -> Samples:
    other = mix.cue_sound(24 * SAMPLE_RATE)
    sound = without_cue(mix, sound, total)
    sound[SECOND_CUE : SECOND_CUE + other.size] += other[:, np.newaxis]
    return sound


def cut_short(mix: Mix, sound: Samples, total: int) -> Samples:
    """The last half of the words is missing."""
    cue = mix.cue_sound(SECOND_CUE)
    half = cue.size // 2
    sound[SECOND_CUE + half : SECOND_CUE + cue.size] -= cue[half:, np.newaxis]
    return sound


def too_loud(mix: Mix, sound: Samples, total: int) -> Samples:
    cue = mix.cue_sound(SECOND_CUE)
    sound[SECOND_CUE : SECOND_CUE + cue.size] += 4 * cue[:, np.newaxis]
    return sound


def too_quiet(mix: Mix, sound: Samples, total: int) -> Samples:
    cue = mix.cue_sound(SECOND_CUE)
    sound[SECOND_CUE : SECOND_CUE + cue.size] -= 0.5 * cue[:, np.newaxis]
    return sound


def bleep_over_it(mix: Mix, sound: Samples, total: int) -> Samples:
    length = SAMPLE_RATE
    bleep = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(length) / SAMPLE_RATE)
    sound[SECOND_CUE : SECOND_CUE + length] += bleep[:, np.newaxis].astype(np.float32)
    return sound


CUE = 'The cue "Breathe out slowly." at 0:12 '


@pytest.mark.parametrize("form", ["mp3", "flac"])
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_cue, CUE + "is not heard there"),
        (moved_by(100), CUE + "is heard 100 ms too late."),
        (moved_by(-100), CUE + "is heard 100 ms too early."),
        (replaced, CUE + "is not heard there"),
        (cut_short, CUE + "is not heard there"),
        (too_loud, CUE + "is "),
        (too_quiet, CUE + "is 6.0 dB too quiet."),
        (bleep_over_it, CUE),
    ],
)
def test_a_damaged_cue_is_never_delivered(
    damage: Callable[[Mix, Samples, int], Samples], message: str, form: str, made: Made, tmp_path: Path
) -> None:
    target = tmp_path / f"s.{form}"
    target.write_bytes(b"the good file of yesterday")
    with pytest.raises(VerifyError) as caught:
        deliver(Damaged(made.mix, damage), made.timeline, target, Delivery(form), None)
    start = f"{target} was not written, since what was made is not what was planned. {message}"
    assert str(caught.value).startswith(start)
    assert target.read_bytes() == b"the good file of yesterday"
    assert [path.name for path in tmp_path.iterdir()] == [target.name], "no litter"


@pytest.mark.parametrize("form", ["mp3", "m4b", "opus", "flac", "wav"])
def test_a_good_file_passes_in_every_format(form: str, made: Made, tmp_path: Path) -> None:
    target = tmp_path / f"s.{form}"
    deliver(made.mix, made.timeline, target, Delivery(form), None)
    report = verify_file(target)
    assert report.faults == ()
    assert len(report.cues) == 3
    assert all(cue.match.likeness > 0.97 and abs(cue.match.late_s) < 0.006 for cue in report.cues)


def test_a_wrong_chapter_is_a_fault(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from voiceguide.encode import deliver as room

    right = room._chapters(made.timeline)
    for wrong, message in [
        ([replace(right[0], title="Soap"), right[1]], 'The chapter "Soap" should be called "Soak".'),
        ([Chapter(0, right[0].stop + 4800, "Soak"), right[1]], 'The chapter "Soak" lasts from 0.000 to 24.100 s'),
        (right[:1], "The file has 1 chapters and the plan 2 stages."),
    ]:
        monkeypatch.setattr(room, "_chapters", lambda timeline, wrong=wrong: wrong)
        with pytest.raises(VerifyError, match="not what was planned") as caught:
            deliver(made.mix, made.timeline, tmp_path / "s.mp3", Delivery(), None)
        assert message in str(caught.value)


def test_a_file_damaged_later_is_told_by_itself(run: Run, made: Made, tmp_path: Path) -> None:
    good = tmp_path / "good.mp3"
    deliver(made.mix, made.timeline, good, Delivery(), None)
    data = good.read_bytes()
    shown = run("verify", "good.mp3").stdout
    assert shown.startswith("good.mp3: all 3 cues heard in their places, 2 chapters, 0:36 to the sample, peak -")

    (tmp_path / "short.mp3").write_bytes(data[: len(data) * 2 // 3])
    told = run("verify", "short.mp3", status=1).stderr
    assert "short.mp3: The file lasts " in told
    assert 'The cue "Now rest your hands." at 0:24 is not heard there' in told

    middle = len(data) - 36 * 16_000 + 12 * 16_000
    (tmp_path / "holed.mp3").write_bytes(data[:middle] + bytes(48_000) + data[middle + 48_000 :])
    assert "is not heard there" in run("verify", "holed.mp3", status=1).stderr

    (tmp_path / "foreign.mp3").write_bytes(data[len(data) - 100_000 :])
    assert run("verify", "foreign.mp3", status=1).stderr == (
        "foreign.mp3 has no plan inside, or a damaged one. Only files built by voiceguide can be verified.\n"
    )
    assert run("verify", "nothing.mp3", status=1).stderr.startswith("There is no file nothing.mp3.")


@pytest.mark.parametrize(
    "options",
    [
        ["--bed", "none"],
        ["--bed", "waves", "--bed-level", "-10"],
        ["--bed", "stream", "--bed-level", "-12"],
        ["--bed", "bowl", "--voice", "tone"],
        ["--voice", "pyttsx3/gmw/en-us"],
        ["--detail", "chime"],
        ["--pace", "1.3", "--bed", "wind"],
        ["--bed", "brown", "--bitrate", "64"],
    ],
)
def test_good_sessions_are_never_refused(options: list[str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(SCRIPT)
    run("build", "s.yaml", "-o", "s.mp3", *options)
    run("verify", "s.mp3")
