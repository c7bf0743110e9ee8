"""Fill in the phrases of one language, and express lists and durations in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voiceguide.languages.model import Language
from voiceguide.speech.text_normalization.number_words import cardinal_words

__all__ = ["PLACEHOLDER", "Phrases"]

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_FIRST_LETTER = re.compile(r"[^\W\d_]")


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

        The duration is rounded for the listener, halves up: to 1 s if below 10 s; to 5 s if below 1 min; to 15 s if
        below 10 min, unless it is a multiple of 5 s; to 30 s if below 1 h; otherwise to 1 min.
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

    def _count_with_half(self, key: str, whole: int, half: int) -> str:
        """Fill a phrase whose singular has the key `key`.

        The keys of its plural and of its half forms begin with `key`.
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


def _round_for_speech(seconds: float) -> int:
    whole = max(0, int(seconds + 0.5))
    if whole < 10 or (60 <= whole < 600 and whole % 5 == 0):
        return whole
    grid = 5 if whole < 60 else 15 if whole < 600 else 30 if whole < 3600 else 60
    return (whole + grid // 2) // grid * grid
