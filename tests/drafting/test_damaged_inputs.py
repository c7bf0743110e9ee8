"""Inputs that are damaged, mixed or cut off give a script that can be planned, or one sentence."""

from __future__ import annotations

import re
from collections import Counter

from hypothesis import event, given, settings, strategies as st

from tests.drafting.test_input_formats import INPUTS, MARK_WORDS, ids, words_of
from tests.support.routines import timeline_of
from voiceguide.drafting import draft_script
from voiceguide.errors import VoiceguideError
from voiceguide.script.loader import load_script
from voiceguide.timeline.speech_estimate import estimate_speech_length

CONTENTS = {ids(path): path.read_bytes() for path in INPUTS}
LINES = sorted({line for data in CONTENTS.values() if not data.startswith(b"PK") for line in data.split(b"\n")})
PIECES = [
    b"[pause 5s]",
    b'<break time="2s"/>',
    b"00:30 ",
    b"\n\n",
    b"# ",
    b"- ",
    b"ANNA: ",
    b"|",
    b"(pause)",
    b'"',
    b"{",
]
PIECES += [
    b"]",
    b"<!-- a -->",
    b"-->",
    b"8 x 20 s / 10 s",
    b"\t",
    b";",
    b",",
    b"\xff",
    b"&#0;",
    b"<speak>",
    b"3 rounds:\n",
]
EDIT = st.tuples(st.integers(0, 5000), st.integers(0, 30), st.sampled_from(PIECES + LINES) | st.binary(max_size=4))


def damaged(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    """Replace a few bytes in several places."""
    for position, length, text in edits:
        start = position % (len(data) + 1)
        data = data[:start] + text + data[start + length :]
    return data


def check(data: bytes) -> None:
    try:
        draft = draft_script(data, "in")
    except VoiceguideError as error:
        message = str(error)
    else:
        message = ""
    event(message or draft.format)
    assert "\n" not in message
    if message:
        return
    script = load_script("draft.yaml", draft.script.encode())
    timeline_of(script.routine, measure=estimate_speech_length)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(CONTENTS)), st.lists(EDIT, max_size=5))
def test_a_damaged_input_gives_a_script_or_one_sentence(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    check(damaged(CONTENTS[name], edits))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=15))
def test_lines_of_many_formats_give_a_script_or_one_sentence(lines: list[bytes]) -> None:
    check(b"\n".join(lines))


SENTENCES = ["Rest your hands on the table.", "The rain is far away", "Oil helps, too!", "Warm-up", "Notes and thanks"]
SENTENCES += [
    "1. Lift one heel.",
    "- Point the toes (both of them)",
    "# Evening",
    "> A quotation.",
    "Anna: welcome back.",
]
SENTENCES += ["See https://example.com/feet for pictures.", "**Bold** and _quiet_", "[a link](https://example.com/a)"]
SENTENCES += ["| Toe | heel |", "[x] Done already", "<i>Softly</i>, now", "{braces} and [brackets]", "What is it?", ""]
KNOWN_WORDS = words_of(" ".join(MARK_WORDS.values()) + " x i b http https")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=14), st.sampled_from(["\n", "\n\n"]))
def test_no_word_of_a_text_is_lost(sentences: list[str], separator: str) -> None:
    """Every word is in the script: in the speech, in a title or a note, or in a comment."""
    text = separator.join(sentences)
    try:
        draft = draft_script(text.encode(), "in")
    except VoiceguideError:
        return
    words = words_of(re.sub(r"</?i>", "", text))
    if draft.changes["repeated titles", "title"]:
        words = Counter(set(words))
    lost = words - words_of(draft.script)
    assert {word for word in lost if word not in KNOWN_WORDS} == set()
