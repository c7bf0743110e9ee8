"""Every input format is recognized by its content and read without losing a word or a time.

The inputs are in tests/data/imports: a folder for each form, with the expected script beside each input. To write the
expected scripts again after an intended change, run `python -m tests.drafting.test_input_formats` and review the diff.
"""

from __future__ import annotations

import html
import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.routines import timeline_of
from voiceguide.drafting import Draft, draft_script
from voiceguide.drafting.formats.breath_tags import find_breath_tags
from voiceguide.drafting.text.pause_marks import find_pause_marks
from voiceguide.drafting.text.tables import expand_tables
from voiceguide.errors import VoiceguideError
from voiceguide.script.loader import load_script
from voiceguide.timeline.speech_estimate import estimate_speech_length

FOLDER = Path(__file__).parents[1] / "data" / "imports"
FORMATS = {
    "ass": "ass",
    "chapters": "chapters",
    "csv": "csv",
    "docx": "docx",
    "html": "html",
    "instructions": "instructions",
    "labels": "labels",
    "lrc": "lrc",
    "odt": "odt",
    "pauses": "narration",
    "pdf": "instructions",
    "phrases": "phrases",
    "speakers": "narration",
    "srt": "srt",
    "ssml": "ssml",
    "timer": "timer",
    "timer-json": "timer-json",
    "times": "times",
    "vtt": "vtt",
}
"""The format or the kind of document of the inputs in each folder."""
OTHER_FORMATS = {"pdf/2-narration.txt": "narration"}
INPUTS = sorted(path for path in FOLDER.glob("*/*") if path.suffix != ".yaml")
MARK_WORDS = {
    "ass": "script info title events format layer start end style name marginl marginr marginv effect text dialogue "
    "default i N nfeel styles v",
    "chapters": "version chapters startTime endTime title toc false id time base start end tags",
    "lrc": "ti la F offset",
    "pauses": "pause s ms seconds silence minutes msec break time slnc pau sec for ten one second minute long "
    "Sek Sekunden exhales slowly inhale exhale deep breath",
    "phrases": "",
    "speakers": "pause s seconds",
    "srt": "i an",
    "html": "pause seconds sec minute will need",
    "docx": "pause seconds will need",
    "timer": "s x sec min side",
    "timer-json": "name sets repetitions actions time color ffcc title durationMs prepare work rest "
    "rounds cooldown sound beep workout title exercises exercise durationSeconds restSeconds",
    "instructions": "min sec side will need Notes x",
    "pdf": "each on seconds pause",
    "ssml": "OM rest",
    "vtt": "WEBVTT b v amp line position align start size",
}
"""The words of the marks and keys in each folder. What they mean stands in the script in another form."""


