"""Words and patterns that identify the parts of plain English instructions. Data only."""

from __future__ import annotations

import re

__all__ = [
    "CAUTION_ADVICE_WORDS",
    "CAUTION_PARAGRAPH_START",
    "CAUTION_WORDS",
    "FRACTION_VALUES",
    "IMPERATIVE_VERBS",
    "LEADING_PHRASES",
    "MASSAGE_STEP_NAMES",
    "NEEDS_HEADING",
    "NEEDS_LINE",
    "NOTE_LINE",
    "NUMBER_VALUES",
    "SAFETY_HEADING",
    "SAFETY_LINE",
    "SKIPPED_HEADING",
    "STEPS_HEADING",
    "TRAILING_STOP_WORDS",
    "VAGUE_NUMBER_VALUES",
]  # fmt: skip


def _word_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


STEPS_HEADING = _word_pattern(r"follow (?:these|the)(?: \w+)? steps|here(?:'s| is) how|(?:these|the following) steps")
"""Text that introduces a list of steps. It takes precedence over the other headings."""
SAFETY_HEADING = _word_pattern(
    r"warnings?|cautions?|precautions?|safety|contra-?indications?|special considerations?|disclaimer|red flags?|"
    r"who should (?:not|avoid)|when (?:not to|to stop|to avoid)|stop (?:if|when)|do not .{0,60}\bif|avoid .{0,60}\bif|"
    r"consult|(?:ask|see|talk to) (?:a|your) (?:doctor|physician|podiatrist|therapist|gp)|skip this .{0,40}\bif"
)
NEEDS_HEADING = _word_pattern(
    r"you(?:'ll| will| may)? (?:\w+ )?need|what (?:you|to) (?:\w+ )?(?:need|bring|gather|prepare|use)|needed|"
    r"ingredients|materials?|equipment|supplies|tools|props|gather|requirements|checklist|have ready"
)
SKIPPED_HEADING = _word_pattern(
    r"benefits?|what is|what are|why|about|introduction|overview|types? of|conclusion|summary|history|background|faqs?|"
    r"references|sources|notes?|nutrition|related|final thoughts|takeaways?|resources|science|tips?|variations?|"
    r"modifications?|storage|did you know|common mistakes"
)
"""Headings of explanatory text that is not spoken."""

