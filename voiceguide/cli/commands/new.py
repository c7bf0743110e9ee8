"""`voiceguide new`"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from voiceguide.cli.completion import complete_routine
from voiceguide.cli.options import json_option, quiet_option, verbose_option
from voiceguide.cli.output import escape_control_characters, print_json, print_note
from voiceguide.cli.prompts import ask, ask_yes_no

if TYPE_CHECKING:
    from voiceguide.drafting import Draft

__all__ = ["command"]

CHECK_MARK = "  # check: "


@click.command("new")
@click.argument("file", required=False, metavar="FILE")
@click.option(
    "--from",
    "origin",
    metavar="NAME",
    shell_complete=complete_routine,
    help="Copy a bundled routine, with its comments.",
)
@click.option("--text", metavar="FILE", help="Create a script from instructions, captions or other text; - for stdin.")
@click.option(
    "--as",
    "as_format",
    metavar="FORMAT",
    help="The format of the text. Default: detected from its content. See docs/import.md.",
)
@click.option("--audio", metavar="FILE", help="Create a script from a recording, cut at its pauses.")
@click.option("-o", "--output", metavar="FILE", help="The same as FILE.")
@json_option
@quiet_option
@verbose_option("Also print the lines that you should review.")
def command(
    file: str | None,
    origin: str | None,
    text: str | None,
    as_format: str | None,
    audio: str | None,
    output: str | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Create a script from a bundled routine or from plain instructions. An existing FILE is never overwritten.

    Without --from, --text or --audio, it asks a few questions on the terminal. With --text, lines that you should
    review are marked with "# check:". If FILE is -, the script is written to stdout.

    \b
    Example:
      voiceguide new evening.yaml --from foot-massage
    """
    if origin is not None and text is not None:
        raise click.UsageError("--from and --text cannot be combined. Keep one.")
    if file is not None and output is not None:
        raise click.UsageError(f"Both {file} and -o {output} name the file to write. Keep one.")
    file = output if file is None else file
    if audio is not None and (origin is not None or text is not None):
        raise click.UsageError("--audio cannot be combined with --from or --text. Keep one.")
    if as_format is not None and text is None:
        raise click.UsageError("--as specifies the format of the text. Add --text FILE.")
    asks = origin is None and text is None and audio is None
    if asks and not sys.stdin.isatty():
        raise click.UsageError("Choose what to start from: --from NAME for a bundled routine, or --text FILE.")
    if file is None and not asks:
        raise click.UsageError(f"Specify a file: voiceguide new my.yaml {_format_source_option(origin, text, audio)}")
    target = _resolve_output_file(file or ask("File to write", "my-routine.yaml"))
    draft = None
    if text is not None:
        draft = _draft_from_text(text, as_format or "")
        script = draft.script
    elif audio is not None:
        if target is None:
            raise click.UsageError("--audio writes the parts of the recording next to FILE, so FILE cannot be -.")
        _import_recording(audio, target, as_json, quiet)
        return
    elif origin is not None:
        script = _routine_text(origin)
    else:
        from voiceguide.cli.questions import draft_from_answers

        script = draft_from_answers(target)
    _write_script(script, target)
    if target is not None:
        _print_report(script, target, as_json, quiet, verbose, draft)
        if asks and not as_json:
            _offer_first_step(target)


def _format_source_option(origin: str | None, text: str | None, audio: str | None) -> str:
    if audio is not None:
        return f"--audio {audio}"
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
    """Return the text of a routine without the comment that tells editors where the schema is.

    The path of the schema is valid only in this project.
    """
    from voiceguide.pipeline.bundled_routines import find_routine
    from voiceguide.script.loader import load_script

    path = find_routine(origin)
    load_script(path)
    lines = path.read_text("utf-8-sig").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("# yaml-language-server:"))


