"""The studio in a real browser, with mouse, keyboard and touch: write, time, move, hear, save."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Locator, Page, Route, expect

from tests.support.browser import DESKTOP, PHONE, assert_accessible, chromium, cleared, collect_troubles, until
from tests.support.long_forms import few, long
from tests.support.served import Served, served
from tests.support.timing import HANG_S, wait_for as wait_with_poll
from tests.web.test_studio_server import _wav
from voiceguide.errors import VoiceguideError
from voiceguide.pipeline.session_builder import open_builder_for_script
from voiceguide.script.loader import load_script
from voiceguide.script.model.bed_layers import split_layers
from voiceguide.speech.phrases import load_phrases
from voiceguide.system.disk_cache import open_cache
from voiceguide.timeline.arrangement.overrides import Overrides
from voiceguide.timeline.arrangement.unroll import unroll_routine
from voiceguide.web.studio.description import describe
from voiceguide.web.studio.fitting import fit_total
from voiceguide.web.studio.narrator_keeper import NarratorKeeper

SCRIPT = """\
# A script with everything that an edit must leave alone.
voiceguide: 1
title: Two calm minutes   # spoken by the tone
voice: tone
bed: rain
chime: none

stages:
  - stage: Soak            # the first
    tags: [water]
    steps:
      - step: soak
        say: {full: "Both feet into the warm water.", brief: Feet in.}
        for: 60s           # a minute
        cues:
          - {at: half, say: Halfway there.}

      # Then the towel.
      - {step: dry, say: 'Dry them well.', for: 20s}
  - each: {side: [left, right]}
    stages:
      - stage: Stroke, {side} foot
        steps:
          - step: strokes
            say: Long strokes from the toes to the ankle.
            for: 25s
  - stage: Rest
    steps:
      - say: Be still.
        pause: 10s
"""
STATIC = Path(__file__).parents[2] / "voiceguide" / "web" / "static" / "studio"
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
expect.set_options(timeout=1000 * HANG_S)
wait_for = partial(wait_with_poll, poll_s=0.05)
"""Most conditions ask the page, which costs more than waiting."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def server(folder: Path, shared_cache: Path) -> Iterator[Served]:
    with open_cache(shared_cache) as cache:  # with every line spoken, lengths are exact from the start
        script = load_script("tones.yaml", SCRIPT.encode())
        with open_builder_for_script(script, Overrides(), cache) as builder:
            builder.exact_timeline()
    with served(folder, shared_cache, "--no-browser", name="edit") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*MICROPHONE) as running:
        yield running


@pytest.fixture
def new_context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport=_size(DESKTOP), reduced_motion="reduce", permissions=["microphone"])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def shared_page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_context(viewport=_size(DESKTOP), reduced_motion="reduce")
    yield opened.new_page()
    opened.close()


Opened = tuple[Page, Path]


@pytest.fixture
def path(folder: Path, request: pytest.FixtureRequest) -> Path:
    """The file of a script of the test's own."""
    path = folder / f"{request.node.name[:40].strip('[]')}.yaml"
    path.write_bytes(SCRIPT.encode())
    return path


@pytest.fixture
def opened(shared_page: Page, server: Served, path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """The studio with a script of its own, and the file of the script."""
    page = cleared(shared_page, server.url, DESKTOP, ["microphone"])
    troubles = collect_troubles(page)
    _open(page, server, path.name)
    yield page, path
    expected = ["409", "ERR_FAILED"]  # a conflict, and a request that a test has aborted
    if "refused" in request.node.name:
        expected += ["400", "404", "412", "500"]
    assert [trouble for trouble in troubles if not any(code in trouble for code in expected)] == []


def _size(size: dict[str, int]) -> Any:
    return size


def _open(page: Page, server: Served, name: str) -> None:
    page.goto(f"{server.url}studio/#{name}")
    page.locator(".step").first.wait_for()


def card(page: Page, words: str) -> Locator:
    return page.locator("#cards .step", has_text=words)


def save(page: Page) -> None:
    expect(page.locator("#state")).to_have_text("Not saved yet")
    page.keyboard.press("Control+s")
    expect(page.locator("#state")).to_have_text("Saved")


def changed_lines(path: Path) -> list[tuple[str, str]]:
    before, after = SCRIPT.split("\n"), path.read_text("utf-8").split("\n")
    assert len(before) == len(after)
    return [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]


def total(page: Page) -> str:
    return page.locator("#total-place input").input_value()


def test_words_time_and_total_are_changed_and_nothing_else_of_the_file(opened: Opened) -> None:
    page, path = opened
    page.locator("#form .main-words").fill("Both feet into the hot water.")
    dry = card(page, "Dry them well").locator("input.time")
    dry.click()
    page.keyboard.type("0:35")
    page.keyboard.press("Enter")
    expect(page.locator("#total-place input")).to_have_value("2:36")
    page.locator("#form select[data-focus='cue 0 when']").select_option("left")
    expect(page.locator("#form input[data-focus='cue 0 time']")).to_have_value("0:30")
    save(page)
    assert changed_lines(path) == [
        (
            '        say: {full: "Both feet into the warm water.", brief: Feet in.}',
            '        say: {full: "Both feet into the hot water.", brief: Feet in.}',
        ),
        ("          - {at: half, say: Halfway there.}", "          - {at: 30s left, say: Halfway there.}"),
        (
            "      - {step: dry, say: 'Dry them well.', for: 20s}",
            "      - {step: dry, say: 'Dry them well.', for: 35s}",
        ),
    ]


def test_the_edge_of_a_bar_is_dragged_and_moved_with_the_arrow_keys(opened: Opened) -> None:
    """Both feet change together: the session grows by twice as much."""
    page, path = opened
    card(page, "Long strokes").locator(".open").click()
    before = total(page)
    edge = page.locator(".edge.opened").first
    box = edge.bounding_box()
    assert box is not None
    width = page.locator(".inner").bounding_box()
    assert width is not None
    seconds = page.evaluate("studio.document.timeline.total")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 20 / seconds * width["width"], box["y"] + 10, steps=5)
    expect(page.locator(".edge output")).to_have_text("0:45")
    page.mouse.up()
    expect(card(page, "Long strokes").locator("input.time")).to_have_value("0:45")
    assert (before, total(page)) == ("2:21", "3:01")
    page.locator(".edge.opened").first.press("ArrowLeft")
    expect(card(page, "Long strokes").locator("input.time")).to_have_value("0:40")
    save(page)
    assert changed_lines(path) == [("            for: 25s", "            for: 40s")]


def test_an_edge_does_not_go_below_the_words(opened: Opened) -> None:
    page, _ = opened
    card(page, "Dry them well").locator(".open").click()
    edge = page.locator(".edge.opened").first
    box = edge.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 6, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] - 400, box["y"] + 10, steps=3)
    shown = page.locator(".edge output").inner_text()
    page.mouse.up()
    speech = page.evaluate("studio.lengthOf(['stages', 0, 'steps', 1]).speech")
    assert 0 <= int(shown.removeprefix("0:")) - speech < 1
    expect(card(page, "Dry them well").locator("input.time")).to_have_value(shown)
    assert page.locator("#advice-list li").count() == 0


def _order(page: Page) -> list[str]:
    return [words.split(".")[0] for words in page.locator("#cards .step .words").all_inner_texts()]


def _drag(page: Page, source: Locator, target: Locator, lower: bool = True) -> None:
    start, end = source.bounding_box(), target.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + 60, start["y"] + 12)
    page.mouse.down()
    page.mouse.move(start["x"] + 70, start["y"] + 30, steps=3)
    page.mouse.move(end["x"] + 60, end["y"] + end["height"] * (0.8 if lower else 0.2), steps=5)
    page.locator(".drop-line").wait_for()
    page.mouse.up()


def test_a_step_is_moved_by_the_mouse_and_takes_its_comment_along(opened: Opened) -> None:
    page, path = opened
    _drag(page, card(page, "Dry them well"), card(page, "Be still"))
    expect(page.locator("#cards .step .words").last).to_have_text("Dry them well.")
    assert _order(page) == [
        "Both feet into the warm water",
        "Long strokes from the toes to the ankle",
        "Be still",
        "Dry them well",
    ]
    expect(card(page, "Dry them well").locator(".open")).to_be_focused()
    save(page)
    moved = path.read_text("utf-8")
    assert moved.index("# Then the towel.") > moved.index("Be still.")
    assert sorted(moved.split("\n")) == sorted(SCRIPT.split("\n"))


def test_steps_and_stages_are_moved_copied_and_deleted_by_the_keyboard(opened: Opened) -> None:
    page, _ = opened
    card(page, "Dry them well").locator(".open").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#cards .step .words").first).to_have_text("Dry them well.")
    expect(card(page, "Dry them well").locator(".open")).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#cards .step .words").nth(1)).to_have_text("Dry them well.")
    page.keyboard.press("Alt+ArrowDown")  # into the next stage
    expect(page.locator("#live")).to_have_text("dry is now number 1 in Stroke, {side} foot.")
    wait_for(lambda: page.evaluate("studio.open") == ["stages", 1, "stages", 0, "steps", 0])
    page.keyboard.press("Control+d")
    expect(page.locator("#cards .step", has_text="Dry them well")).to_have_count(2)
    page.keyboard.press("Delete")
    expect(page.locator("#cards .step", has_text="Dry them well")).to_have_count(1)


MOVES = [  # the keys on the card Rest, the titles with those in the group in brackets, and what is said
    ("ArrowUp", "Soak [Stroke, {side} foot|Rest, {side}]", "Rest is now number 2 in For each side: left, right."),
    ("ArrowUp", "Soak [Rest, {side}|Stroke, {side} foot]", "Rest, {side} is now number 1."),
    ("ArrowUp", "Soak Rest [Stroke, {side} foot]", "Rest, {side} is now number 2, outside the repeated stages."),
    ("ArrowUp", "Rest Soak [Stroke, {side} foot]", "Rest is now number 1."),
    ("ArrowDown", "Soak Rest [Stroke, {side} foot]", "Rest is now number 2."),
    ("ArrowDown", "Soak [Rest, {side}|Stroke, {side} foot]", "Rest is now number 1 in For each side: left, right."),
    ("ArrowDown", "Soak [Stroke, {side} foot|Rest, {side}]", "Rest, {side} is now number 2."),
    ("ArrowDown", "Soak [Stroke, {side} foot] Rest", "Rest, {side} is now number 3, outside the repeated stages."),
]


def _titles(page: Page) -> str:
    stages = page.evaluate("studio.document.tree.stages")
    inside: Callable[[Any], str] = lambda stage: stage.get("stage") or f"[{'|'.join(map(inside, stage['stages']))}]"  # noqa: E731
    return " ".join(map(inside, stages))


@long
def test_a_stage_goes_into_a_group_and_out_of_it_by_the_keyboard(opened: Opened) -> None:
    """Its title gets and loses the placeholder that the group needs. A group goes with its last stage."""
    page, _ = opened
    page.locator("#cards .stage-head .open", has_text="Rest").focus()
    for key, titles, said in MOVES:
        page.keyboard.press(f"Alt+{key}")
        expect(page.locator("#live")).to_have_text(said)
        wait_for(lambda titles=titles: _titles(page) == titles)  # type: ignore[misc]
        expect(page.locator("#cards .stage-head .open", has_text="Rest")).to_be_focused()
        assert page.evaluate("studio.document.problems") == []
    assert page.evaluate("studio.document.text") == SCRIPT
    page.locator("#cards .stage-head .open", has_text="Stroke").press("Alt+ArrowDown")
    wait_for(lambda: _titles(page) == "Soak Stroke foot Rest")
    page.locator("#undo").click()
    wait_for(lambda: page.evaluate("studio.document.text") == SCRIPT)
    other = {"each": {"foot": ["left", "right"]}, "stages": [{"stage": "Hold, {foot}", "steps": [{"say": "Hold."}]}]}
    page.evaluate("(value) => studio.edit([{ op: 'insert', path: ['stages', 2], value }])", other)
    page.evaluate("studio.moveTo(['stages', 1, 'stages', 0], ['stages', 2, 'stages', 0])")
    wait_for(lambda: _titles(page) == "Soak [Stroke foot, {foot}|Hold, {foot}] Rest")


GROUP = """\
  - each: {side: [left, right]}
    switch: {say: "Now the {side} foot.", for: 8s}
    tags: [feet]
    stages:
      - stage: Soak {side}  # with warm water
        tags: [water]
        steps:
          - {step: "soak {side}", say: {full: "Your { side } foot, {remaining}.", brief: "{side}"}, for: 20s}
      - stage: Hold, {side}
        steps:
          # Only a little.
          - say: Hold it.
            for: 30s
            cues: [{at: half, say: "Still the {side} one."}]
"""
SEPARATE = """\
  - stage: Soak left  # with warm water
    tags: [water, feet]
    steps:
      - {step: "soak left", say: {full: "Your left foot, {remaining}.", brief: "left"}, for: 20s}
  - stage: Hold, left
    tags: [feet]
    steps:
      # Only a little.
      - say: Hold it.
        for: 30s
        cues: [{at: half, say: "Still the left one."}]
      - say: Now the right foot.
        for: 8s
"""


@long
def test_a_group_becomes_separate_stages_that_sound_the_same(opened: Opened) -> None:
    """Its placeholders stayed in the words, and its switch, tags and second side were lost."""
    page, _ = opened
    again = GROUP.replace("    tags: [feet]\n", "    repeat: 2\n").replace("    switch", "    # switch")
    groups = [GROUP, again]
    before = {}
    for group in groups:
        text = SCRIPT + group
        page.evaluate("(text) => studio.document.replaceText(text)", text)
        before[group] = page.evaluate("studio.document.timeline")
        page.locator("#cards .group-head .open").last.click()
        page.locator("#ungroup", has_text="Separate stages for left, right").click()
        wait_for(lambda text=text: page.evaluate("studio.document.text") != text)  # type: ignore[misc]
        assert page.evaluate("studio.document.problems") == []
        now = page.evaluate("studio.document.timeline")
        shown = [
            [(stage["title"], step["start"], [(cue["at"], cue["text"]) for cue in step["cues"]])
             for stage in each["stages"] for step in stage["steps"]]
            for each in (before[group], now)
        ]  # fmt: skip
        assert shown[1] == shown[0]
        if group is GROUP:
            assert page.evaluate("studio.document.text").startswith(SCRIPT + SEPARATE)
            expect(page.locator("#cards .stage-head .open", has_text="Soak left")).to_be_focused()
        else:
            page.locator("#ungroup", has_text="Do not repeat these stages").click()
            expect(page.locator("#cards .group-head")).to_have_count(1)
            assert page.evaluate("studio.document.problems") == []
            page.keyboard.press("Control+z")
        page.keyboard.press("Control+z")
        wait_for(lambda text=text: page.evaluate("studio.document.text") == text)  # type: ignore[misc]


