"""Session requests: parse an untrusted request body and convert it to overrides."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from voiceguide.builtin_names import BED_NAMES, DETAIL_LEVELS, is_file_name
from voiceguide.errors import AudioFileError, OverrideError, VoiceguideError
from voiceguide.pipeline.override_options import parse_overrides
from voiceguide.script.asset_paths import resolve_asset_path
from voiceguide.script.loader import Script
from voiceguide.script.model.bed_layers import bed_files, is_builtin_bed
from voiceguide.speech.engines.command.config import config_path
from voiceguide.system.disk_cache import digest
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.web.services.routine_library import LoadedRoutine

__all__ = [
    "MAX_BODY_BYTES",
    "SessionRequest",
    "parse_session_request",
    "resolve_overrides",
    "session_id",
    "unmodified_options",
]

MAX_BODY_BYTES = 64 * 1024
MAX_LIST_ENTRIES = 500
"""Maximum number of entries in each list."""
MAX_TEXT_CHARS = 500
"""Maximum length of each string. No name is that long."""
LIST_OPTIONS = ("sets", "skips", "variants")
TEXT_OPTIONS = ("total", "detail", "voice", "pace", "bed", "bed_level")
VERSIONED_PACKAGES = ("hibari-tts", "pyttsx3", "espeakng-loader", "piper-tts", "py-nanotts", "numpy", "imageio-ffmpeg")


@dataclass(frozen=True)
class SessionRequest:
    """The name of a routine, and its overrides as text."""

    routine: str
    options: Mapping[str, Any]


def parse_session_request(body: bytes) -> SessionRequest:
    """Parse a body of the form `{"routine": name, "overrides": {...}}`.

    Raises:
        VoiceguideError: The body does not have this form.
    """
    try:
        data = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise VoiceguideError("The request is not valid JSON.") from error
    data = _check_keys(data, "The request", ("routine", "overrides"))
    routine = _parse_text(data.get("routine"), "routine")
    if routine is None:
        raise VoiceguideError("The request does not name a routine.")
    given = _check_keys(data.get("overrides") or {}, "overrides", (*LIST_OPTIONS, *TEXT_OPTIONS))
    options: dict[str, Any] = {name: _parse_text_list(given.get(name), f"overrides.{name}") for name in LIST_OPTIONS}
    options |= {name: _parse_text(given.get(name), f"overrides.{name}") for name in TEXT_OPTIONS}
    if options["detail"] not in (None, *DETAIL_LEVELS):
        raise VoiceguideError(f"overrides.detail: use one of {', '.join(DETAIL_LEVELS)}.")
    return SessionRequest(routine, options)


def unmodified_options() -> dict[str, Any]:
    """Return the options of a request without overrides."""
    return {**{name: [] for name in LIST_OPTIONS}, **dict.fromkeys(TEXT_OPTIONS)}


def _check_keys(value: Any, where: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise VoiceguideError(f"{where} must be an object.")
    if not value.keys() <= set(known):
        raise VoiceguideError(f"{where} has an unknown key. Known keys: {', '.join(known)}.")
    return value


def _parse_text_list(value: Any, where: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MAX_LIST_ENTRIES:
        raise VoiceguideError(f"{where} must be a list of at most {MAX_LIST_ENTRIES} strings.")
    return [text for entry in value if (text := _parse_text(entry, where)) is not None]


def _parse_text(value: Any, where: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_TEXT_CHARS or not value.isprintable():
        raise VoiceguideError(f"{where} must be plain text of at most {MAX_TEXT_CHARS} characters.")
    return value


def resolve_overrides(script: Script, request: SessionRequest) -> Overrides:
    """Return the overrides of a request. A request cannot specify a file or download a voice.

    Raises:
        VoiceguideError: An override is not valid.
    """
    options = dict(request.options)
    own = script.routine.bed.sound
    if options["bed"] is not None and options["bed"] == own:
        options["bed"] = None  # the bed specified in the script, which can be a file
    elif options["bed"] is not None and not is_builtin_bed(options["bed"]):
        raise OverrideError("bed", options["bed"], f"no such bed. Available beds: {', '.join(BED_NAMES)}.")
    if options["voice"]:
        _check_voice(options["voice"], script.routine.language)
    return parse_overrides(script, _by_api_names(options))


def _by_api_names(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with the names and types used in `voiceguide.api.OverrideOptions`."""
    renamed = {"sets": "set", "skips": "skip", "bed_level": "bed_level_db"}
    result = {renamed.get(name, name): value for name, value in options.items()}
    result["set"] = [entry.rpartition("=")[::2] for entry in options["sets"]]
    return result


def _check_voice(written: str, language: str) -> None:
    from voiceguide.speech.engines.registry import cached_engine_voices, resolve_voice

    chosen = resolve_voice(written, language)
    here = (voice for voice in cached_engine_voices(chosen.engine) if voice.installed and voice.offline)
    if not any(voice.name == chosen.voice for voice in here):
        raise OverrideError("voice", written, f'the voice "{written}" is not installed.')


def session_id(loaded: LoadedRoutine, overrides: Overrides, arrangement: Arrangement) -> str:
    """Return an ID of 32 hexadecimal digits, derived from everything that affects a session.

    The ID depends on the script's bytes, the files named in it, the overrides and this program. Equivalent requests
    have the same ID, even if they are written differently.
    """
    facts = dataclasses.asdict(overrides)
    written = json.dumps(facts, sort_keys=True, default=str)
    words = loaded.script.routine.words
    names = {*_asset_files(arrangement), *([words] if isinstance(words, str) else ())}
    files = [_file_fingerprint(loaded.script.folder, name) for name in sorted(names)]
    return digest("session", _program_digest(), loaded.data, written, *files)[:32]


def _asset_files(arrangement: Arrangement) -> Iterator[str]:
    """Yield every audio file of a routine, as written in the script."""
    for stage in arrangement.stages:
        yield from bed_files(stage.bed.sound)
        chimes = (stage.chime, *(cue.chime for step in stage.steps for cue in step.cues))
        yield from (chime.sound for chime in chimes if chime and is_file_name(chime.sound))
        for step in stage.steps:
            yield from (audio for audio in (step.audio, *(cue.audio for cue in step.cues)) if audio)


def _file_fingerprint(folder: Path, name: str) -> str:
    """Return a file's name, size and modification time, or only its name if it is missing. The build reports it."""
    try:
        state = resolve_asset_path(folder, name).stat()
    except (AudioFileError, OSError):
        return name
    return f"{name} {state.st_size} {state.st_mtime_ns}"


@cache
def _program_digest() -> str:
    """Return a digest of everything that can change a session besides its script, overrides and audio files.

    The digest covers the program's code, the versions of the speech packages, and the user's configuration, which can
    define voices.
    """
    total = hashlib.sha256()
    for path in sorted(Path(__file__).parents[2].rglob("*.py")):
        total.update(path.read_bytes())
    for package in VERSIONED_PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            total.update(f"{package} {metadata.version(package)}".encode())
    with contextlib.suppress(OSError):
        total.update(config_path().read_bytes())
    return total.hexdigest()
