"""The arrangement of a session before the clock: each, repeat, skips and overrides worked out, no time yet."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.script.model.routine import CueSpec
from voiceguide.timeline.model import BedSettings

__all__ = ["ArrangedCue", "ArrangedStage", "ArrangedStep", "Arrangement"]


@dataclass(frozen=True)
class ArrangedCue:
    """A cue of a step, its words filled but for the times."""

    spec: CueSpec
    text: str
    yaml_path: str
    audio: str = ""
    """A recording to be heard instead of the engine."""


@dataclass(frozen=True)
class ArrangedStep:
    """One step as it will be heard once."""

    name: str
    yaml_path: str
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
    min_length: int | None = None
    max_length: int | None = None
    fixed: bool = False
    length_locked: bool = False
    """True where --set gave its time, so that --total leaves it alone."""
    cues: tuple[ArrangedCue, ...] = ()
    announce_quiet: bool = True
    always_spoken: bool = False
    """True for safety and needs, which no level of detail turns into a chime."""
    is_stage_switch: bool = False
    """True for a switch to the next turn of stages, which is outside the time that --set gives its stage."""
    repeat_indices: tuple[int, ...] = ()
    """Which repeats it is in. Steps with one path, turn and time get the same length: both feet, every toe."""

    @property
    def equal_length_key(self) -> tuple[object, ...]:
        """Equal for steps that must last equally long."""
        return (self.yaml_path, self.repeat_indices, self.duration, self.pause, self.gap)

    @property
    def has_own_duration(self) -> bool:
        """Whether the script gives it time of its own, which --total may stretch."""
        return self.duration is not None or self.pause is not None

    @property
    def has_spoken_cues(self) -> bool:
        """Whether any of its cues speaks."""
        return any(cue.text or cue.audio for cue in self.cues)


@dataclass(frozen=True)
class ArrangedStage:
    """One stage as it will be heard once."""

    title: str
    override_names: frozenset[str]
    """What --set and --skip may call it, in normal form: its title, its family and its tags."""
    steps: tuple[ArrangedStep, ...]
    bed: BedSettings
    chime: str
    yaml_path: str
    title_prefix: str = ""
    """What its title begins with in every turn, in normal form: `stroke` of `Stroke, {side} foot`."""
    target_length: int | None = None
    """Samples that --set gave all its steps together."""


@dataclass(frozen=True)
class Arrangement:
    """A whole session without its clock."""

    title: str
    language: str
    stages: tuple[ArrangedStage, ...]
    gap: int
    target_length: int | None = None
    """Samples that --total asks for."""
    detail: str = "full"
    bed_override: str | None = None
    """The bed that overrides every other."""
    author: str = ""
    description: str = ""
    announce_quiet: bool = True
