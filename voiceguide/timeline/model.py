"""The timeline: lines to speak, sample-accurate cues, and the steps and stages of the session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any, Literal, Protocol

from voiceguide.builtin_names import BED_LEVEL_DB, CHIME_LEVEL_DB, DUCK_DB, NONE, is_file_name
from voiceguide.errors import Problem
from voiceguide.script.model.inline_markup import Pause
from voiceguide.timeline.plan_validation import check_contiguous, parse_samples, parse_text
from voiceguide.units import samples_to_seconds

__all__ = [
    "BedSettings",
    "ChimeSettings",
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
    """Text to synthesize as a unit, and everything that affects its audio. Identical lines have identical audio."""

    parts: tuple[str | Pause, ...]
    """The text and its pauses in order, with placeholders filled in. The text has not been normalized yet."""
    voice: str
    """NAME or ENGINE/NAME as written in the script, or empty for the default voice of the language."""
    pace: float
    language: str
    audio: str = ""
    """A recording to play instead of speech, as written in the script. If there is one, `parts` holds its caption."""
    room: str = NONE
    """The room in which the line is spoken."""
    tail_samples: int = 0
    """How long the sound of the room lasts after the speech. This is part of the length of the line."""

    @property
    def text(self) -> str:
        """The text as a caption, without the pauses."""
        return " ".join(part for part in self.parts if isinstance(part, str)).strip()


@dataclass(frozen=True)
class SpeechLength:
    """The length of the speech for a line."""

    samples: int
    exact: bool
    """False if the length is estimated from the text."""


MeasureSpeech = Callable[[Line], SpeechLength]


class Phrasebook(Protocol):
    """The built-in phrases of a language, used for speech that is not in the script."""

    def spoken_duration(self, seconds: float) -> str:
        """Return a duration in words, such as "thirty seconds"."""

    def silence_announcement(self, seconds: float) -> str:
        """Return the announcement of a long silence, such as "Keep going, two quiet minutes"."""

    def sentence(self, key: str, **values: str) -> str:
        """Return a built-in phrase with its placeholders filled in."""

    def join_list(self, items: tuple[str, ...]) -> str:
        """Join items into a list in words, such as "a, b and c"."""

    def spoken_number(self, number: int) -> str:
        """Return a number in words, as used for counting."""

    def names_time(self, text: str) -> bool:
        """Return whether text names a specific moment, such as "Ten seconds left" or the "Two" of a countdown."""


@dataclass(frozen=True)
class ChimeSettings:
    """A chime or the sound of a breath, and its level relative to the voice."""

    sound: str
    """The name of a chime, of a tone in BREATH_TONES or of a sound in BREATH_NOISES, or a file as in the script."""
    level_db: float = CHIME_LEVEL_DB

    @property
    def recording(self) -> Line | None:
        """The recording of the chime as a line, if the chime is a file."""
        return Line((), "", 1.0, "", self.sound) if is_file_name(self.sound) else None


@dataclass(frozen=True)
class Cue:
    """A line, a chime or the sound of a breath that plays at a given time."""

    start: int
    """Position in the file, in samples."""
    kind: Literal["say", "chime"]
    length: int
    """Length in samples. The length is an estimate if `estimated` is true."""
    line: Line | None = None
    """The line to speak, if `kind` is `say`."""
    chime: ChimeSettings | None = None
    """The chime, if `kind` is `chime`."""
    opens_step: bool = False
    """Whether this is the opening speech of a step."""
    estimated: bool = False
    yaml_path: str = ""
    """The path in the script, such as `stages[1].steps[0].cues[2]`."""

    @property
    def is_speech(self) -> bool:
        """True if the cue is speech, false if it is a chime."""
        return self.line is not None

    @property
    def caption(self) -> str:
        """The spoken text, or the name of the chime in brackets. The caption is empty for speech without text."""
        return self.text.strip() if self.is_speech else f"[{PurePath(self.text).stem}]"

    @property
    def end(self) -> int:
        """The position just after the last sample."""
        return self.start + self.length

    @property
    def text(self) -> str:
        """The spoken text, or the name of the chime."""
        return self.line.text if self.line else self.chime.sound if self.chime else ""

    @property
    def name(self) -> str:
        """The text, or the file of a recording without a caption."""
        return self.text or (self.line.audio if self.line else "")

    @property
    def start_s(self) -> float:
        """Position in the file, in seconds."""
        return samples_to_seconds(self.start)

    @property
    def duration_s(self) -> float:
        return samples_to_seconds(self.length)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, with times in seconds."""
        return {"at": self.start_s, "kind": self.kind, "text": self.text, "length": self.duration_s}

    @classmethod
    def from_dict(cls, data: Any) -> Cue:
        """Create a cue from the result of `to_dict`. The voice is not part of the data."""
        start, length, text = parse_samples(data["at"]), parse_samples(data["length"]), parse_text(data["text"])
        if data["kind"] == "say":
            return cls(start, "say", length, line=Line((text,), "", 1.0, ""))
        return cls(start, "chime", length, chime=ChimeSettings(text))


