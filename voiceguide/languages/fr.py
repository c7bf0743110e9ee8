"""French."""

from __future__ import annotations

import re

from voiceguide.languages.model import Language, NumberWords, Rule, Unit

__all__ = ["LANGUAGE"]

_PHRASES = {
    "opening_title": "Avant de commencer",
    "needs": "Il vous faut : {items}.",
    "join": " et ",
    "half": "À mi-parcours.",
    "remaining": "Encore {time}.",
    # "Déjà trente secondes" rather than "trente secondes écoulées": a participle would have to agree with the noun.
    "elapsed": "Déjà {time}.",
    "switch": "Maintenant le côté {value}.",
    "breathe_in": "Inspirez.",
    "breathe_hold": "Retenez.",
    "breathe_out": "Expirez.",
    "breathe_rest": "Pause.",
    "number_of": "Étape {number} sur {steps}.",
    "next": "Ensuite : {next}.",
    "quiet": "Continuez, {time}.",
    "quiet_minute": "une minute de silence",
    "quiet_minute_and_half": "une minute et demie de silence",
    "quiet_minutes": "{number_f} minutes de silence",
    "quiet_minutes_and_half": "{number_f} minutes et demie de silence",
    "second": "une seconde",
    "seconds": "{number_f} secondes",
    "minute": "une minute",
    "minutes": "{number_f} minutes",
    "minute_and_half": "une minute et demie",
    "minutes_and_half": "{number_f} minutes et demie",
    "hour": "une heure",
    "hours": "{number_f} heures",
    "hour_and_half": "une heure et demie",
    "hours_and_half": "{number_f} heures et demie",
    "time_join": " et ",
}

_SECOND = Unit("seconde", "secondes", "f")
_MINUTE = Unit("minute", "minutes", "f")
_HOUR = Unit("heure", "heures", "f")
_LITRE = Unit("litre", "litres", "m")
_MILLILITRE = Unit("millilitre", "millilitres", "m")
_CELSIUS = Unit("degré Celsius", "degrés Celsius", "m")
_CUP = Unit("tasse", "tasses", "f")
_SPOON = Unit("cuillère à soupe", "cuillères à soupe", "f")
_TEASPOON = Unit("cuillère à café", "cuillères à café", "f")

_UNITS = {
    "s": _SECOND,
    "sec": _SECOND,
    "seconde": _SECOND,
    "secondes": _SECOND,
    "min": _MINUTE,
    "mn": _MINUTE,
    "minute": _MINUTE,
    "minutes": _MINUTE,
    "h": _HOUR,
    "heure": _HOUR,
    "heures": _HOUR,
    "mm": Unit("millimètre", "millimètres", "m"),
    "cm": Unit("centimètre", "centimètres", "m"),
    "m": Unit("mètre", "mètres", "m"),
    "m²": Unit("mètre carré", "mètres carrés", "m"),
    "cm²": Unit("centimètre carré", "centimètres carrés", "m"),
    "m³": Unit("mètre cube", "mètres cubes", "m"),
    "cm³": Unit("centimètre cube", "centimètres cubes", "m"),
    "km": Unit("kilomètre", "kilomètres", "m"),
    "km/h": Unit("kilomètre à l'heure", "kilomètres à l'heure", "m"),
    "mg": Unit("milligramme", "milligrammes", "m"),
    "g": Unit("gramme", "grammes", "m"),
    "kg": Unit("kilo", "kilos", "m"),
    "ml": _MILLILITRE,
    "mL": _MILLILITRE,
    "cl": Unit("centilitre", "centilitres", "m"),
    "dl": Unit("décilitre", "décilitres", "m"),
    "l": _LITRE,
    "L": _LITRE,
    "litre": _LITRE,
    "litres": _LITRE,
    "tasse": _CUP,
    "tasses": _CUP,
    "c. à s.": _SPOON,
    "c. à c.": _TEASPOON,
    "rép": Unit("répétition", "répétitions", "f"),
    "bpm": Unit("battement par minute", "battements par minute", "m"),
    "lb": Unit("livre", "livres", "f"),
    "oz": Unit("once", "onces", "f"),
    "Hz": Unit("hertz", "hertz", "m"),
    "dB": Unit("décibel", "décibels", "m"),
    "kcal": Unit("kilocalorie", "kilocalories", "f"),
    "%": Unit("pour cent", "pour cent", "m"),
    "°C": _CELSIUS,
    "° C": _CELSIUS,
    "ºC": _CELSIUS,
    "°F": Unit("degré Fahrenheit", "degrés Fahrenheit", "m"),
    "°": Unit("degré", "degrés", "m"),
    "€": Unit("euro", "euros", "m"),
    "$": Unit("dollar", "dollars", "m"),
    "£": Unit("livre", "livres", "f"),
    "x": Unit("fois", "fois", "f"),
    "×": Unit("fois", "fois", "f"),
    "fois": Unit("fois", "fois", "f"),
    "serviette": Unit("serviette", "serviettes", "f"),
    "serviettes": Unit("serviette", "serviettes", "f"),
    "main": Unit("main", "mains", "f"),
    "mains": Unit("main", "mains", "f"),
    "goutte": Unit("goutte", "gouttes", "f"),
    "gouttes": Unit("goutte", "gouttes", "f"),
    "cuillère": Unit("cuillère", "cuillères", "f"),
    "cuillères": Unit("cuillère", "cuillères", "f"),
    "respiration": Unit("respiration", "respirations", "f"),
    "respirations": Unit("respiration", "respirations", "f"),
}

