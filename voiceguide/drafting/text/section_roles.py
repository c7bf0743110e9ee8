"""What a heading, or the words before a list, say of what follows."""

from __future__ import annotations

from typing import Literal

from voiceguide.drafting.text.vocabulary import NEEDS_HEADING, SAFETY_HEADING, SKIPPED_HEADING, STEPS_HEADING

__all__ = ["SectionRole", "detect_section_role"]

SectionRole = Literal["", "steps", "needs", "safety", "skip"]
"""`skip` explains and is not to be done; empty where nothing is said."""


def detect_section_role(text: str) -> SectionRole:
    """The role of what stands under a heading, or behind the words before a list."""
    if STEPS_HEADING.search(text):
        return "steps"
    plain = text.lower()
    if SAFETY_HEADING.search(plain):
        return "safety"
    if NEEDS_HEADING.search(plain):
        return "needs"
    return "skip" if SKIPPED_HEADING.search(plain) else ""
