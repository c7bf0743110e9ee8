"""Overrides: read from the command line, merged with variants, and bound to steps and stages by their names."""

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
    """Split each STEP=DURATION as the command line does."""
    return [(target, duration) for target, _, duration in (entry.rpartition("=") for entry in entries)]


LEFT, RIGHT = "Stroke, left foot", "Stroke, right foot"
SOLES_30 = {"Sole, left foot": [40, 30, 10], "Sole, right foot": [40, 30]}


@pytest.mark.parametrize(
    ("entries", "result"),
    [
        ([], {}),
        (["soak=3m"], {"soak": 180}),
        (["Soak / dry = 1:30"], {"Soak / dry": 90}),
        (["a=b=20s"], {"a=b": 20}),
        (["soak=3m", "Soak=180s"], {"soak": 180, "Soak": 180}),
    ],
)
def test_sets_are_read(entries: list[str], result: dict[str, float]) -> None:
    assert {target: seconds(samples) for target, samples in parse_lengths(pairs(entries)).items()} == result


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["soak"], '--set soak: it takes a step and a duration. Write for instance --set "soak=3m".'),
        (["=3m"], '--set =3m: it takes a step and a duration. Write for instance --set "soak=3m".'),
        (["soak=3"], '--set soak=3: "3" has no unit. Write 3s for seconds or 3m for minutes.'),
        (["soak=0s"], "--set soak=0s: this is no time at all. Write a longer time, or --skip the stage."),
        (["soak=3m", "SOAK =4m"], '--set "SOAK" is given twice: 3m and 4m. Keep one.'),
        (["Soak/dry=3m", "soak / dry=4m"], '--set "soak / dry" is given twice: 3m and 4m. Keep one.'),
    ],
)
def test_sets_that_cannot_be_read(entries: list[str], message: str) -> None:
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        parse_lengths(pairs(entries))


def lengths(**changes: Any) -> dict[str, list[float]]:
    """Seconds of every step, stage by stage; both turns of a stage under their own titles."""
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
def test_a_set_changes_what_its_name_means(sets: dict[str, int], changed: dict[str, list[float]]) -> None:
    wanted = {target: length * SAMPLE_RATE for target, length in sets.items()}
    before = lengths()
    for order in itertools.permutations(wanted.items()):
        after = lengths(set=dict(order))
        assert {title: row for title, row in after.items() if row != before[title]} == changed


def test_a_step_goes_before_the_stage_of_its_name() -> None:
    assert lengths(set={"Soak": 90 * SAMPLE_RATE})["Soak"] == [90, 20]


def test_a_stage_at_its_set_length_is_left_alone_by_a_total() -> None:
    changed = lengths(set={"Soak/dry": 30 * SAMPLE_RATE, "stroke": 180 * SAMPLE_RATE}, total=700 * SAMPLE_RATE)
    assert changed[LEFT] == changed[RIGHT] == [60, 120]
    assert changed["Soak"][1] == 30
    assert sum(map(sum, changed.values())) == 700


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (
            {"sok": 1},
            '--set "sok": there is no such step or stage. Did you mean "soak" or "Soak" or "Sole, left foot"?',
        ),
        (
            {"Soak/dri": 1},
            '--set "Soak/dri": there is no such step or stage. Did you mean "Soak/soak" or "soak" or "Soak"?',
        ),
        ({"water": 180, "soak": 90, "Soak /soak": 91, "water/soak": 92}, None),
        (
            {"feet": 80, "oily": 90},
            '--set "feet" and --set "oily" both change "Stroke, left foot": to 1m20s and to 1m30s. Keep one.',
        ),
    ],
)
def test_sets_that_cannot_be_followed(sets: dict[str, int], message: str | None) -> None:
    made = routine(FEET.replace("tags: [feet]", "tags: [feet, oily]"))
    for order in itertools.permutations((target, length * SAMPLE_RATE) for target, length in sets.items()):
        if message is None:
            assert seconds(steps_of(timeline_of(made, set=dict(order)))[0].length) == 91
        else:
            with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
                plan_of(made, set=dict(order))


