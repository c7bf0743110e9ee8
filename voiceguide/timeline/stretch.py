"""Stretching time: meeting a total to the sample by changing only the quiet after the words, in proportion, within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Elastic", "shortest_and_longest", "stretch"]


@dataclass(frozen=True)
class Elastic:
    """Quiet that may change: `copies` steps that must stay equal, each with that many samples."""

    quiet: int
    low: int
    high: int
    copies: int = 1


def shortest_and_longest(parts: Sequence[Elastic]) -> tuple[int, int]:
    """The least and the most samples that these parts can fill together."""
    return sum(part.low * part.copies for part in parts), sum(part.high * part.copies for part in parts)


def stretch(parts: Sequence[Elastic], target: int) -> list[int]:
    """New samples for each part, `target` in all, every part multiplied by one factor but where a bound holds it.

    Copies stay equal, so a remainder smaller than every part's copies may be left over; the caller gives it to one step.
    The target must lie between `shortest_and_longest`.
    """
    factor = _factor(parts, target)
    exact = [min(max(part.quiet * factor, part.low), part.high) for part in parts]
    whole = [int(length) for length in exact]
    rest = target - sum(length * part.copies for length, part in zip(whole, parts, strict=True))
    by_fraction = sorted(range(len(parts)), key=lambda i: (whole[i] - exact[i], i))
    for index in by_fraction:
        if 0 < parts[index].copies <= rest and whole[index] < parts[index].high:
            whole[index] += 1
            rest -= parts[index].copies
    return whole


def _factor(parts: Sequence[Elastic], target: int) -> Fraction:
    """The factor at which the bounded parts fill the target: the sum grows with it, piece by piece between the bounds."""
    knots = sorted({Fraction(bound, part.quiet) for part in parts if part.quiet for bound in (part.low, part.high)})
    below = Fraction(0)
    for knot in knots:
        if _filled(parts, knot) >= target:
            return _between(parts, below, knot, target)
        below = knot
    return below


def _filled(parts: Sequence[Elastic], factor: Fraction) -> Fraction:
    return sum((min(max(part.quiet * factor, part.low), part.high) * part.copies for part in parts), Fraction(0))


def _between(parts: Sequence[Elastic], low: Fraction, high: Fraction, target: int) -> Fraction:
    """Between two neighbouring knots the sum is a straight line."""
    at_low, at_high = _filled(parts, low), _filled(parts, high)
    if at_high == at_low:
        return high
    return low + (high - low) * (target - at_low) / (at_high - at_low)
