"""A routine with its repetitions, skips and overrides applied, before its speech is measured and its cues are timed."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.script.model.routine import CueSpec
from voiceguide.timeline.model import BedSettings

__all__ = ["ArrangedCue", "ArrangedStage", "ArrangedStep", "Arrangement"]


@dataclass(frozen=True)
class ArrangedCue:
    """A cue of a step. Its text still has its time placeholders."""

    spec: CueSpec
    text: str
    yaml_path: str
    audio: str = ""
    """A recording to play instead of synthesized speech."""


@dataclass(frozen=True)
class ArrangedStep:
    """A step, once for each time that it is played."""

    name: str
    yaml_path: str
    text: str = ""
    """The text at the chosen level of detail, with its time placeholders."""
    full_text: str = ""
    """The text at full detail. It sets the length of the step, so every level of detail has the same timing."""
    audio: str = ""
    voice: str = ""
    pace: float = 1.0
    duration: int | None = None
    """Samples of the whole step, speech included."""
    pause: int | None = None
    """Samples of silence after the speech."""
    gap: int = 0
    """Samples of silence after the speech if there is neither a duration nor a pause."""
    min_length: int | None = None
    max_length: int | None = None
    length_locked: bool = False
    """Whether a total must not change its length: it is `fixed` in the script, or an override gave its length."""
    cues: tuple[ArrangedCue, ...] = ()
    announce_quiet: bool = True
    always_spoken: bool = False
    """True for safety and needs, which are spoken at every level of detail."""
    is_stage_switch: bool = False
    """True for a switch to the next repetition of a stage or group. It is not part of the length of its stage."""
    repeat_indices: tuple[int, ...] = ()
    """Its pass of each `repeat` that it is part of, outermost first, counted from 0."""

    @property
    def equal_length_key(self) -> tuple[object, ...]:
        """A key that is equal for steps that must have equal length, such as the same step on each foot."""
        return (self.yaml_path, self.repeat_indices, self.duration, self.pause, self.gap)

    @property
    def has_own_duration(self) -> bool:
        """Whether it has a duration or pause, which a total can change."""
        return self.duration is not None or self.pause is not None

    @property
    def has_spoken_cues(self) -> bool:
        """Whether any of its cues is speech."""
        return any(cue.text or cue.audio for cue in self.cues)


@dataclass(frozen=True)
class ArrangedStage:
    """A stage, once for each time that it is played."""

    title: str
    override_names: frozenset[str]
    """The normalized names that overrides can use for it: its title, its title prefix and its tags."""
    steps: tuple[ArrangedStep, ...]
    bed: BedSettings
    chime: str
    yaml_path: str
    title_prefix: str = ""
    """The part of its title before the first placeholder, normalized: `stroke` for `Stroke, {side} foot`."""
    target_length: int | None = None
    """Samples of all its steps together, if an override gave that length."""


@dataclass(frozen=True)
class Arrangement:
    """All stages of a session, without times."""

    title: str
    language: str
    stages: tuple[ArrangedStage, ...]
    gap: int
    target_length: int | None = None
    """Samples of the whole session, if a total was given."""
    detail: str = "full"
    bed_override: str | None = None
    """The bed that replaces every bed in the script."""
    author: str = ""
    description: str = ""
    announce_quiet: bool = True
