"""From a routine and its overrides to a plan: every turn of every `each` and `repeat`, every name settled, nothing timed yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from voiceguide.script.model import CueSpec, Each, Group, Routine, Stage, Step, Switch
from voiceguide.script.texts import fill, step_name
from voiceguide.timeline.model import Phrasebook
from voiceguide.timeline.opening import opening_stage
from voiceguide.timeline.overrides import Overrides, bed_in_force, normal
from voiceguide.timeline.plan import Plan, PlannedCue, PlannedStage, PlannedStep
from voiceguide.timeline.targets import apply_sets, check_skips

__all__ = ["arrange"]


@dataclass(frozen=True)
class _Context:
    """What a part of the script inherits from the parts around it."""

    routine: Routine
    overrides: Overrides
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
    if overrides.skip:
        everything = _all_stages(routine, replace(overrides, skip=()), phrases)
        check_skips(overrides.skip, everything, _all_tags(routine))
    stages = apply_sets(_all_stages(routine, overrides, phrases), overrides.set)
    return Plan(
        title=routine.title,
        language=routine.language,
        stages=tuple(stages),
        gap=routine.gap,
        total=overrides.total,
        detail=overrides.detail or "full",
        author=routine.author or "",
        description=routine.description or "",
        announce_quiet=routine.announce_quiet,
    )


def _all_stages(routine: Routine, overrides: Overrides, phrases: Phrasebook) -> list[PlannedStage]:
    """Every stage that is not skipped, the opening first, every name in its words settled."""
    context = _Context(routine, overrides, {"title": routine.title, "count": "1", "of": "1"})
    opening = opening_stage(routine, overrides, phrases)
    stages = ([opening] if opening else []) + list(_stages(routine.stages, "stages", context))
    return _with_next([_numbered(stage) for stage in stages if not _skipped(stage.names, overrides)])


def _skipped(names: frozenset[str], overrides: Overrides) -> bool:
    return any(normal(skip) in names for skip in overrides.skip)


def _tags(tags: tuple[str, ...]) -> frozenset[str]:
    return frozenset(normal(tag) for tag in tags)


def _all_tags(routine: Routine) -> set[str]:
    """Every tag in the script, as written."""
    found: set[str] = set()

    def collect(parts: tuple[Stage | Group, ...]) -> None:
        for part in parts:
            found.update(part.tags)
            if isinstance(part, Group):
                collect(part.stages)
            else:
                found.update(tag for step in part.steps for tag in step.tags)

    collect(routine.stages)
    return found


def _turns(part: Stage | Group | Step, context: _Context) -> Iterator[tuple[_Context, str | None]]:
    """Each turn of a part's `repeat` and `each`: its context, and the value after this one where a switch comes next."""
    for count in range(part.repeat):
        values = dict(context.values)
        turn = context.turn
        if part.repeat > 1:
            values |= {"count": str(count + 1), "of": str(part.repeat)}
            turn = (*turn, count)
        inside = replace(context, values=values, turn=turn, tags=context.tags | _tags(part.tags))
        if part.each is None:
            yield inside, None
            continue
        for value, following in _with_following(part.each, again=count + 1 < part.repeat):
            yield replace(inside, values=values | {part.each.name: value}), following


def _with_following(each: Each, again: bool) -> list[tuple[str, str | None]]:
    last = each.values[0] if again else None
    return list(zip(each.values, [*each.values[1:], last], strict=True))


def _stages(parts: tuple[Stage | Group, ...], path: str, context: _Context) -> Iterator[PlannedStage]:
    for index, part in enumerate(parts):
        here = f"{path}[{index}]"
        make = _group_turn if isinstance(part, Group) else _stage_turn
        turns = [(list(make(part, here, turn)), turn, following) for turn, following in _turns(part, context)]  # type: ignore[arg-type]
        for number, (stages, turn, following) in enumerate(turns):
            left = any(later for later, _, _ in turns[number + 1 :])
            if part.switch and part.each and following is not None and stages and left:
                step = _switch_step(part.switch, part.each, following, f"{here}.switch", turn)
                stages[-1] = replace(stages[-1], steps=(*stages[-1].steps, step))
            yield from stages


def _group_turn(group: Group, path: str, context: _Context) -> Iterator[PlannedStage]:
    if not context.tags & {normal(skip) for skip in context.overrides.skip}:
        yield from _stages(group.stages, f"{path}.stages", context)


