"""Numbers that are not amounts, recognized from the surrounding text: counts, ratings, times of day, links.

Each step replaces the notation that it recognizes with words or with a simpler notation that the next stage can read.
Anything ambiguous is left unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from voiceguide.languages.model import Language
from voiceguide.speech.text_normalization.number_words import LanguageNumberWords, roman_value

__all__ = ["expand_contexts"]

_Step = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]

_LINK = re.compile(
    r"(?<![\w@.])(?:https?://(?:www\.)?|www\.)([\w-]+(?:\.[\w-]+)+)(?::\d+)?(?:[/?#](?:\S*[^\s,.;:!?)\"'])?)?"
)
_DOMAIN = re.compile(
    r"(?<![\w@./-])([\w-]{2,}(?:\.[\w-]+)*\.(?:com|org|net|info|io|eu|app|edu|gov|uk|de|es|fr|ch))(?![\w@.-]\w|\w)"
    r"(?:/(?:\S*[^\s,.;:!?)\"'])?)?"
)
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)")
_AT_LEAST = re.compile(r"([<>])= ?(?=\d)")
_QUOTIENT = re.compile(r"(?<=\d) ?(?:/|÷) ?(?=\d+ ?=)")
_SIZE = re.compile(
    r"(?<![\w.,])(\d+(?:[.,]\d+)?) ?[xX×] ?(?=\d+(?:[.,]\d+)? ?(?:mm|cm|ft|in|inch|inches)(?!\w))", re.ASCII
)
_SQUARE = re.compile(r"(?<=\d) ?(mm|cm|km|m)([23])(?!\w)")
_POINT_CODE = re.compile(r"(?<![\w-])([A-Z]{2})-(\d{1,2})(?![\w-])", re.ASCII)
_LETTER_MARK = re.compile(r"(?<![\w(.,])([a-h])\) (?=\w)")
_COUNTDOWN = re.compile(r"(?<![\w.])\d{1,3}(?: ?\.{2,3} ?\d{1,3})+(?![\w])", re.ASCII)
_RHYTHM = re.compile(r"(?<![\w.,:-])\d{1,2}(?: [-–] \d{1,2}){2,}(?![\w]| ?=)", re.ASCII)
_RHYTHM_IN_WORD = re.compile(r"(?<=[^\W\d_]{2})-(\d{1,2}(?:-\d{1,2})+)(?![\w-])", re.ASCII)
_RHYTHM_BEFORE_WORD = re.compile(r"(?<![\w.-])(\d{1,2}(?:[-–]\d{1,2}){2,})-(?=[^\W\d_])")
_COLON_RHYTHM = re.compile(r"(?<![\w:])\d{1,2}(?::\d{1,2}){2,}(?![\w:])", re.ASCII)
_CLOCK_LIKE = re.compile(r"\d{1,2}:[0-5]\d:[0-5]\d")
_EQUAL_COUNTS = re.compile(r"(?<![\w.,:/-])(\d{1,2})[-–]\1(?![\w-]| ?=)", re.ASCII)
_DIFFERENCE = re.compile(r"(?<=\d) ?[-–] ?(?=\d+ ?=)")
_MARKED_TIME = re.compile(r"""(?<![\w.,:])(\d{1,3}) ?'(?: ?(\d{1,2}) ?"|(?![\w"]))""", re.ASCII)
_SECONDS_MARK = re.compile(r'(?<![\w.,:])(\d{1,3}(?:[-–]\d{1,3})?) ?"(?!\w)', re.ASCII)
_TWENTY_FOUR_SEVEN = re.compile(r"(?<![\w/.,])24/7(?![\w/])")
_BEFORE_SLASH = re.compile(r"(?<![\w/.,])(\d+(?:[-–]\d+)?) ?/ ?(?=[^\W\d_]{3})")
_AFTER_SLASH = re.compile(r"(?<=[^\W\d_])(?<![A-Z]) ?/ ?(?=\d)")
_CODES = re.compile(r"\b([A-Z]{1,2}\d{1,2})/([A-Z]{1,2}\d{1,2})\b")
_CODE_RANGE = re.compile(r"\b([A-Z]{1,2})(\d{1,2}) ?[-–] ?(?=\1\d{1,2}\b)")
_TIMES_BEFORE = re.compile(r"(?<![\w×])(?<!\d )[xX×] ?(\d{1,3})(?![\w.,:/]\w|\w)", re.ASCII)
_RATING = r"(?<![\w/.,:])(\d|10)/10(?![\w/])"
_PHONE = re.compile(
    r"(?<![\w.,-])(?:(?:\+\d{1,3}[ -]?|\d[ -])?(?:\(\d{2,5}\)[ -]?|\d{2,5}[ -])\d{3,4}[ -]\d{3,5}|0\d{2,5}[ /-]\d{4,9}"
    r"|0\d(?: \d\d){4})(?![\w-])",
    re.ASCII,
)
_ANNOUNCED_PHONE = re.compile(
    r"\b((?:Tel|Tél|Phone|Telefon|Teléfono|Téléphone)\b\.?:? )\+?\d[\d ()/-]{4,}\d(?!\w)", re.IGNORECASE
)
_LIST_MARK = re.compile(r"(?<![\w(.,])([0-9]{1,2})\) (?=\w)")
_SPACED_THOUSANDS = re.compile(r"(?<![\w.,])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?![\w.,]?\d| \d)", re.ASCII)
_CURRENCY_RANGE = re.compile(r"([$€£]) ?(\d+(?:[.,]\d+)?) ?[-–] ?\1?(\d+(?:[.,]\d+)?)(?!\w)")
_INTERNATIONAL_PHONE = re.compile(r"(?<![\w.,-])\+\d{1,3}(?:[ /-]?\(?\d{1,12}\)?){1,6}(?!\w)", re.ASCII)
_MIN_PHONE_DIGITS = 8
_DASHED_DATE = re.compile(r"(?<![\w/.-])(\d{1,2})-(\d{1,2})-(\d{4})(?![\w/-])", re.ASCII)
_SLASHED_DATE = re.compile(r"(?<![\w/.])(\d{1,2})/(\d{1,2})/(\d{4})(?![\w/])", re.ASCII)
_DOTTED_DATE = re.compile(r"(?<![\w/.])(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})(?![\w/])", re.ASCII)
_ISO_DATE = re.compile(r"(?<![\w/.-])(\d{4})-(\d\d)-(\d\d)(?![\w/-])", re.ASCII)
_FEET = r" (?:apart|wide|long|tall|high|deep|thick|away)\b"
_THINGS = ("ball", "block", "roll", "ruler", "square", "towel")


