"""Every name in `names` and every format in the table is known wherever it matters."""

from __future__ import annotations

import json
from importlib import import_module

import pytest
from click.testing import CliRunner

from voiceguide.audio.chimes.presets import CHIMES
from voiceguide.builtin_names import BED_NAMES, BEDS, CHIME_NAMES, NONE, BedInfo
from voiceguide.cli.main import cli
from voiceguide.encode.formats import FORMATS, format_for_file_name
from voiceguide.script.model.bed_layers import parse_bed
from voiceguide.script.model.json_schema import script_json_schema
from voiceguide.script.model.value_parsers import parse_chime


def test_every_chime_has_a_preset() -> None:
    assert (*CHIMES, NONE) == CHIME_NAMES


@pytest.mark.parametrize("name", BEDS)
def test_every_bed_has_a_module(name: str) -> None:
    assert callable(import_module(f"voiceguide.audio.beds.{BEDS[name].module}").make)


def test_names_are_read_in_scripts_and_offered_by_editors() -> None:
    schema = json.dumps(json.loads(script_json_schema()))
    assert json.dumps(list(BED_NAMES)) in schema
    assert json.dumps(list(CHIME_NAMES)) in schema
    assert [parse_bed(name) for name in BED_NAMES] == list(BED_NAMES)
    assert [parse_chime(name) for name in CHIME_NAMES] == list(CHIME_NAMES)


def test_one_entry_is_all_that_the_commands_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bed that is added to its table is listed, and a format is offered, without another change."""
    monkeypatch.setitem(BEDS, "fire", BedInfo("Fire", "A fireplace.", "rain"))
    assert "A fireplace." in CliRunner().invoke(cli, ["bed"]).stdout
    assert all(name in CliRunner().invoke(cli, ["build", "--help"]).stdout for name in FORMATS)


@pytest.mark.parametrize(("file", "name"), [("a.mp3", "mp3"), ("A.M4A", "m4b"), ("x.y.ogg", "opus"), ("a.wav", "wav")])
def test_a_format_is_known_by_any_of_its_extensions(file: str, name: str) -> None:
    assert format_for_file_name(file) is FORMATS[name]


@pytest.mark.parametrize("file", ["mp3", "a.yaml", "", "a."])
def test_other_files_have_no_format(file: str) -> None:
    assert format_for_file_name(file) is None
