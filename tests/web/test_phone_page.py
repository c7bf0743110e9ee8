"""The phone page in a real browser with touch, before a real server: fit, hear, go on, also without a network."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.support.browser import (
    EVERYTHING_IS_HERE,
    PHONE,
    assert_accessible,
    chromium,
    cleared,
    collect_troubles,
    phone,
    until,
)
from tests.support.long_forms import long
from tests.support.served import Served, served
from tests.support.timing import HANG_S
from voiceguide.builtin_names import DETAIL_LEVELS
from voiceguide.metadata.embedded_plan import read_session_info
from voiceguide.verification.verifier import verify_file
from voiceguide.web import make_icons as icons

SCRIPT = """\
voiceguide: 1
title: Two calm minutes
description: Short, for tests.
voice: tone
bed: rain
variants:
  short: {skip: [water]}
  few words: {detail: brief, total: 2m}
  beyond: {set: {soak: 8m}}
  slow: {detail: brief, set: {soak: 90s}}
stages:
  - stage: Soak
    tags: [water]
    steps:
      - step: soak
        say: {full: Both feet into the warm water., brief: Feet in.}
        for: 60s
        max: 5m
        cues:
          - {at: half, say: Halfway there.}
      - {step: dry, say: Dry them well., for: 20s, max: 1m}
  - each: {side: [left, right]}
    stages:
      - stage: Stroke, {side} foot
        steps:
          - {step: long strokes, say: Long strokes from the toes to the ankle., for: 25s, max: 1m}
          - {step: circles, say: And now circles., for: 20s, max: 1m}
  - stage: Rest
    steps:
      - {step: be still, say: Be still., for: 15s, max: 1m}
"""
MARKUP = "</script><img src=x onerror=document.title='hit'>"
SMALL = """\
voiceguide: 1
title: Ruhe
language: de
description: Short, for tests.
voice: tone
stages:
  - stage: Rest
    steps:
      - {step: be still, say: "Be still.", for: 15s, max: 1m}
"""
REPEATS = """\
voiceguide: 1
title: Three times
voice: tone
stages:
  - stage: Squats
    steps:
      - {step: squat, repeat: 3, say: "Squat {count} of {of}.", for: 30s, max: 5m}
      - {step: nothing, say: A line without a pause., pause: 0s}
"""
ATTACK = SMALL.replace("language: de\n", "").replace("title: Ruhe", f'title: "{MARKUP}"')
ATTACK = ATTACK.replace("Be still.", f"Be still {MARKUP}").replace("stage: Rest", f'stage: "{MARKUP}"')
ATTACK = ATTACK.replace("Short, for tests.", MARKUP)
TOTAL = "3:05"
SIZES: list[tuple[int, int]] = [(320, 568), (360, 640), (390, 844), (430, 932), (568, 320), (844, 390)]
LAYOUT_RULES = ["color-contrast", "scrollable-region-focusable", "target-size"]
"""The rules of axe whose result can depend on the size of the window."""
SOUND = "document.querySelector('#sound')"
NOW = "document.querySelector('#sound').currentTime"
PAUSED = "document.querySelector('#sound').paused"
expect.set_options(timeout=1000 * HANG_S)
PLAYS = f"{NOW} > 0.2 && !{PAUSED} && !document.querySelector('#player').hidden"

CONTROLS = "[...document.querySelectorAll('#routine :is(button, input, select)')].filter((each) => each.offsetParent)"
TWICE_AS_LARGE = """{
  const large = new CSSStyleSheet();
  large.replaceSync(":root { font-size: 36px; }");
  document.adoptedStyleSheets = [large];
}"""
OVERLAPS = """(() => {
  const places = document.querySelectorAll("#player :is(.controls, .more-controls) button, #words, #left, #stage");
  const boxes = [...places].map((each) => [each.id, each.getBoundingClientRect()]);
  const overlap = (one, other) => one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1;
  return boxes.flatMap(([id, box], index) =>
    boxes.slice(index + 1).filter(([, other]) => overlap(box, other)).map(([other]) => `${id} ${other}`));
})()"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("scripts")
    fresh = SCRIPT.replace("Two calm minutes", "Not played before")
    fresh = fresh.replace("for: 25s, max: 1m", "for: 90s, max: 2m").replace("for: 15s, max: 1m", "for: 8m, max: 9m")
    for name, text in (("calm", SCRIPT), ("attack", ATTACK), ("ruhe", SMALL), ("fresh", fresh), ("repeats", REPEATS)):
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with served(folder, shared_cache) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def new_context(browser: Browser) -> Iterator[BrowserContext]:
    opened = phone(browser, offline_pages=True)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_page(browser: Browser) -> Iterator[Page]:
    opened = phone(browser)
    yield opened.new_page()
    opened.close()


@pytest.fixture
def context(shared_page: Page) -> BrowserContext:
    """The context of `page`."""
    return shared_page.context


@pytest.fixture
def page(shared_page: Page, server: Served) -> Iterator[Page]:
    opened = cleared(shared_page, server.url, PHONE)
    troubles = collect_troubles(opened)
    opened.goto(server.url)
    yield opened
    opened.unroute_all(behavior="ignoreErrors")
    assert [trouble for trouble in troubles if not trouble.startswith("Failed to load resource")] == []


def choose(page: Page, title: str = "Two calm minutes") -> None:
    """Open a routine, and wait until everything is on the phone."""
    page.locator("#routines a", has_text=title).tap()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")


def row(page: Page, name: str, number: int = 0) -> Any:
    return page.locator("#rows .row").filter(has=page.locator(f".name:text-is('{name}')")).nth(number)


def length(page: Page, name: str, number: int = 0) -> Any:
    return row(page, name, number).locator(".time")


def type_length(page: Page, name: str, text: str, number: int = 0) -> None:
    length(page, name, number).tap()
    page.locator("input.time").fill(text)
    page.keyboard.press("Enter")


def begin(page: Page) -> None:
    page.locator("#play").tap()
    until(page, PLAYS)


def leave_player(page: Page) -> None:
    """Go back to the list."""
    page.go_back()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    page.go_back()
    expect(page.locator("#home")).to_be_visible()


