"""Unrolling: the repetitions of `each` and `repeat`, the switches between them, names and placeholders."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.routines import plan_of, routine
from voiceguide.timeline.arrangement.model import ArrangedStep, Arrangement


def titles(arrangement: Arrangement) -> list[str]:
    return [stage.title for stage in arrangement.stages]


def texts(arrangement: Arrangement) -> list[str]:
    return [step.text for step in steps(arrangement)]


def steps(arrangement: Arrangement) -> list[ArrangedStep]:
    return [step for stage in arrangement.stages for step in stage.steps]


STEP = "  - stage: A\n    steps:\n      - {say: '%s', for: 1m, %s}\n"


@pytest.mark.parametrize(
    ("say", "keys", "expected"),
    [
        ("Once.", "", ["Once."]),
        ("Circle {count} of {of}.", "repeat: 3", ["Circle 1 of 3.", "Circle 2 of 3.", "Circle 3 of 3."]),
        ("Circle {count} of {of}.", "", ["Circle 1 of 1."]),
        ("{toe} toe.", "each: {toe: [Big, Small]}", ["Big toe.", "Small toe."]),
        (
            "{toe}, {count}.",
            "each: {toe: [Big, Small]}, repeat: 2",
            ["Big, 1.", "Small, 1.", "Big, 2.", "Small, 2."],
        ),
        ("{ toe }.", "each: {toe: [Big]}", ["Big."]),
        (
            "{toe}.",
            "each: {toe: [Big, Next, Small]}, switch: 'To the {toe} one.'",
            ["Big.", "To the Next one.", "Next.", "To the Small one.", "Small."],
        ),
        (
            "{toe}.",
            "each: {toe: [Big, Small]}, repeat: 2, switch: 'Now {toe}.'",
            ["Big.", "Now Small.", "Small.", "Now Big.", "Big.", "Now Small.", "Small."],
        ),
        ("{title}: {stage}, {step}, {number} of {steps}.", "step: hold", ["Test: A, hold, 1 of 1."]),
        ("{remaining} and {total} stay.", "", ["{remaining} and {total} stay."]),
    ],
)
def test_repetitions_of_a_step(say: str, keys: str, expected: list[str]) -> None:
    assert texts(plan_of(routine(STEP % (say, keys)))) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("repeat: 2", ["A 1", "A 2"]),
        ("each: {side: [left, right]}, repeat: 2", ["left 1", "right 1", "left 2", "right 2"]),
    ],
)
def test_repetitions_of_a_stage(keys: str, expected: list[str]) -> None:
    title = "{side}" if "side" in keys else "A"
    assert titles(plan_of(routine(f"  - {{stage: '{title}', steps: [{{say: Hello.}}], {keys}}}\n"))) == expected


NESTED = """\
  - each: {side: [left, right]}
    tags: [feet]
    switch: {say: "Now the {side} foot.", for: 20s}
    stages:
      - each: {toe: [big, small]}
        switch: {say: "The {toe} toe of the {side} foot."}
        stages:
          - stage: "{side} {toe}"
            tags: ["toes"]
            steps: [{say: "Press the {toe} toe, {side}."}]
      - stage: Rest, {side}
        tags: [rest]
        steps: [{say: Rest., repeat: 2}]
