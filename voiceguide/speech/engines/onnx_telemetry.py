"""Turn off the telemetry and logging of onnxruntime, which the neural voices use.

Unless a variable such as CI is set, onnxruntime looks up a host, sends reports to it, and writes files to the home
folder and the temporary folder. Its `disable_telemetry_events` function does not prevent this. Only the environment
variable below prevents it, and onnxruntime reads this variable only once, on import.
"""

from __future__ import annotations

import os

__all__ = ["disable_telemetry", "silence_log"]

SWITCH = "ORT_DISABLE_TELEMETRY"
FATAL = 4


def disable_telemetry() -> None:
    """Keep onnxruntime from sending reports. Call this before importing it. Child processes inherit the setting."""
    if os.environ.get(SWITCH) != "1":  # any other value, such as 0, leaves telemetry on
        os.environ[SWITCH] = "1"


def silence_log() -> None:
    """Keep onnxruntime from writing colored errors to stderr.

    onnxruntime also raises these errors as exceptions, which voiceguide reports.
    """
    import onnxruntime

    onnxruntime.set_default_logger_severity(FATAL)
