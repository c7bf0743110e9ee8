"""`voiceguide routines`"""

from __future__ import annotations

import click

from voiceguide.cli.output import make_printable, print_json

__all__ = ["command"]


@click.command("routines")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def command(as_json: bool) -> None:
    """List the bundled routines: their names, what they are, how long they last."""
    from voiceguide.pipeline.bundled_routines import list_bundled_routines
    from voiceguide.pipeline.override_options import open_builder
    from voiceguide.timeline.arrangement.overrides import Overrides
    from voiceguide.units import format_clock, samples_to_seconds

    rows = []
    for name, path in list_bundled_routines().items():
        with open_builder(str(path), lambda script: Overrides()) as session:
            timeline = session.estimated_timeline()
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
        click.echo(make_printable(f"{name:<24} {format_clock(timeline.total):>8}  {timeline.title}. {text}"))
