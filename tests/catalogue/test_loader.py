"""The catalogue file: every mistake with its line and column, and its JSON schema."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

import voiceguide
from tests.catalogue.catalogues import ALL_VARIANTS, CATALOGUE, FEED
from voiceguide.catalogue.config.loader import catalogue_json_schema, load_catalogue
from voiceguide.errors import ScriptError, VoiceguideError

GOOD = CATALOGUE.format(output="published", more=FEED, variants=ALL_VARIANTS)
SCHEMA = Path(voiceguide.__file__).with_name("catalogue.schema.json")
MISTAKES = {
    "": "1:1: The catalogue is empty. Start with catalogue: 1, output: and sessions:.",
    "- a": "1:1: A catalogue is a group of keys. Start with catalogue: 1, output: and sessions:.",
    "catalogue: 1\nstages: []": (
        "2:1: stages: This is a script, not a catalogue. Start with catalogue: 1, output: and sessions:."
    ),
    "catalogue: 2\noutput: a\nsessions: [{scripts: [a]}]": (
        '1:12: catalogue: "2" is not a supported version of the catalogue. Write catalogue: 1.'
    ),
    "catalogue: 1\nsessions: [{scripts: [a]}]": (
        "1:1: A catalogue needs an output, such as output: published/ or output: s3://bucket/folder."
    ),
    "catalogue: 1\noutput: a\nsesions: [{scripts: [a]}]": (
        '3:1: sesions: Unknown key "sesions". Did you mean "sessions"?'
    ),
    "catalogue: 1\noutput: a\nsessions: [{script: [a]}]": (
        '3:13: sessions[0].script: Unknown key "script". Did you mean "scripts"?'
    ),
    "catalogue: 1\noutput: a\nsessions: [{scripts: a.yaml}]": (
        "3:22: sessions[0].scripts: scripts takes a list. Write scripts: [a.yaml]."
    ),
    "catalogue: 1\noutput: a\nsessions: [{scripts: []}]": (
        "3:22: sessions[0].scripts: scripts is empty. Add at least one entry."
    ),
    "catalogue: 1\noutput: a\nsessions: [{scripts: [a], formats: [mp4]}]": (
        '3:37: sessions[0].formats[0]: "mp4" is not an audio format. Write mp3, m4b, opus, flac or wav.'
    ),
    "catalogue: 1\noutput: a\nsessions: [{scripts: [a], formats: [{format: mp3, bitrate: 1.5}]}]": (
        '3:60: sessions[0].formats[0].bitrate: "1.5" is out of range. Write a bit rate in kb/s, from 8 to 512.'
    ),
    "catalogue: 1\noutput: a\nsessions: [{scripts: [a], formats: [{bitrate: 64}]}]": (
        "3:37: sessions[0].formats[0]: This entry needs a format, such as format: mp3."
    ),
    "catalogue: 1\noutput: a\nsessions: [a]": (
        "3:12: sessions[0]: An entry of sessions is a group of keys. Write - scripts: [routines/*.yaml]."
    ),
    "catalogue: 1\noutput: a\nsessions: [{scripts: [a]}]\nfeed: {author: A, title: T, address: x, description: D}": (
        '4:38: feed.address: "x" is not a web address. Write one such as https://example.com/audio/.'
    ),
    "catalogue: 1\noutput: a\nsessions: [{scripts: [a]}]\nfeed: yes": (
        "4:7: feed: A feed is a group of keys. Write title:, description:, author: and address:."
    ),
    "catalogue: 1\noutput: a\nsessions: []": "3:11: sessions: sessions is empty. Add at least one entry.",
    "catalogue: 1\noutput: https://example.com/x\nsessions: [{scripts: [a]}]": (
        '2:9: output: "https://example.com/x" is not a folder or a bucket. The address of a bucket starts with s3://, '
        "gs:// or az://."
    ),
    "catalogue: 1\noutput: s3://\nsessions: [{scripts: [a]}]": (
        "2:9: output: The bucket is missing: write s3://bucket/folder."
    ),
    "catalogue: 1\noutput: a\nshared: az:///x\nsessions: [{scripts: [a]}]": (
        "3:9: shared: The bucket is missing: write az://bucket/folder."
    ),
    "catalogue: 1\noutput: s3:/bucket\nsessions: [{scripts: [a]}]": (
        '2:9: output: "s3:/bucket" is not complete. Write s3://bucket/folder.'
    ),
    "catalogue: 1\noutput: &a b\nsessions: [{scripts: [a]}]": (
        '2:9: output: "&" starts a YAML anchor, so the word after it would be lost. Put the text in quotes.'
    ),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_every_mistake_is_reported_at_its_place(text: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text)
    with pytest.raises(ScriptError) as caught:
        load_catalogue(path)
    assert str(caught.value) == f"{path}:{MISTAKES[text]}"


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("catalogue: 3\noutputs: a\nsessions: [{scripts: [a], voices: b}]\n")
    with pytest.raises(ScriptError) as caught:
        load_catalogue(path)
    assert [problem.line for problem in caught.value.problems] == [1, 2, 3]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VoiceguideError, match=r"none\.yaml does not exist\. Check its name\.$"):
        load_catalogue(tmp_path / "none.yaml")
    with pytest.raises(VoiceguideError, match=r"is a folder\. Specify a catalogue in it, such as .*/catalogue\.yaml\."):
        load_catalogue(tmp_path)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(b"\0\1\2")
    with pytest.raises(ScriptError, match=r"Save it as plain text, in UTF-8\."):
        load_catalogue(path)


def test_the_schema_is_up_to_date_and_accepts_what_the_reader_accepts() -> None:
    assert SCHEMA.read_text("utf-8") == catalogue_json_schema()
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))
    assert list(validator.iter_errors(yaml.safe_load(GOOD))) == []
    for text in MISTAKES:
        data = yaml.safe_load(text)
        assert (
            list(validator.iter_errors(data))
            or "://" in text
            or "s3:/" in text
            or "&" in text
            or "1.5" in text
            or "bitrate" in text
        )


def test_the_home_folder_is_meant_by_a_tilde(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("catalogue: 1\noutput: ~/x\nshared: C:/work\nsessions: [{scripts: [a]}]")
    catalogue = load_catalogue(path).catalogue
    assert (catalogue.output, catalogue.shared) == (str(Path.home() / "x"), "C:/work")


def test_the_keys_are_read(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(GOOD)
    catalogue = load_catalogue(path).catalogue
    assert catalogue.sessions[0].scripts == ("routines/*.yaml",)
    assert catalogue.sessions[0].formats[0].format == "mp3"
    assert catalogue.feed is not None
    assert catalogue.feed.address == "https://example.com/audio/"
