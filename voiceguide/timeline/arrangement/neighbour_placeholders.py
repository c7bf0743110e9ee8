"""What words say about the steps around them, known once every stage has its steps: number, steps, stage, next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voiceguide.script.model.inline_markup import fill_placeholders
from voiceguide.timeline.arrangement.model import ArrangedStage, ArrangedStep

__all__ = ["fill_neighbour_placeholders"]


def fill_neighbour_placeholders(stages: Sequence[ArrangedStage]) -> list[ArrangedStage]:
    """The stages with `{number}` and `{steps}` (which step of its stage this is, switches not counted), `{stage}`, and
    `{next}` (the step that follows, or the next stage after a stage's last step) filled in."""
    titles = [*(stage.title for stage in stages), ""]
    return [_fill_stage(stage, following) for stage, following in zip(stages, titles[1:], strict=True)]


def _fill_stage(stage: ArrangedStage, next_title: str) -> ArrangedStage:
    counted = sum(not _is_switch(step) for step in stage.steps)
    names = [*(step.name for step in stage.steps[1:]), next_title]
    steps, number = [], 0
    for step, name in zip(stage.steps, names, strict=True):
        number += not _is_switch(step)
        known = {"number": str(number), "steps": str(counted), "stage": stage.title, "next": name}
        steps.append(_fill_step(step, known))
    return replace(stage, steps=tuple(steps))


def _is_switch(step: ArrangedStep) -> bool:
    return step.yaml_path.endswith(".switch")


def _fill_step(step: ArrangedStep, values: Mapping[str, str]) -> ArrangedStep:
    if not any("{" in text for text in (step.text, step.full_text, *(cue.text for cue in step.cues))):
        return step
    cues = tuple(replace(cue, text=fill_placeholders(cue.text, values)) for cue in step.cues)
    return replace(
        step, text=fill_placeholders(step.text, values), full_text=fill_placeholders(step.full_text, values), cues=cues
    )
