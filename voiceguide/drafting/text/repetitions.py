"""How often, and on which side: "repeat 3 times", "3 sets of 10", "on each side", "then switch sides"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voiceguide.drafting.text.durations import number
from voiceguide.drafting.text.vocabulary import NUMBERS

__all__ = [
    "Both", "DraftEach", "Repeat", "both_in", "count_in", "each_in", "names_other_side", "repeat_in", "rounds_in",
    "then_side_in", "timed_repeat_in", "with_side",
]  # fmt: skip


@dataclass(frozen=True)
class DraftEach:
    """The name and the values of an `each`: side, left and right."""

    name: str
    values: tuple[str, ...]


MOST_REPEATS = 50
_N = rf"(?:\d{{1,4}}|{'|'.join(sorted((word for word in NUMBERS if ' ' not in word), key=len, reverse=True))})"
_TIMES = (
    rf"(?P<low>{_N})(?:\s*(?:-|–|to|or)\s*(?P<high>{_N}))?\s*(?P<more>more )?"
    r"(?:times|time|x\b|×|rounds?|sets?|cycles?|reps?|repetitions?)"
)
_REPEAT = re.compile(
    rf"\b(?:repeat(?:ed|ing)?|do (?:this|it|that)|perform (?:this|it))\b(?P<what>[^.;\d]{{0,40}}?)\s*"
    rf"(?:{_TIMES}|(?P<twice>once|twice|thrice)(?: more)?|[x×]\s?(?P<x>\d{{1,4}})\b)",
    re.IGNORECASE,
)
_ROUNDS = re.compile(
    rf"(?:\b(?P<low>{_N})\s*(?:rounds|sets|cycles)\b|(?<![\w])[x×]\s?(?P<x>\d{{1,3}})\b|\b(?P<y>\d{{1,3}})\s?[x×](?=\W|$))",
    re.I,
)
_COUNT = re.compile(
    rf"\b(?P<low>{_N})(?:\s*(?:-|–|to)\s*(?P<high>{_N}))?\s*(?:times|reps|repetitions)\b|\b(?P<twice>twice)\b", re.I
)
_STEPS = re.compile(r"\bsteps?\s+\d|\bfrom (?:step|the)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:(?:on|with|to|for|switch|change|do) )*(?:the )?(?:other|opposite) "
    r"(?:side|leg|arm|foot|hand|ankle|knee|hip|shoulder|wrist|ear)\b|"
    r"\b(?:switch|change|swap|alternate) (?:sides|legs|arms|feet|hands)\b|"
    r"\b(?:repeat|again|same)(?: \w+)? (?:on|with|to|for) (?:the |your )?(?:left|right)\b",
    re.IGNORECASE,
)
_SINGULAR = {"sides": "side", "legs": "leg", "arms": "arm", "feet": "foot", "hands": "hand"}
_PARTS = "sides?|legs?|arms?|foot|feet|hands?|ankles?|knees?|hips?|shoulders?|wrists?|ears?|calf|thighs?|heels?|soles?"
_EACH = re.compile(
    rf"(?P<before>\b(?:on|with|for|to|of|in|at)\s+)?\b(?:each|per|every|either)\s+(?P<part>{_PARTS}|direction|way)\b",
    re.I,
)
_BOTH = re.compile(rf"(?P<before>\b(?:on)\s+)(?:both)\s+(?P<part>{_PARTS})\b", re.I)
_SIDES = DraftEach("side", ("left", "right"))
_LONE_BOTH = re.compile(rf"\W*(?:(?:on|for|do|to)\s+)*(?:both|each|either)\s+(?P<part>{_PARTS})\W*", re.I)
_THEN_OTHER = re.compile(
    r"\s*[,;–—-]?\s*\b(?:and then|and|then)\s+(?:"
    rf"(?:switch|change|swap)\s+(?:to the other )?(?P<part>{_PARTS})|"
    rf"(?:do |to |on |with )*the (?:other|opposite)\s+(?P<other>{_PARTS}))\W*$",
    re.IGNORECASE,
)
_THEN_SIDE = re.compile(r"[,;]\s*(?:and )?(?:then )?(?:on |to |with )?(?:the |your )?(?P<side>left|right)\W*$", re.I)
_ONE = re.compile(
    r"\bone\s+(?P<part>foot|leg|arm|hand|ankle|knee|hip|shoulder|wrist|ear|calf|thigh|heel|sole|side)\b", re.I
)
_TAIL_TIMES = re.compile(rf"\s*[,;–—-]?\s*(?:and\s+|for\s+)?{_TIMES}\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class Repeat:
    """How many times over, and the words that say so."""

    times: int
    start: int
    end: int
    doubt: str = ""


def repeat_in(sentence: str) -> Repeat | None:
    """How often a sentence wants what was said to be done again; None where it does not say, or names other steps."""
    match = _REPEAT.search(sentence)
    if match is None or _STEPS.search(sentence):
        return None
    if match["twice"]:
        times, high = {"once": 2, "twice": 2, "thrice": 3}[match["twice"].lower()], ""
    else:
        times = int(number(match["x"] or match["low"])[0]) + bool(match["more"])
        high = match["high"] or ""
    doubt = f'the text says "{match.group().strip()}"' if high or match["more"] or match["twice"] else ""
    return _within(Repeat(times, *match.span(), doubt=doubt))


def rounds_in(sentence: str) -> Repeat | None:
    """Rounds and sets without the word repeat: "3 rounds", "x5"."""
    match = _ROUNDS.search(sentence)
    return _within(Repeat(int(number(match["low"] or match["x"] or match["y"])[0]), *match.span())) if match else None


def timed_repeat_in(sentence: str) -> Repeat | None:
    """How often something that has a time is done, said at the end: "10 seconds, three times"."""
    match = _TAIL_TIMES.search(sentence)
    if match is None or match["high"] or match["more"] or _STEPS.search(sentence):
        return None
    return _within(Repeat(int(number(match["low"])[0]), *match.span()))


@dataclass(frozen=True)
class Both:
    """What is said once for both sides."""

    bare: str
    """Without the words that send to the other side."""
    filled: str
    """The same with a placeholder for the side."""
    alone: bool
    """Whether those words were a sentence of their own."""
    each: DraftEach = _SIDES


def both_in(sentence: str, before: str) -> Both | None:
    """A sentence that ends in "then change feet", or that is only "Both sides." and speaks of the one `before`."""
    if before and (lone := _LONE_BOTH.fullmatch(sentence)):
        return Both(before, _beside(before, lone["part"]), True)
    found = _THEN_OTHER.search(sentence)
    if found is None or not found.start():
        return None
    bare = f"{sentence[: found.start()]}."
    return Both(bare, _beside(bare, found["part"] or found["other"]), False)


def _beside(words: str, part: str) -> str:
    """Words with the side named in them: at "one foot", else behind them."""
    if one := _ONE.search(words):
        return _put(words, one, f"your {{side}} {one['part'].lower()}").rstrip(" .!,") + "."
    part = _SINGULAR.get(part.lower(), part.lower())
    whose = "the" if part == "side" else "your"
    return f"{words.rstrip(' .!,')}, on {whose} {{side}} {part}."


def count_in(sentence: str) -> int | None:
    """How often a movement is done: "10 times", "12 reps"."""
    match = _COUNT.search(sentence)
    if match is None or _STEPS.search(sentence):
        return None
    return 2 if match["twice"] else int(number(match["low"])[0])


def _within(repeat: Repeat) -> Repeat | None:
    return repeat if 1 < repeat.times <= MOST_REPEATS else None


def then_side_in(sentence: str) -> str | None:
    """The sentence without its end, where that sends to the other side: "..., then the right"."""
    match = _THEN_SIDE.search(sentence)
    if match is None:
        return None
    bare = f"{sentence[: match.start()]}."
    named = with_side(bare)
    return bare if named and named[1].values[1] == match["side"].lower() else None


def names_other_side(sentence: str) -> bool:
    """Whether a sentence sends its listener to the other side."""
    return bool(_OTHER.search(sentence))


def each_in(sentence: str) -> tuple[str, DraftEach] | None:
    """The sentence with its "each side" filled by a placeholder, and what the placeholder stands for in turn."""
    match = _EACH.search(sentence) or _BOTH.search(sentence)
    if match is None:
        return None
    part = _SINGULAR.get(match["part"].lower(), match["part"].lower())
    if (one := _ONE.search(sentence, 0, match.start())) and one["part"].lower() == part:
        rest = f"{sentence[: match.start()].rstrip()}{sentence[match.end() :]}"
        return _put(rest, one, f"your {{side}} {part}"), _SIDES
    if part in ("direction", "way"):
        return _put(sentence, match, f"{match['before'] or 'in '}the {{turn}} {part}"), DraftEach(
            "turn", ("one", "other")
        )
    verb_before = re.fullmatch(r"\W*\w+(?:ly)?(?: \w+)?\s+", sentence[: match.start()])
    before = match["before"] or ("" if verb_before or not match.start() else "on ")
    whose = "the" if part == "side" else "your"
    if not match.start():
        whose = whose.capitalize()
    return _put(
        sentence, match, f"{before}{whose} {{side}} {part.removesuffix('s') if part != 'calves' else part}"
    ), _SIDES


def _put(sentence: str, match: re.Match[str], words: str) -> str:
    return f"{sentence[: match.start()]}{words}{sentence[match.end() :]}"


def with_side(text: str) -> tuple[str, DraftEach] | None:
    """A text that names one side only, with a placeholder for it; None where it names both, or none."""
    named = {match.lower() for match in re.findall(r"\b(left|right)\b", text, re.IGNORECASE)}
    if len(named) != 1 or re.search(r"\bright (?:away|angle|now|here|there)\b", text, re.IGNORECASE):
        return None
    first = named.pop()
    other = "left" if first == "right" else "right"
    return re.sub(rf"\b{first}\b", "{side}", text, flags=re.IGNORECASE), DraftEach("side", (first, other))
