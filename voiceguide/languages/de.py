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
    # {value}: as written in the script. It should be in the form linke or rechte.
    "switch": "Jetzt die {value} Seite.",
    "breathe_in": "Ein.",
    "breathe_hold": "Halten.",
    "breathe_out": "Aus.",
    "breathe_rest": "Pause.",
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
_CUP = Unit("Tasse", "Tassen", "f")

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
    "m²": Unit("Quadratmeter", "Quadratmeter", "m"),
    "cm²": Unit("Quadratzentimeter", "Quadratzentimeter", "m"),
    "m³": Unit("Kubikmeter", "Kubikmeter", "m"),
    "cm³": Unit("Kubikzentimeter", "Kubikzentimeter", "m"),
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
    "Tasse": _CUP,
    "Tassen": _CUP,
    "Wdh": Unit("Wiederholung", "Wiederholungen", "f"),
    "EL": Unit("Esslöffel", "Esslöffel", "m"),
    "TL": Unit("Teelöffel", "Teelöffel", "m"),
    "Hz": Unit("Hertz", "Hertz", "n"),
    "dB": Unit("Dezibel", "Dezibel", "n"),
    "kcal": Unit("Kilokalorie", "Kilokalorien", "f"),
    "Mio": Unit("Million", "Millionen", "f"),
    "Mrd": Unit("Milliarde", "Milliarden", "f"),
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
    "Prof.": "Professor",
    "Hr.": "Herr",
    "Hrn.": "Herrn",
    "Fr.": "Frau",
    "St.": "Sankt",
    "Tel.": "Telefon",
    "Wdh.": "Wiederholungen",
    "exkl.": "exklusive",
    "i. d. R.": "in der Regel",
    "ADHS": "A D H S",
    "Jh.": "Jahrhundert",
    "li./re.": "links oder rechts",
    "re./li.": "rechts oder links",
}

_MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
_DAYS = {
    "Mo": "Montag",
    "Di": "Dienstag",
    "Mi": "Mittwoch",
    "Do": "Donnerstag",
    "Fr": "Freitag",
    "Sa": "Samstag",
    "So": "Sonntag",
}
_ORDINAL_NOUNS = {
    "er": (
        "Schritt",
        "Satz",
        "Durchgang",
        "Tag",
        "Teil",
        "Zeh",
        "Finger",
        "Kreis",
        "Atemzug",
        "Punkt",
        "Durchlauf",
        "Monat",
        "Gang",
        "Block",
        "Griff",
        "Wirbel",
        "Halswirbel",
        "Brustwirbel",
        "Lendenwirbel",
        "Akt",
        "Stock",
    ),
    "e": (
        "Runde",
        "Übung",
        "Woche",
        "Stunde",
        "Minute",
        "Position",
        "Stufe",
        "Phase",
        "Seite",
        "Einheit",
        "Etappe",
        "Serie",
        "Wiederholung",
        "Lektion",
        "Haltung",
        "Variante",
        "Stellung",
        "Reihe",
        "Rippe",
        "Zehe",
        "Sitzung",
        "Ebene",
    ),
    "es": ("Kapitel", "Mal", "Bild", "Chakra", "Set", "Modul", "Level", "Jahr"),
}
_ORDINAL_ENDINGS = {noun: ending for ending, nouns in _ORDINAL_NOUNS.items() for noun in nouns}
_TIME = re.compile(r"(?<![\w.,:])(\d{1,2})[:.]([0-5]\d) Uhr(?!\w)")
_TIME_RANGE = re.compile(r"(?<![\w.,:])(\d{1,2})(?:[:.]([0-5]\d))? ?[-–] ?(?=\d{1,2}(?:[:.][0-5]\d)? Uhr\b)")
_NOUN_ORDINAL = re.compile(rf"(?:^|(?<=[.!?:] )|(?<=[(\"']))(\d+)\. ({'|'.join(_ORDINAL_ENDINGS)})(?!\w)")
_YEAR = re.compile(
    r"(?:(?<=\bJahr )|(?<=\bJahre )|(?<=\b[Ss]eit )|(?<=\b[Ii]n )|(?<=\b[Bb]is )|(?<=\b[Aa]b )|(?<=\b[Vv]or )"
    r"|(?<=\b[Nn]ach )|(?<=\b[Uu]m )|(?<=\b[Vv]on )|(?<=\())1[1-9]\d\d(?! ?(?:[^\W\d_]+en|%|m|g|kg|ml|km)\b)"
    r"(?!\w|[.,:]\d)",
    re.ASCII,
)
_YEARS = re.compile(
    r"(?<![\w.,])(1[5-9]\d\d|20[0-4]\d)( ?[-–] ?| bis )(1[5-9]\d\d|20[0-4]\d)(?=[.,;:!?)]|$| (?:und|war))"
)
_DAY = "(?:Mo|Di|Mi|Do|Fr|Sa|So)"
_DAY_LIST = re.compile(rf"\b{_DAY}\.?(?:(?:, | & | und |/){_DAY}\b\.?)+")
_SHORT_DATE = re.compile(
    r"\b([Aa]m|[Vv]om|[Zz]um|[Aa]b|[Bb]is|[Ss]eit|[Dd]em|[Dd]er) (\d{1,2})\. ?(1[0-2]|0?[1-9])\.(?! ?\d)"
)
_ONE = re.compile(r"\b([Mm]it|[Vv]on|[Bb]ei|[Zz]u|[Nn]ach|[Aa]us|[Ss]eit|[Vv]or|[Ii]n|[Ff]ür) 1 ([^\W\d_]+)")
_HALF = re.compile(r"(?<![\w.,/])1/2 (?=([A-ZÄÖÜ][^\W\d_]+))")
_NEUTER = re.compile(
    r"(?:chen|lein|um|ment|[Gg]las|[Bb]rot|[Jj]ahr|[Dd]utzend|[Pp]fund|[Ee]i|[Ss]tück|[Bb]latt|[Tt]uch|[Bb]ad)$"
)
_FEMININE = re.compile(r"(?:e|ung|heit|keit|schaft|ion|hand)$", re.IGNORECASE)
_DAY_UNIT = {"Tag": Unit("Tag", "Tage", "m"), "Monat": Unit("Monat", "Monate", "m"), "Jahr": Unit("Jahr", "Jahre", "n")}
_TIMES = "Sekunde|Minute|Stunde|Woche|Tag|Monat|Jahr|s|min|Min|h|Std"
_ROMAN_NAME = re.compile(
    r"\b(Ludwig|Karl|Friedrich|Heinrich|Wilhelm|Otto|Franz|Georg|Papst \w+|Pius|Benedikt|Johannes|Elisabeth|Katharina) "
    r"([IVX]+)\.?(?=\W|$)"
)
_DECIMAL_METRES = re.compile(r"(?<![\w.,])([1-9]\d?),(\d\d) ?(?=m(?!\w))")


def _clock(hour: str, minutes: str, numbers: NumberWords) -> str:
    return f"{numbers.cardinal(int(hour), 'm')} Uhr {numbers.clock_minutes(minutes)}".strip()


def _date(day: int, month: int, year: str, numbers: NumberWords) -> str:
    return f"{day}. {_MONTHS[month - 1]}" + (f" {numbers.year(year)}" if year else "")


def _day_of_month(found: re.Match[str], numbers: NumberWords) -> str:
    """Return `3. Mai` in words: "am dritten Mai", "der dritte Mai", or "dritter Mai" without an article."""
    stem = numbers.ordinal(found[2])
    if not found[1]:
        return f"{stem}r {found[3]}"
    return f"{found[1]} {stem if found[1].lower() == 'der' else stem + 'n'} {found[3]}"


def _noun_ordinal(found: re.Match[str], numbers: NumberWords) -> str:
    """Read the number in `1. Schritt` as an ordinal. In `1. Setz dich`, the number starts a list item."""
    stem = numbers.ordinal(found[1]).removesuffix("e")
    return f"{stem.capitalize()}{_ORDINAL_ENDINGS[found[2]]} {found[2]}"


def _roman_name(found: re.Match[str], numbers: NumberWords) -> str:
    number = numbers.roman(found[2])
    if not number:
        return found.group()
    article = "die" if found[1] in ("Elisabeth", "Katharina") else "der"
    stop = "." if found.group().endswith(".") and re.match(r"$| [A-ZÄÖÜ]", found.string[found.end() :]) else ""
    return f"{found[1]} {article} {numbers.ordinal(number).capitalize()}{stop}"


