"""From a routine and its overrides to a plan: each turn of each `each` and `repeat`, each name; nothing timed yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from voiceguide.errors import OverrideError
from voiceguide.script.model.inline_markup import fill_placeholders, normalize_name, derive_step_name, strip_counters
from voiceguide.script.model.routine import CueSpec, Each, Group, Routine, Stage, Step, Switch
from voiceguide.timeline.arrangement.intro_stage import opening_stage
from voiceguide.timeline.arrangement.model import Plan, PlannedCue, PlannedStage, PlannedStep
from voiceguide.timeline.arrangement.neighbour_placeholders import with_neighbours
from voiceguide.timeline.arrangement.override_targets import apply_sets, check_skips
from voiceguide.timeline.arrangement.overrides import Overrides, bed_in_force
from voiceguide.timeline.model import Phrasebook

__all__ = ["arrange"]


@dataclass(frozen=True)
class _Context:
    """What a part of the script inherits from the parts around it."""

    routine: Routine
    overrides: Overrides
    skips: frozenset[str]
    """The names of what is left out, in normal form."""
    values: Mapping[str, str]
    turn: tuple[int, ...] = ()
    tags: frozenset[str] = frozenset()

    @property
    def detail(self) -> str:
        return self.overrides.detail or "full"


def arrange(routine: Routine, overrides: Overrides, phrases: Phrasebook) -> Plan:
    """Work out every stage and step of a session, in order, with the overrides in force.

    Raises:
        OverrideError: for a step, stage or tag that this routine does not have, or when nothing is left.
    """
    stages = everything = _all_stages(routine, replace(overrides, skip=()), phrases)
    if overrides.skip:
        check_skips(overrides.skip, everything, _all_tags(routine.stages))
        stages = _all_stages(routine, overrides, phrases)
    if not any(stage.path.startswith("stages") for stage in stages):
        raise OverrideError("Nothing is left to do: every stage is skipped. Leave out one --skip.")
    return Plan(
        title=routine.title,
        language=routine.language,
        stages=tuple(apply_sets(stages, everything, overrides.set)),
        gap=routine.gap,
        total=overrides.total,
        detail=overrides.detail or "full",
        bed=overrides.bed,
        author=routine.author or "",
        description=routine.description or "",
        announce_quiet=routine.announce_quiet,
    )


def _all_stages(routine: Routine, overrides: Overrides, phrases: Phrasebook) -> list[PlannedStage]:
    """Every stage that is not skipped, the opening first, every name in its words settled."""
    skips = frozenset(normalize_name(skip) for skip in overrides.skip)
    context = _Context(routine, overrides, skips, {"title": routine.title, "count": "1", "of": "1"})
    opening = opening_stage(routine, overrides, phrases)
    before = [opening] if opening and not opening.names & skips else []
    return with_neighbours([*before, *_stages(routine.stages, "stages", context)])


def _all_tags(parts: tuple[Stage | Group, ...]) -> set[str]:
    """Every tag in the script, as written."""
    found: set[str] = set()
    for part in parts:
        found.update(part.tags)
        if isinstance(part, Group):
            found |= _all_tags(part.stages)
        else:
            found.update(tag for step in part.steps for tag in step.tags)
    return found


def _turns(part: Stage | Group | Step, context: _Context) -> Iterator[_Context]:
    """The context of each turn of a part's `repeat` and `each`."""
    tags = context.tags | {normalize_name(tag) for tag in part.tags}
    for count in range(part.repeat):
        values, turn = dict(context.values), context.turn
        if part.repeat > 1:
            values |= {"count": str(count + 1), "of": str(part.repeat)}
            turn = (*turn, count)
        for named in [{part.each.name: value} for value in part.each.values] if part.each else [{}]:
            yield replace(context, values={**values, **named}, turn=turn, tags=tags)


def _stages(parts: tuple[Stage | Group, ...], path: str, context: _Context) -> Iterator[PlannedStage]:
    for index, part in enumerate(parts):
        here = f"{path}[{index}]"
        turns = [(turn, list(_stages_of_turn(part, here, turn))) for turn in _turns(part, context)]
        left = [(turn, stages) for turn, stages in turns if stages]
        for number, (turn, stages) in enumerate(left, 1):
            if part.switch and part.each and number < len(left):
                step = replace(_switch_step(part.switch, part.each, here, turn, left[number][0]), ends_turn=True)
                stages[-1] = replace(stages[-1], steps=(*stages[-1].steps, step))
            yield from stages