def hold_kits(page: Page, routine: str = "") -> list[Route]:
    """Hold what asks the computer for a kit, of one routine or of all."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route) if routine in str(route.request.post_data) else route.continue_()

    page.route("**/api/kit", hold)
    return held


def answer(page: Page, held: list[Route], number: int = 0) -> Route:
    """Wait until a request is held, and return it."""
    for _ in range(round(100 * HANG_S)):
        if len(held) > number:
            return held[number]
        page.wait_for_timeout(10)
    raise AssertionError("nothing was asked")


def drafts_first(page: Page, **changes: Any) -> list[bool]:
    """Answer with a draft while the list is true."""
    is_draft = [True]

    def answer_with_draft(route: Route) -> None:
        answer = route.fetch()
        state = answer.json()
        if is_draft[0] and state.get("kit"):
            state["kit"].update(id="draft", draft=True, **changes)
        route.fulfill(response=answer, json=state)

    page.route("**/api/kits/*", answer_with_draft)
    return is_draft


def pause_at(page: Page, seconds: float) -> dict[str, str]:
    """Stop at a time, and return what the screen says."""
    page.evaluate(f"document.querySelector('#sound').pause(); {NOW} = {seconds}")
    until(page, "!document.querySelector('#sound').seeking")
    page.wait_for_timeout(80)
    texts: Any = page.evaluate(
        "Object.fromEntries(['stage', 'step-of', 'words', 'left', 'next', 'total-left', 'state']"
        ".map((id) => [id, document.getElementById(id).textContent]))"
    )
    return dict(texts)


def test_fit_and_play(page: Page, server: Served) -> None:
    """What the page is for: a soak of four minutes, one step of one foot longer, and play, without asking anyone."""
    choose(page)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    expect(page.locator("#total")).to_have_text(TOTAL)
    type_length(page, "Soak", "4:00")
    expect(page.locator("#total")).to_have_text("6:05")
    page.get_by_role("button", name="Set each side separately").tap()
    type_length(page, "Circles", "30s", 1)
    expect(length(page, "Circles", 0)).to_have_text("0:20")
    expect(page.locator("#total")).to_have_text("6:15")
    begin(page)
    assert [url for url in requests if "/api/" in url or "/pieces/" in url] == []
    assert page.evaluate("document.querySelector('#sound').duration") == pytest.approx(375, abs=0.05)
    assert pause_at(page, 121)["words"] == "Halfway there."
    assert pause_at(page, 310)["stage"] == "Stroke, right foot"
    page.locator("#play-pause").tap()
    until(page, f"{NOW} > 310.3")


@long
def test_the_opening_plays_while_the_rest_is_prepared(page: Page) -> None:
    """The first words need only a few lines to be spoken. A longer opening and then the whole take over from there."""
    stages = [1]

    def hold_back(route: Route) -> None:
        answer = route.fetch()
        state = answer.json()
        kit = state.get("kit")
        if kit and len(kit["stages"]) > stages[0] == 3 and "known=second" not in route.request.url:
            kit.update(id="second", opening=True, draft=True, stages=kit["stages"][:3])
        if kit and len(kit["stages"]) > stages[0]:
            return route.fulfill(json={"state": "making", "doing": "Speaking", "done": 1, "of": 2})
        return route.fulfill(response=answer, json=state)

    page.route("**/api/kits/*", hold_back)
    page.locator("#routines a", has_text="Not played before").tap()
    page.locator("#play").tap()
    until(page, PLAYS)
    expect(page.locator("#words")).to_have_text("Both feet into the warm water.")
    expect(page.locator("#total-left")).to_have_text("")
    page.evaluate(f"{NOW} = 58")
    until(page, f"{PAUSED} && {NOW} > 59")
    expect(page.locator("#state")).to_have_text("The rest is being prepared \u2026")
    stages[0] = 3
    until(page, f"!{PAUSED} && {NOW} > 60.2")
    expect(page.locator("#total-left")).to_have_text("")
    page.evaluate(f"{NOW} = 278")
    until(page, f"{PAUSED} && {NOW} > 279")
    stages[0] = 4
    until(page, f"!{PAUSED} && {NOW} > 280.2")
    assert pause_at(page, 281)["total-left"] == "8:19 left"
    until(page, EVERYTHING_IS_HERE)
    page.locator("#minute-less").tap()  # which only the kit can do, not the draft
    expect(page.locator("#left")).to_have_text("0:01")


def test_what_the_player_shows(page: Page) -> None:
    """At several places in a session, after a tap on each control, and when the session has ended."""
    choose(page)
    begin(page)
    first = pause_at(page, 10)
    assert first == {
        "stage": "Soak",
        "step-of": "Step 1 of 2",
        "words": "Both feet into the warm water.",
        "left": "0:50",
        "next": "Next: Dry",
        "total-left": "2:55 left",
        "state": "Paused. Tap anywhere to resume.",
    }
    assert pause_at(page, 79)["next"] == "Next: Stroke, left foot"
    assert pause_at(page, 184)["next"] == "Last step"
    page.locator("#back").tap()
    until(page, f"{NOW} < 175")
    page.locator("#previous").tap()
    until(page, f"{NOW} < 171")
    page.locator("#following").tap()  # there is no stage after the last one
    page.locator("#open-more").tap()
    page.locator("#more-stages button", has_text="Stroke, left foot").tap()
    until(page, f"Math.abs({NOW} - 80) < 1")
    page.touchscreen.tap(195, 250)
    until(page, f"!{PAUSED}")
    page.touchscreen.tap(195, 250)
    until(page, PAUSED)
    page.evaluate(f"{NOW} = 184; {SOUND}.play()")
    expect(page.locator("#finished-title")).to_be_visible()
    page.locator("#play-again").tap()
    until(page, f"{PLAYS} && {NOW} < 5")


@long
def test_lengths_change_only_as_asked_and_within_their_limits(page: Page) -> None:
    """A scrolling thumb changes none, a limit is explained where it is met, and the total is shared out."""
    choose(page)
    scroll_over_the_rows(page)
    type_length(page, "Soak", "9 min")
    expect(length(page, "Soak")).to_have_text("5:00")
    expect(row(page, "Soak").locator(".why")).to_have_text("The script sets this limit.")
    type_length(page, "Soak", "0:01")
    expect(row(page, "Soak").locator(".why")).to_have_text("The speech takes this long.")
    type_length(page, "Soak", "soon")
    expect(row(page, "Soak").locator(".why")).to_contain_text("Enter a time")
    type_length(page, "Total", "0:05")
    expect(row(page, "Total").locator(".why")).to_contain_text("The shortest possible total is")
    page.get_by_role("button", name="Back to the original").tap()
    expect(page.locator("#total")).to_have_text(TOTAL)
    type_length(page, "Total", "4:00")
    expect(page.locator("#total")).to_have_text("4:00")
    soak, left, right, rest = page.locator("#rows .head .time").all_inner_texts()
    assert (left == right, soak != left, rest != left) == (True, True, True)
    before = page.locator("#rows .row .time").all_inner_texts()
    page.get_by_role("button", name="Be still: longer").tap()
    after = page.locator("#rows .row .time").all_inner_texts()
    assert [one == other for one, other in zip(before[1:], after[1:], strict=True)].count(False) == 1
    row(page, "Be still").get_by_role("button", name="Original").tap()
    expect(length(page, "Be still")).to_have_text("0:15")


def scroll_over_the_rows(page: Page) -> None:
    """Assert that this changes nothing. With sliders, a thumb that landed on one while scrolling made the soak 0:45."""
    before = page.locator("#rows").inner_text()
    session = page.context.new_cdp_session(page)
    for x in (40, 200, 300, 350):
        for y, distance in ((600, -400), (300, 400)):
            gesture = {"x": x, "y": y, "yDistance": distance, "gestureSourceType": "touch"}
            session.send("Input.synthesizeScrollGesture", gesture)
    session.detach()
    assert page.locator("#rows").inner_text() == before
    assert page.locator("input[type=range]").count() == 0


@long
def test_stages_and_variants_are_left_out_without_the_computer(page: Page, context: BrowserContext) -> None:
    choose(page)
    context.set_offline(True)
    page.get_by_role("radio", name="short").tap()
    expect(page.locator("#total")).to_have_text("1:45")
    page.get_by_role("switch", name="Play Soak").tap()
    expect(page.locator("#total")).to_have_text(TOTAL)
    page.get_by_role("radio", name="Brief").tap()
    expect(page.locator("#routine .trouble")).to_have_text(
        "This change requires new speech from the computer. Connect to it and try again."
    )
    expect(page.get_by_role("radio", name="Full")).to_be_checked()
    context.set_offline(False)
    page.get_by_role("radio", name="Brief").tap()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    begin(page)
    assert pause_at(page, 5)["words"] == "Feet in."


@long
def test_a_variant_with_other_words_has_its_own_lengths(page: Page, context: BrowserContext) -> None:
    """Its words came from the computer, but its total was lost."""
    choose(page)
    type_length(page, "Soak", "90s")
    context.set_offline(True)
    page.get_by_role("radio", name="few words").tap()
    expect(page.locator("#routine .trouble")).to_contain_text("requires new speech")
    expect(length(page, "Soak")).to_have_text("1:30")
    context.set_offline(False)
    page.get_by_role("radio", name="few words").tap()
    expect(page.locator("#total")).to_have_text("2:00")
    expect(page.get_by_role("button", name="Back to the original")).to_be_hidden()
    type_length(page, "Soak", "70s")
    page.get_by_role("button", name="Back to the original").tap()
    expect(page.locator("#total")).to_have_text("2:00")
    page.reload()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    expect(page.locator("#total")).to_have_text("2:00")
    page.get_by_role("radio", name="As written").tap()
    expect(page.locator("#total")).to_have_text(TOTAL)


@long
def test_changes_survive_and_can_be_kept_as_a_version(page: Page, context: BrowserContext, server: Served) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    choose(page)
    type_length(page, "Soak", "90s")
    page.reload()
    expect(length(page, "Soak")).to_have_text("1:30")
    page.get_by_role("button", name="Save as my version").tap()
    page.get_by_role("textbox", name="Version name").fill("Evening")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copy as text").tap()
    expect(page.locator("#version-told")).to_contain_text("voiceguide build calm --variant-file evening.yaml")
    assert page.evaluate("navigator.clipboard.readText()").splitlines()[1:] == ["set:", '  "Soak/soak": 1m30s']
    page.get_by_role("button", name="Copy link").tap()
    link = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Back to the original").tap()
    page.go_back()
    page.locator("#own-list a", has_text="Evening").tap()
    expect(length(page, "Soak")).to_have_text("1:30")
    other = context.browser
    assert other is not None
    fresh = phone(other)
    elsewhere = fresh.new_page()
    elsewhere.goto(link)
    expect(length(elsewhere, "Soak")).to_have_text("1:30")
    fresh.close()


@long
def test_a_version_with_a_total_is_handed_on_as_a_qr_code(page: Page, browser: Browser) -> None:
    choose(page)
    type_length(page, "Total", "4:00")
    expect(page.locator("#total")).to_have_text("4:00")
    lengths = page.locator("#rows .row .time").all_inner_texts()
    with page.expect_request("**/api/qr") as asked:
        page.get_by_role("button", name="Show QR code").tap()
    expect(page.locator("img.code")).to_have_js_property("complete", True)
    assert page.locator("img.code").evaluate("(image) => image.naturalWidth") > 0
    link = json.loads(asked.value.post_data or "")["text"]
    assert len(link) < 400  # a camera reads it from a screen
    other = phone(browser).new_page()
    other.goto(link)
    expect(other.locator("#here")).to_contain_text("Everything is on this phone")
    expect(other.locator("#total")).to_have_text("4:00")
    assert other.locator("#rows .row .time").all_inner_texts() == lengths
    other.context.close()


def test_a_session_with_other_lengths_is_saved_as_an_mp3(page: Page, context: BrowserContext, tmp_path: Path) -> None:
    choose(page)
    type_length(page, "Soak", "4:00")
    context.set_offline(True)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as MP3").tap()
    expect(page.locator("#version-told")).to_contain_text("Saved as two-calm-minutes.mp3")
    assert download.value.suggested_filename == "two-calm-minutes.mp3"
    download.value.save_as(tmp_path / "saved.mp3")
    report = verify_file(tmp_path / "saved.mp3")
    assert report.ok, report.failures
    soak = next(stage for stage in read_session_info(tmp_path / "saved.mp3")[0].stages if stage.title == "Soak")
    assert soak.steps[0].duration_s == 240


def test_it_goes_on_where_it_was(page: Page) -> None:
    choose(page)
    begin(page)
    pause_at(page, 31)
    page.reload()
    expect(page.locator("#resume-words")).to_have_text("You stopped at 0:31.")
    assert_accessible(page)
    page.locator("#go-on").tap()
    until(page, f"{PLAYS} && {NOW} > 31")
    page.go_back()
    expect(page.locator("#routine")).to_be_visible()
    page.go_back()
    expect(page.locator("#recent-list a")).to_contain_text("Resume at 0:3")
    page.locator("#recent-list a").tap()
    page.locator("#from-start").tap()
    until(page, f"{NOW} < 3 && !{PAUSED}")
    page.keyboard.press("Escape")
    expect(page.locator("#routine")).to_be_visible()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    expect(page.locator("#player")).to_be_hidden()  # it opened again, however often one went back
    page.go_back()
    expect(page.locator("#home")).to_be_visible()


@long
def test_a_session_that_loads_late_does_not_open_over_another_screen(page: Page) -> None:
    choose(page)
    begin(page)
    pause_at(page, 31)
    leave_player(page)
    held = hold_kits(page, "calm")
    with page.expect_request("**/api/kit"):
        page.locator("#recent-list a").tap()
    page.go_back()
    page.locator("#routines a", has_text="Ruhe").tap()
    expect(page.locator("#here")).to_contain_text("Alles ist auf diesem Ger\u00e4t")
    with page.expect_event("requestfailed"):
        answer(page, held).abort()
    page.wait_for_timeout(80)
    expect(page.locator("#routine")).to_be_visible()  # the player opened, with this routine


@long
def test_a_list_that_loads_late_does_not_open_a_routine_that_was_left(page: Page) -> None:
    held: list[Route] = []
    choose(page)
    page.route("**/api/routines", lambda route: held.append(route))
    with page.expect_request("**/api/routines"):
        page.reload()
    with page.expect_request("**/api/routines"):
        page.go_back()
    for route in held:
        route.continue_()
    expect(page.locator("#routines a", has_text="Two calm minutes")).to_be_visible()
    page.wait_for_timeout(80)
    expect(page.locator("#home")).to_be_visible()  # the routine was shown instead


@long
def test_what_was_asked_for_a_routine_does_not_show_in_another(page: Page) -> None:
    held: list[Route] = []
    choose(page)
    page.route("**/api/qr", lambda route: held.append(route))
    with page.expect_request("**/api/qr"):
        page.get_by_text("Show QR code").tap()
    page.get_by_text("Save as my version").tap()
    page.go_back()
    page.locator("#routines a", has_text="Ruhe").tap()
    expect(page.locator("#here")).to_contain_text("Alles ist auf diesem Ger\u00e4t")
    expect(page.locator("#versions input")).to_have_count(0)
    with page.expect_event("requestfinished"):
        answer(page, held).continue_()
    page.wait_for_timeout(80)
    expect(page.locator("#version-told")).to_be_hidden()


@long
def test_a_session_that_plays_is_not_interrupted_by_its_kit(page: Page) -> None:
    choose(page)
    begin(page)
    pause_at(page, 31)
    leave_player(page)
    is_draft = drafts_first(page)
    page.locator("#recent-list a").tap()
    page.locator("#play").tap()
    until(page, PLAYS)
    is_draft[0] = False
    until(page, EVERYTHING_IS_HERE)
    page.wait_for_timeout(80)
    expect(page.locator("#resume")).to_be_hidden()  # it stopped, and asked whether to resume
    assert page.evaluate(PLAYS)


@long
def test_a_minute_more_waiting_and_volumes(page: Page) -> None:
    choose(page)
    begin(page)
    pause_at(page, 20)
    page.locator("#minute-more").tap()
    expect(page.locator("#left")).to_have_text("1:40")
    expect(page.locator("#total-left")).to_have_text("3:45 left")
    page.locator("#minute-less").tap()
    page.locator("#minute-less").tap()
    expect(page.locator("#left")).to_have_text("0:01")  # what has been heard stays heard
    assert page.evaluate(PAUSED)  # it started to play, though something else had paused it, such as a call
    pause_at(page, 20.5)
    page.locator("#wait-here").tap()
    page.locator("#play-pause").tap()
    until(page, PAUSED)
    expect(page.locator("#state")).to_have_text("Waiting. Tap anywhere to continue.")
    page.touchscreen.tap(195, 250)
    until(page, f"!{PAUSED}")
    page.locator("#open-more").tap()
    assert page.locator("#play-pause").evaluate("(button) => Boolean(button.closest('[inert]'))")
    page.get_by_role("button", name="Background: softer").tap()
    expect(page.get_by_role("button", name="Background: softer")).to_be_focused()
    page.get_by_role("button", name="Voice: softer").tap()
    assert page.locator("meter").evaluate_all("(meters) => meters.map((meter) => meter.value)") == [-1.5, -1.5]
    page.get_by_role("button", name="Voice: louder").tap()
    page.get_by_role("button", name="Voice: louder").tap()  # a louder voice would be clipped
    assert page.locator("meter").evaluate_all("(meters) => meters.map((meter) => meter.value)") == [0, -1.5]


@long
def test_it_heals_where_the_browser_fails(page: Page) -> None:
    choose(page)
    begin(page)
    page.evaluate(f"{NOW} = 60")
    until(page, f"{NOW} > 60.2")
    page.evaluate("document.querySelector('#sound').dispatchEvent(new Event('error'))")
    until(page, f"{NOW} > 60.4 && !{PAUSED}")
    page.evaluate("document.querySelector('#sound').dispatchEvent(new Event('ended'))")  # far from the end
    until(page, f"{NOW} > 60.6 && !{PAUSED}")
    page.evaluate(
        f"{SOUND}.playbackRate = 0; window.loads = 0; {SOUND}.addEventListener('loadstart', () => (loads += 1));"
        f"{SOUND}.addEventListener('seeking', () => ({SOUND}.playbackRate = 1), {{ once: true }})"
    )  # WebKitGTK stands still after loading until it is sought once more
    at = page.evaluate(NOW)
    until(page, f"{NOW} > {at} + 0.2 && !{PAUSED}")
    assert page.evaluate("loads") == 0
    page.evaluate(f"{SOUND}.playbackRate = 0")  # stalled, and no event says so
    at = page.evaluate(NOW)
    until(page, f"{NOW} > {at} + 0.2 && !{PAUSED}")
    stall = f"{{ {SOUND}.playbackRate = 0; {SOUND}.onloadstart = () => ({SOUND}.playbackRate = 0); }}"
    page.evaluate(stall)  # for good, also after it is loaded once more
    expect(page.locator("#player .trouble")).to_contain_text("cannot be played here")


@long
def test_a_browser_that_forgets_where_to_go_on(page: Page) -> None:
    """Safari forgets a position that is set before the audio is loaded, and sometimes the next one too."""
    choose(page)
    begin(page)
    page.evaluate(f"{NOW} = 20")
    until(page, f"{NOW} > 20.2")
    page.evaluate(
        "const native = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime');"
        f"let lost = 2; Object.defineProperty({SOUND}, 'currentTime', {{"
        " get() { return native.get.call(this); },"
        " set(value) { if (lost > 0) lost -= 1; else native.set.call(this, value); } });"
    )
    page.locator("#minute-more").tap()
    until(page, f"{SOUND}.duration > 200 && {NOW} > 1 && !{PAUSED}")
    assert page.evaluate(NOW) > 20


@long
def test_only_one_tab_plays(page: Page, context: BrowserContext, server: Served) -> None:
    choose(page)
    begin(page)
    other = context.new_page()
    other.goto(server.url)
    choose(other)
    begin(other)
    until(page, PAUSED)


def test_the_computer_may_go_away(new_context: BrowserContext, server: Served) -> None:
    page = new_context.new_page()
    page.goto(server.url)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    choose(page)
    type_length(page, "Soak", "2:00")
    new_context.set_offline(True)
    begin(page)
    page.evaluate(f"{NOW} = 150")
    until(page, f"{NOW} > 150.3")
    page.goto(server.url)
    page.locator("#routines a", has_text="Two calm minutes").tap()
    expect(length(page, "Soak")).to_have_text("2:00")
    begin(page)
    assert pause_at(page, 61)["words"] == "Halfway there."


@long
def test_lock_screen_and_the_screen_kept_awake(new_context: BrowserContext, server: Served) -> None:
    new_context.add_init_script(
        "window.keys = {}; const set = MediaSession.prototype.setActionHandler;"
        "MediaSession.prototype.setActionHandler = function (name, act) {"
        " keys[name] = act; set.call(this, name, act); };"
        "window.locks = 0; window.answered = 0; WakeLock.prototype.request = async () => {"
        " locks += 1; await new Promise((resolve) => setTimeout(resolve, 50)); answered += 1;"
        " return { release() { locks -= 1; } }; };"
    )
    page = new_context.new_page()
    page.goto(server.url)
    choose(page)
    begin(page)
    shown = "[navigator.mediaSession.metadata.title, navigator.mediaSession.metadata.artist]"
    assert page.evaluate(shown) == ["Soak", "Two calm minutes"]
    assert page.evaluate("[navigator.mediaSession.playbackState, locks]") == ["playing", 1]
    assert page.evaluate("'seekforward' in keys") is False  # iOS would show these instead of the stages
    page.evaluate("keys.nexttrack({})")
    until(page, f"{NOW} >= 80 && navigator.mediaSession.metadata.title === 'Stroke, left foot'")
    page.evaluate("keys.previoustrack({}); keys.seekto({ seekTime: 50 })")
    until(page, f"{NOW} >= 50 && {NOW} < 60")
    page.evaluate("keys.pause({})")
    until(page, "navigator.mediaSession.playbackState === 'paused' && locks === 0")
    page.evaluate("keys.play({})")
    until(page, "navigator.mediaSession.playbackState === 'playing' && locks === 1")
    page.evaluate(
        "(async () => { const sound = document.querySelector('#sound'); answered = 0;"
        " for (const turn of ['pause', 'play', 'pause', 'play'])"
        " await new Promise((resolve) => { sound.addEventListener(turn, resolve, { once: true }); sound[turn](); });"
        "})()"
    )
    until(page, "answered > 0 && locks > 0")
    page.locator("#leave").tap()
    until(page, "navigator.mediaSession.metadata === null && locks === 0")  # one lock was kept for ever


def test_the_page_speaks_the_language_of_the_routine(page: Page) -> None:
    page.locator("#routines a", has_text="Ruhe").tap()
    expect(page.locator("#here")).to_contain_text("Alles ist auf diesem Gerät")
    expect(page.locator("#play")).to_have_text("▶ Abspielen")
    assert page.evaluate("[document.documentElement.lang, document.querySelector('#routine-title').lang]") == [
        "de",
        "de",
    ]
    page.go_back()
    expect(page.locator("#home-title")).to_have_text("What would you like to do?")
    page.route("**/api/kit*", lambda route: None)  # while the next routine is loaded, nothing of the last one is shown
    page.route("**/api/kits/*", lambda route: None)
    page.locator("#routines a", has_text="Two calm minutes").tap()
    expect(page.locator("#routine-title")).to_have_text("Two calm minutes")
    expect(page.locator("#rows")).to_have_text("\u2026")


def test_times_are_rounded_and_have_hours(page: Page) -> None:
    """3:45 was shown as 3:44, and 1:54:20 was broken in two."""
    times = page.evaluate(
        "import('./times.js').then(({ clock, countdown }) => [224.6, 6860, 3599.6].map(clock).concat(countdown(6860)))"
    )
    assert times == ["3:45", "1:54:20", "1:00:00", "1:54:20"]


def test_everything_fits_and_axe_finds_nothing(page: Page) -> None:
    choose(page)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page, "document.documentElement", width)
        assert_accessible(page, rules=[] if width in (320, 844) else LAYOUT_RULES)
        assert page.evaluate(f"{CONTROLS}.filter((each) => each.getBoundingClientRect().height < 43)") == []
    begin(page)
    pause_at(page, 31)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert_accessible(page, rules=[] if width in (320, 844) else LAYOUT_RULES)
        assert page.evaluate("document.querySelector('#player').scrollHeight - innerHeight") <= 4, (width, height)
        assert page.evaluate(OVERLAPS) == []
    page.evaluate(TWICE_AS_LARGE)
    page.locator("#open-more").tap()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page, "document.querySelector('#player')", width)
        assert fits(page, "document.querySelector('#more')", width)
        assert page.evaluate(OVERLAPS) == []
    page.locator("#close-more").tap()
    page.evaluate(f"{NOW} = {SOUND}.duration - 0.3; {SOUND}.play()")
    expect(page.locator("#finished-title")).to_be_visible()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page, "document.querySelector('#finished')", width)
    page.go_back()
    expect(page.locator("#routine")).to_be_visible()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert fits(page, "document.documentElement", width)


def fits(page: Page, element: str, width: int) -> bool:
    """Wait for a window of this width, and return whether an element is no wider than that."""
    until(page, f"innerWidth === {width}")
    return bool(page.evaluate(f"{element}.scrollWidth <= innerWidth"))


@long
def test_other_colors(page: Page) -> None:
    """axe sees the colors of the page, not those that the system forces on it."""
    choose(page)
    page.emulate_media(contrast="more")
    assert_accessible(page)
    page.emulate_media(contrast="null", forced_colors="active")
    assert_accessible(page, "color-contrast")
    begin(page)
    assert_accessible(page, "color-contrast")
    page.emulate_media(contrast="more", forced_colors="null")
    assert_accessible(page)


def test_with_the_keyboard_alone(page: Page) -> None:
    page.locator("#routines a", has_text="Two calm minutes").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    page.get_by_role("button", name="Soak: longer").focus()
    page.keyboard.press("Enter")
    expect(length(page, "Soak")).to_have_text("1:15")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Soak: longer"
    page.locator("#play").focus()
    page.keyboard.press("Space")
    until(page, PLAYS)
    page.keyboard.press("ArrowRight")
    until(page, f"{NOW} > 10")
    page.keyboard.press("Space")
    until(page, PAUSED)


def test_a_strangers_titles_are_only_text(page: Page) -> None:
    choose(page, "</script>")
    assert page.text_content("#routine-title") == MARKUP
    begin(page)
    assert pause_at(page, 5)["stage"] == MARKUP
    assert page.locator("main img").count() == 0


def test_the_app_can_be_installed(server: Served) -> None:
    manifest = json.loads(server.ask("manifest.webmanifest").body)
    assert manifest["display"] == "standalone"
    for icon in manifest["icons"]:
        with Image.open(icons.__file__.replace("make_icons.py", f"static/{icon['src']}")) as picture:
            assert f"{picture.width}x{picture.height}" == icon["sizes"]
            pixels, share = icons.ICONS[icon["src"]]
            assert picture.convert("RGB").tobytes() == icons.draw_icon(pixels, share).tobytes(), "drawn by icons.py"


@functools.cache
def _files() -> list[Path]:
    return sorted(path for path in (Path(icons.__file__).parent / "static").iterdir() if path.is_file())


def test_the_page_asks_for_nothing_elsewhere_and_makes_no_markup_of_text() -> None:
    for path in _files():
        if path.suffix != ".png":
            text = path.read_text("utf-8")
            for forbidden in ("http://", "https://", "innerHTML", "insertAdjacentHTML", "document.write", "eval("):
                assert forbidden not in text, f"{path.name} has {forbidden}"


def test_the_service_worker_keeps_every_file_of_the_page() -> None:
    worker = (Path(icons.__file__).parent / "static" / "service-worker.js").read_text("utf-8")
    left_out = {"index.html", "service-worker.js", "single-file.js", "icon-maskable-512.png"}
    missing = [path.name for path in _files() if path.name not in left_out and f'"{path.name}"' not in worker]
    assert missing == []


def test_every_language_has_every_text() -> None:
    texts = {path.name: path.read_text("utf-8") for path in _files() if path.name.startswith("strings-")}
    keys = {
        name: [line.partition(":")[0].strip() for line in text.splitlines() if ": " in line]
        for name, text in texts.items()
    }
    assert len(keys) == 4
    assert all(each == keys["strings-en.js"] for each in keys.values())
    used = " ".join(path.read_text("utf-8") for path in _files() if path.suffix == ".js" and path.name not in texts)
    unused = [
        key
        for key in keys["strings-en.js"]
        if key not in used and not key.startswith("why_") and key not in DETAIL_LEVELS
    ]
    assert unused == []


def test_a_kit_without_overrides_is_copied_as_text(page: Page, context: BrowserContext) -> None:
    """A phone can have stored a kit from before kits had them."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])

    def without(route: Route) -> None:
        answer = route.fetch()
        state = answer.json()
        state.get("kit", {}).pop("overrides", None)
        route.fulfill(response=answer, json=state)

    page.route("**/api/kits/*", without)
    choose(page)
    type_length(page, "Soak", "90s")
    page.get_by_role("button", name="Copy as text").tap()
    expect(page.locator("#version-told")).to_contain_text("--variant-file")
    assert page.evaluate("navigator.clipboard.readText()").splitlines()[1:] == ["set:", '  "Soak/soak": 1m30s']


