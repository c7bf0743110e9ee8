"""A real Chromium for tests of pages: Debian's, without a window and without a sound card."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

__all__ = ["DESKTOP", "PHONE", "assert_accessible", "chromium", "collect_troubles", "until"]

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
ARGUMENTS = ["--no-sandbox", "--mute-audio"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, for as long as the context lasts. Skips where there is none, but never in CI."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("There is no Chromium. Install it with: apt-get install chromium")
        pytest.skip("There is no Chromium here.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def collect_troubles(page: Page) -> list[str]:
    """A list that fills with whatever goes wrong inside a page: exceptions, and errors on its console."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    return troubles


def assert_accessible(page: Page) -> None:
    """axe-core finds nothing to complain about, best practices included."""
    result: Any = Axe().run(page).response
    found = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in result["violations"]]
    assert found == []


def until(page: Page, expression: str, seconds: float = 20.0) -> None:
    """Wait for an expression to be true inside a page. Playwright's own way needs eval, which our pages forbid."""
    ends_s = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < ends_s, f"never came true: {expression}"
        page.wait_for_timeout(50)
