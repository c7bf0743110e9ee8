"""The HTML player: a single file that plays from disk without network access."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Run
from tests.support.browser import DESKTOP, PHONE, assert_accessible, chromium, collect_troubles, until
from voiceguide.export.html_player import JS_MODULES, STATIC_DIR, standalone_html_chunks, write_standalone_html

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
      - {{say: Rest now., for: 10s}}
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
    plan = json.loads(run("build", "two.yaml", "--html", "--json", "-o", "two.mp3").stdout)
    assert plan["files"] == ["two.mp3", "two.player.html"]
    return tmp_path / "two.player.html"


@pytest.fixture
def page(browser: Browser, built: Path) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, offline=True)  # type: ignore[arg-type]
    opened = context.new_page()
    requests: list[str] = []
    opened.on("request", lambda request: requests.append(request.url))
    troubles = collect_troubles(opened)
    opened.goto(built.as_uri())
    yield opened
    assert troubles == []
    assert [url for url in requests if not url.startswith(("file:", "blob:"))] == []
    context.close()


def test_it_plays_from_disk_without_a_network(page: Page) -> None:
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    page.mouse.click(200, 420)
    until(page, PLAYS)
    assert page.evaluate("document.querySelector('#sound').duration") == pytest.approx(30, abs=0.1)
    page.evaluate(f"{NOW} = 9.4")
    until(page, f"{NOW} > 10.1")
    assert page.text_content("#words") == "Halfway <!-- there."
    assert page.text_content("#next") == f"Next: {MARKUP}"
    page.get_by_role("button", name="Next stage").click()
    until(page, f"{NOW} >= 20 && {NOW} < 23")
    assert page.text_content("#stage") == MARKUP
    assert page.title() == MARKUP, "the title was run as markup"
    assert page.locator("img").count() == 0
    expect(page.get_by_role("button", name="Leave")).to_be_hidden()


def test_it_resumes_where_it_stopped_and_can_be_played_again(page: Page) -> None:
    page.mouse.click(200, 420)
    until(page, PLAYS)
    page.evaluate(f"{NOW} = 12")
    until(page, f"{NOW} > 12")
    page.reload()
    page.get_by_role("button", name="Resume at 0:12").click()
    until(page, f"{PLAYS} && {NOW} > 12 && {NOW} < 15")
    page.evaluate(f"{NOW} = 29.5")
    until(page, "document.querySelector('#sound').ended")
    assert page.text_content("#left") == "0:00"
    page.mouse.click(200, 420)
    until(page, f"{PLAYS} && {NOW} < 5")


def test_axe_finds_nothing(page: Page) -> None:
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        assert_accessible(page)


def test_the_page_contains_the_unchanged_audio_and_only_its_own_script_may_run(built: Path) -> None:
    text = built.read_text("utf-8")
    embedded = re.findall(r'<script type="text/plain" id="audio">(.*?)</script>', text)
    assert base64.b64decode(embedded[0]) == built.with_name("two.mp3").read_bytes()
    scripts = re.findall(r'<script type="module">(.*?)</script>', text, re.S)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"script-src 'sha256-{digest}'; " in text
    assert len(re.findall("</script", text)) == 3, "a title ends a script element"
    assert str(built.parent) not in text


def test_the_page_contains_every_module_it_imports() -> None:
    imported = {
        name
        for module in JS_MODULES
        for name in re.findall(r'from "\./([\w-]+\.js)"', (STATIC_DIR / module).read_text())
    }
    assert imported <= set(JS_MODULES)


def test_the_page_names_the_media_type_of_its_audio(tmp_path: Path) -> None:
    audio = tmp_path / "a.flac"
    audio.write_bytes(b"fLaC" * 1_000_000)
    plan = {"title": "T", "language": "en", "total": 1.0, "stages": [], "warnings": ["evenings/x.yaml: secret"]}
    chunks = list(standalone_html_chunks(plan, audio))
    assert max(map(len, chunks)) < 2_000_000, "large chunks need much memory"
    assert b'"type":"audio/flac"' in b"".join(chunks)
    assert b"secret" not in b"".join(chunks)
    write_standalone_html(plan, audio, tmp_path / "a.player.html")
    assert (tmp_path / "a.player.html").read_bytes() == b"".join(chunks)


def test_a_page_cannot_be_combined_with_separate_stage_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "two.yaml").write_text(SCRIPT, encoding="utf-8")
    done = run("build", "two.yaml", "--html", "--split", status=2)
    assert done.stderr.splitlines()[-1] == (
        "Error: --html writes the whole session to one page. It cannot be combined with --split."
    )
