"""From a plan and the lengths of its words to the timeline: every cue at its exact sample. Nothing is spoken here.

It is called twice: with estimates, to know what there is to say, and with the true lengths, to know when. Only times
of steps depend on the lengths of words, and only a few words depend on times (`{remaining}`, `{total}`), so that the
second call nearly always asks for the very same lines; where it does not, the caller speaks the new ones and settles
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError, Problem, timeline_warning
from voiceguide.script.rules.duration_limits import MAX_CUES
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.model import Cue, MeasureSpeech, Phrasebook, TimedStage, TimedStep, Timeline
from voiceguide.timeline.scheduling.chime_placement import place_chimes
from voiceguide.timeline.scheduling.cue_builder import CueBuilder, has_time_placeholders
from voiceguide.timeline.scheduling.cue_placement import StepSpan, count_cues, place_cues
from voiceguide.timeline.scheduling.silence_announcements import announce_silences
from voiceguide.timeline.scheduling.step_lengths import LEAD_IN_SAMPLES, Slot, fit_step_lengths
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["schedule"]

MAX_ROUNDS = 4
"""How often words that name times are worked out anew. They settle in two, since spoken times are rounded; where they
never do, they keep the times of the last round but one, a rounding step beside the true ones."""

StepSpeechCues = list[list[tuple[Cue | None, Cue | None]]]
"""For each step, stage by stage, its own words at the detail asked for and at full detail, each at sample 0."""


def schedule(arrangement: Arrangement, measure: MeasureSpeech, phrases: Phrasebook) -> Timeline:
    """The timeline of a plan.

    Raises:
        OverrideError: when the words leave no room for the total asked for, and beyond the limits of a session.
    """
    voicing = CueBuilder(arrangement, measure, phrases)
    slots, words = _fit_until_stable(voicing)
    total = sum(slot.length for row in slots for slot in row)
    _check_cue_count(slots)
    stages: list[TimedStage] = []
    advice = [*_overrun_warnings(arrangement, slots), *_unmet_length_warnings(arrangement, slots)]
    for number, planned in enumerate(arrangement.stages):
        start = stages[-1].end if stages else 0
        steps, said = _schedule_steps(slots[number], words[number], start, total, voicing)
        stages.append(TimedStage(planned.title, start, steps[-1].end, steps, planned.bed))
        advice += said
    stages, said = announce_silences(arrangement, stages, voicing.announcement)
    advice += said
    stages, said = place_chimes(arrangement, stages)
    measured = [cue for row in words for pair in row for cue in pair if cue]
    measured += [cue for stage in stages for step in stage.steps for cue in step.cues]
    return Timeline(
        title=arrangement.title,
        language=arrangement.language,
        stages=tuple(stages),
        total=total,
        estimated=any(cue.estimated for cue in measured),
        warnings=tuple(dict.fromkeys([*advice, *said])),
        author=arrangement.author,
        description=arrangement.description,
    )


@dataclass(frozen=True)
class _StepLengths:
    """What words that name times name, in samples: how long their step lasts, and the session."""

    by_stage: list[list[int]]

    @property
    def total(self) -> int:
        return sum(length for row in self.by_stage for length in row)


def _fit_until_stable(builder: CueBuilder) -> tuple[list[list[Slot]], StepSpeechCues]:
    """Every step's slot and the words it was made for; worked out anew until the times that they name are true."""
    plan = builder.arrangement
    timed = any(has_time_placeholders(step) for stage in plan.stages for step in stage.steps)
    lengths = _StepLengths([[step.duration or step.pause or step.gap for step in stage.steps] for stage in plan.stages])
    slots: list[list[Slot]] = []
    words: StepSpeechCues = []
    for number in range(MAX_ROUNDS if timed else 1):
        words = _build_step_speech(builder, lengths, plan.target_length or lengths.total)
        spans = [[(own.length if own else 0, full.length if full else 0) for own, full in row] for row in words]
        known = not any(cue and cue.estimated for row in words for pair in row for cue in pair)
        slots = fit_step_lengths(plan, spans, exact=known and (number > 0 or not timed))
        settled = _StepLengths([[slot.length for slot in row] for row in slots])
        if settled == lengths:
            break
        lengths = settled
    return slots, words


