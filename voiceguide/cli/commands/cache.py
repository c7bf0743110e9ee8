"""`voiceguide cache`"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from voiceguide.cli.options import json_option
from voiceguide.cli.output import escape_control_characters, print_json

if TYPE_CHECKING:
    from voiceguide.system.disk_cache import DiskCache
    from voiceguide.web.services.session_store import SessionStore

__all__ = ["command"]


@click.command("cache")
@click.argument("action", required=False, type=click.Choice(["clear"]))
@json_option
def command(action: str | None, as_json: bool) -> None:
    """Show where the cache is, its size, and how many entries it has. "cache clear" empties it.

    The cache holds synthesized speech, encoded audio and the sessions of the phone page. It only saves time:
    anything missing is rebuilt. Above 1 GB, the oldest entries are removed. VOICEGUIDE_CACHE selects another folder.
    """
    from voiceguide.system.disk_cache import open_cache
    from voiceguide.web.services.session_store import SessionStore, sessions_folder

    with open_cache() as cache, ExitStack() as stack:
        sessions = SessionStore(sessions_folder()) if sessions_folder().is_dir() else None
        if sessions:
            stack.callback(sessions.close)
        folder, limit_bytes = cache.folder, cache.max_bytes
        before, size_bytes = _combined_usage(cache, sessions)
        cleared = cache.clear() + (sessions.clear() if sessions else 0) if action == "clear" else 0
        entries, remaining_bytes = _combined_usage(cache, sessions)
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


def _combined_usage(cache: DiskCache, sessions: SessionStore | None) -> tuple[int, int]:
    """Return the total number of entries and bytes in the cache and in the session store of the phone page."""
    usages = [cache.usage(), sessions.usage() if sessions else (0, 0)]
    return sum(entries for entries, _ in usages), sum(size_bytes for _, size_bytes in usages)


def _format_entry_count(entries: int) -> str:
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _format_megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
