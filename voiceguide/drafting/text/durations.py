"""Find durations in plain text: "for five minutes", "2-3 min", "[pause 1:30]", "three slow breaths"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from voiceguide.drafting.text.number_words import (
    AND_FRACTION,
    NUMBER_PATTERN,
    NUMBER_WORD_PATTERN,
    is_vague_number,
    parse_number_words,
)
from voiceguide.drafting.text.sign_times import find_sign_times

__all__ = ["DurationPhrase", "find_durations", "parse_pause_sentence", "strip_bare_durations"]

MAX_DURATION_S = 2 * 3600
"""A longer time, as in "leave it for 12 hours", is not the duration of a step."""
BREATH_S = 5
COUNT_S = 1
SIGN_DOUBT = "this might not be a duration"
_CONTEXT_CHARS = 60

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
_RANGE_SIGN = r"(?:-|–|—|\b(?:to|or|bis|oder|à|ou|a|o)\b)"
_DURATION = re.compile(
    rf"(?:(?<![\w.,/-])|(?<=\d[hm])|(?<=\dmin))(?<!\d:)(?P<low>{NUMBER_PATTERN})"
    rf"(?:\s*(?:{_RANGE_SIGN}|\s(?:and|und|et|y)\s)\s*(?P<high>{NUMBER_PATTERN}))?"
    rf"(?:\s*-\s*|\s*)(?:{_UNIT})(?![^\W\d]|/)(?P<fraction>{AND_FRACTION}(?!\w|\s+\w*\s*(?:hour|minute|second)))?",
    re.IGNORECASE,
)
_COUNT_OF = re.compile(rf"\bcounts? (?:of|to) (?P<low>{NUMBER_PATTERN})\b", re.IGNORECASE)
_DISQUALIFIED_BY_BEFORE = re.compile(
    r"\b(?:every|within|after|before|in under|less than|no more than|another|last|takes"
    r"|(?:may|can|will|should|to) take)\s+(?:about |the )?$",
    re.IGNORECASE,
)
_DISQUALIFIED_BY_AFTER = re.compile(
    r"\s*(?:before\b|later\b|ago\b|a (?:day|week)\b|(?:per|each) (?:day|week)\b|daily\b|old\b|apart\b|in advance\b|"
    r"of (?:rest )?between\b)",
    re.IGNORECASE,
)
_MAX_FOR_LETTER_UNIT = {1: 600, 60: 90}
"""Larger numbers before a one-letter unit are not durations: "400m" is a distance, and "1980s" is a decade."""
_SMALLER_UNIT_AFTER = {
    unit_s: re.compile(
        rf"\s*(?:\b(?:and|und|et|y)\s+)?({digits})(?=\s*(?:[.,;)\]](?!\d)|$)"
        r"|\s+(?:on|per|for|with|each|a|every|and|then|pro|je|auf|de|par|pour|sur|por|con|en)\b)",
        re.IGNORECASE,
    )
    for unit_s, digits in ((3600, r"[0-5]?\d"), (60, r"[0-5]\d"))
}
"""The minutes in "1 h 5", or the seconds in "1 minute 30"."""
_NO_PART = r"total|period|course|sets?|rounds?|reps?|repetitions?|holds?|rests?|pauses?|intervals?|series"
_NO_NUMBER = r"an?|one|une?|una|eine|einer"
_UNCLEAR_BEFORE = re.compile(
    r"(?:\b(?:every|within|after|before|less than|no more than|last)(?: about| the)?"
    rf"|\b(?!(?:{_NO_PART})\b)[\w'-]+ of"
    rf"|(?<![\w.,:/-])(?!(?:{_NO_NUMBER})\b)(?:\d+|hundred|thousand|{NUMBER_WORD_PATTERN})(?: and)?)\s+$",
    re.IGNORECASE,
)
"""Words before a duration that it can be a part of, or that can be a part of it."""
_UNCLEAR_AFTER = re.compile(
    r"\s*\d{1,3}(?=\s*(?:[.,;)\]]|$))|\s+(?:(?:and|plus|et|y|und) (?:an? |one |two |un |ein )?"
    r"(?:bit|half|third|quarter|fifth|tenth|demie?|quart|medi[ao]|cuarto|halb|viertel)"
    r"|plus|or (?:so|more|longer|less))\b",
    re.IGNORECASE,
)
_DURATION_VERB_BEFORE = re.compile(r"\b(?:for|hold|wait|pause)\s+$", re.IGNORECASE)
_WAIT_VERB_BEFORE = re.compile(r"\b(?:wait|rest|pause)\b[^.]{0,30}$", re.IGNORECASE)
_HOLD_VERB_BEFORE = re.compile(
    r"\b(?:hold|holding|pause|wait|squeeze|keep|stay|remain)\b[^.;]{0,60}$|\brest(?: for)?\W*$", re.IGNORECASE
)
_BOUND_BEFORE = re.compile(
    r"\b(up to|at least|at most|as long as|bis zu|mindestens|höchstens|jusqu'à|au moins|au plus|hasta|al menos)\s+$",
    re.IGNORECASE,
)
_PAUSE_WORDS = r"(?:short |long |brief )?(?:pause|silence|pausa|stille)"
_PAUSE = re.compile(
    rf"[(\[*\s]*(?:and )?{_PAUSE_WORDS}\b(?:\s+here)?(?:\s+for)?[:,\s–—-]*(?P<time>[^()\[\]]*?)[)\]*.\s]*",
    re.IGNORECASE,
)
_TIME_PAUSE = re.compile(rf"[(\[*\s]*(?P<time>[^()\[\]]*?)[\s-]*{_PAUSE_WORDS}[)\]*.\s]*", re.IGNORECASE)
_BRACKETED = re.compile(r"[(\[](?P<time>[^()\[\]]{1,40})[)\]]")
_JOINERS = re.compile(r"\s*(?:,|and|,\s*and)?\s*", re.IGNORECASE)
_RANGE = re.compile(rf"\s*{_RANGE_SIGN}\s*", re.IGNORECASE)
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
            phrases.append(DurationPhrase(parse_number_words(match["low"]) * COUNT_S, *match.span(), is_hold=True))
    for time in find_sign_times(sentence):
        is_hold = bool(_HOLD_VERB_BEFORE.search(sentence[: time.start]))
        phrases.append(DurationPhrase(time.seconds, time.start, time.end, is_hold, "" if time.is_clear else SIGN_DOUBT))
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
    low = parse_number_words(match["low"])
    is_letter = len(match[f"u{unit}"].strip()) == 1
    if is_letter and low > _MAX_FOR_LETTER_UNIT.get(unit_s, low):
        return None
    if match["low"].lower() == "a" and unit_s == 1 and not _DURATION_VERB_BEFORE.search(before):
        return None  # as in "a second look"
    high = parse_number_words(match["high"]) if match["high"] else low
    seconds = ((low + high) / 2 + parse_number_words(match["fraction"] or "")) * unit_s
    end = match.end()
    if unit_s >= 60 and not match["high"] and (smaller := _SMALLER_UNIT_AFTER[unit_s].match(after)):
        seconds, end = seconds + int(smaller[1]) * unit_s / 60, end + smaller.end()
    doubt = _find_doubt(match, unit_s, before[-_CONTEXT_CHARS:], sentence[end:])
    return DurationPhrase(
        seconds, match.start(), end, is_hold=unit >= 3 or bool(_HOLD_VERB_BEFORE.search(before)), doubt=doubt
    )


def _find_doubt(match: re.Match[str], unit_s: float, before: str, after: str) -> str:
    """Return what the user should check about a duration, or ""."""
    written = match.group().strip()
    context = _BOUND_BEFORE.search(before) or _UNCLEAR_BEFORE.search(before)
    more = _UNCLEAR_AFTER.match(after)
    is_plural_fraction = match["low"][1:2] == "/" and written.lower().endswith("s")
    if context or more or match["high"] or is_vague_number(match["low"]) or is_plural_fraction:
        words = (context.group().strip() if context else "", written, more.group().strip() if more else "")
        return f'the text says "{" ".join(filter(None, words))}"'
    return f"assumes {BREATH_S} seconds per breath" if unit_s == BREATH_S else ""


def _merge_durations(phrases: list[DurationPhrase], sentence: str) -> Iterator[DurationPhrase]:
    """Add up the parts of "1 minute 30 seconds" and replace "30 seconds to 1 minute" with the average."""
    previous: DurationPhrase | None = None
    for phrase in phrases:
        if previous is None:
            previous = phrase
            continue
        between = sentence[previous.end : phrase.start]
        if _JOINERS.fullmatch(between) and _is_smaller(phrase, previous) and "," not in between:
            doubt = previous.doubt or phrase.doubt
            previous = replace(previous, seconds=previous.seconds + phrase.seconds, end=phrase.end, doubt=doubt)
        elif _RANGE.fullmatch(between):
            doubt = f'the text says "{sentence[previous.start : phrase.end].strip()}"'
            previous = replace(previous, seconds=(previous.seconds + phrase.seconds) / 2, end=phrase.end, doubt=doubt)
        else:
            yield previous
            previous = phrase
    if previous:
        yield previous


def _is_smaller(phrase: DurationPhrase, previous: DurationPhrase) -> bool:
    """Return whether a duration can be a number of minutes or seconds that follows a number of hours or minutes."""
    return phrase.seconds < (3600 if previous.seconds >= 3600 else 60) <= previous.seconds


def parse_pause_sentence(sentence: str) -> DurationPhrase | None:
    """Return the pause if the sentence consists only of a pause: "Pause 10 seconds.", "[30 s]", "(long pause)"."""
    for pattern in (_PAUSE, _TIME_PAUSE, _BRACKETED):
        match = pattern.fullmatch(sentence.strip())
        if match is None:
            continue
        written = match["time"].strip(" .")
        durations = find_durations(written) or find_durations(f"({written})")
        if (
            len(durations) == 1
            and durations[0].doubt != SIGN_DOUBT
            and durations[0].end - durations[0].start >= len(written) - 4
        ):
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
