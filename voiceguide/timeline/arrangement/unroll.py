"""Unroll a routine: expand every `each` and `repeat`, apply overrides and name the steps. Nothing is timed yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from voiceguide.builtin_names import NONE
from voiceguide.errors import OverrideError
from voiceguide.script.model.inline_markup import derive_step_name, fill_placeholders, normalize_name, strip_counters
from voiceguide.script.model.routine import ChimeChoice, CueSpec, Each, Routine, Stage, StageGroup, Step, Switch
from voiceguide.timeline.arrangement.breathing import breath_settings, build_breathing_cues
from voiceguide.timeline.arrangement.intro_stage import build_intro_stage
from voiceguide.timeline.arrangement.model import ArrangedCue, ArrangedStage, ArrangedStep, Arrangement
from voiceguide.timeline.arrangement.neighbor_placeholders import fill_neighbor_placeholders
from voiceguide.timeline.arrangement.override_targets import apply_length_overrides, check_skips
from voiceguide.timeline.arrangement.overrides import Overrides, resolve_bed, resolve_chime
from voiceguide.timeline.model import Phrasebook

__all__ = ["unroll_routine"]


@dataclass(frozen=True)
class _InheritedContext:
    """The values that a stage or step inherits from the enclosing groups and repetitions."""

    routine: Routine
    overrides: Overrides
    phrases: Phrasebook
    skipped_names: frozenset[str]
    """The normalized names of skipped stages and tags."""
    placeholder_values: Mapping[str, str]
    repeat_indices: tuple[int, ...] = ()
    tags: frozenset[str] = frozenset()

    @property
    def detail(self) -> str:
        return self.overrides.detail or "full"


def unroll_routine(routine: Routine, overrides: Overrides, phrases: Phrasebook) -> Arrangement:
    """Return every stage and step of a session in order, with the overrides applied.

    Raises:
        OverrideError: An override refers to an unknown step, stage or tag, or every stage is skipped.
    """
    stages = all_stages = _unroll_session(routine, replace(overrides, skip=()), phrases)
    if overrides.skip:
        check_skips(overrides.skip, all_stages, _collect_all_tags(routine.stages))
        stages = _unroll_session(routine, overrides, phrases)
    if not any(stage.yaml_path.startswith("stages") for stage in stages):
        raise OverrideError("skip", "", "every stage is skipped. Keep at least one.")
    return Arrangement(
        title=routine.title,
        language=routine.language,
        stages=tuple(apply_length_overrides(stages, all_stages, overrides.set)),
        gap=routine.gap,
        target_length=overrides.total,
        detail=overrides.detail or "full",
        bell=resolve_chime(ChimeChoice(sound="bell"), routine),
        room=overrides.room or routine.room,
        author=routine.author or "",
        description=routine.description or "",
        announce_quiet=routine.announce_quiet,
    )


def _unroll_session(routine: Routine, overrides: Overrides, phrases: Phrasebook) -> list[ArrangedStage]:
    """Return all stages that are not skipped, starting with the opening. Only time placeholders remain unfilled."""
    skipped = frozenset(normalize_name(skip) for skip in overrides.skip)
    values = {"title": routine.title, "count": "1", "of": "1"}
    intro = build_intro_stage(routine, overrides, phrases, values)
    before = [intro] if intro and not intro.override_names & skipped else []
    context = _InheritedContext(routine, overrides, phrases, skipped, values)
    return fill_neighbor_placeholders([*before, *_unroll_stages(routine.stages, "stages", context)])


def _collect_all_tags(parts: tuple[Stage | StageGroup, ...]) -> set[str]:
    """Return every tag in the script, as written."""
    tags: set[str] = set()
    for part in parts:
        tags.update(part.tags)
        if isinstance(part, StageGroup):
            tags |= _collect_all_tags(part.stages)
        else:
            tags.update(tag for step in part.steps for tag in step.tags)
    return tags


def _expand_repetitions(part: Stage | StageGroup | Step, context: _InheritedContext) -> Iterator[_InheritedContext]:
    """Yield a context for each repetition produced by `repeat` and `each`."""
    tags = context.tags | {normalize_name(tag) for tag in part.tags}
    for index in range(part.repeat):
        values, indices = dict(context.placeholder_values), context.repeat_indices
        if part.repeat > 1:
            values |= {"count": str(index + 1), "of": str(part.repeat)}
            indices = (*indices, index)
        for each_value in [{part.each.name: value} for value in part.each.values] if part.each else [{}]:
            yield replace(context, placeholder_values={**values, **each_value}, repeat_indices=indices, tags=tags)


def _unroll_stages(
    parts: tuple[Stage | StageGroup, ...], path: str, context: _InheritedContext
) -> Iterator[ArrangedStage]:
    for index, part in enumerate(parts):
        part_path = f"{path}[{index}]"
        repetitions = [
            (repetition, list(_unroll_stage_or_group(part, part_path, repetition)))
            for repetition in _expand_repetitions(part, context)
        ]
        remaining = [(repetition, stages) for repetition, stages in repetitions if stages]
        for number, (repetition, stages) in enumerate(remaining, 1):
            if part.switch and part.each and number < len(remaining):
                switch = _build_switch_step(part.switch, part.each, part_path, repetition, remaining[number][0])
                stages[-1] = replace(stages[-1], steps=(*stages[-1].steps, replace(switch, is_stage_switch=True)))
            yield from stages


def _unroll_stage_or_group(part: Stage | StageGroup, path: str, context: _InheritedContext) -> Iterator[ArrangedStage]:
    if isinstance(part, Stage):
        yield from _unroll_stage(part, path, context)
    elif not context.tags & context.skipped_names:
        yield from _unroll_stages(part.stages, f"{path}.stages", context)


def _unroll_stage(stage: Stage, path: str, context: _InheritedContext) -> Iterator[ArrangedStage]:
    """Yield one repetition of a stage, unless the stage is skipped or none of its steps remain."""
    title = fill_placeholders(stage.stage, context.placeholder_values)
    if stage.repeat > 1 and "{count}" not in stage.stage:
        title = f"{title} {context.placeholder_values['count']}"
    title_prefix = normalize_name(stage.stage.split("{")[0])
    names = ({normalize_name(title), title_prefix} | context.tags) - {""}
    values = {**context.placeholder_values, "stage": title}
    steps = tuple(_unroll_steps(stage, path, replace(context, placeholder_values=values)))
    if steps and not names & context.skipped_names:
        bed = resolve_bed(stage.bed, context.routine, context.overrides)
        chime = resolve_chime(stage.chime or context.routine.chime, context.routine)
        yield ArrangedStage(title, frozenset(names), steps, bed, chime, path, title_prefix)


def _unroll_steps(stage: Stage, path: str, context: _InheritedContext) -> Iterator[ArrangedStep]:
    for index, step in enumerate(stage.steps):
        step_path = f"{path}.steps[{index}]"
        if context.skipped_names & {normalize_name(tag) for tag in step.tags}:
            continue
        repetitions = list(_expand_repetitions(step, context))
        for number, repetition in enumerate(repetitions, 1):
            yield _build_step(step, stage, step_path, repetition)
            if step.switch and step.each and number < len(repetitions):
                yield _build_switch_step(step.switch, step.each, step_path, repetition, repetitions[number])


def _build_step(step: Step, stage: Stage, path: str, context: _InheritedContext) -> ArrangedStep:
    routine, overrides = context.routine, context.overrides
    full_text = step.say.full if step.say else ""
    name_source = strip_counters(full_text or step.audio or "")
    name = (
        fill_placeholders(step.step or "", context.placeholder_values)
        or derive_step_name(fill_placeholders(name_source, context.placeholder_values))
        or ("breathe" if step.breathe else "quiet")
    )
    values = {**context.placeholder_values, "step": name}
    return ArrangedStep(
        name=name,
        yaml_path=path,
        text=fill_placeholders(step.say.text_at_detail(context.detail), values) if step.say else "",
        full_text=fill_placeholders(full_text, values),
        audio=fill_placeholders(step.audio or "", values),
        voice=step.voice or stage.voice or overrides.voice or routine.voice or "",
        pace=step.pace or stage.pace or overrides.pace or routine.pace,
        duration=step.breathe.length if step.breathe and step.duration is None else step.duration,
        pause=step.pause,
        gap=routine.gap if step.gap is None else step.gap,
        min_length=max(step.min or 0, step.breathe.length) if step.breathe else step.min,
        max_length=step.max,
        length_locked=step.fixed or (step.breathe is not None and step.duration is None),
        cues=tuple(_build_step_cues(step, path, values, context)),
        announce_quiet=routine.announce_quiet if step.announce_quiet is None else step.announce_quiet,
        fits_speech=routine.fit if step.fit is None else step.fit,
        repeat_indices=context.repeat_indices,
    )


def _build_step_cues(
    step: Step, path: str, values: Mapping[str, str], context: _InheritedContext
) -> Iterator[ArrangedCue]:
    yield from _build_cues(step.cues, path, values, context)
    if step.breathe:
        yield from build_breathing_cues(step.breathe, f"{path}.breathe", context.phrases, context.detail)


def _build_cues(
    specs: tuple[CueSpec, ...], path: str, values: Mapping[str, str], context: _InheritedContext
) -> Iterator[ArrangedCue]:
    for index, spec in enumerate(specs):
        text = fill_placeholders(spec.say.text_at_detail(context.detail), values) if spec.say else ""
        audio = fill_placeholders(spec.audio or "", values)
        if spec.breath:
            noise = breath_settings(spec.breath)
            yield ArrangedCue(spec, "", f"{path}.cues[{index}]", "", noise, spec.breath.duration)
            continue
        chime = resolve_chime(spec.chime, context.routine) if spec.chime else None
        if chime and chime.sound == NONE and not (spec.say or spec.audio):
            continue  # a chime that is turned off
        yield ArrangedCue(spec, text, f"{path}.cues[{index}]", audio, chime)


def _build_switch_step(
    switch: Switch, each: Each, path: str, context: _InheritedContext, next_context: _InheritedContext
) -> ArrangedStep:
    """Return the step that leads from one repetition to the next.

    This step is part of the first repetition but announces the second.
    """
    value = next_context.placeholder_values[each.name]
    values = {**context.placeholder_values, each.name: value}
    return ArrangedStep(
        name=f"switch to {value}",
        yaml_path=f"{path}.switch",
        text=fill_placeholders(switch.say.text_at_detail(context.detail), values) if switch.say else "",
        full_text=fill_placeholders(switch.say.full, values) if switch.say else "",
        audio=fill_placeholders(switch.audio or "", values),
        voice=context.overrides.voice or context.routine.voice or "",
        pace=context.overrides.pace or context.routine.pace,
        duration=switch.duration,
        pause=switch.pause,
        gap=context.routine.gap,
        announce_quiet=context.routine.announce_quiet,
        repeat_indices=context.repeat_indices,
    )
