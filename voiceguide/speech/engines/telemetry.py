"""Turn off the telemetry of onnxruntime, which the neural voices use.

Where no variable such as CI is set, onnxruntime looks up a host, sends reports to it, and writes files into the home
folder and the temporary folder. Its function `disable_telemetry_events` does not stop that. Only this environment
variable does, and onnxruntime reads it once, when it is imported.
"""

from __future__ import annotations

import os

__all__ = ["disable_telemetry"]

SWITCH = "ORT_DISABLE_TELEMETRY"


def disable_telemetry() -> None:
    """Keep onnxruntime from sending reports. Call this before anything can import it; child processes inherit it."""
    if os.environ.get(SWITCH) != "1":  # any other value, such as 0, leaves it on
        os.environ[SWITCH] = "1"