def _record(page: Page) -> None:
    """Record the open step. The fake microphone beeps once a second."""
    page.locator(".record").click()
    expect(page.locator("#recording-time")).to_have_text("0:01")


@long
def test_a_recording_goes_where_its_step_has_gone(opened: Opened, folder: Path) -> None:
    """It was saved in the step that had its place by then, or in the script that was opened in the meantime."""
    page, path = opened
    _record(page)
    card(page, "Both feet").locator(".open").press("Alt+ArrowDown")
    wait_for(lambda: page.evaluate("studio.document.tree.stages[0].steps[1].step") == "soak")
    page.keyboard.press("Control+z")
    wait_for(lambda: page.evaluate("studio.document.tree.stages[0].steps[0].step") == "soak")
    card(page, "Both feet").locator(".open").press("Alt+ArrowDown")
    wait_for(lambda: page.evaluate("studio.document.tree.stages[0].steps[1].step") == "soak")
    card(page, "Dry them").locator(".open").click()
    page.locator("#form .record", has_text="Stop recording for soak").click()
    wait_for(lambda: page.evaluate("studio.document.tree.stages[0].steps[1].audio") is not None)
    assert page.evaluate("studio.document.tree.stages[0].steps[0].audio") is None
    other = folder / "opened-meanwhile.yaml"
    other.write_text(SCRIPT, encoding="utf-8")
    card(page, "Be still").locator(".open").click()
    _record(page)
    page.evaluate("name => studio.openScript(name)", other.name)
    wait_for(lambda: page.evaluate("studio.document.name") == other.name)
    assert "audio" not in page.evaluate("studio.document.text")
    page.evaluate("name => studio.openScript(name)", path.name)
    wait_for(lambda: "audio" in page.evaluate("JSON.stringify(studio.document.tree.stages[2])"))


def step(words: str, **more: Any) -> dict[str, Any]:
    return {"say": words, **more}


OTHER_TEXTS: list[tuple[list[Any], list[Any], list[int | None]]] = [
    # the steps, those of another text, and where each is in it
    ([step("A."), step("B.")], [step("B."), step("A.")], [1, 0]),
    ([step("A."), step("B.")], [step("New."), step("A.", bed="rain"), step("B.")], [1, 2]),
    ([step("Be still.", step="rest"), step("B.")], [step("B."), step("Lie down now.", step="rest")], [1, 0]),
    ([step("Be still.", step="rest")], [step("Be still.", step="end")], [0]),
    ([step("A."), step("Feet in water."), step("B.")], [step("A."), step("Feet in hot water."), step("B.")], [0, 1, 2]),
    ([step("A."), step("Feet in water."), step("B.")], [step("A."), step("Dry them."), step("B.")], [0, None, 2]),
    ([step("Both feet in."), step("B.")], [step("B."), step("Both hot feet in.")], [None, 0]),
    ([step("A."), step("B.")], [step("C."), step("D.")], [None, None]),
    ([step("O."), step("A."), step("O."), "P."], [step("A."), step("O."), "P."], [None, 0, 1, 2]),
    ([step("O."), step("O.")], [step("O."), step("O.", bed="rain")], [0, 1]),
    ([step("O."), step("O.")], [step("O.")], [None, None]),
    ([step("O.", pause="1m"), step("O.", pause="2m")], [step("O.", pause="2m"), step("O.", pause="4m")], [None, None]),
    ([{"for": "1m"}, {"for": "2m"}], [{"for": "2m"}, {"for": "1m"}], [1, 0]),
]  # fmt: skip
FOUND = """
async ([before, after, depth]) => {
  const { identify, identitiesByContents, pathOf } = await import("./identities.js");
  const treeOf = (list) => ({ stages: [{ steps: depth ? [{ say: "Soak.", cues: list }] : list }] });
  const [old, next] = [treeOf(before), treeOf(after)];
  const known = identify(old);
  const all = depth ? known.stages[0].steps[0].cues : known.stages[0].steps;
  return all.map(({ id }) => pathOf(identitiesByContents(old, known, next), id)?.at(-1) ?? null);
}
"""


@long
def test_a_step_is_found_in_another_text_or_is_not_found_at_all(opened: Opened) -> None:
    """It was taken for any step with the same words, or for the one that had its place. Cues have no names."""
    page, _ = opened
    for before, after, places in OTHER_TEXTS:
        assert page.evaluate(FOUND, [before, after, 0]) == places, (before, after)
        if "step" not in json.dumps(before):
            assert page.evaluate(FOUND, [before, after, 1]) == places, (before, after)


TWINS = """\
voiceguide: 1
title: Twins
voice: tone
stages:
  - stage: One
    steps:
      - {say: Sit., for: 20s}
      - {say: Breathe., for: 20s, cues: [{at: 5s, say: In.}, {at: 10s, say: In.}]}
      - {say: Rest., for: 20s}
      - {say: Breathe., for: 40s, cues: [{at: 5s, say: In.}, {at: 10s, say: In.}]}
  - each: {side: [left, right]}
    stages:
      - stage: Hold {side}
        steps:
          - {say: Hold it., for: 20s}
"""
FOLLOWED = """
async () => {
  const script = studio.document;
  const steps = ["stages", 0, "steps"];
  const held = ["stages", 1, "stages", 0, "steps", 0];
  const paths = [[...steps, 3], [...steps, 3, "cues", 0], [...steps, 1, "cues", 1], held];
  const places = paths.map((path) => script.follow(path));
  const seen = [];
  const look = async (doing) => {
    await doing;
    await script.settled();
    seen.push(places.map(({ path }) => path && path.filter(Number.isInteger).join("")));
  };
  await look(studio.edit([{ op: "remove", path: [...steps, 1] }]));
  await look(script.undo());
  await look(studio.edit([{ op: "remove", path: [...steps, 3, "cues", 0] }]));
  await look(studio.edit([{ op: "remove", path: [...steps, 3] }]));
  await look(script.undo());
  await look(script.undo());
  await look(studio.copy([...steps, 1]));
  await look(studio.fit(400000));
  await look(studio.setLength([...steps, 1], 40000));
  await look(studio.ungroup(["stages", 1]));
  await look(studio.remove(["stages", 2]));
  for (let times = 0; times < 5; times += 1) await look(script.undo());
  await look(script.redo());
  return seen;
}
"""


@long
def test_undo_finds_what_was_deleted_and_takes_nothing_else_for_it(opened: Opened) -> None:
    """A recording of a step that had been deleted was lost although undo brought the step back, or went to its twin."""
    page, _ = opened
    page.evaluate("text => studio.document.replaceText(text)", TWINS)
    start, copied = ["03", "030", "011", "100"], ["04", "040", "011", "100"]
    assert page.evaluate(FOLLOWED) == [
        ["02", "020", None, "100"],
        start,
        ["03", None, "011", "100"],
        [None, None, "011", "100"],
        ["03", None, "011", "100"],
        start,
        *[copied] * 3,
        ["04", "040", "011", "10"],
        ["04", "040", "011", "10"],
        ["04", "040", "011", "10"],
        *[copied] * 3,
        start,
        copied,
    ]


HOLD = """
(part) => {
  const { fetch } = globalThis;
  const gate = new Promise((resolve) => (globalThis.release = () => { globalThis.fetch = fetch; resolve(); }));
  globalThis.held = 0;
  globalThis.fetch = async (path, options) => {
    if (path.includes(part)) { globalThis.held += 1; await gate; }
    return fetch(path, options);
  };
}
"""


def _hold(page: Page, part: str) -> Callable[[], None]:
    """Hold the requests for an address until the result is called."""
    page.evaluate(HOLD, part)
    return lambda: page.evaluate("release()")


def _recordings(page: Page) -> list[str | None]:
    """The recordings of the steps of the first stage."""
    found: list[str | None] = page.evaluate("studio.document.tree.stages[0].steps.map(({ audio }) => audio ?? null)")
    return found


@long
def test_a_recording_is_entered_when_all_that_waits_is_done(opened: Opened) -> None:
    """An undo that waited was not waited for. The older of two takes, and the text of an open dialog, won."""
    page, path = opened
    page.evaluate("studio.move(['stages', 0, 'steps', 0], ['stages', 0, 'steps', 2])")
    release = _hold(page, "api/edit")
    page.evaluate("void studio.undo()")
    until(page, "held > 0")
    _drop(page, _wav(0.5), "mine.wav", "audio/wav")  # the step of the water
    until(page, "performance.getEntriesByType('resource').some(({ name }) => name.includes('api/recording'))")
    release()
    wait_for(lambda: any(_recordings(page)))
    assert _recordings(page)[1] is None

    release = _hold(page, "api/recording")
    before = set(path.parent.iterdir())
    takes = [_wav(0.6), _wav(0.7)]
    for take in takes:
        _drop(page, take, "mine.wav", "audio/wav")
    until(page, "held > 0")
    page.locator("#script-text").click()
    text = page.locator("#whole-text").input_value()
    page.locator("#whole-text").fill(text.replace("Be still.", "Lie still."))
    release()
    wait_for(lambda: len(set(path.parent.glob("dry*.wav")) - before) == 2)
    page.locator("#take-text").click()
    wait_for(lambda: page.evaluate(NOTHING_IS_SAVED))
    (_, last) = _recordings(page)
    assert last is not None
    assert path.with_name(last).read_bytes() == takes[1]
    assert "Lie still." in page.evaluate("studio.document.text")


NOTHING_IS_SAVED = "import('./recording-field.js').then(({ isRecording }) => !isRecording())"


@long
def test_a_recording_whose_edit_is_refused_is_named(opened: Opened) -> None:
    """It was said to be saved, and nothing played it. A step that was plain text could not have a recording."""
    page, _ = opened
    text = SCRIPT.replace("{step: dry, say: 'Dry them well.', for: 20s}", "'Dry them well.'")
    page.evaluate("text => studio.document.replaceText(text)", text.replace("tags: [water]", "tags: [water"))
    _drop(page, _wav(), "mine.wav", "audio/wav")
    expect(page.locator("#notice")).to_contain_text("but the routine could not be changed, so nothing plays it.")
    assert "dry" in page.locator("#notice").inner_text()
    page.evaluate("text => studio.document.replaceText(text)", text)
    _drop(page, _wav(), "mine.wav", "audio/wav")
    wait_for(lambda: _recordings(page)[1] is not None)
    assert page.evaluate("studio.document.tree.stages[0].steps[1].say") == "Dry them well."


@long
def test_a_file_is_for_the_step_for_which_it_is_chosen(opened: Opened, tmp_path: Path) -> None:
    page, _ = opened
    (tmp_path / "mine.wav").write_bytes(_wav())
    release = _hold(page, "api/edit")
    card(page, "Both feet").locator(".open").press("Alt+ArrowDown")
    until(page, "held > 0")
    with page.expect_file_chooser() as chooser:
        page.locator("#form [data-focus='choose recording']").click()
    release()
    page.evaluate("studio.document.settled()")
    chooser.value.set_files(tmp_path / "mine.wav")
    wait_for(lambda: any(_recordings(page)))
    assert _recordings(page)[0] is None


NO_START = """
() => {
  const { start } = MediaRecorder.prototype;
  MediaRecorder.prototype.start = () => {
    MediaRecorder.prototype.start = start;
    throw new Error("The microphone is gone.");
  };
}
"""


@long
def test_a_recording_that_is_refused_is_kept(opened: Opened, folder: Path) -> None:
    """It was discarded. While another script was opened, a recording could be made that belonged to neither."""
    page, _ = opened
    statuses = iter(
        [412, 404, 400]
    )  # that of a studio for another folder, of one with another address, and of a full disk
    error = {"error": "The disk is full."}
    page.route(
        "**/api/recording*",
        lambda route: route.fulfill(status=(status := next(statuses)), json=error if status == 400 else None),
    )
    page.evaluate(NO_START)
    page.locator(".record").click()
    expect(page.locator("#notice")).to_contain_text("does not allow the microphone")
    _record(page)
    page.locator(".record").click()
    expect(page.locator("#recording-dialog")).to_contain_text("Leave this page open until the recording is saved.")
    page.locator("#save-again").click()
    expect(page.locator("#recording-dialog")).to_contain_text("The disk is full.")
    assert_accessible(page)
    with page.expect_download() as download:
        page.locator("#download-recording").click()
    assert download.value.suggested_filename == "soak.webm"
    page.keyboard.press("Escape")
    expect(page.locator("#recording-dialog")).to_be_visible()
    assert not page.evaluate(NOTHING_IS_SAVED)
    page.unroute("**/api/recording*")
    page.locator("#save-again").click()
    wait_for(lambda: _recordings(page)[0] is not None)
    assert _recordings(page)[0] in {each.name for each in folder.iterdir()}

    other = folder / "opened-slowly.yaml"
    other.write_text(SCRIPT, encoding="utf-8")
    release = _hold(page, "api/file?")
    page.evaluate("name => void studio.openScript(name)", other.name)
    until(page, "held > 0")
    for act in (
        lambda: page.evaluate("document.querySelector('.record').click()"),
        lambda: _drop(page, _wav(), "mine.wav", "audio/wav"),
    ):
        act()
        expect(page.locator("#notice")).to_have_text("Another routine is being opened. Try again in a moment.")
        page.evaluate("studio.tell('')")
    assert page.evaluate(NOTHING_IS_SAVED)
    release()
    wait_for(lambda: page.evaluate("studio.document.name") == other.name)


@long
def test_a_recording_whose_step_is_deleted_says_where_it_is(opened: Opened) -> None:
    page, _ = opened
    _record(page)
    card(page, "Both feet").locator(".open").press("Delete")
    page.locator("#form .record", has_text="Stop recording for soak").click()
    expect(page.locator("#notice")).to_have_text(re.compile(r"Saved as soak(-\d)?\.webm\. Its step was not found"))
    assert "audio" not in page.evaluate("studio.document.text")


