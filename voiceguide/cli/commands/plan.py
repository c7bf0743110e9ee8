"""`voiceguide plan`"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceguide.cli.options import complete_routine, override_options, quiet_option
from voiceguide.cli.output import make_printable, print_json, print_note, print_warnings, progress_on_stderr

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from voiceguide.timeline.model import TimedStep, Timeline

__all__ = ["command"]

BAR_WIDTH = 40


@click.command("plan")
@click.argument("routine", shell_complete=complete_routine)
@override_options
@click.option("--json", "as_json", is_flag=True, help="One object for a program to read.")
@click.option("--svg", metavar="FILE", help="Write the timeline as a picture.")
@click.option("--exact", is_flag=True, help="Speak the words first, so that no length is an estimate.")
@click.option("--strict", is_flag=True, help="Advice counts as a problem.")
@quiet_option
def command(
    routine: str, as_json: bool, svg: str | None, exact: bool, strict: bool, quiet: bool, **options: Any
) -> None:
    """Show the timeline of ROUTINE before anything is made: every step with its clock time, the stages, the total."""
    from voiceguide.pipeline.override_options import (
        collect_warnings,
        fallback_voice_note,
        open_builder,
        parse_overrides,
    )
    from voiceguide.timeline.serialization import timeline_to_dict

    with (
        progress_on_stderr(quiet or as_json) as progress,
        open_builder(routine, lambda script: parse_overrides(script, options), progress) as session,
    ):
        timeline = session.exact_timeline() if exact else session.estimated_timeline()
        warnings = collect_warnings(session, timeline)
    if svg is not None:
        _write_svg(timeline, Path(svg))
    if as_json:
        print_json(timeline_to_dict(timeline, warnings))
    elif svg is None:
        _print_timeline(timeline)
    print_warnings(warnings, quiet or as_json)
    print_note(fallback_voice_note(timeline), quiet or as_json)
    if strict and warnings:
        raise SystemExit(1)


def _write_svg(timeline: Timeline, target: Path) -> None:
    from voiceguide.export.timeline_svg import render_timeline_svg
    from voiceguide.system.atomic_file import write_atomically

    write_atomically(target, render_timeline_svg(timeline).encode("utf-8"))


def _print_timeline(timeline: Timeline) -> None:
    """The table that can be read aloud: clock, step, seconds of speech and of quiet, words; then the stages as bars."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from voiceguide.units import format_clock

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name, justify in (
        ("clock", "right"),
        ("step", "left"),
        ("speech", "right"),
        ("quiet", "right"),
        ("words", "left"),
    ):
        table.add_column(name, justify=justify, no_wrap=name != "words")  # type: ignore[arg-type]
    ends = [*[cue.start for cue in timeline.cues][1:], timeline.total]
    quiet_after = {id(cue): end - cue.end for cue, end in zip(timeline.cues, ends, strict=True)}
    for stage in timeline.stages:
        table.add_row(format_clock(stage.start), Text(make_printable(stage.title), "bold"), "", "", "")
        for alike in _group_repeated_steps(stage.steps):
            for row in _step_rows(alike[0], quiet_after):
                table.add_row(*row)
            if len(alike) > 1:
                times = "once more" if len(alike) == 2 else f"{len(alike) - 1} times more"
                table.add_row(format_clock(alike[1].start), "  ...", "", "", Text(f"(the same {times})", "dim"))
    console = Console(highlight=False, emoji=False, markup=False)
    console.print(table)
    _print_stage_bars(timeline, console)


def _group_repeated_steps(steps: Sequence[TimedStep]) -> Iterator[list[TimedStep]]:
    """The steps, those together that are the same one over and over."""

    def heard(step: TimedStep) -> tuple[object, ...]:
        return (step.yaml_path, step.name, *((cue.kind, cue.text) for cue in step.cues))

    for _, alike in groupby(steps, heard):
        yield list(alike)


def _step_rows(
    step: TimedStep, silence_after: Mapping[int, int]
) -> Iterator[tuple[str, str | Text, str, str, str | Text]]:
    """The cells of a step, a row for each of its cues; the quiet after each in samples, by the cue's id."""
    from rich.text import Text

    from voiceguide.units import SAMPLE_RATE, format_clock

    name = f"  {make_printable(step.name)[:26]}"
    if not step.cues:
        yield format_clock(step.start), Text(name), "", f"{step.length / SAMPLE_RATE:.1f}", ""
    for cue in step.cues:
        spoken = cue.is_speech
        words = Text(make_printable(cue.text)) if spoken else Text(f"({cue.chime})", "dim")
        speech = f"{cue.length / SAMPLE_RATE:.1f}" if spoken else ""
        quiet = f"{max(silence_after[id(cue)], 0) / SAMPLE_RATE:.1f}"
        yield format_clock(cue.start), Text(name if cue is step.cues[0] else ""), speech, quiet, words


def _print_stage_bars(timeline: Timeline, console: Console) -> None:
    from voiceguide.units import format_clock

    width = max(len(stage.title) for stage in timeline.stages)
    console.print()
    for stage in timeline.stages:
        bar = "█" * max(round(BAR_WIDTH * stage.length / max(timeline.total, 1)), 1)
        share = round(100 * stage.length / max(timeline.total, 1))
        console.print(
            make_printable(f"{stage.title[:40]:<{min(width, 40)}}  {format_clock(stage.length):>7} {share:3} %  {bar}")
        )
    spoken = sum(cue.length for cue in timeline.cues if cue.is_speech)
    about = "about " if timeline.estimated else ""
    console.print(
        f"\n{format_clock(timeline.total)} in all: {about}{format_clock(spoken)} of words, "
        f"{about}{format_clock(timeline.total - spoken)} of quiet."
    )
    if timeline.estimated:
        console.print("Some words have not been spoken yet, so their lengths are estimates; --exact speaks them first.")
