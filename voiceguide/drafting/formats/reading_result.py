"""The result of reading any input format: a list of headings, spoken text, silences and remarks, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = ["Breath", "Changes", "Entry", "Format", "Heading", "Reading", "Remark", "Silence", "Speech"]

Changes: TypeAlias = "Counter[tuple[str, str]]"
"""The number of conversions of each kind: `("captions", "steps"): 12` means that 12 captions became steps."""


@dataclass(frozen=True)
class Heading:
    """The title of the stage that starts here. It is not spoken."""

    text: str
    repeat: int = 1
    """The number of times that the stage is played."""
    is_written: bool = True
    """Whether the source contains the title. If it does and the title is not needed, it becomes a comment."""


@dataclass(frozen=True)
class Speech:
    """Text that is spoken, or a recording of it."""

    text: str
    start_s: float | None = None
    """The start of the speech, in seconds from the start of the session.

    None if it follows the previous entry directly.
    """
    end_s: float | None = None
    """The end of the speech in seconds, if the source gives it. Only the latest end in the whole source is used."""
    length_s: float | None = None
    """The length of the whole step, including the speech. Used only if `start_s` is None."""
    speaker: str = ""
    pace: float = 1.0
    audio: str = ""
    """The recording to play instead of the voice, as a path relative to the script."""


@dataclass(frozen=True)
class Silence:
    """A silence of an exact length."""

    seconds: float
    is_inline: bool = False
    """Whether the silence is between two words. Such a silence becomes a mark if it is in the middle of a sentence."""
    doubt: str = ""
    """What the user should check if the source does not give the length."""


@dataclass(frozen=True)
class Breath:
    """The sound of a breath in, a breath out or a whole breath."""

    part: Literal["in", "out", "whole"]


@dataclass(frozen=True)
class Remark:
    """Text that is not spoken. It becomes a comment in the same place."""

    text: str


Entry: TypeAlias = Heading | Speech | Silence | Breath | Remark


@dataclass(frozen=True)
class Reading:
    """The contents of a source."""

    entries: tuple[Entry, ...]
    title: str = ""
    language: str = ""
    """A BCP 47 tag, or empty if the source does not name its language."""
    changes: Changes = field(default_factory=Counter)
    """The number of conversions of each kind. The total numbers of steps and comments are added later."""
    words: Mapping[str, str] = field(default_factory=dict)
    """How to pronounce words: the script's `words` section."""
    keeps_quiet: bool = False
    """Whether to leave long silences unannounced, because the source already contains everything to be spoken."""


@dataclass(frozen=True)
class Format:
    """An input format: how to recognize it by its content, and how to read it."""

    name: str
    """The name for `--as`."""
    description: str
    recognizes: Callable[[str], bool]
    """Return whether the text, with `\\n` as its line ending, is in this format."""
    read: Callable[[str], Reading]
    needs_whole_lines: bool = False
    """Whether the text must be passed on unchanged. For other formats, very long lines are wrapped."""
