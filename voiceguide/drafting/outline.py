"""The outline of plain instructions: stages and steps, their durations, and notes on what to check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from voiceguide.drafting.formats.reading_result import Changes
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
    voice: str = ""
    """The name of the speaker, or empty for the voice of the routine."""
    pace: float = 1.0
    audio: str = ""
    """A recording to play instead of the voice, as a path relative to the script."""
    breath: Literal["", "in", "out", "whole"] = ""
    """The sound of a breath that the step consists of."""
    remarks: tuple[str, ...] = ()
    """The comments before the step."""


@dataclass(frozen=True)
class DraftStage:
    """The steps under one heading."""

    title: str
    steps: tuple[DraftStep, ...]
    repeat: int = 1
    doubts: tuple[str, ...] = ()
    each: DraftEach | None = None
    """The sides for which the whole stage is repeated."""
    closing_remarks: tuple[str, ...] = ()
    """The comments after the last step."""


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
    changes: Changes = field(default_factory=Counter)
    """The number of conversions of each kind, without the totals of stages, steps and comments."""
    words: Mapping[str, str] = field(default_factory=dict)
    """How to pronounce words."""
    is_timed: bool = False
    """Whether every text has its own start time. If so, long speech should not delay the following text."""
    keeps_quiet: bool = False
    """Whether to leave long silences unannounced."""
