"""One request to pyttsx3's public API, in a process of its own: the voices, or one clip written to a file.

Reads one JSON object on stdin: `{"driver", "limit_s"}` for the voices, and with `"text", "voice", "rate", "path"` for a
clip. Writes one on stdout: `{"voices"}`, `{}`, or `{"error"}`. pyttsx3 is never asked for a second thing in the same
process, where it would lose it.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from typing import Any

__all__ = ["main"]

_DRIVERS_REPORTING_FINISH = ("nsss",)
"""Drivers that tell when a file is finished; SAPI writes it before it returns."""
_RATE_TOLERANCE = 0.01


class DriverError(RuntimeError):
    """The driver did not do what it was told. Its text goes to the parent."""


def main() -> None:
    """Answer the one request."""
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # pyttsx3 prints
    request = json.loads(sys.stdin.buffer.read())
    # Ends this process even where a driver hangs in foreign code and the parent is no longer there to do it.
    faulthandler.dump_traceback_later(request["limit_s"], exit=True)
    try:
        answer = _synthesize_to_file(request) if "text" in request else {"voices": _list_voices(request["driver"])}
    except DriverError as failure:
        answer = {"error": str(failure)}
    json.dump(answer, protocol)
    protocol.close()
    os._exit(0)  # drivers are known to hang or crash while they are taken down


def _list_voices(driver: str) -> list[dict[str, str]]:
    found = []
    for voice in _open_driver(driver).getProperty("voices"):
        languages = [str(language) for language in voice.languages or [] if language]
        told = {
            "id": voice.id,
            "title": voice.name,
            "gender": voice.gender,
            "language": languages[0] if languages else "",
        }
        found.append({key: str(value or "") for key, value in told.items()})
    return found


def _synthesize_to_file(request: dict[str, Any]) -> dict[str, Any]:
    engine = _open_driver(request["driver"])
    failures: list[BaseException] = []
    finished: list[bool] = []
    # A driver's exceptions reach nobody but a listener: without one a wrong voice is the voice before, and no error.
    engine.connect("error", lambda name, exception: failures.append(exception))
    engine.connect("finished-utterance", lambda name, completed: finished.append(completed))
    engine.setProperty("voice", request["voice"])
    engine.setProperty("rate", request["rate"])
    engine.save_to_file(_disarm_markup(request["text"]), request["path"])
    engine.runAndWait()
    if failures:
        raise DriverError(f"{type(failures[0]).__name__}: {failures[0]}")
    if not all(finished) or (request["driver"] in _DRIVERS_REPORTING_FINISH and not finished):
        raise DriverError("the driver stopped before the words were finished")
    used_voice, used_rate = engine.getProperty("voice"), engine.getProperty("rate")
    if used_voice != request["voice"]:
        raise DriverError(f"the driver spoke with {used_voice} in place of {request['voice']}")
    if abs(used_rate - request["rate"]) > _RATE_TOLERANCE * request["rate"]:
        raise DriverError(f"the driver spoke at {used_rate:g} in place of {request['rate']:g} words a minute")
    return {}


def _open_driver(driver: str) -> Any:
    import pyttsx3

    try:
        return pyttsx3.init(driver)
    except (ImportError, OSError, RuntimeError) as error:
        raise DriverError(f"the driver {driver} does not open ({type(error).__name__}: {error})") from error


def _disarm_markup(text: str) -> str:
    """Without what NSSpeech takes for a command, `[[rate 400]]`, and SAPI for XML, `<rate speed="9">`."""
    return text.replace("[[", "[ [").replace("<", " ")


if __name__ == "__main__":
    main()
