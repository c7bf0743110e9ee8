"""`voiceguide doctor`"""

from __future__ import annotations

import click

from voiceguide.cli.options import json_option
from voiceguide.cli.output import escape_control_characters, print_json

__all__ = ["command"]


@click.command("doctor")
@json_option
def command(as_json: bool) -> None:
    """Check the installation (voices, ffmpeg, cache, fonts, optional parts) and explain how to fix any problems.

    The exit status is 1 if anything needed to build with the default voice is missing.
    """
    from dataclasses import asdict

    from voiceguide.pipeline.doctor import diagnose

    findings = diagnose()
    ready = all(finding.good for finding in findings if finding.needed)
    if as_json:
        print_json({"ready": ready, "findings": [asdict(finding) for finding in findings]})
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            sign = "ok" if finding.good else "MISSING" if finding.needed else "-"
            click.echo(escape_control_characters(f"{sign:<8}{finding.name:<{width}}  {finding.found}"))
            if not finding.good and finding.advice:
                click.echo(escape_control_characters(f"{'':<8}{'':<{width}}  {finding.advice}"))
        click.echo("\nReady to build." if ready else "\nNot ready. Fix everything marked MISSING above.")
    if not ready:
        raise SystemExit(1)
