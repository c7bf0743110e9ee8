"""A session as it is played: its first words at once, the rest while these are heard, and changes for this evening."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from voiceguide.errors import VoiceguideError
from voiceguide.player.playback_source import Score
from voiceguide.timeline.model import Bed, Cue, Line, Measured, TimedStage, TimedStep, Timeline
from voiceguide.timeline.scheduling.scheduler import settle
from voiceguide.units import SAMPLE_RATE

if TYPE_CHECKING:
    from voiceguide.audio.beds.loader import BedSource
    from voiceguide.audio.mixer.session_mix import Gains
    from voiceguide.pipeline.session_builder import Session
    from voiceguide.timeline.arrangement.model import Plan

__all__ = ["Live", "frozen"]

FIRST = 1
MORE = 3
"""The first words are spoken alone; after them three times as many each time, so that no voice is too slow."""
SHORTEST = 5 * SAMPLE_RATE
"""Samples that a step is left when it is made shorter."""
EASE = SAMPLE_RATE * 3 // 2
"""Samples over which the bed comes in and the level settles, while the first words are being spoken."""
BREATH = SAMPLE_RATE // 20
"""Samples before the first words when there is no bed yet."""
NO_BED = Bed()


class Live:
    """Makes the scores of a session, each better known than the one before."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._gains: Gains = {}
        self._spoken: set[Line] = set()
        self._plan: Plan | None = None
        """The plan with every step at its length, once that is settled."""
        self._lock = threading.Lock()
        self._beds: dict[str, BedSource] = {}

    def first(self, start: Callable[[Timeline], int] = lambda timeline: 0) -> Score:
        """The score to begin with, playable as far as its words are known; from the position that `start` finds."""
        timeline = self._session.planned()
        begin = start(timeline)
        ahead = [cue.line for cue in timeline.cues if cue.line is not None and cue.end > begin]
        if timeline.estimated:
            if begin > 0:
                return self.rest()
            self._session.speaker.speak(ahead[:FIRST])
            timeline = self._session.planned()
        return self._score(timeline, beds_at_hand=timeline.estimated)

    def first_sound(self, score: Score) -> int:
        """A position just before the first words: where nothing else is heard, nobody waits for them."""
        first = next((cue.at for cue in score.timeline.cues if cue.kind == "say"), 0)
        return 0 if self._has_beds(score.timeline) else max(first - BREATH, 0)

    @property
    def channels(self) -> int:
        """Two with a bed, one without."""
        planned = self._session.plan.stages
        return 2 if any(stage.bed.sound != "none" for stage in planned) else 1

    def settle_into(self, change: Callable[[Score, int], None]) -> None:
        """Speak the rest, handing over a score whenever enough more is known."""
        batch = MORE
        timeline = self._session.planned()
        while timeline.estimated:
            unknown = [cue.line for cue in timeline.cues if cue.line is not None and cue.estimated]
            lines = list(dict.fromkeys(unknown))
            if not lines or len(lines) <= batch:
                break
            self._session.speaker.speak(lines[:batch])
            batch *= MORE
            timeline = self._session.planned()
            change(self._score(timeline, beds_at_hand=True), EASE)
        change(self.rest(), EASE)
        self._session.speaker.rest()

    def rest(self) -> Score:
        """The whole score, every word spoken."""
        timeline = self._session.settled()
        score = self._score(timeline, beds_at_hand=False)
        with self._lock:
            self._plan = frozen(self._session.plan, timeline)
        return score

    @property
    def settled(self) -> bool:
        """Whether the steps can be changed yet."""
        return self._plan is not None

    def lengthened(self, score: Score, position: int, seconds: int) -> Score | None:
        """The score with the step at a position made that much longer, or shorter: not shorter than its words, nor
        than the time already spent in it. None where there is nothing to be changed."""
        with self._lock:
            if self._plan is None:
                return None
            stage, number = score.stage_index(position), score.index(position)
            within = number - sum(len(each.steps) for each in score.timeline.stages[:stage])
            step = score.step(position)
            spent = position - step.start
            busy = max((cue.end for cue in step.cues if cue.at <= position), default=step.start) - step.start
            least = max(busy, spent + 2 * SAMPLE_RATE, min(SHORTEST, step.length))
            length = max(step.length + seconds * SAMPLE_RATE, least)
            plan = _with_length(self._plan, stage, within, length)
            timeline = self._voiced(plan)
            self._plan = frozen(plan, timeline)
        return self._score(timeline, beds_at_hand=False)

    def repeated(self, score: Score, position: int) -> Score | None:
        """The score with the step's own words said once more from a position on; where they do not fit before the next
        words, None."""
        step = score.step(position)
        words = next((cue for cue in step.cues if cue.main and cue.kind == "say"), None)
        spoken = score.spoken_at(position)
        if words is None:
            return None
        at = (spoken.end if spoken else position) + SAMPLE_RATE // 2
        room = min((cue.at for cue in step.cues if cue.at > position), default=step.end)
        if at + words.length > room:
            return None
        again = replace(words, at=at, main=False)
        return self._score(_with_cue(score.timeline, step, again), beds_at_hand=False)

    def _voiced(self, plan: Plan) -> Timeline:
        """The timeline of a changed plan; the few words that name other times now are spoken."""
        session = self._session
        for _ in range(4):
            missing: dict[Line, None] = {}
            timeline = settle(plan, partial(_measured, session.speaker.measure, missing), session.phrases)
            if not missing:
                return timeline
            session.speaker.speak(missing)
        raise VoiceguideError("The words that name times never settle. Take {total} out of the steps' own words.")

    def _score(self, timeline: Timeline, beds_at_hand: bool) -> Score:
        """The sound of a timeline as far as its words are known; with `beds_at_hand`, without beds still to be made."""
        from voiceguide.audio.mixer.session_mix import mix_session, narration_gains

        unknown = min((cue.at for cue in timeline.cues if cue.estimated), default=timeline.total)
        heard = timeline if unknown == timeline.total else _known_part(timeline, unknown)
        if beds_at_hand and not self._has_beds(heard):
            heard = replace(heard, stages=tuple(replace(stage, bed=NO_BED) for stage in heard.stages))
        new = set(heard.lines) - self._spoken
        speakers = {(line.voice, False) if not line.audio else ("", True) for line in new}
        if new and (timeline.estimated or not self._plan or not speakers <= set(self._gains)):
            self._gains = narration_gains(heard.lines, self._session.speaker, self.channels)
            self._spoken |= new
        sound = mix_session(heard, self._session.speaker, self._bed, self._gains, preroll=0)  # the bed stays in place
        return Score(timeline, sound, unknown)

    def _has_beds(self, timeline: Timeline) -> bool:
        from voiceguide.audio.beds.loader import beds_kept

        return beds_kept((stage.bed.sound for stage in timeline.stages), self._session.store)

    def _bed(self, sound: str) -> BedSource:
        if sound not in self._beds:
            self._beds[sound] = self._session.bed(sound)
        return self._beds[sound]


