"""Determine the role of a section from its heading or from the sentence before a list."""

from __future__ import annotations

import re
from typing import Literal

from voiceguide.drafting.text.vocabulary import (
    NEEDS_HEADING,
    SAFETY_HEADING,
    SKIPPED_HEADING,
    STEPS_HEADING,
    TRAILING_STOP_WORDS,
)

__all__ = ["SectionRole", "detect_section_role", "is_role_name"]

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


def is_role_name(heading: str, role: SectionRole) -> bool:
    """Return whether a heading only names the required items or the precautions, and says nothing else."""
    if role not in ("needs", "safety"):
        return False
    others = (NEEDS_HEADING if role == "needs" else SAFETY_HEADING).sub(" ", heading.lower())
    return all(word in TRAILING_STOP_WORDS or word == "what" for word in re.findall(r"\w+", others))
