"""What was understood of plain instructions: stages and steps with their times, and what is doubtful about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voiceguide.drafting.text.repetitions import DraftEach

__all__ = ["DraftNote", "DraftStage", "DraftStep", "Outline"]


@dataclass(frozen=True)
class DraftStep:
    """One line to be spoken and the time to do it."""

    say: str
    line: int
    """Where it stands in the instructions, from 1."""
    duration_key: Literal["", "for", "pause"] = ""
    """Which time it has: the whole step, the quiet after the words, or none of its own."""
    seconds: float = 0
    repeat: int = 1
    each: DraftEach | None = None
    name: str = ""
    doubts: tuple[str, ...] = ()
    """What its author should look at, a sentence each."""
    duration_guessed: bool = False
    """True where the instructions give no time, so that the one here is a guess."""


@dataclass(frozen=True)
class DraftStage:
    """Steps under one heading."""

    title: str
    line: int
    steps: tuple[DraftStep, ...]
    repeat: int = 1
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class DraftNote:
    """A thing that is needed, or a caution."""

    text: str
    line: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outline:
    """A routine in the making."""

    title: str
    stages: tuple[DraftStage, ...]
    needs: tuple[DraftNote, ...] = ()
    safety: tuple[DraftNote, ...] = ()
    language: str = "en-US"
    voice: str = ""
    bed: str = "rain"
    skipped_lines: tuple[int, ...] = ()
    """Lines that read as explanation and are not spoken."""
    doubts: tuple[str, ...] = ()
