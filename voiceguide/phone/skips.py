"""Find the stages that can be skipped without changing the text of the others."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voiceguide.errors import OverrideError
from voiceguide.timeline.arrangement.model import ArrangedStage

__all__ = ["Skips", "find_skips"]

Unroll = Callable[[Sequence[str]], Sequence[ArrangedStage]]
"""Returns the stages that remain when the stages with these titles are skipped."""

RANDOM_SETS = 60
CHANGES_WORDS = "changes-words"
"""Skipping these stages changes text elsewhere, for example in `{next}` or when switching sides."""
KEEP_ONE = "keep-one"
"""A session needs at least one stage."""


@dataclass(frozen=True)
class Skips:
    """The stages that can be skipped, by number."""

    offered: tuple[bool, ...]
    conflicts: tuple[tuple[tuple[int, ...], str], ...]
    """Sets of stages that cannot be skipped together, each with the reason."""


def find_skips(stages: Sequence[ArrangedStage], unroll: Unroll) -> Skips:
    """Skip each stage, then many sets of stages, and compare the rest with the same stages of the whole session."""
    reasons = {number: _reason(stages, unroll, (number,)) for number in range(len(stages))}
    offered = [number for number, reason in reasons.items() if not reason]
    conflicts: list[tuple[tuple[int, ...], str]] = []
    draw = random.Random(1)  # noqa: S311 - the same on every run
    for skipped in (tuple(offered), *(_random_set(draw, offered) for _ in range(RANDOM_SETS))):
        for conflict, _ in conflicts:
            if set(conflict) <= set(skipped):
                skipped = tuple(number for number in skipped if number != conflict[0])
        while reason := _reason(stages, unroll, skipped):
            smallest = _smallest_conflict(stages, unroll, skipped)
            conflicts.append((smallest, reason))
            skipped = tuple(number for number in skipped if number != smallest[0])
    return Skips(tuple(number in offered for number in range(len(stages))), tuple(conflicts))


def _random_set(draw: random.Random, offered: Sequence[int]) -> tuple[int, ...]:
    return tuple(number for number in offered if draw.random() < 0.5)


def _smallest_conflict(stages: Sequence[ArrangedStage], unroll: Unroll, skipped: tuple[int, ...]) -> tuple[int, ...]:
    """Remove stages from the set while the remaining ones still cannot be skipped together."""
    for number in skipped:
        rest = tuple(other for other in skipped if other != number)
        if rest and _reason(stages, unroll, rest):
            skipped = rest
    return skipped


def _reason(stages: Sequence[ArrangedStage], unroll: Unroll, skipped: Sequence[int]) -> str:
    """Return the reason why these stages cannot be skipped together, or an empty string."""
    if not skipped:
        return ""
    expected = [stage for number, stage in enumerate(stages) if number not in skipped]
    try:
        remaining = list(unroll([stages[number].title for number in skipped]))
    except OverrideError:
        return KEEP_ONE
    return "" if remaining == expected else CHANGES_WORDS
