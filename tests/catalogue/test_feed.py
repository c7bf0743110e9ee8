"""The podcast feed, as another program reads it and as the specifications demand."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PIL import Image

from tests.catalogue.catalogues import FEED, built, here, prepared, write_catalogue, write_scripts
from tests.catalogue.feed_rules import CATEGORIES, feed_problems
from tests.conftest import Run
from voiceguide.catalogue.config.loader import load_catalogue
from voiceguide.catalogue.feed import NAMESPACES
from voiceguide.errors import ExportError, ScriptError

ADDRESS = "https://example.com/audio/"


FORMATS = "[mp3, {format: mp3, bitrate: 48}]"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    return write_catalogue_with_feed(tmp_path)


def write_catalogue_with_feed(folder: Path) -> Path:
    write_scripts(folder, "evening")
    Image.new("RGB", (1400, 1400)).save(folder / "cover.png")
    formats = f"    formats: {FORMATS}\n"
    path = write_catalogue(folder, more=f"{formats}{FEED}  cover: cover.png\n  email: studio@example.com\n")
    path.write_text(path.read_text() + 'name: "{script} ü & more/{script}-{variant}-{bitrate}"\n')
    return path


@pytest.fixture(scope="module")
def first_output(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> Path:
    """The output of the first run of `catalogue`."""
    folder = tmp_path_factory.mktemp("first run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOICEGUIDE_CACHE", str(shared_cache))
        assert set(built(write_catalogue_with_feed(folder)).values()) == {"built"}
    return folder / "published"


@pytest.fixture
def finished(catalogue: Path, tmp_path: Path, first_output: Path) -> Path:
    """The catalogue after its first run."""
    shutil.copytree(first_output, tmp_path / "published")
    return catalogue


def read_items(feed: Path) -> list[dict[str, str]]:
    items = []
    for item in ET.parse(feed).getroot().iter("item"):
        (enclosure,) = item.findall("enclosure")
        chapters = item.find("podcast:chapters", NAMESPACES)
        transcript = item.find("podcast:transcript", NAMESPACES)
        assert chapters is not None
        assert transcript is not None
        texts = {name: item.findtext(name, "") for name in ("title", "guid", "pubDate")}
        links = {"chapters": chapters.get("url", ""), "transcript": transcript.get("url", "")}
        items.append({**texts, **links, **enclosure.attrib})
    return items


def test_the_feed_is_valid_and_points_to_the_files(finished: Path, tmp_path: Path) -> None:
    out = tmp_path / "published"
    assert feed_problems((out / "feed.xml").read_bytes()) == []
    items = read_items(out / "feed.xml")
    assert {item["title"] for item in items} == {"Evening", "Evening (short)"}
    for item in items:
        audio = out / unquote(item["url"].removeprefix(ADDRESS))
        assert int(item["length"]) == audio.stat().st_size
        chapters = out / unquote(item["chapters"].removeprefix(ADDRESS))
        assert json.loads(chapters.read_text())["chapters"]
        captions = out / unquote(item["transcript"].removeprefix(ADDRESS))
        assert captions.read_text().startswith("WEBVTT")
    assert (out / "catalogue-cover.png").read_bytes() == (tmp_path / "cover.png").read_bytes()


def test_a_feed_of_someone_else_is_kept(catalogue: Path, tmp_path: Path, run: Run, scheduler: str) -> None:
    out = tmp_path / "published"
    out.mkdir()
    names = ("feed.xml", "catalogue-cover.png")
    for name in names:
        (out / name).write_text("mine")
    told = run("catalogue", "catalogue.yaml", "--only", "*short*", "--scheduler", scheduler, status=1).stderr
    for name in names:
        assert (
            f"{name}: A file of this name is in the output, but this catalogue did not make it. Move it, or add "
            "--replace."
        ) in told
        assert (out / name).read_text() == "mine"
    built(catalogue, replace_foreign=True)
    assert read_items(out / "feed.xml")
    write_scripts(tmp_path, "evening", soak="Breathe.")
    assert prepared(catalogue).foreign_feed == ()


def test_two_catalogues_with_feeds_do_not_replace_each_other(finished: Path, tmp_path: Path) -> None:
    feed = (tmp_path / "published/feed.xml").read_bytes()
    other = tmp_path / "other.yaml"
    other.write_text(finished.read_text().replace("Calm feet", "Hands").replace("{script} ü", "{script} o"))
    assert prepared(other).foreign_feed == ("feed.xml",)
    built(other)
    assert (tmp_path / "published/feed.xml").read_bytes() == feed
    other = tmp_path / "sub/catalogue.yaml"
    other.parent.mkdir()
    shutil.copytree(tmp_path / "routines", other.parent / "routines")
    shutil.copy(tmp_path / "cover.png", other.parent)
    other.write_text(finished.read_text().replace("output: published", "output: ../published"))
    assert prepared(other).foreign_feed == ("feed.xml", "catalogue-cover.png")


def test_a_run_that_is_killed_while_it_writes_the_feed_goes_on(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest announces the feed, so that both the old and the new one are known."""
    out = tmp_path / "published"
    write_scripts(tmp_path, "evening", soak="Breathe.")
    Image.new("RGB", (1401, 1401)).save(tmp_path / "cover.png")
    run = prepared(finished)
    write = type(run.store).write

    def fail(self: Any, name: str, *arguments: Any) -> Any:
        if name == "feed.xml":
            raise ExportError("away")
        return write(self, name, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(type(run.store), "write", fail)
        with pytest.raises(ExportError, match="away"):
            run.build(here)
    assert (out / "catalogue-cover.png").read_bytes() == (tmp_path / "cover.png").read_bytes()
    assert prepared(finished).foreign_feed == ()
    built(finished)
    assert prepared(finished).foreign_feed == ()
    assert feed_problems((out / "feed.xml").read_bytes()) == []


def test_two_runs_that_write_the_feed_at_once(catalogue: Path, tmp_path: Path) -> None:
    catalogue.write_text(catalogue.read_text().replace(FORMATS, "[mp3]"))
    first, second = prepared(catalogue), prepared(catalogue)
    first.build(here)
    second.build(here)
    assert prepared(catalogue).foreign_feed == ()
    assert len(read_items(tmp_path / "published/feed.xml")) == 2


def test_a_changed_session_stays_the_same_episode(finished: Path, tmp_path: Path) -> None:
    feed = tmp_path / "published/feed.xml"
    before = {item["title"]: item for item in read_items(feed)}
    written_ns = feed.stat().st_mtime_ns
    built(finished)
    assert feed.stat().st_mtime_ns == written_ns
    write_scripts(tmp_path, "evening", soak="Breathe.")
    built(finished)
    after = {item["title"]: item for item in read_items(feed)}
    for title in ("Evening", "Evening (short)"):
        for key in ("guid", "url", "pubDate"):
            assert after[title][key] == before[title][key]


def test_what_is_gone_or_could_not_be_built_is_not_in_the_feed(catalogue: Path, tmp_path: Path) -> None:
    catalogue.write_text(catalogue.read_text().replace(FORMATS, "[mp3]"))
    write_scripts(tmp_path, "morning", "noon")
    built(catalogue)
    (tmp_path / "routines/morning.yaml").unlink()
    for file in tmp_path.glob("published/noon*/noon*.mp3"):
        file.unlink()
    script = tmp_path / "routines/noon.yaml"
    script.write_text(script.read_text().replace("say: Long strokes.", "audio: missing.wav"))
    built(catalogue)
    items = read_items(tmp_path / "published/feed.xml")
    assert {item["title"] for item in items} == {"Evening", "Evening (short)"}


def test_one_format_and_one_language(catalogue: Path, tmp_path: Path) -> None:
    text = catalogue.read_text().replace("  cover:", "  format: {format: mp3, bitrate: 48}\n  language: en\n  cover:")
    catalogue.write_text(text)
    built(catalogue)
    items = read_items(tmp_path / "published/feed.xml")
    assert [item["url"].endswith("-48.mp3") for item in items] == [True, True]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("language: de", "The feed would be empty: no session is in de."),
        ("format: opus", "The feed would be empty: no session is opus."),
        ("format: {format: mp3, bitrate: 64}", "The feed would be empty: no session is mp3 with 64 kb/s."),
    ],
)
def test_a_feed_without_episodes_is_refused(line: str, message: str, catalogue: Path, run: Run) -> None:
    catalogue.write_text(catalogue.read_text().replace("  cover:", f"  {line}\n  cover:"))
    place = line.partition(":")[0]
    assert f"feed.{place}: {message}" in run("catalogue", str(catalogue), "--check", status=1).stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("email: studio", 'feed.email: "studio" is not an email address. Write one such as studio@example.com.'),
        ("category: Feet", 'feed.category: "Feet" is not one of Apple\'s categories. Write Arts, Business,'),
    ],
)
def test_values_that_no_directory_takes(line: str, message: str, catalogue: Path) -> None:
    catalogue.write_text(catalogue.read_text().replace("  email: studio@example.com", f"  {line}"))
    with pytest.raises(ScriptError, match=re.escape(message)):
        prepared(catalogue)


