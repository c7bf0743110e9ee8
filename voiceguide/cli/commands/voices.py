"""`voiceguide voices`"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from voiceguide.cli.completion import complete_language
from voiceguide.cli.options import json_option, names_only_option, verbose_option
from voiceguide.cli.output import escape_control_characters, print_json
from voiceguide.cli.tables import Row, print_table, terminal_columns, wrap_words

if TYPE_CHECKING:
    from voiceguide.speech.engines.protocol import Voice

__all__ = ["command"]

SUMMARY_HEADER = ("VOICE", "LANGUAGE", "GENDER", "INSTALLED")
HEADER = ("VOICE", "LANGUAGE", "GENDER", "QUALITY", "INSTALLED")
MORE_VOICES = (
    ("hibari", "four more English voices, 8 MB each, downloaded once: hibari --voice emma Hello"),
    (
        "piper",
        'natural voices in 40 languages: pip install "voiceguide[piper]", then a voice file (see docs/voices.md)',
    ),
    ("pyttsx3", "the voices of the operating system: install more in its speech settings"),
    ("command", "any program that writes a WAV file, named in your configuration file (see docs/voices.md)"),
)


@click.command("voices")
@click.option(
    "--language",
    metavar="TAG",
    shell_complete=complete_language,
    help="List only voices that speak this language, such as de or en-GB.",
)
@click.option("--installed", "installed_only", is_flag=True, help="List only voices that can be used right away.")
@json_option
@names_only_option
@verbose_option("List every voice. In a pipe, every voice is always listed.")
def command(language: str | None, installed_only: bool, as_json: bool, names_only: bool, verbose: bool) -> None:
    """List the available voices: name, language, gender, quality, and whether each is installed.

    Use the name as `voice` in a script, or with --voice. "natural" voices are neural, "robotic" ones are not. On a
    terminal, the robotic voices are summed up unless you ask for a language.

    \b
    Example:
      voiceguide voices --language de
    """
    import dataclasses

    from voiceguide.speech.engines.registry import list_voices

    voices, failures = list_voices()
    if language is not None:
        voices = _select_language(voices, language)
    voices = [voice for voice in voices if voice.installed or not installed_only]
    if as_json:
        shown = [{"voice": voice.full_name, **dataclasses.asdict(voice)} for voice in voices]
        print_json({"voices": shown, "failures": failures})
        return
    if names_only:
        click.echo("\n".join(voice.full_name for voice in voices))
    elif verbose or language is not None or terminal_columns() is None:
        kept = [voice for voice in voices if language is None or voice.quality != "test"]
        print_table([_row(voice) for voice in kept], HEADER)
    else:
        _print_summary(voices)
    if not names_only and language is None:
        click.echo("\nMore voices:")
        listed = {voice.engine for voice in voices if not voice.installed}  # with a note that says how to get it
        print_table([Row((f"  {engine}", advice)) for engine, advice in MORE_VOICES if engine not in listed])
    for message in failures.values():
        click.echo(escape_control_characters(message), err=True)


def _select_language(voices: Sequence[Voice], language: str) -> list[Voice]:
    """Return the voices that speak a language, and those that speak any.

    Raises:
        OverrideError: No voice is made for this language.
    """
    from voiceguide.errors import OverrideError
    from voiceguide.speech.voice_languages import speaks_language

    found = [voice for voice in voices if speaks_language(voice, language)]
    if all(voice.language == "mul" for voice in found):
        primary = language.lower().replace("_", "-").partition("-")[0]
        variants = {voice.language for voice in voices if voice.language.split("-")[0] == primary}
        known = variants or {voice.language.split("-")[0] for voice in voices} - {"mul", ""}
        listed = ", ".join(sorted(known))
        raise OverrideError("language", language, f"no voice speaks this language. Available: {listed}.")
    return found


def _print_summary(voices: Sequence[Voice]) -> None:
    """Print the voices that are not robotic in a table, and for the others only their number and languages."""
    rows = [_row(voice).cells for voice in voices if voice.quality not in ("robotic", "test")]
    print_table([Row((name, language, gender, note)) for name, language, gender, _, note in rows], SUMMARY_HEADER)
    for line in _summary_lines([voice for voice in voices if voice.quality == "robotic"]):
        click.echo(line)


def _summary_lines(robotic: Sequence[Voice]) -> Iterator[str]:
    columns = terminal_columns() or 80
    for engine in dict.fromkeys(voice.engine for voice in robotic):
        own = [voice for voice in robotic if voice.engine == engine]
        languages = len({voice.language.split("-")[0] for voice in own})
        count = f"{len(own)} robotic voice{'s' * (len(own) > 1)} in {languages} language{'s' * (languages > 1)}"
        yield ""
        yield from wrap_words(f"{engine}: {count}. List them with --language TAG, such as de, or with -v.", columns)


def _row(voice: Voice) -> Row:
    installed = "yes" if voice.installed else voice.note or "no"
    if voice.installed and not voice.offline:
        installed = "needs the network"
    return Row((voice.full_name, voice.language, voice.gender, voice.quality, installed))
