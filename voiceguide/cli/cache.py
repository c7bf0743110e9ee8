"""`voiceguide cache`"""

from __future__ import annotations

import click

from voiceguide.cli.show import print_json, printable

__all__ = ["command"]


@click.command("cache")
@click.argument("action", required=False, type=click.Choice(["clear"]))
@click.option("--json", "as_json", is_flag=True, help="For a program to read.")
def command(action: str | None, as_json: bool) -> None:
    """Show where spoken clips and made sounds are kept, how many there are, and their size. "cache clear" forgets them.

    They are only kept to save time: whatever is missing is made again. The oldest go by themselves when there is more
    than 1 GB. VOICEGUIDE_CACHE names another folder.
    """
    from voiceguide.store import Store, cache_folder

    store = Store(cache_folder())
    before, size_bytes = store.usage()
    cleared = store.clear() if action == "clear" else 0
    entries, left_bytes = store.usage()
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


def _count(entries: int) -> str:
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB"
