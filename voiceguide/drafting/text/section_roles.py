"""Determine the role of a section from its heading or from the sentence before a list."""

from __future__ import annotations

from typing import Literal

from voiceguide.drafting.text.vocabulary import NEEDS_HEADING, SAFETY_HEADING, SKIPPED_HEADING, STEPS_HEADING

__all__ = ["SectionRole", "detect_section_role"]

SectionRole = Literal["", "steps", "needs", "safety", "skip"]
"""`skip` marks explanatory text that is not spoken. Empty if the heading does not indicate a role."""


def detect_section_role(text: str) -> SectionRole:
    """Return the role of the text after a heading or after a sentence that introduces a list."""
    if STEPS_HEADING.search(text):
        return "steps"
    lowered = text.lower()
    if SAFETY_HEADING.search(lowered):
        return "safety"
    if NEEDS_HEADING.search(lowered):
        return "needs"
    return "skip" if SKIPPED_HEADING.search(lowered) else ""