_ABBREVIATIONS = {
    "p. ex.": "par exemple",
    "par ex.": "par exemple",
    "c.-à-d.": "c'est-à-dire",
    "càd": "c'est-à-dire",
    "etc.": "et cetera",
    "env.": "environ",
    "max.": "maximum",
    "min.": "minimum",
    "sec.": "secondes",
    "cf.": "voir",
    "vs": "contre",
    "vs.": "contre",
    "ca.": "environ",
    "et/ou": "et ou",
    "rép.": "répétitions",
    "Dr": "docteur",
    "Dr.": "docteur",
    "Pr": "professeur",
    "Mlle": "mademoiselle",
    "MM.": "messieurs",
    "lun.": "lundi",
    "mar.": "mardi",
    "mer.": "mercredi",
    "jeu.": "jeudi",
    "ven.": "vendredi",
    "sam.": "samedi",
    "dim.": "dimanche",
    "tél.": "téléphone",
    "Mme": "madame",
    "Mmes": "mesdames",
}

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_ROMAN_NAME = re.compile(
    r"\b(Louis|Henri|Charles|François|Philippe|Napoléon|Jean|Jean-Paul|Pie|Benoît|Élisabeth|Catherine) "
    r"([IVX]+)(?:er|e|ᵉʳ)?(?!\w)"
)
_FEMININE = re.compile(
    r"(?:ttes?|[st]ions?|ures?|ées?|[ae]nces?|aines?|jambes?|chevilles?|plantes?|pauses?|boîtes?|pommes?|oranges?|"
    r"noix|heures?|perles?|balles?|cuillères?|semaines?|épaules?|mains?|bananes?|carottes?)$"
)
_NOT_NOUNS = "a au aux avec dans de des du en est et la le les ou par pour puis que qui sans si sur un une à"
_CENTURY = re.compile(r"(?<!\w)([IVX]{1,5})(?:e|ème|er)(?!\w)")


def _clock(hour: str, minutes: str, numbers: NumberWords) -> str:
    noun = "heure" if int(hour) < 2 else "heures"
    return f"{numbers.cardinal(int(hour), 'f')} {noun} {numbers.clock_minutes(minutes)}".strip()


def _date(day: int, month: int, year: str, numbers: NumberWords) -> str:
    first = "premier" if day == 1 else numbers.cardinal(day)
    return f"{first} {_MONTHS[month - 1]}" + (f" {numbers.year(year)}" if year else "")


def _roman_name(found: re.Match[str], numbers: NumberWords) -> str:
    number = numbers.roman(found[2])
    if not number:
        return found.group()
    return f"{found[1]} {'premier' if number == 1 else numbers.cardinal(number)}"


def _century(found: re.Match[str], numbers: NumberWords) -> str:
    number = numbers.roman(found[1])
    return ("premier" if number == 1 else numbers.ordinal(number)) if number else found.group()


def _half(found: re.Match[str], numbers: NumberWords) -> str:
    """Return `1/2 verre` as "un demi-verre", and `1 1/2 verre` as "un verre et demi"."""
    noun = found[2]
    if noun in _UNITS or noun in _NOT_NOUNS.split():
        return found.group()
    gender = "f" if _FEMININE.search(noun) else "m"
    if not found[1]:
        return f"{'une' if gender == 'f' else 'un'} demi-{noun}"
    return f"{numbers.cardinal(found[1], gender)} {noun} et {'demie' if gender == 'f' else 'demi'}"


_DAYS = {
    "lun": "lundi",
    "mar": "mardi",
    "mer": "mercredi",
    "jeu": "jeudi",
    "ven": "vendredi",
    "sam": "samedi",
    "dim": "dimanche",
}
_DAY_RANGE = re.compile(rf"\b({'|'.join(_DAYS)})\.? ?[-–] ?({'|'.join(_DAYS)})\b(\.?)")


