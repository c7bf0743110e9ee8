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
    "breathe_in": "In.",
    "breathe_hold": "Hold.",
    "breathe_out": "Out.",
    "breathe_rest": "Rest.",
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
_FAHRENHEIT = Unit("degree Fahrenheit", "degrees Fahrenheit")
_INCH = Unit("inch", "inches")

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
    "mph": Unit("mile per hour", "miles per hour"),
    "mi": Unit("mile", "miles"),
    "yd": Unit("yard", "yards"),
    "ft": Unit("foot", "feet"),
    "inch": _INCH,
    "inches": _INCH,
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
    "tsps": Unit("teaspoon", "teaspoons"),
    "tbsp": Unit("tablespoon", "tablespoons"),
    "tbsps": Unit("tablespoon", "tablespoons"),
    "Tbsp": Unit("tablespoon", "tablespoons"),
    "fl oz": Unit("fluid ounce", "fluid ounces"),
    "qt": Unit("quart", "quarts"),
    "pt": Unit("pint", "pints"),
    "gal": Unit("gallon", "gallons"),
    "m²": Unit("square metre", "square metres"),
    "cm²": Unit("square centimetre", "square centimetres"),
    "m³": Unit("cubic metre", "cubic metres"),
    "cm³": Unit("cubic centimetre", "cubic centimetres"),
    "W": Unit("watt", "watts"),
    "V": Unit("volt", "volts"),
    "Hz": Unit("hertz", "hertz"),
    "dB": Unit("decibel", "decibels"),
    "bpm": Unit("beat per minute", "beats per minute"),
    "BPM": Unit("beat per minute", "beats per minute"),
    "rep": Unit("repetition", "repetitions"),
    "reps": Unit("repetition", "repetitions"),
    "kcal": Unit("kilocalorie", "kilocalories"),
    "%": Unit("percent", "percent"),
    "°C": _CELSIUS,
    "° C": _CELSIUS,
    "ºC": _CELSIUS,
    "deg C": _CELSIUS,
    "°F": _FAHRENHEIT,
    "° F": _FAHRENHEIT,
    "deg F": _FAHRENHEIT,
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
    "Ms.": "Ms",
    "Prof.": "Professor",
    "temp.": "temperature",
    "ASAP": "as soon as possible",
    "a.m.": "a m",
    "p.m.": "p m",
    "aka": "also known as",
    "a.k.a.": "also known as",
    "approx": "approximately",
    "cf.": "compare",
    "w/out": "without",
    "b/c": "because",
    "either/or": "either or",
    "reps": "repetitions",
    "Mon.": "Monday",
    "Tue.": "Tuesday",
    "Wed.": "Wednesday",
    "Thu.": "Thursday",
    "Fri.": "Friday",
}

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTH = r"(Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?"
_FULL_MONTH = "|".join(_MONTHS)
_AFTER_DATE = "at|in|and|to|or|we|is|was|the|you|from|until|through|our|of"
_DAYS = {
    "Mon": "Monday",
    "Tue": "Tuesday",
    "Wed": "Wednesday",
    "Thu": "Thursday",
    "Fri": "Friday",
    "Sat": "Saturday",
    "Sun": "Sunday",
}
_DAY = "(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_SINGLE_DAY = re.compile(r"\b(Mon|Tues?|Wed|Thu(?:rs)?|Fri)\b\.?(?!['\w-])|(?<=[&,/] )(Sat|Sun)\b\.?(?!['\w-])")
"""Sat and Sun are also ordinary words, so they are read as days only in a list."""
_YEAR_AFTER = r"(?=,(?! \d)|[.,;:!?)]*(?:\s*$|\s+(?:and|or|the|when|we|he|she|they|it|you|our|his|her)\b|\s+[A-Z]))"
_YEAR = re.compile(
    r"(?:(?<=\b[Ii]n )|(?<=\b[Ss]ince )|(?<=\b[Uu]ntil )|(?<=\b[Bb]efore )|(?<=\b[Aa]fter )|(?<=\())"
    rf"(?:1[1-9]\d\d|20[0-4]\d){_YEAR_AFTER}",
    re.ASCII,
)
_YEARS = re.compile(
    rf"(?<![\w.,])(1[5-9]\d\d|20[0-4]\d)( ?[-–] ?| to | and )(1[5-9]\d\d|20[0-4]\d){_YEAR_AFTER}", re.ASCII
)
"""Matches only unambiguous years. In "in 1990 steps", 1990 is a number."""
_TIME = re.compile(
    r"(?<![\w.,:])(\d{1,2})(?:[:.]([0-5]\d))? ?([ap])\.?m(?:\.(?= ?(?-i:[a-z,;)]))|(?!\w))", re.ASCII | re.IGNORECASE
)
_TIME_RANGE = re.compile(
    r"(?<![\w.,:])(\d{1,2})(?:[:.]([0-5]\d))? ?([ap]\.?m\.?)? ?[-–—] ?(?=\d{1,2}(?:[:.][0-5]\d)? ?[ap]\.?m\b)",
    re.ASCII | re.IGNORECASE,
)
_TIME_OF_DAY = re.compile(
    r"(?<![\w.,:])(\d{1,2}):([0-5]\d)(?= (?:o'clock|this (?:morning|afternoon|evening)|in the (?:morning|afternoon|"
    r"evening)|at night|tonight|tomorrow)\b)",
    re.ASCII,
)
_DECADE = re.compile(r"(?<![\w'])(1[1-9]|20)?'?([1-9])0'?s(?!\w)", re.ASCII)
_CENTURY = re.compile(r"(?<![\w.,])(1[1-9]|20)00'?s(?!\w)", re.ASCII)
_DECADE_CONTEXT = re.compile(
    r"(?:\b(?:in|into|of|from|since|early|mid|late|during) (?:the|their|his|her|your|my|our)(?: early| mid| late)?|"
    r"\b(?:early|mid|late)(?:[ -]to[ -]late)?-?|\bthe)$"
)
_TENS = {
    "1": "tens",
    "2": "twenties",
    "3": "thirties",
    "4": "forties",
    "5": "fifties",
    "6": "sixties",
    "7": "seventies",
    "8": "eighties",
    "9": "nineties",
}
_LENGTH = (
    r"(?=[.,;:!?)]*$|[,;:!?)]|\.(?:\s+[A-Z]|$)| "
    r"(?:of|wide|long|deep|apart|tall|thick|away|from|above|below|off|high|x)\b)"
)
_INCHES = re.compile(rf"(?<=\d) ?in(?:\.(?! [A-Z]|$))?{_LENGTH}", re.ASCII)
_BREATHING = re.compile(r"\b(?:out|breath|inhale|exhale|count)", re.IGNORECASE)
_GLUED_DEGREES = re.compile(r"(?<=\d\d)(?: ?deg(?:rees)?\.?)? ?([FC])(?!\w)")
_ATTRIBUTIVE = re.compile(
    r"(?<![\w.,:])(\d+(?:\.\d+)?) ?(s|sec|secs|min|mins|m|hr|h|lbs?|kg|oz|ft|km|ml|cm|minutes?|seconds?|hours?)\.? "
    r"(?=(holds?|rests?|breaks?|planks?|stretch(?:es)?|walks?|intervals?|pauses?|massages?|soaks?|sessions?|runs?|"
    r"sprints?|dash(?:es)?|swims?|weights?|dumbbells?|kettlebells?|plates?|rounds?|timers?|naps?|"
    r"bursts?|hangs?|meditations?|practices?|routines?|balls?|rollers?|bottles?)\b)"
)
_DISTANCES = ("sprint", "dash", "swim", "run", "walk")
_ATTRIBUTIVE_RANGE = re.compile(
    r"(?<![\w.,:-])(\d+)[-–](\d+) (second|minute|hour|pound|kilogram|degree|metre) "
    r"(?=(?:hold|rest|break|plank|stretch|walk|massage|session|pause|soak|run|angle|weight)s?\b)"
)


