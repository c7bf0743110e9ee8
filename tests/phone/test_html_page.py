"""The page in one file: it plays from disk without a network, at any lengths."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Run
from tests.support.browser import assert_accessible, chromium, collect_troubles, until
from voiceguide.phone.html_page import JS_MODULES, STATIC_DIR

MARKUP = "</script><img src=x onerror=document.title='hit'>"
SCRIPT = f"""\
voiceguide: 1
title: "{MARKUP}"
voice: tone
chime: none
stages:
  - stage: Soak
    steps:
      - step: soak
        say: Both feet into the water.
        for: 20s
        cues:
          - {{at: half, say: "Halfway <!-- there."}}
  - stage: "{MARKUP}"
    steps:
      - {{step: rest, say: Rest now., for: 10s}}
"""
NOW = "document.querySelector('#sound').currentTime"
PLAYS = f"{NOW} > 0.2 && !document.querySelector('#sound').paused"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def built(run: Run, tmp_path: Path) -> Path:
    (tmp_path / "two.yaml").write_text(SCRIPT, encoding="utf-8")
    done = run("build", "two.yaml", "--set", "soak=24s", "--html", "--json", "-o", "two.mp3")
    assert json.loads(done.stdout)["files"] == ["two.mp3", "two.player.html"]
    return tmp_path / "two.player.html"


@pytest.fixture
def page(browser: Browser, built: Path) -> Iterator[Page]:
    viewport = {"width": 390, "height": 844}
    context = browser.new_context(viewport=viewport, offline=True, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    opened = context.new_page()
    requests: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    troubles = collect_troubles(opened)
    opened.goto(built.as_uri())
    yield opened
    assert troubles == []
    assert [url for url in requests if not url.startswith(("file:", "blob:"))] == []
    context.close()


def test_it_plays_other_lengths_from_disk(page: Page) -> None:
    """It opens with the lengths it was built with."""
    expect(page.locator("#total")).to_have_text("0:34")
    assert_accessible(page)
    page.get_by_role("button", name="Soak: longer").tap()
    expect(page.locator("#total")).to_have_text("0:40")
    page.locator("#play").tap()
    until(page, PLAYS)
    assert page.evaluate("document.querySelector('#sound').duration") == pytest.approx(40, abs=0.1)
    page.evaluate(f"{NOW} = 14.8")
    until(page, f"{NOW} > 15.2")
    assert page.text_content("#words") == "Halfway <!-- there."
    assert page.text_content("#next") == f"Next: {MARKUP}"
    page.locator("#following").tap()
    until(page, f"{NOW} >= 30 && {NOW} < 33")
    assert page.text_content("#stage") == MARKUP
    assert page.title() == MARKUP, "the title was run as markup"
    assert page.locator("img").count() == 0
    assert_accessible(page)
    page.locator("#leave").tap()
    expect(page.locator("#play")).to_be_focused()
    page.reload()
    expect(page.locator("#total")).to_have_text("0:40")


def test_only_its_own_script_may_run(built: Path) -> None:
    text = built.read_text("utf-8")
    scripts = re.findall(r'<script type="module">(.*?)</script>', text, re.S)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"script-src 'sha256-{digest}'; " in text
    assert len(re.findall("</script", text)) == len(re.findall("<script", text)), "a title ends a script element"
    assert str(built.parent) not in text


def test_the_page_contains_every_module_it_imports_and_no_name_twice() -> None:
    texts = {module: (STATIC_DIR / module).read_text("utf-8") for module in JS_MODULES}
    imported = {name for text in texts.values() for name in re.findall(r'from "\./([\w-]+\.js)"', text)}
    assert imported <= set(JS_MODULES)
    pattern = r"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)"
    names = [name for text in texts.values() for name in re.findall(pattern, text, re.M)]
    assert sorted(names) == sorted(set(names))


def test_a_page_cannot_be_combined_with_separate_stage_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(SCRIPT, encoding="utf-8")
    done = run("build", "two.yaml", "--html", "--split", status=2)
    assert done.stderr.splitlines()[-1] == (
        "Error: --html writes the whole session to one page, so it cannot be combined with --split. Keep one."
    )


def test_a_script_name_that_is_not_text(run: Run, tmp_path: Path) -> None:
    """The page ended with a traceback, after the session had been written."""
    script = tmp_path / os.fsdecode(b"evening \xff.yaml")
    try:
        script.write_bytes(SCRIPT.encode())
    except OSError:
        pytest.skip("this disk allows only text in names")
    run("build", str(script), "-o", "s.mp3", "--html", "-q")
    assert "evening \\udcff" in (tmp_path / "s.player.html").read_text("utf-8")
