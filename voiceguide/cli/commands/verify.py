"""`voiceguide verify`"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from voiceguide.cli.output import make_printable, print_json

if TYPE_CHECKING:
    from voiceguide.verification.verifier import VerifyReport

__all__ = ["command"]


@click.command("verify")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("-v", "--verbose", is_flag=True, help="A line for each cue.")
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def command(files: tuple[str, ...], verbose: bool, as_json: bool) -> None:
    """Decode each finished FILE and check it against the plan that it carries inside."""
    from voiceguide.errors import VerifyError
    from voiceguide.verification.verifier import verify_file

    good = True
    for file in files:
        if not Path(file).is_file():
            raise VerifyError(f"There is no file {file}. Name a session that voiceguide has built.")
        report = verify_file(Path(file))
        good = good and not report.failures
        if as_json:
            print_json({"file": file, **asdict(report)})
        else:
            _print_report(file, report, verbose)
    if not good:
        raise SystemExit(1)


def _print_report(file: str, report: VerifyReport, verbose: bool) -> None:
    from voiceguide.units import SAMPLE_RATE, format_clock

    if verbose:
        for cue in report.cues:
            found = cue.match
            clock = format_clock(int(cue.at_s * SAMPLE_RATE))
            facts = f"{found.similarity:.3f} like, {found.offset_s * 1000:+4.0f} ms, {found.gain_error_db:+5.1f} dB"
            click.echo(make_printable(f"{clock:>8}  {facts}  {cue.text}"))
    for fault in report.failures:
        click.echo(make_printable(f"{file}: {fault}"), err=True)
    if not report.failures:
        click.echo(
            make_printable(
                f"{file}: all {len(report.cues)} cues heard in their places, {report.chapters} chapters, "
                f"{format_clock(report.total_samples)} to the sample, true peak {report.true_peak_dbtp:.1f} dBTP."
            )
        )
