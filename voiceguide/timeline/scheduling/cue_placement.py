"""The cues inside one step: where each falls, what it says there, and what happens when two would be heard at once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from voiceguide.errors import Problem, timeline_warning
from voiceguide.timeline.arrangement.model import ArrangedCue
from voiceguide.timeline.model import Cue
from voiceguide.units import SAMPLE_RATE, format_clock, format_duration

__all__ = ["MIN_CUE_SPACING_SAMPLES", "StepSpan", "count_cues", "place_cues"]

MIN_CUE_SPACING_SAMPLES = SAMPLE_RATE * 3 // 10
"""Samples of quiet that two cues keep between them."""
MAX_CUE_SHIFT_SAMPLES = 3 * SAMPLE_RATE
"""How far a cue may be moved to make room; farther would no longer be what the script asks for."""
MAX_PLACEMENT_ATTEMPTS = 4
"""How often a moved cue is made anew, since the time it names, and so its length, changes with its place."""

BuildCue = Callable[[ArrangedCue, int], Cue]
"""Makes the cue for an offset in the step: its words may name the time left there."""


@dataclass(frozen=True)
class StepSpan:
    """What the cues of one step are laid into. Offsets and lengths are samples, from the step's start."""

    name: str
    length: int
    occupied: tuple[Cue, ...] = ()
    """The step's own words."""
    earliest_offset: int = 0
    """No cue is heard before: the very first words of a file wait."""


@dataclass(frozen=True)
class _CueRequest:
    """A cue and where it would like to be, in samples from the step's start."""

    cue: ArrangedCue
    offset: int

    @property
    def at_end(self) -> bool:
        return self.cue.spec.at is not None and self.cue.spec.at.kind == "end"


@dataclass
class _PlacedCues:
    """The cues laid so far, in order, BREATH or more between them."""

    cues: list[Cue] = field(default_factory=list)

    def is_free(self, at: int, length: int) -> bool:
        index = bisect_right(self.cues, at, key=_cue_start)
        after_last = index == 0 or self.cues[index - 1].end + MIN_CUE_SPACING_SAMPLES <= at
        return after_last and (
            index == len(self.cues) or at + length + MIN_CUE_SPACING_SAMPLES <= self.cues[index].start
        )

    def adjacent_offsets(self, at: int, length: int, reach: int) -> Iterator[int]:
        """The places right after and right before the cues within reach of a place."""
        first = bisect_left(self.cues, at - reach - MIN_CUE_SPACING_SAMPLES, key=_cue_end)
        last = bisect_right(self.cues, at + reach + MIN_CUE_SPACING_SAMPLES + length, key=_cue_start)
        for cue in self.cues[first:last]:
            yield cue.end + MIN_CUE_SPACING_SAMPLES
            yield cue.start - MIN_CUE_SPACING_SAMPLES - length


def _cue_start(cue: Cue) -> int:
    return cue.start


def _cue_end(cue: Cue) -> int:
    return cue.end


def count_cues(arranged: Sequence[ArrangedCue], length: int) -> int:
    """How many cues a step of that many samples asks for."""
    return sum(len(_requested_offsets(cue, length)) for cue in arranged)


def place_cues(arranged: Sequence[ArrangedCue], span: StepSpan, build_cue: BuildCue) -> tuple[list[Cue], list[Problem]]:
    """Every cue of a step at its sample (from the step's start), and what had to be moved or left out.

    Cues at a named place are laid first, `every` fills in between: nothing is ever mixed on top of another cue, and
    nothing reaches over the step's end.
    """
    laid = _PlacedCues(sorted(span.occupied, key=_cue_start))
    placed: list[Cue] = []
    advice: dict[str, list[Problem]] = {}
    wishes = [_CueRequest(cue, offset) for cue in arranged for offset in _requested_offsets(cue, span.length)]
    for wish in sorted(wishes, key=lambda wish: (wish.cue.spec.every is not None, wish.offset)):
        cue, message = _place_cue(wish, span, laid, build_cue)
        if cue is not None:
            placed.append(cue)
            insort(laid.cues, cue, key=_cue_start)
        if message:
            advice.setdefault(wish.cue.yaml_path, []).append(timeline_warning(wish.cue.yaml_path, message))
    return sorted(placed, key=_cue_start), [_merge_repeated_warnings(said) for said in advice.values()]


