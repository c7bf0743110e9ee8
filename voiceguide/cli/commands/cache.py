"""`voiceguide cache`"""

from __future__ import annotations

import click

from voiceguide.cli.options import json_option
from voiceguide.cli.output import escape_control_characters, print_json

__all__ = ["command"]


@click.command("cache")
@click.argument("action", required=False, type=click.Choice(["clear"]))
@json_option
def command(action: str | None, as_json: bool) -> None:
    """Show where the cache is, its size, and how many entries it has. "cache clear" empties it.

    The cache holds synthesized speech, encoded audio and what the phone page needs. It only saves time:
    anything missing is rebuilt. Above 1 GB, the oldest entries are removed. VOICEGUIDE_CACHE selects another folder.
    """
    from voiceguide.system.disk_cache import open_cache

    with open_cache() as cache:
        folder, limit_bytes = cache.folder, cache.max_bytes
        before, size_bytes = cache.usage()
        cleared = cache.clear() if action == "clear" else 0
        entries, remaining_bytes = cache.usage()
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
        rest = f" {before - cleared} could not be removed." if cleared < before else ""
        freed = _format_megabytes(size_bytes - remaining_bytes)
        click.echo(escape_control_characters(f"{folder}: {_format_entry_count(cleared)} cleared, {freed}.{rest}"))
    else:
        size = _format_megabytes(remaining_bytes)
        click.echo(escape_control_characters(f"{folder}: {_format_entry_count(entries)}, {size}."))


def _format_entry_count(entries: int) -> str:
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _format_megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
