"""The session as an OpenTimelineIO timeline, for video and audio editors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from voiceguide.errors import ExportError
from voiceguide.timeline.model import Timeline
from voiceguide.units import SAMPLE_RATE

__all__ = ["format_otio", "require_otio"]

OTIO_MISSING_MESSAGE = 'OpenTimelineIO is not installed. Run: pip install "voiceguide[otio]"'


def require_otio() -> Any:
    """Import opentimelineio and return the module.

    Raises:
        ExportError: opentimelineio is not installed.
    """
    try:
        import opentimelineio
    except ImportError as error:
        raise ExportError(OTIO_MISSING_MESSAGE) from error
    return opentimelineio


def format_otio(timeline: Timeline, target: Path) -> str:
    """Return an OpenTimelineIO timeline that plays the audio file `target`, which is in the same folder.

    Each step is a clip, each spoken line or chime a marker on its clip, and each stage a marker on the timeline. Times
    are exact: they are in samples.

    Raises:
        ExportError: opentimelineio is not installed.
    """
    otio = require_otio()
    schema = otio.schema

    def time_range(start: int, length: int) -> Any:
        times = (otio.opentime.RationalTime(samples, SAMPLE_RATE) for samples in (start, length))
        return otio.opentime.TimeRange(*times)

    media = schema.ExternalReference(
        target_url=quote(os.fsencode(target.name)), available_range=time_range(0, timeline.total)
    )
    track = schema.Track(name="session", kind=schema.TrackKind.Audio)
    result = schema.Timeline(name=timeline.title)
    result.tracks.append(track)
    for stage in timeline.stages:
        result.tracks.markers.append(
            schema.Marker(name=stage.title, marked_range=time_range(stage.start, stage.length))
        )
        for step in stage.steps:
            clip = schema.Clip(step.name, media_reference=media, source_range=time_range(step.start, step.length))
            for cue in step.cues:
                length = cue.length if cue.is_speech else 0
                clip.markers.append(schema.Marker(name=cue.caption, marked_range=time_range(cue.start, length)))
            track.append(clip)
    return str(otio.adapters.write_to_string(result, "otio_json")) + "\n"
