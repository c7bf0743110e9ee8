"""German."""

from __future__ import annotations

import re

from voiceguide.languages.model import Language, NumberWords, Rule, Unit

__all__ = ["LANGUAGE"]

_PHRASES = {
    "opening_title": "Bevor es losgeht",
    "needs": "Bitte bereitlegen: {items}.",
    "join": " und ",
    "half": "Halbzeit.",
    "remaining": "Noch {time}.",
    "elapsed": "{time} geschafft.",
    # {value} as written in the script, ideally in the form linke or rechte.
    "switch": "Jetzt die {value} Seite.",
    "number_of": "Schritt {number} von {steps}.",
    "next": "Als Nächstes: {next}.",
    "quiet": "Einfach weitermachen, {time}.",
    "quiet_minute": "eine stille Minute",
    "quiet_minute_and_half": "eineinhalb stille Minuten",
    "quiet_minutes": "{number} stille Minuten",
    # {number_m}, because the number and "einhalb" form a single word: zweieinhalb.
    "quiet_minutes_and_half": "{number_m}einhalb stille Minuten",
    "second": "eine Sekunde",
    "seconds": "{number} Sekunden",
    "minute": "eine Minute",
    "minutes": "{number} Minuten",
    "minute_and_half": "eineinhalb Minuten",
    "minutes_and_half": "{number_m}einhalb Minuten",
    "hour": "eine Stunde",
    "hours": "{number} Stunden",
    "hour_and_half": "eineinhalb Stunden",
    "hours_and_half": "{number_m}einhalb Stunden",
    "time_join": ", ",
}

_SECOND = Unit("Sekunde", "Sekunden", "f")
_MINUTE = Unit("Minute", "Minuten", "f")
_HOUR = Unit("Stunde", "Stunden", "f")
_LITRE = Unit("Liter", "Liter", "m")
_MILLILITRE = Unit("Milliliter", "Milliliter", "m")
_CELSIUS = Unit("Grad Celsius", "Grad Celsius", "m")

_UNITS = {
    "s": _SECOND,
    "sek": _SECOND,
    "Sek": _SECOND,
    "sec": _SECOND,
    "Sekunde": _SECOND,
    "Sekunden": _SECOND,
    "min": _MINUTE,
    "Min": _MINUTE,
    "Minute": _MINUTE,
    "Minuten": _MINUTE,
    "h": _HOUR,
    "Std": _HOUR,
    "Stunde": _HOUR,
    "Stunden": _HOUR,
    "mm": Unit("Millimeter", "Millimeter", "m"),
    "cm": Unit("Zentimeter", "Zentimeter", "m"),
    "m": Unit("Meter", "Meter", "m"),
    "km": Unit("Kilometer", "Kilometer", "m"),
    "km/h": Unit("Stundenkilometer", "Stundenkilometer", "m"),
    "mg": Unit("Milligramm", "Milligramm", "n"),
    "g": Unit("Gramm", "Gramm", "n"),
    "kg": Unit("Kilogramm", "Kilogramm", "n"),
    "ml": _MILLILITRE,
    "mL": _MILLILITRE,
    "cl": Unit("Zentiliter", "Zentiliter", "m"),
    "dl": Unit("Deziliter", "Deziliter", "m"),
    "l": _LITRE,
    "L": _LITRE,
    "Liter": _LITRE,
    "EL": Unit("Esslöffel", "Esslöffel", "m"),
    "TL": Unit("Teelöffel", "Teelöffel", "m"),
    "Hz": Unit("Hertz", "Hertz", "n"),
    "dB": Unit("Dezibel", "Dezibel", "n"),
    "kcal": Unit("Kilokalorie", "Kilokalorien", "f"),
    "%": Unit("Prozent", "Prozent", "n"),
    "°C": _CELSIUS,
    "° C": _CELSIUS,
    "ºC": _CELSIUS,
    "°F": Unit("Grad Fahrenheit", "Grad Fahrenheit", "m"),
    "°": Unit("Grad", "Grad", "m"),
    "€": Unit("Euro", "Euro", "m"),
    "$": Unit("Dollar", "Dollar", "m"),
    "£": Unit("Pfund", "Pfund", "n"),
    "Uhr": Unit("Uhr", "Uhr", "m"),
    "x": Unit("Mal", "Mal", "n"),
    "×": Unit("Mal", "Mal", "n"),
}

_ABBREVIATIONS = {
    "z. B.": "zum Beispiel",
    "z. T.": "zum Teil",
    "d. h.": "das heißt",
    "u. a.": "unter anderem",
    "u. U.": "unter Umständen",
    "o. Ä.": "oder Ähnliches",
    "usw.": "und so weiter",
    "etc.": "et cetera",
    "bzw.": "beziehungsweise",
    "ca.": "zirka",
    "evtl.": "eventuell",
    "ggf.": "gegebenenfalls",
    "inkl.": "inklusive",
    "max.": "maximal",
    "mind.": "mindestens",
    "sog.": "sogenannte",
    "vgl.": "vergleiche",
    "vs.": "gegen",
    "und/oder": "und oder",
    "Min.": "Minuten",
    "Sek.": "Sekunden",
    "Std.": "Stunden",
    "Dr.": "Doktor",
}