def _day_range(found: re.Match[str], numbers: NumberWords) -> str:
    stop = "." if found[3] and re.match(r"$| [A-ZÀÂÉÈÎÔÛ]", found.string[found.end() :]) else ""
    return f"{_DAYS[found[1]]} à {_DAYS[found[2]]}{stop}"


def _price(found: re.Match[str], numbers: NumberWords) -> str:
    unit, cents = _UNITS[found[3]], found[2].lstrip("0")
    if found[1] == "0" and cents:
        noun = {"€": "centime", "$": "cent", "£": "penny"}[found[3]]
        return f"{numbers.cardinal(cents, 'm')} {noun if cents == '1' else {'penny': 'pence'}.get(noun, f'{noun}s')}"
    noun = unit.singular if found[1] in ("0", "1") else unit.plural
    words = f"{numbers.cardinal(found[1], unit.gender)} {noun}"
    return f"{words} {numbers.cardinal(cents)}" if cents else words


_IDIOMS = (
    Rule(
        re.compile(r"(?<![\w.,])([1-9]\d?),([1-9]\d) ?m(?!\w)"),
        lambda found, numbers: (
            f"{numbers.cardinal(found[1])} {'mètre' if found[1] == '1' else 'mètres'} {numbers.cardinal(found[2])}"
        ),
    ),
    Rule(re.compile(r"(?<![\w.,])(\d{1,4}),(\d\d) ?([€$£])"), _price),
    Rule(
        re.compile(r"(?<![\w.,])(\d+) ?h ?/ ?24(?!\w)"),
        lambda found, numbers: f"{numbers.cardinal(found[1], 'f')} heures sur vingt-quatre",
    ),
    Rule(
        re.compile(r"(?<![\w.,])(\d+) ?j(?:ours)? ?/ ?7(?!\w)"),
        lambda found, numbers: f"{numbers.cardinal(found[1])} jours sur sept",
    ),
    Rule(
        re.compile(r"(?<![\w.,])(\d+:[0-5]\d(?::[0-5]\d)?) ?(?:minutes\b|min\b\.?|mn\b)"),
        lambda found, numbers: found[1],
    ),
    Rule(
        re.compile(r"(?<![\w:.,])(1[3-9]|2[0-3]):([0-5]\d)(?![\w:]|\.\d)"),
        lambda found, numbers: _clock(found[1], found[2], numbers),
    ),
    Rule(
        re.compile(r"(^|[.!?,;:(] |\b(?:et|de|à|par|avec|chez|pour|que|dit) )M\. (?=[A-ZÀÂÉÈÎÔÛ])"),
        lambda found, numbers: f"{found[1]}monsieur ",
    ),
    Rule(re.compile(r"(?<![\w])c\.? ?à ?s\.?(?!\w)"), lambda found, numbers: "cuillère à soupe"),
    Rule(re.compile(r"(?<![\w])c\.? ?à ?c\.?(?!\w)"), lambda found, numbers: "cuillère à café"),
    Rule(
        re.compile(r"(?<![\w.,])([1-9]\d{0,2})((?:\.\d{3})+)(?![\w.,]?\d)"),
        lambda found, numbers: found.group().replace(".", ""),
    ),
    Rule(re.compile(r"(?<![\w.,])1 (?=(?:" + "|".join(_MONTHS) + r")\b)"), lambda found, numbers: "premier "),
    Rule(
        re.compile(r"(?<![\w.,/])(1|3)/10(?= d(?:es?|u|')\b)"),
        lambda found, numbers: "un dixième" if found[1] == "1" else "trois dixièmes",
    ),
    Rule(re.compile(r"(?<![\w.,/])(?:(\d{1,2}) )?1/2 ([a-zàâçéèêëîïôœûü]+)"), _half),
    Rule(
        re.compile(r"\b([Qq]u)e 1 (?=(?:minute|min|heure|h|seconde|sec|s|fois)\b)"),
        lambda found, numbers: f"{found[1]}'1 ",
    ),
    Rule(re.compile(r"\bSt(e?)(?=[ -][A-ZÀÂÉÈÎÔÛ])"), lambda found, numbers: f"Saint{found[1]}"),
    Rule(_DAY_RANGE, _day_range),
    Rule(_ROMAN_NAME, _roman_name),
    Rule(_CENTURY, _century),
)
_ORDINAL = re.compile(r"(?<![\w.,])(\d+)(ers?|[rè]?res?|ères?|e|es|i?[èe]mes?|nd|nde)(?!\w)")