@long
def test_a_cue_is_recorded(opened: Opened) -> None:
    page, _ = opened
    page.locator("[data-focus='cue 0 recording']").click()
    page.locator("[data-focus='cue 0 record']").click()
    expect(page.locator("#recording-time")).to_have_text("0:01")
    page.locator("[data-focus='cue 0 record']").click()
    expect(page.locator(".cue .file-of")).to_have_text("halfway-there.webm")
    assert "{at: half, say: Halfway there., audio: halfway-there.webm}" in page.evaluate("studio.document.text")
    groups = [node["description"] for node in _accessible_nodes(page) if node["name"] == "Your own voice for cue 1"]
    assert groups[0] == "halfway-there.webm"
    page.locator("[data-focus='cue 0 remove recording']").click()
    wait_for(lambda: page.evaluate("studio.document.text") == SCRIPT)
    expect(page.locator("#live")).to_have_text("The computer's voice speaks the words again.")
    expect(page.locator("[data-focus='cue 0 record']")).to_be_focused()


@long
def test_the_recording_field_of_a_cue_goes_where_the_cue_goes(opened: Opened) -> None:
    """It was that of the cue that took its place."""
    page, _ = opened
    cues = [{"at": share, "say": f"At {share}."} for share in ("25%", "half", "75%")]
    page.evaluate("(value) => studio.edit([{ op: 'set', path: ['stages', 0, 'steps', 0, 'cues'], value }])", cues)
    page.locator("[data-focus='cue 1 recording']").click()
    shown = """[...document.querySelectorAll(".cue")].filter((cue) => cue.querySelector(".recording"))
      .map((cue) => cue.querySelector("textarea").value)"""
    wait_for(lambda: page.evaluate(shown) == ["At half."])
    for act, expected in (
        (lambda: page.locator("[data-focus='cue 0 delete']").click(), ["At half."]),
        (lambda: page.keyboard.press("Control+z"), ["At half."]),
        (lambda: card(page, "Both feet").locator(".open").press("Alt+ArrowDown"), ["At half."]),
        (lambda: page.locator("[data-focus='cue 1 delete']").click(), []),
        (lambda: page.keyboard.press("Control+z"), ["At half."]),
    ):
        text = page.evaluate("studio.document.text")
        act()
        wait_for(lambda text=text: page.evaluate("studio.document.text") != text)  # type: ignore[misc]
        assert page.evaluate(shown) == expected


def test_undo_and_redo_go_through_every_text(opened: Opened) -> None:
    page, path = opened
    texts = [page.evaluate("studio.document.text")]
    for act in ("copy", "add", "fit"):
        if act == "copy":
            card(page, "Be still").locator(".open").press("Control+d")
        elif act == "add":
            page.locator("#cards .adder", has_text="Add a stage").click()
        else:
            page.locator("#total-place input").fill("4:00")
            page.keyboard.press("Enter")
        wait_for(lambda: page.evaluate("studio.document.text") != texts[-1])
        texts.append(page.evaluate("studio.document.text"))
    expect(page.locator("#total-place input")).to_have_value("4:00")
    for text in reversed(texts[:-1]):
        page.keyboard.press("Control+z")
        wait_for(lambda text=text: page.evaluate("studio.document.text") == text)  # type: ignore[misc]
    assert texts[0] == SCRIPT
    expect(page.locator("#undo")).to_be_disabled()
    for text in texts[1:]:
        page.keyboard.press("Control+Shift+z")
        wait_for(lambda text=text: page.evaluate("studio.document.text") == text)  # type: ignore[misc]
    assert path.read_bytes() == SCRIPT.encode()


def test_undo_takes_back_what_is_just_being_typed(opened: Opened) -> None:
    page, _ = opened
    page.locator("#form .main-words").press("End")
    page.keyboard.type(" Now")
    page.keyboard.press("Control+z")
    wait_for(lambda: page.evaluate("studio.document.text") == SCRIPT)
    expect(page.locator("#form .main-words")).to_have_value("Both feet into the warm water.")


@long
def test_a_background_of_several_sounds_is_shown_kept_and_changed(opened: Opened) -> None:
    page, path = opened
    written = "bed: {sound: [pads, {sound: rain, level: -8}], duck: -4}  # both at once"
    path.write_text(SCRIPT.replace("bed: rain", written), "utf-8")
    page.reload()
    page.locator(".step").first.wait_for()
    page.locator("#cards .routine .open").click()
    page.locator("#form details[data-part=routine] summary").click()
    first, second = page.locator("#form [data-field='bed']"), page.locator("#form [data-field='bed.sound']")
    expect(first).to_have_value("pads")
    expect(second).to_have_value("rain:-8")
    page.locator("#form [data-field='bed.level']").fill("-24")
    page.keyboard.press("Tab")
    text = partial(page.evaluate, "studio.document.text")
    wait_for(lambda: "level: -24" in text(), text)
    assert "sound: [pads, {sound: rain, level: -8}]" in text()
    first.select_option("harp")
    wait_for(lambda: "harp+rain:-8" in text(), text)
    second.select_option("")
    wait_for(lambda: "rain" not in text(), text)


@long
def test_typing_is_not_disturbed_by_what_comes_back(opened: Opened) -> None:
    """The form is drawn again while somebody is typing: not a letter is lost, and the cursor stays.

    With slow answers, letters typed between a request and its answer were replaced by the older text.
    """
    page, _ = opened
    session = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 400, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", slow)
    words = page.locator("#form .main-words")
    words.fill("")
    for letter in "Slowly and evenly, one toe after another. ":
        page.keyboard.type(letter)
        page.wait_for_timeout(700 if letter in " ," else 30)  # long enough for a word to be sent
    expect(words).to_be_focused()
    wait_for(lambda: "one toe after another." in page.evaluate("studio.document.text"))
    expect(words).to_have_value("Slowly and evenly, one toe after another. ")
    session.detach()


@pytest.mark.parametrize("place", few(1, ["card", "form"]))
def test_a_time_is_typed_on_when_the_page_is_drawn_again(opened: Opened, place: str) -> None:
    page, _ = opened
    card(page, "Both feet").locator(".open").click()
    field = card(page, "Both feet").locator("input.time") if place == "card" else page.locator("#form input.time.large")
    field.click()
    page.keyboard.type("1")
    page.evaluate("studio.draw()")
    page.keyboard.type(":15")
    page.evaluate("studio.draw()")
    expect(field).to_have_value("1:15")
    assert page.evaluate("studio.document.text") == SCRIPT  # half a time is not taken
    page.keyboard.press("Enter")
    wait_for(lambda: "for: 1m15s" in page.evaluate("studio.document.text"))


def test_a_draft_survives_a_reload_and_is_gone_once_saved(opened: Opened, server: Served) -> None:
    page, path = opened
    card(page, "Be still").locator("input.time").fill("0:45")
    page.keyboard.press("Enter")
    page.locator("#form .main-words").fill("Both feet, please.")  # not yet sent when the page goes
    expect(page.locator("#state")).to_have_text("Not saved yet")
    page.reload()
    expect(page.locator("#notice")).to_contain_text("have been restored")
    wait_for(lambda: "Both feet, please." in page.evaluate("studio.document.text"))
    assert "pause: 44s" in page.evaluate("studio.document.text")
    edited = page.evaluate("studio.document.text")
    while page.locator("#undo").is_enabled():  # one or two, depending on what was answered before the page went
        page.locator("#undo").click()
        page.evaluate("studio.document.settled()")
    assert page.evaluate("studio.document.text") == SCRIPT
    while page.locator("#redo").is_enabled():
        page.locator("#redo").click()
        page.evaluate("studio.document.settled()")
    assert page.evaluate("studio.document.text") == edited
    save(page)
    page.reload()
    expect(page.locator("#state")).to_have_text("Saved")
    expect(page.locator("#notice")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0
    assert path.read_text("utf-8") != SCRIPT


@pytest.mark.parametrize("choice", few(1, ["keep-mine", "take-theirs", "save-as"]))
def test_a_conflict_shows_both_versions_and_loses_neither(opened: Opened, choice: str) -> None:
    page, path = opened
    card(page, "Dry them well").locator("input.time").fill("0:50")
    page.keyboard.press("Enter")
    theirs = SCRIPT.replace("Be still.", "Lie still.")
    path.write_text(theirs, encoding="utf-8")
    page.keyboard.press("Control+s")
    expect(page.locator("#conflict-dialog .version").first.locator(".changed")).to_have_text(
        ["      - {step: dry, say: 'Dry them well.', for: 50s}\n", "      - say: Be still.\n"]
    )
    expect(page.locator("#conflict-dialog .version").last.locator(".changed")).to_contain_text(["20s", "Lie still."])
    assert path.read_text("utf-8") == theirs
    if choice == "save-as":
        page.locator("#other-name").fill("other.yaml")
    page.locator(f"#{choice}").click()
    expect(page.locator("#state")).to_have_text("Saved")
    mine = SCRIPT.replace("for: 20s", "for: 50s")
    if choice == "keep-mine":
        assert path.read_text("utf-8") == mine
        page.locator("#undo").click()
        wait_for(lambda: page.evaluate("studio.document.text") == theirs)
    elif choice == "take-theirs":
        expect(page.locator("#live")).to_have_text("Your version has been replaced by the file. Undo brings it back.")
        assert page.evaluate("studio.document.text") == theirs
        page.locator("#undo").click()
        wait_for(lambda: page.evaluate("studio.document.text") == mine)
    else:
        assert (path.read_text("utf-8"), path.with_name("other.yaml").read_text("utf-8")) == (theirs, mine)


def _refuse(page: Page, part: str = "", accepted: int = 0) -> None:
    """Refuse the edits whose request contains this text, but for the first ones."""
    count = iter(range(accepted))

    def answer(route: Route) -> None:
        if part in str(route.request.post_data) and next(count, None) is None:
            route.fulfill(status=400, json={"error": "Not possible."})
        else:
            route.continue_()

    page.unroute("**/api/edit")
    page.route("**/api/edit", answer)


def _reload(page: Page) -> None:
    page.reload()
    page.locator(".step").first.wait_for()


def _accept(dialog: Dialog) -> None:
    dialog.accept()


def _pick(page: Page, name: str) -> None:
    page.locator("#file").click()
    page.locator("#open-dialog .pick", has_text=name).click()


def _drafts(page: Page) -> dict[str, Any]:
    """The unsaved changes that the browser keeps, by the names of their files."""
    kept = page.evaluate("Object.entries(localStorage)")
    return {key.partition("/")[2].partition("|")[0]: json.loads(draft) for key, draft in kept}


TYPED_ANYWAY = """(words) => {
  const field = document.querySelector("#form .main-words");
  field.value = words;
  field.dispatchEvent(new Event("input", { bubbles: true }));
}"""


@long
def test_nothing_of_one_script_goes_into_another_that_is_opened(opened: Opened) -> None:
    """The answer to a save renamed the script opened since then, and words typed during the opening went into it."""
    page, path = opened
    other = path.with_name("the-other.yaml")
    other.write_text(SCRIPT.replace("Two calm", "Two other"), encoding="utf-8")
    page.reload()
    page.locator(".step").first.wait_for()
    saves: list[Route] = []
    page.route("**/api/save", lambda route: saves.append(route))
    page.locator("#form .main-words").fill("Saved.")
    page.keyboard.press("Control+s")
    wait_for(lambda: page.evaluate("1") == len(saves))
    _pick(page, other.name)
    expect(page.locator("#opening-dialog")).to_be_visible()
    page.evaluate(TYPED_ANYWAY, "Typed during the opening.")
    saves[0].continue_()
    expect(page.locator("#title")).to_have_text("Two other minutes")
    assert page.evaluate("[studio.document.name, studio.document.text]") == [other.name, other.read_text("utf-8")]
    assert path.read_text("utf-8") == SCRIPT.replace("Both feet into the warm water.", "Saved.")
    assert list(_drafts(page)) == [path.name]
    assert "Typed during the opening." in json.dumps(_drafts(page))
    page.unroute("**/api/save")
    count = iter(range(10))
    page.route("**/api/edit", lambda route: route.abort() if next(count) == 1 else route.continue_())
    _pick(page, path.name)  # its unsaved text cannot be shown
    expect(page.locator("#notice")).to_contain_text("The computer is not responding.")
    page.unroute("**/api/edit")
    page.locator("#form .main-words").fill("Words of the other.")
    wait_for(lambda: "Words of the other." in page.evaluate("studio.document.text"))
    assert page.evaluate("[studio.document.name, studio.document.tree.title]") == [other.name, "Two other minutes"]
    _pick(page, path.name)
    expect(page.locator("#form .main-words")).to_have_value("Typed during the opening.")
    page.keyboard.press("Control+s")
    expect(page.locator("#state")).to_have_text("Saved")
    assert "Typed during the opening." in path.read_text("utf-8")


@long
def test_what_cannot_be_carried_out_or_is_refused_stays(opened: Opened) -> None:
    """After any error with a status, the text and its draft were removed, although they were said to be kept."""
    page, _ = opened
    words, notice = page.locator("#form .main-words"), page.locator("#notice")
    page.route("**/api/edit", lambda route: route.fulfill(status=404, json={"error": "Not found."}))
    words.fill("Typed before a new start.")
    expect(notice).to_contain_text("started with a new address")
    assert "Typed before a new start." in json.dumps(_drafts(page))
    assert page.evaluate("navigator.locks.query().then(({ held }) => held)") == []  # so the new address can have them
    page.unroute("**/api/edit")
    fails = iter([{"status": 500, "json": {"error": "Internal error."}}])
    page.route("**/api/edit", lambda route: route.fulfill(**each) if (each := next(fails, None)) else route.continue_())
    wait_for(lambda: "new start" in page.evaluate("studio.document.text"))
    _refuse(page)
    words.fill("Refused words.")
    expect(notice).to_have_text("Not possible.")
    page.locator("#form [data-field='say.brief']").focus()
    page.evaluate("studio.draw()")
    expect(words).to_have_value("Refused words.")
    expect(words).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#state")).to_have_text("Not saved yet")
    card(page, "Be still").locator(".open").click()  # asks first, and is told no
    expect(words).to_have_value("Refused words.")
    page.unroute("**/api/edit")
    words.fill("Accepted words.")
    wait_for(lambda: "Accepted words." in page.evaluate("studio.document.text"))
    expect(words).not_to_have_attribute("aria-invalid", "true")


@long
def test_what_is_just_being_typed_is_part_of_the_next_act(opened: Opened) -> None:
    """A copy, redo, or the answer to a slow deletion dropped words, and a save left out times without Enter."""
    page, path = opened
    page.locator("#form .main-words").fill("Copied words.")
    page.keyboard.press("Control+d")
    expect(card(page, "Copied words.")).to_have_count(2)
    page.keyboard.press("Control+z")
    expect(card(page, "Copied words.")).to_have_count(1)
    card(page, "Dry them").locator(".open").click()
    page.locator("#form .main-words").fill("Dry both.")
    page.keyboard.press("Control+Shift+z")
    expect(card(page, "Dry both.")).to_have_count(1)
    held: list[Route] = []
    page.route("**/api/edit", lambda route: held.append(route))
    card(page, "Dry both.").locator(".open").press("Delete")
    wait_for(lambda: page.evaluate("1") == len(held))
    card(page, "Be still").locator(".open").click()
    words = page.locator("#form .main-words")
    words.press("Home")
    page.keyboard.type("Lie and ")
    held[0].continue_()
    page.unroute("**/api/edit")
    expect(card(page, "Dry both.")).to_have_count(0)
    page.keyboard.type("b")  # the cursor stays
    page.keyboard.press("Delete")
    wait_for(lambda: "say: Lie and be still." in page.evaluate("studio.document.text"))
    assert page.evaluate("studio.open") == ["stages", 2, "steps", 0]
    card(page, "Copied words.").locator(".open").click()
    for place in ("#form input[data-focus='cue 0 time']", "#form input.time.large", "#cards .step input.time"):
        page.locator(place).first.press("Control+a")
        page.keyboard.type("33")
        page.keyboard.press("Control+s")
        expect(page.locator("#state")).to_have_text("Saved")
    page.locator("#total-place input").fill("9:00")
    page.reload()
    expect(page.locator("#total-place input")).to_have_value("9:00")
    assert "at: 33%" in path.read_text("utf-8")
    assert "for: 33m" in path.read_text("utf-8")


@long
def test_text_typed_in_a_dialog_is_not_lost(opened: Opened) -> None:
    """A reload, Escape or a selection that ended outside the dialog dropped it. Every line break became the same."""
    page, path = opened
    data = SCRIPT.replace("# A script", "\r# A script").replace("chime: none\n", "chime: none\r\n").encode()
    path.write_bytes(data)
    page.reload()
    page.locator("#script-text").click()
    area = page.locator("#whole-text")
    area.fill(area.input_value().replace("Be still", "Lie still"))
    page.reload()
    expect(area).to_have_value(re.compile("Lie still"))
    asked = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    box = area.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 90, box["y"] + 90)
    page.mouse.down()
    page.mouse.move(3, box["y"] + 90, steps=3)
    page.mouse.up()
    expect(area).to_be_visible()
    assert asked == ["Discard the text that you have typed?"] * 2
    page.remove_listener("dialog", refuse)
    page.locator("#take-text").click()
    save(page)
    assert path.read_bytes() == data.replace(b"Be still", b"Lie still")
    assert _drafts(page) == {}
    page.locator("#paste").click()
    page.locator("#paste-text").fill("Soak your feet.\nDry them.")
    page.reload()
    page.locator("#paste-add").click()
    expect(card(page, "Soak your feet.")).to_have_count(1)
    assert [draft["typed"] for draft in _drafts(page).values()] == [None]


