"""What the times of a script say together: cues outside their step, sessions and counts beyond the limits.

Everything is worked out by arithmetic on the script as it stands; no `each`, `repeat` or `every` is unrolled.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceguide.script.parsing.nodes import ListNode, MapNode
from voiceguide.script.rules.traversal import Finding, Part
from voiceguide.units import MAX_SESSION, SAMPLE_RATE, format_duration

__all__ = ["MAX_CUES", "clock"]

MAX_CUES = 10_000
"""The most steps and cues of a session, every turn counted."""


def clock(parts: Sequence[Part]) -> Iterator[Finding]:
    """Cues that never come, and limits that are passed."""
    for part in parts:
        if part.kind == "cue":
            yield from _cue(part)
    yield from _limits(parts)


def _cue(cue: Part) -> Iterator[Finding]:
    step = cue.above[-1]
    length = step.samples("for")
    if not length:
        return
    for key in ("at", "until"):
        place = cue.place(key)
        if place is not None and not 0 <= place.offset(length) <= length:
            where = "after the end" if place.kind == "start" else "before the start"
            inside = "half" if key == "at" else "10s left"
            lasts = f"which lasts {format_duration(length)}. Write a place inside it, such as {inside}."
            message = f'"{cue.text(key)}" is {where} of the step, {lasts}'
            yield Finding((*cue.loc, key), message)
    every, until = cue.samples("every"), cue.place("until")
    if every is None:
        return
    if every >= length:
        message = f"The step lasts {format_duration(length)}, so this never comes. Write a shorter every, or at."
        yield Finding((*cue.loc, "every"), message)
    elif until is not None and 0 <= until.offset(length) < every:
        message = "This is before the cue comes for the first time. Write a later until, or a shorter every."
        yield Finding((*cue.loc, "until"), message)


def _limits(parts: Sequence[Part]) -> Iterator[Finding]:
    """At the first step with which the session is too long, and at the first with which it holds too much."""
    gap = parts[0].samples("gap") if parts else None
    total, count = 0, 0
    too_long = too_many = False
    for part in parts:
        if part.kind not in ("step", "switch"):
            continue
        turns = part.turns if part.kind == "step" else _switches(part)
        length = _length(part, SAMPLE_RATE if gap is None else gap)
        total += turns * length
        count += turns * (1 + _cues(part, length))
        if total > MAX_SESSION and not too_long:
            too_long = True
            message = (
                f"With this the session lasts {format_duration(total)}, and 24h is the most. Shorten or repeat less."
            )
            yield Finding(part.loc, message)
        if count > MAX_CUES and not too_many:
            too_many = True
            message = f"With this the session has {count:,} steps and cues, and {MAX_CUES:,} is the most. Repeat less."
            yield Finding(part.loc, message)


def _length(part: Part, gap: int) -> int:
    """The samples it lasts at least, its words not counted."""
    for key in ("for", "pause", "gap"):
        samples = part.samples(key)
        if samples is not None:
            return samples
    return gap


def _switches(switch: Part) -> int:
    """How many times a switch comes: between all turns of the part it belongs to."""
    around = switch.above[-1]
    own = around.repeat * (len(around.each[1]) if around.each else 1)
    return (around.turns // own if own else 0) * max(0, own - 1)


def _cues(part: Part, length: int) -> int:
    cues = part.node.get("cues")
    found = 0
    for cue in cues if isinstance(cues, ListNode) else ():
        samples = Part("cue", (), cue).samples("every") if isinstance(cue, MapNode) else None
        found += max(0, (length - 1) // samples) if samples else 1
    return found
