"""Engines by name, and voices by the names people write. Built-in and third-party engines come through one door."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from voiceguide.errors import SpeechError
from voiceguide.speech.engines.guarded_call import call_engine
from voiceguide.speech.engines.protocol import Engine, Voice

__all__ = [
    "ResolvedVoice",
    "cached_engine_voices",
    "check_voice",
    "close_engine",
    "engine_names",
    "list_voices",
    "load_engine",
    "primary_language",
    "resolve_voice",
]

ENTRY_POINT_GROUP = "voiceguide.engines"
ENGINE_FOR_VOICE = dict.fromkeys(("heart", "emma", "fenrir", "fable", "kore"), "hibari")
"""Voices that are known by their name alone without asking any engine; other names are looked for in all of them."""
CLOSE_TIMEOUT_S = 2.0
"""Seconds that an engine may take to end; Ctrl-C must not wait for one that hangs."""
MIN_SIMILARITY_PERCENT = 65
"""Of 100, how alike two names must be for one to be offered in place of the other."""


@dataclass(frozen=True)
class ResolvedVoice:
    """An engine and one of its voices; an empty voice is the engine's own choice for the language."""

    engine: str
    voice: str


@cache
def _entry_points() -> dict[str, metadata.EntryPoint]:
    """By name. Where two packages offer the same name the built-in one is meant, whatever the order on the disk."""
    points = sorted(
        metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.value.startswith("voiceguide.")
    )
    return {point.name: point for point in points}


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
        engine: Engine = call_engine(name, "load", lambda: point.load()())
    except SpeechError as error:
        package = f" the package {point.dist.name}" if point.dist else " the package it is from"
        raise SpeechError(f"{error} Reinstall{package}, or choose another voice.") from error
    missing = [
        part for part in ("name", "parallel", "version", "voices", "synthesize", "close") if not hasattr(engine, part)
    ]
    if missing:
        raise SpeechError(f"The engine {name} is none: it has no {', '.join(missing)}. Tell those who made it.")
    return engine


def close_engine(name: str, engine: Engine) -> None:
    """End an engine. One that fails at that, or hangs, has said all it had to say: nobody needs to know."""
    with contextlib.suppress(SpeechError):
        call_engine(name, "close", engine.close, CLOSE_TIMEOUT_S)


def resolve_voice(requested: str, language: str) -> ResolvedVoice:
    """The engine and voice that a script's or a command's `voice` means; empty is the best for the language.

    ENGINE/NAME and ENGINE alone are taken as they are: that there is such a voice is the engine's to say. A name alone
    is looked for in every engine.

    Raises:
        SpeechError: for a name that means nothing here, with the near ones.
    """
    name = requested.strip()
    if not name:
        return _default_voice_for(primary_language(language))
    if name.lower() in ENGINE_FOR_VOICE:
        return ResolvedVoice(ENGINE_FOR_VOICE[name.lower()], name.lower())
    engine, _, voice = name.partition("/")
    if engine.lower() in _entry_points():
        return ResolvedVoice(engine.lower(), voice)
    return _find_voice_by_name(name)


def _default_voice_for(primary: str) -> ResolvedVoice:
    """heart for English; else a natural voice that somebody has put here, or eSpeak, with its hundred languages."""
    if primary == "en":
        return ResolvedVoice("hibari", "heart")
    natural = (
        voice
        for voice in cached_engine_voices("piper")
        if voice.installed and primary_language(voice.language) == primary
    )
    return next((ResolvedVoice("piper", voice.name) for voice in natural), ResolvedVoice("pyttsx3", ""))


@cache
def _find_voice_by_name(name: str) -> ResolvedVoice:
    voices, _ = list_voices()
    for voice in voices:
        if voice.name.lower() == name.lower():
            return ResolvedVoice(voice.engine, voice.name)
    from rapidfuzz import fuzz, process, utils

    known = {name: name for name in (*ENGINE_FOR_VOICE, *engine_names())}
    known |= {voice.full_name: voice.name for voice in voices if voice.name not in known}
    found = process.extract(
        name, known, limit=3, score_cutoff=MIN_SIMILARITY_PERCENT, scorer=fuzz.ratio, processor=utils.default_process
    )
    close = [full_name for _, _, full_name in found]
    hint = (
        f"Did you mean {' or '.join(close)}?"
        if close
        else f"There is {', '.join([*ENGINE_FOR_VOICE, *engine_names()])}."
    )
    raise SpeechError(f'There is no voice "{name}". {hint} "voiceguide voices" lists them all.')


def check_voice(requested: str, language: str) -> None:
    """Raise where a written voice is not there, as far as can be told before anything is spoken.

    Raises:
        SpeechError: as `choose_voice` does, and the engine's own for a voice that it does not have.
    """
    chosen = resolve_voice(requested, language)
    if not chosen.voice or chosen == ResolvedVoice("hibari", "heart"):
        return
    engine = load_engine(chosen.engine)
    find = getattr(engine, "check_voice", None)
    if find is None or (not hasattr(engine, "languages") and _is_listed_as_installed(chosen)):
        return
    try:
        call_engine(chosen.engine, "find its voice", lambda: find(chosen.voice, language))
    finally:
        close_engine(chosen.engine, engine)


def _is_listed_as_installed(chosen: ResolvedVoice) -> bool:
    listed = (voice for voice in cached_engine_voices(chosen.engine) if voice.name.lower() == chosen.voice.lower())
    return any(voice.installed for voice in listed)


def list_voices(engines: Iterable[str] | None = None) -> tuple[list[Voice], dict[str, str]]:
    """Every voice of these engines, all where None; and the message of each engine that cannot list its own."""
    voices: list[Voice] = []
    failures: dict[str, str] = {}
    for name in engine_names() if engines is None else engines:
        try:
            engine = load_engine(name)
            try:
                voices += call_engine(name, "list its voices", engine.voices)
            finally:
                close_engine(name, engine)
        except SpeechError as error:
            failures[name] = str(error)
    return voices, failures


@cache
def cached_engine_voices(engine: str) -> tuple[Voice, ...]:
    """An engine's voices, asked for once, since that may start a process; none where it cannot tell."""
    voices, _ = list_voices([engine])
    return tuple(voices)


def primary_language(tag: str) -> str:
    """The language itself of a BCP 47 tag: `en` of `en-US`."""
    return tag.lower().replace("_", "-").split("-")[0]
