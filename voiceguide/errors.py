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
    """The base class for all errors that a user can fix. The message says where the error is and how to fix it."""


@dataclass(frozen=True, order=True)
class Problem:
    """One error or warning in a script.

    Lines and columns start at 1. `path` is a path such as `stages[1].steps[0]`. A problem found in the timeline has no
    file or line until its path is looked up in the script.
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
    """Return a warning about the part of a script at `path`. Its line is looked up later."""
    return Problem("", 0, 0, path, message, "warning")


class ScriptError(VoiceguideError):
    """A script with problems. `problems` holds all of them in reading order, without duplicates."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StrictError(ScriptError):
    """A script has warnings, and warnings are treated as errors."""


class OverrideError(VoiceguideError):
    """An override that cannot be applied to the routine.

    `option` is the name of the override (`total`, `set`, `skip`, `variant`, ...), and `value` is the given value. Both
    are empty if the error is not caused by a single override. `message` contains neither.
    """

    def __init__(self, option: str, value: str, message: str) -> None:
        self.option, self.value, self.message = option, value, message
        name = f"{option} {value}".strip()
        super().__init__(f"{name}: {message}" if name else message)


class SpeechError(VoiceguideError):
    """An unknown voice, a failed engine, or a line that could not be synthesized."""


class LineError(SpeechError):
    """A line that could not be synthesized. Callers use `text` to find the position of the line in the script.

    For a recording without a caption, `text` is the name of its file.
    """

    def __init__(self, text: str, message: str, is_file: bool = False) -> None:
        self.text = text
        super().__init__(f'"{text}" could not be {"played" if is_file else "spoken"}. {message}')


class AudioFileError(VoiceguideError):
    """An audio file, such as a bed or a recording, that cannot be used."""


class ExportError(VoiceguideError):
    """An output file that could not be written."""


class VerifyError(VoiceguideError):
    """A finished file that does not match its plan."""
