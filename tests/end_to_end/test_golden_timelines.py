"""The timeline of every bundled routine as text, so that a diff shows how a change affects real sessions.

Speech lengths are estimated, so no voice is needed. After an intended change, update the files and review the diff:
`python -m tests.end_to_end.test_golden_timelines && git diff tests/data/golden`.
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
from voiceguide.timeline.serialization import timeline_to_dict
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import samples_to_seconds

FOLDER = Path(__file__).parents[1] / "data" / "golden"
HINT = "If this change is intended, run python -m tests.end_to_end.test_golden_timelines"


def golden(name: str) -> str:
    """Return the timeline of a routine, one line per cue, and the step times of its variants, one line per stage."""
    routine = load_script(list_bundled_routines()[name]).routine
    timeline = timeline_of(routine, measure=estimate_speech_length)
    data = timeline_to_dict(timeline, [warning.message for warning in timeline.warnings])
    data["variants"] = {}
    for variant in routine.variants:
        changed = timeline_of(routine, merge_variants(Overrides(), [variant], routine), estimate_speech_length)
        times = {stage.title: [samples_to_seconds(step.start) for step in stage.steps] for stage in changed.stages}
        data["variants"][variant] = {"total": samples_to_seconds(changed.total), "steps start": times}
    return _compact_json(data) + "\n"


def _compact_json(data: object, indent: str = "") -> str:
    """Return JSON with each innermost list or object on one line."""
    if isinstance(data, dict) and any(isinstance(value, dict | list) for value in data.values()):
        items = [f"{json.dumps(key)}: {_compact_json(value, indent + ' ')}" for key, value in data.items()]
    elif isinstance(data, list) and any(isinstance(value, dict | list) for value in data):
        items = [_compact_json(value, indent + " ") for value in data]
    else:
        return json.dumps(data, ensure_ascii=False)
    begin, end = "{}" if isinstance(data, dict) else "[]"
    inside = f",\n{indent} ".join(items)
    return f"{begin}\n{indent} {inside}\n{indent}{end}"


@pytest.mark.parametrize("name", list_bundled_routines())
def test_the_timeline_equals_the_golden_file(name: str) -> None:
    path = FOLDER / f"{name}.json"
    assert path.exists(), f"{path.name} is missing. {HINT}"
    expected, actual = path.read_text("utf-8"), golden(name)
    diff = "\n".join(unified_diff(expected.splitlines(), actual.splitlines(), "golden", "actual", n=1, lineterm=""))
    assert not diff, f"{diff}\n{HINT}"


def test_every_golden_file_belongs_to_a_routine() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(list_bundled_routines())


@pytest.mark.parametrize("name", list_bundled_routines())
def test_golden_timelines_are_json(name: str) -> None:
    assert json.loads(golden(name))["estimated"] is True


if __name__ == "__main__":
    for each in list_bundled_routines():
        (FOLDER / f"{each}.json").write_text(golden(each), "utf-8")
