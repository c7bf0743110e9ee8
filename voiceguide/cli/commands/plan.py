"""`voiceguide plan`"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceguide.cli.options import (
    complete_routine,
    given_overrides,
    json_option,
    override_options,
    quiet_option,
    strict_option,
)
from voiceguide.cli.output import escape_control_characters, print_json, print_note, print_warnings, progress_bars

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod
    from rich.table import Table
    from rich.text import Text

    from voiceguide.timeline.model import TimedStep, Timeline

__all__ = ["command"]

BAR_WIDTH = 40


@click.command("plan")
@click.argument("routine", shell_complete=complete_routine)
@override_options
@json_option
@click.option("--svg", metavar="FILE", help="Write the timeline as a picture.")
@click.option("--spoken", is_flag=True, help="Print every text as its voice gets it: numbers in words, and so on.")
@click.option("--exact", is_flag=True, help="Synthesize the speech first, so that no length is an estimate.")
@strict_option
@quiet_option
def command(
    routine: str,
    as_json: bool,
    svg: str | None,
    spoken: bool,
    exact: bool,
    strict: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Show the timeline of ROUTINE without rendering anything: step start times, stages, and the total length."""
    import voiceguide
    from voiceguide.pipeline.override_options import fallback_voice_note

    loaded = voiceguide.load(routine)
    with progress_bars(quiet or as_json) as progress:
        timeline = loaded.plan(exact=exact, progress=progress, **given_overrides(options))
    if svg is not None:
        _write_svg(timeline, Path(svg), loaded.input_files)
    if as_json:
        print_json(timeline.to_dict())
    elif spoken:
        _print_spoken_texts(timeline, loaded.pronunciations)
    elif svg is None:
        _print_timeline(timeline)
    print_warnings(timeline.warnings, quiet or as_json)
    print_note(fallback_voice_note(timeline), quiet or as_json)
    if strict and timeline.warnings:
        raise SystemExit(1)


def _write_svg(timeline: Timeline, target: Path, inputs: Sequence[Path]) -> None:
    from voiceguide.export.input_protection import check_not_inputs
    from voiceguide.export.timeline_svg import render_timeline_svg
    from voiceguide.system.atomic_file import write_atomically

    check_not_inputs([target], inputs)
    write_atomically(target, render_timeline_svg(timeline).encode())


def _print_spoken_texts(timeline: Timeline, pronunciations: Mapping[str, str]) -> None:
    """Print the texts of each stage as the engine gets them. A text that is spoken several times is printed once."""
    from voiceguide.speech.preview import spoken_text
    from voiceguide.units import format_clock

    printed = set()
    for stage in timeline.stages:
        click.echo(escape_control_characters(stage.title))
        for cue in (cue for step in stage.steps for cue in step.cues):
            if cue.line is not None and cue.line not in printed:
                printed.add(cue.line)
                click.echo(
                    escape_control_characters(f"{format_clock(cue.start):>8}  {spoken_text(cue.line, pronunciations)}")
                )


def _print_timeline(timeline: Timeline) -> None:
    """Print the step table and the stage bars."""
    from rich.console import Console

    console = Console(highlight=False, emoji=False, markup=False)
    console.print(_step_table(timeline))
    _print_stage_bars(timeline, console)


def _step_table(timeline: Timeline) -> Table:
    """Return a table with one row per cue: clock time, step, seconds of speech, seconds of silence after it, text."""
    from rich.table import Table
    from rich.text import Text

    from voiceguide.units import format_clock

    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("clock", "step", "speech", "silence", "text"):
        justify: JustifyMethod = "left" if name in ("step", "text") else "right"
        table.add_column(name, justify=justify, no_wrap=name != "text")
    following = [*[cue.start for cue in timeline.cues][1:], timeline.total]
    silence_after = {id(cue): start - cue.end for cue, start in zip(timeline.cues, following, strict=True)}
    for stage in timeline.stages:
        table.add_row(format_clock(stage.start), Text(escape_control_characters(stage.title), "bold"), "", "", "")
        for equal_steps in _group_equal_steps(stage.steps):
            for row in _step_rows(equal_steps[0], silence_after):
                table.add_row(*row)
            if len(equal_steps) > 1:
                times = "once more" if len(equal_steps) == 2 else f"{len(equal_steps) - 1} more times"
                table.add_row(format_clock(equal_steps[1].start), "  ...", "", "", Text(f"(the same {times})", "dim"))
    return table


def _group_equal_steps(steps: Sequence[TimedStep]) -> Iterator[list[TimedStep]]:
    """Yield the steps in groups. Consecutive repetitions of a step form one group."""

    def identity(step: TimedStep) -> tuple[object, ...]:
        return (step.yaml_path, step.name, *((cue.kind, cue.text) for cue in step.cues))

    for _, equal_steps in groupby(steps, identity):
        yield list(equal_steps)


def _step_rows(
    step: TimedStep, silence_after: Mapping[int, int]
) -> Iterator[tuple[str, str | Text, str, str, str | Text]]:
    """Yield the table rows of a step, one per cue. `silence_after` maps the id of each cue to samples."""
    from rich.text import Text

    from voiceguide.units import SAMPLE_RATE, format_clock

    name = f"  {escape_control_characters(step.name)[:26]}"
    if not step.cues:
        yield format_clock(step.start), Text(name), "", f"{step.length / SAMPLE_RATE:.1f}", ""
    for cue in step.cues:
        text = Text(escape_control_characters(cue.text)) if cue.is_speech else Text(f"({cue.text})", "dim")
        speech = f"{cue.length / SAMPLE_RATE:.1f}" if cue.is_speech else ""
        silence = f"{max(silence_after[id(cue)], 0) / SAMPLE_RATE:.1f}"
        yield format_clock(cue.start), Text(name if cue is step.cues[0] else ""), speech, silence, text


def _print_stage_bars(timeline: Timeline, console: Console) -> None:
    """Print each stage as a bar drawn to scale, followed by the total."""
    from voiceguide.units import format_clock

    width = max(len(stage.title) for stage in timeline.stages)
    console.print()
    for stage in timeline.stages:
        bar = "█" * max(round(BAR_WIDTH * stage.length / max(timeline.total, 1)), 1)
        percent = round(100 * stage.length / max(timeline.total, 1))
        title = f"{stage.title[:40]:<{min(width, 40)}}"
        console.print(escape_control_characters(f"{title}  {format_clock(stage.length):>7} {percent:3} %  {bar}"))
    speech = sum(cue.length for cue in timeline.cues if cue.is_speech)
    about = "about " if timeline.estimated else ""
    console.print(
        f"\nTotal {format_clock(timeline.total)}: {about}{format_clock(speech)} speech, "
        f"{about}{format_clock(timeline.total - speech)} silence."
    )
    if timeline.estimated:
        console.print(
            "Some lengths are estimates because the speech has not been synthesized yet. "
            "Use --exact to synthesize it first."
        )
