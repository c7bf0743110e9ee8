"""Labels, SSML and the transcript: other programs read them, and so does `new --text`."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from tests.export.test_captions import S, say, timeline
from voiceguide.drafting import draft_script
from voiceguide.export.captions import format_srt
from voiceguide.export.editing_files import format_labels, format_ssml, format_transcript
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