@long
def test_a_new_text_and_a_new_total_survive_a_reload(opened: Opened) -> None:
    """Only the edits of fields were in the draft while the computer was away."""
    page, _ = opened
    page.route("**/api/edit", lambda route: route.abort())
    page.evaluate("(text) => void studio.document.replaceText(text)", SCRIPT.replace("Be still", "Lie still"))
    page.locator("#total-place input").fill("9:00")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("Not saved yet")
    page.unroute("**/api/edit")
    page.reload()
    expect(page.locator("#total-place input")).to_have_value("9:00")
    expect(card(page, "Lie still")).to_have_count(1)


@long
def test_nothing_that_waits_is_dropped_by_what_comes_before_it(opened: Opened) -> None:
    """Titles were dropped while the undo of a new text waited, and a new step whose place was that of a deleted one."""
    page, _ = opened
    first = page.evaluate("studio.document.text")
    page.evaluate("studio.document.replaceText(studio.document.text + '# more\\n')")
    release = _hold(page, "api/edit")
    page.evaluate(
        """() => {
          const edit = (op, path, value) => void studio.document.edit([{ op, path, value }]);
          void studio.document.undo();
          edit("set", ["title"], "Typed");
          edit("set", ["stages", 0, "stage"], "Typed too");
          edit("remove", ["stages", 0, "steps", 1]);
          edit("insert", ["stages", 0, "steps", 1], { say: "In its place." });
        }"""
    )
    release()
    wait_for(lambda: "In its place." in page.evaluate("studio.document.text"))
    tree = page.evaluate("studio.document.tree")
    assert (tree["title"], tree["stages"][0]["stage"]) == ("Typed", "Typed too")
    assert tree["stages"][0]["steps"][1]["say"] == "In its place."
    for _ in range(4):
        page.evaluate("studio.document.undo()")
    assert page.evaluate("studio.document.text") == first
    expect(page.locator("#state")).to_have_text("Saved")
    words = page.locator("#form .main-words")
    before = words.input_value()
    words.press_sequentially("x")
    words.press("Backspace")
    expect(words).to_have_value(before)
    expect(page.locator("#state")).to_have_text("Saved")


LISTED = """\
voiceguide: 1
title: Letters
voice: tone
needs: [a towel, oil]
stages:
  - stage: First
    steps:
      - {step: a, say: A., for: 30s}
      - {step: b, say: B., for: 30s}
      - {step: c, say: C., for: 30s, cues: [{at: half, say: One.}, {at: end, say: Two.}]}
  - stage: Second
    steps:
      - {step: d, say: D., for: 30s}
      - {step: e, say: E., for: 30s}
"""
QUEUED = """() => {
  const [b, c, d] = [["stages", 0, "steps", 0], ["stages", 0, "steps", 1], ["stages", 1, "steps", 0]];
  const afterC = ["stages", 0, "steps", 2];
  void studio.undo();
  void studio.setWords(c, "full", "Changed.");
  void studio.remove(b);
  void studio.document.edit([{ op: "insert", path: afterC, value: { step: "new", say: "New." } }]);
  void studio.move(d, afterC);
  void studio.copy(c);
  void studio.document.edit([{ op: "remove", path: [...c, "cues", 0] }]);
  studio.setList(["needs"], ["a towel", "a basin"]);
  void studio.setLength(d, 45000);
}"""
"""Edits of the script without its first step, which an undo that waits will bring back with everything moved by one."""


@long
def test_an_edit_that_waits_changes_what_it_was_made_for(opened: Opened) -> None:
    """Behind an undo that waited, the deletion of a step removed another one, which had its place by then."""
    page, path = opened
    path.write_text(LISTED.replace("step: d", "step: x"), encoding="utf-8")
    _reload(page)
    page.evaluate("studio.set(['stages', 1, 'steps', 0, 'step'], 'd')")
    page.evaluate(
        """studio.document.edit([{ op: "set", path: ["needs"], value: ["oil"] },
          { op: "remove", path: ["stages", 0, "steps", 0] }])"""
    )
    release = _hold(page, "api/edit")
    page.evaluate(QUEUED)
    release()
    page.evaluate("studio.document.settled()")
    first, second = (stage["steps"] for stage in page.evaluate("studio.document.tree.stages"))
    assert [step["step"] for step in [*first, *second]] == ["a", "c", "new", "c 2", "d", "e"]
    assert [len(step.get("cues", [])) for step in first] == [0, 1, 0, 2, 0]
    assert [first[index]["say"] for index in (1, 3)] == ["Changed.", "Changed."]
    assert [step["for"] for step in [*first, *second] if "for" in step] == ["30s", "30s", "30s", "45s", "30s"]
    assert page.evaluate("studio.open") == ["stages", 0, "steps", 3]  # the copy
    assert page.evaluate("studio.document.tree.needs") == ["a towel", "a basin"]


@long
def test_an_edit_made_twice_at_once_is_made_twice(opened: Opened) -> None:
    """Two copies had one name, and a group was made of another stage if one was added before it at the same time."""
    page, path = opened
    path.write_text(LISTED, encoding="utf-8")
    _reload(page)
    release = _hold(page, "api/edit")
    page.evaluate(
        """() => {
          const [a, c, second] = [["stages", 0, "steps", 0], ["stages", 0, "steps", 2], ["stages", 1]];
          for (const round of [1, 2]) void studio.copy(a);
          void studio.remove(a);
          for (const needs of [["oil"], ["oil", "salt"]]) studio.setList(["needs"], needs);
          void studio.addStage(["stages", 0]);
          void studio.repeatForSides(second);
          void studio.addStep(c, { step: "before c", say: "Before." });
        }"""
    )
    release()
    page.evaluate("studio.document.settled()")
    tree = page.evaluate("studio.document.tree")
    assert [step["step"] for step in tree["stages"][0]["steps"]] == ["a 2", "a 3", "b", "before c", "c"]
    assert tree["needs"] == ["oil", "salt"]
    assert [stage.get("stage") for stage in tree["stages"]] == ["First", "New stage", None]
    assert [stage["stage"] for stage in tree["stages"][2]["stages"]] == ["Second, {side}"]


@long
def test_an_edit_whose_place_is_gone_or_unknown_is_not_made(opened: Opened) -> None:
    page, path = opened
    path.write_text(LISTED, encoding="utf-8")
    _reload(page)
    page.evaluate("studio.addStep(['stages', 0, 'steps', 0], {step: 'new', say: 'New.'})")
    release = _hold(page, "api/edit")
    page.evaluate("void studio.undo(); void studio.remove(['stages', 0, 'steps', 0])")
    release()
    page.evaluate("studio.document.settled()")
    assert page.evaluate("studio.document.text") == LISTED
    expect(page.locator("#notice")).to_be_hidden()
    release = _hold(page, "api/edit")
    other = LISTED.replace("step: b, say: B.", "say: Something else").replace(
        "step: a, say: A.", "say: Nothing like it"
    )
    page.evaluate(
        "(text) => { studio.document.replaceText(text); void studio.remove(['stages', 0, 'steps', 0]); }", other
    )
    release()
    page.evaluate("studio.document.settled()")
    assert page.evaluate("studio.document.text") == other
    expect(page.locator("#notice")).to_contain_text("what it changes is gone")


TIMED = [
    ("cards", "studio.remove(['stages', 0, 'steps', 0])", ["b 30s", "c 1m5s"]),
    ("cards", "studio.move(['stages', 0, 'steps', 2], ['stages', 0, 'steps', 0])", ["c 1m5s", "a 30s", "b 30s"]),
    ("cards", "studio.addStep(['stages', 0, 'steps', 0])", [" 1m", "a 30s", "b 30s", "c 1m5s"]),
    ("cards", "studio.remove(['stages', 0, 'steps', 2])", ["a 30s", "b 30s"]),
    ("form", "studio.remove(['stages', 0, 'steps', 0])", ["b 30s", "c 1m5s"]),
    ("form", "studio.remove(['stages', 0, 'steps', 2])", ["a 30s", "b 30s"]),
]
"""Acts while the time of the third step is being typed in its card or in the form, and the steps after that."""


@long
def test_a_time_stays_with_its_step_while_it_is_being_typed(opened: Opened) -> None:
    """It was dropped, or became that of the step that took the place, if the step moved while it was being typed."""
    page, path = opened
    for part, act, expected in TIMED:
        path.write_text(LISTED, encoding="utf-8")
        page.evaluate("studio.document.settled()")
        page.evaluate("localStorage.clear()")
        _reload(page)
        last = card(page, "C.")
        last.locator(".open").click()
        release = _hold(page, "api/edit")
        page.evaluate(f"void {act}")
        field = last.locator("input.time") if part == "cards" else page.locator("#form input.time.large")
        field.click()
        page.keyboard.press("Control+a")
        page.keyboard.type("1:0")
        release()
        page.evaluate("studio.document.settled()")
        page.keyboard.type("5")
        page.keyboard.press("Enter")
        page.evaluate("studio.document.settled()")
        steps = page.evaluate("studio.document.tree.stages[0].steps")
        assert [f"{step.get('step', '')} {step['for']}" for step in steps] == expected, act


@long
def test_a_refused_edit_moves_nothing_that_waits(opened: Opened) -> None:
    """What waited behind it changed another step, because it was made for the script after it."""
    page, path = opened
    path.write_text(LISTED, encoding="utf-8")
    _reload(page)
    _refuse(page, '"copy"')
    release = _hold(page, "api/edit")
    page.evaluate("void studio.copy(['stages', 0, 'steps', 0])")
    page.locator("#form .main-words").fill("Accepted.")
    page.evaluate("void studio.remove(['stages', 0, 'steps', 1])")
    page.evaluate("void studio.setWords(['stages', 0, 'steps', 2], 'full', 'Words of c.')")
    release()
    page.evaluate("studio.document.settled()")
    expect(page.locator("#notice")).to_have_text("Not possible.")
    steps = page.evaluate("studio.document.tree.stages[0].steps")
    assert [[step["step"], step["say"]] for step in steps] == [["a", "Accepted."], ["c", "Words of c."]]
    expect(page.locator("#form [aria-invalid='true']")).to_have_count(0)
    save(page)


@long
def test_what_is_typed_stays_with_its_cue_and_what_is_gone_or_refused_is_kept(opened: Opened) -> None:
    """Fields of cues had numbers only. Words for a step that an undo had removed were dropped without a message."""
    page, path = opened
    page.on("dialog", _accept)
    path.write_text(LISTED, encoding="utf-8")
    _reload(page)
    card(page, "C.").locator(".open").click()
    release = _hold(page, "api/edit")
    page.locator("#form [data-focus='cue 0 delete']").click()
    words = page.locator("#form [data-focus='field cues.1.say']")
    words.click()
    page.keyboard.press("End")
    page.keyboard.type(" And")
    release()
    page.evaluate("studio.document.settled()")
    page.keyboard.type(" more.")
    wait_for(lambda: "Two. And more." in page.evaluate("studio.document.text"))
    page.evaluate("(text) => studio.document.replaceText(text)", LISTED)
    page.locator("#form [data-focus='cue 0 delete']").click()
    page.evaluate("studio.document.settled()")
    release = _hold(page, "api/edit")
    page.evaluate("void studio.undo()")
    page.locator("#form [data-focus='cue 0 delete']").click()
    release()
    page.evaluate("studio.document.settled()")
    assert [cue["say"] for cue in page.evaluate("studio.document.tree.stages[0].steps[2].cues")] == ["One."]
    page.evaluate("studio.addStep(['stages', 1, 'steps', 0])")
    release = _hold(page, "api/edit")
    page.evaluate("void studio.undo()")
    page.locator("#form .main-words").fill("Words of a step that is gone.")
    release()
    expect(page.locator("#unused-text")).to_have_value("Words of a step that is gone.")
    page.keyboard.press("Escape")
    expect(page.locator("#unused-dialog")).to_have_count(0)
    page.locator("#paste").click()
    page.locator("#paste-text").fill("Soak your feet.")
    _refuse(page)
    page.locator("#paste-add").click()
    expect(page.locator("#notice")).to_have_text("Not possible.")
    expect(page.locator("#paste-text")).to_have_value("Soak your feet.")
    page.keyboard.press("Escape")
    page.remove_listener("dialog", _accept)


