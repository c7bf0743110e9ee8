"""A process that speaks one text with Pico. Pico's native code can crash or hang, and earlier calls affect later ones.

The process reads one JSON object from stdin, `{"text", "voice", "speed", "limit_s"}`, and writes one to stdout:
`{"pcm"}`, the 16-bit samples in base64, or `{"error"}`.
"""

from __future__ import annotations

import base64
import ctypes
import faulthandler
import json
import os
import sys

__all__ = ["PICO_RATE_HZ", "main"]

PICO_RATE_HZ = 16_000
_VOLUME = 0.5
"""At normal volume, Pico clips 2 % of the samples of a German sentence. At half volume, it clips none."""
_M_PERTURB, _M_MMAP_THRESHOLD = -6, -3
_MMAP_THRESHOLD_BYTES = 1 << 16


def main() -> None:
    """Handle one request and exit."""
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keep all other output out of the response
    request = json.loads(sys.stdin.buffer.read())
    # This timer ends the process even if Pico hangs and the parent has died.
    faulthandler.dump_traceback_later(request["limit_s"], exit=True)
    _make_memory_reproducible()
    try:
        from py_nanotts import NanoTTS

        pcm = NanoTTS().speak(request["text"], voice=request["voice"], speed=request["speed"], volume=_VOLUME)
        answer = {"pcm": base64.b64encode(pcm).decode("ascii")}
    except (ImportError, RuntimeError, ValueError, MemoryError) as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    json.dump(answer, protocol)
    protocol.close()
    os._exit(0)


def _make_memory_reproducible() -> None:
    """Make glibc allocate every large block as fresh, zeroed pages, regardless of MALLOC_PERTURB_.

    Pico reads some of its memory before writing to it, so the audio depends on the previous contents. A second call in
    the same process sounds different, and its length can differ by 10 %.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # only glibc has it
        if mallopt is not None:
            mallopt(_M_PERTURB, 0)
            mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD_BYTES)


if __name__ == "__main__":
    main()
