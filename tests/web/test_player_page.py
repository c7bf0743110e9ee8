"""The phone page in a real browser, before a real server: choose, fit, hear, go on; without network, without mouse."""

from __future__ import annotations

import functools
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.browser import DESKTOP, PHONE, assert_accessible, chromium, collect_troubles, until
from tests.support.served import Served, served
from voiceguide.web import make_icons as icons

SCRIPT = """\
voiceguide: 1
title: Two calm minutes
description: Short, for tests.
voice: tone
bed: rain
variants:
  short: {skip: [water]}
stages:
  - stage: Soak
    tags: [water]
    steps:
      - step: soak
        say: Both feet into the warm water.
        for: 60s
        cues:
          - {at: half, say: Halfway there.}
      - {step: dry, say: Dry them well., for: 20s}
  - stage: Stroke
    steps:
      - {step: long strokes, say: Long strokes from the toes to the ankle., for: 25s}
      - {step: circles, say: And now circles., for: 20s}
  - stage: Rest
    steps:
      - {step: be still, say: Be still., for: 15s}
"""
MARKUP = "</script><img src=x onerror=document.title='hit'>"
ATTACK = SCRIPT.replace("title: Two calm minutes", f'title: "{MARKUP}"').replace("stage: Rest", f'stage: "{MARKUP}"')
ATTACK = ATTACK.replace("feet into the warm water.", MARKUP).replace("Short, for tests.", MARKUP)
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
NOW = "document.querySelector('#sound').currentTime"
PLAYS = f"{NOW} > 0.2 && !document.querySelector('#sound').paused && !document.querySelector('#player').hidden"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "calm.yaml").write_text(SCRIPT, encoding="utf-8")
    (folder / "attack.yaml").write_text(ATTACK, encoding="utf-8")
    with served(folder, shared_cache) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=PHONE, color_scheme="dark", reduced_motion="reduce")  # type: ignore[arg-type]
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, server: Served) -> Iterator[Page]:
    opened = context.new_page()
    troubles = collect_troubles(opened)
    opened.goto(server.url)
    yield opened
    assert [trouble for trouble in troubles if not trouble.startswith("Failed to load resource")] == []


def choose(page: Page, title: str = "Two calm minutes") -> None:
    page.get_by_role("link", name=title).last.click()
    expect(page.locator("#stages li")).to_have_count(3)
    expect(page.locator("#total")).not_to_be_empty()


def expect_total(page: Page, clock: str) -> None:
    """With "about" before it, for as long as the words' lengths are not known."""
    expect(page.locator("#total")).to_have_text(re.compile(rf"^(about )?{clock}$"))


def begin(page: Page) -> dict[str, Any]:
    """Play what is chosen; its plan."""
    page.get_by_role("button", name="Play").click()
    until(page, PLAYS)
    name = page.evaluate("location.hash.slice(6)")
    return dict(page.evaluate(f"fetch('api/sessions/{name}').then((answer) => answer.json())")["plan"])


def at(page: Page, seconds: float) -> dict[str, str]:
    """What the screen says at a time."""
    page.evaluate(f"document.querySelector('#sound').pause(); {NOW} = {seconds}")
    until(page, "!document.querySelector('#sound').seeking")
    page.wait_for_timeout(80)
    texts: Any = page.evaluate(
        "Object.fromEntries(['stage', 'words', 'left', 'next', 'total-left'].map("
        "(id) => [id, document.getElementById(id).textContent]))"
    )
    return dict(texts)


def widths(page: Page) -> list[float]:
    found: Any = page.evaluate("[...document.querySelectorAll('#bars i')].map((bar) => bar.offsetWidth)")
    return list(found)


def set_slider(page: Page, name: str, value: int) -> None:
    slider = page.get_by_role("slider", name=name, exact=True)
    slider.fill(str(value))


def test_from_the_address_to_a_playing_session_with_a_soak_of_three_minutes_in_four_taps(page: Page) -> None:
    """The address is the first, the routine the second, the slider the third, Play the fourth."""
    choose(page)
    expect_total(page, "2:20")
    before = widths(page)
    slider = page.get_by_role("slider", name="Soak", exact=True)
    box = slider.bounding_box()
    assert box is not None
    whole = int(slider.get_attribute("max") or 0)
    slider.click(position={"x": box["width"] * (180 - 15) / (whole - 15), "y": box["height"] / 2})
    expect_total(page, "4:00")
    assert widths(page)[0] > before[0]
    assert widths(page)[1] < before[1]
    plan = begin(page)
    assert plan["total"] == 240
    assert plan["stages"][0]["end"] == 180


