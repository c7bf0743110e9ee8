"""Play one step of a script, with its bed and ducking, without speaking the rest of the script first."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceguide.audio.beds.loader import are_beds_cached, prefetching_beds
from voiceguide.audio.mixer.session_mix import mix_session
from voiceguide.errors import VoiceguideError
from voiceguide.pipeline.asset_check import asset_file_states
from voiceguide.script.model.bed_layers import is_builtin_bed
from voiceguide.script.parsing.nodes import parse_loc
from voiceguide.speech.engines.registry import LOCAL_ENGINES, resolve_voice
from voiceguide.speech.preview import encode_wav
from voiceguide.timeline.model import BedSettings, Cue, Line, TimedStep, Timeline
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, samples_to_seconds, seconds_to_samples
from voiceguide.web.studio.description import step_turns
from voiceguide.web.studio.narrator_keeper import NarratorKeeper

if TYPE_CHECKING:
    from voiceguide.audio.mixer.mix import Mix
    from voiceguide.script.loader import Script
    from voiceguide.system.disk_cache import DiskCache

__all__ = ["StepPlayer"]


@dataclass(frozen=True)
class _HeardStep:
    """A rendered step."""

    made_from: object
    """The text and the place of the step, and the states of the recordings, chimes and beds that the script names."""
    step: TimedStep
    mix: Mix
    spoken_until: int
    """The position in the step, in samples, of the first line that has not been spoken yet."""
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
        """Load the speech model, speak the first step and make the beds, so that a step can be played at once."""
        with self._narrators.open_builder(self._narrators.load(text, path)) as builder:
            timeline = builder.estimated_timeline()
            lines = [cue.line for cue in timeline.cues if cue.line and "steps" in parse_loc(cue.yaml_path)][:1]
            if _are_free(lines):
                builder.narrator.synthesize_missing(lines)
            self._make_beds(timeline)

    def prepare(self, text: str, path: Path, loc: list[str | int], turn: int) -> dict[str, Any]:
        """Speak one line of a step in advance, unless its engine could charge for each line.

        Return the number of lines that were `missing`. Repeat this until there are none.
        """
        with self._narrators.open_builder(self._narrators.load(text, path)) as builder:
            step = _find_step(builder.estimated_timeline(), loc, turn)
        missing = [cue.line for cue in step.cues if cue.line is not None and cue.estimated]
        is_free = _are_free([line for line in missing if not line.audio])
        made = self._step(text, path, loc, turn, 0, step.length) if is_free else 0
        return {"missing": made if isinstance(made, int) else 0}

    def render(
        self, text: str, path: Path, loc: list[str | int], turn: int, start_s: float, length_s: float
    ) -> dict[str, Any]:
        """Return part of a step: `wav` (bytes), and the `length` of the step in seconds.

        If some lines of this part have not been spoken yet, speak one of them, and return only the number of lines that
        were `missing`. Each request therefore takes no longer than speaking one line, and no separate request is needed
        to cancel.

        `bed` is false if the bed is still being made. Either all parts of a step contain the bed, or none do.

        Raises:
            VoiceguideError: The script has problems or does not contain the step, or a line cannot be spoken.
        """
        start, stop = seconds_to_samples(start_s), seconds_to_samples(start_s + length_s)
        heard = self._step(text, path, loc, turn, start, stop)
        if isinstance(heard, int):
            return {"missing": heard}
        length = heard.step.length
        start, stop = min(start, length), min(stop, length)
        samples = heard.mix.render(heard.step.start + start, heard.step.start + stop)
        return {
            "missing": 0,
            "wav": encode_wav(samples, SAMPLE_RATE),
            "length": samples_to_seconds(length),
            "bed": heard.has_beds,
        }

    def _step(self, text: str, path: Path, loc: list[str | int], turn: int, start: int, stop: int) -> _HeardStep | int:
        """Return a step that can be played up to `stop`: the one that was heard last, or a new one."""
        heard, script = self._heard, self._narrators.load(text, path)
        made_from = (text, path, loc, turn, asset_file_states(script))
        if heard is not None and heard.made_from != made_from:
            heard = None
        if heard is None or (start == 0 and not heard.has_beds) or stop > heard.spoken_until:
            without_beds = heard is not None and start > 0 and not heard.has_beds
            made = self._make(script, made_from, loc, turn, stop, without_beds)
            if isinstance(made, int):
                return made
            heard = self._heard = made
        return heard

    def _make(
        self, script: Script, made_from: object, loc: list[str | int], turn: int, stop: int, without_beds: bool
    ) -> _HeardStep | int:
        """Return a step that can be played up to `stop`, or speak a line and return the number of missing ones."""
        with self._narrators.open_builder(script) as builder:
            timeline = builder.estimated_timeline()
            step = _find_step(timeline, loc, turn)
            missing = [cue for cue in step.cues if cue.line is not None and cue.estimated]
            needed = [cue.line for cue in missing if cue.line and (cue.opens_step or cue.start < step.start + stop)]
            if needed:
                builder.narrator.synthesize_missing(needed[:1])
                return len(needed)
            spoken_until = min((cue.start - step.start for cue in missing), default=MAX_SESSION_SAMPLES)
            alone = _only(timeline, step)
            has_beds = not without_beds and not self._missing_beds(timeline)
            if not has_beds:
                self._make_beds(timeline)
                alone = _without_beds(alone)
            mix = mix_session(alone, builder.narrator, builder.load_bed, cache=self._cache, grid_offset=0)
            return _HeardStep(made_from, step, mix, spoken_until, has_beds)

    def _missing_beds(self, timeline: Timeline) -> set[str]:
        """Return the built-in beds that are not in the cache. The user's own files need not be made in advance."""
        sounds = {stage.bed.sound for stage in timeline.stages if is_builtin_bed(stage.bed.sound)}
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


def _only(timeline: Timeline, heard: TimedStep) -> Timeline:
    """Return the timeline with only those cues of one step that have already been spoken."""

    def cues(step: TimedStep) -> tuple[Cue, ...]:
        return tuple(cue for cue in step.cues if not cue.estimated) if step is heard else ()

    return replace(
        timeline,
        stages=tuple(
            replace(stage, steps=tuple(replace(step, cues=cues(step)) for step in stage.steps))
            for stage in timeline.stages
        ),
    )
