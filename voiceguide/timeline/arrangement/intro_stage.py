"""The opening stage, "Before you begin": the cautions first of all, then what is needed."""

from __future__ import annotations

from dataclasses import replace

from voiceguide.script.model.inline_markup import OPENING_STAGE_TITLE, fill_placeholders, normalize_name
from voiceguide.script.model.routine import Routine
from voiceguide.timeline.arrangement.model import ArrangedStage, ArrangedStep
from voiceguide.timeline.arrangement.overrides import Overrides, resolve_bed
from voiceguide.timeline.model import Phrasebook
from voiceguide.units import SAMPLE_RATE

__all__ = ["build_intro_stage"]

CLOSING_SILENCE_SAMPLES = 3 * SAMPLE_RATE
"""Samples of quiet that close the opening: a breath before the work, and room for the chime."""


def build_intro_stage(routine: Routine, overrides: Overrides, phrases: Phrasebook) -> ArrangedStage | None:
    """The stage made of `safety` and `needs`, or none where the script has neither."""
    texts = [(f"safety {number}", f"safety[{number - 1}]", text) for number, text in enumerate(routine.safety, 1)]
    if routine.needs:
        texts.append(("needs", "needs", phrases.sentence("needs", items=phrases.join_list(routine.needs))))
    if not texts:
        return None
    known = {"title": routine.title, "count": "1", "of": "1"}
    filled = [(name, path, fill_placeholders(text, known | {"step": name})) for name, path, text in texts]
    steps = [
        ArrangedStep(
            name=name,
            yaml_path=path,
            text=text,
            full_text=text,
            voice=overrides.voice or routine.voice or "",
            pace=overrides.pace or routine.pace,
            gap=routine.gap,
            always_spoken=True,
        )
        for name, path, text in filled
    ]
    steps[-1] = replace(steps[-1], gap=max(CLOSING_SILENCE_SAMPLES, routine.gap))
    title = phrases.sentence("opening_title")
    return ArrangedStage(
        title=title,
        override_names=frozenset({normalize_name(title), normalize_name(OPENING_STAGE_TITLE)}),
        steps=tuple(steps),
        bed=resolve_bed(None, routine, overrides),
        chime=routine.chime,
        yaml_path="safety" if routine.safety else "needs",
    )
