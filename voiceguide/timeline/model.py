"""The timeline: lines to speak, cues at their sample, and steps and stages that tile the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

from voiceguide.errors import Problem
from voiceguide.names import BED_LEVEL_DB, DUCK_DB, NONE
from voiceguide.script.model.inline_markup import Pause
from voiceguide.units import samples_to_seconds, seconds_to_samples

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
]


@dataclass(frozen=True)
class Line:
    """Text to speak in one go, with everything that its audio depends on. Equal lines sound the same."""

    parts: tuple[str | Pause, ...]
    """The text as written, in order, with placeholders filled. Text normalization comes later."""
    voice: str
    """NAME or ENGINE/NAME as written, or empty for the default voice of the language."""
    pace: float
    language: str
    audio: str = ""
    """A recording to play instead, as written in the script. `parts` is then its caption."""

    @property
    def text(self) -> str:
        """The text as a caption, without the pauses."""
        return " ".join(part for part in self.parts if isinstance(part, str)).strip()


@dataclass(frozen=True)
class SpeechLength:
    """How long it takes to speak a line."""

    samples: int
    exact: bool
    """False for an estimate from the text alone."""


MeasureSpeech = Callable[[Line], SpeechLength]


class Phrasebook(Protocol):
    """The built-in phrases of a language, for text that the timeline makes itself."""

    def spoken_duration(self, seconds: float) -> str:
        """Return a duration in words: thirty seconds."""

    def silence_announcement(self, seconds: float) -> str:
        """Return the announcement of a long silence: Keep going, two quiet minutes."""

    def sentence(self, key: str, **values: str) -> str:
        """Return a built-in phrase with its placeholders filled."""

    def join_list(self, items: tuple[str, ...]) -> str:
        """Return a list in words: a, b and c."""


@dataclass(frozen=True)
class Cue:
    """One thing that is heard at one time."""

    start: int
    """Samples from the start of the file."""
    kind: Literal["say", "chime"]
    length: int
    """Samples. An estimate if `estimated`."""
    line: Line | None = None
    """The line to speak, for `say`."""
    chime: str = ""
    """The name of the chime, for `chime`."""
    opens_step: bool = False
    """Whether these are the words that a step begins with."""
    estimated: bool = False
    yaml_path: str = ""
    """Where the script has it: `stages[1].steps[0].cues[2]`."""

    @property
    def is_speech(self) -> bool:
        """Whether a line is spoken. Every other kind of cue is a signal."""
        return self.line is not None

    @property
    def caption(self) -> str:
        """The speech, or the name of the signal in brackets. Empty for speech without text."""
        return self.text.strip() if self.is_speech else f"[{self.text}]"

    @property
    def end(self) -> int:
        """The sample after the last."""
        return self.start + self.length

    @property
    def text(self) -> str:
        """The speech, or the name of the signal."""
        return self.line.text if self.line else self.chime

    @property
    def start_s(self) -> float:
        """Seconds from the start of the file."""
        return samples_to_seconds(self.start)

    @property
    def duration_s(self) -> float:
        return samples_to_seconds(self.length)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, with times in seconds."""
        return {"at": self.start_s, "kind": self.kind, "text": self.text, "length": self.duration_s}

    @classmethod
    def from_dict(cls, data: Any) -> Cue:
        """Read what `to_dict` returned. The data does not say which voice speaks."""
        start, length, text = seconds_to_samples(data["at"]), seconds_to_samples(data["length"]), str(data["text"])
        if data["kind"] == "say":
            return cls(start, "say", length, line=Line((text,), "", 1.0, ""))
        return cls(start, "chime", length, chime=text)


@dataclass(frozen=True)
class BedSettings:
    """The bed of a stage: its level against the speech in the gaps, and how much lower it is under speech."""

    sound: str = NONE
    level_db: float = BED_LEVEL_DB
    duck_db: float = DUCK_DB


