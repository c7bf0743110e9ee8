"""An evening with the phone, from the first tap to the saved file. The other tests of the page use Chromium."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import mutagen.id3
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import PHONE, chromium, firefox, until
from tests.support.long_forms import long
from tests.support.served import served
from tests.support.timing import HANG_S
from voiceguide.metadata.embedded_plan import read_session_info
from voiceguide.verification.verifier import verify_file

expect.set_options(timeout=1000 * HANG_S)
BROWSERS = {"firefox": firefox} | ({"chromium": chromium} if os.environ.get("VOICEGUIDE_BROWSERS") == "all" else {})
SOUND = "document.querySelector('#sound')"
PLAYS = f"!{SOUND}.paused && {SOUND}.currentTime"
SCRIPT = """\
voiceguide: 1
title: Feet in the evening
voice: tone
bed: rain
stages:
  - stage: Soak
    steps:
      - {step: soak, say: Both feet into the warm water., for: 60s, max: 5m}
  - each: {side: [left, right]}
    stages:
      - stage: Stroke, {side} foot
        steps:
          - {step: long strokes, say: Long strokes from the toes to the ankle., for: 25s, max: 1m}
          - {step: circles, say: And now circles., for: 20s, max: 1m}
  - stage: Rest
    steps:
      - {step: be still, say: Be still., for: 60s, max: 2m}
"""


@pytest.fixture(scope="module", params=BROWSERS)
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with BROWSERS[request.param]() as started:
        yield started


def press(place: Locator) -> None:
    """Tap, where the browser has touch."""
    if place.page.evaluate("navigator.maxTouchPoints"):
        place.tap()
    else:
        place.click()


def type_length(page: Page, name: str, number: int, text: str) -> None:
    row = page.locator("#rows .row").filter(has=page.locator(f".name:text-is('{name}')")).nth(number)
    press(row.locator(".time"))
    page.locator("input.time").fill(text)
    page.keyboard.press("Enter")
    expect(row.locator(".time")).to_have_text(text)


def saved_mp3(page: Page) -> bytes:
    """Save the session and return the file. Playwright is not told of downloads in Firefox, so the page is asked."""
    page.evaluate("""() => {
      const make = URL.createObjectURL;
      URL.createObjectURL = (blob) => make.call(URL, window.kept = blob);
    }""")
    press(page.get_by_role("button", name="Save as MP3"))
    until(page, "Boolean(window.kept)")
    text = page.evaluate(
        "new Promise((done) => { const reader = new FileReader(); reader.onload = () => done(reader.result);"
        " reader.readAsDataURL(window.kept); })"
    )
    return base64.b64decode(text.partition(",")[2])


@long
def test_change_play_seek_come_back_and_keep_it(browser: Browser, shared_cache: Path, tmp_path: Path) -> None:
    (tmp_path / "evening.yaml").write_text(SCRIPT, encoding="utf-8")
    has_touch = browser.browser_type.name == "chromium"  # taps do nothing in Firefox on a desktop
    context = browser.new_context(viewport=PHONE, has_touch=has_touch)  # type: ignore[arg-type]
    page = context.new_page()
    with served(tmp_path, shared_cache) as server:
        page.goto(server.url)
        press(page.locator("#routines a", has_text="Feet in the evening"))
        expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    # the computer is gone
    type_length(page, "Soak", 0, "4:00")
    press(page.get_by_role("button", name="Set each side separately"))
    type_length(page, "Circles", 1, "0:30")
    expect(page.locator("#total")).to_have_text("6:40")
    press(page.get_by_role("button", name="Save as my version"))
    page.get_by_role("textbox", name="Version name").fill("Evening")
    page.keyboard.press("Enter")
    press(page.locator("#play"))
    until(page, f"{PLAYS} > 0.2")
    page.evaluate(f"{SOUND}.currentTime = 290")
    until(page, f"{PLAYS} > 290.2")
    expect(page.locator("#stage")).to_have_text("Stroke, right foot")
    press(page.locator("#leave"))
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    (tmp_path / "kept.mp3").write_bytes(saved_mp3(page))
    report = verify_file(tmp_path / "kept.mp3")
    assert report.ok, report.failures
    timeline, _ = read_session_info(tmp_path / "kept.mp3")
    assert str(mutagen.id3.ID3(tmp_path / "kept.mp3")["TIT2"]) == "Feet in the evening \u2013 Evening"
    assert [round(stage.duration_s) for stage in timeline.stages] == [240, 45, 55, 60]
    port = server.url.split(":")[2].split("/")[0]
    with served(tmp_path, shared_cache, "--port", port) as again:
        assert again.url == server.url
        page.goto(again.url)
        press(page.locator("#own-list a", has_text="Evening"))
        expect(page.locator("#total")).to_have_text("6:40")
        expect(page.locator("#here")).to_contain_text("Everything is on this phone")
        press(page.locator("#play"))
        expect(page.locator("#resume-words, #stage").first).to_be_visible()
    context.close()
