"""Preview a single line: synthesize it as a WAV, and play it with an installed audio player."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from voiceguide.errors import SpeechError
from voiceguide.script.model.inline_markup import split_at_pauses
from voiceguide.speech.narrator import Narrator
from voiceguide.speech.voice_languages import default_language_for_voice
from voiceguide.system.disk_cache import DiskCache
from voiceguide.system.temp_dirs import make_temp_dir
from voiceguide.timeline.model import Line

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["encode_wav", "play_wav", "synthesize_preview"]

PLAYER_COMMANDS = (
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--really-quiet"),
)
"""Programs that play the WAV file given as their last argument and then exit, in the order in which they are tried."""


def synthesize_preview(cache: DiskCache, text: str, voice: str, pace: float, language: str) -> npt.NDArray[np.float32]:
    """Return the audio of a text, including `[2s]` pauses: mono float32 at 48 kHz, shape (frames,).

    If `language` is empty, use the language of the voice.

    Raises:
        SpeechError: if the text cannot be spoken.
    """
    import numpy as np

    try:
        parts = split_at_pauses(text)
    except ValueError as error:
        raise SpeechError(str(error)) from error
    if not parts:
        raise SpeechError('The text is empty. Write a sentence in quotes, such as "Breathe out slowly."')
    with Narrator(cache) as narrator:
        clip = narrator.clip(Line(parts, voice, pace, language or default_language_for_voice(voice)))
    return np.asarray(clip / max(1.0, float(np.abs(clip).max(initial=0))), dtype=np.float32)


def encode_wav(samples: npt.NDArray[np.float32], sample_rate: int) -> bytes:
    """Return mono float32 samples as a 16-bit WAV file."""
    import numpy as np

    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(np.rint(samples * 32_767).astype("<i2").tobytes())
    return buffer.getvalue()


def play_wav(wav: bytes) -> None:
    """Play a WAV file and return when it ends.

    Raises:
        SpeechError: if no working audio player is found.
    """
    if sys.platform == "win32":
        import winsound

        winsound.PlaySound(wav, winsound.SND_MEMORY)
        return
    players = [(path, *command[1:]) for command in PLAYER_COMMANDS if (path := shutil.which(command[0]))]
    with make_temp_dir() as folder:
        file = Path(folder, "say.wav")
        file.write_bytes(wav)
        for player in players:
            done = subprocess.run([*player, str(file)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            if done.returncode == 0:
                return
    cause = f"{', '.join(Path(player[0]).name for player in players)} failed" if players else "no player was found"
    raise SpeechError(f"The audio cannot be played here: {cause}. Write it to a file instead.")
