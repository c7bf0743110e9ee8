"""`voiceguide play`"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from voiceguide.cli.options import complete_routine, given_overrides, override_options
from voiceguide.cli.output import escape_control_characters

if TYPE_CHECKING:
    from voiceguide.player.controller import PlaybackController
    from voiceguide.player.playback_source import PlaybackSource
    from voiceguide.player.progressive_source import ProgressiveSession
    from voiceguide.player.transport import Player, PlayerStatus
    from voiceguide.timeline.model import Timeline

__all__ = ["command"]


@click.command("play")
@click.argument("routine", metavar="ROUTINE|FILE", shell_complete=complete_routine)
@override_options
@click.option("--from", "start", metavar="TIME|STAGE", help="Where to start: 5:00, 90s, or the name of a stage.")
@click.option("--resume", is_flag=True, help="Resume where you stopped.")
@click.option(
    "--device",
    type=click.Choice(["default", "null"]),
    default="default",
    help="Audio device; null plays no sound (for tests).",
)
def command(routine: str, start: str | None, resume: bool, device: str, **options: Any) -> None:
    """Play a ROUTINE, or a FILE that was built from one, in the terminal.

    Keys: space pauses and resumes, left and right go to the previous and next step, up and down to the previous and
    next stage, + and - make this step ten seconds longer or shorter, r repeats the instruction, q quits, ? shows this
    list.
    """
    from voiceguide.encode.formats import format_for_file_name
    from voiceguide.player.audio_device import require_miniaudio

    if resume and start is not None:
        raise click.UsageError("--resume and --from both say where to start. Keep one.")
    require_miniaudio()
    overrides = given_overrides(options)
    if format_for_file_name(routine) is None:
        _play_routine(routine, start, resume, device, overrides)
    elif overrides:
        raise click.UsageError("A finished file cannot be changed. To use other durations or voices, play the routine.")
    else:
        _play_file(routine, start, resume, device)


def _play_file(name: str, start: str | None, resume: bool, device: str) -> None:
    from voiceguide.player.session_file import open_session_file

    source, audio = open_session_file(name)
    request = _PlaybackRequest(str(Path(name).resolve()), "", start, resume)
    try:
        _run_playback(source, None, audio.channels, request.resolve_start(source.timeline), device, request)
    finally:
        audio.close()


def _play_routine(routine: str, start: str | None, resume: bool, device: str, overrides: dict[str, Any]) -> None:
    from voiceguide.pipeline.bundled_routines import find_routine
    from voiceguide.pipeline.override_options import open_builder
    from voiceguide.player.progressive_source import ProgressiveSession
    from voiceguide.script.loader import load_script

    path = Path(routine)
    name = str(path.resolve()) if path.is_file() else routine
    request = _PlaybackRequest(name, json.dumps(overrides, sort_keys=True), start, resume)
    with open_builder(load_script(find_routine(routine)), overrides) as builder:
        progressive = ProgressiveSession(builder)
        source = progressive.initial_source(request.resolve_start)
        begin = request.resolve_start(source.timeline)
        if begin == 0 and source.timeline.estimated:
            begin = progressive.first_audible_position(source)
        _run_playback(source, progressive, progressive.channels, begin, device, request)


class _PlaybackRequest:
    """The session to play, and the position to start at."""

    def __init__(self, name: str, options: str, start: str | None, resume: bool) -> None:
        self.name = name
        self.options = options
        self._start = start
        self._resume = resume

    def resolve_start(self, timeline: Timeline) -> int:
        """Return the sample to start at."""
        from voiceguide.player.resume_points import load_resume_point

        if self._resume:
            point = load_resume_point(self.name, self.options)
            return point.position_in(timeline) if point else 0
        return 0 if self._start is None else _parse_start(self._start, timeline)

    def print_resume_hint(self) -> None:
        """Suggest --resume if there is an unused resume point. If --resume finds none, say so."""
        from voiceguide.player.resume_points import load_resume_point

        if not self._resume and self._start is None and load_resume_point(self.name, self.options):
            click.echo("You stopped partway through last time. Use --resume to continue.", err=True)
        elif self._resume and not load_resume_point(self.name, self.options):
            click.echo("There is nothing to resume. Starting at the beginning.", err=True)


def _parse_start(text: str, timeline: Timeline) -> int:
    """Convert the value of --from to a sample position."""
    from voiceguide.errors import OverrideError
    from voiceguide.script.model.inline_markup import normalize_name
    from voiceguide.units import DurationError, format_duration, parse_duration

    for stage in timeline.stages:
        if normalize_name(text) == normalize_name(stage.title):
            return stage.start
    try:
        start = parse_duration(text)
    except DurationError as error:
        titles = ", ".join(dict.fromkeys(stage.title for stage in timeline.stages))
        raise OverrideError(
            "from", text, f"no such stage or time. Use a time such as 5:00 or one of: {titles}."
        ) from error
    if start >= timeline.total:
        lasts = format_duration(timeline.total)
        raise OverrideError("from", text, f"the session lasts {lasts}. Start before its end.")
    return start


def _run_playback(
    source: PlaybackSource,
    progressive: ProgressiveSession | None,
    channels: int,
    start: int,
    device: str,
    request: _PlaybackRequest,
) -> None:
    """Play the session and save a resume point. On a terminal, show the interactive screen."""
    from voiceguide.player.audio_device import open_playback_device
    from voiceguide.player.controller import PlaybackController
    from voiceguide.player.transport import Player

    out = sys.stdout  # sys.stdout is replaced by stderr while an engine runs in another thread
    player = Player(source, channels, start)
    controller = PlaybackController(player, progressive)
    try:
        request.print_resume_hint()
        with open_playback_device(device, player, controller.handle_device_lost):
            if progressive is not None and source.timeline.estimated:
                controller.start_buffering()
            elif progressive is not None:
                progressive.complete_source()
            status = _run_user_interface(controller, out)
    finally:
        player.close()
        _save_resume_point(player, request)
    _print_closing_message(status, out)


def _run_user_interface(controller: PlaybackController, out: TextIO) -> PlayerStatus:
    from voiceguide.player.keyboard import open_key_reader
    from voiceguide.player.terminal_ui import Screen

    if not (sys.stdin.isatty() and out.isatty()):
        return controller.run_plain(out)
    with ExitStack() as stack:
        screen = stack.enter_context(Screen(out))
        key_reader = stack.enter_context(open_key_reader())
        return controller.run_interactive(screen, key_reader)


def _save_resume_point(player: Player, request: _PlaybackRequest) -> None:
    from voiceguide.player.resume_points import save_resume_point

    status = player.last_status()
    save_resume_point(request.name, request.options, status.source, status.position)


def _print_closing_message(status: PlayerStatus, out: TextIO) -> None:
    from voiceguide.units import format_clock

    if status.ended:
        click.echo("Session finished.", file=out)
        return
    stage = status.source.stage_at(status.position).title
    stopped = f"Stopped at {format_clock(status.position)} in {stage}. Use --resume to continue."
    click.echo(escape_control_characters(stopped), file=out)
    if status.pause_reason:
        click.echo(status.pause_reason, err=True)
