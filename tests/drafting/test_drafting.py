"""Drafting turns plain instructions into a script with steps, durations, needs and precautions.

The texts are in tests/data/instructions. Each has its expected outline here. A duration is written as in a script,
followed by `?` if it is marked to be checked, `x3` if it is repeated, and the values of its `each`.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import event, example, given, settings, strategies as st

from tests.support.routines import timeline_of
from voiceguide.drafting import draft_outline, draft_script
from voiceguide.drafting.outline import DraftStage, DraftStep, Outline
from voiceguide.drafting.text.durations import find_durations, parse_pause_sentence
from voiceguide.drafting.text.sentences import count_words, split_into_lines, split_into_sentences
from voiceguide.errors import VoiceguideError
from voiceguide.script.loader import Script, load_script
from voiceguide.speech.engines.text_limits import has_pronounceable_chars
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import format_duration, seconds_to_samples

FOLDER = Path(__file__).parents[1] / "data" / "instructions"

OUTLINES = {
    "article": "Tips for Giving a Foot Massage: -, for 3m?, for 1m?, -, for 1m?, for 1m?, -, for 1m?",
    "bodyscan": "Body scan: pause 30s, pause 30s, pause 45s, -, pause 2m",
    "breathing": "4-7-8 breathing x4: pause 8s",
    "calf": "Calf stretch: pause 30s x2 left right, for 30s? x3, for 2m left right",
    "circuit": "Warm-up: for 40s?, for 40s?, for 40s? | Circuit x3: for 45s, pause 15s, for 1m, pause 15s"
    " | Cool-down: for 2m30s?, for 1m",
    "desk": "Desk stretches: pause 15s, for 30s?, for 20s one other, for 2m",
    "eyes": "Eye exercises: pause 3s x5, -, for 1m30s?, for 1m?",
    "fuss": "Fußbad am Abend: for 1m?, for 1m?, for 5m",
    "garden": "Warm up: pause 3m, for 30s | Feet: for 30s left right, for 1m30s? left right, for 20s? left right"
    " | Hands: for 45s left right, pause 10s x3 | Finish: for 1m30s?",
    "hostile": "Steps: for 1m?, for 1m?, for 1m?, for 1m30s, for 1m?, pause 10s",
    "knee": "Exercise 1: Heel slides: pause 10s? x10 | Exercise 2: Quad sets: pause 10s x5"
    " | Exercise 3: Straight leg raise: pause 5s right left",
    "mask": "Steps: for 1m?, for 1m?, pause 12m30s?, for 1m?",
    "meditation": "Steps: pause 10s, pause 5s, pause 1m30s, pause 5s?, -",
    "neck": "My neck break: pause 20s right left, pause 15s left right, for 30s?, for 30s, for 2m",
    "nested": "Warm up: for 1m, for 30s | Stretch: pause 10s, pause 20s | Morning routine: for 1m?",
    "pasta": "Method: for 9m, for 2m30s?, for 30s",
    "plain_lines": "Steps: for 1m?, for 1m?, for 2m, for 1m?",
    "shower": "Cold shower, step by step: for 3m, for 30s, for 2m?, for 1m?, for 10m?",
    "sleep": "Steps: for 1m?, pause 5s, pause 10s, pause 5s, pause 10s, pause 6s, for 5m",
    "tea": "Instructions: for 1m?, for 1m?, for 1m30s, for 1m?",
    "wiki": "How to Warm Up Your Voice: for 1m, for 30s, for 1m? x3",
    "wrapped": "Hand care at night: for 1m?, for 2m?, for 1m?",
    "yoga": "Evening yoga: for 2m, pause 40s?, for 30s left right, for 1m left right, for 5m, for 1m30s",
}
NEEDS = {
    "article": "massage oil or lotion; towels or a sheet to cover the massage surface; "
    "a comfortable, flat surface to massage on; a foot soak basin (optional)",
    "circuit": "mat; water bottle",
    "garden": "a bowl of warm water; a spoon of olive oil; an old towel",
    "mask": "a bowl; two spoons of clay; a brush",
    "pasta": "100 g spaghetti; 2 cloves of garlic; olive oil",
    "tea": "a teapot; loose green tea; water at 80 °C",
    "yoga": "a mat; a blanket; two blocks",
}
SAFETY = {
    "garden": "Not on cuts or blisters",
    "article": "If you have any of the following; Diabetes: Those; It's important to be extra; Plantar warts: If; "
    "As this can spread; Open wounds: If",
    "eyes": "If you have had eye surgery",
    "knee": "Stop if the pain is sharp",
    "mask": "Never use it on broken skin; Do not leave it on",
    "neck": "Stop if you get dizzy",
    "tea": "The pot gets hot",
}


def read_instructions(name: str) -> bytes:
    return (FOLDER / f"{name}.txt").read_bytes()


def format_outline(outline: Outline) -> str:
    return " | ".join(_format_stage(stage) for stage in outline.stages)


def _format_stage(stage: DraftStage) -> str:
    return f"{stage.title}{_format_repeat(stage.repeat)}: {', '.join(map(_format_step, stage.steps))}"


def _format_step(step: DraftStep) -> str:
    if not step.duration_key:
        return "-"
    sides = "".join(f" {value}" for value in step.each.values) if step.each else ""
    length = format_duration(seconds_to_samples(step.seconds))
    return f"{step.duration_key} {length}{'?' if step.doubts else ''}{_format_repeat(step.repeat)}{sides}"


def _format_repeat(repeat: int) -> str:
    return f" x{repeat}" if repeat > 1 else ""


def load_draft(text: str | bytes) -> Script:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return load_script("draft.yaml", draft_script(data, "text.txt").script.encode())


def test_every_text_has_its_outline() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == OUTLINES.keys()


@pytest.mark.parametrize("name", OUTLINES)
def test_stages_steps_and_times(name: str) -> None:
    assert format_outline(draft_outline(read_instructions(name), name)) == OUTLINES[name]


@pytest.mark.parametrize("name", OUTLINES)
def test_needs_and_cautions(name: str) -> None:
    outline = draft_outline(read_instructions(name), name)
    assert "; ".join(need.text for need in outline.needs) == NEEDS.get(name, "")
    starts = SAFETY[name].split("; ") if name in SAFETY else []
    assert [note.text[: len(start)] for note, start in zip(outline.safety, starts, strict=True)] == starts


@pytest.mark.parametrize("name", OUTLINES)
def test_the_script_loads_with_lines_short_enough_to_follow(name: str) -> None:
    script = load_draft(read_instructions(name))
    timeline_of(script.routine, measure=estimate_speech_length)
    assert not [warning for warning in script.warnings if "words" in warning.message]
    for stage in draft_outline(read_instructions(name), name).stages:
        assert max(count_words(step.say.replace("[", " [").split("[")[0]) for step in stage.steps) <= 25


def test_the_article_yields_only_the_routine() -> None:
    """The steps get the names that the bundled routines use. Introduction and benefits are not spoken."""
    outline = draft_outline(read_instructions("article"), "article.txt")
    steps = [step for stage in outline.stages for step in stage.steps]
    assert [step.name for step in steps if step.name] == ["soak", "dry feet thoroughly", "strokes", "ankles", "soles"]
    speech = " ".join(step.say for step in steps)
    for prose in ("heavenly", "known as reflexology", "Swedish", "circulation", "immune", "miniOrange", "pain-free"):
        assert prose not in speech
    script = draft_script(read_instructions("article"), "article.txt").script
    assert 'for: 3m  # check: the text says "a few minutes"' in script
    comments = [" ".join(comment.split()) for comment in re.findall(r"# from the text: (.*(?:\n +#   .*)*)", script)]
    comments = [comment.replace(" # ", " ") for comment in comments]
    source = " ".join(read_instructions("article").decode().split())
    positions = [source.index(comment) for comment in comments]
    assert positions == sorted(positions)
    spoken_and_kept = Counter(re.findall(r"\w+", script.casefold()))
    lost = Counter(re.findall(r"[^\W\d_]+", source.casefold())) - spoken_and_kept
    assert lost == Counter(["special", "considerations", "foot", "massage"]), "the heading of the safety section"


def test_special_characters_survive() -> None:
    """Quotes, colons, hashes and YAML indicators are plain text. Brackets and braces are not script markup."""
    script = load_draft(read_instructions("hostile"))
    speech = [step.say.full for stage in script.routine.stages for step in stage.steps if step.say]  # type: ignore[union-attr]
    assert speech[0] == "say: (side) (not a pause) bold &anchor !tag %x @home tick"
    assert speech[2] == "(4 apples) in a (bowl), 100 % (ripe)"
    assert speech[3] == "C:\\temp\\new: 1:30, #1 best"
    assert speech[5] == "It's 5 o'clock: time to \"stretch\" for 10 seconds"
    assert not [warning for warning in script.warnings if "comment" in warning.message]


def test_counted_breathing_has_inline_pauses() -> None:
    script = draft_script(read_instructions("breathing"), "breathing.txt").script
    assert (
        "Breathe in through the nose for 4 seconds, [4s] hold for 7 seconds, [7s] breathe out for 8 seconds." in script
    )


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [
        ("Soak for five minutes.", [300]),
        ("Knead for 2-3 min.", [150]),
        ("Rest for 1 minute 30 seconds.", [90]),
        ("Stroke for 1 minute 30 on each side.", [90]),
        ("Stroke for 2 minutes 10 times.", [120]),
        ("Hold for 30 seconds to 1 minute.", [45]),
        ("Do it for one and a half minutes.", [90]),
        ("Do it for a minute and a half.", [90]),
        ("Wait 1½ hours.", [5400]),
        ("Steep for 90s.", [90]),
        ("Hold 3 slow, deep breaths.", [15]),
        ("Breathe in for a count of four.", [4]),
        ("Wait half an hour.", [1800]),
        ("Lie down for a couple of minutes.", [120]),
        ("Massiere die Sohle 5 Minuten lang.", [300]),
        ("Masajea durante 2 minutos.", [120]),
        ("Run 400m.", []),
        ("Songs from the 1980s.", []),
        ("After 5 minutes, rinse.", []),
        ("Repeat every 30 seconds.", []),
        ("Eat 2 hours before bed.", []),
        ("Wait 2 minutes before you rinse.", [120]),
        ("Leave it for 12 hours.", []),
        ("A second look.", []),
    ],
)
def test_durations_in_plain_text(sentence: str, seconds: list[float]) -> None:
    assert [phrase.seconds for phrase in find_durations(sentence)] == seconds


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [
        ("Pause 10 seconds.", 10),
        ("(pause for 1 minute)", 60),
        ("[Pause: 30 sec]", 30),
        ("[1:30]", 90),
        ("10 second pause", 10),
        ("Pause.", 5),
        ("Long pause", 5),
        ("Pause 10 seconds between rounds.", None),
        ("(optional)", None),
        ("Rest for 10 seconds.", None),
    ],
)
def test_pause_sentences(sentence: str, seconds: float | None) -> None:
    pause = parse_pause_sentence(sentence)
    assert (pause.seconds if pause else None) == seconds


def test_a_danda_ends_a_sentence_in_hindi() -> None:
    assert split_into_sentences("साँस लें। रुकें॥ छोड़ दें।") == ["साँस लें।", "रुकें॥", "छोड़ दें।"]


def test_long_sentences_are_split_after_a_clause() -> None:
    sentence = (
        "If you have warts on your feet, it's important to avoid massaging the affected areas as this can spread "
        "the virus and cause more warts to develop."
    )
    assert split_into_lines([sentence]) == [
        "If you have warts on your feet, it's important to avoid massaging the affected areas.",
        "As this can spread the virus and cause more warts to develop.",
    ]


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("- Sit.\n- Repeat with the left foot 3 times.\n", ["Repeat with the left foot 3 times."]),
        ("- Sit.\n- Repeat the whole sequence 3 times.\n", []),
        ("# Evening\n\n## Caution: hot oil\n\n- Not on cuts.\n\n## Steps\n\n- Sit.\n", ["Caution: hot oil"]),
        ("# Evening\n\n## What you will need\n\n- Oil\n\n## Steps\n\n- Sit.\n", []),
        (f"# Evening\n\n## Feet {'and more feet ' * 9}\n\n- Sit.\n", [f"Feet {'and more feet ' * 9}".strip()]),
    ],
)
def test_words_of_headings_and_repeats_are_kept(text: str, comments: list[str]) -> None:
    script = draft_script(text.encode(), "in").script
    found = re.findall(r"# from the text: (.*(?:\n +#   .*)*)", script)
    assert [re.sub(r"\s+#?\s+", " ", comment) for comment in found] == comments


@pytest.mark.parametrize("text", ["", "  \n\n", "---\n***\n", "# \n", "!!! ???", "😀"])
def test_a_text_without_words_is_rejected(text: str) -> None:
    with pytest.raises(VoiceguideError) as caught:
        draft_script(text.encode(), "text.txt")
    assert str(caught.value) == "text.txt contains no instructions. Write what to do, one step per line."


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x00\x01\x02", "text.txt is not a text file. Save the instructions as plain text."),
        (b"a" * (1 << 20) + b"b", "text.txt is larger than the limit of 1 MiB. Use a shorter text."),
        (b"- Sit.\n" * 1001, "text.txt has 1,001 steps. The limit is 1,000. Use a shorter text."),
        (
            b"- Sit for 2 hours.\n" * 20,
            "text.txt is too long for one session: 40 hours and 20 steps, including repeats. Use a shorter text.",
        ),
    ],
    ids=["binary", "large", "many", "long"],
)
def test_unusable_files_are_rejected(data: bytes, message: str) -> None:
    with pytest.raises(VoiceguideError) as caught:
        draft_script(data, "text.txt")
    assert str(caught.value) == message


def test_other_encodings_are_decoded() -> None:
    for data in (
        "1. Sitz still, ruhig und über der Tür.".encode("cp1252"),
        "1. Sitz still, ruhig und über.".encode("utf-16"),
    ):
        assert "über" in draft_script(data, "text.txt").script


def test_text_that_the_default_voice_cannot_read_gets_another_voice() -> None:
    assert load_draft("1. Breathe in.\n2. Say नमस्ते to the room.").routine.voice == "pyttsx3"
    assert load_draft("1. Breathe in.\n2. Say café.").routine.voice is None
    assert load_draft(read_instructions("fuss")).routine.language == "de"


FRAGMENTS = [
    *(
        "1. ",
        "- ",
        "   * ",
        "# ",
        "Step 3: ",
        "\n",
        "\n\n",
        ":",
        " #x",
        '"',
        "'",
        "{",
        "]",
        "{side}",
        "[2 s]",
        "[0s]",
        "½",
    ),
    *(
        "(pause 10 seconds)",
        "each side",
        "Repeat 3 times.",
        "on the other side",
        "Hold for 5 seconds.",
        "left",
        "2-3 min",
    ),
    *("You will need: ", "Warning: ", "for five minutes", "x10", "twice", "10 reps", "0 s", "Soak your feet"),
    "Circle both ankles slowly and gently",
]
EXPECTED_ERRORS = ("contains no instructions.", "is not a text file.", "Use a shorter text.")


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=300), st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=8), max_size=40).map("".join)
    )
)
@example("1. Stretch each side for 10 seconds {side} [4s each leg.")
@example("Step 1\n\nStep 2\n\n[3]\n")
def test_any_text_gives_a_valid_script_or_a_voiceguide_error(text: str) -> None:
    try:
        script = load_draft(text)
    except VoiceguideError as error:
        message = str(error)
        event(message)
    else:
        message = ""
        timeline = timeline_of(script.routine, measure=estimate_speech_length)
        assert all(has_pronounceable_chars(cue.text) for cue in timeline.cues if cue.kind == "say")
    assert not message or any(expected in message for expected in EXPECTED_ERRORS)


@pytest.mark.parametrize(
    ("mark", "pause"),
    [
        ('<break time="3s"/>', "3s"),
        ('<break time="2500ms"/>', "2.5s"),
        ("[[slnc 4000]]", "4s"),
        ("--- 2 minutes silence ---", "2m"),
        ("—— 90 seconds ——", "1m30s"),
    ],
)
def test_the_pause_marks_of_programs_count_in_instructions(mark: str, pause: str) -> None:
    """Few marks do not make a text a narration. They were lost, or became headings."""
    script = draft_script(
        f"Evening rest\n\nRest\nBreathe in slowly.\n\n{mark}\n\nBreathe out again.\n".encode(), "in"
    ).script
    quiet = "        announce_quiet: no\n" if "m" in pause else ""
    assert f"say: Breathe in slowly.\n        pause: {pause}\n{quiet}      - " in script
    assert mark not in script


def test_a_line_about_resting_is_spoken() -> None:
    script = draft_script(b"1. Sit down.\n2. Rest for 1 minute.\n**Rest 2 minutes**\n", "in").script
    assert "say: Rest for 1 minute." in script
    assert "Rest 2 minutes" in script


def test_wide_digits_are_numbers() -> None:
    """Japanese and Chinese keyboards write them. The colon, and the numbers of the list, were not understood."""
    script = draft_script("Hands\n\n１．Rub for ３０ seconds.\n２）Press for １：３０.\n".encode(), "in").script
    assert "say: Rub for 30 seconds.\n        for: 30s" in script
    assert 'say: "Press for 1:30."\n        for: 1m30s\n' in script


@pytest.mark.parametrize(
    ("instruction", "speech", "outline"),
    [
        ("Bend. Hold 30 s. Repeat 3x on each leg.", "Bend, on your {side} leg. Hold 30 s.", "x3 left right"),
        ("Bend. Hold 30 s. Repeat 3 times per side.", "Bend, on the {side} side. Hold 30 s.", "x3 left right"),
        ("Bend. Hold 30 s. Repeat on each side 3 times.", "Bend, on the {side} side. Hold 30 s.", "x3 left right"),
        (
            "Stand. Lift one leg for 30 s. Repeat 3x on both legs.",
            "Stand. Lift your {side} leg for 30 s.",
            "x3 left right",
        ),
        ("Circle. Go on for 30 s. Repeat 3x each way.", "Circle, in the {turn} way. Go on for 30 s.", "x3 one other"),
        ("Press each foot for 30 s (left, then right).", "Press your {side} foot for 30 s.", "left right"),
        ("Press each foot (right and left) for 30 s.", "Press your {side} foot for 30 s.", "right left"),
        (
            "Press the foot for 30 s (first left, then right).",
            "Press the foot for 30 s, on the {side} side.",
            "left right",
        ),
        ("Press both feet (left and right) for 30 s.", "Press both feet (left and right) for 30 s.", ""),
        ("Roll your head (left and right) for 30 s.", "Roll your head (left and right) for 30 s.", ""),
        ("Bend for 30 s on the right side, then switch.", "Bend for 30 s on the {side} side.", "right left"),
    ],
)
def test_no_side_is_lost(instruction: str, speech: str, outline: str) -> None:
    """Half of the exercise was gone, or the end of a bracket: "Press your left foot for 1 min (left."."""
    [step] = draft_outline(f"- {instruction}".encode(), "in").stages[0].steps
    assert step.say == speech
    assert _format_step(step).partition("30s")[2].strip("? ") == outline


def test_letters_and_roman_numerals_number_nested_items() -> None:
    """They were spoken, and the items ran together: "Upper body a. Shoulders, 1 min b."."""
    text = "1. Upper body\n   a. Shoulders, 1 min\n   b) Neck, 45 s\n2. Feet\n   i. left, 20 s\n   ii. right, 30 s\n"
    outline = draft_outline(f"Nested\n\n{text}".encode(), "in")
    assert format_outline(outline) == "Upper body: for 1m, for 45s | Feet: for 20s, for 30s"
    assert [step.say for step in outline.stages[1].steps] == ["left, 20 s", "right, 30 s"]


@pytest.mark.parametrize("ending", ["Repeat for 5 minutes", "Repeat 19 times"])
def test_repeating_for_a_time_repeats_the_stage(ending: str) -> None:
    """It became a step of its own, and the breathing was over after 16 seconds."""
    text = f"Box breathing\nInhale 4 sec\nHold 4 sec\nExhale 4 sec\nHold 4 sec\n{ending}\n"
    script = draft_script(text.encode(), "in").script
    assert "repeat: 19  # check: the text says to repeat this stage" in script
    assert "step: repeat" not in script


def test_the_total_of_a_table_is_not_a_step() -> None:
    table = "| Step | Time |\n|---|---|\n| Soak | 5 min |\n| Dry | 3 min |\n| **Total** | 8 min |\n"
    for text in (f"# Feet\n\n{table}", "Step,Time\nSoak,5 min\nDry,3 min\nTotal,8 min\n"):
        script = draft_script(text.encode(), "in").script
        assert re.search(r"# from the text: \W*Total\W+8 min", script)
        assert "for: 8m" not in script


def test_an_abbreviation_at_the_end_keeps_one_full_stop() -> None:
    assert "release for 10 sec.\n" in draft_script(b"- Squeeze, release for 10 sec., repeat 6 times.\n", "in").script