@long
def test_the_last_step_of_a_stage_stays_and_a_drag_follows_its_step(opened: Opened) -> None:
    """Whether a step was the last one was decided for the script as it was shown, and a drag moved another step."""
    page, path = opened
    path.write_text(LISTED, encoding="utf-8")
    _reload(page)
    release = _hold(page, "api/edit")
    page.evaluate("for (const index of [0, 1]) void studio.remove(['stages', 1, 'steps', index])")
    expect(page.locator("#notice")).to_have_text("A stage needs at least one step.")
    page.evaluate("void studio.remove(['stages', 0, 'steps', 0])")
    box = card(page, "B.").bounding_box()
    target = card(page, "E.").bounding_box()
    assert box is not None
    assert target is not None
    page.mouse.move(box["x"] + 80, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(target["x"] + 80, target["y"] + target["height"] - 4, steps=4)
    release()
    page.evaluate("studio.document.settled()")
    page.mouse.up()
    page.evaluate("studio.document.settled()")
    names = page.evaluate("studio.document.tree.stages.map(({ steps }) => steps.map(({ step }) => step))")
    assert names == [["c"], ["e", "b"]]


@long
def test_text_that_is_refused_when_its_field_is_gone_is_shown(opened: Opened, folder: Path) -> None:
    """After a reload or the choice of another card, the refusal was told, but the text was gone."""
    page, path = opened
    page.on("dialog", _accept)
    unused = page.locator("#unused-text")
    page.route("**/api/edit", lambda route: route.abort())
    page.locator("#form .main-words").fill("Typed while it was away.")
    expect(page.locator("#notice")).to_contain_text("The computer is not responding.")
    _refuse(page, accepted=1)
    page.reload()
    expect(unused).to_have_value("Typed while it was away.")
    page.unroute("**/api/edit")
    page.reload()
    expect(unused).to_have_value("Typed while it was away.")
    page.locator("#unused-dialog button").click()
    assert _drafts(page) == {}
    release = _hold(page, "api/edit")
    page.locator("#form .main-words").fill("Typed on one card.")
    card(page, "Be still").locator(".open").click()
    _refuse(page)
    release()
    expect(unused).to_have_value("Typed on one card.")
    page.keyboard.press("Escape")
    page.locator("#script-text").click()
    page.locator("#whole-text").fill("A whole text.")
    page.locator("#take-text").click()
    expect(page.locator("#notice")).to_have_text("Not possible.")
    expect(page.locator("#whole-text")).to_have_value("A whole text.")
    page.unroute("**/api/edit")
    page.reload()
    expect(page.locator("#whole-text")).to_have_value("A whole text.")
    page.keyboard.press("Escape")
    expect(page.locator("#text-dialog")).to_have_count(0)
    page.remove_listener("dialog", _accept)
    assert page.evaluate("studio.document.text") == path.read_text("utf-8") == SCRIPT


@long
def test_a_script_stays_open_if_its_text_is_refused_meanwhile(opened: Opened) -> None:
    """It was asked whether to discard refused text only before another script was opened, not once that was fetched."""
    page, path = opened
    other = path.with_name("another-one.yaml")
    other.write_text(SCRIPT.replace("Two calm", "Two other"), encoding="utf-8")
    page.reload()
    words = page.locator("#form .main-words")
    held: list[Route] = []
    page.route(
        "**/api/edit",
        lambda route: held.append(route) if "Refused" in str(route.request.post_data) else route.continue_(),
    )
    words.fill("Refused words.")
    _pick(page, other.name)
    expect(page.locator("#opening-dialog")).to_be_visible()
    wait_for(lambda: page.evaluate("1") == len(held))
    held[0].fulfill(status=400, json={"error": "Not possible."})
    expect(page.locator("#notice")).to_have_text("Not possible.")
    expect(page.locator("#opening-dialog")).to_have_count(0)
    expect(words).to_have_value("Refused words.")
    assert page.evaluate("studio.document.name") == path.name
    page.evaluate("studio.move(['stages', 0, 'steps', 0], ['stages', 0, 'steps', 2])")
    expect(page.locator("#unused-text")).to_have_value("Refused words.")


@long
def test_two_tabs_keep_drafts_of_their_own(opened: Opened, server: Served) -> None:
    """What the second tab typed, undid or saved replaced or removed the draft of the first."""
    page, _ = opened
    page.locator("#form .main-words").fill("From the first tab.")
    wait_for(lambda: "first tab" in page.evaluate("studio.document.text"))
    with page.expect_popup() as copied:  # as a browser copies a tab, with the name that it has for drafts
        page.evaluate("void open(location.href)")
    second = copied.value
    expect(second.locator("#notice")).to_have_text("This routine has unsaved changes in another tab.")
    second.locator("#form .main-words").fill("From the second tab.")
    save(second)
    page.reload()
    expect(page.locator("#form .main-words")).to_have_value("From the first tab.")
    page.keyboard.press("Control+s")
    expect(page.locator("#conflict-dialog")).to_be_visible()
    name = page.locator("#other-name").input_value()
    second.goto("about:blank")
    _open(second, server, name)
    second.locator("#form .main-words").fill("A new one.")
    wait_for(lambda: "A new one." in second.evaluate("studio.document.text"))
    page.locator("#save-as").click()
    expect(page.locator("#notice")).to_have_text(
        f"There are unsaved changes under the name {name}. Choose another name."
    )
    second.close()
    page.keyboard.press("Control+s")
    expect(page.locator("#other-name")).not_to_have_value(name)
    page.locator("#save-as").click()
    expect(page.locator("#state")).to_have_text("Saved")
    _pick(page, name)  # of the tab that is closed
    expect(page.locator("#form .main-words")).to_have_value("A new one.")


@long
def test_a_file_saved_here_was_not_changed_by_another_program(opened: Opened) -> None:
    """Ctrl+S three times, or a lost answer, and the studio took its own file for that of another program."""
    page, path = opened
    page.locator("#form .main-words").fill("Once.")
    for _ in range(3):
        page.keyboard.press("Control+s")
    expect(page.locator("#state")).to_have_text("Saved")
    page.route("**/api/save", lambda route: (route.fetch(), route.abort()))
    page.locator("#form .main-words").fill("Twice.")
    page.keyboard.press("Control+s")
    expect(page.locator("#notice")).to_contain_text("The computer is not responding.")
    page.unroute("**/api/save")
    page.locator("#form .main-words").fill("Three times.")
    wait_for(lambda: "Three times." in page.evaluate("studio.document.text"))
    page.reload()
    expect(page.locator("#form .main-words")).to_have_value("Three times.")
    page.keyboard.press("Control+s")
    expect(page.locator("#state")).to_have_text("Saved")
    expect(page.locator("#conflict-dialog")).to_have_count(0)
    assert "Three times." in path.read_text("utf-8")


@long
def test_a_broken_script_is_shown_and_saved_without_drafts(browser: Browser, server: Served, path: Path) -> None:
    """If the browser forbids to store anything, or no text of a script was readable yet, the page said odd things."""
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } })")
    troubles = collect_troubles(page)
    path.write_text(SCRIPT.replace("[water]", "[water"), encoding="utf-8")
    page.goto(f"{server.url}studio/#{path.name}")
    page.locator("#advice-list .error button").first.click()
    page.locator("#whole-text").fill(SCRIPT)
    page.locator("#take-text").click()
    expect(page.locator("#notice")).to_have_text("This browser cannot keep drafts. Save often.")
    expect(card(page, "Be still")).to_have_count(1)
    save(page)
    assert path.read_text("utf-8") == SCRIPT
    page.locator("#file").click()
    expect(page.locator("#open-dialog .pick", has_text=path.name)).to_be_visible()
    assert troubles == []
    context.close()


def test_a_stage_is_repeated_for_each_side_and_keeps_its_comments(opened: Opened) -> None:
    page, path = opened
    page.locator("#cards .stage-head .open").first.click()
    page.locator("#both-sides").click()
    expect(page.locator("#form [data-field='stage']")).to_be_focused()
    expect(page.locator("#form [data-field='stage']")).to_have_value("Soak, {side}")
    expect(page.locator("#total-place input")).to_have_value("3:41")
    save(page)
    text = path.read_text("utf-8")
    assert "# Then the towel." in text
    assert "# a minute" in text
    assert "# the first" in text


def test_what_is_typed_while_the_computer_is_away_is_not_lost(opened: Opened) -> None:
    page, _ = opened
    page.route("**/api/edit", lambda route: route.abort())
    page.locator("#form .main-words").fill("Feet into the water.")
    expect(page.locator("#notice")).to_contain_text("The computer is not responding.")
    card(page, "Be still").locator("input.time").fill("0:30")
    page.keyboard.press("Enter")
    page.unroute("**/api/edit")
    wait_for(lambda: "pause: 29s" in page.evaluate("studio.document.text"))
    assert "Feet into the water." in page.evaluate("studio.document.text")
    expect(page.locator("#notice")).to_be_hidden()  # it stayed for some seconds


EDITS_IN_A_ROW = """
(page) => {
  const step = ['stages', 0, 'steps', 1];
  studio.setWords(step, 'full', 'Feet into the water.');
  studio.setWords(step, 'brief', 'Feet in.');
  studio.setSound(['chime'], { level: '-14' }, 'bell');
  studio.setSound(['chime'], { sound: 'bowl' });
  studio.setSound(['bed'], { sound: 'rain' });
  studio.setSound(['bed'], { level: '-20' });
  studio.setList(['needs'], ['a towel', 'a basin']);
  studio.setList(['needs'], ['a towel', 'oil', 'a basin']);
  studio.addStep(['stages', 0, 'steps', 1], { say: 'Listen.', for: '1m' });
  studio.setTimeMode(step, 'words');
  studio.addStage();
  studio.copy(step);
  studio.remove(['stages', 0, 'steps', 0]);
  studio.remove(['stages', 0, 'steps', 0]);
}
"""


@long
def test_edits_of_one_field_in_a_row_do_not_undo_each_other(opened: Opened) -> None:
    """Each was made for the script before the others. If the computer was slow or away, one undid the one before."""
    page, _ = opened
    page.route("**/api/edit", lambda route: route.abort())
    page.evaluate(EDITS_IN_A_ROW)
    expect(page.locator("#notice")).to_contain_text("The computer is not responding.")
    page.unroute("**/api/edit")
    page.evaluate("studio.document.settled()")
    tree = page.evaluate("studio.document.tree")
    steps = tree["stages"][0]["steps"]
    assert [step["say"] for step in steps[:3]] == [
        "Listen.",
        *[{"full": "Feet into the water.", "brief": "Feet in."}] * 2,
    ]
    assert ["for" in step for step in steps[:3]] == [True, False, False]
    assert tree["stages"][-1]["stage"] == "New stage"
    assert tree["chime"] == {"sound": "bowl", "level": "-14"}
    assert tree["bed"] == {"sound": "rain", "level": "-20"}
    assert tree["needs"] == ["a towel", "oil", "a basin"]


def test_a_problem_leads_to_its_field(opened: Opened) -> None:
    page, _ = opened
    page.locator("#form summary").click()
    page.locator("#form [data-field='repeat']").fill("many")
    line = page.locator("#advice-list li.error")
    expect(line).to_have_count(1)
    expect(page.locator("#advice-title")).to_have_text("1 problem")
    card(page, "Be still").locator(".open").click()
    line.locator("button").click()
    expect(page.locator("#form [data-field='repeat']")).to_be_focused()
    page.locator("#form [data-field='repeat']").fill("2")
    expect(page.locator("#advice-title")).to_have_text("Nothing to correct")


def test_a_step_is_heard_with_the_space_bar(opened: Opened) -> None:
    page, _ = opened
    card(page, "Be still").locator(".open").focus()
    page.keyboard.press("Space")
    expect(page.locator("#hear")).to_have_text("Stop")
    until(page, "studio.hearing.at > 0.3")
    expect(page.locator(".playhead")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator("#hear")).to_have_text("Hear this step")
    assert page.evaluate("studio.hearing.step") is None


HEARD = f"""\
{SCRIPT.partition("bed:")[0]}chime: none
stages:
  - stage: Rest
    steps: [{{say: Be still., for: 10s, max: 20s}}]
"""


@long
def test_the_whole_is_played_as_it_is_now_by_the_player_of_the_phone(opened: Opened) -> None:
    page, path = opened
    page.evaluate("(text) => studio.document.replaceText(text)", HEARD)
    page.locator("#cards .routine .open").click()
    page.locator("#form [data-field='title']").fill("Not saved yet, but heard")
    with page.expect_popup() as popup:
        page.locator("#play-all").click()
    player = popup.value
    expect(player.locator("#routine-title")).to_have_text("Not saved yet, but heard")
    player.locator("#play").click()
    until(player, "document.querySelector('#sound').currentTime > 0.2 && !document.querySelector('#player').hidden")
    player.close()
    assert path.read_bytes() == SCRIPT.encode()


def _paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def test_pasted_instructions_become_stages_and_steps(opened: Opened) -> None:
    page, path = opened
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#cards .routine .open").focus()
    _paste(page, "Ankles\n\nWarm up\n\n1. Circle your ankles for 2 minutes.\n2. Shake both legs for 30 seconds.\n")
    expect(page.locator("#paste-outcome")).to_contain_text("Stages: 1, steps: 2")
    page.locator("#paste-add").click()
    expect(page.locator("#cards .stage-head .words").last).to_have_text("Warm up")
    assert _order(page)[-2:] == ["Circle your ankles for 2 minutes", "Shake both legs for 30 seconds"]
    save(page)
    assert path.read_text("utf-8").startswith(SCRIPT)


