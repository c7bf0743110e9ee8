"""`breathe` fills a step with whole breaths, each at its exact time, guided by counts, words or tones."""

from __future__ import annotations

import pytest

from tests.support.routines import heard, routine, seconds, steps_of, tenths, timeline_of
from voiceguide.errors import OverrideError
from voiceguide.languages import LANGUAGES
from voiceguide.script.loader import load_script
from voiceguide.timeline.diff import describe_changes
from voiceguide.timeline.model import Timeline
from voiceguide.timeline.speech_estimate import estimate_speech_length


def breaths(keys: str, head: str = "", first: str = "      - {say: Now., for: 5s}\n", **changes: object) -> Timeline:
    """Return the timeline of a stage whose last step breathes. Without `first`, it is the only step."""
    stages = f"  - stage: A\n    chime: none\n    steps:\n{first}      - {{step: b, {keys}}}\n"
    return timeline_of(routine(stages, head), **changes)  # type: ignore[arg-type]


def heard_in_step(timeline: Timeline) -> list[tuple[float, str]]:
    step = steps_of(timeline)[-1]
    return [(at - step.start / 48_000, text) for at, text in heard(step)]


COUNTED = [(0, "In."), (1, "Two."), (2, "Three."), (3, "Hold."), (4, "Two."), (5, "Out."), (6, "Two.")]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("breathe: {in: 3s, hold: 2s, out: 2s}", COUNTED),
        ("breathe: {in: 3s, hold: 2s, out: 2s}, for: 15s", [*COUNTED, *((at + 7, text) for at, text in COUNTED)]),
        ("breathe: {in: 4.5s, out: 1.5s}", [(0, "In."), (1, "Two."), (2, "Three."), (3, "Four."), (4.5, "Out.")]),
        ("breathe: {in: 4s, out: 4s, rest: 2s, guide: words}", [(0, "In."), (4, "Out."), (8, "Rest.")]),
        ("breathe: {in: 4s, hold: 1s, out: 5s, guide: tones}", [(0, "breathe in"), (5, "breathe out")]),
    ],
)
def test_each_part_at_its_time(keys: str, expected: list[tuple[float, str]]) -> None:
    timeline = breaths(keys)
    assert heard_in_step(timeline) == expected
    assert timeline.warnings == ()


def test_a_step_without_a_length_is_one_breath_that_total_leaves_alone() -> None:
    timeline = breaths("repeat: 3, breathe: {in: 4s, out: 6s}", total=60 * 48_000)
    assert [seconds(step.length) for step in steps_of(timeline)] == [30, 10, 10, 10]


def test_a_total_that_leaves_no_breath_is_impossible() -> None:
    with pytest.raises(OverrideError, match="shortest"):
        breaths("breathe: {in: 4s, out: 6s}, for: 1m", total=9 * 48_000)


def test_a_step_without_a_name_is_called_breathe() -> None:
    variants = "variants: {long: {set: {breathe: 40s}}}"
    stages = "  - stage: A\n    steps:\n      - {breathe: {in: 4s, out: 6s}, for: 20s}\n"
    assert [step.name for step in steps_of(timeline_of(routine(stages, variants)))] == ["breathe"]


def test_a_new_length_changes_the_number_of_breaths() -> None:
    timeline = breaths("breathe: {in: 4s, out: 6s, guide: words}, for: 1m", set={"b": 35 * 48_000})
    assert heard_in_step(timeline) == [(at, text) for k in (0, 10, 20) for at, text in ((k, "In."), (k + 4, "Out."))]


def test_tones_replace_the_words_where_only_chimes_are_wanted() -> None:
    timeline = breaths("breathe: {in: 4s, hold: 2s, out: 6s}", detail="chime")
    assert heard_in_step(timeline) == [(0, "breathe in"), (6, "breathe out")]


@pytest.mark.parametrize(
    ("guide", "sounds"), [("tones", {"breathe in", "breathe out"}), ("breaths", {"breath in", "breath out"})]
)
@pytest.mark.parametrize("detail", ["full", "chime"])
def test_no_announcement_disturbs_the_breath(guide: str, sounds: set[str], detail: str) -> None:
    timeline = breaths(f"breathe: {{in: 4s, out: 6s, guide: {guide}}}, for: 3m", detail=detail)
    assert {text for _, text in heard_in_step(timeline)} == sounds
    assert timeline.warnings == ()


def test_a_cue_plays_one_breath_at_its_length_and_level() -> None:
    cues = "[{at: 5s, breath: in}, {at: 10s, breath: {part: out, for: 6s, level: -4}}, {at: 29s, breath: in}]"
    step = steps_of(breaths(f"say: Sigh., for: 30s, cues: {cues}", head="chime: {sound: bell, level: -20}"))[-1]
    found = [(cue.text, cue.length / 48_000, cue.chime.level_db) for cue in step.cues if cue.chime]
    assert found == [("breath in", 4, -12), ("breath out", 6, -4), ("breath in", 4, -12)]
    assert [(cue.start - step.start) / 48_000 for cue in step.cues if cue.chime] == [5, 10, 26]


