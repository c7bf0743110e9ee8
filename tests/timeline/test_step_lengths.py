"""Step lengths: from the speech and the script, totals to the exact sample, and equal sides of an `each`."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.routines import PHRASES, guessed, letters, plan_of, routine, seconds, steps_of, timeline_of
from voiceguide.errors import OverrideError
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.timeline.scheduling.step_lengths import Slot, fit_step_lengths
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE


def lengths(steps: str, **changes: Any) -> list[float]:
    """Return the step lengths of a one-stage routine in seconds. The test voice speaks ten characters per second."""
    one_stage = routine(f"  - stage: A\n    steps:\n{steps}")
    return [seconds(step.length) for step in steps_of(timeline_of(one_stage, **changes))]


@pytest.mark.parametrize(
    ("step", "length"),
    [
        ("{say: Ten chars., for: 30s}", 30),
        ("{say: Ten chars., pause: 5s}", 6),
        ("{say: Ten chars.}", 2),
        ("{say: Ten chars., gap: 3s}", 4),
        ("{say: Ten chars., gap: 0s}", 1),
        ("{say: Ten chars., pause: 0s}", 1),
        ("{say: '[2s] Ten chars. [0.5s]', pause: 0s}", 3.5),
        ("{say: Ten chars., for: 1s}", 1),
        ("{say: Ten chars., for: 0.999s}", 2),
        ("{for: 0.001s}", 0.001),
        ("{pause: 0s}", 0),
        ("{for: 23h}", 23 * 3600),
    ],
)
def test_the_length_of_a_step(step: str, length: float) -> None:
    """The step under test is the second one, because the first one contains the lead-in."""
    assert lengths(f"      - {{say: Ten chars., for: 5s}}\n      - {step}\n") == [5, length]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("- {say: Ten chars., pause: 5s}", [7]),
        ("- {say: Ten chars., for: 20s}", [20]),
        ("- {say: Ten chars.}", [3]),
        ("- {say: Ten chars., for: 1s}\n      - {say: Ten chars., for: 1s}", [3, 1]),
        ("- {for: 5s}\n      - {say: Ten chars., pause: 5s}\n      - {say: Ten chars., pause: 5s}", [5, 7, 6]),
        ("- {for: 5s, cues: [{at: 2s, say: Hello.}]}\n      - {say: Ten chars., pause: 5s}", [5, 6]),
    ],
    ids=["pause", "for", "neither", "for too short", "after a silent step", "after speech in a cue"],
)
def test_the_first_speech_has_a_lead_in_of_one_second(steps: str, expected: list[float]) -> None:
    assert lengths(f"      {steps}\n") == expected


LONG = "x" * 58 + " y"
EACH = f"""\
  - each: {{side: [left, right]}}
    switch: {{say: "Now {{side}}.", for: 10s}}
    stages:
      - stage: Foot, {{side}}
        steps:
          - {{step: short, say: "Your {{side}} foot.", pause: 7s}}
          - {{step: gap, say: "Your {{side}} foot."}}
          - {{step: overrun, say: "{LONG}, {{side}}.", for: 5s}}
          - {{step: work, for: 61.001s}}
"""


@pytest.mark.parametrize("total", [None, 200, 200 + 1 / SAMPLE_RATE, 199.999, 303.03])
@pytest.mark.parametrize("ending", ["", "  - stage: End\n    steps: [{say: Good bye.}]\n"])
def test_both_sides_have_equal_length_to_the_sample(total: float | None, ending: str) -> None:
    """The odd sample goes to the ending, which has no copies, or to the switch if there is no ending."""
    samples = None if total is None else round(total * SAMPLE_RATE)
    timeline = timeline_of(routine(EACH + ending), total=samples, measure=letters)
    left, right = timeline.stages[:2]
    assert [step.length for step in left.steps[:4]] == [step.length for step in right.steps]
    assert samples is None or timeline.total == samples


@pytest.mark.parametrize("extra", range(6))
def test_the_odd_sample_goes_to_a_gap_if_every_timed_step_has_copies(extra: int) -> None:
    """Three toes cannot share one sample. The farewell, which has no duration, gets it."""
    stages = "  - stage: A\n    steps:\n      - {for: 30s, each: {toe: [one, two, three]}}\n      - {say: Good bye.}\n"
    total = 120 * SAMPLE_RATE + extra
    timeline = timeline_of(routine(stages), total=total)
    *toes, end = (step.length for step in steps_of(timeline))
    assert timeline.total == total
    assert len(set(toes)) == 1
    assert end - timeline_of(routine(stages)).stages[0].steps[-1].length in range(3)


@pytest.mark.parametrize("extra", range(4))
def test_if_every_step_has_copies_they_differ_by_one_sample_at_most(extra: int) -> None:
    stages = "  - stage: A\n    steps: [{for: 30s, each: {toe: [one, two, three]}}]\n"
    timeline = timeline_of(routine(stages), total=120 * SAMPLE_RATE + extra)
    toes = [step.length for step in steps_of(timeline)]
    assert sum(toes) == 120 * SAMPLE_RATE + extra
    assert max(toes) - min(toes) <= 1


TOTALS = """\
      - {step: a, for: 60s, min: 50s, max: 90s}
      - {step: b, for: 60s, fixed: yes}
      - {step: c, for: 60s}
      - {step: d, say: Ten chars!}
