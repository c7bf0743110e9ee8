"""The outline of plain instructions: stages and steps, their durations, and notes on what to check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voiceguide.drafting.text.repetitions import DraftEach

__all__ = ["DraftItem", "DraftStage", "DraftStep", "Outline"]


@dataclass(frozen=True)
class DraftStep:
    """A line to speak and its duration."""

    say: str
    duration_key: Literal["", "for", "pause"] = ""
    """What `seconds` measures: the whole step ("for"), the silence after the speech ("pause") or nothing ("")."""
    seconds: float = 0
    repeat: int = 1
    each: DraftEach | None = None
    name: str = ""
    doubts: tuple[str, ...] = ()
    """Points for the user to check."""
    duration_guessed: bool = False
    """True if the instructions give no duration."""
    is_silence: bool = False
    """True if the instructions ask for silence after the speech. A long one is not announced."""


@dataclass(frozen=True)
class DraftStage:
    """The steps under one heading."""

    title: str
    steps: tuple[DraftStep, ...]
    repeat: int = 1
    doubts: tuple[str, ...] = ()
    each: DraftEach | None = None
    """The sides for which the whole stage is repeated."""


@dataclass(frozen=True)
class DraftItem:
    """A required item or a precaution."""

    text: str
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outline:
    """The contents of a draft script."""

    title: str
    stages: tuple[DraftStage, ...]
    needs: tuple[DraftItem, ...] = ()
    safety: tuple[DraftItem, ...] = ()
    language: str = "en-US"
    voice: str = ""
    bed: str = "rain"
    skipped_lines: tuple[int, ...] = ()
    """The line numbers, starting at 1, of instructions that look like explanatory text and are not spoken."""
