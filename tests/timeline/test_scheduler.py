"""From a plan to its timeline: times named in words, details, advice, limits, and speed."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from tests.support.routines import (
    PHRASES,
    guessed,
    heard,
    letters,
    plan_of,
    routine,
    seconds,
    steps_of,
    tenths,
    timeline_of,
)
from voiceguide.errors import OverrideError
from voiceguide.timeline.model import Line, MeasureSpeech, SpeechLength
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import SAMPLE_RATE


def words(*steps: str, head: str = "", **changes: Any) -> list[str]:
    lines = "".join(f"      - {step}\n" for step in steps)
    made = routine(f"  - stage: A\n    steps:\n{lines}", f"chime: none\n{head}")
    return [text for _, text in heard(timeline_of(made, **changes))]


@pytest.mark.parametrize(
    ("step", "spoken"),
    [
        ("{say: 'This lasts {remaining}.', for: 45s}", "This lasts forty-five seconds."),
        ("{say: '{remaining}, then rest.', for: 45s}", "Forty-five seconds, then rest."),
        ("{say: 'The session lasts {total}.', for: 55s}", "The session lasts one minute."),
        ("{say: 'Back in { remaining }.', for: 30s}", "Back in thirty seconds."),
        ("{say: 'I waited {elapsed}.', for: 30s}", "I waited zero seconds."),
        ("{say: 'Words and {remaining} of it all.', pause: 20s}", "Words and twenty-five seconds of it all."),
        ("{say: 'word {remaining} word word word word word word.'}", "word six seconds word word word word word word."),
    ],
)  # fmt: skip
def test_times_in_a_steps_own_words_are_true(step: str, spoken: str) -> None:
    assert words("{for: 5s, cues: [{at: 1s, say: Hello.}]}", step)[1] == spoken


@pytest.mark.parametrize(
    ("cue", "spoken"),
    [
        ("{at: half, say: '{elapsed} done, {remaining} left.'}", ["Thirty seconds done, thirty seconds left."]),
        ("{every: 20s, say: '{remaining} left.'}", ["Forty seconds left.", "Twenty seconds left."]),
        ("{at: 15s left, say: 'of {total}, {remaining}'}", ["of one minute, fifteen seconds"]),
    ],
)
def test_times_in_cues_are_those_of_their_place(cue: str, spoken: list[str]) -> None:
    assert words(f"{{for: 60s, announce_quiet: no, cues: [{cue}]}}") == spoken


def test_a_total_named_in_words_is_the_total_asked_for() -> None:
    step = "{say: 'This lasts {total}, this step {remaining}.', for: 60s}"
    assert words(step, total=600 * SAMPLE_RATE)[0] == "This lasts ten minutes, this step ten minutes."


def test_words_whose_times_never_settle_still_fit_their_step() -> None:
    """One reading makes the step longer, the longer step asks for the other reading, which makes it shorter."""

    def perverse(line: Line) -> SpeechLength:
        return SpeechLength((2 if "ten" in line.text else 8) * SAMPLE_RATE, exact=True)

    made = routine(
        "  - stage: A\n    steps: [{say: Hello., for: 20s}, {say: '{remaining} of it.', pause: 3s}, {for: 9s}]\n"
    )
    timeline = schedule(plan_of(made), perverse, PHRASES)
    step = steps_of(timeline)[1]
    assert step.cues[0].length == step.speech_length == step.length - 3 * SAMPLE_RATE
    assert all(earlier.end <= later.start for earlier, later in pairwise(timeline.cues))


def test_a_total_is_not_refused_for_words_that_name_wrong_times_only_at_first() -> None:
    """At first the words name the script's own hour, which takes longer to say than there is room for."""

    def verbose(line: Line) -> SpeechLength:
        return SpeechLength((30 if "hour" in line.text else 1) * SAMPLE_RATE, exact=True)

    made = routine("  - stage: A\n    steps: [{say: '{remaining} of it.', for: 1h}]\n")
    assert schedule(plan_of(made, total=9 * SAMPLE_RATE), verbose, PHRASES).total == 9 * SAMPLE_RATE


def test_stages_and_steps_tile_the_session_and_words_begin_at_their_time() -> None:
    made = routine(
        "  - {stage: A, steps: [{say: One., for: 9s}, {say: Two.}]}\n  - {stage: B, steps: [{say: Three.}]}\n"
    )
    timeline = timeline_of(made, measure=letters)
    steps = steps_of(timeline)
    assert [stage.start for stage in timeline.stages] == [0, steps[1].end]
    assert [step.start for step in steps] == [0, *(step.end for step in steps[:-1])]
    assert timeline.total == timeline.stages[-1].end == steps[-1].end
    assert [step.cues[0].start - step.start for step in steps] == [SAMPLE_RATE, 0, 0]
    assert all(step.cues[0].opens_step and step.cues[0].length == step.speech_length for step in steps)


