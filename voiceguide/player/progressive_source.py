"""Progressive playback: start after the first line, synthesize the rest in the background, and allow step changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from voiceguide.errors import VoiceguideError
from voiceguide.export.single_step import find_step
from voiceguide.player.playback_source import PlaybackSource, excerpt_source
from voiceguide.timeline.model import BedSettings, Cue, Line, SpeechLength, TimedStage, TimedStep, Timeline
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.units import SAMPLE_RATE

if TYPE_CHECKING:
    from voiceguide.audio.beds.loader import BedLoop
    from voiceguide.audio.mixer.session_mix import VoiceGains
    from voiceguide.pipeline.session_builder import SessionBuilder
    from voiceguide.timeline.arrangement.model import Arrangement

__all__ = ["ProgressiveSession", "step_source", "with_locked_lengths"]

FIRST_BATCH_LINES = 1
BATCH_GROWTH_FACTOR = 3
"""The first batch is one line. Each batch is three times the size of the previous one, so that playback does not
overtake a slow voice."""
MIN_ADJUSTED_STEP_SAMPLES = 5 * SAMPLE_RATE
"""Steps cannot be shortened below this length."""
UPDATE_CROSSFADE_SAMPLES = SAMPLE_RATE * 3 // 2
"""Crossfade length for an update, which may add the bed or change the speech level."""
PRE_SPEECH_SAMPLES = SAMPLE_RATE // 20
"""Length of the silence before the first line if the bed is not available yet."""
NO_BED = BedSettings()


class ProgressiveSession:
    """The playback sources of a session that is still being built. Each contains more speech than the previous one."""

    def __init__(self, builder: SessionBuilder) -> None:
        self._builder = builder
        self._gains: VoiceGains = {}
        self._leveled_lines: set[Line] = set()
        self._locked_arrangement: Arrangement | None = None
        """The arrangement with fixed step lengths, or None until all lengths are known."""
        self._lock = threading.Lock()
        self._beds: dict[str, BedLoop] = {}

    def initial_source(self, find_start: Callable[[Timeline], int] = lambda timeline: 0) -> PlaybackSource:
        """Return the first source, which contains at least the first line. `find_start` returns the start position.

        If playback starts later in the session and any speech is missing, synthesize all missing speech first.
        """
        timeline = self._builder.estimated_timeline()
        start = find_start(timeline)
        upcoming = [cue.line for cue in timeline.cues if cue.line is not None and cue.end > start]
        if timeline.estimated:
            if start > 0:
                return self.complete_source()
            self._builder.narrator.synthesize_missing(upcoming[:FIRST_BATCH_LINES])
            timeline = self._builder.estimated_timeline()
        return self._make_source(timeline, cached_beds_only=timeline.estimated)

    def first_audible_position(self, source: PlaybackSource) -> int:
        """Return the position to start from: 0, or just before the first line if the bed is not available yet."""
        first_start = next((cue.start for cue in source.timeline.cues if cue.is_speech), 0)
        return 0 if self._beds_cached(source.timeline) else max(first_start - PRE_SPEECH_SAMPLES, 0)

    @property
    def channels(self) -> int:
        """The number of channels: 2 if the session has a bed, otherwise 1."""
        stages = self._builder.arrangement.stages
        return 2 if any(stage.bed.sound != "none" for stage in stages) else 1

    def buffer_rest(self, on_update: Callable[[PlaybackSource, int], None]) -> None:
        """Synthesize the remaining speech in batches. Call `on_update(source, crossfade_samples)` after each batch."""
        batch = BATCH_GROWTH_FACTOR
        timeline = self._builder.estimated_timeline()
        while timeline.estimated:
            missing = [cue.line for cue in timeline.cues if cue.line is not None and cue.estimated]
            lines = list(dict.fromkeys(missing))
            if not lines or len(lines) <= batch:
                break
            self._builder.narrator.synthesize_missing(lines[:batch])
            batch *= BATCH_GROWTH_FACTOR
            timeline = self._builder.estimated_timeline()
            on_update(self._make_source(timeline, cached_beds_only=True), UPDATE_CROSSFADE_SAMPLES)
        on_update(self.complete_source(), UPDATE_CROSSFADE_SAMPLES)
        self._builder.narrator.release_engines()

    def complete_source(self) -> PlaybackSource:
        """Synthesize all missing speech and return the source for the whole session."""
        timeline = self._builder.exact_timeline()
        source = self._make_source(timeline, cached_beds_only=False)
        with self._lock:
            self._locked_arrangement = with_locked_lengths(self._builder.arrangement, timeline)
        return source

    @property
    def can_edit_steps(self) -> bool:
        """Whether the whole session is built, so that its steps can be changed."""
        return self._locked_arrangement is not None

    def change_step_length(self, source: PlaybackSource, position: int, delta_s: int) -> PlaybackSource | None:
        """Make the step at a position longer or shorter. Return the new source, or None if the session is not complete.

        A step cannot become shorter than its speech or the time already played.
        """
        with self._lock:
            if self._locked_arrangement is None:
                return None
            stage, step_index = source.stage_index_at(position), source.step_index_at(position)
            index_in_stage = step_index - sum(len(each.steps) for each in source.timeline.stages[:stage])
            step = source.step_at(position)
            played = position - step.start
            speech_end = max((cue.end for cue in step.cues if cue.start <= position), default=step.start) - step.start
            minimum = max(speech_end, played + 2 * SAMPLE_RATE, min(MIN_ADJUSTED_STEP_SAMPLES, step.length))
            length = max(step.length + delta_s * SAMPLE_RATE, minimum)
            arrangement = _with_step_length(self._locked_arrangement, stage, index_in_stage, length)
            timeline = self._reschedule(arrangement)
            self._locked_arrangement = with_locked_lengths(arrangement, timeline)
        return self._make_source(timeline, cached_beds_only=False)

    def repeat_instruction(self, source: PlaybackSource, position: int) -> PlaybackSource | None:
        """Return a source that repeats the step's instruction after a position.

        Return None if the step has no instruction, or if the instruction does not fit before the next cue.
        """
        step = source.step_at(position)
        instruction = next((cue for cue in step.cues if cue.opens_step and cue.is_speech), None)
        current_cue = source.speech_cue_at(position)
        if instruction is None:
            return None
        start = (current_cue.end if current_cue else position) + SAMPLE_RATE // 2
        limit = min((cue.start for cue in step.cues if cue.start > position), default=step.end)
        if start + instruction.length > limit:
            return None
        repetition = replace(instruction, start=start, opens_step=False)
        return self._make_source(_with_added_cue(source.timeline, step, repetition), cached_beds_only=False)

    def _reschedule(self, arrangement: Arrangement) -> Timeline:
        """Return the timeline of a changed arrangement. Synthesize lines whose announced durations have changed."""
        narrator = self._builder.narrator
        for _ in range(4):
            missing: dict[Line, None] = {}
            timeline = schedule(
                arrangement, partial(_measure_collecting_missing, narrator.measure, missing), self._builder.phrases
            )
            if not missing:
                return timeline
            narrator.synthesize_missing(missing)
        raise VoiceguideError(
            "The spoken durations change whenever the session is scheduled again. "
            "Remove {total} from the text of the steps."
        )

    def _make_source(self, timeline: Timeline, cached_beds_only: bool) -> PlaybackSource:
        """Return a source with the audio up to the first missing line.

        If `cached_beds_only` is set and any bed is not cached yet, leave out all beds.
        """
        from voiceguide.audio.mixer.session_mix import measure_voice_gains, mix_session

        buffered_until = min((cue.start for cue in timeline.cues if cue.estimated), default=timeline.total)
        playable = timeline if buffered_until == timeline.total else _without_cues_from(timeline, buffered_until)
        if cached_beds_only and not self._beds_cached(playable):
            playable = replace(playable, stages=tuple(replace(stage, bed=NO_BED) for stage in playable.stages))
        new_lines = set(playable.unique_lines) - self._leveled_lines
        voices = {(line.voice, False) if not line.audio else ("", True) for line in new_lines}
        if new_lines and (timeline.estimated or not self._locked_arrangement or not voices <= set(self._gains)):
            self._gains = measure_voice_gains(playable.unique_lines, self._builder.narrator, self.channels)
            self._leveled_lines |= new_lines
        # All sources have the same grid offset, so that the bed continues seamlessly when the source changes.
        audio = mix_session(playable, self._builder.narrator, self._load_bed, self._gains, grid_offset=0)
        return PlaybackSource(timeline, audio, buffered_until)

    def _beds_cached(self, timeline: Timeline) -> bool:
        from voiceguide.audio.beds.loader import are_beds_cached

        return are_beds_cached((stage.bed.sound for stage in timeline.stages), self._builder.cache)

    def _load_bed(self, name: str) -> BedLoop:
        if name not in self._beds:
            self._beds[name] = self._builder.load_bed(name)
        return self._beds[name]


def step_source(builder: SessionBuilder, name: str) -> tuple[PlaybackSource, int]:
    """Return a source for one step, given as STEP or STAGE/STEP, and its number of channels.

    Only the speech of this step is synthesized.

    Raises:
        OverrideError: There is no such step.
        ScriptError: A line cannot be synthesized.
    """
    from voiceguide.audio.mixer.session_mix import mix_session

    timeline, step = builder.step_only_timeline(lambda timeline: find_step(timeline, name))
    audio = mix_session(timeline, builder.narrator, builder.load_bed, cache=builder.cache, grid_offset=0)
    builder.narrator.release_engines()
    return excerpt_source(PlaybackSource(timeline, audio, timeline.total), step), audio.channels


def with_locked_lengths(arrangement: Arrangement, timeline: Timeline) -> Arrangement:
    """Return the arrangement with all step lengths fixed, so that changing one step does not affect the others."""
    stages = []
    for stage, timed_stage in zip(arrangement.stages, timeline.stages, strict=True):
        steps = [
            replace(step, duration=timed_step.length, pause=None, length_locked=True)
            for step, timed_step in zip(stage.steps, timed_stage.steps, strict=True)
        ]
        stages.append(replace(stage, steps=tuple(steps), target_length=None))
    return replace(arrangement, stages=tuple(stages), target_length=None)


def _measure_collecting_missing(
    measure: Callable[[Line], SpeechLength], missing: dict[Line, None], line: Line
) -> SpeechLength:
    measured = measure(line)
    if not measured.exact:
        missing[line] = None
    return measured


def _with_step_length(arrangement: Arrangement, stage_index: int, step_index: int, length: int) -> Arrangement:
    stages = list(arrangement.stages)
    steps = list(stages[stage_index].steps)
    steps[step_index] = replace(steps[step_index], duration=length)
    stages[stage_index] = replace(stages[stage_index], steps=tuple(steps))
    return replace(arrangement, stages=tuple(stages))


def _without_cues_from(timeline: Timeline, stop: int) -> Timeline:
    """Return the timeline without the cues that start at `stop` or later."""

    def shorten(step: TimedStep) -> TimedStep:
        return replace(step, cues=tuple(cue for cue in step.cues if cue.start < stop))

    stages = tuple(replace(stage, steps=tuple(map(shorten, stage.steps))) for stage in timeline.stages)
    return replace(timeline, stages=stages)


def _with_added_cue(timeline: Timeline, step: TimedStep, cue: Cue) -> Timeline:
    new_step = replace(step, cues=tuple(sorted([*step.cues, cue], key=lambda each: each.start)))

    def with_new_step(stage: TimedStage) -> TimedStage:
        return replace(stage, steps=tuple(new_step if each is step else each for each in stage.steps))

    return replace(timeline, stages=tuple(map(with_new_step, timeline.stages)))