def _time(found: re.Match[str], numbers: NumberWords) -> str:
    parts = [numbers.cardinal(int(found[1])), numbers.clock_minutes(found[2] or "00"), f"{found[3].upper()}M"]
    return " ".join(filter(None, parts))


def _clock(hour: str, minutes: str, numbers: NumberWords) -> str:
    spoken_minutes = numbers.clock_minutes(minutes) or "o'clock"
    return f"{numbers.cardinal(int(hour))} {spoken_minutes}"


def _time_range(found: re.Match[str], numbers: NumberWords) -> str:
    half = f"{found[3][0].upper()}M" if found[3] else ""
    parts = [numbers.cardinal(int(found[1])), numbers.clock_minutes(found[2] or "00"), half, "to "]
    return " ".join(filter(None, parts))


def _decade(found: re.Match[str], numbers: NumberWords) -> str:
    """Return the words for a decade such as `the 1980s`. `60s` is a duration, except after words such as "in their"."""
    before = found.string[: found.start()].rstrip()
    century, tens = found[1], _TENS[found[2]]
    if century:
        return f"{numbers.cardinal(int(century))} {tens}"
    apostrophe = "'" in found.group()
    context = _DECADE_CONTEXT.search(before)
    if not context or (context.group() == "the" and not apostrophe):
        return found.group()
    noun = re.match(r" (?:holds?|rests?|breaks?|planks?|pauses?|intervals?)\b", found.string[found.end() :])
    return found.group() if noun else tens


