"""`voiceguide plan`"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceguide.cli.completion import complete_routine
from voiceguide.cli.options import (
    given_overrides,
    json_option,
    override_options,
    quiet_option,
    strict_option,
    verbose_option,
)
from voiceguide.cli.output import escape_control_characters, print_json, print_note, print_warnings
from voiceguide.cli.progress import progress_bars
from voiceguide.cli.tables import Row, can_print, print_table, terminal_columns
from voiceguide.cli.wrapping import wrap_words

if TYPE_CHECKING:
    from voiceguide.api import Routine
    from voiceguide.timeline.model import TimedStage, TimedStep, Timeline

__all__ = ["command"]

BAR_WIDTH = 40
MIN_BAR_WIDTH = 8
NAME_WIDTH, MIN_NAME_WIDTH = 26, 8
OTHER_COLUMNS_WIDTH = 28
"""The combined width of the clock time, speech and silence columns, including the space between them."""
TITLE_WIDTH = 40


@click.command("plan")
@click.argument("routine", shell_complete=complete_routine)
@override_options
@json_option
@click.option("--svg", metavar="FILE", help="Write the timeline as a picture.")
@click.option("--stages", "stages_only", is_flag=True, help="Show only the stages, without their steps.")
@click.option(
    "--spoken", is_flag=True, help="Print every text as it is passed to the voice, with numbers written as words."
)
@click.option("--exact", is_flag=True, help="Synthesize the speech first, so that no length is an estimate.")
@strict_option
@quiet_option
@verbose_option("Show every repetition of a step.")
def command(
    routine: str,
    as_json: bool,
    svg: str | None,
    stages_only: bool,
    spoken: bool,
    exact: bool,
    strict: bool,
    quiet: bool,
    verbose: bool,
    **options: Any,
) -> None:
    """Show the timeline of ROUTINE without rendering anything: step start times, stages, and the total length.

    \b
    Example:
      voiceguide plan foot-massage --set soak=3m --stages
    """
    import voiceguide
    from voiceguide.pipeline.override_options import fallback_voice_note

    loaded = voiceguide.load(routine)
    with progress_bars(quiet or as_json) as progress:
        timeline = loaded.plan(exact=exact, progress=progress, **given_overrides(options))
    if svg is not None:
        _write_svg(timeline, Path(svg), _list_inputs(loaded, timeline, options))
    if as_json:
        print_json(timeline.to_dict())
    elif spoken:
        _print_spoken_texts(timeline, loaded.pronunciations)
    elif svg is None:
        if not stages_only:
            _print_steps(timeline, verbose)
            click.echo()
        _print_stages(timeline, with_start=stages_only)
    print_warnings(timeline.warnings, quiet or as_json)
    print_note(fallback_voice_note(timeline), quiet or as_json)
    if strict and timeline.warnings:
        raise SystemExit(1)


def _list_inputs(routine: Routine, timeline: Timeline, options: Mapping[str, Any]) -> list[Path]:
    """Return every file that was read for a timeline."""
    from voiceguide.pipeline.input_overwrite_check import list_timeline_files
    from voiceguide.pipeline.override_options import parse_bed_override

    beds = parse_bed_override(options["bed"])[1] if options["bed"] else {}
    variant_files = [Path(options["variant_file"])] if options["variant_file"] else []
    return [*routine.input_files, *variant_files, *list_timeline_files(routine.path.parent, timeline, beds)]


def _write_svg(timeline: Timeline, target: Path, inputs: Sequence[Path]) -> None:
    from voiceguide.export.input_protection import check_not_inputs
    from voiceguide.export.timeline_svg import render_timeline_svg
    from voiceguide.system.atomic_file import write_atomically

    check_not_inputs([target], inputs)
    write_atomically(target, render_timeline_svg(timeline).encode())


def _print_spoken_texts(timeline: Timeline, pronunciations: Mapping[str, str]) -> None:
    """Print the texts of each stage as the engine receives them. Repeated texts are printed once."""
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


def _print_steps(timeline: Timeline, every_repetition: bool) -> None:
    """Print a row for each cue: clock time, step, seconds of speech, seconds of silence after the speech, text."""
    from voiceguide.units import format_clock

    following = [*[cue.start for cue in timeline.cues][1:], timeline.total]
    silence_after = {id(cue): start - cue.end for cue, start in zip(timeline.cues, following, strict=True)}
    rows: list[Row] = []
    for stage in timeline.stages:
        title = _shorten_on_terminal(stage.title, _name_width() + 2)
        rows.append(Row((format_clock(stage.start), title, "", "", ""), bold=True))
        for equal_steps in [[step] for step in stage.steps] if every_repetition else _group_equal_steps(stage.steps):
            rows += _step_rows(equal_steps[0], silence_after)
            if len(equal_steps) > 1:
                times = "once more" if len(equal_steps) == 2 else f"{len(equal_steps) - 1} more times"
                row = (format_clock(equal_steps[1].start), "  ...", "", "", f"(the same {times})")
                rows.append(Row(row, dim=True))
    print_table(rows, ("clock", "step", "speech", "silence", "text"), right=(0, 2, 3))


def _group_equal_steps(steps: Sequence[TimedStep]) -> Iterator[list[TimedStep]]:
    """Yield the steps in groups. Consecutive repetitions of a step form one group."""

    def identity(step: TimedStep) -> tuple[object, ...]:
        return (step.yaml_path, step.name, *((cue.kind, cue.text) for cue in step.cues))

    for _, equal_steps in groupby(steps, identity):
        yield list(equal_steps)


def _step_rows(step: TimedStep, silence_after: Mapping[int, int]) -> Iterator[Row]:
    """Yield the table rows of a step, one per cue.

    `silence_after` maps the id of each cue to the silence after the cue, in samples.
    """
    from voiceguide.units import SAMPLE_RATE, format_clock

    name = f"  {_shorten_on_terminal(step.name, _name_width())}"
    if not step.cues:
        yield Row((format_clock(step.start), name, "", f"{step.length / SAMPLE_RATE:.1f}", ""))
    for cue in step.cues:
        speech = f"{cue.length / SAMPLE_RATE:.1f}" if cue.is_speech else ""
        silence = f"{max(silence_after[id(cue)], 0) / SAMPLE_RATE:.1f}"
        text = (cue.text or f"({cue.line.audio})") if cue.line else f"({cue.text})"
        shown_name = name if cue is step.cues[0] else ""
        yield Row((format_clock(cue.start), shown_name, speech, silence, text), dim=not cue.is_speech)


def _name_width() -> int:
    return min(NAME_WIDTH, max((terminal_columns() or 80) - OTHER_COLUMNS_WIDTH, MIN_NAME_WIDTH))


def _shorten_on_terminal(name: str, limit: int) -> str:
    from voiceguide.units import shorten

    return name if terminal_columns() is None else shorten(name, limit)


def _print_stages(timeline: Timeline, with_start: bool) -> None:
    """Print each stage with its length and a bar drawn to scale, followed by the total."""
    from voiceguide.units import format_clock, format_total

    start = [format_clock(_nearest_second(stage.start)) for stage in timeline.stages] if with_start else []
    titles = [_shorten_on_terminal(stage.title, TITLE_WIDTH) for stage in timeline.stages]
    lengths = [_rounded_length(stage) for stage in timeline.stages]
    percents = [f"{100 * stage.length / max(timeline.total, 1):3.0f} %" for stage in timeline.stages]
    columns = [*([start] if with_start else []), titles, lengths, percents]
    used = sum(max(map(len, column)) + 2 for column in columns)
    width = min(BAR_WIDTH, (terminal_columns() or used + BAR_WIDTH) - used)
    block = "█" if can_print("█") else "#"
    if width >= MIN_BAR_WIDTH:
        scale = width / max(timeline.total, 1)
        columns.append([block * max(round(scale * stage.length), 1) for stage in timeline.stages])
    right = (0, 2, 3) if with_start else (1, 2)
    print_table([Row(cells) for cells in zip(*columns, strict=True)], right=right)
    speech = format_total(sum(cue.length for cue in timeline.cues if cue.is_speech))
    silence = _rounded_silence(timeline)
    about = "about " if timeline.estimated else ""
    lines = [f"Total {format_total(timeline.total)}: {about}{speech} speech, {about}{silence} silence."]
    if timeline.estimated:
        lines.append(
            "Some lengths are estimates because the speech has not been synthesized yet. "
            "Use --exact to synthesize it first."
        )
    click.echo()
    for line in lines:
        click.echo("\n".join(wrap_words(line, terminal_columns() or len(line))))


def _rounded_length(stage: TimedStage) -> str:
    """Return the length of a stage, rounded so that the stages add up to the displayed total."""
    from voiceguide.units import format_clock

    return format_clock(_nearest_second(stage.end) - _nearest_second(stage.start))


def _rounded_silence(timeline: Timeline) -> str:
    """Return the total silence in a session, rounded so that speech and silence add up to the displayed total."""
    from voiceguide.units import format_clock

    speech = sum(cue.length for cue in timeline.cues if cue.is_speech)
    return format_clock(_nearest_second(timeline.total) - _nearest_second(speech))


def _nearest_second(samples: int) -> int:
    """Round a number of samples to a whole second."""
    from voiceguide.units import SAMPLE_RATE

    return (samples + SAMPLE_RATE // 2) // SAMPLE_RATE * SAMPLE_RATE