"""


def test_every_nested_repetition_but_the_last_ends_with_a_switch() -> None:
    arrangement = plan_of(routine(NESTED))
    assert titles(arrangement) == [
        "left big", "left small", "Rest, left", "right big", "right small", "Rest, right",
    ]  # fmt: skip
    assert texts(arrangement) == [
        "Press the big toe, left.",
        "The small toe of the left foot.",
        "Press the small toe, left.",
        "Rest.",
        "Rest.",
        "Now the right foot.",
        "Press the big toe, right.",
        "The small toe of the right foot.",
        "Press the small toe, right.",
        "Rest.",
        "Rest.",
    ]


@pytest.mark.parametrize(
    ("skip", "switches"),
    [
        ((), ["The small toe of the left foot.", "Now the right foot.", "The small toe of the right foot."]),
        (("rest",), ["The small toe of the left foot.", "Now the right foot.", "The small toe of the right foot."]),
        (("toes",), ["Now the right foot."]),
        (("left big",), ["Now the right foot.", "The small toe of the right foot."]),
        (("right big", "right small", "rest, right"), ["The small toe of the left foot."]),
        (("left big", "left small", "rest, left"), ["The small toe of the right foot."]),
    ],
    ids=["all", "the last stage", "the first stages", "one toe", "the second repetition", "the first repetition"],
)
def test_switches_remain_only_between_repetitions_that_are_not_skipped(
    skip: tuple[str, ...], switches: list[str]
) -> None:
    arrangement = plan_of(routine(NESTED), skip=skip)
    assert [step.text for step in steps(arrangement) if step.yaml_path.endswith(".switch")] == switches


def test_a_switch_names_the_next_repetition_that_is_not_skipped() -> None:
    """Regression: the voice said "now the middle one" and continued with the right one."""
    stages = (
        "  - each: {side: [left, middle, right]}\n    switch: 'Now the {side} one.'\n"
        "    stages: [{stage: 'A, {side}', steps: [{say: 'Work on the {side} one.'}]}]\n"
    )
    assert texts(plan_of(routine(stages), skip=("A, middle",))) == [
        "Work on the left one.",
        "Now the right one.",
        "Work on the right one.",
    ]


def test_only_switches_between_stages_are_stage_switches() -> None:
    stages = (
        "  - stage: '{side}'\n    each: {side: [left, right]}\n    switch: 'Now {side}.'\n"
        "    steps: [{say: '{toe}.', each: {toe: [Big, Small]}, switch: 'Now {toe}.'}]\n"
    )
    switches = [(step.text, step.is_stage_switch) for step in steps(plan_of(routine(stages)))]
    assert switches == [
        ("Big.", False), ("Now Small.", False), ("Small.", False), ("Now right.", True),
        ("Big.", False), ("Now Small.", False), ("Small.", False),
    ]  # fmt: skip


NEXT = """\
  - stage: A
    steps:
      - {step: one, say: "Then {next}."}
      - {step: two, say: "{number} of {steps}, then {next}.", each: {side: [left, right]}, switch: "Turn, {number}."}
  - stage: B
    steps: [{say: "The end{next}."}]
"""


def test_switches_are_not_numbered_and_next_is_the_following_step_or_stage() -> None:
    assert texts(plan_of(routine(NEXT))) == [
        "Then two.",
        "2 of 3, then switch to right.",
        "Turn, 2.",
        "3 of 3, then B.",
        "The end.",
    ]


@pytest.mark.parametrize(
    ("say", "spoken"),
    [
        ("Next: {next}.", ""),
        ("Then {next}.", ""),
        ("Let go. Up next, {next}. Rest.", "Let go. Rest."),
        ("Circle {count} of {of}, {next}.", "Circle 1 of 1."),
        ("Hold the left foot, {next} comes next!", "Hold the left foot!"),
        ("Rest, then { next }.", "Rest."),
        ("Now {next}, slowly.", ""),
        ("Breathe out. [2.5s] Then {next}", "Breathe out."),
    ],
)
def test_nothing_is_announced_after_the_last_step(say: str, spoken: str) -> None:
    cue = f'[{{at: half, say: "{say}"}}, {{at: end, chime: wood}}]'
    (last,) = steps(plan_of(routine(f'  - stage: A\n    steps: [{{for: 20s, say: "{say}", cues: {cue}}}]\n')))
    assert (last.text, last.full_text) == (spoken, spoken)
    assert [cue.text for cue in last.cues] == ([spoken, ""] if spoken else [""])


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("{step: long strokes, say: Hello.}", "long strokes"),
        ("{say: 'Lift your feet out, and dry them.'}", "lift your feet out"),
        ("{say: '[2s] Breathe {count} times.'}", "breathe times"),
        ("{audio: my-voice.wav}", "my-voice wav"),
        ("{pause: 20s}", "quiet"),
        ("{say: '...'}", "quiet"),
    ],
)
def test_a_step_without_a_name_is_named_after_its_text(step: str, name: str) -> None:
    arrangement = plan_of(routine(f"  - stage: A\n    steps:\n      - {step}\n"))
    assert steps(arrangement)[0].name == name


HEAD = """\
needs: [two towels, 'a basin for {title}.']
safety: ['Stop at pain, {count} of {of}.', '{step}, {number} of {steps}']
"""
PLAIN = "  - stage: A\n    tags: [a]\n    steps: [{say: Hello.}]\n"


def test_the_opening_has_the_safety_notes_and_then_the_needs() -> None:
    opening = plan_of(routine(PLAIN, HEAD)).stages[0]
    assert opening.title == "Before you begin"
    assert [(step.name, step.text, step.yaml_path) for step in opening.steps] == [
        ("safety 1", "Stop at pain, 1 of 1.", "safety[0]"),
        ("safety 2", "safety 2, 2 of 3", "safety[1]"),
        ("needs", "You will need: two towels and a basin for Test.", "needs"),
    ]
    assert all(step.always_spoken for step in opening.steps)


@pytest.mark.parametrize("skip", ["Before you begin", "before-you-begin"])
def test_the_opening_is_skipped_by_its_name(skip: str) -> None:
    assert titles(plan_of(routine(PLAIN, HEAD), skip=(skip,))) == ["A"]


def test_without_safety_and_needs_there_is_no_opening() -> None:
    assert titles(plan_of(routine(PLAIN))) == ["A"]


VOICES = """\
  - stage: A
    steps: [{say: 1st.}, {say: 2nd., voice: own, pace: 0.7}]
  - stage: B
    voice: stage
    pace: 0.8
    steps: [{say: 3rd.}, {say: 4th., voice: own, pace: 0.7}]
