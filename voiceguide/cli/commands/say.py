"""`voiceguide say`"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from voiceguide.cli.options import pace_option, voice_option
from voiceguide.cli.output import escape_control_characters, print_note

__all__ = ["command"]


@click.command("say")
@click.argument("text")
@voice_option
@pace_option
@click.option("--language", metavar="TAG", default="", help="The language of TEXT. Default: the language of the voice.")
@click.option("-o", "--output", metavar="FILE", help="Write a WAV file; - for stdout.")
@click.option("--show", is_flag=True, help="Print TEXT as the voice gets it, in words, instead of speaking it.")
def command(text: str, voice: str | None, pace: str | None, language: str, output: str | None, show: bool) -> None:
    """Speak one line as a session would say it.

    Without -o, the line is played, or written to stdout as WAV if stdout is a pipe or a file:
    voiceguide say Hello > hello.wav
    """
    import voiceguide
    from voiceguide.pipeline.override_options import parse_pace
    from voiceguide.speech.audio_player import play_wav

    if show:
        from voiceguide.speech.preview import preview_line, spoken_text

        line = preview_line(text, voice or "", parse_pace(pace or 1.0), language)
        click.echo(escape_control_characters(spoken_text(line)))
        return
    clip = voiceguide.say(text, voice=voice or "", pace=parse_pace(pace or 1.0), language=language)
    print_note(_language_mismatch_note(voice, language))
    if output is None and sys.stdout.isatty():
        play_wav(clip.to_wav())
    elif output in (None, "-"):
        sys.stdout.buffer.write(clip.to_wav())
    else:
        clip.save(Path(str(output)))


def _language_mismatch_note(voice: str | None, language: str) -> str | None:
    """Return a note if the given voice or the default voice does not speak the requested language."""
    from voiceguide.speech.voice_languages import fallback_engine_note, language_mismatch_warning

    if not language:
        return None
    return language_mismatch_warning(voice, language) if voice else fallback_engine_note(language)
