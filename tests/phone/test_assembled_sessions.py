"""What a phone assembles is what the computer would build: the same times, words and length."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import mutagen.id3
import numpy as np
import pytest
from playwright.sync_api import Page

from tests.phone.kits import (
    assembled,
    assembled_in_turn,
    assembler,
    opened_builder,
    opened_kit,
    random_settings,
    saved,
    timelines,
    volume_limits,
)
from tests.support.long_forms import few, long
from voiceguide.errors import OverrideError
from voiceguide.metadata.embedded_plan import read_session_info
from voiceguide.phone.kit import OPENING_SAMPLES, Kit, make_opening_kit, opening_stage_counts
from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.pipeline.session_builder import SessionBuilder
from voiceguide.system.ffmpeg import find_ffmpeg
from voiceguide.timeline.arrangement.overrides import Overrides, parse_lengths
from voiceguide.timeline.arrangement.unroll import unroll_routine
from voiceguide.timeline.model import Timeline
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.units import MP3_FRAME_SAMPLES, SAMPLE_RATE
from voiceguide.verification.verifier import verify_file

ALL = os.environ.get("VOICEGUIDE_KITS") == "all"
ROUTINES = list_bundled_routines() if ALL else ("five-minutes", "fussmassage")
CASES = 50 if ALL else 6
ODD = """\
voiceguide: 1
title: Füße 🦶🦶 im Bad
bed: {bed}
room: small
chime: {{sound: bell, level: -12}}
stages:
  - stage: One
    {own_bed}
    steps:
      - {{step: count, say: "Now.", for: 30s, max: 40s, cues: [{{at: half, say: Half.}}]}}
      - {{step: quiet, for: 20s}}
      - {{step: twice, repeat: 2, say: "Turn {{count}}.", pause: 5s}}
  - stage: Zwei 🛁
    steps:
      - {{step: fixed, say: Stay., for: 10s, fixed: true}}
      - {{step: box, repeat: 2, breathe: {{in: 3s, hold: 2s, out: 3s}}}}
      - {{step: tones, breathe: {{in: 3s, out: 4s, guide: tones}}, for: 16s}}
      - {{step: breaths, breathe: {{in: 3s, out: 4s, guide: breaths}}, for: 16s}}
      - {{step: long, say: Rest., for: 70s, min: 20s, max: 80s}}
"""
LOUD = """\
voiceguide: 1
title: Loud
bed: {{sound: brown, level: {level}}}
room: small
stages:
  - stage: One
    steps:
      - {{step: count, say: "Now.", for: 10s, cues: [{{at: half, say: Half.}}]}}
      - {{step: rest, say: Stay., for: 10s}}