@long
def test_a_variant_can_exceed_the_limits_of_the_page(page: Page, context: BrowserContext) -> None:
    """Its length was lost when the page was opened again."""
    choose(page)
    page.get_by_role("radio", name="beyond").tap()
    expect(length(page, "Soak")).to_have_text("8:00")
    page.reload()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    expect(length(page, "Soak")).to_have_text("8:00")
    begin(page)
    assert pause_at(page, 241)["words"] == "Halfway there."


@long
def test_the_lengths_of_the_script_can_be_chosen_within_a_variant(page: Page) -> None:
    """After the length of the variant was taken back, it returned when the page was opened again."""
    choose(page)
    page.get_by_role("radio", name="slow").tap()
    expect(length(page, "Soak")).to_have_text("1:30")
    row(page, "Soak").get_by_role("button", name="Original").tap()
    expect(page.locator("#total")).to_have_text(TOTAL)
    page.reload()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    expect(page.locator("#total")).to_have_text(TOTAL)
    expect(page.get_by_role("radio", name="slow")).to_be_checked()


@long
def test_a_variant_is_remembered_while_it_is_prepared(page: Page, context: BrowserContext, server: Served) -> None:
    """It is played with its own lengths as soon as they are known, also if the phone has closed the page by then."""
    choose(page)
    page.route("**/api/kits/*", lambda route: None)
    with page.expect_request("**/api/kits/*"):
        page.get_by_role("radio", name="few words").tap()
    other = context.new_page()
    other.goto(server.url)
    choose(other)
    expect(other.locator("#total")).to_have_text("2:00")
    other.close()


