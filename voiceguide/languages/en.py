"""English."""

from __future__ import annotations

import re

from voiceguide.languages.model import Language, NumberWords, Rule, Unit

__all__ = ["LANGUAGE"]

_PHRASES = {
    "opening_title": "Before you begin",
    "needs": "You will need: {items}.",
    "join": " and ",
    "half": "Halfway.",
    "remaining": "{time} left.",
    "elapsed": "{time} done.",
    "switch": "Now the {value} side.",
    "number_of": "Step {number} of {steps}.",
    "next": "Next: {next}.",
    "quiet": "Keep going, {time}.",
    "quiet_minute": "one quiet minute",
    "quiet_minute_and_half": "a quiet minute and a half",
    "quiet_minutes": "{number} quiet minutes",
    "quiet_minutes_and_half": "{number} and a half quiet minutes",
    "second": "one second",
    "seconds": "{number} seconds",
    "minute": "one minute",
    "minutes": "{number} minutes",
    "minute_and_half": "a minute and a half",
    "minutes_and_half": "{number} and a half minutes",
    "hour": "one hour",
    "hours": "{number} hours",
    "hour_and_half": "an hour and a half",
    "hours_and_half": "{number} and a half hours",
    "time_join": ", ",
}

_SECOND = Unit("second", "seconds")
_MINUTE = Unit("minute", "minutes")
_HOUR = Unit("hour", "hours")
_MILLILITRE = Unit("millilitre", "millilitres")
_LITRE = Unit("litre", "litres")
_POUND = Unit("pound", "pounds")
_CELSIUS = Unit("degree Celsius", "degrees Celsius")

_UNITS = {
    "s": _SECOND,
    "sec": _SECOND,
    "secs": _SECOND,
    "second": _SECOND,
    "seconds": _SECOND,
    "min": _MINUTE,
    "mins": _MINUTE,
    "minute": _MINUTE,
    "minutes": _MINUTE,
    "h": _HOUR,
    "hr": _HOUR,
    "hrs": _HOUR,
    "hour": _HOUR,
    "hours": _HOUR,
    "mm": Unit("millimetre", "millimetres"),
    "cm": Unit("centimetre", "centimetres"),
    "m": Unit("metre", "metres"),
    "km": Unit("kilometre", "kilometres"),
    "km/h": Unit("kilometre per hour", "kilometres per hour"),
    "ft": Unit("foot", "feet"),
    "mg": Unit("milligram", "milligrams"),
    "g": Unit("gram", "grams"),
    "kg": Unit("kilogram", "kilograms"),
    "oz": Unit("ounce", "ounces"),
    "lb": _POUND,
    "lbs": _POUND,
    "ml": _MILLILITRE,
    "mL": _MILLILITRE,
    "cl": Unit("centilitre", "centilitres"),
    "dl": Unit("decilitre", "decilitres"),
    "l": _LITRE,
    "L": _LITRE,
    "cup": Unit("cup", "cups"),
    "cups": Unit("cup", "cups"),
    "tsp": Unit("teaspoon", "teaspoons"),
    "tbsp": Unit("tablespoon", "tablespoons"),
    "Hz": Unit("hertz", "hertz"),
    "dB": Unit("decibel", "decibels"),
    "bpm": Unit("beat per minute", "beats per minute"),
    "kcal": Unit("kilocalorie", "kilocalories"),
    "%": Unit("percent", "percent"),
    "°C": _CELSIUS,
    "° C": _CELSIUS,
    "ºC": _CELSIUS,
    "°F": Unit("degree Fahrenheit", "degrees Fahrenheit"),
    "° F": Unit("degree Fahrenheit", "degrees Fahrenheit"),
    "°": Unit("degree", "degrees"),
    "€": Unit("euro", "euros"),
    "$": Unit("dollar", "dollars"),
    "£": _POUND,
    "x": Unit("time", "times"),
    "×": Unit("time", "times"),
}