def test_a_document_is_dropped_on_the_page(opened: Opened) -> None:
    page, _ = opened
    captions = "1\n00:00:00,000 --> 00:00:04,000\nBreathe in.\n\n2\n00:00:10,000 --> 00:00:14,000\nBreathe out.\n"
    _drop(page, captions.encode(), "breath.srt", "")
    expect(page.locator("#paste-outcome")).to_contain_text("steps: 2")
    page.locator("#paste-replace").click()
    expect(page.locator("#cards .step .words")).to_have_text(["Breathe in.", "Breathe out."])


def _drop(page: Page, data: bytes, name: str, kind: str) -> None:
    """Drop a file on the second step."""
    page.evaluate(
        """([data, name, type]) => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(data)], name, { type }));
          const step = document.querySelectorAll("#cards .step")[1];
          step.dispatchEvent(new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        [list(data), name, kind],
    )


def test_one_line_that_is_pasted_into_the_words_stays_there(opened: Opened) -> None:
    page, _ = opened
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#form .main-words").press("End")
    _paste(page, " And breathe.")
    expect(page.locator("#form .main-words")).to_have_value("Both feet into the warm water. And breathe.")
    assert page.locator("dialog").count() == 0


def test_the_microphone_takes_the_place_of_the_voice(opened: Opened, server: Served) -> None:
    page, path = opened
    page.locator(".record").click()
    expect(page.locator("#recording-time")).to_have_text("0:01")
    page.locator(".record").click()
    expect(page.locator(".file-of")).to_have_text(re.compile(r"soak(-\d)?\.webm"))
    file = page.locator(".file-of").inner_text()
    assert f"audio: {file}" in page.evaluate("studio.document.text")
    assert path.with_name(file).read_bytes()[:4] == b"\x1aE\xdf\xa3"
    page.locator("#hear").click()
    until(page, "studio.hearing.at > 0.1")
    page.locator("#hear").click()
    page.locator("#form button", has_text="Use the computer's voice").click()
    wait_for(lambda: page.evaluate("studio.document.text") == SCRIPT)


def test_text_that_is_no_yaml_can_be_corrected_as_text(opened: Opened) -> None:
    page, _ = opened
    page.locator("#script-text").click()
    page.locator("#whole-text").fill(SCRIPT.replace("tags: [water]", "tags: [water"))
    page.locator("#take-text").click()
    page.locator("#advice-list .error button").first.click()
    expect(page.locator("#whole-text")).to_be_visible()
    page.locator("#whole-text").fill(SCRIPT)
    page.locator("#take-text").click()
    expect(page.locator("#advice-title")).to_have_text("Nothing to correct")


def test_a_new_routine_is_made_without_a_look_at_yaml(
    new_context: BrowserContext, server: Served, folder: Path
) -> None:
    page = new_context.new_page()
    page.goto(f"{server.url}studio/")
    page.locator("#new-name").fill("evening feet")
    page.locator("#create").click()
    expect(page.locator("#title")).to_have_text("Evening feet")
    page.locator("#form .main-words").fill("Place both feet in warm water.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#cards .step")).to_have_count(2)
    expect(page.locator("#form .main-words")).to_be_focused()
    page.keyboard.type("Dry them with a towel.")  # in place of the words that were offered
    page.locator("#total-place input").fill("5")
    page.keyboard.press("Enter")
    expect(page.locator("#total-place input")).to_have_value("5:00")
    assert not (folder / "evening feet.yaml").exists()
    save(page)
    text = (folder / "evening feet.yaml").read_text("utf-8")
    assert "say: Dry them with a towel." in text
    page.close()


@long
def test_what_has_not_changed_stays(opened: Opened) -> None:
    """New elements make a screen reader lose its place: Orca went to the last new choice after every change."""
    page, _ = opened
    wait_for(lambda: page.evaluate("studio.voices.length"))  # a choice of voices that arrive later is new
    page.evaluate(
        """() => {
          const places = "#cards li, #cards button, #form select, #form textarea, #form fieldset, #track .step-bar";
          globalThis.before = [...document.querySelectorAll(places)];
        }"""
    )
    field = card(page, "Dry them well").locator("input.time")
    field.press("ArrowUp")
    wait_for(lambda: "for: 25s" in page.evaluate("studio.document.text"))
    expect(field).to_be_focused()
    page.locator("#form .main-words").fill("Both feet, please.")
    wait_for(lambda: "please" in page.evaluate("studio.document.text"))
    gone = page.evaluate("before.filter((element) => !element.isConnected).map((element) => element.outerHTML)")
    assert gone == []
    page.locator("[data-focus='cue 0 when']").select_option("left")
    page.locator("[data-focus='cue 0 time']:not([type=number])").fill("10s")  # not while it still takes a percentage
    page.locator("[data-focus='cue 0 time']").press("Enter")  # what was chosen before is not forgotten
    page.locator("[data-focus='add cue']").click()
    page.locator("[data-focus='field cues.1.say']").fill("Soon.")
    page.locator("[data-focus='add cue']").click()
    expect(page.locator(".cue")).to_have_count(3)
    cues = page.evaluate("JSON.stringify(studio.document.tree.stages[0].steps[0].cues.map(({ at }) => at))")
    assert cues == '["10s left","30s left","30s left"]'
    assert not page.evaluate("document.querySelector('main').contains(document.querySelector('#cards'))")


def test_a_time_says_how_it_changes_and_escape_leaves_it(opened: Opened) -> None:
    page, _ = opened
    field = card(page, "Both feet").locator("input.time")
    field.focus()
    for key, value in (("ArrowUp", "1:05"), ("ArrowDown", "1:00")):
        field.press(key)
        expect(field).to_have_attribute("aria-valuetext", value)
    times = [node for node in _accessible_nodes(page) if node["role"] == "spinbutton"]
    assert ("Length of soak", "1:00") in [(node["name"], node.get("valuetext") or node["value"]) for node in times]
    field.fill("9")
    field.press("Escape")
    expect(field).to_have_value("1:00")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(card(page, "Both feet").locator(".open")).to_be_focused()


@long
def test_every_part_is_accessible(opened: Opened) -> None:
    page, path = opened
    _assert_accessible_in_both_schemes(page)
    page.locator("#cards .stage-head .open").first.click()
    _assert_accessible_in_both_schemes(page)
    page.locator("#cards .group-head .open").click()
    _assert_accessible_in_both_schemes(page)
    page.locator("#cards .routine .open").click()
    page.locator("#form summary").click()
    _assert_accessible_in_both_schemes(page)
    for button in ("file", "paste", "script-text", "help"):
        page.locator(f"#{button}").click()
        _assert_accessible_in_both_schemes(page)
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)
    card(page, "Dry them well").locator("input.time").fill("0:50")
    page.keyboard.press("Enter")
    path.write_text(SCRIPT + "\n", encoding="utf-8")
    page.keyboard.press("Control+s")
    page.locator("#conflict-dialog").wait_for()
    _assert_accessible_in_both_schemes(page)


def _assert_accessible_in_both_schemes(page: Page) -> None:
    """Only the colors are different in the dark."""
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, rules=["color-contrast"])
    page.emulate_media(color_scheme="light")
    assert_accessible(page)


def _accessible_nodes(page: Page) -> list[dict[str, Any]]:
    """What a screen reader gets of the page: the nodes of Chromium's accessibility tree, as {role, name, ...}."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    found = []
    for node in nodes:
        if not node.get("ignored"):
            values = {key: node.get(key, {}).get("value", "") for key in ("role", "name", "value", "description")}
            found.append(values | {each["name"]: each["value"].get("value") for each in node.get("properties", [])})
    return found


CONTROLS = ("button", "textbox", "combobox", "slider", "spinbutton", "checkbox", "DisclosureTriangle")


def _names(page: Page, role: str) -> list[str]:
    return [node["name"] for node in _accessible_nodes(page) if node["role"] == role]


def test_a_screen_reader_gets_the_name_and_the_state_of_every_control(opened: Opened) -> None:
    """No two controls of a kind have the same name, and what the eye sees is said: problems, places, what is off."""
    page, _ = opened
    for open_part in (".step .open", ".stage-head .open", ".group-head .open", ".routine .open"):
        page.locator(f"#cards {open_part}").first.click()
        for summary in page.locator("#form summary").all():
            summary.click()
        controls = [node for node in _accessible_nodes(page) if node["role"] in CONTROLS]
        names = [(node["role"], node["name"]) for node in controls]
        assert all(name.strip() for _, name in names)
        assert [each for each in names if names.count(each) > 1] == []
    assert {node["name"] for node in controls if node.get("disabled")} == {"Save", "Undo", "Redo", "Smaller"}
    assert "Length of strokes, Stroke, right foot" in _names(page, "slider")
    assert "Both feet into the warm water., 1:00" in _names(page, "button")
    page.locator("#form summary").click()
    card(page, "Be still").locator(".open").click()
    page.locator("#form summary").click()
    page.locator("#form [data-field='repeat']").fill("many")
    expect(page.locator("#advice-title")).to_have_text("1 problem")
    nodes = _accessible_nodes(page)
    (field,) = [node for node in nodes if (node["role"], node["name"]) == ("textbox", "Times in a row")]
    assert (field["invalid"], field["description"]) == (
        "true",
        "“many” is not a number. Enter the number of times, from 1 to 1000.",
    )
    assert [node["live"] for node in nodes if node["name"] == "1 problem" and node["role"] == "heading"] == ["polite"]
    assert [name for name in _names(page, "button") if name.startswith("Be still") and name.endswith(", 1 problem")]


@long
def test_the_focus_is_never_lost_and_every_act_is_said_once(opened: Opened) -> None:
    page, _ = opened
    page.evaluate(
        """() => {
          globalThis.said = [];
          const say = ({ target }) => target.textContent && said.push(target.textContent);
          for (const part of document.querySelectorAll("[role=status], [role=alert], [aria-live]"))
            new MutationObserver((all) => all.slice(-1).forEach(say)).observe(part, { childList: true });
        }"""
    )
    acts = [  # the element, the key, what is said, and the focus afterwards
        ('[data-focus=\'card ["stages",0,"steps",0]\']', "Alt+ArrowDown", "soak is now number 2.", "card"),
        ("", "Control+z", "Undone.", "card"),
        ("", "Delete", "soak was deleted.", "card"),
        ("#undo", "Enter", "Undone.", "undo"),
        ("#redo", "Enter", "Redone.", "redo"),
        ("#undo", "Enter", "Undone.", "undo"),
        ("[data-focus='cue 0 delete']", "Enter", "", "add cue"),
        ("[data-focus='add cue']", "Enter", "", "field cues.0.say"),
        ("#total-place input", "ArrowUp", "", "total"),
        ("#save", "Enter", "Saved as ", "save"),
        ("#zoom-out", "Enter", "", "zoom-out"),
        ("#help", "Enter", "", ""),
        ("", "Escape", "", "help"),
        ("#script-text", "Enter", "", "whole-text"),
        ("", "Escape", "", "script-text"),
        ("[data-focus='card [\"stages\",2]']", "Enter", "", "field stage"),
        ("", "Escape", "", "card"),
    ]
    for place, key, sentence, focused in acts:
        page.evaluate("said.length = 0")
        if place:
            page.locator(place).first.focus()
        page.keyboard.press(key)
        page.evaluate("studio.document.settled()")
        if sentence:
            expect(page.locator("#live")).to_contain_text(sentence)
        name = "document.activeElement.dataset.focus ?? document.activeElement.id"
        wait_for(lambda name=name, focused=focused: page.evaluate(name).startswith(focused), f"{key}: {focused}")  # type: ignore[misc]
        assert page.evaluate("document.activeElement !== document.body")
        assert page.evaluate("said.length") == bool(sentence), (key, page.evaluate("said"))


def test_it_fits_the_screen(browser: Browser, server: Served, folder: Path) -> None:
    context = browser.new_context(locale="de-DE")  # whose words are long
    page = context.new_page()
    for width in (390, 1024, 1280):
        path = folder / f"fits {width}.yaml"
        path.write_bytes(SCRIPT.encode())
        page.goto("about:blank")
        page.set_viewport_size({"width": width, "height": 800})
        _open(page, server, path.name)
        card(page, "Both feet").locator(".open").click()
        page.keyboard.press("Control+d")
        expect(page.locator("#cards .step", has_text="Both feet")).to_have_count(2)
        assert (
            page.evaluate("[document.documentElement, document.body, bar].map((part) => part.scrollWidth > innerWidth)")
            == [False] * 3
        )
        assert width == 390 or page.evaluate(
            "track.scrollWidth <= track.clientWidth"
        )  # the last edge was beyond the end
    context.close()


def test_with_a_thumb(browser: Browser, server: Served, path: Path) -> None:
    """Open a step, change it, go back; drag it by its handle, while a thumb elsewhere on the card only scrolls."""
    context = browser.new_context(viewport=_size(PHONE), has_touch=True, is_mobile=True)
    page = context.new_page()
    _open(page, server, path.name)
    card(page, "Dry them well").locator(".open").tap()
    page.locator("#form .main-words").fill("Dry them, toe by toe.")
    page.locator("#form-back").tap()
    expect(card(page, "Dry them, toe by toe.")).to_be_visible()
    grip = card(page, "Dry them").locator("span.grip").bounding_box()
    target = card(page, "Both feet").bounding_box()
    assert grip is not None
    assert target is not None
    _touch_drag(page, (grip["x"] + 8, grip["y"] + 10), (grip["x"] + 20, target["y"] + 4))
    expect(page.locator("#cards .step .words").first).to_have_text("Dry them, toe by toe.")
    context.close()


def _touch_drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    session = page.context.new_cdp_session(page)
    send: Callable[[str, list[dict[str, float]]], Any] = lambda kind, points: session.send(  # noqa: E731
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
    )
    send("touchStart", [{"x": start[0], "y": start[1]}])
    for share in (0.2, 0.5, 0.8, 1.0):
        send("touchMove", [{"x": start[0] + (end[0] - start[0]) * share, "y": start[1] + (end[1] - start[1]) * share}])
    send("touchEnd", [])


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_every_text_is_there_in_every_language(language: str) -> None:
    """The same keys with the same placeholders, and no text left in English."""
    texts = {code: _strings(STATIC / f"strings-{code}.js") for code in ("en", language)}
    assert list(texts[language]) == list(texts["en"])
    for key, text in texts["en"].items():
        assert _placeholders(texts[language][key]) == _placeholders(text), key
    long = {key: text for key, text in texts["en"].items() if len(re.sub(r"{.*?}", "", text)) > 8}
    same = [key for key, text in long.items() if texts[language][key] == text]
    assert language == "en" or same == []


def _strings(path: Path) -> dict[str, str]:
    lines = [line.strip() for line in path.read_text("utf-8").splitlines() if line.startswith("  ")]
    return {line.partition(":")[0]: json.loads(line.partition(": ")[2].rstrip(",")) for line in lines}


def _placeholders(text: str) -> list[str]:
    return sorted(part.partition("}")[0] for part in text.split("{")[1:])


STEP = "  - stage: Soak\n    steps:\n      - {step: soak, %s}\n"
PROBLEMS = [  # the keys of the texts, and the stages with the problem
    ("problem_overrun", STEP % "say: Long strokes from the toes to the ankle., for: 2s"),
    ("problem_no_words", STEP % "tags: [x]"),
    ("problem_empty", STEP % "say: '', for: 1m"),
    ("problem_no_title", "  - steps: [{say: Rest.}]\n"),
    ("problem_not_speakable", STEP % "say: '!!'"),
    ("problem_voice", STEP % "say: Rest., voice: hart"),
    ("problem_voice_missing", STEP % "say: Rest., voice: piper/nobody"),
    ("problem_voice_language", STEP % "say: Rest., voice: heart"),
    ("problem_recording", STEP % "audio: none.wav"),
    ("problem_cue_empty", STEP % "say: Rest., for: 1m, cues: [{at: half}]"),
    ("problem_cue_late", STEP % "say: Rest., for: 1m, cues: [{at: 2m, say: Go on.}]"),
    ("problem_cue_late", STEP % "say: Rest., for: 1m, cues: [{at: 2m left, say: Go on.}]"),
    ("problem_cue_never", STEP % "say: Rest., for: 1m, cues: [{every: 2m, say: Go on.}]"),
    (
        "problem_cue_moved",
        STEP % "say: Rest., for: 1m, cues: [{at: 30s, say: Go on with both of your hands.}, {at: 31s, say: No.}]",
    ),
    ("problem_min", STEP % "say: Rest., for: 1m, min: 2m"),
    ("problem_max", STEP % "say: Rest., for: 1m, max: 30s"),
    ("problem_min_max", STEP % "say: Rest., for: 1m, min: 2m, max: 30s"),
    ("problem_fixed", STEP % "say: Rest., for: 1m, fixed: yes, max: 30s"),
    ("problem_same_title", "  - each: {side: [left, right]}\n    stages: [{stage: Soak, steps: [{say: Rest.}]}]\n"),
    ("problem_used", "  - {stage: Soak, steps: [{say: Rest.}]}\n  - {stage: Soak, steps: [{say: Go on.}]}\n"),
    ("problem_placeholder", STEP % "say: 'Rest, {sde}.'"),
    ("problem_repeat", STEP % "say: Rest., repeat: many"),
    ("problem_breath_in", STEP % "breathe: {out: 4s}"),
    ("problem_breath_out", STEP % "breathe: {in: 4s}"),
    ("problem_breath_short", STEP % "breathe: {in: 4s, out: 0.5s}"),
    ("problem_breath_long", STEP % "breathe: {in: 4s, out: 3m}"),
    ("problem_breath_for", STEP % "breathe: {in: 4.5s, out: 4s}, for: 5s"),
    ("problem_breath_pause", STEP % "breathe: {in: 4s, out: 4s}, pause: 5s"),
    ("problem_caution", STEP % "say: Press hard."),
    ("problem_total", STEP % "say: Rest., for: 1m"),
    ("problem_total_fixed", STEP % "say: Rest., for: 1m, fixed: yes"),
]


@long
def test_the_most_frequent_problems_are_in_the_language_of_the_page(
    browser: Browser, server: Served, path: Path, folder: Path, shared_cache: Path
) -> None:
    """The page recognizes the sentences. This test fails if one of them is changed there or here only."""
    texts = _strings(STATIC / "strings-de.js")
    context = browser.new_context(locale="de-AT")
    page = context.new_page()
    _open(page, server, path.name)
    translate = "async message => (await import('./problem-words.js')).translated(message)"
    with open_cache(shared_cache) as cache:
        for key, stages in PROBLEMS:
            text = f"voiceguide: 1\ntitle: Füße\nlanguage: de\nvoice: tone\nchime: none\nstages:\n{stages}"
            messages = [
                problem["message"] for problem in describe(text, folder / "x.yaml", NarratorKeeper(cache))["problems"]
            ]
            if key.startswith("problem_total"):
                with pytest.raises(VoiceguideError) as caught:
                    fit_total(text, folder / "x.yaml", "1s", cache)
                messages = [str(caught.value)]
            told = [page.evaluate(translate, message) for message in messages]
            pattern = re.sub(r"\\{\w+\\}", ".+", re.escape(texts[key]))
            assert [each for each in told if re.fullmatch(pattern, each)], (key, messages)
            assert not any(re.search(r"\{\w+_?time\}", each) for each in told)
        late = '"2m" is after the end of the step, which lasts 4.5s. Use a position within the step, such as half.'
        assert page.evaluate(translate, late) == texts["problem_cue_late"].replace("{step_time}", "4,5 s")
    context.close()


ODD_SCRIPT = """\
voiceguide: 1
title: Odd
voice: tone
stages:
  - stage: Soak
    steps:
      - step: soak
        say: |
          Both feet
          into the water.
        for: 60s
  - each: {side: left}
    stages:
      - stage: Stroke
        steps:
          - Long strokes.
"""


@long
def test_odd_scripts_can_be_edited(new_context: BrowserContext, server: Served, folder: Path) -> None:
    """Text on lines of its own, a value where a list belongs, and a step without its key."""
    path = folder / "odd.yaml"
    path.write_text(ODD_SCRIPT, encoding="utf-8")
    page = new_context.new_page()
    troubles = collect_troubles(page)
    _open(page, server, path.name)
    words = page.get_by_label("Words", exact=True)
    page.locator(".step .open").first.click()
    words.fill("Both feet\nin the water.")
    page.locator(".group-head .open").first.click()
    expect(page.locator("#form-title")).to_contain_text("left")
    card = page.locator(".step").nth(1)
    expect(card).to_contain_text("Long strokes.")
    card.click()  # in the middle: it opens, and no button that appears under the mouse is pressed
    expect(words).to_have_value("Long strokes.")
    words.fill("Longer strokes.")
    page.keyboard.press("Control+s")
    changed = ODD_SCRIPT.replace("into the", "in the").replace("- Long strokes.", "- say: Longer strokes.")
    wait_for(lambda: path.read_text(encoding="utf-8") == changed)
    assert troubles == []


@long
def test_the_parts_of_a_breath_are_changed(opened: Opened) -> None:
    page, path = opened
    step = {"step": "slow breath", "breathe": {"in": "4s", "out": "6s"}, "for": "40s"}
    page.evaluate("(value) => studio.edit([{ op: 'insert', path: ['stages', 0, 'steps', 2], value }])", step)
    card(page, "One breath: 4s \u2013 6s").locator(".open").click()
    expect(page.locator("#form .main-words")).to_have_count(0)
    assert re.search("null|of silence|in total", page.locator("#form").inner_text()) is None
    page.locator("[data-field='breathe.out']").fill("8s")
    page.locator("[data-field='breathe.rest']").fill("0.5s")
    expect(page.locator("#form .at-field")).to_contain_text("at least a second")
    page.locator("[data-field='breathe.rest']").fill("")
    expect(page.locator("#form .at-field")).to_have_count(0)
    page.locator("[data-field='breathe.guide']").select_option("tones")
    cues = [{"every": "10s", "from": "5s", "chime": "bowl"}]
    page.evaluate("(value) => studio.edit([{ op: 'set', path: ['stages', 0, 'steps', 1, 'cues'], value }])", cues)
    card(page, "Dry them well").locator(".open").click()
    page.locator("#form select[data-focus='cue 0 when']").select_option("left")
    expect(page.locator("#form input[data-focus='cue 0 time']")).to_have_value("0:30")
    save(page)
    assert [line.strip() for line in path.read_text("utf-8").splitlines() if "breath" in line] == [
        "- {step: slow breath, breathe: {in: 4s, out: 8s, guide: tones}, for: 40s}"
    ]
    assert "cues: [{at: 30s left, chime: bowl}]" in path.read_text("utf-8")


@long
def test_the_level_of_a_chime_is_shown_kept_and_changed(opened: Opened) -> None:
    page, path = opened
    cue = {"at": "half", "chime": {"sound": "wood", "level": "-6"}}
    breath = {"at": "15s", "breath": {"part": "in", "for": "3s"}}
    page.evaluate(
        "(value) => studio.edit([{ op: 'set', path: ['stages', 0, 'steps', 1, 'cues'], value }])", [cue, breath]
    )
    card(page, "Dry them well").locator(".open").click()
    expect(page.locator("#form .cue .about")).to_have_text(["Wood, -6 dB", "Breathe in, 3s"])
    page.locator("#cards .stage-head .open").first.click()
    page.locator("#form summary").click()
    expect(page.locator("[data-field='chime.level']")).to_have_count(0)
    page.locator("[data-field='chime']").select_option("bowl")
    page.locator("[data-field='chime.level']").fill("-14")
    page.locator("[data-field='chime']").select_option("bell")
    page.locator("#cards .routine .open").click()
    page.locator("#form summary").click()
    page.locator("[data-field='room']").select_option("small")
    page.locator("[data-field='chime.level']").fill("5")
    expect(page.locator("#form .at-field")).to_contain_text("from -60 to 0")
    page.locator("[data-field='chime.level']").fill("-12")
    expect(page.locator("#form .at-field")).to_have_count(0)
    save(page)
    assert "voice: tone\nroom: small\nbed: rain\n" in path.read_text("utf-8")
    assert [line.strip() for line in path.read_text("utf-8").splitlines() if "chime" in line] == [
        "chime: {sound: none, level: -12}",
        "chime: {sound: bell, level: -14}",
        "- {step: dry, say: 'Dry them well.', for: 20s, cues: [{at: half, chime: {sound: wood, level: -6}}, "
        "{at: 15s, breath: {part: in, for: 3s}}]}",
    ]


BREATHS = [  # a step, the field of its problem, what is written there, and the step afterwards
    ("breathe: 4s", "breathe.in", "5s", "breathe: {in: 5s}"),
    ("breathe: {in: 4s}", "breathe.out", "6s", "breathe: {in: 4s, out: 6s}"),
    ("breathe: {out: 4s}", "breathe.in", "4s", "breathe: {in: 4s, out: 4s}"),
    ("breathe: {in: 4s, hold: 0.5s, out: 4s}", "breathe.hold", "", "breathe: {in: 4s, out: 4s}"),
    ("breathe: {in: 4s, out: 6s}, pause: 10s", "pause", "for", "breathe: {in: 4s, out: 6s}, for: 30s"),
    ("breathe: {in: 4s, out: 6s}, for: 4s", "for", "0:20", "breathe: {in: 4s, out: 6s}, for: 20s"),
    ("breathe: {in: 4s, out: 6s}, say: In., for: 20s", "say", "", "breathe: {in: 4s, out: 6s}, for: 20s"),
    ("breathe: {in: 4s, out: 6s, guide: song}", "breathe.guide", "words", "breathe: {in: 4s, out: 6s, guide: words}"),
]


@long
def test_every_problem_of_a_breath_is_at_a_field_that_mends_it(opened: Opened) -> None:
    page, _ = opened
    card(page, "Dry them well").locator(".open").click()
    for step, name, value, corrected in BREATHS:
        line = "      - {step: dry, say: 'Dry them well.', for: 20s}"
        text = SCRIPT.replace(line, f"      - {{step: dry, {step}}}")
        page.evaluate("(text) => studio.document.replaceText(text)", text)
        field = page.locator(f"#form [data-field='{name}']").last
        expect(field).to_have_attribute("aria-invalid", "true")
        described = field.get_attribute("aria-describedby") or ""
        expect(page.locator(f"#form .at-field#{described}")).to_be_visible()
        choice = page.locator("#form [data-focus='time mode']") if name == "pause" else field
        if choice.evaluate("(field) => field.tagName") == "SELECT":
            choice.select_option(value)
        else:
            field.fill(value)
            field.blur()
        after = text.replace(step, corrected)
        wait_for(lambda after=after: page.evaluate("studio.document.text") == after, f"{step}: {name}")  # type: ignore[misc]
    page.evaluate(
        "(text) => studio.document.replaceText(text)", SCRIPT.replace("for: 20s}", "for: 20s, gap: 2s, tempo: 3}")
    )
    expect(page.locator("#form .form-head + .at-field")).to_contain_text("tempo")  # it has no field


@long
def test_a_step_without_words_has_a_name_in_the_language_of_the_page(
    browser: Browser, server: Served, path: Path
) -> None:
    """It was called "breathe" or "quiet" in every language, and its end was nothing at all."""
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    _open(page, server, path.name)
    for step, name in (("{breathe: {in: 4s, out: 6s}}", "Atmen"), ("{for: 20s}", "Keine Worte")):
        text = SCRIPT.replace("{step: dry, say: 'Dry them well.', for: 20s}", step)
        page.evaluate("(text) => studio.document.replaceText(text, ['stages', 0, 'steps', 1])", text)
        expect(page.locator("#form-title")).to_have_text(name)
        bar = page.locator('[data-path=\'["stages",0,"steps",1]\']')
        expect(bar).to_have_attribute("title", re.compile(name))
        page.locator("#cards .opened .open").press("Delete")
        expect(page.locator("#live")).to_contain_text(name)
        page.keyboard.press("Control+z")
    context.close()


BEDS = [  # a bed, what the two fields show, what is chosen in the second field, and the bed afterwards
    ("bed: [a+b.mp3, {sound: 50%.wav, level: -8}]", "a+b.mp3", "50%.wav (−8 dB)", "", "bed: a+b.mp3"),
    ("bed: [c.ogg+b.mp3, rain]", "c.ogg+b.mp3", "Rain", "", "bed: [c.ogg+b.mp3]"),
    ("bed: [c.ogg+b.mp3]", "c.ogg+b.mp3", "None", "harp", "bed: c.ogg%2Bb.mp3+harp"),
    ("bed: Track No.5 + Rain.mp3", "Track No.5 + Rain.mp3", "None", "rain", "bed: Track No.5 %2B Rain.mp3+rain"),
    ("bed: rain:-3+pads", "Rain (−3 dB)", "Pads", "", "bed: rain"),
    ("bed: {sound: ' Rain+PADS:-2', level: 0}", "Rain", "Pads (−2 dB)", "harp", "bed: {sound: 'rain+harp', level: 0}"),
]  # fmt: skip


@long
def test_a_background_is_read_as_a_script_writes_it(opened: Opened) -> None:
    """A file with a plus sign became two sounds, a single sound got a level, and Rain was taken for a file."""
    page, _ = opened
    shown = "(field) => field.selectedOptions[0].textContent"
    page.locator("#cards .routine .open").click()
    page.locator("#form details[data-part=routine] summary").click()
    for written, first, second, chosen, changed in BEDS:
        text = SCRIPT.replace("bed: rain", written)
        page.evaluate("(text) => studio.document.replaceText(text)", text)
        fields = [page.locator(f"#form [data-field='{name}']") for name in ("bed", "bed.sound")]
        wait_for(lambda: [field.evaluate(shown).replace("\xa0", " ") for field in fields] == [first, second], written)  # noqa: B023
        fields[1].select_option(chosen)
        after = SCRIPT.replace("bed: rain", changed)
        wait_for(lambda: page.evaluate("studio.document.text") == after, changed)  # noqa: B023
    page.evaluate("(text) => studio.document.replaceText(text)", SCRIPT.replace("chime: none", "chime: Bowl"))
    expect(page.locator("#form [data-field='chime']")).to_have_value("bowl")


def test_a_background_has_the_same_sounds_in_the_studio_as_in_a_build(opened: Opened) -> None:
    page, _ = opened
    for text in ("rain", " Rain+pads :-8", "rain+x", "a.mp3+b.mp3", "a%2Bb.mp3+c%25.wav:-0.5", "a.m4a:-12.25+rain:0",
                 "Größe.wav+Wind", "a.mp3++b.mp3", "a.toolong+rain", ":-8+rain"):  # fmt: skip
        layers = page.evaluate("async (text) => (await import('./sounds.js')).layersOf(text)", text)
        found = [(layer["sound"], float(layer.get("level") or 0)) for layer in layers]
        expected = [(layer.sound, layer.level_db) for layer in split_layers(text)]
        assert found == expected or (len(expected) == 1 and found == [(text.strip().lower(), 0)]), text


SIDES = """\
  - each: {side: [left, right]}
    switch: {say: "Now the {side}.", for: 8s}
    stages:
      - stage: Warm {side}
        steps: [{say: "Warm the {side}.", for: 20s}]
"""
LAST_STAGES = [  # the stages at the end of a group with a switch
    """\
      - stage: Hold {side}
        voice: heart
        pace: 0.8
        steps:
          - {say: Hold it., for: 9s}
          - {say: "Go on.", for: 9s, pace: 0.9, cues: [{at: half, say: "Half."}]}
""",
    """\
      - stage: Hold {side}, {foot}
        each: {foot: [heel, toes]}
        switch: "Now the {foot}."
        voice: heart
        steps: [{say: "Hold the {foot}.", for: 9s}]
""",
    """\
      - each: {foot: [heel, toes]}
        switch: {say: "Now the {foot}.", pause: 2s}
        tags: [feet]
        stages:
          - stage: Hold {side}, {foot}
            steps: [{say: "Hold the {foot}.", for: 9s}]
          - stage: Rub {side}, {foot}
            pace: 0.8
            steps: [{say: "Rub the {foot}.", for: 9s}]
""",
]


def _played(text: str) -> list[Any]:
    """Everything that is played, with its voice and its pace."""
    routine = load_script("x.yaml", text.encode()).routine
    stages = unroll_routine(routine, Overrides(), load_phrases(routine.language, routine.phrases)).stages
    keys = ("text", "audio", "voice", "pace", "duration", "pause")
    step: Callable[[Any], Any] = lambda each: [[getattr(each, key) for key in keys], [cue.text for cue in each.cues]]  # noqa: E731
    return [(stage.title, sorted(stage.bed.sound), [step(each) for each in stage.steps]) for stage in stages]


@long
def test_a_group_with_any_last_stage_becomes_separate_stages(opened: Opened) -> None:
    """The words between the sides were lost if the last stage was a group, spoken more than once if it was repeated,
    and spoken with the voice and the pace of the last stage."""
    page, _ = opened
    for last in LAST_STAGES:
        text = SCRIPT + SIDES + last
        page.evaluate("(text) => studio.document.replaceText(text)", text)
        page.locator("#cards .group-head .open", has_text="side").last.click()
        page.locator("#ungroup", has_text="Separate stages for left, right").click()
        wait_for(lambda: page.evaluate("studio.document.tree.stages.slice(3).every(({ stage }) => stage)"), last)
        separate = page.evaluate("studio.document.text")
        assert page.evaluate("studio.document.problems") == []
        assert _played(separate) == _played(text)
        page.keyboard.press("Control+z")
        wait_for(lambda text=text: page.evaluate("studio.document.text") == text)  # type: ignore[misc]


@long
def test_a_group_is_not_offered_as_separate_stages_if_something_would_change(opened: Opened) -> None:
    """Without its repetitions, the words between them would be lost, and two stages would have the same title."""
    page, _ = opened
    stage = '      - {stage: "Hold {side}", steps: [{say: Hold it., for: 9s}]}\n'
    repeated = stage.replace("steps:", "repeat: 2, steps:")
    inner = "      - repeat: 2\n        stages:\n    " + stage
    each = '      - {stage: "Rub {side} {foot}", each: {foot: [heel, toes]}, repeat: 2, steps: [{say: Rub.}]}\n'
    twice = SIDES.replace("    stages:", "    repeat: 2\n    stages:")
    for group in (SIDES + repeated, SIDES + inner, SIDES + each, twice + stage):
        page.evaluate("(text) => studio.document.replaceText(text)", SCRIPT + group)
        page.locator("#cards .group-head .open", has_text="side").last.click()
        expect(page.locator("#form .about")).to_contain_text(["cannot be separated"])
        expect(page.locator("#ungroup")).to_have_count(0)
    for group in (twice.replace("repeat: 2", "repeat: 1") + stage, SIDES.replace("    switch", "    # ") + repeated):
        page.evaluate("(text) => studio.document.replaceText(text)", SCRIPT + group)
        expect(page.locator("#ungroup")).to_have_text("Separate stages for left, right")


@long
def test_a_group_without_values_can_be_given_some(opened: Opened) -> None:
    page, _ = opened
    page.locator("#cards .group-head .open").click()
    values = page.locator("#form [data-field='each']")
    for written in ("{side: []}", "{side: ''}"):
        text = SCRIPT.replace("{side: [left, right]}", written)
        page.evaluate("(text) => studio.document.replaceText(text)", text)
        expect(values).to_have_value("")
        expect(page.locator("#ungroup")).to_have_count(0)
        values.fill("left, right")
        values.blur()
        wait_for(lambda: page.evaluate("studio.document.text") == SCRIPT, written)
    for written in ("{}", "side", "[left, right]"):
        text = SCRIPT.replace("{side: [left, right]}", written)
        page.evaluate("(text) => studio.document.replaceText(text)", text)
        expect(values).to_have_count(0)
        expect(page.locator("#ungroup")).to_have_text("Do not repeat these stages")


@long
def test_a_field_that_stays_changes_the_script_as_it_is_now(opened: Opened) -> None:
    """A field stays while the script below it changes. It wrote the key, sound and line break of before."""
    page, _ = opened
    page.locator("#cards .group-head .open").click()
    foot = SCRIPT.replace("{side: [left, right]}", "{foot: [left, right]}").replace("{side}", "{foot}")
    page.evaluate("(text) => studio.document.replaceText(text)", foot)
    page.locator("#form [data-field='each']").fill("left, right, other")
    text = partial(page.evaluate, "studio.document.text")
    wait_for(lambda: text() == foot.replace("left, right", "left, right, other"), text)
    page.locator("#cards .routine .open").click()
    page.locator("#form details[data-part=routine] summary").click()
    bare = SCRIPT.replace("chime: none\n", "")
    page.evaluate("(text) => studio.document.replaceText(text)", bare)
    page.locator("#form [data-field='chime.level']").fill("-12")
    wait_for(lambda: page.evaluate("studio.document.tree.chime") == {"sound": "bell", "level": "-12"}, text)
    lines = SCRIPT.replace("        pause: 10s", "        pause: 10s\ndescription: |\n  Two\n  lines")
    page.evaluate("(text) => studio.document.replaceText(text)", lines)
    short = lines.replace("|\n  Two\n  lines", "One line.")
    page.evaluate("(text) => studio.document.replaceText(text)", short)
    page.locator("#form [data-field='description']").fill("Another line.")
    wait_for(lambda: text() == short.replace("One", "Another"), text)


ODD_CUES = [  # a cue, and what it shows
    ("{at: half, chime: {level: -3}}", "Chime, -3 dB"),
    ("{at: half, chime: [bell, wood]}", "Chime"),
    ("{at: half, chime: {sound: {a: b}}}", "Chime"),
    ("{at: half, chime: ' Bell'}", "Bell"),
    ("{at: half, breath: [in]}", "Breath"),
    ("{at: half, breath: {for: 3s}}", "Breath, 3s"),
    ("{at: half, breath: IN}", "Breathe in"),
    ("{at: half, breath: {part: sideways, level: -9}}", "sideways, -9 dB"),
    ("{at: half, breath: {part: {a: b}, for: [3s]}}", "Breath"),
]


@long
def test_a_cue_with_an_odd_sound_is_shown(opened: Opened) -> None:
    """The studio stopped, and showed neither the cue nor the problem."""
    page, _ = opened
    for cue, shown in ODD_CUES:
        text = SCRIPT.replace("{at: half, say: Halfway there.}", cue)
        page.evaluate("(text) => studio.document.replaceText(text)", text)
        expect(page.locator("#form .cue .about")).to_have_text(shown)


@long
def test_the_time_of_a_cue_keeps_what_was_chosen(opened: Opened) -> None:
    """After two choices, the time field went back to the first one."""
    page, _ = opened
    when, time = page.locator("[data-focus='cue 0 when']"), page.locator("input[data-focus='cue 0 time']")
    for choice, written in (("after", "at: 30s"), ("left", "at: 30s left"), ("every", "every: 30s")):
        when.select_option(choice)
        wait_for(lambda written=written: written in page.evaluate("studio.document.text"))  # type: ignore[misc]
    when.select_option("left")
    time.fill("10s")
    time.press("Enter")
    wait_for(lambda: "{at: 10s left, say: Halfway there.}" in page.evaluate("studio.document.text"))


FAMILIAR = {  # words with which a text says du or tú to its reader
    "de": r"\b([Dd]u|[Dd]ein\w*|[Dd]ich|[Dd]ir|Schreibe?|Wähle?|Speichere?|Ziehe?|Erlaube?|Gib|Mach)\b",
    "es": r"\b([Tt]us?|[Tt]ú|[Tt]uy[ao]s?|Comprueba|Guarda|Escribe|[Ee]lige|Haz|[Ss]uelta|Permítelo)\b",
}


@pytest.mark.parametrize("language", FAMILIAR)
def test_every_text_is_polite(language: str) -> None:
    """Some texts of the studio said du and others Sie. The phone page and all problems are polite."""
    texts = _strings(STATIC / f"strings-{language}.js")
    keys = {"save", "paste_hint", "cue_half_text"}  # buttons, and texts of a routine
    assert [text for key, text in texts.items() if key not in keys and re.search(FAMILIAR[language], text)] == []


@long
def test_an_edit_is_made_although_the_result_of_the_last_one_could_not_be_drawn(opened: Opened) -> None:
    """After an error in the page, no edit was made any more, and nothing said so."""
    page, _ = opened
    fail = """() => {
      const { changed } = studio.document;
      studio.document.changed = () => { studio.document.changed = changed; throw new Error("odd"); };
      return studio.set(["title"], "One").catch(({ message }) => message);
    }"""
    assert page.evaluate(fail) == "odd"
    page.locator("#form .main-words").fill("Both feet into the hot water.")
    wait_for(lambda: "hot" in page.evaluate("studio.document.text"))
    expect(page.locator("#title")).to_have_text("One")


@long
def test_acts_on_a_group_and_reloads_keep_what_was_just_typed_or_refused(opened: Opened) -> None:
    """Titles and values were read before what was just typed was in it. Refused text was lost with its field."""
    page, path = opened
    page.on("dialog", _accept)
    path.write_text(LISTED, encoding="utf-8")
    _reload(page)
    page.locator("#cards .stage-head .open", has_text="Second").click()
    page.locator("#form [data-focus='field stage']").fill("Just typed")
    page.evaluate("void studio.repeatForSides(studio.open)")
    page.evaluate("studio.document.settled()")
    assert page.evaluate("studio.document.tree.stages[1].stages[0].stage") == "Just typed, {side}"
    page.locator("#cards .group-head .open").click()
    page.locator("#form [data-focus='field each']").fill("left, right, both")
    page.evaluate("void studio.ungroup(studio.open)")
    page.evaluate("studio.document.settled()")
    titles = page.evaluate("studio.document.tree.stages.map(({ stage }) => stage)")
    assert titles == ["First", "Just typed, left", "Just typed, right", "Just typed, both"]
    _refuse(page, "Refused")
    card(page, "C.").locator(".open").click()
    unused = page.locator("#unused-text")
    page.locator("#form [data-focus='field cues.1.say']").fill("Refused in a cue.")
    expect(page.locator("#form [aria-invalid='true']")).to_have_count(1)
    page.locator("#form [data-focus='cue 0 delete']").click()
    expect(unused).to_have_value("Refused in a cue.")
    page.keyboard.press("Escape")
    page.locator("#form .main-words").fill("Refused words.")
    expect(page.locator("#form [aria-invalid='true']")).to_have_count(1)
    _reload(page)
    expect(unused).to_have_value("Refused words.")
    page.keyboard.press("Escape")
    expect(page.locator("#unused-dialog")).to_have_count(0)
    page.remove_listener("dialog", _accept)
