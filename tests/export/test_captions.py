"""Text sidecars: lyrics, captions, chapters and the cue sheet."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tests.support.programs import program
from voiceguide.export.captions import format_chapters_json, format_lrc, format_srt, format_webvtt
from voiceguide.export.html_cue_sheet import render_cue_sheet
from voiceguide.timeline.model import ChimeSettings, Cue, Line, TimedStage, TimedStep, Timeline

S = 48_000


def say(at: float, length: float, text: str, main: bool = False) -> Cue:
    return Cue(round(at * S), "say", round(length * S), Line((text,), "", 1.0, "en"), opens_step=main)


def timeline(hour: int = 0) -> Timeline:
    """Return a timeline with two stages and three steps. `hour` delays everything after its start."""
    at = hour * 3600
    soak = TimedStep("soak", 0, (at + 60) * S, 3 * S, (
        say(at + 1, 3.456, "Place both feet in the water.", main=True),
        say(at + 30, 0.5, "Halfway."),
        Cue((at + 58) * S, "chime", 2 * S, chime=ChimeSettings("bell")),
    ))  # fmt: skip
    dry = TimedStep("dry", (at + 60) * S, (at + 80) * S, 2 * S, (say(at + 60, 2, "Dry <them> & [rest].", main=True),))
    quiet = TimedStep("quiet time", (at + 80) * S, (at + 90) * S + 100, 0, ())
    stages = (TimedStage("Soak", 0, soak.end, (soak,)), TimedStage("Dry & rest", soak.end, quiet.end, (dry, quiet)))
    return Timeline("Feet: <b>&", "en-US", stages, quiet.end, author="Ann", description="Warm & dry.")


def test_lyrics() -> None:
    assert format_lrc(timeline()) == (
        "[ti:Feet: <b>&]\n[ar:Ann]\n[la:en-US]\n[length:01:30.00]\n"
        "[00:01.00]Place both feet in the water.\n[00:30.00]Halfway.\n[01:00.00]Dry <them> & (rest).\n"
    )


def test_lyrics_of_several_hours_count_in_minutes() -> None:
    assert "[180:01.00]Place both feet in the water.\n" in format_lrc(timeline(hour=3))


def test_captions() -> None:
    assert format_webvtt(timeline()) == (
        "WEBVTT\n\n"
        "1\n00:00:01.000 --> 00:00:04.456\nPlace both feet in the water.\n\n"
        "2\n00:00:30.000 --> 00:00:31.500\nHalfway.\n\n"
        "3\n00:00:58.000 --> 00:01:00.000\n[bell]\n\n"
        "4\n00:01:00.000 --> 00:01:02.000\nDry &lt;them&gt; &amp; [rest].\n"
    )
    assert "03:00:01.000 --> 03:00:04.456" in format_webvtt(timeline(hour=3))


def test_a_short_caption_never_reaches_into_the_next() -> None:
    step = TimedStep("x", 0, 9 * S, 0, (say(1, 0.2, "One."), say(1.5, 0.2, "Two."), say(8.9, 0.1, "Three.")))
    text = format_webvtt(replace(timeline(), stages=(TimedStage("x", 0, 9 * S, (step,)),), total=9 * S))
    assert re.findall(r"\S+ --> \S+", text) == [
        "00:00:01.000 --> 00:00:01.500",
        "00:00:01.500 --> 00:00:03.000",
        "00:00:08.900 --> 00:00:09.000",
    ]


@pytest.mark.parametrize(
    ("name", "write", "times"),
    [
        ("x.vtt", format_webvtt, [1, 30, 58, 60]),
        ("x.srt", format_srt, [1, 30, 58, 60]),
        ("x.lrc", format_lrc, [1, 30, 60]),
    ],
)
def test_ffmpeg_reads_them(name: str, write: Callable[[Timeline], str], times: list[int], tmp_path: Path) -> None:
    (tmp_path / name).write_text(write(timeline()))
    command = [program("ffprobe"), "-v", "error", "-show_packets", "-of", "json", str(tmp_path / name)]
    packets = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["packets"]
    assert [float(packet["pts_time"]) for packet in packets] == times


def test_chapters_of_the_podcast_namespace() -> None:
    assert json.loads(format_chapters_json(timeline())) == {
        "version": "1.2.0",
        "title": "Feet: <b>&",
        "author": "Ann",
        "description": "Warm & dry.",
        "chapters": [
            {"startTime": 0.0, "endTime": 60.0, "title": "Soak"},
            {"startTime": 60.0, "endTime": 90.002083, "title": "Dry & rest"},
        ],
    }


class Page(HTMLParser):
    """The texts of a page by their element, and every attribute that could load or run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.fetched: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.fetched += [(tag, name) for name, _ in attrs if name in ("src", "href", "srcset", "onload", "onerror")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open:
            self.texts.append((self.open[-1], data.strip()))

    def of(self, tag: str) -> list[str]:
        return [text for element, text in self.texts if element == tag]


def test_the_cue_sheet_has_every_step_with_its_start_time() -> None:
    page = Page(render_cue_sheet(timeline()))
    assert page.of("h1") == ["Feet: <b>&"]
    assert page.of("p") == ["Warm & dry.", "1:30 · Ann"]
    assert page.of("td") == [
        "0:00", "Place both feet in the water.", "1m",
        "0:30", "Halfway.",
        "1:00", "Dry <them> & [rest].", "20s",
        "1:20", "quiet time", "10s",
    ]  # fmt: skip
    assert page.of("small") == ["0:00–1:00", "1:00–1:30"]
    assert "3:01:20" in render_cue_sheet(timeline(hour=3))


def test_a_long_sheet_is_printed_in_two_columns_and_a_smaller_font() -> None:
    step = timeline().stages[0].steps[0]
    sizes = []
    for count in (2, 20, 40, 60, 500):
        stage = TimedStage("Many", 0, 60 * S, (step,) * count)
        text = render_cue_sheet(replace(timeline(), stages=(stage,)))
        sizes.append(re.findall(r"body { font-size: ([\d.]+)pt", text) * ("columns: 2" in text))
    assert sizes == [[], ["9.5"], ["9.5"], ["7.0"], ["6.5"]]


@pytest.mark.parametrize("hostile", ["</style><script>alert(1)</script>", '" onload="alert(1)', "<img src=x>", "&lt;"])
def test_a_cue_sheet_escapes_hostile_text(hostile: str) -> None:
    step = TimedStep(
        hostile, 0, S, 0, (say(0, 1, hostile, main=True), Cue(0, "chime", 1, chime=ChimeSettings(hostile)))
    )
    stage = TimedStage(hostile, 0, S, (step,))
    page = Page(render_cue_sheet(Timeline(hostile, hostile, (stage,), S, author=hostile, description=hostile)))
    assert not page.fetched
    assert "script" not in {tag for tag, _ in page.texts}
    assert page.of("h1") == [" ".join(hostile.split())]


@given(text=st.text())
def test_any_text_gives_well_formed_files(text: str) -> None:
    step = TimedStep("x", 0, 9 * S, 0, (say(1, 2, text), say(4, 1, "Last.")))
    session = Timeline(text, "en", (TimedStage(text, 0, 9 * S, (step,)),), 9 * S)
    spoken = bool(text.strip())
    assert len(re.findall(r"^\[\d\d:\d\d\.\d\d\]", format_lrc(session), re.MULTILINE)) == 1 + spoken
    assert format_webvtt(session).count(" --> ") == 1 + spoken
    assert len(format_webvtt(session).split("\n\n")) == 2 + spoken
    assert len(json.loads(format_chapters_json(session))["chapters"]) == 1
    Page(render_cue_sheet(session))
