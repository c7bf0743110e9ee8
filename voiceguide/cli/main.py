"""The command-line entry point. Commands are imported only when needed. Errors are turned into messages here."""

from __future__ import annotations

import contextlib
import errno
import functools
import importlib
import io
import os
import signal
import subprocess
import sys
import threading
from typing import Any, NoReturn, TextIO

import click

from voiceguide import __version__
from voiceguide.system.shortages import SHORTAGES, find_shortage

__all__ = ["cli", "main"]

COMMANDS = {
    "new": "Create a script from a bundled routine or from plain instructions.",
    "build": "Render a routine to an audio file.",
    "plan": "Show the timeline without rendering anything.",
    "check": "Check a script for errors and warnings.",
    "diff": "Show the differences between two routines.",
    "play": "Play a routine or a finished session in the terminal.",
    "serve": "Serve a web page for choosing, adjusting and playing sessions on a phone.",
    "edit": "Write and time a routine in the browser.",
    "catalogue": "Build many sessions, on one computer or many, into a folder or a bucket.",
    "verify": "Check a finished session against its plan.",
    "routines": "List the bundled routines.",
    "voices": "List the available voices.",
    "say": "Speak one line.",
    "bed": "Preview a background sound, or list all of them.",
    "doctor": "Check the installation and explain how to fix any problems.",
    "cache": "Show or clear the cache.",
}
"""The name and one-line help of each command.

Each command is in the module of the same name in `voiceguide.cli.commands`.
"""

_RESEND_DELAY_S = 0.01
_DISK_FULL_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _LazyGroup(click.Group):
    """A command group that imports a command only when it is called, so that --help is fast."""

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
            hint = f'Did you mean "{close[0]}"?' if close else f"Commands: {', '.join(COMMANDS)}."
            ctx.fail(f'No such command "{args[0]}". {hint}')
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="voiceguide")
def cli() -> None:
    """Turn a routine script into a voice-guided audio session with exact timing.

    \b
    voiceguide build foot-massage            make output/foot-massage.mp3
    voiceguide build my.yaml --set soak=3m   change the length of one step
    voiceguide plan my.yaml --total 15m      show the timeline first
    """
    _prepare_process()


def _prepare_process() -> None:
    """Set up process-wide state. The library itself changes only the environment variable ORT_DISABLE_TELEMETRY."""
    from voiceguide.cli.engine_output import engine_prints_to_stderr
    from voiceguide.cli.output import print_logged_notes
    from voiceguide.speech.engines.guarded_call import surround_engine_calls
    from voiceguide.system.memory_limits import limit_malloc_arenas
    from voiceguide.system.temp_dirs import remove_stale_temp_dirs

    # numpy's OpenBLAS sends SIGINT to the process if it cannot create a thread. Nothing here needs more than one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.encoding.lower().replace("-", "") != "utf8":
        sys.stdout.reconfigure(errors="replace")  # a title in another alphabet must not make the command fail
    _stop_on_ctrl_z_at_any_time()
    surround_engine_calls(engine_prints_to_stderr)
    limit_malloc_arenas()
    remove_stale_temp_dirs()
    print_logged_notes()


def _stop_on_ctrl_z_at_any_time() -> None:
    """Start programs with fork. With vfork or posix_spawn, Ctrl-Z at the wrong moment freezes the terminal.

    A process that has called one of these sleeps until its child runs the new program. If Ctrl-Z stops the child before
    that, neither of them ever continues, and the shell does not get its terminal back. Python 3.14 has no switch for
    vfork, but uses fork for a program that is started with a group. The group is the one that the program has anyway.
    """
    setattr(subprocess, "_USE_POSIX_SPAWN", False)  # noqa: B010 - documented, as the next one is
    if hasattr(subprocess, "_USE_VFORK"):
        setattr(subprocess, "_USE_VFORK", False)  # noqa: B010 - documented, but declared as final
    elif hasattr(os, "setregid"):
        group = os.getgid()
        with contextlib.suppress(OSError):  # in some containers, the group has no number
            os.setregid(group, group)
            start_program = functools.partialmethod(subprocess.Popen.__init__, group=group)
            setattr(subprocess.Popen, "__init__", start_program)  # noqa: B010 - mypy refuses to replace a method


class _SignalReceived(BaseException):
    """Raised when a signal asks the program to exit. It unwinds the stack, so all open resources are closed."""


