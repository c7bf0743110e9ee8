"""The voices of the system in the order a person would want them, and the one meant by a name or by a language."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.errors import SpeechError
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
"""What is meant by a language that says no more, where no voice has just this tag."""
_DEFAULT_NAMES = ("", "default")


@dataclass(frozen=True)
class SystemVoice:
    """A voice as the system knows it."""

    id: str
    """What the driver is given."""
    name: str
    """What a person writes: `gmw/de`."""
    language: str
    """BCP 47."""
    gender: str
    """`female`, `male` or empty."""
    title: str
    """The system's words for it: English (Great Britain)."""

    def as_voice(self, engine: str, quality: str) -> Voice:
        """This voice as every engine lists its own."""
        return Voice(engine, self.name, self.language, self.gender, quality=quality)


def normalize_language_tag(code: str) -> str:
    """A code such as `en_us`, `en-gb-x-rp` or `fa-latn` in the spelling of BCP 47: `en-US`, `en-GB-x-rp`, `fa-Latn`."""
    parts = code.replace("_", "-").split("-")
    tag = [parts[0].lower()]
    for part in parts[1:]:
        if len(tag[-1]) == 1:  # after a singleton everything is private
            tag.append(part.lower())
        elif len(part) == 2:
            tag.append(part.upper())
        else:
            tag.append(part.title() if len(part) == 4 else part.lower())
    return "-".join(tag)


def sort_system_voices(voices: Sequence[SystemVoice]) -> list[SystemVoice]:
    """By language, the plain voice of each language first."""

    def order(voice: SystemVoice) -> tuple[str, bool, int, str, str]:
        base = voice.language.split("-")[0]
        plain = voice.language in (base, _DEFAULT_DIALECTS.get(base, base))
        return base, not plain, voice.language.count("-"), voice.language, voice.name

    return sorted(voices, key=order)


def match_system_voice(voices: Sequence[SystemVoice], name: str, language: str, engine: str) -> SystemVoice:
    """The voice of that name; where the name is empty or `default`, the plain voice of the language.

    A name may be a voice's own, its system's id or title, or its language behind its family: `gmw/en-gb` and `gmw/en`
    are the same voice. `voices` are sorted.

    Raises:
        SpeechError: where there is none, naming the nearest.
    """
    if name.lower() in _DEFAULT_NAMES:
        return _match_by_language(voices, language or "en-US", engine)
    wanted = name.lower()
    for voice in voices:
        if wanted in _accepted_names(voice):
            return voice
    known = {alias: voice.name for voice in voices for alias in _accepted_names(voice)}
    raise SpeechError(
        f'{engine} has no voice "{name}".{_format_suggestions(wanted, known)} All are listed by: voiceguide voices'
    )


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
        if voice.language.split("-")[0] == parts[0]:
            return voice
    known = {voice.language.lower(): f"{voice.language} ({voice.title})" for voice in voices}
    raise SpeechError(
        f'{engine} has no voice for the language "{language}".{_format_suggestions(wanted.lower(), known)} '
        "All are listed by: voiceguide voices"
    )


def _format_suggestions(wanted: str, known: dict[str, str]) -> str:
    near = list(dict.fromkeys(known[alias] for alias in difflib.get_close_matches(wanted, known, n=5, cutoff=0.5)))
    return f" The nearest: {', '.join(near[:3])}." if near else ""