def _inches(found: re.Match[str], numbers: NumberWords) -> str:
    """Return the word for the unit in `12 in`, unless the text is about breathing, as in "4 in, 6 out"."""
    return found.group() if _BREATHING.search(found.string) else " inches"


def _attributive(found: re.Match[str], numbers: NumberWords) -> str:
    unit = _UNITS["m" if found[2] == "m" and found[3].rstrip("es") in _DISTANCES else found[2]]
    if found[2] == "m" and unit is _UNITS["m"] and not found[3].startswith(_DISTANCES):
        unit = _MINUTE
    return f"{found[1]} {unit.singular} "


_MONARCH = re.compile(
    r"\b((?:King|Queen|Pope) [A-Z]\w+|Henry|Charles|George|Edward|William|James|Richard|Elizabeth|Louis|Philip|"
    r"John Paul|Pius|Benedict|Napoleon) ([IVX]+)(?![\w'])"
)
_THOUSANDS = {"k": "thousand", "K": "thousand", "M": "million"}


def _monarch(found: re.Match[str], numbers: NumberWords) -> str:
    number = numbers.roman(found[2])
    return f"{found[1]} the {numbers.ordinal(number)}" if number else found.group()


def _century(found: re.Match[str], numbers: NumberWords) -> str:
    return "two thousands" if found[1] == "20" else f"{numbers.cardinal(found[1])} hundreds"


def _day(found: re.Match[str], numbers: NumberWords) -> str:
    return _DAYS[(found[1] or found[2])[:3]]


def _short_month_date(found: re.Match[str], numbers: NumberWords) -> str:
    return f"{_month_name(found[1])} {numbers.ordinal(found[2])}" + _date_year(found[3], numbers)


def _full_month_date(found: re.Match[str], numbers: NumberWords) -> str:
    return f"{found[1]} {numbers.ordinal(found[2])}" + _date_year(found[3], numbers)


def _day_before_month(found: re.Match[str], numbers: NumberWords) -> str:
    return f"the {numbers.ordinal(found[1])} of {found[2]}" + _date_year(found[3], numbers)


def _date_year(digits: str | None, numbers: NumberWords) -> str:
    return f", {numbers.year(digits)}" if digits else ""


def _years(found: re.Match[str], numbers: NumberWords) -> str:
    join = " and " if "and" in found[2] else " to "
    return f"{numbers.year(found[1])}{join}{numbers.year(found[3])}"


def _date(day: int, month: int, year: str, numbers: NumberWords) -> str:
    return f"{_MONTHS[month - 1]} {numbers.ordinal(day)}" + (f", {numbers.year(year)}" if year else "")


def _month_name(short: str) -> str:
    return next(name for name in _MONTHS if name.startswith(short[:3]))


_CENTS = {"$": "cents", "€": "cents", "£": "pence"}


def _price(found: re.Match[str], numbers: NumberWords) -> str:
    unit, whole, cents = _UNITS[found[1]], found[2], found[3].lstrip("0")
    if whole == "0" and cents:
        return f"{numbers.cardinal(cents)} {_CENTS[found[1]] if cents != '1' else _CENTS[found[1]].rstrip('s')}"
    words = f"{numbers.cardinal(whole)} {unit.singular if whole == '1' else unit.plural}"
    return f"{words} {numbers.cardinal(cents)}" if cents else words


