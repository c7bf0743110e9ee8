"""Turn a routine script into a voice-guided audio session with exact timing.

>>> import voiceguide as vg
>>> timeline = vg.load("five-minutes").plan()

Names are imported when they are first used, so that `import voiceguide` is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "api": (
        "Clip",
        "Duration",
        "Format",
        "OverrideOptions",
        "Rendering",
        "Routine",
        "Session",
        "SessionInfo",
        "Sidecar",
        "bundled",
        "check",
        "info",
        "load",
        "loads",
        "say",
        "verify",
        "voices",
    ),
    "errors": (
        "AudioFileError",
        "ExportError",
        "LineError",
        "OverrideError",
        "Problem",
        "ScriptError",
        "SpeechError",
        "StrictError",
        "VerifyError",
        "VoiceguideError",
    ),
    "pipeline.session_builder": ("Progress",),
    "speech.engines.protocol": ("Engine", "Speech", "Voice"),
    "timeline.model": ("Cue", "TimedStage", "TimedStep", "Timeline"),
    "verification.verifier": ("CueResult", "VerifyReport"),
}
"""The public names, grouped by the module that defines them."""

__all__ = ["__version__", *sorted(name for names in _HOME.values() for name in names)]

if TYPE_CHECKING:
    from voiceguide.api import (
        Clip as Clip,
        Duration as Duration,
        Format as Format,
        OverrideOptions as OverrideOptions,
        Rendering as Rendering,
        Routine as Routine,
        Session as Session,
        SessionInfo as SessionInfo,
        Sidecar as Sidecar,
        bundled as bundled,
        check as check,
        info as info,
        load as load,
        loads as loads,
        say as say,
        verify as verify,
        voices as voices,
    )
    from voiceguide.errors import (
        AudioFileError as AudioFileError,
        ExportError as ExportError,
        LineError as LineError,
        OverrideError as OverrideError,
        Problem as Problem,
        ScriptError as ScriptError,
        SpeechError as SpeechError,
        StrictError as StrictError,
        VerifyError as VerifyError,
        VoiceguideError as VoiceguideError,
    )
    from voiceguide.pipeline.session_builder import (
        Progress as Progress,
    )
    from voiceguide.speech.engines.protocol import (
        Engine as Engine,
        Speech as Speech,
        Voice as Voice,
    )
    from voiceguide.timeline.model import (
        Cue as Cue,
        TimedStage as TimedStage,
        TimedStep as TimedStep,
        Timeline as Timeline,
    )
    from voiceguide.verification.verifier import (
        CueResult as CueResult,
        VerifyReport as VerifyReport,
    )


def __getattr__(name: str) -> Any:
    for module, names in _HOME.items():
        if name in names:
            value = getattr(import_module(f"voiceguide.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *__all__]
