"""`voiceguide play`"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from voiceguide.cli.options import complete_routine, override_options
from voiceguide.cli.output import printable

if TYPE_CHECKING:
    from voiceguide.player.playback_source import Score
    from voiceguide.player.progressive_source import Live
    from voiceguide.player.transport import Place, Player
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
    from voiceguide.player.audio_device import check_device
    from voiceguide.player.session_file import is_sound_file

    if resume and begin is not None:
        raise click.UsageError("--resume and --from both say where to begin. Keep one.")
    check_device()
    if is_sound_file(routine):
        given = [name for name, value in options.items() if value]
        if given:
            raise click.UsageError("A finished file keeps its times and its voice. Play the routine to change them.")
        _play_file(routine, begin, resume, device)
    else:
        _play_routine(routine, begin, resume, device, options)


def _play_file(name: str, begin: str | None, resume: bool, device: str) -> None:
    from voiceguide.player.session_file import open_file

    score, sound = open_file(name)
    asked = _Asked(str(Path(name).resolve()), "", begin, resume)
    try:
        _sit(score, None, sound.channels, asked.start(score.timeline), device, asked)
    finally:
        sound.close()


def _play_routine(routine: str, begin: str | None, resume: bool, device: str, options: dict[str, Any]) -> None:
    from voiceguide.pipeline.override_options import overrides_from, session_of
    from voiceguide.player.progressive_source import Live

    path = Path(routine)
    name = str(path.resolve()) if path.is_file() else routine
    asked = _Asked(name, json.dumps(options, sort_keys=True), begin, resume)
    with session_of(routine, lambda script: overrides_from(script, options)) as session:
        live = Live(session)
        score = live.first(asked.start)
        start = asked.start(score.timeline)
        if start == 0 and score.timeline.estimated:
            start = live.first_sound(score)
        _sit(score, live, live.channels, start, device, asked)


class _Asked:
    """What is played, and where it shall begin."""

    def __init__(self, name: str, options: str, begin: str | None, resume: bool) -> None:
        self.name = name
        self.options = options
        self._begin = begin
        self._resume = resume

    def start(self, timeline: Timeline) -> int:
        """The sample to begin with."""
        from voiceguide.player.resume_points import left

        if self._resume:
            there = left(self.name, self.options)
            return there.position(timeline) if there else 0
        return 0 if self._begin is None else _begin_at(self._begin, timeline)

    def offer(self) -> None:
        """Say that there is a place to go on from, where nobody asked."""
        from voiceguide.player.resume_points import left

        if not self._resume and self._begin is None and left(self.name, self.options):
            click.echo("It was left in the middle last time; --resume goes on there.", err=True)
        elif self._resume and not left(self.name, self.options):
            click.echo("There is no place to go on from; it begins at the start.", err=True)


def _begin_at(text: str, timeline: Timeline) -> int:
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


def _sit(score: Score, live: Live | None, channels: int, start: int, device: str, asked: _Asked) -> None:
    """Play, with a screen where there is a terminal, and keep the place where it was left."""
    from voiceguide.player.audio_device import playing_on
    from voiceguide.player.controller import Sitting
    from voiceguide.player.transport import Player

    out = sys.stdout  # while an engine speaks in another thread, sys.stdout is not where people look
    player = Player(score, channels, start)
    sitting = Sitting(player, live)
    try:
        asked.offer()
        with playing_on(device, player, sitting.lost):
            if live is not None and score.timeline.estimated:
                sitting.settle_meanwhile()
            elif live is not None:
                live.rest()
            place = _shown(sitting, out)
    finally:
        player.close()
        _keep(player, asked)
    _farewell(place, out)


def _shown(sitting: Any, out: TextIO) -> Place:
    from voiceguide.player.keyboard import reading_keys
    from voiceguide.player.terminal_ui import Screen

    if not (sys.stdin.isatty() and out.isatty()):
        lines: Place = sitting.in_lines(out)
        return lines
    with ExitStack() as stack:
        screen = stack.enter_context(Screen(out))
        keys = stack.enter_context(reading_keys())
        place: Place = sitting.on_screen(screen, keys)
        return place


def _keep(player: Player, asked: _Asked) -> None:
    from voiceguide.player.resume_points import keep

    place = player.last()
    keep(asked.name, asked.options, place.score, place.position)


def _farewell(place: Place, out: TextIO) -> None:
    from voiceguide.units import format_clock

    if place.ended:
        click.echo("The session is over.", file=out)
        return
    stage = place.score.stage(place.position).title
    click.echo(printable(f"Left at {format_clock(place.position)}, in {stage}. Go on there with --resume."), file=out)
    if place.notice:
        click.echo(place.notice, err=True)
