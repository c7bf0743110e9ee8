"""Advice about the background of a session."""

from __future__ import annotations

from voiceguide.errors import Problem, timeline_warning
from voiceguide.script.loader import Script
from voiceguide.script.model.bed_layers import split_layers
from voiceguide.script.parsing.nodes import format_loc, parse_loc
from voiceguide.script.rules.listening_advice import body_pressure_pattern
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.model import TimedStage, Timeline
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["running_water_advice"]

MAX_STREAM_SAMPLES = 10 * 60 * SAMPLE_RATE


def running_water_advice(timeline: Timeline, script: Script, overrides: Overrides) -> Problem | None:
    """Return a warning about the bed if a stream plays during more than ten minutes of massage."""
    stages = [
        stage for stage in timeline.stages if any(layer.sound == "stream" for layer in split_layers(stage.bed.sound))
    ]
    length = sum(stage.length for stage in stages)
    if length <= MAX_STREAM_SAMPLES or not _is_massage(timeline):
        return None
    minutes = format_duration(round(length / SAMPLE_RATE / 60) * 60 * SAMPLE_RATE)
    return timeline_warning(
        _bed_path(stages[0], script, overrides),
        f"A stream plays for {minutes} of this massage. Running water makes some people need the toilet. Use rain.",
    )


def _bed_path(stage: TimedStage, script: Script, overrides: Overrides) -> str:
    """Return where the script sets the bed of a stage, or an empty string if an override from elsewhere sets it."""
    if overrides.bed is not None:
        variants = script.routine.variants.items()
        return next(
            (
                format_loc(("variants", name, "bed"))
                for name, variant in variants
                if variant.bed and variant.bed.sound == overrides.bed
            ),
            "",
        )
    steps = (parse_loc(step.yaml_path) for step in stage.steps)
    own = next((loc[: loc.index("steps")] for loc in steps if "steps" in loc), ())
    return "bed" if script.source_tree.node_at((*own, "bed")) is None else format_loc((*own, "bed"))


def _is_massage(timeline: Timeline) -> bool:
    pattern = body_pressure_pattern(timeline.language)
    return any(pattern.search(cue.text) for cue in timeline.cues if cue.is_speech)
