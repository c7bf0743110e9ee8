"""The opening stage, "Before you begin": the safety notes, followed by the list of things you need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from voiceguide.script.model.inline_markup import OPENING_STAGE_TITLE, fill_placeholders, normalize_name
from voiceguide.script.model.routine import Routine
from voiceguide.timeline.arrangement.model import ArrangedStage, ArrangedStep
from voiceguide.timeline.arrangement.overrides import Overrides, resolve_bed, resolve_chime
from voiceguide.timeline.model import Phrasebook
from voiceguide.units import SAMPLE_RATE

__all__ = ["build_intro_stage"]

CLOSING_SILENCE_SAMPLES = 3 * SAMPLE_RATE
"""Minimum silence after the last line, in samples. This silence lets listeners get ready and leaves room for the
chime."""


def build_intro_stage(
    routine: Routine, overrides: Overrides, phrases: Phrasebook, placeholder_values: Mapping[str, str]
) -> ArrangedStage | None:
    """Return the stage for `safety` and `needs`, or None if the script has neither."""
    texts = [(f"safety {number}", f"safety[{number - 1}]", text) for number, text in enumerate(routine.safety, 1)]
    if routine.needs:
        texts.append(("needs", "needs", phrases.sentence("needs", items=phrases.join_list(routine.needs))))
    if not texts:
        return None
    filled = [(name, path, fill_placeholders(text, {**placeholder_values, "step": name})) for name, path, text in texts]
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
        chime=resolve_chime(routine.chime, routine),
        yaml_path="safety" if routine.safety else "needs",
    )
