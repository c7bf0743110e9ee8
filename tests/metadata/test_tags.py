"""Tags and chapters, read by other programs."""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from mutagen.id3 import ID3

from tests.support.mixes import SECOND, MadeMix
from tests.support.programs import probe
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.metadata.ffmetadata import format_ffmetadata, parse_ffmetadata
from voiceguide.metadata.id3 import build_id3_tag, read_id3_plan
from voiceguide.metadata.plan_codec import compress_plan, decompress_plan
from voiceguide.metadata.tags import Chapter, Tags, clip_tag_text, iso_639_2_code
from voiceguide.system.ffmpeg import find_ffmpeg, run_ffmpeg

TAGS = Tags(
    title="Home foot massage",
    artist="Ann",
    album="voiceguide",
    genre="Speech",
    language="de-AT",
    comment="Soak, stroke, ankles, soles.",
    plan=b'{"title": "Home foot massage"}' * 50,
)
PICTURE = run_ffmpeg(["-f", "lavfi", "-i", "testsrc=s=64x64", "-frames:v", "1", "-f", "mjpeg", "-"], action="draw")
TITLES = ["Soak", "Stroke, left foot", "Knöchel", "足裏 = sole; #4 \\ end", "Sole" * 100, "Two\nlines\tand\x00more"]


def chapters(titles: list[str]) -> list[Chapter]:
    """Chapters of slightly more than ten seconds each."""
    length = 10 * SECOND + 7
    return [Chapter(number * length, (number + 1) * length, title) for number, title in enumerate(titles)]


def write_file(folder: Path, titles: list[str], tags: Tags = TAGS, cover: bytes | None = PICTURE) -> Path:
    path = folder / "x.mp3"
    parts = chapters(titles)
    mix = MadeMix(parts[-1].stop if parts else SECOND, [(0, "silence", None)], [], 1)
    write_mp3(mix, path, chapters=parts, tags=tags, cover=cover)
    return path


def read_with_mutagen(path: Path) -> Any:
    return ID3(path)


def test_ffprobe_reads_chapters_in_time_order_and_every_tag(tmp_path: Path) -> None:
    found = probe(write_file(tmp_path, TITLES))
    assert [chapter["tags"]["title"] for chapter in found["chapters"]] == [clip_tag_text(title) for title in TITLES]
    for given_chapter, chapter in zip(chapters(TITLES), found["chapters"], strict=True):
        assert abs(float(chapter["start_time"]) - given_chapter.start / SECOND) <= 0.0005
        assert abs(float(chapter["end_time"]) - given_chapter.stop / SECOND) <= 0.0005
    tags = found["format"]["tags"]
    assert (tags["title"], tags["artist"], tags["album"], tags["genre"]) == (
        "Home foot massage",
        "Ann",
        "voiceguide",
        "Speech",
    )
    assert tags["language"] == "deu"
    assert tags["comment"] == "Soak, stroke, ankles, soles."


def test_mutagen_reads_the_table_of_contents_and_the_picture(tmp_path: Path) -> None:
    tag = read_with_mutagen(write_file(tmp_path, TITLES))
    assert tag.version == (2, 3, 0)
    (table,) = tag.getall("CTOC")
    assert table.child_element_ids == [f"chp{number}" for number in range(len(TITLES))]
    assert int(table.flags) == 3
    assert [tag[f"CHAP:{name}"].sub_frames["TIT2"].text[0] for name in table.child_element_ids] == [
        clip_tag_text(title) for title in TITLES
    ]
    assert {frame.start_offset for frame in tag.getall("CHAP")} == {0xFFFFFFFF}
    (picture,) = tag.getall("APIC")
    assert (picture.type, picture.mime, picture.data) == (3, "image/jpeg", PICTURE)
    assert tag["TLEN"].text == [str(round((10 * SECOND + 7) * len(TITLES) / 48))]


def test_more_chapters_than_one_table_holds(tmp_path: Path) -> None:
    titles = [f"Step {number}" for number in range(600)]
    path = tmp_path / "x.mp3"
    parts = [Chapter(number * 4800, (number + 1) * 4800, title) for number, title in enumerate(titles)]
    write_mp3(MadeMix(600 * 4800, [(0, "silence", None)], [], 1), path, chapters=parts, tags=Tags("x"))
    tag = read_with_mutagen(path)
    tables = {table.element_id: table for table in tag.getall("CTOC")}
    assert tables["toc"].child_element_ids == ["toc0", "toc1", "toc2"]
    names = [name for child in tables["toc"].child_element_ids for name in tables[child].child_element_ids]
    assert [tag[f"CHAP:{name}"].sub_frames["TIT2"].text[0] for name in names] == titles
    assert [chapter["tags"]["title"] for chapter in probe(path)["chapters"]] == titles