def _ordinal(found: re.Match[str], numbers: NumberWords) -> str:
    digits, ending = found[1], found[2]
    if digits == "1":
        return "première" if ending.startswith(("r", "è")) else "premier"
    if digits == "2" and ending.startswith("nd"):
        return "seconde" if ending == "nde" else "second"
    return numbers.ordinal(digits)


def _inflect_number(words: str, gender: str) -> str:
    return f"{words}e" if gender == "f" and (words == "un" or words.endswith((" un", "-un"))) else words


def _preposition(noun: str) -> str:
    return "d'" if noun[0] in "aeiouh" else "de "


_AMBIGUOUS = (
    (
        re.compile(r"\b(?:le|du|au) (\d{1,2}/\d{1,2})(?![\w/])"),
        "is not read as a date. Write the month as a word.",
    ),
    (
        re.compile(r"\b[Dd]e (\d{1,2}:[0-5]\d à \d{1,2}:[0-5]\d)(?! ?h\\b)(?![\w:])"),
        "is read as two durations. For times of day, write 6 h 30.",
    ),
)


LANGUAGE = Language(
    code="fr",
    iso_639_2="fra",
    common_words="le les des une avec pour vous et du au dans est vos sur puis en la chaque",
    pressure_words=("press", "appuy", "pétri", "massag"),
    characters_per_second=19.5,
    first_stage="S'installer",
    first_words="Installez-vous confortablement, et expirez lentement.",
    phrases=_PHRASES,
    thousands_separators=" ",
    decimal_separators=",.",
    point_word="virgule",
    decimals_digit_by_digit=False,
    minus_word="moins",
    inflect_number=_inflect_number,
    ordinals=(Rule(_ORDINAL, _ordinal),),
    idioms=_IDIOMS,
    counted_nouns="étape|série|tour|partie|jour|semaine|exercice|chapitre|page|niveau|phase|cycle|acte|leçon|module|"
    "guerrier|type|grade|séance|tome|volume",
    each_template="{times}, {amount} chacune",
    per_nouns="côté|jour|semaine|mois|heure|minute|jambe|bras|pied|main|série|tour|personne|orteil",
    breath_nouns="respiration|rythme",
    clock_words="à|jusqu'à|avant|dès|vers",
    clock=_clock,
    date=_date,
    dot_word="point",
    ambiguous=_AMBIGUOUS,
    units=_UNITS,
    singular_below_two=True,
    and_half_template="{number} {unit} et {half}",
    half_words={"m": "demi", "f": "demie"},
    half_unit_templates={"m": "un demi-{one}", "f": "une demi-{one}"},
    fraction_words={
        (1, 2): "un demi",
        (1, 3): "un tiers",
        (2, 3): "deux tiers",
        (1, 4): "un quart",
        (2, 4): "deux quarts",
        (3, 4): "trois quarts",
        (1, 5): "un cinquième",
        (2, 5): "deux cinquièmes",
        (3, 5): "trois cinquièmes",
        (4, 5): "quatre cinquièmes",
        (1, 6): "un sixième",
        (5, 6): "cinq sixièmes",
        (1, 8): "un huitième",
        (3, 8): "trois huitièmes",
        (5, 8): "cinq huitièmes",
        (7, 8): "sept huitièmes",
        (1, 10): "un dixième",
        (3, 10): "trois dixièmes",
    },
    fraction_of_unit_template="{part} {link}{one}",
    mixed_number_template="{number} et {part}",
    link=_preposition,
    feminine_noun=_FEMININE,
    not_nouns=_NOT_NOUNS,
    to_word="à",
    ratio_word="pour",
    of_word="sur",
    times_word="fois",
    by_word="sur",
    per_word="par",
    or_word="ou",
    abbreviations=_ABBREVIATIONS,
    closing_abbreviations=frozenset({"etc."}),
    number_prefixes={
        "n°": "numéro",
        "nº": "numéro",
        "N°": "numéro",
        "p.": "page",
        "pp.": "pages",
        "fig.": "figure",
        "chap.": "chapitre",
        "vol.": "volume",
        "#": "numéro",
        "№": "numéro",
        "~": "environ",
        "≈": "environ",
        "<": "moins de",
        ">": "plus de",
        "≤": "au plus",
        "≥": "au moins",
        "±": "plus ou moins",
    },
    symbol_words={
        "&": "et",
        "+": "plus",
        "=": "égale",
        "@": "arobase",
        "%": "pour cent",
        "°": "degrés",
        "×": "fois",
        "÷": "divisé par",
        "²": "au carré",
        "³": "au cube",
        "€": "euros",
        "£": "livres",
        "$": "dollars",
    },
)
