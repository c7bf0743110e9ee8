"""All formats except MP3: exact length, chapters, tags, cover and plan, read by other programs."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from mutagen.flac import FLAC
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from tests.metadata.test_tags import PICTURE, TAGS, TITLES, chapters
from tests.support.long_forms import few
from tests.support.mixes import FRAME, SECOND, MadeMix, Samples, pink
from tests.support.programs import probe
from voiceguide.encode.ffmpeg_writer import BLOCK_SAMPLES, write_with_ffmpeg
from voiceguide.encode.formats import FORMATS
from voiceguide.encode.mp3_writer import write_mp3
from voiceguide.errors import ExportError
from voiceguide.metadata.embedded_plan import append_embedded_plan, read_embedded_plan
from voiceguide.metadata.tags import Tags, clip_tag_text
from voiceguide.system.ffmpeg import run_ffmpeg

OTHER_FORMATS = [name for name in FORMATS if name != "mp3"]
PARTS = chapters(TITLES)


@functools.cache
def loop() -> Samples:
    return pink(500 * FRAME, 2, 1, 0.03)


def session(samples: int = PARTS[-1].stop, channels: int = 2) -> MadeMix:
    return MadeMix(samples, [(0, "bed", loop()[:, :channels])], [], channels)


def written(path: Path, kind: str, mix: MadeMix | None = None, **options: Any) -> Path:
    write_with_ffmpeg(mix or session(), path, kind, **{"chapters": PARTS, "tags": TAGS, "cover": PICTURE, **options})
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The session in each format. The tests must not change these files."""
    folder = tmp_path_factory.mktemp("files")
    return {kind: written(folder / f"x.{kind}", kind) for kind in OTHER_FORMATS}


def decoded(path: Path, channels: int = 2) -> Samples:
    data = run_ffmpeg(["-i", str(path), "-map", "0:a", "-f", "f32le", "pipe:1"], action="decode")
    return np.frombuffer(data, np.float32).reshape(-1, channels)


@pytest.mark.parametrize("kind", OTHER_FORMATS)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("samples", few(2, [1023, BLOCK_SAMPLES + 1, 1025, BLOCK_SAMPLES]))
def test_the_length_is_exact_to_the_sample(kind: str, channels: int, samples: int, tmp_path: Path) -> None:
    path = written(tmp_path / "x", kind, session(samples, channels), chapters=[])
    assert len(decoded(path, channels)) == samples


@pytest.mark.parametrize(
    ("kind", "min_snr_db"), [("wav", 60), ("flac", 60), ("m4b", 9), ("opus", 3)], ids=["wav", "flac", "m4b", "opus"]
)
def test_the_decoded_audio_is_the_mix_without_a_shift(kind: str, min_snr_db: float, tmp_path: Path) -> None:
    mix = session(10 * SECOND)
    audio, source = decoded(written(tmp_path / "x", kind, mix, chapters=[])), mix.render(0, mix.total)
    assert 10 * np.log10((source**2).mean() / ((audio - source) ** 2).mean()) > min_snr_db
    shifted_by_one = np.corrcoef(audio[1:, 0], source[:-1, 0])[0, 1]
    assert np.corrcoef(audio[:, 0], source[:, 0])[0, 1] > shifted_by_one


@pytest.mark.parametrize("kind", few(1, ["m4b", "opus", "flac"]))
def test_ffprobe_reads_chapters_tags_and_cover(kind: str, files: dict[str, Path]) -> None:
    found = probe(files[kind])
    assert [chapter["tags"]["title"] for chapter in found["chapters"]] == [clip_tag_text(title) for title in TITLES]
    for part, chapter in zip(PARTS, found["chapters"], strict=True):
        assert abs(float(chapter["start_time"]) - part.start / SECOND) <= 0.001
    audio = next(stream for stream in found["streams"] if stream["codec_type"] == "audio")
    tags = audio["tags"] if kind == "opus" else found["format"]["tags"]
    texts = [tags[name] for name in ("title", "artist", "album", "genre", "comment")]
    assert texts == ["Home foot massage", "Ann", "voiceguide", "Speech", "Soak, stroke, ankles, soles."]
    assert "creation_time" not in tags
    assert [stream["width"] for stream in found["streams"] if stream["codec_type"] == "video"] == [64]


