"""`voiceguide build`"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from voiceguide.cli.completion import complete_routine, complete_step
from voiceguide.cli.options import (
    given_overrides,
    json_option,
    override_options,
    quiet_option,
    strict_option,
    verbose_option,
)
from voiceguide.cli.output import (
    error_text,
    escape_control_characters,
    print_json,
    print_logged_notes,
    print_message,
    print_note,
    print_warnings,
)
from voiceguide.cli.progress import ActivityTimes, progress_bars
from voiceguide.encode.formats import FORMATS

if TYPE_CHECKING:
    from voiceguide.api import Routine, Session, Sidecar

__all__ = ["command"]

T = TypeVar("T")
SIDECARS: tuple[Sidecar, ...] = (
    *("lrc", "vtt", "srt", "labels", "transcript", "ssml", "otio"),
    *("chapters_json", "cue_sheet", "html_player"),
)


@click.command("build")
@click.argument("routines", nargs=-1, required=True, metavar="ROUTINE...", shell_complete=complete_routine)
@click.option("-o", "--output", metavar="FILE|DIR", help="Output file or folder [default: output/NAME.mp3].")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    help="Audio format. Default: determined by the extension of -o, otherwise mp3.",
)
@click.option(
    "--bitrate", "bitrate_kbps", type=click.IntRange(8, 512), metavar="KBPS", help="Bit rate, for mp3, m4b and opus."
)
@override_options
@click.option("--split", is_flag=True, help="Write one file for each stage, and a playlist.")
@click.option(
    "--step", metavar="NAME", shell_complete=complete_step, help="Build only this step, given as STEP or STAGE/STEP."
)
@click.option("--stems", is_flag=True, help="Also write the voice, the background and the chimes as WAV files.")
@click.option("--lrc", is_flag=True, help="Also write an .lrc lyrics file.")
@click.option("--vtt", is_flag=True, help="Also write WebVTT captions.")
@click.option("--srt", is_flag=True, help="Also write SubRip captions.")
@click.option("--labels", is_flag=True, help="Also write Audacity labels, NAME.labels.txt.")
@click.option("--transcript", is_flag=True, help="Also write a plain-text transcript, NAME.transcript.txt.")
@click.option("--ssml", is_flag=True, help="Also write SSML, for other speech programs.")
@click.option("--otio", is_flag=True, help="Also write an OpenTimelineIO timeline, for video editors.")
@click.option("--chapters-json", is_flag=True, help="Also write a podcast chapters file.")
@click.option("--cue-sheet", is_flag=True, help="Also write a printable cue sheet.")
@click.option(
    "--html", "html_player", is_flag=True, help="Also write NAME.player.html, a web page with the audio and a player."
)
@strict_option
@click.option("--jobs", type=click.IntRange(1, 64), metavar="N", help="Number of encoder processes to run in parallel.")
@click.option("--no-cache", is_flag=True, help="Ignore the cache and rebuild everything.")
@click.option("--watch", is_flag=True, help="Rebuild whenever the script or one of its files changes.")
@json_option
@quiet_option
@verbose_option("Also print how long each phase of the build took.")
def command(
    routines: tuple[str, ...],
    output: str | None,
    quiet: bool,
    as_json: bool,
    watch: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Render each ROUTINE to an audio file. A ROUTINE is a script file or the name of a bundled routine.

    \b
    Example:
      voiceguide build foot-massage --total 15m -o evening.mp3
    """

    from voiceguide.export.input_protection import check_not_inputs

    if options["html_player"] and options["split"]:
        raise click.UsageError(
            "--html writes the whole session to one page, so it cannot be combined with --split. Keep one."
        )
    if options["otio"] and options["split"]:
        raise click.UsageError("--otio refers to one audio file, so it cannot be combined with --split. Keep one.")
    if options["step"] is not None and (options["split"] or options["stems"] or options["html_player"]):
        raise click.UsageError("--step cannot be combined with --split, --stems or --html, which need every step.")
    if options["step"] is not None and output is None:
        raise click.UsageError("--step needs -o FILE or -o FOLDER/, so that it does not replace the whole session.")
    if watch:
        _watch(routines, output, quiet, as_json, options)
    targets = [_choose_target(routine, output, options["format_name"], len(routines) > 1) for routine in routines]
    builder = _Builder(options, quiet or as_json, verbose, several=len(routines) > 1)
    loaded = [builder.attempt(routine, partial(_load, routine)) for routine in routines]
    # no session may overwrite an input of another routine, and each needs its own name
    check_not_inputs(targets, [file for routine in loaded if routine for file in routine.input_files])
    for name, routine, target in zip(routines, loaded, targets, strict=True):
        session = routine and builder.attempt(name, partial(builder.build, routine, target))
        if session and as_json:
            print_json(_to_dict(session))
    builder.report_failures(len(routines))


