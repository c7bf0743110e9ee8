"""Find piper voices in the user's folders and in installed packages. A voice has a .onnx and a .onnx.json file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path

from voiceguide.errors import SpeechError
from voiceguide.languages import primary_language
from voiceguide.script.parsing.nodes import join_or, quoted

__all__ = ["PiperVoiceFile", "download_folder", "find_piper_voice", "installed_piper_voices", "read_piper_voices"]

FOLDERS_ENV_VAR = "VOICEGUIDE_PIPER_VOICES"
DOWNLOAD_HINT = "voiceguide voices --get NAME downloads one."
MAX_CONFIG_MB = 1
MAX_MODEL_MB = 512
"""The largest published voices have a configuration of less than 50 KB and a model of less than 150 MB."""


@dataclass(frozen=True)
class PiperVoiceFile:
    """An installed voice."""

    name: str
    """The name used in scripts, such as en_US-joe-medium."""
    model_path: Path
    language: str
    """BCP 47."""

    def size_and_mtime(self) -> str:
        """Return the sizes and modification times of both files. These values change when the voice changes."""
        stats = [path.stat() for path in (self.model_path, _config_path(self.model_path))]
        return " ".join(f"{stat.st_size} {stat.st_mtime_ns}" for stat in stats)


def installed_piper_voices() -> list[PiperVoiceFile]:
    """Return the voices that can be used by name.

    Search the folders in VOICEGUIDE_PIPER_VOICES, then the user's data folder, then installed packages whose names
    contain "piper" and "voice". If several voices have the same name, the first one is used.
    """
    return read_piper_voices()[0]


def read_piper_voices() -> tuple[list[PiperVoiceFile], dict[str, str]]:
    """Return the voices that can be used by name, and what is wrong with each voice that cannot, by its name."""
    voices: list[PiperVoiceFile] = []
    unusable: dict[str, str] = {}
    for name, model in _find_models().items():
        try:
            voices.append(_read_voice_file(model))
        except SpeechError as error:
            unusable[name] = str(error)
    return sorted(voices, key=lambda voice: (voice.language, voice.name)), unusable


def find_piper_voice(requested: str, language: str) -> PiperVoiceFile:
    """Return the voice with that name or path, or the first one for the language if `requested` is empty.

    Raises:
        SpeechError: if there is no such voice, or if one of its two files is missing, invalid or too large.
    """
    if requested.endswith(".onnx") and requested not in _find_models():
        model = Path(requested).expanduser().absolute()
        missing = [path.name for path in (model, _config_path(model)) if not path.is_file()]
        if missing:
            raise SpeechError(
                f"The piper voice {requested} is incomplete. Missing: {' and '.join(missing)}. "
                "A voice needs a .onnx and a .onnx.json file."
            )
        return _read_voice_file(model)
    for name, model in _find_models().items():
        if name.lower() == requested.lower():
            return _read_voice_file(model)
    voices = installed_piper_voices()
    primary = primary_language(language)
    for voice in voices:
        if not requested and primary_language(voice.language) == primary:
            return voice
    names = [voice.name for voice in voices]
    if matches := get_close_matches(requested, names, n=3):
        hint = f"Did you mean {join_or([quoted(name) for name in matches])}? "
    else:
        hint = f"Installed voices: {', '.join(names)}. " if names else ""
    wanted = f'named "{requested}"' if requested else f"for the language {language}"
    raise SpeechError(f"No piper voice {wanted} is installed. {hint}{DOWNLOAD_HINT}")


def _config_path(model_path: Path) -> Path:
    return model_path.with_name(model_path.name + ".json")


def _find_models() -> dict[str, Path]:
    """Return the installed models, keyed by voice name. Voices that lack one of their two files are omitted."""
    models: dict[str, Path] = {}
    for model in [*_find_models_in_folders(), *_find_models_in_packages()]:
        if model.is_file() and _config_path(model).is_file():
            models.setdefault(model.stem, model)
    return models


def download_folder() -> Path:
    """Return the folder for downloaded voices: the first in VOICEGUIDE_PIPER_VOICES, or one in the user data folder."""
    return _voice_folders()[0]


def _voice_folders() -> list[Path]:
    import platformdirs

    from_env = [Path(folder) for folder in os.environ.get(FOLDERS_ENV_VAR, "").split(os.pathsep) if folder]
    folders = [*from_env, Path(platformdirs.user_data_dir("voiceguide"), "piper")]
    return [folder.expanduser().absolute() for folder in folders]


def _find_models_in_folders() -> list[Path]:
    return [model for folder in _voice_folders() for model in sorted(folder.glob("*.onnx"))]


def _find_models_in_packages() -> list[Path]:
    models = []
    for package in metadata.distributions():
        name = (package.name or "").lower().replace("_", "-")
        if "piper" in name and "voice" in name:
            files = [file for file in package.files or () if file.name.endswith(".onnx")]
            models += [Path(str(package.locate_file(file))) for file in files]
    return sorted(models)


def _read_voice_file(model_path: Path) -> PiperVoiceFile:
    """Return the voice for a model. The language is read from its configuration file.

    Raises:
        SpeechError: if the configuration file cannot be read, or if one of the files is too large.
    """
    path = _config_path(model_path)
    try:
        _check_size(model_path, MAX_MODEL_MB)
        config = json.loads(_check_size(path, MAX_CONFIG_MB).read_text(encoding="utf-8"))
        code = config.get("language", {}).get("code") or config["espeak"]["voice"]
        base, _, region = str(code).replace("_", "-").partition("-")
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise SpeechError(
            f"{path} is not a valid piper voice configuration ({error}). Download the voice again."
        ) from error
    return PiperVoiceFile(model_path.stem, model_path, f"{base}-{region.upper()}" if region else base)


def _check_size(path: Path, max_mb: int) -> Path:
    """Return the path. Raise SpeechError if the file is so large that loading it could use up all memory."""
    if path.stat().st_size > max_mb << 20:
        raise SpeechError(
            f"{path} is larger than {max_mb} MB, which is too large for a piper voice. Choose another voice."
        )
    return path
