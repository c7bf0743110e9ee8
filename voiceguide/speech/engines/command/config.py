"""Programs defined as voices in the user's configuration file. A script cannot define such a program."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceguide.errors import SpeechError

__all__ = ["CommandVoice", "config_path", "read_command_voices"]

ALLOWED_KEYS = ("command", "language", "gender", "quality")
PLACEHOLDERS = "{text}, {output}, {pace}, {rate}, {language}"


@dataclass(frozen=True)
class CommandVoice:
    """A speech program defined in the configuration file."""

    name: str
    command: tuple[str, ...]
    """The program and its arguments, with placeholders.

    Without {text}, the program reads stdin; without {output}, it writes to stdout. Without {pace} and {rate}, its audio
    is sped up or slowed down afterwards.
    """
    language: str
    """BCP 47."""
    gender: str
    quality: str

    @property
    def program(self) -> str:
        """The program to run: a path, or a name to look up on the PATH."""
        return os.path.expanduser(self.command[0])

    def has_placeholder(self, placeholder: str) -> bool:
        """Return whether any argument contains a placeholder such as `{text}`."""
        return any(placeholder in argument for argument in self.command[1:])


def config_path() -> Path:
    """Return VOICEGUIDE_CONFIG, or the path of config.yaml in the user's configuration folder."""
    import platformdirs

    from_env = os.environ.get("VOICEGUIDE_CONFIG")
    return Path(from_env) if from_env else Path(platformdirs.user_config_dir("voiceguide"), "config.yaml")


def read_command_voices() -> dict[str, CommandVoice]:
    """Return the configured programs by name, or an empty dict if there is no configuration file.

    Raises:
        SpeechError: if the file cannot be read or is invalid. The message names the key and says what it must contain.
    """
    import yaml

    path = config_path()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SpeechError(
            f"{path} cannot be read ({error}). Fix it, or set VOICEGUIDE_CONFIG to the path of another file."
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SpeechError(f"{path} is not valid YAML: {' '.join(str(error).split())}. Fix the file.") from error
    commands = (_require_mapping(path, "the file", content or {})).get("commands") or {}
    return {
        str(name): _parse_voice(path, str(name), entry)
        for name, entry in _require_mapping(path, "commands", commands).items()
    }


def _require_mapping(path: Path, where: str, value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise SpeechError(f"{path}: {where} must be a mapping of names to values, such as commands: {{NAME: {{...}}}}.")
    return value


def _parse_voice(path: Path, name: str, entry: Any) -> CommandVoice:
    where = f"commands.{name}"
    fields = _require_mapping(path, where, entry)
    unknown = [str(key) for key in fields if key not in ALLOWED_KEYS]
    if unknown:
        raise SpeechError(
            f"{path}: {where} has unknown keys: {', '.join(unknown)}. Allowed keys: {', '.join(ALLOWED_KEYS)}."
        )
    command = fields.get("command")
    if (
        not isinstance(command, list)
        or not command
        or not all(isinstance(argument, (str, int, float)) for argument in command)
    ):
        raise SpeechError(
            f"{path}: {where}.command must be a list of strings: the program and its arguments. The arguments can "
            f"contain {PLACEHOLDERS}."
        )
    texts = {key: fields.get(key, "") for key in ALLOWED_KEYS[1:]}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise SpeechError(f"{path}: {where}.{key} must be a string. Put it in quotes.")
    return CommandVoice(
        name,
        tuple(str(argument) for argument in command),
        texts["language"] or "mul",
        texts["gender"],
        texts["quality"],
    )
