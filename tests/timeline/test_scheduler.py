"""Scheduling: times named in the text, levels of detail, warnings, limits and speed."""

from __future__ import annotations

import re
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
from tests.support.timing import assert_linear
from voiceguide.errors import OverrideError
from voiceguide.timeline.model import Line, MeasureSpeech, SpeechLength
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import SAMPLE_RATE


def texts(*steps: str, **changes: Any) -> list[str]:
    """Return the text of every cue in a routine with one stage and no chimes."""
    lines = "".join(f"      - {step}\n" for step in steps)
    one_stage = routine(f"  - stage: A\n    steps:\n{lines}", "chime: none")
    return [text for _, text in heard(timeline_of(one_stage, **changes))]


@pytest.mark.parametrize(
    ("step", "text"),
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
def test_times_in_the_text_of_a_step_are_true(step: str, text: str) -> None:
    assert texts("{for: 5s, cues: [{at: 1s, say: Hello.}]}", step)[1] == text


@pytest.mark.parametrize(
    ("cue", "expected"),
    [
        ("{at: half, say: '{elapsed} done, {remaining} left.'}", ["Thirty seconds done, thirty seconds left."]),
        ("{every: 20s, say: '{remaining} left.'}", ["Forty seconds left.", "Twenty seconds left."]),
        ("{at: 15s left, say: 'of {total}, {remaining}'}", ["of one minute, fifteen seconds"]),
    ],
)
def test_times_in_cues_are_true_at_their_position(cue: str, expected: list[str]) -> None:
    assert texts(f"{{for: 60s, announce_quiet: no, cues: [{cue}]}}") == expected


def test_a_total_in_the_text_is_the_total_that_was_asked_for() -> None:
    step = "{say: 'This lasts {total}, this step {remaining}.', for: 60s}"
    assert texts(step, total=600 * SAMPLE_RATE)[0] == "This lasts ten minutes, this step ten minutes."


def test_text_whose_times_never_stabilize_still_fits_its_step() -> None:
    """The spoken time changes the length of the step, and the new length changes the spoken time back."""

    def oscillating(line: Line) -> SpeechLength:
        return SpeechLength((2 if "ten" in line.text else 8) * SAMPLE_RATE, exact=True)

    unstable = routine(
        "  - stage: A\n    steps: [{say: Hello., for: 20s}, {say: '{remaining} of it.', pause: 3s}, {for: 9s}]\n"
    )
    timeline = schedule(plan_of(unstable), oscillating, PHRASES)
    step = steps_of(timeline)[1]
    assert step.cues[0].length == step.speech_length == step.length - 3 * SAMPLE_RATE
    assert all(earlier.end <= later.start for earlier, later in pairwise(timeline.cues))


def test_a_total_can_be_reached_although_the_first_round_seems_too_long() -> None:
    """In the first round the text names the hour from the script, which takes too long to say."""

    def verbose(line: Line) -> SpeechLength:
        return SpeechLength((30 if "hour" in line.text else 1) * SAMPLE_RATE, exact=True)

    hour = routine("  - stage: A\n    steps: [{say: '{remaining} of it.', for: 1h}]\n")
    assert schedule(plan_of(hour, total=9 * SAMPLE_RATE), verbose, PHRASES).total == 9 * SAMPLE_RATE


def test_stages_and_steps_tile_the_session_and_speech_starts_with_its_step() -> None:
    two_stages = routine(
        "  - {stage: A, steps: [{say: One., for: 9s}, {say: Two.}]}\n  - {stage: B, steps: [{say: Three.}]}\n"
    )
    timeline = timeline_of(two_stages, measure=letters)
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
    ("detail", "expected", "speech_s"),
    [
        ("full", [(1, 2.7, "All of the words there are."), (19.1, 0.9, "Done now.")], 2.7),
        ("brief", [(1, 0.5, "Some."), (19.5, 0.5, "Done.")], 0.5),
        ("chime", [(1, 2, "bell"), (18, 2, "bell")], 0),
    ],
)
def test_a_step_at_each_level_of_detail(detail: str, expected: list[tuple[float, float, str]], speech_s: float) -> None:
    timeline = timeline_of(routine(DETAILS, "chime: none"), detail=detail)
    (step,) = steps_of(timeline)
    assert [(seconds(cue.start), seconds(cue.length), cue.text) for cue in step.cues] == expected
    assert (seconds(step.speech_length), seconds(step.length)) == (speech_s, 20)
    assert timeline.warnings == ()


