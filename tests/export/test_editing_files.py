"""Labels, SSML and the transcript: other programs read them, and so does `new --text`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import voiceguide
from tests.conftest import Run
from tests.export.test_captions import S, say, timeline
from voiceguide.drafting import draft_script
from voiceguide.export.captions import format_srt
from voiceguide.export.editing_files import format_labels, format_ssml, format_transcript
from voiceguide.export.otio_timeline import OTIO_MISSING_MESSAGE
from voiceguide.timeline.model import Cue, Line, Pause, TimedStage, TimedStep

SSML = "{http://www.w3.org/2001/10/synthesis}"


def test_labels_are_regions_for_stages_and_lines_and_points_for_chimes() -> None:
    assert format_labels(timeline()) == (
        "0.000000\t60.000000\tSoak\n"
        "1.000000\t4.456000\tPlace both feet in the water.\n"
        "30.000000\t30.500000\tHalfway.\n"
        "58.000000\t58.000000\t[bell]\n"
        "60.000000\t90.002083\tDry & rest\n"
        "60.000000\t62.000000\tDry <them> & [rest].\n"
    )


def test_the_transcript_has_the_titles_and_the_times() -> None:
    assert format_transcript(timeline()) == (
        "Feet: <b>&\n==========\n\n"
        "Soak\n----\n\n0:01 Place both feet in the water.\n0:30 Halfway.\n\n"
        "Dry & rest\n----------\n\n1:00 Dry <them> & [rest].\n"
    )


def test_ssml_has_every_silence_of_the_session() -> None:
    line = Line(("Breathe in", Pause(4 * S), "and out."), "", 0.8, "en")
    step = TimedStep("breathe", 0, 40 * S, 0, (Cue(1 * S, "say", 7 * S, line), say(32, 2, "Rest.")))
    text = format_ssml(replace(timeline(), stages=(TimedStage("Breath", 0, 40 * S, (step,)),), total=40 * S))
    root = ElementTree.fromstring(text)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en-US"
    assert [sentence.get("rate") for sentence in root.iter(f"{SSML}prosody")] == ["80%"]
    breaks = [int(found.get("time", "").removesuffix("ms")) for found in root.iter(f"{SSML}break")]
    assert breaks == [1000, 4000, 10_000, 10_000, 4000, 6000]


def test_new_reads_what_build_writes() -> None:
    """The times in the captions are those of the session, and the words are its words."""
    srt = draft_script(format_srt(timeline()).encode(), "x.srt")
    assert srt.format == "srt"
    assert "say: Place both feet in the water.\n        for: 30s" in srt.script
    labels = draft_script(format_labels(timeline()).encode(), "x.txt")
    assert labels.format == "labels"
    ssml = draft_script(format_ssml(timeline()).encode(), "x.ssml")
    assert ssml.format == "ssml"
    assert 'say: "Dry <them> & (rest)."' in ssml.script


SCRIPT = """\
voiceguide: 1
title: Feet
voice: tone
stages:
  - stage: Soak
    steps: [{step: soak, say: Both feet into the water., for: 8s}, {say: And wait., for: 4s}]
  - stage: Dry
    steps: [{step: dry, say: Dry them well., for: 6s, cues: [{at: 4s, say: "{remaining} left."}]}]
"""


def test_an_opentimelineio_timeline_has_every_step_at_its_sample(tmp_path: Path) -> None:
    otio = pytest.importorskip("opentimelineio", reason="has no wheel for this Python")
    session = voiceguide.loads(SCRIPT).build(tmp_path / "my feet.flac", sidecars=["otio"])
    assert session.files[1] == tmp_path / "my feet.otio"
    (track,) = (read := otio.adapters.read_from_file(str(session.files[1]))).tracks
    assert [clip.media_reference.target_url for clip in track] == ["my%20feet.flac"] * 3
    for clip in track:
        assert clip.range_in_parent() == clip.source_range
        assert all(clip.source_range.overlaps(marker.marked_range.start_time) for marker in clip.markers)
    assert track.duration() == otio.opentime.RationalTime(session.timeline.total, S)
    spoken = [marker.name for clip in track for marker in clip.markers if marker.marked_range.duration.value]
    assert spoken == [cue.caption for cue in session.timeline.cues if cue.is_speech]
    assert [marker.name for marker in read.tracks.markers] == ["Soak", "Dry"]


def test_opentimelineio_is_needed_before_anything_is_spoken(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    reports: list[voiceguide.Progress] = []
    with pytest.raises(voiceguide.ExportError) as caught:
        voiceguide.loads(SCRIPT).build(tmp_path / "a.mp3", sidecars=["otio"], progress=reports.append)
    assert (str(caught.value), reports) == (OTIO_MISSING_MESSAGE, [])
    (tmp_path / "feet.yaml").write_text(SCRIPT)
    refused = run("build", "feet.yaml", "--otio", "--split", "-o", "a.mp3", status=2)
    assert "--otio refers to one audio file, so it cannot be combined with --split. Keep one." in refused.stderr