def ids(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def draft(path: Path) -> Draft:
    title = re.sub(r"^\d+-", "", path.stem).replace("-", " ").capitalize()
    return draft_script(path.read_bytes(), path.name, title)


def body_of(script: str) -> str:
    """Return a script without the comment at its top, which is always the same."""
    return script.partition("voiceguide: 1\n")[2]


def words_of(text: str) -> Counter[str]:
    """Return the words in a text. Numbers belong to times, which stand in the script in other forms."""
    return Counter(re.findall(r"[^\W\d_]+", text.casefold()))


def visible_text(path: Path) -> str:
    """Return what a reader sees of an input: the text between the tags, as another parser finds it."""
    data = path.read_bytes()
    if data.startswith(b"PK"):
        with zipfile.ZipFile(path) as archive:
            members = [name for name in archive.namelist() if re.match(r"word/[a-z0-9]+\.xml|content\.xml", name)]
            return " ".join(" ".join(ElementTree.fromstring(archive.read(name)).itertext()) for name in members)
    text = decode(data)
    if path.parent.name == "pdf":
        return re.sub(r"-\n *", "", text)
    if path.parent.name in ("html", "ssml", "odt"):
        text = re.sub(r"<(script|style)>.*?</\1>", " ", text, flags=re.DOTALL)
        return html.unescape(re.sub(r"<(?!!--)/?(?:b|u|i|em)>|<(?!!--)[^>]*>", " ", text))
    return text


def decode(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252")


def test_there_are_three_inputs_of_each_form() -> None:
    counts = Counter(path.parent.name for path in INPUTS)
    assert min(counts.values()) >= 3
    assert {path.parent.name for path in INPUTS} == FORMATS.keys()


@pytest.mark.parametrize("path", INPUTS, ids=ids)
def test_the_format_is_recognized_and_the_script_is_as_expected(path: Path) -> None:
    result = draft(path)
    assert OTHER_FORMATS.get(ids(path), FORMATS[path.parent.name]) in (result.document, result.format)
    assert body_of(result.script) == path.with_suffix(".yaml").read_text("utf-8")


@pytest.mark.parametrize("path", INPUTS, ids=ids)
def test_no_word_is_lost(path: Path) -> None:
    lost = words_of(visible_text(path)) - words_of(draft(path).script)
    marks = words_of(MARK_WORDS.get(path.parent.name, ""))
    if path.name in ("2-rolling.vtt", "4-youtube.vtt"):  # their captions repeat a line
        marks += words_of("Close your eyes hello everyone c")
    assert {word for word in lost if word not in marks} == set()


@pytest.mark.parametrize("path", INPUTS, ids=ids)
def test_the_script_can_be_planned(path: Path) -> None:
    script = load_script("draft.yaml", draft(path).script.encode())
    timeline_of(script.routine, measure=estimate_speech_length)


@pytest.mark.parametrize("name", ["srt/1-body-scan.srt", "lrc/1-breathing.lrc", "times/1-plain.txt"])
def test_every_text_starts_at_its_time(name: str) -> None:
    """The first time may be zero. Then the very first words wait a second, as in every session."""
    starts = {
        "srt/1-body-scan.srt": [3.5, 6.2, 40, 90],
        "lrc/1-breathing.lrc": [2, 8.5, 16, 32, 48],
        "times/1-plain.txt": [1, 30, 75, 120],
    }[name]
    script = load_script("draft.yaml", draft(FOLDER / name).script.encode())
    timeline = timeline_of(script.routine, measure=estimate_speech_length)
    assert [cue.start / 48_000 for cue in timeline.cues if cue.kind == "say"] == starts


def test_braces_in_a_text_are_not_placeholders() -> None:
    script = draft_script(b"1\n00:00:01,000 --> 00:00:04,000\nTurn {side} to {side}.\n", "a.srt").script
    assert "say: Turn (side) to (side)." in script


def test_another_format_can_be_chosen() -> None:
    result = draft_script(b"00:30 Close your eyes.\n01:00 Open them.\n", "a.txt", as_format="instructions")
    assert result.format == "instructions"
    assert "00:30 Close your eyes." in result.script


def test_an_unknown_format_is_rejected() -> None:
    with pytest.raises(VoiceguideError) as caught:
        draft_script(b"Sit.", "a.txt", as_format="docs")
    assert str(caught.value).startswith('"docs" is not an input format. Use one of: ')


def test_a_wrong_format_says_that_nothing_was_found() -> None:
    with pytest.raises(VoiceguideError) as caught:
        draft_script(b"Sit.", "a.txt", as_format="labels")
    assert str(caught.value) == "a.txt contains nothing to speak when read as Audacity labels. Choose another format."


def spoken(text: str | bytes, as_format: str = "") -> list[str]:
    """Return the speech of the draft of a text, which must load."""
    data = text.encode() if isinstance(text, str) else text
    script = load_script("draft.yaml", draft_script(data, "in", as_format=as_format).script.encode())
    timeline = timeline_of(script.routine, measure=estimate_speech_length)
    return [cue.text for cue in timeline.cues if cue.kind == "say"]


CUE = "1\n00:00:01,000 --> 00:00:04,000\n{}\n\n2\n00:00:04,000 --> 00:00:08,000\n{}\n\n"


@pytest.mark.parametrize(
    "text",
    [
        "٠٠:٣٠ Close your eyes.\n٠١:٠٠ Open them.\n",
        "Plank, 30 s, ²\nRest, 10 s, 3\nSit, ³ s, 1\n",
        "² x 20 s / 10 s\n٣ x ² / ٣\n",
        '<speak>The <say-as interpret-as="ordinal">²</say-as> time</speak>',
    ],
    ids=["clock", "table", "timer", "ssml"],
)
def test_digits_of_other_scripts(text: str) -> None:
    """The superscript ² counts as a digit, but is not a number. Arabic digits are numbers."""
    assert spoken(text)


def test_times_in_arabic_digits() -> None:
    script = draft_script("٠٠:٣٠ Close your eyes.\n٠١:٠٠ Open them.\n".encode(), "in").script
    assert "for: 31s" in script


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Close your eyes. Now rest.", "Now rest.", ["Close your eyes. Now rest.", "Now rest."]),
        ("Close your eyes.\nNow rest.", "Now rest.", ["Close your eyes. Now rest.", "Now rest."]),
        ("Now rest.", "Now rest.", ["Now rest."]),
    ],
    ids=["end", "last line", "whole"],
)
def test_only_a_whole_caption_is_repeated(first: str, second: str, expected: list[str]) -> None:
    assert spoken(CUE.format(first, second)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("| Pose | Work | Hold |\n|---|---|---|\n| Plank | 40 s | 10 s |\n", "Plank. hold 10 s – 40 s"),
        ("| Pose | Minutes | Seconds |\n|---|---|---|\n| Plank | 1 | 30 |\n", "Plank – 1 minutes 30 seconds"),
    ],
    ids=["two times", "two units"],
)
def test_every_time_in_a_row_is_kept(text: str, words: str) -> None:
    assert f"- {words}\n" in expand_tables(text)


