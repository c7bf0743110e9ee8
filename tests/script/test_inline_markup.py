"""Pauses and placeholders in text, and names derived from text."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from voiceguide.script.model.inline_markup import (
    Pause,
    convert_foreign_pauses,
    derive_step_name,
    fill_placeholders,
    find_pause_errors,
    find_placeholders,
    has_unmatched_brace,
    normalize_name,
    split_at_pauses,
    strip_counters,
)
from voiceguide.units import SAMPLE_RATE, format_duration


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ()),
        ("  ", ()),
        ("Breathe in.", ("Breathe in.",)),
        ("In [2s] and out.", ("In", Pause(2 * SAMPLE_RATE), "and out.")),
        ("[1:30]", (Pause(90 * SAMPLE_RATE),)),
        ("In[2s][0.5s]out", ("In", Pause(2 * SAMPLE_RATE), Pause(SAMPLE_RATE // 2), "out")),
        ("[ 3 s ] go", (Pause(3 * SAMPLE_RATE), "go")),
        ("Say [two] and [a2s] and [].", ("Say [two] and [a2s] and [].",)),
        ("An open [2s", ("An open [2s",)),
        ("{count} [2s] {of}", ("{count}", Pause(2 * SAMPLE_RATE), "{of}")),
    ],
)
def test_pauses_in_a_text(text: str, parts: tuple[str | Pause, ...]) -> None:
    assert split_at_pauses(text) == parts
    assert find_pause_errors(text) == []


@pytest.mark.parametrize(
    ("mark", "instead"),
    [
        ("[pause 5s]", "[5s]"),
        ("[pause:8]", "[8s]"),
        ("[Pause 1,5 Sekunden]", "[1.5s]"),
        ("{{Pause=3000}}", "[3s]"),
        ("{{pause: 2 s}}", "[2s]"),
        ("[pause 500ms]", "[0.5s]"),
        ("[500ms]", "[0.5s]"),
        ("[pause 2 min]", "[120s]"),
        ("(pause 5 seconds)", "[5s]"),
        ("(pause for 5 seconds)", "[5s]"),
        ('<break time="2s"/>', "[2s]"),
        ('<break strength="strong" time="750ms" />', "[0.75s]"),
        ('<silence msec="500"/>', "[0.5s]"),
        ("<3 s>", "[3s]"),
        ("*pause 30 sec*", "[30s]"),
        ("[pausa 3 seg]", "[3s]"),
    ],
)
def test_a_pause_mark_of_another_program_is_a_problem(mark: str, instead: str) -> None:
    text = f"Breathe in. {mark} Breathe out."
    assert find_pause_errors(text) == [f"{mark} is not a pause mark. Write {instead}."]
    with pytest.raises(ValueError, match="is not a pause mark"):
        split_at_pauses(text)
    assert split_at_pauses(f"Breathe in. {instead} Breathe out.")


@pytest.mark.parametrize(
    ("text", "converted"),
    [
        ("In. [pause 5s] Out.", "In. [5s] Out."),
        ("In. {{Pause=1500}} Out.", "In. [1.5s] Out."),
        ("In. ((Pause=3000)) Out.", "In. [3s] Out."),
        ("In. [pause] Out.", "In.  pause  Out."),
        ("In. (pause 0 s) Out.", "In.  pause 0 s  Out."),
        ("In. [pause 9999999999 min] Out.", "In.  pause 9999999999 min  Out."),
        ("In. [2s] Out.", "In. [2s] Out."),
    ],
)
def test_pause_marks_of_other_programs_are_converted(text: str, converted: str) -> None:
    assert convert_foreign_pauses(text) == converted
    assert find_pause_errors(converted) == []


@pytest.mark.parametrize("mark", ["[pause]", "<break/>", "{{pause}}", "<break strength='weak'/>"])
def test_a_pause_mark_without_a_length_is_a_problem(mark: str) -> None:
    assert find_pause_errors(f"In. {mark} Out.") == [
        f"{mark} is not a pause mark. Write the length of the pause: [3s]."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Pause for 5 seconds.",
        "(pause, and breathe)",
        "a break of 5 minutes",
        "<b>Rest</b>",
        "2 < 3 s",
        "[Pause and rest]",
    ],
)
def test_words_about_pauses_are_words(text: str) -> None:
    assert find_pause_errors(text) == []
    assert split_at_pauses(text) == (text,)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("[2]", ['[2] is not a pause: "2" has no unit. Write 2s for seconds or 2m for minutes.']),
        ("[-2s]", ['[-2s] is not a pause: "-2s" is negative. Write a duration such as 90s or 1m30s.']),
        ("[0s]", ["[0s] is a pause of zero length. Write a longer pause, or remove it."]),
        (
            "[3 sec] and [2] and [2]",
            [
                '[3 sec] is not a pause: "3 sec" is not a duration. Write 3s.',
                '[2] is not a pause: "2" has no unit. Write 2s for seconds or 2m for minutes.',
            ],
        ),
    ],
)
def test_malformed_pauses(text: str, messages: list[str]) -> None:
    assert find_pause_errors(text) == messages
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the test compares the whole message)
        split_at_pauses(text)
    assert str(caught.value) == messages[0]


@given(st.lists(st.integers(1, 3_600_000), max_size=5), st.lists(st.text("ab .,", max_size=9), min_size=6, max_size=6))
def test_texts_and_pauses_round_trip(milliseconds: list[int], words: list[str]) -> None:
    pauses = [milli * SAMPLE_RATE // 1000 for milli in milliseconds]
    text = words[0] + "".join(
        f"[{format_duration(pause)}]{word}" for pause, word in zip(pauses, words[1:], strict=False)
    )
    parts = split_at_pauses(text)
    assert [part.samples for part in parts if isinstance(part, Pause)] == pauses
    spoken = "".join(part for part in parts if isinstance(part, str)).replace(" ", "")
    assert spoken == "".join(words[: len(pauses) + 1]).replace(" ", "")


def test_placeholders_are_replaced_once_and_the_others_stay() -> None:
    values = {"side": "left {count}", "count": "2"}
    assert (
        fill_placeholders("The {side} foot, { count } of {of}, { and }.", values)
        == "The left {count} foot, 2 of {of}, { and }."
    )
    assert fill_placeholders("{0} {side.x} {side!r} {}", values) == "{0} {side.x} {side!r} {}", (
        "text from a script must never reach str.format"
    )


def test_placeholders_are_found() -> None:
    assert find_placeholders("The {side} foot, { count } of {of}, {side} }{") == {"side", "count", "of"}
    assert find_placeholders("no braces") == set()


@pytest.mark.parametrize(
    ("text", "unmatched"), [("{side} {}", False), ("plain", False), ("{side", True), ("a } b", True)]
)
def test_unmatched_braces_are_found(text: str, unmatched: bool) -> None:
    assert has_unmatched_brace(text) == unmatched


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Lift your feet out and dry them well, between the toes too.", "lift your feet out"),
        ("Circle {count} of {of}.", "circle of"),
        ("[2s] Breathe in, [2s] and out.", "breathe in and out"),
        ("Don't hurry!", "don't hurry"),
        ("Füße ins Wasser", "füße ins wasser"),
        ("...", ""),
        ("a" * 200, "a" * 60),
    ],
)
def test_a_step_is_named_after_its_first_words(text: str, name: str) -> None:
    assert derive_step_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [("Circle {count} of {of}.", "circle"), ("Press the {count} toe.", "press the toe"), ("{count}", "{count}")],
)
def test_all_repetitions_of_a_step_have_the_same_name(text: str, name: str) -> None:
    assert (derive_step_name(strip_counters(text)) or text) == name


def test_names_are_compared_without_case_and_punctuation() -> None:
    assert normalize_name("Stroke,  LEFT_foot!") == normalize_name("stroke left foot") == "stroke left foot"
