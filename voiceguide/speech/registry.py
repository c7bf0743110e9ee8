"""Engines by name, and voices by the names people write. Built-in and third-party engines come through one door."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import metadata

from voiceguide.errors import SpeechError
from voiceguide.speech.engine import Engine

__all__ = ["ChosenVoice", "choose_voice", "engine_names", "load_engine"]

GROUP = "voiceguide.engines"
BARE_NAMES = {name: "hibari" for name in ("heart", "emma", "fenrir", "fable", "kore")}
"""Voices that need no ENGINE/ before their name."""


@dataclass(frozen=True)
class ChosenVoice:
    """An engine and one of its voices; an empty voice is the engine's own choice for the language."""

    engine: str
    voice: str


@cache
def _entry_points() -> dict[str, metadata.EntryPoint]:
    return {point.name: point for point in metadata.entry_points(group=GROUP)}


def engine_names() -> list[str]:
    """Every engine there is, loaded or not."""
    return sorted(_entry_points())


def load_engine(name: str) -> Engine:
    """A new engine of that name.

    Raises:
        SpeechError: when there is none, or when a third party's does not load.
    """
    point = _entry_points().get(name)
    if point is None:
        raise SpeechError(f'There is no speech engine "{name}". There is {", ".join(engine_names())}.')
    try:
        engine: Engine = point.load()()
    except (ImportError, AttributeError) as error:
        raise SpeechError(f'The speech engine "{name}" does not load: {error}. Reinstall the package it is from.') from error
    return engine


def choose_voice(written: str, language: str) -> ChosenVoice:
    """The engine and voice that a script's or a command's `voice` means; empty is the best for the language.

    Raises:
        SpeechError: for a name that means nothing here, with the near ones.
    """
    name = written.strip()
    if not name:
        return ChosenVoice("hibari", "heart") if language.lower().startswith("en") else ChosenVoice("pyttsx3", "")
    if name.lower() in BARE_NAMES:
        return ChosenVoice(BARE_NAMES[name.lower()], name.lower())
    engine, _, voice = name.partition("/")
    if engine in _entry_points():
        return ChosenVoice(engine, voice)
    from rapidfuzz import process

    known = [*BARE_NAMES, *engine_names()]
    close = [match[0] for match in process.extract(name.split("/")[0], known, limit=3, score_cutoff=60)]
    hint = "Did you mean " + " or ".join(close) + "?" if close else f"There is {', '.join(known)}."
    raise SpeechError(f'There is no voice "{name}". {hint} "voiceguide voices" lists them all.')
