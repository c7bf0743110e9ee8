"""Overrides: parsing lengths, merging variants, and matching targets to steps and stages."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from tests.support.routines import plan_of, routine, seconds, steps_of, timeline_of
from voiceguide.errors import OverrideError
from voiceguide.script.model.routine import Stage
from voiceguide.timeline.arrangement.overrides import (
    Overrides,
    merge_variants,
    parse_lengths,
    resolve_bed,
    suggest_names,
)
from voiceguide.timeline.model import BedSettings
from voiceguide.units import SAMPLE_RATE

FEET = """\
  - stage: Soak
    tags: [water]
    steps:
      - {step: soak, for: 60s}
      - {step: dry, for: 20s, tags: [towel]}
  - each: {side: [left, right]}
    tags: [feet]
    switch: {say: "Now the {side} one.", for: 10s}
    stages:
      - stage: Stroke, {side} foot
        steps:
          - {step: oil, for: 30s}
          - {step: strokes, for: 60s}
      - stage: Sole, {side} foot
        steps:
          - {step: thumbs, for: 40s}
          - {step: dry, for: 20s}
"""


def pairs(entries: list[str]) -> list[tuple[str, str]]:
    """Split each TARGET=DURATION at the last equals sign, as the command line does."""
    return [(target, duration) for target, _, duration in (entry.rpartition("=") for entry in entries)]


LEFT, RIGHT = "Stroke, left foot", "Stroke, right foot"
SOLES_30 = {"Sole, left foot": [40, 30, 10], "Sole, right foot": [40, 30]}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], {}),
        (["soak=3m"], {"soak": 180}),
        (["Soak / dry = 1:30"], {"Soak / dry": 90}),
        (["a=b=20s"], {"a=b": 20}),
        (["soak=3m", "Soak=180s"], {"soak": 180, "Soak": 180}),
    ],
)
def test_lengths_are_parsed(entries: list[str], expected: dict[str, float]) -> None:
    assert {target: seconds(samples) for target, samples in parse_lengths(pairs(entries)).items()} == expected


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["=3m"], 'set =3m: write a step and a duration, such as "soak=3m".'),
        (["soak=3"], 'set soak=3: "3" has no unit. Write 3s for seconds or 3m for minutes.'),
        (["soak=0s"], "set soak=0s: a length cannot be zero. Use a longer duration, or skip the stage."),
        (["soak=3m", "SOAK =4m"], 'set "SOAK": given two different lengths, 3m and 4m. Keep one.'),
        (["Soak/dry=3m", "soak / dry=4m"], 'set "soak / dry": given two different lengths, 3m and 4m. Keep one.'),
    ],
)
def test_lengths_that_cannot_be_parsed(entries: list[str], message: str) -> None:
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        parse_lengths(pairs(entries))


def lengths(**changes: Any) -> dict[str, list[float]]:
    """Return the length of every step in seconds, by the title of its stage."""
    timeline = timeline_of(routine(FEET), **changes)
    return {stage.title: [seconds(step.length) for step in stage.steps] for stage in timeline.stages}


@pytest.mark.parametrize(
    ("sets", "changed"),
    [
        ({}, {}),
        ({"soak": 90}, {"Soak": [90, 20]}),
        ({"dry": 30}, {"Soak": [60, 30], **SOLES_30}),
        ({"soak/dry": 30}, {"Soak": [60, 30]}),
        ({"dry": 30, "Soak/dry": 10}, {"Soak": [60, 10], **SOLES_30}),
        ({"water": 160}, {"Soak": [120, 40]}),
        ({"water": 160, "dry": 30}, {"Soak": [130, 30], **SOLES_30}),
        ({"stroke": 180}, {LEFT: [60, 120], RIGHT: [60, 120]}),
        ({"Stroke, left foot": 180}, {LEFT: [60, 120]}),
        ({"stroke left foot": 180, "stroke": 45}, {LEFT: [60, 120], RIGHT: [15, 30]}),
        ({"stroke/oil": 60}, {LEFT: [60, 60], RIGHT: [60, 60]}),
        ({"stroke/oil": 60, "Stroke, right foot/oil": 20}, {LEFT: [60, 60], RIGHT: [20, 60]}),
        ({"feet/oil": 60}, {LEFT: [60, 60], RIGHT: [60, 60]}),
        ({"sole": 120}, {"Sole, left foot": [80, 40, 10], "Sole, right foot": [80, 40]}),
        ({"switch to right": 20}, {"Sole, left foot": [40, 20, 20]}),
    ],
    ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_length_override_changes_the_steps_that_its_target_names(
    sets: dict[str, int], changed: dict[str, list[float]]
) -> None:
    samples = {target: length * SAMPLE_RATE for target, length in sets.items()}
    before = lengths()
    for order in itertools.permutations(samples.items()):
        after = lengths(set=dict(order))
        assert {title: row for title, row in after.items() if row != before[title]} == changed


def test_a_step_wins_over_a_stage_with_the_same_name() -> None:
    assert lengths(set={"Soak": 90 * SAMPLE_RATE})["Soak"] == [90, 20]


def test_a_total_does_not_change_a_stage_whose_length_is_set() -> None:
    changed = lengths(set={"Soak/dry": 30 * SAMPLE_RATE, "stroke": 180 * SAMPLE_RATE}, total=700 * SAMPLE_RATE)
    assert changed[LEFT] == changed[RIGHT] == [60, 120]
    assert changed["Soak"][1] == 30
    assert sum(map(sum, changed.values())) == 700


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (
            {"sok": 1},
            'set "sok": no such step or stage. Did you mean "soak", "strokes" or "Stroke, left foot"?',
        ),
        (
            {"Soak/dri": 1},
            'set "Soak/dri": no such step or stage. Did you mean "Soak/dry", "soak" or "Soak/soak"?',
        ),
        ({"water": 180, "soak": 90, "Soak /soak": 91, "water/soak": 92}, None),
        (
            {"feet": 80, "oily": 90},
            'set "feet" and "oily": both set the length of "Stroke, left foot", one to 1m20s and the other to 1m30s. '
            "Keep one.",
        ),
    ],
)
def test_length_overrides_that_cannot_be_applied(sets: dict[str, int], message: str | None) -> None:
    massage = routine(FEET.replace("tags: [feet]", "tags: [feet, oily]"))
    for order in itertools.permutations((target, length * SAMPLE_RATE) for target, length in sets.items()):
        if message is None:
            assert seconds(steps_of(timeline_of(massage, set=dict(order)))[0].length) == 91
        else:
            with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
                plan_of(massage, set=dict(order))


def test_a_length_override_of_a_skipped_step_changes_nothing() -> None:
    massage = routine(FEET)
    skipped = timeline_of(massage, skip=("soak",))
    assert timeline_of(massage, skip=("soak",), set={"soak": SAMPLE_RATE, "Soak/dry": SAMPLE_RATE}) == skipped


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("sok", 'Did you mean "soak"?'),
        ("SOAK!", 'Did you mean "soak"?'),
        ("xyz", 'Available: "soak", "dry".'),
    ],
)
def test_close_names_are_suggested(name: str, suggestion: str) -> None:
    assert suggest_names(name, ["soak", "dry", "soak"]) == suggestion


def test_the_steps_of_the_opening_stage_are_not_suggested() -> None:
    """A mistyped name was answered with "safety 1", which no script contains. The stage itself is suggested."""
    noted = routine(FEET, head="safety: [Stop at any pain.]\nneeds: [oil]")
    for target in ("safty", "Soak/neds", "xyz", "Before you begun"):
        with pytest.raises(OverrideError) as caught:
            plan_of(noted, set={target: SAMPLE_RATE})
        assert "safety" not in str(caught.value)
        assert "needs" not in str(caught.value)
    assert str(caught.value).endswith('Did you mean "Before you begin"?')


def test_without_a_close_name_up_to_twelve_names_are_listed() -> None:
    names = [f"{n:04}" for n in range(13)]
    listed = ", ".join(f'"{name}"' for name in names[:12])
    assert suggest_names("xyz", names) == f"Available: {listed} and others."
    assert suggest_names("xyz", []) == "This routine has none."


VARIED = """
variants:
  short: {total: 5m, skip: [soak], detail: brief, set: {strokes: 20s, oil: 15s}}
  calm: {pace: 0.8, total: 9m, bed: {sound: waves, level: -20}, set: {Strokes: 90s}}
  quiet: {bed_level: -30, skip: [soak, towel]}
