"""The check of a finished file, with real faults: what must never be delivered, and what must never be refused."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mutagen.id3
import numpy as np
import numpy.typing as npt
import pytest

from tests.conftest import Run
from voiceguide.audio.beds import make_bed
from voiceguide.audio.mixer.mix import Mix
from voiceguide.audio.mixer.source import Region
from voiceguide.encode.ffmpeg_writer import write_with_ffmpeg
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.encode.smart_render import CopySpan
from voiceguide.errors import VerifyError
from voiceguide.export.exporter import ExportSettings, _chapters, export_session
from voiceguide.metadata.audio_checksum import audio_checksum
from voiceguide.metadata.embedded_plan import read_embedded_checksum
from voiceguide.metadata.tags import Chapter, Tags
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import DiskCache, digest
from voiceguide.system.ffmpeg import find_ffmpeg
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE
from voiceguide.verification.decoding import decode_frames
from voiceguide.verification.reference_plan import make_reference_plan, parse_reference_plan
from voiceguide.verification.verifier import verify_file, verify_mp3

Samples = npt.NDArray[np.float32]

SCRIPT = b"""\
voiceguide: 1
title: Checked
voice: heart
bed: rain
chime: bell
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
    store = DiskCache(tmp_path_factory.mktemp("store"))
    with open_builder_for_script(load_script("s.yaml", SCRIPT), Overrides(), store) as session:
        timeline = session.exact_timeline()
        yield Made(session.mix(timeline), timeline)


class Damaged:
    """A mix whose sound is changed on its way to the encoder; what it should be is still told."""

    def __init__(self, mix: Mix, change: Callable[[Mix, Samples, int], Samples]) -> None:
        self.total, self.channels, self.grid_offset = mix.total, mix.channels, mix.grid_offset
        self.cue_samples, self.cue_key = mix.cue_samples, mix.cue_key
        whole = mix.render(0, mix.total)
        self._sound = change(mix, whole.copy(), mix.total)

    def render(self, start: int, stop: int) -> Samples:
        return self._sound[start:stop]

    def range_key(self, start: int, stop: int) -> str:
        return digest(self.render(start, stop).tobytes())

    def regions(self) -> list[Region]:
        return [Region(0, self.total, "")]

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        raise AssertionError("nothing here is steady")


def without_cue(mix: Mix, sound: Samples, total: int) -> Samples:
    cue = mix.cue_samples(SECOND_CUE)
    sound[SECOND_CUE : SECOND_CUE + cue.size] -= cue[:, np.newaxis]
    return sound


def moved_by(milliseconds: int) -> Callable[[Mix, Samples, int], Samples]:
    def move(mix: Mix, sound: Samples, total: int) -> Samples:
        cue, at = mix.cue_samples(SECOND_CUE), SECOND_CUE + milliseconds * SAMPLE_RATE // 1000
        sound = without_cue(mix, sound, total)
        sound[at : at + cue.size] += cue[:, np.newaxis]
        return sound

    return move


def replaced(mix: Mix, sound: Samples, total: int) -> Samples:
    other = mix.cue_samples(24 * SAMPLE_RATE)
    sound = without_cue(mix, sound, total)
    sound[SECOND_CUE : SECOND_CUE + other.size] += other[:, np.newaxis]
    return sound


def cut_short(mix: Mix, sound: Samples, total: int) -> Samples:
    """The last half of the words is missing."""
    cue = mix.cue_samples(SECOND_CUE)
    half = cue.size // 2
    sound[SECOND_CUE + half : SECOND_CUE + cue.size] -= cue[half:, np.newaxis]
    return sound


def too_loud(mix: Mix, sound: Samples, total: int) -> Samples:
    cue = mix.cue_samples(SECOND_CUE)
    sound[SECOND_CUE : SECOND_CUE + cue.size] += 4 * cue[:, np.newaxis]
    return sound


def too_quiet(mix: Mix, sound: Samples, total: int) -> Samples:
    cue = mix.cue_samples(SECOND_CUE)
    sound[SECOND_CUE : SECOND_CUE + cue.size] -= 0.5 * cue[:, np.newaxis]
    return sound


def bleep_over_it(mix: Mix, sound: Samples, total: int) -> Samples:
    length = SAMPLE_RATE
    bleep = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(length) / SAMPLE_RATE)
    sound[SECOND_CUE : SECOND_CUE + length] += bleep[:, np.newaxis].astype(np.float32)
    return sound


def bleep_between(mix: Mix, sound: Samples, total: int) -> Samples:
    """A third of a second at -30 dBFS, 6 s after any word."""
    length = SAMPLE_RATE * 3 // 10
    bleep = 10 ** (-30 / 20) * np.sin(2 * np.pi * 1000 * np.arange(length) / SAMPLE_RATE)
    at = 20 * SAMPLE_RATE + SAMPLE_RATE // 10
    sound[at : at + length] += bleep[:, np.newaxis].astype(np.float32)
    return sound


