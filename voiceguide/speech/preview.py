"""Preview a single line: synthesize it as a WAV file."""

from __future__ import annotations

import io
import wave
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from voiceguide.builtin_names import NONE, ROOM_NAMES, ROOM_TAIL_S
from voiceguide.errors import SpeechError
from voiceguide.script.model.inline_markup import split_at_pauses
from voiceguide.script.parsing.nodes import join_or
from voiceguide.speech.engines.registry import create_engine, resolve_voice
from voiceguide.speech.narrator import Narrator
from voiceguide.speech.text_normalization import normalize_text
from voiceguide.speech.voice_languages import default_language_for_voice
from voiceguide.system.disk_cache import DiskCache
from voiceguide.timeline.model import Line, Pause
from voiceguide.units import samples_to_seconds, seconds_to_samples

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["encode_wav", "preview_line", "spoken_text", "synthesize_preview"]


def synthesize_preview(
    disk_cache: DiskCache, text: str, voice: str, pace: float, language: str, room: str = NONE
) -> npt.NDArray[np.float32]:
    """Synthesize the text, including `[2s]` pauses. Return mono float32 at 48 kHz, shape (frames,).

    If `language` is empty, use the language of the voice.

    Raises:
        SpeechError: if the text cannot be spoken.
    """
    import numpy as np

    with Narrator(disk_cache) as narrator:
        clip = narrator.clip(preview_line(text, voice, pace, language, room))
    return np.asarray(clip / max(1.0, float(np.abs(clip).max(initial=0))), dtype=np.float32)


def preview_line(text: str, voice: str, pace: float, language: str, room: str = NONE) -> Line:
    """Return the text as a line. If `language` is empty, use the language of the voice.

    Raises:
        SpeechError: if the text is empty or has an invalid pause, or if the voice or the room does not exist.
    """
    if room not in ROOM_NAMES:
        raise SpeechError(f'"{room or ""}" is not a room. Write {join_or(ROOM_NAMES)}.')
    try:
        parts = split_at_pauses(text)
    except ValueError as error:
        raise SpeechError(str(error)) from error
    if not parts:
        raise SpeechError('The text is empty. Write a sentence in quotes, such as "Breathe out slowly."')
    tail_samples = seconds_to_samples(ROOM_TAIL_S.get(room, 0))
    return Line(parts, voice, pace, language or default_language_for_voice(voice), room=room, tail_samples=tail_samples)


def spoken_text(line: Line, pronunciations: Mapping[str, str] | None = None) -> str:
    """Return the text sent to the engine, with pauses as `[2s]`, or the file name of a recording. Loads no model.

    Raises:
        SpeechError: if the voice does not exist.
    """
    if line.audio:
        return f"({line.audio})"
    takes_ipa = _takes_ipa(resolve_voice(line.voice, line.language).engine)
    return " ".join(
        f"[{samples_to_seconds(part.samples):g}s]"
        if isinstance(part, Pause)
        else normalize_text(part, line.language, pronunciations, takes_ipa=takes_ipa)
        for part in line.parts
    )


@cache
def _takes_ipa(engine: str) -> bool:
    return bool(getattr(create_engine(engine), "takes_ipa", False))


def encode_wav(samples: npt.NDArray[np.float32], sample_rate: int) -> bytes:
    """Return float32 samples of shape (frames,) or (frames, channels) as a 16-bit WAV file. Peaks are clipped."""
    import numpy as np

    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.rint(np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return buffer.getvalue()
