"""`voiceguide say`"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from voiceguide.builtin_names import RoomName
from voiceguide.cli.completion import complete_language
from voiceguide.cli.options import (
    json_option,
    pace_option,
    quiet_option,
    room_option,
    verbose_option,
    voice_option,
)
from voiceguide.cli.output import escape_control_characters, play_on_terminal, print_json, print_note

__all__ = ["command"]


@click.command("say")
@click.argument("text")
@voice_option
@room_option
@pace_option
@click.option(
    "--language",
    metavar="TAG",
    default="",
    shell_complete=complete_language,
    help="The language of TEXT. Default: the language of the voice.",
)
@click.option("-o", "--output", metavar="FILE", help="Write a WAV file; - for stdout.")
@click.option(
    "--show",
    is_flag=True,
    help="Print TEXT as it is passed to the voice, with numbers written as words, instead of speaking it.",
)
@json_option
@quiet_option
@verbose_option("Print the voice that was used, and the length of the line.")
def command(
    text: str,
    voice: str | None,
    room: RoomName | None,
    pace: str | None,
    language: str,
    output: str | None,
    show: bool,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Speak one line the way it would sound in a session.

    Without -o, the line is played, or written to stdout as WAV if stdout is a pipe or a file.

    \b
    Example:
      voiceguide say "Breathe out slowly." -o breathe.wav
    """
    import voiceguide
    from voiceguide.pipeline.override_options import parse_pace

    if show:
        from voiceguide.speech.preview import preview_line, spoken_text

        line = preview_line(text, voice or "", parse_pace(pace or 1.0), language)
        click.echo(escape_control_characters(spoken_text(line)))
        return
    if as_json and output in (None, "-"):
        raise click.UsageError("--json describes the file that is written. Add -o FILE.")
    try:
        clip = voiceguide.say(
            text, voice=voice or "", pace=parse_pace(pace or 1.0), language=language, room=room or "none"
        )
    except voiceguide.SpeechError:
        _require_known_language(language)
        raise
    print_note(_language_mismatch_note(voice, language), quiet)
    used_voice = _used_voice(voice, language)
    if verbose:
        print_note(f"{used_voice}, {clip.duration_s:.1f}s")
    if output is None and sys.stdout.isatty():
        play_on_terminal(clip.to_wav())
    elif output in (None, "-"):
        sys.stdout.buffer.write(clip.to_wav())
    else:
        clip.save(Path(str(output)))
        if as_json:
            print_json({"file": output, "length": round(clip.duration_s, 6), "voice": used_voice})


def _require_known_language(language: str) -> None:
    """If no voice speaks `language`, raise an error that lists the known languages."""
    from voiceguide.speech.engines.registry import list_voices
    from voiceguide.speech.voice_languages import select_voices

    if language:
        select_voices(list_voices()[0], language)


def _used_voice(voice: str | None, language: str) -> str:
    from voiceguide.speech.engines.registry import resolve_voice

    resolved = resolve_voice(voice or "", language or "en-US")
    return f"{resolved.engine}/{resolved.voice}".rstrip("/")


def _language_mismatch_note(voice: str | None, language: str) -> str | None:
    """Return a note if the given voice or the default voice does not speak the requested language."""
    from voiceguide.speech.voice_languages import fallback_engine_note, language_mismatch_warning

    if not language:
        return None
    return language_mismatch_warning(voice, language) if voice else fallback_engine_note(language)