def chime_of(mix: Mix) -> tuple[int, Samples]:
    placed = next(item for item in mix._clips if not item.is_speech and item.length > SAMPLE_RATE)
    return placed.start, placed.get_samples() * placed.gain


def without_chime(mix: Mix, sound: Samples, total: int) -> Samples:
    at, chime = chime_of(mix)
    sound[at : at + len(chime)] -= chime
    return sound


def chime_half_a_second_early(mix: Mix, sound: Samples, total: int) -> Samples:
    at, chime = chime_of(mix)
    sound = without_chime(mix, sound, total)
    sound[at - SAMPLE_RATE // 2 : at - SAMPLE_RATE // 2 + len(chime)] += chime
    return sound


def silent_for_two_seconds(mix: Mix, sound: Samples, total: int) -> Samples:
    begin = 17 * SAMPLE_RATE + SAMPLE_RATE // 10
    sound[begin : begin + 2 * SAMPLE_RATE] = 0
    return sound


def another_bed(mix: Mix, sound: Samples, total: int) -> Samples:
    """Brown noise where rain should be, as loud."""
    begin, end = 171 * SAMPLE_RATE // 10, 191 * SAMPLE_RATE // 10
    sound[begin:end] = make_bed("brown")[begin:end] * mix._tracks[0].envelope.gain(begin, end)
    return sound


def flat_topped(mix: Mix, sound: Samples, total: int) -> Samples:
    """Words cut off at half their height, far below full scale."""
    cue = mix.cue_samples(SECOND_CUE)
    limit = float(np.abs(cue).max()) / 3
    sound[SECOND_CUE : SECOND_CUE + cue.size] += (np.clip(cue, -limit, limit) - cue)[:, np.newaxis]
    return sound


CUE = 'The cue "Breathe out slowly." at 0:12 '
DAMAGES: list[tuple[Callable[[Mix, Samples, int], Samples], str]] = [
    (without_cue, CUE + "is not heard there"),
    (moved_by(100), CUE + "is heard 100 ms too late."),
    (moved_by(-100), CUE + "is heard 100 ms too early."),
    (moved_by(15), CUE + "is heard 15 ms too late."),
    (replaced, CUE + "is not heard there"),
    (cut_short, CUE + "is not heard there"),
    (too_loud, CUE + "is "),
    (too_quiet, CUE + "is 6.0 dB too quiet."),
    (bleep_over_it, CUE),
    (bleep_between, "At 0:20 the sound is for 0."),
    (without_chime, "At 0:2"),
    (chime_half_a_second_early, "At 0:2"),
    (silent_for_two_seconds, "At 0:17 the sound is for "),
    (another_bed, "At 0:17 the sound is for "),
    (flat_topped, "At 0:12 the sound is for "),
]
IN_OTHER_FORMATS = [
    *((form, *damage) for damage in DAMAGES for form in ("mp3",)),
    *((form, *damage) for damage in (DAMAGES[1], DAMAGES[9]) for form in ("m4b", "opus", "flac", "wav")),
]


@pytest.mark.parametrize(("form", "damage", "message"), IN_OTHER_FORMATS)
def test_what_is_not_as_planned_is_never_delivered(
    form: str,
    damage: Callable[[Mix, Samples, int], Samples],
    message: str,
    made: Made,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = make_reference_plan(made.timeline, made.mix)
    monkeypatch.setattr("voiceguide.export.exporter.make_reference_plan", lambda timeline, mixed, cache: plan)
    target = tmp_path / f"s.{form}"
    target.write_bytes(b"the good file of yesterday")
    with pytest.raises(VerifyError) as caught:
        export_session(Damaged(made.mix, damage), made.timeline, target, ExportSettings(form), None)
    start = f"{target} was not written, since what was made is not what was planned. {message}"
    assert str(caught.value).startswith(start)
    assert target.read_bytes() == b"the good file of yesterday"
    assert [path.name for path in tmp_path.iterdir()] == [target.name], "no litter"


@pytest.mark.parametrize("form", ["mp3", "m4b", "opus", "flac", "wav"])
def test_a_good_file_passes_in_every_format(form: str, made: Made, tmp_path: Path) -> None:
    target = tmp_path / f"s.{form}"
    export_session(made.mix, made.timeline, target, ExportSettings(form), None)
    report = verify_file(target)
    assert report.failures == ()
    assert len(report.cues) == 3
    assert all(cue.match.similarity > 0.97 and abs(cue.match.offset_s) < 0.006 for cue in report.cues)


def test_a_wrong_chapter_is_a_fault(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from voiceguide.export import exporter as room

    right = room._chapters(made.timeline)
    for wrong, message in [
        ([replace(right[0], title="Soap"), right[1]], 'The chapter "Soap" should be called "Soak".'),
        ([Chapter(0, right[0].stop + 4800, "Soak"), right[1]], 'The chapter "Soak" lasts from 0.000 to 24.100 s'),
        (right[:1], "The file has 1 chapters and the plan 2 stages."),
    ]:
        monkeypatch.setattr(room, "_chapters", lambda timeline, wrong=wrong: wrong)
        with pytest.raises(VerifyError, match="not what was planned") as caught:
            export_session(made.mix, made.timeline, tmp_path / "s.mp3", ExportSettings(), None)
        assert message in str(caught.value)


def test_a_file_damaged_later_is_told_by_itself(run: Run, made: Made, tmp_path: Path) -> None:
    good = tmp_path / "good.mp3"
    export_session(made.mix, made.timeline, good, ExportSettings(), None)
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


@pytest.mark.parametrize("form", ["mp3", "m4b", "opus", "flac", "wav"])
def test_a_single_changed_byte_of_the_sound_is_told(form: str, made: Made, tmp_path: Path) -> None:
    target = tmp_path / f"s.{form}"
    export_session(made.mix, made.timeline, target, ExportSettings(form), None)
    data = bytearray(target.read_bytes())
    for place in (len(data) // 2, len(data) * 2 // 3):
        damaged = bytearray(data)
        damaged[place] ^= 0x10
        target.write_bytes(damaged)
        try:
            faults = verify_file(target).failures
        except VerifyError as error:
            faults = (str(error),)
        assert faults, f"byte {place} of {len(data)}"


def test_other_tags_do_not_make_the_sound_another(made: Made, tmp_path: Path) -> None:
    target = tmp_path / "s.mp3"
    export_session(made.mix, made.timeline, target, ExportSettings(), None)
    tags = mutagen.id3.ID3(target)
    tags.add(mutagen.id3.TPE1(3, "Somebody else"))
    tags.save(target, v2_version=3, v1=2)
    assert audio_checksum(target) == read_embedded_checksum(target)


class Unheard:
    """A mix of which nothing may be rendered: all of it must be known by its name."""

    def __init__(self, mix: Mix) -> None:
        self.total, self.channels, self.grid_offset = mix.total, mix.channels, mix.grid_offset
        self.range_key, self.cue_key, self.regions = mix.range_key, mix.cue_key, mix.regions

    def render(self, start: int, stop: int) -> Samples:
        raise AssertionError("it was rendered")

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        raise AssertionError("a loop was rendered")

    def cue_samples(self, cue_start: int) -> Samples:
        raise AssertionError("a cue was rendered")


def test_a_session_that_is_known_is_written_without_rendering_a_sample(made: Made, tmp_path: Path) -> None:
    store = DiskCache(tmp_path / "store")
    whole = make_reference_plan(made.timeline, made.mix)
    export_session(made.mix, made.timeline, tmp_path / "first.mp3", ExportSettings(), store)
    assert make_reference_plan(made.timeline, Unheard(made.mix), store) == whole
    export_session(Unheard(made.mix), made.timeline, tmp_path / "second.mp3", ExportSettings(), store)
    assert (tmp_path / "second.mp3").read_bytes() == (tmp_path / "first.mp3").read_bytes()


PLAN_DAMAGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda plan: plan.pop("total"), "that cannot be read: 'total' is missing. Build it again."),
    (lambda plan: plan.update(total="1"), "that cannot be read: 1 is no time. Build it again."),
    (lambda plan: plan.update(channels=3), "that cannot be read: it has 3 channels. Build it again."),
    (lambda plan: plan.update(preroll=5760), "that cannot be read: 5760 is no preroll. Build it again."),
    (lambda plan: plan.update(preroll=1.0), "that cannot be read: 1.0 is no preroll. Build it again."),
    (lambda plan: plan.update(levels="eJw="), "that cannot be read: its levels are damaged. Build it again."),
    (lambda plan: plan.update(levels="?"), "that cannot be read: "),
    (lambda plan: plan["stages"][0]["steps"][0]["cues"][0].pop("print"), "that cannot be read: 'print' is missing."),
    (lambda plan: plan["stages"][0]["steps"][0]["cues"][0].update(print="AAAA"), "that cannot be read: cannot reshape"),
    (lambda plan: plan["stages"][0]["steps"][0]["cues"][0].update(at=80_000), "that cannot be read: a cue ends after"),
]


@pytest.mark.parametrize(("damage", "message"), PLAN_DAMAGES)
def test_a_damaged_plan_is_one_sentence(damage: Callable[[dict[str, Any]], object], message: str, made: Made) -> None:
    plan = json.loads(make_reference_plan(made.timeline, made.mix))
    damage(plan)
    with pytest.raises(VerifyError) as caught:
        parse_reference_plan(Path("s.mp3"), json.dumps(plan).encode())
    assert str(caught.value).startswith(f"s.mp3 has a plan inside {message}")


def test_plans_of_other_versions(made: Made) -> None:
    plan = json.loads(make_reference_plan(made.timeline, made.mix))
    for version, message in [
        (99, "s.mp3 was built by a newer voiceguide. Verify it with that, or install it here."),
        (1, "s.mp3 was built by an older voiceguide, whose plan is another kind. Build it again."),
    ]:
        with pytest.raises(VerifyError) as caught:
            parse_reference_plan(Path("s.mp3"), json.dumps({**plan, "plan_version": version}).encode())
        assert str(caught.value) == message
    for data in (b"[]", b"7", b"", b"\xff", b"{" * 100_000):
        with pytest.raises(VerifyError):
            parse_reference_plan(Path("s.mp3"), data)


def test_what_was_heard_and_right_is_not_decoded_again(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []

    def decode(cuts: Iterable[bytes], frame_bytes: int, channels: int) -> Iterator[Samples]:
        decoded.append(1)
        return decode_frames(cuts, frame_bytes, channels)

    monkeypatch.setattr("voiceguide.verification.mp3_regions.decode_frames", decode)
    store = DiskCache(tmp_path / "store")
    export_session(made.mix, made.timeline, tmp_path / "a.mp3", ExportSettings(), store)
    assert decoded
    decoded.clear()
    export_session(made.mix, made.timeline, tmp_path / "b.mp3", ExportSettings(), store)
    assert not decoded
    assert (tmp_path / "a.mp3").read_bytes() == (tmp_path / "b.mp3").read_bytes()


def test_cuts_come_decoded_one_by_one_and_a_frame_that_cannot_be_is_told(made: Made, tmp_path: Path) -> None:
    target = tmp_path / "s.mp3"
    write_mp3(made.mix, target, tags=Tags("s"))
    sound = target.read_bytes()[-384 * 900 :]
    cuts = [sound[: 384 * 500], sound[384 * 500 : 384 * 510], sound[384 * 510 :]]
    assert [len(part) for part in decode_frames(cuts, 384, 2)] == [500 * 1152, 10 * 1152, 390 * 1152]
    with pytest.raises(VerifyError) as caught:
        list(decode_frames([cuts[0], bytes(384 * 10), cuts[2]], 384, 2))
    assert str(caught.value) == "The session is damaged: 10 of its frames cannot be decoded."


@pytest.mark.parametrize("kilobits", [24, 64])
def test_a_hot_voice_that_few_bits_clip_is_turned_down(kilobits: int, tmp_path: Path) -> None:
    """eSpeak without a bed could not be had as an audiobook at all: "The sound is clipped: it reaches +0.1 dBTP." """
    script = (
        "voiceguide: 1\ntitle: Heiss\nlanguage: de\nbed: none\nchime: none\nstages:\n  - stage: Soak\n    steps:\n"
        '      - {say: "Place both feet in the warm water, First.", for: 5s}\n'
        '      - {say: "Long strokes from the toes to the ankle, First.", for: 6s}\n'
    )
    target = tmp_path / "s.m4b"
    with open_builder_for_script(
        load_script("s.yaml", script.encode()), Overrides(), DiskCache(tmp_path / "store")
    ) as session:
        timeline = session.exact_timeline()
        mix = session.mix(timeline)
        write_with_ffmpeg(mix, tmp_path / "clipped.m4b", "m4b", tags=Tags("s"), bit_rate=kilobits)
        export_session(mix, timeline, target, ExportSettings("m4b", kilobits), None)
    assert volume(tmp_path / "clipped.m4b") >= 0.0
    assert -3.0 < volume(target) < 0.0
    report = verify_file(target)
    assert report.failures == ()
    assert len(report.cues) == 2


def volume(path: Path) -> float:
    """The highest sample in dBFS, as ffmpeg hears it."""
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-i", str(path), "-map", "0:a"]
    command += ["-af", "astats=measure_perchannel=none:measure_overall=Peak_level", "-f", "null", "-"]
    heard = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(heard.split("Peak level dB:")[1].split()[0])


def test_a_copied_frame_of_the_bed_that_differs_is_a_fault(made: Made, tmp_path: Path) -> None:
    target = tmp_path / "s.mp3"
    plan = make_reference_plan(made.timeline, made.mix)
    runs = write_mp3(made.mix, target, tags=Tags("s", plan=plan), chapters=_chapters(made.timeline))
    assert verify_mp3(target, plan, 128, runs).failures == ()
    copies = [run for run in runs if isinstance(run, CopySpan)]
    again = CopySpan(copies[0].start_frame, copies[0].stop_frame, "the same loop", 1)
    assert verify_mp3(target, plan, 128, [again, *runs]).failures == ("A frame of the bed in the file is damaged.",)


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
