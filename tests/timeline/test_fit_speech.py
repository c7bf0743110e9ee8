"""`fit: yes` speaks faster where the speech is longer than its step, by as little as is needed."""

from __future__ import annotations

import pytest

from tests.support.routines import timeline_of
from voiceguide.script.loader import load_script
from voiceguide.speech.engines.hibari import pace_table
from voiceguide.timeline.model import Line, SpeechLength, Timeline
from voiceguide.timeline.scheduling.cue_builder import MAX_FIT_FACTOR, MAX_FIT_PACE

S = 48_000


def plan(length: str, keys: str = "", routine: str = "") -> Timeline:
    """Return the timeline of three steps. Each text takes ten seconds at the normal pace."""
    script = (
        f"voiceguide: 1\ntitle: x\n{routine}stages:\n  - stage: a\n    steps:\n      - {{say: First., for: 20s}}\n"
        f"      - {{say: Ten seconds of text., for: {length}{keys}}}\n      - {{say: The next text., for: 20s}}\n"
    )

    def measure(line: Line) -> SpeechLength:
        return SpeechLength(round(10 * S / line.pace), True)

    return timeline_of(load_script("x.yaml", script.encode()).routine, measure=measure)


def paces(timeline: Timeline) -> list[float]:
    return [cue.line.pace for cue in timeline.cues if cue.line][1:]


@pytest.mark.parametrize(("length", "pace"), [("14s", 1.0), ("11s", 1.0), ("9.5s", 1.06), ("9s", 1.12)])
def test_the_pace_rises_only_as_much_as_needed(length: str, pace: float) -> None:
    timeline = plan(length, ", fit: yes")
    assert paces(timeline) == [pace, 1.0]
    assert not [warning for warning in timeline.warnings if "longer" in warning.message]


def test_the_step_grows_if_the_highest_pace_is_not_enough() -> None:
    timeline = plan("5s", ", fit: yes")
    assert paces(timeline)[0] == MAX_FIT_FACTOR
    step = timeline.stages[0].steps[1]
    assert step.length > 5 * S
    assert timeline.warnings


def test_without_fit_the_step_grows_at_its_pace() -> None:
    assert paces(plan("9s")) == [1.0, 1.0]


def test_the_routine_sets_it_for_all_steps_and_a_step_can_refuse() -> None:
    assert paces(plan("9.5s", routine="fit: yes\n")) == [1.06, 1.0]
    assert paces(plan("9.5s", ", fit: no", routine="fit: yes\n")) == [1.0, 1.0]


def test_the_pace_of_the_script_is_the_base() -> None:
    assert paces(plan("8s", ", pace: 1.2, fit: yes"))[0] == 1.25
    assert paces(plan("4s", ", pace: 1.9, fit: yes"))[0] == 1.9


def test_the_pace_is_never_higher_than_the_default_voice_can_speak() -> None:
    """With `pace: 1.6`, the build failed: heart speaks at paces up to 1.75."""
    assert paces(plan("4s", ", pace: 1.6, fit: yes"))[0] == 1.75
    assert pace_table.MAX_PACE >= MAX_FIT_PACE
