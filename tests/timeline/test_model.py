"""A timeline as plain data, which `plan --json` prints, and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.support.routines import guessed, routine, timeline_of
from voiceguide.errors import timeline_warning
from voiceguide.timeline.model import Timeline

STAGES = """\
  - stage: Soak
    steps:
      - {step: soak, say: Feet in now., for: 30.001s, cues: [{at: half, say: Half.}]}
      - {step: dry, pause: 3s}
"""


def test_the_plain_data_of_a_timeline() -> None:
    timeline = timeline_of(routine(STAGES, "language: en-GB"))
    data = replace(timeline, warnings=(timeline_warning("title", "one"), timeline_warning("", "two"))).to_dict()
    assert data == {
        "title": "Test",
        "language": "en-GB",
        "total": 33.001,
        "estimated": False,
        "stages": [
            {
                "title": "Soak",
                "start": 0.0,
                "end": 33.001,
                "steps": [
                    {
                        "name": "soak",
                        "start": 0.0,
                        "end": 30.001,
                        "speech": 1.2,
                        "cues": [
                            {"at": 1.0, "kind": "say", "text": "Feet in now.", "length": 1.2},
                            {"at": 15.0005, "kind": "say", "text": "Half.", "length": 0.5},
                            {"at": 27.001, "kind": "chime", "text": "bell", "length": 6.0},
                        ],
                    },
                    {"name": "dry", "start": 30.001, "end": 33.001, "speech": 0.0, "cues": []},
                ],
            }
        ],
        "warnings": ["title: one", "two"],
    }
    assert json.loads(json.dumps(data)) == data


def test_an_estimated_timeline_is_marked_as_estimated() -> None:
    assert timeline_of(routine(STAGES), measure=guessed).to_dict()["estimated"] is True


def test_every_line_is_listed_once_in_order_of_first_use() -> None:
    timeline = timeline_of(routine(STAGES.replace("pause: 3s", "say: Half., pause: 3s")))
    assert [line.text for line in timeline.unique_lines] == ["Feet in now.", "Half."]
    assert timeline.cues is timeline.cues


def test_a_timeline_can_be_restored_from_its_data() -> None:
    data = timeline_of(routine(STAGES, "language: en-GB")).to_dict()
    restored = Timeline.from_dict(json.loads(json.dumps(data)))
    assert restored.to_dict() == data
    assert [cue.opens_step for cue in restored.cues] == [True, False, False]


@pytest.mark.parametrize(
    "data", [{}, {"stages": []}, {"stages": [{"title": "A", "start": 0, "end": 1, "steps": []}]}, []]
)
def test_data_that_is_not_a_timeline_is_an_error(data: object) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        Timeline.from_dict(data)
