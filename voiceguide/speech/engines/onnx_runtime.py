"""Turn off the telemetry and the log of onnxruntime, which the neural voices use.

Where no variable such as CI is set, onnxruntime looks up a host, sends reports to it, and writes files into the home
folder and the temporary folder. Its function `disable_telemetry_events` does not stop that. Only this environment
variable does, and onnxruntime reads it once, when it is imported.
"""

from __future__ import annotations

import os

__all__ = ["disable_telemetry", "is_out_of_memory", "silence_log"]

SWITCH = "ORT_DISABLE_TELEMETRY"
FATAL = 4


def disable_telemetry() -> None:
    """Keep onnxruntime from sending reports. Call this before anything can import it; child processes inherit it."""
    if os.environ.get(SWITCH) != "1":  # any other value, such as 0, leaves it on
        os.environ[SWITCH] = "1"


def silence_log() -> None:
    """Keep onnxruntime from writing errors to stderr, in color. It raises them as exceptions too, which we report."""
    import onnxruntime

    onnxruntime.set_default_logger_severity(FATAL)


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether onnxruntime failed for lack of memory. It has no exception of its own for this."""
    return any(words in str(error) for words in ("std::bad_alloc", "Failed to allocate memory"))