def _requested_offsets(cue: ArrangedCue, length: int) -> Sequence[int]:
    """Where a cue would like to be; `every` leaves out the step's very end."""
    spec = cue.spec
    if spec.at is not None:
        return [spec.at.offset_samples(length)]
    if not spec.every:
        return []
    until = spec.until.offset_samples(length) if spec.until else length
    return range(spec.every, min(until, length - 1) + 1, spec.every)


def _place_cue(
    request: _CueRequest, span: StepSpan, placed: _PlacedCues, build_cue: BuildCue
) -> tuple[Cue | None, str]:
    """The cue at its place, or None; and what its author should know about that."""
    cue = build_cue(request.cue, request.offset)
    for _ in range(MAX_PLACEMENT_ATTEMPTS):
        at = _find_free_offset(cue, request, span, placed)
        if at is None:
            break
        cue = build_cue(request.cue, at)
        if at + cue.length <= span.length and placed.is_free(at, cue.length):
            expected = request.at_end or at in (request.offset, span.earliest_offset)
            return replace(cue, start=at), "" if expected else _moved_message(cue, request, at, span.name)
    return None, _left_out_message(cue, request, span, placed)


def _find_free_offset(cue: Cue, request: _CueRequest, span: StepSpan, placed: _PlacedCues) -> int | None:
    """Where a cue can be heard: at its wish, else as near as it can, later before earlier; None where it cannot."""
    latest = span.length - cue.length
    if not 0 <= request.offset <= span.length or latest < 0:
        return None
    wanted = min(max(request.offset, span.earliest_offset), latest)
    reach = span.length if request.at_end else MAX_CUE_SHIFT_SAMPLES
    places = [wanted, latest, *placed.adjacent_offsets(wanted, cue.length, reach)]
    near = [
        at for at in places if min(span.earliest_offset, latest) <= at <= latest and abs(at - request.offset) <= reach
    ]
    return min(
        (at for at in near if placed.is_free(at, cue.length)), key=lambda at: (abs(at - wanted), -at), default=None
    )


def _moved_message(cue: Cue, request: _CueRequest, at: int, step_name: str) -> str:
    way = "later" if at > request.offset else "earlier"
    return (
        f'The cue "{_truncate(cue.text)}" of "{step_name}" would speak over another one or past the end, '
        f"so it comes {format_duration(abs(at - request.offset))} {way}."
    )


def _left_out_message(cue: Cue, request: _CueRequest, span: StepSpan, placed: _PlacedCues) -> str:
    head = f'The cue "{_truncate(cue.text)}" of "{span.name}" is left out:'
    if not 0 <= request.offset <= span.length:
        where = (
            f"{format_duration(-request.offset)} before its start"
            if request.offset < 0
            else format_clock(request.offset)
        )
        return f"{head} its place, {where}, lies outside the step, which lasts {format_duration(span.length)}."
    if not placed.cues or cue.length > span.length:
        return f"{head} it lasts {format_duration(cue.length)} and its step only {format_duration(span.length)}."
    other = min(placed.cues, key=lambda other: abs(other.start - request.offset))
    return f'{head} at {format_clock(request.offset)} it would speak over "{_truncate(other.text)}". Move one of them.'


def _merge_repeated_warnings(warnings: list[Problem]) -> Problem:
    """One piece of advice for a cue, however often it comes."""
    more = len(warnings) - 1
    again = f" The same happens {more} more {'time' if more == 1 else 'times'}." if more else ""
    return replace(warnings[0], message=warnings[0].message + again)


def _truncate(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
