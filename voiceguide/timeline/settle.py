"""From a plan and the lengths of its words to the timeline: every cue at its exact sample. Pure; nothing is spoken here.

It is called twice: with estimates, to know what there is to say, and with the true lengths, to know when. Only times of
steps depend on the lengths of words, and only a few words depend on times (`{remaining}`, `{total}`), so that the second
call nearly always asks for the very same lines; where it does not, the caller speaks the new ones and settles again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from voiceguide.script.texts import fill, parse_parts
from voiceguide.timeline.bells import ring
from voiceguide.timeline.clock import Slot, clock
from voiceguide.timeline.cues import place_cues
from voiceguide.timeline.model import Advice, Cue, Line, Measure, Phrasebook, TimedStage, TimedStep, Timeline
from voiceguide.timeline.plan import Plan, PlannedCue, PlannedStage, PlannedStep
from voiceguide.timeline.quiet import announce_quiet
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["settle"]

ROUNDS = 4
"""How often times named in a step's own words are worked out anew. They settle in two, since spoken times are rounded."""
CUE_CHIME = SAMPLE_RATE * 2
"""Samples of a chime inside a step, a script's own or one that stands for words with `--detail chime`."""
TIME_NAMES = ("{remaining}", "{elapsed}", "{total}")


def settle(plan: Plan, measure: Measure, phrases: Phrasebook) -> Timeline:
    """The timeline of a plan.

    Raises:
        OverrideError: when the words leave no room for the total asked for.
    """
    return _Settling(plan, measure, phrases).timeline()


@dataclass(frozen=True)
class _Settling:
    """One call of `settle`: what all its parts need to know."""

    plan: Plan
    measure: Measure
    phrases: Phrasebook

    def timeline(self) -> Timeline:
        slots = self._slots()
        total = sum(slot.length for own in slots for slot in own)
        stages, advice, at = [], [], 0
        for planned, own in zip(self.plan.stages, slots, strict=True):
            stage, said = self._stage(planned, own, at, total)
            stages.append(stage)
            advice += said
            at = stage.end
        if self.plan.detail != "chime":
            stages, said = announce_quiet(self.plan, stages, self.measure, self.phrases)
            advice += said
        stages, said = ring(self.plan, stages)
        return Timeline(
            title=self.plan.title,
            language=self.plan.language,
            stages=tuple(stages),
            total=total,
            estimated=any(cue.estimated for stage in stages for step in stage.steps for cue in step.cues),
            warnings=tuple([*self._overruns(slots), *advice]),
            author=self.plan.author,
            description=self.plan.description,
        )

    def _slots(self) -> list[list[Slot]]:
        """Every step's slot; worked out anew until times named in the steps' own words no longer change it."""
        slots: list[list[Slot]] | None = None
        for _ in range(ROUNDS):
            words, exact = self._words(slots)
            settled = clock(self.plan, words, exact)
            if settled == slots:
                break
            slots = settled
            if not any(name in step.full_text for stage in self.plan.stages for step in stage.steps for name in TIME_NAMES):
                break
        assert slots is not None
        return slots

    def _words(self, slots: list[list[Slot]] | None) -> tuple[list[list[tuple[int, int]]], bool]:
        """For each step the samples of its words, as heard and at full detail, and whether none is an estimate."""
        exact = True
        total = sum(slot.length for own in slots for slot in own) if slots else 0
        words = []
        for number, stage in enumerate(self.plan.stages):
            row = []
            for index, step in enumerate(stage.steps):
                length = slots[number][index].length if slots else step.duration or 0
                cues = [self._main(step, text, length, total) for text in (step.text, step.full_text)]
                heard, full = (cue.length if cue else 0 for cue in cues)
                exact = exact and not any(cue and cue.estimated for cue in cues)
                row.append((heard, full))
            words.append(row)
        return words, exact

    def _main(self, step: PlannedStep, text: str, length: int, total: int) -> Cue | None:
        """The words a step begins with, as a cue at sample 0 of the step."""
        if not text and not step.audio:
            return None
        return self._spoken(self._filled(text, 0, length, total), step, step.path, step.audio)

    def _filled(self, text: str, offset: int, length: int, total: int) -> str:
        if "{" not in text:
            return text
        spoken = self.phrases.spoken_time
        times = {"remaining": length - offset, "elapsed": offset, "total": total}
        text = fill(text, {name: spoken(samples / SAMPLE_RATE) for name, samples in times.items()})
        return text[:1].upper() + text[1:]

    def _spoken(self, text: str, step: PlannedStep, path: str, audio: str = "", cue: PlannedCue | None = None) -> Cue:
        line = Line(
            parts=parse_parts(text),
            voice=(cue and cue.spec.voice) or step.voice,
            pace=(cue and cue.spec.pace) or step.pace,
            language=self.plan.language,
            audio=audio,
        )
        measured = self.measure(line)
        return Cue(0, "say", measured.samples, line=line, estimated=not measured.exact, path=path)

    def _stage(self, planned: PlannedStage, slots: list[Slot], start: int, total: int) -> tuple[TimedStage, list[Advice]]:
        """A stage at its place, with every cue of its steps."""
        steps, advice, at = [], [], start
        for slot in slots:
            cues, said = self._step_cues(slot, total)
            advice += said
            moved = tuple(replace(cue, at=cue.at + at) for cue in cues)
            steps.append(TimedStep(slot.step.name, at, at + slot.length, slot.words, moved, slot.step.path))
            at += slot.length
        return TimedStage(planned.title, start, at, tuple(steps), planned.bed), advice

    def _step_cues(self, slot: Slot, total: int) -> tuple[list[Cue], list[Advice]]:
        """A step's cues, counted from its start: its words first."""
        step = slot.step
        words = self._main(step, step.text, slot.length, total)
        main = []
        if words is not None:
            main = [replace(self._at_detail(words, step, slot.length), at=slot.lead, main=True)]

        def make(cue: PlannedCue, offset: int) -> Cue:
            if cue.spec.chime and not cue.text and not cue.spec.audio:
                return Cue(offset, "chime", CUE_CHIME, chime=cue.spec.chime, path=cue.path)
            text = self._filled(cue.text, offset, slot.length, total)
            spoken = self._spoken(text, step, cue.path, cue.spec.audio or "", cue)
            return replace(self._at_detail(spoken, step, slot.length - offset), at=offset)

        cues, advice = place_cues(step.cues, slot.length, main, make, step.name)
        return sorted([*main, *cues], key=lambda cue: cue.at), advice

    def _at_detail(self, cue: Cue, step: PlannedStep, room: int) -> Cue:
        """The cue itself, or with `--detail chime` a chime in its place; safety and needs are always spoken."""
        if self.plan.detail != "chime" or step.always_spoken:
            return cue
        return Cue(cue.at, "chime", min(CUE_CHIME, max(room, 1)), chime="bell", path=cue.path)

    def _overruns(self, slots: list[list[Slot]]) -> list[Advice]:
        """Advice for every step that its words outran."""
        advice = []
        for slot in (slot for own in slots for slot in own if slot.overrun):
            step = slot.step
            advice.append(
                Advice(
                    f"{step.path}.for",
                    f'The words of "{step.name}" last {format_duration(slot.busy)}, {format_duration(slot.overrun)} longer '
                    f"than its for: {format_duration(step.duration or 0)}. The step grows to hold them. "
                    f"Write for: {_ceil_second(slot.busy + self.plan.gap)} or fewer words.",
                )
            )
        return list(dict.fromkeys(advice))


def _ceil_second(samples: int) -> str:
    return format_duration(-(-samples // SAMPLE_RATE) * SAMPLE_RATE)
