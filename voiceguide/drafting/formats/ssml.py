"""SSML, as defined by the W3C and as documented for Amazon Polly, Google and Azure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from voiceguide.builtin_names import MAX_PACE, MIN_PACE
from voiceguide.drafting.formats.reading_result import Changes, Entry, Format, Reading, Remark, Silence, Speech
from voiceguide.drafting.formats.xml_tree import Element, XmlError, parse_xml
from voiceguide.drafting.text.pause_marks import BREAK_STRENGTH_S, parse_time_attribute
from voiceguide.drafting.text.sentences import has_words
from voiceguide.errors import VoiceguideError
from voiceguide.languages.model import NON_LATIN_FULL_STOPS

__all__ = ["SSML"]

_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
_START = re.compile(
    r"(?:\s|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->|<!DOCTYPE[^\[>]*(?:\[[^\]]*\]\s*)?>)*<(?:\w+:)?speak[\s/>]",
    re.DOTALL | re.IGNORECASE,
)
_SENTENCE_END = re.compile(rf"[.!?…:;{NON_LATIN_FULL_STOPS}][\"')\]]*$")
_ORDINAL_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_BLOCKS = {"speak", "p", "paragraph", "par", "seq", "media"}
_NOT_SPOKEN = {"metadata", "meta", "lexicon", "desc", "title"}
_PLAIN = {"speak", "p", "paragraph", "s", "sentence", "par", "seq"}
"""Elements that only group their contents."""
_SPELLED_OUT = {"characters", "character", "spell-out", "spellout", "verbatim", "digits", "letters"}


def _is_ssml(text: str) -> bool:
    return _START.match(text[:20_000]) is not None


def _read(text: str) -> Reading:
    try:
        root = parse_xml(text.strip())
    except XmlError as error:
        raise VoiceguideError(f"This is not valid SSML: {error}. Correct it.") from error
    if ":" in root.name:
        _strip_prefix(root, root.name.partition(":")[0] + ":")
    reader = _Reader()
    entries = [*reader.read(root, _Style()), *reader.flush()]
    return Reading(tuple(entries), "", root.attributes.get("lang", ""), reader.changes, reader.words, keeps_quiet=True)


def _strip_prefix(element: Element, prefix: str) -> None:
    element.name = element.name.removeprefix(prefix)
    for part in element.content:
        if isinstance(part, Element):
            _strip_prefix(part, prefix)


@dataclass(frozen=True)
class _Style:
    """The speaker and the pace."""

    speaker: str = ""
    pace: float = 1.0


class _Reader:
    """Walks through the elements and collects text until the next pause, paragraph or change of style."""

    def __init__(self) -> None:
        self.changes: Changes = Counter()
        self.words: dict[str, str] = {}
        self._text = ""
        self._style = _Style()
        self._remarks: list[Entry] = []

    def read(self, element: Element, style: _Style) -> Iterator[Entry]:
        """Yield the entries that an element contains."""
        inner = style
        if element.name in _BLOCKS:
            yield from self.flush()
        elif element.name == "audio":
            self._text += " "
        if element.name == "prosody":
            inner = self._read_prosody(element, style)
        elif element.name == "voice":
            inner = self._read_voice(element, style)
        elif element.name not in _PLAIN:
            self._remark(_start_tag(element), element.name)
        for part in element.content:
            yield from self._read_text(part, inner) if isinstance(part, str) else self._read_part(part, inner)
        if element.name in ("s", "sentence") and self._text.strip() and not _SENTENCE_END.search(self._text.strip()):
            self._text = f"{self._text.rstrip()}. "
        if element.name in _BLOCKS:
            yield from self.flush()

    def flush(self) -> Iterator[Entry]:
        """Yield the collected remarks and the collected text."""
        text, self._text = " ".join(self._text.split()), ""
        remarks, self._remarks = self._remarks, []
        yield from remarks
        if has_words(text):
            yield Speech(text, speaker=self._style.speaker, pace=self._style.pace)

    def _read_text(self, text: str, style: _Style) -> Iterator[Entry]:
        if has_words(text) and style != self._style:
            yield from self.flush()
            self._style = style
        self._text += text

    def _read_part(self, element: Element, style: _Style) -> Iterator[Entry]:
        if element.name in ("break", "silence", "mstts:silence"):
            yield from self._read_break(element)
        elif element.name == "mark":
            self._remark(f"mark: {element.attributes.get('name', '')}", "marks")
        elif element.name == "!":
            self._remark("".join(map(str, element.content)), "comments")
        elif element.name in _NOT_SPOKEN:
            self._remark(f"{_start_tag(element)} {' '.join(element.text.split())}", element.name)
        elif element.name == "sub":
            yield from self._read_text(self._read_sub(element), style)
        elif element.name == "phoneme":
            yield from self._read_text(self._read_phoneme(element), style)
        elif element.name == "say-as":
            yield from self._read_text(self._read_say_as(element), style)
        else:
            yield from self.read(element, style)

    def _read_break(self, element: Element) -> Iterator[Entry]:
        """Yield a pause. A break that has neither a time nor a strength is of medium strength."""
        written = element.attributes.get("time") or element.attributes.get("msec") or element.attributes.get("value")
        unit_s = 0.001 if "msec" in element.attributes else 1
        seconds = parse_time_attribute(written, unit_s) if written else None
        if element.attributes.get("type", "").lower().startswith("sentenceboundary"):
            self._remark(_start_tag(element), "silences between sentences")
            return
        if seconds is None:
            strength = element.attributes.get("strength", "medium").lower()
            seconds = BREAK_STRENGTH_S.get(strength, BREAK_STRENGTH_S["medium"])
            if written:
                self._remark(_start_tag(element), "breaks with other times")
        is_inline = has_words(self._text)
        yield from self.flush()
        self.changes["breaks", "pauses"] += 1
        yield Silence(seconds, is_inline)

    def _read_prosody(self, element: Element, style: _Style) -> _Style:
        """Return the style with its pace set by a `prosody` element. Pitch and volume become remarks."""
        rate = _parse_rate(element.attributes.get("rate", ""))
        others = set(element.attributes) - {"rate"}
        if rate is None or others:
            self._remark(_start_tag(element), "prosody")
        if rate is None:
            return style
        pace = min(max(round(style.pace * rate, 2), MIN_PACE), MAX_PACE)
        self.changes["prosody rate", "pace"] += 1
        return replace(style, pace=pace)

    def _read_voice(self, element: Element, style: _Style) -> _Style:
        name = element.attributes.get("name", "").split()[:1] or [
            " ".join(filter(None, (element.attributes.get(key, "") for key in ("lang", "gender", "age", "variant"))))
        ]
        if not has_words(name[0]):
            self._remark(_start_tag(element), "voice")
            return style
        if set(element.attributes) - {"name", "lang", "gender", "age", "variant"}:
            self._remark(_start_tag(element), "voice")
        self.changes["voice elements", "voices"] += 1
        return replace(style, speaker=name[0])

    def _read_sub(self, element: Element) -> str:
        """Return the text of a `sub` element and add its alias to `words`.

        If `words` already contains a different pronunciation, return the alias instead.
        """
        written, alias = " ".join(element.text.split()), " ".join(element.attributes.get("alias", "").split())
        return self._pronounce(written, alias, _start_tag(element), "sub")

    def _read_phoneme(self, element: Element) -> str:
        written = " ".join(element.text.split())
        phonemes = element.attributes.get("ph", "").strip().strip("/")
        if element.attributes.get("alphabet", "ipa").lower() != "ipa" or not phonemes or "/" in phonemes:
            self._remark(_start_tag(element), "phonemes in other alphabets")
            return written
        return self._pronounce(written, f"/{phonemes}/", _start_tag(element), "phonemes")

    def _pronounce(self, written: str, spoken: str, tag: str, kind: str) -> str:
        """Add the pronunciation of a word to `words`. If the word has several pronunciations, the first one is kept."""
        is_new = self.words.setdefault(written, spoken) == spoken
        if has_words(written) and has_words(spoken) and is_new:
            self.changes[kind, "words"] += 1
            return written
        if self.words.get(written) == spoken:
            del self.words[written]
        self._remark(f"{tag} {written}", kind)
        return spoken if kind == "sub" and has_words(spoken) else written

    def _read_say_as(self, element: Element) -> str:
        """Return the text of a `say-as` element, spelled the way it should be read."""
        text = " ".join(element.text.split())
        kind = element.attributes.get("interpret-as", element.attributes.get("type", "")).lower()
        kind = kind.removeprefix("vxml:")
        self.changes[f"say-as {kind}".strip(), "text"] += 1
        if kind in _SPELLED_OUT:
            return " ".join(character for character in text if not character.isspace())
        if kind == "ordinal" and text.isdecimal() and len(text) < 10:
            number = int(text)
            ending = "th" if number % 100 in (11, 12, 13) else _ORDINAL_ENDINGS.get(number % 10, "th")
            return f"{text}{ending}"
        if kind in ("expletive", "bleep", "interjection"):
            self._remark(_start_tag(element), "say-as")
        return text

    def _remark(self, text: str, kind: str) -> None:
        if has_words(text):
            self.changes[kind, "comments"] += 1
            self._remarks.append(Remark(" ".join(text.split())))


def _parse_rate(rate: str) -> float | None:
    """Return a rate as a factor. `+20%` means 1.2 times the normal rate, and `80%` means 0.8 times the normal rate."""
    rate = rate.strip().lower()
    if rate in _RATES:
        return _RATES[rate]
    match = re.fullmatch(r"([+-]?)(\d{1,4}(?:\.\d{1,4})?)(%?)", rate)
    if match is None:
        return None
    sign, value, percent = match[1], float(match[2]), match[3]
    if percent:
        factor = 1 + value / 100 if sign == "+" else 1 - value / 100 if sign == "-" else value / 100
    else:
        factor = value if not sign else 0.0
    return factor if factor > 0 else None


def _start_tag(element: Element) -> str:
    attributes = "".join(f' {name}="{value}"' for name, value in element.attributes.items())
    return f"<{element.name}{attributes}>"


SSML = Format("ssml", "SSML", _is_ssml, _read, needs_whole_lines=True)
