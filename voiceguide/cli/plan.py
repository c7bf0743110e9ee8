"""`voiceguide plan`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from voiceguide.cli.options import override_options, overrides_from, quiet_option
from voiceguide.cli.show import advise, print_json, printable, progress_on_stderr

if TYPE_CHECKING:
    from voiceguide.timeline.model import Timeline

__all__ = ["command"]

BAR = 48


@click.command("plan")
@click.argument("routine")
@override_options
@click.option("--json", "as_json", is_flag=True, help="One object for a program to read.")
@click.option("--exact", is_flag=True, help="Speak the words first, so that no length is an estimate.")
@quiet_option
def command(routine: str, as_json: bool, exact: bool, quiet: bool, **options: Any) -> None:
    """Show the timeline of ROUTINE before anything is made: every step with its clock time, the stages, the total."""
    from voiceguide.cli.sessions import advice_of, session_of
    from voiceguide.timeline.shape import timeline_data

    with progress_on_stderr(quiet) as progress, session_of(
        routine, lambda script: overrides_from(script, options), progress
    ) as session:
        timeline = session.settled() if exact else session.planned()
        warnings = advice_of(session, timeline)
    if as_json:
        print_json(timeline_data(timeline, warnings))
        return
    _show(timeline)
    advise(warnings, quiet)


def _show(timeline: Timeline) -> None:
    from voiceguide.units import SAMPLE_RATE, format_clock

    for stage in timeline.stages:
        bar = "█" * max(round(BAR * stage.length / timeline.total), 1)
        click.echo(printable(f"\n{stage.title}  {format_clock(stage.length)}  {bar}"))
        for step in stage.steps:
            for cue in step.cues:
                name = step.name if cue is step.cues[0] else ""
                words = cue.text if cue.kind == "say" else f"({cue.chime})"
                seconds = cue.length / SAMPLE_RATE
                click.echo(printable(f"{format_clock(cue.at):>8}  {name[:28]:<28} {seconds:5.1f}s  {words}"))
    spoken = sum(cue.length for cue in timeline.cues if cue.kind == "say")
    about = "about " if timeline.estimated else ""
    click.echo(
        f"\n{format_clock(timeline.total)} in all, {about}{format_clock(spoken)} of it speech, "
        f"{about}{format_clock(timeline.total - spoken)} quiet."
    )