def _days(found: re.Match[str], numbers: NumberWords) -> str:
    return re.sub(rf"({_DAY})\b\.?", lambda day: _DAYS[day[1]], found.group())


def _short_date(found: re.Match[str], numbers: NumberWords) -> str:
    if not 1 <= int(found[2]) <= 31:
        return found.group()
    stop = "." if re.match(r"$| [A-ZÄÖÜ]", found.string[found.end() :]) else ""
    return f"{found[1]} {int(found[2])}. {_MONTHS[int(found[3]) - 1]}{stop}"


def _one(found: re.Match[str], numbers: NumberWords) -> str:
    """Return `nach 1 Minute` as "nach einer Minute". "In" and "vor" determine the case only before units of time."""
    preposition, noun = found[1].lower(), found[2]
    unit = _UNITS.get(noun) or _DAY_UNIT.get(noun)
    if preposition in ("in", "vor") and not re.fullmatch(_TIMES, noun):
        return found.group()
    gender = unit.gender if unit else ("f" if _FEMININE.search(noun) else "")
    if preposition == "für":
        article = {"f": "eine", "m": "einen", "n": "ein"}.get(gender)
    else:
        article = "einer" if gender == "f" else "einem"
    return f"{found[1]} {article} {unit.singular if unit else noun}" if article else found.group()


def _half(found: re.Match[str], numbers: NumberWords) -> str:
    noun = found[1]
    if noun in _UNITS:
        return found.group()
    if _FEMININE.search(noun):
        return "eine halbe "
    return "ein halbes " if _NEUTER.search(noun) else "ein halber "


def _side(found: re.Match[str], numbers: NumberWords) -> str:
    word = {"re": "recht", "li": "link"}[found[1].lower()] + ("e" if _FEMININE.search(found[2]) else "er")
    return f"{word.capitalize() if found[1][0].isupper() else word} "


def _price(found: re.Match[str], numbers: NumberWords) -> str:
    euros, cents = found[1], found[2].lstrip("0")
    if euros == "0" and cents:
        return f"{numbers.cardinal(cents, 'm')} {'Pence' if found[3] == '£' else 'Cent'}"
    return f"{numbers.cardinal(euros, 'm')} {_UNITS[found[3]].plural}" + (
        f" {numbers.cardinal(cents)}" if cents else ""
    )


