"""Progress on stderr: the activity, a bar, and the time left. Shown only on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from voiceguide.player.keyboard import suspendable

if TYPE_CHECKING:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    from voiceguide.pipeline.session_builder import Progress, ProgressCallback

__all__ = ["ActivityTimes", "progress_bars", "show_activity"]

_ACTIVITY_LABELS = {"synthesize": "Synthesizing speech", "encode": "Encoding and checking"}


@contextmanager
def progress_bars(quiet: bool, name: str = "") -> Iterator[ProgressCallback | None]:
    """Show a progress bar for each activity once its first report arrives. `name` is shown before the activity."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress as ProgressDisplay, TextColumn

    bars: dict[str, Any] = {}
    with ExitStack() as stack:
        display = ProgressDisplay(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.completed:.0f} of {task.total:.0f} {task.fields[unit]}"),
            _time_left_column(),
            console=Console(stderr=True),
            transient=True,
        )

        def show(progress: Progress) -> None:
            if not bars:
                stack.enter_context(display)
                stack.enter_context(suspendable(display.stop, display.start))
            if progress.activity not in bars:
                label = f"{name}: {_ACTIVITY_LABELS[progress.activity].lower()}" if name else ""
                bars[progress.activity] = display.add_task(
                    label or _ACTIVITY_LABELS[progress.activity], total=progress.total, unit=progress.unit
                )
            display.update(bars[progress.activity], completed=progress.done, total=progress.total)

        yield show


class ActivityTimes:
    """Measures how long each activity takes, from its first report to its last."""

    def __init__(self, forward_to: ProgressCallback | None) -> None:
        self._forward_to = forward_to
        self._started_s: dict[str, float] = {}
        self._latest: dict[str, tuple[Progress, float]] = {}

    def __call__(self, progress: Progress) -> None:
        """Record a report and forward it."""
        now_s = time.monotonic()
        self._started_s.setdefault(progress.activity, now_s)
        self._latest[progress.activity] = (progress, now_s)
        if self._forward_to:
            self._forward_to(progress)

    def lines(self) -> Iterator[str]:
        """Yield one line for each activity."""
        for activity, (progress, ended_s) in self._latest.items():
            elapsed_s = ended_s - self._started_s[activity]
            yield f"{_ACTIVITY_LABELS[activity]}: {progress.total} {progress.unit} in {elapsed_s:.1f} s"


def _time_left_column() -> ProgressColumn:
    from rich.progress import ProgressColumn
    from rich.text import Text

    class TimeLeft(ProgressColumn):
        max_refresh = 0.5

        def render(self, task: Task) -> Text:
            left_s = task.time_remaining
            return Text("" if left_s is None or task.finished else f"{int(left_s) // 60}:{int(left_s) % 60:02} left")

    return TimeLeft()


@contextmanager
def show_activity(activity: str, quiet: bool) -> Iterator[None]:
    """Show an activity of unknown length and the time elapsed so far."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress as ProgressDisplay, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    display = ProgressDisplay(*columns, console=Console(stderr=True), transient=True)
    with display, suspendable(display.stop, display.start):  # on Ctrl-Z, the shell gets its cursor back
        display.add_task(activity, total=None)
        yield