def _part(found: re.Match[str], numbers: NumberWords) -> str:
    """Return `a 1/2 turn` as "a half turn" and `1/2 a lemon` as "half a lemon". Units are read elsewhere."""
    part = "half" if found[2] == "2" else "quarter"
    following = found.string[found.end() :]
    if found[1]:
        return f"{found[1]}{part} "
    is_half = found[2] == "2" and re.match(r"(?:an?|of) ", following)
    return f"{part} " if is_half else found.group()


_FOUR_DIGITS = r"1[1-9]\d\d|20\d\d"
_IDIOMS = (
    Rule(re.compile(r"([$£€]) ?(\d{1,6})\.(\d\d)(?![\w%]|[.,]\d| ?[-–] ?\d| (?:k|million|billion)\b)"), _price),
    Rule(_CENTURY, _century),
    Rule(_DECADE, _decade),
    Rule(_YEARS, _years),
    Rule(re.compile(r"(?<=\byear )(1[1-9]\d\d|20\d\d)(?![\w]|[.,]\d)"), lambda found, numbers: numbers.year(found[1])),
    Rule(
        re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?:,? ({_FOUR_DIGITS}))?(?!\w|[:.,]\d)"),
        _short_month_date,
    ),
    Rule(
        re.compile(rf"\b({_FULL_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?,? ({_FOUR_DIGITS})(?!\w|[.,]\d)"), _full_month_date
    ),
    Rule(
        re.compile(rf"\b({_FULL_MONTH}) (\d{{1,2}})()(?=$|[,;:!?)](?!\d)|\.(?!\d)| (?:{_AFTER_DATE})\b)"),
        _full_month_date,
    ),
    Rule(
        re.compile(
            rf"(?<![\w.,/:-])(?:the )?(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_FULL_MONTH}),? ({_FOUR_DIGITS})(?!\w)"
        ),
        _day_before_month,
    ),
    Rule(
        re.compile(
            rf"(?:(?<=\b[Oo]n )|(?<=\b[Uu]ntil )|(?<=\b[Ss]ince )|(?<=\b[Ff]rom )|(?<=\b[Bb]y )|^)(\d{{1,2}}) "
            rf"({_FULL_MONTH})()(?=$|[.,;:!?)])"
        ),
        _day_before_month,
    ),
    Rule(
        re.compile(rf"\b({_FULL_MONTH}) ({_FOUR_DIGITS})(?!\w|[.,]\d)"),
        lambda found, numbers: f"{found[1]} {numbers.year(found[2])}",
    ),
    Rule(_MONARCH, _monarch),
    Rule(re.compile(rf"\b{_DAY}\.?[-–]{_DAY}\b"), lambda found, numbers: f"{_DAYS[found[1]]} to {_DAYS[found[2]]}"),
    Rule(_SINGLE_DAY, _day),
    Rule(re.compile(r"\bL ?/ ?R\b"), lambda found, numbers: "left or right"),
    Rule(re.compile(r"\bR ?/ ?L\b"), lambda found, numbers: "right or left"),
    Rule(re.compile(r"\bL ?& ?R\b"), lambda found, numbers: "left and right"),
    Rule(re.compile(r"\bSt\. (?=[A-Z])"), lambda found, numbers: "Saint "),
    Rule(re.compile(r"(?<=[a-z] )St\.(?! [A-Z]|$)"), lambda found, numbers: "Street"),
    Rule(
        re.compile(r"\b([Cc]all|[Dd]ial|[Rr]ing|[Pp]hone) (\d{3})(?=[.,;:!?)]|$| (?:for|if|or|in|and|now|at|right)\b)"),
        lambda found, numbers: f"{found[1]} {numbers.digits(found[2])}",
    ),
    Rule(
        re.compile(r"(?<![\w.,:/])(\d+(?:\.\d+)?)([kKM])(?= (?!runs?\b|races?\b|jogs?\b|walks?\b)[a-z])"),
        lambda found, numbers: f"{found[1]} {_THOUSANDS[found[2]]}",
    ),
    Rule(
        re.compile(r"(?<![\w.,/])(an? )?1/([24]) (?=(?:an?|of) |[a-z])"),
        _part,
    ),
    Rule(
        re.compile(r"(?<![\w.,])(\d+)(st|nd|rd|th) ?[-–] ?(?=\d+(?:st|nd|rd|th)\b)"),
        lambda found, numbers: f"{numbers.ordinal(found[1])} to ",
    ),
    Rule(re.compile(r"\b([Oo]nce|[Tt]wice)/(?=[a-z])"), lambda found, numbers: f"{found[1]} per "),
    Rule(_INCHES, _inches),
    Rule(_GLUED_DEGREES, lambda found, numbers: f" °{found[1]}"),
    Rule(_ATTRIBUTIVE, _attributive),
    Rule(
        re.compile(r"(?<![\w.,:])(\d+)° (?=(?:angle|turn|bend|twist|rotation)s?\b)"),
        lambda found, numbers: f"{numbers.cardinal(found[1])} degree ",
    ),
    Rule(
        _ATTRIBUTIVE_RANGE,
        lambda found, numbers: f"{numbers.cardinal(found[1])} to {numbers.cardinal(found[2])} {found[3]} ",
    ),
    Rule(_TIME_RANGE, _time_range),
    Rule(
        _TIME_OF_DAY,
        lambda found, numbers: f"{numbers.cardinal(int(found[1]))} {numbers.clock_minutes(found[2])}".strip(),
    ),
)
_ORDINAL = re.compile(r"(?<![\w.,])(\d+)(?:st|nd|rd|th)(?!\w)", re.ASCII | re.IGNORECASE)


