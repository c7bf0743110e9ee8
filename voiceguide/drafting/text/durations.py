"""Find durations in plain text: "for five minutes", "2-3 min", "[pause 1:30]", "three slow breaths"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from voiceguide.drafting.text.vocabulary import NUMBER_VALUES, VAGUE_NUMBER_VALUES

__all__ = ["DurationPhrase", "find_durations", "parse_number_words", "parse_pause_sentence", "strip_bare_durations"]

MAX_DURATION_S = 2 * 3600
"""A longer time, as in "leave it for 12 hours", is not the duration of a step."""
BREATH_S = 5
COUNT_S = 1

_NUMBER_WORDS = sorted([*NUMBER_VALUES, *VAGUE_NUMBER_VALUES], key=len, reverse=True)
_NUMBER_PATTERN = rf"(?:\d{{1,4}}\s\d/\d|\d{{1,4}}(?:[.,]\d{{1,2}})?\s?[½¼¾]?|[½¼¾]|{'|'.join(_NUMBER_WORDS)})"
_UNITS = (
    (r"hours?|hrs?|stunden?|horas?|heures?|(?<=\d)\s?h", 3600),
    (r"minutes?|mins?\.?|minuten|minutos?|(?<=\d)\s?m(?=\s?\d+\s?s)|(?<=\d)m", 60),
    (r"seconds?|secs?\.?|sekunden?|sek\.?|segundos?|secondes?|(?<=\d)\s?s", 1),
    (
        r"(?:(?:rounds?|cycles?) of\s+)?"
        r"(?:(?:slow|deep|full|long|gentle|calm|easy|even|big),?\s+){0,3}breath(?:s|ing)?\b",
        BREATH_S,
    ),
    (r"(?:counts?|beats?)(?! (?:of|to)\b)", COUNT_S),
)
_UNIT = "|".join(f"(?P<u{index}>{pattern})" for index, (pattern, _) in enumerate(_UNITS))
_DURATION = re.compile(
    rf"(?<![\w.,/-])(?P<low>{_NUMBER_PATTERN})(?:\s*(?:-|–|—|\bto\b|\bor\b|(?<=\d)\s+and(?=\s+\d))\s*(?P<high>{_NUMBER_PATTERN}))?"
    rf"(?:\s*-\s*|\s*)(?:{_UNIT})(?![\w/])(?P<half>\s+and\s+a\s+half)?",
    re.IGNORECASE,
)
_COUNT_OF = re.compile(rf"\bcounts? (?:of|to) (?P<low>{_NUMBER_PATTERN})\b", re.IGNORECASE)
_CLOCK = re.compile(r"(?<=[(\[–—-])\s*(?P<minutes>\d{1,2}):(?P<seconds>[0-5]\d)(?=\s*(?:[)\]]|$))")
_DISQUALIFIED_BY_BEFORE = re.compile(
    r"\b(?:every|within|after|before|in under|less than|no more than|takes?|another|last)\s+(?:about |the )?$", re.I
)
_DISQUALIFIED_BY_AFTER = re.compile(
    r"\s*(?:before\b|later\b|ago\b|a (?:day|week)\b|(?:per|each) (?:day|week)\b|daily\b|old\b|apart\b|in advance\b|"
    r"of (?:rest )?between\b)",
    re.IGNORECASE,
)
_MAX_FOR_LETTER_UNIT = {1: 600, 60: 90}
"""Larger numbers before a one-letter unit are not durations: "400m" is a distance, and "1980s" is a decade."""
_BARE_SECONDS_AFTER = re.compile(
    r"\s([1-5]\d)(?=\s*(?:[.,;)\]]|$)|\s+(?:on|per|for|with|each|a|every)\b)", re.IGNORECASE
)
"""The seconds in "1 minute 30"."""
_DURATION_VERB_BEFORE = re.compile(r"\b(?:for|hold|wait|pause)\s+$", re.IGNORECASE)
_WAIT_VERB_BEFORE = re.compile(r"\b(?:wait|rest|pause)\b[^.]{0,30}$", re.IGNORECASE)
_HOLD_VERB_BEFORE = re.compile(
    r"\b(?:hold|holding|pause|wait|squeeze|keep|stay|remain)\b[^.;]{0,60}$|\brest(?: for)?\W*$", re.IGNORECASE
)
_BOUND_BEFORE = re.compile(r"\b(up to|at least|at most|or more|as long as)\s+$", re.IGNORECASE)
_PAUSE_WORDS = r"(?:short |long |brief )?(?:pause|silence|pausa|stille)"
_PAUSE = re.compile(
    rf"[(\[*\s]*(?:and )?{_PAUSE_WORDS}\b(?:\s+here)?(?:\s+for)?[:,\s–—-]*(?P<time>[^()\[\]]*?)[)\]*.\s]*",
    re.IGNORECASE,
)
_TIME_PAUSE = re.compile(rf"[(\[*\s]*(?P<time>[^()\[\]]*?)[\s-]*{_PAUSE_WORDS}[)\]*.\s]*", re.IGNORECASE)
_BRACKETED = re.compile(r"[(\[](?P<time>[^()\[\]]{1,40})[)\]]")
_JOINERS = re.compile(r"\s*(?:,|and|,\s*and)?\s*", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|–|—|to|or)\s*", re.IGNORECASE)
_MOMENT = re.compile(r"(?:a (?:short |brief )?(?:moment|while|bit)|briefly)?", re.IGNORECASE)
MOMENT_S = 5


@dataclass(frozen=True)
class DurationPhrase:
    """A duration found in text, and the characters it spans."""

    seconds: float
    start: int
    end: int
    is_hold: bool = False
    """True for a time to hold or wait.

    Such a time is the silence after the speech, not the length of the whole step.
    """
    doubt: str = ""


def parse_number_words(text: str) -> tuple[float, bool]:
    """Parse a number in words or digits. Return its value, and whether it is vague, such as "a few"."""
    words = " ".join(text.lower().split())
    if words in NUMBER_VALUES or words in VAGUE_NUMBER_VALUES:
        return float(NUMBER_VALUES.get(words, 0) or VAGUE_NUMBER_VALUES[words]), words in VAGUE_NUMBER_VALUES
    parts = {"½": 0.5, "¼": 0.25, "¾": 0.75}
    fraction = sum(value for sign, value in parts.items() if sign in words)
    whole = re.sub(r"[½¼¾]", "", words).replace(",", ".").strip()
    if "/" in whole:
        whole, _, ratio = whole.partition(" ")
        top, _, bottom = ratio.partition("/")
        fraction += int(top) / max(int(bottom), 1)
    return float(whole or 0) + fraction, False


def find_durations(sentence: str) -> list[DurationPhrase]:
    """Return the durations in a sentence, in order.

    Times that do not measure an activity, as in "after 5 minutes", are ignored.
    """
    return list(_find_durations(sentence))


@lru_cache(maxsize=1024)
def _find_durations(sentence: str) -> tuple[DurationPhrase, ...]:
    """Return the durations in a sentence. Results are cached, because drafting needs them in several of its stages."""
    phrases = [phrase for match in _DURATION.finditer(sentence) if (phrase := _parse_match(match, sentence))]
    spans = [(phrase.start, phrase.end) for phrase in phrases]
    for match in _COUNT_OF.finditer(sentence):
        if not any(start < match.end() and match.start() < end for start, end in spans):
            phrases.append(DurationPhrase(parse_number_words(match["low"])[0] * COUNT_S, *match.span(), is_hold=True))
    for match in _CLOCK.finditer(sentence):
        seconds = int(match["minutes"]) * 60 + int(match["seconds"])
        phrases.append(DurationPhrase(seconds, *match.span()))
    ordered = sorted(phrases, key=lambda phrase: phrase.start)
    return tuple(phrase for phrase in _merge_durations(ordered, sentence) if 0 < phrase.seconds <= MAX_DURATION_S)


def _parse_match(match: re.Match[str], sentence: str) -> DurationPhrase | None:
    before, after = sentence[: match.start()], sentence[match.end() :]
    if (_DISQUALIFIED_BY_BEFORE.search(before) or _DISQUALIFIED_BY_AFTER.match(after)) and not _WAIT_VERB_BEFORE.search(
        before
    ):
        return None
    unit = next(index for index in range(len(_UNITS)) if match[f"u{index}"])
    unit_s = _UNITS[unit][1]
    low, is_vague = parse_number_words(match["low"])
    is_letter = len(match[f"u{unit}"].strip()) == 1
    if is_letter and low > _MAX_FOR_LETTER_UNIT.get(unit_s, low):
        return None
    if match["low"].lower() == "a" and unit_s == 1 and not _DURATION_VERB_BEFORE.search(before):
        return None  # as in "a second look"
    high = parse_number_words(match["high"])[0] if match["high"] else low
    seconds = ((low + high) / 2 + (0.5 if match["half"] else 0)) * unit_s
    end = match.end()
    if unit_s == 60 and not match["high"] and (extra := _BARE_SECONDS_AFTER.match(after)):
        seconds, end = seconds + int(extra[1]), end + extra.end()
    doubt = ""
    bound = _BOUND_BEFORE.search(before)
    if match["high"] or is_vague or bound:
        doubt = f'the text says "{bound[1] + " " if bound else ""}{match.group().strip()}"'
    elif unit_s == BREATH_S and unit == 3:
        doubt = f"assumes {BREATH_S} seconds per breath"
    return DurationPhrase(
        seconds, match.start(), end, is_hold=unit >= 3 or bool(_HOLD_VERB_BEFORE.search(before)), doubt=doubt
    )


def _merge_durations(phrases: list[DurationPhrase], sentence: str) -> Iterator[DurationPhrase]:
    """Add up the parts of "1 minute 30 seconds" and replace "30 seconds to 1 minute" with the average."""
    previous: DurationPhrase | None = None
    for phrase in phrases:
        if previous is None:
            previous = phrase
            continue
        between = sentence[previous.end : phrase.start]
        if _JOINERS.fullmatch(between) and phrase.seconds < 60 <= previous.seconds and "," not in between:
            previous = replace(previous, seconds=previous.seconds + phrase.seconds, end=phrase.end)
        elif _RANGE.fullmatch(between):
            doubt = f'the text says "{sentence[previous.start : phrase.end].strip()}"'
            previous = replace(previous, seconds=(previous.seconds + phrase.seconds) / 2, end=phrase.end, doubt=doubt)
        else:
            yield previous
            previous = phrase
    if previous:
        yield previous


def parse_pause_sentence(sentence: str) -> DurationPhrase | None:
    """Return the pause if the sentence consists only of a pause: "Pause 10 seconds.", "[30 s]", "(long pause)"."""
    for pattern in (_PAUSE, _TIME_PAUSE, _BRACKETED):
        match = pattern.fullmatch(sentence.strip())
        if match is None:
            continue
        written = match["time"].strip(" .")
        durations = find_durations(written) or find_durations(f"({written})")
        if len(durations) == 1 and durations[0].end - durations[0].start >= len(written) - 4:
            return replace(durations[0], is_hold=True)
        if pattern is not _BRACKETED and _MOMENT.fullmatch(written):
            return DurationPhrase(MOMENT_S, 0, len(sentence), True, "the text does not say how long")
    return None


def strip_bare_durations(text: str) -> str:
    """Remove durations in brackets or after a dash or colon: "Neck rolls (30 s)", "Plank - 1 min"."""
    for match in reversed(list(_BRACKETED.finditer(text))):
        if parse_pause_sentence(match.group()):
            text = f"{text[: match.start()].rstrip()}{text[match.end() :]}"
    tail = re.search(r"\s+[–—-]\s+([^–—]{1,30}?)\.?$|:\s*([^:]{1,30}?)\.?$", text)
    if tail and (written := tail[1] or tail[2]) and parse_pause_sentence(f"({written})"):
        text = text[: tail.start()]
    return text.strip()
