"""Spanish."""

from __future__ import annotations

import re

from voiceguide.languages.model import Language, NumberWords, Rule, Unit

__all__ = ["LANGUAGE"]

_PHRASES = {
    "opening_title": "Antes de empezar",
    "needs": "Lo necesario: {items}.",
    "join": " y ",
    "half": "A la mitad.",
    # "Treinta segundos más" rather than "quedan treinta segundos": a verb would have to agree with the duration.
    "remaining": "{time} más.",
    "elapsed": "Ya {time}.",
    "switch": "Ahora el lado {value}.",
    "breathe_in": "Inhala.",
    "breathe_hold": "Retén.",
    "breathe_out": "Exhala.",
    "breathe_rest": "Pausa.",
    "number_of": "Paso {number} de {steps}.",
    "next": "Lo siguiente: {next}.",
    "quiet": "Seguimos así, {time}.",
    "quiet_minute": "un minuto en silencio",
    "quiet_minute_and_half": "un minuto y medio en silencio",
    "quiet_minutes": "{number_m} minutos en silencio",
    "quiet_minutes_and_half": "{number_m} minutos y medio en silencio",
    "second": "un segundo",
    "seconds": "{number_m} segundos",
    "minute": "un minuto",
    "minutes": "{number_m} minutos",
    "minute_and_half": "un minuto y medio",
    "minutes_and_half": "{number_m} minutos y medio",
    "hour": "una hora",
    "hours": "{number_f} horas",
    "hour_and_half": "una hora y media",
    "hours_and_half": "{number_f} horas y media",
    "time_join": " y ",
}

_SECOND = Unit("segundo", "segundos", "m")
_MINUTE = Unit("minuto", "minutos", "m")
_HOUR = Unit("hora", "horas", "f")
_LITRE = Unit("litro", "litros", "m")
_MILLILITRE = Unit("mililitro", "mililitros", "m")
_CELSIUS = Unit("grado Celsius", "grados Celsius", "m")
_CUP = Unit("taza", "tazas", "f")
_SPOON = Unit("cucharada", "cucharadas", "f")
_TEASPOON = Unit("cucharadita", "cucharaditas", "f")

_UNITS = {
    "s": _SECOND,
    "seg": _SECOND,
    "segs": _SECOND,
    "segundo": _SECOND,
    "segundos": _SECOND,
    "min": _MINUTE,
    "mins": _MINUTE,
    "minuto": _MINUTE,
    "minutos": _MINUTE,
    "h": _HOUR,
    "hora": _HOUR,
    "horas": _HOUR,
    "mm": Unit("milímetro", "milímetros", "m"),
    "cm": Unit("centímetro", "centímetros", "m"),
    "m": Unit("metro", "metros", "m"),
    "m²": Unit("metro cuadrado", "metros cuadrados", "m"),
    "cm²": Unit("centímetro cuadrado", "centímetros cuadrados", "m"),
    "m³": Unit("metro cúbico", "metros cúbicos", "m"),
    "cm³": Unit("centímetro cúbico", "centímetros cúbicos", "m"),
    "km": Unit("kilómetro", "kilómetros", "m"),
    "km/h": Unit("kilómetro por hora", "kilómetros por hora", "m"),
    "mg": Unit("miligramo", "miligramos", "m"),
    "g": Unit("gramo", "gramos", "m"),
    "kg": Unit("kilo", "kilos", "m"),
    "ml": _MILLILITRE,
    "mL": _MILLILITRE,
    "cl": Unit("centilitro", "centilitros", "m"),
    "dl": Unit("decilitro", "decilitros", "m"),
    "l": _LITRE,
    "L": _LITRE,
    "litro": _LITRE,
    "litros": _LITRE,
    "taza": _CUP,
    "tazas": _CUP,
    "cda": _SPOON,
    "cdas": _SPOON,
    "cdta": _TEASPOON,
    "cdtas": _TEASPOON,
    "rep": Unit("repetición", "repeticiones", "f"),
    "reps": Unit("repetición", "repeticiones", "f"),
    "Hz": Unit("hercio", "hercios", "m"),
    "dB": Unit("decibelio", "decibelios", "m"),
    "kcal": Unit("kilocaloría", "kilocalorías", "f"),
    "lpm": Unit("latido por minuto", "latidos por minuto", "m"),
    "ppm": Unit("pulsación por minuto", "pulsaciones por minuto", "f"),
    "lb": Unit("libra", "libras", "f"),
    "oz": Unit("onza", "onzas", "f"),
    "pulg": Unit("pulgada", "pulgadas", "f"),
    "%": Unit("por ciento", "por ciento", "m"),
    "°C": _CELSIUS,
    "° C": _CELSIUS,
    "ºC": _CELSIUS,
    "º C": _CELSIUS,
    "°F": Unit("grado Fahrenheit", "grados Fahrenheit", "m"),
    "°": Unit("grado", "grados", "m"),
    "€": Unit("euro", "euros", "m"),
    "$": Unit("dólar", "dólares", "m"),
    "£": Unit("libra", "libras", "f"),
    "x": Unit("vez", "veces", "f"),
    "×": Unit("vez", "veces", "f"),
    "vez": Unit("vez", "veces", "f"),
    "veces": Unit("vez", "veces", "f"),
    "mano": Unit("mano", "manos", "f"),
    "manos": Unit("mano", "manos", "f"),
    "día": Unit("día", "días", "m"),
    "días": Unit("día", "días", "m"),
}

