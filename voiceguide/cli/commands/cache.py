"""`voiceguide cache`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from voiceguide.cli.output import make_printable, print_json

if TYPE_CHECKING:
    from voiceguide.system.disk_cache import DiskCache
    from voiceguide.web.services.session_store import SessionStore

__all__ = ["command"]


@click.command("cache")
@click.argument("action", required=False, type=click.Choice(["clear"]))
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def command(action: str | None, as_json: bool) -> None:
    """Show where spoken clips, made sounds and the phone's sessions are kept, how many there are, and their size.
    "cache clear" forgets them.

    They are only kept to save time: whatever is missing is made again. The oldest go by themselves when there is more
    than 1 GB. VOICEGUIDE_CACHE names another folder.
    """
    from voiceguide.system.disk_cache import DiskCache, cache_folder
    from voiceguide.web.services.session_store import SessionStore, sessions_folder

    store = DiskCache(cache_folder())
    shelf = SessionStore(sessions_folder()) if sessions_folder().is_dir() else None
    before, size_bytes = _combined_usage(store, shelf)
    cleared = store.clear() + (shelf.clear() if shelf else 0) if action == "clear" else 0
    entries, left_bytes = _combined_usage(store, shelf)
    if shelf:
        shelf.close()
    if as_json:
        print_json(
            {
                "folder": str(store.folder),
                "entries": entries,
                "bytes": left_bytes,
                "limit": store.max_bytes,
                "cleared": cleared,
            }
        )
    elif action == "clear":
        left = f" {before - cleared} could not be removed." if cleared < before else ""
        click.echo(
            make_printable(
                f"{store.folder}: {_format_entry_count(cleared)} cleared, {_format_megabytes(size_bytes - left_bytes)}.{left}"
            )
        )
    else:
        click.echo(make_printable(f"{store.folder}: {_format_entry_count(entries)}, {_format_megabytes(left_bytes)}."))


def _combined_usage(cache: DiskCache, session_store: SessionStore | None) -> tuple[int, int]:
    """Entries and bytes of what is kept for builds, and for phones."""
    kept, for_phones = cache.usage(), session_store.usage() if session_store else (0, 0)
    return kept[0] + for_phones[0], kept[1] + for_phones[1]


def _format_entry_count(entries: int) -> str:
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _format_megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
