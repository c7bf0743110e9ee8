"""Turn the breaths of a step into cues that repeat once per breath, as cues with `every`, `from` and `until` do."""

from __future__ import annotations

from collections.abc import Iterator

from voiceguide.builtin_names import BREATH_LEVEL_DB, BREATH_NOISES, BREATH_TONES
from voiceguide.script.model.routine import Breath, Breathe, CueSpec
from voiceguide.script.model.value_parsers import StepPosition
from voiceguide.timeline.arrangement.model import ArrangedCue
from voiceguide.timeline.model import ChimeSettings, Phrasebook
from voiceguide.units import SAMPLE_RATE

__all__ = ["breath_settings", "build_breathing_cues"]

TONE_END_SAMPLES = SAMPLE_RATE // 10
"""Number of samples between the end of a tone and the end of its part. This gap keeps tones from touching."""


def build_breathing_cues(breathe: Breathe, path: str, phrases: Phrasebook, detail: str) -> Iterator[ArrangedCue]:
    """Yield the cues of one breath. Each of them is repeated for every whole breath that fits into the step.

    At the `chime` level of detail, tones replace the words.
    """
    guide = "tones" if detail == "chime" and breathe.guide != "breaths" else breathe.guide
    part_start = 0
    for part, length in breathe.parts:
        if guide in ("tones", "breaths"):
            if part in BREATH_TONES:
                spec = _once_per_breath(breathe, part_start)
                tone = ChimeSettings(BREATH_TONES[part])
                chime, chime_length = tone if guide == "tones" else _noise(part), length - TONE_END_SAMPLES
                yield ArrangedCue(spec, "", path, chime=chime, chime_length=chime_length, is_rhythm=True)
        else:
            seconds = length // SAMPLE_RATE if guide == "count" else 1
            counts = [f"{phrases.spoken_number(number)}." for number in range(2, seconds + 1)]
            texts = [phrases.sentence(f"breathe_{part}"), *(text[:1].upper() + text[1:] for text in counts)]
            for second, text in enumerate(texts):
                spec = _once_per_breath(breathe, part_start + second * SAMPLE_RATE)
                yield ArrangedCue(spec, text, path, is_rhythm=True)
        part_start += length


def breath_settings(breath: Breath) -> ChimeSettings:
    """Return the sound of a cue with `breath`, and its level."""
    return _noise(breath.part, BREATH_LEVEL_DB if breath.level is None else breath.level)


def _noise(part: str, level_db: float = BREATH_LEVEL_DB) -> ChimeSettings:
    return ChimeSettings(BREATH_NOISES[part], level_db)


def _once_per_breath(breathe: Breathe, offset: int) -> CueSpec:
    """Return the timing of a cue at `offset` in each breath, up to the last whole breath of the step."""
    return CueSpec.model_construct(
        every=breathe.length,
        start=StepPosition("start", samples=offset),
        until=StepPosition("left", samples=breathe.length - offset),
    )
