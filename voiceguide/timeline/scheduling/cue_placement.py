"""The cues inside one step: where each falls, what it says there, and what happens when two would be heard at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from voiceguide.timeline.arrangement.model import PlannedCue
from voiceguide.timeline.model import Advice, Cue
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

__all__ = ["BREATH", "Row", "count_cues", "place_cues"]

BREATH = SAMPLE_RATE * 3 // 10
"""Samples of quiet that two cues keep between them."""
FARTHEST_MOVE = 3 * SAMPLE_RATE
"""How far a cue may be moved to make room; farther would no longer be what the script asks for."""
TRIES = 4
"""How often a moved cue is made anew, since the time it names, and so its length, changes with its place."""

Sound = Callable[[PlannedCue, int], Cue]
"""Makes the cue for an offset in the step: its words may name the time left there."""


@dataclass(frozen=True)
class Row:
    """What the cues of one step are laid into. Offsets and lengths are samples, from the step's start."""

    name: str
    length: int
    taken: tuple[Cue, ...] = ()
    """The step's own words."""
    earliest: int = 0
    """No cue is heard before: the very first words of a file wait."""


@dataclass(frozen=True)
class _Wish:
    """A cue and where it would like to be, in samples from the step's start."""

    cue: PlannedCue
    offset: int

    @property
    def at_end(self) -> bool:
        return self.cue.spec.at is not None and self.cue.spec.at.kind == "end"


@dataclass
class _Laid:
    """The cues laid so far, in order, BREATH or more between them."""

    cues: list[Cue] = field(default_factory=list)

    def free(self, at: int, length: int) -> bool:
        index = bisect_right(self.cues, at, key=_start)
        after_last = index == 0 or self.cues[index - 1].end + BREATH <= at
        return after_last and (index == len(self.cues) or at + length + BREATH <= self.cues[index].at)

    def beside(self, at: int, length: int, reach: int) -> Iterator[int]:
        """The places right after and right before the cues within reach of a place."""
        first = bisect_left(self.cues, at - reach - BREATH, key=_end)
        last = bisect_right(self.cues, at + reach + BREATH + length, key=_start)
        for cue in self.cues[first:last]:
            yield cue.end + BREATH
            yield cue.at - BREATH - length


def _start(cue: Cue) -> int:
    return cue.at


def _end(cue: Cue) -> int:
    return cue.end


def count_cues(planned: Sequence[PlannedCue], length: int) -> int:
    """How many cues a step of that many samples asks for."""
    return sum(len(_offsets(cue, length)) for cue in planned)


def place_cues(planned: Sequence[PlannedCue], row: Row, make: Sound) -> tuple[list[Cue], list[Advice]]:
    """Every cue of a step at its sample (from the step's start), and what had to be moved or left out.

    Cues at a named place are laid first, `every` fills in between: nothing is ever mixed on top of another cue, and
    nothing reaches over the step's end.
    """
    laid = _Laid(sorted(row.taken, key=_start))
    placed: list[Cue] = []
    advice: dict[str, list[Advice]] = {}
    wishes = [_Wish(cue, offset) for cue in planned for offset in _offsets(cue, row.length)]
    for wish in sorted(wishes, key=lambda wish: (wish.cue.spec.every is not None, wish.offset)):
        cue, message = _placed(wish, row, laid, make)
        if cue is not None:
            placed.append(cue)
            insort(laid.cues, cue, key=_start)
        if message:
            advice.setdefault(wish.cue.path, []).append(Advice(wish.cue.path, message))
    return sorted(placed, key=_start), [_summed(said) for said in advice.values()]


def _offsets(cue: PlannedCue, length: int) -> Sequence[int]:
    """Where a cue would like to be; `every` leaves out the step's very end."""
    spec = cue.spec
    if spec.at is not None:
        return [spec.at.offset_samples(length)]
    if not spec.every:
        return []
    until = spec.until.offset_samples(length) if spec.until else length
    return range(spec.every, min(until, length - 1) + 1, spec.every)


def _placed(wish: _Wish, row: Row, laid: _Laid, make: Sound) -> tuple[Cue | None, str]:
    """The cue at its place, or None; and what its author should know about that."""
    cue = make(wish.cue, wish.offset)
    for _ in range(TRIES):
        at = _room(cue, wish, row, laid)
        if at is None:
            break
        cue = make(wish.cue, at)
        if at + cue.length <= row.length and laid.free(at, cue.length):
            expected = wish.at_end or at in (wish.offset, row.earliest)
            return replace(cue, at=at), "" if expected else _moved(cue, wish, at, row.name)
    return None, _left_out(cue, wish, row, laid)


def _room(cue: Cue, wish: _Wish, row: Row, laid: _Laid) -> int | None:
    """Where a cue can be heard: at its wish, else as near as it can, later before earlier; None where it cannot."""
    latest = row.length - cue.length
    if not 0 <= wish.offset <= row.length or latest < 0:
        return None
    wanted = min(max(wish.offset, row.earliest), latest)
    reach = row.length if wish.at_end else FARTHEST_MOVE
    places = [wanted, latest, *laid.beside(wanted, cue.length, reach)]
    near = [at for at in places if min(row.earliest, latest) <= at <= latest and abs(at - wish.offset) <= reach]
    return min((at for at in near if laid.free(at, cue.length)), key=lambda at: (abs(at - wanted), -at), default=None)


def _moved(cue: Cue, wish: _Wish, at: int, name: str) -> str:
    way = "later" if at > wish.offset else "earlier"
    return (
        f'The cue "{_short(cue.text)}" of "{name}" would speak over another one or past the end, '
        f"so it comes {format_duration(abs(at - wish.offset))} {way}."
    )


def _left_out(cue: Cue, wish: _Wish, row: Row, laid: _Laid) -> str:
    head = f'The cue "{_short(cue.text)}" of "{row.name}" is left out:'
    if not 0 <= wish.offset <= row.length:
        where = f"{format_duration(-wish.offset)} before its start" if wish.offset < 0 else format_clock(wish.offset)
        return f"{head} its place, {where}, lies outside the step, which lasts {format_duration(row.length)}."
    if not laid.cues or cue.length > row.length:
        return f"{head} it lasts {format_duration(cue.length)} and its step only {format_duration(row.length)}."
    other = min(laid.cues, key=lambda other: abs(other.at - wish.offset))
    return f'{head} at {format_clock(wish.offset)} it would speak over "{_short(other.text)}". Move one of them.'


def _summed(said: list[Advice]) -> Advice:
    """One piece of advice for a cue, however often it comes."""
    more = len(said) - 1
    again = f" The same happens {more} more {'time' if more == 1 else 'times'}." if more else ""
    return replace(said[0], message=said[0].message + again)


def _short(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
