"""Look up engines and voices by name. Built-in and third-party engines are both registered as entry points."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from voiceguide.errors import SpeechError
from voiceguide.languages import primary_language
from voiceguide.script.parsing.nodes import join_or, quoted
from voiceguide.speech.engines.guarded_call import call_engine
from voiceguide.speech.engines.onnx_telemetry import disable_telemetry
from voiceguide.speech.engines.protocol import Engine, Voice
from voiceguide.speech.engines.voice_name_or_path import is_path
from voiceguide.system.memory_limits import require_memory_to_import

__all__ = [
    "LOCAL_ENGINES",
    "ResolvedVoice",
    "cached_engine_voices",
    "check_voice",
    "close_engine",
    "create_engine",
    "engine_names",
    "list_voices",
    "resolve_voice",
]

ENTRY_POINT_GROUP = "voiceguide.engines"
ENGINE_FOR_VOICE = dict.fromkeys(("heart", "emma", "fenrir", "fable", "kore"), "hibari")
"""Voices that can be found without loading an engine. For any other name, all engines are searched."""
ENGINES_BEST_FIRST = ("piper", "kokoro", "pico")
"""Engines whose voices are used by default in languages other than English."""
LOCAL_ENGINES = frozenset(("hibari", "piper", "kokoro", "pico", "pyttsx3", "tone"))
"""Engines that cost nothing. Other engines could charge for each line, so they speak only on request."""
CLOSE_TIMEOUT_S = 2.0
"""Time limit for closing an engine. This limit is short so that a hanging engine does not delay the exit after
Ctrl-C."""
MIN_SIMILARITY_PERCENT = 65
"""Minimum similarity at which an existing name is suggested in place of an unknown one."""


@dataclass(frozen=True)
class ResolvedVoice:
    """An engine and one of its voices. If `voice` is empty, the engine chooses one for the language."""

    engine: str
    voice: str


@cache
def _entry_points() -> dict[str, metadata.EntryPoint]:
    """Return the entry points by name. Built-in engines take precedence over third-party engines with the same name."""
    points = sorted(
        metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.value.startswith("voiceguide.")
    )
    return {point.name: point for point in points}


def engine_names() -> list[str]:
    """Return the names of all registered engines."""
    return sorted(_entry_points())


def create_engine(name: str) -> Engine:
    """Return a new instance of the engine with that name.

    Raises:
        SpeechError: if the name is unknown, or if the engine cannot be loaded or does not implement the whole protocol.
    """
    disable_telemetry()  # third-party engines can use onnxruntime too
    point = _entry_points().get(name)
    if point is None:
        raise SpeechError(f'Unknown speech engine "{name}". Available engines: {", ".join(engine_names())}.')
    require_memory_to_import("numpy")
    package = f"the package {point.dist.name}" if point.dist else "its package"
    advice = f"Reinstall {package}, or choose another voice."
    engine: Engine = call_engine(name, "load", lambda: point.load()(), advice=advice)
    missing = [
        part for part in ("name", "parallel", "version", "voices", "synthesize", "close") if not hasattr(engine, part)
    ]
    if missing:
        raise SpeechError(
            f"The engine {name} does not implement the engine protocol. Missing: {', '.join(missing)}. "
            "Report this to its authors."
        )
    return engine


def close_engine(name: str, engine: Engine) -> None:
    """Close an engine. Failures and timeouts are ignored, because the engine is no longer needed."""
    with contextlib.suppress(SpeechError):
        call_engine(name, "close", engine.close, CLOSE_TIMEOUT_S)


def resolve_voice(requested: str, language: str) -> ResolvedVoice:
    """Return the engine and voice for a requested name. An empty name selects the best voice for the language.

    ENGINE/NAME and ENGINE are not checked further: the engine itself rejects an unknown voice. If the name does not
    include an engine, all engines are searched.

    Raises:
        SpeechError: if the name is unknown. The message suggests similar names.
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
    """Return heart for English, otherwise the first installed voice of the best engine that speaks the language.

    pyttsx3 comes last: eSpeak speaks a hundred languages, but is hard to understand.
    """
    if primary == "en":
        return ResolvedVoice("hibari", "heart")
    for engine in ENGINES_BEST_FIRST:
        for voice in cached_engine_voices(engine):
            if voice.installed and primary_language(voice.language) == primary:
                return ResolvedVoice(engine, voice.name)
    return ResolvedVoice("pyttsx3", "")


