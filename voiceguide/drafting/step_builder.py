"""From the text of one instruction to its steps: lines that can be followed by ear, each with the time to do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from voiceguide.drafting.outline import DraftStep
from voiceguide.drafting.text.durations import Time, pause_alone, times_in, without_bare_times
from voiceguide.drafting.text.repetitions import (
    DraftEach,
    Repeat,
    both_in,
    count_in,
    each_in,
    names_other_side,
    repeat_in,
    rounds_in,
    then_side_in,
    timed_repeat_in,
    with_side,
)
from voiceguide.drafting.text.sentences import beside, sentences_of, short_lines, words_in
from voiceguide.script.rules.listening_advice import MAX_SENTENCE_WORDS

__all__ = ["INVENTED_S", "steps_of"]

INVENTED_S = 60
"""Seconds for an instruction that gives no time."""
AFTER_S = 10
"""Seconds for what follows a time without one of its own: "Hold for 10 seconds. Lower it slowly."."""
SHORT_S = 20
"""A shorter time is the quiet after the words: the words would take most of it."""
MOVEMENT_S = 3
"""Seconds for a movement that is counted: "10 times"."""
MOST_COUNTED_S = 300


@dataclass
class _Part:
    """Sentences that share one time."""

    sentences: list[str]
    time: Time | None = None
    """None for what is only said."""


@dataclass(frozen=True)
class _Instruction:
    """An instruction taken apart."""

    parts: list[_Part]
    repeat: Repeat | None
    each: DraftEach | None
    other_side: str
    """The sentence that sends to the other side, where it is to be done again there."""
    count: int | None
    doubt: str = ""


def steps_of(text: str, line: int, spoken_only: bool = False) -> list[DraftStep]:
    """The steps that an instruction makes, in order. A step without words is quiet that belongs to what stands before.

    With `spoken_only`, what has no time gets none: in a text that gives its pauses, the rest is narration.
    """
    taken = _taken_apart(text, filled=True)
    words = _in_one_line(taken)
    if words is not None:
        steps = [_as_one(taken, words, line)]
    else:
        taken = _taken_apart(text, filled=False)
        steps = [step for part in taken.parts for step in _lines(part, line)]
        steps += _again(taken, steps, line)
    if not steps or spoken_only or steps[-1].key:
        return steps
    after = any(part.time for part in taken.parts)
    return [*steps[:-1], _with_time(steps[-1], after, taken.count)]


def _taken_apart(text: str, filled: bool) -> _Instruction:
    """What stands in an instruction; `filled` puts the placeholder of its sides into the words."""
    sentences: list[str] = []
    repeat: Repeat | None = None
    each: DraftEach | None = None
    other = doubt = ""
    for sentence in sentences_of(text):
        if bare := then_side_in(sentence):
            sentence, other = bare, "Now the same on the other side."
        found = repeat_in(sentence)
        if each is None and (both := both_in(sentence, sentences[-1] if sentences else "")):
            sentence, each, doubt = both.filled if filled else both.bare, both.each, "this long on each side"
            if both.alone:
                sentences.pop()
        if names_other_side(sentence) and words_in(sentence) <= 12 and sentences:
            other, repeat = sentence, repeat or found
            continue
        if found is None and times_in(sentence):
            found = timed_repeat_in(sentence)
        if found and repeat is None:
            repeat, sentence = found, _without(sentence, found)
        elif repeat is None and (times_in(sentence) or count_in(sentence)):
            repeat = rounds_in(sentence)
        if each is None and (sides := each_in(sentence)):
            sentence, each = sides if filled else (sentence, sides[1])
        if any(map(str.isalnum, sentence)):
            sentences.append(sentence)
    if other and each is None and filled and (named := with_side("\n".join(sentences))):
        sentences, each, other = named[0].split("\n"), named[1], ""
    count = next((count for sentence in sentences if (count := count_in(sentence))), None)
    return _Instruction(list(_parts(sentences)), repeat, each, other, count, doubt)


def _without(sentence: str, repeat: Repeat) -> str:
    """What is left of a sentence when its "repeat 3 times" is taken out; nothing where that is all it says."""
    left = sentence[: repeat.start].rstrip(" ,;(") if repeat.start else ""
    left = left.removesuffix(" and").removesuffix(" then").removesuffix(", and").rstrip(" ,;")
    behind = sentence[repeat.end :].strip(" .,;)!")
    if not left:
        return f"{behind[:1].upper()}{behind[1:]}." if words_in(behind) > 3 else ""
    return f"{left}." if not behind else f"{left}, {behind}."


def _parts(sentences: list[str]) -> Iterator[_Part]:
    """Sentences by the time they share: what tells to do something belongs to the time that comes behind it."""
    waiting: list[str] = []
    done: _Part | None = None
    for sentence in sentences:
        quiet = pause_alone(sentence)
        times = times_in(sentence)
        if quiet or times:
            if done:
                yield done
            words = [] if quiet else _inline(sentence, times)
            done, waiting = _Part([*waiting, *words], quiet or _summed(times)), []
        elif done and done.time and not done.time.hold and not waiting and beside(sentence):
            done.sentences.append(sentence)
        else:
            waiting.append(sentence)
    if done:
        yield done
    if waiting:
        yield _Part(waiting)


def _summed(times: list[Time]) -> Time:
    """The time of a sentence: the only one, the last of several short ones, or all of them together."""
    if len(times) == 1 or all(time.seconds < SHORT_S for time in times):
        return times[-1]
    doubt = "the times of this sentence are added up"
    return replace(times[0], seconds=sum(time.seconds for time in times), hold=False, doubt=doubt)


def _inline(sentence: str, times: list[Time]) -> list[str]:
    """A sentence of several short times with a pause behind each but the last: breathing counts."""
    if len(times) > 1 and all(time.seconds < SHORT_S for time in times):
        for time in reversed(times[:-1]):
            comma = sentence.find(",", time.end)
            at = comma + 1 if 0 <= comma < time.end + 25 else time.end
            sentence = f"{sentence[:at]} [{time.seconds:g}s] {sentence[at:].lstrip()}"
        return [sentence]
    bare = without_bare_times(sentence)
    return [bare if any(map(str.isalnum, bare)) else sentence]


def _in_one_line(taken: _Instruction) -> str | None:
    """The words of what is done several times or on both sides, and so must be one step; None where it is too long."""
    if not taken.repeat and not taken.each:
        return None
    words = ""
    for part in taken.parts:
        words = f"{words} {' '.join(part.sentences)}".strip()
        if part is not taken.parts[-1] and part.time:
            words += f" [{part.time.seconds:g}s]"
    return words if 0 < words_in(words) <= MAX_SENTENCE_WORDS + 3 * words.count("[") else None


def _as_one(taken: _Instruction, words: str, line: int) -> DraftStep:
    """One step for all parts, the times between them as pauses inside the words."""
    doubts = [part.time.doubt for part in taken.parts if part.time]
    doubts += [taken.repeat.doubt if taken.repeat else "", taken.doubt]
    times = taken.repeat.times if taken.repeat else 1
    step = _timed(words, taken.parts[-1].time, line)
    return replace(step, repeat=times, each=taken.each, doubts=tuple(filter(None, dict.fromkeys(doubts))))


def _lines(part: _Part, line: int) -> list[DraftStep]:
    """A part's words in lines; its time belongs to the last of them."""
    *before, last = short_lines(part.sentences) or [""]
    named_by = part.sentences[0] if part.sentences else ""
    return [*(DraftStep(words, line) for words in before), replace(_timed(last, part.time, line), name=named_by)]


