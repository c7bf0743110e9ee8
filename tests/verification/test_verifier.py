"""Verification with real damage: bad files are never saved, and good ones are never rejected."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.conftest import Run
from tests.support.long_forms import few, long
from voiceguide.audio.beds import make_bed
from voiceguide.audio.mixer.mix import Mix
from voiceguide.audio.mixer.source import Region
from voiceguide.encode.ffmpeg_writer import write_with_ffmpeg
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.encode.smart_render import CopySpan
from voiceguide.errors import VerifyError
from voiceguide.export import exporter
from voiceguide.export.exporter import ExportSettings, _chapters, export_session
from voiceguide.metadata.tags import Chapter, Tags
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import DiskCache, digest
from voiceguide.system.ffmpeg import find_ffmpeg
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE
from voiceguide.verification.accuracy import Accuracy
from voiceguide.verification.decoding import decode_frames
from voiceguide.verification.fingerprint import FingerprintMatch
from voiceguide.verification.level_profile import find_stereo_deviations
from voiceguide.verification.reference_plan import (
    PLAN_VERSION,
    ReferenceCue,
    make_reference_plan,
    parse_reference_plan,
)
from voiceguide.verification.verifier import _cue_failure, verify_file, verify_mp3

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
      - {say: Place both feet in the warm water., for: 6s}
      - {say: Breathe out slowly., for: 12s}
  - stage: Rest
    steps:
      - {say: Now rest your hands., for: 6s}
"""
SECOND_CUE = 6 * SAMPLE_RATE
THIRD_CUE = 18 * SAMPLE_RATE


@dataclass(frozen=True)
class Made:
    """A session ready to be exported."""

    mix: Mix
    timeline: Timeline
    audio: Samples
    plan: bytes
    encoded: DiskCache
    """The cache after the session has been exported as an MP3. What is damaged is not in it."""
    files: dict[str, Path]
    """The session in each format, without any damage. The tests must not change these files."""


