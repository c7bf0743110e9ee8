"""Which voice speaks which language, and what is said where one does not."""

from __future__ import annotations

from functools import cache

from voiceguide.speech.engines.protocol import Voice
from voiceguide.speech.engines.registry import (
    ResolvedVoice,
    cached_engine_voices,
    load_engine,
    primary_language,
    resolve_voice,
)

__all__ = ["default_language_for_voice", "fallback_engine_note", "language_mismatch_warning", "speaks_language"]


def language_mismatch_warning(requested: str, language: str) -> str | None:
    """A sentence where the voice that will speak does not speak the routine's language, else None.

    Asks the engine for its voices only where it must: heart and its sisters are known to speak English. An engine that
    cannot tell gets no advice, since speaking will say what is wrong.

    Raises:
        SpeechError: for a voice or an engine that is not there.
    """
    chosen = resolve_voice(requested, language)
    spoken = _voice_languages(chosen)
    if not spoken or {primary_language(language), "mul"} & {primary_language(tag) for tag in spoken}:
        return None
    if not chosen.voice:
        return (
            f'The engine {chosen.engine} has no voice for the language {language}. "voiceguide voices" lists '
            "what speaks here; choose one with voice."
        )
    primary = primary_language(language)
    return (
        f"The voice {chosen.engine}/{chosen.voice} speaks {', '.join(sorted(spoken))}, the words are in {language}. "
        f'Leave out voice for one that speaks it, or choose from "voiceguide voices --language {primary}".'
    )


def fallback_engine_note(language: str) -> str | None:
    """Who speaks where nobody is named and the default voice does not speak the language; None where heart does.

    Also None where nothing here speaks it: then there is advice.
    """
    chosen = resolve_voice("", language)
    if chosen.voice == "heart" or language_mismatch_warning("", language):
        return None
    return f'heart does not speak {language}, so {chosen.engine} does; "voiceguide voices" lists what else can.'


def default_language_for_voice(requested: str) -> str:
    """The language that a voice speaks, where it is one and is known; American English otherwise."""
    spoken = _voice_languages(resolve_voice(requested, "en-US")) - {"mul", "en"}
    return next(iter(spoken)) if len(spoken) == 1 else "en-US"


def speaks_language(voice: Voice, language: str) -> bool:
    """Whether a voice speaks a language; a tag with a region, such as `en-GB`, wants that region."""
    wanted, own = _subtags(language), _subtags(voice.language)
    return own[:1] == ["mul"] or own[: len(wanted)] == wanted


@cache
def _voice_languages(chosen: ResolvedVoice) -> frozenset[str]:
    """The languages of a voice, or of the whole engine for one that is not named; empty where nobody knows."""
    declared: tuple[str, ...] = getattr(load_engine(chosen.engine), "languages", ())
    if declared:
        return frozenset(declared)
    return frozenset(
        voice.language
        for voice in cached_engine_voices(chosen.engine)
        if voice.language and chosen.voice.lower() in ("", voice.name.lower())
    )


def _subtags(tag: str) -> list[str]:
    return tag.lower().replace("_", "-").split("-")
