"""Questions on the terminal. After Ctrl-Z and `fg`, the current question is printed again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from voiceguide.player.keyboard import suspendable

__all__ = ["ask", "ask_yes_no"]


def ask(
    question: str,
    default: str | None = None,
    *,
    choices: Sequence[str] = (),
    parse: Callable[[str], Any] | None = None,
) -> Any:
    """Ask until the answer is one of `choices` or `parse` accepts it, and return the parsed answer.

    If the user presses only Enter, the answer is `default`. Without a default, the question is asked again.
    """
    label = f"{question} ({', '.join(choices)})" if choices else question
    label += f" [{default}]" if default else ""
    with _asked_again_after_ctrl_z(label):
        return click.prompt(
            label,
            default=default,
            type=click.Choice(choices) if choices else None,
            value_proc=parse,
            show_default=False,
            show_choices=False,
            err=True,
        )


def ask_yes_no(question: str, default: bool) -> bool:
    """Ask a yes-or-no question."""
    with _asked_again_after_ctrl_z(f"{question} [{'Y/n' if default else 'y/N'}]"):
        return click.confirm(question, default=default, err=True)


@contextmanager
def _asked_again_after_ctrl_z(label: str) -> Iterator[None]:
    """Print the question again after Ctrl-Z.

    The terminal discards what was typed before Ctrl-Z, so Enter would accept the default.
    """
    try:
        with suspendable(lambda: None, lambda: click.echo(f"{label}: ", nl=False, err=True)):
            yield
    except BaseException as error:
        if not isinstance(error, Exception):  # Ctrl-C or another signal: start the message on its own line
            click.echo(err=True)
        raise