def _stages_of_turn(part: Stage | Group, path: str, context: _Context) -> Iterator[PlannedStage]:
    if isinstance(part, Stage):
        yield from _stage(part, path, context)
    elif not context.tags & context.skips:
        yield from _stages(part.stages, f"{path}.stages", context)


def _stage(stage: Stage, path: str, context: _Context) -> Iterator[PlannedStage]:
    """The stage of one turn; none where it is skipped, or all its steps are."""
    title = fill_placeholders(stage.stage, context.values)
    if stage.repeat > 1 and "{count}" not in stage.stage:
        title = f"{title} {context.values['count']}"
    family = normalize_name(stage.stage.split("{")[0])
    names = ({normalize_name(title), family} | context.tags) - {""}
    steps = tuple(_steps(stage, path, replace(context, values={**context.values, "stage": title})))
    if steps and not names & context.skips:
        bed = bed_in_force(stage.bed, context.routine, context.overrides)
        chime = stage.chime or context.routine.chime
        yield PlannedStage(title, frozenset(names), steps, bed, chime, path, family)


def _steps(stage: Stage, path: str, context: _Context) -> Iterator[PlannedStep]:
    for index, step in enumerate(stage.steps):
        here = f"{path}.steps[{index}]"
        if context.skips & {normalize_name(tag) for tag in step.tags}:
            continue
        turns = list(_turns(step, context))
        for number, turn in enumerate(turns, 1):
            yield _step(step, stage, here, turn)
            if step.switch and step.each and number < len(turns):
                yield _switch_step(step.switch, step.each, here, turn, turns[number])


def _step(step: Step, stage: Stage, path: str, context: _Context) -> PlannedStep:
    routine, overrides = context.routine, context.overrides
    full = step.say.full if step.say else ""
    words = strip_counters(full or step.audio or "")
    name = fill_placeholders(step.step or "", context.values) or derive_step_name(fill_placeholders(words, context.values)) or "quiet"
    values = {**context.values, "step": name}
    return PlannedStep(
        name=name,
        path=path,
        text=fill_placeholders(step.say.text_at_detail(context.detail), values) if step.say else "",
        full_text=fill_placeholders(full, values),
        audio=fill_placeholders(step.audio or "", values),
        voice=step.voice or stage.voice or overrides.voice or routine.voice or "",
        pace=step.pace or stage.pace or overrides.pace or routine.pace,
        duration=step.duration,
        pause=step.pause,
        gap=routine.gap if step.gap is None else step.gap,
        minimum=step.min,
        maximum=step.max,
        fixed=step.fixed,
        cues=tuple(_cues(step.cues, path, values, context.detail)),
        announce_quiet=routine.announce_quiet if step.announce_quiet is None else step.announce_quiet,
        turn=context.turn,
    )


def _cues(specs: tuple[CueSpec, ...], path: str, values: Mapping[str, str], detail: str) -> Iterator[PlannedCue]:
    for index, spec in enumerate(specs):
        text = fill_placeholders(spec.say.text_at_detail(detail), values) if spec.say else ""
        yield PlannedCue(spec, text, f"{path}.cues[{index}]", fill_placeholders(spec.audio or "", values))


def _switch_step(switch: Switch, each: Each, path: str, context: _Context, following: _Context) -> PlannedStep:
    """The change to the next turn: it ends the turn before, but speaks of the one that comes."""
    value = following.values[each.name]
    values = {**context.values, each.name: value}
    return PlannedStep(
        name=f"switch to {value}",
        path=f"{path}.switch",
        text=fill_placeholders(switch.say.text_at_detail(context.detail), values) if switch.say else "",
        full_text=fill_placeholders(switch.say.full, values) if switch.say else "",
        audio=fill_placeholders(switch.audio or "", values),
        voice=context.overrides.voice or context.routine.voice or "",
        pace=context.overrides.pace or context.routine.pace,
        duration=switch.duration,
        pause=switch.pause,
        gap=context.routine.gap,
        announce_quiet=context.routine.announce_quiet,
        turn=context.turn,
    )