"""
BOWL = "bed: {sound: bowl, level: -26}"
ODD_BEDS = [("none", ""), ("rain", "bed: none"), ("waves", BOWL)]
MORE_BEDS = [("bowl", BOWL), ("waves", "bed: brown"), ("rain", ""), ("bowl", "")] if ALL else []

Kits = Callable[[Path], tuple[Kit, SessionBuilder]]
OddKits = Callable[[str, str], tuple[Kit, SessionBuilder]]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with assembler() as opened:
        yield opened


@pytest.fixture(scope="module")
def kits(shared_cache: Path) -> Iterator[Kits]:
    """Make the kit of a script. It is made only once, because its tables take long."""
    with ExitStack() as stack:
        yield cache(lambda script: stack.enter_context(opened_kit(script, shared_cache)))


@pytest.fixture(scope="module")
def odd_kits(kits: Kits, tmp_path_factory: pytest.TempPathFactory) -> OddKits:
    """Make the kit of ODD for the bed of the session and of its first stage."""
    folder = tmp_path_factory.mktemp("odd")

    def make(bed: str, own_bed: str) -> tuple[Kit, SessionBuilder]:
        script = folder / f"{([*ODD_BEDS, *MORE_BEDS]).index((bed, own_bed))}.yaml"
        script.write_text(ODD.format(bed=bed, own_bed=own_bed), encoding="utf-8")
        return kits(script)

    return make


def built(builder: SessionBuilder, overrides: Overrides) -> Timeline:
    arrangement = unroll_routine(builder.script.routine, overrides, builder.phrases)
    return schedule(arrangement, builder.narrator.measure, builder.phrases)


def assert_same(builder: SessionBuilder, case: dict[str, Any], result: Any) -> None:
    """Assert that the computer builds the same timeline, to the millisecond, or refuses it too."""
    if result.get("reason") == "total-max":
        return  # the tables of the page end, while the computer can build up to 24 hours
    if "refused" in result:
        lengths = {target: ms * 48 for target, ms in case["lengths"].items()}
        wanted = Overrides(set=lengths, skip=tuple(case["skip"]), total=result["refused"] * 48, voice="tone/tone")
        with pytest.raises(OverrideError):
            built(builder, wanted)
        return
    given = result["overrides"]
    lengths = parse_lengths(given["set"].items())
    expected = built(builder, Overrides(set=lengths, skip=tuple(given["skip"]), voice="tone/tone")).to_dict()
    actual = result["timeline"]
    assert actual["total"] == pytest.approx(expected["total"], abs=1e-6)
    assert [stage["title"] for stage in actual["stages"]] == [stage["title"] for stage in expected["stages"]]
    cues = [
        [cue for stage in each["stages"] for step in stage["steps"] for cue in step["cues"]]
        for each in (actual, expected)
    ]
    assert [cue["text"] for cue in cues[0]] == [cue["text"] for cue in cues[1]]
    for cue, other in zip(*cues, strict=True):
        assert (cue["at"], cue["length"]) == pytest.approx((other["at"], other["length"]), abs=0.001)
    assert result["away"] <= MP3_FRAME_SAMPLES // 2, "a piece is more than half a frame from its cue"


@long
@pytest.mark.parametrize("name", ROUTINES)
def test_bundled_routines_at_random_lengths(name: str, page: Page, kits: Kits) -> None:
    kit, builder = kits(list_bundled_routines()[name])
    cases = list(random_settings(kit.data, CASES, seed=CASES))
    for case, result in zip(cases, timelines(page, kit.data, cases), strict=True):
        assert_same(builder, case, result)


@long
def test_an_opening_is_as_the_whole(shared_cache: Path) -> None:
    """All but its last twenty seconds, so that a page can go on with the whole anywhere before them."""
    names = list_bundled_routines() if ALL else (*ROUTINES, "bedtime", "foot-massage-partner")
    found = []
    for name in names:
        with opened_builder(list_bundled_routines()[name], shared_cache) as builder:
            whole = builder.exact_timeline()
            for count, least in zip(opening_stage_counts(builder), OPENING_SAMPLES):  # noqa: B905 - a short routine has one
                opening = make_opening_kit(builder, count).builder.exact_timeline()
                found.append(opening)
                assert least <= opening.total <= whole.total / 2
                heard = [
                    [(cue.start, cue.text) for cue in each.cues if cue.start < opening.total - 20 * SAMPLE_RATE]
                    for each in (opening, whole)
                ]
                assert heard[0] == heard[1]
    assert len(found) > len(names)


@long
def test_after_a_change_the_rest_comes_from_the_session_before(page: Page, kits: Kits) -> None:
    """Browsers take long to copy a whole session. What is reused must be what a new kit would assemble."""
    kit, _ = kits(list_bundled_routines()["five-minutes"])
    cases = [case for case in random_settings(kit.data, 6, seed=7) if not case["factor"]]
    one = "Ankle, left foot/circles"
    longer = [{**case, "lengths": {**case["lengths"], one: 30_000 + ms}} for ms, case in enumerate(cases)]
    results = assembled_in_turn(page, kit, [each for pair in zip(cases, longer, strict=True) for each in pair])
    assert all(result["same"] for result in results)
    assert all(result["reused"] > 0.3 for result in results[1::2])


@long
@pytest.mark.parametrize(("bed", "own_bed"), [*ODD_BEDS, *MORE_BEDS])
def test_the_assembled_file_is_right_to_the_sample(
    bed: str, own_bed: str, page: Page, odd_kits: OddKits, tmp_path: Path
) -> None:
    """The loudest place of each cue is where the timeline has it, whatever its bed."""
    kit, builder = odd_kits(bed, own_bed)
    cases = list(random_settings(kit.data, 4 if ALL else 2, seed=6))
    for case, result in zip(cases, timelines(page, kit.data, cases), strict=True):
        assert_same(builder, case, result)
        if "refused" in result or case["factor"]:
            continue
        mp3, timeline = assembled(page, kit, {"lengths": case["lengths"], "skip": case["skip"]})
        (tmp_path / "odd.mp3").write_bytes(mp3)
        decoded = decode_mp3(tmp_path / "odd.mp3", kit.data["channels"])
        assert len(decoded) == round(timeline["total"] * SAMPLE_RATE)
        assert_cues_are_heard(np.abs(decoded).max(axis=1), timeline)


SETTINGS: list[dict[str, Any]] = [
    {},
    {"lengths": {"One/quiet": 41_000, "Zwei 🛁/long": 33_000}, "bedDb": 6, "voiceDb": -7.5},
    {"skip": ["One"], "lengths": {"Zwei 🛁/long": 20_000}, "bedDb": -4.5},
]


@pytest.mark.parametrize(("bed", "own_bed"), few(1, [*ODD_BEDS, *MORE_BEDS]))
def test_a_saved_session_is_verified_as_a_built_one(
    bed: str, own_bed: str, page: Page, odd_kits: OddKits, tmp_path: Path
) -> None:
    """Its titles are whole too, although they have letters that the simplest encoding of tags lacks."""
    path = tmp_path / "odd.mp3"
    kit, _ = odd_kits(bed, own_bed)
    for settings in SETTINGS:
        path.write_bytes(saved(page, kit, settings))
        report = verify_file(path)
        assert report.ok, report.failures
        assert min(cue.match.similarity for cue in report.cues) > 0.98
        assert max(abs(cue.match.offset_s) for cue in report.cues) <= 0.005
        timeline, _ = read_session_info(path)
        assert timeline.total == report.total_samples
        tags = mutagen.id3.ID3(path)
        chapters = [(chapter.start_time, str(chapter.sub_frames["TIT2"])) for chapter in tags.getall("CHAP")]
        assert chapters == [(round(stage.start_s * 1000), stage.title) for stage in timeline.stages]
        assert [title for _, title in chapters] == ["One", "Zwei 🛁"][len(settings.get("skip", ())) :]
        assert (str(tags["TIT2"]), str(tags["TLAN"])) == ("Füße 🦶🦶 im Bad", "eng")


@long
@pytest.mark.parametrize(
    ("level", "highest", "voice_dbs"),
    [(0, 0, (0, -7.5)), (-3, 3, (0,)), (-9, 6, (0, -7.5))] if ALL else [(0, 0, (0, -7.5)), (-9, 6, (-7.5,))],
)
def test_a_loud_bed_is_not_turned_up_until_it_is_clipped(
    page: Page, kits: Kits, tmp_path: Path, level: int, highest: int, voice_dbs: Sequence[float]
) -> None:
    """A bed as loud as the voice had true peaks of +1.4 dB at the highest volume, louder than the voice."""
    script, path = tmp_path / "loud.yaml", tmp_path / "loud.mp3"
    script.write_text(LOUD.format(level=level), encoding="utf-8")
    kit, _ = kits(script)
    assert volume_limits(page, kit)["bedDb"][1] == highest
    for voice_db in voice_dbs:
        path.write_bytes(saved(page, kit, {"bedDb": 6, "voiceDb": voice_db}))
        report = verify_file(path)
        assert report.ok, report.failures


@long
def test_damage_to_a_saved_session_is_found(page: Page, odd_kits: OddKits, tmp_path: Path) -> None:
    path = tmp_path / "odd.mp3"
    kit, _ = odd_kits("rain", "bed: none")
    whole = saved(page, kit, {})
    path.write_bytes(whole)
    size, count = 3 * kit.data["bit_rate"], 40
    (first, loud), *_ = sorted(
        (round(cue.start / MP3_FRAME_SAMPLES), cue.text) for cue in read_session_info(path)[0].cues if cue.is_speech
    )
    frames = whole.index(b"LAME") + 24
    quiet = whole[frames + 1000 * size : frames + (1000 + count) * size]
    at = frames + first * size
    path.write_bytes(whole[:at] + quiet + whole[at + count * size :])
    failures = verify_file(path).failures
    assert any("checksum" in failure for failure in failures)
    assert any(loud in failure for failure in failures)


def decode_mp3(path: Path, channels: int) -> Any:
    """Decode a file with ffmpeg, which takes off delay and padding. Return samples of shape (samples, channels)."""
    command = ["-v", "error", "-i", str(path), "-f", "f32le", "-ac", str(channels), "pipe:1"]
    done = subprocess.run([find_ffmpeg(), *command], capture_output=True, check=True)
    assert done.stderr == b""
    return np.frombuffer(done.stdout, "<f4").reshape(-1, channels)


def assert_cues_are_heard(level: Any, timeline: Any) -> None:
    for step in (step for stage in timeline["stages"] for step in stage["steps"]):
        for cue in (cue for cue in step["cues"] if cue["kind"] == "say"):
            start, length = (round(cue[key] * SAMPLE_RATE) for key in ("at", "length"))
            during = level[start + length // 4 : start + length * 3 // 4].max()
            before = level[max(start - 4800, 0) : max(start - 1200, 1)].max()
            assert during > 4 * before, f"{cue['text']} at {cue['at']}"
