"""`voiceguide cache`"""

from __future__ import annotations

import click

from voiceguide.cli.options import json_option, quiet_option
from voiceguide.cli.output import escape_control_characters, print_json, print_message

__all__ = ["command"]


@click.command("cache")
@click.argument("action", required=False, type=click.Choice(["clear"]))
@json_option
@quiet_option
def command(action: str | None, as_json: bool, quiet: bool) -> None:
    """Show the location and size of the cache, and the number of entries in it. "cache clear" empties it.

    The cache holds synthesized speech, encoded audio and data for the phone page. It only saves time:
    anything missing is rebuilt. If the cache exceeds 1 GB, the oldest entries are removed. VOICEGUIDE_CACHE selects
    another folder.

    \b
    Example:
      voiceguide cache clear
    """
    from voiceguide.system.disk_cache import open_cache

    with open_cache() as cache:
        folder, limit_bytes = cache.folder, cache.max_bytes
        before, size_bytes = cache.usage()
        cleared = cache.clear() if action == "clear" else 0
        entries, remaining_bytes = cache.usage()
        usage = cache.describe_usage()
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "entries": entries,
                "bytes": remaining_bytes,
                "limit": limit_bytes,
                "cleared": cleared,
            }
        )
    elif action == "clear":
        freed = (
            f"{cleared} {'entry' if cleared == 1 else 'entries'} cleared, {(size_bytes - remaining_bytes) / 1e6:.1f} MB"
        )
        if not quiet:
            click.echo(escape_control_characters(f"{folder}: {freed}."))
        if cleared < before:
            left = f"{folder}: {before - cleared} could not be removed. Check the permissions of the folder."
            print_message(left)
    else:
        click.echo(escape_control_characters(f"{folder}: {usage}."))