def frozen(plan: Plan, timeline: Timeline) -> Plan:
    """The plan with every step held at the length it has, so that a change to one moves no other."""
    stages = []
    for planned, timed in zip(plan.stages, timeline.stages, strict=True):
        steps = [
            replace(step, duration=there.length, pause=None, held=True)
            for step, there in zip(planned.steps, timed.steps, strict=True)
        ]
        stages.append(replace(planned, steps=tuple(steps), target=None))
    return replace(plan, stages=tuple(stages), total=None)


def _measured(measure: Callable[[Line], Measured], missing: dict[Line, None], line: Line) -> Measured:
    measured = measure(line)
    if not measured.exact:
        missing[line] = None
    return measured


def _with_length(plan: Plan, stage: int, step: int, length: int) -> Plan:
    planned = plan.stages[stage]
    steps = [replace(each, duration=length) if at == step else each for at, each in enumerate(planned.steps)]
    changed = replace(planned, steps=tuple(steps))
    return replace(plan, stages=tuple(changed if at == stage else each for at, each in enumerate(plan.stages)))


def _known_part(timeline: Timeline, stop: int) -> Timeline:
    """The timeline without the cues from there on."""

    def before(step: TimedStep) -> TimedStep:
        return replace(step, cues=tuple(cue for cue in step.cues if cue.at < stop))

    stages = tuple(replace(stage, steps=tuple(map(before, stage.steps))) for stage in timeline.stages)
    return replace(timeline, stages=stages)


def _with_cue(timeline: Timeline, step: TimedStep, cue: Cue) -> Timeline:
    changed = replace(step, cues=tuple(sorted([*step.cues, cue], key=lambda each: each.at)))

    def with_it(stage: TimedStage) -> TimedStage:
        return replace(stage, steps=tuple(changed if each is step else each for each in stage.steps))

    return replace(timeline, stages=tuple(with_it(stage) for stage in timeline.stages))
