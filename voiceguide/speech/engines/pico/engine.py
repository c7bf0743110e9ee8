"""pico: small voices for German, Spanish, French, Italian and English, included in a wheel (SVOX Pico, Apache-2.0).

These voices sound less natural than neural voices, but are much easier to understand than those of eSpeak. Each clip is
synthesized in its own process, with a time limit, and is then checked. The library is native code, and it omits words
silently.
"""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Iterator
from difflib import get_close_matches
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from voiceguide.errors import SpeechError
from voiceguide.languages import primary_language
from voiceguide.script.parsing.nodes import quoted
from voiceguide.speech.engines.clip_check import ClipError, check_clip, pcm_to_int16
from voiceguide.speech.engines.pace_limits import check_pace
from voiceguide.speech.engines.pico.worker import PICO_RATE_HZ
from voiceguide.speech.engines.protocol import Speech, Voice
from voiceguide.speech.engines.text_limits import (
    check_pronounceable,
    has_pronounceable_chars,
    shorten_for_message,
    split_into_pieces,
)
from voiceguide.system.python_child import PythonChildError, call_module

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["PicoEngine"]

INSTALL_HINT = "Install it with: pip install py-nanotts"
LANGUAGES = ("de-DE", "es-ES", "fr-FR", "it-IT", "en-GB", "en-US")
"""The language tags, which are also the names of the voices. Each language has one female voice."""
MIN_PACE, MAX_PACE = 0.4, 2.5
FAST_EXPONENT = 1.07
"""Above pace 1, Pico's speed setting is too weak. With this exponent, all six voices stay within 3 % up to pace 2.5,
measured on five instructions each. Below pace 1, the voices stay within 4 % without the exponent."""
CLIP_TIMEOUT_S = 20.0
MAX_PIECE_CHARS = 2000
ATTEMPTS = 2
"""A second attempt can succeed, because a process can also fail when memory is briefly low."""
REVISION = 2
"""Increment this number when a change to the handling of text, pauses or pace affects the audio."""
MAX_STEP = 30_000
"""Maximum difference between adjacent 16-bit samples. In speech, it is below 10,000. Pico's filters can become unstable
at the end of a text, such as "paso uno de diez" in Spanish. This causes a burst of noise at full scale, every time the
same text is spoken."""
MAX_PAUSED_WORDS = 3
"""Number of words at the end of a text to try a pause before. A pause before one of them prevents the burst."""


