"""Play one step of a script, with its bed and ducking, without speaking the rest of the script first."""

from __future__ import annotations

import io
import threading
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from voiceguide.audio.beds.loader import are_beds_cached, prefetching_beds
from voiceguide.audio.mixer.session_mix import mix_session
from voiceguide.builtin_names import BED_NAMES
from voiceguide.errors import VoiceguideError
from voiceguide.script.parsing.nodes import parse_loc
from voiceguide.speech.engines.registry import resolve_voice
from voiceguide.timeline.model import BedSettings, Line, TimedStep, Timeline
from voiceguide.units import SAMPLE_RATE, samples_to_seconds, seconds_to_samples
from voiceguide.web.services.prerender_openings import LOCAL_ENGINES
from voiceguide.web.studio.description import step_turns
from voiceguide.web.studio.narrator_keeper import NarratorKeeper

if TYPE_CHECKING:
    from voiceguide.audio.array_type import Samples
    from voiceguide.audio.mixer.mix import Mix
    from voiceguide.system.disk_cache import DiskCache

__all__ = ["StepPlayer"]


@dataclass(frozen=True)
class _HeardStep:
    """A rendered step, and everything that it was made from."""

    text: str
    path: Path
    loc: list[str | int]
    turn: int
    step: TimedStep
    mix: Mix
    has_beds: bool
    """False if a built-in bed has not been made yet, in which case the step is played without its bed."""


def _are_free(lines: Sequence[Line]) -> bool:
    """Return whether no line is spoken by an engine that could charge for it."""
    voices = (resolve_voice(line.voice, line.language) for line in lines if not line.audio)
    return all(voice.engine in LOCAL_ENGINES for voice in voices)


class StepPlayer:
    """Renders steps part by part, one step at a time. The speech model stays loaded between steps."""

    def __init__(self, narrators: NarratorKeeper) -> None:
        self._narrators = narrators
        self._cache = narrators.cache
        self._heard: _HeardStep | None = None
        self._beds: threading.Thread | None = None

    def warm_up(self, text: str, path: Path) -> None:
        """Load the speech model and make the beds of a script, so that its first step can be played at once."""
        with self._narrators.open_builder(self._narrators.load(text, path)) as builder:
            timeline = builder.estimated_timeline()
            self._make_beds(timeline)
            lines = timeline.unique_lines[:1]
            if _are_free(lines):
                builder.narrator.synthesize_missing(lines)

    def prepare(self, text: str, path: Path, loc: list[str | int], turn: int) -> None:
        """Speak a step in advance, unless its engine could charge for each line."""
        with self._narrators.open_builder(self._narrators.load(text, path)) as builder:
            step = _find_step(builder.estimated_timeline(), loc, turn)
            lines = [cue.line for cue in step.cues if cue.line is not None and not cue.line.audio]
        if _are_free(lines):
            self.render(text, path, loc, turn, 0, 0)

    def render(
        self, text: str, path: Path, loc: list[str | int], turn: int, start_s: float, length_s: float
    ) -> dict[str, Any]:
        """Return part of a step: `wav` (bytes), and the `length` of the step in seconds.

        `bed` is false if the bed is still being made. Either all parts of a step contain the bed, or none do.

        Raises:
            VoiceguideError: The script has problems or no such step, or a line cannot be spoken.
        """
        heard = self._heard
        is_same = heard and (heard.text, heard.path, heard.loc, heard.turn) == (text, path, loc, turn)
        if heard is None or not is_same or (start_s == 0 and not heard.has_beds):
            heard = self._heard = self._make(text, path, loc, turn)
        length = heard.step.length
        start = min(max(0, seconds_to_samples(start_s)), length)
        stop = min(start + seconds_to_samples(length_s), length)
        samples = heard.mix.render(heard.step.start + start, heard.step.start + stop)
        return {
            "wav": _encode_wav(samples),
            "length": samples_to_seconds(length),
            "bed": heard.has_beds,
        }

    def _make(self, text: str, path: Path, loc: list[str | int], turn: int) -> _HeardStep:
        with self._narrators.open_builder(self._narrators.load(text, path)) as builder:
            alone, step = builder.step_only_timeline(lambda timeline: _find_step(timeline, loc, turn))
            has_beds = not self._missing_beds(alone)
            if not has_beds:
                self._make_beds(alone)
                alone = _without_beds(alone)
            mix = mix_session(alone, builder.narrator, builder.load_bed, cache=self._cache, grid_offset=0)
            return _HeardStep(text, path, loc, turn, step, mix, has_beds)

    def _missing_beds(self, timeline: Timeline) -> set[str]:
        """Return the built-in beds that are not in the cache. The user's own files need not be made in advance."""
        sounds = {stage.bed.sound for stage in timeline.stages} & set(BED_NAMES)
        return {sound for sound in sounds if not are_beds_cached([sound], self._cache)}

    def _make_beds(self, timeline: Timeline) -> None:
        """Make missing beds in a child process in the background."""
        missing = self._missing_beds(timeline)
        if missing and (self._beds is None or not self._beds.is_alive()):
            self._beds = threading.Thread(target=_prefetch, args=(missing, self._cache), daemon=True)
            self._beds.start()


def _prefetch(sounds: Iterable[str], cache: DiskCache) -> None:
    with prefetching_beds(sounds, cache):
        pass  # leaving the context waits until they are made


def _without_beds(timeline: Timeline) -> Timeline:
    return replace(timeline, stages=tuple(replace(stage, bed=BedSettings()) for stage in timeline.stages))


def _find_step(timeline: Timeline, loc: list[str | int], turn: int) -> TimedStep:
    found = [step for step, _ in step_turns(timeline) if list(parse_loc(step.yaml_path)) == loc]
    if not found:
        raise VoiceguideError("This step no longer exists.")
    return found[min(turn, len(found) - 1)]


def _encode_wav(samples: Samples) -> bytes:
    """Return samples of shape (frames, channels) as a 16-bit WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.rint(np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return buffer.getvalue()
