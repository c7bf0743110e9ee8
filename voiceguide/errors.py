"""The errors that a user can fix. Any other exception is a bug and keeps its traceback."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "AudioFileError",
    "ExportError",
    "LineError",
    "OverrideError",
    "Problem",
    "ScriptError",
    "SpeechError",
    "VerifyError",
    "VoiceguideError",
]


class VoiceguideError(Exception):
    """The root of all errors that a user can fix. Its text is a complete message: where, what, and what to do."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong or advisable in a script. Lines and columns count from 1; `path` is like `stages[1].steps[0]`."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ScriptError(VoiceguideError):
    """A script with problems. `problems` holds all of them, without duplicates, in reading order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class OverrideError(VoiceguideError):
    """An override (--set, --total, --skip, --variant ...) that this routine cannot follow."""


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