@long
def test_a_version_and_a_session_stay_as_they_were_left(page: Page) -> None:
    """The settings they were opened with returned after Play and Back, and when the page was opened again."""
    choose(page)
    type_length(page, "Soak", "90s")
    page.get_by_text("Save as my version").tap()
    page.get_by_role("textbox", name="Version name").fill("Evening")
    page.keyboard.press("Enter")
    page.get_by_text("Back to the original").tap()
    page.locator("#versions .version", has_text="Evening").tap()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    begin(page)
    pause_at(page, 31)
    page.go_back()
    expect(length(page, "Soak")).to_have_text("1:30")
    page.go_back()
    page.locator("#own-list a", has_text="Evening").tap()
    type_length(page, "Soak", "3:00")
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    page.reload()
    expect(length(page, "Soak")).to_have_text("3:00")
    page.go_back()
    page.locator("#recent-list a").first.tap()
    expect(page.locator("#resume-words")).to_have_text("You stopped at 0:31.")
    page.go_back()
    expect(length(page, "Soak")).to_have_text("1:30")
    type_length(page, "Soak", "4:00")
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    begin(page)
    page.go_back()
    expect(length(page, "Soak")).to_have_text("4:00")


@long
def test_a_position_survives_another_length_and_another_tab(
    page: Page, context: BrowserContext, server: Served
) -> None:
    choose(page)
    begin(page)
    pause_at(page, 20)
    page.locator("#minute-more").tap()
    expect(page.locator("#left")).to_have_text("1:40")
    pause_at(page, 31)
    page.reload()
    expect(page.locator("#resume-words")).to_have_text("You stopped at 0:31.")  # it began again
    other = context.new_page()
    other.goto(server.url)
    expect(other.locator("#recent-list a")).to_have_count(1)
    other.locator("#recent-list a").tap()
    other.locator("#go-on").tap()
    until(other, PLAYS)
    pause_at(other, 100)
    other.close()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert page.evaluate("JSON.parse(localStorage['voiceguide.played']).map(({ at }) => at)") == [100]