def main() -> NoReturn:
    """Run the command line. Errors that the user can fix are printed to stderr, and the exit status is 1."""
    _open_closed_streams()
    try:
        _install_signal_handlers()
        from voiceguide.cli.output import error_text
        from voiceguide.errors import VoiceguideError

        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except _SignalReceived as stopped:
        _close_forgotten_resources(stopped)
        _exit_now(128 + stopped.args[0])
    except click.exceptions.Abort:
        status = _print_error("Interrupted. No partial files were left behind.", 130)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except VoiceguideError as error:
        status = _print_error(error_text(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        status = 1
    except OSError as error:
        if error.errno in SHORTAGES:
            _exit_for_shortage(SHORTAGES[error.errno])
        if error.errno not in _DISK_FULL_ERRNOS:
            raise
        status = _print_error(f"Could not write the output: {error.strerror}. Free some space and try again.", 1)
        _discard_stdout()
    except MemoryError:
        _exit_for_shortage(SHORTAGES[errno.ENOMEM])
    except RuntimeError as error:
        shortage = find_shortage(str(error))  # such as a thread that cannot be started
        if shortage is None:
            raise
        _exit_for_shortage(SHORTAGES[shortage])
    _flush_stderr()
    sys.exit(status if isinstance(status, int) else 0)


def _open_closed_streams() -> None:
    """Discard what is written to a standard stream that was closed when the program was started, as with `>&-`.

    Otherwise a file opened later would get the number of this stream, and child processes would write into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, os.O_RDWR)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            os.set_inheritable(number, True)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _install_signal_handlers() -> None:
    """Unwind the stack on SIGINT, SIGTERM and SIGHUP. By default, Python does so only on SIGINT.

    Signals that arrive while the stack is unwound are ignored, so that everything is closed. Python ignores an
    exception raised in a finalizer. In that case, the signal is sent again.
    """

    def stop(number: int, frame: object) -> None:
        if not _is_unwinding():
            raise _SignalReceived(number)

    def swallowed(unraisable: sys.UnraisableHookArgs) -> None:
        if isinstance(unraisable.exc_value, _SignalReceived):
            threading.Timer(_RESEND_DELAY_S, _signal_main_thread, [unraisable.exc_value.args[0]]).start()
        else:
            sys.__unraisablehook__(unraisable)

    sys.unraisablehook = swallowed
    names = ("SIGINT", "SIGTERM", "SIGHUP")
    signals = [getattr(signal, name) for name in names if hasattr(signal, name)]
    for number in signals:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def _is_unwinding() -> bool:
    """Return whether a `finally` or `except` block is running because of a signal.

    A flag would not do: a library can catch the exception and go on, and the next Ctrl-C must work again.
    """
    error = sys.exc_info()[1]
    while error is not None and not isinstance(error, _SignalReceived):
        error = error.__context__
    return error is not None


def _signal_main_thread(number: int) -> None:
    """Send a signal to the main thread, which may be blocked."""
    main_thread = threading.main_thread().ident
    if hasattr(signal, "pthread_kill") and main_thread is not None:
        signal.pthread_kill(main_thread, number)
    else:
        signal.raise_signal(number)


def _close_forgotten_resources(stopped: _SignalReceived) -> None:
    """Close what was opened but not yet entered: a signal can arrive between the two halves of a `with` statement."""
    import traceback

    traceback.clear_frames(stopped.__traceback__)


def _exit_now(status: int) -> NoReturn:
    """Exit without running the interpreter's cleanup.

    All resources are already closed. Threads may still be running a speech model, and tearing it down while it is in
    use would abort the process.
    """
    _print_error("Interrupted. No partial files were left behind.", status)
    sys.stderr.flush()
    os._exit(status)


def _exit_for_shortage(message: str) -> NoReturn:
    """Exit without running the interpreter's cleanup, which needs threads and memory.

    The message is not wrapped, because wrapping needs memory too.
    """
    with contextlib.suppress(OSError):
        click.echo(message, err=True)
    sys.stderr.flush()
    os._exit(1)


def _print_error(message: str, status: int) -> int:
    from voiceguide.cli.output import print_message

    with contextlib.suppress(OSError):  # without stderr, the exit status still reports the error
        print_message(message)
    return status


def _discard_stdout() -> None:
    """Discard buffered stdout data. Otherwise the interpreter tries to write it at exit and prints an error."""
    _redirect_to_null(sys.stdout)


def _flush_stderr() -> None:
    """Flush stderr, or discard what cannot be written. Otherwise the interpreter exits with status 120."""
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        _redirect_to_null(sys.stderr)


def _redirect_to_null(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
