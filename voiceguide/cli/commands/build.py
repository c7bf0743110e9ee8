"""`voiceguide build`"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceguide.cli.options import complete_routine, override_options, quiet_option
from voiceguide.cli.output import make_printable, print_json, print_note, print_warnings, progress_on_stderr
from voiceguide.encode.formats import FORMATS

if TYPE_CHECKING:
    from voiceguide.timeline.model import Timeline

__all__ = ["command"]


@click.command("build")
@click.argument("routines", nargs=-1, required=True, metavar="ROUTINE...", shell_complete=complete_routine)
@click.option("-o", "--output", metavar="FILE|DIR", help="Where to write; output/NAME.mp3 where left out.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="The kind of file; the ending of -o, or mp3.")
@click.option(
    "--bitrate", type=click.IntRange(8, 512), metavar="KBPS", help="Kilobits a second, for mp3, m4b and opus."
)
@override_options
@click.option("--split", is_flag=True, help="Write one file a stage, and a playlist.")
@click.option("--lrc", is_flag=True, help="Write the words beside it as lyrics.")
@click.option("--vtt", is_flag=True, help="Write the words beside it as captions.")
@click.option("--chapters-json", is_flag=True, help="Write the chapters beside it for podcasts.")
@click.option("--cue-sheet", is_flag=True, help="Write a page to print beside it.")
@click.option(
    "--html", "html_player", is_flag=True, help="Write NAME.player.html beside it: sound and player in one page."
)
@click.option("--strict", is_flag=True, help="Advice counts as a problem.")
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="How many processes encode at once.")
@click.option("--no-cache", is_flag=True, help="Make everything anew.")
@click.option("--watch", is_flag=True, help="Build again whenever the script or a file that it names changes.")
@click.option("--json", "as_json", is_flag=True, help="Print the timeline and the file as one object.")
@quiet_option
def command(
    routines: tuple[str, ...], output: str | None, quiet: bool, as_json: bool, watch: bool, **options: Any
) -> None:
    """Write the session of each ROUTINE, a file or the name of a bundled one, as an audio file."""
    if options["html_player"] and options["split"]:
        raise click.UsageError("--html writes one page with the whole session, and does not go with --split.")
    if watch:
        _build_and_watch(routines, output, quiet, as_json, options)
    for routine in routines:
        target = _choose_output_file(routine, output, options["form"], several=len(routines) > 1)
        _, data = _build_session(routine, target, quiet or as_json, options)
        if as_json:
            print_json(data)


def _build_and_watch(
    routines: tuple[str, ...], output: str | None, quiet: bool, as_json: bool, options: dict[str, Any]
) -> None:
    from voiceguide.cli.watch_loop import build_on_change

    if as_json or len(routines) > 1 or routines == ("-",):
        raise click.UsageError("--watch looks after one ROUTINE in a file, and does not go with --json.")
    target = _choose_output_file(routines[0], output, options["form"], several=False)
    build_on_change(routines[0], options["bed"], lambda: _build_session(routines[0], target, quiet, options)[0], quiet)


def _choose_output_file(routine: str, output: str | None, format_name: str | None, several: bool) -> Path:
    """The file to write: -o names it, or the folder it goes into."""
    from voiceguide.errors import VoiceguideError

    name = f"{'session' if routine == '-' else Path(routine).stem}.{format_name or 'mp3'}"
    if output is None:
        return Path("output") / name
    if output.endswith(("/", "\\")) or Path(output).is_dir():
        return Path(output) / name
    if several:
        raise VoiceguideError(
            f"-o {output}: several routines need a folder. Write -o {output}/ for a folder of that name."
        )
    ending = Path(output).suffix.lower().lstrip(".")
    if format_name is None and ending not in FORMATS:
        raise VoiceguideError(
            f"-o {output}: the name does not say which kind of file it is. "
            f"End it in one of {', '.join('.' + known for known in FORMATS)}, or write --format."
        )
    return Path(output)


def _build_session(routine: str, target: Path, quiet: bool, options: dict[str, Any]) -> tuple[Timeline, dict[str, Any]]:
    """Write a session. Its timeline, and what --json prints."""
    from voiceguide.errors import VoiceguideError
    from voiceguide.export.exporter import ExportSettings
    from voiceguide.export.sidecars import SIDECARS, write_sidecars
    from voiceguide.pipeline.override_options import (
        collect_warnings,
        fallback_voice_note,
        open_builder,
        parse_overrides,
    )
    from voiceguide.timeline.serialization import timeline_to_dict

    began = time.monotonic()
    how = ExportSettings(options["form"] or target.suffix.lower().lstrip("."), options["bitrate"], options["jobs"])
    with (
        progress_on_stderr(quiet) as progress,
        open_builder(
            routine, lambda script: parse_overrides(script, options), progress, not options["no_cache"]
        ) as session,
    ):
        timeline = session.exact_timeline()
        warnings = collect_warnings(session, timeline)
        if options["strict"] and warnings:
            raise VoiceguideError("\n".join(warnings) + "\nNothing was built, since --strict makes advice count.")
        written = session.write(timeline, target, how, options["split"])
        beside = write_sidecars(timeline, target, written[0], [kind for kind in SIDECARS if options.get(kind)])
    seconds = time.monotonic() - began
    size = sum(path.stat().st_size for path in written)
    print_warnings(warnings, quiet)
    print_note(fallback_voice_note(timeline), quiet)
    if not quiet:
        _print_result(timeline, [*written, *beside], size, seconds)
    return timeline, {
        **timeline_to_dict(timeline, warnings),
        "file": str(written[0]),
        "files": [str(path) for path in (*written, *beside)],
        "bytes": size,
        "seconds_taken": round(seconds, 3),
    }


def _print_result(timeline: Timeline, files: list[Path], size_bytes: int, elapsed_s: float) -> None:
    from voiceguide.units import format_clock

    first, *others = files
    facts = f"{format_clock(timeline.total)}  {size_bytes / 1e6:.1f} MB  in {elapsed_s:.1f} s"
    click.echo(make_printable(f"{click.format_filename(first)}  {facts}"))
    for path in others:
        click.echo(make_printable(click.format_filename(path)))
