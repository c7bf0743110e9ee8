"""Fit a script to a total: give its steps the lengths that `--total` would, rounded to 1 or 5 seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceguide.errors import OverrideError, VoiceguideError
from voiceguide.pipeline.override_options import parse_overrides
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.editing import Set, apply, tree
from voiceguide.script.loader import load_script
from voiceguide.script.parsing.nodes import Loc, parse_loc
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["fit_total"]

GRID_S = 5
GRID_FROM_S = 30


@dataclass
class _Length:
    """The new length of a step, which applies to all its repetitions."""

    key: str
    """`for` or `pause`."""
    seconds: int
    count: int


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
    lengths = _lengths(timeline, tree(text))
    _spread_remainder(lengths, timeline)
    for loc, length in lengths.items():
        value = format_duration(length.seconds * SAMPLE_RATE)
        text = apply(text, Set((*loc, length.key), value))
    return text


def _lengths(timeline: Timeline, script: Any) -> dict[Loc, _Length]:
    """Return the new, rounded length of every step whose length is specified in the script."""
    found: dict[Loc, _Length] = {}
    for step in (step for stage in timeline.stages for step in stage.steps):
        loc = parse_loc(step.yaml_path)
        written = _at(script, loc)
        if not isinstance(written, Mapping) or str(written.get("fixed", "no")).lower() in ("yes", "true", "on"):
            continue
        key = next((key for key in ("for", "pause") if key in written), None)
        if loc in found:
            found[loc].count += 1
        elif key is not None:
            samples = step.length - (step.speech_length if key == "pause" else 0)
            found[loc] = _Length(key, _rounded(samples / SAMPLE_RATE), 1)
    return found


def _rounded(seconds: float) -> int:
    """Round a length as a person would: to five seconds from half a minute up, and to whole seconds below that."""
    grid = GRID_S if seconds >= GRID_FROM_S else 1
    return max(grid * round(seconds / grid), 1)


def _spread_remainder(lengths: Mapping[Loc, _Length], timeline: Timeline) -> None:
    """Compensate for the rounding by adjusting the longest step."""
    exact = 0.0
    for step in (step for stage in timeline.stages for step in stage.steps):
        length = lengths.get(parse_loc(step.yaml_path))
        if length is not None:
            spoken = step.speech_length if length.key == "pause" else 0
            exact += (step.length - spoken) / SAMPLE_RATE - length.seconds
    by_length = sorted(lengths.values(), key=lambda length: (length.count, -length.seconds))
    if by_length:
        by_length[0].seconds = max(1, by_length[0].seconds + round(exact / by_length[0].count))


def _at(node: Any, loc: Loc) -> Any:
    for key in loc:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return None
    return node
