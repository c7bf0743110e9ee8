"""The names of steps as the page shows them."""

from __future__ import annotations

from voiceguide.script.model.inline_markup import derive_step_name
from voiceguide.timeline.arrangement.model import ArrangedStep

__all__ = ["row_label"]


def row_label(step: ArrangedStep) -> str:
    """Return the name of a step in the script or, if the program named the step, the first words of its text."""
    named_by_us = step.always_spoken or step.yaml_path.endswith(".switch")
    label = (derive_step_name(step.full_text) if named_by_us else step.name) or step.name
    is_cut = named_by_us and len(label.split()) < len(step.full_text.split())
    return label[:1].upper() + label[1:] + (" …" if is_cut else "")