@cache
def _find_voice_by_name(name: str) -> ResolvedVoice:
    voices, _ = list_voices()
    for voice in voices:
        if voice.name.lower() == name.lower():
            return ResolvedVoice(voice.engine, voice.name)
    from rapidfuzz import fuzz, process, utils

    known = {name: name for name in (*ENGINE_FOR_VOICE, *engine_names())}
    known |= {voice.full_name: voice.name for voice in voices if voice.installed and voice.name not in known}
    matches = process.extract(
        name, known, limit=3, score_cutoff=MIN_SIMILARITY_PERCENT, scorer=fuzz.ratio, processor=utils.default_process
    )
    if matches:
        hint = f"Did you mean {join_or([quoted(full_name) for _, _, full_name in matches])}?"
    else:
        hint = f"Available voices and engines: {', '.join([*ENGINE_FOR_VOICE, *engine_names()])}."
    raise SpeechError(f'Unknown voice "{name}". {hint} The list of voices shows every name.')


def check_voice(requested: str, language: str, *, allow_path: bool = False) -> None:
    """Check that a requested voice exists, if its engine can determine this without synthesizing anything.

    Some engines accept the path of a file as a voice, and native code then reads this file. Set `allow_path` only for a
    voice that the user has chosen. A script can come from a stranger, so it can only use voices by name.

    Raises:
        SpeechError: if the name is unknown, if the engine does not have the voice, or if the voice is a path and paths
            are not allowed. In the last case, no file at that path is touched.
    """
    resolved = resolve_voice(requested, language)
    if not resolved.voice or resolved == ResolvedVoice("hibari", "heart"):
        return
    if not allow_path and is_path(resolved.voice) and not _is_listed(resolved):
        raise SpeechError(
            f'"{requested}" is a path, not the name of a voice. A script can only name installed voices. '
            "To use a file, set the voice as an override."
        )
    engine = create_engine(resolved.engine)
    check = getattr(engine, "check_voice", None)
    if check is None or (not hasattr(engine, "languages") and _is_voice_installed(resolved)):
        return
    try:
        call_engine(resolved.engine, "find its voice", lambda: check(resolved.voice, language))
    finally:
        close_engine(resolved.engine, engine)


def _is_listed(resolved: ResolvedVoice) -> bool:
    return any(voice.name == resolved.voice for voice in cached_engine_voices(resolved.engine))


def _is_voice_installed(resolved: ResolvedVoice) -> bool:
    return any(
        voice.installed and voice.name.lower() == resolved.voice.lower()
        for voice in cached_engine_voices(resolved.engine)
    )


def list_voices(engines: Iterable[str] | None = None) -> tuple[list[Voice], dict[str, str]]:
    """Return the voices of the given engines (None for all), and an error message for each engine that fails."""
    voices: list[Voice] = []
    failures: dict[str, str] = {}
    for name in engine_names() if engines is None else engines:
        try:
            engine = create_engine(name)
            try:
                voices += call_engine(name, "list its voices", engine.voices, advice="They are left out.")
            finally:
                close_engine(name, engine)
        except SpeechError as error:
            failures[name] = str(error)
    return voices, failures


@cache
def cached_engine_voices(engine: str) -> tuple[Voice, ...]:
    """Return an engine's voices, or an empty tuple if they cannot be listed.

    The result is cached, because listing voices may start a process.
    """
    voices, _ = list_voices([engine])
    return tuple(voices)