def expand_contexts(text: str, language: Language) -> str:
    """Replace numbers in recognized contexts. Text without digits can still contain links and Roman numerals."""
    for pattern, words in _steps(language):
        text = pattern.sub(words, text)
    return text


@cache
def _steps(language: Language) -> tuple[_Step, ...]:
    numbers = LanguageNumberWords(language)
    to = f" {language.to_word} "
    dot = f" {language.dot_word or language.point_word} "
    steps: list[_Step] = [
        (_LINK, lambda found: found[1].replace(".", dot)),
        (_DOMAIN, lambda found: found[1].replace(".", dot)),
        (
            _EMAIL,
            lambda found: f"{found[1].replace('.', dot)} {language.symbol_words['@']} {found[2].replace('.', dot)}",
        ),
        (_AT_LEAST, lambda found: {"<": "≤ ", ">": "≥ "}[found[1]]),
        (_SQUARE, lambda found: _square(found, language)),
    ]
    steps += _date_steps(language, numbers)
    steps += [(rule.pattern, _bind(rule.words, numbers)) for rule in language.idioms]
    steps += _clock_steps(language, numbers)
    if language.each_template:
        steps.append(_sets_step(language))
    steps += [
        (_LIST_MARK, _list_mark),
        (_LETTER_MARK, _list_mark),
        (_ANNOUNCED_PHONE, lambda found: f"{found[1]}{_phone_words(found, numbers)}"),
        (_INTERNATIONAL_PHONE, lambda found: _international_phone_words(found, numbers)),
        (_SPACED_THOUSANDS, lambda found: found.group().replace(" ", "")),
        (_TWENTY_FOUR_SEVEN, lambda found: f"{numbers.cardinal(24)} {numbers.cardinal(7)}"),
        (_PHONE, lambda found: _phone_words(found, numbers)),
        (_COUNTDOWN, _countdown),
        (_QUOTIENT, lambda found: f" {language.symbol_words['÷']} "),
        (_DIFFERENCE, lambda found: f" {language.minus_word} "),
        (_RHYTHM, _counts),
        (_RHYTHM_IN_WORD, lambda found: f", {_counts(found)}"),
        (_RHYTHM_BEFORE_WORD, lambda found: f"{_counts(found)} "),
        (_COLON_RHYTHM, lambda found: found.group() if _CLOCK_LIKE.fullmatch(found.group()) else _counts(found)),
        (_EQUAL_COUNTS, _counts),
        (_MARKED_TIME, lambda found: _marked_time(found, language)),
        (_SECONDS_MARK, lambda found: _marked_seconds(found, language)),
        (_POINT_CODE, lambda found: f"{found[1]} {found[2]}"),
        (_CODES, lambda found: f"{found[1]} {found[2]}"),
        (_CODE_RANGE, lambda found: f"{found.group(1)}{found.group(2)}{to}"),
        (_CURRENCY_RANGE, lambda found: f"{found[2]}-{found[3]} {found[1]}"),
        _product_of_counts_step(language),
        (_SIZE, lambda found: f"{found[1]} {language.by_word or language.times_word} "),
        (_TIMES_BEFORE, lambda found: f"{found[1]}x"),
        *([_prefixed_roman_step(language)] if _abbreviated_prefixes(language) else []),
    ]
    if language.breath_nouns:
        pattern = rf"(?<![\w.-])\d{{1,2}}(?:[-–]\d{{1,2}})+[ -](?=(?:{language.breath_nouns})\b)"
        steps.append((re.compile(pattern, re.IGNORECASE), lambda found: f"{_counts(found)} "))
    if language.counted_nouns:
        steps += _counted_noun_steps(language, numbers)
    out_of = language.out_of_word or language.of_word
    rating = re.compile(rf"{_RATING}(?! {language.of_word} )", re.ASCII)
    steps.append((rating, lambda found: f"{numbers.cardinal(found[1])} {out_of} {numbers.cardinal(10)}"))
    if language.per_nouns:
        pattern = rf"(\d[\d–-]* (?:[^\W\d_]+) ?|\d ?)/ ?(?=(?:{language.per_nouns})\b)"
        steps.append((re.compile(pattern, re.IGNORECASE), lambda found: f"{found[1]} {language.per_word} "))
    steps += [
        _per_unit_step(language),
        _per_amount_step(language),
        _unit_ratio_step(language),
        (_BEFORE_SLASH, lambda found: f"{found[1]} {language.per_word} "),
        (_AFTER_SLASH, lambda found: ", "),
    ]
    bare = {name: unit.plural for name, unit in language.units.items() if "/" in name}
    if bare:
        names = "|".join(map(re.escape, bare))
        steps.append((re.compile(rf"(?<![\w/])(?<!\d )({names})(?![\w/])"), lambda found: bare[found[1]]))
    return tuple(steps)


