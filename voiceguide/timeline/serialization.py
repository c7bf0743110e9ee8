"""The timeline as plain data: what `plan --json` and `build --json` print. Times are seconds from the file's start."""

from __future__ import annotations

from typing import Any

from voiceguide.timeline.model import Cue, TimedStage, TimedStep, Timeline
from voiceguide.units import samples_to_seconds as seconds

__all__ = ["timeline_data"]


def timeline_data(timeline: Timeline, warnings: list[str]) -> dict[str, Any]:
    """One object: title, total, estimated, stages with their steps and cues, warnings."""
    return {
        "title": timeline.title,
        "language": timeline.language,
        "total": seconds(timeline.total),
        "estimated": timeline.estimated,
        "stages": [_stage(stage) for stage in timeline.stages],
        "warnings": warnings,
    }


def _stage(stage: TimedStage) -> dict[str, Any]:
    return {
        "title": stage.title,
        "start": seconds(stage.start),
        "end": seconds(stage.end),
        "steps": [_step(step) for step in stage.steps],
    }


def _step(step: TimedStep) -> dict[str, Any]:
    return {
        "name": step.name,
        "start": seconds(step.start),
        "end": seconds(step.end),
        "speech": seconds(step.speech),
        "cues": [_cue(cue) for cue in step.cues],
    }


def _cue(cue: Cue) -> dict[str, Any]:
    return {"at": seconds(cue.at), "kind": cue.kind, "text": cue.text, "length": seconds(cue.length)}
