"""A process that converts text to phonemes with eSpeak, whose native code can end the process that runs it.

The process reads one JSON object from stdin, `{"library", "voice", "parts", "limit_s"}`, and writes one to stdout:
`{"phonemes"}`, one string for each part, or `{"error"}`. Run this module in eSpeak's data folder.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import sys

__all__ = ["main"]

_AUDIO_OUTPUT_RETRIEVAL = 1
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_IPA, _TIE = 0x02, 0x80
_MODE = _IPA | _TIE | ord("^") << 8
"""International Phonetic Alphabet, with ^ between the two letters of an affricate or a diphthong."""


def main() -> None:
    """Handle one request and exit."""
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keep all other output out of the response
    request = json.loads(sys.stdin.buffer.read())
    # This timer ends the process even if eSpeak hangs and the parent has died.
    faulthandler.dump_traceback_later(request["limit_s"], exit=True)
    os.environ["ESPEAK_DATA_PATH"] = "."  # eSpeak exits if the path is 160 characters or longer
    try:
        answer: dict[str, object] = {"phonemes": _convert(request["library"], request["voice"], request["parts"])}
    except OSError as error:
        answer = {"error": str(error)}
    json.dump(answer, protocol)
    protocol.close()
    os._exit(0)


def _convert(library: str, voice: str, parts: list[str]) -> list[str]:
    espeak = ctypes.CDLL(library)
    convert = espeak.espeak_TextToPhonemes
    convert.restype = ctypes.c_char_p
    convert.argtypes = [ctypes.POINTER(ctypes.c_char_p), ctypes.c_int, ctypes.c_int]
    if espeak.espeak_Initialize(_AUDIO_OUTPUT_RETRIEVAL, 0, None, _INITIALIZE_DONT_EXIT) < 0:
        raise OSError("eSpeak cannot read its data")
    if espeak.espeak_SetVoiceByName(voice.encode()) != 0:
        raise OSError(f"eSpeak has no voice {voice}")
    converted = []
    for part in parts:
        rest = ctypes.c_char_p(part.encode())
        clauses = []
        while rest.value is not None:  # each call converts one clause
            clauses.append((convert(ctypes.byref(rest), _CHARS_UTF8, _MODE) or b"").decode())
        converted.append(" ".join(filter(None, clauses)))
    return converted


if __name__ == "__main__":
    main()