DETAILS = """\
  - stage: A
    steps:
      - say: {full: 'All of the words there are.', brief: Some.}
        for: 20s
        cues: [{at: end, say: {full: Done now., brief: Done.}}]
"""


@pytest.mark.parametrize(
    ("detail", "result", "speech"),
    [
        ("full", [(1, 2.7, "All of the words there are."), (19.1, 0.9, "Done now.")], 2.7),
        ("brief", [(1, 0.5, "Some."), (19.5, 0.5, "Done.")], 0.5),
        ("chime", [(1, 2, "bell"), (18, 2, "bell")], 0),
    ],
)
def test_the_details_of_a_step(detail: str, result: list[tuple[float, float, str]], speech: float) -> None:
    timeline = timeline_of(routine(DETAILS, "chime: none"), detail=detail)
    (step,) = steps_of(timeline)
    assert [(seconds(cue.start), seconds(cue.length), cue.text) for cue in step.cues] == result
    assert (seconds(step.speech_length), seconds(step.length)) == (speech, 20)
    assert timeline.warnings == ()


def test_safety_is_spoken_at_every_detail() -> None:
    timeline = timeline_of(routine(DETAILS, "safety: [Stop at pain.]"), detail="chime")
    assert [cue.text for cue in timeline.stages[0].steps[0].cues if cue.opens_step] == ["Stop at pain."]


def test_full_words_of_unknown_length_make_a_brief_timeline_an_estimate() -> None:
    def knows_brief(line: Line) -> SpeechLength:
        return replace(tenths(line), exact=len(line.text) < 10)

    made = routine("  - stage: A\n    steps: [{say: {full: All of the words., brief: Some.}, pause: 9s}]\n")
    assert schedule(plan_of(made, detail="brief"), knows_brief, PHRASES).estimated


def test_words_longer_than_their_time_are_advised_about_once_for_all_turns() -> None:
    step = "{step: s, say: 'Ten chars.', for: 0.5s, each: {side: [left, right]}}"
    timeline = timeline_of(routine(f"  - stage: A\n    steps: [{{for: 3s, cues: [{{at: 1s, say: a}}]}}, {step}]\n"))
    assert [(advice.path, advice.message) for advice in timeline.warnings if "for:" in advice.message] == [
        (
            "stages[0].steps[1].for",
            'The words of "s" take 1s, 0.5s longer than its for: 0.5s. The step grows to hold them. '
            "Write for: 2s or fewer words.",
        )
    ]


@pytest.mark.parametrize(("measure", "estimated"), [(tenths, False), (guessed, True), (estimate_speech_length, True)])
def test_a_timeline_knows_whether_it_is_an_estimate(measure: MeasureSpeech, estimated: bool) -> None:
    made = routine(DETAILS)
    assert timeline_of(made, measure=measure).estimated is estimated


def test_more_cues_than_a_session_holds_are_refused_before_they_are_made() -> None:
    made = routine("  - stage: A\n    steps: [{step: s, for: 60s, cues: [{every: 1s, say: tick}]}]\n")
    message = "The session would have 86,400 steps and cues, and 10,000 is the most. Ask for shorter times."
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        timeline_of(made, set={"s": 24 * 3600 * SAMPLE_RATE})


def big_routine(steps: int) -> str:
    """Half of them alone, half in turns, each with cues."""
    step = (
        "{{step: s{0}, say: 'Stroke from the toes to the ankle, {0}.', for: 1m30s, cues: [{{at: half, say: Half.}}]}}"
    )
    alone = "".join(f"      - {step.format(n)}\n" for n in range(steps // 2))
    sided = "".join(f"          - {step.format(n)}\n" for n in range(steps // 4))
    return (
        f"  - stage: Alone\n    steps:\n{alone}"
        f"  - each: {{side: [left, right]}}\n    stages:\n      - stage: '{{side}}'\n        steps:\n{sided}"
    )


def test_two_thousand_steps_are_planned_in_a_second() -> None:
    """Generous: the machine may be busy. It takes about a quarter of a second for the three timelines."""
    made = routine(big_routine(2000).replace("1m30s", "20s"))
    began = time.process_time()
    plain = timeline_of(made)
    met = timeline_of(made, total=plain.total + 12_345_678)
    assert time.process_time() - began < 4
    assert len(steps_of(plain)) == 2000
    assert met.total == plain.total + 12_345_678
