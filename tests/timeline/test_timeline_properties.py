"""What holds for every routine and every override, tried on routines that hypothesis makes up."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support.routines import letters, plan_of, steps_of, timeline_of
from voiceguide.errors import OverrideError
from voiceguide.script.model.routine import Routine
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.model import Timeline
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, parse_duration

common = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = ("Rest.", "Long strokes, toes to ankle.", "Hold it, [2s] and let go.", "Circle {count} of {of}, {next}.")
CUES = ("Half.", "{remaining} left.", "And now the other way round, a little lighter.")
PLACES = ("half", "1/3", "80%", "2s", "9s", "5s left", "1s left", "end")
times = st.one_of(st.integers(1, 40), st.integers(41, 150)).flatmap(
    lambda seconds: st.sampled_from([f"{seconds}s", f"{seconds}.001s", f"{seconds}.5s"])
)


@st.composite
def cues(draw: st.DrawFn) -> dict[str, Any]:
    cue: dict[str, Any] = draw(
        st.sampled_from([{"at": place} for place in PLACES] + [{"every": "7s"}, {"every": "30s"}])
    )
    what = draw(st.sampled_from([{"say": words} for words in CUES] + [{"chime": "bowl"}]))
    return {**cue, **what}


@st.composite
def steps(draw: st.DrawFn) -> dict[str, Any]:
    step: dict[str, Any] = {"step": draw(st.sampled_from(["a", "b", "c", "d"]))}
    kind = draw(st.sampled_from(["for", "for", "pause", "neither"]))
    if kind != "neither":
        step[kind] = draw(times)
    if kind == "neither" or draw(st.booleans()):
        full = draw(st.sampled_from(WORDS))
        step["say"] = {"full": full, "brief": "Go."} if draw(st.booleans()) else full
    if kind == "for":
        step |= draw(
            st.sampled_from([{}, {}, {"fixed": "yes"}, {"min": "1s"}, {"max": "151s"}, {"min": "2s", "max": "160s"}])
        )
    step["cues"] = draw(st.lists(cues(), max_size=3))
    return step | draw(turns("toe"))


@st.composite
def turns(draw: st.DrawFn, name: str) -> dict[str, Any]:
    made: dict[str, Any] = draw(st.sampled_from([{}, {}, {}, {"repeat": "2"}]))
    if draw(st.integers(0, 3)) == 0:
        made = {**made, "each": {name: draw(st.sampled_from([["left", "right"], ["one", "two", "three"]]))}}
        made |= draw(st.sampled_from([{}, {"switch": f"Now {{{name}}}."}, {"switch": {"for": "10s"}}]))
    return made


@st.composite
def stages(draw: st.DrawFn, number: int) -> dict[str, Any]:
    stage: dict[str, Any] = {"stage": f"Stage {number}", "steps": draw(st.lists(steps(), min_size=1, max_size=4))}
    stage["tags"] = draw(st.lists(st.sampled_from(["soak", "rest"]), max_size=1))
    stage |= draw(turns("side"))
    if "each" in stage:
        stage["stage"] += ", {side}"
    return stage


@st.composite
def routines(draw: st.DrawFn) -> Routine:
    parts: list[dict[str, Any]] = [draw(stages(number)) for number in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        inside = [{"stage": "Foot {foot}", "steps": draw(st.lists(steps(), min_size=1, max_size=3))}]
        parts.append(
            {"each": {"foot": ["left", "right"]}, "stages": inside, "switch": {"say": "Now {foot}.", "for": "9s"}}
        )
    head: dict[str, Any] = draw(st.sampled_from([{}, {"needs": ["oil"], "safety": ["Stop at pain."]}]))
    head |= draw(st.sampled_from([{}, {"gap": "0s"}, {"announce_quiet": "no"}, {"chime": "none"}]))
    return Routine.model_validate({"voiceguide": "1", "title": "Made up", **head, "stages": parts})


def check_timeline(timeline: Timeline) -> None:
    """What holds for every timeline."""
    tiled = steps_of(timeline)
    assert [stage.start for stage in timeline.stages] == [0, *(stage.end for stage in timeline.stages[:-1])]
    assert [step.start for step in tiled] == [0, *(step.end for step in tiled[:-1])]
    assert timeline.stages[-1].end == tiled[-1].end == timeline.total
    assert all(step.start <= step.end for step in tiled)
    for step in tiled:
        assert all(step.start <= cue.start and cue.end <= step.end for cue in step.cues if cue.kind == "say")
        assert list(step.cues) == sorted(step.cues, key=lambda cue: cue.start)
    assert all(earlier.end <= later.start for earlier, later in pairwise(timeline.cues))
    assert all(cue.start >= 0 and cue.end <= timeline.total for cue in timeline.cues)
    spoken = [cue for cue in timeline.cues if cue.kind == "say"]
    assert not spoken or spoken[0].start >= SAMPLE_RATE or tiled[0].length - spoken[0].length < 2 * SAMPLE_RATE
    assert all("{" not in cue.text for cue in timeline.cues)


def check_turns(routine: Routine, timeline: Timeline, overrides: Overrides) -> None:
    """Steps of one place in the script, in one round of its repeats, last equally long."""
    plan = plan_of(routine, overrides)
    planned = [step for stage in plan.stages for step in stage.steps]
    together = defaultdict(set)
    for step, timed in zip(planned, steps_of(timeline), strict=True):
        together[step.equal_length_key].add(timed.length)
    assert all(len(found) == 1 for found in together.values())


@common
@given(routines(), st.sampled_from([None, "brief", "chime"]))
def test_stages_tile_the_session_and_nothing_is_heard_over_anything(routine: Routine, detail: str | None) -> None:
    overrides = Overrides(detail=detail)
    timeline = timeline_of(routine, overrides, letters)
    check_timeline(timeline)
    check_turns(routine, timeline, overrides)


@common
@given(routines())
def test_every_detail_keeps_the_clock(routine: Routine) -> None:
    spans = [
        [(step.start, step.end) for step in steps_of(timeline_of(routine, measure=letters, detail=detail))]
        for detail in ("full", "brief", "chime")
    ]
    assert spans[0] == spans[1] == spans[2]


def refusal(routine: Routine, overrides: Overrides) -> str:
    """The message with which overrides are refused; empty where they are not."""
    try:
        timeline_of(routine, overrides, letters)
    except OverrideError as error:
        return str(error)
    return ""


def check_bounds(routine: Routine, message: str, asking: Callable[[int], Overrides]) -> None:
    """The bounds that a refusal names can be asked for, but for the limits of a session."""
    for text in re.findall(r"(?:possible is|the longest) ([\dhms.]+\d*[hms])", message):
        refused = refusal(routine, asking(parse_duration(text)))
        assert not refused or refused.startswith("The session would "), message


@common
@given(routines(), st.integers(1, 3000 * SAMPLE_RATE))
def test_a_total_is_met_to_the_sample_or_refused_with_bounds_that_are_met(routine: Routine, total: int) -> None:
    overrides = Overrides(total=total)
    try:
        timeline = timeline_of(routine, overrides, letters)
    except OverrideError as error:
        check_bounds(routine, str(error), lambda bound: Overrides(total=bound))
        return
    assert timeline.total == total
    check_timeline(timeline)
    plan = plan_of(routine)
    planned = [step for stage in plan.stages for step in stage.steps]
    before = steps_of(timeline_of(routine, measure=letters))
    for step, was, now in zip(planned, before, steps_of(timeline), strict=True):
        assert step.max_length is None or now.length <= max(step.max_length, was.length)
        assert step.min_length is None or now.length >= min(step.min_length, was.length)
        assert not step.fixed or now.length == was.length
    if 1 in Counter(step.equal_length_key for step in planned if not step.fixed).values():
        check_turns(routine, timeline, overrides)


@common
@given(routines(), st.data())
def test_overrides_commute(routine: Routine, data: st.DataObject) -> None:
    plan = plan_of(routine)
    names = [stage.title for stage in plan.stages]
    names += [name for stage in plan.stages for name in (*stage.override_names, *(step.name for step in stage.steps))]
    names += [f"{stage.title}/{step.name}" for stage in plan.stages for step in stage.steps]
    targets = data.draw(st.lists(st.sampled_from(names), max_size=3, unique_by=lambda name: name.casefold()))
    sets = {target: data.draw(st.integers(20, 400)) * SAMPLE_RATE + 7 for target in targets}
    skip = tuple(data.draw(st.lists(st.sampled_from([*names[: len(plan.stages)]]), max_size=2, unique=True)))
    results: list[Timeline | str] = []
    for order in itertools.permutations(sets.items()):
        overrides = Overrides(set=dict(order), skip=skip[::-1] if len(results) % 2 else skip)
        try:
            results.append(timeline_of(routine, overrides, letters))
        except OverrideError as error:
            results.append(str(error))
    assert all(result == results[0] for result in results)
    if isinstance(results[0], Timeline):
        check_timeline(results[0])


@common
@given(routines(), st.integers(20, 900))
def test_a_set_is_met_to_the_sample_by_every_step_or_stage_it_names(routine: Routine, length_s: int) -> None:
    plan = plan_of(routine)
    length = length_s * SAMPLE_RATE + 7
    stage = plan.stages[-1]
    assume(all(stage.title != step.name for other in plan.stages for step in other.steps))
    try:
        timeline = timeline_of(routine, Overrides(set={stage.title: length}), letters)
    except OverrideError as error:
        check_bounds(routine, str(error), lambda bound: Overrides(set={stage.title: bound}))
        return
    for planned, timed in zip(plan.stages, timeline.stages, strict=True):
        if planned.title == stage.title:
            own = [
                step.length for step, made in zip(timed.steps, planned.steps, strict=True) if not made.is_stage_switch
            ]
            assert sum(own) == length
    check_timeline(timeline)


@common
@given(routines())
def test_the_numbers_of_the_plain_data_agree(routine: Routine) -> None:
    timeline = timeline_of(routine, measure=letters)
    data = timeline.to_dict()
    assert data["total"] == data["stages"][-1]["end"]
    assert abs(data["total"] * SAMPLE_RATE - timeline.total) < 0.1
    for stage in data["stages"]:
        assert stage["start"] == stage["steps"][0]["start"]
        assert stage["end"] == stage["steps"][-1]["end"]
        for step in stage["steps"]:
            assert step["start"] <= step["end"]
            assert all(step["start"] <= cue["at"] <= step["end"] for cue in step["cues"])
            assert all(cue["at"] + cue["length"] <= data["total"] + 2e-6 for cue in step["cues"])


def test_the_longest_session_there_is_can_be_asked_for() -> None:
    routine = Routine.model_validate(
        {"voiceguide": "1", "title": "A day", "stages": [{"stage": "A", "steps": [{"for": "60s"}, {"say": "End."}]}]}
    )
    assert timeline_of(routine, measure=letters, total=MAX_SESSION_SAMPLES).total == MAX_SESSION_SAMPLES