@long
def test_a_step_that_is_repeated_is_longer_from_where_it_plays(page: Page) -> None:
    choose(page, "Three times")
    page.get_by_role("button", name="Nothing: shorter").tap()  # it became longer: its 2.6 s are shown as 0:03
    expect(row(page, "Nothing").locator(".why")).to_have_text("The speech takes this long.")
    expect(page.locator("#total")).to_have_text("1:32")
    begin(page)
    assert pause_at(page, 40)["step-of"] == "Step 2 of 4"
    page.locator("#minute-more").tap()
    expect(page.locator("#left")).to_have_text("1:20")
    assert page.locator("#step-of").text_content() == "Step 2 of 4"  # the first had become longer too
    pause_at(page, 179.5)
    page.locator("#minute-less").tap()
    expect(page.locator("#player .trouble")).to_have_text("You have already heard this much of the step.")


@long
def test_a_change_that_the_computer_cannot_make_is_taken_back(page: Page) -> None:
    choose(page)
    held = hold_kits(page)
    with page.expect_request("**/api/kit"):
        page.get_by_role("radio", name="Brief").tap()
    with page.expect_request("**/api/kit"):
        page.locator("#bed").select_option("waves")
    page.get_by_role("button", name="Soak: longer").tap()
    for number in range(2):
        answer(page, held, number).abort()
    expect(page.locator("#routine .trouble")).to_contain_text("requires new speech from the computer")
    assert page.locator("#details input:checked").get_attribute("value") == "full"
    expect(page.locator("#bed")).to_have_value("rain")
    expect(length(page, "Soak")).to_have_text("1:15")
    begin(page)
    assert page.evaluate(f"{SOUND}.duration") == pytest.approx(200, abs=0.1)  # 185 s, or the brief words


