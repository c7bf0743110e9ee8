"""One file is all that a language needs: a language that exists only in a temporary folder works everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import voiceguide.languages as languages
from voiceguide.cli.main import cli
from voiceguide.drafting.text.language_guess import guess_language
from voiceguide.languages import LANGUAGES, language_for
from voiceguide.languages.model import PHRASES
from voiceguide.metadata.tags import iso_639_2_code
from voiceguide.script.loader import load_script
from voiceguide.speech.phrases import MissingPhrasesError, load_phrases
from voiceguide.speech.text_normalization import normalize_text
from voiceguide.timeline.model import Line
from voiceguide.timeline.speech_estimate import estimate_speech_length
from voiceguide.units import DurationError, parse_duration

CODE = "eo"
"""Esperanto, which num2words knows."""
FILE = f'''
import re

from voiceguide.languages.model import Language, Rule, Unit

_SECOND, _MINUTE, _HOUR = Unit("sekundo", "sekundoj"), Unit("minuto", "minutoj"), Unit("horo", "horoj")

LANGUAGE = Language(
    code="{CODE}",
    iso_639_2="epo",
    first_stage="Alveni",
    first_words="Sidu komforte, kaj elspiru malrapide.",
    common_words="la kaj kun por vi ne estas sur tiam malrapide via viaj",
    pressure_words=("prem", "masaĝ"),
    characters_per_second=10.0,
    phrases={{
        **dict.fromkeys({list(PHRASES)!r}, "frazo"),
        "join": " kaj ",
        "remaining": "Ankoraŭ {{time}}.",
        "half": "Duono.",
        "minutes": "{{number}} minutoj",
        "opening_title": "Antaŭ la komenco",
    }},
    thousands_separators=".",
    decimal_separators=",",
    point_word="komo",
    decimals_digit_by_digit=True,
    minus_word="minus",
    ordinals=(Rule(re.compile(r"(\\d+)-a\\b"), lambda found, numbers: numbers.ordinal(found[1])),),
    units={{
        "s": _SECOND, "sekundoj": _SECOND, "min": _MINUTE, "minutoj": _MINUTE, "h": _HOUR, "horoj": _HOUR,
        "m": Unit("metro", "metroj"), "x": Unit("fojo", "fojoj"),
    }},
    and_half_template="{{number}} kaj duona {{many}}",
    half_unit_templates={{"": "duona {{one}}"}},
    fraction_words={{(1, 2): "duono"}},
    fraction_of_unit_template="{{part}} de {{one}}",
    mixed_number_template="{{number}} kaj {{part}}",
    to_word="ĝis",
    of_word="el",
    times_word="fojojn",
    per_word="por",
    or_word="aŭ",
    abbreviations={{"ktp.": "kaj tiel plu"}},
    number_prefixes={{"n-ro": "numero"}},
    symbol_words={{"&": "kaj"}},
)
'''
SCRIPT = f"""
voiceguide: 1
title: Piedoj
language: {CODE}
needs: [oleo, akvo]
stages:
  - stage: Komenco
    steps:
      - {{say: Premu la piedon dum 30 s., for: 4m, cues: [{{at: half, say: "{{remaining}}"}}]}}
"""


@pytest.fixture
def esperanto(tmp_path: Path) -> Iterator[Path]:
    """A folder that belongs to the package for the length of a test."""
    assert CODE not in list(LANGUAGES)
    (tmp_path / f"{CODE}.py").write_text(FILE, encoding="utf-8")
    languages.__path__.append(str(tmp_path))
    language_for.cache_clear()
    yield tmp_path
    languages.__path__.remove(str(tmp_path))
    sys.modules.pop(f"voiceguide.languages.{CODE}", None)
    language_for.cache_clear()


@pytest.mark.usefixtures("esperanto")
def test_it_is_spoken() -> None:
    assert CODE in list(LANGUAGES)
    assert normalize_text("Ripozu 2 min & la 3-a ktp.", "eo-XX") == "Ripozu du minutoj kaj la tria kaj tiel plu."
    phrases = load_phrases(CODE)
    assert phrases.sentence("remaining", time=phrases.spoken_duration(240)) == "Ankoraŭ kvar minutoj."
    assert phrases.join_list(["oleo", "akvo"]) == "oleo kaj akvo"
    with pytest.raises(MissingPhrasesError, match=f"{CODE}, "):
        load_phrases("qaa")


@pytest.mark.usefixtures("esperanto")
def test_scripts_and_instructions_in_it_are_understood() -> None:
    assert guess_language("Tenu la piedon kun ambaŭ manoj kaj premu malrapide.") == CODE
    (warning,) = load_script("s.yaml", SCRIPT.encode()).warnings
    assert "pressure" in warning.message
    with pytest.raises(DurationError, match=r"Write 3m or 180s\."):
        parse_duration("3 minutoj")


@pytest.mark.usefixtures("esperanto")
def test_its_speech_is_estimated_and_its_files_are_tagged() -> None:
    lengths = [estimate_speech_length(Line(("piedo" * 20,), "", 1.0, tag)).samples for tag in ("en", CODE)]
    assert lengths[1] == pytest.approx(2.1 * lengths[0], abs=2)
    assert iso_639_2_code(CODE) == "epo"


def test_the_commands_use_it(esperanto: Path) -> None:
    path = esperanto / "piedoj.yaml"
    path.write_text(SCRIPT, encoding="utf-8")
    table = CliRunner().invoke(cli, ["plan", str(path)])
    assert table.exit_code == 0, table.stderr
    assert "Antaŭ la komenco" in table.stdout
    assert re.search(r"Premu la piedon", table.stdout)


def test_editors_offer_it(esperanto: Path) -> None:
    program = (
        f"import voiceguide.languages as languages; languages.__path__.append({str(esperanto)!r});"
        "from voiceguide.script.model.json_schema import script_json_schema; print(script_json_schema())"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert f", {CODE}, " in finished.stdout