def _bind(
    words: Callable[[re.Match[str], LanguageNumberWords], str], numbers: LanguageNumberWords
) -> Callable[[re.Match[str]], str]:
    return lambda found: words(found, numbers)


def _counts(found: re.Match[str]) -> str:
    """Return the numbers of a rhythm, separated by commas."""
    return ", ".join(re.findall(r"\d+", found.group()))


def _list_mark(found: re.Match[str]) -> str:
    """Return `1) Sit` as "1, Sit". The bracket can also close a remark: "(hold for 5) then"."""
    before = found.string[: found.start()]
    return found.group() if before.count("(") > before.count(")") else f"{found[1]}, "


def _countdown(found: re.Match[str]) -> str:
    """Return `5...4...3` as counts. Two ascending numbers, such as `2..3`, are a range."""
    counts = [int(digits) for digits in re.findall(r"\d+", found.group())]
    if len(counts) == 2 and counts[0] < counts[1]:
        return found.group()
    return ", ".join(map(str, counts))


def _phone_words(found: re.Match[str], numbers: LanguageNumberWords) -> str:
    plus = "+" if "+" in found.group() else ""
    return plus + ", ".join(numbers.digits(group) for group in re.findall(r"\d+", found.group()))


def _international_phone_words(found: re.Match[str], numbers: LanguageNumberWords) -> str:
    digits = len(re.findall(r"\d", found.group()))
    return _phone_words(found, numbers) if digits >= _MIN_PHONE_DIGITS else found.group()


def _marked_time(found: re.Match[str], language: Language) -> str:
    """Return `1'30"` as minutes and seconds, and `6'2"` in English as feet and inches."""
    if not found[2] and _opens_quote(found.string[: found.start()], "'"):
        return found.group()
    height = found[2] and int(found[2]) < 12 and 3 < int(found[1]) < 9 and language.inch_nouns
    tall = re.match(r" (?:tall|high)\b", found.string[found.end() :])
    if height and (tall or len(found[2]) == 1):
        return f"{found[1]} ft {found[2]} inches"
    if not found[2] and language.inch_nouns and re.match(_FEET, found.string[found.end() :]):
        return f"{found[1]} ft"
    return f"{found[1]} min" + (f" {found[2]} s" if found[2] else "")