@long
@pytest.mark.parametrize("opening", [False, True])
def test_a_change_that_fails_while_a_routine_loads_does_not_stop_it(page: Page, opening: bool) -> None:
    is_draft = drafts_first(page, opening=opening)
    page.locator("#routines a", has_text="Two calm minutes").tap()
    expect(page.locator("#bed option")).not_to_have_count(0)
    held = hold_kits(page)
    with page.expect_request("**/api/kit"):
        page.locator("#bed").select_option("waves")
    is_draft[0] = False
    asked = answer(page, held)
    page.unroute("**/api/kit")
    asked.abort()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    expect(row(page, "Soak")).to_be_visible()


@long
def test_the_page_asks_again(page: Page) -> None:
    page.route("**/api/kit", lambda route: route.abort())
    page.locator("#routines a", has_text="Two calm minutes").tap()
    expect(page.locator("#routine .trouble")).to_contain_text("not responding")
    page.unroute("**/api/kit")
    is_draft = drafts_first(page)
    page.route("**/pieces/*", lambda route: route.abort())
    page.locator("#play").tap()
    expect(page.locator("#play-word")).to_have_text("Play")
    page.unroute("**/pieces/*")
    is_draft[0] = False
    page.route("**/api/kits/*", lambda route: route.abort(), times=3)
    page.locator("#play").tap()
    until(page, PLAYS)
    page.go_back()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    expect(page.locator("#routine .trouble")).to_be_hidden()


