"""Stretching time: a total met to the sample by changing only the quiet after words, in proportion, within bounds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["FlexibleSilence", "fit_proportionally", "total_length_range"]


@dataclass(frozen=True)
class FlexibleSilence:
    """Quiet that may change: `copies` steps that must stay equal, each with that many samples."""

    length: int
    min_length: int
    max_length: int
    copies: int = 1


def total_length_range(parts: Sequence[FlexibleSilence]) -> tuple[int, int]:
    """The least and the most samples that these parts can fill together."""
    return sum(part.min_length * part.copies for part in parts), sum(part.max_length * part.copies for part in parts)


def fit_proportionally(parts: Sequence[FlexibleSilence], target: int) -> list[int]:
    """New samples for each part, `target` in all, every part multiplied by one factor but where a bound holds it.

    Copies stay equal, so a few samples may be left over where no part stands alone; the caller finds a place for them.
    The target must lie between `shortest_and_longest`.
    """
    factor = _find_scale_factor(parts, target)
    exact = [_scale_within_bounds(part, factor) for part in parts]
    whole = [int(length) for length in exact]
    rest = target - _total_length(parts, whole)
    for index in sorted(range(len(parts)), key=lambda i: (whole[i] - exact[i], i)):
        if parts[index].copies <= rest and whole[index] < parts[index].max_length:
            whole[index] += 1
            rest -= parts[index].copies
    return _absorb_remainder(parts, whole, rest)


def _total_length(parts: Sequence[FlexibleSilence], lengths: Sequence[int]) -> int:
    return sum(length * part.copies for length, part in zip(lengths, parts, strict=True))


def _scale_within_bounds(part: FlexibleSilence, factor: Fraction) -> Fraction:
    return min(max(part.length * factor, Fraction(part.min_length)), Fraction(part.max_length))


def _scaled_total(parts: Sequence[FlexibleSilence], factor: Fraction) -> Fraction:
    return sum((_scale_within_bounds(part, factor) * part.copies for part in parts), Fraction(0))


def _find_scale_factor(parts: Sequence[FlexibleSilence], target: int) -> Fraction:
    """The factor at which the bounded parts fill the target: the sum is a straight line between any two bounds."""
    knots = sorted(
        {Fraction(bound, part.length) for part in parts if part.length for bound in (part.min_length, part.max_length)}
    )
    index = bisect_left(knots, Fraction(target), key=lambda knot: _scaled_total(parts, knot))
    if index == len(knots):
        return knots[-1] if knots else Fraction(1)
    below, above = knots[index - 1] if index else Fraction(0), knots[index]
    least, most = _scaled_total(parts, below), _scaled_total(parts, above)
    return above if most == least else below + (above - below) * (target - least) / (most - least)


def _absorb_remainder(parts: Sequence[FlexibleSilence], lengths: list[int], remainder: int) -> list[int]:
    """What copies could not share goes to parts that stand alone; where those are at their most, some copies grow by a
    sample and the parts that stand alone give back what is too much."""
    trials = [(lengths, remainder)]
    for index, part in enumerate(parts):
        if lengths[index] < part.max_length and part.copies > remainder:
            trials.append(([*lengths[:index], lengths[index] + 1, *lengths[index + 1 :]], remainder - part.copies))
    for trial, left in trials if remainder else ():
        done = _adjust_single_copies(parts, trial, left)
        if _total_length(parts, done) == _total_length(parts, trial) + left:
            return done
    return lengths


def _adjust_single_copies(parts: Sequence[FlexibleSilence], lengths: list[int], by: int) -> list[int]:
    """The lengths, the last parts that stand alone moved by so many samples in all, as far as they can be."""
    result = list(lengths)
    for index in reversed([index for index, part in enumerate(parts) if part.copies == 1]):
        moved = min(max(result[index] + by, parts[index].min_length), parts[index].max_length)
        by -= moved - result[index]
        result[index] = moved
    return result
