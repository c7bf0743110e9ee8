"""What every input format is read into: a list of headings, spoken text, silences and remarks, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["Changes", "Entry", "Format", "Heading", "Reading", "Remark", "Silence", "Speech"]

Changes: TypeAlias = "Counter[tuple[str, str]]"
"""How often something in the source became something in the script: `("captions", "steps"): 12`."""


@dataclass(frozen=True)
class Heading:
    """The title of the stage that starts here. It is not spoken."""

    text: str
    repeat: int = 1
    """How often the stage is played."""


@dataclass(frozen=True)
class Speech:
    """Text that is spoken, or a recording of it."""

    text: str
    start_s: float | None = None
    """When it is spoken, in seconds from the start of the session, or None if it follows what is before it."""
    end_s: float | None = None
    """When the time for it ends, if the source says so. Only the last end in a source is used."""
    length_s: float | None = None
    """The length of the whole step, including the speech. Only used without `start_s`."""
    speaker: str = ""
    pace: float = 1.0
    audio: str = ""
    """The recording to play instead of the voice, as a path relative to the script."""


@dataclass(frozen=True)
class Silence:
    """A silence of an exact length."""

    seconds: float
    is_inline: bool = False
    """Whether it stands between words. In the middle of a sentence, it then stays there."""
    doubt: str = ""
    """What to check, if the source does not give the length."""


@dataclass(frozen=True)
class Remark:
    """Something that is not spoken and stands as a comment where it was."""

    text: str


Entry: TypeAlias = Heading | Speech | Silence | Remark


@dataclass(frozen=True)
class Reading:
    """The contents of a source."""

    entries: tuple[Entry, ...]
    title: str = ""
    language: str = ""
    """A BCP 47 tag, or empty if the source does not name its language."""
    changes: Changes = field(default_factory=Counter)
    """What became what. Steps and comments are counted later, when they are made."""
    words: Mapping[str, str] = field(default_factory=dict)
    """How to pronounce words: the script's `words` section."""
    keeps_quiet: bool = False
    """Whether long silences are left as they are, because the source already says everything there is to say."""


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
    """Whether the text must be exactly as it is. Other formats get very long lines wrapped."""