_ABBREVIATIONS = {
    "p. ej.": "por ejemplo",
    "i. e.": "es decir",
    "etc.": "etcétera",
    "aprox.": "aproximadamente",
    "máx.": "máximo",
    "mín.": "mínimo",
    "min.": "minutos",
    "seg.": "segundos",
    "incl.": "incluido",
    "vs.": "contra",
    "ca.": "cerca de",
    "y/o": "y o",
    "Dr.": "doctor",
    "Dra.": "doctora",
    "cda.": "cucharada",
    "cdas.": "cucharadas",
    "cdta.": "cucharadita",
    "cdtas.": "cucharaditas",
    "rep.": "repeticiones",
    "reps.": "repeticiones",
    "EE. UU.": "Estados Unidos",
    "Sta.": "santa",
    "Sto.": "santo",
    "Av.": "avenida",
    "Avda.": "avenida",
    "Prof.": "profesor",
    "tel.": "teléfono",
    "cf.": "compárese",
    "Sr.": "señor",
    "Sres.": "señores",
    "Dña.": "doña",
    "lun.": "lunes",
    "mar.": "martes",
    "mié.": "miércoles",
    "jue.": "jueves",
    "vie.": "viernes",
    "sáb.": "sábado",
    "dom.": "domingo",
    "Sra.": "señora",
    "Ud.": "usted",
    "Uds.": "ustedes",
    "izq.": "izquierdo",
    "der.": "derecho",
}

_DAYS = {
    "L": "lunes",
    "M": "martes",
    "X": "miércoles",
    "J": "jueves",
    "V": "viernes",
    "S": "sábado",
    "D": "domingo",
}
_MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
_FEMININE = re.compile(r"(?:as?|i[oó]n(?:es)?|dad(?:es)?)$")
_NOT_NOUNS = "a al con de del e en hasta la las lo los luego no o ó para por que se si sin su u un una y ya"
_ROMAN_NAME = re.compile(
    r"\b(Felipe|Carlos|Alfonso|Fernando|Isabel|Juan|Juan Pablo|Luis|Enrique|Jaime|Pedro|Sancho|Pío|Benedicto|Napoleón) "
    r"([IVX]+)(?!\w)"
)
_CENTURY = re.compile(r"\b([Ss]iglos?|[Ss]\.) ([IVX]+)(?!\w)")


def _clock(hour: str, minutes: str, numbers: NumberWords) -> str:
    return f"{numbers.cardinal(int(hour), 'f')} {numbers.clock_minutes(minutes)}".strip()


def _date(day: int, month: int, year: str, numbers: NumberWords) -> str:
    first = "primero" if day == 1 else numbers.cardinal(day)
    return f"{first} de {_MONTHS[month - 1]}" + (f" de {numbers.year(year)}" if year else "")