def _load(routine: str) -> Routine:
    import voiceguide

    return voiceguide.load(routine)


class _Builder:
    """Builds the routines one after another. If one of them fails, the others are still built."""

    def __init__(self, options: dict[str, Any], quiet: bool, verbose: bool, several: bool) -> None:
        self._options = options
        self._quiet = quiet
        self._verbose = verbose
        self._several = several
        self._failed: dict[str, None] = {}

    def attempt(self, routine: str, work: Callable[[], T]) -> T | None:
        """Call `work` and return its result.

        If `work` fails and there are other routines, report the error and return None.
        """
        from voiceguide.errors import VoiceguideError

        try:
            return work()
        except VoiceguideError as error:
            if not self._several:
                raise
            self._failed[routine] = None
            message = error_text(error)
            shown = message if routine in message else f"{routine}: {message}"
            print_message(shown)
            return None

    def build(self, routine: Routine, target: Path) -> Session:
        return _build(routine, target, self._quiet, self._verbose, self._options, target.stem if self._several else "")

    def report_failures(self, total: int) -> None:
        """If there were failures, summarize them and exit."""
        if self._failed:
            built = total - len(self._failed)
            names = ", ".join(f'"{name}"' for name in self._failed)
            print_message(f"{built} of {total} sessions built. Failed: {names}.")
            raise SystemExit(1)


def _watch(routines: tuple[str, ...], output: str | None, quiet: bool, as_json: bool, options: dict[str, Any]) -> None:
    from voiceguide.cli.watch_loop import build_on_change

    if as_json or len(routines) > 1 or routines == ("-",):
        raise click.UsageError("--watch needs one ROUTINE that is a file. It cannot be combined with --json.")
    target = _choose_target(routines[0], output, options["format_name"], several=False)
    build_on_change(
        routines[0], options["bed"], lambda: _build(_load(routines[0]), target, quiet, False, options), quiet
    )


def _choose_target(routine: str, output: str | None, format_name: str | None, several: bool) -> Path:
    """Return the output file: the path given with -o or, if that path is a folder, a file inside the folder."""
    from voiceguide.errors import VoiceguideError

    name = f"{'session' if routine == '-' else Path(routine).stem}.{format_name or 'mp3'}"
    if output is None:
        return Path("output") / name
    if not output:
        raise VoiceguideError("-o is empty. Specify a file, such as evening.mp3, or a folder, such as output/.")
    if output.endswith(("/", "\\")) or os.path.isdir(output):
        return Path(output) / name
    if several:
        raise VoiceguideError(
            f"-o {output}: building several routines requires an output folder. Use -o {output}/ to create one."
        )
    extension = Path(output).suffix.lower().lstrip(".")
    if format_name is None and extension not in FORMATS:
        raise VoiceguideError(
            f"-o {output}: not an audio file extension. "
            f"Use {', '.join('.' + known for known in FORMATS)}, or add --format."
        )
    return Path(output)


def _build(
    routine: Routine, target: Path, quiet: bool, verbose: bool, options: dict[str, Any], name: str = ""
) -> Session:
    from voiceguide.errors import StrictError, VoiceguideError
    from voiceguide.pipeline.override_options import fallback_voice_note

    print_logged_notes(quiet)
    with progress_bars(quiet, name) as bars:
        times = ActivityTimes(bars)
        try:
            session = routine.build(
                target,
                format=options["format_name"],
                bitrate_kbps=options["bitrate_kbps"],
                split=options["split"],
                stems=options["stems"],
                step=options["step"],
                sidecars=[name for name in SIDECARS if options[name]],
                strict=options["strict"],
                jobs=options["jobs"],
                cache=not options["no_cache"],
                progress=times,
                **given_overrides(options),
            )
        except StrictError as error:
            raise VoiceguideError(f"{error}\nNot built: --strict treats warnings as errors.") from error
    for line in times.lines() if verbose else ():
        print_note(line)
    print_warnings(session.warnings, quiet)
    print_note(fallback_voice_note(session.timeline), quiet)
    if not quiet:
        _print_report(session)
    return session


def _print_report(session: Session) -> None:
    from voiceguide.units import format_total

    facts = f"{format_total(session.timeline.total)}  {session.size_bytes / 1e6:.1f} MB  in {session.elapsed_s:.1f} s"
    click.echo(escape_control_characters(f"{click.format_filename(session.path)}  {facts}"))
    for path in session.files[1:]:
        click.echo(escape_control_characters(click.format_filename(path)))


def _to_dict(session: Session) -> dict[str, Any]:
    return {
        **session.timeline.to_dict(),
        "file": str(session.path),
        "files": [str(path) for path in session.files],
        "bytes": session.size_bytes,
        "seconds_taken": round(session.elapsed_s, 3),
    }
