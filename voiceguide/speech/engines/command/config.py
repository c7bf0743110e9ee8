"""The programs that a user has named as voices, in a configuration file of their own; never in a script."""

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
    """A program that speaks, as its user described it."""

    name: str
    command: tuple[str, ...]
    """The program and its arguments, with placeholders. Without {text} it reads stdin, without {output} it writes to
    stdout, without {pace} or {rate} it speaks at a pace of its own, which is then changed."""
    language: str
    """BCP 47."""
    gender: str
    quality: str

    @property
    def program(self) -> str:
        """What to run: a name to be found on the PATH, or a whole path."""
        return os.path.expanduser(self.command[0])

    def has_placeholder(self, placeholder: str) -> bool:
        """Whether a placeholder, such as `{text}`, is among the arguments."""
        return any(placeholder in argument for argument in self.command[1:])


def config_path() -> Path:
    """The user's configuration file: VOICEGUIDE_CONFIG, or config.yaml in the user's own configuration folder."""
    import platformdirs

    named = os.environ.get("VOICEGUIDE_CONFIG")
    return Path(named) if named else Path(platformdirs.user_config_dir("voiceguide"), "config.yaml")


def read_command_voices() -> dict[str, CommandVoice]:
    """Every program named in the configuration file; none where there is no such file.

    Raises:
        SpeechError: for a file that cannot be read, naming the key and what belongs there.
    """
    import yaml

    path = config_path()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SpeechError(f"{path} cannot be read ({error}). Mend it, or set VOICEGUIDE_CONFIG to another.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SpeechError(f"{path} is not YAML: {' '.join(str(error).split())}. Mend it as it says.") from error
    commands = (_require_mapping(path, "the file", content or {})).get("commands") or {}
    return {
        str(name): _parse_voice(path, str(name), entry)
        for name, entry in _require_mapping(path, "commands", commands).items()
    }


def _require_mapping(path: Path, where: str, value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise SpeechError(f"{path}: {where} must hold names with values, such as: commands: {{NAME: {{...}}}}.")
    return value


def _parse_voice(path: Path, name: str, entry: Any) -> CommandVoice:
    where = f"commands.{name}"
    fields = _require_mapping(path, where, entry)
    unknown = [str(key) for key in fields if key not in ALLOWED_KEYS]
    if unknown:
        raise SpeechError(f"{path}: {where} has no key {', '.join(unknown)}. It may have {', '.join(ALLOWED_KEYS)}.")
    command = fields.get("command")
    if (
        not isinstance(command, list)
        or not command
        or not all(isinstance(argument, (str, int, float)) for argument in command)
    ):
        raise SpeechError(
            f"{path}: {where}.command must be a list of a program and its arguments, each one text; there may be "
            f"{PLACEHOLDERS} in the arguments."
        )
    texts = {key: fields.get(key, "") for key in ALLOWED_KEYS[1:]}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise SpeechError(f"{path}: {where}.{key} must be a text. Put it in quotes.")
    return CommandVoice(
        name,
        tuple(str(argument) for argument in command),
        texts["language"] or "mul",
        texts["gender"],
        texts["quality"],
    )