"""


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (183, [60, 60, 60, 3]),
        (203, [70, 60, 70, 3]),
        (143, [50, 60, 30, 3]),
        (323, [90, 60, 170, 3]),
        (114, [50, 60, 1, 3]),
    ],
)
def test_a_total_scales_silences_within_min_and_max_but_not_fixed_steps(total: int, expected: list[float]) -> None:
    assert lengths(TOTALS, total=total * SAMPLE_RATE) == expected


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"total": 113},
            "total 1m53s: this length is not possible. The shortest possible is 1m54s, and the longest is 24h.",
        ),
        (
            {"total": 0},
            "total 0s: this length is not possible. The shortest possible is 1m54s, and the longest is 24h.",
        ),
        (
            {"total": 250, "set": {"c": 60}},
            "total 4m10s: this length is not possible. The shortest possible is 2m53s, and the longest is 3m33s.",
        ),
        (
            {"total": 200, "set": {"c": 60, "a": 60}},
            "total 3m20s: the steps have fixed lengths, 3:03 in total. Allow a step to change its length, or remove "
            "this override.",
        ),
        (
            {"set": {"Work": 60}},
            'set "Work=1m": this length is not possible. The shortest possible is 1m54s, and the longest is 24h.',
        ),
        (
            {"set": {"c": 24 * 3600}},
            "The session would last 24h2m3s. The limit is 24h. Shorten a step or skip a stage.",
        ),
    ],
)
def test_an_unreachable_length_is_an_error_with_the_limits(overrides: dict[str, Any], message: str) -> None:
    work = routine(f"  - stage: Work\n    steps:\n{TOTALS}")
    sets = {name: length * SAMPLE_RATE for name, length in overrides.get("set", {}).items()}
    total = overrides["total"] * SAMPLE_RATE if "total" in overrides else None
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        timeline_of(work, set=sets, total=total)


@pytest.mark.parametrize("bound", [114, 24 * 3600])
def test_the_limits_in_the_message_can_be_reached(bound: int) -> None:
    work = routine(f"  - stage: A\n    steps:\n{TOTALS}")
    assert timeline_of(work, total=bound * SAMPLE_RATE).total == bound * SAMPLE_RATE


def test_limits_closer_than_a_second_are_shown_in_milliseconds() -> None:
    short = routine("  - stage: A\n    steps: [{for: 10.2s, min: 10.1s, max: 10.3s}]\n")
    message = "total 5s: this length is not possible. The shortest possible is 10.1s, and the longest is 10.3s."
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        timeline_of(short, total=5 * SAMPLE_RATE)


def test_with_estimated_speech_an_unreachable_total_is_only_a_warning() -> None:
    work = routine(f"  - stage: A\n    steps:\n{TOTALS}")
    timeline = timeline_of(work, total=100 * SAMPLE_RATE, measure=guessed)
    assert timeline.total == 114 * SAMPLE_RATE
    assert [str(warning) for warning in timeline.warnings if "total" in warning.message] == [
        "total 1m40s: this length does not seem possible. The closest, based on estimates, is 1:54. "
        "Synthesize the speech to know for certain."
    ]


@pytest.mark.parametrize("changes", [{"total": 60 * SAMPLE_RATE}, {"set": {"a": 60 * SAMPLE_RATE}}])
def test_a_length_that_no_estimate_explains_is_an_error_for_plan(changes: dict[str, Any]) -> None:
    """`plan --total 1m` told of words that take three minutes in a warning, with exit status 0."""
    steps = ", ".join([f"{{say: '{'A good many words. ' * 10}', for: 30s}}"] * 10)  # 190 s of speech
    plan = plan_of(routine(f"  - stage: A\n    steps: [{steps}]\n"), **changes)
    message = "this length is not possible. The shortest possible is about 3m20s, and the longest is 24h."
    with pytest.raises(OverrideError, match=f": {re.escape(message)}$"):
        schedule(plan, guessed, PHRASES, refuse_estimates=True)
    warnings = schedule(plan, guessed, PHRASES).warnings
    assert any("this length does not seem possible" in warning.message for warning in warnings)


@pytest.mark.parametrize("total", [160, 200, 24 * 3600])
def test_a_length_within_the_error_of_the_estimate_is_not_refused(total: int) -> None:
    steps = ", ".join([f"{{say: '{'A good many words. ' * 10}', for: 30s}}"] * 10)
    plan = plan_of(routine(f"  - stage: A\n    steps: [{steps}]\n"), total=total * SAMPLE_RATE)
    assert schedule(plan, guessed, PHRASES, refuse_estimates=True).total == max(total, 200) * SAMPLE_RATE


def test_a_recording_may_be_much_shorter_than_its_caption() -> None:
    step = f"{{say: '{'A good many words. ' * 10}', audio: short.wav, pause: 1s}}"
    plan = plan_of(routine(f"  - stage: A\n    steps: [{step}]\n"), total=4 * SAMPLE_RATE)
    assert schedule(plan, guessed, PHRASES, refuse_estimates=True).warnings


def test_the_longest_possible_session_lasts_a_day() -> None:
    stages = "  - stage: A\n    steps: [{for: 12h, repeat: 2}]\n"
    assert timeline_of(routine(stages)).total == MAX_SESSION_SAMPLES
    message = "The session would last 24h2s. The limit is 24h. Shorten a step or skip a stage."
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        timeline_of(routine(stages.replace("[{", "[{pause: 0s}, {").replace("}]", "}, {say: y., gap: 0s}]")))


def test_a_session_without_length_is_an_error() -> None:
    message = "The session would be empty. Give a step some text or a duration."
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        timeline_of(routine("  - stage: A\n    steps: [{pause: 0s}]\n"))


def test_every_level_of_detail_has_the_same_timing() -> None:
    step = "{say: {full: 'A good many words, as many as it takes.', brief: Few.}, pause: 5s}"
    greeting = routine(f"  - stage: A\n    steps: [{step}, {step}]\n", "safety: [Stop at pain.]")
    spans = [
        [(step.start, step.end) for step in steps_of(timeline_of(greeting, detail=detail))]
        for detail in ("full", "brief", "chime")
    ]
    assert spans[0] == spans[1] == spans[2]


def test_the_longer_speech_sets_the_silence_of_a_slot() -> None:
    arrangement = plan_of(routine("  - stage: A\n    steps: [{say: Hello., for: 20s}]\n"))
    step = arrangement.stages[0].steps[0]
    ((slot,),) = fit_step_lengths(arrangement, [[(100, 200)]], margins=[0])
    assert slot == Slot(step, lead_in=SAMPLE_RATE, speech_end=SAMPLE_RATE + 200, length=20 * SAMPLE_RATE)
    assert slot.silence == 19 * SAMPLE_RATE - 200


def test_times_do_not_drift_over_nine_thousand_steps() -> None:
    stages = "".join(f"  - stage: Stage {number}\n    steps: [{{for: 1.001s, repeat: 1000}}]\n" for number in range(9))
    timeline = timeline_of(routine(stages, "chime: none"))
    assert [step.start for step in steps_of(timeline)] == [48_048 * number for number in range(9000)]


def test_the_sound_of_a_room_belongs_to_the_words() -> None:
    """It may not run into the next step, and counted seconds still fit."""
    steps = (
        "{say: Hello., pause: 2s}, {say: Hello., for: 9s, cues: [{at: half, say: Halfway.}, "
        '{every: 1s, from: 3s left, say: "{left}."}]}, {breathe: {in: 3s, out: 3s}}, {audio: own.wav, pause: 1s}'
    )
    lengths = {}
    for room in ("none", "small", "large"):
        timeline = timeline_of(routine(f"  - {{stage: A, steps: [{steps}]}}\n", f"chime: none\nroom: {room}"))
        assert timeline.warnings == ()
        lengths[room] = [cue.length / SAMPLE_RATE for cue in timeline.cues]
        first = timeline.stages[0].steps[0]
        assert first.end == first.cues[0].end + 2 * SAMPLE_RATE
    words, counts = [0, 1, 2], range(3, 12)
    for room, tail in (("small", 0.3), ("large", 0.9)):
        longer = [round(after - before, 6) for before, after in zip(lengths["none"], lengths[room], strict=True)]
        assert [longer[cue] for cue in words] == [tail] * 3
        assert {longer[cue] for cue in counts} == {0.1}
        assert longer[12:] == [0], "a recording keeps its own sound"