_ABBREVIATIONS = {
    "e.g.": "for example",
    "i.e.": "that is",
    "etc.": "and so on",
    "approx.": "approximately",
    "ca.": "about",
    "incl.": "including",
    "max.": "maximum",
    "min.": "minimum",
    "vs.": "versus",
    "vs": "versus",
    "resp.": "respectively",
    "secs": "seconds",
    "mins": "minutes",
    "hrs": "hours",
    "w/o": "without",
    "w/": "with",
    "and/or": "and or",
    "Dr.": "Doctor",
    "Mr.": "Mister",
    "Mrs.": "Missus",
    "a.m.": "a m",
    "p.m.": "p m",
    "aka": "also known as",
}

_YEAR = re.compile(
    r"(?:(?<=\b[Ii]n )|(?<=\b[Ss]ince )|(?<=\b[Uu]ntil )|(?<=\byear ))1[1-9]\d\d"
    r"(?=[.,;:!?)]*(?:\s*$|\s+(?:and|or|the|when)\b|\s+[A-Z]))",
    re.ASCII,
)
"""Matches only unambiguous years. In "in 1990 steps", 1990 is a number."""
_TIME = re.compile(
    r"(?<![\w.,:])(\d{1,2})(?::([0-5]\d))? ?([ap])\.?m(?:\.(?= ?[a-z,;)])|(?!\w))", re.ASCII | re.IGNORECASE
)
_ORDINAL = re.compile(r"(?<![\w.,])(\d+)(?:st|nd|rd|th)(?!\w)", re.ASCII | re.IGNORECASE)


def _time(found: re.Match[str], numbers: NumberWords) -> str:
    parts = [numbers.cardinal(int(found[1])), numbers.clock_minutes(found[2] or "00"), f"{found[3].upper()}M"]
    return " ".join(filter(None, parts))


def _article(noun: str) -> str:
    return "an " if noun[0] in "aeio" or noun == "hour" else "a "


LANGUAGE = Language(
    code="en",
    iso_639_2="eng",
    draft_tag="en-US",
    common_words="the and your with for you to of on is it then hold as each from into",
    pressure_words=(r"press(?!\s+play)", "knead", "massag"),
    characters_per_second=21.0,
    phrases=_PHRASES,
    thousands_separators=",",
    decimal_separators=".",
    point_word="point",
    decimals_digit_by_digit=True,
    minus_word="minus",
    ordinals=(Rule(_ORDINAL, lambda found, numbers: numbers.ordinal(found[1])),),
    dates_and_times=(Rule(_YEAR, lambda found, numbers: numbers.year(found.group())), Rule(_TIME, _time)),
    zero_minute_word="oh",
    units=_UNITS,
    hyphenated_unit="singular",
    keeps_written_singular=True,
    reads_cents=True,
    multiplicatives={"1": "once", "2": "twice"},
    and_half_template="{number} and a half {many}",
    half_unit_templates={"": "half {link}{one}"},
    fraction_words={
        (1, 2): "one half",
        (1, 3): "one third",
        (2, 3): "two thirds",
        (1, 4): "one quarter",
        (2, 4): "two quarters",
        (3, 4): "three quarters",
        (1, 5): "one fifth",
        (2, 5): "two fifths",
        (3, 5): "three fifths",
        (4, 5): "four fifths",
        (1, 6): "one sixth",
        (5, 6): "five sixths",
        (1, 8): "one eighth",
        (3, 8): "three eighths",
        (5, 8): "five eighths",
        (7, 8): "seven eighths",
    },
    fraction_of_unit_template="{part} of {link}{one}",
    mixed_number_template="{number} and {part}",
    link=_article,
    to_word="to",
    of_word="of",
    times_word="times",
    per_word="per",
    or_word="or",
    abbreviations=_ABBREVIATIONS,
    closing_abbreviations=frozenset({"etc.", "a.m.", "p.m."}),
    number_prefixes={
        "No.": "number",
        "Nr.": "number",
        "#": "number",
        "№": "number",
        "~": "about",
        "≈": "about",
        "c.": "about",
        "<": "less than",
        ">": "more than",
        "≤": "at most",
        "≥": "at least",
        "±": "plus or minus",
    },
    symbol_words={
        "&": "and",
        "+": "plus",
        "=": "equals",
        "@": "at",
        "%": "percent",
        "°": "degrees",
        "×": "times",
        "²": "squared",
        "³": "cubed",
        "€": "euros",
        "£": "pounds",
        "$": "dollars",
    },
)
