"""The command line: one small module a command, imported when it is called; one place turns errors into messages."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import signal
import sys
import threading
from typing import Any, NoReturn

import click

from voiceguide import __version__

__all__ = ["cli", "main"]

COMMANDS = {
    "new": "Write a first script: a copy, or made from plain instructions.",
    "build": "Write a routine's session as an audio file.",
    "plan": "Show the timeline before anything is made.",
    "check": "Point out every problem in a script, and give advice.",
    "diff": "Show what differs between two routines.",
    "play": "Play a routine or a finished session in the terminal.",
    "serve": "Offer a page for the phone, to choose, change and play.",
    "verify": "Check a finished session against its own plan.",
    "routines": "List the bundled routines.",
    "voices": "List what can speak here.",
    "say": "Hear one line.",
    "bed": "Hear a background by itself, or list them.",
    "doctor": "Say what is there, and how to get what is not.",
    "cache": "Show or clear what is kept to save time.",
}
"""Name and one-line help; the module of the same name holds the command."""


_RESEND_DELAY_S = 0.01
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _LazyGroup(click.Group):
    """Imports a command's module only when it is called, so that help and start-up cost next to nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"voiceguide.cli.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from rapidfuzz import fuzz, process

            close = process.extractOne(args[0], list(COMMANDS), score_cutoff=60, scorer=fuzz.ratio)
            hint = f'Did you mean "{close[0]}"?' if close else f"There is {', '.join(COMMANDS)}."
            ctx.fail(f'There is no command "{args[0]}". {hint}')
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="voiceguide")
def cli() -> None:
    """Builds spoken, step-by-step audio sessions with exactly timed quiet from a routine script.

    \b
    voiceguide build foot-massage                  the bundled session, as output/foot-massage.mp3
    voiceguide build my.yaml --set soak=3m         one step changed
    voiceguide plan my.yaml --total 15m            what it would be like
    """
    from voiceguide.cli.engine_output import engine_prints_to_stderr
    from voiceguide.speech.engines.guarded_call import surround_engine_calls
    from voiceguide.system.malloc import limit_malloc_arenas

    surround_engine_calls(engine_prints_to_stderr)
    limit_malloc_arenas()


class _SignalReceived(BaseException):
    """A signal asked us to end; raised where the program happens to be, so that everything open is closed."""


def main() -> NoReturn:
    """Run the command line; errors a user can mend become one message on stderr and exit 1."""
    from voiceguide.errors import VoiceguideError

    try:
        _install_signal_handlers()
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except _SignalReceived as stopped:
        _exit_now(128 + stopped.args[0])
    except click.exceptions.Abort:
        status = _print_error("Interrupted; nothing was left half done.", 130)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except VoiceguideError as error:
        status = _print_error(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        status = 1
    except OSError as error:
        if error.errno not in _DISK_FULL_ERRNOS:
            raise
        status = _print_error(
            f"What was to be told could not be written: {error.strerror}. Free some space and try again.", 1
        )
        _discard_stdout()
    sys.exit(status if isinstance(status, int) else 0)


def _install_signal_handlers() -> None:
    """Ctrl-C, a plain kill and a closed terminal all unwind the program; by itself only the first one does.

    Where Python happens to be in a finaliser, it swallows what is raised: then the signal is given again.
    """
    unwinding = False

    def stop(number: int, frame: object) -> None:
        nonlocal unwinding
        if not unwinding:
            unwinding = True
            raise _SignalReceived(number)

    def swallowed(unraisable: sys.UnraisableHookArgs) -> None:
        nonlocal unwinding
        if isinstance(unraisable.exc_value, _SignalReceived):
            unwinding = False
            threading.Timer(_RESEND_DELAY_S, _resend_signal, [unraisable.exc_value.args[0]]).start()
        else:
            sys.__unraisablehook__(unraisable)

    sys.unraisablehook = swallowed
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
    for heeded in signals:
        if signal.getsignal(heeded) != signal.SIG_IGN:
            signal.signal(heeded, stop)


def _resend_signal(number: int) -> None:
    """To the main thread, so that it does not sleep on."""
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread is not None:
        signal.pthread_kill(main_thread, number)
    else:
        signal.raise_signal(number)


def _exit_now(status: int) -> NoReturn:
    """Everything of ours is closed by now. Threads may still be inside a speech model, which aborts when it is torn
    down under them, so the interpreter's own farewell is left out."""
    _print_error("Interrupted; nothing was left half done.", status)
    sys.stderr.flush()
    os._exit(status)


def _print_error(message: str, status: int) -> int:
    from voiceguide.cli.output import make_printable

    with contextlib.suppress(OSError):  # where nobody can be told, the status still tells
        click.echo(make_printable(message), err=True)
    return status


def _discard_stdout() -> None:
    """What stdout still holds has nowhere to go; the interpreter would try once more and complain."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