def _draft_from_text(text_file: str, as_format: str) -> Draft:
    from voiceguide.drafting import MAX_DOCUMENT_BYTES, draft_script
    from voiceguide.errors import VoiceguideError

    if text_file == "-":
        return draft_script(sys.stdin.buffer.read(MAX_DOCUMENT_BYTES + 1), "<stdin>", as_format=as_format)
    try:
        with open(text_file, "rb") as source:
            data = source.read(MAX_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise VoiceguideError(f"{text_file} cannot be read: {error.strerror}. Check its name.") from error
    return draft_script(data, text_file, _title_of(text_file), as_format)


def _import_recording(audio: str, target: Path, as_json: bool, quiet: bool) -> None:
    """Cut a recording into parts and write the script that plays them."""
    import shutil

    from voiceguide.pipeline.split_recording_at_pauses import import_recording

    imported = import_recording(Path(audio), target, _title_of(audio))
    try:
        _write_script(imported.script, target)
    except BaseException:
        shutil.rmtree(imported.folder, ignore_errors=True)
        raise
    if as_json:
        facts = {"parts": imported.parts, "chapters": imported.stages, "comments": imported.comments}
        print_json({"file": str(target), "folder": str(imported.folder), **facts})
    elif not quiet:
        click.echo(
            escape_control_characters(
                f"Wrote {target} and {imported.folder}. Show its timeline with: voiceguide plan {target}\n"
                f"parts: {imported.parts}, chapters -> stages: {imported.stages}, comments: {imported.comments}"
            )
        )


def _title_of(file: str) -> str:
    """Return a title derived from a file name."""
    title = Path(file).stem.replace("-", " ").replace("_", " ").strip()
    return f"{title[:1].upper()}{title[1:]}" or "My routine"


def _write_script(script: str, target: Path | None) -> None:
    from voiceguide.script.loader import load_script
    from voiceguide.system.atomic_file import write_atomically

    data = script.encode("utf-8")
    load_script(str(target or "my.yaml"), data)
    if target is None:
        sys.stdout.buffer.write(data)
    else:
        write_atomically(target, data)


def _print_report(
    script: str, target: Path, as_json: bool, quiet: bool, verbose: bool, draft: Draft | None = None
) -> None:
    lines = [(number, line) for number, line in enumerate(script.splitlines(), 1) if CHECK_MARK in line]
    if as_json:
        report: dict[str, Any] = {"file": str(target), "lines_to_check": [number for number, _ in lines]}
        print_json({**report, **(_summarize(draft) if draft else {})})
    elif not quiet:
        count = f" with {len(lines)} {'line' if len(lines) == 1 else 'lines'} to check" if lines else ""
        click.echo(
            escape_control_characters(f"Wrote {target}{count}. Show its timeline with: voiceguide plan {target}")
        )
        if draft:
            click.echo(escape_control_characters(_format_summary(draft)))
        for number, line in lines if verbose else ():
            click.echo(escape_control_characters(f"{target}:{number}: {line.strip()}"))


def _summarize(draft: Draft) -> dict[str, Any]:
    """Return a summary of how the text was converted, for --json."""
    changes = [{"from": source, "to": result, "count": count} for (source, result), count in draft.changes.items()]
    return {
        "document": draft.document or None,
        "format": draft.format,
        "stages": draft.stages,
        "steps": draft.steps,
        "comments": draft.comments,
        "changes": changes,
    }


def _format_summary(draft: Draft) -> str:
    """Return a one-line summary of how the text was converted."""
    changes = [f"{source} -> {result}: {count}" for (source, result), count in draft.changes.items()]
    made = f"stages: {draft.stages}, steps: {draft.steps}, comments: {draft.comments}"
    document = f"{draft.document.upper()} with " if draft.document else ""
    return f"Read as {document}{draft.description} (--as {draft.format}). {'; '.join([*changes, made])}"


def _offer_first_step(target: Path) -> None:
    """Offer to play the first instruction.

    If playback fails, only print the reason, because the script is already written.
    """
    import voiceguide
    from voiceguide.speech.audio_player import play_wav

    if not ask_yes_no("Play the first step", default=False):
        return
    routine = voiceguide.load(target)
    line = next((cue.line for cue in routine.plan().cues if cue.opens_step and cue.line is not None), None)
    try:
        if line is not None:
            clip = voiceguide.say(line.text, voice=line.voice, pace=line.pace, language=line.language)
            play_wav(clip.to_wav())
    except voiceguide.SpeechError as error:
        print_note(str(error))
