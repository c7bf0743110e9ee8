"""Check that everything needed to build a session is installed, and explain how to install what is missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

__all__ = ["ComponentStatus", "describe_environment", "diagnose"]

REINSTALL_HINT = "Run: pip install --force-reinstall voiceguide"
DEVELOPER_EXTRAS = ("test", "check")
"""The extras that are needed only to work on voiceguide itself."""
_REPORTED_VARIABLES = ("VOICEGUIDE_", "LANG", "LC_", "TERM", "COLUMNS", "NO_COLOR", "PYTHONIOENCODING", "PYTHONUTF8")
"""Name prefixes of the environment variables that affect the program."""


@dataclass(frozen=True)
class ComponentStatus:
    """The result of one check."""

    name: str
    good: bool
    found: str
    """The component that was found, or the reason the check failed."""
    needed: bool = True
    """Whether the component is required to build with the default voice and format."""
    advice: str = ""
    """How to fix the problem if the check failed."""


def diagnose() -> list[ComponentStatus]:
    """Run all checks in the order of the report. One of the checks synthesizes a word with the default voice."""
    return [status for check in _CHECKS for status in check()]


def describe_environment() -> dict[str, str]:
    """Return the details for a bug report: the system, the terminal, folders, environment variables and packages."""
    import locale
    import platform
    import tempfile

    from voiceguide.speech.engines.command.config import config_path
    from voiceguide.system.state_folder import state_folder

    return {
        "system": platform.platform(),
        "locale": ".".join(part or "none" for part in locale.getlocale()),
        "output encoding": str(sys.stdout.encoding),
        "configuration file": str(config_path()),
        "state folder": str(state_folder()),
        "temporary folder": tempfile.gettempdir(),
        **{name: os.environ[name] for name in sorted(os.environ) if name.startswith(_REPORTED_VARIABLES)},
        **{package: _installed_version(package) or "not installed" for package in _required_packages()},
    }


def _check_versions() -> Iterator[ComponentStatus]:
    from voiceguide import __version__

    version = sys.version.split()[0]
    yield ComponentStatus("voiceguide", True, f"{__version__}, Python {version}")


def _check_ffmpeg() -> Iterator[ComponentStatus]:
    from voiceguide.encode.formats import FORMATS
    from voiceguide.errors import ExportError
    from voiceguide.system.ffmpeg import ffmpeg_version, find_ffmpeg, run_ffmpeg

    try:
        version = ffmpeg_version().partition("\n")[0].removeprefix("ffmpeg version ").split(" ")[0]
        listed = run_ffmpeg(["-encoders"], action="list its encoders").decode("utf-8", "replace")
    except ExportError as error:
        yield ComponentStatus("ffmpeg", False, str(error), advice=REINSTALL_HINT)
        return
    source = find_ffmpeg() if os.environ.get("VOICEGUIDE_FFMPEG") else "from the package imageio-ffmpeg"
    yield ComponentStatus("ffmpeg", True, f"{version}, {source}")
    encoders = {line.split()[1] for line in listed.splitlines() if len(line.split()) > 1}
    for form in FORMATS.values():
        there = form.encoder in encoders
        found = form.encoder if there else f"this ffmpeg has no {form.encoder}"
        advice = f"Unset VOICEGUIDE_FFMPEG to use the ffmpeg that comes with voiceguide. Or: {REINSTALL_HINT.lower()}"
        yield ComponentStatus(f"format {form.name}", there, found, form.name == "mp3", advice)


def _check_default_voice() -> Iterator[ComponentStatus]:
    """Synthesize a word with the `heart` voice."""
    from voiceguide.errors import SpeechError
    from voiceguide.speech.engines.guarded_call import call_engine
    from voiceguide.speech.engines.registry import close_engine, create_engine

    try:
        engine = create_engine("hibari")
        try:
            speech = call_engine("hibari", "speak", lambda: engine.synthesize("Hello.", "heart", 1.0, "en-US"))
        finally:
            close_engine("hibari", engine)
    except SpeechError as error:
        yield ComponentStatus("voice heart", False, str(error), advice="Run: pip install --force-reinstall hibari-tts")
        return
    yield ComponentStatus("voice heart", len(speech.samples) > 0, f"speaks, {engine.version()}")


def _check_engines() -> Iterator[ComponentStatus]:
    from voiceguide.speech.engines.registry import engine_names, list_voices

    voices, failures = list_voices()
    for name in engine_names():
        own = [voice for voice in voices if voice.engine == name]
        here = [voice for voice in own if voice.installed]
        languages = len({voice.language.split("-")[0] for voice in here})
        found = (
            f"{_format_count(len(here), 'voice')} in {_format_count(languages, 'language')}" if here else "no voices"
        )
        if name in failures:
            found = failures[name]
        advice = "See docs/voices.md, or run: voiceguide voices"
        yield ComponentStatus(f"engine {name}", bool(here), found, needed=False, advice=advice)


def _check_espeak() -> Iterator[ComponentStatus]:
    """Check the eSpeak library, which provides the other languages on Linux. Other systems have built-in voices."""
    if not sys.platform.startswith("linux"):
        return
    from voiceguide.errors import SpeechError
    from voiceguide.speech.engines.pyttsx3.espeak_location import find_espeak_library

    try:
        yield ComponentStatus("eSpeak library", True, find_espeak_library().describe_version(), needed=False)
    except SpeechError as error:
        yield ComponentStatus("eSpeak library", False, str(error), needed=False)


def _check_cache() -> Iterator[ComponentStatus]:
    import tempfile

    from voiceguide.system.disk_cache import DiskCache, cache_folder

    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            found = f"{folder}: {DiskCache(folder).describe_usage()}"
    except OSError as error:
        advice = "Builds work without a cache, but are slower. Set VOICEGUIDE_CACHE to a writable folder."
        yield ComponentStatus(
            "cache", False, f"{folder} cannot be written: {error.strerror}", needed=False, advice=advice
        )
        return
    yield ComponentStatus("cache", True, found, needed=False)


def _check_cover_font() -> Iterator[ComponentStatus]:
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("font_manrope")
    places = (
        [Path(place, "files", "Manrope-Medium.ttf") for place in (spec.submodule_search_locations or ())]
        if spec
        else []
    )
    there = any(map(os.path.isfile, places))
    found = "Manrope" if there else "Manrope is not installed"
    yield ComponentStatus("cover font", there, found, advice="Run: pip install --force-reinstall font-manrope")


def _check_bundled_routines() -> Iterator[ComponentStatus]:
    from voiceguide.pipeline.bundled_routines import list_bundled_routines

    count = len(list_bundled_routines())
    yield ComponentStatus("bundled routines", count > 0, f"{count}", needed=False, advice=REINSTALL_HINT)


def _check_audio_player() -> Iterator[ComponentStatus]:
    """Play a short silence, because even an installed player fails without an audio device."""
    from voiceguide.errors import VoiceguideError
    from voiceguide.speech.audio_player import PLAYER_COMMANDS, AudioPlayerError, find_working_player

    try:
        yield ComponentStatus("audio player", True, find_working_player(), needed=False)
    except VoiceguideError as error:
        found = error.cause if isinstance(error, AudioPlayerError) else str(error)
        installable = ", ".join(player[0] for player in PLAYER_COMMANDS[1:])
        advice = f"Without one, say and bed need -o FILE. Connect an audio device, and install one of {installable}."
        yield ComponentStatus("audio player", False, found, needed=False, advice=advice)


def _check_extras() -> Iterator[ComponentStatus]:
    """Check the extras declared by the package."""
    from importlib import metadata

    try:
        extras = metadata.metadata("voiceguide").get_all("Provides-Extra") or []
    except metadata.PackageNotFoundError:
        return
    for extra in extras:
        if extra in DEVELOPER_EXTRAS:
            continue
        wanted = _required_packages(extra)
        missing = [package for package in wanted if not _installed_version(package)]
        found = f"not installed: {', '.join(missing)}" if missing else ", ".join(wanted)
        advice = f'Run: pip install "voiceguide[{extra}]"'
        yield ComponentStatus(f"optional {extra}", not missing, found, needed=False, advice=advice)


def _required_packages(extra: str = "") -> list[str]:
    """Return the names of the packages that an extra requires or, if no extra is given, that are always required."""
    from importlib import metadata

    try:
        lines = metadata.requires("voiceguide") or []
    except metadata.PackageNotFoundError:
        return []
    if extra:
        return [_parse_package_name(line) for line in lines if f'extra == "{extra}"' in line]
    needed = {_parse_package_name(line): ";" in line for line in lines if "extra ==" not in line}
    return [name for name, has_condition in needed.items() if not has_condition or _installed_version(name)]


def _parse_package_name(requirement: str) -> str:
    import re

    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0]


def _installed_version(package: str) -> str:
    """Return the version of a package, or an empty string if it is not installed."""
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _format_count(count: int, singular: str, plural: str = "") -> str:
    return f"{count} {singular if count == 1 else plural or singular + 's'}"


_CHECKS: tuple[Callable[[], Iterator[ComponentStatus]], ...] = (
    _check_versions,
    _check_ffmpeg,
    _check_default_voice,
    _check_engines,
    _check_espeak,
    _check_cache,
    _check_cover_font,
    _check_bundled_routines,
    _check_audio_player,
    _check_extras,
)
"""The checks, in the order of the report."""