_IDIOMS = (
    Rule(_DECIMAL_METRES, lambda found, numbers: f"{found[1]} m {found[2]} "),
    Rule(re.compile(r"(?<![\w.,])(\d{1,4}),(\d\d) ?([€$£])"), _price),
    Rule(_DAY_LIST, _days),
    Rule(_YEARS, lambda found, numbers: f"{numbers.year(found[1])} bis {numbers.year(found[3])}"),
    Rule(_SHORT_DATE, _short_date),
    Rule(_HALF, _half),
    Rule(_ONE, _one),
    Rule(re.compile(r"\b[Ee]ine? (?=1/[3-9])"), lambda found, numbers: ""),
    Rule(re.compile(r"(?<![\w.,:])1 bis (?=\d)"), lambda found, numbers: "ein bis "),
    Rule(
        re.compile(r"(?<![\w.,/])(1|3)/10(?= (?:des|der|vom|von)\b)"),
        lambda found, numbers: "ein Zehntel" if found[1] == "1" else "drei Zehntel",
    ),
    Rule(re.compile(r"(?<![\w.])([Rr]e|[Ll]i)\. (?=([A-ZÄÖÜ][^\W\d_]+))"), _side),
    Rule(
        re.compile(r"(?<![\w.,])(\d+)°-(?=[A-ZÄÖÜ])"),
        lambda found, numbers: f"{numbers.cardinal(found[1], 'm')}-Grad-",
    ),
    Rule(
        re.compile(r"(?<![\w.,])(\d+)\. ?[-–] ?(\d+)\. (?=[A-ZÄÖÜ])"),
        lambda found, numbers: f"{numbers.ordinal(found[1])} bis {numbers.ordinal(found[2])} ",
    ),
    Rule(
        re.compile(r"((?:Notruf|[Ww]ähle(?:n Sie)?|[Rr]ufe?(?:n Sie)?)(?: die)?) (\d{3})(?!\w|[.,]\d| \d)"),
        lambda found, numbers: f"{found[1]} {numbers.digits(found[2])}",
    ),
    Rule(re.compile(r"(?<=\d) ?(Mio|Mrd)\.(?= [A-ZÄÖÜ])"), lambda found, numbers: f" {found[1]}"),
    Rule(
        re.compile(r"(?<=\d) ?(Sek|Min|Std)\.(?= (?:Pause|Ruhe|Massage|Dehnung|Atmung|Erholung|Stille|Einwirkzeit)\b)"),
        lambda found, numbers: f" {found[1]}",
    ),
    Rule(re.compile(r"(\d m \d\d) m(?!\w)"), lambda found, numbers: found[1]),
    Rule(
        re.compile(r"(?<!\d )(?<!\d)\b([Mm])in\. (?=\d)"),
        lambda found, numbers: "Mindestens " if found[1] == "M" else "mindestens ",
    ),
    Rule(
        re.compile(r"(?<![\w.,])(\d+:[0-5]\d(?::[0-5]\d)?) ?(?:Min\b\.?|min\b\.?|Std\b\.?|Minuten\b)"),
        lambda found, numbers: found[1],
    ),
    Rule(
        re.compile(r"(?<![\w.,-])(\d+)-?(?=(?:minüt|sekünd|stünd|täg|wöch|monat|jähr|fach|mal|teil|stuf|seit)\w*)"),
        lambda found, numbers: numbers.cardinal(found[1], "m"),
    ),
    Rule(
        re.compile(r"(?<![\w.,])(\d+) ?%-?ige(\w?)(?!\w)"),
        lambda found, numbers: f"{numbers.cardinal(found[1], 'm')}prozentige{found[2]}",
    ),
    Rule(
        re.compile(r"(?<![\w.,])(\d+)er(n?)(?!\w)"),
        lambda found, numbers: (
            f"{numbers.year(found[1]) if len(found[1]) == 4 else numbers.cardinal(found[1])}er{found[2]}"
        ),
    ),
    Rule(
        re.compile(
            rf"(?:\b(der|am|dem|den|vom|zum|des) )?(?<![\w.,])(\d{{1,2}})\. ({'|'.join(_MONTHS)})(?!\w)", re.IGNORECASE
        ),
        _day_of_month,
    ),
    Rule(
        re.compile(rf"\b({'|'.join(_MONTHS)}) (1[1-9]\d\d|20\d\d)(?!\w|[.,:]\d)"),
        lambda found, numbers: f"{found[1]} {numbers.year(found[2])}",
    ),
    Rule(
        re.compile(r"\b(Mo|Di|Mi|Do|Fr|Sa|So)\.?[-–](Mo|Di|Mi|Do|Fr|Sa|So)\b\.?"),
        lambda found, numbers: f"{_DAYS[found[1]]} bis {_DAYS[found[2]]}",
    ),
    Rule(_ROMAN_NAME, _roman_name),
    Rule(_NOUN_ORDINAL, _noun_ordinal),
    Rule(_YEAR, lambda found, numbers: numbers.year(found.group())),
    Rule(
        _TIME_RANGE,
        lambda found, numbers: (
            f"{numbers.cardinal(int(found[1]), 'm')} "
            f"{f'Uhr {numbers.clock_minutes(found[2])} ' if found[2] and found[2] != '00' else ''}bis "
        ),
    ),
)
_PREPOSITION = re.compile(
    r"\b(?:in|mit|auf|zu|von|bei|an|nach|aus|seit|ab|unter|über|vor|hinter|neben|zwischen)$", re.IGNORECASE
)
"""After these prepositions, "der" is a dative article: "in der dritten Woche"."""
_ARTICLE = r"(?<!\w)(der|die|das|jede|jeder|jedes|dem|den|des|zum|zur|beim|am|im|vom|jedem|jeden)"
_ORDINAL_PAIR = re.compile(rf"(?:{_ARTICLE} |(?<![\w.,:]))(\d+)\. (und|oder|bis) (\d+)\.(?= \w)", re.IGNORECASE)
_ORDINAL = re.compile(rf"{_ARTICLE} (\d+)\.(?= \w)", re.IGNORECASE)
"""`1.` ends a sentence as often as it is an ordinal. It is read as an ordinal only after an article or in a pair."""
_NOMINATIVE_ARTICLES = ("der", "die", "das", "jede")