def test_words_and_times_are_the_plans_wherever_the_sound_is(page: Page) -> None:
    choose(page)
    begin(page)
    table = [
        (0.5, "Soak", "Both feet into the warm water.", "1:00", "Next: Dry"),
        (29.5, "Soak", "Both feet into the warm water.", "0:31", "Next: Dry"),
        (30.5, "Soak", "Halfway there.", "0:30", "Next: Dry"),
        (61.0, "Soak", "Dry them well.", "0:19", "Next: Stroke"),
        (80.5, "Stroke", "Long strokes from the toes to the ankle.", "0:25", "Next: Circles"),
        (126.0, "Rest", "Be still.", "0:14", ""),
    ]
    for seconds, stage, words, left, following in table:
        shown = at(page, seconds)
        assert (shown["stage"], shown["words"], shown["left"], shown["next"]) == (stage, words, left, following)
    page.evaluate(f"{NOW} = 28; document.querySelector('#sound').play()")
    until(page, f"{NOW} > 30.2")
    assert page.text_content("#words") == "Halfway there.", "while it plays, too"


def test_a_tap_anywhere_pauses_and_the_small_buttons_move(page: Page) -> None:
    choose(page)
    begin(page)
    page.mouse.click(200, 420)
    until(page, "document.querySelector('#sound').paused")
    expect(page.locator("#paused")).to_be_visible()
    page.locator("#words").click(force=True)
    until(page, "!document.querySelector('#sound').paused")
    page.get_by_role("button", name="Next stage").click()
    until(page, f"{NOW} >= 80 && {NOW} < 83")
    page.get_by_role("button", name="Next stage").click()
    until(page, f"{NOW} >= 125 && {NOW} < 128")
    page.get_by_role("button", name="Previous stage").click()
    until(page, f"{NOW} >= 80 && {NOW} < 83")
    page.get_by_role("button", name="Forward ten seconds").click()
    until(page, f"{NOW} >= 90 && {NOW} < 93")
    page.get_by_role("button", name="Back ten seconds").click()
    until(page, f"{NOW} >= 80 && {NOW} < 84")


def test_it_goes_on_where_it_was_after_a_reload_and_from_the_list(page: Page) -> None:
    choose(page)
    begin(page)
    at(page, 66)
    page.reload()
    expect(page.get_by_role("button", name="Resume at 1:06")).to_be_focused()
    assert page.text_content("#words") == "Dry them well."
    page.get_by_role("button", name="Resume at 1:06").click()
    until(page, f"{PLAYS} && {NOW} > 66 && {NOW} < 70")
    page.get_by_role("button", name="Leave").click()
    page.get_by_role("link", name="stopped at 1:0").click()
    page.get_by_role("button", name="Start over").click()
    until(page, f"{PLAYS} && {NOW} < 5")


def test_the_total_the_stages_and_the_version_are_planned_anew(page: Page) -> None:
    choose(page)
    page.get_by_role("button", name="A minute longer").click()
    expect_total(page, "3:00")
    page.get_by_role("switch", name="Include Rest").click()
    expect_total(page, "2:05")
    expect(page.locator("#bars i")).to_have_count(2)
    page.get_by_role("radio", name="short").check(force=True)
    expect_total(page, "1:00")
    assert page.get_by_role("switch", name="Include Soak").is_disabled()
    page.get_by_role("button", name="Reset changes").click()
    expect_total(page, "2:20")
    page.get_by_label("Sound").select_option("none")
    expect(page.get_by_role("slider", name="Background level")).to_be_disabled()
    page.get_by_role("slider", name="The whole session").fill("60")
    expect(page.locator("#choose .trouble")).not_to_be_visible()