class PicoEngine:
    """The engine `pico`, which is thread-safe and runs up to `max_processes` processes at a time."""

    name = "pico"
    parallel = True
    languages = ("de", "es", "fr", "it", "en")

    def __init__(self, *, max_processes: int | None = None, clip_timeout_s: float = CLIP_TIMEOUT_S) -> None:
        self._clip_timeout_s = clip_timeout_s
        self._process_slots = threading.BoundedSemaphore(max_processes or min(4, os.cpu_count() or 1))

    def version(self) -> str:
        """Return a version such as `py-nanotts 0.1.1 revision 1`.

        Raises:
            SpeechError: if py-nanotts is not installed.
        """
        try:
            return f"py-nanotts {metadata.version('py-nanotts')} revision {REVISION}"
        except metadata.PackageNotFoundError as error:
            raise SpeechError(f"pico is not installed. {INSTALL_HINT}") from error

    def voices(self) -> list[Voice]:
        """Return one voice per language. The voices are marked as not installed if py-nanotts cannot be imported."""
        installed = find_spec("py_nanotts") is not None
        note = "" if installed else INSTALL_HINT
        return [
            Voice(self.name, tag, tag, "female", installed=installed, quality="robotic", note=note) for tag in LANGUAGES
        ]

    def check_voice(self, voice: str, language: str) -> None:
        """Raise SpeechError if pico is not installed or the voice does not exist."""
        self.version()
        _find_voice(voice, language)

    def synthesize(self, text: str, voice: str, pace: float, language: str) -> Speech:
        """Speak `text`; see the protocol. If `voice` is empty, `language` selects the voice.

        Raises:
            SpeechError: if the text cannot be spoken, the voice is unknown, the pace is out of range, or synthesis
                fails twice.
        """
        import numpy as np

        check_pronounceable(text, self.name)
        self.version()
        name = _find_voice(voice, language)
        check_pace(f"pico/{name}", pace, MIN_PACE, MAX_PACE)
        plain = text.replace("<", " ").replace(">", " ")  # Pico would read <speed level="300"> as a command
        pieces = filter(has_pronounceable_chars, split_into_pieces(plain, MAX_PIECE_CHARS))
        clips = [self._synthesize_piece(piece, name, pace) for piece in pieces]
        if not clips:
            raise SpeechError(f'pico cannot pronounce "{shorten_for_message(text)}". Write at least one word.')
        return Speech(np.concatenate(clips), PICO_RATE_HZ)

    def close(self) -> None:
        """Do nothing. No process runs between clips."""

    def _synthesize_piece(self, text: str, voice: str, pace: float) -> npt.NDArray[np.float32]:
        import numpy as np

        from voiceguide.speech.engines.pico.speech_enhancement import brighten, silence_pauses

        for spoken in (text, *_with_pauses(text)):
            samples = self._checked_samples(spoken, voice, pace)
            if np.abs(np.diff(samples.astype(np.int32))).max(initial=0) <= MAX_STEP:
                return brighten(silence_pauses(samples.astype(np.float32) / np.float32(32_768)))
        raise SpeechError(
            f'pico cannot speak "{shorten_for_message(text)}" with the voice {voice} without a burst of noise. '
            "Try different words or another voice."
        )

    def _checked_samples(self, text: str, voice: str, pace: float) -> npt.NDArray[np.int16]:
        failure = ClipError("there was no attempt")
        for _ in range(ATTEMPTS):
            try:
                samples = self._run_worker(text, voice, pace)
                check_clip(samples, PICO_RATE_HZ, text, pace)
                return samples
            except ClipError as error:
                failure = error
        raise SpeechError(
            f'pico failed twice to speak "{shorten_for_message(text)}" with the voice {voice}: {failure}. '
            "Try different words or another voice."
        ) from failure

    def _run_worker(self, text: str, voice: str, pace: float) -> npt.NDArray[np.int16]:
        timeout_s = self._clip_timeout_s + len(text) / 100
        speed = pace**FAST_EXPONENT if pace > 1 else pace
        request = {"text": text, "voice": voice, "speed": speed, "limit_s": timeout_s + 1}
        try:
            with self._process_slots:
                answer = call_module("voiceguide.speech.engines.pico.worker", request, os.sep, timeout_s)
        except PythonChildError as error:
            raise ClipError(str(error)) from error
        if "error" in answer:
            raise ClipError(str(answer["error"]))
        return pcm_to_int16(base64.b64decode(answer["pcm"]))


def _with_pauses(text: str) -> Iterator[str]:
    """Yield the text with a short pause before one of its last words, starting with the last word."""
    gaps = [found.start() for found in re.finditer(r"(?<=\w) (?=\w)", text)]
    for gap in reversed(gaps[-MAX_PAUSED_WORDS:]):
        yield f"{text[:gap]},{text[gap:]}"


def _find_voice(requested: str, language: str) -> str:
    """Return the name of a voice as Pico spells it."""
    if not requested:
        tag = language.replace("_", "-").lower()
        primary = primary_language(language)
        same = [name for name in LANGUAGES if primary_language(name) == primary]
        if not same:
            raise SpeechError(f"pico has no voice for the language {language}. Its voices: {', '.join(LANGUAGES)}.")
        return next((name for name in same if name.lower() == tag), same[-1])
    for name in LANGUAGES:
        if name.lower() == requested.lower():
            return name
    matches = get_close_matches(requested, LANGUAGES, n=1)
    hint = f"Did you mean {quoted(matches[0])}?" if matches else f"Its voices: {', '.join(LANGUAGES)}."
    raise SpeechError(f'pico has no voice "{requested}". {hint}')
