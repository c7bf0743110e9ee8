"""Load the phrases of a language, and check the replacements in a script."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from voiceguide.errors import VoiceguideError
from voiceguide.languages import LANGUAGES, language_for
from voiceguide.languages.model import PHRASES
from voiceguide.speech.phrases.phrasebook import PLACEHOLDER, Phrases

__all__ = ["MissingPhrasesError", "check_phrase", "load_phrases"]


class MissingPhrasesError(VoiceguideError):
    """The language has no built-in phrases."""


def check_phrase(key: str, text: str) -> str | None:
    """Return a message that says what is wrong with a phrase from a script, or None if it is valid."""
    if key not in PHRASES:
        from difflib import get_close_matches

        close = get_close_matches(key, PHRASES, n=1)
        advice = f'Did you mean "{close[0]}"?' if close else f"Write one of {', '.join(PHRASES)}."
        return f'"{key}" is not a phrase. {advice}'
    known = PHRASES[key]
    unknown = next((name for name in PLACEHOLDER.findall(text) if name not in known), None)
    if unknown is None:
        return None
    advice = " or ".join("{" + name + "}" for name in known)
    return f'The phrase "{key}" has no {{{unknown}}}. ' + (f"Write {advice}." if known else "Write it without braces.")


def load_phrases(language: str, overrides: Mapping[str, str] = MappingProxyType({})) -> Phrases:
    """Return the phrases for a BCP 47 tag. `overrides` replace some of them and must be valid; see `check_phrase`.

    Raises:
        MissingPhrasesError: if the language has no phrases.
    """
    found = language_for(language)
    if found is None:
        raise MissingPhrasesError(
            f'The language "{language}" has no built-in phrases. Write one of {", ".join(LANGUAGES)}.'
        )
    return Phrases(MappingProxyType({**found.phrases, **overrides}), found)