INVISIBLE = "\x00 \x07 \x1f \x85 \u2028 \ufeff \ud83d \ufffe"


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"chapters": [{"startTime": 1, "title": f"Si{INVISIBLE}t"}, {"startTime": 9, "title": "Sit"}]}),
        json.dumps(
            {"title": INVISIBLE, "intervals": [{"name": f"Sit\x01{INVISIBLE}", "duration": 9}, {"name": "Sit"}]}
        ),
        CUE.format("<v A&#x85;>Sit&#x2028;down.", "<v A&#7;>Rest&#xfeff;.&#xd83d;"),
        "<speak>Sit&#x85;down <sub alias='&#x2028;om'>OM&#xfeff;</sub><sub alias='om'>OM</sub></speak>",
    ],
    ids=["chapters", "timer", "captions", "ssml"],
)
def test_invisible_characters_do_not_reach_the_script(text: str) -> None:
    """The YAML reader rejects them. Titles and voices that differ only in them must still be unique."""
    assert any("Sit" in line or "Si" in line for line in spoken(text))
    changes = draft_script(text.encode(), "in").changes
    assert changes["invisible characters", "nothing"] > 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Sit, 1 s\n" * 10_001, "The table has 10,001 rows. The limit is 10,000. Use a shorter table."),
        (
            json.dumps([{"name": "Sit", "duration": 1}] * 10_001),
            "in has 10,001 steps. The limit is 10,000. Use a shorter text.",
        ),
        (
            json.dumps([{"name": "Sit", "duration": 1}, json.loads('{"rounds": 90, "a": [' * 5 + "{}" + "]}" * 5)]),
            "There are more than 20,000 intervals and groups, counting repetitions. Repeat them less often.",
        ),
        (
            json.dumps({"rounds": 99, "all": [{"some": [{"name": "Sit", "duration": 1}]}, *["and rest"] * 2000]}),
            "There are more than 100,000 texts without a time, counting repetitions. Remove some.",
        ),
        (
            json.dumps([{"name": "Sit", "duration": 1}, json.loads("[" * 300 + "{}" + "]" * 300)]),
            "The groups of intervals are nested more than 12 deep. Use fewer groups.",
        ),
    ],
    ids=["rows", "intervals", "groups", "texts", "nesting"],
)
def test_too_much_is_said(text: str, message: str) -> None:
    with pytest.raises(VoiceguideError) as caught:
        draft_script(text.encode(), "in")
    assert str(caught.value) == message


def test_a_second_title_of_lyrics_becomes_a_comment() -> None:
    script = draft_script(b"[ti:Feet]\n[ti:Hands]\n[00:01.00]Sit.\n[00:09.00]Stand.\n", "in").script
    assert "title: Feet\n" in script
    assert "# from the text: [ti:Hands]" in script


