"""The phrases of one language, filled in: lists, lengths of time, whole sentences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voiceguide.speech.text_normalization.languages.tables import LanguageTables
from voiceguide.speech.text_normalization.number_words import number_words

__all__ = ["PLACEHOLDER", "Phrases"]

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SPANISH_I_SOUND = re.compile(r"(?:i|í|hi(?!e)|y[^aeiou])", re.IGNORECASE)
_FIRST_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Phrases:
    """What the program says by itself in one language."""

    language: str
    """BCP 47, as the routine gave it."""
    templates: Mapping[str, str]
    """Every phrase by its key, with its placeholders."""
    tables: LanguageTables
    """How the language says its numbers."""

    def sentence(self, key: str, **values: str | int) -> str:
        """A phrase with its placeholders filled, beginning with a capital; whole numbers are said in words.

        What is filled in is not searched for placeholders again. Raises `KeyError` for a key that is not there, and for
        a placeholder without a value.
        """
        text = self._fill(key, **values)
        first = _FIRST_LETTER.search(text)
        return text if first is None else text[: first.start()] + first.group().upper() + text[first.end() :]

    def join_list(self, items: Sequence[str]) -> str:
        """`oil, two towels and a basin`. A full stop at the end of an item is left out."""
        clean = [item.strip().rstrip(".").rstrip() for item in items]
        clean = [item for item in clean if item]
        if len(clean) < 2:
            return "".join(clean)
        last = self.templates["join"]
        if self.tables.code == "es" and last == " y " and _SPANISH_I_SOUND.match(clean[-1]):
            last = " e "
        return f"{', '.join(clean[:-1])}{last}{clean[-1]}"

    def silence_announcement(self, seconds: float) -> str:
        """The announcement of a long silence, to the nearest half minute, at least one minute."""
        halves = max(2, int(seconds / 30 + 0.5))
        return self.sentence("quiet", time=self._count_with_half("quiet_minute", *divmod(halves, 2)))

    def spoken_duration(self, seconds: float) -> str:
        """A length of time as a person says it: `thirty seconds`, `a minute and a half`, `one minute, fifteen seconds`.

        Rounded to what the ear can use, halves going up: below 10 s to the second; below 1 min to 5 s; below 10 min
        whole fives of seconds are kept and others rounded to 15 s; below 1 h to half minutes; from there to minutes.
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

    def _count_with_half(self, unit: str, whole: int, half: int) -> str:
        """`unit` is the key of the singular; the plural and the halves have it in their keys."""
        if half:
            return self._fill(f"{unit}_and_half") if whole == 1 else self._count_phrase(f"{unit}s_and_half", whole)
        return self._fill(unit) if whole == 1 else self._count_phrase(f"{unit}s", whole)

    def _count_phrase(self, key: str, number: int) -> str:
        masculine, feminine = (number_words(number, self.tables, gender) for gender in "mf")
        return self._fill(key, number=number, number_m=masculine, number_f=feminine)

    def _fill(self, key: str, **values: str | int) -> str:
        return PLACEHOLDER.sub(lambda found: self._value_words(values[found.group(1)]), self.templates[key])

    def _value_words(self, value: str | int) -> str:
        return number_words(value, self.tables) if isinstance(value, int) else value


def _round_for_speech(seconds: float) -> int:
    whole = max(0, int(seconds + 0.5))
    if whole < 10 or (60 <= whole < 600 and whole % 5 == 0):
        return whole
    grid = 5 if whole < 60 else 15 if whole < 600 else 30 if whole < 3600 else 60
    return (whole + grid // 2) // grid * grid