@dataclass(frozen=True)
class BedSettings:
    """The bed of a stage, its level relative to the voice, and how far it is ducked under speech."""

    sound: str = NONE
    level_db: float = BED_LEVEL_DB
    duck_db: float = DUCK_DB


class _Interval:
    """The start and end of a stage or step, in samples. Properties whose names end in `_s` are in seconds."""

    start: int
    """Position in the file, in samples."""
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start

    @property
    def start_s(self) -> float:
        """Position in the file, in seconds."""
        return samples_to_seconds(self.start)

    @property
    def end_s(self) -> float:
        return samples_to_seconds(self.end)

    @property
    def duration_s(self) -> float:
        return samples_to_seconds(self.length)


@dataclass(frozen=True)
class TimedStep(_Interval):
    """A step with its start and end."""

    name: str
    start: int
    """Position in the file, in samples."""
    end: int
    speech_length: int
    """Length of the step's own speech in samples, excluding its other cues."""
    cues: tuple[Cue, ...]
    yaml_path: str = ""

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
        """Create an object from the result of `to_dict`."""
        start, end, speech = (parse_samples(data[key]) for key in ("start", "end", "speech"))
        cues = [Cue.from_dict(cue) for cue in data["cues"]]
        if cues and speech and cues[0].line is not None:
            cues[0] = Cue(cues[0].start, "say", cues[0].length, cues[0].line, opens_step=True)
        return cls(parse_text(data["name"]), start, end, speech, tuple(cues))


@dataclass(frozen=True)
class TimedStage(_Interval):
    """A stage with its start and end, which becomes a chapter of the file."""

    title: str
    start: int
    """Position in the file, in samples."""
    end: int
    steps: tuple[TimedStep, ...]
    bed: BedSettings = BedSettings()

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
        """Create an object from the result of `to_dict`."""
        start, end = parse_samples(data["start"]), parse_samples(data["end"])
        steps = tuple(TimedStep.from_dict(step) for step in data["steps"])
        check_contiguous(steps, start, end)
        return cls(parse_text(data["title"]), start, end, steps)


@dataclass(frozen=True)
class Timeline:
    """The sample-accurate position of every cue, the span of every stage, and the total length.

    Stages fill the session and steps fill their stage, with no gaps or overlaps. Fields are in samples at 48 kHz.
    Properties whose names end in `_s` are the same values in seconds.
    """

    title: str
    language: str
    stages: tuple[TimedStage, ...]
    total: int
    """Length of the session in samples."""
    estimated: bool = False
    """Whether the length of any speech is still an estimate."""
    warnings: tuple[Problem, ...] = ()
    author: str = ""
    description: str = ""

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """All cues, ordered by time."""
        cues = (cue for stage in self.stages for step in stage.steps for cue in step.cues)
        return tuple(sorted(cues, key=lambda cue: cue.start))

    @property
    def unique_lines(self) -> list[Line]:
        """The distinct lines to speak, in order of first use."""
        return list(dict.fromkeys(cue.line for cue in self.cues if cue.line is not None))

    @property
    def duration_s(self) -> float:
        """The length of the session in seconds."""
        return samples_to_seconds(self.total)

    def to_dict(self) -> dict[str, Any]:
        """Return the data that `plan --json` prints and that finished files contain, with times in seconds."""
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
        """Create a timeline from the result of `to_dict`. Beds, voices and warnings are not part of the data.

        Raises:
            ValueError, KeyError, TypeError: The data is not a timeline, or has no steps.
        """
        stages = tuple(TimedStage.from_dict(stage) for stage in data["stages"])
        if not stages or not all(stage.steps for stage in stages):
            raise ValueError("it has no steps")
        total = parse_samples(data["total"])
        check_contiguous(stages, 0, total)
        timeline = cls(parse_text(data["title"]), parse_text(data.get("language", "en")), stages, total)
        if any(cue.end > total for cue in timeline.cues):
            raise ValueError("a cue ends after the session")
        return timeline
