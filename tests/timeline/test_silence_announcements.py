"""Long silences are announced once, in the first step with enough room, and never over another cue."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.routines import heard, routine, steps_of, timeline_of
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE

ONE, TWO, FIVE = "Keep going, one quiet minute.", "Keep going, two quiet minutes.", "Keep going, five quiet minutes."


def timeline_with(*steps: str, head: str = "") -> Timeline:
    lines = "".join(f"      - {step}\n" for step in steps)
    return timeline_of(routine(f"  - stage: A\n    steps:\n{lines}", f"chime: none\n{head}"))


HELLO = "say: Hello you."
"""A second of speech. At the start of a session it follows a lead-in of one second."""


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([f"{{{HELLO}, for: 61.9s}}"], []),
        ([f"{{{HELLO}, for: 62s}}"], [(3, ONE)]),
        ([f"{{{HELLO}, for: 2m}}"], [(3, TWO)]),
        (["{for: 5m}"], [(1, FIVE)]),
        (["{for: 5m}", f"{{{HELLO}}}"], [(1, FIVE)]),
        ([f"{{{HELLO}, pause: 30s}}", "{for: 40s}"], [(3, ONE)]),
        ([f"{{{HELLO}, pause: 3s}}", "{for: 2m}"], [(5, TWO)]),
        ([f"{{{HELLO}, pause: 0s}}", "{for: 0.5s}", "{pause: 0s}", "{for: 2m}"], [(3, TWO)]),
        ([f"{{{HELLO}, pause: 2s}}", *["{for: 3s}"] * 25], []),
        ([f"{{{HELLO}, for: 4m, cues: [{{at: half, say: Half.}}]}}"], [(3, TWO), (121.5, TWO)]),
        ([f"{{{HELLO}, for: 3m, cues: [{{every: 30s, say: Go on.}}]}}"], []),
        ([f"{{{HELLO}, for: 2m, cues: [{{at: 4s, chime: bell}}]}}"], [(6.3, TWO)]),
        ([f"{{{HELLO}, for: 2m, cues: [{{at: 3s, chime: bell}}, {{at: 6s, chime: bell}}]}}"], [(8.3, TWO)]),
        ([f"{{{HELLO}, for: 2m, cues: [{{every: 2.5s, chime: bell}}]}}"], []),
    ],
)
def test_positions_of_announcements(steps: list[str], expected: list[tuple[float, str]]) -> None:
    timeline = timeline_with(*steps)
    announcements = [(start_s, text) for start_s, text in heard(timeline) if text.startswith("Keep going")]
    assert announcements == expected
    for step in steps_of(timeline):
        assert all(step.start <= cue.start and cue.end <= step.end for cue in step.cues)
        assert all(earlier.end <= later.start for earlier, later in pairwise(step.cues))


UNANNOUNCED = "is not announced. Listeners may think playback has stopped."


@pytest.mark.parametrize(
    ("steps", "head", "announcements", "warnings"),
    [
        (
            [f"{{step: rest, {HELLO}, for: 3m}}"],
            "announce_quiet: no",
            0,
            [f'2m58s of silence starting at 0:02 in "rest" {UNANNOUNCED} Add a cue, or turn announce_quiet on.'],
        ),
        ([f"{{step: rest, {HELLO}, for: 3m, announce_quiet: no}}"], "", 0, []),
        ([f"{{step: rest, {HELLO}, for: 3m, announce_quiet: yes}}"], "announce_quiet: no", 1, []),
        (
            [f"{{step: a, {HELLO}, pause: 2s}}", *[f"{{step: b{n}, for: 3s}}" for n in range(25)]],
            "",
            0,
            [f'1m17s of silence starting at 0:02 in "b0" {UNANNOUNCED} Add a cue.'],
        ),
        ([f"{{step: a, {HELLO}, for: 5s, announce_quiet: no}}", "{step: b, for: 3m}"], "", 0, []),
        ([f"{{step: a, {HELLO}, for: 3s, announce_quiet: no}}", "{step: b, for: 3m}"], "", 1, []),
    ],
    ids=[
        "off in the routine",
        "off in the step",
        "on in the step",
        "no room",
        "off in the first step",
        "off in a step that is too short",
    ],
)
def test_announcements_can_be_turned_off(steps: list[str], head: str, announcements: int, warnings: list[str]) -> None:
    timeline = timeline_with(*steps, head=head)
    assert sum(text.startswith("Keep going") for _, text in heard(timeline)) == announcements
    assert [warning.message for warning in timeline.warnings] == warnings


def test_an_announcement_has_the_voice_of_its_step() -> None:
    timeline = timeline_with(f"{{{HELLO}, for: 3m, voice: heart, pace: 0.8}}")
    line = timeline.unique_lines[1]
    assert (line.text, line.voice, line.pace) == ("Keep going, three quiet minutes.", "heart", 0.8)
    assert timeline.cues[1].yaml_path == "stages[0].steps[0]"


def test_nothing_is_announced_if_chimes_replace_speech() -> None:
    quiet = routine(f"  - stage: A\n    steps: [{{{HELLO}, for: 3m}}]\n", "chime: none")
    assert heard(timeline_of(quiet, detail="chime")) == [(1, "bell")]


def test_the_silence_in_every_stage_is_announced() -> None:
    stages = "".join(f"  - stage: Stage {n}\n    steps: [{{say: Hello., for: 2m}}]\n" for n in range(3))
    timeline = timeline_of(routine(stages))
    assert [sum(text.startswith("Keep") for _, text in heard(stage)) for stage in timeline.stages] == [1, 1, 1]
    assert timeline.total == 6 * 60 * SAMPLE_RATE
