"""Play a short WAV file with an audio player that is installed on this computer."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import sys
import time
import wave
from pathlib import Path

from voiceguide.errors import SpeechError
from voiceguide.system.temp_dirs import make_temp_dir
from voiceguide.system.time_limit import communicate
from voiceguide.units import SAMPLE_RATE

__all__ = ["PLAYER_COMMANDS", "AudioPlayerError", "find_working_player", "play_wav"]

PLAYER_COMMANDS = (
    ("afplay",),
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--really-quiet"),
)
"""Programs that play the WAV file given as their last argument and then exit, in order of preference."""
_NO_DEVICE_MESSAGE = b"audio open failed"
"""What ffplay prints if there is no audio device. The exit status of ffplay is 0 even then."""
_HANG_S = 30.0
_TEST_SOUND_S = 0.5


class AudioPlayerError(SpeechError):
    """Nothing can be played on this computer. `cause` is a clause without a period."""

    def __init__(self, cause: str) -> None:
        super().__init__(f"Cannot play audio on this computer: {cause}. Write it to a file instead.")
        self.cause = cause


def play_wav(wav: bytes) -> str:
    """Play a WAV file to the end and return the name of the player.

    Raises:
        AudioPlayerError: if no audio player works, for example because there is no audio device.
    """
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound(wav, winsound.SND_MEMORY)
        except RuntimeError as error:
            raise AudioPlayerError("Windows could not play it") from error
        return "winsound"
    players = [(path, *command[1:]) for command in PLAYER_COMMANDS if (path := shutil.which(command[0]))]
    if not players:
        raise AudioPlayerError("no audio player is installed")
    with make_temp_dir() as folder:
        file = Path(folder, "say.wav")
        file.write_bytes(wav)
        for player in players:
            if _play([*player, str(file)], _length_s(wav)):
                return Path(player[0]).name
    names = ", ".join(Path(player[0]).name for player in players)
    raise AudioPlayerError(f"{names} failed, which usually means that there is no audio device")


def find_working_player() -> str:
    """Play a short silence and return the name of the player. Raises the same error as `play_wav`."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(bytes(2 * int(_TEST_SOUND_S * SAMPLE_RATE)))
    return play_wav(buffer.getvalue())


def _play(command: list[str], length_s: float) -> bool:
    """Return whether the audio was played. Without a device, some players report success but exit too early."""
    started_s = time.monotonic()
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except OSError:
        return False
    with process:
        try:
            messages = communicate(process, None, length_s + _HANG_S)[1]
        except subprocess.TimeoutExpired:
            return False
        finally:
            process.kill()
    too_early = time.monotonic() - started_s < length_s / 2
    return process.returncode == 0 and not too_early and _NO_DEVICE_MESSAGE not in messages


def _length_s(wav: bytes) -> float:
    """Return the length of a WAV file in seconds, or 0 if the format of its header is unknown."""
    with contextlib.suppress(wave.Error, EOFError), wave.open(io.BytesIO(wav)) as file:
        data_bytes = min(len(wav), file.getnframes() * file.getnchannels() * file.getsampwidth())
        return float(data_bytes / (file.getnchannels() * file.getsampwidth() * file.getframerate()))
    return 0.0
