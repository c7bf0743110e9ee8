"""Where piper's voices are: files of the user's own, and packages that ship them. Each is a .onnx with a .onnx.json."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path

from voiceguide.errors import SpeechError

__all__ = ["PiperVoiceFile", "find_piper_voice", "installed_piper_voices"]

FOLDERS_ENV_VAR = "VOICEGUIDE_PIPER_VOICES"
DOWNLOAD_HINT = "docs/voices.md says where to get voices and where to put them."


@dataclass(frozen=True)
class PiperVoiceFile:
    """A voice on the disk."""

    name: str
    """As a person writes it: en_US-joe-medium."""
    model_path: Path
    language: str
    """BCP 47."""

    def size_and_mtime(self) -> str:
        """Changes when the files do: their sizes and times."""
        states = [path.stat() for path in (self.model_path, _config_path(self.model_path))]
        return " ".join(f"{state.st_size} {state.st_mtime_ns}" for state in states)


def installed_piper_voices() -> list[PiperVoiceFile]:
    """The voices that can be called by their name: in the folders of VOICEGUIDE_PIPER_VOICES, in the user's own data
    folder, in installed packages named piper-voice. The first of a name is taken."""
    found: dict[str, PiperVoiceFile] = {}
    for model in [*_find_models_in_folders(), *_find_models_in_packages()]:
        if model.stem not in found and _config_path(model).is_file():
            found[model.stem] = _read_voice_file(model)
    return sorted(found.values(), key=lambda voice: (voice.language, voice.name))


def find_piper_voice(requested: str, language: str) -> PiperVoiceFile:
    """The voice of that name or path; where it is empty, the first that speaks the language.

    Raises:
        SpeechError: where there is none, or where its two files do not go together.
    """
    if requested.endswith(".onnx"):
        model = Path(requested).expanduser().absolute()
        missing = [path.name for path in (model, _config_path(model)) if not path.is_file()]
        if missing:
            raise SpeechError(f"The piper voice {requested} lacks {' and '.join(missing)}. A voice is these two files.")
        return _read_voice_file(model)
    voices = installed_piper_voices()
    primary = language.split("-")[0].lower()
    for voice in voices:
        if requested.lower() == voice.name.lower() or (not requested and voice.language.split("-")[0] == primary):
            return voice
    names = [voice.name for voice in voices]
    near = get_close_matches(requested, names, n=3)
    there = f"Did you mean {' or '.join(near)}? " if near else f"There is {', '.join(names)}. " if names else ""
    wanted = f'named "{requested}"' if requested else f"for the language {language}"
    raise SpeechError(f"There is no piper voice {wanted}. {there}{DOWNLOAD_HINT}")


def _config_path(model_path: Path) -> Path:
    return model_path.with_name(model_path.name + ".json")


def _find_models_in_folders() -> list[Path]:
    import platformdirs

    named = [Path(folder) for folder in os.environ.get(FOLDERS_ENV_VAR, "").split(os.pathsep) if folder]
    folders = [*named, Path(platformdirs.user_data_dir("voiceguide"), "piper")]
    return [model.absolute() for folder in folders for model in sorted(folder.expanduser().glob("*.onnx"))]


def _find_models_in_packages() -> list[Path]:
    found = []
    for package in metadata.distributions():
        name = (package.name or "").lower().replace("_", "-")
        if "piper" in name and "voice" in name:
            files = [file for file in package.files or () if file.name.endswith(".onnx")]
            found += [Path(str(package.locate_file(file))) for file in files]
    return sorted(found)


def _read_voice_file(model_path: Path) -> PiperVoiceFile:
    """A voice with its language, which its configuration tells.

    Raises:
        SpeechError: where that cannot be read.
    """
    path = _config_path(model_path)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        code = config.get("language", {}).get("code") or config["espeak"]["voice"]
        base, _, region = str(code).replace("_", "-").partition("-")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise SpeechError(
            f"{path} is not the configuration of a piper voice ({error}). Fetch the voice anew."
        ) from error
    return PiperVoiceFile(model_path.stem, model_path, f"{base}-{region.upper()}" if region else base)
