"""`voiceguide play`"""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from voiceguide.cli.completion import complete_playable, complete_start, complete_step
from voiceguide.cli.options import given_overrides, override_options, quiet_option
from voiceguide.cli.output import escape_control_characters, print_message, print_note
from voiceguide.cli.progress import progress_bars

if TYPE_CHECKING:
    from voiceguide.pipeline.session_builder import Progress, ProgressCallback
    from voiceguide.player.controller import PlaybackController
    from voiceguide.player.playback_source import PlaybackSource
    from voiceguide.player.progressive_source import ProgressiveSession
    from voiceguide.player.resume_points import ResumePoint
    from voiceguide.player.transport import Player, PlayerStatus
    from voiceguide.timeline.model import Timeline

__all__ = ["command"]


@click.command("play")
@click.argument("routine", metavar="ROUTINE|FILE", shell_complete=complete_playable)
@override_options
@click.option(
    "--start",
    metavar="TIME|STAGE",
    shell_complete=complete_start,
    help="Where to start: 5:00, 90s, or the title of a stage.",
)
@click.option("--from", "old_start", metavar="TIME|STAGE", hidden=True)
@click.option("--resume", is_flag=True, help="Resume where you stopped.")
@click.option(
    "--step", metavar="NAME", shell_complete=complete_step, help="Play only this step, given as STEP or STAGE/STEP."
)
@click.option(
    "--device",
    type=click.Choice(["default", "null"]),
    default="default",
    help="Audio device; null plays nothing (for testing).",
)
@click.option(
    "--volume",
    type=click.IntRange(0, 100),
    default=100,
    show_default=True,
    metavar="PERCENT",
    help="The initial volume.",
)
@quiet_option
def command(
    routine: str,
    start: str | None,
    old_start: str | None,
    resume: bool,
    step: str | None,
    device: str,
    volume: int,
    quiet: bool,
    **options: Any,
) -> None:
    """Play a ROUTINE, or a FILE that was built from one, in the terminal.

    Keys: space pauses and resumes, left and right go to the previous and next step, up and down to the previous and
    next stage, s lists the stages, + and - make this step ten seconds longer or shorter, 9 and 0 change the volume,
    r repeats the instruction, q quits and saves your place, ? shows this list.

    \b
    Example:
      voiceguide play foot-massage --start soak --volume 60
    """
    from voiceguide.encode.formats import format_for_file_name
    from voiceguide.metadata.audio_data import is_audio_file
    from voiceguide.player.audio_device import require_miniaudio

    if old_start is not None:
        print_note("--from is now called --start. The old name will be removed in the next version.", quiet)
        start = old_start if start is None else start
    if resume and start is not None:
        raise click.UsageError("--resume and --start both say where to start. Keep one.")
    if step is not None and (resume or start is not None):
        raise click.UsageError(
            "--step plays one step from its start, so it cannot be combined with --start or --resume."
        )
    require_miniaudio()
    settings = _PlaybackSettings(start, resume, step, device, volume, quiet)
    overrides = given_overrides(options)
    if format_for_file_name(routine) is None and not is_audio_file(Path(routine)):
        _play_routine(routine, settings, overrides)
    elif overrides:
        raise click.UsageError("A finished file cannot be changed. To change durations or voices, play the routine.")
    else:
        _play_file(routine, settings)


@dataclass(frozen=True)
class _PlaybackSettings:
    """The playback settings given by the options."""

    start: str | None
    resume: bool
    step: str | None
    device: str
    volume_percent: int
    quiet: bool


def _play_file(name: str, settings: _PlaybackSettings) -> None:
    from voiceguide.export.single_step import find_step
    from voiceguide.player.playback_source import excerpt_source
    from voiceguide.player.session_file import open_session_file

    source, audio = open_session_file(name)
    request = _PlaybackRequest(str(Path(name).resolve()), "", settings)
    try:
        if settings.step is not None:
            source = excerpt_source(source, find_step(source.timeline, settings.step))
        _run_playback(source, None, audio.channels, request.resolve_start(source.timeline), request)
    finally:
        audio.close()


def _play_routine(routine: str, settings: _PlaybackSettings, overrides: dict[str, Any]) -> None:
    from voiceguide.pipeline.bundled_routines import find_routine
    from voiceguide.pipeline.override_options import open_builder
    from voiceguide.player.progressive_source import ProgressiveSession, step_source
    from voiceguide.script.loader import load_script

    path = find_routine(routine)
    name = str(path.resolve()) if os.path.isfile(routine) else routine
    request = _PlaybackRequest(name, json.dumps(overrides, sort_keys=True), settings)
    bars: list[ProgressCallback] = []  # only until the player's screen replaces them

    def report(progress: Progress) -> None:
        for show in bars:
            show(progress)

    with open_builder(load_script(path), overrides, report) as builder:
        if settings.step is not None:
            with progress_bars(settings.quiet) as show_progress:
                bars += [show_progress] if show_progress else []
                source, channels = step_source(builder, settings.step)
            _run_playback(source, None, channels, 0, request)
            return
        progressive = ProgressiveSession(builder)
        with progress_bars(settings.quiet) as show_progress:
            bars += [show_progress] if show_progress else []
            source = progressive.initial_source(request.resolve_start)
            bars.clear()
        begin = request.resolve_start(source.timeline)
        if begin == 0 and source.timeline.estimated:
            begin = progressive.first_audible_position(source)
        _run_playback(source, progressive, progressive.channels, begin, request)


