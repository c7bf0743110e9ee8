"""Fit silences to a total length: scale all of them by the same factor, within bounds, to the exact sample."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["FlexibleSilence", "fit_proportionally", "total_length_range"]


@dataclass(frozen=True)
class FlexibleSilence:
    """A silence of variable length, in samples. All of its `copies` must have the same length."""

    length: int
    min_length: int
    max_length: int
    copies: int = 1


def total_length_range(silences: Sequence[FlexibleSilence]) -> tuple[int, int]:
    """Return the shortest and the longest possible total length of the silences."""
    shortest = sum(silence.min_length * silence.copies for silence in silences)
    longest = sum(silence.max_length * silence.copies for silence in silences)
    return shortest, longest


def fit_proportionally(silences: Sequence[FlexibleSilence], target: int) -> list[int]:
    """Return a new length for each silence so that the lengths add up to `target`.

    Every silence is scaled by the same factor unless it reaches a bound. The target must be within
    `total_length_range`. Copies stay the same length, so the total can be a few samples short if every silence has
    copies. The caller must distribute the remainder.
    """
    factor = _find_scale_factor(silences, target)
    exact = [_scale_within_bounds(silence, factor) for silence in silences]
    lengths = [int(length) for length in exact]
    remainder = target - _total_length(silences, lengths)
    for index in sorted(range(len(silences)), key=lambda i: (lengths[i] - exact[i], i)):
        if silences[index].copies <= remainder and lengths[index] < silences[index].max_length:
            lengths[index] += 1
            remainder -= silences[index].copies
    return _absorb_remainder(silences, lengths, remainder)


def _total_length(silences: Sequence[FlexibleSilence], lengths: Sequence[int]) -> int:
    return sum(length * silence.copies for length, silence in zip(lengths, silences, strict=True))


def _scale_within_bounds(silence: FlexibleSilence, factor: Fraction) -> Fraction:
    return min(max(silence.length * factor, Fraction(silence.min_length)), Fraction(silence.max_length))


def _scaled_total(silences: Sequence[FlexibleSilence], factor: Fraction) -> Fraction:
    return sum((_scale_within_bounds(silence, factor) * silence.copies for silence in silences), Fraction(0))


def _find_scale_factor(silences: Sequence[FlexibleSilence], target: int) -> Fraction:
    """Return the scale factor that makes the total equal to `target`.

    The total is a piecewise linear function of the factor. The slope changes only at factors where a silence reaches a
    bound.
    """
    bound_factors = sorted(
        {
            Fraction(bound, silence.length)
            for silence in silences
            if silence.length
            for bound in (silence.min_length, silence.max_length)
        }
    )
    index = bisect_left(bound_factors, Fraction(target), key=lambda factor: _scaled_total(silences, factor))
    if index == len(bound_factors):
        return bound_factors[-1] if bound_factors else Fraction(1)
    below, above = bound_factors[index - 1] if index else Fraction(0), bound_factors[index]
    total_below, total_above = _scaled_total(silences, below), _scaled_total(silences, above)
    if total_above == total_below:
        return above
    return below + (above - below) * (target - total_below) / (total_above - total_below)


def _absorb_remainder(silences: Sequence[FlexibleSilence], lengths: list[int], remainder: int) -> list[int]:
    """Add the remainder to silences that have no copies.

    If those are already at their maximum, lengthen all copies of another silence by one sample and subtract the excess
    from the silences without copies. If that fails too, return the lengths unchanged.
    """
    if not remainder:
        return lengths
    single = [index for index, silence in enumerate(silences) if silence.copies == 1]
    shrinkable = sum(lengths[index] - silences[index].min_length for index in single)
    growable = sum(silences[index].max_length - lengths[index] for index in single)
    if growable >= remainder:
        return _adjust_single_copies(silences, lengths, remainder)
    for index, silence in enumerate(silences):
        excess = silence.copies - remainder
        if lengths[index] < silence.max_length and 0 < excess <= shrinkable:
            longer = [*lengths[:index], lengths[index] + 1, *lengths[index + 1 :]]
            return _adjust_single_copies(silences, longer, -excess)
    return lengths


def _adjust_single_copies(silences: Sequence[FlexibleSilence], lengths: list[int], change: int) -> list[int]:
    """Change the total by adjusting silences without copies within their bounds, starting with the last one."""
    result = list(lengths)
    for index in reversed([index for index, silence in enumerate(silences) if silence.copies == 1]):
        adjusted = min(max(result[index] + change, silences[index].min_length), silences[index].max_length)
        change -= adjusted - result[index]
        result[index] = adjusted
    return result
