"""What the times of a script say together: cues outside their step, sessions and counts beyond the limits.

Everything is worked out by arithmetic on the script as it stands; no `each`, `repeat` or `every` is unrolled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceguide.script.parsing.nodes import ListNode, MapNode
from voiceguide.script.rules.traversal import Issue, Section
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, format_duration

__all__ = ["MAX_CUES", "check_durations"]

MAX_CUES = 10_000
"""The most steps and cues of a session, every turn counted."""


def check_durations(parts: Sequence[Section]) -> Iterator[Issue]:
    """Cues that never come, and limits that are passed."""
    for part in parts:
        if part.kind == "cue":
            yield from _check_cue(part)
    yield from _check_session_limits(parts)


def _check_cue(cue: Section) -> Iterator[Issue]:
    step = cue.ancestors[-1]
    length = step.duration_samples("for")
    if not length:
        return
    for key in ("at", "until"):
        place = cue.step_position(key)
        if place is not None and not 0 <= place.offset_samples(length) <= length:
            where = "after the end" if place.kind == "start" else "before the start"
            inside = "half" if key == "at" else "10s left"
            lasts = f"which lasts {format_duration(length)}. Write a place inside it, such as {inside}."
            message = f'"{cue.text(key)}" is {where} of the step, {lasts}'
            yield Issue((*cue.loc, key), message)
    every, until = cue.duration_samples("every"), cue.step_position("until")
    if every is None:
        return
    if every >= length:
        message = f"The step lasts {format_duration(length)}, so this never comes. Write a shorter every, or at."
        yield Issue((*cue.loc, "every"), message)
    elif until is not None and 0 <= until.offset_samples(length) < every:
        message = "This is before the cue comes for the first time. Write a later until, or a shorter every."
        yield Issue((*cue.loc, "until"), message)


def _check_session_limits(parts: Sequence[Section]) -> Iterator[Issue]:
    """At the first step with which the session is too long, and at the first with which it holds too much."""
    gap = parts[0].duration_samples("gap") if parts else None
    total, count = 0, 0
    too_long = too_many = False
    for part in parts:
        if part.kind not in ("step", "switch"):
            continue
        turns = part.repetitions if part.kind == "step" else _count_switches(part)
        length = _min_length_samples(part, SAMPLE_RATE if gap is None else gap)
        total += turns * length
        count += turns * (1 + _count_cues(part, length))
        if total > MAX_SESSION_SAMPLES and not too_long:
            too_long = True
            message = (
                f"With this the session lasts {format_duration(total)}, and 24h is the most. Shorten or repeat less."
            )
            yield Issue(part.loc, message)
        if count > MAX_CUES and not too_many:
            too_many = True
            message = f"With this the session has {count:,} steps and cues, and {MAX_CUES:,} is the most. Repeat less."
            yield Issue(part.loc, message)


def _min_length_samples(part: Section, default_gap_samples: int) -> int:
    """The samples it lasts at least, its words not counted."""
    for key in ("for", "pause", "gap"):
        samples = part.duration_samples(key)
        if samples is not None:
            return samples
    return default_gap_samples


def _count_switches(switch: Section) -> int:
    """How many times a switch comes: between all turns of the part it belongs to."""
    around = switch.ancestors[-1]
    own = around.repeat_count * (len(around.each[1]) if around.each else 1)
    return (around.repetitions // own if own else 0) * max(0, own - 1)


def _count_cues(part: Section, length_samples: int) -> int:
    cues = part.node.get("cues")
    found = 0
    for cue in cues if isinstance(cues, ListNode) else ():
        samples = Section("cue", (), cue).duration_samples("every") if isinstance(cue, MapNode) else None
        found += max(0, (length_samples - 1) // samples) if samples else 1
    return found
