"""`voiceguide play`"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from voiceguide.cli.options import complete_routine, override_options
from voiceguide.cli.output import make_printable

if TYPE_CHECKING:
    from voiceguide.player.playback_source import PlaybackSource
    from voiceguide.player.progressive_source import ProgressiveSource
    from voiceguide.player.transport import Player, PlayerStatus
    from voiceguide.timeline.model import Timeline

__all__ = ["command"]


@click.command("play")
@click.argument("routine", metavar="ROUTINE|FILE", shell_complete=complete_routine)
@override_options
@click.option("--from", "begin", metavar="TIME|STAGE", help="Begin there: 5:00, 90s, or a stage's name.")
@click.option("--resume", is_flag=True, help="Go on where it was left.")
@click.option(
    "--device", type=click.Choice(["default", "null"]), default="default", help="null plays for nobody to hear."
)
def command(routine: str, begin: str | None, resume: bool, device: str, **options: Any) -> None:
    """Play a ROUTINE, or a FILE that was built from one, here in the terminal.

    Keys: space pauses, left and right go by step, up and down by stage, + and - make this step ten seconds longer or
    shorter, r says the instruction again, q leaves, ? shows them all.
    """
    from voiceguide.player.audio_device import require_miniaudio
    from voiceguide.player.session_file import is_audio_file

    if resume and begin is not None:
        raise click.UsageError("--resume and --from both say where to begin. Keep one.")
    require_miniaudio()
    if is_audio_file(routine):
        given = [name for name, value in options.items() if value]
        if given:
            raise click.UsageError("A finished file keeps its times and its voice. Play the routine to change them.")
        _play_file(routine, begin, resume, device)
    else:
        _play_routine(routine, begin, resume, device, options)


def _play_file(name: str, begin: str | None, resume: bool, device: str) -> None:
    from voiceguide.player.session_file import open_session_file

    score, sound = open_session_file(name)
    asked = _PlaybackRequest(str(Path(name).resolve()), "", begin, resume)
    try:
        _run_playback(score, None, sound.channels, asked.resolve_start(score.timeline), device, asked)
    finally:
        sound.close()


def _play_routine(routine: str, begin: str | None, resume: bool, device: str, options: dict[str, Any]) -> None:
    from voiceguide.pipeline.override_options import open_builder, parse_overrides
    from voiceguide.player.progressive_source import ProgressiveSource

    path = Path(routine)
    name = str(path.resolve()) if path.is_file() else routine
    asked = _PlaybackRequest(name, json.dumps(options, sort_keys=True), begin, resume)
    with open_builder(routine, lambda script: parse_overrides(script, options)) as session:
        live = ProgressiveSource(session)
        score = live.initial_source(asked.resolve_start)
        start = asked.resolve_start(score.timeline)
        if start == 0 and score.timeline.estimated:
            start = live.first_audible_position(score)
        _run_playback(score, live, live.channels, start, device, asked)


class _PlaybackRequest:
    """What is played, and where it shall begin."""

    def __init__(self, name: str, options: str, begin: str | None, resume: bool) -> None:
        self.name = name
        self.options = options
        self._begin = begin
        self._resume = resume

    def resolve_start(self, timeline: Timeline) -> int:
        """The sample to begin with."""
        from voiceguide.player.resume_points import load_resume_point

        if self._resume:
            there = load_resume_point(self.name, self.options)
            return there.position_in(timeline) if there else 0
        return 0 if self._begin is None else _parse_start(self._begin, timeline)

    def print_resume_hint(self) -> None:
        """Say that there is a place to go on from, where nobody asked."""
        from voiceguide.player.resume_points import load_resume_point

        if not self._resume and self._begin is None and load_resume_point(self.name, self.options):
            click.echo("It was left in the middle last time; --resume goes on there.", err=True)
        elif self._resume and not load_resume_point(self.name, self.options):
            click.echo("There is no place to go on from; it begins at the start.", err=True)


def _parse_start(text: str, timeline: Timeline) -> int:
    """The sample that --from means."""
    from voiceguide.errors import OverrideError
    from voiceguide.script.model.inline_markup import normalize_name
    from voiceguide.units import DurationError, format_duration, parse_duration

    for stage in timeline.stages:
        if normalize_name(text) == normalize_name(stage.title):
            return stage.start
    try:
        at = parse_duration(text)
    except DurationError as error:
        titles = ", ".join(dict.fromkeys(stage.title for stage in timeline.stages))
        raise OverrideError(
            f"--from {text}: there is no such stage or time. Write 5:00, or one of: {titles}."
        ) from error
    if at >= timeline.total:
        raise OverrideError(
            f"--from {text}: the session lasts {format_duration(timeline.total)}. Begin before its end."
        )
    return at


def _run_playback(
    source: PlaybackSource,
    progressive_source: ProgressiveSource | None,
    channels: int,
    start: int,
    device: str,
    request: _PlaybackRequest,
) -> None:
    """Play, with a screen where there is a terminal, and keep the place where it was left."""
    from voiceguide.player.audio_device import open_playback_device
    from voiceguide.player.controller import PlaybackController
    from voiceguide.player.transport import Player

    out = sys.stdout  # while an engine speaks in another thread, sys.stdout is not where people look
    player = Player(source, channels, start)
    sitting = PlaybackController(player, progressive_source)
    try:
        request.print_resume_hint()
        with open_playback_device(device, player, sitting.handle_device_lost):
            if progressive_source is not None and source.timeline.estimated:
                sitting.start_buffering()
            elif progressive_source is not None:
                progressive_source.complete_source()
            place = _run_user_interface(sitting, out)
    finally:
        player.close()
        _save_resume_point(player, request)
    _print_closing_message(place, out)


def _run_user_interface(controller: Any, out: TextIO) -> PlayerStatus:
    from voiceguide.player.keyboard import open_key_reader
    from voiceguide.player.terminal_ui import Screen

    if not (sys.stdin.isatty() and out.isatty()):
        lines: PlayerStatus = controller.in_lines(out)
        return lines
    with ExitStack() as stack:
        screen = stack.enter_context(Screen(out))
        keys = stack.enter_context(open_key_reader())
        place: PlayerStatus = controller.on_screen(screen, keys)
        return place


def _save_resume_point(player: Player, request: _PlaybackRequest) -> None:
    from voiceguide.player.resume_points import save_resume_point

    place = player.last_status()
    save_resume_point(request.name, request.options, place.source, place.position)


def _print_closing_message(place: PlayerStatus, out: TextIO) -> None:
    from voiceguide.units import format_clock

    if place.ended:
        click.echo("The session is over.", file=out)
        return
    stage = place.source.stage_at(place.position).title
    click.echo(
        make_printable(f"Left at {format_clock(place.position)}, in {stage}. Go on there with --resume."), file=out
    )
    if place.pause_reason:
        click.echo(place.pause_reason, err=True)