SAFETY_LINE = re.compile(
    r"(?:warnings?|cautions?|important|safety(?: note| first)?|attention|contra-?indications?|precautions?|disclaimer|"
    r"(?:be )?careful|take care|beware|watch out|please note)"
    r"\s*[:!–—-]\s*(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
NOTE_LINE = re.compile(r"(?:notes?|n\.?b\.?)\s*[:!–—-]\s*(?P<rest>.+)", re.IGNORECASE | re.DOTALL)
NEEDS_LINE = re.compile(
    r"(?:(?:what )?you(?:'ll| will)? need(?: for this)?|equipment|materials|ingredients|props|tools|supplies|needed|"
    r"needs)"
    r"\s*[:–—-]?\s*(?P<rest>.+)",
    re.IGNORECASE | re.DOTALL,
)
CAUTION_PARAGRAPH_START = re.compile(
    r"(?:stop|do not|don't|never|avoid|if you (?:have|are|feel|notice)\b.*\b(?:doctor|physician|podiatrist|stop|"
    r"consult|avoid|do not|don't|skip)|(?:consult|ask|see|talk to|check with) (?:with )?(?:a|your) )\b",
    re.IGNORECASE,
)
"""Words that mark a paragraph as a precaution even outside a safety section."""
CAUTION_WORDS = _word_pattern(
    r"avoid|stop|do not|don't|never|consult|doctor|physician|podiatrist|careful|cautious|caution|not recommended|"
    r"should not|shouldn't|must not|pregnan\w*|injur\w*|not suitable"
)
CAUTION_ADVICE_WORDS = _word_pattern(r"consult|doctor|physician|podiatrist|therapist|avoid|do not|don't|stop")

_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
NUMBER_VALUES: dict[str, float] = {
    "a": 1, "an": 1, **_ONES, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15,
    "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, **_TENS,
    **{f"{ten} {one}": tens + ones for ten, tens in _TENS.items() for one, ones in _ONES.items()},
    "eine": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9,
    "zehn": 10, "fünfzehn": 15, "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60,
    "anderthalb": 1.5, "eineinhalb": 1.5, "zweieinhalb": 2.5, "dreieinhalb": 3.5,
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "quinze": 15, "vingt": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
    "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9,
    "diez": 10, "quince": 15, "veinte": 20, "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60,
}  # fmt: skip
"""Numbers in words. Words joined by a space can also be joined by a hyphen."""
FRACTION_VALUES = {
    r"(?:1/2|½|(?:(?:an?|one)[\s-])?half|(?:eine\s)?halbe|(?:une\s)?demie?|medi[ao])": 0.5,
    r"(?:1/4|¼|(?:(?:an?|one)[\s-])?quarter|(?:eine\s)?viertel|(?:un\s)?quart|(?:un\s)?cuarto)": 0.25,
    r"(?:3/4|¾|three[\s-]quarters?|(?:eine\s)?dreiviertel|trois\squarts|tres\scuartos)": 0.75,
    r"(?:1/3|⅓|(?:a|one)[\s-]third(?=\sof\b))": 1 / 3,
    r"(?:2/3|⅔|two[\s-]thirds(?=\sof\b))": 2 / 3,
}
"""The fractions of a unit, as patterns."""
VAGUE_NUMBER_VALUES = {"a couple of": 2, "a few": 3, "several": 4, "some": 3, "few": 3}
"""Vague numbers and their assumed values. In the draft, these values are marked for checking."""

LEADING_PHRASES = re.compile(
    r"(?:(?:first(?: of all)?|second|third|next|then|now|finally|lastly|after that|and|to (?:begin|start|finish|end)|"
    r"(?:begin|start|finish|end) (?:by|with)|move (?:on )?to|continue (?:by|with|to)|gently|slowly|carefully|softly|"
    r"once again|again|please|you (?:can|may|should)|let's)\b,?\s*)+",
    re.IGNORECASE,
)
"""Phrases at the start of a sentence that do not help to identify a step."""
_TRAILING = """
a an the your my his her its their this that these those of in on at to for from with and or by into onto over as  is
are be each both one until while about after before
"""
TRAILING_STOP_WORDS = frozenset(_TRAILING.split())
"""Words that must not end a step name."""
MASSAGE_STEP_NAMES = (
    (re.compile(r"\bsoak", re.IGNORECASE), "soak"),
    (re.compile(r"\bstrok(?:e|es|ing)\b", re.IGNORECASE), "strokes"),
    (re.compile(r"\bankles?\b", re.IGNORECASE), "ankles"),
    (re.compile(r"\bsoles?\b", re.IGNORECASE), "soles"),
)
"""Short step names for a foot massage, matching those in the bundled routines."""

_VERBS = """
add aim allow angle apply arch ask avoid bake balance begin bend blend blink boil bounce bow breathe bring brush build
button call center centre change chant check chill choose chop circle clasp clean clench close comb combine come
complete continue cook cool count cover crack crawl cross crouch cup curl cut dab dance dip dissolve do drag drain
draw dribble drink drop dry ease empty end engage enjoy enter exfoliate exhale extend face feel fetch file fill find
finish flatten flex flip float focus fold follow fry gather get give glide go grab grasp grate grill grind grip ground
hang have heat hinge hold hop hug hum imagine inhale interlace jog join jump keep kick knead kneel knock lather lay
lead lean leave let lick lie lift light listen lock look loosen lower lunge make march mash massage measure melt mix
moisten moisturise moisturize move nod note notice observe open pat pause pedal peel perform pick pinch place plant
play point polish pour practice practise pray press pull pump punch push put raise reach read recall recline relax
release remain remember remove repeat reset rest return reverse rinse rise roast rock roll rotate rub run say scan
scoop scrub season send serve set shake shave shift shrug shuffle shut simmer sing sit skip slide slow smell smile
snap soak soften speak spend spin splash spoon spray spread spring sprinkle squat squeeze stack stand stare start stay
steep step stir stop straighten strain stretch stroke support swap sway sweep swim swing switch take tap tell tense
think thread tie tighten tilt toast touch trace trim tuck turn twist unfold unroll use visit visualise visualize wait
wake walk warm wash watch welcome whisk whisper wiggle wipe wobble wrap wring write yawn zip
"""
IMPERATIVE_VERBS = frozenset(_VERBS.split())
"""A sentence that starts with one of these verbs is an instruction."""
