"""`voiceguide voices`"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli.completion import complete_language
from voiceguide.cli.options import json_option, names_only_option, verbose_option
from voiceguide.cli.output import escape_control_characters, print_json, print_message
from voiceguide.cli.tables import Row, print_table, terminal_columns
from voiceguide.cli.wrapping import wrap_words

if TYPE_CHECKING:
    from voiceguide.speech.engines.protocol import Voice

__all__ = ["command"]

SUMMARY_HEADER = ("VOICE", "LANGUAGE", "GENDER", "INSTALLED")
HEADER = ("VOICE", "LANGUAGE", "GENDER", "QUALITY", "INSTALLED")
MORE_VOICES = (
    ("hibari", "four more English voices, 8 MB each, downloaded once: hibari --voice emma Hello"),
    ("kokoro", "Spanish, French, Italian and more: voiceguide voices --get kokoro"),
    (
        "piper",
        'natural voices in 40 languages: pip install "voiceguide[piper]", then voiceguide voices --get NAME, '
        "or --get de for the names of all German voices",
    ),
    ("pyttsx3", "the voices of the operating system: install more in its speech settings"),
    ("command", "any program that writes a WAV file and is named in your configuration file (see docs/voices.md)"),
)


@click.command("voices")
@click.option(
    "--language",
    metavar="TAG",
    shell_complete=complete_language,
    help="List only voices that speak this language, such as de or en-GB.",
)
@click.option("--installed", "installed_only", is_flag=True, help="List only voices that can be used right away.")
@click.option("--get", metavar="NAME", help="Download kokoro, or a piper voice such as de_DE-thorsten-medium.")
@click.option("--remove", metavar="NAME", help="Delete kokoro, or a piper voice downloaded with --get.")
@json_option
@names_only_option
@verbose_option("List every voice. In a pipe, every voice is always listed.")
def command(
    language: str | None,
    installed_only: bool,
    get: str | None,
    remove: str | None,
    as_json: bool,
    names_only: bool,
    verbose: bool,
) -> None:
    """List the available voices: name, language, gender, quality, and whether each is installed.

    Use the name as `voice` in a script, or with --voice. "natural" voices are neural; "robotic" ones are not. On a
    terminal, the robotic voices and those of kokoro are only counted, unless you specify a language or -v. Only --get
    uses the network.

    \b
    Example:
      voiceguide voices --language de
    """
    import dataclasses

    from voiceguide.speech.engines.registry import list_voices
    from voiceguide.speech.voice_languages import select_voices

    if get is not None and remove is not None:
        raise click.UsageError("--get and --remove cannot be combined. Keep one.")
    if get is not None:
        _get(get)
        return
    if remove is not None:
        _remove(remove)
        return
    voices, failures = list_voices()
    if language is not None:
        voices = select_voices(voices, language)
    voices = [voice for voice in voices if voice.installed or not installed_only]
    if as_json:
        shown = [{"voice": voice.full_name, **dataclasses.asdict(voice)} for voice in voices]
        print_json({"voices": shown, "failures": failures})
        return
    lists_all = verbose or language is not None or terminal_columns() is None
    for_users = [voice for voice in voices if voice.quality != "test"]
    if names_only:
        for voice in voices:
            click.echo(voice.full_name)
    elif not for_users:
        click.echo(_no_voice_note(language, installed_only))
    elif lists_all:
        print_table([_row(voice) for voice in (voices if language is None else for_users)], HEADER)
    else:
        _print_summary(for_users)
    if not names_only and language is None:
        click.echo("\nMore voices:")
        listed = {voice.engine for voice in voices if not voice.installed} - {"kokoro"}  # with a note on how to get it
        listed |= {voice.engine for voice in voices if voice.engine == "kokoro" and voice.installed}
        print_table([Row((f"  {engine}", advice)) for engine, advice in MORE_VOICES if engine not in listed])
    for message in failures.values():
        print_message(message)


def _get(name: str) -> None:
    """Show the license and the size of a voice, then download it."""
    if name.partition("/")[0] == "kokoro":
        _get_kokoro()
    else:
        _get_piper_voice(name.removeprefix("piper/"))


def _get_kokoro() -> None:
    from voiceguide.speech.engines.kokoro.model_files import (
        DOWNLOAD_BYTES,
        LICENSE,
        download_url,
        install_model_files,
    )
    from voiceguide.speech.engines.kokoro.voice_names import VOICES

    languages = ", ".join(dict.fromkeys(voice.language for voice in VOICES.values()))
    print_message(f"kokoro: {len(VOICES)} voices ({languages}), {DOWNLOAD_BYTES / 1e6:.1f} MB")
    print_message(f"License: {LICENSE}\nFrom {download_url()}")
    folder = _with_progress_bar("kokoro", DOWNLOAD_BYTES, install_model_files)
    click.echo(escape_control_characters(f"{folder}\nUse it with: voice: kokoro/{next(iter(VOICES))}"))


def _get_piper_voice(name: str) -> None:
    from importlib.util import find_spec

    from voiceguide.speech.engines.piper.repository import (
        find_remote_voice,
        install_voice,
        read_license,
        repository_url,
    )

    voice = find_remote_voice(name)
    about = f"{voice.name}: {voice.language}, quality {voice.quality}, {voice.size_bytes / 1e6:.1f} MB"
    license = read_license(voice) or "not stated, see its MODEL_CARD"
    print_message(f"{about}\nLicense: {license}\nFrom {repository_url()}")
    path = _with_progress_bar(voice.name, voice.size_bytes, lambda on_progress: install_voice(voice, on_progress))
    click.echo(escape_control_characters(f"{path}\nUse it with: voice: piper/{voice.name}"))
    if find_spec("piper") is None:
        from voiceguide.speech.engines.piper.engine import INSTALL_HINT

        print_message(f"piper itself is not installed yet. {INSTALL_HINT}")


def _with_progress_bar(name: str, size_bytes: int, download: Callable[[Callable[[int], None]], Path]) -> Path:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress

    columns = (BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=size_bytes)
        return download(lambda done_bytes: progress.update(task, completed=done_bytes))


def _remove(name: str) -> None:
    from voiceguide.errors import SpeechError
    from voiceguide.speech.engines.kokoro.model_files import model_folder, remove_model_files
    from voiceguide.speech.engines.piper.repository import remove_voice

    engine, _, voice = name.partition("/")
    if engine == "kokoro" and voice:
        raise SpeechError(
            f"{name} cannot be deleted alone, because all voices of kokoro share two files in {model_folder()}. "
            "To delete all of them: voiceguide voices --remove kokoro"
        )
    if engine == "kokoro":
        click.echo(escape_control_characters(f"The files of kokoro in {remove_model_files()} were deleted."))
        return
    click.echo(escape_control_characters(f"{remove_voice(name.removeprefix('piper/'))} was deleted."))


def _no_voice_note(language: str | None, installed_only: bool) -> str:
    if language is None:
        return "No voice is installed."
    advice = " Leave out --installed to list those that can be installed." if installed_only else ""
    return f"No voice for {language} is installed.{advice}"


def _print_summary(voices: Sequence[Voice]) -> None:
    """Print a table of the natural voices, except kokoro's. For the others, print only their number and languages.

    Until kokoro is downloaded, its voices are one line under "More voices".
    """
    natural = [voice for voice in voices if voice.quality != "robotic" and voice.engine != "kokoro"]
    rows = [_row(voice).cells for voice in natural]
    if rows:
        print_table([Row((name, language, gender, note)) for name, language, gender, _, note in rows], SUMMARY_HEADER)
    kokoro = [voice for voice in voices if voice.engine == "kokoro" and voice.installed]
    lines = list(_summary_lines([*kokoro, *(voice for voice in voices if voice.quality == "robotic")]))
    if not rows and not lines:
        lines = [_no_voice_note(None, False)]
    for line in ["", *lines] if rows and lines else lines:
        click.echo(line)


def _summary_lines(voices: Sequence[Voice]) -> Iterator[str]:
    """Yield the number of voices of each engine, and how to list them. Yield nothing if there are none."""
    columns = terminal_columns() or 80
    for engine in dict.fromkeys(voice.engine for voice in voices):
        own = [voice for voice in voices if voice.engine == engine]
        languages = len({voice.language.split("-")[0] for voice in own})
        yield from wrap_words(
            f"{engine}: {len(own)} {own[0].quality} voice{'s' * (len(own) > 1)} in {languages} "
            f"language{'s' * (languages > 1)}.",
            columns,
        )
    if voices:
        yield from wrap_words("List them with --language TAG, such as de, or with -v.", columns)


def _row(voice: Voice) -> Row:
    installed = "yes" if voice.installed else voice.note or "no"
    if voice.installed and not voice.offline:
        installed = "needs the network"
    return Row((voice.full_name, voice.language, voice.gender, voice.quality, installed))
