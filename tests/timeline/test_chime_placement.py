"""Chimes close the stages and a bell the session, in time that is there already and never over words."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.routines import routine, timeline_of
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE

ROOM = "{step: s, say: Hello you., for: 30s}"


def two_stages(first: str, second: str = ROOM, head: str = "", more: str = "") -> Timeline:
    made = routine(f"  - {{stage: A, steps: [{first}]{more}}}\n  - {{stage: B, steps: [{second}]}}\n", head)
    return timeline_of(made)


def chimes(timeline: Timeline) -> list[list[tuple[float, float, str]]]:
    """Of each stage, its closing chimes: seconds from their start to the stage's end, their length, their name."""
    return [
        [
            ((stage.end - cue.start) / SAMPLE_RATE, cue.length / SAMPLE_RATE, cue.chime)
            for step in stage.steps
            for cue in step.cues
            if cue.kind == "chime"
        ]
        for stage in timeline.stages
    ]


@pytest.mark.parametrize(
    ("first", "second", "head", "more", "rung"),
    [
        (ROOM, ROOM, "", "", [[(2, 2, "bell")], [(6, 6, "bell")]]),
        (ROOM, ROOM, "chime: wood", ", chime: bowl", [[(2, 2, "bowl")], [(6, 6, "wood")]]),
        (ROOM, ROOM, "chime: none", "", [[], []]),
        (ROOM, ROOM, "", ", chime: none", [[], [(6, 6, "bell")]]),
        ("{say: Hello you., pause: 1s}", ROOM, "", "", [[(0.9, 0.9, "bell")], [(6, 6, "bell")]]),
        (ROOM, "{say: Bye., pause: 3s}", "", "", [[(2, 2, "bell")], [(2.9, 2.9, "bell")]]),
        (ROOM, "{say: Bye., for: 30s, repeat: 2}, {for: 1s}, {for: 1s}", "", "", [[(2, 2, "bell")], [(6, 6, "bell")]]),
        (ROOM, "{for: 30s, cues: [{at: end, say: Bye.}]}", "", "", [[(2, 2, "bell")], []]),
        ("{say: Hello you., pause: 0.8s}", ROOM, "", "", [[], [(6, 6, "bell")]]),
        ("{for: 1s}", ROOM, "", "", [[(1, 1, "bell")], [(6, 6, "bell")]]),
    ],
)
def test_what_rings_at_the_end_of_a_stage(
    first: str, second: str, head: str, more: str, rung: list[list[tuple[float, float, str]]]
) -> None:
    timeline = two_stages(first, second, head, more)
    assert chimes(timeline) == rung
    silent = two_stages(first, second, "chime: none", ", chime: none")
    assert timeline.total == silent.total
    spoken = [cue for cue in timeline.cues if cue.kind == "say"]
    for stage in timeline.stages:
        for bell in (cue for step in stage.steps for cue in step.cues if cue.kind == "chime"):
            assert all(cue.end <= bell.start or bell.end <= cue.start for cue in spoken)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            "{step: x, say: Hello., pause: 0.5s}",
            ROOM,
            'There is no room for the chime at the end of "A". Give its last step, "x", a pause of 2s or more.',
        ),
        (
            ROOM,
            "{step: y, say: Bye., pause: 0s}",
            'There is no room for the ending bell at the end of "B". Give its last step, "y", a pause of 2s or more.',
        ),
    ],
)
def test_where_there_is_no_room_there_is_advice(first: str, second: str, message: str) -> None:
    assert [advice.message for advice in two_stages(first, second).warnings] == [message]


def test_a_chime_belongs_to_the_step_in_which_it_begins() -> None:
    stage = two_stages("{say: Hello., for: 30s}, {for: 1s}, {pause: 0s}").stages[0]
    assert [[cue.chime for cue in step.cues if cue.chime] for step in stage.steps] == [["bell"], [], []]


def test_an_announcement_of_silence_keeps_clear_of_the_chime() -> None:
    timeline = two_stages("{say: Hello., pause: 3.5s}", "{for: 10m}")
    cues = timeline.cues
    assert all(earlier.end <= later.start for earlier, later in pairwise(cues))
