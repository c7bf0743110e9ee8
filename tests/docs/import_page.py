"""Generate docs/import.md: every input format with an example, and the script that is made of it.

The examples are the first inputs in the folders of tests/data/imports. After changing a format, run
`python -m tests.drafting.test_input_formats`, then `python -m tests.docs.import_page`.
"""

from __future__ import annotations

import re
from pathlib import Path

from voiceguide.drafting import draft_script
from voiceguide.drafting.source_text import read_document

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "import.md"
FOLDER = ROOT / "tests" / "data" / "imports"

HEAD = """\
# Import

`voiceguide new FILE --text SOURCE` creates a script from what you already have. The format is recognized by the
content, not by the file name. `--as FORMAT` selects a different format.

Nothing is lost without notice. Text that is not spoken becomes a comment in the same place, `# from the text: ...`. The
command prints how many parts of each kind were found, and what they were converted to. `--json` prints the same as
JSON. Lines with
`# check:` are guesses to review.

This page is generated from the tests by `python -m tests.docs.import_page`.

| `--as` | what it reads |
|---|---|
"""
SECTIONS: dict[str, tuple[str, str]] = {
    "pauses": (
        "Text with pauses",
        "Text to be spoken in full, with marks for the pauses. All common marks are recognized: in square, round, "
        'curly or angle brackets, between asterisks, slashes or dashes, and as a sentence such as "Pause for ten '
        'seconds."; in seconds, milliseconds, minutes or words. This includes the marks of Balabolka, ElevenLabs, '
        "Azure, macOS, Acapela and SSMD. A line that consists of dots is a pause of three seconds. A mark in the "
        "middle of a sentence stays in the sentence. Tags such as [inhale], [exhales slowly] and [breath] become the "
        "sound of a breath. A tag with any other word is not a breath: [hold breath] becomes a comment.",
    ),
    "speakers": (
        "Speakers",
        "If lines start with names, each speaker gets a voice. Choose the voices under `voices`.",
    ),
    "phrases": ("Phrases with seconds", "The phrase files of audio-program-generator: `phrase; seconds`."),
    "ssml": (
        "SSML",
        "Breaks become pauses, and the rate becomes the pace. `sub` and `phoneme` become entries in `words`, and "
        "each `voice` becomes a voice. "
        "`say-as` is written out. Elements without an equivalent, such as pitch, marks and sounds, become comments.",
    ),
    "times": (
        "Lines with times",
        "If each line starts with a time, its step starts at that time. The times must be in ascending order. A "
        "list of chapters from a video description works, too.",
    ),
    "srt": (
        "SubRip captions",
        "Each caption is spoken at the time given for it. Captions that are parts of one sentence are joined. "
        "Sounds in brackets "
        "and music become comments.",
    ),
    "vtt": ("WebVTT captions", "As above. Notes, styles and caption names become comments. Speakers get voices."),
    "ass": ("SubStation Alpha captions", "As above. Styles, comments and formatting are not spoken."),
    "lrc": (
        "LRC lyrics",
        "Each line is spoken at the time given for it. `[offset:]` is applied. "
        "The times of individual words are removed.",
    ),
    "labels": (
        "Audacity labels",
        "Each label is spoken at its start time. A label without text ends the previous label.",
    ),
    "instructions": (
        "Instructions and Markdown",
        "Lists, tables, headings and paragraphs, with times, sets, rounds and breaths, as described in the "
        '[tutorial](tutorial.md). Lengths can be fractions, as in "three quarters of an hour", or use signs, as in '
        "`1'30\"` and `1:30`. A length is marked with `# check:` if the words next to it could change its meaning, and "
        '`1:30` also if it could be a time of day. "Repeat for 5 minutes" repeats the stage. Totals in tables become '
        "comments.",
    ),
    "timer": (
        "Timer lists",
        "Lists of short names with their times. `8 x 20 s / 10 s` becomes a repeated stage. An "
        "interval for each side becomes two steps.",
    ),
    "timer-json": (
        "Timer files",
        "The JSON files of timer apps: objects with a name and a length, in groups that are repeated. The names of the "
        "keys may differ. Lengths are in seconds unless the key says otherwise.",
    ),
    "csv": (
        "Tables",
        "Tables with commas, semicolons or tabs between the cells. The columns are recognized by their names: time, "
        "rest, sets, repetitions, exercise and notes. Other columns become comments.",
    ),
    "chapters": (
        "Chapters",
        "Podcast chapters, and the chapters that `ffprobe -show_chapters -of json` prints. Each chapter becomes a "
        "stage.",
    ),
}
DOCUMENTS = {
    "pdf": (
        "Text from PDF files",
        "Save the text of a PDF file with `pdftotext` or from your viewer. Divided words are joined. Page numbers and "
        "running titles are comments.",
    ),
    "html": (
        "HTML",
        "The text of a page, with its headings, lists and tables. Navigation, footers, comments and images are "
        "comments in the script. Save the page from your browser, as HTML only.",
    ),
    "docx": (
        "Word documents (.docx)",
        "Headings, lists and tables are recognized by their styles. Reviewers' comments, notes, deleted text, headers "
        "and footers are comments.",
    ),
    "odt": ("OpenDocument texts (.odt, .fodt)", "As above."),
}
ROWS = {
    "narration": "text with pauses or speakers",
    "phrases": "`phrase; seconds`",
    "times": "lines that start with a time",
    "srt": "SubRip captions, and YouTube's SBV",
    "ass": "SubStation Alpha captions",
    "vtt": "WebVTT captions",
    "lrc": "LRC lyrics",
    "labels": "Audacity labels",
    "chapters": "chapters as JSON",
    "ssml": "SSML",
    "timer": "lists of intervals",
    "timer-json": "intervals as JSON",
    "csv": "tables with times",
    "html": "HTML. Whether its text consists of captions or instructions is detected as for plain text",
    "docx": "Word documents, read in the same way",
    "odt": "OpenDocument text files, read in the same way",
    "instructions": "everything else: plain instructions, as described in the [tutorial](tutorial.md)",
}