def test_what_cannot_be_is_said_in_a_sentence_and_cannot_be_played(page: Page, server: Served) -> None:
    page.goto(f"{server.url}#choose=nothing")
    expect(page.locator("#choose .trouble")).to_be_visible()
    assert (page.text_content("#choose .trouble") or "").endswith(".")
    expect(page.get_by_role("button", name="Play")).to_be_disabled()


def test_with_the_keyboard_alone(page: Page) -> None:
    page.get_by_role("link", name="Two calm minutes").focus()
    page.keyboard.press("Enter")
    expect_total(page, "2:20")
    page.get_by_role("slider", name="Stroke").focus()
    page.keyboard.press("ArrowRight")
    expect_total(page, "2:35")
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    until(page, PLAYS)
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_focused()
    page.keyboard.press(" ")
    until(page, "document.querySelector('#sound').paused")
    page.keyboard.press("ArrowDown")
    until(page, f"{NOW} === 80")
    page.keyboard.press("ArrowLeft")
    until(page, f"{NOW} === 70")
    reached = []
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    found = [each for each in reached if each not in ("keep", "", "leave")]
    assert found == ["previous", "back", "forward", "following"]


def test_a_session_is_made_while_its_sliders_rest(page: Page, server: Served) -> None:
    page.goto(server.url)
    choose(page)
    page.get_by_role("button", name="A minute longer").click()
    expect_total(page, "3:00")
    with page.expect_response(lambda answer: "api/build" in answer.url) as begun:
        page.get_by_role("slider", name="The whole session").fill("205")
    name = begun.value.json()["id"]
    for _ in range(400):
        if server.ask(f"api/sessions/{name}").data["state"] == "ready":
            break
        page.wait_for_timeout(50)
    else:
        pytest.fail("nothing was made without a tap on Play")
    with page.expect_response(lambda answer: f"sessions/{name}" in answer.url):
        page.get_by_role("button", name="Play").click()


@SIZES
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_nothing_on_any_screen(browser: Browser, server: Served, size: Any, scheme: Any) -> None:
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.url)
    expect(page.locator("#routines a").first).to_be_visible()
    ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert ground == "rgb(16, 33, 31)", "dark in a dim room, whatever the phone is set to"
    assert_accessible(page)
    choose(page)
    assert_accessible(page)
    begin(page)
    assert_accessible(page)
    at(page, 66)
    assert_accessible(page)
    page.reload()
    expect(page.locator("#go-on")).to_be_visible()
    assert_accessible(page)
    context.close()


@SIZES
def test_nothing_on_the_player_lies_over_another(browser: Browser, server: Served, size: Any) -> None:
    context = browser.new_context(viewport=size)
    page = context.new_page()
    page.goto(server.url)
    choose(page)
    begin(page)
    at(page, 31)
    assert_in_order(page, "parts", "stage", "left", "words", "next", "previous")
    page.reload()
    expect(page.locator("#go-on")).to_be_visible()
    assert_in_order(page, "parts", "stage", "left", "words", "next", "resume")
    context.close()


def assert_in_order(page: Page, *names: str) -> None:
    """One stands below the other, none over it."""
    boxes = [page.locator(f"#{name}").bounding_box() for name in names]
    edges = [(box["y"], box["y"] + box["height"]) for box in boxes if box is not None]
    assert len(edges) == len(names)
    assert all(above[1] <= below[0] + 1 for above, below in itertools.pairwise(edges)), edges


def test_lock_screen_keys_and_the_screen_kept_awake(context: BrowserContext, server: Served) -> None:
    context.add_init_script(
        "window.keys = {}; const set = MediaSession.prototype.setActionHandler;"
        "MediaSession.prototype.setActionHandler = function (name, act) {"
        " keys[name] = act; set.call(this, name, act); };"
        "window.locks = 0; WakeLock.prototype.request = async () => {"
        " locks += 1; return { release() { locks -= 1; } }; };"
    )
    page = context.new_page()
    page.goto(server.url)
    choose(page)
    begin(page)
    assert page.evaluate("[navigator.mediaSession.metadata.title, navigator.mediaSession.metadata.artist]") == [
        "Soak",
        "Two calm minutes",
    ]
    assert page.evaluate("[navigator.mediaSession.playbackState, locks]") == ["playing", 1]
    page.evaluate("keys.nexttrack({})")
    until(page, f"{NOW} >= 80 && navigator.mediaSession.metadata.title === 'Stroke'")
    page.evaluate("keys.seekforward({})")
    until(page, f"{NOW} >= 90")
    page.evaluate("keys.seekbackward({}); keys.previoustrack({})")
    until(page, f"{NOW} < 3")
    page.evaluate("keys.seekto({ seekTime: 50 })")
    until(page, f"{NOW} >= 50")
    page.evaluate("keys.pause({})")
    until(page, "navigator.mediaSession.playbackState === 'paused' && locks === 0")
    page.evaluate("keys.play({})")
    until(page, "navigator.mediaSession.playbackState === 'playing' && locks === 1")


