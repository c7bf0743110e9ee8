"""`voiceguide build`"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from voiceguide.cli.options import override_options, overrides_from, quiet_option
from voiceguide.cli.show import advise, print_json, printable, progress_on_stderr

__all__ = ["command"]


@click.command("build")
@click.argument("routines", nargs=-1, required=True, metavar="ROUTINE...")
@click.option("-o", "--output", metavar="FILE|DIR", help="Where to write; output/NAME.mp3 where left out.")
@override_options
@click.option("--strict", is_flag=True, help="Advice counts as a problem.")
@click.option("--no-cache", is_flag=True, help="Make everything anew.")
@click.option("--json", "as_json", is_flag=True, help="Print the timeline and the file as one object.")
@quiet_option
def command(
    routines: tuple[str, ...],
    output: str | None,
    strict: bool,
    no_cache: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Write the session of each ROUTINE, a file or the name of a bundled one, as an MP3."""
    for routine in routines:
        target = _target(routine, output, several=len(routines) > 1)
        data = _build(routine, target, strict, not no_cache, quiet or as_json, options)
        if as_json:
            print_json(data)


def _target(routine: str, output: str | None, several: bool) -> Path:
    """The file to write: -o names it, or the folder it goes into."""
    from voiceguide.errors import VoiceguideError

    name = f"{'session' if routine == '-' else Path(routine).stem}.mp3"
    if output is None:
        return Path("output") / name
    if output.endswith(("/", "\\")) or Path(output).is_dir():
        return Path(output) / name
    if several:
        raise VoiceguideError(
            f"-o {output}: several routines need a folder. Write -o {output}/ for a folder of that name."
        )
    return Path(output)


def _build(
    routine: str, target: Path, strict: bool, cached: bool, quiet: bool, options: dict[str, Any]
) -> dict[str, Any]:
    from voiceguide.cli.sessions import advice_of, session_of
    from voiceguide.errors import VoiceguideError
    from voiceguide.timeline.shape import timeline_data
    from voiceguide.units import format_clock

    began = time.monotonic()
    with (
        progress_on_stderr(quiet) as progress,
        session_of(routine, lambda script: overrides_from(script, options), progress, cached) as session,
    ):
        timeline = session.settled()
        warnings = advice_of(session, timeline)
        if strict and warnings:
            raise VoiceguideError("\n".join(warnings) + "\nNothing was built, since --strict makes advice count.")
        session.write(timeline, target)
    advise(warnings, quiet)
    seconds = time.monotonic() - began
    size = target.stat().st_size
    if not quiet:
        click.echo(printable(f"{target}  {format_clock(timeline.total)}  {size / 1e6:.1f} MB  in {seconds:.1f} s"))
    return {
        **timeline_data(timeline, warnings),
        "file": str(target),
        "bytes": size,
        "seconds_taken": round(seconds, 3),
    }
