"""`voiceguide bed`"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli.completion import complete_bed
from voiceguide.cli.options import json_option, quiet_option
from voiceguide.cli.output import escape_control_characters, play_on_terminal, print_json
from voiceguide.cli.progress import show_activity
from voiceguide.cli.tables import Row, print_table

if TYPE_CHECKING:
    from voiceguide.audio.mixer.mix import Mix
    from voiceguide.system.disk_cache import DiskCache

__all__ = ["command"]

FADE_S = 0.5
"""The length of the fade at each end: long enough to avoid a click, too short to change the loudness."""


@click.command("bed")
@click.argument("name", required=False, metavar="[NAME|FILE]", shell_complete=complete_bed)
@click.option(
    "-o", "--output", metavar="FILE", help="Output file: .wav, .flac, .mp3, .opus, .m4b; - for WAV on stdout."
)
@click.option("--for", "length", metavar="DURATION", default="1m", show_default=True, help="How long to play the bed.")
@json_option
@quiet_option
def command(name: str | None, output: str | None, length: str, as_json: bool, quiet: bool) -> None:
    """Preview a built-in bed or an audio FILE, looped as in a session. Without NAME or FILE, list the built-in beds.

    Join several with plus signs to mix them. Write a level in decibels after a colon to make one of them softer:
    pads+rain:-8. Without -o, the bed is played, or written to stdout as WAV if stdout is a pipe or a file.

    \b
    Example:
      voiceguide bed rain --for 10m -o rain.mp3
    """
    if name is None:
        _print_beds(as_json)
        return
    if as_json and output in (None, "-"):
        raise click.UsageError("--json describes the file that is written. Add -o FILE.")
    from voiceguide.system.disk_cache import open_cache

    samples = _parse_length(length)
    with open_cache() as cache:
        mix = _make_bed_only_mix(name, samples, cache)
        if output in (None, "-"):
            _play_or_write_stdout(mix, name, cache, play=output is None and sys.stdout.isatty())
        else:
            with show_activity(f"Writing {output}", quiet):
                _export(mix, Path(str(output)), name, cache)
            _print_report(mix, str(output), name, as_json, quiet)


def _print_beds(as_json: bool) -> None:
    from voiceguide.builtin_names import BEDS

    if as_json:
        print_json([{"name": name, "title": bed.title, "description": bed.description} for name, bed in BEDS.items()])
        return
    print_table([Row((name, bed.description)) for name, bed in BEDS.items()])


def _parse_length(length: str) -> int:
    from voiceguide.errors import OverrideError
    from voiceguide.timeline.arrangement.overrides import parse_length

    samples = parse_length("for", length)
    if samples == 0:
        raise OverrideError("for", length, "this is zero. Write a longer duration, such as 30s.")
    return samples


def _make_bed_only_mix(name: str, samples: int, cache: DiskCache) -> Mix:
    """Return a mix that contains only the bed."""
    from voiceguide.audio.beds.loader import load_bed_loop
    from voiceguide.audio.ducking import Envelope
    from voiceguide.audio.mixer.cell_order import order_of_cells
    from voiceguide.audio.mixer.mix import BedTrack, Mix
    from voiceguide.builtin_names import BED_NAMES, BEDS
    from voiceguide.errors import AudioFileError
    from voiceguide.script.model.bed_layers import one_sound, parse_bed
    from voiceguide.script.path_lookup import kind_at
    from voiceguide.units import SAMPLE_RATE

    try:
        bed = one_sound(name) if name not in BED_NAMES and kind_at(name) == "file" else parse_bed(name)
    except ValueError as error:
        raise AudioFileError(str(error)) from error
    if bed == "none":
        raise AudioFileError(f'"none" is silence. Specify a bed ({", ".join(BEDS)}) or an audio file.')
    source = load_bed_loop(bed, _check_audio_file, cache)
    fade = min(int(FADE_S * SAMPLE_RATE), samples // 2)
    level = Envelope((0, samples), (0.0, 0.0))
    order = order_of_cells(source.joins, len(source.loop))
    track = BedTrack(0, samples, fade, fade, source.loop, source.content_key, level, order=order)
    return Mix(samples, 2, [], [track])


def _check_audio_file(name: str) -> Path:
    from voiceguide.errors import AudioFileError
    from voiceguide.script.path_lookup import kind_at

    if kind_at(name) != "file":
        raise AudioFileError(f"{name} does not exist. Check its name.")
    return Path(name)


def _play_or_write_stdout(mix: Mix, name: str, cache: DiskCache, play: bool) -> None:
    from voiceguide.system.temp_dirs import make_temp_dir

    with make_temp_dir() as folder:
        file = Path(folder, "bed.wav")
        _encode(mix, file, "wav", name, cache)
        if play:
            play_on_terminal(file.read_bytes())
        else:
            sys.stdout.buffer.write(file.read_bytes())


def _export(mix: Mix, target: Path, name: str, cache: DiskCache) -> None:
    from voiceguide.encode.formats import FORMATS
    from voiceguide.errors import ExportError
    from voiceguide.export.input_protection import check_not_inputs
    from voiceguide.script.model.bed_layers import bed_files, is_builtin_bed
    from voiceguide.system.atomic_file import atomic_write

    kind = target.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        extensions = ", ".join(f".{known}" for known in FORMATS)
        raise ExportError(f"-o {target}: not an audio file extension. Use {extensions}.")
    if not is_builtin_bed(name):
        check_not_inputs([target], [Path(name), *map(Path, bed_files(name))])
    with atomic_write(target) as part:
        _encode(mix, part, kind, name, cache)


def _print_report(mix: Mix, output: str, name: str, as_json: bool, quiet: bool) -> None:
    from voiceguide.units import format_length, samples_to_seconds

    if as_json:
        print_json({"file": output, "bed": name, "length": samples_to_seconds(mix.total)})
    elif not quiet:
        click.echo(escape_control_characters(f"{click.format_filename(output)}  {name}, {format_length(mix.total)}"))


def _encode(mix: Mix, file: Path, format_name: str, name: str, cache: DiskCache) -> None:
    from voiceguide.encode.ffmpeg_writer import write_with_ffmpeg
    from voiceguide.encode.mp3_writer import write_mp3
    from voiceguide.metadata.tags import Tags, clip_tag_text

    tags = Tags(title=clip_tag_text(Path(name).stem), artist="voiceguide", genre="Ambient")
    if format_name == "mp3":
        write_mp3(mix, file, tags=tags, cache=cache)
    else:
        write_with_ffmpeg(mix, file, format_name, tags=tags)
