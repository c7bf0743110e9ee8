"""The arrangement of a session before the clock: each, repeat, skips and overrides worked out, no time yet."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.script.model.routine import CueSpec
from voiceguide.timeline.model import Bed

__all__ = ["Plan", "PlannedCue", "PlannedStage", "PlannedStep"]


@dataclass(frozen=True)
class PlannedCue:
    """A cue of a step, its words filled but for the times."""

    spec: CueSpec
    text: str
    path: str
    audio: str = ""
    """A recording to be heard instead of the engine."""


@dataclass(frozen=True)
class PlannedStep:
    """One step as it will be heard once."""

    name: str
    path: str
    text: str = ""
    """Its words at the detail asked for; time placeholders still in them."""
    full_text: str = ""
    """Its words at full detail: they set the clock, so that every detail keeps the same one."""
    audio: str = ""
    voice: str = ""
    pace: float = 1.0
    duration: int | None = None
    """Samples of the whole step, speech included."""
    pause: int | None = None
    """Samples of silence after the words."""
    gap: int = 0
    """Samples after the words of a step with neither."""
    minimum: int | None = None
    maximum: int | None = None
    fixed: bool = False
    held: bool = False
    """True where --set gave its time, so that --total leaves it alone."""
    cues: tuple[PlannedCue, ...] = ()
    announce_quiet: bool = True
    always_spoken: bool = False
    """True for safety and needs, which no level of detail turns into a chime."""
    ends_turn: bool = False
    """True for a switch to the next turn of stages, which is outside the time that --set gives its stage."""
    turn: tuple[int, ...] = ()
    """Which repeats it is in. Steps with one path, turn and time get the same length: both feet, every toe."""

    @property
    def clock_key(self) -> tuple[object, ...]:
        """Equal for steps that must last equally long."""
        return (self.path, self.turn, self.duration, self.pause, self.gap)

    @property
    def has_time(self) -> bool:
        """Whether the script gives it time of its own, which --total may stretch."""
        return self.duration is not None or self.pause is not None

    @property
    def speaks_later(self) -> bool:
        """Whether any of its cues speaks."""
        return any(cue.text or cue.audio for cue in self.cues)


@dataclass(frozen=True)
class PlannedStage:
    """One stage as it will be heard once."""

    title: str
    names: frozenset[str]
    """What --set and --skip may call it, in normal form: its title, its family and its tags."""
    steps: tuple[PlannedStep, ...]
    bed: Bed
    chime: str
    path: str
    family: str = ""
    """What its title begins with in every turn, in normal form: `stroke` of `Stroke, {side} foot`."""
    target: int | None = None
    """Samples that --set gave all its steps together."""


@dataclass(frozen=True)
class Plan:
    """A whole session without its clock."""

    title: str
    language: str
    stages: tuple[PlannedStage, ...]
    gap: int
    total: int | None = None
    """Samples that --total asks for."""
    detail: str = "full"
    bed: str | None = None
    """The bed that overrides every other."""
    author: str = ""
    description: str = ""
    announce_quiet: bool = True