def test_a_set_of_what_is_skipped_changes_nothing() -> None:
    made = routine(FEET)
    skipped = timeline_of(made, skip=("soak",))
    assert timeline_of(made, skip=("soak",), set={"soak": SAMPLE_RATE, "Soak/dry": SAMPLE_RATE}) == skipped


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("sok", 'Did you mean "soak"?'),
        ("SOAK!", 'Did you mean "soak"?'),
        ("xyz", "There is soak, dry."),
    ],
)
def test_near_names_are_suggested(name: str, advice: str) -> None:
    assert suggest_names(name, ["soak", "dry", "soak"]) == advice


def test_near_shows_a_dozen_of_many_names_and_says_so_of_none() -> None:
    assert suggest_names("xyz", [f"{n:04}" for n in range(13)]) == (
        "There is 0000, 0001, 0002, 0003, 0004, 0005, 0006, 0007, 0008, 0009, 0010, 0011 ..."
    )
    assert suggest_names("xyz", []) == "There is none."


VARIED = """
variants:
  short: {total: 5m, skip: [soak], detail: brief, set: {strokes: 20s, oil: 15s}}
  calm: {pace: 0.8, total: 9m, bed: {sound: waves, level: -20}, set: {Strokes: 90s}}
  quiet: {bed_level: -30, skip: [soak, towel]}
"""


def test_variants_are_merged_in_the_order_of_the_script_and_options_win() -> None:
    made = routine(FEET, VARIED)
    given = Overrides(set={"OIL": 5}, skip=("sole",), detail="full")
    results = [merge_variants(given, order, made) for order in itertools.permutations(["short", "Calm", "quiet"])]
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
        (VARIED, '--variant shrt: this routine has no such variant. Did you mean "short"?'),
        ("", "--variant shrt: this routine has no such variant. There is none."),
    ],
)
def test_an_unknown_variant_lists_the_near_ones(head: str, message: str) -> None:
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}$"):
        merge_variants(Overrides(), ["shrt"], routine(FEET, head))


@pytest.mark.parametrize(
    ("head", "own", "overrides", "bed"),
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
def test_the_bed_of_a_stage(head: str, own: str, overrides: Overrides, bed: BedSettings) -> None:
    made = routine(f"  - stage: A\n    steps: [{{say: Hello.}}]\n    {own}\n", head)
    (stage,) = made.stages
    assert isinstance(stage, Stage)
    assert resolve_bed(stage.bed, made, overrides) == bed
    assert timeline_of(made, overrides).stages[0].bed == bed


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
def test_skips_by_tag_and_title_of_group_stage_and_step(skip: tuple[str, ...], titles: list[str]) -> None:
    plan = plan_of(routine(FEET), skip=skip)
    assert [stage.title for stage in plan.stages] == titles


def test_a_step_is_skipped_by_its_tag() -> None:
    assert lengths(skip=("towel",))["Soak"] == [60]


@pytest.mark.parametrize(
    ("skip", "message"),
    [
        (
            ("sok",),
            "--skip sok: there is no such tag or stage. "
            'Did you mean "Soak" or "Sole, left foot" or "Sole, right foot"?',
        ),
        (("dry",), "--skip dry: there is no such tag or stage. "),
        (("soak", "feet"), "Nothing is left to do: every stage is skipped. Leave out one --skip."),
    ],
)
def test_skips_that_cannot_be_followed(skip: tuple[str, ...], message: str) -> None:
    with pytest.raises(OverrideError, match=f"^{re.escape(message)}"):
        plan_of(routine(FEET, "needs: [oil]"), skip=skip)


def test_every_order_of_different_overrides_gives_the_same_timeline() -> None:
    made = routine(FEET, VARIED)
    options: dict[str, Any] = {
        "set": {"dry": 30 * SAMPLE_RATE},
        "skip": ("soak",),
        "total": 400 * SAMPLE_RATE,
        "detail": "brief",
    }
    timelines = [timeline_of(made, **dict(order)) for order in itertools.permutations(options.items())]
    assert all(timeline == timelines[0] for timeline in timelines)
    assert timelines[0].total == 400 * SAMPLE_RATE
