"""Two drivers for pyttsx3 in the place of macOS's and Windows's, each of their voices with a vice of its own.

Python imports this by itself in every process that has the folder in PYTHONPATH.
"""

from __future__ import annotations

import math
import os
import struct
import sys
import time
import types
import wave
from typing import Any

RATE = 22_050
VICES = (
    "wav",
    "raises",
    "another voice",
    "another rate",
    "hangs",
    "crashes",
    "short",
    "empty",
    "text",
    "cut",
    "nothing",
    "stops early",
    "stopped",
)


def pcm(text: str, rate_wpm: float, byte_order: str) -> bytes:
    frames = int(RATE * len(text) / 15 * 175 / rate_wpm)
    return struct.pack(f"{byte_order}{frames}h", *(int(9000 * math.sin(index / 9)) for index in range(frames)))


def write_wav(path: str, text: str, rate_wpm: float) -> None:
    with wave.open(path, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm(text, rate_wpm, "<"))


def write_aiff(path: str, text: str, rate_wpm: float) -> None:
    sound = pcm(text, rate_wpm, ">")
    rate_in_80_bits = bytes.fromhex("400dac44000000000000")
    common = struct.pack(">4sIHIH", b"COMM", 18, 1, len(sound) // 2, 16) + rate_in_80_bits
    data = struct.pack(">4sIII", b"SSND", len(sound) + 8, 0, 0) + sound
    with open(path, "wb") as out:
        out.write(struct.pack(">4sI4s", b"FORM", 4 + len(common) + len(data), b"AIFF") + common + data)


class Driver:
    def __init__(self, proxy: Any, announces: bool) -> None:
        self.proxy = proxy
        self.announces = announces
        self.looping = False
        self.used: dict[str, Any] = {"voice": "plain", "rate": 200}

    def destroy(self) -> None: ...

    def stop(self) -> None: ...

    def startLoop(self) -> None:  # noqa: N802
        self.looping = True
        self.proxy.setBusy(False)
        while self.looping:
            time.sleep(0.01)

    def endLoop(self) -> None:  # noqa: N802
        self.looping = False

    def getProperty(self, name: str) -> Any:  # noqa: N802
        if name != "voices":
            return self.used[name]
        told = [("plain", "en_US", "VoiceGenderFemale"), ("HKEY\\Voices\\TTS_HEDDA", "de-DE", "Female")]
        told += [(vice, "", "") for vice in VICES]
        return [
            types.SimpleNamespace(id=id_, name=id_.title(), languages=[language], gender=gender, age=None)
            for id_, language, gender in told
        ]

    def setProperty(self, name: str, value: Any) -> None:  # noqa: N802
        if name == "voice" and value == "raises":
            raise ValueError("unknown voice id raises")
        ignored = value == "another voice" or (name == "rate" and self.used["voice"] == "another rate")
        if not ignored:
            self.used[name] = value

    def save_to_file(self, text: str, path: str) -> None:
        print("Audio saved to", path)
        vice = self.used["voice"]
        if vice == "hangs":
            time.sleep(600)
        if vice == "crashes":
            os.abort()
        self.write(vice, text, path)
        if self.announces and vice != "stops early":
            self.proxy.notify("finished-utterance", completed=vice != "stopped")

    def write(self, vice: str, text: str, path: str) -> None:
        plain = write_aiff if self.announces else write_wav
        if vice == "wav":
            write_wav(path, text, self.used["rate"])
        elif vice == "short":
            plain(path, text[:2], self.used["rate"])
        elif vice == "empty":
            plain(path, "", 175)
        elif vice == "text":
            with open(path, "w", encoding="utf-8") as out:
                out.write("#EXTM3U\nfile:///etc/passwd\n")
        elif vice != "nothing":
            plain(path, text, self.used["rate"])
        if vice == "cut":
            os.truncate(path, 30)


def register(name: str, announces: bool) -> None:
    module = types.ModuleType(f"pyttsx3.drivers.{name}")
    module.buildDriver = lambda proxy: Driver(proxy, announces)  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module


register("nsss", announces=True)
register("sapi5", announces=False)
