"""`voiceguide routines`"""

from __future__ import annotations

import click

from voiceguide.cli.output import print_json, printable

__all__ = ["command"]


@click.command("routines")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def command(as_json: bool) -> None:
    """List the bundled routines: their names, what they are, how long they last."""
    from voiceguide.pipeline.bundled_routines import bundled_routines
    from voiceguide.pipeline.override_options import session_of
    from voiceguide.timeline.arrangement.overrides import Overrides
    from voiceguide.units import format_clock, samples_to_seconds

    rows = []
    for name, path in bundled_routines().items():
        with session_of(str(path), lambda script: Overrides()) as session:
            timeline = session.planned()
        rows.append((name, timeline, session.script.routine.description or ""))
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "title": timeline.title,
                    "total": samples_to_seconds(timeline.total),
                    "description": text,
                }
                for name, timeline, text in rows
            ]
        )
        return
    for name, timeline, text in rows:
        click.echo(printable(f"{name:<24} {format_clock(timeline.total):>8}  {timeline.title}. {text}"))
