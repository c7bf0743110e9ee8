"""`voiceguide cache`"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from voiceguide.cli.output import print_json, printable

if TYPE_CHECKING:
    from voiceguide.system.disk_cache import Store
    from voiceguide.web.services.session_store import Shelf

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
    from voiceguide.system.disk_cache import Store, cache_folder
    from voiceguide.web.services.session_store import Shelf, shelf_folder

    store = Store(cache_folder())
    shelf = Shelf(shelf_folder()) if shelf_folder().is_dir() else None
    before, size_bytes = _usage(store, shelf)
    cleared = store.clear() + (shelf.clear() if shelf else 0) if action == "clear" else 0
    entries, left_bytes = _usage(store, shelf)
    if shelf:
        shelf.close()
    if as_json:
        print_json(
            {
                "folder": str(store.folder),
                "entries": entries,
                "bytes": left_bytes,
                "limit": store.limit,
                "cleared": cleared,
            }
        )
    elif action == "clear":
        left = f" {before - cleared} could not be removed." if cleared < before else ""
        click.echo(
            printable(f"{store.folder}: {_count(cleared)} cleared, {_megabytes(size_bytes - left_bytes)}.{left}")
        )
    else:
        click.echo(printable(f"{store.folder}: {_count(entries)}, {_megabytes(left_bytes)}."))


def _usage(store: Store, shelf: Shelf | None) -> tuple[int, int]:
    """Entries and bytes of what is kept for builds, and for phones."""
    kept, for_phones = store.usage(), shelf.usage() if shelf else (0, 0)
    return kept[0] + for_phones[0], kept[1] + for_phones[1]


def _count(entries: int) -> str:
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