@long
def test_without_a_cache_and_with_a_full_storage_nothing_is_lost_until_the_page_closes(
    new_context: BrowserContext, server: Served
) -> None:
    new_context.add_init_script("Object.defineProperty(window, 'caches', { value: undefined })")
    page = new_context.new_page()
    page.goto(server.url)
    choose(page)
    type_length(page, "Soak", "90s")
    page.evaluate("void (Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); })")
    page.route("**/api/**", lambda route: route.abort())
    page.route("**/pieces/**", lambda route: route.abort())
    type_length(page, "Soak", "4:30")
    begin(page)
    page.go_back()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    expect(length(page, "Soak")).to_have_text("4:30")


@long
def test_a_variant_that_was_removed_does_not_lock_its_routine(new_context: BrowserContext, server: Served) -> None:
    new_context.add_init_script("Object.defineProperty(window, 'caches', { value: undefined })")
    page = new_context.new_page()
    page.goto(server.url)
    wish = "{ variant: 'gone', detail: null, bed: null, bedLevel: null, voice: null }"
    page.evaluate(f"localStorage['voiceguide.draft.calm'] = JSON.stringify({{ wish: {wish} }})")
    choose(page)
    expect(page.locator("#routine .trouble")).to_contain_text("No such variant")
    expect(row(page, "Soak")).to_be_visible()


