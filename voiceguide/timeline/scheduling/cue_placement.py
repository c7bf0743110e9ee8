"""Place the cues of a step: find a position for each cue, build the cue for that position and resolve overlaps."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

from voiceguide.errors import Problem, timeline_warning
from voiceguide.timeline.arrangement.model import ArrangedCue
from voiceguide.timeline.model import Cue
from voiceguide.units import SAMPLE_RATE, format_clock, format_length

__all__ = ["MIN_CUE_SPACING_SAMPLES", "StepSpan", "count_cues", "place_cues"]

MIN_CUE_SPACING_SAMPLES = SAMPLE_RATE * 3 // 10
"""Minimum silence between two cues, in samples."""
MAX_CUE_SHIFT_SAMPLES = 3 * SAMPLE_RATE
"""Maximum distance, in samples, to move a cue to avoid an overlap. A cue that is moved farther would not match the
script.
"""
MIN_TIMED_CUE_SPACING_SAMPLES = SAMPLE_RATE // 20
"""Minimum silence, in samples, before and after a cue that names a time. The numbers of a countdown are a second apart,
and each number takes most of a second.
"""
UNHEARD_SHIFT_SAMPLES = SAMPLE_RATE // 4
"""How far, in samples, any cue that names a time can be moved without a warning. Such a shift is not noticeable."""
TIMED_CUE_SHIFT_DIVISOR = 10
"""A cue that names a time can be moved by up to a tenth of that time, for example "ten seconds left" by one second."""
MAX_PLACEMENT_ATTEMPTS = 4
"""Maximum number of attempts to place a cue. Each attempt rebuilds the cue: its text can mention the time, so its
length can depend on its position."""

BuildCue = Callable[[ArrangedCue, int], Cue]
"""Builds a cue for an offset in the step. The offset matters because the text can mention the time remaining."""


@dataclass(frozen=True)
class StepSpan:
    """The step in which cues are placed. Lengths, and offsets from the start of the step, are in samples."""

    name: str
    length: int
    occupied: tuple[Cue, ...] = ()
    """The step's own speech."""
    earliest_offset: int = 0
    """The earliest offset at which a cue can start. In the first step of a session, this is the end of the lead-in."""


@dataclass(frozen=True)
class _CueRequest:
    """A cue and its requested offset, in samples from the start of the step."""

    cue: ArrangedCue
    offset: int
    max_shift: int = MAX_CUE_SHIFT_SAMPLES
    """Maximum distance to move the cue, in samples."""
    names_time: bool = False

    @property
    def spacing(self) -> int:
        return MIN_TIMED_CUE_SPACING_SAMPLES if self.names_time else MIN_CUE_SPACING_SAMPLES

    @property
    def is_at_end(self) -> bool:
        return self.cue.spec.at is not None and self.cue.spec.at.kind == "end"


@dataclass
class _PlacedCues:
    """The cues placed so far, sorted by time."""

    cues: list[Cue] = field(default_factory=list)

    def is_free(self, start: int, length: int, spacing: int) -> bool:
        """Return whether a cue can start at `start` with `spacing` samples of silence on both sides."""
        index = bisect_right(self.cues, start, key=attrgetter("start"))
        free_before = index == 0 or self.cues[index - 1].end + spacing <= start
        return free_before and (index == len(self.cues) or start + length + spacing <= self.cues[index].start)

    def adjacent_offsets(self, start: int, length: int, spacing: int, max_distance: int) -> Iterator[int]:
        """Yield the offsets directly after and directly before each cue within `max_distance` of `start`."""
        margin = max_distance + spacing
        first = bisect_left(self.cues, start - margin, key=attrgetter("end"))
        last = bisect_right(self.cues, start + length + margin, key=attrgetter("start"))
        for cue in self.cues[first:last]:
            yield cue.end + spacing
            yield cue.start - spacing - length


def count_cues(arranged: Sequence[ArrangedCue], length: int) -> int:
    """Return how many cues the script requests in a step of `length` samples."""
    return sum(len(_requested_offsets(cue, length)) for cue in arranged)


def place_cues(
    arranged: Sequence[ArrangedCue],
    span: StepSpan,
    build_cue: BuildCue,
    names_time: Callable[[ArrangedCue], bool] = lambda cue: False,
) -> tuple[list[Cue], list[Problem]]:
    """Return the cues of a step, sorted by offset, and warnings about moved or omitted cues.

    Cues that name a time are placed first, and are moved only slightly. Other cues with `at` are placed next. Cues with
    `every` use the remaining space. No cue overlaps another cue or extends past the end of the step.
    """
    placed = _PlacedCues(sorted(span.occupied, key=attrgetter("start")))
    result: list[Cue] = []
    warnings: dict[str, list[Problem]] = {}
    requests = [request for cue in arranged for request in _cue_requests(cue, span, names_time(cue))]
    for request in sorted(requests, key=_placement_order):
        cue, message = _place_cue(request, span, placed, build_cue)
        if cue is not None:
            result.append(cue)
            insort(placed.cues, cue, key=attrgetter("start"))
        if message:
            path = request.cue.yaml_path
            warnings.setdefault(path, []).append(timeline_warning(path, message))
    return sorted(result, key=attrgetter("start")), [_merge_repeated_warnings(same) for same in warnings.values()]