def _stage_turn(stage: Stage, path: str, context: _Context) -> Iterator[PlannedStage]:
    title = fill(stage.stage, context.values)
    if stage.repeat > 1 and "{count}" not in stage.stage:
        title = f"{title} {context.values['count']}"
    base = normal(stage.stage.split("{")[0])
    names = frozenset({normal(title), base or normal(title)}) | context.tags
    if _skipped(names, context.overrides):
        return
    inside = replace(context, values={**context.values, "stage": title})
    steps = tuple(_steps(stage, path, inside))
    if steps:
        routine = context.routine
        chime = stage.chime or routine.chime
        yield PlannedStage(title, names, steps, bed_in_force(stage.bed, routine, context.overrides), chime, path)


def _steps(stage: Stage, path: str, context: _Context) -> Iterator[PlannedStep]:
    for index, step in enumerate(stage.steps):
        here = f"{path}.steps[{index}]"
        if _skipped(_tags(step.tags), context.overrides):
            continue
        for turn, following in _turns(step, context):
            yield _step(step, stage, here, turn)
            if step.switch and step.each and following is not None:
                yield _switch_step(step.switch, step.each, following, f"{here}.switch", turn)


def _step(step: Step, stage: Stage, path: str, context: _Context) -> PlannedStep:
    routine, overrides = context.routine, context.overrides
    full = step.say.full if step.say else ""
    name = fill(step.step, context.values) if step.step else step_name(fill(full or step.audio or "quiet", context.values))
    values = {**context.values, "step": name}
    announce = routine.announce_quiet if step.announce_quiet is None else step.announce_quiet
    return PlannedStep(
        name=name,
        path=path,
        text=fill(step.say.at(context.detail), values) if step.say else "",
        full_text=fill(full, values),
        audio=fill(step.audio or "", values),
        voice=step.voice or stage.voice or overrides.voice or routine.voice or "",
        pace=step.pace or stage.pace or overrides.pace or routine.pace,
        duration=step.duration,
        pause=step.pause,
        gap=routine.gap if step.gap is None else step.gap,
        minimum=step.min,
        maximum=step.max,
        fixed=step.fixed,
        cues=tuple(_cues(step.cues, path, values, context.detail)),
        announce_quiet=announce,
        turn=context.turn,
    )


def _cues(specs: tuple[CueSpec, ...], path: str, values: Mapping[str, str], detail: str) -> Iterator[PlannedCue]:
    for index, spec in enumerate(specs):
        text = fill(spec.say.at(detail), values) if spec.say else ""
        yield PlannedCue(spec, text, f"{path}.cues[{index}]")


def _switch_step(switch: Switch, each: Each, value: str, path: str, context: _Context) -> PlannedStep:
    """The change to the next value: it ends the turn before, but speaks of the one that comes."""
    values = {**context.values, each.name: value}
    full = switch.say.full if switch.say else ""
    return PlannedStep(
        name=f"switch to {value}",
        path=path,
        text=fill(switch.say.at(context.detail), values) if switch.say else "",
        full_text=fill(full, values),
        audio=fill(switch.audio or "", values),
        voice=context.overrides.voice or context.routine.voice or "",
        pace=context.overrides.pace or context.routine.pace,
        duration=switch.duration,
        pause=switch.pause,
        gap=context.routine.gap,
        announce_quiet=context.routine.announce_quiet,
        turn=context.turn,
    )


def _numbered(stage: PlannedStage) -> PlannedStage:
    """`{number}` and `{steps}`: which step of the stage this is, switches not counted."""
    counted = [step for step in stage.steps if not step.path.endswith(".switch")]
    steps, number = [], 0
    for step in stage.steps:
        number += not step.path.endswith(".switch")
        steps.append(_filled(step, {"number": str(number), "steps": str(len(counted)), "stage": stage.title}))
    return replace(stage, steps=tuple(steps))


def _with_next(stages: list[PlannedStage]) -> list[PlannedStage]:
    """`{next}`: the name of the step that follows, or of the stage where this is a stage's last step."""
    result = []
    for index, stage in enumerate(stages):
        after = stages[index + 1].title if index + 1 < len(stages) else ""
        names = [*(step.name for step in stage.steps[1:]), after]
        steps = (_filled(step, {"next": name}) for step, name in zip(stage.steps, names, strict=True))
        result.append(replace(stage, steps=tuple(steps)))
    return result


def _filled(step: PlannedStep, values: Mapping[str, str]) -> PlannedStep:
    done: Callable[[str], str] = lambda text: fill(text, values) if "{" in text else text  # noqa: E731
    cues = tuple(replace(cue, text=done(cue.text)) if "{" in cue.text else cue for cue in step.cues)
    return replace(step, text=done(step.text), full_text=done(step.full_text), cues=cues)
