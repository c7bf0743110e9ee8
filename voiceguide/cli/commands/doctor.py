"""`voiceguide doctor`"""

from __future__ import annotations

import click

from voiceguide.cli.options import json_option, quiet_option, verbose_option
from voiceguide.cli.output import print_json
from voiceguide.cli.progress import show_activity
from voiceguide.cli.tables import Row, print_table

__all__ = ["command"]


@click.command("doctor")
@json_option
@quiet_option
@verbose_option("Also print the system, the folders, and the versions of all packages, for a bug report.")
def command(as_json: bool, quiet: bool, verbose: bool) -> None:
    """Check the installation (voices, ffmpeg, cache, fonts, optional parts) and explain how to fix any problems.

    The exit status is 1 if anything needed to build with the default voice is missing.

    \b
    Example:
      voiceguide doctor --quiet
    """
    from dataclasses import asdict

    from voiceguide.pipeline.doctor import describe_environment, diagnose

    with show_activity("Checking the installation", quiet):
        findings = diagnose()
    ready = all(finding.good for finding in findings if finding.needed)
    environment = describe_environment() if verbose else {}
    if as_json:
        more = {"environment": environment} if verbose else {}
        print_json({"ready": ready, "findings": [asdict(finding) for finding in findings], **more})
    else:
        rows: list[Row] = []
        for finding in findings:
            sign = "ok" if finding.good else "MISSING" if finding.needed else "-"
            if not (finding.good and quiet):
                rows.append(Row((sign, finding.name, finding.found)))
            if not finding.good and finding.advice:
                rows.append(Row(("", "", finding.advice)))
        print_table(rows)
        if verbose:
            click.echo()
            print_table([Row(entry) for entry in environment.items()])
        if not quiet:
            click.echo("\nReady to build." if ready else "\nNot ready. Fix everything marked MISSING above.")
    if not ready:
        raise SystemExit(1)
