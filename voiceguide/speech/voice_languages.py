"""Match voices to languages, and write the messages for a voice that does not speak the text's language."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from voiceguide.errors import OverrideError
from voiceguide.languages import primary_language
from voiceguide.speech.engines.protocol import Voice
from voiceguide.speech.engines.registry import ResolvedVoice, cached_engine_voices, create_engine, resolve_voice

__all__ = [
    "default_language_for_voice",
    "fallback_engine_note",
    "language_mismatch_warning",
    "select_voices",
    "speaks_language",
]


def language_mismatch_warning(requested: str, language: str) -> str | None:
    """Return a warning if the resolved voice does not speak `language`, otherwise None.

    The engine's voices are listed only if the engine does not declare its languages. If the voices cannot be listed,
    return None, because synthesis will report the problem.

    Raises:
        SpeechError: if the voice or the engine does not exist.
    """
    resolved = resolve_voice(requested, language)
    spoken = _voice_languages(resolved)
    if not spoken or {primary_language(language), "mul"} & {primary_language(tag) for tag in spoken}:
        return None
    if not resolved.voice:
        return (
            f"The engine {resolved.engine} has no voice for the language {language}. "
            "Choose another voice from the list of voices."
        )
    return (
        f"The voice {resolved.engine}/{resolved.voice} speaks {', '.join(sorted(spoken))}, but the text is in "
        f"{language}. Leave out the voice to use one for this language, or choose another voice."
    )


def fallback_engine_note(language: str) -> str | None:
    """Return the note to show when no voice is requested and another engine replaces the default voice, heart.

    Return None if heart speaks the language, or if no engine does: `language_mismatch_warning` covers that case.
    """
    resolved = resolve_voice("", language)
    if resolved.voice == "heart" or language_mismatch_warning("", language):
        return None
    hint = _better_voice_hint(resolved, language)
    return f"heart does not speak {language}, so {resolved.engine} is used instead. {hint}"


def _better_voice_hint(used: ResolvedVoice, language: str) -> str:
    """Return a hint on how to get a better voice than the one being used."""
    from voiceguide.speech.engines.piper.repository import RECOMMENDED_VOICES

    primary = primary_language(language)
    if used.engine == "pyttsx3":
        for voice in cached_engine_voices("pico"):
            if voice.note and primary_language(voice.language) == primary:
                return f"pico is easier to understand. {voice.note}"
    if used.engine in ("pyttsx3", "pico"):
        if any(primary_language(voice.language) == primary for voice in cached_engine_voices("kokoro")):
            return "For a natural voice: voiceguide voices --get kokoro"
        if primary in RECOMMENDED_VOICES:
            return f"For a natural voice: voiceguide voices --get {RECOMMENDED_VOICES[primary]}"
    return "The list of voices shows other choices."


def default_language_for_voice(requested: str) -> str:
    """Return the language of a voice.

    Default to American English if the language is unknown or the voice speaks several languages.
    """
    spoken = _voice_languages(resolve_voice(requested, "en-US")) - {"mul", "en"}
    return next(iter(spoken)) if len(spoken) == 1 else "en-US"


def select_voices(voices: Sequence[Voice], language: str) -> list[Voice]:
    """Return the voices that speak a language, including those that speak any language.

    Raises:
        OverrideError: No voice is specific to this language. The message lists the available languages.
    """
    found = [voice for voice in voices if speaks_language(voice, language)]
    if all(voice.language == "mul" for voice in found):
        primary = primary_language(language)
        variants = {voice.language for voice in voices if voice.language.split("-")[0] == primary}
        known = variants or {voice.language.split("-")[0] for voice in voices} - {"mul", ""}
        listed = ", ".join(sorted(known))
        raise OverrideError("language", language, f"no voice speaks this language. Available: {listed}.")
    return found


def speaks_language(voice: Voice, language: str) -> bool:
    """Return whether a voice speaks a language. A tag with a region, such as `en-GB`, requires that region."""
    wanted, offered = (tag.lower().replace("_", "-").split("-") for tag in (language, voice.language))
    return offered[:1] == ["mul"] or offered[: len(wanted)] == wanted


@cache
def _voice_languages(resolved: ResolvedVoice) -> frozenset[str]:
    """Return the languages of a voice, or of the whole engine if no voice is named.

    The set is empty if the languages are unknown.
    """
    declared: tuple[str, ...] = getattr(create_engine(resolved.engine), "languages", ())
    if declared:
        return frozenset(declared)
    return frozenset(
        voice.language
        for voice in cached_engine_voices(resolved.engine)
        if voice.language and resolved.voice.lower() in ("", voice.name.lower())
    )
