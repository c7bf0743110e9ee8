"""A timeline as plain data, and back: what `plan --json` prints and finished files carry. Times are in seconds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from voiceguide.timeline.model import Cue, Line, TimedStage, TimedStep, Timeline
from voiceguide.units import samples_to_seconds as seconds
from voiceguide.units import seconds_to_samples as samples

__all__ = ["timeline_from_dict", "timeline_to_dict"]


def timeline_to_dict(timeline: Timeline, warnings: list[str]) -> dict[str, Any]:
    """One object: title, total, estimated, stages with their steps and cues, warnings."""
    return {
        "title": timeline.title,
        "language": timeline.language,
        "total": seconds(timeline.total),
        "estimated": timeline.estimated,
        "stages": [_stage_to_dict(stage) for stage in timeline.stages],
        "warnings": warnings,
    }


def _stage_to_dict(stage: TimedStage) -> dict[str, Any]:
    return {
        "title": stage.title,
        "start": seconds(stage.start),
        "end": seconds(stage.end),
        "steps": [_step_to_dict(step) for step in stage.steps],
    }


def _step_to_dict(step: TimedStep) -> dict[str, Any]:
    return {
        "name": step.name,
        "start": seconds(step.start),
        "end": seconds(step.end),
        "speech": seconds(step.speech_length),
        "cues": [_cue_to_dict(cue) for cue in step.cues],
    }


def _cue_to_dict(cue: Cue) -> dict[str, Any]:
    return {"at": seconds(cue.start), "kind": cue.kind, "text": cue.text, "length": seconds(cue.length)}


def timeline_from_dict(data: Any) -> Timeline:
    """The timeline that `timeline_data` described. It has no beds, voices or warnings, which the data leaves out.

    Raises:
        ValueError, KeyError, TypeError: the data is not a timeline, or has no steps.
    """
    stages = tuple(_stage_from_dict(stage) for stage in data["stages"])
    if not stages or not all(stage.steps for stage in stages):
        raise ValueError("it has no steps")
    return Timeline(str(data["title"]), str(data.get("language", "en")), stages, samples(data["total"]))


def _stage_from_dict(data: Any) -> TimedStage:
    steps = tuple(_step_from_dict(step) for step in data["steps"])
    return TimedStage(str(data["title"]), samples(data["start"]), samples(data["end"]), steps)


def _step_from_dict(data: Any) -> TimedStep:
    cues = [_cue_from_dict(cue) for cue in data["cues"]]
    speech = samples(data["speech"])
    if cues and speech and cues[0].is_speech:
        cues[0] = replace(cues[0], opens_step=True)
    return TimedStep(str(data["name"]), samples(data["start"]), samples(data["end"]), speech, tuple(cues))


def _cue_from_dict(data: Any) -> Cue:
    at, length, text = samples(data["at"]), samples(data["length"]), str(data["text"])
    if data["kind"] == "say":
        return Cue(at, "say", length, line=Line((text,), "", 1.0, ""))
    return Cue(at, "chime", length, chime=text)
