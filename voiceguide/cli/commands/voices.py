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
  piper    natural voices in 40 languages: pip install "voiceguide[piper]", then
           voiceguide voices --get NAME, or --get de for the names of all German voices
  hibari   four more English voices, 8 MB each, downloaded once: hibari --voice emma Hello
  pyttsx3  the voices of the operating system: install more in its speech settings
  command  any program that writes a WAV file, named in your configuration file (see docs/voices.md)"""
MANY_VOICES = 20
"""An engine with more voices than this is shown in one line, unless you ask for them."""


@click.command("voices")
@click.option("--language", metavar="TAG", help="Show only voices that speak this language, such as de or en-GB.")
@click.option("--installed", is_flag=True, help="Show only installed voices.")
@click.option("--all", "show_all", is_flag=True, help="Show every voice of every engine.")
@click.option("--get", metavar="NAME", help="Download a piper voice, such as de_DE-thorsten-medium.")
@click.option("--remove", metavar="NAME", help="Delete a voice that was downloaded with --get.")
@json_option
def command(
    language: str | None, installed: bool, show_all: bool, get: str | None, remove: str | None, as_json: bool
) -> None:
    """List the available voices: name, language, gender, quality, and whether each is installed.

    Use the name as `voice` in a script, or with --voice. "natural" voices are neural, "robotic" ones are not. Only
    --get uses the network.
    """
    import dataclasses

    from voiceguide.speech.engines.registry import list_voices
    from voiceguide.speech.voice_languages import speaks_language

    if get is not None and remove is not None:
        raise click.UsageError("--get and --remove cannot be used together.")
    if get is not None:
        _get(get)
        return
    if remove is not None:
        _remove(remove)
        return
    voices, failures = list_voices()
    if language is not None:
        voices = [voice for voice in voices if speaks_language(voice, language)]
    if installed:
        voices = [voice for voice in voices if voice.installed]
    if as_json:
        shown = [{"voice": voice.full_name, **dataclasses.asdict(voice)} for voice in voices]
        print_json({"voices": shown, "failures": failures})
        return
    if voices:
        _print_voices(voices, show_all or language is not None)
    else:
        click.echo(
            escape_control_characters(
                f"No installed voice speaks {language}." if language else "No voices are installed."
            )
        )
    if not installed:
        click.echo("\n" + MORE_VOICES_HELP)
    for message in failures.values():
        click.echo(escape_control_characters(message), err=True)


def _get(name: str) -> None:
    """Show the license and the size of a voice, then download it."""
    from importlib.util import find_spec

    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress

    from voiceguide.speech.engines.piper.repository import (
        find_remote_voice,
        install_voice,
        read_license,
        repository_url,
    )

    name = name.removeprefix("piper/")
    voice = find_remote_voice(name)
    about = f"{voice.name}: {voice.language}, quality {voice.quality}, {voice.size_bytes / 1e6:.1f} MB"
    license = read_license(voice) or "not stated, see its MODEL_CARD"
    click.echo(escape_control_characters(f"{about}\nLicense: {license}\nFrom {repository_url()}"), err=True)
    columns = (BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(voice.name, total=voice.size_bytes)
        path = install_voice(voice, lambda done_bytes: progress.update(task, completed=done_bytes))
    click.echo(escape_control_characters(f"{path}\nUse it with: voice: piper/{voice.name}"))
    if find_spec("piper") is None:
        from voiceguide.speech.engines.piper.engine import INSTALL_HINT

        click.echo(f"piper itself is not installed yet. {INSTALL_HINT}", err=True)


def _remove(name: str) -> None:
    from voiceguide.speech.engines.piper.repository import remove_voice

    click.echo(escape_control_characters(f"{remove_voice(name.removeprefix('piper/'))} was deleted."))


def _print_voices(voices: list[Voice], show_all: bool) -> None:
    rows = [("VOICE", "LANGUAGE", "GENDER", "QUALITY", "INSTALLED")]
    engines = {voice.engine: [other for other in voices if other.engine == voice.engine] for voice in voices}
    for engine, own in engines.items():
        if len(own) > MANY_VOICES and not show_all:
            languages = len({voice.language.partition("-")[0] for voice in own})
            rows.append(
                (f"{engine}/...", f"{languages} languages", "", own[0].quality, f"{len(own)} voices, see --all")
            )
            continue
        rows += [(voice.full_name, voice.language, voice.gender, voice.quality, _installed(voice)) for voice in own]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        click.echo(escape_control_characters("  ".join([*cells, row[4]]).rstrip()))


def _installed(voice: Voice) -> str:
    if voice.installed and not voice.offline:
        return "needs the network"
    return "yes" if voice.installed else voice.note or "no"
