"""Advice about the background of a session."""

from __future__ import annotations

from voiceguide.script.model.bed_layers import split_layers
from voiceguide.script.rules.listening_advice import body_pressure_pattern
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE, format_duration

__all__ = ["running_water_advice"]

MAX_STREAM_SAMPLES = 10 * 60 * SAMPLE_RATE


def running_water_advice(timeline: Timeline) -> str | None:
    """Return advice if a stream plays during more than ten minutes of massage."""
    stages = [
        stage for stage in timeline.stages if any(layer.sound == "stream" for layer in split_layers(stage.bed.sound))
    ]
    length = sum(stage.length for stage in stages)
    if length <= MAX_STREAM_SAMPLES or not _is_massage(timeline):
        return None
    minutes = format_duration(round(length / SAMPLE_RATE / 60) * 60 * SAMPLE_RATE)
    return f"A stream plays for {minutes} of this massage. Running water makes some people need the toilet. Use rain."


def _is_massage(timeline: Timeline) -> bool:
    pattern = body_pressure_pattern(timeline.language)
    return any(pattern.search(cue.text) for cue in timeline.cues if cue.is_speech)
