"""Fill placeholders that refer to the surrounding steps.

Such placeholders can be filled only once all stages are unrolled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from voiceguide.script.model.inline_markup import fill_placeholders
from voiceguide.timeline.arrangement.model import ArrangedStage, ArrangedStep

__all__ = ["fill_neighbor_placeholders"]


def fill_neighbor_placeholders(stages: Sequence[ArrangedStage]) -> list[ArrangedStage]:
    """Fill `{number}`, `{steps}`, `{stage}` and `{next}`.

    `{number}` and `{steps}` count the steps in the stage, excluding switches. `{next}` is the name of the next step. In
    the last step of a stage, it is the title of the next stage.
    """
    titles = [*(stage.title for stage in stages), ""]
    return [_fill_stage(stage, next_title) for stage, next_title in zip(stages, titles[1:], strict=True)]


def _fill_stage(stage: ArrangedStage, next_title: str) -> ArrangedStage:
    count = sum(not _is_switch(step) for step in stage.steps)
    next_names = [*(step.name for step in stage.steps[1:]), next_title]
    steps, number = [], 0
    for step, next_name in zip(stage.steps, next_names, strict=True):
        number += not _is_switch(step)
        values = {"number": str(number), "steps": str(count), "stage": stage.title, "next": next_name}
        steps.append(_fill_step(step, values))
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
