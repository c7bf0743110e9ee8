"""Real, headless browsers for tests of web pages, taken from the system and muted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.programs import program
from tests.support.timing import wait_for

__all__ = [
    "DESKTOP",
    "EVERYTHING_IS_HERE",
    "PHONE",
    "assert_accessible",
    "chromium",
    "cleared",
    "collect_troubles",
    "firefox",
    "phone",
    "until",
]

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
EVERYTHING_IS_HERE = "document.querySelector('#here').textContent.startsWith('Everything')"
"""Whether all frames of the routine on the phone page are on the phone."""
ARGUMENTS = ["--no-sandbox", "--mute-audio"]


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Start the browser with these additional arguments, and close it afterwards.

    If it is not installed, skip the test, or fail it in CI.
    """
    path = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def firefox() -> Iterator[Browser]:
    """Start Firefox and close it afterwards. If it is not installed, skip the test, or fail it in CI."""
    path = program("firefox-esr")
    with sync_playwright() as playwright:
        quiet: dict[str, str | float | bool] = {"media.volume_scale": "0.0"}
        browser = playwright.firefox.launch(channel="moz-firefox", executable_path=path, firefox_user_prefs=quiet)
        try:
            yield browser
        finally:
            browser.close()


def phone(browser: Browser, *, offline_pages: bool = False) -> BrowserContext:
    """Return the context of a phone with touch. Pages in it need a tap before they can play.

    With `offline_pages`, the service worker of a page is installed, which stores all its files. This takes as long as
    the page itself.
    """
    viewport: Any = PHONE
    workers: Any = "allow" if offline_pages else "block"
    return browser.new_context(
        viewport=viewport, has_touch=True, is_mobile=True, reduced_motion="reduce", service_workers=workers
    )


def cleared(page: Page, url: str, viewport: dict[str, int], permissions: Sequence[str] = ()) -> Page:
    """Return the page of the tests before, as if it were new: nothing stored, and no other page open in its context.

    This takes half of the time that a page in a new context takes. Scripts that a test adds to every page of a context
    (`add_init_script`) stay, so such a test needs a context of its own.
    """
    context = page.context
    for other in context.pages:
        if other is not page:
            other.close()
    context.set_offline(False)
    context.clear_permissions()
    context.grant_permissions(permissions)
    page.unroute_all(behavior="ignoreErrors")
    page.emulate_media(contrast="null", forced_colors="null", color_scheme="light")
    page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
    page.goto(f"{url}app.css")  # the program stores something when its page is left
    page.evaluate("sessionStorage.clear()")
    session = context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": page.evaluate("origin"), "storageTypes": "all"})
    session.detach()
    return page


def collect_troubles(page: Page) -> list[str]:
    """Return a list that collects the exceptions and console errors of a page as they happen."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    return errors


def assert_accessible(page: Page, but: str = "", rules: Sequence[str] = ()) -> None:
    """Assert that axe-core reports no violations, including those of its best practices, but for one rule.

    With `rules`, look only for violations of these.
    """
    options = {"resultTypes": ["violations"], **({"runOnly": {"type": "rule", "values": list(rules)}} if rules else {})}
    if not page.evaluate("'axe' in window"):  # it takes as long to load as to run
        page.evaluate(Axe().axe_script)
    result = page.evaluate(f"axe.run({json.dumps(options)})")
    found = [rule for rule in result["violations"] if rule["id"] != but]
    violations = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
    assert violations == []


def until(page: Page, expression: str) -> None:
    """Wait until an expression is true in a page. Our pages forbid eval, which Playwright's own function needs."""
    wait_for(lambda: page.evaluate(expression), f"never true: {expression}", poll_s=0.1)
