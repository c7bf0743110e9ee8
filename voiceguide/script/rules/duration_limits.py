"""Rules about durations: cues outside their steps, and sessions that are too long or have too many cues.

All lengths and counts are calculated from the script as written, without expanding `each`, `repeat` or `every`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voiceguide.script.parsing.nodes import ListNode, MapNode
from voiceguide.script.rules.traversal import Issue, Section
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, format_duration

__all__ = ["MAX_CUES", "check_durations", "too_long_message", "too_many_cues_message"]

MAX_CUES = 10_000
"""The maximum number of steps and cues in a session, including all repetitions."""


def too_long_message(samples: int) -> str:
    """Return the message for a session that exceeds the maximum length."""
    rounded_up = -(-samples // SAMPLE_RATE) * SAMPLE_RATE
    return f"The session would last {format_duration(rounded_up)}. The limit is {format_duration(MAX_SESSION_SAMPLES)}."


def too_many_cues_message(count: int) -> str:
    """Return the message for a session that exceeds the maximum number of steps and cues."""
    return f"The session would have {count:,} steps and cues. The limit is {MAX_CUES:,}."


def check_durations(sections: Sequence[Section]) -> Iterator[Issue]:
    """Find cues that never play and sessions that exceed the limits."""
    for section in sections:
        if section.kind == "cue":
            yield from _check_cue(section)
    yield from _check_session_limits(sections)


def _check_cue(cue: Section) -> Iterator[Issue]:
    step = cue.ancestors[-1]
    length = step.duration_samples("for")
    if not length:
        return
    for key in ("at", "from", "until"):
        position = cue.position_in_step(key)
        if position is not None and not 0 <= position.offset_samples(length) <= length:
            where = "after the end" if position.kind == "start" else "before the start"
            example = "10s left" if key == "until" else "half"
            advice = f"Use a position within the step, such as {example}."
            message = f'"{cue.text(key)}" is {where} of the step, which lasts {format_duration(length)}. {advice}'
            yield Issue((*cue.loc, key), message)
    every, until = cue.duration_samples("every"), cue.position_in_step("until")
    start = cue.position_in_step("from")
    if every is None:
        return
    first = every if start is None else start.offset_samples(length)
    if start is None and every >= length:
        message = (
            f"The step lasts {format_duration(length)}, so this cue never plays. Write a shorter every, or use at."
        )
        yield Issue((*cue.loc, "every"), message)
    elif start is not None and first == length:
        message = "The cue would first play at the end of the step, so it never plays. Use an earlier from."
        yield Issue((*cue.loc, "from"), message)
    elif until is not None and 0 <= until.offset_samples(length) < first <= length:
        earlier = "a shorter every" if start is None else "an earlier from"
        message = f"The cue would first play after this time. Use a later until, or {earlier}."
        yield Issue((*cue.loc, "until"), message)


def _check_session_limits(sections: Sequence[Section]) -> Iterator[Issue]:
    """Find the step at which the session becomes too long, and the step at which it has too many cues."""
    gap = sections[0].duration_samples("gap") if sections else None
    total, count = 0, 0
    too_long = too_many = False
    for section in sections:
        if section.kind not in ("step", "switch"):
            continue
        repetitions = section.repetitions if section.kind == "step" else _count_switch_plays(section)
        length = _min_length_samples(section, SAMPLE_RATE if gap is None else gap)
        total += repetitions * length
        count += repetitions * (1 + _count_cues_in_step(section, length))
        if total > MAX_SESSION_SAMPLES and not too_long:
            too_long = True
            yield Issue(section.loc, f"{too_long_message(total)} Shorten it, or use fewer repetitions.")
        if count > MAX_CUES and not too_many:
            too_many = True
            yield Issue(section.loc, f"{too_many_cues_message(count)} Use fewer repetitions.")


def _min_length_samples(section: Section, default_gap_samples: int) -> int:
    """Return the minimum length of a step or switch, excluding its speech."""
    for key in ("for", "pause", "gap"):
        samples = section.duration_samples(key)
        if samples is not None:
            return samples
    if section.breathe:
        return section.breathe.length
    return default_gap_samples


def _count_switch_plays(switch: Section) -> int:
    """Return how many times a switch plays: once after each repetition of its section except the last."""
    parent = switch.ancestors[-1]
    own = parent.repeat_count * (len(parent.each[1]) if parent.each else 1)
    return (parent.repetitions // own if own else 0) * max(0, own - 1)


def _count_cues_in_step(section: Section, length_samples: int) -> int:
    cues = section.node.get("cues")
    count = 0
    if section.breathe:
        count += length_samples // max(section.breathe.length, 1) * section.breathe.cue_count
    for cue in cues if isinstance(cues, ListNode) else ():
        samples = Section("cue", (), cue).duration_samples("every") if isinstance(cue, MapNode) else None
        count += max(0, (length_samples - 1) // samples) + ("from" in cue) if samples else 1
    return count