@dataclass(frozen=True)
class TimedStep:
    """A step at its time."""

    name: str
    start: int
    """Samples from the start of the file."""
    end: int
    speech_length: int
    """Samples of its own speech, without that of its cues."""
    cues: tuple[Cue, ...]
    yaml_path: str = ""

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def start_s(self) -> float:
        """Seconds from the start of the file."""
        return samples_to_seconds(self.start)

    @property
    def end_s(self) -> float:
        return samples_to_seconds(self.end)

    @property
    def duration_s(self) -> float:
        return samples_to_seconds(self.length)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, with times in seconds."""
        return {
            "name": self.name,
            "start": self.start_s,
            "end": self.end_s,
            "speech": samples_to_seconds(self.speech_length),
            "cues": [cue.to_dict() for cue in self.cues],
        }

    @classmethod
    def from_dict(cls, data: Any) -> TimedStep:
        """Read what `to_dict` returned."""
        start, end, speech = (seconds_to_samples(data[key]) for key in ("start", "end", "speech"))
        cues = [Cue.from_dict(cue) for cue in data["cues"]]
        if cues and speech and cues[0].line is not None:
            cues[0] = Cue(cues[0].start, "say", cues[0].length, cues[0].line, opens_step=True)
        return cls(str(data["name"]), start, end, speech, tuple(cues))


@dataclass(frozen=True)
class TimedStage:
    """A stage at its time. It is a chapter of the file."""

    title: str
    start: int
    """Samples from the start of the file."""
    end: int
    steps: tuple[TimedStep, ...]
    bed: BedSettings = BedSettings()

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def start_s(self) -> float:
        """Seconds from the start of the file."""
        return samples_to_seconds(self.start)

    @property
    def end_s(self) -> float:
        return samples_to_seconds(self.end)

    @property
    def duration_s(self) -> float:
        return samples_to_seconds(self.length)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, with times in seconds."""
        return {
            "title": self.title,
            "start": self.start_s,
            "end": self.end_s,
            "steps": [step.to_dict() for step in self.steps],
        }

    @classmethod
    def from_dict(cls, data: Any) -> TimedStage:
        """Read what `to_dict` returned."""
        start, end = seconds_to_samples(data["start"]), seconds_to_samples(data["end"])
        return cls(str(data["title"]), start, end, tuple(TimedStep.from_dict(step) for step in data["steps"]))


@dataclass(frozen=True)
class Timeline:
    """Every cue at its exact sample, the span of every stage, and the total.

    Stages tile the session and steps tile their stage, without gaps. Fields are in samples at 48 kHz; properties whose
    names end in `_s` give the same in seconds.
    """

    title: str
    language: str
    stages: tuple[TimedStage, ...]
    total: int
    """Samples."""
    estimated: bool = False
    """Whether the length of some speech is not known yet."""
    warnings: tuple[Problem, ...] = ()
    author: str = ""
    description: str = ""

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """Every cue, by time."""
        cues = (cue for stage in self.stages for step in stage.steps for cue in step.cues)
        return tuple(sorted(cues, key=lambda cue: cue.start))

    @property
    def unique_lines(self) -> list[Line]:
        """Every different line to speak, in order of first use."""
        return list(dict.fromkeys(cue.line for cue in self.cues if cue.line is not None))

    @property
    def duration_s(self) -> float:
        """The length of the session in seconds."""
        return samples_to_seconds(self.total)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, with times in seconds: what `plan --json` prints and finished files carry."""
        return {
            "title": self.title,
            "language": self.language,
            "total": self.duration_s,
            "estimated": self.estimated,
            "stages": [stage.to_dict() for stage in self.stages],
            "warnings": [str(warning) for warning in self.warnings],
        }

    @classmethod
    def from_dict(cls, data: Any) -> Timeline:
        """Read what `to_dict` returned. Beds, voices and warnings are not in it.

        Raises:
            ValueError, KeyError, TypeError: The data is not a timeline, or has no steps.
        """
        stages = tuple(TimedStage.from_dict(stage) for stage in data["stages"])
        if not stages or not all(stage.steps for stage in stages):
            raise ValueError("it has no steps")
        return cls(str(data["title"]), str(data.get("language", "en")), stages, seconds_to_samples(data["total"]))
