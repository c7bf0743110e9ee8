"""Fill in the phrases of one language, and express lists and durations in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from voiceguide.languages.model import Language
from voiceguide.speech.text_normalization import normalize_text
from voiceguide.speech.text_normalization.number_words import cardinal_words

__all__ = ["PLACEHOLDER", "Phrases"]

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_FIRST_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_CLAUSE_END = re.compile(r"[.,;:!?…]+")
_MAX_TIMED_WORDS = 4
_MAX_TIMED_CHARACTERS = 80
"""A longer cue is an instruction, even if it mentions a time."""


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language."""

    templates: Mapping[str, str]
    """The phrases, with placeholders. The keys are listed in `voiceguide.languages.model.PHRASES`."""
    language: Language

    def sentence(self, key: str, **values: str | int) -> str:
        """Return a capitalized phrase with its placeholders filled. Integers become words.

        Placeholders within values are not replaced. Raises `KeyError` for an unknown key or a placeholder without a
        value.
        """
        text = self._fill(key, **values)
        first = _FIRST_LETTER.search(text)
        return text if first is None else text[: first.start()] + first.group().upper() + text[first.end() :]

    def join_list(self, items: Sequence[str]) -> str:
        """Return a list in words: `oil, two towels and a basin`. A period at the end of an item is dropped."""
        clean = [item.strip().rstrip(".").rstrip() for item in items]
        clean = [item for item in clean if item]
        if len(clean) < 2:
            return "".join(clean)
        joiner = self.language.adapt_joiner(self.templates["join"], clean[-1])
        return f"{', '.join(clean[:-1])}{joiner}{clean[-1]}"

    def silence_announcement(self, seconds: float) -> str:
        """Return the announcement of a long silence.

        The announced length is rounded to half minutes, but is at least one minute.
        """
        halves = max(2, int(seconds / 30 + 0.5))
        return self.sentence("quiet", time=self._count_with_half("quiet_minute", *divmod(halves, 2)))

    def spoken_duration(self, seconds: float) -> str:
        """Return a duration as people say it: `thirty seconds`, `a minute and a half`, `one minute, fifteen seconds`.

        The duration is rounded for the listener, with halves rounded up: to 1 s if below 10 s; to 5 s if below 1 min;
        to 15 s if below 10 min, unless it is a multiple of 5 s; to 30 s if below 1 h; otherwise to 1 min.
        """
        minutes, rest = divmod(_round_for_speech(seconds), 60)
        hours, minutes = divmod(minutes, 60)
        if hours and minutes == 30:
            return self._count_with_half("hour", hours, 1)
        parts = [self._count_with_half("hour", hours, 0)] if hours else []
        if minutes and rest == 30:
            parts.append(self._count_with_half("minute", minutes, 1))
        elif minutes:
            parts.append(self._count_with_half("minute", minutes, 0))
        if (rest and not (minutes and rest == 30)) or not parts:
            parts.append(self._count_with_half("second", rest, 0))
        return self.templates["time_join"].join(parts)

    def spoken_number(self, number: int) -> str:
        """Return a number in words, as used for counting."""
        return cardinal_words(number, self.language)

    def names_time(self, text: str) -> bool:
        """Return whether text states a point in time: `Ten seconds left.`, `Halfway.`, the `Two.` of a countdown.

        This is the case for text with a number and a unit of time, for a few words with a unit of time, for text that
        begins with a single number, and for the phrase for the middle of a step.
        """
        return _names_time(text, self.language) or _plain(text) == _plain(self.templates["half"])

    def _count_with_half(self, key: str, whole: int, half: int) -> str:
        """Fill in the singular, plural or half form of a phrase; `key` is the key of its singular.

        The keys of the plural and the half forms begin with `key`.
        """
        if half:
            return self._fill(f"{key}_and_half") if whole == 1 else self._count_phrase(f"{key}s_and_half", whole)
        return self._fill(key) if whole == 1 else self._count_phrase(f"{key}s", whole)

    def _count_phrase(self, key: str, number: int) -> str:
        masculine, feminine = (cardinal_words(number, self.language, gender) for gender in "mf")
        return self._fill(key, number=number, number_m=masculine, number_f=feminine)

    def _fill(self, key: str, **values: str | int) -> str:
        return PLACEHOLDER.sub(lambda found: self._value_words(values[found.group(1)]), self.templates[key])

    def _value_words(self, value: str | int) -> str:
        return cardinal_words(value, self.language) if isinstance(value, int) else value


def _plain(text: str) -> str:
    return text.casefold().strip(" .!")


@lru_cache(maxsize=1024)
def _names_time(text: str, language: Language) -> bool:
    if len(text) > _MAX_TIMED_CHARACTERS:
        return False
    numbers, times = _time_words(language)
    ambiguous = language.units["s"].singular.casefold()  # `second` is also an ordinal, as `segundo` and `seconde` are
    clauses = [_WORD.findall(clause) for clause in _CLAUSE_END.split(normalize_text(text, language.code).casefold())]
    words = [word for clause in clauses for word in clause]
    counted = zip(["", *words], words, strict=False)
    named = any(word in times and (word != ambiguous or before in numbers) for before, word in counted)
    if named and (len(words) <= _MAX_TIMED_WORDS or not numbers.isdisjoint(words)):
        return True
    first = [word for word in clauses[0] if word not in language.phrases["join"].split()]
    return bool(first) and numbers.issuperset(first)


@lru_cache(maxsize=8)
def _time_words(language: Language) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words used in numbers up to 60 and in fractions, and the words for seconds, minutes and hours."""
    numbers = {cardinal_words(number, language, gender) for number in range(1, 61) for gender in ("", "m", "f")}
    numbers.update(language.fraction_words.values())
    joiner = language.phrases["join"].strip()
    units = {form for unit in ("s", "min", "h") for form in vars(language.units[unit]).values()}
    return (
        frozenset(word for number in numbers for word in _WORD.findall(number) if word != joiner),
        frozenset(form.casefold() for form in units if len(form) > 1),
    )


def _round_for_speech(seconds: float) -> int:
    whole = max(0, int(seconds + 0.5))
    if whole < 10 or (60 <= whole < 600 and whole % 5 == 0):
        return whole
    grid = 5 if whole < 60 else 15 if whole < 600 else 30 if whole < 3600 else 60
    return (whole + grid // 2) // grid * grid
