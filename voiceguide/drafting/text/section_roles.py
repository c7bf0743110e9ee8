"""What a heading, or the words before a list, say of what follows."""

from __future__ import annotations

from typing import Literal

from voiceguide.drafting.text.vocabulary import FOLLOW, NEEDS, SAFETY, SKIP

__all__ = ["Role", "role_of"]

Role = Literal["", "steps", "needs", "safety", "skip"]
"""`skip` explains and is not to be done; empty where nothing is said."""


def role_of(text: str) -> Role:
    """The role of what stands under a heading, or behind the words before a list."""
    if FOLLOW.search(text):
        return "steps"
    plain = text.lower()
    if SAFETY.search(plain):
        return "safety"
    if NEEDS.search(plain):
        return "needs"
    return "skip" if SKIP.search(plain) else ""