_VERB = r"(?:(?<=^)|(?<=[.!?:;,] )|(?<=\b[Tt]hen )|(?<=\b[Aa]nd )|(?<=\b[Tt]o )|(?<=\b[Nn]ow )|(?<=\b[Oo]r ))"
"""Matches positions where an instruction begins. The word at such a position is a verb."""
_HETERONYMS = tuple(
    (re.compile(pattern, re.IGNORECASE), phonemes)
    for pattern, phonemes in (
        (_VERB + r"bow(?= (?:forward|down|your|from|over|to|and|with|slowly|gently|deeply|low|in)\b)", "bˈW"),
        (_VERB + r"alternate(?= (?!nostril|day|leg raise|arm raise))", "ˈɔltəɹnˌAt"),
        (_VERB + r"contract(?= )", "kəntɹˈækt"),
        (_VERB + r"polish(?= (?:the|your|each|every|both|them|it)\b)", "pˈɑlɪʃ"),
        (_VERB + r"progress(?= (?:to|slowly|from|through|into|only|gradually|when|at)\b)", "pɹəɡɹˈɛs"),
        (_VERB + r"object(?= to\b)", "əbʤˈɛkt"),
        (_VERB + r"present(?= (?:yourself|the|your|it|them)\b)", "pɹəzˈɛnt"),
        (
            r"(?<=\b[a] )minute(?= (?:movement|adjustment|motion|shift|change|detail|circle|tremor|pulse)s?\b)",
            "mˌInˈut",
        ),
        (r"(?<=\bvery )minute\b|(?<=\bwith )minute(?= )", "mˌInˈut"),
        (r"(?<=\bbe )content\b|(?<=\bfeel )content\b|\bcontent(?= with\b)", "kəntˈɛnt"),
        (r"(?<=\bnot )abuse\b|(?<=\bnever )abuse\b|(?<=\bn't )abuse\b|(?<=\bto )abuse\b", "əbjˈuz"),
        (r"\blead(?= (?:weight|weights|metal|apron|shot|ball|balls|vest)\b)", "lˈɛd"),
        (r"\bbass(?= (?:tone|tones|drum|note|notes|sound|sounds|line)\b)", "bˈAs"),
        (r"(?<=\btowel )wound(?= (?:around|round)\b)|(?<=\bbandage )wound(?= (?:around|round)\b)", "wˈWnd"),
        (r"\bsh{2,}\b", "ʃʃʃ"),
        (r"\bs{3,}\b", "sss"),
    )
)