@pytest.fixture(scope="module")
def made(shared_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("made")
    with open_builder_for_script(load_script("s.yaml", SCRIPT), Overrides(), DiskCache(shared_cache)) as builder:
        timeline = builder.exact_timeline()
        mix, encoded = builder.mix(timeline), DiskCache(folder / "cache")
        files = {name: folder / f"s.{name}" for name in FORMATS}
        for name, path in files.items():
            export_session(mix, timeline, path, ExportSettings(name), encoded)
        audio, plan = mix.render(0, mix.total), make_reference_plan(timeline, mix)
        yield Made(mix, timeline, audio, plan, encoded, files)


class Damaged:
    """A mix whose audio is changed before encoding, while its cues are still the planned ones.

    Where the bed is as planned, it is copied, as in any other session.
    """

    def __init__(self, made: Made, change: Callable[[Mix, Samples], Samples]) -> None:
        mix = made.mix
        self.total, self.channels, self.grid_offset = mix.total, mix.channels, mix.grid_offset
        self.render_loop = mix.render_loop
        self._audio = change(mix, made.audio.copy())
        changed = np.flatnonzero((self._audio != made.audio).any(axis=1))
        self._changed = (int(changed[0]), int(changed[-1]) + 1)
        self._regions = mix.regions()

    def render(self, start: int, stop: int) -> Samples:
        return self._audio[start:stop]

    def range_key(self, start: int, stop: int) -> str:
        return digest(self.render(start, stop).tobytes())

    def regions(self) -> list[Region]:
        first, last = self._changed
        return [
            Region(part.start, part.stop, "") if part.start < last and first < part.stop else part
            for part in self._regions
        ]


def without_cue(mix: Mix, audio: Samples) -> Samples:
    cue = mix.cue_samples(SECOND_CUE)
    audio[SECOND_CUE : SECOND_CUE + cue.size] -= cue[:, np.newaxis]
    return audio


def moved_by(milliseconds: int) -> Callable[[Mix, Samples], Samples]:
    def move(mix: Mix, audio: Samples) -> Samples:
        cue, at = mix.cue_samples(SECOND_CUE), SECOND_CUE + milliseconds * SAMPLE_RATE // 1000
        audio = without_cue(mix, audio)
        audio[at : at + cue.size] += cue[:, np.newaxis]
        return audio

    return move


def replaced(mix: Mix, audio: Samples) -> Samples:
    other = mix.cue_samples(THIRD_CUE)
    audio = without_cue(mix, audio)
    audio[SECOND_CUE : SECOND_CUE + other.size] += other[:, np.newaxis]
    return audio


def cut_short(mix: Mix, audio: Samples) -> Samples:
    """Remove the second half of the line."""
    cue = mix.cue_samples(SECOND_CUE)
    half = cue.size // 2
    audio[SECOND_CUE + half : SECOND_CUE + cue.size] -= cue[half:, np.newaxis]
    return audio


def too_loud(mix: Mix, audio: Samples) -> Samples:
    cue = mix.cue_samples(SECOND_CUE)
    audio[SECOND_CUE : SECOND_CUE + cue.size] += 4 * cue[:, np.newaxis]
    return audio


def too_quiet(mix: Mix, audio: Samples) -> Samples:
    cue = mix.cue_samples(SECOND_CUE)
    audio[SECOND_CUE : SECOND_CUE + cue.size] -= 0.5 * cue[:, np.newaxis]
    return audio


def bleep_over_it(mix: Mix, audio: Samples) -> Samples:
    length = SAMPLE_RATE
    bleep = 0.3 * np.sin(2 * np.pi * 1000 * np.arange(length) / SAMPLE_RATE)
    audio[SECOND_CUE : SECOND_CUE + length] += bleep[:, np.newaxis].astype(np.float32)
    return audio


def bleep_between(mix: Mix, audio: Samples) -> Samples:
    """Add 0.3 s at -30 dBFS, 6 s after any speech."""
    length = SAMPLE_RATE * 3 // 10
    bleep = 10 ** (-30 / 20) * np.sin(2 * np.pi * 1000 * np.arange(length) / SAMPLE_RATE)
    at = 14 * SAMPLE_RATE + SAMPLE_RATE // 10
    audio[at : at + length] += bleep[:, np.newaxis].astype(np.float32)
    return audio


def chime_of(mix: Mix) -> tuple[int, Samples]:
    placed = next(item for item in mix._clips if not item.is_speech and item.length > SAMPLE_RATE)
    return placed.start, placed.get_samples() * placed.gain


def without_chime(mix: Mix, audio: Samples) -> Samples:
    at, chime = chime_of(mix)
    audio[at : at + len(chime)] -= chime
    return audio


def chime_half_a_second_early(mix: Mix, audio: Samples) -> Samples:
    at, chime = chime_of(mix)
    audio = without_chime(mix, audio)
    audio[at - SAMPLE_RATE // 2 : at - SAMPLE_RATE // 2 + len(chime)] += chime
    return audio


def silent_for_two_seconds(mix: Mix, audio: Samples) -> Samples:
    begin = 11 * SAMPLE_RATE + SAMPLE_RATE // 10
    audio[begin : begin + 2 * SAMPLE_RATE] = 0
    return audio


def another_bed(mix: Mix, audio: Samples) -> Samples:
    """Replace rain by brown noise of the same level."""
    begin, end = 111 * SAMPLE_RATE // 10, 131 * SAMPLE_RATE // 10
    audio[begin:end] = make_bed("brown")[begin:end] * mix._tracks[0].envelope.gain(begin, end)
    return audio


def flat_topped(mix: Mix, audio: Samples) -> Samples:
    """Clip speech at a third of its peak, far below full scale."""
    cue = mix.cue_samples(SECOND_CUE)
    limit = float(np.abs(cue).max()) / 3
    audio[SECOND_CUE : SECOND_CUE + cue.size] += (np.clip(cue, -limit, limit) - cue)[:, np.newaxis]
    return audio


def gap_of_60_ms(mix: Mix, audio: Samples) -> Samples:
    """Silence the loudest moment of a line."""
    cue, length = mix.cue_samples(SECOND_CUE), SAMPLE_RATE * 60 // 1000
    at = SECOND_CUE + int(np.convolve(cue**2, np.ones(length), "valid").argmax())
    audio[at : at + length] = 0
    return audio


def two_decibels_quieter(mix: Mix, audio: Samples) -> Samples:
    return audio * np.float32(10 ** (-2 / 20))


def bed_three_decibels_quieter(mix: Mix, audio: Samples) -> Samples:
    begin, end = 111 * SAMPLE_RATE // 10, 151 * SAMPLE_RATE // 10
    audio[begin:end] *= np.float32(10 ** (-3 / 20))
    return audio


def left_and_right_swapped(mix: Mix, audio: Samples) -> Samples:
    return audio[:, ::-1].copy()


def folded_to_mono(mix: Mix, audio: Samples) -> Samples:
    return np.repeat(audio.mean(axis=1, keepdims=True), 2, axis=1)


def end_missing(mix: Mix, audio: Samples) -> Samples:
    """Remove the last 200 ms of a line before its final 50 ms, which are hardly heard."""
    cue = mix.cue_samples(SECOND_CUE)
    start, stop = cue.size - SAMPLE_RATE // 4, cue.size - SAMPLE_RATE // 20
    audio[SECOND_CUE + start : SECOND_CUE + stop] -= cue[start:stop, np.newaxis]
    return audio


def chime_50_ms_late(mix: Mix, audio: Samples) -> Samples:
    at, chime = chime_of(mix)
    audio, late = without_chime(mix, audio), at + SAMPLE_RATE // 20
    audio[late : late + len(chime)] += chime[: len(audio) - late]
    return audio


CUE = 'The cue "Breathe out slowly." at 0:06 '
HALF_AS_LOUD = (CUE + "is 5.9 dB too quiet.", CUE + "is 6.0 dB too quiet.")
"""Half is 6.02 dB less. Which of the two is measured depends on the processor."""
DAMAGES: list[tuple[Callable[[Mix, Samples], Samples], str | tuple[str, ...]]] = [
    (without_cue, CUE + "was not detected"),
    (moved_by(100), CUE + "is 100 ms too late."),
    (moved_by(-100), CUE + "is 100 ms too early."),
    (moved_by(15), CUE + "is 15 ms too late."),
    (replaced, CUE + "was not detected"),
    (cut_short, CUE + "was not detected"),
    (too_loud, CUE + "is "),
    (too_quiet, HALF_AS_LOUD),
    (bleep_over_it, CUE),
    (bleep_between, "At 0:14 the audio is up to "),
    (without_chime, 'The cue "bell" at 0:1'),
    (chime_half_a_second_early, 'The cue "bell" at 0:1'),
    (silent_for_two_seconds, "At 0:11 the audio is up to "),
    (another_bed, "At 0:11 the audio is up to "),
    (flat_topped, "At 0:06 the audio is up to "),
    (gap_of_60_ms, CUE + "has a gap of "),
    (two_decibels_quieter, "At 0:0"),
    (bed_three_decibels_quieter, "At 0:1"),
    (left_and_right_swapped, "At 0:0"),
    (folded_to_mono, "At 0:0"),
    (end_missing, CUE + "has a gap of "),
    (chime_50_ms_late, 'The cue "bell" at 0:1'),
]
OTHER_FORMATS = [name for name in FORMATS if name != "mp3"]
MOVED, BLEEP = DAMAGES[1], DAMAGES[9]
ALL = os.environ.get("VOICEGUIDE_DAMAGES") == "all"
DAMAGES_BY_FORMAT = [
    *(("mp3", *damage) for damage in DAMAGES),
    *(
        (name, *damage)
        for number, name in enumerate(OTHER_FORMATS)
        for damage in ((MOVED, BLEEP) if ALL else [(BLEEP, MOVED)[number % 2]])
    ),
    *(("m4b", *damage) for damage in (DAMAGES[-4:] if ALL else [DAMAGES[-4], DAMAGES[-2]])),
]


@pytest.mark.parametrize(("format_name", "damage", "message"), few(5, DAMAGES_BY_FORMAT))
def test_a_file_that_does_not_match_the_plan_is_never_saved(
    format_name: str,
    damage: Callable[[Mix, Samples], Samples],
    message: str | tuple[str, ...],
    made: Made,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("voiceguide.export.exporter.make_reference_plan", lambda timeline, source, cache: made.plan)
    target = tmp_path / f"s.{format_name}"
    target.write_bytes(b"the previous good file")
    with pytest.raises(VerifyError) as caught:
        export_session(Damaged(made, damage), made.timeline, target, ExportSettings(format_name), made.encoded)
    start, told = f"{target} was not saved: the result does not match the plan. ", str(caught.value)
    assert told.startswith(start)
    assert told.removeprefix(start).startswith(message)
    assert target.read_bytes() == b"the previous good file"
    assert [path.name for path in tmp_path.iterdir()] == [target.name], "temporary files were left behind"


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_good_file_passes_in_every_format(format_name: str, made: Made) -> None:
    report = verify_file(made.files[format_name])
    assert report.failures == ()
    assert len(report.cues) == 3
    assert all(cue.match.similarity > 0.97 and abs(cue.match.offset_s) < 0.006 for cue in report.cues)


def test_a_wrong_chapter_is_a_failure(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = exporter._chapters(made.timeline)
    for wrong, message in [
        ([replace(right[0], title="Soap"), right[1]], 'The chapter "Soap" should be called "Soak".'),
        ([Chapter(0, right[0].stop + 4800, "Soak"), right[1]], 'The chapter "Soak" runs from 0.000 to 18.100 s'),
        (right[:1], "The number of chapters is 1 instead of 2."),
    ]:
        monkeypatch.setattr(exporter, "_chapters", lambda timeline, wrong=wrong: wrong)
        with pytest.raises(VerifyError, match="does not match the plan") as caught:
            export_session(made.mix, made.timeline, tmp_path / "s.mp3", ExportSettings(), made.encoded)
        assert message in str(caught.value)


def test_a_file_that_was_damaged_later_is_recognized(run: Run, made: Made, tmp_path: Path) -> None:
    data = made.files["mp3"].read_bytes()
    (tmp_path / "good.mp3").write_bytes(data)
    output = run("verify", "good.mp3").stdout
    assert output.startswith("good.mp3: 3 of 3 cues verified, 2 chapters, 0:24 (sample-exact), true peak -")
    assert output.endswith(" dBTP.\n")

    (tmp_path / "short.mp3").write_bytes(data[: len(data) * 2 // 3])
    errors = run("verify", "short.mp3", status=1).stderr
    assert "short.mp3: The file has " in errors
    assert 'The cue "Now rest your hands." at 0:18 was not detected' in errors

    middle = len(data) - 24 * 16_000 + 6 * 16_000
    (tmp_path / "holed.mp3").write_bytes(data[:middle] + bytes(48_000) + data[middle + 48_000 :])
    assert "was not detected" in run("verify", "holed.mp3", status=1).stderr

    (tmp_path / "foreign.mp3").write_bytes(data[len(data) - 100_000 :])
    assert run("verify", "foreign.mp3", status=1).stderr == (
        "foreign.mp3 has no embedded plan, or it is damaged. Only files built by voiceguide can be verified.\n"
    )
    assert run("verify", "nothing.mp3", status=1).stderr.startswith("nothing.mp3 does not exist.")


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_single_changed_byte_of_the_audio_is_detected(format_name: str, made: Made, tmp_path: Path) -> None:
    target = tmp_path / f"s.{format_name}"
    data = made.files[format_name].read_bytes()
    for offset in (len(data) // 2, len(data) * 2 // 3):
        damaged = bytearray(data)
        damaged[offset] ^= 0x10
        target.write_bytes(damaged)
        try:
            failures = verify_file(target).failures
        except VerifyError as error:
            failures = (str(error),)
        assert failures, f"byte {offset} of {len(data)}"


class Unrendered:
    """A mix that must not be rendered, because everything is in the cache."""

    def __init__(self, mix: Mix) -> None:
        self.total, self.channels, self.grid_offset = mix.total, mix.channels, mix.grid_offset
        self.range_key, self.regions = mix.range_key, mix.regions

    def render(self, start: int, stop: int) -> Samples:
        raise AssertionError("the mix was rendered")

    def render_loop(self, loop_key: str, start: int, stop: int) -> Samples:
        raise AssertionError("a loop was rendered")


def test_a_cached_session_is_exported_without_rendering(made: Made, tmp_path: Path) -> None:
    assert make_reference_plan(made.timeline, Unrendered(made.mix), made.encoded) == made.plan
    export_session(Unrendered(made.mix), made.timeline, tmp_path / "again.mp3", ExportSettings(), made.encoded)
    assert (tmp_path / "again.mp3").read_bytes() == made.files["mp3"].read_bytes()


PLAN_DAMAGES: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda plan: plan.pop("total"), "'total' is missing. Build the file again."),
    (lambda plan: plan.update(total="1"), "1 is not a time in seconds. Build the file again."),
    (lambda plan: plan.update(channels=3), "it has 3 channels. Build the file again."),
    (lambda plan: plan.update(preroll=5760), "5760 is not a valid preroll. Build the file again."),
    (lambda plan: plan.update(preroll=1.0), "1.0 is not a valid preroll. Build the file again."),
    (lambda plan: plan.update(levels="eJw="), "its levels are damaged. Build the file again."),
    (lambda plan: plan.update(levels="?"), ""),
    (lambda plan: plan["stages"][0]["steps"][0]["cues"][0].pop("print"), "'print' is missing."),
    (lambda plan: plan["stages"][0]["steps"][0]["cues"][0].update(print="AAAA"), "cannot reshape"),
    (lambda plan: plan["stages"][0]["steps"][0]["cues"][0].update(at=80_000), "a cue ends after"),
]


@pytest.mark.parametrize(("damage", "message"), PLAN_DAMAGES)
def test_a_damaged_plan_is_explained(damage: Callable[[dict[str, Any]], object], message: str, made: Made) -> None:
    plan = json.loads(made.plan)
    damage(plan)
    with pytest.raises(VerifyError) as caught:
        parse_reference_plan(Path("s.mp3"), json.dumps(plan).encode())
    assert str(caught.value).startswith(f"The embedded plan of s.mp3 cannot be read: {message}")


def test_plans_of_other_versions(made: Made) -> None:
    plan = json.loads(made.plan)
    for version, message in [
        (99, "s.mp3 was built by a newer version of voiceguide. Install the newer version to verify the file."),
        (
            1,
            "s.mp3 was built by an older version of voiceguide with a different plan format. Build the file again.",
        ),
    ]:
        with pytest.raises(VerifyError) as caught:
            parse_reference_plan(Path("s.mp3"), json.dumps({**plan, "plan_version": version}).encode())
        assert str(caught.value) == message
    for data in (b"[]", b"7", b"", b"\xff", b"{" * 100_000):
        with pytest.raises(VerifyError):
            parse_reference_plan(Path("s.mp3"), data)


def test_the_page_writes_the_same_version_of_the_plan() -> None:
    """An older MP3 and an older FLAC are told apart from damaged ones by the version."""
    page = (resources.files("voiceguide") / "web" / "static" / "kit-plan-for-verify.js").read_text("utf-8")
    assert f"const PLAN_VERSION = {PLAN_VERSION};" in page


def test_a_file_of_the_previous_version_is_old_and_not_damaged(made: Made) -> None:
    """A FLAC or Opus file without a checksum, built before these had one, was reported as damaged."""
    plan = json.loads(made.plan)
    with pytest.raises(VerifyError, match="an older version of voiceguide") as caught:
        parse_reference_plan(Path("s.flac"), json.dumps({**plan, "plan_version": 4}).encode())
    assert str(caught.value).endswith("Build the file again.")


def test_regions_that_passed_before_are_not_decoded_again(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def decode(runs: Iterable[bytes], frame_bytes: int, channels: int) -> Iterator[Samples]:
        calls.append(1)
        return decode_frames(runs, frame_bytes, channels)

    monkeypatch.setattr("voiceguide.verification.partial_mp3_decoding.decode_frames", decode)
    export_session(made.mix, made.timeline, tmp_path / "again.mp3", ExportSettings(), made.encoded)
    assert not calls
    export_session(made.mix, made.timeline, tmp_path / "s.mp3", ExportSettings(bit_rate=64), made.encoded)
    assert calls, "a session that was not built before"


def test_runs_are_decoded_one_by_one_and_undecodable_frames_are_reported(made: Made) -> None:
    frames = made.files["mp3"].read_bytes()[-384 * 900 :]
    runs = [frames[: 384 * 500], frames[384 * 500 : 384 * 510], frames[384 * 510 :]]
    assert [len(audio) for audio in decode_frames(runs, 384, 2)] == [500 * 1152, 10 * 1152, 390 * 1152]
    with pytest.raises(VerifyError) as caught:
        list(decode_frames([runs[0], bytes(384 * 10), runs[2]], 384, 2))
    assert str(caught.value) == "The session is damaged: 10 of its frames cannot be decoded. Build it again."


@long
def test_a_loud_voice_that_a_low_bit_rate_clips_is_attenuated(tmp_path: Path) -> None:
    """An audiobook with eSpeak and no bed could not be built: "The audio is clipped: its true peak is +0.1 dBTP." """
    script = (
        "voiceguide: 1\ntitle: Heiss\nlanguage: de\nbed: none\nchime: none\nstages:\n  - stage: Soak\n    steps:\n"
        '      - {say: "Place both feet in the warm water, First.", for: 5s}\n'
        '      - {say: "Long strokes from the toes to the ankle, First.", for: 6s}\n'
    )
    target = tmp_path / "s.m4b"
    with open_builder_for_script(
        load_script("s.yaml", script.encode()), Overrides(voice="pyttsx3/gmw/de"), DiskCache(tmp_path / "cache")
    ) as builder:
        timeline = builder.exact_timeline()
        mix = builder.mix(timeline)
        for kilobits in (24, 64):
            write_with_ffmpeg(mix, tmp_path / "clipped.m4b", "m4b", tags=Tags("s"), bit_rate=kilobits)
            assert volume(tmp_path / "clipped.m4b") >= 0.0
            export_session(mix, timeline, target, ExportSettings("m4b", kilobits), None)
            assert -3.0 < volume(target) < 0.0
            report = verify_file(target)
            assert report.failures == ()
            assert len(report.cues) == 2


def volume(path: Path) -> float:
    """Return the highest sample in dBFS, measured by ffmpeg."""
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-i", str(path), "-map", "0:a"]
    command += ["-af", "astats=measure_perchannel=none:measure_overall=Peak_level", "-f", "null", "-"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    return float(output.split("Peak level dB:")[1].split()[0])


def test_a_copied_frame_of_the_bed_that_differs_is_a_failure(made: Made, tmp_path: Path) -> None:
    target, plan = tmp_path / "s.mp3", made.plan
    tags, chapters = Tags("s", plan=plan), _chapters(made.timeline)
    spans = write_mp3(made.mix, target, tags=tags, chapters=chapters, cache=made.encoded)
    assert verify_mp3(target, plan, 128, spans).failures == ()
    copied = [span for span in spans if isinstance(span, CopySpan)]
    wrong = CopySpan(copied[0].start_frame, copied[0].stop_frame, "the same loop", 1)
    assert verify_mp3(target, plan, 128, [wrong, *spans]).failures == ("A frame of the bed in the file is damaged.",)


@long
@pytest.mark.parametrize(
    "options",
    [
        ["--voice", "pyttsx3/gmw/en-us", "--pace", "1.3", "--bed", "stream", "--bed-level", "-12"],
        ["--bed", "none", "--bitrate", "64"],
        ["--detail", "chime"],
        *([["--bed", "waves", "--bed-level", "-10"], ["--bed", "bowl", "--voice", "tone"]] if ALL else []),
    ],
)
def test_good_sessions_are_never_rejected(options: list[str], run: Run, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(SCRIPT)
    run("build", "s.yaml", "-o", "s.mp3", *options)
    run("verify", "s.mp3")


def test_channels_that_differ_for_long_are_one_range() -> None:
    """A line for each 120 ms hid all others."""
    levels = np.full((120, 3), 180, np.uint8)  # -30 dBFS
    planned = np.full((120, 2), 128, np.uint8)
    measured = planned.copy()
    measured[40:60, 0] += 48  # 6 dB
    assert list(find_stereo_deviations(levels, planned, measured, 0, 0.5)) == [(24, 48)]
    assert list(find_stereo_deviations(levels, planned, measured[24:], 24, 0.5)) == [(24, 48)]


def test_a_cue_without_text_is_called_a_recording() -> None:
    """The message named the cue ""."""
    cue = ReferenceCue(0, SAMPLE_RATE, "", np.zeros((1, 1), np.uint8), 5 * SAMPLE_RATE)
    failure = _cue_failure(cue, FingerprintMatch(1.0, 0.2, 0.0), Accuracy.HIGH)
    assert failure == "The recording at 0:05 is 200 ms too late."
