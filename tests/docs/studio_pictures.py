"""Make the pictures of docs/studio.md with the real studio in a real browser.

After changing the page, run `python -m tests.docs.studio_pictures`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page

from tests.support.browser import chromium
from tests.support.served import served
from voiceguide.pipeline.bundled_routines import list_bundled_routines

DOCS = Path(__file__).parents[2] / "docs"
SIZE: Any = {"width": 1180, "height": 740}
INSTRUCTIONS = """\
Evening feet

Soak
1. Place both feet in warm water for 5 minutes.
2. Lift them out and dry them well, between the toes too.

Stroke
1. Long strokes from the toes to the ankle for 2 minutes.
2. Circle both ankle bones with your thumbs for 1 minute.
3. Press your thumb into the arch and hold for 30 seconds.
"""


def make_pictures() -> None:
    """Write all pictures of the page."""
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        folder = Path(name)
        text = list_bundled_routines()["foot-massage"].read_text("utf-8")
        (folder / "evening.yaml").write_text(text, encoding="utf-8")
        with served(folder, folder / "cache", "--no-browser", name="edit") as server:
            context = browser.new_context(viewport=SIZE, reduced_motion="reduce", locale="en-US")
            page = context.new_page()
            page.goto(f"{server.url}studio/#evening.yaml")
            page.locator("#cards .step").nth(4).locator(".open").click()
            page.mouse.move(0, 0)
            page.wait_for_timeout(300)
            _shoot(page, "studio")
            _drag_an_edge(page)
            _shoot(page, "studio-timeline", "#ribbon")
            page.mouse.up()
            page.locator("#paste").click()
            page.locator("#paste-text").fill(INSTRUCTIONS)
            page.locator("#paste-outcome li").first.wait_for()
            _shoot(page, "studio-paste", "#paste-dialog")


def _drag_an_edge(page: Page) -> None:
    box = page.locator(".edge.opened").first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 7, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(box["x"] + 45, box["y"] + 12, steps=4)


def _shoot(page: Page, name: str, part: str = "body") -> None:
    """Save a picture with a palette of 128 colors, which is a third as large and looks the same."""
    path = DOCS / f"{name}.png"
    page.locator(part).screenshot(path=path)
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    make_pictures()
