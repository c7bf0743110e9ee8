"""The built-in phrases from their data files, one a language, and the check of a routine's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from voiceguide.errors import VoiceguideError
from voiceguide.speech.phrases.phrasebook import PLACEHOLDER, Phrases
from voiceguide.speech.text_normalization.languages.tables import base_language, find_language_tables

__all__ = ["PhraseError", "check_phrase", "load_phrases", "phrase_keys", "phrase_languages", "phrase_placeholders"]

_FOLDER = Path(__file__).parent
_REFERENCE = "en"
_NUMBER_PLACEHOLDERS = frozenset({"number", "number_m", "number_f"})


class PhraseError(VoiceguideError):
    """A language without built-in phrases, or a phrase of a routine that cannot be used."""


def phrase_languages() -> tuple[str, ...]:
    """The languages that have built-in phrases, as two letters."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def phrase_keys() -> tuple[str, ...]:
    """The names of all phrases, in the order of the data files."""
    return tuple(_read_phrase_file(_REFERENCE))


def phrase_placeholders(key: str) -> tuple[str, ...]:
    """What may stand in braces in that phrase. Raises `KeyError` where there is no such phrase."""
    found = set(PLACEHOLDER.findall(_read_phrase_file(_REFERENCE)[key]))
    return tuple(sorted(found | _NUMBER_PLACEHOLDERS if found & _NUMBER_PLACEHOLDERS and key != "number_of" else found))


def check_phrase(key: str, text: str) -> str | None:
    """What is wrong with a routine's own phrase, as one sentence or two; None where it can be used."""
    if key not in phrase_keys():
        from difflib import get_close_matches

        near = get_close_matches(key, phrase_keys(), n=1)
        advice = f'Did you mean "{near[0]}"?' if near else f"Write one of {', '.join(phrase_keys())}."
        return f'"{key}" is not a phrase. {advice}'
    known = phrase_placeholders(key)
    unknown = next((name for name in PLACEHOLDER.findall(text) if name not in known), None)
    if unknown is None:
        return None
    advice = " or ".join("{" + name + "}" for name in known)
    return f'The phrase "{key}" has no {{{unknown}}}. ' + (f"Write {advice}." if known else "Write it without braces.")


def load_phrases(language: str, overrides: Mapping[str, str] = MappingProxyType({})) -> Phrases:
    """The phrases of a BCP 47 language, with a routine's own in place of some.

    Raises:
        PhraseError: where the language has no phrases, or an override is no phrase or has an unknown placeholder.
    """
    code = base_language(language)
    tables = find_language_tables(code)
    if tables is None or code not in phrase_languages():
        there = ", ".join(phrase_languages())
        raise PhraseError(f'There are no built-in phrases for the language "{language}". There are some for {there}.')
    for key, text in overrides.items():
        problem = check_phrase(key, text)
        if problem:
            raise PhraseError(problem)
    return Phrases(language, MappingProxyType({**_read_phrase_file(code), **overrides}), tables)


@cache
def _read_phrase_file(code: str) -> Mapping[str, str]:
    """A data file, every value as the text that stands there: BaseLoader makes no `False` of a Norwegian "no"."""
    import yaml

    text = (_FOLDER / f"{code}.yaml").read_text(encoding="utf-8")
    entries = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader builds nothing but text
    return MappingProxyType(entries)
