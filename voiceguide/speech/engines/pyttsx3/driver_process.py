"""A child process that handles one request with pyttsx3's public API: list the voices, or write one clip to a file.

The process reads one JSON object from stdin: `{"driver", "limit_s"}` to list the voices, plus `"text", "voice", "rate",
"path"` for a clip. The process writes one JSON object to stdout: `{"voices"}`, `{}` or `{"error"}`. Each request needs
a new process, because pyttsx3 drops every request after the first in the same process.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from typing import Any

__all__ = ["main"]

_DRIVERS_REPORTING_FINISH = ("nsss",)
"""Drivers that report when a file is complete. SAPI completes the file before it returns."""
_RATE_TOLERANCE = 0.01


class DriverError(RuntimeError):
    """A failed driver request. The message is sent to the parent process."""


def main() -> None:
    """Handle one request and exit."""
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # pyttsx3 prints to stdout
    request = json.loads(sys.stdin.buffer.read())
    # This timer ends the process even if a driver hangs in native code and the parent has died.
    faulthandler.dump_traceback_later(request["limit_s"], exit=True)
    try:
        answer = _synthesize_to_file(request) if "text" in request else {"voices": _list_voices(request["driver"])}
    except DriverError as failure:
        answer = {"error": str(failure)}
    json.dump(answer, protocol)
    protocol.close()
    os._exit(0)  # some drivers hang or crash during shutdown


def _list_voices(driver: str) -> list[dict[str, str]]:
    voices = []
    for voice in _open_driver(driver).getProperty("voices"):
        languages = [str(language) for language in voice.languages or [] if language]
        language = languages[0] if languages else ""
        fields = {"id": voice.id, "title": voice.name, "gender": voice.gender, "language": language}
        voices.append({key: str(value or "") for key, value in fields.items()})
    return voices


def _synthesize_to_file(request: dict[str, Any]) -> dict[str, Any]:
    engine = _open_driver(request["driver"])
    failures: list[BaseException] = []
    finished: list[bool] = []
    # pyttsx3 reports a driver's exceptions only to listeners. Without a listener, requesting an unknown voice silently
    # keeps the current voice.
    engine.connect("error", lambda name, exception: failures.append(exception))
    engine.connect("finished-utterance", lambda name, completed: finished.append(completed))
    engine.setProperty("voice", request["voice"])
    engine.setProperty("rate", request["rate"])
    engine.save_to_file(_disarm_markup(request["text"]), request["path"])
    engine.runAndWait()
    if failures:
        raise DriverError(f"{type(failures[0]).__name__}: {failures[0]}")
    if not all(finished) or (request["driver"] in _DRIVERS_REPORTING_FINISH and not finished):
        raise DriverError("the driver stopped before the end of the text")
    used_voice, used_rate = engine.getProperty("voice"), engine.getProperty("rate")
    if used_voice != request["voice"]:
        raise DriverError(f"the driver used the voice {used_voice} instead of {request['voice']}")
    if abs(used_rate - request["rate"]) > _RATE_TOLERANCE * request["rate"]:
        raise DriverError(f"the driver spoke at {used_rate:g} instead of {request['rate']:g} words per minute")
    return {}


def _open_driver(driver: str) -> Any:
    import pyttsx3

    try:
        return pyttsx3.init(driver)
    except (ImportError, OSError, RuntimeError) as error:
        raise DriverError(f"the driver {driver} cannot be opened ({type(error).__name__}: {error})") from error


def _disarm_markup(text: str) -> str:
    """Neutralize NSSpeech commands such as `[[rate 400]]` and SAPI XML such as `<rate speed="9">`."""
    return text.replace("[[", "[ [").replace("<", " ")


if __name__ == "__main__":
    main()
