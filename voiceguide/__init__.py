"""Turn a routine script into a voice-guided audio session with exact timing.

>>> import voiceguide as vg
>>> timeline = vg.load("five-minutes").plan()

Names are imported when they are first used, so that `import voiceguide` costs next to nothing.
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
"""The public names, by the module that defines them."""

__all__ = ["__version__", *sorted(name for names in _HOME.values() for name in names)]

if TYPE_CHECKING:
    from voiceguide.api import (
        Clip as Clip,
    )
    from voiceguide.api import (
        Duration as Duration,
    )
    from voiceguide.api import (
        Format as Format,
    )
    from voiceguide.api import (
        OverrideOptions as OverrideOptions,
    )
    from voiceguide.api import (
        Rendering as Rendering,
    )
    from voiceguide.api import (
        Routine as Routine,
    )
    from voiceguide.api import (
        Session as Session,
    )
    from voiceguide.api import (
        SessionInfo as SessionInfo,
    )
    from voiceguide.api import (
        Sidecar as Sidecar,
    )
    from voiceguide.api import (
        bundled as bundled,
    )
    from voiceguide.api import (
        check as check,
    )
    from voiceguide.api import (
        info as info,
    )
    from voiceguide.api import (
        load as load,
    )
    from voiceguide.api import (
        loads as loads,
    )
    from voiceguide.api import (
        say as say,
    )
    from voiceguide.api import (
        verify as verify,
    )
    from voiceguide.api import (
        voices as voices,
    )
    from voiceguide.errors import (
        AudioFileError as AudioFileError,
    )
    from voiceguide.errors import (
        ExportError as ExportError,
    )
    from voiceguide.errors import (
        LineError as LineError,
    )
    from voiceguide.errors import (
        OverrideError as OverrideError,
    )
    from voiceguide.errors import (
        Problem as Problem,
    )
    from voiceguide.errors import (
        ScriptError as ScriptError,
    )
    from voiceguide.errors import (
        SpeechError as SpeechError,
    )
    from voiceguide.errors import (
        StrictError as StrictError,
    )
    from voiceguide.errors import (
        VerifyError as VerifyError,
    )
    from voiceguide.errors import (
        VoiceguideError as VoiceguideError,
    )
    from voiceguide.pipeline.session_builder import (
        Progress as Progress,
    )
    from voiceguide.speech.engines.protocol import (
        Engine as Engine,
    )
    from voiceguide.speech.engines.protocol import (
        Speech as Speech,
    )
    from voiceguide.speech.engines.protocol import (
        Voice as Voice,
    )
    from voiceguide.timeline.model import (
        Cue as Cue,
    )
    from voiceguide.timeline.model import (
        TimedStage as TimedStage,
    )
    from voiceguide.timeline.model import (
        TimedStep as TimedStep,
    )
    from voiceguide.timeline.model import (
        Timeline as Timeline,
    )
    from voiceguide.verification.verifier import (
        CueResult as CueResult,
    )
    from voiceguide.verification.verifier import (
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