def test_titles_over_titles_become_comments() -> None:
    chapters = [{"startTime": 0, "title": "One"}, {"startTime": 5, "title": "Two"}]
    script = draft_script(json.dumps({"chapters": chapters}).encode(), "in").script
    assert "stage: One" in script
    script = draft_script(b"# Day\n\n00:00 One.\n\n# Part\n\n# Section\n\n00:05 Two.\n\n# End\n", "in").script
    assert "from the text: Part" in script
    assert "from the text: End" in script


def test_a_section_that_captions_do_not_have_is_kept() -> None:
    """Its name was lost, and the summary did not count it."""
    text = next(path for path in INPUTS if path.suffix == ".ass").read_text("utf-8")
    found = draft_script(text.replace("[Events]", "[Notes for Anna]\n\n[Events]").encode(), "a.ass")
    assert "# from the text: [Notes for Anna]" in found.script


PAUSED = "Sit down. [pause 5s] Close your eyes. [pause 5s]\n\n{}\n"


@pytest.mark.parametrize(
    ("tag", "part"),
    [
        *[(tag, "in") for tag in ("inhale", "Slowly breathes in", "deep breath in", "in-breath", "Tief einatmen")],
        *[(tag, "out") for tag in ("exhale", "exhales slowly", "long breath out", "exhale again", "exhale lentement")],
        *[(tag, "whole") for tag in ("breath", "deep breath", "takes a deep breath", "slow breathing")],
        *[(tag, None) for tag in ("Breathing exercise", "Hold breath", "no breath", "breath work", "hold the inhale")],
    ],
)
def test_a_tag_is_a_breath_only_if_it_says_nothing_else(tag: str, part: str | None) -> None:
    """[Hold breath] became a breath, and its words were in no comment."""
    assert [found.part for found in find_breath_tags(f"Now [{tag}] go.")] == ([part] if part else [])
    script = draft_script(PAUSED.format(f"[{tag}] Go.").encode(), "in").script
    comment = f"# from the text: [{tag}]" if tag[0].islower() else f"({tag}) Go."
    assert (comment in script) == (part is None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Let your body *rest* now.", "Let your body rest now."),
        ("Sit in *silence* with me.", "Sit in silence with me."),
        ("Be (very quiet) now.", "Be (very quiet) now."),
    ],
)
def test_a_stressed_word_is_spoken(line: str, expected: str) -> None:
    """It was taken for a pause, and the sentence lost the word."""
    assert expected in spoken(PAUSED.format(line))


@pytest.mark.parametrize("line", ["Sit. *silence* Go.", "Sit (pause) and go.", "(quiet)", "Sit *pause* and go."])
def test_a_pause_between_sentences_needs_no_length(line: str) -> None:
    assert len(find_pause_marks(line)) == 1


@pytest.mark.parametrize("tag", ["<break dance>", "<pause for thought/>", "<break of 3 plates>"])
def test_a_tag_with_other_words_is_no_pause(tag: str) -> None:
    script = draft_script(PAUSED.format(f"Go {tag} on.").encode(), "in").script
    assert f"# from the text: Go {tag} on." in script


@pytest.mark.parametrize(
    "tag", ["<break/>", "<break />", "</pause>", '<break strength="weak"/>', "<pause: 3>", "<pause for 3 seconds>"]
)
def test_a_tag_without_other_words_is_a_pause(tag: str) -> None:
    assert len(find_pause_marks(tag)) == 1


def test_a_comment_in_a_substation_caption_is_preserved() -> None:
    text = next(path for path in INPUTS if path.suffix == ".ass").read_text("utf-8")
    line = r"Dialogue: 0,0:59:00.00,0:59:04.00,Default,,0,0,0,,{\i1}Stretch{\i0} once more.{as slow as you can}"
    script = draft_script(f"{text.rstrip()}\n{line}\n".encode(), "a.ass").script
    assert "Stretch once more." in script
    assert "# from the text: as slow as you can" in script


if __name__ == "__main__":
    for found in INPUTS:
        found.with_suffix(".yaml").write_text(body_of(draft(found).script), "utf-8")