class _PlaybackRequest:
    """The session to play and the start position."""

    def __init__(self, name: str, options: str, settings: _PlaybackSettings) -> None:
        self.name = name
        self.options = options
        self.settings = settings

    def resolve_start(self, timeline: Timeline) -> int:
        """Return the start position in samples."""
        from voiceguide.player.resume_points import load_resume_point

        if self.settings.resume:
            point = load_resume_point(self.name, self.options)
            return point.position_in(timeline) if point else 0
        return 0 if self.settings.start is None else _parse_start(self.settings.start, timeline)

    def resume_offer(self) -> ResumePoint | None:
        """Return the position where playback last stopped, or None if an option sets the start position."""
        from voiceguide.player.resume_points import load_resume_point

        if self.settings.resume or self.settings.start is not None or self.settings.step is not None:
            return None
        point = load_resume_point(self.name, self.options)
        return point if point and point.is_worth_an_offer else None

    def notice(self, offer: ResumePoint | None, timeline: Timeline, on_screen: bool) -> str:
        """Return the first message: it says how to resume, or that --resume found no saved position."""
        from voiceguide.player.resume_points import load_resume_point

        if self.settings.resume and not load_resume_point(self.name, self.options):
            return "There is nothing to resume. Starting at the beginning."
        if offer is None or self.settings.quiet:
            return ""
        how = "Press Enter" if on_screen else "Use --resume"
        return f"{how} to continue at {_describe_place(offer.position_in(timeline), timeline)}, where you stopped."


def _parse_start(text: str, timeline: Timeline) -> int:
    """Convert the value of --start to a sample position."""
    from voiceguide.errors import OverrideError
    from voiceguide.script.model.inline_markup import normalize_name
    from voiceguide.timeline.arrangement.overrides import suggest_names
    from voiceguide.units import DurationError, format_length, parse_duration

    for stage in timeline.stages:
        if normalize_name(text) == normalize_name(stage.title):
            return stage.start
    try:
        start = parse_duration(text)
    except DurationError as error:
        hint = suggest_names(text, [stage.title for stage in timeline.stages])
        raise OverrideError(
            "start", text, f"no such stage or time. Use a time such as 5:00, or the title of a stage. {hint}"
        ) from error
    if start >= timeline.total:
        lasts = format_length(timeline.total)
        raise OverrideError("start", text, f"the session lasts {lasts}. Start before its end.")
    return start


def _run_playback(
    source: PlaybackSource,
    progressive: ProgressiveSession | None,
    channels: int,
    start: int,
    request: _PlaybackRequest,
) -> None:
    """Play the session and save a resume point. On a terminal, show the interactive screen."""
    from voiceguide.player.audio_device import open_playback_device
    from voiceguide.player.controller import PlaybackController
    from voiceguide.player.transport import Player

    out = sys.stdout  # sys.stdout is replaced by stderr while an engine runs in another thread
    player = Player(source, channels, start)
    player.set_volume(request.settings.volume_percent)
    offer = request.resume_offer()
    takes_keys = sys.stdin.isatty() and out.isatty()
    notice = request.notice(offer, source.timeline, takes_keys)
    if notice and not takes_keys:
        print_note(notice)
        notice = ""
    controller = PlaybackController(player, progressive, offer, notice)
    try:
        with open_playback_device(request.settings.device, player, controller.handle_device_lost):
            if progressive is not None and source.timeline.estimated:
                controller.start_buffering()
            elif progressive is not None:
                progressive.complete_source()
            status = _run_user_interface(controller, out, takes_keys)
    except BaseException as error:
        if not isinstance(error, Exception):  # Ctrl-C, or another signal
            _save_resume_point(player, request)
            if not request.settings.quiet:
                _print_closing_message(player.last_status(), request, out)
        raise
    finally:
        player.close()
        _save_resume_point(player, request)
    if status.pause_reason:
        print_message(status.pause_reason)
    if not request.settings.quiet:
        _print_closing_message(status, request, out)


def _run_user_interface(controller: PlaybackController, out: TextIO, takes_keys: bool) -> PlayerStatus:
    from voiceguide.player.alternate_screen import Screen, can_draw_on
    from voiceguide.player.keyboard import open_key_reader

    if not takes_keys:
        return controller.run_plain(out)
    with ExitStack() as stack:
        screen = stack.enter_context(Screen(out)) if can_draw_on() else None
        key_reader = stack.enter_context(open_key_reader())
        return controller.run_interactive(screen, key_reader) if screen else controller.run_plain(out, key_reader)


def _save_resume_point(player: Player, request: _PlaybackRequest) -> None:
    from voiceguide.player.resume_points import save_resume_point

    if request.settings.step is not None:
        return
    status = player.last_status()
    save_resume_point(request.name, request.options, status.source, status.position)


def _print_closing_message(status: PlayerStatus, request: _PlaybackRequest, out: TextIO) -> None:
    from voiceguide.player.resume_points import load_resume_point
    from voiceguide.units import format_clock

    timeline = status.source.timeline
    if status.ended:
        click.echo("Session finished.", file=out)
        return
    stopped = _describe_place(status.position, timeline)
    if request.settings.step is not None:
        click.echo(escape_control_characters(f"Stopped at {stopped}."), file=out)
        return
    point = load_resume_point(request.name, request.options)
    kept = _describe_place(point.position_in(timeline), timeline) if point else ""
    if not kept:
        start = format_clock(status.position)
        message = f"Stopped at {stopped}. The position could not be saved. Use --start {start} to continue."
    elif kept == stopped:
        message = f"Stopped at {stopped}. Use --resume to continue."
    else:
        message = f"Stopped at {stopped}. Use --resume to continue at {kept}, where you stopped before."
    click.echo(escape_control_characters(message), file=out)


def _describe_place(position: int, timeline: Timeline) -> str:
    from voiceguide.units import format_clock

    stage = next((stage for stage in reversed(timeline.stages) if stage.start <= position), timeline.stages[0])
    return f"{format_clock(position)} in {stage.title}"
