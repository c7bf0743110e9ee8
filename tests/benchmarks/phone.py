"""Measure the phone page: sizes, times and joins. `make bench` puts the table into docs/performance.md.

Run `python -m tests.benchmarks.phone` for the table alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from tests.benchmarks.joins import joins_that_stand_out
from tests.support.browser import EVERYTHING_IS_HERE, PHONE, chromium
from tests.support.served import served
from tests.support.timing import wait_for
from voiceguide.pipeline.bundled_routines import find_routine

__all__ = ["phone_section"]

ROUTINE = "foot-massage"
ROUNDS = 3
CHANGES = 12
LEAD_IN_S = 1.0
"""The quiet at the start of a session, which is part of the time to the first words."""
LISTEN = """() => {
  const sound = document.querySelector('#sound');
  const player = document.querySelector('#player');
  window.waited = 0;
  document.querySelector('#play').addEventListener('click', () => { window.tapped = performance.now(); }, true);
  sound.addEventListener('timeupdate', () => {
    if (!player.hidden && sound.currentTime > 0.1) {
      window.waited ||= performance.now() - window.tapped - 1000 * sound.currentTime;
    }
  });
}"""
CHANGE = """() => new Promise((done) => {
  const sound = document.querySelector('#sound');
  const started = performance.now();
  sound.addEventListener('canplay', () => done(performance.now() - started), { once: true });
  document.querySelector('#minute-more').click();
})"""


def phone_section(rounds: int = 4) -> str:
    """Return the section of docs/performance.md about the phone, in Markdown."""
    with chromium() as browser:
        results = [_listen(browser) for _ in range(ROUNDS)]
        first_s, whole_s = max(each[0] for each in results), max(each[1] for each in results)
        change_ms = sorted(ms for each in results for ms in each[2])
        joins = joins_that_stand_out(browser.new_page(), rounds)
    rows = [
        ("page in one file, in MB", f"{_page_mb():.1f}", "6.5"),
        ("empty cache, from the tap to the first words, in seconds", f"{first_s + LEAD_IN_S:.1f}", "1.5"),
        ("empty cache, from the tap until everything is on the phone, in seconds", f"{whole_s:.1f}", "-"),
        ("from a change until the new audio can play, median in ms", f"{change_ms[len(change_ms) // 2]:.0f}", "100"),
        ("the same for the slowest change, in ms", f"{change_ms[-1]:.0f}", "100"),
        *(
            (f"joins in {bed} that stand out, of {count}", f"{100 * out / count:.1f} %", "8 %")
            for bed, out, count in joins
        ),
    ]
    table = "\n".join(f"| {what} | {measured} | {budget} |" for what, measured, budget in rows)
    return (
        f"## The phone\n\nMeasured with {ROUTINE} in Chromium on the same machine. Except for the median, times "
        f"are the longest of {ROUNDS} runs. The server starts with an empty cache, and the list is on the screen for "
        "two seconds before the tap. The server prepares the first stages of all routines during the whole "
        "measurement.\n\n"
        f"| what | measured | budget |\n|---|---|---|\n{table}\n\n"
        "When a phone jumps to another point in a background, the join must not be audible. A join stands out if the "
        "shape of the spectrum changes more than it does at 95 % of the points in the background itself. A background "
        "without joins would therefore score 5 %. Backgrounds that swell or contain tones dip at each join.\n"
    )


def _listen(browser: Browser) -> tuple[float, float, list[float]]:
    """Return the time from the tap to the sound and until everything is there, in seconds, and of changes, in ms."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
        shutil.copy(find_routine(ROUTINE), Path(folder) / "fresh.yaml")
        with served(Path(folder), Path(cache)) as server:
            page = browser.new_page(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
            page.goto(server.url)
            page.locator("#routines a").first.wait_for()
            time.sleep(2)  # a person reads the list
            page.evaluate(LISTEN)
            started_s = time.monotonic()
            page.locator("#routines a[href='#routine=fresh']").tap()
            page.locator("#play").tap()
            wait_for(lambda: page.evaluate("window.waited"))
            wait_for(lambda: page.evaluate(EVERYTHING_IS_HERE))
            whole_s = time.monotonic() - started_s
            first_s = float(page.evaluate("window.waited")) / 1000
            changes = _changes(page)
            page.close()
            return first_s, whole_s, changes


def _changes(page: Page) -> list[float]:
    page.locator("#following").tap()
    times: list[Any] = []
    for _ in range(CHANGES):
        times.append(page.evaluate(CHANGE))
        page.wait_for_timeout(200)
        page.locator("#minute-less").tap()
        page.wait_for_timeout(200)
    return [float(each) for each in times]


def _page_mb() -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "voiceguide", "build", ROUTINE, "--html", "-q", "-o", f"{folder}/x.mp3"]
        subprocess.run(command, check=True)
        return (Path(folder) / "x.player.html").stat().st_size / 1e6


if __name__ == "__main__":
    print(phone_section())
