"""What is there of all that a session is made with, and how to get what is not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["Finding", "diagnose"]

REINSTALL = "Run: pip install --force-reinstall voiceguide"
WITHOUT_EXTRAS = ("test", "check")
"""Extras for those who work on voiceguide itself."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for."""

    name: str
    good: bool
    found: str
    """What is there, or what is wrong."""
    needed: bool = True
    """Whether a build with the default voice and format cannot do without it."""
    advice: str = ""
    """How to get it, where it is not good."""


def diagnose() -> list[Finding]:
    """Everything that was looked for, in the order in which it is shown. The default voice is really made to speak."""
    return [finding for look in _LOOKS for finding in look()]


def _python() -> Iterator[Finding]:
    from voiceguide import __version__

    version = sys.version.split()[0]
    yield Finding("voiceguide", True, f"{__version__}, Python {version}")


def _ffmpeg() -> Iterator[Finding]:
    from voiceguide.encode.formats import FORMATS
    from voiceguide.errors import ExportError
    from voiceguide.system.ffmpeg import ffmpeg_path, ffmpeg_version, run_ffmpeg

    try:
        version = ffmpeg_version().partition("\n")[0].removeprefix("ffmpeg version ").split(" ")[0]
        listed = run_ffmpeg(["-encoders"], doing="list its encoders").decode("utf-8", "replace")
    except ExportError as error:
        yield Finding("ffmpeg", False, str(error), advice=REINSTALL)
        return
    yield Finding("ffmpeg", True, f"{version}, {ffmpeg_path()}")
    encoders = {line.split()[1] for line in listed.splitlines() if len(line.split()) > 1}
    for form in FORMATS.values():
        there = form.encoder in encoders
        found = form.encoder if there else f"this ffmpeg has no {form.encoder}"
        advice = f"Unset VOICEGUIDE_FFMPEG to use the ffmpeg that comes with voiceguide. Or: {REINSTALL.lower()}"
        yield Finding(f"format {form.name}", there, found, form.name == "mp3", advice)


def _default_voice() -> Iterator[Finding]:
    """Whether heart really speaks."""
    from voiceguide.errors import SpeechError
    from voiceguide.speech.engines.guarded_call import call_engine
    from voiceguide.speech.engines.registry import close_engine, load_engine

    try:
        engine = load_engine("hibari")
        try:
            speech = call_engine("hibari", "speak", lambda: engine.synthesize("Hello.", "heart", 1.0, "en-US"))
        finally:
            close_engine("hibari", engine)
    except SpeechError as error:
        yield Finding("voice heart", False, str(error), advice="Run: pip install --force-reinstall hibari-tts")
        return
    yield Finding("voice heart", len(speech.samples) > 0, f"speaks, {engine.version()}")


def _engines() -> Iterator[Finding]:
    from voiceguide.speech.engines.registry import engine_names, list_voices

    voices, failures = list_voices()
    for name in engine_names():
        own = [voice for voice in voices if voice.engine == name]
        here = [voice for voice in own if voice.installed]
        languages = len({voice.language.split("-")[0] for voice in here})
        found = f"{_many(len(here), 'voice')} in {_many(languages, 'language')}" if here else "no voices here"
        if name in failures:
            found = failures[name]
        advice = "See docs/voices.md, or run: voiceguide voices"
        yield Finding(f"engine {name}", bool(here), found, needed=False, advice=advice)


def _espeak() -> Iterator[Finding]:
    """The library that speaks every other language on Linux; the other systems have voices of their own."""
    if not sys.platform.startswith("linux"):
        return
    from voiceguide.errors import SpeechError
    from voiceguide.speech.engines.pyttsx3.espeak_library import find_espeak

    try:
        yield Finding("eSpeak library", True, find_espeak().describe(), needed=False)
    except SpeechError as error:
        yield Finding("eSpeak library", False, str(error), needed=False)


def _cache() -> Iterator[Finding]:
    import tempfile

    from voiceguide.system.disk_cache import Store, cache_folder

    folder = cache_folder()
    entries, size_bytes = Store(folder).usage()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            found = f"{folder}, {size_bytes / 1e6:.1f} MB in {_many(entries, 'entry', 'entries')}"
    except OSError as error:
        advice = "Builds go on without it, but slowly. Set VOICEGUIDE_CACHE to a folder that can be written."
        yield Finding("cache", False, f"{folder} cannot be written: {error.strerror}", needed=False, advice=advice)
        return
    yield Finding("cache", True, found, needed=False)


def _fonts() -> Iterator[Finding]:
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("font_manrope")
    places = (
        [Path(place, "files", "Manrope-Medium.ttf") for place in (spec.submodule_search_locations or ())]
        if spec
        else []
    )
    there = any(place.is_file() for place in places)
    found = "Manrope" if there else "Manrope is not installed"
    yield Finding("font of the cover", there, found, advice="Run: pip install --force-reinstall font-manrope")


def _routines() -> Iterator[Finding]:
    from voiceguide.pipeline.bundled_routines import bundled_routines

    count = len(bundled_routines())
    yield Finding("bundled routines", count > 0, f"{count}", needed=False, advice=REINSTALL)


def _player() -> Iterator[Finding]:
    import shutil

    from voiceguide.speech.preview import PLAYERS

    found = next((player[0] for player in PLAYERS if shutil.which(player[0])), None)
    found = "winsound" if sys.platform == "win32" else found
    advice = "say and bed need -o FILE then. Install one of " + ", ".join(player[0] for player in PLAYERS[1:]) + "."
    yield Finding("sound player", found is not None, found or "nothing here plays sound", needed=False, advice=advice)


def _extras() -> Iterator[Finding]:
    """What `pip install "voiceguide[...]"` can add, as the package itself declares it."""
    from importlib import metadata

    try:
        own = metadata.metadata("voiceguide")
    except metadata.PackageNotFoundError:
        return
    for extra in own.get_all("Provides-Extra") or []:
        if extra in WITHOUT_EXTRAS:
            continue
        wanted = [_package(line) for line in own.get_all("Requires-Dist") or [] if f'extra == "{extra}"' in line]
        missing = [package for package in wanted if not _installed(package)]
        found = f"not installed: {', '.join(missing)}" if missing else ", ".join(wanted)
        advice = f'Run: pip install "voiceguide[{extra}]"'
        yield Finding(f"optional {extra}", not missing, found, needed=False, advice=advice)


def _package(requirement: str) -> str:
    import re

    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def _installed(package: str) -> bool:
    from importlib import metadata

    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"


_LOOKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _ffmpeg,
    _default_voice,
    _engines,
    _espeak,
    _cache,
    _fonts,
    _routines,
    _player,
    _extras,
)
"""In the order in which it is shown."""
