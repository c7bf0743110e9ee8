"""Folders and buckets: whole files only, and only over the version that the writer knows."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.catalogue.catalogues import built, prepared, write_catalogue, write_scripts
from tests.support.s3_server import S3Server
from voiceguide.catalogue.store import ANY_VERSION, FileChangedError, Store, is_bucket, open_store
from voiceguide.errors import ExportError

NAME = "Füße/evening & night~1.mp3"
TEXT = "text/plain"


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    address = request.getfixturevalue("bucket") if request.param == "bucket" else str(tmp_path / "out")
    return open_store(address)


def test_a_file_is_written_read_listed_and_deleted(store: Store, tmp_path: Path) -> None:
    assert store.list() == {}
    assert store.read(NAME) is None
    assert store.checksum(NAME) == ""
    source = tmp_path / "source"
    source.write_bytes(b"sound")
    stored = store.write(NAME, source, TEXT, None)
    assert store.list()[NAME] == stored
    assert (stored.size_bytes, store.read(NAME)) == (5, b"sound")
    assert store.checksum(NAME) == hashlib.sha256(b"sound").hexdigest()
    store.delete([NAME, "never there"])
    assert NAME not in store.list()


def test_only_the_known_version_is_replaced(store: Store) -> None:
    first = store.write(NAME, b"one", TEXT, None)
    with pytest.raises(FileChangedError, match=r"evening & night~1\.mp3 was not replaced: another run"):
        store.write(NAME, b"two", TEXT, None)
    second = store.write(NAME, b"two", TEXT, first)
    with pytest.raises(FileChangedError):
        store.write(NAME, b"three", TEXT, first)
    assert store.read(NAME) == b"two"
    assert store.list()[NAME] == second
    store.write(NAME, b"four", TEXT, ANY_VERSION)
    assert store.read(NAME) == b"four"


@pytest.mark.parametrize("name", ["../precious.txt", "a/../../precious.txt", "{}/precious.txt", ""])
def test_a_name_never_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    name = name.format(tmp_path)
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    store = open_store(str(tmp_path / "out"))
    for use in (lambda: store.delete(["fine", name]), lambda: store.write(name, b"", TEXT, ANY_VERSION)):
        with pytest.raises(ExportError, match=r" is not a file in .*out\. Check where this name comes from\."):
            use()
    assert precious.read_text() == "mine"


def test_what_players_are_told_about_a_file(bucket: str) -> None:
    from obstore.store import from_url

    open_store(bucket).write("a.vtt", b"WEBVTT", "text/vtt; charset=utf-8", None)
    found = from_url(bucket, client_options={"allow_http": True}).get("a.vtt")
    assert found.attributes["Content-Type"] == "text/vtt; charset=utf-8"


@pytest.mark.parametrize(
    ("address", "expected"), [("s3://b/c", True), ("gs://b", True), ("out/", False), ("C:\\out", False)]
)
def test_what_is_a_bucket(address: str, expected: bool) -> None:
    assert is_bucket(address) is expected


def test_mistakes_in_an_address_are_explained(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExportError, match=r'foo://a cannot be used: Unable to recognise URL "foo://a"\. Use a folder'):
        open_store("foo://a")
    with pytest.raises(ExportError, match=r"s3://none could not be listed: The specified bucket does not exist\."):
        open_store("s3://none").list()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(ExportError, match=r"access was denied\. Check the keys in the environment"):
        open_store("s3://sessions").list()


def test_a_catalogue_in_a_bucket(bucket: str, tmp_path: Path) -> None:
    """As in a folder: built once, changed where it says something else, pruned."""
    write_scripts(tmp_path, "evening", "morning")
    catalogue = write_catalogue(tmp_path, output=bucket, more="    sidecars: [vtt]\n")
    assert len(built(catalogue)) == 4
    assert built(catalogue) == {}
    write_scripts(tmp_path, "evening", soak="Breathe.")
    assert built(catalogue) == {"evening.mp3": "built", "evening-short.mp3": "unchanged"}
    store = open_store(bucket)
    store.delete(["morning.vtt"])
    assert built(catalogue) == {"morning.mp3": "built"}
    (tmp_path / "routines/morning.yaml").unlink()
    run = prepared(catalogue)
    assert len(run.stale) == 2
    run.prune()
    assert sorted(store.list()) == [
        "catalogue.manifest.json", "evening-short.mp3", "evening-short.vtt", "evening.mp3", "evening.vtt"
    ]  # fmt: skip
