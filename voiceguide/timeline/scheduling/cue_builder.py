"""What is heard: planned words and cues as lines of known length, the times they name filled in, or as chimes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voiceguide.script.model.inline_markup import fill_placeholders, find_placeholders, split_at_pauses
from voiceguide.timeline.arrangement.model import ArrangedCue, ArrangedStep, Arrangement
from voiceguide.timeline.model import Cue, Line, MeasureSpeech, Phrasebook
from voiceguide.units import SAMPLE_RATE

__all__ = ["CueBuilder", "has_time_placeholders"]

CUE_CHIME_SAMPLES = SAMPLE_RATE * 2
"""Samples of a chime inside a step, a script's own or one that stands for words with `--detail chime`."""
MIN_CHIME_SAMPLES = SAMPLE_RATE * 3 // 4
"""A chime in less room than this would be a click; it is moved to where there is room for all of it."""
TIME_PLACEHOLDERS = frozenset({"remaining", "elapsed", "total"})


def has_time_placeholders(step: ArrangedStep) -> bool:
    """Whether a step's own words name times, so that their length depends on the clock that depends on their length."""
    return any(find_placeholders(text) & TIME_PLACEHOLDERS for text in (step.text, step.full_text) if "{" in text)


@dataclass(frozen=True)
class CueBuilder:
    """Makes cues: each at sample 0, with its line and how long that lasts."""

    arrangement: Arrangement
    measure: MeasureSpeech
    phrases: Phrasebook

    def build_step_speech(self, step: ArrangedStep, text: str, length: int, total: int) -> Cue | None:
        """A step's own words, in a step and a session of that many samples; None where it has none."""
        if not text and not step.audio:
            return None
        filled = self._filled(text, 0, length, total)
        return self._spoken(filled, step.voice, step.pace, step.yaml_path, step.audio)

    def at_detail_level(self, words: Cue | None, step: ArrangedStep, length: int) -> Cue | None:
        """A step's own words at the detail asked for: a chime in their place, or the words themselves."""
        if words is None or self.arrangement.detail != "chime" or step.always_spoken:
            return words
        return self._chime("bell", 0, length, words.yaml_path)

    def build_cue(self, planned: ArrangedCue, step: ArrangedStep, offset: int, length: int, total: int) -> Cue:
        """A cue of a step as it is heard that many samples after the step's start."""
        spec = planned.spec
        speaks = planned.text or planned.audio
        if not speaks or (self.arrangement.detail == "chime" and not step.always_spoken):
            return self._chime("bell" if speaks else spec.chime or "bell", offset, length, planned.yaml_path)
        filled = self._filled(planned.text, offset, length, total)
        cue = self._spoken(filled, spec.voice or step.voice, spec.pace or step.pace, planned.yaml_path, planned.audio)
        return replace(cue, start=offset)

    def announcement(self, step: ArrangedStep, samples: int) -> Cue:
        """The announcement of a silence, in the voice of the step it is in."""
        return self._spoken(
            self.phrases.silence_announcement(samples / SAMPLE_RATE), step.voice, step.pace, step.yaml_path
        )

    def _filled(self, text: str, offset: int, length: int, total: int) -> str:
        if "{" not in text:
            return text
        times = {"remaining": length - offset, "elapsed": offset, "total": total}
        spoken = {name: self.phrases.spoken_duration(samples / SAMPLE_RATE) for name, samples in times.items()}
        filled = fill_placeholders(text, spoken)
        return filled[:1].upper() + filled[1:] if text.startswith("{") else filled

    def _spoken(self, text: str, voice: str, pace: float, path: str, audio: str = "") -> Cue:
        line = Line(split_at_pauses(text), voice, pace, self.arrangement.language, audio)
        measured = self.measure(line)
        return Cue(0, "say", measured.samples, line=line, estimated=not measured.exact, yaml_path=path)

    def _chime(self, name: str, offset: int, length: int, path: str) -> Cue:
        room = length - offset
        return Cue(
            offset,
            "chime",
            min(CUE_CHIME_SAMPLES, room if room >= MIN_CHIME_SAMPLES else length),
            chime=name,
            yaml_path=path,
        )
