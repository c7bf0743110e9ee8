"""`voiceguide say`"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from voiceguide.cli.output import print_note

__all__ = ["command"]


@click.command("say")
@click.argument("text")
@click.option("--voice", metavar="VOICE", default="", help="Who speaks: NAME or ENGINE/NAME.")
@click.option("--pace", metavar="NUMBER", default="1.0", help="How fast; 1.0 is the voice's own pace.")
@click.option("--language", metavar="TAG", default="", help="The language of TEXT; the voice's own where left out.")
@click.option("-o", "--output", metavar="FILE", help="Write a WAV file; - for stdout.")
def command(text: str, voice: str, pace: str, language: str, output: str | None) -> None:
    """Hear one line as a session would say it.

    Without -o it is played; or, where stdout is a pipe or a file, written there as WAV, as in
    voiceguide say Hello > hello.wav
    """
    from voiceguide.speech.preview import play_wav, render_preview_wav
    from voiceguide.system.disk_cache import open_cache

    with open_cache() as cache:
        wav = render_preview_wav(cache, text, voice, _parse_pace(pace), language)
    print_note(_language_note(voice, language))
    if output is None and sys.stdout.isatty():
        play_wav(wav)
    elif output in (None, "-"):
        sys.stdout.buffer.write(wav)
    else:
        _write_wav(Path(str(output)), wav)


def _language_note(voice: str, language: str) -> str | None:
    """What is good to know where a language was asked for that the voice, or the default voice, does not speak."""
    from voiceguide.speech.voice_languages import fallback_engine_note, language_mismatch_warning

    if not language:
        return None
    return language_mismatch_warning(voice, language) if voice else fallback_engine_note(language)


def _parse_pace(text: str) -> float:
    from voiceguide.errors import OverrideError
    from voiceguide.script.model.value_parsers import parse_number

    try:
        return parse_number(text, 0.5, 2.0, "the pace, 1.0 being the voice's own")
    except ValueError as error:
        raise OverrideError(f"--pace: {error}") from error


def _write_wav(target: Path, wav: bytes) -> None:
    from voiceguide.system.atomic_file import write_atomically

    write_atomically(target, wav)
