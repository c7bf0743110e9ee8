"""Chimes between stages and the ending bell. They use existing silence and never overlap speech."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.routines import routine, timeline_of
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE

ROOM = "{step: s, say: Hello you., for: 30s}"


def two_stages(first: str, second: str = ROOM, head: str = "", keys: str = "") -> Timeline:
    return timeline_of(
        routine(f"  - {{stage: A, steps: [{first}]{keys}}}\n  - {{stage: B, steps: [{second}]}}\n", head)
    )


def chimes(timeline: Timeline) -> list[list[tuple[float, float, str]]]:
    """Return the chimes of each stage: seconds from the start to the end of the stage, length in seconds, and name."""
    return [
        [
            ((stage.end - cue.start) / SAMPLE_RATE, cue.length / SAMPLE_RATE, cue.text)
            for step in stage.steps
            for cue in step.cues
            if cue.kind == "chime"
        ]
        for stage in timeline.stages
    ]


@pytest.mark.parametrize(
    ("first", "second", "head", "keys", "expected"),
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
def test_chimes_at_the_end_of_stages(
    first: str, second: str, head: str, keys: str, expected: list[list[tuple[float, float, str]]]
) -> None:
    timeline = two_stages(first, second, head, keys)
    assert chimes(timeline) == expected
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
            'There is no room for the chime at the end of "A". Give the last step, "x", a pause of at least 2s.',
        ),
        (
            ROOM,
            "{step: y, say: Bye., pause: 0s}",
            'There is no room for the ending bell at the end of "B". Give the last step, "y", a pause of at least 2s.',
        ),
    ],
)
def test_a_stage_without_room_for_a_chime_has_a_warning(first: str, second: str, message: str) -> None:
    assert [warning.message for warning in two_stages(first, second).warnings] == [message]


def test_a_chime_belongs_to_the_step_in_which_it_starts() -> None:
    stage = two_stages("{say: Hello., for: 30s}, {for: 1s}, {pause: 0s}").stages[0]
    assert [[cue.text for cue in step.cues if cue.chime] for step in stage.steps] == [["bell"], [], []]


def test_an_announcement_does_not_overlap_the_chime() -> None:
    timeline = two_stages("{say: Hello., pause: 3.5s}", "{for: 10m}")
    cues = timeline.cues
    assert all(earlier.end <= later.start for earlier, later in pairwise(cues))


def test_a_chime_has_its_own_level_or_that_of_the_routine() -> None:
    cues = "cues: [{at: 10s, chime: wood}, {at: 15s, chime: {sound: wood, level: -3}}, {at: 20s, chime: none}]"
    first = f"{{step: s, say: Hello you., for: 30s, {cues}}}"
    for head, usual in (("", -8), ("chime: {sound: bowl, level: -14}", -14)):
        timeline = two_stages(first, head=head, keys=", chime: {sound: bell, level: -6 dB}")
        found = [(cue.text, cue.chime.level_db) for cue in timeline.cues if cue.chime]
        last = "bowl" if head else "bell"
        assert found == [("wood", usual), ("wood", -3), ("bell", -6), (last, usual)]
