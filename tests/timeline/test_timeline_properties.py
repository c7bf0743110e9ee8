"""Properties of every timeline, tested with routines and overrides that hypothesis generates."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, assume, given, settings, strategies as st

from tests.support.routines import letters, plan_of, steps_of, timeline_of
from voiceguide.errors import OverrideError
from voiceguide.script.model.routine import Routine
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.model import Timeline
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, parse_duration

common = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = ("Rest.", "Long strokes, toes to ankle.", "Hold it, [2s] and let go.", "Circle {count} of {of}, {next}.")
CUES = ("Half.", "{remaining} left.", "Five seconds left.", "And now the other way round, a little lighter.")
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
    key = draw(st.sampled_from(["for", "for", "pause", "neither"]))
    if key != "neither":
        step[key] = draw(times)
    if key == "neither" or draw(st.booleans()):
        full = draw(st.sampled_from(WORDS))
        step["say"] = {"full": full, "brief": "Go."} if draw(st.booleans()) else full
    if key == "for":
        step |= draw(
            st.sampled_from([{}, {}, {"fixed": "yes"}, {"min": "1s"}, {"max": "151s"}, {"min": "2s", "max": "160s"}])
        )
    step["cues"] = draw(st.lists(cues(), max_size=3))
    return step | draw(repetitions("toe"))


@st.composite
def repetitions(draw: st.DrawFn, name: str) -> dict[str, Any]:
    keys: dict[str, Any] = draw(st.sampled_from([{}, {}, {}, {"repeat": "2"}]))
    if draw(st.integers(0, 3)) == 0:
        keys = {**keys, "each": {name: draw(st.sampled_from([["left", "right"], ["one", "two", "three"]]))}}
        keys |= draw(st.sampled_from([{}, {"switch": f"Now {{{name}}}."}, {"switch": {"for": "10s"}}]))
    return keys


@st.composite
def stages(draw: st.DrawFn, number: int) -> dict[str, Any]:
    stage: dict[str, Any] = {"stage": f"Stage {number}", "steps": draw(st.lists(steps(), min_size=1, max_size=4))}
    stage["tags"] = draw(st.lists(st.sampled_from(["soak", "rest"]), max_size=1))
    stage |= draw(repetitions("side"))
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
    """Check that stages and steps tile the session and that cues do not overlap."""
    all_steps = steps_of(timeline)
    assert [stage.start for stage in timeline.stages] == [0, *(stage.end for stage in timeline.stages[:-1])]
    assert [step.start for step in all_steps] == [0, *(step.end for step in all_steps[:-1])]
    assert timeline.stages[-1].end == all_steps[-1].end == timeline.total
    assert all(step.start <= step.end for step in all_steps)
    for step in all_steps:
        assert all(step.start <= cue.start and cue.end <= step.end for cue in step.cues if cue.kind == "say")
        assert list(step.cues) == sorted(step.cues, key=lambda cue: cue.start)
    assert all(earlier.end <= later.start for earlier, later in pairwise(timeline.cues))
    assert all(cue.start >= 0 and cue.end <= timeline.total for cue in timeline.cues)
    spoken = [cue for cue in timeline.cues if cue.kind == "say"]
    assert not spoken or spoken[0].start >= SAMPLE_RATE or all_steps[0].length - spoken[0].length < 2 * SAMPLE_RATE
    assert all("{" not in cue.text for cue in timeline.cues)


def check_equal_lengths(routine: Routine, timeline: Timeline, overrides: Overrides) -> None:
    """Check that steps with one equal-length key have equal length."""
    arranged = [step for stage in plan_of(routine, overrides).stages for step in stage.steps]
    lengths = defaultdict(set)
    for step, timed in zip(arranged, steps_of(timeline), strict=True):
        lengths[step.equal_length_key].add(timed.length)
    assert all(len(different) == 1 for different in lengths.values())


@common
@given(routines(), st.sampled_from([None, "brief", "chime"]))
def test_stages_tile_the_session_and_cues_do_not_overlap(routine: Routine, detail: str | None) -> None:
    overrides = Overrides(detail=detail)
    timeline = timeline_of(routine, overrides, letters)
    check_timeline(timeline)
    check_equal_lengths(routine, timeline, overrides)


@common
@given(routines())
def test_every_level_of_detail_has_the_same_timing(routine: Routine) -> None:
    spans = [
        [(step.start, step.end) for step in steps_of(timeline_of(routine, measure=letters, detail=detail))]
        for detail in ("full", "brief", "chime")
    ]
    assert spans[0] == spans[1] == spans[2]


def error_message(routine: Routine, overrides: Overrides) -> str:
    """Return the message of the OverrideError, or an empty text if there is none."""
    try:
        timeline_of(routine, overrides, letters)
    except OverrideError as error:
        return str(error)
    return ""


def check_limits(routine: Routine, message: str, make_overrides: Callable[[int], Overrides]) -> None:
    """Check that the limits in a message can be reached unless they exceed the limits of a session."""
    for text in re.findall(r"(?:possible is|the longest) ([\dhms.]+\d*[hms])", message):
        error = error_message(routine, make_overrides(parse_duration(text)))
        assert not error or error.startswith("The session would "), message


@common
@given(routines(), st.integers(1, 3000 * SAMPLE_RATE))
def test_a_total_is_met_to_the_sample_or_the_error_has_limits_that_are_met(routine: Routine, total: int) -> None:
    overrides = Overrides(total=total)
    try:
        timeline = timeline_of(routine, overrides, letters)
    except OverrideError as error:
        check_limits(routine, str(error), lambda limit: Overrides(total=limit))
        return
    assert timeline.total == total
    check_timeline(timeline)
    arranged = [step for stage in plan_of(routine).stages for step in stage.steps]
    unmodified = steps_of(timeline_of(routine, measure=letters))
    for step, before, after in zip(arranged, unmodified, steps_of(timeline), strict=True):
        assert step.max_length is None or after.length <= max(step.max_length, before.length)
        assert step.min_length is None or after.length >= min(step.min_length, before.length)
        assert not step.length_locked or after.length == before.length
    if 1 in Counter(step.equal_length_key for step in arranged if not step.length_locked).values():
        check_equal_lengths(routine, timeline, overrides)


@common
@given(routines(), st.data())
def test_the_order_of_overrides_does_not_matter(routine: Routine, data: st.DataObject) -> None:
    stages = plan_of(routine).stages
    names = [stage.title for stage in stages]
    names += [name for stage in stages for name in (*stage.override_names, *(step.name for step in stage.steps))]
    names += [f"{stage.title}/{step.name}" for stage in stages for step in stage.steps]
    targets = data.draw(st.lists(st.sampled_from(names), max_size=3, unique_by=lambda name: name.casefold()))
    sets = {target: data.draw(st.integers(20, 400)) * SAMPLE_RATE + 7 for target in targets}
    skip = tuple(data.draw(st.lists(st.sampled_from(names[: len(stages)]), max_size=2, unique=True)))
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
def test_the_length_of_a_stage_is_met_to_the_sample(routine: Routine, length_s: int) -> None:
    arrangement = plan_of(routine)
    length = length_s * SAMPLE_RATE + 7
    stage = arrangement.stages[-1]
    assume(all(stage.title != step.name for other in arrangement.stages for step in other.steps))
    try:
        timeline = timeline_of(routine, Overrides(set={stage.title: length}), letters)
    except OverrideError as error:
        check_limits(routine, str(error), lambda limit: Overrides(set={stage.title: limit}))
        return
    for arranged, timed in zip(arrangement.stages, timeline.stages, strict=True):
        if arranged.title == stage.title:
            pairs = zip(arranged.steps, timed.steps, strict=True)
            assert sum(timed_step.length for step, timed_step in pairs if not step.is_stage_switch) == length
    check_timeline(timeline)


@common
@given(routines())
def test_the_numbers_in_the_plain_data_agree(routine: Routine) -> None:
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


def test_the_longest_possible_session_can_be_requested() -> None:
    routine = Routine.model_validate(
        {"voiceguide": "1", "title": "A day", "stages": [{"stage": "A", "steps": [{"for": "60s"}, {"say": "End."}]}]}
    )
    assert timeline_of(routine, measure=letters, total=MAX_SESSION_SAMPLES).total == MAX_SESSION_SAMPLES