RECORDINGS = """
## Recordings

`voiceguide new FILE --audio RECORDING` cuts a recording, such as that of a teacher, at its pauses of 1.5 seconds or
more. Each part becomes a step with `audio:`, and each pause a `pause:`, so that every part starts at the same time as
in the recording. The parts are FLAC files in a folder named after the script. The chapters of the recording become
stages. Add `say:` to a step to give it a caption, and change the pauses as you like.
"""


def import_page() -> str:
    """Return the page."""
    table = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in ROWS.items())
    return (
        HEAD
        + table
        + "".join(_section(folder, *texts) for folder, texts in {**SECTIONS, **DOCUMENTS}.items())
        + RECORDINGS
    )


def _section(folder: str, title: str, about: str) -> str:
    path = min(path for path in (FOLDER / folder).iterdir() if path.suffix != ".yaml")
    data = path.read_bytes()
    name = re.sub(r"^\d+-", "", path.name)
    script = draft_script(data, name).script
    stages = script[script.index("stages:") :]
    if voices := re.search(r"^voices:.*\n(?:  .*\n)+", script, re.MULTILINE):
        stages = f"{voices[0]}{stages}"
    stem = Path(name).stem
    shown = _show_text(data) if data.startswith(b"PK") else data.decode("utf-8")
    command = "" if data.startswith(b"PK") else f"```\nvoiceguide new {stem}.yaml --text {name}\n```\n\n"
    fence = "text" if data.startswith(b"PK") else f"text {name}"
    return f"\n## {title}\n\n{about}\n\n```{fence}\n{shown}```\n\n{command}```yaml\n{stages}```\n"


def _show_text(data: bytes) -> str:
    """Return the text of a document as it looks on paper, without its markup."""
    document, _ = read_document(data, "document")
    return document.text


if __name__ == "__main__":
    PAGE.write_text(import_page(), "utf-8")