def test_it_can_be_taken_along_as_one_file(page: Page, tmp_path: Path) -> None:
    choose(page)
    begin(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Save to this phone").click()
    download.value.save_as(tmp_path / "kept.html")
    context = page.context.browser.new_context(offline=True)  # type: ignore[union-attr]
    kept = context.new_page()
    kept.goto((tmp_path / "kept.html").as_uri())
    kept.keyboard.press("Enter")
    until(kept, PLAYS)
    assert at(kept, 31)["words"] == "Halfway there."
    context.close()


def test_the_page_and_what_was_heard_work_without_a_network(context: BrowserContext, server: Served) -> None:
    page = context.new_page()
    page.goto(server.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    choose(page)
    plan = begin(page)
    kept = "caches.open('voiceguide-sessions').then((cache) => cache.keys()).then((keys) => keys.length)"
    until(page, kept + ".then((count) => count === 2)")
    at(page, 31)
    context.set_offline(True)
    page.goto(server.url)
    expect(page.get_by_role("link", name="Two calm minutes").last).to_be_visible()
    page.get_by_role("link", name="stopped at 0:31").click()
    page.get_by_role("button", name="Resume at 0:31").click()
    until(page, f"{PLAYS} && {NOW} > 31")
    assert page.evaluate("document.querySelector('#sound').duration") == pytest.approx(plan["total"], abs=0.1)
    assert at(page, 100)["words"] == "Long strokes from the toes to the ankle."
    page.evaluate("document.querySelector('#sound').play()")
    until(page, f"{NOW} > 100.3")
    heard = page.evaluate(
        "fetch(document.querySelector('#sound').src, { headers: { range: 'bytes=100-199' } }).then(async (answer) =>"
        " [answer.status, answer.headers.get('content-range').split('/')[0], (await answer.arrayBuffer()).byteLength])"
    )
    assert heard == [206, "bytes 100-199", 100]


def test_a_strangers_titles_are_only_text(page: Page) -> None:
    choose(page, "</script>")
    assert page.text_content("#choose-title") == MARKUP
    begin(page)
    assert at(page, 2)["words"] == f"Both {MARKUP}"
    assert at(page, 126)["stage"] == MARKUP
    assert page.locator("main img").count() == 0
    assert page.title() == "voiceguide"


def test_the_app_can_be_installed(page: Page, server: Served) -> None:
    manifest = json.loads(server.ask("manifest.webmanifest").body)
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        with Image.open(icons.__file__.replace("make_icons.py", f"static/{icon['src']}")) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
            pixels, share = icons.ICONS[icon["src"]]
            assert picture.convert("RGB").tobytes() == icons.draw_icon(pixels, share).tobytes(), "drawn by icons.py"


@functools.cache
def _files() -> list[Path]:
    return sorted((Path(icons.__file__).parent / "static").iterdir())


def test_the_page_asks_for_nothing_elsewhere_and_makes_no_markup_of_text() -> None:
    for path in _files():
        if path.suffix != ".png":
            text = path.read_text("utf-8")
            for forbidden in ("http://", "https://", "innerHTML", "insertAdjacentHTML", "document.write", "eval("):
                assert forbidden not in text, f"{path.name} has {forbidden}"


def test_the_service_worker_keeps_every_file_of_the_page() -> None:
    worker = (Path(icons.__file__).parent / "static" / "service-worker.js").read_text("utf-8")
    left_out = {"index.html", "service-worker.js", "standalone.js", "icon-maskable-512.png"}
    missing = [path.name for path in _files() if path.name not in left_out and f'"{path.name}"' not in worker]
    assert missing == []