def _roman_name(found: re.Match[str], numbers: NumberWords) -> str:
    """Return a royal name in words.

    Numbers up to ten are read as ordinals (`Felipe II`), and higher ones as cardinals (`Alfonso XIII`).
    """
    number = numbers.roman(found[2])
    if not number:
        return found.group()
    words = numbers.ordinal(number) if number <= 10 else numbers.cardinal(number)
    return f"{found[1]} {re.sub('o$', 'a', words) if found[1] == 'Isabel' else words}"


def _century(found: re.Match[str], numbers: NumberWords) -> str:
    number = numbers.roman(found[2])
    noun = "siglo" if found[1] in ("S.", "s.") else found[1]
    return f"{noun} {numbers.cardinal(number)}" if number else found.group()


def _price(found: re.Match[str], numbers: NumberWords) -> str:
    unit, cents = _UNITS[found[3]], found[2].lstrip("0")
    if found[1] == "0" and cents:
        noun = {"€": "céntimo", "$": "centavo", "£": "penique"}[found[3]]
        return f"{numbers.cardinal(cents, 'm')} {noun}{'' if cents == '1' else 's'}"
    words = f"{numbers.cardinal(found[1], unit.gender)} {unit.singular if found[1] == '1' else unit.plural}"
    return f"{words} con {numbers.cardinal(cents, 'm')}" if cents else words


def _day_time(found: re.Match[str], numbers: NumberWords) -> str:
    """Return `7 p. m.` as "siete de la tarde"."""
    hour, minutes = int(found[1]), found[2] or "00"
    if found[3].lower() == "a":
        part = "noche" if hour == 12 else "madrugada" if hour < 5 else "mañana"
    else:
        part = "tarde" if hour == 12 or hour < 8 else "noche"
    stop = "." if found.group().endswith(".") and re.match(r"$| [A-ZÁÉÍÓÚÑ¿¡]", found.string[found.end() :]) else ""
    return f"{_clock(found[1], minutes, numbers)} de la {part}{stop}"


def _half(found: re.Match[str], numbers: NumberWords) -> str:
    """Return `1/2 limón` as "medio limón", and `1 1/2 vasos` as "un vaso y medio"."""
    noun = found[2]
    if noun in _UNITS or noun in _NOT_NOUNS.split():
        return found.group()
    gender = "f" if _FEMININE.search(noun) else "m"
    half = "media" if gender == "f" else "medio"
    if not found[1]:
        return f"{half} {noun}"
    singular = re.sub(r"(?<=[aeo])s$", "", noun) if found[1] == "1" else noun
    return f"{numbers.cardinal(found[1], gender)} {singular} y {half}"


_PARTS = {"2": "media", "3": "tercera", "4": "cuarta", "5": "quinta", "8": "octava", "10": "décima"}


def _parts(found: re.Match[str], numbers: NumberWords) -> str:
    count = numbers.cardinal(found[1], "f")
    return f"{count} {_PARTS[found[2]]}{'' if found[1] == '1' else 's'} "


def _side(found: re.Match[str], numbers: NumberWords) -> str:
    stem = {"izq": "izquierd", "der": "derech"}[found[2]]
    feminine = found[1].endswith(("a", "mano", "manos", "as"))
    stop = "." if re.match(r"$| [A-ZÁÉÍÓÚÑ]", found.string[found.end() :]) else ""
    return f"{found[1]} {stem}{'a' if feminine else 'o'}{stop}"