def _time(found: re.Match[str], numbers: NumberWords) -> str:
    return f"{numbers.cardinal(int(found[1]), 'm')} Uhr {numbers.clock_minutes(found[2])}".strip()


def _ordinal_pair(found: re.Match[str], numbers: NumberWords) -> str:
    article = found[1] or "die"
    pair = f"{_decline(article, found[2], numbers)} {found[3]} {_decline(article, found[4], numbers)}"
    return f"{found[1]} {pair}" if found[1] else pair


def _ordinal(found: re.Match[str], numbers: NumberWords) -> str:
    if found[1].lower() == "der" and _PREPOSITION.search(
        found.string[max(found.start() - 12, 0) : found.start()].rstrip()
    ):
        return f"{found[1]} {_decline('dem', found[2], numbers)}"
    return f"{found[1]} {_decline(found[1], found[2], numbers)}"


def _decline(article: str, digits: str, numbers: NumberWords) -> str:
    stem = numbers.ordinal(digits)
    if article.lower() in _NOMINATIVE_ARTICLES:
        return stem
    return stem + {"jeder": "", "jedes": "s"}.get(article.lower(), "n")


def _inflect_number(words: str, gender: str) -> str:
    return {"eins": "eine" if gender == "f" else "ein"}.get(words, words)


_AMBIGUOUS = (
    (
        re.compile(r"\b(?:[Aa]m|[Bb]is|[Aa]b|[Vv]om) (\d{1,2}/\d{1,2})(?![\w/])"),
        "is not read as a date. Write the month as a word.",
    ),
    (
        re.compile(r"\b[Vv]on (\d{1,2}:[0-5]\d bis \d{1,2}:[0-5]\d)(?! Uhr)(?![\w:])"),
        "is read as two durations. For times of day, add Uhr at the end.",
    ),
)


LANGUAGE = Language(
    code="de",
    iso_639_2="deu",
    common_words="und der die das den mit für ein eine auf ist sie nicht zum dann dem ihre im",
    pressure_words=("press", "drück", "knet", "massag", "massier"),
    characters_per_second=19.5,
    first_stage="Ankommen",
    first_words="Setz dich bequem hin, und atme langsam aus.",
    phrases=_PHRASES,
    thousands_separators=".",
    decimal_separators=",.",
    point_word="Komma",
    decimals_digit_by_digit=True,
    minus_word="minus",
    inflect_number=_inflect_number,
    range_start_gender="m",
    irregular_ordinals={7: "siebte"},
    ordinals=(Rule(_ORDINAL_PAIR, _ordinal_pair), Rule(_ORDINAL, _ordinal)),
    idioms=_IDIOMS,
    dates_and_times=(Rule(_TIME, _time),),
    counted_nouns="Schritt|Runde|Satz|Sätze|Übung|Kapitel|Teil|Tag|Woche|Seite|Stufe|Phase|Level|Durchgang|Einheit|Akt|Band|"
    "Lektion|Krieger|Set|Serie|Klasse|Grad|Typ",
    each_template="{times}, jeweils {amount}",
    per_nouns="Seite|Tag|Woche|Monat|Stunde|Minute|Bein|Arm|Fuß|Hand|Satz|Runde|Person|Zeh",
    breath_nouns="Atmung|Atem|Rhythmus",
    clock_words="um|ab|gegen",
    clock=_clock,
    date=_date,
    dot_word="Punkt",
    ambiguous=_AMBIGUOUS,
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
        (1, 10): "ein Zehntel",
        (3, 10): "drei Zehntel",
    },
    fraction_of_unit_template="{part} {one}",
    mixed_number_template="{number} und {part}",
    feminine_noun=_FEMININE,
    nouns_are_capitalized=True,
    to_word="bis",
    ratio_word="zu",
    of_word="von",
    times_word="mal",
    per_word="pro",
    or_word="oder",
    abbreviations=_ABBREVIATIONS,
    closing_abbreviations=frozenset({"etc.", "usw."}),
    number_prefixes={
        "Nr.": "Nummer",
        "S.": "Seite",
        "Abb.": "Abbildung",
        "Kap.": "Kapitel",
        "Bd.": "Band",
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
        "÷": "geteilt durch",
        "²": "Quadrat",
        "³": "Kubik",
        "€": "Euro",
        "£": "Pfund",
        "$": "Dollar",
    },
)