def test_a_file_with_a_title_alone_has_no_empty_tags(tmp_path: Path) -> None:
    tag = read_with_mutagen(write_file(tmp_path, [], Tags("Just this"), cover=None))
    assert sorted(tag) == ["TIT2", "TLEN"]


def test_the_plan_is_read_back(tmp_path: Path) -> None:
    assert read_id3_plan(write_file(tmp_path, TITLES)) == TAGS.plan
    assert read_id3_plan(write_file(tmp_path, TITLES, Tags("x"))) is None
    assert read_id3_plan(write_file(tmp_path, [], Tags("x", plan=b""))) == b""


def test_ffmpeg_decodes_the_audio_after_any_tag(tmp_path: Path) -> None:
    path = write_file(tmp_path, TITLES)
    command = [find_ffmpeg(), "-v", "error", "-i", str(path), "-map", "0:a", "-f", "s16le", "-"]
    result = subprocess.run(command, capture_output=True, check=True)
    assert len(result.stdout) // 2 == (10 * SECOND + 7) * len(TITLES)


@settings(max_examples=100, deadline=None)
@given(title=st.text(), comment=st.text(), titles=st.lists(st.text(), max_size=5), plan=st.none() | st.binary())
def test_any_text_makes_a_tag_that_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, title: str, comment: str, titles: list[str], plan: bytes | None
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.mp3"
    path.write_bytes(
        build_id3_tag(Tags(title, comment=comment, plan=plan), chapters(titles), None, SECOND) + bytes(400)
    )
    tag = read_with_mutagen(path)
    assert [str(frame) for frame in tag.getall("TIT2")] == [clip_tag_text(title)] * bool(clip_tag_text(title))
    assert [str(frame) for frame in tag.getall("COMM")] == [clip_tag_text(comment)] * bool(clip_tag_text(comment))
    assert len(tag.getall("CHAP")) == len(titles)
    assert read_id3_plan(path) == plan


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 2000), value=st.integers(0, 255), cut=st.integers(0, 2000))
def test_a_damaged_tag_never_raises(tmp_path_factory: pytest.TempPathFactory, at: int, value: int, cut: int) -> None:
    data = bytearray(build_id3_tag(TAGS, chapters(TITLES), None, SECOND))
    data[at % len(data)] = value
    path = tmp_path_factory.getbasetemp() / "damaged.mp3"
    path.write_bytes(data[: len(data) - cut % len(data)])
    assert read_id3_plan(path) in (TAGS.plan, None)


def test_a_plan_that_decompresses_to_gigabytes_is_rejected() -> None:
    compressor = zlib.compressobj(1)
    bomb = b"".join(compressor.compress(bytes(1 << 24)) for _ in range(5)) + compressor.flush()
    assert decompress_plan(bomb) is None
    assert decompress_plan(compress_plan(b"x")) == b"x"
    assert decompress_plan(compress_plan(b"x")[:-1]) is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  two \n lines\t", "two lines"),
        ("a\x00b\x07c", "a b c"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
        ("\ud800", ""),
    ],
)
def test_a_title_is_one_line_of_bounded_length(text: str, line: str) -> None:
    assert clip_tag_text(text) == line


@pytest.mark.parametrize(
    ("language", "code"),
    [("en-US", "eng"), ("de", "deu"), ("pt-BR", "por"), ("gsw", "gsw"), ("xx", "und"), ("", "und")],
)
def test_language_codes_have_three_letters(language: str, code: str) -> None:
    assert iso_639_2_code(language) == code


@given(st.text(min_size=1), st.text(min_size=1))
def test_what_is_written_for_ffmpeg_reads_back(title: str, chapter: str) -> None:
    title, chapter = clip_tag_text(title) or "A", clip_tag_text(chapter) or "B"
    chapters = [Chapter(0, 480_000, chapter), Chapter(480_000, 960_001, "= ; # \\ \n end")]
    tags, found = parse_ffmetadata(format_ffmetadata(Tags(title=title, language="de"), chapters, {"extra": "a=b"}))
    assert (tags["title"], tags["language"], tags["extra"]) == (title, "deu", "a=b")
    assert [(each.start, each.stop) for each in found] == [(0, 480_000), (480_000, 960_001)]
    assert [each.title for each in found] == [chapter, clip_tag_text("= ; # \\ \n end")]


@pytest.mark.parametrize(
    "chapter", ["START=x\nEND=1", "END=1", "TIMEBASE=1/0\nSTART=0\nEND=1", "TIMEBASE=1\nSTART=0\nEND=1"]
)
def test_damaged_chapters_are_errors(chapter: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|not a positive number|not enough values"):
        parse_ffmetadata(f";FFMETADATA1\n[CHAPTER]\n{chapter}\n")
