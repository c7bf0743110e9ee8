"""The errors that a user can fix. Any other exception is a bug and keeps its traceback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "AudioFileError",
    "ExportError",
    "LineError",
    "OverrideError",
    "Problem",
    "ScriptError",
    "SpeechError",
    "StrictError",
    "VerifyError",
    "VoiceguideError",
    "timeline_warning",
]


class VoiceguideError(Exception):
    """The root of all errors that a user can fix. Its text is a complete message: where, what, and what to do."""


@dataclass(frozen=True, order=True)
class Problem:
    """One error or warning in a script.

    Lines and columns count from 1. `path` is like `stages[1].steps[0]`. A problem that the timeline finds has no file
    and no line until its path is looked up in the script.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        parts = [f"{self.file}:{self.line}:{self.column}" if self.file else "", self.path, self.message]
        return ": ".join(part for part in parts if part)


def timeline_warning(path: str, message: str) -> Problem:
    """Return a warning about the part of a script at `path`, whose line is looked up later."""
    return Problem("", 0, 0, path, message, "warning")


class ScriptError(VoiceguideError):
    """A script with problems. `problems` holds all of them, without duplicates, in reading order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StrictError(ScriptError):
    """A script has warnings, and warnings were to be treated as errors."""


class OverrideError(VoiceguideError):
    """An override that this routine cannot follow.

    `option` is its name (`total`, `set`, `skip`, `variant`, ...) and `value` what was given, both empty if no single
    override is to blame. `message` is the text without them.
    """

    def __init__(self, option: str, value: str, message: str) -> None:
        self.option, self.value, self.message = option, value, message
        name = f"{option} {value}".strip()
        super().__init__(f"{name}: {message}" if name else message)


class SpeechError(VoiceguideError):
    """An unknown voice, an engine that does not work, or a line that could not be synthesized."""


class LineError(SpeechError):
    """A line that could not be synthesized. Callers use `text`, the line itself, to find its position in the script."""

    def __init__(self, text: str, message: str) -> None:
        self.text = text
        super().__init__(f'"{text}" could not be spoken. {message}')


class AudioFileError(VoiceguideError):
    """An audio file, such as a bed or a recording, that cannot be used."""


class ExportError(VoiceguideError):
    """An output file that could not be written."""


class VerifyError(VoiceguideError):
    """A finished file that does not match its plan."""