def test_safety_is_spoken_at_every_level_of_detail() -> None:
    timeline = timeline_of(routine(DETAILS, "safety: [Stop at pain.]"), detail="chime")
    assert [cue.text for cue in timeline.stages[0].steps[0].cues if cue.opens_step] == ["Stop at pain."]


def test_full_text_of_unknown_length_makes_a_brief_timeline_an_estimate() -> None:
    def measure_brief_exactly(line: Line) -> SpeechLength:
        return replace(tenths(line), exact=len(line.text) < 10)

    two_texts = routine("  - stage: A\n    steps: [{say: {full: All of the words., brief: Some.}, pause: 9s}]\n")
    assert schedule(plan_of(two_texts, detail="brief"), measure_brief_exactly, PHRASES).estimated


def test_speech_that_is_too_long_is_one_warning_for_all_repetitions() -> None:
    step = "{step: s, say: 'Ten chars.', for: 0.5s, each: {side: [left, right]}}"
    timeline = timeline_of(routine(f"  - stage: A\n    steps: [{{for: 3s, cues: [{{at: 1s, say: a}}]}}, {step}]\n"))
    assert [(warning.path, warning.message) for warning in timeline.warnings if "for:" in warning.message] == [
        (
            "stages[0].steps[1].for",
            'The speech in "s" takes 1s, 0.5s longer than "for: 0.5s". The step was lengthened to fit. '
            'Write "for: 2s" or shorten the text.',
        )
    ]


@pytest.mark.parametrize(("measure", "estimated"), [(tenths, False), (guessed, True), (estimate_speech_length, True)])
def test_a_timeline_is_an_estimate_if_its_speech_is_estimated(measure: MeasureSpeech, estimated: bool) -> None:
    assert timeline_of(routine(DETAILS), measure=measure).estimated is estimated


def test_too_many_cues_are_an_error_before_they_are_built() -> None:
    ticking = routine("  - stage: A\n    steps: [{step: s, for: 60s, cues: [{every: 1s, say: tick}]}]\n")
    message = "The session would have 86,400 steps and cues. The limit is 10,000. Use shorter durations."
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        timeline_of(ticking, set={"s": 24 * 3600 * SAMPLE_RATE})


def large_routine(steps: int) -> str:
    """Return a routine in YAML. Half of the steps have two repetitions, and every step has a cue."""
    step = (
        "{{step: s{0}, say: 'Stroke from the toes to the ankle, {0}.', for: 1m30s, cues: [{{at: half, say: Half.}}]}}"
    )
    single = "".join(f"      - {step.format(n)}\n" for n in range(steps // 2))
    repeated = "".join(f"          - {step.format(n)}\n" for n in range(steps // 4))
    return (
        f"  - stage: Alone\n    steps:\n{single}"
        f"  - each: {{side: [left, right]}}\n    stages:\n      - stage: '{{side}}'\n        steps:\n{repeated}"
    )


def test_the_cost_of_a_timeline_grows_with_its_steps() -> None:
    routines = {steps: routine(large_routine(steps).replace("1m30s", "20s")) for steps in (200, 1600)}

    def schedule(steps: int) -> None:
        unmodified = timeline_of(routines[steps])
        fitted = timeline_of(routines[steps], total=unmodified.total + 12_345_678)
        assert len(steps_of(unmodified)) == steps
        assert fitted.total == unmodified.total + 12_345_678

    assert_linear(schedule, 200)
