"""`voiceguide verify`"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from voiceguide.cli.options import json_option, quiet_option, verbose_option
from voiceguide.cli.output import escape_control_characters, print_json, print_message, print_note
from voiceguide.cli.progress import show_activity

if TYPE_CHECKING:
    from voiceguide.verification.verifier import VerifyReport

__all__ = ["command"]


@click.command("verify")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@json_option
@quiet_option
@verbose_option("Print one line for each cue.")
def command(files: tuple[str, ...], as_json: bool, quiet: bool, verbose: bool) -> None:
    """Decode each finished FILE and compare it with its embedded plan.

    \b
    Example:
      voiceguide verify output/foot-massage.mp3
    """
    import voiceguide

    ok = True
    for file in files:
        try:
            report = _verify(file, quiet)
        except voiceguide.VoiceguideError as error:
            if len(files) == 1:
                raise
            print_message(str(error))
            ok = False
            continue
        ok = ok and report.ok
        if as_json:
            print_json({"file": file, "ok": report.ok, **asdict(report)})
        else:
            _print_report(file, report, quiet, verbose)
    if not ok:
        raise SystemExit(1)


def _verify(file: str, quiet: bool) -> VerifyReport:
    import voiceguide
    from voiceguide.script.path_lookup import kind_at

    if kind_at(file) != "file":
        raise voiceguide.VerifyError(f"{file} does not exist. Specify a session built by voiceguide.")
    with show_activity(f"Decoding and checking {file}", quiet):
        return voiceguide.verify(file)


def _print_report(file: str, report: VerifyReport, quiet: bool, verbose: bool) -> None:
    from voiceguide.units import SAMPLE_RATE, format_clock, format_total

    if verbose:
        for cue in report.cues:
            match = cue.match
            clock = format_clock(int(cue.at_s * SAMPLE_RATE))
            facts = f"{match.similarity:.3f}  {match.offset_s * 1000:+4.0f} ms  {match.gain_error_db:+5.1f} dB"
            click.echo(escape_control_characters(f"{clock:>8}  {facts}  {cue.text or '(recording)'}"))
    for note in report.notes:
        print_note(f"{file}: {note}", quiet)
    for failure in report.failures:
        print_message(f"{file}: {failure}")
    if not report.ok:
        print_message(f"{file} does not match its plan. Build it again.")
    if report.ok and not quiet:
        chapters = f"{report.chapters} {'chapter' if report.chapters == 1 else 'chapters'}"
        click.echo(
            escape_control_characters(
                f"{file}: {len(report.cues)} of {len(report.cues)} cues verified, {chapters}, "
                f"{format_total(report.total_samples)} (sample-exact), true peak {report.true_peak_dbtp:.1f} dBTP."
            )
        )
