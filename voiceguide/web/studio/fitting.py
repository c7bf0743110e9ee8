"""Fit a script to a total: give its steps the lengths that `--total` would, rounded to 1 or 5 seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from voiceguide.errors import OverrideError, VoiceguideError
from voiceguide.pipeline.override_options import parse_overrides
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.editing import Set, apply
from voiceguide.script.loader import load_script
from voiceguide.script.model.routine import CueSpec, Routine, Step
from voiceguide.script.parsing.nodes import Loc, parse_loc
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.model import TimedStep, Timeline
from voiceguide.units import MAX_SESSION_SAMPLES, SAMPLE_RATE, format_duration, samples_to_seconds

__all__ = ["fit_total"]

GRID_S = 5
GRID_FROM_S = 30


@dataclass
class _Length:
    """The new length of a step, which applies to all its repetitions."""

    key: str
    """`for` or `pause`."""
    lowest: int
    highest: int
    count: int
    exact_s: float
    """The sum of the lengths of all repetitions, before rounding."""
    seconds: int = 0

    def set(self, seconds: float) -> None:
        """Set the length, or the nearest one that the step can have."""
        self.seconds = min(max(round(seconds), self.lowest), self.highest)

    @property
    def remainder_s(self) -> float:
        return self.exact_s - self.count * self.seconds


def fit_total(text: str, path: Path, total: str, cache: DiskCache) -> str:
    """Return the text with the step lengths changed so that the session lasts `total`, to within about a second.

    Raises:
        VoiceguideError: The script has problems, or cannot have this total. The message says which totals are possible.
    """
    script = load_script(path, text.encode("utf-8", "surrogatepass"))
    try:
        overrides = parse_overrides(script, {"total": total})
        with open_builder_for_script(script, overrides, cache) as builder:
            timeline = builder.estimated_timeline()
    except OverrideError as error:
        raise VoiceguideError(error.message[:1].upper() + error.message[1:]) from error
    lengths = _lengths(timeline, script.routine)
    _spread_remainder(list(lengths.values()))
    for loc, length in lengths.items():
        value = format_duration(length.seconds * SAMPLE_RATE)
        text = apply(text, Set((*loc, length.key), value))
    return text


def _lengths(timeline: Timeline, routine: Routine) -> dict[Loc, _Length]:
    """Return the new, rounded length of every step whose length is specified in the script and can change."""
    repetitions: dict[Loc, list[TimedStep]] = {}
    for timed in (step for stage in timeline.stages for step in stage.steps):
        repetitions.setdefault(parse_loc(timed.yaml_path), []).append(timed)
    found: dict[Loc, _Length] = {}
    for loc, steps in repetitions.items():
        step = reduce(_child, loc, routine)
        if isinstance(step, Step) and not step.fixed and (step.duration is not None or step.pause is not None):
            length = _length(step, steps)
            if length.lowest <= length.highest:
                found[loc] = length
    return found


def _child(node: Any, key: str | int) -> Any:
    """Return part of a routine's model. Every key on the path to a step is also a field name in the model."""
    return node[key] if isinstance(key, int) else getattr(node, key, None)


def _length(step: Step, repetitions: Sequence[TimedStep]) -> _Length:
    """Return the length of a step, and the limits, in whole seconds, within which it causes no problems."""
    speech = max(_speech_end(timed) for timed in repetitions)
    outside = 0 if step.duration is not None else speech  # `pause` does not include the speech
    breath = step.breathe.length if step.breathe else 0
    needed = max(speech, step.min or 0, breath, *(_length_for_cue(cue) for cue in step.cues))
    highest = MAX_SESSION_SAMPLES if step.max is None else step.max
    length = _Length(
        "for" if step.duration is not None else "pause",
        max(1, math.ceil(samples_to_seconds(needed - outside))),
        math.floor(samples_to_seconds(highest - outside)),
        len(repetitions),
        sum(samples_to_seconds(timed.length - outside) for timed in repetitions),
    )
    length.set(_rounded(length.exact_s / length.count))
    return length


def _speech_end(step: TimedStep) -> int:
    """Return the end of the step's own speech, in samples from the start of the step."""
    return max((cue.start + cue.length - step.start for cue in step.cues if cue.opens_step), default=0)


def _length_for_cue(cue: CueSpec) -> int:
    """Return the shortest length of a step in which a cue plays."""
    if cue.at is not None:
        return cue.at.samples
    every, until = cue.every or 0, cue.until
    if until is None or until.kind == "start":
        return every + 1
    return int(every / until.fraction) + 1 if until.kind == "fraction" else every + until.samples + 1


def _rounded(seconds: float) -> float:
    """Round a length as a person would: to five seconds if it is half a minute or longer, otherwise to whole
    seconds."""
    grid = GRID_S if seconds >= GRID_FROM_S else 1
    return grid * round(seconds / grid)


def _spread_remainder(lengths: Sequence[_Length]) -> None:
    """Compensate for rounding by adjusting the longest step and, if it reaches a limit, the next longest ones."""
    remainder_s = sum(length.remainder_s for length in lengths)
    for length in sorted(lengths, key=lambda length: (length.count, -length.seconds)):
        before = length.seconds
        length.set(before + round(remainder_s / length.count))
        remainder_s -= (length.seconds - before) * length.count