def test_the_categories_are_spelled_as_the_rules_say(catalogue: Path) -> None:
    text = catalogue.read_text()
    for category in CATEGORIES:
        catalogue.write_text(text.replace("  email:", f"  category: {category.lower()}\n  email:"))
        feed = load_catalogue(catalogue).catalogue.feed
        assert feed
        assert feed.category == category


@pytest.mark.parametrize(
    ("cover", "message"),
    [
        (
            "https://example.com/a.png",
            "https://example.com/a.png is a web address. Save the picture as a file, and write its name.",
        ),
        ("none.png", "does not exist. Check its name."),
        ("catalogue.yaml", "is not a JPEG or PNG picture."),
        ("small.png", "The picture has 100 x 100 pixels. Make it square, with 1,400 to 3,000 pixels on each side."),
    ],
)
def test_a_cover_that_no_directory_takes(cover: str, message: str, catalogue: Path, tmp_path: Path, run: Run) -> None:
    Image.new("RGB", (100, 100)).save(tmp_path / "small.png")
    catalogue.write_text(catalogue.read_text().replace("cover: cover.png", f"cover: {cover}"))
    with pytest.raises(ScriptError, match=rf":\d+:10: feed\.cover: .*{re.escape(message)}"):
        prepared(catalogue)
    assert message in run("catalogue", str(catalogue), "--check", status=1).stderr


def test_the_rules_find_mistakes(finished: Path, tmp_path: Path) -> None:
    """A check that cannot fail is worse than none."""
    feed = (tmp_path / "published/feed.xml").read_text()
    (date,) = re.findall("<lastBuildDate>(.*)</lastBuildDate>", feed)
    assert parsedate_to_datetime(date).tzinfo is not None
    for old, new, problem in (
        (' length="', ' length="x', "enclosure"),
        (date, date[:-6], "lastBuildDate"),
        ("<channel>", "<channel><title>again</title>", "title"),
        ("podcast:chapters url", "podcast:chapters src", "chapters"),
        ("itunes:duration", "itunes:lasts", "lasts"),
        ('href="https', 'href="ftp', "image"),
        ("https://example.com/audio/evening%20", "https://example.com/audio/evening ", "enclosure"),
        ("<guid", "<guid>x</guid><guid", "guid"),
    ):
        assert old in feed
        assert any(problem in found for found in feed_problems(feed.replace(old, new).encode())), problem
