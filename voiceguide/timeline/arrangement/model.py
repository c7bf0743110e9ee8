"""A routine with repetitions expanded and overrides applied, before speech is measured and cues are timed."""

from __future__ import annotations

from dataclasses import dataclass

from voiceguide.script.model.routine import CueSpec
from voiceguide.timeline.model import BedSettings, ChimeSettings

__all__ = ["ArrangedCue", "ArrangedStage", "ArrangedStep", "Arrangement"]


@dataclass(frozen=True)
class ArrangedCue:
    """A cue of a step. Time placeholders in its text have not been filled in yet."""

    spec: CueSpec
    text: str
    yaml_path: str
    audio: str = ""
    """A recording to play instead of synthesized speech."""
    chime: ChimeSettings | None = None
    """A chime to play instead."""
    chime_length: int = 0
    """Length of the chime in samples if it is as long as a part of a breath, or 0 if it rings like any other chime."""
    is_rhythm: bool = False
    """Whether the cue is part of a rhythm, such as breathing, and must therefore not be moved noticeably."""


@dataclass(frozen=True)
class ArrangedStep:
    """One repetition of a step."""

    name: str
    yaml_path: str
    text: str = ""
    """The text at the selected level of detail. Time placeholders have not been filled in yet."""
    full_text: str = ""
    """The text at full detail. This text determines the length of the step, so the timing is the same at every level of
    detail."""
    audio: str = ""
    voice: str = ""
    pace: float = 1.0
    duration: int | None = None
    """Length of the whole step in samples, including speech."""
    pause: int | None = None
    """Silence after the speech, in samples."""
    gap: int = 0
    """Silence after the speech if the step has neither a duration nor a pause, in samples."""
    min_length: int | None = None
    max_length: int | None = None
    length_locked: bool = False
    """True if `--total` must not change the length, because it is `fixed` in the script or set by an override."""
    cues: tuple[ArrangedCue, ...] = ()
    announce_quiet: bool = True
    fits_speech: bool = False
    """Whether speech that is longer than `duration` is spoken faster."""
    always_spoken: bool = False
    """True for steps created from `safety` and `needs`, which are spoken at every level of detail."""
    is_stage_switch: bool = False
    """True for a switch to the next repetition of a stage or group. A switch does not count toward the length of the
    stage."""
    repeat_indices: tuple[int, ...] = ()
    """The zero-based index in each enclosing `repeat`, outermost first."""

    @property
    def equal_length_key(self) -> tuple[object, ...]:
        """A key shared by all steps that must be the same length, such as the same step on each foot."""
        return (self.yaml_path, self.repeat_indices, self.duration, self.pause, self.gap)

    @property
    def breathes(self) -> bool:
        """Whether the step consists of breaths. The first word of the first breath is then the speech of the step."""
        return any(cue.is_rhythm for cue in self.cues)

    @property
    def has_own_duration(self) -> bool:
        """Whether the step has a duration or a pause, which `--total` can change."""
        return self.duration is not None or self.pause is not None

    @property
    def has_spoken_cues(self) -> bool:
        """Whether any of the step's cues is spoken."""
        return any(cue.text or cue.audio for cue in self.cues)


@dataclass(frozen=True)
class ArrangedStage:
    """One repetition of a stage."""

    title: str
    override_names: frozenset[str]
    """The normalized names that match this stage in overrides: its title, title prefix and tags."""
    steps: tuple[ArrangedStep, ...]
    bed: BedSettings
    chime: ChimeSettings
    yaml_path: str
    title_prefix: str = ""
    """The normalized part of the title before the first placeholder: `stroke` for `Stroke, {side} foot`."""
    target_length: int | None = None
    """Total length of the steps in samples, if set by an override."""


@dataclass(frozen=True)
class Arrangement:
    """All stages of a session, before they are timed."""

    title: str
    language: str
    stages: tuple[ArrangedStage, ...]
    gap: int
    bell: ChimeSettings
    """The chime that replaces speech at the `chime` level of detail."""
    room: str
    """The room in which the voice speaks."""
    target_length: int | None = None
    """Length of the whole session in samples, if set by an override."""
    detail: str = "full"
    author: str = ""
    description: str = ""
    announce_quiet: bool = True