def _build_step_speech(builder: CueBuilder, lengths: _StepLengths, total: int) -> StepSpeechCues:
    result: StepSpeechCues = []
    for stage, row in zip(builder.arrangement.stages, lengths.by_stage, strict=True):
        heard = []
        for step, length in zip(stage.steps, row, strict=True):
            full = builder.build_step_speech(step, step.full_text, length, total)
            own = full if step.text == step.full_text else builder.build_step_speech(step, step.text, length, total)
            heard.append((own, full))
        result.append(heard)
    return result


def _check_cue_count(slots: list[list[Slot]]) -> None:
    """An override may have made a step so long that what comes `every` so often comes too often."""
    count = sum(1 + count_cues(slot.step.cues, slot.length) for row in slots for slot in row)
    if count > MAX_CUES:
        raise OverrideError(
            "",
            "",
            f"The session would have {count:,} steps and cues. The limit is {MAX_CUES:,}. Use shorter durations.",
        )


def _schedule_steps(
    slots: list[Slot], words: Sequence[tuple[Cue | None, Cue | None]], start: int, total: int, builder: CueBuilder
) -> tuple[tuple[TimedStep, ...], list[Problem]]:
    """The steps of a stage at their places, with every cue, and advice about these."""
    steps: list[TimedStep] = []
    advice: list[Problem] = []
    for slot, (own, _) in zip(slots, words, strict=True):
        at = steps[-1].end if steps else start
        cues, said = _schedule_step_cues(slot, own, at, total, builder)
        speech = sum(cue.length for cue in cues if cue.opens_step and cue.is_speech)
        moved = tuple(replace(cue, start=cue.start + at) for cue in cues)
        steps.append(TimedStep(slot.step.name, at, at + slot.length, speech, moved, slot.step.yaml_path))
        advice += said
    return tuple(steps), advice


def _schedule_step_cues(
    slot: Slot, own: Cue | None, start: int, total: int, builder: CueBuilder
) -> tuple[list[Cue], list[Problem]]:
    """A step's cues, counted from its start: its words first."""
    step = slot.step
    heard = builder.at_detail_level(own, step, slot.length - slot.lead_in)
    main = [] if heard is None else [replace(heard, start=slot.lead_in, opens_step=True)]
    row = StepSpan(step.name, slot.length, tuple(main), earliest_offset=0 if start else LEAD_IN_SAMPLES)
    cues, advice = place_cues(step.cues, row, lambda cue, at: builder.build_cue(cue, step, at, slot.length, total))
    return sorted([*main, *cues], key=lambda cue: cue.start), advice


def _overrun_warnings(arrangement: Arrangement, slots: list[list[Slot]]) -> list[Problem]:
    """Advice for every step that its words outran."""
    advice = []
    for slot in (slot for row in slots for slot in row if slot.overrun):
        enough = -(-(slot.speech_end + arrangement.gap) // SAMPLE_RATE) * SAMPLE_RATE
        advice.append(
            timeline_warning(
                f"{slot.step.yaml_path}.for",
                f'The words of "{slot.step.name}" take {format_duration(slot.speech_end)}, {format_duration(slot.overrun)} '
                f"longer than its for: {format_duration(slot.speech_end - slot.overrun)}. The step grows to hold them. "
                f"Write for: {format_duration(enough)} or fewer words.",
            )
        )
    return advice


def _unmet_length_warnings(arrangement: Arrangement, slots: list[list[Slot]]) -> list[Problem]:
    """Advice for lengths that the estimated words leave no room for; with their true lengths that is an error."""
    asked = [(arrangement.target_length, "total {}", [slot for row in slots for slot in row], "")]
    for stage, row in zip(arrangement.stages, slots, strict=True):
        own = [slot for slot in row if not slot.step.is_stage_switch]
        asked.append((stage.target_length, f'set "{stage.title}={{}}"', own, stage.yaml_path))
    advice = []
    for target, label, row, path in asked:
        nearest = sum(slot.length for slot in row)
        if target is not None and nearest != target:
            shown = label.replace("{}", format_duration(target))
            advice.append(
                timeline_warning(
                    path,
                    f"{shown}: By the estimated lengths of the speech this is not possible. The nearest length is "
                    f"{format_duration(nearest)}. The estimate may be wrong: an exact plan synthesizes the speech first.",
                )
            )
    return advice