def _marked_seconds(found: re.Match[str], language: Language) -> str:
    """Return `30"` as seconds, and `12" apart` in English as inches. The mark can also close a quotation."""
    if _opens_quote(found.string[: found.start()], '"'):
        return found.group()
    following = found.string[found.end() :]
    length = language.inch_nouns and re.match(rf"[ -]({language.inch_nouns})\b", following)
    if not length:
        return f"{found[1]} s"
    return f"{found[1]} {'inch' if length[1] in _THINGS else 'inches'}"


def _opens_quote(before: str, mark: str) -> bool:
    return len(re.findall(rf"(?<!\w){mark}(?=\w)", before)) > len(re.findall(rf"(?<=[^\s\d]){mark}(?!\w)", before))


def _date_steps(language: Language, numbers: LanguageNumberWords) -> list[_Step]:
    date = language.date
    if date is None:
        return []

    def words(day: str, month: str, year: str) -> str:
        return date(int(day), int(month), year, numbers)

    def slashed(found: re.Match[str]) -> str:
        first, second = int(found[1]), int(found[2])
        if language.month_first and first <= 12:
            if second <= 12 and first != second:
                return f"{first}, {second}, {numbers.year(found[3])}"
            return words(found[2], found[1], found[3]) if second <= 31 else found.group()
        return words(found[1], found[2], found[3]) if first <= 31 and 1 <= second <= 12 else found.group()

    def iso(found: re.Match[str]) -> str:
        valid = 1 <= int(found[2]) <= 12 and 1 <= int(found[3]) <= 31
        return words(found[3], found[2], found[1]) if valid else found.group()

    dotted = [(_DOTTED_DATE, slashed), (_DASHED_DATE, slashed)] if not language.month_first else []
    return [(_SLASHED_DATE, slashed), *dotted, (_ISO_DATE, iso)]


def _clock_steps(language: Language, numbers: LanguageNumberWords) -> list[_Step]:
    clock = language.clock
    if clock is None or not language.clock_words:
        return []
    time = r"([01]?\d|2[0-4]):([0-5]\d)(?![\d:]|\.\d| ?(?:s|sec|min|Min|m|Uhr|[ap]\.?m)\b)"
    pattern = re.compile(
        rf"\b({language.clock_words}) {time}(?:(?: ?[-–] ?|{language.phrases['join']}){time})?", re.IGNORECASE
    )

    def words(found: re.Match[str]) -> str:
        first = clock(found[2], found[3], numbers)
        if not found[4]:
            return f"{found[1]} {first}"
        join = language.phrases["join"] if language.phrases["join"] in found.group() else f" {language.to_word} "
        return f"{found[1]} {first}{join}{clock(found[4], found[5], numbers)}"

    return [(pattern, words)]


def _counted_noun_steps(language: Language, numbers: LanguageNumberWords) -> list[_Step]:
    noun = rf"\b((?:{language.counted_nouns})s?)"
    flags = re.IGNORECASE

    def roman(found: re.Match[str]) -> str:
        value = roman_value(found[2])
        return f"{found[1]} {numbers.cardinal(value)}" if value else found.group()

    return [
        (
            re.compile(rf"{noun} (\d{{1,3}}) ?/ ?(\d{{1,3}})(?![\w/])", flags),
            lambda found: f"{found[1]} {found[2]} {language.of_word} {found[3]}",
        ),
        (re.compile(rf"{noun} 0+(\d)(?!\d)", flags), lambda found: f"{found[1]} {found[2]}"),
        (re.compile(rf"{noun} (?-i:(I(?=[.,;:!?)]|$)|(?!I\b)[IVX]+))(?![\w'])", flags), roman),
        (
            re.compile(r"^([IVX]+)\. (?=[^\W\d_])"),
            lambda found: (
                f"{numbers.cardinal(value)}. ".capitalize() if (value := roman_value(found[1])) else found.group()
            ),
        ),
    ]


