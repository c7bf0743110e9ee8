"""Text that is spoken in full and contains pause marks or the names of speakers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from voiceguide.drafting.formats.breath_tags import BreathTag, find_breath_tags
from voiceguide.drafting.formats.reading_result import (
    Breath,
    Changes,
    Entry,
    Format,
    Heading,
    Reading,
    Remark,
    Silence,
    Speech,
)
from voiceguide.drafting.text.durations import parse_pause_sentence
from voiceguide.drafting.text.pause_marks import PauseMark, find_pause_marks
from voiceguide.drafting.text.plain_text import lost_words, strip_markup
from voiceguide.drafting.text.sentences import has_words, split_into_sentences
from voiceguide.drafting.text.vocabulary import NEEDS_LINE, SAFETY_LINE

__all__ = ["NARRATION"]

MIN_MARKS = 2
_MAX_TITLE_WORDS = 9
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}\s+(?P<text>.*?)[\s#]*")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•◦▪●‣·–—]\s+\w|\(?\d{1,3}[.):]\)?\s)")
_LABEL = re.compile(
    r"[ \t]*(?:\*\*|__)?(?P<name>[^\W\d_][\w.'’-]{0,20}(?:[ ][\w.'’-]{1,20}){0,2})(?:\*\*|__)?[ \t]*"
    r"(?:[(\[](?P<manner>[^()\[\]\n]{1,60})[)\]])?[ \t]*:(?:\*\*|__)?(?:[ \t]+|$)(?P<text>.*)"
)
_NOT_A_NAME = re.compile(
    r"(?:step|part|stage|day|week|set|round|exercise|chapter|section|note|notes|tip|tips|title|time|duration|length|total|"
    r"goal|level|focus|benefits?|position|instructions?|optional|repeat|reps|equipment|example|music|sound|sfx|fx|http|https)"
    r"(?:\b.*)?",
    re.IGNORECASE,
)
_DIRECTION = re.compile(r"[ \t]*(?:\[[^\[\]]*\]|\([^()]*\)|<[^<>]*>)[ \t.]*")
_MANNER = re.compile(r"[(\[](?!\s*(?:pause|silence))[^()\[\]\d]{1,60}[)\]]\s*(?=\S)", re.IGNORECASE)
_INLINE_TAG = re.compile(r"\[[a-z][a-z ,'’-]{1,30}\](?!\()")
"""A tag such as "[exhales]", which some voices act out."""
_CUE_LINE = re.compile(r"[ \t]*(?P<name>[A-Z][A-Z0-9 .'-]{1,24}?)[ \t]*(?:\((?P<manner>[^()]*)\))?[ \t]*")
"""A name on its own line, as in a screenplay."""
_COMMENT = re.compile(r"[ \t]*<!--(?P<text>.*?)-->[ \t]*")
_RULE = re.compile(r"[ \t]*([-*_=~])(?:[ \t]*\1){2,}[ \t]*")


def _is_narration(text: str) -> bool:
    lines = text.split("\n")
    if _find_speakers(lines):
        return True
    if any(_LIST_ITEM.match(line) for line in lines):
        return False
    marks = 0
    numbers_count = _numbers_are_pauses(text)
    for line in lines:
        found = len(find_pause_marks(line, numbers_count)) + len(find_breath_tags(line))
        marks += found or sum(parse_pause_sentence(sentence) is not None for sentence in split_into_sentences(line))
        if marks >= MIN_MARKS:
            return True
    return False


def _numbers_are_pauses(text: str) -> bool:
    """Return whether numbers in square brackets are pauses rather than footnotes, which are numbered from 1."""
    numbers = [int(number) for number in re.findall(r"\[(\d{1,3})\]", text)]
    is_counted = set(numbers) == set(range(1, max(numbers, default=0) + 1))
    is_round = all(number <= 10 or number % 5 == 0 for number in numbers)
    return (bool(numbers) and not is_counted and is_round) or re.search(
        r"^\[\d{1,3}\]\s*$", text, re.MULTILINE
    ) is not None


def _find_speakers(lines: list[str]) -> set[str]:
    """Return the names of the speakers, which appear before a colon or on their own lines. The set can be empty."""
    found: Counter[str] = Counter()
    bold: set[str] = set()
    for line in lines:
        label = _LABEL.fullmatch(line)
        if label and not _NOT_A_NAME.fullmatch(label["name"]) and not _is_known_label(line):
            found[label["name"]] += 1
            if line.lstrip().startswith(("**", "__")):
                bold.add(label["name"])
    cues = Counter(
        match["name"]
        for line, following in pairwise(lines)
        if (match := _CUE_LINE.fullmatch(line)) and has_words(following) and not following.isupper()
    )
    if cues and max(cues.values()) > 1 and len(cues) > 1:
        return set(cues)
    speakers = {name for name, count in found.items() if count > 1 or name.isupper()}
    labelled = sum(found[name] for name in speakers)
    if labelled >= 2 and bold & speakers:
        speakers |= bold
    content = sum(1 for line in lines if has_words(line))
    return speakers if labelled >= 2 and 3 * labelled >= content else set()


def _is_known_label(line: str) -> bool:
    return bool(SAFETY_LINE.fullmatch(line.strip()) or NEEDS_LINE.fullmatch(line.strip()))


def _read(text: str) -> Reading:
    changes: Changes = Counter()
    reader = _Reader(text, changes)
    return Reading(tuple(reader.iter_entries()), reader.title, changes=changes, keeps_quiet=True)


class _Reader:
    """Reads a text line by line, joining the lines of a paragraph."""

    def __init__(self, text: str, changes: Changes) -> None:
        self.title = ""
        self._lines = text.split("\n")
        self._speakers = _find_speakers(self._lines)
        self._numbers_count = _numbers_are_pauses(text)
        self._changes = changes
        self._speaker = ""
        self._paragraph: list[str] = []

    def iter_entries(self) -> Iterator[Entry]:
        for index, line in enumerate(self._lines):
            if not line.strip():
                yield from self._flush()
            elif comment := _COMMENT.fullmatch(line):
                yield from self._flush()
                yield from self._remark(comment["text"])
            elif (heading := _HEADING.fullmatch(line)) or self._is_title(index, line):
                yield from self._flush()
                yield from self._heading(heading["text"] if heading else line)
            elif (label := _LABEL.fullmatch(line)) and label["name"] in self._speakers:
                yield from self._flush()
                yield from self._label(label)
            elif (cue := _CUE_LINE.fullmatch(line)) and cue["name"] in self._speakers:
                yield from self._flush()
                yield from self._cue_line(cue)
            elif _RULE.fullmatch(line):
                yield from self._flush()
            else:
                self._paragraph.append(line.strip())
        yield from self._flush()

    def _is_title(self, index: int, line: str) -> bool:
        """Return whether a line is a title.

        A title is the first line or is in capitals, and does not end like a sentence.
        """
        if (cue := _CUE_LINE.fullmatch(line)) and cue["name"] in self._speakers:
            return False
        line = line.strip()
        if self._paragraph or len(line.split()) > _MAX_TITLE_WORDS or not has_words(line) or line[-1] in ".!?…,;:\"')]":
            return False
        rest = self._lines[index + 1 :]
        following = next((other for other in rest if other.strip()), "")
        if not following or self._starts_with_pause(following) or find_pause_marks(line):
            return False
        is_first = not any(map(str.strip, self._lines[:index])) and bool(rest) and not rest[0].strip()
        return is_first or (line.isupper() and len(line) > 3)

    def _starts_with_pause(self, line: str) -> bool:
        marks = find_pause_marks(line.strip(), self._numbers_count)
        return bool(marks) and marks[0].start == 0

    def _heading(self, text: str) -> Iterator[Entry]:
        text = strip_markup(text)
        self.title = self.title or text
        self._changes["headings", "stages"] += 1
        yield Heading(text)

    def _cue_line(self, cue: re.Match[str]) -> Iterator[Entry]:
        self._speaker = cue["name"].title()
        self._changes["speaker names", "voices"] += 1
        yield from self._remark(cue["manner"] or "")

    def _label(self, label: re.Match[str]) -> Iterator[Entry]:
        self._speaker = label["name"].title() if label["name"].isupper() else label["name"]
        self._changes["speaker names", "voices"] += 1
        if label["manner"]:
            yield from self._remark(label["manner"])
        spoken = label["text"].strip()
        if manner := _MANNER.match(spoken):
            yield from self._remark(manner[0])
            spoken = spoken[manner.end() :]
        if spoken:
            self._paragraph.append(spoken)

    def _flush(self) -> Iterator[Entry]:
        """Yield the speech and the pauses of the paragraph that ends here."""
        lines, self._paragraph = self._paragraph, []
        pending: list[str] = []
        for line in lines:
            pauses = find_pause_marks(line, self._numbers_count)
            marks: list[PauseMark | BreathTag] = [*pauses, *find_breath_tags(line)]
            marks.sort(key=lambda mark: mark.start)
            if not marks and _DIRECTION.fullmatch(line) and not parse_pause_sentence(line):
                yield from self._speech(" ".join(pending))
                pending = []
                yield from self._remark(line)
                continue
            position = 0
            for mark in marks:
                pending.append(line[position : mark.start])
                yield from self._speech(" ".join(pending))
                pending = []
                if isinstance(mark, BreathTag):
                    self._changes["breath tags", "breaths"] += 1
                    yield Breath(mark.part)
                else:
                    self._changes["pause marks", "pauses"] += 1
                    is_inline = has_words(line[position : mark.start]) and has_words(line[mark.end :])
                    yield Silence(mark.seconds, is_inline, mark.doubt)
                position = mark.end
            pending.append(line[position:])
        yield from self._speech(" ".join(pending))

    def _speech(self, text: str) -> Iterator[Entry]:
        """Yield the sentences of a text. A sentence such as "Pause for ten seconds." is a pause."""
        if not has_words(text):
            return
        for tag in _INLINE_TAG.findall(text):
            yield from self._remark(tag)
        text = _INLINE_TAG.sub(" ", text)
        plain = strip_markup(text)
        if lost := lost_words(text, plain):
            yield from self._remark(lost)
        spoken: list[str] = []
        for sentence in split_into_sentences(plain):
            pause = parse_pause_sentence(sentence)
            if pause is None:
                spoken.append(sentence)
                continue
            if spoken:
                yield Speech(" ".join(spoken), speaker=self._speaker)
            spoken = []
            self._changes["pause sentences", "pauses"] += 1
            yield Silence(pause.seconds, doubt=pause.doubt)
        if spoken:
            yield Speech(" ".join(spoken), speaker=self._speaker)

    def _remark(self, text: str) -> Iterator[Entry]:
        if has_words(text):
            self._changes["other marks", "comments"] += 1
            yield Remark(text.strip())


NARRATION = Format("narration", "text with pauses", _is_narration, _read)
