"""Turn an arrangement and its speech lengths into a sample-accurate timeline.

Nothing is synthesized here. The caller schedules twice: first with estimated lengths, to find out which lines to
synthesize, and then with exact lengths. Speech lengths affect only times, and few lines mention times, for example with
`{remaining}` or `{total}`. The second pass therefore nearly always needs the same lines as the first. If the second
pass needs new lines, the caller synthesizes them and schedules again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voiceguide.errors import OverrideError, Problem, timeline_warning
from voiceguide.script.rules.duration_limits import MAX_CUES, too_many_cues_message
from voiceguide.timeline.arrangement.model import Arrangement
from voiceguide.timeline.model import Cue, MeasureSpeech, Phrasebook, TimedStage, TimedStep, Timeline
from voiceguide.timeline.scheduling.chime_placement import place_chimes
from voiceguide.timeline.scheduling.cue_builder import CueBuilder, has_time_placeholders
from voiceguide.timeline.scheduling.cue_placement import StepSpan, count_cues, place_cues
from voiceguide.timeline.scheduling.silence_announcements import announce_silences
from voiceguide.timeline.scheduling.step_lengths import (
    LEAD_IN_SAMPLES,
    Slot,
    fit_step_lengths,
    unmet_length_warnings,
)
from voiceguide.units import SAMPLE_RATE, format_duration, format_length

__all__ = ["schedule", "step_slots"]

MAX_ROUNDS = 4
"""Maximum number of rounds in which to rebuild speech that mentions times. Two rounds are usually enough, because
spoken times are rounded. If text still changes after the last round, it mentions the times from the previous round,
which are off by one rounding step."""

ESTIMATE_ERROR = 0.3
"""The largest possible error of the estimated speech length of a whole session, as a fraction of the estimate. Voices
speak at different rates."""

StepSpeechCues = list[list[tuple[Cue | None, Cue | None]]]
"""For each stage, the speech of its steps: at the selected level of detail and at full detail. All cues start at 0."""


def schedule(
    arrangement: Arrangement, measure: MeasureSpeech, phrases: Phrasebook, refuse_estimates: bool = False
) -> Timeline:
    """Return the timeline of an arrangement.

    A requested length that is out of reach causes an error if all speech is measured. If any speech is estimated, such
    a length causes only a warning, because the next pass will have better lengths. With `refuse_estimates`, estimated
    speech also causes an error if the length is out of reach by more than the largest possible error of the estimate.

    Raises:
        OverrideError: The speech is too long for a requested length, or the session exceeds a limit.
    """
    builder = CueBuilder(arrangement, measure, phrases)
    slots, speech = _fit_until_stable(builder, refuse_estimates)
    total = sum(slot.length for row in slots for slot in row)
    _check_cue_count(slots)
    stages: list[TimedStage] = []
    warnings = [*_overrun_warnings(arrangement, slots), *unmet_length_warnings(arrangement, slots)]
    for arranged, slot_row, speech_row in zip(arrangement.stages, slots, speech, strict=True):
        start = stages[-1].end if stages else 0
        steps, new_warnings = _schedule_steps(slot_row, speech_row, start, total, builder)
        stages.append(TimedStage(arranged.title, start, steps[-1].end, steps, arranged.bed))
        warnings += new_warnings
    stages, new_warnings = announce_silences(arrangement, stages, builder.build_announcement)
    warnings += new_warnings
    stages, new_warnings = place_chimes(arrangement, stages)
    measured = [cue for row in speech for pair in row for cue in pair if cue]
    measured += [cue for stage in stages for step in stage.steps for cue in step.cues]
    return Timeline(
        title=arrangement.title,
        language=arrangement.language,
        stages=tuple(stages),
        total=total,
        estimated=any(cue.estimated for cue in measured),
        warnings=tuple(dict.fromkeys([*warnings, *new_warnings])),
        author=arrangement.author,
        description=arrangement.description,
    )


def step_slots(arrangement: Arrangement, measure: MeasureSpeech, phrases: Phrasebook) -> list[list[Slot]]:
    """Return the length of every step and of its speech, grouped by stage, without placing any cues.

    Raises:
        OverrideError: The speech is too long for a requested length, or the session exceeds a limit.
    """
    return _fit_until_stable(CueBuilder(arrangement, measure, phrases), refuse_estimates=False)[0]


def _fit_until_stable(builder: CueBuilder, refuse_estimates: bool) -> tuple[list[list[Slot]], StepSpeechCues]:
    """Return the slot and the speech of every step. Rebuild the speech until the times it mentions are correct."""
    arrangement = builder.arrangement
    names_times = any(has_time_placeholders(step) for stage in arrangement.stages for step in stage.steps)
    lengths = [[step.duration or step.pause or step.gap for step in stage.steps] for stage in arrangement.stages]
    slots: list[list[Slot]] = []
    speech: StepSpeechCues = []
    for number in range(MAX_ROUNDS if names_times else 1):
        speech = _build_all_speech(builder, lengths)
        speech_lengths = [
            [(own.length if own else 0, full.length if full else 0) for own, full in row] for row in speech
        ]
        margins = [sum(max(map(_margin, pair)) for pair in row) for row in speech]
        refuses = (refuse_estimates or not any(margins)) and (number > 0 or not names_times)
        slots = fit_step_lengths(arrangement, speech_lengths, margins if refuses else None)
        new_lengths = [[slot.length for slot in row] for row in slots]
        if new_lengths == lengths:
            break
        lengths = new_lengths
    return slots, speech


def _margin(speech: Cue | None) -> int:
    """Return the largest possible error of a speech length, in samples.

    The caption of a recording says little about the length of the recording.
    """
    if speech is None or not speech.estimated:
        return 0
    return speech.length if speech.line and speech.line.audio else int(speech.length * ESTIMATE_ERROR) + 1


def _build_all_speech(builder: CueBuilder, lengths: list[list[int]]) -> StepSpeechCues:
    """Return the speech of every step. `lengths` holds the length of each step, which its text can mention."""
    total = builder.arrangement.target_length or sum(map(sum, lengths))
    result: StepSpeechCues = []
    for stage, row in zip(builder.arrangement.stages, lengths, strict=True):
        pairs: list[tuple[Cue | None, Cue | None]] = []
        for step, length in zip(stage.steps, row, strict=True):
            full = builder.build_step_speech(step, step.full_text, length, total)
            own = full if step.text == step.full_text else builder.build_step_speech(step, step.text, length, total)
            pairs.append((own, full))
        result.append(pairs)
    return result


def _check_cue_count(slots: list[list[Slot]]) -> None:
    """Check the number of steps and cues again, because an override can lengthen a step that has `every`."""
    count = sum(1 + count_cues(slot.step.cues, slot.length) for row in slots for slot in row)
    if count > MAX_CUES:
        raise OverrideError("", "", f"{too_many_cues_message(count)} Use shorter durations.")


def _schedule_steps(
    slots: list[Slot], speech: Sequence[tuple[Cue | None, Cue | None]], start: int, total: int, builder: CueBuilder
) -> tuple[tuple[TimedStep, ...], list[Problem]]:
    """Return the steps of a stage with their cues, and warnings about the cues."""
    steps: list[TimedStep] = []
    warnings: list[Problem] = []
    for slot, (own, _) in zip(slots, speech, strict=True):
        step_start = steps[-1].end if steps else start
        cues, new_warnings = _schedule_step_cues(slot, own, step_start, total, builder)
        speech_length = sum(cue.length for cue in cues if cue.opens_step and cue.is_speech)
        moved = tuple(replace(cue, start=step_start + cue.start) for cue in cues)
        step_end = step_start + slot.length
        steps.append(TimedStep(slot.step.name, step_start, step_end, speech_length, moved, slot.step.yaml_path))
        warnings += new_warnings
    return tuple(steps), warnings


def _schedule_step_cues(
    slot: Slot, speech: Cue | None, start: int, total: int, builder: CueBuilder
) -> tuple[list[Cue], list[Problem]]:
    """Return the cues of a step, and warnings about them. Cue positions are relative to the start of the step."""
    step = slot.step
    opening = builder.speech_or_chime(speech, step, slot.length - slot.lead_in)
    occupied = () if opening is None else (replace(opening, start=slot.lead_in, opens_step=True),)
    span = StepSpan(step.name, slot.length, occupied, earliest_offset=0 if start else LEAD_IN_SAMPLES)
    cues, warnings = place_cues(
        step.cues,
        span,
        lambda cue, offset: builder.build_cue(cue, step, offset, slot.length, total),
        lambda cue: builder.names_time(cue, step),
    )
    if cues and step.breathes and opening is None:
        first = cues[0].start <= span.earliest_offset and cues[0].is_speech
        cues[0] = replace(cues[0], opens_step=first)
    return sorted([*occupied, *cues], key=lambda cue: cue.start), warnings


def _overrun_warnings(arrangement: Arrangement, slots: list[list[Slot]]) -> list[Problem]:
    """Return a warning for each step whose speech is longer than its duration."""
    warnings = []
    for slot in (slot for row in slots for slot in row if slot.overrun):
        enough = -(-(slot.speech_end + arrangement.gap) // SAMPLE_RATE) * SAMPLE_RATE
        message = (
            f'The speech in "{slot.step.name}" takes {format_length(slot.speech_end)}, '
            f'{format_length(slot.overrun)} longer than "for: {format_duration(slot.speech_end - slot.overrun)}". '
            f'The step was lengthened to fit. Write "for: {format_duration(enough)}" or shorten the text.'
        )
        warnings.append(timeline_warning(f"{slot.step.yaml_path}.for", message))
    return warnings
