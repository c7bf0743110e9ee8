"""One line to be heard by itself: as a WAV, and through whatever plays sound here."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import wave
from pathlib import Path

from voiceguide.errors import SpeechError
from voiceguide.script.model.inline_markup import split_at_pauses
from voiceguide.speech.narrator import Narrator
from voiceguide.speech.voice_languages import default_language_for_voice
from voiceguide.system.disk_cache import DiskCache
from voiceguide.system.temp_dirs import make_temp_dir
from voiceguide.timeline.model import Line
from voiceguide.units import SAMPLE_RATE

__all__ = ["play_wav", "render_preview_wav"]

PLAYER_COMMANDS = (
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--really-quiet"),
)
"""Programs that play the WAV file named after them and then end; the system's own first."""


def render_preview_wav(store: DiskCache, text: str, voice: str, pace: float, language: str) -> bytes:
    """A text as a session would say it, `[2s]` pauses and all: a mono 16-bit WAV at 48 kHz.

    An empty `language` is that of the voice.

    Raises:
        SpeechError: where it cannot be spoken.
    """
    import numpy as np

    try:
        parts = split_at_pauses(text)
    except ValueError as error:
        raise SpeechError(str(error)) from error
    if not parts:
        raise SpeechError('There is nothing to say. Write the words in quotes: voiceguide say "Breathe out slowly."')
    with Narrator(store) as speaker:
        clip = speaker.clip(Line(parts, voice, pace, language or default_language_for_voice(voice)))
    clip = clip / max(1.0, float(np.abs(clip).max(initial=0)))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.rint(clip * 32_767).astype("<i2").tobytes())
    return buffer.getvalue()


def play_wav(wav: bytes) -> None:
    """Play a WAV here and now.

    Raises:
        SpeechError: where nothing here plays sound.
    """
    if sys.platform == "win32":
        import winsound

        winsound.PlaySound(wav, winsound.SND_MEMORY)
        return
    found = [(path, *player[1:]) for player in PLAYER_COMMANDS if (path := shutil.which(player[0]))]
    with make_temp_dir() as folder:
        file = Path(folder, "say.wav")
        file.write_bytes(wav)
        for player in found:
            if (
                subprocess.run([*player, str(file)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
                == 0
            ):
                return
    tried = f"{', '.join(Path(player[0]).name for player in found)} failed" if found else "no player was found"
    raise SpeechError(f"There is no way to play sound here: {tried}. Write a file instead, with -o say.wav.")
