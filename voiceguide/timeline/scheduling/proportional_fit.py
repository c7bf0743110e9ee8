"""Stretching time: a total met to the sample by changing only the quiet after words, in proportion, within bounds."""

from __future__ import annotations

from bisect import bisect_left
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

    Copies stay equal, so a few samples may be left over where no part stands alone; the caller finds a place for them.
    The target must lie between `shortest_and_longest`.
    """
    factor = _factor(parts, target)
    exact = [_bounded(part, factor) for part in parts]
    whole = [int(length) for length in exact]
    rest = target - _sum(parts, whole)
    for index in sorted(range(len(parts)), key=lambda i: (whole[i] - exact[i], i)):
        if parts[index].copies <= rest and whole[index] < parts[index].high:
            whole[index] += 1
            rest -= parts[index].copies
    return _evened(parts, whole, rest)


def _sum(parts: Sequence[Elastic], lengths: Sequence[int]) -> int:
    return sum(length * part.copies for length, part in zip(lengths, parts, strict=True))


def _bounded(part: Elastic, factor: Fraction) -> Fraction:
    return min(max(part.quiet * factor, Fraction(part.low)), Fraction(part.high))


def _filled(parts: Sequence[Elastic], factor: Fraction) -> Fraction:
    return sum((_bounded(part, factor) * part.copies for part in parts), Fraction(0))


def _factor(parts: Sequence[Elastic], target: int) -> Fraction:
    """The factor at which the bounded parts fill the target: the sum is a straight line between any two bounds."""
    knots = sorted({Fraction(bound, part.quiet) for part in parts if part.quiet for bound in (part.low, part.high)})
    index = bisect_left(knots, Fraction(target), key=lambda knot: _filled(parts, knot))
    if index == len(knots):
        return knots[-1] if knots else Fraction(1)
    below, above = knots[index - 1] if index else Fraction(0), knots[index]
    least, most = _filled(parts, below), _filled(parts, above)
    return above if most == least else below + (above - below) * (target - least) / (most - least)


def _evened(parts: Sequence[Elastic], lengths: list[int], rest: int) -> list[int]:
    """What copies could not share goes to parts that stand alone; where those are at their most, some copies grow by a
    sample and the parts that stand alone give back what is too much."""
    trials = [(lengths, rest)]
    for index, part in enumerate(parts):
        if lengths[index] < part.high and part.copies > rest:
            trials.append(([*lengths[:index], lengths[index] + 1, *lengths[index + 1 :]], rest - part.copies))
    for trial, left in trials if rest else ():
        done = _shifted(parts, trial, left)
        if _sum(parts, done) == _sum(parts, trial) + left:
            return done
    return lengths


def _shifted(parts: Sequence[Elastic], lengths: list[int], by: int) -> list[int]:
    """The lengths, the last parts that stand alone moved by so many samples in all, as far as they can be."""
    result = list(lengths)
    for index in reversed([index for index, part in enumerate(parts) if part.copies == 1]):
        moved = min(max(result[index] + by, parts[index].low), parts[index].high)
        by -= moved - result[index]
        result[index] = moved
    return result
