"""The timeline of every bundled routine, as text: what a change does to a real session is seen before it is heard.

Made with estimated words, so that no voice is needed. To renew them after a change that is meant, and to look at what
changed: `python -m tests.end_to_end.test_golden_timelines && git diff tests/data/golden`.
"""

from __future__ import annotations

import json
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.support.routines import timeline_of
from voiceguide.pipeline.bundled_routines import list_bundled_routines
from voiceguide.script.loader import load_script
from voiceguide.timeline.arrangement.overrides import Overrides, merge_variants
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import samples_to_seconds

FOLDER = Path(__file__).parents[1] / "data" / "golden"
RENEW = "If this is meant: python -m tests.end_to_end.test_golden_timelines"


def golden(name: str) -> str:
    """A routine as it stands, a line a cue, and the steps' times in each of its variants, a line a stage."""
    routine = load_script(list_bundled_routines()[name]).routine
    timeline = timeline_of(routine, measure=estimate_speech_length)
    data = {**timeline.to_dict(), "warnings": [warning.message for warning in timeline.warnings]}
    data["variants"] = {}
    for variant in routine.variants:
        changed = timeline_of(routine, merge_variants(Overrides(), [variant], routine), estimate_speech_length)
        times = {stage.title: [samples_to_seconds(step.start) for step in stage.steps] for stage in changed.stages}
        data["variants"][variant] = {"total": samples_to_seconds(changed.total), "steps start": times}
    return _one_line_a_cue(data) + "\n"


def _one_line_a_cue(data: object, indent: str = "") -> str:
    """JSON in which whatever holds no further list or object stands on one line."""
    if isinstance(data, dict) and any(isinstance(value, dict | list) for value in data.values()):
        items = [f"{json.dumps(key)}: {_one_line_a_cue(value, indent + ' ')}" for key, value in data.items()]
    elif isinstance(data, list) and any(isinstance(value, dict | list) for value in data):
        items = [_one_line_a_cue(value, indent + " ") for value in data]
    else:
        return json.dumps(data, ensure_ascii=False)
    begin, end = "{}" if isinstance(data, dict) else "[]"
    inside = f",\n{indent} ".join(items)
    return f"{begin}\n{indent} {inside}\n{indent}{end}"


@pytest.mark.parametrize("name", list_bundled_routines())
def test_the_timeline_is_the_golden_one(name: str) -> None:
    path = FOLDER / f"{name}.json"
    assert path.exists(), f"{path.name} is missing. {RENEW}"
    expected, found = path.read_text("utf-8"), golden(name)
    changed = "\n".join(unified_diff(expected.splitlines(), found.splitlines(), "golden", "now", n=1, lineterm=""))
    assert not changed, f"{changed}\n{RENEW}"


def test_no_golden_timeline_is_left_of_a_routine_that_is_gone() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(list_bundled_routines())


@pytest.mark.parametrize("name", list_bundled_routines())
def test_golden_timelines_are_json(name: str) -> None:
    assert json.loads(golden(name))["estimated"] is True


if __name__ == "__main__":
    for each in list_bundled_routines():
        (FOLDER / f"{each}.json").write_text(golden(each), "utf-8")
