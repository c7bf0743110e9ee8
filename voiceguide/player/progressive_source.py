"""A session as it is played: its first words at once, the rest while these are heard, and changes for this evening."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from voiceguide.errors import VoiceguideError
from voiceguide.player.playback_source import PlaybackSource
from voiceguide.timeline.model import BedSettings, Cue, Line, SpeechLength, TimedStage, TimedStep, Timeline
from voiceguide.timeline.scheduling.scheduler import schedule
from voiceguide.units import SAMPLE_RATE

if TYPE_CHECKING:
    from voiceguide.audio.beds.loader import BedLoop
    from voiceguide.audio.mixer.session_mix import VoiceGains
    from voiceguide.pipeline.session_builder import SessionBuilder
    from voiceguide.timeline.arrangement.model import Arrangement

__all__ = ["ProgressiveSource", "lock_lengths"]

FIRST_BATCH_LINES = 1
BATCH_GROWTH_FACTOR = 3
"""The first words are spoken alone; after them three times as many each time, so that no voice is too slow."""
MIN_STEP_SAMPLES = 5 * SAMPLE_RATE
"""Samples that a step is left when it is made shorter."""
UPDATE_CROSSFADE_SAMPLES = SAMPLE_RATE * 3 // 2
"""Samples over which the bed comes in and the level settles, while the first words are being spoken."""
PRE_SPEECH_SAMPLES = SAMPLE_RATE // 20
"""Samples before the first words when there is no bed yet."""
NO_BED = BedSettings()


class ProgressiveSource:
    """Makes the scores of a session, each better known than the one before."""

    def __init__(self, builder: SessionBuilder) -> None:
        self._builder = builder
        self._gains: VoiceGains = {}
        self._leveled_lines: set[Line] = set()
        self._locked_arrangement: Arrangement | None = None
        """The plan with every step at its length, once that is settled."""
        self._lock = threading.Lock()
        self._beds: dict[str, BedLoop] = {}

    def initial_source(self, start: Callable[[Timeline], int] = lambda timeline: 0) -> PlaybackSource:
        """The score to begin with, playable as far as its words are known; from the position that `start` finds."""
        timeline = self._builder.estimated_timeline()
        begin = start(timeline)
        ahead = [cue.line for cue in timeline.cues if cue.line is not None and cue.end > begin]
        if timeline.estimated:
            if begin > 0:
                return self.complete_source()
            self._builder.narrator.synthesize_missing(ahead[:FIRST_BATCH_LINES])
            timeline = self._builder.estimated_timeline()
        return self._make_source(timeline, beds_at_hand=timeline.estimated)

    def first_audible_position(self, score: PlaybackSource) -> int:
        """A position just before the first words: where nothing else is heard, nobody waits for them."""
        first = next((cue.start for cue in score.timeline.cues if cue.is_speech), 0)
        return 0 if self._beds_cached(score.timeline) else max(first - PRE_SPEECH_SAMPLES, 0)

    @property
    def channels(self) -> int:
        """Two with a bed, one without."""
        planned = self._builder.arrangement.stages
        return 2 if any(stage.bed.sound != "none" for stage in planned) else 1

    def buffer_rest(self, change: Callable[[PlaybackSource, int], None]) -> None:
        """Speak the rest, handing over a score whenever enough more is known."""
        batch = BATCH_GROWTH_FACTOR
        timeline = self._builder.estimated_timeline()
        while timeline.estimated:
            unknown = [cue.line for cue in timeline.cues if cue.line is not None and cue.estimated]
            lines = list(dict.fromkeys(unknown))
            if not lines or len(lines) <= batch:
                break
            self._builder.narrator.synthesize_missing(lines[:batch])
            batch *= BATCH_GROWTH_FACTOR
            timeline = self._builder.estimated_timeline()
            change(self._make_source(timeline, beds_at_hand=True), UPDATE_CROSSFADE_SAMPLES)
        change(self.complete_source(), UPDATE_CROSSFADE_SAMPLES)
        self._builder.narrator.release_engines()

    def complete_source(self) -> PlaybackSource:
        """The whole score, every word spoken."""
        timeline = self._builder.exact_timeline()
        score = self._make_source(timeline, beds_at_hand=False)
        with self._lock:
            self._locked_arrangement = lock_lengths(self._builder.arrangement, timeline)
        return score

    @property
    def can_edit_steps(self) -> bool:
        """Whether the steps can be changed yet."""
        return self._locked_arrangement is not None

    def change_step_length(self, score: PlaybackSource, position: int, seconds: int) -> PlaybackSource | None:
        """The score with the step at a position made that much longer, or shorter: not shorter than its words, nor
        than the time already spent in it. None where there is nothing to be changed."""
        with self._lock:
            if self._locked_arrangement is None:
                return None
            stage, number = score.stage_index_at(position), score.step_index_at(position)
            within = number - sum(len(each.steps) for each in score.timeline.stages[:stage])
            step = score.step_at(position)
            spent = position - step.start
            busy = max((cue.end for cue in step.cues if cue.start <= position), default=step.start) - step.start
            least = max(busy, spent + 2 * SAMPLE_RATE, min(MIN_STEP_SAMPLES, step.length))
            length = max(step.length + seconds * SAMPLE_RATE, least)
            plan = _with_step_length(self._locked_arrangement, stage, within, length)
            timeline = self._schedule_and_synthesize(plan)
            self._locked_arrangement = lock_lengths(plan, timeline)
        return self._make_source(timeline, beds_at_hand=False)

    def repeat_instruction(self, score: PlaybackSource, position: int) -> PlaybackSource | None:
        """The score with the step's own words said once more from a position on; where they do not fit before the next
        words, None."""
        step = score.step_at(position)
        words = next((cue for cue in step.cues if cue.opens_step and cue.is_speech), None)
        spoken = score.speech_cue_at(position)
        if words is None:
            return None
        at = (spoken.end if spoken else position) + SAMPLE_RATE // 2
        room = min((cue.start for cue in step.cues if cue.start > position), default=step.end)
        if at + words.length > room:
            return None
        again = replace(words, start=at, opens_step=False)
        return self._make_source(_with_added_cue(score.timeline, step, again), beds_at_hand=False)

    def _schedule_and_synthesize(self, plan: Arrangement) -> Timeline:
        """The timeline of a changed plan; the few words that name other times now are spoken."""
        session = self._builder
        for _ in range(4):
            missing: dict[Line, None] = {}
            timeline = schedule(
                plan, partial(_measure_collecting_missing, session.narrator.measure, missing), session.phrases
            )
            if not missing:
                return timeline
            session.narrator.synthesize_missing(missing)
        raise VoiceguideError("The words that name times never settle. Take {total} out of the steps' own words.")

    def _make_source(self, timeline: Timeline, beds_at_hand: bool) -> PlaybackSource:
        """The sound of a timeline as far as its words are known; with `beds_at_hand`, without beds still to be made."""
        from voiceguide.audio.mixer.session_mix import measure_voice_gains, mix_session

        unknown = min((cue.start for cue in timeline.cues if cue.estimated), default=timeline.total)
        heard = timeline if unknown == timeline.total else _without_cues_from(timeline, unknown)
        if beds_at_hand and not self._beds_cached(heard):
            heard = replace(heard, stages=tuple(replace(stage, bed=NO_BED) for stage in heard.stages))
        new = set(heard.unique_lines) - self._leveled_lines
        speakers = {(line.voice, False) if not line.audio else ("", True) for line in new}
        if new and (timeline.estimated or not self._locked_arrangement or not speakers <= set(self._gains)):
            self._gains = measure_voice_gains(heard.unique_lines, self._builder.narrator, self.channels)
            self._leveled_lines |= new
        sound = mix_session(
            heard, self._builder.narrator, self._load_bed, self._gains, grid_offset=0
        )  # the bed stays in place
        return PlaybackSource(timeline, sound, unknown)

    def _beds_cached(self, timeline: Timeline) -> bool:
        from voiceguide.audio.beds.loader import are_beds_cached

        return are_beds_cached((stage.bed.sound for stage in timeline.stages), self._builder.cache)

    def _load_bed(self, sound: str) -> BedLoop:
        if sound not in self._beds:
            self._beds[sound] = self._builder.load_bed(sound)
        return self._beds[sound]


def lock_lengths(arrangement: Arrangement, timeline: Timeline) -> Arrangement:
    """The plan with every step held at the length it has, so that a change to one moves no other."""
    stages = []
    for planned, timed in zip(arrangement.stages, timeline.stages, strict=True):
        steps = [
            replace(step, duration=there.length, pause=None, length_locked=True)
            for step, there in zip(planned.steps, timed.steps, strict=True)
        ]
        stages.append(replace(planned, steps=tuple(steps), target_length=None))
    return replace(arrangement, stages=tuple(stages), target_length=None)


def _measure_collecting_missing(
    measure: Callable[[Line], SpeechLength], missing: dict[Line, None], line: Line
) -> SpeechLength:
    measured = measure(line)
    if not measured.exact:
        missing[line] = None
    return measured


def _with_step_length(arrangement: Arrangement, stage: int, step: int, length: int) -> Arrangement:
    planned = arrangement.stages[stage]
    steps = [replace(each, duration=length) if at == step else each for at, each in enumerate(planned.steps)]
    changed = replace(planned, steps=tuple(steps))
    return replace(
        arrangement, stages=tuple(changed if at == stage else each for at, each in enumerate(arrangement.stages))
    )


def _without_cues_from(timeline: Timeline, stop: int) -> Timeline:
    """The timeline without the cues from there on."""

    def before(step: TimedStep) -> TimedStep:
        return replace(step, cues=tuple(cue for cue in step.cues if cue.start < stop))

    stages = tuple(replace(stage, steps=tuple(map(before, stage.steps))) for stage in timeline.stages)
    return replace(timeline, stages=stages)


def _with_added_cue(timeline: Timeline, step: TimedStep, cue: Cue) -> Timeline:
    changed = replace(step, cues=tuple(sorted([*step.cues, cue], key=lambda each: each.start)))

    def with_it(stage: TimedStage) -> TimedStage:
        return replace(stage, steps=tuple(changed if each is step else each for each in stage.steps))

    return replace(timeline, stages=tuple(with_it(stage) for stage in timeline.stages))