"""


@pytest.mark.parametrize(
    ("head", "overrides", "expected"),
    [
        ("", {}, [("", 1.0), ("own", 0.7), ("stage", 0.8), ("own", 0.7)]),
        ("voice: heart\npace: 0.9", {}, [("heart", 0.9), ("own", 0.7), ("stage", 0.8), ("own", 0.7)]),
        (
            "voice: heart\npace: 0.9",
            {"voice": "tone", "pace": 1.2},
            [("tone", 1.2), ("own", 0.7), ("stage", 0.8), ("own", 0.7)],
        ),
    ],
)
def test_the_most_specific_voice_and_pace_win(
    head: str, overrides: dict[str, Any], expected: list[tuple[str, float]]
) -> None:
    arrangement = plan_of(routine(VOICES, head), **overrides)
    assert [(step.voice, step.pace) for step in steps(arrangement)] == expected


@pytest.mark.parametrize(
    ("detail", "text"),
    [(None, "In full, please."), ("full", "In full, please."), ("brief", "Brief."), ("chime", "In full, please.")],
)
def test_the_text_at_each_level_of_detail(detail: str | None, text: str) -> None:
    step = (
        "{say: {full: 'In full, please.', brief: Brief.}, cues: [{at: end, say: {full: Long., brief: L.}}], for: 20s}"
    )
    (only,) = steps(plan_of(routine(f"  - stage: A\n    steps: [{step}]\n"), detail=detail))
    assert (only.text, only.full_text) == (text, "In full, please.")
    assert only.cues[0].text == ("L." if detail == "brief" else "Long.")


def test_names_of_recordings_can_contain_placeholders() -> None:
    """Regression: the placeholder in the recording of a cue was not filled, so its file was not found."""
    stages = (
        "  - stage: '{side}'\n    each: {side: [left, right]}\n    switch: {audio: 'to-{side}.wav'}\n"
        "    steps: [{audio: '{side}.wav', for: 9s, cues: [{at: half, audio: 'half-{side}.wav'}]}]\n"
    )
    arrangement = plan_of(routine(stages))
    assert [(step.audio, *(cue.audio for cue in step.cues)) for step in steps(arrangement)] == [
        ("left.wav", "half-left.wav"),
        ("to-right.wav",),
        ("right.wav", "half-right.wav"),
    ]


def test_steps_keep_their_path_in_the_script() -> None:
    assert [step.yaml_path for step in steps(plan_of(routine(NESTED)))][:6] == [
        "stages[0].stages[0].stages[0].steps[0]",
        "stages[0].stages[0].switch",
        "stages[0].stages[0].stages[0].steps[0]",
        "stages[0].stages[1].steps[0]",
        "stages[0].stages[1].steps[0]",
        "stages[0].switch",
    ]
