"""The cues inside one step: where each falls, what it says there, and what happens when two would speak at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from voiceguide.timeline.model import Advice, Cue
from voiceguide.timeline.plan import PlannedCue
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

__all__ = ["BREATH", "place_cues"]

BREATH = SAMPLE_RATE * 3 // 10
"""Samples of quiet that two cues keep between them."""
FARTHEST_MOVE = 3 * SAMPLE_RATE
"""How far a cue may be moved to make room; farther would no longer be what the script asks for."""

Sound = Callable[[PlannedCue, int], Cue]
"""Makes the cue for an offset in the step: its words may name the time left there."""


@dataclass(frozen=True)
class _Wish:
    """A cue and where it would like to be, in samples from the step's start."""

    cue: PlannedCue
    offset: int


def place_cues(
    planned: tuple[PlannedCue, ...], length: int, taken: list[Cue], make: Sound, name: str
) -> tuple[list[Cue], list[Advice]]:
    """Every cue of a step at its sample (from the step's start), and what had to be moved or left out.

    `taken` are the step's own words. Cues at a named place are laid first, `every` fills in between: nothing is ever mixed
    on top of a spoken cue, and nothing reaches over the step's end.
    """
    placed, advice = list(taken), []
    for wish in sorted(_wishes(planned, length), key=lambda wish: (wish.cue.spec.every is not None, wish.offset)):
        cue = make(wish.cue, wish.offset)
        at = _room(cue, wish, length, placed)
        if at is None:
            advice.append(Advice(wish.cue.path, _left_out(cue, wish, length, placed, name)))
            continue
        if at != wish.offset:
            cue = make(wish.cue, at)
            if wish.cue.spec.at is None or wish.cue.spec.at.kind != "end":
                advice.append(Advice(wish.cue.path, _moved(cue, wish, at, name)))
        placed.append(replace(cue, at=at))
    return sorted((cue for cue in placed if cue not in taken), key=lambda cue: cue.at), advice


def _wishes(planned: tuple[PlannedCue, ...], length: int) -> Iterator[_Wish]:
    for cue in planned:
        if cue.spec.at is not None:
            yield _Wish(cue, cue.spec.at.offset(length))
            continue
        every = cue.spec.every or length
        until = cue.spec.until.offset(length) if cue.spec.until else length - 1
        for offset in range(every, min(until, length - 1) + 1, every):
            yield _Wish(cue, offset)


def _room(cue: Cue, wish: _Wish, length: int, placed: list[Cue]) -> int | None:
    """Where a cue can be heard: at its wish, else as near as it can, later before earlier; None where it cannot."""
    latest = length - cue.length
    if not 0 <= wish.offset <= length or latest < 0:
        return None
    at_end = wish.cue.spec.at is not None and wish.cue.spec.at.kind == "end"
    wanted = min(wish.offset, latest)
    after = [min(other.end + BREATH, latest) for other in placed]
    before = [other.at - BREATH - cue.length for other in placed]
    for at in sorted([wanted, *after, *before], key=lambda at: (abs(at - wanted), -at)):
        near = at_end or abs(at - wish.offset) <= FARTHEST_MOVE
        if near and 0 <= at <= latest and not any(_collide(at, cue.length, other) for other in placed):
            return at
    return None


def _collide(at: int, length: int, other: Cue) -> bool:
    return at < other.end + BREATH and other.at < at + length + BREATH


def _moved(cue: Cue, wish: _Wish, at: int, name: str) -> str:
    way = "later" if at > wish.offset else "earlier"
    return (
        f'The cue "{_short(cue.text)}" of "{name}" would speak over another one or past the end, '
        f"so it comes {format_duration(abs(at - wish.offset))} {way}."
    )


def _left_out(cue: Cue, wish: _Wish, length: int, placed: list[Cue], name: str) -> str:
    head = f'The cue "{_short(cue.text)}" of "{name}" is left out:'
    if not 0 <= wish.offset <= length:
        where = format_clock(abs(wish.offset))
        return f"{head} its place, {'-' if wish.offset < 0 else ''}{where}, lies outside the step, which lasts {format_duration(length)}."
    other = min(placed, key=lambda other: abs(other.at - wish.offset), default=None)
    if other is None:
        return f"{head} it lasts {format_duration(cue.length)} and its step only {format_duration(length)}."
    return f'{head} at {format_clock(wish.offset)} it would speak over "{_short(other.text)}". Move one of them.'


def _short(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
