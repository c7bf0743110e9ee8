"""How numbers, abbreviations and marks are read: the tables in tests/data/readings, and properties of every reading."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest

from voiceguide.languages import LANGUAGES
from voiceguide.speech.text_normalization import normalize_text

FOLDER = Path(__file__).parents[1] / "data" / "readings"
NEVER_SPOKEN = re.compile(r"[\d%°$€£&+=@#<>/{}\[\]()\"″′]")
SENTENCES = 5000 if os.environ.get("VOICEGUIDE_FAULTS") == "all" else 1000
"""For each language: 4,000 in all, or 20,000 in `make soak`."""
FRAGMENTS = (
    "5…4…3…2…1", "3..5", "in-2-3-4", "4 - 7 - 8", "4:7:8", "7-11", "5-5", "5 - 3 = 2", "1'30\"", "5'", "24/7", "km/h",
    "01/02/2023", "2023-05-01", "www.example.com", "https://www.example.com/foot?x=1", "1990", "18:05", "6:30-7:15",
    "1/5", "7/10", "10/x", "30s", "30 s", "1:30", "1h30", "2½ min", "½", "37–40 °C", "-5 °C", "50 %", "3x", "x10",
    "(x3)",
    "3 x 30s", "2 x 10", "L4–L5", "C1-C7", "L5/S1", "10 000", "1,000", "1.000", "2.5", "2,5", "$5-10", "€3", "3,50 €",
    "555-123-4567", "+49 151 2345678", "007", "01", "IV", "II", "Ⅳ", "1.", "2nd", "1er", "3º", "4 kg", "5 m", "100m",
    "#6", "~10", "< 5", "≥ 3", "±2", "①", "３", "8 ml/kg", "min. 5", "5 in.", "90s", "90er", "p. 12", "no. 4",
    "1st–3rd", "6am-7am", "8–9 a.m.", "0:00", "99:99", "1/0", "12345678901234567", "5'5'5\"", "3-", "-3", "1-2-3",
)  # fmt: skip
WORDS = {
    "en": "hold the left foot and breathe slowly then rest your thumb on arch while toes turn",
    "de": "halte den linken Fuß und atme langsam dann ruht dein Daumen auf Gewölbe während müde Zehen höher kreisen",
    "es": "sujeta el pie izquierdo y respira despacio luego descansa más pulgar sobre líneas mientras músculos giran",
    "fr": "tenez le pied gauche et respirez puis séries reposez pouce mètres sur voûte pendant que légère paume tourne",
}
MARKS = (" ", " ", " ", " ", ", ", ". ", "; ", ": ", " - ", " – ", "... ", " (", ") ", '" ', "! ", "/")


def readings() -> list[tuple[str, str, str]]:
    """Return the rows of every table: the language, the phrase and how it is read."""
    rows = []
    for path in sorted(FOLDER.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            if line and not line.startswith("# "):
                phrase, reading = line.split("\t")
                rows.append((path.stem, phrase, reading))
    return rows


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_phrase_is_read_as_in_the_table(code: str) -> None:
    rows = [(phrase, reading) for language, phrase, reading in readings() if language == code]
    assert len(rows) >= 600
    assert len({phrase for phrase, _ in rows}) == len(rows)
    read = [(phrase, normalize_text(phrase, code)) for phrase, _ in rows]
    assert [pair for pair, expected in zip(read, rows, strict=True) if pair != expected] == []


def sentence(code: str, chance: random.Random) -> tuple[str, list[str]]:
    """Return a random sentence and its plain words."""
    parts, words = [], []
    for _ in range(chance.randint(1, 9)):
        if chance.random() < 0.4:
            parts.append(chance.choice(FRAGMENTS))
        else:
            words.append(chance.choice(WORDS[code].split()))
            parts.append(words[-1])
        mark = chance.choice(MARKS)
        parts.append(" " if mark == "/" and "www" in parts[-1] else mark)
    return "".join(parts), words


@pytest.mark.parametrize("code", LANGUAGES)
def test_nothing_unspoken_is_left_and_no_word_is_lost(code: str) -> None:
    chance = random.Random(22)
    for _ in range(SENTENCES):
        text, words = sentence(code, chance)
        read = normalize_text(text, code)
        assert not NEVER_SPOKEN.search(read.replace('"', "")), (text, read)
        assert normalize_text(read, code) == read, text
        rest = iter(re.findall(r"[^\W\d_]+", read.lower()))
        assert all(word.lower() in rest for word in words), (text, read)