def _requested_offsets(cue: ArrangedCue, length: int) -> Sequence[int]:
    """Return the offsets that the script requests. With `every`, the end of the step is never one of these offsets."""
    spec = cue.spec
    if spec.at is not None:
        return [spec.at.offset_samples(length)]
    if not spec.every:
        return []
    start = spec.start.offset_samples(length) if spec.start else spec.every
    until = spec.until.offset_samples(length) if spec.until else length
    return range(max(start, 0), min(until, length - 1) + 1, spec.every)


def _cue_requests(cue: ArrangedCue, span: StepSpan, names_time: bool) -> Iterator[_CueRequest]:
    at, length = cue.spec.at, span.length
    for offset in _requested_offsets(cue, length):
        if cue.is_rhythm:
            late = span.earliest_offset - offset
            if cue.chime_length < 2 * late if cue.chime_length else offset > 0 and late >= 0:
                continue  # a short tone or a count during the silence at the start of the session
            cut = late if late > 0 and cue.chime_length else 0
            played = replace(cue, chime_length=cue.chime_length - cut)
            yield _CueRequest(played, offset + max(late, 0), UNHEARD_SHIFT_SAMPLES, names_time=True)
            continue
        if not names_time or (at is not None and at.kind == "end"):
            yield _CueRequest(cue, offset)
            continue
        named_time = min(offset, cue.spec.every or offset)
        if at is not None and at.kind == "left":
            named_time = length - offset
        max_shift = max(named_time // TIMED_CUE_SHIFT_DIVISOR, UNHEARD_SHIFT_SAMPLES)
        yield _CueRequest(cue, offset, min(max_shift, MAX_CUE_SHIFT_SAMPLES), names_time=True)


def _placement_order(request: _CueRequest) -> tuple[bool, bool, int]:
    return not request.names_time, request.cue.spec.every is not None, request.offset


def _place_cue(
    request: _CueRequest, span: StepSpan, placed: _PlacedCues, build_cue: BuildCue
) -> tuple[Cue | None, str]:
    """Return the cue at its final position, or None if it does not fit, and the text of a warning, if any."""
    cue = build_cue(request.cue, request.offset)
    for _ in range(MAX_PLACEMENT_ATTEMPTS):
        offset = _find_free_offset(cue, request, span, placed)
        if offset is None:
            break
        cue = build_cue(request.cue, offset)
        if offset + cue.length <= span.length and placed.is_free(offset, cue.length, request.spacing):
            unheard = request.names_time and abs(offset - request.offset) <= UNHEARD_SHIFT_SAMPLES
            expected = unheard or request.is_at_end or offset in (request.offset, span.earliest_offset)
            return replace(cue, start=offset), "" if expected else _moved_message(cue, request, offset, span.name)
    return None, _left_out_message(cue, request, span, placed)


def _find_free_offset(cue: Cue, request: _CueRequest, span: StepSpan, placed: _PlacedCues) -> int | None:
    """Return the free offset closest to the requested one, or None.

    If two free offsets are equally close, the later one wins.
    """
    latest = span.length - cue.length
    if not 0 <= request.offset <= span.length or latest < 0:
        return None
    preferred = min(max(request.offset, span.earliest_offset), latest)
    max_distance = span.length if request.is_at_end else request.max_shift
    candidates = [preferred, latest, *placed.adjacent_offsets(preferred, cue.length, request.spacing, max_distance)]
    allowed = [
        offset
        for offset in candidates
        if min(span.earliest_offset, latest) <= offset <= latest and abs(offset - request.offset) <= max_distance
    ]
    free = (offset for offset in allowed if placed.is_free(offset, cue.length, request.spacing))
    return min(free, key=lambda offset: (abs(offset - preferred), -offset), default=None)


def _moved_message(cue: Cue, request: _CueRequest, offset: int, step_name: str) -> str:
    direction = "later" if offset > request.offset else "earlier"
    return (
        f'The cue "{_truncate(cue.name)}" in "{step_name}" would overlap another cue or run past the end of the step, '
        f"so it was moved {format_length(abs(offset - request.offset))} {direction}."
    )


def _left_out_message(cue: Cue, request: _CueRequest, span: StepSpan, placed: _PlacedCues) -> str:
    head = f'The cue "{_truncate(cue.name)}" in "{span.name}" was left out:'
    if not 0 <= request.offset <= span.length:
        position = (
            f"{format_length(-request.offset)} before the start" if request.offset < 0 else format_clock(request.offset)
        )
        return f"{head} its position, {position}, is outside the step, which lasts {format_length(span.length)}."
    if cue.length > span.length:
        return f"{head} it lasts {format_length(cue.length)}, but the step lasts only {format_length(span.length)}."
    if request.is_at_end:
        return (
            f"{head} the rest of the step leaves no room for its {format_length(cue.length)}. Shorten one of the texts."
        )
    if not placed.cues or cue.length > span.length - request.offset + request.max_shift:
        left = format_length(span.length - request.offset)
        return f"{head} it lasts {format_length(cue.length)}, but only {left} of the step remains. Shorten the text."
    advice = "It names a time, so move or shorten the other one." if request.names_time else "Move one of them."
    closest = min(placed.cues, key=lambda other: abs(other.start - request.offset))
    return f'{head} at {format_clock(request.offset)} it would overlap "{_truncate(closest.name)}". {advice}'


def _merge_repeated_warnings(warnings: list[Problem]) -> Problem:
    """Merge the warnings about all occurrences of a cue into one."""
    more = len(warnings) - 1
    again = f" This happens {more} more {'time' if more == 1 else 'times'}." if more else ""
    return replace(warnings[0], message=warnings[0].message + again)


def _truncate(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
