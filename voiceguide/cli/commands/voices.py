"""`voiceguide voices`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from voiceguide.cli.options import json_option
from voiceguide.cli.output import escape_control_characters, print_json

if TYPE_CHECKING:
    from voiceguide.speech.engines.protocol import Voice

__all__ = ["command"]

MORE_VOICES_HELP = """\
More voices:
  hibari   four more English voices, 8 MB each, downloaded once: hibari --voice emma Hello
  piper    natural voices in 40 languages: pip install "voiceguide[piper]", then a voice file (see docs/voices.md)
  pyttsx3  the voices of the operating system: install more in its speech settings
  command  any program that writes a WAV file, named in your configuration file (see docs/voices.md)"""


@click.command("voices")
@click.option("--language", metavar="TAG", help="Show only voices that speak this language, such as de or en-GB.")
@json_option
def command(language: str | None, as_json: bool) -> None:
    """List the available voices: name, language, gender, quality, and whether each is installed.

    Use the name as `voice` in a script, or with --voice. "natural" voices are neural, "robotic" ones are not.
    """
    import dataclasses

    from voiceguide.speech.engines.registry import list_voices
    from voiceguide.speech.voice_languages import speaks_language

    voices, failures = list_voices()
    if language is not None:
        voices = [voice for voice in voices if speaks_language(voice, language)]
    if as_json:
        shown = [{"voice": voice.full_name, **dataclasses.asdict(voice)} for voice in voices]
        print_json({"voices": shown, "failures": failures})
        return
    if voices:
        _print_voices(voices)
    else:
        click.echo(
            escape_control_characters(
                f"No installed voice speaks {language}." if language else "No voices are installed."
            )
        )
    click.echo("\n" + MORE_VOICES_HELP)
    for message in failures.values():
        click.echo(escape_control_characters(message), err=True)


def _print_voices(voices: list[Voice]) -> None:
    rows = [("VOICE", "LANGUAGE", "GENDER", "QUALITY", "INSTALLED")]
    for voice in voices:
        installed = "yes" if voice.installed else voice.note or "no"
        if voice.installed and not voice.offline:
            installed = "needs the network"
        rows.append((voice.full_name, voice.language, voice.gender, voice.quality, installed))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        click.echo(escape_control_characters("  ".join([*cells, row[4]]).rstrip()))