_TIME = re.compile(r"(?<![\w.,:])(\d{1,2})[:.]([0-5]\d) Uhr(?!\w)")
_ARTICLE = r"(?<!\w)(der|die|das|jede|jeder|jedes|dem|den|des|zum|zur|beim|am|im|vom|jedem|jeden)"
_ORDINAL_PAIR = re.compile(rf"(?:{_ARTICLE} |(?<![\w.,:]))(\d+)\. (und|oder|bis) (\d+)\.(?= \w)", re.IGNORECASE)
_ORDINAL = re.compile(rf"{_ARTICLE} (\d+)\.(?= \w)", re.IGNORECASE)
"""`1.` is as often the end of a sentence as an ordinal. Only an article or a pair shows that it is an ordinal."""
_NOMINATIVE_ARTICLES = ("der", "die", "das", "jede")


def _time(found: re.Match[str], numbers: NumberWords) -> str:
    return f"{numbers.cardinal(int(found[1]), 'm')} Uhr {numbers.clock_minutes(found[2])}".strip()


def _ordinal_pair(found: re.Match[str], numbers: NumberWords) -> str:
    article = found[1] or "die"
    pair = f"{_decline(article, found[2], numbers)} {found[3]} {_decline(article, found[4], numbers)}"
    return f"{found[1]} {pair}" if found[1] else pair


def _ordinal(found: re.Match[str], numbers: NumberWords) -> str:
    return f"{found[1]} {_decline(found[1], found[2], numbers)}"


def _decline(article: str, digits: str, numbers: NumberWords) -> str:
    stem = numbers.ordinal(digits)
    if article.lower() in _NOMINATIVE_ARTICLES:
        return stem
    return stem + {"jeder": "", "jedes": "s"}.get(article.lower(), "n")


def _inflect_number(words: str, gender: str) -> str:
    return {"eins": "eine" if gender == "f" else "ein"}.get(words, words)


LANGUAGE = Language(
    code="de",
    iso_639_2="deu",
    common_words="und der die das den mit für ein eine auf ist sie nicht zum dann dem ihre im",
    pressure_words=("press", "drück", "knet", "massag", "massier"),
    characters_per_second=19.5,
    phrases=_PHRASES,
    thousands_separators=".",
    decimal_separators=",.",
    point_word="Komma",
    decimals_digit_by_digit=True,
    minus_word="minus",
    inflect_number=_inflect_number,
    irregular_ordinals={7: "siebte"},
    ordinals=(Rule(_ORDINAL_PAIR, _ordinal_pair), Rule(_ORDINAL, _ordinal)),
    dates_and_times=(Rule(_TIME, _time),),
    units=_UNITS,
    hyphenated_unit="plural",
    multiplicatives={
        "1": "einmal",
        "2": "zweimal",
        "3": "dreimal",
        "4": "viermal",
        "5": "fünfmal",
        "6": "sechsmal",
        "7": "siebenmal",
        "8": "achtmal",
        "9": "neunmal",
        "10": "zehnmal",
    },
    and_half_template="{number}einhalb {many}",
    half_unit_templates={"m": "ein halber {one}", "f": "eine halbe {one}", "n": "ein halbes {one}"},
    fraction_words={
        (1, 2): "ein halb",
        (1, 3): "ein Drittel",
        (2, 3): "zwei Drittel",
        (1, 4): "ein Viertel",
        (2, 4): "zwei Viertel",
        (3, 4): "drei Viertel",
        (1, 5): "ein Fünftel",
        (2, 5): "zwei Fünftel",
        (3, 5): "drei Fünftel",
        (4, 5): "vier Fünftel",
        (1, 6): "ein Sechstel",
        (5, 6): "fünf Sechstel",
        (1, 8): "ein Achtel",
        (3, 8): "drei Achtel",
        (5, 8): "fünf Achtel",
        (7, 8): "sieben Achtel",
    },
    fraction_of_unit_template="{part} {one}",
    mixed_number_template="{number} und {part}",
    feminine_noun=re.compile(r"(?:e|ung|heit|keit|schaft|ion|hand)$", re.IGNORECASE),
    nouns_are_capitalized=True,
    to_word="bis",
    of_word="von",
    times_word="mal",
    per_word="pro",
    or_word="oder",
    abbreviations=_ABBREVIATIONS,
    closing_abbreviations=frozenset({"etc.", "usw."}),
    number_prefixes={
        "Nr.": "Nummer",
        "#": "Nummer",
        "№": "Nummer",
        "~": "ungefähr",
        "≈": "ungefähr",
        "<": "weniger als",
        ">": "mehr als",
        "≤": "höchstens",
        "≥": "mindestens",
        "±": "plus minus",
    },
    symbol_words={
        "&": "und",
        "+": "plus",
        "=": "gleich",
        "@": "ät",
        "%": "Prozent",
        "°": "Grad",
        "×": "mal",
        "²": "Quadrat",
        "³": "Kubik",
        "€": "Euro",
        "£": "Pfund",
        "$": "Dollar",
    },
)