def _timed(words: str, time: Time | None, line: int) -> DraftStep:
    if time is None:
        return DraftStep(words, line)
    key = "pause" if time.hold or time.seconds < SHORT_S else "for"
    return DraftStep(words, line, key, time.seconds, doubts=(time.doubt,) if time.doubt else ())  # type: ignore[arg-type]


def _again(taken: _Instruction, steps: list[DraftStep], line: int) -> list[DraftStep]:
    """Steps for what is too long to be said again: the other side, the further rounds."""
    seconds = sum(step.seconds for step in steps)
    again: list[DraftStep] = []
    if taken.other_side or taken.each:
        way = "the other way" if taken.each and taken.each.name == "turn" else "on the other side"
        words = taken.other_side or f"Now the same {way}."
        again.append(DraftStep(words, line, "for" if seconds else "", seconds))
    if taken.repeat and taken.repeat.times > 1:
        seconds += sum(step.seconds for step in again)
        doubts = tuple(filter(None, (taken.repeat.doubt, "say what is done again, if need be")))
        rounds = taken.repeat.times - 1
        again.append(DraftStep("And again.", line, "for" if seconds else "", seconds, rounds, doubts=doubts))
    return again


def _with_time(step: DraftStep, after: bool, count: int | None) -> DraftStep:
    """The step with a time made up: a short one behind what has a time, else one for the whole instruction."""
    seconds = AFTER_S if after else min(count * MOVEMENT_S, MOST_COUNTED_S) if count else INVENTED_S
    return replace(
        step,
        key="pause" if seconds < SHORT_S else "for",
        seconds=seconds,
        doubts=(*step.doubts, "the text gives no time"),
        invented=True,
    )