def test_a_silence_after_breaths_is_announced_after_them() -> None:
    stages = "  - stage: A\n    steps:\n      - {breathe: {in: 4s, out: 9s, guide: words}}\n      - {for: 2m}\n"
    timeline = timeline_of(routine(stages))
    breath, quiet = steps_of(timeline)
    assert [cue.text for cue in breath.cues] == ["In.", "Out."]
    assert quiet.cues[0].text == "Keep going, two quiet minutes."


@pytest.mark.parametrize(
    ("guide", "expected"),
    [
        ("words", [(1, "In."), (3, "Out."), (5, "In."), (8, "Out.")]),
        ("count", [(1, "In."), (2, "Three."), (3, "Out."), (4, "Two."), (5, "In."), (6, "Two."), (7, "Three.")]),
        ("tones", [(1, "breathe in"), (3, "breathe out"), (5, "breathe in"), (8, "breathe out")]),
    ],
)
def test_the_first_breath_of_a_session_waits_for_the_lead_in(guide: str, expected: list[tuple[float, str]]) -> None:
    timeline = breaths(f"breathe: {{in: 3s, out: 2s, guide: {guide}}}, for: 10s", first="")
    assert heard_in_step(timeline)[: len(expected)] == expected
    assert timeline.warnings == ()
    if guide == "tones":
        assert [cue.length / 48_000 for cue in steps_of(timeline)[0].cues] == [1.9, 1.9, 2.9, 1.9]


def test_a_tone_shorter_than_the_lead_in_is_left_out_and_speech_after_it_starts_at_once() -> None:
    stages = (
        "  - stage: A\n    chime: none\n    steps:\n"
        "      - {breathe: {in: 1s, out: 4s, guide: tones}, for: 5s}\n      - {say: Now., for: 5s}\n"
    )
    breath, now = steps_of(timeline_of(routine(stages)))
    assert [*heard(breath), *heard(now)] == [(1, "breathe out"), (5, "Now.")]


def test_breaths_at_the_end_leave_no_room_for_a_chime_and_the_advice_can_be_followed() -> None:
    stages = "  - stage: A\n    steps:\n      - {say: Now., for: 5s}\n      - {breathe: {in: 2s, out: 2s}, for: 8s}\n"
    (warning,) = timeline_of(routine(stages, head="chime: bell")).warnings
    assert warning.message.endswith("Add a step after the breaths with a pause of at least 2s.")
    assert timeline_of(routine(stages + "      - {for: 2s}\n", head="chime: bell")).warnings == ()


def test_a_count_that_does_not_fit_is_never_moved_noticeably() -> None:
    """A slow voice would otherwise shift one count after the other, and the breath would take longer than written."""
    timeline = timeline_of(
        routine("  - stage: A\n    steps:\n      - {for: 5s}\n      - {breathe: {in: 4s, out: 4s}, for: 8s}\n"),
        measure=lambda line: type(tenths(line))(round(1.2 * 48_000), exact=True),
    )
    named = {"In.": 5, "Two.": 6, "Three.": 7, "Four.": 8, "Out.": 9}
    assert all(abs(at - named[text]) <= 0.25 for at, text in heard(timeline) if at < 9.5)
    assert "left out" in timeline.warnings[0].message


def test_words_of_ones_own() -> None:
    timeline = breaths(
        "breathe: {in: 4s, out: 4s, guide: words}", head="phrases: {breathe_in: Rise., breathe_out: Fall.}"
    )
    assert heard_in_step(timeline) == [(0, "Rise."), (4, "Fall.")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_counts_within_its_seconds(language: str) -> None:
    script = (
        f"voiceguide: 1\ntitle: T\nlanguage: {language}\nchime: none\nstages:\n  - stage: A\n    steps:\n"
        "      - {say: So., for: 5s}\n      - {breathe: {in: 6s, hold: 6s, out: 6s, rest: 6s}}\n"
    )
    source = load_script("x.yaml", script.encode()).routine
    timeline = timeline_of(source, measure=estimate_speech_length)
    assert len(steps_of(timeline)[1].cues) == 24
    assert timeline.warnings == ()


def test_a_changed_breath_is_one_difference() -> None:
    """A line for each of its cues was two hundred lines for a few minutes."""
    old, new = (breaths(f"breathe: {{in: 2s, out: {out}}}, for: 40s") for out in ("2s", "3s"))
    assert describe_changes(old, new) == [
        "A",
        '  b: breaths: 10 of 4s each, "In. Two. Out. Two.", now 8 of 5s each, "In. Two. Out. Two. Three."',
    ]
    assert describe_changes(old, old) == []