@long
def test_lengths_beyond_the_limits_and_of_one_side_are_shown_as_they_are(page: Page) -> None:
    choose(page)
    page.get_by_role("radio", name="beyond").tap()
    page.get_by_role("button", name="Soak: longer").tap()
    expect(length(page, "Soak")).to_have_text("8:00")  # it became 5:00
    begin(page)
    pause_at(page, 400)
    page.locator("#minute-more").tap()
    expect(page.locator("#player .trouble")).to_have_text("The script sets this limit.")
    pause_at(page, 530)
    page.locator("#minute-more").tap()
    page.go_back()
    expect(page.get_by_text("same on each side")).to_have_count(0)  # and the right side was hidden
    expect(length(page, "Circles", 1)).to_have_text("0:20")
    page.get_by_text("Back to the original").tap()
    type_length(page, "Be still", "0:01")
    for switch in page.get_by_role("switch").all()[:-1]:
        switch.tap()
    expect(length(page, "Be still")).to_have_text("0:02")  # the words were never heard


@long
def test_a_double_tap_on_play_starts_and_does_not_pause(page: Page) -> None:
    """The time between the taps counts, not the time at which a busy phone handles them."""
    choose(page)
    box = page.locator("#play").bounding_box()
    assert box
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    devtools = page.context.new_cdp_session(page)
    first_s = time.time()

    def tap(at_s: float) -> None:
        for kind, points in (("touchStart", [middle]), ("touchEnd", [])):
            event = {"type": kind, "touchPoints": points, "timestamp": at_s}
            devtools.send("Input.dispatchTouchEvent", event)

    tap(first_s)
    until(page, f"{PLAYS} && {NOW} > 1")
    tap(first_s + 0.2)
    page.wait_for_timeout(300)
    assert page.evaluate(PLAYS)
    tap(time.time())
    until(page, f"{SOUND}.paused")


@long
def test_media_keys_answer_what_the_screen_asks(new_context: BrowserContext, server: Served) -> None:
    new_context.add_init_script(
        "window.keys = {}; MediaSession.prototype.setActionHandler = (name, act) => { keys[name] = act; };"
    )
    page = new_context.new_page()
    page.goto(server.url)
    choose(page)
    page.locator("#play").tap()
    until(page, PLAYS)
    page.evaluate(f"{NOW} = {SOUND}.duration - 0.3")
    expect(page.locator("#finished-title")).to_be_visible()
    page.evaluate("keys.play({})")
    until(page, f"{PLAYS} && {NOW} < 30")
    expect(page.locator("#finished-title")).to_be_hidden()
    pause_at(page, 31)
    page.reload()
    expect(page.locator("#resume")).to_be_visible()
    page.evaluate("keys.play({})")
    until(page, f"{PLAYS} && {NOW} > 31")
    expect(page.locator("#resume")).to_be_hidden()


@long
@pytest.mark.parametrize(
    "link",
    ["#routine=100%", "#version=%7B%22name%2", "#version=%7B%7D"]
    + [f'#version={{"routine": "calm", "settings": {{"{key}": null}}}}' for key in ("lengths", "skip")],
)
def test_a_link_that_was_cut_leads_to_the_list(page: Page, server: Served, link: str) -> None:
    page.goto("about:blank")
    page.goto(server.url + link)
    expect(page.locator("#home")).to_be_visible()
    expect(page.locator("#routines a", has_text="Ruhe")).to_be_visible()


@long
def test_what_is_being_typed_is_not_lost(page: Page) -> None:
    held = hold_kits(page)
    page.locator("#routines a", has_text="Two calm minutes").tap()
    page.get_by_text("Save as my version").tap()
    page.keyboard.type("Even")
    answer(page, held).continue_()
    expect(page.locator("#here")).to_contain_text("Everything is on this phone")
    page.keyboard.type("ing")
    expect(page.get_by_role("textbox", name="Version name")).to_have_value("Evening")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Save as my version")).to_be_visible()
    expect(page.locator("#routine")).to_be_visible()
    length(page, "Soak").tap()
    page.locator("input.time").fill("90s")
    page.get_by_role("button", name="Dry: longer").tap()  # only the field was left
    expect(length(page, "Dry")).to_have_text("0:30")
    expect(length(page, "Soak")).to_have_text("1:30")
    length(page, "Soak").tap()
    page.locator("input.time").fill("2:00")
    page.get_by_role("switch", name="Play Rest").tap()
    expect(page.get_by_role("switch", name="Play Rest")).not_to_be_checked()
    length(page, "Soak").tap()
    page.locator("input.time").fill("3:00")
    page.locator("#routine-about").tap()
    expect(length(page, "Soak")).to_have_text("3:00")


@long
def test_nothing_of_one_routine_shows_in_the_next(page: Page) -> None:
    choose(page)
    type_length(page, "Total", "0:05")
    expect(row(page, "Total").locator(".why")).to_be_visible()
    type_length(page, "Soak", "90s")
    begin(page)
    pause_at(page, 88)
    page.locator("#wait-here").tap()
    page.locator("#play-pause").tap()
    expect(page.locator("#state")).to_contain_text("Waiting")
    leave_player(page)
    hold_kits(page)
    page.locator("#routines a", has_text="Three times").tap()
    expect(page.locator("#undo-all")).to_be_hidden()  # it removed the changes to this routine
    page.unroute("**/api/kit")
    page.go_back()
    choose(page, "Three times")
    expect(row(page, "Total").locator(".why")).to_be_hidden()
    drafts_first(page)
    page.go_back()
    page.evaluate("localStorage.removeItem('voiceguide.draft.repeats')")
    page.locator("#routines a", has_text="Three times").tap()
    begin(page)
    page.locator("#minute-more").tap()
    expect(page.locator("#player .trouble")).to_have_text("Wait until everything is on this phone.")
    page.locator("#play-pause").tap()
    expect(page.locator("#state")).to_contain_text("Paused")
