"""Sort the operating system's voices, and find a voice by name or language."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.errors import SpeechError
from voiceguide.languages import primary_language
from voiceguide.speech.engines.protocol import Voice

__all__ = ["SystemVoice", "match_system_voice", "normalize_language_tag", "sort_system_voices"]

_DEFAULT_DIALECTS = {
    "en": "en-US",
    "zh": "cmn",
    "no": "nb",
    "fr": "fr-FR",
    "pt": "pt-PT",
    "zh-hk": "yue",
    "zh-mo": "yue",
}
"""The dialect to use for a plain language tag if no voice has exactly that tag."""
_DEFAULT_NAMES = ("", "default")


@dataclass(frozen=True)
class SystemVoice:
    """A voice provided by the operating system."""

    id: str
    """The driver's ID for the voice."""
    name: str
    """The name used in scripts, such as `gmw/de`."""
    language: str
    """BCP 47."""
    gender: str
    """`female`, `male` or empty."""
    title: str
    """The operating system's name for the voice, such as English (Great Britain)."""

    def as_voice(self, engine: str, quality: str) -> Voice:
        """Return this voice as an engine protocol `Voice`."""
        return Voice(engine, self.name, self.language, self.gender, quality=quality)


def normalize_language_tag(code: str) -> str:
    """Return a tag in BCP 47 form: `en_us` as `en-US`, `en-gb-x-rp` as `en-GB-x-rp`, `fa-latn` as `fa-Latn`."""
    parts = code.replace("_", "-").split("-")
    tag = [parts[0].lower()]
    for part in parts[1:]:
        if len(tag[-1]) == 1:  # a part after a single letter is not a region or a script
            tag.append(part.lower())
        elif len(part) == 2:
            tag.append(part.upper())
        else:
            tag.append(part.title() if len(part) == 4 else part.lower())
    return "-".join(tag)


def sort_system_voices(voices: Sequence[SystemVoice]) -> list[SystemVoice]:
    """Sort by language, with each language's default voice first."""

    def order(voice: SystemVoice) -> tuple[str, bool, int, str, str]:
        primary = primary_language(voice.language)
        is_default = voice.language in (primary, _DEFAULT_DIALECTS.get(primary, primary))
        return primary, not is_default, voice.language.count("-"), voice.language, voice.name

    return sorted(voices, key=order)


def match_system_voice(voices: Sequence[SystemVoice], name: str, language: str, engine: str) -> SystemVoice:
    """Return the voice with that name, or the default voice of the language if the name is empty or `default`.

    `name` can be a voice's name, ID, title or language tag, or its family and language tag: `gmw/en-gb` and `gmw/en`
    are the same voice. `voices` must be sorted.

    Raises:
        SpeechError: if there is no such voice. The message suggests similar names.
    """
    if name.lower() in _DEFAULT_NAMES:
        return _match_by_language(voices, language or "en-US", engine)
    wanted = name.lower()
    for voice in voices:
        if wanted in _accepted_names(voice):
            return voice
    candidates = {alias: voice.name for voice in voices for alias in _accepted_names(voice)}
    raise SpeechError(f'{engine} has no voice "{name}". {_format_hint(wanted, candidates)}')


def _accepted_names(voice: SystemVoice) -> set[str]:
    family = voice.id.rpartition("/")[0]
    return {text.lower() for text in (voice.name, voice.id, voice.title, voice.language, f"{family}/{voice.language}")}


def _match_by_language(voices: Sequence[SystemVoice], language: str, engine: str) -> SystemVoice:
    wanted = normalize_language_tag(language)
    parts = wanted.split("-")
    for length in range(len(parts), 0, -1):
        tag = "-".join(parts[:length])
        for exact in (tag, _DEFAULT_DIALECTS.get(tag.lower(), tag)):
            for voice in voices:
                if voice.language == exact:
                    return voice
    for voice in voices:
        if primary_language(voice.language) == parts[0]:
            return voice
    candidates = {voice.language.lower(): f"{voice.language} ({voice.title})" for voice in voices}
    raise SpeechError(
        f'{engine} has no voice for the language "{language}". {_format_hint(wanted.lower(), candidates)}'
    )


def _format_hint(wanted: str, candidates: dict[str, str]) -> str:
    """Suggest similar names. The keys of `candidates` are compared with `wanted`; the values are shown."""
    aliases = difflib.get_close_matches(wanted, candidates, n=5, cutoff=0.5)
    similar = list(dict.fromkeys(candidates[alias] for alias in aliases))[:3]
    return f"Similar: {', '.join(similar)}." if similar else "Choose one from the list of voices."
