"""Kits and the JavaScript that assembles sessions from them, in a real browser."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.support.browser import chromium
from voiceguide.phone.html_page import KIT_MODULES, bundle_js
from voiceguide.phone.kit import Kit, make_kit
from voiceguide.pipeline.session_builder import SessionBuilder, open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.system.disk_cache import open_cache
from voiceguide.timeline.arrangement.overrides import Overrides

__all__ = [
    "assembled",
    "assembled_in_turn",
    "assembler",
    "opened_builder",
    "opened_kit",
    "random_settings",
    "saved",
    "timelines",
    "volume_limits",
]

NAMES = "Object.assign(window, { Kit, plainSettings, place, plan });"


@contextmanager
def assembler() -> Iterator[Page]:
    """Open a page that has the kit's modules."""
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(f"<script type=module>{bundle_js(KIT_MODULES)}\n{NAMES}</script>")
        page.wait_for_timeout(50)
        yield page


@contextmanager
def opened_builder(script: Path, cache: Path, voice: str | None = "tone/tone") -> Iterator[SessionBuilder]:
    """Open the builder of a routine. The test voice needs no synthesis, and its lengths are known."""
    with (
        open_cache(cache) as opened,
        open_builder_for_script(load_script(script), Overrides(voice=voice), opened) as builder,
    ):
        yield builder


@contextmanager
def opened_kit(script: Path, cache: Path, voice: str | None = "tone/tone") -> Iterator[tuple[Kit, SessionBuilder]]:
    """Make the kit of a routine."""
    with opened_builder(script, cache, voice) as builder:
        yield make_kit(builder), builder


def random_settings(data: Any, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Yield settings that a person could choose: few or many lengths, skipped stages, a total."""
    generator = random.Random(seed)
    for number in range(count):
        skip = [stage["title"] for stage in data["stages"] if stage["skip"] and generator.random() < 0.25]
        for conflict in data["conflicts"]:
            titles = [data["stages"][stage]["title"] for stage in conflict["stages"]]
            if set(titles) <= set(skip):
                skip.remove(titles[0])
        if number % 5 == 0 or len(skip) == len(data["stages"]):
            skip = []
        share = generator.choice([0, 0.2, 1])
        lengths = {}
        for step in (step for stage in data["stages"] for step in stage["steps"]):
            tables = [step, *step["contexts"].values()]
            low, high = max(-(-each["min"] // 48_000) for each in tables), step["max"] // 48_000
            if low < high and generator.random() < share:
                lengths[step["target"]] = 1000 * generator.randint(low, high)
        factor = generator.uniform(0.6, 1.6) if number % 3 == 1 else None
        if factor is not None:
            lengths = {target: ms for target, ms in lengths.items() if generator.random() < 0.3}
        yield {"lengths": lengths, "given": {}, "skip": skip, "total": None, "factor": factor, "bedDb": 0, "voiceDb": 0}


def timelines(page: Page, data: Any, cases: list[dict[str, Any]]) -> list[Any]:
    """Return the timeline of each case, the overrides for the computer, and how far pieces are from their cues, in
    samples. Cases whose total is out of reach have only the length that was asked for."""
    expression = """([data, cases]) => {
      const kit = new Kit(data);
      return cases.map((one) => {
        let settings = { ...plainSettings(), ...one };
        if (one.factor) {
          const wanted = Math.round(kit.timeline(settings).total * one.factor) * 1000;
          const shared = kit.share(wanted, settings);
          if (shared.reason) return { refused: wanted, reason: shared.reason };
          settings = shared;
        }
        const laid = place(data, settings);
        const { runs } = plan(data, laid);
        const starts = runs.filter((run) => run.piece !== undefined).map((run) =>
          (run.at - run.from) * 1152 + data.pieces[run.piece].start);
        const away = laid.placed.map(({ at }) => Math.min(...starts.map((start) => Math.abs(start - at))));
        return { timeline: kit.timeline(settings), overrides: kit.overrides(settings), away: Math.max(...away) };
      });
    }"""
    return list(page.evaluate(expression, [data, cases]))


def assembled(page: Page, kit: Kit, settings: dict[str, Any]) -> tuple[bytes, Any]:
    """Return the MP3 that the page assembles, and its timeline."""
    return _made(page, kit, settings, "kit.assemble(settings).blob")


def assembled_in_turn(page: Page, kit: Kit, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Assemble one session after the other. Return whether each has the bytes that a new kit assembles, and the share
    of its bytes that was taken from the session before."""
    expression = """async (cases) => {
      const kit = newKit();
      const [slice, results] = [Blob.prototype.slice, []];
      for (const one of cases) {
        const settings = { ...plainSettings(), ...one };
        let reused = 0;
        Blob.prototype.slice = function (from, to) { reused += to - from; return slice.call(this, from, to); };
        const { blob } = kit.assemble(settings);
        Blob.prototype.slice = slice;
        const fresh = newKit().assemble(settings).blob;
        const own = new Uint8Array(await blob.arrayBuffer());
        const other = new Uint8Array(await fresh.arrayBuffer());
        const same = own.length === other.length && own.every((byte, index) => byte === other[index]);
        results.push({ same, reused: reused / blob.size });
      }
      return results;
    }"""
    _send(page, kit)
    return list(page.evaluate(expression, cases))


def saved(page: Page, kit: Kit, settings: dict[str, Any]) -> bytes:
    """Return the MP3 that the page saves, with its tags."""
    return _made(page, kit, settings, "kit.save(settings)")[0]


def volume_limits(page: Page, kit: Kit) -> dict[str, list[float]]:
    """Return the lowest and the highest volume of the voice and of the background, in dB."""
    _send(page, kit)
    return dict(page.evaluate("newKit().volumeLimits()"))


_sent: tuple[Page, Kit] | None = None


def _send(page: Page, kit: Kit) -> None:
    """Encode a kit and send its frames to the page, unless they are there. `newKit` makes a kit that has them."""
    global _sent
    if _sent is not None and _sent[0] is page and _sent[1] is kit:
        return
    frames = {name: base64.b64encode(data).decode() for name, data in kit.encode()}
    expression = """async ([data, frames]) => {
      const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const kit = new Kit(data, async (id) => bytes(frames[id]));
      await kit.load();
      window.newKit = () => Object.assign(new Kit(data), { frames: kit.frames });
    }"""
    page.evaluate(expression, [kit.data, frames])
    _sent = page, kit


def _made(page: Page, kit: Kit, settings: dict[str, Any], blob: str) -> tuple[bytes, Any]:
    expression = f"""async (chosen) => {{
      const kit = newKit();
      const settings = {{ ...plainSettings(), ...chosen }};
      const blob = await {blob};
      const array = new Uint8Array(await blob.arrayBuffer());
      let text = "";
      for (let at = 0; at < array.length; at += 32768) text += String.fromCharCode(...array.subarray(at, at + 32768));
      return [btoa(text), kit.timeline(settings)];
    }}"""
    _send(page, kit)
    text, timeline = page.evaluate(expression, settings)
    return base64.b64decode(text), timeline