_IDIOMS = (
    Rule(re.compile(r"\b([a-záéíóúñ]+) (izq|der)\."), _side),
    Rule(re.compile(r"(?<![\w.,:])(\d{1,2})(?::([0-5]\d))? ?([ap])\. ?m\.(?!\w)", re.IGNORECASE), _day_time),
    Rule(re.compile(rf"(?<![\w.,/])([123])/({'|'.join(_PARTS)}) (?=partes?\b)"), _parts),
    Rule(
        re.compile(r"(?<![\w.,/])(1|3)/10(?= del?\b)"),
        lambda found, numbers: "un décimo" if found[1] == "1" else "tres décimos",
    ),
    Rule(re.compile(r"(?<![\w.,/])(?:(\d{1,2}) )?1/2 ([a-záéíóúñ]+)"), _half),
    Rule(re.compile(r"(?<=\d) ó (?=\d)"), lambda found, numbers: " o "),
    Rule(re.compile(r"(?<=\d) ?[x×] (?=(?:día|semana|mes|hora|lado|pierna)\b)"), lambda found, numbers: "x por "),
    Rule(re.compile(r"[~≈] ?(?=1(?![\d.,/]))"), lambda found, numbers: "aproximadamente "),
    Rule(
        re.compile(r"(^|\b(?:con|de|a|y|para|por) )D\. (?=[A-ZÁÉÍÓÚÑ][a-záéíóúñ])"),
        lambda found, numbers: f"{found[1]}{'don' if found[1] else 'Don'} ",
    ),
    Rule(re.compile(r"(?<![\w.,])(\d{1,4}),(\d\d) ?([€$£])"), _price),
    Rule(
        re.compile(r"(?<![\w.,])(\d+:[0-5]\d(?::[0-5]\d)?) ?(?:minutos\b|min\b\.?|h\b\.?)"),
        lambda found, numbers: found[1],
    ),
    Rule(
        re.compile(r"(?<![\w:.,])(1[3-9]|2[0-3]):([0-5]\d)(?![\w:]|\.\d)"),
        lambda found, numbers: _clock(found[1], found[2], numbers),
    ),
    Rule(
        re.compile(r"(^|\b(?:en|la|de|a|hasta|por) )C\. (?=[A-ZÁÉÍÓÚÑ]\w+)"), lambda found, numbers: f"{found[1]}calle "
    ),
    Rule(re.compile(r"(?<![\w.,])1\.? de (?=(?:" + "|".join(_MONTHS) + r")\b)"), lambda found, numbers: "primero de "),
    Rule(_ROMAN_NAME, _roman_name),
    Rule(_CENTURY, _century),
    Rule(
        re.compile(r"\b([Ll]os|[Aa]ños) (?:'|19)?([2-9]0)s?(?![\w:.,])(?! \w)"),
        lambda found, numbers: f"{found[1]} {numbers.cardinal(found[2])}",
    ),
    Rule(
        re.compile(r"\b(L|M|X|J|V|S|D)-(L|M|X|J|V|S|D)\b"),
        lambda found, numbers: f"{_DAYS[found[1]]} a {_DAYS[found[2]]}",
    ),
)
_TIME = re.compile(r"(?<!\w)([Ll]as?) (\d{1,2}):([0-5]\d)(?![\d:])")
_ORDINAL = re.compile(r"(?<![\w.,])(\d+)\.? ?(?:(º|ª)(?! ?[CF]\b)|(er)(?!\w))")
_I_SOUND = re.compile(r"(?:i|í|hi(?!e)|y[^aeiou])", re.IGNORECASE)


def _time(found: re.Match[str], numbers: NumberWords) -> str:
    return f"{found[1]} {numbers.cardinal(int(found[2]), 'f')} {numbers.clock_minutes(found[3])}".strip()


def _ordinal(found: re.Match[str], numbers: NumberWords) -> str:
    words = numbers.ordinal(found[1])
    if found[2] == "ª":
        return re.sub(r"o\b", "a", words)
    before_noun = re.match(r" (?!(?:y|e|o|u|de|a)\b)[a-záéíóúñ]", found.string[found.end() :][:5]) is not None
    return re.sub(r"(primer|tercer)o$", r"\1", words) if found[3] or before_noun else words


def _inflect_number(words: str, gender: str) -> str:
    if gender == "f":
        words = words.replace("cientos", "cientas").replace("quinientos", "quinientas")
        return f"{words[:-1]}a" if words.endswith("uno") else words
    return f"{words[:-3]}ún" if words.endswith("veintiuno") else words[:-1] if words.endswith("uno") else words


def _adapt_joiner(joiner: str, following: str) -> str:
    return " e " if joiner == " y " and _I_SOUND.match(following) else joiner


