"""What the way through is about: lines to be spoken, cues at their sample, steps and stages that tile the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

from voiceguide.names import BED_LEVEL_DB, DUCK_DB
from voiceguide.script.model.inline_markup import Pause

__all__ = [
    "BedSettings",
    "Cue",
    "Line",
    "MeasureSpeech",
    "Pause",
    "Phrasebook",
    "SpeechLength",
    "TimedStage",
    "TimedStep",
    "Timeline",
    "TimelineWarning",
]


@dataclass(frozen=True)
class Line:
    """Words to be spoken in one go, all that the sound of them depends on. Equal lines sound the same."""

    parts: tuple[str | Pause, ...]
    """As written, in order, placeholders filled; wording makes them speakable."""
    voice: str
    """NAME or ENGINE/NAME as written, or empty for the language's own."""
    pace: float
    language: str
    audio: str = ""
    """A recording to be heard instead of the engine, as written in the script; `parts` are then its caption."""

    @property
    def text(self) -> str:
        """The words as a caption, without the pauses."""
        return " ".join(part for part in self.parts if isinstance(part, str)).strip()


@dataclass(frozen=True)
class SpeechLength:
    """How long a line takes to say."""

    samples: int
    exact: bool
    """False for an estimate from the words alone."""


MeasureSpeech = Callable[[Line], SpeechLength]


class Phrasebook(Protocol):
    """The phrases of a language, which the timeline needs where it makes words itself."""

    def spoken_duration(self, seconds: float) -> str:
        """A duration as words: thirty seconds."""

    def silence_announcement(self, seconds: float) -> str:
        """The announcement of a long silence: Keep going, two quiet minutes."""

    def sentence(self, key: str, **values: str) -> str:
        """A built-in phrase with its placeholders filled."""

    def join_list(self, items: tuple[str, ...]) -> str:
        """A list in words: a, b and c."""


@dataclass(frozen=True)
class TimelineWarning:
    """Something worth mending that does not stop a build, and where it stands in the script."""

    yaml_path: str
    message: str


@dataclass(frozen=True)
class Cue:
    """One thing to be heard at one time."""

    start: int
    """Sample of its start, from the start of the file."""
    kind: Literal["say", "chime"]
    length: int
    """Samples; an estimate where `estimated`."""
    line: Line | None = None
    """What is spoken, for `say`."""
    chime: str = ""
    """Name of the chime, for `chime`."""
    opens_step: bool = False
    """True for the words a step begins with."""
    estimated: bool = False
    yaml_path: str = ""
    """Where it stands in the script: `stages[1].steps[0].cues[2]`."""

    @property
    def is_speech(self) -> bool:
        """Whether somebody speaks. Every other kind of cue is a signal."""
        return self.line is not None

    @property
    def caption(self) -> str:
        """What a listener who cannot hear reads: the words, or the signal in brackets. Empty for words without text."""
        return self.text.strip() if self.is_speech else f"[{self.text}]"

    @property
    def end(self) -> int:
        """The sample after its last."""
        return self.start + self.length

    @property
    def text(self) -> str:
        """What is heard, in words."""
        return self.line.text if self.line else self.chime


@dataclass(frozen=True)
class BedSettings:
    """The background of a stage. Levels in decibels: against the narration, and further while somebody speaks."""

    sound: str = "none"
    level_db: float = BED_LEVEL_DB
    duck_db: float = DUCK_DB


@dataclass(frozen=True)
class TimedStep:
    """A step at its place."""

    name: str
    start: int
    end: int
    speech_length: int
    """Samples of its own words (not of its cues)."""
    cues: tuple[Cue, ...]
    yaml_path: str = ""

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class TimedStage:
    """A stage at its place; a chapter of the file."""

    title: str
    start: int
    end: int
    steps: tuple[TimedStep, ...]
    bed: BedSettings = BedSettings()

    @property
    def length(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class Timeline:
    """Every cue at its exact sample, every stage's span, the total. Stages tile the session, steps tile their stage."""

    title: str
    language: str
    stages: tuple[TimedStage, ...]
    total: int
    """Samples."""
    estimated: bool = False
    """True while some words' lengths are not known yet."""
    warnings: tuple[TimelineWarning, ...] = ()
    author: str = ""
    description: str = ""

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """Every cue, in time order."""
        cues = (cue for stage in self.stages for step in stage.steps for cue in step.cues)
        return tuple(sorted(cues, key=lambda cue: cue.start))

    @property
    def unique_lines(self) -> list[Line]:
        """Every different line to be spoken, in order of first use."""
        return list(dict.fromkeys(cue.line for cue in self.cues if cue.line is not None))