"""


def test_variants_are_merged_in_script_order_and_given_overrides_win() -> None:
    massage = routine(FEET, VARIED)
    given = Overrides(set={"OIL": 5}, skip=("sole",), detail="full")
    results = [merge_variants(given, order, massage) for order in itertools.permutations(["short", "Calm", "quiet"])]
    assert all(result == results[0] for result in results)
    assert results[0] == Overrides(
        set={"Strokes": 90 * SAMPLE_RATE, "OIL": 5},
        total=9 * 60 * SAMPLE_RATE,
        skip=("soak", "sole", "towel"),
        detail="full",
        pace=0.8,
        bed="waves",
        bed_level_db=-30.0,
    )


def test_no_variant_changes_nothing() -> None:
    given = Overrides(set={"oil": 5}, total=7)
    assert merge_variants(given, [], routine(FEET, VARIED)) == given


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (VARIED, 'variant shrt: no such variant. Did you mean "short"?'),
        ("", "variant shrt: no such variant. This routine has none."),
    ],
)
def test_an_unknown_variant_is_an_error_with_a_suggestion(head: str, message: str) -> None:
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        merge_variants(Overrides(), ["shrt"], routine(FEET, head))


@pytest.mark.parametrize(
    ("head", "stage_bed", "overrides", "expected"),
    [
        ("", "", Overrides(), BedSettings("none", duck_db=-6)),
        ("bed: rain", "", Overrides(), BedSettings("rain", duck_db=-6)),
        ("bed: {sound: rain, level: -20, duck: -3}", "", Overrides(), BedSettings("rain", -20, -3)),
        ("bed: {sound: rain, level: -20}", "bed: waves", Overrides(), BedSettings("waves", -20, -6)),
        ("bed: rain", "bed: {sound: waves, level: -9}", Overrides(), BedSettings("waves", -9, -6)),
        ("bed: rain", "bed: waves", Overrides(bed="bowl"), BedSettings("bowl", duck_db=-6)),
        ("bed: rain", "bed: {sound: waves, level: -9}", Overrides(bed_level_db=-30), BedSettings("waves", -30, -6)),
        ("bed: rain", "bed: {sound: waves, duck: -9}", Overrides(bed_duck_db=0.0), BedSettings("waves", duck_db=0)),
        ("bed: rain", "bed: none", Overrides(), BedSettings("none", duck_db=-6)),
        ("bed: rain", "", Overrides(bed="none"), BedSettings("none", duck_db=-6)),
    ],
)
def test_the_bed_of_a_stage(head: str, stage_bed: str, overrides: Overrides, expected: BedSettings) -> None:
    greeting = routine(f"  - stage: A\n    steps: [{{say: Hello.}}]\n    {stage_bed}\n", head)
    (stage,) = greeting.stages
    assert isinstance(stage, Stage)
    assert resolve_bed(stage.bed, greeting, overrides) == expected
    assert timeline_of(greeting, overrides).stages[0].bed == expected


@pytest.mark.parametrize(
    ("skip", "titles"),
    [
        (("soak",), [LEFT, "Sole, left foot", RIGHT, "Sole, right foot"]),
        (("Water",), [LEFT, "Sole, left foot", RIGHT, "Sole, right foot"]),
        (("feet",), ["Soak"]),
        (("stroke",), ["Soak", "Sole, left foot", "Sole, right foot"]),
        (("stroke, LEFT foot", "soak"), ["Sole, left foot", RIGHT, "Sole, right foot"]),
        (("towel",), ["Soak", LEFT, "Sole, left foot", RIGHT, "Sole, right foot"]),
    ],
)
def test_stages_are_skipped_by_title_and_by_tags(skip: tuple[str, ...], titles: list[str]) -> None:
    arrangement = plan_of(routine(FEET), skip=skip)
    assert [stage.title for stage in arrangement.stages] == titles


def test_a_step_is_skipped_by_its_tag() -> None:
    assert lengths(skip=("towel",))["Soak"] == [60]


@pytest.mark.parametrize(
    ("skip", "message"),
    [
        (
            ("sok",),
            'skip sok: no such tag or stage. Did you mean "Soak", "Stroke, left foot" or "Stroke, right foot"?',
        ),
        (("dry",), "skip dry: no such tag or stage. "),
        (("soak", "feet"), "skip: every stage is skipped. Keep at least one."),
    ],
)
def test_skips_that_cannot_be_applied(skip: tuple[str, ...], message: str) -> None:
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}"):
        plan_of(routine(FEET, "needs: [oil]"), skip=skip)


def test_the_order_of_overrides_does_not_matter() -> None:
    massage = routine(FEET, VARIED)
    options: dict[str, Any] = {
        "set": {"dry": 30 * SAMPLE_RATE},
        "skip": ("soak",),
        "total": 400 * SAMPLE_RATE,
        "detail": "brief",
    }
    timelines = [timeline_of(massage, **dict(order)) for order in itertools.permutations(options.items())]
    assert all(timeline == timelines[0] for timeline in timelines)
    assert timelines[0].total == 400 * SAMPLE_RATE