_AMBIGUOUS = (
    (
        re.compile(r"\b(?:el|del|al) (\d{1,2}/\d{1,2})(?![\w/])"),
        "is not read as a date. Write the month as a word.",
    ),
    (
        re.compile(r"\b[Dd]e (\d{1,2}:[0-5]\d a \d{1,2}:[0-5]\d)(?! h\\b)(?![\w:])"),
        "is read as two durations. For times of day, write de las 6:30 a las 7:15.",
    ),
)


LANGUAGE = Language(
    code="es",
    iso_639_2="spa",
    common_words="el los las una con para por que del su en y tus es al sobre luego cada",
    pressure_words=("presion", "amas[ae]", "masaj"),
    characters_per_second=19.5,
    first_stage="Llegar",
    first_words="Siéntate en una postura cómoda y suelta el aire despacio.",
    phrases=_PHRASES,
    adapt_joiner=_adapt_joiner,
    thousands_separators=". ",
    decimal_separators=",.",
    point_word="coma",
    decimals_digit_by_digit=False,
    minus_word="menos",
    inflect_number=_inflect_number,
    irregular_ordinals={11: "undécimo", 12: "duodécimo"},
    ordinals=(Rule(_ORDINAL, _ordinal),),
    idioms=_IDIOMS,
    dates_and_times=(Rule(_TIME, _time),),
    counted_nouns="paso|serie|ronda|parte|día|semana|ejercicio|capítulo|página|nivel|fase|etapa|vuelta|acto|lección|"
    "módulo|guerrero|tipo|grado|sesión|volumen",
    each_template="{times}, {amount} cada una",
    per_nouns="lado|día|semana|mes|hora|minuto|pierna|brazo|pie|mano|serie|ronda|persona|dedo",
    breath_nouns="respiración|ritmo",
    clock_words="a las|a la|hasta las|hasta la|desde las|desde la|sobre las|antes de las",
    clock=_clock,
    date=_date,
    dot_word="punto",
    ambiguous=_AMBIGUOUS,
    units=_UNITS,
    and_half_template="{number} {unit} y {half}",
    half_words={"m": "medio", "f": "media"},
    half_unit_templates={"m": "medio {one}", "f": "media {one}"},
    fraction_words={
        (1, 2): "un medio",
        (1, 3): "un tercio",
        (2, 3): "dos tercios",
        (1, 4): "un cuarto",
        (2, 4): "dos cuartos",
        (3, 4): "tres cuartos",
        (1, 5): "un quinto",
        (2, 5): "dos quintos",
        (3, 5): "tres quintos",
        (4, 5): "cuatro quintos",
        (1, 6): "un sexto",
        (5, 6): "cinco sextos",
        (1, 8): "un octavo",
        (3, 8): "tres octavos",
        (5, 8): "cinco octavos",
        (7, 8): "siete octavos",
        (1, 10): "un décimo",
        (3, 10): "tres décimos",
    },
    fraction_of_unit_template="{part} de {one}",
    mixed_number_template="{number} y {part}",
    feminine_noun=_FEMININE,
    not_nouns=_NOT_NOUNS,
    to_word="a",
    of_word="de",
    times_word="por",
    per_word="por",
    or_word="o",
    abbreviations=_ABBREVIATIONS,
    closing_abbreviations=frozenset({"etc."}),
    number_prefixes={
        "núm.": "número",
        "N.º": "número",
        "Nº": "número",
        "pág.": "página",
        "págs.": "páginas",
        "p.": "página",
        "fig.": "figura",
        "cap.": "capítulo",
        "vol.": "volumen",
        "n.º": "número",
        "nº": "número",
        "#": "número",
        "№": "número",
        "~": "unos",
        "≈": "unos",
        "<": "menos de",
        ">": "más de",
        "≤": "como máximo",
        "≥": "como mínimo",
        "±": "más o menos",
    },
    symbol_words={
        "&": "y",
        "+": "más",
        "=": "igual a",
        "@": "arroba",
        "%": "por ciento",
        "°": "grados",
        "×": "por",
        "÷": "dividido entre",
        "²": "al cuadrado",
        "³": "al cubo",
        "€": "euros",
        "£": "libras",
        "$": "dólares",
    },
)