def test_mutagen_reads_the_format_specific_tags(files: dict[str, Path]) -> None:
    book: Any = MP4(files["m4b"])
    assert book.tags["covr"] == [PICTURE]
    assert book.tags["stik"] == [2]
    assert [chapter.title for chapter in book.chapters] == [clip_tag_text(title) for title in TITLES]
    flac: Any = FLAC(files["flac"])
    assert (flac.pictures[0].type, flac.pictures[0].data) == (3, PICTURE)
    opus: Any = OggOpus(files["opus"])
    for tags in (flac.tags, opus.tags):
        assert tags["CHAPTER001"] == ["00:00:00.000"]
        assert tags["CHAPTER002"] == ["00:00:10.000"]
        assert tags["CHAPTER002NAME"] == ["Stroke, left foot"]
        assert tags["LANGUAGE"] == ["deu"]
    assert "metadata_block_picture" in opus.tags


@pytest.mark.parametrize("kind", few(1, OTHER_FORMATS))
def test_the_same_session_gives_the_same_bytes(kind: str, files: dict[str, Path], tmp_path: Path) -> None:
    assert written(tmp_path / "again", kind).read_bytes() == files[kind].read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("plan", few(1, [bytes(range(256)) * 1000, b"", b"{}"]), ids=["large", "empty", "small"])
def test_the_plan_is_read_back_and_the_audio_is_unchanged(kind: str, plan: bytes, tmp_path: Path) -> None:
    path, mix, tags = tmp_path / f"x.{kind}", session(SECOND), Tags("x", plan=plan)
    if kind == "mp3":
        write_mp3(mix, path, tags=tags)
    else:
        write_with_ffmpeg(mix, path, kind, tags=tags, cover=PICTURE)
    assert read_embedded_plan(path) == plan
    assert len(decoded(path)) == SECOND
    assert probe(path)["format"]["format_name"]


@pytest.mark.parametrize("kind", OTHER_FORMATS)
def test_without_a_plan_there_is_none(kind: str, tmp_path: Path) -> None:
    path = written(tmp_path / "x", kind, session(SECOND), tags=Tags("x"), chapters=[])
    assert read_embedded_plan(path) is None


def test_a_wav_of_more_than_four_gigabytes_can_have_a_plan(tmp_path: Path) -> None:
    """Such a file is an RF64, which stores its sizes elsewhere. A small RF64 has the same structure."""
    path = tmp_path / "x.wav"
    source = ["-f", "lavfi", "-i", "sine=d=1:r=48000", "-rf64", "always", "-f", "wav", str(path)]
    run_ffmpeg(source, action="write a file")
    before = decoded(path, 1)
    append_embedded_plan(path, b"plan!")
    assert read_embedded_plan(path) == b"plan!"
    assert np.array_equal(decoded(path, 1), before)
    assert int.from_bytes(path.read_bytes()[20:28], "little") == path.stat().st_size - 8


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=st.sampled_from(OTHER_FORMATS))
def test_a_damaged_file_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, kind: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = folder / f"whole.{kind}"
    if not whole.exists():
        written(whole, kind, session(SECOND // 10))
    broken = bytearray(whole.read_bytes())
    for _ in range(data.draw(st.integers(0, 5))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    path = folder / f"broken.{kind}"
    path.write_bytes(broken[: data.draw(st.integers(0, len(broken)))])
    assert read_embedded_plan(path) in (TAGS.plan, None)


def test_an_empty_session_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ExportError) as caught:
        written(tmp_path / "x.wav", "wav", session(0))
    assert (
        str(caught.value)
        == f"{tmp_path / 'x.wav'} could not be written: the session is empty. Add a step to the script."
    )


@pytest.mark.parametrize("kind", ["opus", "wav", "flac"])
def test_a_full_disk_is_reported(kind: str) -> None:
    with pytest.raises(ExportError) as caught:
        write_with_ffmpeg(session(20 * SECOND), Path("/dev/full"), kind, tags=Tags("x"))
    assert str(caught.value) == "ffmpeg could not write /dev/full: the disk is full. Free some space and try again."


def test_a_name_that_looks_like_a_protocol_or_an_option_is_a_file_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("12:30 rain.wav", "-y.wav", "http:x.wav", "a%03d.wav", "naïve 足.wav"):
        assert len(decoded(written(tmp_path / name, "wav", session(1000)).absolute())) == 1000
        write_with_ffmpeg(session(1000), Path(name), "wav", tags=Tags("x"))


def test_progress_rises_to_the_total(tmp_path: Path) -> None:
    reported: list[int] = []
    written(tmp_path / "x", "wav", progress=reported.append)
    assert reported == sorted(reported)
    assert reported[-1] == session().total
