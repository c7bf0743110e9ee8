"""Cues inside a step: where they fall, that they never meet, and what is moved or left out."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from tests.support.routines import heard, routine, steps_of, timeline_of
from voiceguide.script.model.routine import CueSpec
from voiceguide.timeline.arrangement.model import ArrangedCue
from voiceguide.timeline.model import Cue
from voiceguide.timeline.scheduling.cue_placement import MIN_CUE_SPACING_SAMPLES, StepSpan, count_cues, place_cues
from voiceguide.units import SAMPLE_RATE


def planned(*specs: str) -> list[ArrangedCue]:
    """Cues from `PLACE WORDS` or `every TIME until PLACE: WORDS`."""
    cues = []
    for number, spec in enumerate(specs):
        place, _, words = spec.partition(": ")
        every, _, until = place.removeprefix("every ").partition(" until ")
        keys = {"every": every, **({"until": until} if until else {})} if "every" in place else {"at": place}
        cues.append(ArrangedCue(CueSpec.model_validate({**keys, "say": words}), words, f"cues[{number}]"))
    return cues


def second_a_word(cue: ArrangedCue, offset: int) -> Cue:
    """A cue whose name is what it says, a second a word."""
    return Cue(offset, "chime", len(cue.text.split()) * SAMPLE_RATE, chime=cue.text)


def placed(specs: list[str], length_s: float, words_s: float = 0) -> tuple[list[tuple[float, str]], list[str]]:
    """Seconds and words of what is heard in a step of that length with own words of that length; and the advice."""
    taken = (Cue(0, "say", round(words_s * SAMPLE_RATE), chime="own words", opens_step=True),) if words_s else ()
    row = StepSpan("hold", round(length_s * SAMPLE_RATE), taken)
    cues, advice = place_cues(planned(*specs), row, second_a_word)
    return [(cue.start / SAMPLE_RATE, cue.text) for cue in cues], [one.message for one in advice]


@pytest.mark.parametrize(
    ("specs", "result"),
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
        (["end: a", "every 25s: b", "half: c d"], [(25, "b"), (30, "c d"), (50, "b"), (59, "a")]),
        ([], []),
    ],
)
def test_places_in_a_step_of_a_minute(specs: list[str], result: list[tuple[float, str]]) -> None:
    assert placed(specs, 60) == (result, [])


OVER = "would speak over another one or past the end, so it comes"


@pytest.mark.parametrize(
    ("specs", "words_s", "result", "advice"),
    [
        (["2s: a"], 4, [(4.3, "a")], [f'The cue "a" of "hold" {OVER} 2.3s later.']),
        (["half: a b", "30.5s: c"], 0, [(30, "a b"), (32.3, "c")], [f'The cue "c" of "hold" {OVER} 1.8s later.']),
        (["half: a", "29.5s: b"], 0, [(29.5, "b"), (30.8, "a")], [f'The cue "a" of "hold" {OVER} 0.8s later.']),
        (["1s left: a b"], 0, [(58, "a b")], [f'The cue "a b" of "hold" {OVER} 1s earlier.']),
        (["end: a", "end: b"], 0, [(57.7, "b"), (59, "a")], []),
        (["half: a", "every 30s: b"], 0, [(30, "a"), (31.3, "b")], [f'The cue "b" of "hold" {OVER} 1.3s later.']),
        (
            ["30s: a", "33s: c", "30.1s: b"],
            0,
            [(30, "a"), (31.3, "b"), (33, "c")],
            [f'The cue "b" of "hold" {OVER} 1.2s later.'],
        ),
    ],
)
def test_a_cue_that_would_meet_another_is_moved_by_three_seconds_at_most(
    specs: list[str], words_s: float, result: list[tuple[float, str]], advice: list[str]
) -> None:
    assert placed(specs, 60, words_s) == (result, advice)


@pytest.mark.parametrize(
    ("specs", "length_s", "words_s", "advice"),
    [
        (
            ["2s: a"],
            60,
            10,
            ['The cue "a" of "hold" is left out: at 0:02 it would speak over "own words". Move one of them.'],
        ),
        (
            ["90s: a"],
            60,
            0,
            ['The cue "a" of "hold" is left out: its place, 1:30, lies outside the step, which lasts 1m.'],
        ),
        (
            ["90s left: a"],
            60,
            0,
            [
                'The cue "a" of "hold" is left out: its place, 30s before its start, '
                "lies outside the step, which lasts 1m."
            ],
        ),
        (["half: a b c"], 2, 0, ['The cue "a b c" of "hold" is left out: it lasts 3s and its step only 2s.']),
        (["half: a b c"], 2.5, 0.1, ['The cue "a b c" of "hold" is left out: it lasts 3s and its step only 2.5s.']),
        (
            ["every 10s: a"],
            60,
            58,
            [
                'The cue "a" of "hold" is left out: at 0:10 it would speak over "own words". Move one of them. '
                "The same happens 4 more times."
            ],
        ),
    ],
)
def test_a_cue_that_finds_no_room_is_left_out_with_the_reason(
    specs: list[str], length_s: float, words_s: float, advice: list[str]
) -> None:
    assert placed(specs, length_s, words_s) == ([], advice)


def test_a_moved_cue_says_the_time_of_its_new_place_and_still_fits() -> None:
    """Words that grow with the move ran into the next cue."""

    def growing(cue: ArrangedCue, offset: int) -> Cue:
        moved = cue.text == "b" and offset > 11 * SAMPLE_RATE
        return Cue(offset, "chime", (3 if moved else 1) * SAMPLE_RATE, chime=f"{cue.text} {offset / SAMPLE_RATE:g}")

    row = StepSpan("hold", 60 * SAMPLE_RATE)
    cues, _ = place_cues(planned("10s: a", "13s: c", "10.5s: b"), row, growing)
    assert all(earlier.end + MIN_CUE_SPACING_SAMPLES <= later.start for earlier, later in pairwise(cues))
    assert all(cue.text.endswith(f" {cue.start / SAMPLE_RATE:g}") for cue in cues)


def test_no_cue_is_heard_before_the_second_that_the_first_words_wait() -> None:
    row = StepSpan("hold", 60 * SAMPLE_RATE, earliest_offset=SAMPLE_RATE)
    cues, advice = place_cues(planned("0s: a", "0.5s: b"), row, second_a_word)
    assert [cue.start / SAMPLE_RATE for cue in cues] == [1, 2.3]
    assert len(advice) == 1


def test_a_cue_outside_its_step_because_of_an_override_is_left_out_with_advice() -> None:
    made = routine("  - stage: A\n    steps: [{step: s, for: 60s, cues: [{at: 40s, say: Forty.}]}]\n")
    timeline = timeline_of(made, set={"s": 30 * SAMPLE_RATE})
    assert [text for _, text in heard(timeline)] == ["bell"]
    assert [advice.message for advice in timeline.warnings] == [
        'The cue "Forty." of "s" is left out: its place, 0:40, lies outside the step, which lasts 30s.'
    ]


@pytest.mark.parametrize(
    ("cue", "result"),
    [
        ("{at: half, chime: bowl}", [(10, 2, "bowl")]),
        ("{at: end, chime: wood}", [(18, 2, "wood")]),
        ("{at: 1s left, chime: bell}", [(19, 1, "bell")]),
        ("{at: 0.5s left, chime: bell}", [(18, 2, "bell")]),
    ],
)
def test_a_chime_in_a_step_is_as_long_as_there_is_room(cue: str, result: list[tuple[float, float, str]]) -> None:
    made = routine(f"  - stage: A\n    steps: [{{for: 2s}}, {{for: 20s, cues: [{cue}]}}]\n", "chime: none")
    step = steps_of(timeline_of(made))[1]
    found = [((cue.start - step.start) / SAMPLE_RATE, cue.length / SAMPLE_RATE, cue.text) for cue in step.cues]
    assert found == result


def test_cues_are_counted() -> None:
    cues = planned("half: a", "every 10s: b", "every 1s until 5s: c")
    assert count_cues(cues, 60 * SAMPLE_RATE) == 1 + 5 + 5


def test_ten_thousand_cues_of_one_step_are_placed_in_no_time() -> None:
    row = StepSpan("rest", 24 * 3600 * SAMPLE_RATE)
    began = time.process_time()
    cues, advice = place_cues(planned("every 9s: a b", "every 18s: c"), row, second_a_word)
    assert time.process_time() - began < 5
    assert len(cues) == 9599 + 4799
    assert len(advice) == 1
    assert all(earlier.end + MIN_CUE_SPACING_SAMPLES <= later.start for earlier, later in pairwise(cues))