_INCH_NOUNS = "apart|wide|long|tall|high|deep|thick|away|above|below|from|off|of|ball|towel|roll|block|ruler|square"
_NO_QUOTE_BEFORE = r"^(?:[^\"]|(?<=\d)\")*?"
_AMBIGUOUS = tuple(
    (re.compile(pattern), advice)
    for pattern, advice in (
        (
            r"(?<![\w/.])((0?[1-9]|1[0-2])/(?!\2/)(?:0?[1-9]|1[0-2])/\d{4})(?![\w/])",
            "can be either of two dates, so its numbers are read one by one. Write the month as a word.",
        ),
        (
            r"\b(?:on|by|until|since) (\d{1,2}/\d{1,2})(?![\w/]| of\b)",
            "is not read as a date. Write the month as a word.",
        ),
        (
            r"\bfrom (\d{1,2}:[0-5]\d(?: to | ?[-–] ?)\d{1,2}:[0-5]\d)(?! ?[ap]\.?m\b)(?![\w:])",
            "is read as two durations. For times of day, write am or pm after them.",
        ),
        (
            _NO_QUOTE_BEFORE + r"(?<![\w.,'])(?<!' )((?:[1-9]|1\d)\")(?!\w)"
            rf"(?! (?:{_INCH_NOUNS})\b)",
            "is read as seconds. For inches, write the word.",
        ),
        (
            r"(?<!\bin )(?<!\bof )(?<!\bfrom )(?<!\bsince )(?<!\binto )(?<!\bduring )\b(the [1-9]0s)\b"
            r"(?! (?:holds?|rests?|breaks?|planks?|pauses?|intervals?|stretch|mark|timer|work|round))",
            "is read as seconds. For a decade, write it as a word, such as the sixties.",
        ),
        (
            r"\b[Ii]n ((?:1[5-9]\d\d|20[0-4]\d)) "
            r"(?!(?:and|or|the|when|we|he|she|they|it|you|our|his|her|steps?|met(?:er|re)s?|words?|breaths?|ways?)\b)"
            r"(?=[a-z])",
            'is read as a quantity. For a year, write "in the year" before it.',
        ),
    )
)


def _article(noun: str) -> str:
    return "an " if noun[0] in "aeio" or noun == "hour" else "a "


LANGUAGE = Language(
    code="en",
    iso_639_2="eng",
    draft_tag="en-US",
    common_words="the and your with for you to of on is it then hold as each from into",
    pressure_words=(r"press(?!\s+play)", "knead", "massag"),
    characters_per_second=21.0,
    first_stage="Arrive",
    first_words="Sit comfortably, and breathe out slowly.",
    phrases=_PHRASES,
    thousands_separators=",",
    decimal_separators=".",
    point_word="point",
    decimals_digit_by_digit=True,
    minus_word="minus",
    ordinals=(Rule(_ORDINAL, lambda found, numbers: numbers.ordinal(found[1])),),
    idioms=_IDIOMS,
    dates_and_times=(Rule(_YEAR, lambda found, numbers: numbers.year(found.group())), Rule(_TIME, _time)),
    zero_minute_word="oh",
    counted_nouns="step|set|round|part|day|week|rep|lap|level|phase|stage|session|chapter|page|circle|cycle|exercise|"
    "warrior|act|volume|type|grade|lesson|module|class|series|nerve|war|book|table|figure|section",
    out_of_word="out of",
    each_template="{times}, {amount} each",
    per_nouns="side|leg|arm|foot|hand|day|week|month|hour|minute|set|round|person|session|toe|finger",
    breath_nouns="breathing|rhythm|pattern|count|counts",
    clock_words="at|until|till|by|before|between",
    clock=_clock,
    date=_date,
    month_first=True,
    dot_word="dot",
    inch_nouns=_INCH_NOUNS,
    heteronyms=_HETERONYMS,
    ambiguous=_AMBIGUOUS,
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
        (1, 10): "one tenth",
        (3, 10): "three tenths",
    },
    fraction_of_unit_template="{part} of {link}{one}",
    mixed_number_template="{number} and {part}",
    link=_article,
    to_word="to",
    of_word="of",
    times_word="times",
    by_word="by",
    per_word="per",
    or_word="or",
    abbreviations=_ABBREVIATIONS,
    closing_abbreviations=frozenset({"etc.", "a.m.", "p.m."}),
    number_prefixes={
        "No.": "number",
        "Nr.": "number",
        "no.": "number",
        "p.": "page",
        "pp.": "pages",
        "nos.": "numbers",
        "fig.": "figure",
        "Fig.": "figure",
        "vol.": "volume",
        "Vol.": "volume",
        "ch.": "chapter",
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
        "÷": "divided by",
        "²": "squared",
        "³": "cubed",
        "€": "euros",
        "£": "pounds",
        "$": "dollars",
    },
)
