"""Find the marks that people and programs use for pauses: `[pause 5s]`, `<break time="2s"/>`, `—— 2 min ——`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voiceguide.drafting.text.durations import MOMENT_S, find_durations

__all__ = ["BREAK_STRENGTH_S", "PauseMark", "bracket_pause_marks", "find_pause_marks", "parse_time_attribute"]

MAX_PAUSE_S = 3600
ELLIPSIS_LINE_S = 3
"""The length of the pause that a line of dots stands for."""
BREAK_STRENGTH_S = {"none": 0.0, "x-weak": 0.25, "weak": 0.5, "medium": 0.75, "strong": 1.0, "x-strong": 1.25}
"""The lengths of breaks that specify only a strength, as documented for Azure.

SSML leaves these lengths to the voice.
"""

_NUMBER = r"\d{1,7}(?:[.,]\d{1,3})?"
_PAUSE_WORD = r"(?:pause|pausa|silence|silencio|stille|break|slnc|pau|sil|wait|quiet|rest)"
_ADJECTIVES = r"(?:(?:and|a|an|one|very|short|brief|long|little|deep|kurze|lange|corta|larga|courte|longue)\s+)*"
_UNIT = (
    r"(?:ms|msecs?|milliseconds?|s|secs?|seconds?|sekunden?|sek|seg|segundos?|secondes?"
    r"|m|mins?|minutes?|minuten|minutos?)"
)
_BRACKETED = re.compile(
    r"\[\[(?P<a>[^\[\]\n]{1,60})\]\]|\[(?P<b>[^\[\]\n]{1,60})\]|\{\{(?P<c>[^{}\n]{1,60})\}\}|\{(?P<d>[^{}\n]{1,60})\}"
    r"|\((?P<e>[^()\n]{1,60})\)|(?<![\w*])\*{1,2}(?P<f>[^*\n]{1,60})\*{1,2}(?!\w)|<(?P<g>[^<>\n]{1,120})>"
    r"|\\(?P<h>pau=\d{1,6})\\|//(?P<i>[^/\n]{1,60})//"
)
_SSMD = re.compile(rf"(?<!\.)\.\.\.\s?(?P<value>{_NUMBER})\s?(?P<unit>ms|s|m)\b")
_TAG = re.compile(r"/?\s*(?:break|silence|pause|mstts:silence)\b(?P<attributes>.*)", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(rf"(?:(?P<name>[\w:-]+)\s*=\s*)?[\"']?(?P<value>{_NUMBER})\s*(?P<unit>{_UNIT})?(?![\w.])", re.I)
_ANY_ATTRIBUTE = re.compile(r"[\w:-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'/]+)")
_TAG_WORDS = re.compile(r"\b(?:for|of|de|von)\b", re.IGNORECASE)
"""The words that can stand in a tag besides its attributes."""
_STRENGTH = re.compile(r"strength\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_CONTENT = re.compile(
    rf"{_ADJECTIVES}(?:(?P<word>{_PAUSE_WORD})\b\s*(?:here\s*)?[:=,–—-]?\s*(?:for|of|de|von|während|durante|pendant)?\s*)"
    rf"(?P<rest>.*)",
    re.IGNORECASE,
)
_CONTENT_TIME_FIRST = re.compile(rf"(?P<rest>.+?)[\s-]*(?:of\s+|de\s+)?(?P<word>{_PAUSE_WORD})", re.IGNORECASE)
_BARE_TIME = re.compile(rf"(?P<value>{_NUMBER})\s*(?P<unit>{_UNIT})?\.?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)")
_RULED_LINE = re.compile(
    r"[ \t]*(?P<left>[-–—_~=.…·•*]*)[ \t]*(?P<inside>[^\W_][^\n]{0,50}?)[ \t]*(?P<right>[-–—_~=.…·•*]*)[ \t]*"
)
_ELLIPSIS_LINE = re.compile(r"[ \t]*(?:(?:\.{3,}|…|\. \. \.)[ \t]*)+")
_CLEAR_WORD = re.compile(r"\b(?:pause|pausa|slnc|pau|sil)\b", re.IGNORECASE)
"""The words that stand for a pause even in the middle of a sentence. A stressed "rest" or "silence" is spoken."""
_OPEN_START = re.compile(r"[^\s.!?…:;,–—-]\s*$")
_OPEN_END = re.compile(r"\s*[^\W\dA-ZÀ-Þ_]")
_UNUSUAL_MARK = re.compile(r"\s*(?:<|\{|\[\[|\\|//|[-–—~=]{2})")
"""The start of a mark that only narration has. Instructions have pauses in brackets."""
_UNKNOWN_LENGTH = "the text does not say how long"


@dataclass(frozen=True)
class PauseMark:
    """A pause mark and the characters it spans."""

    start: int
    end: int
    seconds: float
    doubt: str = ""
    """What the user should check if the mark does not give the length."""


def find_pause_marks(line: str, numbers_count: bool = True) -> list[PauseMark]:
    """Return the pause marks in a line, in order.

    If a line contains only a time between dashes, the whole line is a mark.

    `numbers_count` tells whether bare numbers in square brackets are pauses. In a text with footnotes, they are not.
    """
    if whole := _parse_line(line):
        return [whole]
    marks = []
    for match in _BRACKETED.finditer(line):
        alone = not (line[: match.start()] + line[match.end() :]).strip(" \t.*_-")
        found = None if _is_stressed_word(match) else _parse_bracketed(match, alone, numbers_count)
        if found is not None:
            marks.append(PauseMark(*match.span(), *found))
    for match in _SSMD.finditer(line):
        seconds = _to_seconds(match["value"], match["unit"], 1)
        if not any(mark.start < match.end() and match.start() < mark.end for mark in marks):
            marks.append(PauseMark(*match.span(), seconds))
    return sorted((mark for mark in marks if mark.seconds <= MAX_PAUSE_S), key=lambda mark: mark.start)


def bracket_pause_marks(text: str) -> str:
    """Return instructions with every mark of a program, such as `<break time="3s"/>`, in the form `(pause 3s)`.

    A time between dashes becomes such a mark too. Otherwise, it would be a heading.
    """
    return "\n".join(map(_bracket_marks_of_line, text.split("\n")))


def _bracket_marks_of_line(line: str) -> str:
    for mark in reversed(find_pause_marks(line)):
        if not mark.doubt and mark.seconds and _UNUSUAL_MARK.match(line[mark.start : mark.end]):
            line = f"{line[: mark.start]}(pause {round(mark.seconds, 3):g}s){line[mark.end :]}"
    return line


def parse_time_attribute(value: str, default_unit_s: float = 1) -> float | None:
    """Convert an attribute such as `500ms`, `+2.5s` or `3` to seconds, or return None if it is not a time."""
    match = re.fullmatch(rf"\+?({_NUMBER}|\.\d{{1,3}})\s*(ms|s)?", value.strip(), re.IGNORECASE)
    return _to_seconds(match[1], match[2] or "", default_unit_s) if match else None


def _parse_line(line: str) -> PauseMark | None:
    """Return the pause that a whole line stands for: `—— 2 minutes ——`, `10 second pause`, `...`."""
    if _ELLIPSIS_LINE.fullmatch(line):
        return PauseMark(0, len(line), ELLIPSIS_LINE_S, _UNKNOWN_LENGTH)
    ruled = _RULED_LINE.fullmatch(line)
    if ruled is None or (not (ruled["left"] + ruled["right"]).strip("*") and not re.search(_PAUSE_WORD, line, re.I)):
        return None
    inside = ruled["inside"].strip()
    seconds = _parse_duration(inside)
    if seconds is not None and (len(ruled["left"]) > 1 or len(ruled["right"]) > 1) and not inside.isdecimal():
        return PauseMark(0, len(line), seconds)
    found = _parse_content(inside.rstrip(" ."), needs_time=True)
    return PauseMark(0, len(line), *found) if found else None


def _is_stressed_word(match: re.Match[str]) -> bool:
    """Return whether a word in round brackets or between asterisks is a part of its sentence: `let it *rest* now`."""
    content = match["e"] or match["f"]
    if content is None or _CLEAR_WORD.search(content) or re.search(r"\d", content) or find_durations(content):
        return False
    before, after = match.string[: match.start()], match.string[match.end() :]
    return bool(_OPEN_START.search(before) or _OPEN_END.match(after))


def _parse_bracketed(match: re.Match[str], alone: bool, numbers_count: bool) -> tuple[float, str] | None:
    kind, content = next((kind, text.strip()) for kind, text in match.groupdict().items() if text is not None)
    if kind == "g":
        return _parse_tag(content)
    if kind == "h":
        return int(content[4:]) / 1000, ""
    if bare := _BARE_TIME.fullmatch(content):
        if bare["unit"] is None and (kind in "adefi" or (kind == "b" and not numbers_count)):
            return None
        if kind in "ef" and not alone:
            return None
        return _to_seconds(bare["value"], bare["unit"] or "", 1), ""
    if kind in "abcd" or alone:
        seconds = _parse_duration(content)
        if seconds is not None and _parse_content(content) is None:
            return seconds, ""
    return _parse_content(content, in_milliseconds=kind in "ac")


def _parse_tag(content: str) -> tuple[float, str] | None:
    """Return the length of `<break time="2s"/>`, `<silence msec="500"/>`, `<silence 3>`, `<3 s>` or `<750>`."""
    if bare := _BARE_TIME.fullmatch(content):
        value = float(bare["value"].replace(",", "."))
        return (
            _to_seconds(bare["value"], bare["unit"], 1) if bare["unit"] else value / (1000 if value >= 100 else 1)
        ), ""
    tag = _TAG.fullmatch(content)
    if tag is None:
        return None
    others = _ATTRIBUTE.sub("", _ANY_ATTRIBUTE.sub("", tag["attributes"]))
    if re.search(r"[^\W\d_]", _TAG_WORDS.sub("", others)):
        return None
    if attribute := _ATTRIBUTE.search(tag["attributes"]):
        unit = attribute["unit"] or ("ms" if (attribute["name"] or "").lower().startswith("ms") else "")
        return _to_seconds(attribute["value"], unit, 1), ""
    strength = _STRENGTH.search(tag["attributes"])
    return (BREAK_STRENGTH_S.get(strength[1].lower(), 0.75), "") if strength else (0.75, "")


def _parse_content(content: str, in_milliseconds: bool = False, needs_time: bool = False) -> tuple[float, str] | None:
    """Return the length of `pause 5s`, `short pause`, `10 seconds of silence` or `pause=3000`."""
    match = _CONTENT.fullmatch(content) or _CONTENT_TIME_FIRST.fullmatch(content)
    if match is None:
        return None
    written = match["rest"].strip(" .:=,")
    if not written:
        return (
            None
            if needs_time and match["word"].lower() in ("break", "rest", "wait", "quiet")
            else (float(MOMENT_S), _UNKNOWN_LENGTH)
        )
    if bare := _BARE_TIME.fullmatch(written):
        value = float(bare["value"].replace(",", "."))
        guessed_unit = "ms" if value >= 100 and (in_milliseconds or value >= 200) else "s"
        return _to_seconds(bare["value"], bare["unit"] or guessed_unit, 1), ""
    seconds = _parse_duration(written)
    return None if seconds is None else (seconds, "")


def _parse_duration(text: str) -> float | None:
    """Return the length in seconds if the text is only a duration, such as `2 minutes`, `1:30` or `half an hour`."""
    if clock := _CLOCK.fullmatch(text.strip()):
        return int(clock[1]) * 60.0 + int(clock[2])
    if bare := _BARE_TIME.fullmatch(text.strip()):
        return _to_seconds(bare["value"], bare["unit"], 1) if bare["unit"] else None
    found = find_durations(text)
    whole = len(found) == 1 and found[0].end - found[0].start >= len(text.strip(" .")) - 1
    return found[0].seconds if whole else None


def _to_seconds(number: str, unit: str, default_unit_s: float) -> float:
    value, lowered = float(number.replace(",", ".")), unit.lower()
    if not lowered:
        return value * default_unit_s
    return value * (0.001 if lowered.startswith(("ms", "mil")) else 60 if lowered.startswith("m") else 1)
