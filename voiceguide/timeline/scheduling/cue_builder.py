"""Build cues from arranged steps and cues: fill in time placeholders and measure the speech, or use a chime."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from voiceguide.builtin_names import NONE, ROOM_TAIL_S
from voiceguide.script.model.inline_markup import fill_placeholders, find_placeholders, split_at_pauses
from voiceguide.timeline.arrangement.model import ArrangedCue, ArrangedStep, Arrangement
from voiceguide.timeline.model import ChimeSettings, Cue, Line, MeasureSpeech, Phrasebook
from voiceguide.units import SAMPLE_RATE, seconds_to_samples

__all__ = ["CHIME_SAMPLES", "MIN_CHIME_SAMPLES", "CueBuilder", "has_time_placeholders"]

CHIME_SAMPLES = SAMPLE_RATE * 2
"""Length of a chime in samples. Only the ending bell is longer."""
MIN_CHIME_SAMPLES = SAMPLE_RATE * 3 // 4
"""Minimum length of a chime in samples. A shorter one would sound like a click."""
MAX_FIT_FACTOR = 1.15
"""The maximum factor by which speech may be sped up to fit into its step. Beyond this, it sounds hurried."""
MAX_FIT_PACE = 1.75
"""Maximum pace for fitting speech into its step. All built-in voices support it. A script can set a higher one."""
_TAIL_SAMPLES = {room: seconds_to_samples(tail_s) for room, tail_s in ROOM_TAIL_S.items()}
"""ROOM_TAIL_S in samples, converted once because every cue needs it."""
MAX_COUNT_TAIL_SAMPLES = SAMPLE_RATE // 10
"""Maximum length of the sound of the room after counted seconds, which leave no time for more."""
TIME_PLACEHOLDERS = frozenset({"remaining", "left", "elapsed", "total"})


def has_time_placeholders(step: ArrangedStep) -> bool:
    """Return whether the text of a step mentions times.

    If it does, the length of the text and these times depend on each other.
    """
    return bool((find_placeholders(step.text) | find_placeholders(step.full_text)) & TIME_PLACEHOLDERS)


@dataclass(frozen=True)
class CueBuilder:
    """Builds the cues of an arrangement. Lengths, totals and offsets are in samples."""

    arrangement: Arrangement
    measure: MeasureSpeech
    phrases: Phrasebook

    def build_step_speech(self, step: ArrangedStep, text: str, length: int, total: int) -> Cue | None:
        """Return the speech of a step as a cue at offset 0, or None if the step has no speech.

        `length` is the length of the step, and `total` is the length of the session. The text can mention both lengths.
        """
        if not text and not step.audio:
            return None
        filled = self._fill_times(text, 0, length, total)
        cue = self._build_speech_cue(filled, step.voice, step.pace, step.yaml_path, step.audio)
        if not step.fits_speech or step.audio or step.duration is None or cue.length <= step.duration:
            return cue
        return self._build_faster_speech(step, filled, step.duration, cue)

    def _build_faster_speech(self, step: ArrangedStep, text: str, duration: int, cue: Cue) -> Cue:
        """Return speech that is longer than `duration`, sped up as much as needed, up to the limit.

        The pace is rounded up to whole hundredths, because each pace is synthesized and cached separately.
        """
        needed = cue.length / max(duration, 1)
        for factor in (min(needed, MAX_FIT_FACTOR), MAX_FIT_FACTOR):
            pace = min(math.ceil(round(step.pace * factor * 100, 6)) / 100, max(step.pace, MAX_FIT_PACE))
            cue = self._build_speech_cue(text, step.voice, pace, step.yaml_path)
            if cue.length <= duration:
                break
        return cue

    def speech_or_chime(self, speech: Cue | None, step: ArrangedStep, length: int) -> Cue | None:
        """Return the speech of a step, or the chime that replaces it at the `chime` level of detail."""
        if speech is None or self.arrangement.detail != "chime" or step.always_spoken:
            return speech
        return self._build_chime_cue(self.arrangement.bell, 0, length, speech.yaml_path)

    def build_cue(self, arranged: ArrangedCue, step: ArrangedStep, offset: int, length: int, total: int) -> Cue:
        """Return a cue of a step at an offset from the start of the step."""
        spec = arranged.spec
        if arranged.chime_length:
            return Cue(offset, "chime", arranged.chime_length, chime=arranged.chime, yaml_path=arranged.yaml_path)
        is_speech = arranged.text or arranged.audio
        if not is_speech or (self.arrangement.detail == "chime" and not step.always_spoken):
            chime = arranged.chime if arranged.chime and not is_speech else self.arrangement.bell
            return self._build_chime_cue(chime, offset, length, arranged.yaml_path)
        text = self._fill_times(arranged.text, offset, length, total)
        voice, pace = spec.voice or step.voice, spec.pace or step.pace
        at_share = spec.at is not None and spec.at.kind == "fraction"
        is_number = " " not in text.strip() and not at_share and self.names_time(arranged, step)
        counts = arranged.is_rhythm or is_number
        cue = self._build_speech_cue(text, voice, pace, arranged.yaml_path, arranged.audio, counts)
        return replace(cue, start=offset)

    def names_time(self, arranged: ArrangedCue, step: ArrangedStep) -> bool:
        """Return whether a cue names a time other than those in its placeholders, which are always correct.

        Counted seconds are an exception, because they are spoken every second.
        """
        if not arranged.text or (self.arrangement.detail == "chime" and not step.always_spoken):
            return False
        if "left" in find_placeholders(arranged.text):
            return True
        return self.phrases.names_time(fill_placeholders(arranged.text, dict.fromkeys(TIME_PLACEHOLDERS, "")))

    def build_announcement(self, step: ArrangedStep, samples: int) -> Cue:
        """Return the announcement of a silence of `samples` samples, in the step's voice."""
        text = self.phrases.silence_announcement(samples / SAMPLE_RATE)
        return self._build_speech_cue(text, step.voice, step.pace, step.yaml_path)

    def _fill_times(self, text: str, offset: int, length: int, total: int) -> str:
        if "{" not in text:
            return text
        times = {"remaining": length - offset, "elapsed": offset, "total": total}
        values = {name: self.phrases.spoken_duration(samples / SAMPLE_RATE) for name, samples in times.items()}
        values["left"] = self.phrases.spoken_number((length - offset + SAMPLE_RATE // 2) // SAMPLE_RATE)
        filled = fill_placeholders(text, values)
        return filled[:1].upper() + filled[1:] if text.startswith("{") else filled

    def _build_speech_cue(
        self, text: str, voice: str, pace: float, path: str, audio: str = "", counts: bool = False
    ) -> Cue:
        """Return a line as a cue at offset 0. `counts` is true for a word that is one of several counted seconds."""
        room = NONE if audio else self.arrangement.room
        tail = _TAIL_SAMPLES.get(room, 0)
        tail = min(tail, MAX_COUNT_TAIL_SAMPLES) if counts else tail
        line = Line(split_at_pauses(text), voice, pace, self.arrangement.language, audio, room, tail)
        measured = self.measure(line)
        return Cue(0, "say", measured.samples, line=line, estimated=not measured.exact, yaml_path=path)

    def _build_chime_cue(self, chime: ChimeSettings, offset: int, length: int, path: str) -> Cue:
        """Return a chime, cut off at the end of the step.

        If the chime would then be too short, it is not cut off, and `place_cues` moves it.
        """
        room = length - offset
        chime_length = min(CHIME_SAMPLES, room if room >= MIN_CHIME_SAMPLES else length)
        return Cue(offset, "chime", chime_length, chime=chime, yaml_path=path)
