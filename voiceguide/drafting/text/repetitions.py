"""Find repeats and sides: "repeat 3 times", "3 sets of 10", "on each side", "then switch sides"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voiceguide.drafting.text.number_words import NUMBER_WORD_PATTERN, parse_number_words

__all__ = [
    "MAX_REPEATS",
    "BothSidesInstruction",
    "DraftEach",
    "RepeatPhrase",
    "add_each_side",
    "find_both_sides",
    "find_movement_count",
    "find_repeat",
    "find_rounds",
    "find_trailing_repeat",
    "names_other_side",
    "strip_other_side_ending",
    "substitute_each_side",
    "substitute_named_side",
]  # fmt: skip


@dataclass(frozen=True)
class DraftEach:
    """The name and values of an `each`, such as side: left, right."""

    name: str
    values: tuple[str, ...]


MAX_REPEATS = 50
_NUMBER_PATTERN = rf"(?:\d{{1,4}}|{NUMBER_WORD_PATTERN})"
_TIMES = (
    rf"(?P<low>{_NUMBER_PATTERN})(?:\s*(?:-|–|to|or)\s*(?P<high>{_NUMBER_PATTERN}))?\s*(?P<more>more )?"
    r"(?:times|time|x\b|×|rounds?|sets?|cycles?|reps?|repetitions?)"
)
_REPEAT = re.compile(
    rf"\b(?:repeat(?:ed|ing)?|do (?:this|it|that)|perform (?:this|it))\b(?P<what>[^.;\d]{{0,40}}?)\s*"
    rf"(?:{_TIMES}|(?P<twice>once|twice|thrice)(?: more)?|[x×]\s?(?P<x>\d{{1,4}})\b)",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:\W*\b(?:the|this|that|it|all|whole|entire|full|complete|these|those|of|for|about|around|at least|a total|"
    r"again|steps?|movements?|motions?|exercises?|sequences?|cycles?|series|circuits?|sets?|flows?|routines?|process|pattern|"
    r"stretch(?:es)?|pose)\b)*\W*",
    re.IGNORECASE,
)
"""What is repeated if it is everything that the instruction says."""
_ROUNDS = re.compile(
    rf"(?:\b(?P<low>{_NUMBER_PATTERN})\s*(?:rounds|sets|cycles)\b(?! of (?:\w+ ){{0,3}}breath)"
    rf"|(?<![\w])[x×]\s?(?P<x>\d{{1,3}})\b(?!\s*(?:\w+ ){{0,2}}breath)"
    rf"|\b(?P<y>\d{{1,3}})\s?[x×](?=\W|$))",
    re.I,
)
_MOVEMENT_COUNT = re.compile(
    rf"\b(?P<low>{_NUMBER_PATTERN})(?:\s*(?:-|–|to)\s*(?P<high>{_NUMBER_PATTERN}))?\s*(?:times|reps|repetitions)\b|\b(?P<twice>twice)\b",
    re.I,
)
_STEP_REFERENCE = re.compile(r"\bsteps?\s+\d|\bfrom (?:step|the)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:(?:on|with|to|for|switch|change|do) )*(?:the )?(?:other|opposite) "
    r"(?:side|leg|arm|foot|hand|ankle|knee|hip|shoulder|wrist|ear)\b|"
    r"\b(?:switch|change|swap|alternate) (?:sides|legs|arms|feet|hands)\b|"
    r"\b(?:repeat|again|same)(?: \w+)? (?:on|with|to|for) (?:the |your )?(?:left|right)\b",
    re.IGNORECASE,
)
_SINGULAR = {"sides": "side", "legs": "leg", "arms": "arm", "feet": "foot", "hands": "hand"}
_BODY_PARTS = (
    "sides?|legs?|arms?|foot|feet|hands?|ankles?|knees?|hips?|shoulders?|wrists?|ears?|calf|thighs?|heels?|soles?"
)
_EACH = re.compile(
    rf"(?P<before>\b(?:on|with|for|to|of|in|at)\s+)?\b(?:each|per|every|either)\s+(?P<part>{_BODY_PARTS}|direction|way)\b",
    re.I,
)
_BOTH = re.compile(rf"(?P<before>\b(?:on)\s+)(?:both)\s+(?P<part>{_BODY_PARTS})\b", re.I)
_SIDES = DraftEach("side", ("left", "right"))
_TURNS = DraftEach("turn", ("one", "other"))
_ONLY_EACH_SIDE = re.compile(
    rf"\W*(?:(?:on|for|with|to|in|do)\s+)?(?:both|each|either|every|per)\s+(?P<part>{_BODY_PARTS}|direction|way)\W*",
    re.I,
)
_ONLY_BOTH_SIDES = re.compile(rf"\W*(?:(?:on|for|do|to)\s+)*(?:both|each|either)\s+(?P<part>{_BODY_PARTS})\W*", re.I)
_THEN_OTHER_SIDE = re.compile(
    r"\s*[,;–—-]?\s*\b(?:and then|and|then)\s+(?:"
    rf"(?:switch|change|swap)\s+(?:to the other )?(?P<part>{_BODY_PARTS})|"
    rf"(?:do |to |on |with )*the (?:other|opposite)\s+(?P<other>{_BODY_PARTS}))\W*$",
    re.IGNORECASE,
)
_THEN_NAMED_SIDE = re.compile(
    r"[,;]\s*(?:and )?(?:then )?(?:on |to |with )?(?:the |your )?(?P<side>left|right)[^\w()]*$"
    r"|[,;]?\s*(?:and )?then (?:switch|swap|change)(?: over)?[^\w()]*$",
    re.IGNORECASE,
)
_NAMED_SIDES_IN_BRACKETS = re.compile(
    r"\s*[(\[](?:first )?(?:the )?(?P<first>left|right)"
    r"(?:,|/|\s|&|and\b|(?P<then>then\b)|the\b)+(?P<second>left|right)[)\]]",
    re.IGNORECASE,
)
_ONE_BODY_PART = re.compile(
    r"\bone\s+(?P<part>foot|leg|arm|hand|ankle|knee|hip|shoulder|wrist|ear|calf|thigh|heel|sole|side)\b", re.I
)
_TRAILING_REPEAT_COUNT = re.compile(rf"\s*[,;–—-]?\s*(?:and\s+|for\s+)?{_TIMES}\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class RepeatPhrase:
    """A number of repetitions, and the start and end of its phrase in the text."""

    count: int
    start: int
    end: int
    doubt: str = ""
    detail: str = ""
    """What to repeat if the phrase says more than "this exercise", such as "with the left foot"."""

    def words_of_count(self, sentence: str) -> str:
        """Return the phrase without its detail."""
        phrase = sentence[self.start : self.end]
        return phrase.replace(self.detail, " ") if self.detail else phrase


def find_repeat(sentence: str) -> RepeatPhrase | None:
    """Find a phrase such as "repeat 3 times". Return None if there is none or if it refers to other steps by number."""
    match = _REPEAT.search(sentence)
    if match is None or _STEP_REFERENCE.search(sentence):
        return None
    if match["twice"]:
        count, high = {"once": 2, "twice": 2, "thrice": 3}[match["twice"].lower()], ""
    else:
        count = int(parse_number_words(match["x"] or match["low"])) + bool(match["more"])
        high = match["high"] or ""
    doubt = f'the text says "{match.group().strip()}"' if high or match["more"] or match["twice"] else ""
    detail = "" if _WHOLE.fullmatch(match["what"]) else match["what"]
    return _none_if_out_of_range(RepeatPhrase(count, *match.span(), doubt=doubt, detail=detail))


def find_rounds(sentence: str) -> RepeatPhrase | None:
    """Find a number of rounds or sets given without the word "repeat": "3 rounds", "x5"."""
    match = _ROUNDS.search(sentence)
    if match is None:
        return None
    count = int(parse_number_words(match["low"] or match["x"] or match["y"]))
    return _none_if_out_of_range(RepeatPhrase(count, *match.span()))


def find_trailing_repeat(sentence: str) -> RepeatPhrase | None:
    """Find a repeat at the end of a sentence that has a duration: "10 seconds, three times"."""
    match = _TRAILING_REPEAT_COUNT.search(sentence)
    if match is None or match["high"] or match["more"] or _STEP_REFERENCE.search(sentence):
        return None
    return _none_if_out_of_range(RepeatPhrase(int(parse_number_words(match["low"])), *match.span()))


@dataclass(frozen=True)
class BothSidesInstruction:
    """An instruction that applies to both sides."""

    without_side: str
    """The sentence without the phrase about the other side."""
    with_placeholder: str
    """The same sentence with a placeholder for the name of the side."""
    is_separate_sentence: bool
    """True if the phrase about the other side was a separate sentence."""
    each: DraftEach = _SIDES


def find_both_sides(sentence: str, previous: str) -> BothSidesInstruction | None:
    """Find an ending such as "then change feet", or a sentence "Both sides." that refers to the previous one."""
    if previous and (match := _ONLY_BOTH_SIDES.fullmatch(sentence)):
        return BothSidesInstruction(previous, _add_side_placeholder(previous, match["part"]), True)
    if match := _NAMED_SIDES_IN_BRACKETS.search(sentence):
        return _resolve_named_sides(_replace_match(sentence, match, ""), match)
    match = _THEN_OTHER_SIDE.search(sentence)
    if match is None or not match.start():
        return None
    bare = f"{sentence[: match.start()]}."
    return BothSidesInstruction(bare, _add_side_placeholder(bare, match["part"] or match["other"]), False)


def _resolve_named_sides(bare: str, brackets: re.Match[str]) -> BothSidesInstruction | None:
    """Return the instruction if brackets such as "(left, then right)" give the order of the sides."""
    filled = substitute_each_side(bare)
    if filled is None and not brackets["then"]:
        return None  # as in "both feet (left and right)"
    each = DraftEach("side", (brackets["first"].lower(), brackets["second"].lower()))
    return BothSidesInstruction(bare, filled[0] if filled else _add_side_placeholder(bare, "side"), False, each)


def add_each_side(phrase: str, sentences: Sequence[str]) -> tuple[list[str], DraftEach] | None:
    """Add a phrase such as "on each leg" to the sentences before it.

    Return the sentences with a placeholder for the side, and its values, or None if the phrase says anything else.
    """
    match = _ONLY_EACH_SIDE.fullmatch(phrase)
    if match is None or not sentences:
        return None
    part = match["part"].lower()
    if part in ("direction", "way"):
        return [f"{sentences[0].rstrip(' .!,')}, in the {{turn}} {part}.", *sentences[1:]], _TURNS
    index = next((index for index, sentence in enumerate(sentences) if _ONE_BODY_PART.search(sentence)), 0)
    filled = _add_side_placeholder(sentences[index], part)
    return [*sentences[:index], filled, *sentences[index + 1 :]], _SIDES


def _add_side_placeholder(sentence: str, part: str) -> str:
    """Insert a placeholder for the side: in place of "one" in "one foot", otherwise at the end."""
    if one := _ONE_BODY_PART.search(sentence):
        return _replace_match(sentence, one, f"your {{side}} {one['part'].lower()}").rstrip(" .!,") + "."
    part = _SINGULAR.get(part.lower(), part.lower())
    article = "the" if part == "side" else "your"
    return f"{sentence.rstrip(' .!,')}, on {article} {{side}} {part}."


def find_movement_count(sentence: str) -> int | None:
    """Find the number of times to perform a movement: "10 times", "12 reps"."""
    match = _MOVEMENT_COUNT.search(sentence)
    if match is None or _STEP_REFERENCE.search(sentence):
        return None
    return 2 if match["twice"] else int(parse_number_words(match["low"]))


def _none_if_out_of_range(repeat: RepeatPhrase) -> RepeatPhrase | None:
    return repeat if 1 < repeat.count <= MAX_REPEATS else None


def strip_other_side_ending(sentence: str) -> str | None:
    """Remove an ending such as ", then the right" or ", then switch". Return None if there is no such ending."""
    match = _THEN_NAMED_SIDE.search(sentence)
    if match is None:
        return None
    bare = f"{sentence[: match.start()]}."
    named = substitute_named_side(bare)
    if named is None or (match["side"] and match["side"].lower() != named[1].values[1]):
        return None
    return bare


def names_other_side(sentence: str) -> bool:
    """Return whether a sentence mentions the other side."""
    return bool(_OTHER.search(sentence))


def substitute_each_side(sentence: str) -> tuple[str, DraftEach] | None:
    """Replace "each side" with a placeholder. Return the sentence and the placeholder's values."""
    match = _EACH.search(sentence) or _BOTH.search(sentence)
    if match is None:
        return None
    part = _SINGULAR.get(match["part"].lower(), match["part"].lower())
    if (one := _ONE_BODY_PART.search(sentence, 0, match.start())) and one["part"].lower() == part:
        rest = f"{sentence[: match.start()].rstrip()}{sentence[match.end() :]}"
        return _replace_match(rest, one, f"your {{side}} {part}"), _SIDES
    if part in ("direction", "way"):
        return _replace_match(sentence, match, f"{match['before'] or 'in '}the {{turn}} {part}"), _TURNS
    follows_verb = re.fullmatch(r"\W*\w+(?:ly)?(?: \w+)?\s+", sentence[: match.start()])
    preposition = match["before"] or ("" if follows_verb or not match.start() else "on ")
    article = "the" if part == "side" else "your"
    if not match.start():
        article = article.capitalize()
    return _replace_match(
        sentence, match, f"{preposition}{article} {{side}} {part.removesuffix('s') if part != 'calves' else part}"
    ), _SIDES


def _replace_match(sentence: str, match: re.Match[str], text: str) -> str:
    return f"{sentence[: match.start()]}{text}{sentence[match.end() :]}"


def substitute_named_side(text: str) -> tuple[str, DraftEach] | None:
    """Replace "left" or "right" with a placeholder. Return None unless the text mentions exactly one side."""
    named = {match.lower() for match in re.findall(r"\b(left|right)\b", text, re.IGNORECASE)}
    if len(named) != 1 or re.search(r"\bright (?:away|angle|now|here|there)\b", text, re.IGNORECASE):
        return None
    first = named.pop()
    other = "left" if first == "right" else "right"
    return re.sub(rf"\b{first}\b", "{side}", text, flags=re.IGNORECASE), DraftEach("side", (first, other))
