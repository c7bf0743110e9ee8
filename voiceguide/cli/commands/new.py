"""`voiceguide new`"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli.output import escape_control_characters

if TYPE_CHECKING:
    from voiceguide.drafting import StageAnswer

__all__ = ["command"]


@click.command("new")
@click.argument("file", required=False, metavar="FILE")
@click.option("--from", "origin", metavar="NAME", help="Copy a bundled routine, with its comments.")
@click.option("--text", metavar="FILE", help="Create a script from the plain instructions in FILE; - for stdin.")
def command(file: str | None, origin: str | None, text: str | None) -> None:
    """Create a script from a bundled routine or from plain instructions. An existing FILE is never overwritten.

    Without --from or --text, it asks a few questions on the terminal. With --text, lines that you should review are
    marked with "# check:". If FILE is -, the script is written to stdout.
    """
    if origin is not None and text is not None:
        raise click.UsageError("--from and --text cannot be combined. Keep one.")
    asks = origin is None and text is None
    if asks and not sys.stdin.isatty():
        raise click.UsageError("Choose what to start from: --from NAME for a bundled routine, or --text FILE.")
    if file is None and not asks:
        raise click.UsageError(f"Specify a file: voiceguide new my.yaml {_format_source_option(origin, text)}")
    target = _resolve_output_file(file or click.prompt("File to write", default="my-routine.yaml", err=True))
    if text is not None:
        script = _draft_from_text(text)
    elif origin is not None:
        script = _routine_text(origin)
    else:
        script = _draft_from_answers()
    _write_script(script, target)


def _format_source_option(origin: str | None, text: str | None) -> str:
    return f"--from {origin}" if text is None else f"--text {text}"


def _resolve_output_file(file: str) -> Path | None:
    """Return the file to write, or None for stdout. If the name has no extension, .yaml is added."""
    from voiceguide.errors import ExportError

    if file == "-":
        return None
    target = Path(file) if Path(file).suffix else Path(f"{file}.yaml")
    if os.path.lexists(target):
        raise ExportError(f"{target} already exists and was not changed. Choose another name.")
    return target


def _routine_text(origin: str) -> str:
    """Return the text of a routine without its editor comment, whose schema path is valid only in this project."""
    from voiceguide.pipeline.bundled_routines import find_routine
    from voiceguide.script.loader import load_script

    path = find_routine(origin)
    load_script(path)
    lines = path.read_text("utf-8-sig").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("# yaml-language-server:"))


def _draft_from_text(text_file: str) -> str:
    from voiceguide.drafting import draft_script
    from voiceguide.errors import VoiceguideError
    from voiceguide.script.parsing.text_encoding import MAX_SCRIPT_BYTES

    if text_file == "-":
        return draft_script(sys.stdin.buffer.read(MAX_SCRIPT_BYTES + 1), "<stdin>")
    try:
        with open(text_file, "rb") as source:
            data = source.read(MAX_SCRIPT_BYTES + 1)
    except OSError as error:
        raise VoiceguideError(f"{text_file} cannot be read: {error.strerror}. Check its name.") from error
    title = Path(text_file).stem.replace("-", " ").replace("_", " ").strip()
    return draft_script(data, text_file, f"{title[:1].upper()}{title[1:]}" or "My routine")


def _write_script(script: str, target: Path | None) -> None:
    from voiceguide.script.loader import load_script
    from voiceguide.system.atomic_file import write_atomically

    data = script.encode("utf-8")
    load_script(str(target or "my.yaml"), data)
    if target is None:
        sys.stdout.buffer.write(data)
        return
    write_atomically(target, data)
    click.echo(
        escape_control_characters(
            f"Wrote {target}{_format_check_count(script)}. Show its timeline with: voiceguide plan {target}"
        )
    )


def _format_check_count(script: str) -> str:
    count = script.count("  # check: ")
    return f" with {count} {'line' if count == 1 else 'lines'} to check" if count else ""


def _draft_from_answers() -> str:
    """Ask a few questions and return a script based on the answers."""
    from voiceguide.drafting import Answers, script_from_answers
    from voiceguide.names import BED_NAMES

    title = click.prompt("Title", default="My routine", err=True)
    needs = click.prompt(
        "What you need, separated by commas (Enter for nothing)", default="", show_default=False, err=True
    )
    safety = click.prompt("Precautions (Enter for none)", default="", show_default=False, err=True)
    bed = click.prompt("Background", type=click.Choice(BED_NAMES), default="rain", err=True)
    stages = [_ask_about_stage(1)]
    while click.confirm("Another stage", default=len(stages) < 2, err=True):
        stages.append(_ask_about_stage(len(stages) + 1))
    named_needs = [need.strip() for need in needs.split(",") if need.strip()]
    return script_from_answers(Answers(title, stages, named_needs, [safety] if safety.strip() else [], bed))


def _ask_about_stage(number: int) -> StageAnswer:
    from voiceguide.drafting import StageAnswer
    from voiceguide.units import SAMPLE_RATE

    title = click.prompt(f"Title of stage {number}", err=True)
    words = click.prompt("  Instruction to speak", err=True)
    samples = click.prompt("  Duration (90s, 5m)", default="2m", value_proc=_parse_duration_answer, err=True)
    both = click.confirm("  Repeat it on the left and on the right", default=False, err=True)
    return StageAnswer(title, words, samples / SAMPLE_RATE, both)


def _parse_duration_answer(text: str) -> int:
    from voiceguide.units import DurationError, parse_duration

    try:
        samples = parse_duration(text)
    except DurationError as error:
        raise click.BadParameter(str(error)) from error
    if samples == 0:
        raise click.BadParameter("This is zero. Write a longer duration, such as 30s.")
    return samples
