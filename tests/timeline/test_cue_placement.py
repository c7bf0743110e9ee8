"""Cue placement inside a step: positions, overlaps, and cues that are moved or left out."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from tests.support.routines import heard, routine, steps_of, timeline_of
from tests.support.timing import assert_linear
from voiceguide.script.model.routine import CueSpec
from voiceguide.timeline.arrangement.model import ArrangedCue
from voiceguide.timeline.model import ChimeSettings, Cue, Line
from voiceguide.timeline.scheduling.cue_placement import MIN_CUE_SPACING_SAMPLES, StepSpan, count_cues, place_cues
from voiceguide.units import SAMPLE_RATE


def arranged(*specs: str) -> list[ArrangedCue]:
    """Return cues written as `AT: TEXT` or `every TIME from POSITION until POSITION: TEXT`."""
    cues = []
    for number, spec in enumerate(specs):
        position, _, text = spec.partition(": ")
        words = re.split(" (from|until) ", position.removeprefix("every "))
        keys = {"every": words[0], **dict(zip(words[1::2], words[2::2], strict=True))}
        keys = keys if "every" in position else {"at": position}
        cues.append(ArrangedCue(CueSpec.model_validate({**keys, "say": text}), text, f"cues[{number}]"))
    return cues


def one_second_per_word(cue: ArrangedCue, offset: int) -> Cue:
    return Cue(offset, "chime", len(cue.text.split()) * SAMPLE_RATE, chime=ChimeSettings(cue.text))


def placed(specs: list[str], length_s: float, speech_s: float = 0) -> tuple[list[tuple[float, str]], list[str]]:
    """Place cues in a step with speech of its own. Return the start in seconds and text of each, and the warnings."""
    occupied = (
        (Cue(0, "say", round(speech_s * SAMPLE_RATE), chime=ChimeSettings("own words"), opens_step=True),)
        if speech_s
        else ()
    )
    span = StepSpan("hold", round(length_s * SAMPLE_RATE), occupied)
    cues, warnings = place_cues(arranged(*specs), span, one_second_per_word)
    return [(cue.start / SAMPLE_RATE, cue.text) for cue in cues], [warning.message for warning in warnings]


@pytest.mark.parametrize(
    ("specs", "expected"),
    [
        (["half: a"], [(30, "a")]),
        (["1/3: a"], [(20, "a")]),
        (["40%: a"], [(24, "a")]),
        (["40s: a"], [(40, "a")]),
        (["0s: a"], [(0, "a")]),
        (["10s left: a"], [(50, "a")]),
        (["end: a b"], [(58, "a b")]),
        (["every 20s: a"], [(20, "a"), (40, "a")]),
        (["every 20s until 20s left: a"], [(20, "a"), (40, "a")]),
        (["every 20s until 30s left: a"], [(20, "a")]),
        (["every 25s until 10s: a"], []),
        (["every 20s from 0s: a"], [(0, "a"), (20, "a"), (40, "a")]),
        (["every 20s from half: a"], [(30, "a"), (50, "a")]),
        (["every 2s from 4s left: a"], [(56, "a"), (58, "a")]),
        (["every 20s from 5s until 20s left: a"], [(5, "a"), (25, "a")]),
        (["every 20s from end: a"], []),
        (["end: a", "every 25s: b", "half: c d"], [(25, "b"), (30, "c d"), (50, "b"), (59, "a")]),
        ([], []),
    ],
)
def test_positions_in_a_step_of_one_minute(specs: list[str], expected: list[tuple[float, str]]) -> None:
    assert placed(specs, 60) == (expected, [])


TOO_LONG = "it lasts 3s, but the step lasts only"
MOVED = "would overlap another cue or run past the end of the step, so it was moved"


@pytest.mark.parametrize(
    ("specs", "speech_s", "expected", "warnings"),
    [
        (["2s: a"], 4, [(4.3, "a")], [f'The cue "a" in "hold" {MOVED} 2.3s later.']),
        (["half: a b", "30.5s: c"], 0, [(30, "a b"), (32.3, "c")], [f'The cue "c" in "hold" {MOVED} 1.8s later.']),
        (["half: a", "29.5s: b"], 0, [(29.5, "b"), (30.8, "a")], [f'The cue "a" in "hold" {MOVED} 0.8s later.']),
        (["1s left: a b"], 0, [(58, "a b")], [f'The cue "a b" in "hold" {MOVED} 1s earlier.']),
        (["end: a", "end: b"], 0, [(57.7, "b"), (59, "a")], []),
        (["half: a", "every 30s: b"], 0, [(30, "a"), (31.3, "b")], [f'The cue "b" in "hold" {MOVED} 1.3s later.']),
        (
            ["30s: a", "33s: c", "30.1s: b"],
            0,
            [(30, "a"), (31.3, "b"), (33, "c")],
            [f'The cue "b" in "hold" {MOVED} 1.2s later.'],
        ),
    ],
)
def test_a_cue_that_would_overlap_is_moved_by_at_most_three_seconds(
    specs: list[str], speech_s: float, expected: list[tuple[float, str]], warnings: list[str]
) -> None:
    assert placed(specs, 60, speech_s) == (expected, warnings)


@pytest.mark.parametrize(
    ("specs", "length_s", "speech_s", "warnings"),
    [
        (
            ["2s: a"],
            60,
            10,
            ['The cue "a" in "hold" was left out: at 0:02 it would overlap "own words". Move one of them.'],
        ),
        (
            ["90s: a"],
            60,
            0,
            ['The cue "a" in "hold" was left out: its position, 1:30, is outside the step, which lasts 1:00.'],
        ),
        (
            ["90s left: a"],
            60,
            0,
            [
                'The cue "a" in "hold" was left out: its position, 30s before the start, '
                "is outside the step, which lasts 1:00."
            ],
        ),
        (["half: a b c"], 2, 0, [f'The cue "a b c" in "hold" was left out: {TOO_LONG} 2s.']),
        (["half: a b c"], 2.5, 0.1, [f'The cue "a b c" in "hold" was left out: {TOO_LONG} 2.5s.']),
        (
            ["every 10s: a"],
            60,
            58,
            [
                'The cue "a" in "hold" was left out: at 0:10 it would overlap "own words". Move one of them. '
                "This happens 4 more times."
            ],
        ),
    ],
)
def test_a_cue_without_room_is_left_out_with_the_reason(
    specs: list[str], length_s: float, speech_s: float, warnings: list[str]
) -> None:
    assert placed(specs, length_s, speech_s) == ([], warnings)


def timed(specs: list[str], length_s: float, speech_s: float) -> tuple[list[tuple[float, str]], list[str]]:
    """Place cues as `placed` does. Those whose text starts with a capital letter name a time."""
    own = Cue(0, "say", round(speech_s * SAMPLE_RATE), chime=ChimeSettings("own words"), opens_step=True)
    span = StepSpan("hold", round(length_s * SAMPLE_RATE), (own,))

    def names_time(cue: ArrangedCue) -> bool:
        return cue.text[0].isupper()

    cues, warnings = place_cues(arranged(*specs), span, half_a_second_per_word, names_time)
    return [(cue.start / SAMPLE_RATE, cue.text) for cue in cues], [warning.message for warning in warnings]


def half_a_second_per_word(cue: ArrangedCue, offset: int) -> Cue:
    return Cue(offset, "chime", len(cue.text.split()) * SAMPLE_RATE // 2, chime=ChimeSettings(cue.text))


COUNTDOWN = ["3s left: Three", "2s left: Two", "1s left: One"]
ON_TIME = [(17, "Three"), (18, "Two"), (19, "One")]


@pytest.mark.parametrize(
    ("specs", "speech_s", "expected", "warnings"),
    [
        (COUNTDOWN, 10, ON_TIME, []),
        (
            ["16s: a b c d", *COUNTDOWN],
            5,
            [(14.7, "a b c d"), *ON_TIME],
            [f'"a b c d" in "hold" {MOVED} 1.3s earlier.'],
        ),
        (["16s: a b c d", *COUNTDOWN], 15, ON_TIME, ['it would overlap "Three". Move one of them.']),
        (["every 16s: a b c d", *COUNTDOWN], 15, ON_TIME, ['it would overlap "Three". Move one of them.']),
        (
            COUNTDOWN,
            17.9,
            [(18, "Two"), (19, "One")],
            ['at 0:17 it would overlap "own words". It names a time, so move or shorten the other one.'],
        ),
        (COUNTDOWN, 17.1, [(17.15, "Three"), (18, "Two"), (19, "One")], []),
        (["10s left: Ten"], 10.5, [(10.55, "Ten")], [f'The cue "Ten" in "hold" {MOVED} 0.6s later.']),
        (["10s left: Ten"], 11.5, [], ["It names a time, so move or shorten the other one."]),
        (["15s left: Ten"], 6.3, [(6.35, "Ten")], [f'The cue "Ten" in "hold" {MOVED} 1.4s later.']),
        (
            ["end: Two b c"],
            19,
            [],
            ["was left out: the rest of the step leaves no room for its 1.5s. Shorten one of the texts."],
        ),
        (["1s left: Two b c"], 5, [], ["it lasts 1.5s, but only 1s of the step remains. Shorten the text."]),
    ],
)
def test_a_cue_that_names_a_time_keeps_it_or_is_left_out(
    specs: list[str], speech_s: float, expected: list[tuple[float, str]], warnings: list[str]
) -> None:
    cues, messages = timed(specs, 20, speech_s)
    assert cues == expected
    assert len(messages) == len(warnings)
    assert all(warning in message for warning, message in zip(warnings, messages, strict=True))


def test_a_moved_cue_names_the_time_at_its_new_position_and_still_fits() -> None:
    """Regression: text that became longer at its new position overlapped the next cue."""

    def growing(cue: ArrangedCue, offset: int) -> Cue:
        moved = cue.text == "b" and offset > 11 * SAMPLE_RATE
        return Cue(
            offset,
            "chime",
            (3 if moved else 1) * SAMPLE_RATE,
            chime=ChimeSettings(f"{cue.text} {offset / SAMPLE_RATE:g}"),
        )

    span = StepSpan("hold", 60 * SAMPLE_RATE)
    cues, _ = place_cues(arranged("10s: a", "13s: c", "10.5s: b"), span, growing)
    assert all(earlier.end + MIN_CUE_SPACING_SAMPLES <= later.start for earlier, later in pairwise(cues))
    assert all(cue.text.endswith(f" {cue.start / SAMPLE_RATE:g}") for cue in cues)


def test_no_cue_starts_before_the_end_of_the_lead_in() -> None:
    span = StepSpan("hold", 60 * SAMPLE_RATE, earliest_offset=SAMPLE_RATE)
    cues, warnings = place_cues(arranged("0s: a", "0.5s: b"), span, one_second_per_word)
    assert [cue.start / SAMPLE_RATE for cue in cues] == [1, 2.3]
    assert len(warnings) == 1


def test_a_cue_that_an_override_puts_outside_its_step_is_left_out_with_a_warning() -> None:
    forty = routine("  - stage: A\n    steps: [{step: s, for: 60s, cues: [{at: 40s, say: Forty.}]}]\n")
    timeline = timeline_of(forty, set={"s": 30 * SAMPLE_RATE})
    assert [text for _, text in heard(timeline)] == ["bell"]
    assert [warning.message for warning in timeline.warnings] == [
        'The cue "Forty." in "s" was left out: its position, 0:40, is outside the step, which lasts 30s.'
    ]


@pytest.mark.parametrize(
    ("cue", "expected"),
    [
        ("{at: half, chime: bowl}", [(10, 2, "bowl")]),
        ("{at: end, chime: wood}", [(18, 2, "wood")]),
        ("{at: 1s left, chime: bell}", [(19, 1, "bell")]),
        ("{at: 0.5s left, chime: bell}", [(18, 2, "bell")]),
    ],
)
def test_a_chime_is_cut_at_the_end_of_its_step(cue: str, expected: list[tuple[float, float, str]]) -> None:
    chiming = routine(f"  - stage: A\n    steps: [{{for: 2s}}, {{for: 20s, cues: [{cue}]}}]\n", "chime: none")
    step = steps_of(timeline_of(chiming))[1]
    chimes = [((cue.start - step.start) / SAMPLE_RATE, cue.length / SAMPLE_RATE, cue.text) for cue in step.cues]
    assert chimes == expected


def test_cues_are_counted() -> None:
    cues = arranged("half: a", "every 10s: b", "every 1s until 5s: c")
    assert count_cues(cues, 60 * SAMPLE_RATE) == 1 + 5 + 5


def test_the_cost_of_a_step_grows_with_its_cues() -> None:
    def place(hours: int) -> None:
        span = StepSpan("rest", hours * 3600 * SAMPLE_RATE)
        cues, warnings = place_cues(arranged("every 9s: a b", "every 18s: c"), span, one_second_per_word)
        assert len(cues) == hours * 600 - 2
        assert len(warnings) == 1
        assert all(earlier.end + MIN_CUE_SPACING_SAMPLES <= later.start for earlier, later in pairwise(cues))

    assert_linear(place, 3)


def test_a_warning_names_the_recording_of_a_cue_without_text() -> None:
    """It named the cue "", which is in no script."""
    line = Line((), "tone", 1.0, "en", "r/anna.wav")
    cues, span = arranged("2s: a", "2s: b", "2s: c"), StepSpan("hold", 8 * SAMPLE_RATE)
    _, warnings = place_cues(cues, span, lambda cue, offset: Cue(offset, "say", 2 * SAMPLE_RATE, line))
    assert [warning.message for warning in warnings] == [
        f'The cue "r/anna.wav" in "hold" {MOVED} 2.3s later.',
        'The cue "r/anna.wav" in "hold" was left out: at 0:02 it would overlap "r/anna.wav". Move one of them.',
    ]


def test_a_warning_names_the_recording_that_is_in_the_way() -> None:
    line = Line((), "tone", 1.0, "en", "r/anna.wav")
    occupied = (Cue(0, "say", 20 * SAMPLE_RATE, line, opens_step=True),)
    _, warnings = place_cues(arranged("5s: a"), StepSpan("hold", 30 * SAMPLE_RATE, occupied), one_second_per_word)
    assert [warning.message for warning in warnings] == [
        'The cue "a" in "hold" was left out: at 0:05 it would overlap "r/anna.wav". Move one of them.'
    ]