def _unit_ratio_step(language: Language) -> _Step:
    """Return the step that reads `10 mg/ml` as milligrams per milliliter. `km/h` is a single unit."""
    units = language.units
    names = "|".join(re.escape(name) for name in sorted(units, key=len, reverse=True) if name.isalpha())

    def words(found: re.Match[str]) -> str:
        if f"{found[1]}/{found[2]}" in units:
            return found.group()
        return f"{found[1]} {language.per_word} {units[found[2]].singular}"

    return re.compile(rf"(?<=[\d ])({names})/({names})(?!\w)"), words


def _square(found: re.Match[str], language: Language) -> str:
    """Return `5 m2` as `5 m²`."""
    unit = found[1] + {"2": "²", "3": "³"}[found[2]]
    return f" {unit}" if unit in language.units else found.group()


def _unit_names(language: Language) -> dict[str, str]:
    """Return the units that are written with letters, longest first, each with its singular in words."""
    names = sorted((name for name in language.units if name.isalpha()), key=len, reverse=True)
    return {name: language.units[name].singular for name in names if name not in ("x", "×")}


def _per_unit_step(language: Language) -> _Step:
    """Return the step that reads `2 drops/tsp` as drops per teaspoon, and `6 breaths/min` as breaths per minute."""
    units = _unit_names(language)
    pattern = rf"(\d[\d–-]* [^\W\d_]{{3,}}) ?/ ?({'|'.join(units)})(?![\w/])"
    return re.compile(pattern), lambda found: f"{found[1]} {language.per_word} {units[found[2]]}"


def _per_amount_step(language: Language) -> _Step:
    """Return the step that reads `5 drops/10 ml` as drops per ten milliliters, but not `30s on/15s off`."""
    times = {language.units[name].singular for name in ("s", "min", "h")}
    units = [name for name, singular in _unit_names(language).items() if singular not in times]
    pattern = rf"(?<=[^\W\d_])(?<![A-Z]) ?/ ?(?=\d+(?:[.,]\d+)? ?(?:{'|'.join(units)})(?!\w))"
    return re.compile(pattern), lambda found: f" {language.per_word} "


def _product_of_counts_step(language: Language) -> _Step:
    """Return the step that reads `8 reps x 3 sets` as two counts, and `6 ft x 4 ft` as a size."""
    nouns = "|".join(filter(None, [language.counted_nouns, language.per_nouns, *_unit_names(language)]))
    pattern = rf"([^\W\d_]+)\.? [xX×] (?=\d{{1,3}} ({nouns})s?\b)"
    by = f" {language.by_word or language.times_word} "

    def words(found: re.Match[str]) -> str:
        return f"{found[1]}{by if found[1] == found[2] else ', '}"

    return re.compile(pattern, re.IGNORECASE), words


def _abbreviated_prefixes(language: Language) -> list[str]:
    return [prefix for prefix in language.number_prefixes if prefix.endswith(".")]


def _prefixed_roman_step(language: Language) -> _Step:
    """Return the step that reads `Vol. II`."""
    prefixes = "|".join(re.escape(prefix) for prefix in _abbreviated_prefixes(language))

    def words(found: re.Match[str]) -> str:
        value = roman_value(found[2])
        return f"{found[1]} {value}" if value else found.group()

    return re.compile(rf"(?<!\w)({prefixes}) ?([IVX]+)(?![\w'])"), words


def _sets_step(language: Language) -> _Step:
    """Return the step that reads `3 x 30 s` as three times, thirty seconds each."""
    each = language.each_template.rpartition(" ")[2]
    singulars = {language.units[name].singular for name in ("s", "min")}
    units = [name for name, unit in language.units.items() if unit in (language.units["s"], language.units["min"])]
    times = "|".join(re.escape(name) for name in sorted([*units, "m"], key=len, reverse=True))
    unit_of_time = rf"(?: ?(?:{times})(?:\.(?= [a-zß-ÿ]))?(?u:(?!\w)))?"
    pattern = rf"(?<![\w.,])(\d{{1,3}}) ?[xX×] ?(\d+(?:[-–]\d+)?(?::[0-5]\d)?{unit_of_time})(?![\w%])"

    def words(found: re.Match[str]) -> str:
        unit = re.search(r"[^\W\d]+", found[2])
        as_adjective = language.keeps_written_singular and unit and unit.group() in singulars
        if as_adjective or not re.search(r"[^\d–-]", found[2]):
            return found.group()
        if found.string[found.end() :].startswith(f" {each}"):
            return f"{found[1]}x, {found[2]}"
        return language.each_template.format(times=f"{found[1]}x", amount=found[2].rstrip("."))

    return re.compile(pattern, re.ASCII), words
