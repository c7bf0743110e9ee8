"""Random taps on the phone page. After each one, the computer must make the same session from the text that it copies.

Run `python -m tests.reliability.phone_taps 500` for a long walk; tests/web/test_phone_taps.py is a short one.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page

import voiceguide
from tests.support.browser import EVERYTHING_IS_HERE, chromium, collect_troubles, phone, until
from tests.support.served import served
from voiceguide.timeline.model import Timeline
from voiceguide.units import format_clock, samples_to_ms, seconds_to_samples

__all__ = ["walk"]

SCRIPT = """\
voiceguide: 1
title: Walk
voice: tone
bed: rain
variants:
  short: {total: 140s, detail: brief, skip: [water]}
  plain: {total: 200s}
  gone: {skip: [water]}
  set: {set: {soak: 90s, Rest: 50s}}
  all: {detail: brief, set: {circles: 44s}}
stages:
  - stage: Soak
    tags: [water]
    steps:
      - step: soak
        say: {full: Both feet into the warm water., brief: Feet in.}
        for: 60s
        max: 5m
        cues: [{at: half, say: Halfway there.}]
      - {step: dry, say: Dry them., for: 20s}
  - each: {side: [left, right]}
    stages:
      - stage: Stroke, {side} foot
        steps:
          - step: long strokes
            say: {full: Long strokes from the toes to the ankle., brief: Strokes.}
            for: 25s
          - {step: circles, say: And now circles., for: 20s}
  - stage: Breath
    steps:
      - {step: breaths, breathe: {in: 3s, out: 4s, guide: tones}, for: 14s}
  - stage: Rest
    steps:
      - {step: be still, say: Be still., for: 15s}
"""
LENGTHS = ("30s", "45s", "1:10", "2m", "3:20")
BUTTONS = {
    "variant": "#variants label",
    "detail": "#details label",
    "longer": "#rows .row button[aria-label$=longer]",
    "shorter": "#rows .row button[aria-label$=shorter]",
    "skip": "#rows [role=switch]",
    "undo": "#undo-all",
    "original": "#rows .row button:text-is('Original')",
    "type": "#rows .row .time",
}
DRAFT = "localStorage.getItem('voiceguide.draft.walk')"


def walk(seed: int, count: int, cache: Path | None = None) -> list[str]:
    """Make `count` taps. Return a line for each after which the page and the computer disagree."""
    found: list[str] = []
    with tempfile.TemporaryDirectory() as place, chromium() as browser:
        folder = Path(place)
        (folder / "walk.yaml").write_text(SCRIPT, encoding="utf-8")
        with served(folder, cache or folder / "cache") as server:
            context = phone(browser)
            context.grant_permissions(["clipboard-read", "clipboard-write"])
            page = context.new_page()
            troubles = collect_troubles(page)
            page.goto(server.url)
            page.locator("#routines a[href='#routine=walk']").tap()
            until(page, EVERYTHING_IS_HERE)
            choices, taps = random.Random(seed), [""] * 3
            for _ in range(count):
                taps = [*taps[1:], _tap(page, choices)]
                until(page, EVERYTHING_IS_HERE)
                found += [
                    f"seed {seed}: {'; '.join(taps)}: {each}" for each in [*_differences(page, folder), *troubles]
                ]
                troubles.clear()
    return found


def _tap(page: Page, choices: random.Random) -> str:
    """Tap on something, and return what it was."""
    kind = choices.choice([*BUTTONS, "variant", "reload"])
    if kind == "reload":
        page.reload()
        return kind
    shown = [each for each in page.locator(BUTTONS[kind]).all() if each.is_visible() and each.is_enabled()]
    if not shown:
        return f"no {kind}"
    button = choices.choice(shown)
    name = button.evaluate("(each) => each.getAttribute('aria-label') || each.closest('.row, label')?.innerText || ''")
    button.tap()
    field = page.locator("#rows .row input:not([type=checkbox])").first
    if kind == "type" and field.is_visible():
        length = choices.choice(LENGTHS)
        field.fill(length)
        page.keyboard.press("Enter")
        name = f"{name.split()[0]} = {length}"
    return f"{kind} {name}".replace("\n", " ")


def _differences(page: Page, folder: Path) -> list[str]:
    _copy_text(page.get_by_role("button", name="Copy as text"))
    text = page.evaluate("navigator.clipboard.readText()")
    (folder / "evening.txt").write_text(text, encoding="utf-8")
    try:
        timeline = voiceguide.load(folder / "walk.yaml").plan(exact=True, variant_file=folder / "evening.txt")
    except voiceguide.VoiceguideError as error:
        return [f"{error} {text}"]
    total, shown = format_clock(timeline.total + seconds_to_samples(0.5)), page.locator("#total").inner_text()
    lengths = _other_lengths(timeline, json.loads(page.evaluate(DRAFT) or "{}").get("settings") or {})
    return ([f"{shown} on the page, {total} on the computer. {text}"] if shown != total else []) + lengths


def _copy_text(button: Locator) -> None:
    button.evaluate("() => navigator.clipboard.writeText('')")
    button.tap()
    until(button.page, "navigator.clipboard.readText()")


def _other_lengths(timeline: Timeline, settings: dict[str, Any]) -> list[str]:
    """Compare the length of each step that was set on the page, to the millisecond."""
    chosen = {**settings.get("given", {}), **settings.get("lengths", {})}
    planned = {
        f"{stage.title}/{step.name}": samples_to_ms(step.length) for stage in timeline.stages for step in stage.steps
    }
    return [
        f"{target}: {ms:.0f} ms on the page, {planned[target]:.0f} ms on the computer"
        for target, ms in chosen.items()
        if target in planned and abs(planned[target] - ms) > 1
    ]


if __name__ == "__main__":
    count = int(sys.argv[1])
    differences = [line for done in range(0, count, 50) for line in walk(done // 50, min(50, count - done))]
    print("\n".join(differences) or f"{count} taps: the phone and the computer always agreed.")
    sys.exit(bool(differences))
